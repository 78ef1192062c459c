/* SPDX-License-Identifier: MIT */
/**
 * What can be done to any NT handle. Such a handle belongs to this process, holds its object
 * alive, and is recognised after it was closed: a stale value answers ERROR_INVALID_HANDLE (6)
 * and harms nothing.
 *
 * A D3DKMT number (from IDXGIResource::GetSharedHandle) is stored in a HANDLE too but is none:
 * every function here answers FALSE and ERROR_INVALID_HANDLE for it, as on Windows.
 */
#ifndef ISTHMUS_WIN32_HANDLEAPI_H
#define ISTHMUS_WIN32_HANDLEAPI_H

#include <winerror.h>

#define HANDLE_FLAG_INHERIT 0x00000001
#define HANDLE_FLAG_PROTECT_FROM_CLOSE 0x00000002

#define DUPLICATE_CLOSE_SOURCE 0x00000001
#define DUPLICATE_SAME_ACCESS 0x00000002

#ifdef __cplusplus
extern "C" {
#endif

/* FALSE and 6 for what is no open handle. A pseudo handle may be closed and stays valid. */
WINBASEAPI WINBOOL WINAPI CloseHandle(HANDLE object);

/*
 * The processes are GetCurrentProcess() or handles from OpenProcess() with PROCESS_DUP_HANDLE.
 * The new handle is valid in the target process only: its value must be told there. Between
 * processes textures, buffers and fences can be duplicated, events not. With
 * DUPLICATE_CLOSE_SOURCE the source is closed even on failure; with a NULL target nothing but
 * that happens.
 */
WINBASEAPI WINBOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source,
                                          HANDLE target_process, LPHANDLE target, DWORD access,
                                          WINBOOL inherit, DWORD options);

WINBASEAPI WINBOOL WINAPI GetHandleInformation(HANDLE object, LPDWORD flags);
/* Changes the flags in `mask` to their value in `flags`, and no others. */
WINBASEAPI WINBOOL WINAPI SetHandleInformation(HANDLE object, DWORD mask, DWORD flags);

/* TRUE if both are handles of one object. */
WINBASEAPI WINBOOL WINAPI CompareObjectHandles(HANDLE first, HANDLE second);

#ifdef __cplusplus
}
#endif

#endif
