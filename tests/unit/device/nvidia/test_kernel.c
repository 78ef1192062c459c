/* SPDX-License-Identifier: MIT */
/* The kernels' text and loading, and what a launch covers. */
#include "unit/device/nvidia/nv_rig.h"

TEST(the_text_is_for_old_drivers_and_has_every_entry)
{
    CHECK_EQ(strncmp(nv_kernel_text, ".version 6.0\n.target sm_50\n", 27), 0);
    static const char *const names[] = {"ist_fill_1d(",         "ist_fill_2d(",
                                        "ist_fill_3d(",         "ist_fill_1d_layered(",
                                        "ist_fill_2d_layered(", "ist_copy_2d_2d(",
                                        "ist_copy_3d_layered("};
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        CHECK(strstr(nv_kernel_text, names[i]) != NULL);
}

TEST(a_grid_covers_all_and_has_warps_of_four_by_eight)
{
    for (uint32_t width = 1; width < 600; width += 37)
        for (uint32_t height = 1; height < 40; height++) {
            struct nv_grid g = nv_kernel_grid(width, height);
            CHECK(g.grid_x * g.block_x * g.block_z >= width && g.grid_y * g.block_y >= height);
            CHECK(height == 1 || (g.block_x == 4 && g.block_y == 8));
            CHECK(g.block_x * g.block_y * g.block_z <= 256);
        }
}

/* A driver without a compiler, or an old GPU: the device works all the same. */
TEST(without_its_kernels_the_device_does_its_work)
{
    static const char *const calls[] = {"cuModuleLoadData", "cuModuleGetFunction"};
    struct layout_request shape = {.dimension = DIMENSION_2D,
                                   .format = 28,
                                   .width = 64,
                                   .height = 8,
                                   .levels = 1,
                                   .slices = 1};
    nv_rig_device(0);
    nv_rig_find_fake();
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        fake.fail(calls[i], 1, CUDA_ERROR_NOT_SUPPORTED);
        struct nv_rig rig = nv_rig_open();
        size_t before = fake.calls("cuLaunchKernel");
        CHECK_PTR_EQ(rig.nv->module, NULL);
        struct resource a = nv_rig_create(&rig, &shape, true);
        struct resource b = nv_rig_create(&rig, &shape, false);
        struct fill fill = {.dst = {.resource = &a, .x = 4},
                            .row_bytes = 16,
                            .rows = 2,
                            .slices = 1,
                            .pattern_bytes = 1};
        CHECK_EQ(nvidia_fill(rig.stream, &fill), IST_OK);
        nv_rig_copy_all(&rig, &b, &a);
        nv_rig_sync(&rig);
        CHECK_EQ(fake.calls("cuLaunchKernel"), before);
        nv_rig_destroy(&rig, &a);
        nv_rig_destroy(&rig, &b);
        nv_rig_finish(&rig);
    }
}
