/* SPDX-License-Identifier: MIT */
/** The basic types are in the base header. */
#ifndef ISTHMUS_WIN32_MINWINDEF_H
#define ISTHMUS_WIN32_MINWINDEF_H
#include <win32_base.h>
#endif
