/* SPDX-License-Identifier: MIT */
/** Types and access rights are in the base header. */
#ifndef ISTHMUS_WIN32_WINNT_H
#define ISTHMUS_WIN32_WINNT_H
#include <win32_base.h>
#endif
