/* SPDX-License-Identifier: MIT */
/*
 * The rules of the three texture descriptions. What concerns extents, levels and blocks alone
 * is checked by core's layout; here are feature levels, formats and flags.
 */
#include "d3d11/desc.h"
#include "d3d11/format_support.h"

/* The largest sides by feature level. */
struct limits {
    D3D_FEATURE_LEVEL level;
    UINT side_2d, side_3d, slices;
};

/* Best first; what the documents list for each level. */
static const struct limits all_limits[] = {
    {D3D_FEATURE_LEVEL_11_0, 16384, 2048, 2048},
    {D3D_FEATURE_LEVEL_10_0, 8192, 2048, 512},
    {D3D_FEATURE_LEVEL_9_3, 4096, 256, 1},
    {D3D_FEATURE_LEVEL_9_1, 2048, 256, 1},
};

static const struct limits *limits_of(const struct d3d11_device *device)
{
    const struct limits *l = all_limits;
    while (l->level > device->level)
        l++;
    return l;
}

/* The extents of any texture; what it does not have is 1. */
struct extents {
    UINT width, height, depth, levels, slices;
    UINT dimension_support; /* the D3D11_FORMAT_SUPPORT bit */
};

static struct extents extents_of(const struct d3d11_desc *desc)
{
    const D3D11_TEXTURE1D_DESC *t1 = &desc->texture1d;
    const D3D11_TEXTURE2D_DESC1 *t2 = &desc->texture2d;
    const D3D11_TEXTURE3D_DESC1 *t3 = &desc->texture3d;
    switch (desc->dimension) {
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D:
        return (struct extents){
            t1->Width, 1, 1, t1->MipLevels, t1->ArraySize, D3D11_FORMAT_SUPPORT_TEXTURE1D};
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        return (struct extents){t2->Width,     t2->Height,    1,
                                t2->MipLevels, t2->ArraySize, D3D11_FORMAT_SUPPORT_TEXTURE2D};
    default:
        return (struct extents){t3->Width,     t3->Height, t3->Depth,
                                t3->MipLevels, 1,          D3D11_FORMAT_SUPPORT_TEXTURE3D};
    }
}

/* Zero sides and full chains are core's business. */
static enum ist_status check_limits(const struct d3d11_device *device,
                                    const struct d3d11_desc *desc, const struct extents *e)
{
    const struct limits *l = limits_of(device);
    bool volume = desc->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE3D;
    bool cube = d3d11_desc_traits(desc).misc & D3D11_RESOURCE_MISC_TEXTURECUBE;
    UINT side = volume ? l->side_3d : l->side_2d;
    UINT slices = cube && l->slices == 1 ? 6 : l->slices;
    if (e->width > side || e->height > side || e->depth > side)
        return refuse(IST_BAD_ARG, "%u x %u x %u texels: feature level 0x%x allows %u a side",
                      e->width, e->height, e->depth, device->level, side);
    if (e->slices > slices)
        return refuse(IST_BAD_ARG, "ArraySize %u: feature level 0x%x allows %u", e->slices,
                      device->level, slices);
    return IST_OK;
}

static enum ist_status check_format(const struct d3d11_traits *t, const struct extents *e)
{
    if (!(d3d11_format_support(t->format) & e->dimension_support))
        return refuse(IST_BAD_FORMAT, "Format %u (%s) cannot be used for this kind of texture",
                      t->format, d3d11_format_name(t->format));
    return IST_OK;
}

/* A typeless format may be bound for what one of its group can do. */
static UINT group_support(DXGI_FORMAT format)
{
    const struct format *f = format_get(format);
    UINT support = d3d11_format_support(format);
    for (UINT i = 1; f && f->family == FAMILY_TYPELESS && i <= DXGI_FORMAT_V408; i++) {
        const struct format *other = format_get(i);
        if (other && other->group == f->number)
            support |= d3d11_format_support((DXGI_FORMAT)i);
    }
    return support;
}

static enum ist_status check_binds(const struct d3d11_traits *t)
{
    static const struct {
        UINT bind, support;
        const char *name;
    } rules[] = {
        {D3D11_BIND_RENDER_TARGET, D3D11_FORMAT_SUPPORT_RENDER_TARGET, "RENDER_TARGET"},
        {D3D11_BIND_DEPTH_STENCIL, D3D11_FORMAT_SUPPORT_DEPTH_STENCIL, "DEPTH_STENCIL"},
        {D3D11_BIND_UNORDERED_ACCESS, D3D11_FORMAT_SUPPORT_TYPED_UNORDERED_ACCESS_VIEW,
         "UNORDERED_ACCESS"},
    };
    UINT support = group_support(t->format);
    /* Planes of video are targets of their own, with a format of one or two channels. */
    if (format_get(t->format)->traits & FORMAT_PLANAR)
        support |= D3D11_FORMAT_SUPPORT_RENDER_TARGET |
                   D3D11_FORMAT_SUPPORT_TYPED_UNORDERED_ACCESS_VIEW;
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (t->bind & rules[i].bind && !(support & rules[i].support))
            return refuse(IST_BAD_FORMAT, "BindFlags 0x%x: %s cannot be bound as %s", t->bind,
                          d3d11_format_name(t->format), rules[i].name);
    }
    if (t->bind & D3D11_BIND_DEPTH_STENCIL &&
        t->bind & (D3D11_BIND_RENDER_TARGET | D3D11_BIND_UNORDERED_ACCESS))
        return refuse(IST_BAD_ARG, "BindFlags 0x%x: DEPTH_STENCIL excludes other targets",
                      t->bind);
    return IST_OK;
}

