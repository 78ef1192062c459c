/* SPDX-License-Identifier: MIT */
/** The identity of the caller, as far as handle functions need it. */
#ifndef ISTHMUS_WIN32_PROCESSTHREADSAPI_H
#define ISTHMUS_WIN32_PROCESSTHREADSAPI_H

#include <win32_base.h>

#define PROCESS_DUP_HANDLE 0x0040
#define PROCESS_QUERY_INFORMATION 0x0400
#define PROCESS_QUERY_LIMITED_INFORMATION 0x1000
#define PROCESS_ALL_ACCESS 0x001fffff

#ifdef __cplusplus
extern "C" {
#endif

/* Pseudo handles, -1 and -2: constants that always mean the caller and need no closing. */
WINBASEAPI HANDLE WINAPI GetCurrentProcess(void);
WINBASEAPI HANDLE WINAPI GetCurrentThread(void);

/* The numbers that Linux shows, so they can be found with its tools. */
WINBASEAPI DWORD WINAPI GetCurrentProcessId(void);
WINBASEAPI DWORD WINAPI GetCurrentThreadId(void);

/*
 * A handle of another process of the same user, for DuplicateHandle (PROCESS_DUP_HANDLE). No
 * such process: NULL, ERROR_INVALID_PARAMETER (87); another user's: ERROR_ACCESS_DENIED (5).
 */
WINBASEAPI HANDLE WINAPI OpenProcess(DWORD access, WINBOOL inherit, DWORD process_id);

/* The number of the process behind a handle; 0 for what is no process handle. */
WINBASEAPI DWORD WINAPI GetProcessId(HANDLE process);

#ifdef __cplusplus
}
#endif

#endif
