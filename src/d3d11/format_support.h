/* SPDX-License-Identifier: MIT */
/* What each format can be used for on our devices: what is told is what creation allows. */
#ifndef ISTHMUS_D3D11_FORMAT_SUPPORT_H
#define ISTHMUS_D3D11_FORMAT_SUPPORT_H

#include "core/format.h"
#include "d3d11/d3d11.h"

/* D3D11_FORMAT_SUPPORT bits; 0: not a format, or one that nothing here can have. */
UINT d3d11_format_support(DXGI_FORMAT format);

/* D3D11_FORMAT_SUPPORT2 bits: all about shaders, so there are none. */
UINT d3d11_format_support2(DXGI_FORMAT format);

/* "R8G8B8A8_UNORM", or "unknown format". */
const char *d3d11_format_name(DXGI_FORMAT format);

/* True if a resource of format `resource` may be viewed as `view`: the same typeless group. */
bool d3d11_format_castable(DXGI_FORMAT resource, DXGI_FORMAT view);

/* A colour that can be cleared: not typeless, and every channel can be written. */
bool d3d11_format_encodable(const struct format *format);

#endif