static enum ist_status check_misc(const struct d3d11_traits *t, const struct extents *e)
{
    const UINT mips = D3D11_BIND_RENDER_TARGET | D3D11_BIND_SHADER_RESOURCE;
    if (t->misc & D3D11_RESOURCE_MISC_GENERATE_MIPS && (t->bind & mips) != mips)
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x: GENERATE_MIPS needs RENDER_TARGET and SHADER_RESOURCE, "
                      "BindFlags are 0x%x",
                      t->misc, t->bind);
    if (t->misc & D3D11_RESOURCE_MISC_TEXTURECUBE &&
        (e->dimension_support != D3D11_FORMAT_SUPPORT_TEXTURE2D || e->width != e->height ||
         e->slices % 6))
        return refuse(IST_BAD_ARG,
                      "TEXTURECUBE with %u x %u texels and ArraySize %u: equal sides of a 2D "
                      "texture and a multiple of 6 are right",
                      e->width, e->height, e->slices);
    if (t->misc & D3D11_RESOURCE_MISC_GDI_COMPATIBLE &&
        (e->dimension_support != D3D11_FORMAT_SUPPORT_TEXTURE2D ||
         !d3d11_format_castable(DXGI_FORMAT_B8G8R8A8_TYPELESS, t->format) ||
         !(t->bind & D3D11_BIND_RENDER_TARGET)))
        return refuse(IST_BAD_ARG,
                      "GDI_COMPATIBLE needs a 2D render target of B8G8R8A8, this is %s",
                      d3d11_format_name(t->format));
    return IST_OK;
}

/* There is one sample in each texel, here and in everything that CUDA can import. */
static enum ist_status check_2d(const D3D11_TEXTURE2D_DESC1 *desc)
{
    if (desc->SampleDesc.Count != 1 || desc->SampleDesc.Quality)
        return refuse(IST_BAD_ARG, "SampleDesc %u, %u: 1, 0 is right (no multisampling here)",
                      desc->SampleDesc.Count, desc->SampleDesc.Quality);
    if ((UINT)desc->TextureLayout > (UINT)D3D11_TEXTURE_LAYOUT_ROW_MAJOR)
        return refuse(IST_BAD_ARG, "TextureLayout %u: 0 or 1 is right (no standard swizzle)",
                      desc->TextureLayout);
    return IST_OK;
}

static enum ist_status check_3d(const D3D11_TEXTURE3D_DESC1 *desc)
{
    if ((UINT)desc->TextureLayout > (UINT)D3D11_TEXTURE_LAYOUT_ROW_MAJOR)
        return refuse(IST_BAD_ARG, "TextureLayout %u: 0 or 1 is right (no standard swizzle)",
                      desc->TextureLayout);
    return IST_OK;
}

static enum ist_status check_kind(const struct d3d11_desc *desc)
{
    if (desc->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE2D)
        return check_2d(&desc->texture2d);
    if (desc->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE3D)
        return check_3d(&desc->texture3d);
    return IST_OK;
}

static enum ist_status check_dynamic(const struct d3d11_traits *t, const struct extents *e)
{
    if (t->usage != D3D11_USAGE_DYNAMIC || (e->levels == 1 && e->slices == 1))
        return IST_OK;
    return refuse(IST_BAD_ARG, "USAGE_DYNAMIC with %u levels and %u slices: 1 and 1 are right",
                  e->levels, e->slices);
}

enum ist_status d3d11_check_texture(const struct d3d11_device *device,
                                    const struct d3d11_desc *desc)
{
    struct d3d11_traits t = d3d11_desc_traits(desc);
    struct extents e = extents_of(desc);
    enum ist_status status = check_kind(desc);
    if (status == IST_OK)
        status = check_limits(device, desc, &e);
    if (status == IST_OK)
        status = check_format(&t, &e);
    if (status == IST_OK)
        status = check_binds(&t);
    if (status == IST_OK)
        status = check_misc(&t, &e);
    return status == IST_OK ? check_dynamic(&t, &e) : status;
}
