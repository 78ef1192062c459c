/* SPDX-License-Identifier: MIT */
/*
 * What a texel format is made of, once for everybody. Formats have the numbers of DXGI's public
 * enumeration (0 .. 132); the table is format.def. A depth, planar or block-compressed format
 * says so here, and nowhere else.
 */
#ifndef ISTHMUS_CORE_FORMAT_H
#define ISTHMUS_CORE_FORMAT_H

#include "core/status.h"

#include <stdbool.h>

enum format_family { /* how the bits of a channel are read */
                     FAMILY_TYPELESS,
                     FAMILY_UNORM,
                     FAMILY_SNORM,
                     FAMILY_UINT,
                     FAMILY_SINT,
                     FAMILY_FLOAT,
                     FAMILY_SHARED_EXPONENT,
                     FAMILY_XR_BIAS,
                     FAMILY_MIXED, /* depth and stencil together */
};

enum format_trait {
    FORMAT_SRGB = 1,
    FORMAT_BGR = 2,     /* blue lies first in memory */
    FORMAT_DEPTH = 4,   /* only as depth or stencil */
    FORMAT_BLOCK = 8,   /* block compressed: 4 x 4 texels a block */
    FORMAT_PLANAR = 16, /* a second plane of half height follows the first */
    FORMAT_PACKED = 32, /* channels share bytes: 10:10:10:2, 11:11:10, 5:6:5, packed YUV */
    FORMAT_VIDEO = 64,  /* YUV and palette formats */
};

struct format {
    const char *name;    /* without prefix: "R8G8B8A8_UNORM" */
    uint8_t number;      /* the public number */
    uint8_t group;       /* number of the typeless format it can be read as; itself if none */
    uint8_t block_bytes; /* bytes of a block; a texel is a block of 1 x 1 */
    uint8_t block_width, block_height;
    uint8_t channels; /* how many carry data */
    uint8_t bits[4];  /* of red, green, blue, alpha (or depth, stencil; or Y, U, V, A) */
    uint8_t family;   /* enum format_family, of the first channel */
    uint8_t traits;   /* enum format_trait */
};

/* NULL for 0 (unknown), for numbers that are no format, and beyond the table. */
const struct format *format_get(uint32_t number) FRONT_API(format_get);

/*
 * Encodes four channel values (red first, already clamped to nothing) as one texel of an
 * uncompressed colour format: what a clear writes. `floats` for UNORM, SNORM, FLOAT, sRGB
 * (linear input), 11:11:10 and 9:9:9:5; `ints` for UINT and SINT (taken modulo their bits).
 * Returns the bytes written (at most 16), 0 if the format cannot be encoded.
 */
unsigned format_encode_float(const struct format *f, const float rgba[4], unsigned char out[16])
    FRONT_API(format_encode_float);
unsigned format_encode_uint(const struct format *f, const uint32_t rgba[4],
                            unsigned char out[16]) FRONT_API(format_encode_uint);

#endif
