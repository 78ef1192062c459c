/* SPDX-License-Identifier: MIT */
/* Which array each format becomes, and how much memory is asked for. Pure: no driver. */
#include "device/nvidia/shape.h"
#include "unit/core/rig.h"

static struct resource texture(uint32_t format, enum dimension dimension, uint32_t width,
                               uint32_t height, uint32_t depth, uint32_t levels,
                               uint32_t slices)
{
    struct resource r = {.desc.shape = {.dimension = dimension,
                                        .format = format,
                                        .width = width,
                                        .height = height,
                                        .depth = depth,
                                        .levels = levels,
                                        .slices = slices}};
    r.format = format_get(format);
    CHECK_EQ(layout_compute(&r.desc.shape, &r.layout), IST_OK);
    return r;
}

static struct nv_shape shape_of(const struct resource *r)
{
    struct nv_shape shape = {0};
    CHECK_EQ(nv_shape_compute(r, &shape), IST_OK);
    return shape;
}

static void check_element(uint32_t format, unsigned unit, CUarray_format element,
                          unsigned channels)
{
    struct resource r = texture(format, DIMENSION_2D, 16, 8, 0, 1, 1);
    struct nv_shape s = shape_of(&r);
    CHECK_EQ(s.planes, 1);
    CHECK_EQ(s.plane[0].unit, unit);
    CHECK_EQ(s.plane[0].desc.Format, element);
    CHECK_EQ(s.plane[0].desc.NumChannels, channels);
    CHECK_EQ(s.plane[0].desc.Width * unit, r.layout.level[0].row_bytes);
    CHECK_EQ(s.plane[0].desc.Height, r.layout.level[0].rows);
    CHECK_EQ(s.plane[0].desc.Depth, 0);
    CHECK_EQ(s.plane[0].desc.Flags, CUDA_ARRAY3D_SURFACE_LDST);
}

TEST(a_texel_is_an_element_of_its_size)
{
    check_element(61, 1, CU_AD_FORMAT_UNSIGNED_INT8, 1);   /* R8 */
    check_element(54, 2, CU_AD_FORMAT_UNSIGNED_INT16, 1);  /* R16F */
    check_element(28, 4, CU_AD_FORMAT_UNSIGNED_INT32, 1);  /* RGBA8 */
    check_element(26, 4, CU_AD_FORMAT_UNSIGNED_INT32, 1);  /* R11G11B10 */
    check_element(10, 8, CU_AD_FORMAT_UNSIGNED_INT32, 2);  /* RGBA16F */
    check_element(20, 8, CU_AD_FORMAT_UNSIGNED_INT32, 2);  /* D32S8 */
    check_element(2, 16, CU_AD_FORMAT_UNSIGNED_INT32, 4);  /* RGBA32F */
    check_element(6, 4, CU_AD_FORMAT_UNSIGNED_INT32, 1);   /* RGB32F: three elements */
    check_element(71, 8, CU_AD_FORMAT_UNSIGNED_INT32, 2);  /* BC1: blocks */
    check_element(98, 16, CU_AD_FORMAT_UNSIGNED_INT32, 4); /* BC7 */
    check_element(107, 4, CU_AD_FORMAT_UNSIGNED_INT32, 1); /* YUY2: pairs */
    check_element(66, 1, CU_AD_FORMAT_UNSIGNED_INT8, 1);   /* R1: eights */
}

TEST(dimensions_are_the_drivers)
{
    struct resource one = texture(41, DIMENSION_1D, 100, 0, 0, 3, 1);
    struct nv_shape s = shape_of(&one);
    CHECK_EQ(s.plane[0].desc.Width, 100);
    CHECK_EQ(s.plane[0].desc.Height, 0);
    CHECK_EQ(s.plane[0].desc.Depth, 0);
    CHECK_EQ(s.plane[0].levels, 3);

    struct resource layered = texture(41, DIMENSION_1D, 100, 0, 0, 1, 4);
    s = shape_of(&layered);
    CHECK_EQ(s.plane[0].desc.Height, 0);
    CHECK_EQ(s.plane[0].desc.Depth, 4);
    CHECK_EQ(s.plane[0].desc.Flags, CUDA_ARRAY3D_SURFACE_LDST | CUDA_ARRAY3D_LAYERED);

    struct resource flat = texture(28, DIMENSION_2D, 30, 20, 0, 1, 6);
    s = shape_of(&flat);
    CHECK_EQ(s.plane[0].desc.Depth, 6);
    CHECK(s.plane[0].desc.Flags & CUDA_ARRAY3D_LAYERED);

    struct resource deep = texture(28, DIMENSION_3D, 30, 20, 10, 0, 1);
    s = shape_of(&deep);
    CHECK_EQ(s.plane[0].desc.Depth, 10);
    CHECK_EQ(s.plane[0].desc.Flags, CUDA_ARRAY3D_SURFACE_LDST);
    CHECK_EQ(s.plane[0].levels, 5);
}

