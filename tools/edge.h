/* SPDX-License-Identifier: MIT */
/*
 * The filter of the demo: how steep the brightness of a picture is at each pixel (Sobel).
 * It stands in for a CUDA kernel, so it knows neither API: rows of RGBA8 in, rows of RGBA8 out.
 */
#ifndef ISTHMUS_TOOLS_EDGE_H
#define ISTHMUS_TOOLS_EDGE_H

#include <stddef.h>
#include <stdint.h>

/* Where a picture lies. The pitch is the distance of two rows in bytes, a multiple of 4. */
struct edge_plane {
    void *data;
    size_t pitch;
};

/* How many elements of scratch memory edge_filter() needs for rows of this width. */
size_t edge_scratch_length(size_t width);

/*
 * Writes a grey picture of the edges of `from` to `to`; alpha is kept. Pixels beyond the border
 * count as the border's own. The two planes must not overlap. Allocates nothing and takes no
 * lock, so a CUDA host function may call it.
 */
void edge_filter(struct edge_plane from, struct edge_plane to, size_t width, size_t height,
                 int16_t *scratch);

/*
 * The length of a gradient without a root: the larger part counts whole or 7/8, the smaller one
 * nothing or half. From 3 % below to 1 % above the true length, plus rounding.
 */
static inline int16_t edge_length(int16_t x, int16_t y)
{
    int16_t ax = (int16_t)(x < 0 ? -x : x);
    int16_t ay = (int16_t)(y < 0 ? -y : y);
    int16_t large = ax > ay ? ax : ay;
    int16_t small = ax > ay ? ay : ax;
    int16_t both = (int16_t)(large - (large >> 3) + (small >> 1));
    return both > large ? both : large;
}

#endif
