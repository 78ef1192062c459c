/* SPDX-License-Identifier: MIT */
/*
 * Resources of every kind: zeroed, shared by fd, refused with reasons, and nothing left when
 * any call of the driver fails at any time.
 */
#include "unit/device/nvidia/nv_rig.h"

#include <fcntl.h>

static const struct layout_request buffer = {.dimension = DIMENSION_BUFFER, .width = 1000};
static const struct layout_request line = {
    .dimension = DIMENSION_1D, .format = 41, .width = 100, .levels = 3, .slices = 2};
static const struct layout_request picture = {.dimension = DIMENSION_2D,
                                              .format = 28,
                                              .width = 33,
                                              .height = 17,
                                              .levels = 1,
                                              .slices = 1};
static const struct layout_request chain = {.dimension = DIMENSION_2D,
                                            .format = 10,
                                            .width = 40,
                                            .height = 24,
                                            .levels = 0,
                                            .slices = 3};
static const struct layout_request solid = {.dimension = DIMENSION_3D,
                                            .format = 2,
                                            .width = 12,
                                            .height = 9,
                                            .depth = 5,
                                            .levels = 2,
                                            .slices = 1};
static const struct layout_request planar = {.dimension = DIMENSION_2D,
                                             .format = 103,
                                             .width = 32,
                                             .height = 16,
                                             .levels = 1,
                                             .slices = 1};
static const struct layout_request blocks = {.dimension = DIMENSION_2D,
                                             .format = 71,
                                             .width = 64,
                                             .height = 32,
                                             .levels = 1,
                                             .slices = 1};

static const struct layout_request *const shapes[] = {&buffer, &line,   &picture, &chain,
                                                      &solid,  &planar, &blocks};

static bool is_zero(const struct resource *staging)
{
    for (size_t i = 0; i < staging->layout.size; i++)
        if (staging->memory.base[i])
            return false;
    return true;
}

static void fill_bytes(struct resource *staging, unsigned seed)
{
    uint64_t state = seed;
    for (size_t i = 0; i < staging->layout.size; i++)
        staging->memory.base[i] = (unsigned char)rig_random(&state);
}

/* Only what the rows hold: what lies between them is nobody's. */
static bool same_rows(const struct resource *a, const struct resource *b)
{
    bool deep = a->desc.shape.dimension == DIMENSION_3D;
    for (uint32_t i = 0; i < a->layout.levels; i++) {
        const struct layout_level *l = &a->layout.level[i];
        for (size_t z = 0; z < (deep ? l->depth : a->layout.slices); z++) {
            size_t at = l->offset + z * (deep ? l->depth_pitch : a->layout.slice_stride);
            for (size_t y = 0; y < l->rows; y++, at += l->row_pitch)
                if (memcmp(a->memory.base + at, b->memory.base + at, l->row_bytes) != 0)
                    return false;
        }
    }
    return true;
}

static void check_kind(const struct layout_request *shape, bool shareable)
{
    struct nv_rig rig = nv_rig_open();
    struct resource r = nv_rig_create(&rig, shape, shareable);
    struct resource in = nv_rig_staging(&rig, shape), out = nv_rig_staging(&rig, shape);
    CHECK_EQ(r.memory.fd >= 0, shareable);
    CHECK(r.memory.size >= r.layout.size);
    CHECK_PTR_EQ(r.memory.base, NULL);
    CHECK(is_zero(&in));
    fill_bytes(&out, 1);
    nv_rig_copy_all(&rig, &out, &r);
    nv_rig_sync(&rig);
    CHECK(same_rows(&out, &in)); /* all is zero */

    fill_bytes(&in, 2);
    nv_rig_copy_all(&rig, &r, &in);
    nv_rig_copy_all(&rig, &out, &r);
    nv_rig_sync(&rig);
    CHECK(same_rows(&out, &in));
    nv_rig_destroy(&rig, &r);
    CHECK_EQ(r.memory.fd, -1);
    CHECK_PTR_EQ(r.gpu, NULL);
    nv_rig_destroy(&rig, &in);
    nv_rig_destroy(&rig, &out);
    nv_rig_finish(&rig);
}

TEST(private_resources_are_zero_and_keep_their_bytes)
{
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
        check_kind(shapes[i], false);
}

TEST(shareable_resources_are_zero_and_keep_their_bytes)
{
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
        check_kind(shapes[i], true);
}

/* As another process would: a duplicate of the fd, and the size that was told. */
static enum ist_status open_again(struct nv_rig *rig, const struct resource *r, size_t size,
                                  struct resource *out)
{
    *out = nv_rig_resource(rig, &r->desc.shape, false);
    out->memory.size = size;
    return nvidia_resource_open(rig->dev, out, fcntl(r->memory.fd, F_DUPFD_CLOEXEC, 3));
}

