/* SPDX-License-Identifier: MIT */
/* The sizes that the walk counts with, for resources of all dimensions. */
#include "test.h"

#include "demo/object.h"

TEST(levels_halve_and_never_vanish)
{
    const struct object_kind kind = {.dimension = D3D11_RESOURCE_DIMENSION_TEXTURE3D,
                                     .width = 33,
                                     .height = 17,
                                     .depth = 3,
                                     .levels = 6,
                                     .slices = 1,
                                     .element_bytes = 4};
    static const UINT wanted[6][3] = {{33, 17, 3}, {16, 8, 1}, {8, 4, 1},
                                      {4, 2, 1},   {2, 1, 1},  {1, 1, 1}};
    size_t sum = 0;
    for (UINT level = 0; level < 6; level++) {
        struct object_extent e = object_level(&kind, level);
        CHECK_EQ(e.width, wanted[level][0]);
        CHECK_EQ(e.height, wanted[level][1]);
        CHECK_EQ(e.depth, wanted[level][2]);
        CHECK_EQ(object_row_bytes(&kind, level), 4 * e.width);
        CHECK_EQ(object_level_bytes(&kind, level), 4 * e.width * e.height * e.depth);
        sum += 4 * e.width * e.height * e.depth;
    }
    CHECK_EQ(object_bytes(&kind), sum);
}

TEST(slices_multiply_a_level)
{
    const struct object_kind kind = {.dimension = D3D11_RESOURCE_DIMENSION_TEXTURE2D,
                                     .width = 5,
                                     .height = 3,
                                     .depth = 1,
                                     .levels = 1,
                                     .slices = 7,
                                     .element_bytes = 2};
    CHECK_EQ(object_slice_bytes(&kind, 0), 30);
    CHECK_EQ(object_level_bytes(&kind, 0), 210);
    CHECK_EQ(object_bytes(&kind), 210);
}
