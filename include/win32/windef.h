/* SPDX-License-Identifier: MIT */
/** The basic types are in the base header. */
#ifndef ISTHMUS_WIN32_WINDEF_H
#define ISTHMUS_WIN32_WINDEF_H
#include <win32_base.h>
#endif
