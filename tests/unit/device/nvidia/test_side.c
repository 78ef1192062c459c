/* SPDX-License-Identifier: MIT */
/* Where a place lies, as the driver wants to know it. No driver is called. */
#include "unit/device/nvidia/nv_rig.h"

static struct resource shaped(const struct layout_request *shape, struct nv_resource *res)
{
    struct resource r = {.desc.shape = *shape, .gpu = res};
    if (shape->dimension != DIMENSION_BUFFER)
        r.format = format_get(shape->format);
    CHECK_EQ(layout_compute(shape, &r.layout), IST_OK);
    return r;
}

/* Arrays that are never looked into. */
static void give_arrays(const struct resource *r, struct nv_resource *res)
{
    struct nv_shape shape;
    CHECK_EQ(nv_shape_compute(r, &shape), IST_OK);
    res->planes = shape.planes;
    for (unsigned i = 0; i < shape.planes; i++) {
        res->plane[i].shape = shape.plane[i];
        for (uintptr_t j = 0; j < shape.plane[i].levels; j++)
            res->plane[i].level[j] = (CUarray)(1000 * (i + 1) + j);
    }
}

TEST(plain_memory_is_the_hosts)
{
    static unsigned char memory[4096];
    struct place p = {
        .memory = memory, .x = 3, .y = 2, .z = 1, .row_pitch = 100, .slice_pitch = 1000};
    struct nv_side s = nv_side_at(&p, 4, 2);
    CHECK_EQ(s.side.type, NV_MEMORY_HOST);
    CHECK_PTR_EQ(s.side.host, memory + 3 + 6 * 100 + 3 * 1000);
    CHECK_EQ(s.side.pitch, 100);
    CHECK_EQ(s.slice_pitch, 1000);
    CHECK_EQ(s.rows, SIZE_MAX);
}

TEST(linear_resources_follow_their_layout)
{
    struct nv_resource res = {.at = 0x100000};
    struct layout_request deep = {.dimension = DIMENSION_3D,
                                  .format = 28,
                                  .width = 20,
                                  .height = 10,
                                  .depth = 8,
                                  .levels = 2,
                                  .slices = 1};
    struct resource r = shaped(&deep, &res);
    struct place p = {.resource = &r, .level = 1, .x = 8, .y = 1, .z = 2};
    struct nv_side s = nv_side_at(&p, 1, 1);
    const struct layout_level *l = &r.layout.level[1];
    CHECK_EQ(s.side.type, NV_MEMORY_UNIFIED);
    CHECK_EQ(s.side.device, 0x100000 + l->offset + 8 + 2 * l->row_pitch + 3 * l->depth_pitch);
    CHECK_EQ(s.slice_pitch, l->depth_pitch);

    struct layout_request flat = {.dimension = DIMENSION_2D,
                                  .format = 28,
                                  .width = 20,
                                  .height = 10,
                                  .levels = 2,
                                  .slices = 4};
    r = shaped(&flat, &res);
    p = (struct place){.resource = &r, .level = 1, .slice = 1, .x = 4, .z = 1};
    s = nv_side_at(&p, 0, 1);
    CHECK_EQ(s.side.device, 0x100000 + layout_offset(&r.layout, 1, 3) + 4);
    CHECK_EQ(s.slice_pitch, r.layout.slice_stride);
}

TEST(arrays_are_counted_in_bytes_rows_and_slices)
{
    struct nv_resource res = {.at = 0};
    struct layout_request flat = {.dimension = DIMENSION_2D,
                                  .format = 28,
                                  .width = 20,
                                  .height = 10,
                                  .levels = 2,
                                  .slices = 4};
    struct resource r = shaped(&flat, &res);
    give_arrays(&r, &res);
    struct place p = {.resource = &r, .level = 1, .slice = 1, .x = 4, .y = 3, .z = 1};
    struct nv_side s = nv_side_at(&p, 1, 1);
    CHECK_EQ(s.side.type, NV_MEMORY_ARRAY);
    CHECK_EQ((uintptr_t)s.side.array, 1001);
    CHECK_EQ(s.side.x, 4);
    CHECK_EQ(s.side.y, 4);
    CHECK_EQ(s.side.z, 3);
    CHECK_EQ(s.rows, SIZE_MAX);
}

TEST(rows_of_the_second_plane_are_its_own)
{
    struct nv_resource res = {.at = 0};
    struct layout_request planar = {.dimension = DIMENSION_2D,
                                    .format = 103,
                                    .width = 20,
                                    .height = 10,
                                    .levels = 1,
                                    .slices = 1};
    struct resource r = shaped(&planar, &res);
    give_arrays(&r, &res);
    struct place p = {.resource = &r, .y = 4};
    struct nv_side s = nv_side_at(&p, 0, 0);
    CHECK_EQ((uintptr_t)s.side.array, 1000);
    CHECK_EQ(s.side.y, 4);
    CHECK_EQ(s.rows, 6);
    s = nv_side_at(&p, 6, 0);
    CHECK_EQ((uintptr_t)s.side.array, 2000);
    CHECK_EQ(s.side.y, 0);
    CHECK_EQ(s.rows, 5);
    s = nv_side_at(&p, 10, 0);
    CHECK_EQ(s.side.y, 4);
    CHECK_EQ(s.rows, 1);
}

/* Rows and slices that follow each other without a gap are one move of bytes. */
TEST(what_is_contiguous_is_one_copy_of_bytes)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request bytes = {.dimension = DIMENSION_BUFFER, .width = 5000};
    struct resource one = nv_rig_create(&rig, &bytes, false);
    struct resource two = nv_rig_create(&rig, &bytes, false);
    struct copy copy = nv_rig_level(&one, &two, 0);
    size_t boxes = fake.calls("cuMemcpy3DAsync"), moves = fake.calls("cuMemcpyAsync");
    CHECK_EQ(nvidia_copy(rig.stream, &copy), IST_OK);
    CHECK_EQ(fake.calls("cuMemcpy3DAsync"), boxes);
    CHECK_EQ(fake.calls("cuMemcpyAsync"), moves + 1);
    nv_rig_sync(&rig);
    nv_rig_destroy(&rig, &one);
    nv_rig_destroy(&rig, &two);
    nv_rig_finish(&rig);
}
