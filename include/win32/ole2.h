/* SPDX-License-Identifier: MIT */
/** The Direct3D headers ask for it; of OLE they need IUnknown only. */
#ifndef ISTHMUS_WIN32_OLE2_H
#define ISTHMUS_WIN32_OLE2_H
#include <windows.h>
#endif
