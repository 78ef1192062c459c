/* SPDX-License-Identifier: MIT */
/*
 * What a view covers: its fields against the resource. "All the rest" (-1) becomes a number, an
 * unknown format becomes the resource's.
 */
#include "d3d11/format_support.h"
#include "d3d11/view_desc.h"

#define ALL UINT32_MAX

/* first .. first + count - 1 within `total`; count NULL means 1, ALL means the rest. */
static enum ist_status check_span(const char *what, UINT first, UINT *count, UINT total,
                                  UINT *out)
{
    UINT n = count ? *count : 1;
    if (first < total && n == ALL)
        n = total - first;
    if (!n || first >= total || n > total - first)
        return refuse(IST_BAD_ARG, "%s %u, %u of them: the resource has %u", what, first, n,
                      total);
    if (count)
        *count = n;
    *out = n;
    return IST_OK;
}

/* A cube counts in sixes; a single one is the first six slices. */
static enum ist_status resolve_cube(const struct d3d11_resource *resource,
                                    const struct view_fields *fields,
                                    struct d3d11_view_range *range)
{
    UINT first = fields->slice ? *fields->slice : 0;
    UINT total = resource->core->layout.slices;
    UINT cubes;
    if (!resource->core->desc.cube)
        return refuse(IST_BAD_ARG, "a cube view of a texture without TEXTURECUBE (0x%x)",
                      resource->misc);
    enum ist_status status = check_span("First2DArrayFace", first, NULL, total, &cubes);
    if (status == IST_OK)
        status = check_span("cube", 0, fields->slices, (total - first) / 6, &cubes);
    if (status != IST_OK)
        return status;
    range->slice = first;
    range->slices = cubes * 6;
    return IST_OK;
}

/* Depth slices of a target, array slices of all others; a view without either shows the
 * first. */
static enum ist_status resolve_slices(const struct d3d11_resource *resource,
                                      const struct view_fields *fields,
                                      struct d3d11_view_range *range)
{
    const struct layout *layout = &resource->core->layout;
    bool volume = fields->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE3D;
    UINT total = volume ? layout->level[range->level].depth : layout->slices;
    if (fields->cube)
        return resolve_cube(resource, fields, range);
    if (volume && !fields->slices) { /* a shader sees all of the depth */
        range->slices = total;
        return IST_OK;
    }
    range->slice = fields->slice ? *fields->slice : 0;
    return check_span(volume ? "FirstWSlice" : "FirstArraySlice", range->slice, fields->slices,
                      total, &range->slices);
}

/* The plane that a format of one or two channels shows of 4:2:0; false: none. */
static bool plane_of(DXGI_FORMAT resource, DXGI_FORMAT view, uint32_t *out)
{
    const struct format *from = format_get(resource), *to = format_get(view);
    if (!(from->traits & FORMAT_PLANAR) || !to || to->traits & FORMAT_PLANAR)
        return false;
    if (to->family != FAMILY_UNORM && to->family != FAMILY_UINT)
        return false;
    if (to->channels > 2 || to->bits[0] != from->block_bytes * 8U ||
        (to->channels == 2 && to->bits[1] != to->bits[0]))
        return false;
    *out = to->channels - 1U;
    return true;
}

static enum ist_status resolve_texture_format(const struct d3d11_resource *resource,
                                              struct view_fields *fields,
                                              struct d3d11_view_range *range,
                                              const struct format **format)
{
    if (*fields->format == DXGI_FORMAT_UNKNOWN)
        *fields->format = resource->format;
    if (!plane_of(resource->format, *fields->format, &range->plane) &&
        !d3d11_format_castable(resource->format, *fields->format))
        return refuse(IST_BAD_FORMAT, "a view as %s of a resource of %s",
                      d3d11_format_name(*fields->format), d3d11_format_name(resource->format));
    if (fields->plane && *fields->plane && *fields->plane != range->plane)
        return refuse(IST_BAD_ARG, "PlaneSlice %u: %s stands for plane %u", *fields->plane,
                      d3d11_format_name(*fields->format), range->plane);
    if (fields->plane)
        *fields->plane = range->plane;
    *format = format_get(*fields->format);
    return IST_OK;
}

