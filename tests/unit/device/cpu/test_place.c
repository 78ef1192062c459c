/* SPDX-License-Identifier: MIT */
/* Places become the right addresses, in arrays, mips, depth textures and plain memory. */
#include "device/cpu/cpu.h"
#include "unit/core/rig.h"

static struct resource *texture(enum dimension dimension, uint32_t depth, uint32_t slices)
{
    struct resource_desc desc = {.shape = {.dimension = dimension,
                                           .format = 28,
                                           .width = 20,
                                           .height = 12,
                                           .depth = depth,
                                           .levels = 3,
                                           .slices = slices}};
    struct resource *r = NULL;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_COM, &r), IST_OK);
    return r;
}

TEST(plain_memory_starts_at_its_first_byte)
{
    unsigned char bytes[1000];
    struct place p = {.memory = bytes, .row_pitch = 30, .slice_pitch = 200};
    struct cpu_place at = cpu_place_resolve(&p);
    CHECK_PTR_EQ(at.base, bytes);
    CHECK_EQ(at.row_pitch, 30);
    CHECK_EQ(at.slice_pitch, 200);
    p.x = 5, p.y = 2, p.z = 3;
    CHECK_PTR_EQ(cpu_place_resolve(&p).base, bytes + 5 + 2 * 30 + 3 * 200);
}

TEST(slices_of_an_array_follow_from_the_one_named)
{
    struct resource *r = texture(DIMENSION_2D, 1, 5);
    struct place p = {.resource = r, .level = 1, .slice = 2, .x = 8, .y = 3};
    struct cpu_place at = cpu_place_resolve(&p);
    const unsigned char *level = resource_address(r, 1, 2);
    CHECK_PTR_EQ(at.base, level + 8 + 3 * r->layout.level[1].row_pitch);
    CHECK_EQ(at.row_pitch, r->layout.level[1].row_pitch);
    CHECK_EQ(at.slice_pitch, r->layout.slice_stride);
    p = (struct place){.resource = r, .level = 1, .slice = 2, .z = 2};
    CHECK_PTR_EQ(cpu_place_resolve(&p).base, resource_address(r, 1, 4));
    rig_drop(&r->object);
}

TEST(depth_counts_inside_the_level)
{
    struct resource *r = texture(DIMENSION_3D, 8, 1);
    struct place p = {.resource = r, .level = 1, .z = 3, .y = 1};
    struct cpu_place at = cpu_place_resolve(&p);
    const struct layout_level *level = &r->layout.level[1];
    CHECK_PTR_EQ(at.base,
                 resource_address(r, 1, 0) + 3 * level->depth_pitch + level->row_pitch);
    CHECK_EQ(at.slice_pitch, level->depth_pitch);
    rig_drop(&r->object);
}

TEST(a_buffer_is_addressed_by_its_bytes)
{
    struct resource *r = rig_buffer(1000, SHARING_NONE);
    struct place p = {.resource = r, .x = 999};
    CHECK_PTR_EQ(cpu_place_resolve(&p).base, r->memory.base + 999);
    rig_drop(&r->object);
}
