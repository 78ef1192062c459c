/* SPDX-License-Identifier: MIT */
/** Of COM's base only the macros and IUnknown exist here. */
#ifndef ISTHMUS_WIN32_OBJBASE_H
#define ISTHMUS_WIN32_OBJBASE_H
#include <unknwn.h>
#endif
