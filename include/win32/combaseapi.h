/* SPDX-License-Identifier: MIT */
/** Of COM's base only the macros and IUnknown exist here. */
#ifndef ISTHMUS_WIN32_COMBASEAPI_H
#define ISTHMUS_WIN32_COMBASEAPI_H
#include <unknwn.h>
#endif