TEST(chains_of_blocks_are_the_drivers_own_format)
{
    struct resource r = texture(77, DIMENSION_2D, 64, 32, 0, 0, 1);
    struct nv_shape s = shape_of(&r);
    CHECK_EQ(s.plane[0].desc.Format, CU_AD_FORMAT_BC3_UNORM);
    CHECK_EQ(s.plane[0].desc.NumChannels, 4);
    CHECK_EQ(s.plane[0].desc.Width, 64);
    CHECK_EQ(s.plane[0].desc.Height, 32);
    CHECK_EQ(s.plane[0].desc.Flags, 0);
    CHECK_EQ(s.plane[0].unit, 16);
    CHECK_EQ(s.plane[0].levels, 7);
}

TEST(chains_that_no_array_has_are_refused)
{
    struct nv_shape s = {.planes = 77};
    struct resource pairs = texture(68, DIMENSION_2D, 12, 12, 0, 0, 1);
    CHECK_EQ(nv_shape_compute(&pairs, &s), IST_NOT_SUPPORTED);
    struct resource planar = texture(103, DIMENSION_2D, 16, 16, 0, 2, 1);
    CHECK_EQ(nv_shape_compute(&planar, &s), IST_NOT_SUPPORTED);
    CHECK_EQ(s.planes, 77);
}

TEST(planes_lie_apart)
{
    struct resource r = texture(104, DIMENSION_2D, 1920, 1080, 0, 1, 1); /* P010 */
    struct nv_shape s = shape_of(&r);
    CHECK_EQ(s.planes, 2);
    CHECK_EQ(s.plane[0].unit, 2);
    CHECK_EQ(s.plane[0].rows, 1080);
    CHECK_EQ(s.plane[1].unit, 4);
    CHECK_EQ(s.plane[1].desc.Width, 960);
    CHECK_EQ(s.plane[1].desc.Height, 540);
    CHECK_EQ(s.plane[1].desc.NumChannels, 2);
    CHECK_EQ(s.plane[1].first_row, 1080);
    CHECK(s.plane[1].offset >= 1920 * 1080 * 2);
    CHECK_EQ(s.plane[1].offset % 65536, 0);
    CHECK(nv_shape_bytes(&s, 0) >= s.plane[1].offset + 1920 * 540 * 2);
}

/* Every format there is: either an array whose levels have room, or a refusal. */
TEST(every_format_has_room_or_a_reason)
{
    unsigned fits = 0;
    for (uint32_t number = 1; number < 133; number++) {
        const struct format *f = format_get(number);
        struct layout_request request = {.dimension = DIMENSION_2D,
                                         .format = number,
                                         .width = 40,
                                         .height = 24,
                                         .slices = 3,
                                         .levels = 1};
        struct resource r = {.desc.shape = request, .format = f};
        struct nv_shape s;
        if (!f || layout_compute(&request, &r.layout) != IST_OK)
            continue;
        CHECK_EQ(nv_shape_compute(&r, &s), IST_OK);
        CHECK(nv_shape_bytes(&s, 0) >=
              r.layout.level[0].row_bytes * r.layout.level[0].rows * 3);
        fits++;
    }
    CHECK(fits > 100);
}

TEST(each_attempt_asks_for_more)
{
    struct resource r = texture(28, DIMENSION_3D, 100, 100, 100, 0, 1);
    struct nv_shape s = shape_of(&r);
    for (unsigned i = 1; i < NV_SHAPE_ATTEMPTS; i++)
        CHECK(nv_shape_bytes(&s, i) > nv_shape_bytes(&s, i - 1));
    CHECK(nv_shape_bytes(&s, 0) >= 4U * 100 * 100 * 100);
}

TEST(a_large_texture_costs_little_more_than_its_texels)
{
    struct resource r = texture(28, DIMENSION_2D, 3840, 2160, 0, 1, 1);
    struct nv_shape s = shape_of(&r);
    CHECK(nv_shape_bytes(&s, 0) <= 4ULL * 3840 * 2160 / 100 * 101);
}