static enum ist_status resolve_texture(const struct d3d11_resource *resource,
                                       struct view_fields *fields,
                                       struct d3d11_view_range *range,
                                       const struct format **format)
{
    range->level = *fields->level;
    enum ist_status status = check_span("level", range->level, fields->levels,
                                        resource->core->layout.levels, &range->levels);
    if (status == IST_OK)
        status = resolve_slices(resource, fields, range);
    if (status == IST_OK)
        status = resolve_texture_format(resource, fields, range, format);
    return status;
}

/* Bit 0 in both kinds of buffer flags: bytes, seen as 32-bit words. */
#define FLAG_RAW 1U

static enum ist_status resolve_raw(const struct d3d11_resource *resource,
                                   const struct view_fields *fields,
                                   struct d3d11_view_range *range, const struct format **format)
{
    if (*fields->format != DXGI_FORMAT_R32_TYPELESS ||
        !(resource->misc & D3D11_RESOURCE_MISC_BUFFER_ALLOW_RAW_VIEWS))
        return refuse(IST_BAD_ARG,
                      "a raw view as %s of a buffer with MiscFlags 0x%x: R32_TYPELESS and "
                      "ALLOW_RAW_VIEWS 0x20 are needed",
                      d3d11_format_name(*fields->format), resource->misc);
    *format = format_get(DXGI_FORMAT_R32_UINT); /* how words are written */
    range->stride = 4;
    return IST_OK;
}

static enum ist_status resolve_typed(const struct d3d11_resource *resource,
                                     const struct view_fields *fields,
                                     struct d3d11_view_range *range,
                                     const struct format **format)
{
    UINT flags = fields->flags ? *fields->flags : 0;
    bool structured = resource->misc & D3D11_RESOURCE_MISC_BUFFER_STRUCTURED;
    if (structured && *fields->format == DXGI_FORMAT_UNKNOWN) {
        range->stride = resource->desc.buffer.StructureByteStride;
        return IST_OK;
    }
    if (flags)
        return refuse(IST_BAD_ARG, "Flags 0x%x of a view that is neither raw nor structured",
                      flags);
    if (!(d3d11_format_support(*fields->format) & D3D11_FORMAT_SUPPORT_BUFFER) ||
        format_get(*fields->format)->family == FAMILY_TYPELESS)
        return refuse(IST_BAD_FORMAT, "elements of a buffer as %s",
                      d3d11_format_name(*fields->format));
    *format = format_get(*fields->format);
    range->stride = (*format)->block_bytes;
    return IST_OK;
}

static enum ist_status resolve_buffer(const struct d3d11_resource *resource,
                                      struct view_fields *fields,
                                      struct d3d11_view_range *range,
                                      const struct format **format)
{
    UINT count;
    bool raw = fields->flags && *fields->flags & FLAG_RAW;
    *format = NULL;
    enum ist_status status = raw ? resolve_raw(resource, fields, range, format)
                                 : resolve_typed(resource, fields, range, format);
    if (status == IST_OK)
        status = check_span("FirstElement", *fields->element, fields->elements,
                            resource->desc.buffer.ByteWidth / range->stride, &count);
    if (status != IST_OK)
        return status;
    range->levels = range->slices = 1;
    range->offset = (uint64_t)*fields->element * range->stride;
    range->bytes = (uint64_t)count * range->stride;
    return IST_OK;
}

enum ist_status view_resolve(const struct d3d11_resource *resource, struct view_fields *fields,
                             struct d3d11_view_range *range, const struct format **format)
{
    memset(range, 0, sizeof(*range));
    if (fields->dimension != (D3D11_RESOURCE_DIMENSION)resource->desc.dimension)
        return refuse(IST_BAD_ARG, "a view for dimension %u of a resource of dimension %u",
                      fields->dimension, resource->desc.dimension);
    if (fields->dimension == D3D11_RESOURCE_DIMENSION_BUFFER)
        return resolve_buffer(resource, fields, range, format);
    return resolve_texture(resource, fields, range, format);
}
