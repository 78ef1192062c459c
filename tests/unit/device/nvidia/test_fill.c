/* SPDX-License-Identifier: MIT */
/*
 * Fills against the cpu device's: linear memory with patterns of every length, arrays with the
 * kernel and without it, boxes that begin inside a texel.
 */
#include "unit/device/nvidia/nv_pair.h"

static void fill_levels(struct nv_rig *rig, struct pair *pair)
{
    bool deep = pair->gpu.desc.shape.dimension == DIMENSION_3D;
    unsigned texel = pair->gpu.format->block_bytes;
    for (uint32_t i = 0; i < pair->gpu.layout.levels; i++) {
        const struct layout_level *l = &pair->gpu.layout.level[i];
        struct fill fill = {.dst.level = i,
                            .row_bytes = l->row_bytes,
                            .rows = l->rows,
                            .slices = deep ? l->depth : pair->gpu.layout.slices};
        set_pattern(&fill, texel, texel);
        pair_fill(rig, pair, &fill);
        if (l->row_bytes <= 2U * texel || l->rows < 3)
            continue;
        fill.dst.x = texel; /* the middle once more, with another value */
        fill.dst.y = 1;
        fill.row_bytes -= 2U * texel;
        fill.rows -= 2;
        fill.slices = 1;
        set_pattern(&fill, texel, texel > 4 ? 4 : 1);
        fill.pattern[0] ^= 0x55;
        pair_fill(rig, pair, &fill);
    }
}

static void check_shape(const struct layout_request *shape)
{
    struct nv_rig rig = nv_rig_open();
    struct pair pair = pair_new(&rig, shape);
    fill_levels(&rig, &pair);
    pair_end(&rig, &pair);
    nv_rig_finish(&rig);
}

static void check_every_shape(void)
{
    static const uint32_t formats[] = {61, 54, 28, 10, 2, 6, 71, 74, 103, 104, 107, 20};
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        const struct format *f = format_get(formats[i]);
        bool simple = f->block_width == 1 && !(f->traits & FORMAT_PLANAR);
        struct layout_request shape = {.dimension = DIMENSION_2D,
                                       .format = formats[i],
                                       .width = 44,
                                       .height = 12,
                                       .slices = 1,
                                       .levels = simple ? 3 : 1};
        check_shape(&shape);
        shape.slices = 3;
        check_shape(&shape);
        if (!simple)
            continue;
        shape.dimension = DIMENSION_1D;
        shape.height = 0;
        check_shape(&shape);
        shape.slices = 1;
        check_shape(&shape);
        shape.dimension = DIMENSION_3D;
        shape.height = 10;
        shape.depth = 7;
        check_shape(&shape);
    }
}

TEST(arrays_are_filled_by_the_kernel)
{
    nv_rig_device(0);
    nv_rig_find_fake();
    size_t before = fake.calls("cuLaunchKernel");
    setenv("ISTHMUS_NVIDIA_CLEAR", "kernel", 1);
    check_every_shape();
    unsetenv("ISTHMUS_NVIDIA_CLEAR");
    CHECK(fake.calls("cuLaunchKernel") > before + 100);
}

TEST(arrays_are_filled_the_best_way)
{
    check_every_shape();
}

/* Bytes that are all alike need no order: the driver's own fill, over the texture's memory. */
TEST(a_whole_texture_is_cleared_at_its_linear_address)
{
    struct layout_request shape = {.dimension = DIMENSION_2D,
                                   .format = 28,
                                   .width = 50,
                                   .height = 30,
                                   .levels = 1,
                                   .slices = 2};
    struct nv_rig rig = nv_rig_open();
    struct pair pair = pair_new(&rig, &shape);
    struct fill fill = {.row_bytes = 200, .rows = 30, .slices = 2};
    size_t launches = fake.calls("cuLaunchKernel"), sets = fake.calls("cuMemsetD32Async");
    set_pattern(&fill, 4, 4);
    pair_fill(&rig, &pair, &fill);
    CHECK_EQ(fake.calls("cuLaunchKernel"), launches);
    CHECK_EQ(fake.calls("cuMemsetD32Async"), sets + 1);
    pair_check(&rig, &pair);
    fill.slices = 1; /* not all of it */
    set_pattern(&fill, 4, 2);
    pair_fill(&rig, &pair, &fill);
    CHECK(fake.calls("cuLaunchKernel") > launches);
    pair_end(&rig, &pair);
    nv_rig_finish(&rig);
}

TEST(arrays_are_filled_without_a_kernel)
{
    nv_rig_device(0);
    nv_rig_find_fake();
    size_t before = fake.calls("cuLaunchKernel");
    setenv("ISTHMUS_NVIDIA_CLEAR", "copy", 1);
    check_every_shape();
    unsetenv("ISTHMUS_NVIDIA_CLEAR");
    CHECK_EQ(fake.calls("cuLaunchKernel"), before);
}

