/* SPDX-License-Identifier: MIT */
/** The Direct3D headers ask for it; the interface macros are in unknwn.h. */
#ifndef ISTHMUS_WIN32_RPCNDR_H
#define ISTHMUS_WIN32_RPCNDR_H
#include <windows.h>
#endif
