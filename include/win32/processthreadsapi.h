/* SPDX-License-Identifier: MIT */
/** The identity of the caller, as far as handle functions need it. */
#ifndef ISTHMUS_WIN32_PROCESSTHREADSAPI_H
#define ISTHMUS_WIN32_PROCESSTHREADSAPI_H

#include <win32_base.h>

#define PROCESS_DUP_HANDLE 0x0040

#ifdef __cplusplus
extern "C" {
#endif

/* Pseudo handles, -1 and -2: constants that always mean the caller and need no closing. */
WINBASEAPI HANDLE WINAPI GetCurrentProcess(void);
WINBASEAPI HANDLE WINAPI GetCurrentThread(void);

/* The numbers that Linux shows, so they can be found with its tools. */
WINBASEAPI DWORD WINAPI GetCurrentProcessId(void);
WINBASEAPI DWORD WINAPI GetCurrentThreadId(void);

#ifdef __cplusplus
}
#endif

#endif
