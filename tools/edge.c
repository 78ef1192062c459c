/* SPDX-License-Identifier: MIT */
/*
 * The Sobel filter, written so that compilers turn its loops into vector code: 16-bit
 * lanes, no branches, no calls, no aliasing. Three rows of brightness are kept and turned
 * round.
 */
#include "edge.h"

#if defined(__GNUC__) && !defined(__clang__)
/* gcc 12 vectorises loops of unknown length only from -O3 on. */
#pragma GCC optimize("O3")
#endif

size_t edge_scratch_length(size_t width)
{
    return 6 * (width + 2);
}

/*
 * Brightness of a row of pixels: the weights 0.299, 0.587 and 0.114 in 1/256, which sum to 1.
 */
static void brightness_of_row(const uint32_t *restrict pixels, int16_t *restrict row,
                              size_t width)
{
    for (size_t x = 0; x < width; x++) {
        uint32_t p = pixels[x];
        uint32_t sum = 77 * (p & 0xff) + 150 * (p >> 8 & 0xff) + 29 * (p >> 16 & 0xff);
        row[x + 1] = (int16_t)(sum >> 8);
    }
    row[0] = row[1];
    row[width + 1] = row[width];
}

/* The part of the filter that looks up and down: a weighted sum and a difference. */
static void columns_of_row(const int16_t *restrict above, const int16_t *restrict here,
                           const int16_t *restrict below, int16_t *restrict sums,
                           int16_t *restrict falls, size_t length)
{
    for (size_t x = 0; x < length; x++) {
        sums[x] = (int16_t)(above[x] + 2 * here[x] + below[x]);
        falls[x] = (int16_t)(below[x] - above[x]);
    }
}

/*
 * The part that looks left and right, then the length of the gradient: 1402 at most, so 16
 * bits hold it. A row is handed over once for each neighbour: where clang sees that they are
 * one row, it keeps a value from one round of the loop for the next, and then has no vectors.
 */
__attribute__((noinline)) static void lengths_of_row(const int16_t *restrict left_sum,
                                                     const int16_t *restrict right_sum,
                                                     const int16_t *restrict left,
                                                     const int16_t *restrict middle,
                                                     const int16_t *restrict right,
                                                     int16_t *restrict lengths, size_t width)
{
    for (size_t x = 0; x < width; x++) {
        int16_t across = (int16_t)(right_sum[x] - left_sum[x]);
        int16_t down = (int16_t)(left[x] + 2 * middle[x] + right[x]);
        int16_t length = edge_length(across, down);
        lengths[x] = length > 255 ? 255 : length;
    }
}

static void paint_row(const int16_t *restrict lengths, const uint32_t *restrict from,
                      uint32_t *restrict to, size_t width)
{
    for (size_t x = 0; x < width; x++)
        to[x] = (from[x] & 0xff000000u) | (uint32_t)lengths[x] * 0x010101u;
}

static const uint32_t *row_of(struct edge_plane plane, size_t y)
{
    return (const uint32_t *)(const void *)((const char *)plane.data + y * plane.pitch);
}

static uint32_t *row_to_write(struct edge_plane plane, size_t y)
{
    return (uint32_t *)(void *)((char *)plane.data + y * plane.pitch);
}

/* One row of the result from three rows of brightness; `room` holds three rows. */
static void filter_row(int16_t *const bright[3], int16_t *room, const uint32_t *from,
                       uint32_t *to, size_t width)
{
    int16_t *sums = room;
    int16_t *falls = room + (width + 2);
    int16_t *lengths = room + 2 * (width + 2);
    columns_of_row(bright[0], bright[1], bright[2], sums, falls, width + 2);
    lengths_of_row(sums, sums + 2, falls, falls + 1, falls + 2, lengths, width);
    paint_row(lengths, from, to, width);
}

void edge_filter(struct edge_plane from, struct edge_plane to, size_t width, size_t height,
                 int16_t *scratch)
{
    int16_t *bright[3]; /* of the row above, of this one, of the one below */
    if (width == 0 || height == 0)
        return;
    for (size_t i = 0; i < 3; i++)
        bright[i] = scratch + i * (width + 2);
    brightness_of_row(row_of(from, 0), bright[0], width); /* above the first is the first */
    brightness_of_row(row_of(from, 0), bright[1], width);
    for (size_t y = 0; y < height; y++) {
        size_t next = y + 1 < height ? y + 1 : y;
        brightness_of_row(row_of(from, next), bright[2], width);
        filter_row(bright, scratch + 3 * (width + 2), row_of(from, y), row_to_write(to, y),
                   width);
        int16_t *oldest = bright[0];
        bright[0] = bright[1];
        bright[1] = bright[2];
        bright[2] = oldest;
    }
}
