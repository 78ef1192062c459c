/* SPDX-License-Identifier: MIT */
/**
 * From here on DEFINE_GUID() defines its name as well (weakly). Include it before the Direct3D
 * headers, in as many sources as you like.
 */
#ifndef INITGUID
#define INITGUID
#endif
#include <guiddef.h>
