/* SPDX-License-Identifier: MIT */
/* Sizes, pitches and offsets against numbers worked out by hand and a slow reference. */
#include "unit/core/rig.h"

#include <isthmus/isthmus.h>

enum { BUFFER = 1, TEX1D, TEX2D, TEX3D };

static struct ist_shape shape_of(uint32_t dimension, uint64_t width, uint32_t height,
                                 uint32_t depth, uint32_t levels, uint32_t slices,
                                 uint32_t format)
{
    struct ist_shape shape = IST_SHAPE_INIT;
    shape.dimension = dimension;
    shape.width = width;
    shape.height = height;
    shape.depth = depth;
    shape.levels = levels;
    shape.slices = slices;
    shape.format = format;
    return shape;
}

static struct ist_layout layout_of(const struct ist_shape *shape)
{
    struct ist_layout layout = IST_LAYOUT_INIT;
    CHECK_EQ(ist_query_layout(shape, &layout), IST_OK);
    CHECK_EQ(layout.struct_size, sizeof(layout));
    CHECK_EQ(layout.subresources, layout.levels * layout.slices);
    return layout;
}

static struct ist_subresource part_of(const struct ist_shape *shape, uint32_t level,
                                      uint32_t slice)
{
    struct ist_subresource part = IST_SUBRESOURCE_INIT;
    CHECK_EQ(ist_query_subresource(shape, level, slice, &part), IST_OK);
    CHECK_EQ(part.struct_size, sizeof(part));
    return part;
}

/* NVIDIA's sample shares a buffer of 28 x 720 x 720 bytes and names just that as its size. */
TEST(a_buffer_has_its_width)
{
    struct ist_shape shape = shape_of(BUFFER, 28 * 720 * 720, 0, 0, 0, 0, 0);
    struct ist_layout layout = layout_of(&shape);
    CHECK_EQ(layout.size, 14515200);
    CHECK_EQ(layout.subresources, 1);
    CHECK_EQ(layout.import_limit, 222 * 65536);
    struct ist_subresource part = part_of(&shape, 0, 0);
    CHECK_EQ(part.offset, 0);
    CHECK_EQ(part.row_bytes, 14515200);
    CHECK_EQ(part.size, 14515200);
}

TEST(tight_rows_have_no_gaps)
{
    struct ist_shape shape = shape_of(TEX2D, 33, 7, 0, 1, 1, 28);
    struct ist_layout layout = layout_of(&shape);
    struct ist_subresource part = part_of(&shape, 0, 0);
    CHECK_EQ(layout.size, 33 * 7 * 4);
    CHECK_EQ(part.row_bytes, 132);
    CHECK_EQ(part.row_pitch, 132);
    CHECK_EQ(part.rows, 7);
    CHECK_EQ(part.depth_pitch, 924);
    CHECK_EQ(layout.import_limit, 65536);
}

TEST(the_packing_of_isthmus_aligns_to_64)
{
    struct ist_shape shape = shape_of(TEX2D, 33, 7, 0, 1, 3, 28);
    shape.packing = IST_PACKING_ISTHMUS;
    struct ist_layout layout = layout_of(&shape);
    struct ist_subresource part = part_of(&shape, 0, 2);
    CHECK_EQ(part.row_bytes, 132);
    CHECK_EQ(part.row_pitch, 192);
    CHECK_EQ(layout.slice_pitch, 192 * 7);
    CHECK_EQ(part.offset, 2 * 192 * 7);
    CHECK_EQ(layout.size, 3 * 192 * 7);
}

/* That packing is what a resource really has. */
TEST(the_packing_of_isthmus_is_that_of_its_resources)
{
    struct resource_desc desc = {
        .shape = {.dimension = DIMENSION_2D,
                  .format = 71,
                  .width = 100,
                  .height = 60,
                  .levels = 0,
                  .slices = 6},
        .sharing = SHARING_NT,
    };
    struct ist_shape shape = shape_of(TEX2D, 100, 60, 1, 0, 6, 71);
    struct resource *r = NULL;
    shape.packing = IST_PACKING_ISTHMUS;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_COM, &r), IST_OK);
    struct ist_layout layout = layout_of(&shape);
    CHECK_EQ(layout.size, r->layout.size);
    CHECK_EQ(layout.levels, r->layout.levels);
    CHECK_EQ(layout.import_limit, resource_import_limit(r));
    for (uint32_t slice = 0; slice < 6; slice++)
        for (uint32_t level = 0; level < layout.levels; level++) {
            struct ist_subresource part = part_of(&shape, level, slice);
            CHECK_EQ(part.offset, resource_address(r, level, slice) - r->memory.base);
            CHECK_EQ(part.row_pitch, r->layout.level[level].row_pitch);
        }
    rig_drop(&r->object);
}

