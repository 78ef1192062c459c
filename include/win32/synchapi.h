/* SPDX-License-Identifier: MIT */
/**
 * Events, and waiting for them.
 *
 * An event is signalled or not. A manual-reset event stays signalled until ResetEvent(); an
 * auto-reset event lets one wait through and is then not signalled. Names live in a directory
 * common to all kinds of objects; case does not matter, `Local\` is the default, `Global\` is a
 * directory of its own.
 *
 * The ...A functions take UTF-8, the ...W functions wchar_t.
 */
#ifndef ISTHMUS_WIN32_SYNCHAPI_H
#define ISTHMUS_WIN32_SYNCHAPI_H

#include <winerror.h>

#define INFINITE 0xFFFFFFFF
#define MAXIMUM_WAIT_OBJECTS 64

/* What the wait functions return. */
#define WAIT_OBJECT_0 0x00000000
#define WAIT_ABANDONED 0x00000080
#define WAIT_ABANDONED_0 0x00000080
#define WAIT_IO_COMPLETION 0x000000C0
#define WAIT_TIMEOUT 0x00000102
#define WAIT_FAILED 0xFFFFFFFF

#define EVENT_MODIFY_STATE 0x0002
#define EVENT_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)

/* Flags of CreateEventEx. */
#define CREATE_EVENT_MANUAL_RESET 0x00000001
#define CREATE_EVENT_INITIAL_SET 0x00000002

#ifdef __cplusplus
extern "C" {
#endif

/* A handle, or NULL. If an event of that name exists, the handle is one more to it, the
 * state is not changed and the last error is ERROR_ALREADY_EXISTS; a new event leaves it 0.
 * If the name belongs to another kind of object: NULL and ERROR_INVALID_HANDLE. */
WINBASEAPI HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, WINBOOL manual_reset,
                                      WINBOOL initially_set, LPCSTR name);
WINBASEAPI HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, WINBOOL manual_reset,
                                      WINBOOL initially_set, LPCWSTR name);
WINBASEAPI HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name,
                                        DWORD flags, DWORD access);
WINBASEAPI HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name,
                                        DWORD flags, DWORD access);

/* NULL and ERROR_FILE_NOT_FOUND if nothing has that name. */
WINBASEAPI HANDLE WINAPI OpenEventA(DWORD access, WINBOOL inherit, LPCSTR name);
WINBASEAPI HANDLE WINAPI OpenEventW(DWORD access, WINBOOL inherit, LPCWSTR name);

/* Both need EVENT_MODIFY_STATE. */
WINBASEAPI WINBOOL WINAPI SetEvent(HANDLE event);
WINBASEAPI WINBOOL WINAPI ResetEvent(HANDLE event);

/* They block the calling thread for at most `ms` milliseconds, never less on a time-out. The
 * handle needs SYNCHRONIZE. Nothing queues calls to a thread here, so `alertable` is
 * ignored. */
WINBASEAPI DWORD WINAPI WaitForSingleObject(HANDLE object, DWORD ms);
WINBASEAPI DWORD WINAPI WaitForSingleObjectEx(HANDLE object, DWORD ms, WINBOOL alertable);

/* At most MAXIMUM_WAIT_OBJECTS. Any: the lowest signalled index wins and only that event is
 * used up. All: nothing is used up until all are signalled at one moment; no handle may
 * occur twice. */
WINBASEAPI DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *objects, WINBOOL all,
                                               DWORD ms);
WINBASEAPI DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *objects,
                                                 WINBOOL all, DWORD ms, WINBOOL alertable);

WINBASEAPI void WINAPI Sleep(DWORD ms);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define CreateEvent CreateEventW
#define CreateEventEx CreateEventExW
#define OpenEvent OpenEventW
#else
#define CreateEvent CreateEventA
#define CreateEventEx CreateEventExA
#define OpenEvent OpenEventA
#endif

#endif
