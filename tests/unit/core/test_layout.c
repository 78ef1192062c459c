/* SPDX-License-Identifier: MIT */
/* Layouts: worked examples, properties that hold for every shape, and every refusal. */
#include "test.h"

#include "base/cleanup.h"
#include "core/layout.h"
#include "unit/core/rig.h"

#define RGBA8 28
#define R8 61
#define RGBA32 2
#define BC1 71
#define BC7 98
#define NV12 103
#define P010 104

static struct layout_request request_2d(uint32_t format, uint32_t width, uint32_t height)
{
    return (struct layout_request){.dimension = DIMENSION_2D,
                                   .format = format,
                                   .width = width,
                                   .height = height,
                                   .depth = 1,
                                   .levels = 1,
                                   .slices = 1};
}

static struct layout compute(struct layout_request request)
{
    struct layout layout;
    memset(&layout, 0xcc, sizeof(layout));
    CHECK_EQ(layout_compute(&request, &layout), IST_OK);
    return layout;
}

TEST(a_texture_has_rows_of_whole_cache_lines)
{
    struct layout l = compute(request_2d(RGBA8, 33, 7));
    CHECK_EQ(l.levels, 1);
    CHECK_EQ(l.slices, 1);
    CHECK_EQ(l.level[0].offset, 0);
    CHECK_EQ(l.level[0].row_bytes, 132);
    CHECK_EQ(l.level[0].row_pitch, 192);
    CHECK_EQ(l.level[0].rows, 7);
    CHECK_EQ(l.level[0].depth_pitch, 192 * 7);
    CHECK_EQ(l.size, 192 * 7);
    CHECK_EQ(l.slice_stride, 192 * 7);
    CHECK_EQ(l.level[0].width, 33);
    CHECK_EQ(l.level[0].height, 7);
    CHECK_EQ(l.level[0].depth, 1);
}

TEST(rows_are_aligned_as_asked)
{
    struct layout_request r = request_2d(R8, 33, 3);
    r.row_align = 1;
    CHECK_EQ(compute(r).level[0].row_pitch, 33);
    CHECK_EQ(compute(r).slice_stride, 128);
    r.row_align = 256;
    CHECK_EQ(compute(r).level[0].row_pitch, 256);
    r.row_align = 0;
    CHECK_EQ(compute(r).level[0].row_pitch, 64);
}

TEST(levels_halve_and_round_down_to_one)
{
    struct layout_request r = request_2d(RGBA8, 37, 5);
    const uint32_t sides[6][2] = {{37, 5}, {18, 2}, {9, 1}, {4, 1}, {2, 1}, {1, 1}};
    r.levels = 0;
    struct layout l = compute(r);
    CHECK_EQ(l.levels, 6);
    for (int i = 0; i < 6; i++) {
        CHECK_EQ(l.level[i].width, sides[i][0]);
        CHECK_EQ(l.level[i].height, sides[i][1]);
        CHECK_EQ(l.level[i].row_bytes, sides[i][0] * 4);
        CHECK_EQ(l.level[i].rows, sides[i][1]);
    }
    r.levels = 3;
    CHECK_EQ(compute(r).levels, 3);
}

TEST(depth_halves_too)
{
    struct layout l = compute((struct layout_request){.dimension = DIMENSION_3D,
                                                      .format = R8,
                                                      .width = 8,
                                                      .height = 4,
                                                      .depth = 20,
                                                      .slices = 1});
    CHECK_EQ(l.levels, 5);
    const uint32_t depths[5] = {20, 10, 5, 2, 1};
    for (int i = 0; i < 5; i++)
        CHECK_EQ(l.level[i].depth, depths[i]);
    CHECK_EQ(l.level[0].depth_pitch, 256);
    CHECK_EQ(l.level[1].offset, 20 * 256);
    CHECK_EQ(l.size, 20 * 256 + 10 * 128 + 5 * 64 + 2 * 64 + 64);
}

