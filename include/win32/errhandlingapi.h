/* SPDX-License-Identifier: MIT */
/** The last-error code: one per thread, set by the Win32 functions that fail. */
#ifndef ISTHMUS_WIN32_ERRHANDLINGAPI_H
#define ISTHMUS_WIN32_ERRHANDLINGAPI_H

#include <winerror.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the calling thread's last failing call left. Successful calls leave it alone, but for
 * those that say otherwise (CreateEvent). */
WINBASEAPI DWORD WINAPI GetLastError(void);
WINBASEAPI void WINAPI SetLastError(DWORD code);

#ifdef __cplusplus
}
#endif

#endif