TEST(levels_halve_down_to_one_texel)
{
    struct ist_shape shape = shape_of(TEX3D, 20, 9, 5, 0, 0, 41);
    struct ist_layout layout = layout_of(&shape);
    static const uint32_t sides[5][3] = {
        {20, 9, 5}, {10, 4, 2}, {5, 2, 1}, {2, 1, 1}, {1, 1, 1}};
    uint64_t offset = 0;
    CHECK_EQ(layout.levels, 5);
    for (uint32_t i = 0; i < 5; i++) {
        struct ist_subresource part = part_of(&shape, i, 0);
        CHECK_EQ(part.width, sides[i][0]);
        CHECK_EQ(part.height, sides[i][1]);
        CHECK_EQ(part.depth, sides[i][2]);
        CHECK_EQ(part.offset, offset);
        CHECK_EQ(part.size, 4ULL * sides[i][0] * sides[i][1] * sides[i][2]);
        offset += part.size;
    }
    CHECK_EQ(layout.size, offset);
}

TEST(compressed_levels_are_whole_blocks)
{
    struct ist_shape shape = shape_of(TEX2D, 12, 8, 0, 0, 2, 71);
    CHECK_EQ(part_of(&shape, 0, 0).size, 3 * 2 * 8);
    CHECK_EQ(part_of(&shape, 1, 0).size, 2 * 1 * 8); /* 6 x 4 texels: 2 x 1 blocks */
    CHECK_EQ(part_of(&shape, 3, 0).size, 8);
    CHECK_EQ(part_of(&shape, 1, 0).width, 6);
    CHECK_EQ(part_of(&shape, 0, 1).offset, 48 + 16 + 8 + 8);
    CHECK_EQ(layout_of(&shape).size, 2 * 80);
}

TEST(both_planes_count)
{
    struct ist_shape shape = shape_of(TEX2D, 1920, 1080, 0, 1, 1, 103);
    CHECK_EQ(layout_of(&shape).size, 1920 * 1080 * 3 / 2);
    CHECK_EQ(part_of(&shape, 0, 0).rows, 1620);
    shape.format = 104;
    CHECK_EQ(layout_of(&shape).size, 1920 * 1080 * 3);
}

/* Every format of one texel a block against bytes times texels. */
TEST(sizes_of_all_formats_follow_from_their_blocks)
{
    unsigned formats = 0;
    for (uint32_t n = 0; n <= 140; n++) {
        struct ist_format f = IST_FORMAT_INIT;
        struct ist_layout layout = IST_LAYOUT_INIT;
        struct ist_shape shape = shape_of(TEX2D, 64, 32, 0, 1, 5, n);
        if (ist_query_format(n, &f) != IST_OK || !f.block_bytes) {
            CHECK_EQ(ist_query_layout(&shape, &layout), IST_BAD_FORMAT);
            continue;
        }
        uint64_t one = 64 / f.block_width * (32 / f.block_height) * f.block_bytes;
        if (f.flags & IST_FORMAT_PLANAR)
            one = one * 3 / 2;
        layout = layout_of(&shape);
        CHECK_EQ(layout.slice_pitch, one);
        CHECK_EQ(layout.size, 5 * one);
        formats++;
    }
    CHECK_EQ(formats, 114);
}

TEST(parts_lie_one_after_the_other)
{
    struct ist_shape shape = shape_of(TEX2D, 40, 24, 0, 4, 7, 10);
    for (shape.packing = 0; shape.packing < 2; shape.packing++) {
        struct ist_layout layout = layout_of(&shape);
        uint64_t end = 0;
        for (uint32_t slice = 0; slice < 7; slice++)
            for (uint32_t level = 0; level < 4; level++) {
                struct ist_subresource part = part_of(&shape, level, slice);
                CHECK(part.offset >= end && part.offset < end + 64);
                CHECK(shape.packing || part.offset == end);
                end = part.offset + part.size;
            }
        CHECK(end <= layout.size && layout.size < end + 64);
    }
}

