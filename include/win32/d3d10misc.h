/* SPDX-License-Identifier: MIT */
/** Empty: d3d11.h includes it for sources that use Direct3D 10 too, which is not offered. */
#ifndef ISTHMUS_WIN32_D3D10MISC_H
#define ISTHMUS_WIN32_D3D10MISC_H
#endif
