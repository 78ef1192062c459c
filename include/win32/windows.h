/* SPDX-License-Identifier: MIT */
/**
 * The front door of the shims: all of what Isthmus offers of Win32. There is no window system,
 * no file API and no thread API here; use those of Linux.
 */
#ifndef ISTHMUS_WIN32_WINDOWS_H
#define ISTHMUS_WIN32_WINDOWS_H

#include <win32_base.h>

#include <errhandlingapi.h>
#include <guiddef.h>
#include <handleapi.h>
#include <processthreadsapi.h>
#include <synchapi.h>
#include <unknwn.h>
#include <winerror.h>

#endif