TEST(slices_follow_each_other_with_all_their_levels)
{
    struct layout_request r = request_2d(RGBA8, 16, 16);
    r.levels = 2;
    r.slices = 3;
    struct layout l = compute(r);
    CHECK_EQ(l.slice_stride, 64 * 16 + 64 * 8);
    CHECK_EQ(l.size, 3 * l.slice_stride);
    CHECK_EQ(layout_offset(&l, 0, 0), 0);
    CHECK_EQ(layout_offset(&l, 1, 0), 1024);
    CHECK_EQ(layout_offset(&l, 0, 2), 2 * l.slice_stride);
    CHECK_EQ(layout_offset(&l, 1, 2), 2 * l.slice_stride + 1024);
}

TEST(compressed_rows_are_rows_of_blocks)
{
    struct layout_request r = request_2d(BC1, 20, 12);
    r.levels = 0;
    struct layout l = compute(r);
    CHECK_EQ(l.levels, 5);
    CHECK_EQ(l.level[0].row_bytes, 5 * 8);
    CHECK_EQ(l.level[0].rows, 3);
    CHECK_EQ(l.level[1].width, 10); /* texels, though the blocks hold 12 */
    CHECK_EQ(l.level[1].row_bytes, 3 * 8);
    CHECK_EQ(l.level[1].rows, 2);
    CHECK_EQ(l.level[4].width, 1);
    CHECK_EQ(l.level[4].row_bytes, 8);
    CHECK_EQ(l.level[4].rows, 1);
    CHECK_EQ(compute(request_2d(BC7, 20, 12)).level[0].row_bytes, 5 * 16);
}

TEST(both_planes_count_as_rows)
{
    struct layout l = compute(request_2d(NV12, 64, 48));
    CHECK_EQ(l.level[0].row_bytes, 64);
    CHECK_EQ(l.level[0].rows, 72);
    CHECK_EQ(l.level[0].height, 48);
    CHECK_EQ(l.size, 64 * 72);
    CHECK_EQ(compute(request_2d(P010, 64, 48)).level[0].row_bytes, 128);

    struct layout_request r = request_2d(NV12, 12, 6);
    r.levels = 2; /* 6 x 3: the second plane has two rows of six bytes */
    l = compute(r);
    CHECK_EQ(l.level[1].row_bytes, 6);
    CHECK_EQ(l.level[1].rows, 5);
    r.levels = 3; /* 3 x 1: the second plane needs a pair of pairs */
    CHECK_EQ(compute(r).level[2].row_bytes, 4);
    CHECK_EQ(compute(r).level[2].rows, 2);
}

TEST(formats_of_two_texels_a_block)
{
    CHECK_EQ(compute(request_2d(107, 6, 2)).level[0].row_bytes, 12); /* YUY2 */
    CHECK_EQ(compute(request_2d(68, 6, 2)).level[0].row_bytes, 12);
    CHECK_EQ(compute(request_2d(66, 24, 2)).level[0].row_bytes, 3); /* one bit a texel */
}

TEST(a_line_of_texels_needs_no_height)
{
    struct layout_request r = {.dimension = DIMENSION_1D, .format = RGBA8, .width = 100};
    r.slices = 4;
    r.levels = 2;
    struct layout l = compute(r);
    CHECK_EQ(l.level[0].rows, 1);
    CHECK_EQ(l.level[0].height, 1);
    CHECK_EQ(l.level[0].row_bytes, 400);
    CHECK_EQ(l.level[1].row_bytes, 200);
    CHECK_EQ(l.size, 4 * (448 + 256));
}

TEST(a_buffer_is_one_row)
{
    struct layout_request r = {.dimension = DIMENSION_BUFFER, .format = 999, .width = 1000};
    r.levels = r.slices = r.height = 77; /* all ignored */
    struct layout l = compute(r);
    CHECK_EQ(l.size, 1000);
    CHECK_EQ(l.levels, 1);
    CHECK_EQ(l.slices, 1);
    CHECK_EQ(l.level[0].row_bytes, 1000);
    CHECK_EQ(l.level[0].rows, 1);
    CHECK_EQ(l.level[0].width, 1000);
    CHECK_EQ(layout_offset(&l, 0, 0), 0);
    r.width = UINT64_C(5) << 32;
    CHECK_EQ(compute(r).level[0].row_bytes, UINT64_C(5) << 32);
    CHECK_EQ(compute(r).size, UINT64_C(5) << 32);
}