TEST(a_chain_of_blocks_is_filled_by_copies)
{
    struct layout_request shape = {.dimension = DIMENSION_2D,
                                   .format = 77,
                                   .width = 64,
                                   .height = 64,
                                   .levels = 3,
                                   .slices = 2};
    check_shape(&shape);
}

/* The stencil of a depth texture: one byte of each texel, the others stay. */
TEST(a_part_of_each_texel_can_be_filled)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_2D,
                                   .format = 45,
                                   .width = 12,
                                   .height = 10,
                                   .levels = 1,
                                   .slices = 2};
    struct pair pair = pair_new(&rig, &shape);
    for (size_t column = 0; column < 12; column++) {
        struct fill fill = {.dst.x = column * 4 + 3, .row_bytes = 1, .rows = 10, .slices = 2};
        set_pattern(&fill, 1, 1);
        pair_fill(&rig, &pair, &fill);
    }
    struct fill depth = {.dst.x = 8, .row_bytes = 3, .rows = 10, .slices = 1};
    set_pattern(&depth, 3, 3);
    pair_fill(&rig, &pair, &depth);
    struct fill across = {.dst = {.x = 6, .slice = 1}, .row_bytes = 17, .rows = 4, .slices = 1};
    set_pattern(&across, 5, 5);
    pair_fill(&rig, &pair, &across);
    pair_end(&rig, &pair);
    nv_rig_finish(&rig);
}

TEST(large_fills_by_copies_go_in_bands)
{
    setenv("ISTHMUS_NVIDIA_CLEAR", "copy", 1);
    struct nv_rig rig = nv_rig_open();
    unsetenv("ISTHMUS_NVIDIA_CLEAR");
    struct layout_request shape = {.dimension = DIMENSION_2D,
                                   .format = 2,
                                   .width = 1024,
                                   .height = 700,
                                   .levels = 1,
                                   .slices = 1};
    struct pair pair = pair_new(&rig, &shape);
    fill_levels(&rig, &pair);
    struct fill odd = {.dst.x = 1, .row_bytes = 1024 * 16 - 2, .rows = 700, .slices = 1};
    set_pattern(&odd, 1, 1);
    pair_fill(&rig, &pair, &odd);
    pair_end(&rig, &pair);
    nv_rig_finish(&rig);
}

TEST(what_cannot_be_filled_is_said)
{
    struct nv_rig rig = nv_rig_open();
    static unsigned char memory[16];
    struct fill fill = {.dst.memory = memory, .row_bytes = 16, .rows = 1, .slices = 1};
    set_pattern(&fill, 1, 1);
    CHECK_EQ(nvidia_fill(rig.stream, &fill), IST_NOT_SUPPORTED);
    fill.rows = 0;
    CHECK_EQ(nvidia_fill(rig.stream, &fill), IST_OK);
    nv_rig_finish(&rig);
}

static enum ist_status fill_once(struct nv_rig *rig, struct resource *r, const char *call)
{
    struct fill fill = {.dst.resource = r, .row_bytes = 4, .rows = 2, .slices = 1};
    set_pattern(&fill, 4, 4);
    fake.fail(call, 1, CUDA_ERROR_OUT_OF_MEMORY);
    enum ist_status status = nvidia_fill(rig->stream, &fill);
    fake.fail(NULL, 0, 0);
    CHECK_EQ(nvidia_fill(rig->stream, &fill), IST_OK);
    return status;
}

TEST(failures_are_passed_on_or_another_way_is_taken)
{
    struct layout_request shape = {.dimension = DIMENSION_2D,
                                   .format = 28,
                                   .width = 8,
                                   .height = 8,
                                   .levels = 1,
                                   .slices = 1};
    struct layout_request bytes = {.dimension = DIMENSION_BUFFER, .width = 64};
    struct nv_rig rig = nv_rig_open();
    struct resource r = nv_rig_create(&rig, &shape, true);
    struct resource buffer = nv_rig_create(&rig, &bytes, true);
    CHECK_EQ(fill_once(&rig, &r, "cuSurfObjectCreate"), IST_OK); /* by copies */
    CHECK_EQ(fill_once(&rig, &r, "cuLaunchKernel"), IST_NO_MEMORY);
    CHECK_EQ(fill_once(&rig, &r, "cuCtxPushCurrent"), IST_NO_MEMORY);
    CHECK_EQ(fill_once(&rig, &buffer, "cuMemsetD32Async"), IST_OK); /* its rows are bytes */
    nv_rig_sync(&rig);
    nv_rig_destroy(&rig, &r);
    nv_rig_destroy(&rig, &buffer);
    nv_rig_finish(&rig);
}
