/* SPDX-License-Identifier: MIT */
/* From core's statuses to the last-error code of the calling thread. */
#ifndef ISTHMUS_WIN32_ERROR_H
#define ISTHMUS_WIN32_ERROR_H

#include "core/status.h"

#include <windows.h>

/* TRUE for IST_OK, which changes nothing; else FALSE, with the status' Win32 code left
 * behind. */
BOOL win32_result(enum ist_status status);

#endif