TEST(an_opened_resource_has_the_same_bytes)
{
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        struct nv_rig rig = nv_rig_open();
        struct resource r = nv_rig_create(&rig, shapes[i], true), other;
        struct resource in = nv_rig_staging(&rig, shapes[i]);
        struct resource out = nv_rig_staging(&rig, shapes[i]);
        CHECK_EQ(open_again(&rig, &r, r.memory.size, &other), IST_OK);
        CHECK_EQ(other.memory.size, r.memory.size);
        CHECK(other.memory.fd >= 0 && other.memory.fd != r.memory.fd);
        fill_bytes(&in, 3);
        nv_rig_copy_all(&rig, &r, &in);
        nv_rig_copy_all(&rig, &out, &other);
        nv_rig_sync(&rig);
        CHECK(same_rows(&out, &in));
        nv_rig_destroy(&rig, &r); /* the other keeps the memory */
        memset(out.memory.base, 0, out.layout.size);
        nv_rig_copy_all(&rig, &out, &other);
        nv_rig_sync(&rig);
        CHECK(same_rows(&out, &in));
        nv_rig_destroy(&rig, &other);
        nv_rig_destroy(&rig, &in);
        nv_rig_destroy(&rig, &out);
        nv_rig_finish(&rig);
    }
}

TEST(a_payload_that_does_not_fit_is_refused)
{
    struct nv_rig rig = nv_rig_open();
    struct resource small = nv_rig_create(&rig, &picture, true), other;
    size_t unit = rig.nv->granularity;
    CHECK_EQ(open_again(&rig, &small, 0, &other), IST_BAD_PARCEL);
    CHECK_EQ(open_again(&rig, &small, small.memory.size - 1, &other), IST_BAD_PARCEL);
    CHECK_EQ(open_again(&rig, &small, small.memory.size + unit, &other), IST_BAD_PARCEL);
    CHECK_EQ(open_again(&rig, &small, SIZE_MAX / unit * unit, &other), IST_BAD_PARCEL);
    /* The description of something larger than what came. */
    static const struct layout_request large = {.dimension = DIMENSION_2D,
                                                .format = 2,
                                                .width = 1024,
                                                .height = 1024,
                                                .levels = 1,
                                                .slices = 1};
    other = nv_rig_resource(&rig, &large, false);
    other.memory.size = small.memory.size;
    CHECK_EQ(nvidia_resource_open(rig.dev, &other, fcntl(small.memory.fd, F_DUPFD_CLOEXEC, 3)),
             IST_BAD_PARCEL);
    other = nv_rig_resource(&rig,
                            &(struct layout_request){.dimension = DIMENSION_BUFFER,
                                                     .width = small.memory.size + 1},
                            false);
    other.memory.size = small.memory.size;
    CHECK_EQ(nvidia_resource_open(rig.dev, &other, fcntl(small.memory.fd, F_DUPFD_CLOEXEC, 3)),
             IST_BAD_PARCEL);
    CHECK_PTR_EQ(other.gpu, NULL);
    nv_rig_destroy(&rig, &small);
    nv_rig_finish(&rig);
}

TEST(an_fd_of_something_else_is_refused_and_closed)
{
    struct nv_rig rig = nv_rig_open();
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        struct resource r = nv_rig_resource(&rig, shapes[i], false);
        r.memory.size = rig.nv->granularity;
        CHECK_EQ(nvidia_resource_open(rig.dev, &r, open("/dev/null", O_RDWR | O_CLOEXEC)),
                 IST_BAD_PARCEL);
        CHECK_PTR_EQ(r.gpu, NULL);
    }
    nv_rig_finish(&rig);
}

TEST(memory_that_the_host_maps_is_not_shared)
{
    struct nv_rig rig = nv_rig_open();
    struct resource r = nv_rig_resource(&rig, &picture, true);
    CHECK_EQ(nvidia_resource_create(rig.dev, &r, true), IST_NOT_SUPPORTED);
    CHECK_PTR_EQ(r.gpu, NULL);
    nv_rig_finish(&rig);
}

TEST(an_estimate_that_is_too_small_grows)
{
    struct nv_rig rig = nv_rig_open();
    fake.fail("cuExternalMemoryGetMappedMipmappedArray", 1, CUDA_ERROR_INVALID_VALUE);
    fake.fail("cuExternalMemoryGetMappedMipmappedArray", 2, CUDA_ERROR_INVALID_VALUE);
    struct resource r = nv_rig_create(&rig, &picture, true), other;
    CHECK_EQ(open_again(&rig, &r, r.memory.size, &other), IST_OK);
    nv_rig_destroy(&rig, &r);
    nv_rig_destroy(&rig, &other);
    for (size_t i = 1; i <= NV_SHAPE_ATTEMPTS; i++)
        fake.fail("cuExternalMemoryGetMappedMipmappedArray", i, CUDA_ERROR_INVALID_VALUE);
    r = nv_rig_resource(&rig, &picture, false);
    CHECK_EQ(nvidia_resource_create(rig.dev, &r, true), IST_NOT_SUPPORTED);
    nv_rig_finish(&rig);
}

