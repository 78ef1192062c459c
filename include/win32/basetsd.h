/* SPDX-License-Identifier: MIT */
/** The sized integer types are in the base header. */
#ifndef ISTHMUS_WIN32_BASETSD_H
#define ISTHMUS_WIN32_BASETSD_H
#include <win32_base.h>
#endif