TEST(mistakes_in_the_shape_are_named)
{
    static const struct {
        struct ist_shape shape;
        enum ist_status status;
        const char *words;
    } cases[] = {
        {{40, 0, 4, 4, 0, 1, 1, 28, 0}, IST_BAD_ARG, "dimension 0"},
        {{40, 5, 4, 4, 0, 1, 1, 28, 0}, IST_BAD_ARG, "dimension 5"},
        {{40, TEX2D, 0, 4, 0, 1, 1, 28, 0}, IST_BAD_ARG, "width 0"},
        {{40, TEX2D, 4, 0, 0, 1, 1, 28, 0}, IST_BAD_ARG, "height 0"},
        {{40, TEX2D, 16385, 4, 0, 1, 1, 28, 0}, IST_BAD_ARG, "width 16385"},
        {{40, TEX2D, 4, 4, 2, 1, 1, 28, 0}, IST_BAD_ARG, "depth 2"},
        {{40, TEX2D, 4, 4, 0, 4, 1, 28, 0}, IST_BAD_ARG, "at most 3"},
        {{40, TEX2D, 4, 4, 0, 1, 2049, 28, 0}, IST_BAD_ARG, "slices 2049"},
        {{40, TEX3D, 4, 4, 4, 1, 2, 28, 0}, IST_BAD_ARG, "slices 2"},
        {{40, TEX2D, 6, 4, 0, 1, 1, 71, 0}, IST_BAD_ARG, "multiple of 4"},
        {{40, TEX2D, 4, 4, 0, 1, 1, 0, 0}, IST_BAD_FORMAT, "format 0"},
        {{40, TEX2D, 4, 4, 0, 1, 1, 116, 0}, IST_BAD_FORMAT, "format 116"},
        {{40, TEX2D, 4, 4, 0, 1, 1, 130, 0}, IST_BAD_FORMAT, "P208"},
        {{40, TEX2D, 4, 4, 0, 1, 1, 28, 2}, IST_BAD_ARG, "packing 2"},
        {{40, BUFFER, 0, 0, 0, 0, 0, 0, 0}, IST_BAD_ARG, "buffer of 0 bytes"},
        {{40, BUFFER, 4, 2, 0, 0, 0, 0, 0}, IST_BAD_ARG, "a width alone"},
        {{40, BUFFER, UINT64_MAX, 0, 0, 0, 0, 0, 0}, IST_BAD_ARG, "a buffer of"},
        {{39, TEX2D, 4, 4, 0, 1, 1, 28, 0}, IST_BAD_ARG, "struct_size of struct ist_shape"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ist_layout layout = IST_LAYOUT_INIT, untouched = IST_LAYOUT_INIT;
        struct ist_subresource part = IST_SUBRESOURCE_INIT;
        CHECK_EQ(ist_query_layout(&cases[i].shape, &layout), cases[i].status);
        if (!strstr(ist_explain(), cases[i].words))
            test_fail(TEST_HERE, "case %zu: \"%s\"", i, ist_explain());
        CHECK_MEM(&layout, &untouched, sizeof(layout));
        CHECK_EQ(ist_query_subresource(&cases[i].shape, 0, 0, &part), cases[i].status);
        CHECK_EQ(part.size, 0);
    }
}

TEST(parts_that_are_not_there_are_refused)
{
    struct ist_shape shape = shape_of(TEX2D, 8, 8, 0, 2, 3, 28);
    struct ist_subresource part = IST_SUBRESOURCE_INIT;
    CHECK_EQ(ist_query_subresource(&shape, 2, 0, &part), IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "there are 2 levels and 3 slices") != NULL);
    CHECK_EQ(ist_query_subresource(&shape, 0, 3, &part), IST_BAD_ARG);
    CHECK_EQ(ist_query_subresource(&shape, UINT32_MAX, UINT32_MAX, &part), IST_BAD_ARG);
    CHECK_EQ(ist_query_subresource(NULL, 0, 0, &part), IST_BAD_POINTER);
    CHECK_EQ(ist_query_subresource(&shape, 0, 0, NULL), IST_BAD_POINTER);
    CHECK_EQ(ist_query_layout(&shape, NULL), IST_BAD_POINTER);
}
