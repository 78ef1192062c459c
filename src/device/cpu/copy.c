/* SPDX-License-Identifier: MIT */
/*
 * Copies boxes of bytes between places. What is contiguous on both sides becomes one move. A
 * box may overlap its own copy: then the order of rows, or a detour, keeps the source whole.
 */
#include "device/cpu/cpu.h"

#include <string.h>

struct box {
    struct cpu_place dst, src;
    size_t row_bytes, rows, slices;
};

/* Joins rows, then slices, where nothing lies between them on either side. */
static void join_rows(struct box *b)
{
    if (b->rows == 1 ||
        (b->dst.row_pitch == b->row_bytes && b->src.row_pitch == b->row_bytes)) {
        b->row_bytes *= b->rows;
        b->rows = 1;
        if (b->dst.slice_pitch == b->row_bytes && b->src.slice_pitch == b->row_bytes) {
            b->row_bytes *= b->slices;
            b->slices = 1;
        }
    }
}

/* One past the last byte of the box. */
static const unsigned char *end_of(const struct cpu_place *at, const struct box *b)
{
    return at->base + (b->slices - 1) * at->slice_pitch + (b->rows - 1) * at->row_pitch +
           b->row_bytes;
}

static bool overlaps(const struct box *b)
{
    return b->src.base < end_of(&b->dst, b) && b->dst.base < end_of(&b->src, b);
}

/* Short rows: what is asked once a box need not be asked once a row. */
static void copy_short_rows(unsigned char *dst, const unsigned char *src, const struct box *b)
{
    for (size_t y = 0; y < b->rows; y++) {
        memcpy(dst, src, b->row_bytes);
        dst += b->dst.row_pitch;
        src += b->src.row_pitch;
    }
}

static void copy_apart(const struct box *b)
{
    bool brief = b->row_bytes < cpu_streaming_bytes();
    for (size_t z = 0; z < b->slices; z++) {
        unsigned char *dst = b->dst.base + z * b->dst.slice_pitch;
        const unsigned char *src = b->src.base + z * b->src.slice_pitch;
        if (brief) {
            copy_short_rows(dst, src, b);
            continue;
        }
        for (size_t y = 0; y < b->rows; y++) {
            cpu_move(dst, src, b->row_bytes);
            dst += b->dst.row_pitch;
            src += b->src.row_pitch;
        }
    }
}

/* Row by row towards higher addresses, or from the last row back: no row is read too late. */
static void copy_shifted(const struct box *b)
{
    bool back = b->dst.base > b->src.base;
    for (size_t i = 0; i < b->slices; i++) {
        size_t z = back ? b->slices - 1 - i : i;
        for (size_t j = 0; j < b->rows; j++) {
            size_t y = back ? b->rows - 1 - j : j;
            memmove(b->dst.base + z * b->dst.slice_pitch + y * b->dst.row_pitch,
                    b->src.base + z * b->src.slice_pitch + y * b->src.row_pitch, b->row_bytes);
        }
    }
}

/* With unequal pitches no order of the rows is right for all boxes: copy twice. */
static void copy_aside(const struct box *b)
{
    size_t slice = b->row_bytes * b->rows;
    _cleanup_(freep) unsigned char *aside = malloc(slice * b->slices);
    if (!aside) {
        copy_shifted(
            b); /* right as long as the rows drift one way, which they nearly always do */
        return;
    }
    struct box in = *b, out = *b;
    in.dst = out.src = (struct cpu_place){aside, b->row_bytes, slice};
    copy_apart(&in);
    copy_apart(&out);
}

void cpu_copy(struct device *dev, const struct copy *copy)
{
    (void)dev;
    struct box b = {
        .dst = cpu_place_resolve(&copy->dst),
        .src = cpu_place_resolve(&copy->src),
        .row_bytes = copy->row_bytes,
        .rows = copy->rows,
        .slices = copy->slices,
    };
    if (!b.row_bytes || !b.rows || !b.slices)
        return;

    join_rows(&b);
    if (!overlaps(&b))
        copy_apart(&b);
    else if ((b.rows == 1 || b.dst.row_pitch == b.src.row_pitch) &&
             (b.slices == 1 || b.dst.slice_pitch == b.src.slice_pitch))
        copy_shifted(&b);
    else
        copy_aside(&b);
}
