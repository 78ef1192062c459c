/* SPDX-License-Identifier: MIT */
/* Memory behind an fd: made, opened again, released; each part is noted as it comes. */
#include "unit/device/nvidia/nv_rig.h"

TEST(a_block_is_memory_address_and_fd)
{
    struct nv_rig rig = nv_rig_open();
    struct nv_resource made = {.nv = rig.nv}, opened = {.nv = rig.nv};
    struct nv_scope scope = {.nv = NULL};
    size_t before = fake.live(FAKECUDA_KINDS), size = 2 * rig.nv->granularity;
    int fd = -1;
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    CHECK_EQ(nv_block_create(rig.nv, &made, size, &fd), IST_OK);
    CHECK(fd >= 0 && made.mapped && made.handle && made.at);
    CHECK_EQ(made.size, size);
    CHECK_EQ(nv_block_open(rig.nv, &opened, fd), IST_OK);
    CHECK_EQ(nv_block_map(rig.nv, &opened, size + rig.nv->granularity), IST_BAD_PARCEL);
    nv_block_release(&opened);
    CHECK_EQ(nv_block_open(rig.nv, &opened, fd), IST_OK);
    CHECK_EQ(nv_block_map(rig.nv, &opened, size), IST_OK);
    CHECK(opened.at != made.at);
    nv_block_release(&opened);
    nv_block_release(&made);
    nv_block_release(&made); /* what is gone is not released again */
    CHECK_EQ(fake.live(FAKECUDA_KINDS), before);
    close(fd);
    nv_leave(&scope);
    nv_rig_finish(&rig);
}

TEST(an_fd_of_something_else_is_no_block)
{
    struct nv_rig rig = nv_rig_open();
    struct nv_resource res = {.nv = rig.nv};
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    CHECK_EQ(nv_block_open(rig.nv, &res, 0), IST_BAD_PARCEL);
    CHECK(strstr(status_reason(), "cuMemImportFromShareableHandle answered") != NULL);
    CHECK_EQ(res.handle, 0);
    fake.fail("cuMemImportFromShareableHandle", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nv_block_open(rig.nv, &res, 0), IST_NO_MEMORY);
    nv_leave(&scope);
    nv_rig_finish(&rig);
}

/* There are two GPUs here. */
TEST(what_the_driver_does_not_survive_is_never_made)
{
    struct layout_request shape = {.dimension = DIMENSION_2D,
                                   .format = 28,
                                   .width = 16384,
                                   .height = 8192,
                                   .levels = 1,
                                   .slices = 1};
    struct nv_rig rig = nv_rig_open();
    struct resource r = nv_rig_resource(&rig, &shape, false);
    CHECK_EQ(nvidia_resource_create(rig.dev, &r, true), IST_NO_MEMORY);
    CHECK(strstr(status_reason(), "512 MiB on a machine of 2 GPUs") != NULL);
    shape = (struct layout_request){.dimension = DIMENSION_BUFFER, .width = 512UL << 20};
    r = nv_rig_resource(&rig, &shape, false);
    CHECK_EQ(nvidia_resource_create(rig.dev, &r, true), IST_NO_MEMORY);
    CHECK(nv_block_importable((512UL << 20) - 1) && !nv_block_importable(512UL << 20));
    nv_rig_finish(&rig);
}
