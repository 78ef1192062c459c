/* SPDX-License-Identifier: MIT */
/* Arrays: levels and surfaces of a texture, and what becomes of memory that is too small. */
#include "unit/device/nvidia/nv_rig.h"

static const struct layout_request chain = {.dimension = DIMENSION_2D,
                                            .format = 28,
                                            .width = 64,
                                            .height = 32,
                                            .levels = 4,
                                            .slices = 2};

static struct nv_shape shape_of(struct nv_rig *rig, const struct layout_request *request)
{
    struct resource r = nv_rig_resource(rig, request, false);
    struct nv_shape shape = {0};
    CHECK_EQ(nv_shape_compute(&r, &shape), IST_OK);
    return shape;
}

TEST(levels_are_found_and_surfaces_made_once)
{
    struct nv_rig rig = nv_rig_open();
    struct nv_shape shape = shape_of(&rig, &chain);
    struct nv_resource res = {.nv = rig.nv};
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    size_t before = fake.live(FAKECUDA_KINDS);
    CHECK_EQ(nv_arrays_create(rig.nv, &res, &shape), IST_OK);
    CHECK_EQ(res.planes, 1);
    for (unsigned i = 0; i < 4; i++)
        CHECK(res.plane[0].level[i] != NULL);
    CUsurfObject surface = nv_plane_surface(rig.nv, &res.plane[0], 2);
    CHECK(surface != 0);
    CHECK_EQ(nv_plane_surface(rig.nv, &res.plane[0], 2), surface);
    CHECK_EQ(fake.live(FAKECUDA_SURFACE), 1);
    nv_arrays_release(&res);
    CHECK_EQ(fake.live(FAKECUDA_KINDS), before);
    nv_leave(&scope);
    nv_rig_finish(&rig);
}

TEST(blocks_have_no_surface)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request blocks = chain;
    blocks.format = 71;
    struct nv_shape shape = shape_of(&rig, &blocks);
    struct nv_resource res = {.nv = rig.nv};
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    CHECK_EQ(nv_arrays_create(rig.nv, &res, &shape), IST_OK);
    CHECK_EQ(nv_plane_surface(rig.nv, &res.plane[0], 0), 0);
    nv_arrays_release(&res);
    nv_leave(&scope);
    nv_rig_finish(&rig);
}

TEST(memory_that_is_too_small_is_no_failure_but_does_not_fit)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request large = chain;
    large.width = large.height = 2048;
    struct nv_shape shape = shape_of(&rig, &large);
    struct nv_resource res = {.nv = rig.nv};
    struct nv_scope scope = {.nv = NULL};
    int fd = -1;
    bool fits = true;
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    CHECK_EQ(nv_block_create(rig.nv, &res, rig.nv->granularity, &fd), IST_OK);
    CHECK_EQ(nv_arrays_map(rig.nv, &res, &shape, fd, rig.nv->granularity, &fits), IST_OK);
    CHECK(!fits);
    nv_arrays_release(&res);
    fits = false;
    shape = shape_of(&rig, &chain);
    CHECK_EQ(nv_arrays_map(rig.nv, &res, &shape, fd, rig.nv->granularity, &fits), IST_OK);
    CHECK(fits);
    nv_arrays_release(&res);
    nv_block_release(&res);
    close(fd);
    nv_leave(&scope);
    nv_rig_finish(&rig);
}

/* The fd of a failed import: the driver closes it or leaves it, and so nothing is left open. */
TEST(a_failed_import_leaves_no_fd)
{
    struct nv_rig rig = nv_rig_open();
    struct nv_shape shape = shape_of(&rig, &chain);
    struct nv_resource res = {.nv = rig.nv};
    struct nv_scope scope = {.nv = NULL};
    bool fits;
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    CHECK_EQ(nv_arrays_map(rig.nv, &res, &shape, 0, rig.nv->granularity, &fits),
             IST_NO_RESOURCES); /* not the driver's memory: 999, closed by the driver */
    nv_arrays_release(&res);
    CHECK_EQ(nv_arrays_map(rig.nv, &res, &shape, 0, 0, &fits), IST_NO_RESOURCES); /* 1, open */
    nv_arrays_release(&res);
    nv_leave(&scope);
    nv_rig_finish(&rig);
}
