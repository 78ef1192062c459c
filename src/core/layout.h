/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of each mip level and slice lie in linear memory: one layout for both sides.
 */
#ifndef ISTHMUS_CORE_LAYOUT_H
#define ISTHMUS_CORE_LAYOUT_H

#include "core/format.h"

#define LAYOUT_MAX_LEVELS 15 /* 16384 texels */
#define LAYOUT_MAX_SIDE 16384U
#define LAYOUT_MAX_DEPTH 2048U
#define LAYOUT_MAX_SLICES 2048U
#define LAYOUT_ROW_ALIGN 64U /* one cache line, so that rows of two writers do not share one */

enum dimension { DIMENSION_BUFFER, DIMENSION_1D, DIMENSION_2D, DIMENSION_3D };

/* One mip level of one slice. Rows are rows of blocks; both planes of a planar format count. */
struct layout_level {
    size_t offset;                 /* from the start of its slice */
    size_t row_bytes;              /* bytes of data in a row */
    size_t row_pitch;              /* from one row to the next */
    size_t rows;                   /* rows of blocks */
    size_t depth_pitch;            /* from one depth slice to the next */
    uint32_t width, height, depth; /* texels */
};

struct layout {
    size_t size;         /* of everything, bytes */
    size_t slice_stride; /* from one array slice to the next */
    uint32_t levels, slices;
    struct layout_level level[LAYOUT_MAX_LEVELS];
};

struct layout_request {
    enum dimension dimension;
    uint32_t format; /* ignored for buffers */
    uint64_t width;  /* texels; bytes for buffers */
    uint32_t height, depth;
    uint32_t levels; /* 0: all down to 1 x 1 x 1 */
    uint32_t slices;
    uint32_t row_align; /* 0: LAYOUT_ROW_ALIGN */
};

/* Refuses extents of 0, beyond the limits, that no block divides, and every overflow. */
enum ist_status layout_compute(const struct layout_request *request, struct layout *out)
    FRONT_API(layout_compute) MUST_CHECK;

/* How many levels a full chain has. */
uint32_t layout_full_chain(uint32_t width, uint32_t height, uint32_t depth)
    FRONT_API(layout_full_chain);

/* The offset of a subresource, counted level first: level + slice * levels. */
size_t layout_offset(const struct layout *layout, uint32_t level, uint32_t slice)
    FRONT_API(layout_offset);

#endif
