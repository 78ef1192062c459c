/* SPDX-License-Identifier: MIT */
/* The kernel's stores against the cpu device. */
#include "unit/device/nvidia/nv_pair.h"

/* Rows long enough for wide stores, boxes that begin and end anywhere, patterns that are over
 * after any number of bytes. */
TEST(wide_stores_and_narrow_ones_meet)
{
    static const uint32_t formats[] = {61, 54, 28, 10, 6, 2};
    static const unsigned lengths[] = {1, 2, 3, 4, 5, 6, 8, 12, 16};
    struct nv_rig rig = nv_rig_open();
    uint64_t seed = 5;
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        struct layout_request shape = {.dimension = DIMENSION_2D,
                                       .format = formats[i],
                                       .width = 211,
                                       .height = 70,
                                       .levels = 1,
                                       .slices = 2};
        struct pair pair = pair_new(&rig, &shape);
        unsigned unit = ((struct nv_resource *)pair.gpu.gpu)->plane[0].shape.unit;
        size_t units = pair.gpu.layout.level[0].row_bytes / unit;
        for (unsigned j = 0; j < ARRAY_SIZE(lengths); j++) {
            size_t x = rig_random(&seed) % (units / 2), y = rig_random(&seed) % 60;
            struct fill fill = {.dst = {.x = x * unit, .y = y},
                                .row_bytes = (1 + rig_random(&seed) % (units - x)) * unit,
                                .rows = 1 + rig_random(&seed) % (70 - y),
                                .slices = 1 + j % 2};
            set_pattern(&fill, lengths[j], lengths[j]);
            pair_fill(&rig, &pair, &fill);
        }
        pair_end(&rig, &pair);
    }
    nv_rig_finish(&rig);
}

TEST(only_whole_elements_of_surfaces_fit)
{
    struct nv_plane plane = {.shape = {.desc.Flags = CUDA_ARRAY3D_SURFACE_LDST, .unit = 4}};
    CHECK(nv_kernel_fits(&plane, 8, 12));
    CHECK(!nv_kernel_fits(&plane, 2, 12));
    CHECK(!nv_kernel_fits(&plane, 8, 11));
    plane.shape.desc.Flags = CUDA_ARRAY3D_LAYERED;
    CHECK(!nv_kernel_fits(&plane, 8, 12));
}
