/* SPDX-License-Identifier: MIT */
/** What was once all of Win32 is reached through the front door. */
#ifndef ISTHMUS_WIN32_WINBASE_H
#define ISTHMUS_WIN32_WINBASE_H
#include <windows.h>
#endif
