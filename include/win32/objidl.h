/* SPDX-License-Identifier: MIT */
/** Of COM's object interfaces only IUnknown exists here. */
#ifndef ISTHMUS_WIN32_OBJIDL_H
#define ISTHMUS_WIN32_OBJIDL_H
#include <unknwn.h>
#endif
