/* SPDX-License-Identifier: MIT */
/* Which bytes a copy or a fill is about: what queues hand to devices. */
#ifndef ISTHMUS_CORE_PLACE_H
#define ISTHMUS_CORE_PLACE_H

#include "core/resource.h"

/*
 * Where bytes are: in a resource (which the work pins), or in plain memory of the caller.
 * x is in bytes, y in rows of blocks. In an array, z counts slices; in a 3D texture, depth.
 */
struct place {
    struct resource *resource; /* NULL: plain memory */
    uint32_t level, slice;     /* of the resource; z starts at the slice */
    size_t x, y, z;
    void *memory; /* without a resource: the first byte */
    size_t row_pitch, slice_pitch;
};

struct copy {
    struct place dst, src;
    size_t row_bytes, rows, slices;
};

/* A pattern of 1 .. 16 bytes, repeated along each row. */
struct fill {
    struct place dst;
    size_t row_bytes, rows, slices;
    unsigned char pattern[16];
    unsigned pattern_bytes;
};

#endif