TEST(full_chains_reach_one_texel)
{
    CHECK_EQ(layout_full_chain(1, 1, 1), 1);
    CHECK_EQ(layout_full_chain(2, 1, 1), 2);
    CHECK_EQ(layout_full_chain(3, 1, 1), 2);
    CHECK_EQ(layout_full_chain(1, 4, 1), 3);
    CHECK_EQ(layout_full_chain(1, 1, 1025), 11);
    CHECK_EQ(layout_full_chain(256, 255, 1), 9);
    CHECK_EQ(layout_full_chain(16384, 16384, 1), 15);
}

/* Every refusal leaves the answer alone and gives a reason that names the field. */
static void check_refused(struct layout_request request, enum ist_status status,
                          const char *word)
{
    struct layout layout, before;
    memset(&layout, 0xa5, sizeof(layout));
    before = layout;
    CHECK_EQ(layout_compute(&request, &layout), status);
    CHECK_MEM(&layout, &before, sizeof(layout));
    if (!strstr(status_reason(), word))
        test_fail(TEST_HERE, "reason \"%s\" lacks \"%s\"", status_reason(), word);
}

TEST(zero_and_more_than_the_limits_are_refused)
{
    struct layout_request good = request_2d(RGBA8, 64, 64), r;
    (void)compute(good);
    r = good, r.width = 0, check_refused(r, IST_BAD_ARG, "width 0");
    r = good, r.height = 0, check_refused(r, IST_BAD_ARG, "height 0");
    r = good, r.slices = 0, check_refused(r, IST_BAD_ARG, "slices 0");
    r = good, r.width = 16385, check_refused(r, IST_BAD_ARG, "16384");
    r = good, r.height = 16385, check_refused(r, IST_BAD_ARG, "16384");
    r = good, r.width = UINT64_MAX, check_refused(r, IST_BAD_ARG, "width");
    r = good, r.width = (UINT64_C(1) << 32) + 64, check_refused(r, IST_BAD_ARG, "width");
    r = good, r.slices = 2049, check_refused(r, IST_BAD_ARG, "slices 2049");
    r = good, r.depth = 2, check_refused(r, IST_BAD_ARG, "depth 2");
    r = good, r.levels = 8, check_refused(r, IST_BAD_ARG, "at most 7");
    r = good, r.levels = UINT32_MAX, check_refused(r, IST_BAD_ARG, "levels");
    r = good, r.row_align = 48, check_refused(r, IST_BAD_ARG, "power of two");
    r = good, r.dimension = (enum dimension)9, check_refused(r, IST_BAD_ARG, "dimension 9");
    r = good, r.dimension = DIMENSION_1D, check_refused(r, IST_BAD_ARG, "height 64");
}

TEST(limits_of_depth_textures_are_smaller)
{
    struct layout_request good = request_2d(R8, 16, 16), r;
    good.dimension = DIMENSION_3D;
    good.depth = 2048;
    (void)compute(good);
    r = good, r.depth = 0, check_refused(r, IST_BAD_ARG, "depth 0");
    r = good, r.depth = 2049, check_refused(r, IST_BAD_ARG, "2048");
    r = good, r.width = 2049, check_refused(r, IST_BAD_ARG, "2048");
    r = good, r.slices = 2, check_refused(r, IST_BAD_ARG, "slices 2");
}

