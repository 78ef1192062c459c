/* SPDX-License-Identifier: MIT */
/* Resources: memory as described, shared or private, kept by pins, refused without traces. */
#include "unit/core/rig.h"

#include <unistd.h>

static struct resource_desc desc_2d(uint32_t format, uint32_t width, uint32_t height)
{
    return (struct resource_desc){.shape = {.dimension = DIMENSION_2D,
                                            .format = format,
                                            .width = width,
                                            .height = height,
                                            .levels = 0,
                                            .slices = 2}};
}

static struct resource *create(const struct resource_desc *desc)
{
    struct resource *r = NULL;
    CHECK_EQ(resource_create(rig_session(), rig_device(), desc, HOLDER_COM, &r), IST_OK);
    return r;
}

TEST(a_resource_keeps_its_description_and_layout)
{
    struct resource_desc desc = desc_2d(28, 100, 50);
    memset(desc.creator, 0xab, sizeof(desc.creator));
    desc.cube = true;
    struct resource *r = create(&desc);
    CHECK_MEM(&r->desc, &desc, sizeof(desc));
    CHECK_PTR_EQ(r->format, format_get(28));
    CHECK_PTR_EQ(r->device, rig_device());
    CHECK_PTR_EQ(resource_from_object(&r->object), r);
    CHECK_EQ(r->object.kind, OBJECT_RESOURCE);
    CHECK_EQ(r->layout.levels, 7);
    CHECK(r->memory.size >= r->layout.size);
    for (size_t i = 0; i < r->memory.size; i++)
        CHECK_EQ(r->memory.base[i], 0);
    rig_drop(&r->object);
}

TEST(shared_ones_have_an_fd_and_private_ones_none)
{
    struct resource_desc desc = desc_2d(28, 100, 50);
    for (int sharing = SHARING_NONE; sharing <= SHARING_NT; sharing++) {
        desc.sharing = (enum resource_sharing)sharing;
        struct resource *r = create(&desc);
        CHECK_EQ(r->memory.fd >= 0, sharing != SHARING_NONE);
        rig_drop(&r->object);
    }
}

TEST(subresources_have_addresses_of_their_own)
{
    struct resource_desc desc = desc_2d(28, 16, 16);
    struct resource *r = create(&desc);
    for (uint32_t slice = 0; slice < 2; slice++)
        for (uint32_t level = 0; level < r->layout.levels; level++) {
            unsigned char *at = resource_address(r, level, slice);
            CHECK_PTR_EQ(at, r->memory.base + layout_offset(&r->layout, level, slice));
            CHECK_EQ(*at, 0);
            *at = 1;
        }
    rig_drop(&r->object);
}

TEST(an_import_may_round_the_size_up_as_windows_does)
{
    struct resource *small = rig_buffer(1000, SHARING_NT);
    struct resource *exact = rig_buffer(65536, SHARING_NT);
    struct resource *more = rig_buffer(65537, SHARING_NT);
    CHECK_EQ(resource_import_limit(small), 65536);
    CHECK_EQ(resource_import_limit(exact), 65536);
    CHECK_EQ(resource_import_limit(more), 131072);
    rig_drop(&small->object);
    rig_drop(&exact->object);
    rig_drop(&more->object);
}

TEST(refusals_leave_nothing_behind)
{
    struct resource_desc bad_format = desc_2d(0, 16, 16), bad_size = desc_2d(28, 0, 16),
                         huge = desc_2d(2, 16384, 16384);
    struct resource *r = (struct resource *)1;
    size_t before = object_live_count();
    huge.shape.slices = 2048; /* 8 TiB */
    CHECK_EQ(resource_create(rig_session(), rig_device(), &bad_format, HOLDER_COM, &r),
             IST_BAD_FORMAT);
    CHECK_EQ(resource_create(rig_session(), rig_device(), &bad_size, HOLDER_COM, &r),
             IST_BAD_ARG);
    for (int shared = 0; shared <= 1; shared++) {
        huge.sharing = shared ? SHARING_NT : SHARING_NONE;
        CHECK_EQ(resource_create(rig_session(), rig_device(), &huge, HOLDER_COM, &r),
                 IST_NO_MEMORY);
    }
    CHECK_PTR_EQ(r, (struct resource *)1);
    CHECK_EQ(object_live_count(), before);
}

TEST(a_mapping_keeps_the_memory_after_the_last_owner)
{
    struct resource *r = rig_buffer(5000, SHARING_NT);
    object_hold(&r->object, HOLDER_MAPPING);
    r->memory.base[4999] = 42;
    rig_drop(&r->object);
    CHECK_EQ(r->memory.base[4999], 42);
    r->memory.base[0] = 1;
    object_drop(&r->object, HOLDER_MAPPING);
}

TEST(the_first_owner_may_be_an_import)
{
    struct resource_desc desc = desc_2d(28, 4, 4);
    struct resource *r = NULL;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_IMPORT, &r), IST_OK);
    CHECK_EQ(object_held(&r->object, HOLDER_IMPORT), 1);
    CHECK_EQ(object_held(&r->object, HOLDER_COM), 0);
    object_drop(&r->object, HOLDER_IMPORT);
}

TEST(a_keyed_mutex_belongs_to_its_resource)
{
    struct resource_desc desc = desc_2d(28, 4, 4);
    static const char party;
    desc.keyed_mutex = true;
    struct resource *r = create(&desc);
    CHECK_PTR_EQ(r->kmutex.object, &r->object);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party, 0, 0, NULL), IST_OK);
    rig_drop(&r->object);
}

/* What is written through the fd is read through the resource: the same physical page. */
TEST(the_fd_is_the_memory)
{
    struct resource *r = rig_buffer(100, SHARING_KMT);
    CHECK_EQ(pwrite(r->memory.fd, "zero copy", 9, 50), 9);
    CHECK_MEM(r->memory.base + 50, "zero copy", 9);
    rig_drop(&r->object);
}
