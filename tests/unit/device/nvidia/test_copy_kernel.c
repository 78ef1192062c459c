/* SPDX-License-Identifier: MIT */
/*
 * Copies between textures by the kernel: where wide accesses and narrow ones meet, between all
 * shapes, and what stays with the driver.
 */
#include "unit/device/nvidia/nv_pair.h"

static struct layout_request flat(uint32_t format, uint32_t width, uint32_t height,
                                  uint32_t slices)
{
    return (struct layout_request){.dimension = DIMENSION_2D,
                                   .format = format,
                                   .width = width,
                                   .height = height,
                                   .levels = 1,
                                   .slices = slices};
}

/* The same on both sides; true if the kernel did it. */
static bool pair_copy(struct nv_rig *rig, struct pair *dst, struct pair *src,
                      const struct copy *what)
{
    struct copy gpu = *what, host = *what;
    size_t before = fake.calls("cuLaunchKernel"), boxes = fake.calls("cuMemcpy3DAsync");
    gpu.dst.resource = &dst->gpu;
    gpu.src.resource = &src->gpu;
    host.dst.resource = &dst->host;
    host.src.resource = &src->host;
    CHECK_EQ(nvidia_copy(rig->stream, &gpu), IST_OK);
    cpu_copy(cpu_device(), &host);
    bool launched = fake.calls("cuLaunchKernel") > before;
    CHECK_EQ(fake.calls("cuMemcpy3DAsync") - boxes, launched ? 0 : 1);
    return launched;
}

/* Boxes that begin and end anywhere, on both sides. */
TEST(wide_accesses_and_narrow_ones_meet)
{
    static const uint32_t formats[] = {28, 54, 10, 2}; /* 4, 2, 8 and 16 bytes */
    struct nv_rig rig = nv_rig_open();
    uint64_t seed = 7;
    unsigned launched = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        struct layout_request shape = flat(formats[i], 211, 40, 2);
        struct pair dst = pair_new(&rig, &shape), src = pair_new(&rig, &shape);
        unsigned unit = format_get(formats[i])->block_bytes;
        for (unsigned j = 0; j < 40; j++) {
            size_t width = 1 + rig_random(&seed) % 211, rows = 1 + rig_random(&seed) % 40;
            struct copy copy = {
                .dst = {.x = rig_random(&seed) % (212 - width) * unit,
                        .y = rig_random(&seed) % (41 - rows)},
                .src = {.x = rig_random(&seed) % (212 - width) * unit,
                        .y = rig_random(&seed) % (41 - rows)},
                .row_bytes = width * unit,
                .rows = rows,
                .slices = 1 + j % 2,
            };
            bool kernel = pair_copy(&rig, &dst, &src, &copy);
            CHECK(kernel || unit == 2);
            launched += kernel;
        }
        pair_end(&rig, &dst);
        pair_end(&rig, &src);
    }
    CHECK(launched > 120);
    nv_rig_finish(&rig);
}

/* All pairs of 2D, 3D and layered: one slice, then as many as both have. */
TEST(every_shape_goes_into_every_other)
{
    struct layout_request shapes[] = {flat(28, 50, 30, 1), flat(28, 50, 30, 3),
                                      flat(28, 50, 30, 1)};
    shapes[2].dimension = DIMENSION_3D;
    shapes[2].depth = 4;
    struct nv_rig rig = nv_rig_open();
    for (unsigned i = 0; i < 9; i++) {
        struct pair dst = pair_new(&rig, &shapes[i / 3]), src = pair_new(&rig, &shapes[i % 3]);
        struct copy copy = {.dst = {.x = 8, .y = 1},
                            .src = {.x = 24, .y = 2},
                            .row_bytes = 160,
                            .rows = 28,
                            .slices = i % 3 && i / 3 ? 3 : 1};
        copy.dst.slice = i / 3 == 1 && copy.slices == 1 ? 2 : 0;
        copy.src.slice = i % 3 == 1 && copy.slices == 1 ? 1 : 0;
        copy.dst.z = i / 3 == 2;
        copy.src.z = i % 3 == 2;
        CHECK(pair_copy(&rig, &dst, &src, &copy));
        pair_end(&rig, &dst);
        pair_end(&rig, &src);
    }
    nv_rig_finish(&rig);
}

/* Bytes on no multiple of 4 take too many threads; rows alone are not worth it; and without a
 * surface there is no other way. */
TEST(the_rest_is_the_drivers)
{
    struct layout_request bytes = flat(61, 101, 20, 1), row = flat(28, 64, 1, 1);
    struct nv_rig rig = nv_rig_open();
    struct pair dst = pair_new(&rig, &bytes), src = pair_new(&rig, &bytes);
    struct copy copy = {.src.x = 3, .row_bytes = 40, .rows = 20, .slices = 1};
    CHECK(!pair_copy(&rig, &dst, &src, &copy));
    copy.src.x = 4;
    CHECK(pair_copy(&rig, &dst, &src, &copy));
    copy.row_bytes = 39;
    CHECK(!pair_copy(&rig, &dst, &src, &copy));
    pair_end(&rig, &dst);
    pair_end(&rig, &src);
    row.dimension = DIMENSION_1D;
    row.height = 0;
    dst = pair_new(&rig, &row);
    src = pair_new(&rig, &row);
    copy = (struct copy){.row_bytes = 64, .rows = 1, .slices = 1};
    CHECK(!pair_copy(&rig, &dst, &src, &copy));
    pair_end(&rig, &dst);
    pair_end(&rig, &src);
    struct layout_request shape = flat(28, 64, 8, 1);
    dst = pair_new(&rig, &shape);
    src = pair_new(&rig, &shape);
    copy.rows = 8;
    fake.fail("cuSurfObjectCreate", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(!pair_copy(&rig, &dst, &src, &copy));
    CHECK(pair_copy(&rig, &dst, &src, &copy));
    pair_end(&rig, &dst);
    pair_end(&rig, &src);
    nv_rig_finish(&rig);
}

TEST(a_failure_is_passed_on)
{
    struct layout_request shape = flat(28, 101, 8, 1);
    struct nv_rig rig = nv_rig_open();
    struct resource r = nv_rig_create(&rig, &shape, false);
    struct copy copy = {.dst = {.resource = &r, .x = 4},
                        .src = {.resource = &r, .x = 20},
                        .row_bytes = 320,
                        .rows = 8,
                        .slices = 1};
    for (unsigned i = 1; i <= 3; i++) { /* head, middle, tail */
        fake.fail("cuLaunchKernel", i, CUDA_ERROR_OUT_OF_MEMORY);
        CHECK_EQ(nvidia_copy(rig.stream, &copy), IST_NO_MEMORY);
        fake.fail(NULL, 0, 0);
    }
    CHECK_EQ(nvidia_copy(rig.stream, &copy), IST_OK);
    nv_rig_sync(&rig);
    nv_rig_destroy(&rig, &r);
    nv_rig_finish(&rig);
}
