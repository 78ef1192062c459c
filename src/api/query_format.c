/* SPDX-License-Identifier: MIT */
/* What a texel is made of: core's table in public words. Pure functions. */
#include "api/structs.h"
#include "core/format.h"

#include <inttypes.h>

/* The public numbers are core's; who changes one changes the other. */
_Static_assert((int)IST_FORMAT_SRGB == FORMAT_SRGB && (int)IST_FORMAT_BGR == FORMAT_BGR &&
                   (int)IST_FORMAT_DEPTH == FORMAT_DEPTH &&
                   (int)IST_FORMAT_BLOCK == FORMAT_BLOCK &&
                   (int)IST_FORMAT_PLANAR == FORMAT_PLANAR &&
                   (int)IST_FORMAT_PACKED == FORMAT_PACKED &&
                   (int)IST_FORMAT_VIDEO == FORMAT_VIDEO,
               "traits");
_Static_assert((int)IST_READ_TYPELESS == FAMILY_TYPELESS &&
                   (int)IST_READ_UNORM == FAMILY_UNORM && (int)IST_READ_SNORM == FAMILY_SNORM &&
                   (int)IST_READ_UINT == FAMILY_UINT && (int)IST_READ_SINT == FAMILY_SINT &&
                   (int)IST_READ_FLOAT == FAMILY_FLOAT &&
                   (int)IST_READ_SHARED_EXPONENT == FAMILY_SHARED_EXPONENT &&
                   (int)IST_READ_XR_BIAS == FAMILY_XR_BIAS &&
                   (int)IST_READ_MIXED == FAMILY_MIXED,
               "families");
_Static_assert(sizeof(struct ist_format) == 52, "part of the ABI: only ever grows at its end");

const char *ist_format_name(uint32_t dxgi_format)
{
    const struct format *f = format_get(dxgi_format);
    return f ? f->name : NULL;
}

enum ist_status ist_query_format(uint32_t dxgi_format, struct ist_format *out)
{
    const struct format *f = format_get(dxgi_format);
    enum ist_status status = struct_check("ist_format", out, sizeof(*out));
    if (status != IST_OK)
        return status;
    if (!f)
        return refuse(IST_BAD_FORMAT, "format %" PRIu32 " is no DXGI_FORMAT of a texel",
                      dxgi_format);
    struct ist_format found = {
        .format = f->number,
        .family = f->group,
        .block_bytes = f->block_bytes,
        .block_width = f->block_width,
        .block_height = f->block_height,
        .channels = f->channels,
        .bits = {f->bits[0], f->bits[1], f->bits[2], f->bits[3]},
        .reading = f->family,
        .flags = f->traits | (f->family == FAMILY_TYPELESS ? IST_FORMAT_TYPELESS : 0U),
    };
    struct_write(out, &found, sizeof(found));
    return IST_OK;
}