TEST(formats_that_cannot_be_are_refused)
{
    struct layout_request good = request_2d(RGBA8, 64, 64), r;
    r = good, r.format = 0, check_refused(r, IST_BAD_FORMAT, "format 0");
    r = good, r.format = 120, check_refused(r, IST_BAD_FORMAT, "format 120");
    r = good, r.format = UINT32_MAX, check_refused(r, IST_BAD_FORMAT, "format");
    r = good, r.format = 110, check_refused(r, IST_BAD_FORMAT, "NV11");
    r = good, r.format = NV12, r.dimension = DIMENSION_3D,
    check_refused(r, IST_BAD_FORMAT, "NV12");
    r = good, r.format = NV12, r.width = 63, check_refused(r, IST_BAD_ARG, "2 x 2");
    r = good, r.format = NV12, r.height = 63, check_refused(r, IST_BAD_ARG, "2 x 2");
    r = good, r.format = BC1, r.width = 62, check_refused(r, IST_BAD_ARG, "4 x 4");
    r = good, r.format = BC1, r.height = 62, check_refused(r, IST_BAD_ARG, "4 x 4");
    r = good, r.format = 107, r.width = 3, check_refused(r, IST_BAD_ARG, "2 x 1");
}

TEST(buffers_of_nothing_and_of_everything_are_refused)
{
    struct layout_request r = {.dimension = DIMENSION_BUFFER};
    check_refused(r, IST_BAD_ARG, "0 bytes");
    r.width = UINT64_MAX;
    check_refused(r, IST_BAD_ARG, "bytes");
    r.width = UINT64_MAX - 62;
    check_refused(r, IST_BAD_ARG, "bytes");
    r.width = UINT64_C(1) << 63;
    check_refused(r, IST_BAD_ARG, "bytes");
}

TEST(sizes_that_overflow_are_refused)
{
    struct layout_request r = request_2d(RGBA32, 16384, 16384);
    r.slices = 2048;
    CHECK_EQ(compute(r).size, (size_t)16384 * 16384 * 16 * 2048);
    r.row_align = 1U << 31; /* 2^31 bytes a row: 2^31 * 2^14 * 2^11 is 2^56 */
    CHECK_EQ(compute(r).size, (size_t)1 << 56);
    r.levels = 0; /* and still twice as much with all levels */
    CHECK(compute(r).size > (size_t)1 << 56);
}

/* Nothing overlaps and nothing lies outside: true for every shape that is accepted. */
static void check_sound(const struct layout *l, const struct format *f, bool deep)
{
    size_t end = 0;
    for (uint32_t i = 0; i < l->levels; i++) {
        const struct layout_level *v = &l->level[i];
        CHECK(v->offset >= end);
        CHECK_EQ(v->offset % 64, 0);
        CHECK(v->row_pitch >= v->row_bytes);
        CHECK(v->row_bytes * v->rows * 8 >= (size_t)v->width * v->height * f->block_bytes * 8 /
                                                f->block_width / f->block_height);
        CHECK_EQ(v->depth_pitch, v->row_pitch * v->rows);
        CHECK(deep || v->depth == 1);
        end = v->offset + v->depth_pitch * v->depth;
    }
    CHECK(l->slice_stride >= end);
    CHECK_EQ(l->slice_stride % 64, 0);
    CHECK_EQ(l->size, l->slice_stride * l->slices);
    const struct layout_level *last = &l->level[l->levels - 1];
    CHECK(l->levels == 1 || last->width <= l->level[0].width);
}

TEST(random_shapes_are_sound)
{
    uint64_t seed = 1;
    unsigned accepted = 0;
    for (int i = 0; i < 30000; i++) {
        struct layout_request r = {.dimension = (enum dimension)(1 + rig_random(&seed) % 3)};
        struct layout l;
        bool deep = r.dimension == DIMENSION_3D;
        r.format = rig_random(&seed) % 133;
        r.width = (uint64_t)4 * (1 + rig_random(&seed) % 300);
        r.height = r.dimension == DIMENSION_1D ? 1 : 4 * (1 + rig_random(&seed) % 300);
        r.depth = deep ? 1 + rig_random(&seed) % 100 : 1;
        r.slices = deep ? 1 : 1 + rig_random(&seed) % 9;
        r.levels = rig_random(&seed) % 6;
        r.row_align = 1U << rig_random(&seed) % 12;
        if (layout_compute(&r, &l) != IST_OK)
            continue;
        accepted++;
        check_sound(&l, format_get(r.format), deep);
    }
    CHECK(accepted > 10000);
}