TEST(a_second_plane_begins_behind_the_first)
{
    struct nv_rig rig = nv_rig_open();
    struct resource r = nv_rig_create(&rig, &planar, true), plain;
    CHECK_EQ(nvidia_plane_offset(&r, 0), 0);
    CHECK(nvidia_plane_offset(&r, 1) >= 32 * 16);
    CHECK_EQ(nvidia_plane_offset(&r, 2), 0);
    plain = nv_rig_create(&rig, &buffer, true);
    CHECK_EQ(nvidia_plane_offset(&plain, 0), 0);
    nv_rig_destroy(&rig, &r);
    nv_rig_destroy(&rig, &plain);
    nv_rig_finish(&rig);
}

/* Every call that making a resource takes. */
static const char *const calls[] = {
    "cuMemCreate",
    "cuMemExportToShareableHandle",
    "cuMemImportFromShareableHandle",
    "cuMemAddressReserve",
    "cuMemMap",
    "cuMemSetAccess",
    "cuMemAlloc",
    "cuMemHostAlloc",
    "cuImportExternalMemory",
    "cuExternalMemoryGetMappedMipmappedArray",
    "cuMipmappedArrayCreate",
    "cuMipmappedArrayGetLevel",
    "cuSurfObjectCreate",
    "cuMemsetD8Async",
    "cuMemcpy3DAsync",
    "cuLaunchKernel",
    "cuStreamSynchronize",
    "cuStreamWriteValue64",
    "cuCtxPushCurrent",
};

/* One way to make a resource; a failed one answers what the code means, or did without. */
struct way {
    const struct layout_request *shape;
    bool shareable, host, reopen;
};

static enum ist_status make(struct nv_rig *rig, const struct way *way,
                            const struct resource *shared, struct resource *out)
{
    if (way->reopen)
        return open_again(rig, shared, shared->memory.size, out);
    *out = nv_rig_resource(rig, way->shape, way->host);
    return nvidia_resource_create(rig->dev, out, way->shareable);
}

/* How often the call could be made to fail. */
static unsigned fail_each(struct nv_rig *rig, const struct way *way,
                          const struct resource *shared, const char *call, int code,
                          enum ist_status wanted)
{
    unsigned failed = 0;
    for (size_t n = 1; n < 40; n++) {
        struct resource r;
        size_t calls_before = fake.calls(call), before = fake.live(FAKECUDA_KINDS);
        fake.fail(call, n, code);
        enum ist_status status = make(rig, way, shared, &r);
        bool reached = fake.calls(call) - calls_before >= n;
        fake.fail(NULL, 0, 0);
        if (status == IST_OK)
            nv_rig_destroy(rig, &r);
        else
            CHECK_EQ(status, wanted);
        CHECK_EQ(nv_rig_free(rig), 0);
        CHECK_EQ(fake.live(FAKECUDA_KINDS), before);
        if (!reached)
            break;
        failed += status != IST_OK;
    }
    return failed;
}

TEST(whatever_fails_nothing_is_left_behind)
{
    static const struct way ways[] = {
        {&buffer, true, false, false}, {&buffer, false, false, false},
        {&buffer, false, true, false}, {&picture, true, false, false},
        {&chain, true, false, false},  {&chain, false, false, false},
        {&planar, true, false, false}, {&planar, false, false, false},
        {&blocks, false, false, false}};
    unsigned failed = 0;
    struct nv_rig rig = nv_rig_open();
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
        for (size_t j = 0; j < ARRAY_SIZE(calls); j++)
            failed += fail_each(&rig, &ways[i], NULL, calls[j], CUDA_ERROR_OUT_OF_MEMORY,
                                IST_NO_MEMORY);
    CHECK(failed > 40);
    nv_rig_finish(&rig);
}

TEST(whatever_fails_at_an_opening_nothing_is_left_behind)
{
    static const struct layout_request *const opened[] = {&buffer, &chain, &planar};
    struct nv_rig rig = nv_rig_open();
    unsigned failed = 0;
    for (size_t i = 0; i < ARRAY_SIZE(opened); i++) {
        struct way way = {.shape = opened[i], .reopen = true};
        struct resource shared = nv_rig_create(&rig, opened[i], true);
        for (size_t j = 0; j < ARRAY_SIZE(calls); j++)
            failed += fail_each(&rig, &way, &shared, calls[j], CUDA_ERROR_OUT_OF_MEMORY,
                                IST_NO_MEMORY);
        nv_rig_destroy(&rig, &shared);
    }
    CHECK(failed > 10);
    nv_rig_finish(&rig);
}

TEST(memory_is_limited_and_comes_back)
{
    struct nv_rig rig = nv_rig_open();
    size_t before = fake.bytes();
    struct layout_request huge = {.dimension = DIMENSION_BUFFER, .width = 1ULL << 40};
    struct resource r = nv_rig_resource(&rig, &huge, false);
    CHECK_EQ(nvidia_resource_create(rig.dev, &r, true), IST_NO_MEMORY);
    CHECK_EQ(nvidia_resource_create(rig.dev, &r, false), IST_NO_MEMORY);
    r = nv_rig_create(&rig, &picture, true);
    CHECK_EQ(fake.bytes() - before, rig.nv->granularity);
    nv_rig_destroy(&rig, &r);
    CHECK_EQ(fake.bytes(), before);
    nv_rig_finish(&rig);
}
