/* SPDX-License-Identifier: MIT */
/** The Direct3D headers ask for it; there is no automation here. */
#ifndef ISTHMUS_WIN32_OAIDL_H
#define ISTHMUS_WIN32_OAIDL_H
#include <unknwn.h>
#endif
