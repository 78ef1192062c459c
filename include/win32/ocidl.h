/* SPDX-License-Identifier: MIT */
/** The Direct3D headers ask for it; there are no controls here. */
#ifndef ISTHMUS_WIN32_OCIDL_H
#define ISTHMUS_WIN32_OCIDL_H
#include <unknwn.h>
#endif
