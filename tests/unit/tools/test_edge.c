/* SPDX-License-Identifier: MIT */
/* The edge filter against a slow one that is written down without any cleverness. */
#include "test.h"

#include "edge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIDE 70u
#define PAD 5u /* pixels behind each row, to tell pitch from width */

static uint32_t source[(MAX_SIDE + PAD) * MAX_SIDE];
static uint32_t result[(MAX_SIDE + PAD) * MAX_SIDE];
static int16_t scratch[6 * (MAX_SIDE + 2)];

static void fill_randomly(unsigned seed)
{
    srand(seed);
    for (size_t i = 0; i < sizeof(source) / sizeof(source[0]); i++)
        source[i] = (uint32_t)rand() << 16 ^ (uint32_t)rand();
    memset(result, 0x5a, sizeof(result));
}

static void run_filter(size_t width, size_t height)
{
    const size_t pitch = (width + PAD) * 4;
    edge_filter((struct edge_plane){source, pitch}, (struct edge_plane){result, pitch}, width,
                height, scratch);
}

static int brightness(size_t width, size_t height, long x, long y)
{
    x = x < 0 ? 0 : x >= (long)width ? (long)width - 1 : x;
    y = y < 0 ? 0 : y >= (long)height ? (long)height - 1 : y;
    const unsigned char *p =
        (const unsigned char *)&source[(size_t)y * (width + PAD) + (size_t)x];
    return (77 * p[0] + 150 * p[1] + 29 * p[2]) / 256;
}

static void gradient(size_t w, size_t h, long x, long y, int *gx, int *gy)
{
    *gx = *gy = 0;
    for (int d = -1; d <= 1; d++) {
        int weight = d == 0 ? 2 : 1;
        *gx += weight * (brightness(w, h, x + 1, y + d) - brightness(w, h, x - 1, y + d));
        *gy += weight * (brightness(w, h, x + d, y + 1) - brightness(w, h, x + d, y - 1));
    }
}

static uint32_t naive(size_t w, size_t h, size_t x, size_t y)
{
    int gx;
    int gy;
    gradient(w, h, (long)x, (long)y, &gx, &gy);
    int grey = edge_length((int16_t)gx, (int16_t)gy);
    grey = grey > 255 ? 255 : grey;
    return (source[y * (w + PAD) + x] & 0xff000000u) | (uint32_t)grey * 0x010101u;
}

TEST(equals_the_naive_filter_for_every_small_size)
{
    for (size_t height = 1; height <= 6; height++) {
        for (size_t width = 1; width <= MAX_SIDE; width++) {
            fill_randomly((unsigned)(height * 100 + width));
            run_filter(width, height);
            for (size_t y = 0; y < height; y++)
                for (size_t x = 0; x < width; x++)
                    CHECK_EQ(result[y * (width + PAD) + x], naive(width, height, x, y));
        }
    }
}

TEST(writes_nothing_behind_the_rows)
{
    fill_randomly(7);
    run_filter(13, 11);
    for (size_t y = 0; y < 11; y++)
        for (size_t x = 13; x < 13 + PAD; x++)
            CHECK_EQ(result[y * (13 + PAD) + x], 0x5a5a5a5au);
    CHECK_EQ(result[11 * (13 + PAD)], 0x5a5a5a5au);
}

TEST(an_empty_picture_is_left_alone)
{
    fill_randomly(8);
    run_filter(0, 9);
    run_filter(9, 0);
    CHECK_EQ(result[0], 0x5a5a5a5au);
}

TEST(an_even_area_has_no_edges_and_a_step_has_one)
{
    for (size_t y = 0; y < 9; y++)
        for (size_t x = 0; x < 9; x++)
            source[y * (9 + PAD) + x] = x < 4 ? 0xff202020u : 0xffe0e0e0u;
    run_filter(9, 9);
    for (size_t y = 0; y < 9; y++) {
        for (size_t x = 0; x < 9; x++) {
            bool at_step = x == 3 || x == 4;
            CHECK_EQ(result[y * (9 + PAD) + x], at_step ? 0xffffffffu : 0xff000000u);
        }
    }
}

TEST(the_length_without_a_root_is_near_the_one_with)
{
    for (int x = -1020; x <= 1020; x += 17) {
        for (int y = -1020; y <= 1020; y += 13) {
            double wanted = sqrt((double)x * x + (double)y * y);
            double found = edge_length((int16_t)x, (int16_t)y);
            CHECK(found <= wanted * 1.01 + 1);
            CHECK(found >= wanted * 0.97 - 1);
        }
    }
}
