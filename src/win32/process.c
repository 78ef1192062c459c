/* SPDX-License-Identifier: MIT */
/* The caller's identity: two constants and two numbers of the kernel. Keeps nothing. */
#include "win32/export.h"
#include "win32/handle.h"

#include <unistd.h>

/* Windows gives the same constants to everybody; each process means itself by them. */
WIN32_EXPORT HANDLE WINAPI GetCurrentProcess(void)
{
    return WIN32_CURRENT_PROCESS;
}

WIN32_EXPORT HANDLE WINAPI GetCurrentThread(void)
{
    return WIN32_CURRENT_THREAD;
}

/* Windows' ids are multiples of 4; nothing relies on that, so the kernel's own are shown. */
WIN32_EXPORT DWORD WINAPI GetCurrentProcessId(void)
{
    return (DWORD)getpid();
}

WIN32_EXPORT DWORD WINAPI GetCurrentThreadId(void)
{
    return (DWORD)gettid();
}
