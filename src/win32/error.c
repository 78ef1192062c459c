/* SPDX-License-Identifier: MIT */
/* The last-error code. Each thread has its own and nobody else touches it: there is no lock. */
#include "win32/error.h"

#include "win32/export.h"

/* A success changes it nowhere, unless a call says that it does (CreateEvent). */
static _Thread_local DWORD last_error;

WIN32_EXPORT DWORD WINAPI GetLastError(void)
{
    return last_error;
}

WIN32_EXPORT void WINAPI SetLastError(DWORD code)
{
    last_error = code;
}

BOOL win32_result(enum ist_status status)
{
    if (status == IST_OK)
        return TRUE;
    last_error = status_codes(status)->win32;
    return FALSE;
}
