/* SPDX-License-Identifier: MIT */
/*
 * Derived from the facts in core/format.def. Bits for what shaders, blending or display would
 * do are never set: none of it exists here, and a program that asks should know.
 */
#include "d3d11/format_support.h"

#define ALL_TEXTURES                                                     \
    (D3D11_FORMAT_SUPPORT_TEXTURE1D | D3D11_FORMAT_SUPPORT_TEXTURE2D |   \
     D3D11_FORMAT_SUPPORT_TEXTURE3D | D3D11_FORMAT_SUPPORT_TEXTURECUBE | \
     D3D11_FORMAT_SUPPORT_MIP | D3D11_FORMAT_SUPPORT_CPU_LOCKABLE)

#define BLOCK_TEXTURES (ALL_TEXTURES & ~(UINT)D3D11_FORMAT_SUPPORT_TEXTURE1D)
#define VIDEO_TEXTURES                                           \
    (D3D11_FORMAT_SUPPORT_TEXTURE2D | D3D11_FORMAT_SUPPORT_MIP | \
     D3D11_FORMAT_SUPPORT_CPU_LOCKABLE)
#define DEPTH_TEXTURES                                                 \
    (D3D11_FORMAT_SUPPORT_TEXTURE1D | D3D11_FORMAT_SUPPORT_TEXTURE2D | \
     D3D11_FORMAT_SUPPORT_TEXTURECUBE | D3D11_FORMAT_SUPPORT_MIP |     \
     D3D11_FORMAT_SUPPORT_CPU_LOCKABLE)

const char *d3d11_format_name(DXGI_FORMAT format)
{
    const struct format *f = format_get(format);
    return f ? f->name : "unknown format";
}

bool d3d11_format_castable(DXGI_FORMAT resource, DXGI_FORMAT view)
{
    const struct format *from = format_get(resource), *to = format_get(view);
    if (!from || !to)
        return false;
    /* Only a typeless resource may change its type; the group has the typeless one's number. */
    return from == to || (from->family == FAMILY_TYPELESS && from->group == to->group);
}

bool d3d11_format_encodable(const struct format *format)
{
    unsigned char texel[16];
    static const float floats[4];
    static const uint32_t ints[4];
    if (format->traits & (FORMAT_DEPTH | FORMAT_BLOCK | FORMAT_VIDEO))
        return false;
    return format_encode_float(format, floats, texel) ||
           format_encode_uint(format, ints, texel);
}

/* Formats that exist only as views of one plane of depth and stencil. */
static bool is_view_only(DXGI_FORMAT format)
{
    return format == DXGI_FORMAT_R32_FLOAT_X8X24_TYPELESS ||
           format == DXGI_FORMAT_X32_TYPELESS_G8X24_UINT ||
           format == DXGI_FORMAT_R24_UNORM_X8_TYPELESS ||
           format == DXGI_FORMAT_X24_TYPELESS_G8_UINT;
}

/* No layout is known for these, or none that a program may look at. */
static bool is_opaque(const struct format *f)
{
    return !f->block_bytes || f->number == DXGI_FORMAT_R1_UNORM ||
           f->number == DXGI_FORMAT_420_OPAQUE;
}

/* Targets: what a clear can write. sRGB and blue-first formats are none for unordered
 * access. */
static UINT colour_support(const struct format *f)
{
    UINT support = ALL_TEXTURES;
    if (f->block_width != 1) /* two texels that share a block */
        return support;
    support |= D3D11_FORMAT_SUPPORT_BUFFER;
    if (f->family == FAMILY_TYPELESS)
        return support | D3D11_FORMAT_SUPPORT_CAST_WITHIN_BIT_LAYOUT;
    if (!d3d11_format_encodable(f))
        return support;
    /* A shared exponent cannot be a target, and of three channels of 32 bits neither. */
    if (f->family != FAMILY_SHARED_EXPONENT && f->block_bytes != 12)
        support |= D3D11_FORMAT_SUPPORT_RENDER_TARGET;
    if (support & D3D11_FORMAT_SUPPORT_RENDER_TARGET &&
        !(f->traits & (FORMAT_SRGB | FORMAT_BGR)) && f->family != FAMILY_XR_BIAS)
        support |= D3D11_FORMAT_SUPPORT_TYPED_UNORDERED_ACCESS_VIEW;
    if (f->group != f->number)
        support |= D3D11_FORMAT_SUPPORT_CAST_WITHIN_BIT_LAYOUT;
    return support;
}

UINT d3d11_format_support(DXGI_FORMAT format)
{
    const struct format *f = format_get(format);
    if (!f || is_opaque(f) || is_view_only(format))
        return 0;
    if (f->traits & FORMAT_VIDEO)
        return VIDEO_TEXTURES;
    if (f->traits & FORMAT_BLOCK)
        return BLOCK_TEXTURES;
    if (f->traits & FORMAT_DEPTH)
        return f->family == FAMILY_TYPELESS
                   ? DEPTH_TEXTURES
                   : DEPTH_TEXTURES | D3D11_FORMAT_SUPPORT_DEPTH_STENCIL;
    return colour_support(f);
}

UINT d3d11_format_support2(DXGI_FORMAT format)
{
    (void)format;
    return 0;
}
