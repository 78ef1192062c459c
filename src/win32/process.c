/* SPDX-License-Identifier: MIT */
/*
 * Processes: the caller's identity (two constants and two numbers of the kernel) and handles of
 * others. Keeps nothing.
 */
#include "core/process.h"

#include "core/session.h"
#include "win32/error.h"
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

enum ist_status win32_open_process(pid_t pid, uint32_t access, bool inherit, HANDLE *out)
{
    struct process *process;
    uint32_t value;
    enum ist_status status = process_open(session_default(), pid, HOLDER_COM, &process);
    if (status != IST_OK)
        return status;
    status = handle_create(&process->object, NULL, win32_map_access(OBJECT_PROCESS, access),
                           inherit ? HANDLE_INHERIT : 0, &value);
    object_drop(&process->object, HOLDER_COM);
    if (status == IST_OK)
        *out = win32_handle(value);
    return status;
}

WIN32_EXPORT HANDLE WINAPI OpenProcess(DWORD access, BOOL inherit, DWORD process_id)
{
    HANDLE process = NULL;
    /* Numbers beyond pid_t's become negative ones, which are no process either. */
    return win32_result(win32_open_process((pid_t)process_id, access, inherit, &process))
               ? process
               : NULL;
}

/* Any right will do: whoever has the handle knew the number when it was opened. */
WIN32_EXPORT DWORD WINAPI GetProcessId(HANDLE process)
{
    struct object *object;
    if (process == WIN32_CURRENT_PROCESS)
        return (DWORD)getpid();
    if (!win32_result(handle_get(session_default(), win32_value(process), OBJECT_PROCESS, 0,
                                 HOLDER_COM, &object)))
        return 0;
    DWORD pid = (DWORD)process_from_object(object)->pid;
    object_drop(object, HOLDER_COM);
    return pid;
}
