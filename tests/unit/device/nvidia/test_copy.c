/* SPDX-License-Identifier: MIT */
/*
 * Copies against the cpu device's, which go byte by byte through linear memory: boxes of every
 * format and dimension, from and to the host, and sources that change right afterwards.
 */
#include "device/cpu/cpu.h"
#include "unit/device/nvidia/nv_rig.h"

/* A texture, and beside it the same bytes in the host's linear memory. */
struct pair {
    struct resource gpu, host;
};

static struct layout_request request(enum dimension dimension, uint32_t format, uint32_t levels,
                                     uint32_t slices)
{
    return (struct layout_request){
        .dimension = dimension,
        .format = format,
        .width = dimension == DIMENSION_BUFFER ? 5000 : 48,
        .height = dimension == DIMENSION_1D ? 1 : 32,
        .depth = dimension == DIMENSION_3D ? 6 : 0,
        .levels = levels,
        .slices = slices,
    };
}

static void randomise(struct resource *staging, uint64_t seed)
{
    for (size_t i = 0; i < staging->layout.size; i++)
        staging->memory.base[i] = (unsigned char)rig_random(&seed);
}

static struct pair pair_new(struct nv_rig *rig, const struct layout_request *shape,
                            bool shareable, uint64_t seed)
{
    struct pair pair = {nv_rig_create(rig, shape, shareable), nv_rig_staging(rig, shape)};
    randomise(&pair.host, seed);
    nv_rig_copy_all(rig, &pair.gpu, &pair.host);
    nv_rig_sync(rig);
    return pair;
}

static void pair_end(struct nv_rig *rig, struct pair *pair)
{
    nv_rig_destroy(rig, &pair->gpu);
    nv_rig_destroy(rig, &pair->host);
}

static size_t slices_of(const struct resource *r, uint32_t level)
{
    return r->desc.shape.dimension == DIMENSION_3D ? r->layout.level[level].depth
                                                   : r->layout.slices;
}

/* What the texture holds now, against what its host side says. */
static void pair_check(struct nv_rig *rig, const struct pair *pair)
{
    struct resource found = nv_rig_staging(rig, &pair->gpu.desc.shape);
    struct resource gpu = pair->gpu;
    nv_rig_copy_all(rig, &found, &gpu);
    nv_rig_sync(rig);
    for (uint32_t i = 0; i < found.layout.levels; i++) {
        const struct layout_level *l = &found.layout.level[i];
        bool deep = found.desc.shape.dimension == DIMENSION_3D;
        for (size_t z = 0; z < slices_of(&found, i); z++)
            for (size_t y = 0; y < l->rows; y++) {
                size_t at = l->offset + y * l->row_pitch +
                            z * (deep ? l->depth_pitch : found.layout.slice_stride);
                CHECK_MEM(found.memory.base + at, pair->host.memory.base + at, l->row_bytes);
            }
    }
    nv_rig_destroy(rig, &found);
}

static size_t below(uint64_t *seed, size_t limit)
{
    return limit ? rig_random(seed) % limit : 0;
}

/* A box within a level, in whole blocks; an array's slices are counted from place.slice. */
static struct copy random_box(uint64_t *seed, const struct resource *r)
{
    uint32_t level = (uint32_t)below(seed, r->layout.levels);
    const struct layout_level *l = &r->layout.level[level];
    size_t unit = r->format ? r->format->block_bytes : 1;
    if (r->format && r->format->traits & FORMAT_PLANAR)
        unit *= 2; /* an element of the second plane */
    size_t units = l->row_bytes / unit;
    size_t width = 1 + below(seed, units), rows = 1 + below(seed, l->rows);
    size_t slices = slices_of(r, level), count = 1 + below(seed, slices);
    size_t first = below(seed, slices - count + 1);
    bool deep = r->desc.shape.dimension == DIMENSION_3D;
    return (struct copy){
        .dst = {.level = level,
                .slice = deep ? 0 : (uint32_t)first,
                .z = deep ? first : 0,
                .x = unit * below(seed, units - width + 1),
                .y = below(seed, l->rows - rows + 1)},
        .row_bytes = width * unit,
        .rows = rows,
        .slices = count,
    };
}

/* From one texture into another of the same kind, and the same on the host. */
static void check_between(struct nv_rig *rig, struct pair *dst, struct pair *src,
                          uint64_t *seed)
{
    struct copy copy = random_box(seed, &dst->gpu), host;
    copy.src = copy.dst;
    copy.src.x = 0;
    copy.src.y = 0;
    host = copy;
    copy.dst.resource = &dst->gpu;
    copy.src.resource = &src->gpu;
    host.dst.resource = &dst->host;
    host.src.resource = &src->host;
    CHECK_EQ(nvidia_copy(rig->stream, &copy), IST_OK);
    cpu_copy(cpu_device(), &host);
}

/* From plain memory that is gone as soon as the call is back. */
static void check_update(struct nv_rig *rig, struct pair *dst, uint64_t *seed)
{
    struct copy copy = random_box(seed, &dst->gpu), host;
    size_t row_pitch = copy.row_bytes + below(seed, 40);
    size_t slice_pitch = row_pitch * copy.rows + below(seed, 40);
    size_t bytes = slice_pitch * copy.slices;
    unsigned char *memory = malloc(bytes);
    CHECK(memory != NULL);
    for (size_t i = 0; i < bytes; i++)
        memory[i] = (unsigned char)rig_random(seed);
    copy.src =
        (struct place){.memory = memory, .row_pitch = row_pitch, .slice_pitch = slice_pitch};
    host = copy;
    copy.dst.resource = &dst->gpu;
    host.dst.resource = &dst->host;
    cpu_copy(cpu_device(), &host);
    CHECK_EQ(nvidia_copy(rig->stream, &copy), IST_OK);
    memset(memory, 0xee, bytes);
    free(memory);
}

/* Into plain memory. */
static void check_readback(struct nv_rig *rig, struct pair *src, uint64_t *seed)
{
    struct copy copy = random_box(seed, &src->gpu), host;
    size_t slice_pitch = copy.row_bytes * copy.rows + below(seed, 9);
    size_t bytes = slice_pitch * copy.slices;
    unsigned char *found = calloc(1, bytes), *wanted = calloc(1, bytes);
    CHECK(found && wanted);
    copy.src = copy.dst;
    copy.dst = (struct place){.memory = found,
                              .row_pitch = copy.row_bytes,
                              .slice_pitch = slice_pitch};
    host = copy;
    host.dst.memory = wanted;
    copy.src.resource = &src->gpu;
    host.src.resource = &src->host;
    CHECK_EQ(nvidia_copy(rig->stream, &copy), IST_OK);
    cpu_copy(cpu_device(), &host);
    nv_rig_sync(rig);
    CHECK_MEM(found, wanted, bytes);
    free(found);
    free(wanted);
}

static void check_shape(const struct layout_request *shape, bool shareable)
{
    uint64_t seed = shape->format * 7 + shape->slices;
    struct nv_rig rig = nv_rig_open();
    struct pair dst = pair_new(&rig, shape, shareable, 1);
    struct pair src = pair_new(&rig, shape, !shareable, 2);
    for (unsigned i = 0; i < 12; i++) {
        check_between(&rig, &dst, &src, &seed);
        check_update(&rig, &dst, &seed);
    }
    nv_rig_sync(&rig);
    for (unsigned i = 0; i < 4; i++)
        check_readback(&rig, &dst, &seed);
    pair_check(&rig, &dst);
    pair_check(&rig, &src);
    pair_end(&rig, &dst);
    pair_end(&rig, &src);
    nv_rig_finish(&rig);
}

TEST(buffers)
{
    struct layout_request shape = request(DIMENSION_BUFFER, 0, 1, 1);
    check_shape(&shape, true);
    check_shape(&shape, false);
}

TEST(every_format)
{
    unsigned count = 0;
    for (uint32_t format = 1; format < 133; format++) {
        struct layout_request shape = request(DIMENSION_2D, format, 1, 1);
        struct layout layout;
        if (!format_get(format) || layout_compute(&shape, &layout) != IST_OK)
            continue;
        check_shape(&shape, count++ % 2);
    }
    CHECK(count > 100);
}

TEST(every_dimension_with_levels_and_slices)
{
    static const uint32_t formats[] = {61, 54, 28, 10, 2, 6, 74};
    static const enum dimension dimensions[] = {DIMENSION_1D, DIMENSION_2D, DIMENSION_3D};
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++)
        for (unsigned j = 0; j < ARRAY_SIZE(dimensions); j++) {
            bool blocks = format_get(formats[i])->traits & FORMAT_BLOCK;
            if (blocks && dimensions[j] != DIMENSION_2D)
                continue;
            uint32_t slices = dimensions[j] == DIMENSION_3D ? 1 : 3;
            struct layout_request shape =
                request(dimensions[j], formats[i], blocks ? 1 : 4, slices);
            check_shape(&shape, true);
        }
}

TEST(planes_of_arrays)
{
    struct layout_request shape = request(DIMENSION_2D, 103, 1, 3);
    check_shape(&shape, true);
    check_shape(&shape, false);
}

/* Larger than the pieces in which the host's memory is read. */
static void check_large(const struct layout_request *shape)
{
    struct nv_rig rig = nv_rig_open();
    struct pair pair = pair_new(&rig, shape, false, 5);
    const struct layout_level *l = &pair.gpu.layout.level[0];
    size_t slices = pair.gpu.layout.slices, bytes = l->row_bytes * l->rows * slices;
    unsigned char *memory = malloc(bytes);
    uint64_t seed = 8;
    CHECK(memory != NULL);
    for (size_t i = 0; i < bytes; i++)
        memory[i] = (unsigned char)rig_random(&seed);
    struct copy copy = {.dst.resource = &pair.gpu,
                        .src = {.memory = memory,
                                .row_pitch = l->row_bytes,
                                .slice_pitch = l->row_bytes * l->rows},
                        .row_bytes = l->row_bytes,
                        .rows = l->rows,
                        .slices = slices};
    struct copy host = copy;
    host.dst.resource = &pair.host;
    cpu_copy(cpu_device(), &host);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nvidia_copy(rig.stream, &copy), IST_OK);
    memset(memory, 0xee, bytes);
    nv_rig_sync(&rig);
    pair_check(&rig, &pair);
    free(memory);
    pair_end(&rig, &pair);
    nv_rig_finish(&rig);
}

TEST(large_sources_go_in_pieces)
{
    struct layout_request buffer = {.dimension = DIMENSION_BUFFER,
                                    .width = 2 * NV_STAGE_BYTES + 4099};
    struct layout_request picture = {.dimension = DIMENSION_2D,
                                     .format = 2,
                                     .width = 700,
                                     .height = 500,
                                     .levels = 1,
                                     .slices = 2};
    struct layout_request planar = {.dimension = DIMENSION_2D,
                                    .format = 103,
                                    .width = 2048,
                                    .height = 2048,
                                    .levels = 1,
                                    .slices = 1};
    check_large(&buffer);
    check_large(&picture);
    check_large(&planar);
}

/* The stream waits; the source changes; what is copied is what it was. */
TEST(a_source_is_read_at_once_even_if_the_stream_waits)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request shape = request(DIMENSION_2D, 28, 1, 1);
    struct pair pair = pair_new(&rig, &shape, false, 3);
    struct sync_page *page;
    int fd;
    uint64_t seed = 4;
    CHECK_EQ(sync_page_create(&page, &fd), IST_OK);
    CHECK_EQ(nvidia_page_use(rig.dev, page), IST_OK);
    CHECK_EQ(nvidia_wait(rig.stream, &page->fence_gpu, 1, 0), IST_OK);
    for (int i = 0; i < 300; i++)
        check_update(&rig, &pair, &seed);
    CHECK_EQ(nvidia_signal(rig.stream, NULL, ++rig.ticket), IST_OK);
    CHECK_EQ(nvidia_progress(rig.stream), rig.ticket - 1);
    store_release(&page->fence_gpu.word, 1);
    nv_rig_wait(rig.stream, rig.ticket);
    pair_check(&rig, &pair);
    nvidia_page_leave(rig.dev, page);
    sync_page_close(page);
    close(fd);
    pair_end(&rig, &pair);
    nv_rig_finish(&rig);
}

TEST(staging_memory_is_used_again)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 300000};
    struct pair pair = pair_new(&rig, &shape, false, 3);
    uint64_t seed = 4;
    for (int i = 0; i < 100; i++) {
        check_update(&rig, &pair, &seed);
        nv_rig_sync(&rig);
    }
    pair_check(&rig, &pair);
    CHECK(fake.live(FAKECUDA_HOST) <= 4); /* words, the host's side, one or two chunks */
    pair_end(&rig, &pair);
    nv_rig_finish(&rig);
}

TEST(nothing_to_copy_is_no_call)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request shape = request(DIMENSION_2D, 28, 1, 1);
    struct resource r = nv_rig_create(&rig, &shape, false);
    struct copy copy = {
        .dst.resource = &r, .src.resource = &r, .row_bytes = 4, .rows = 0, .slices = 1};
    size_t before = fake.calls(NULL);
    CHECK_EQ(nvidia_copy(rig.stream, &copy), IST_OK);
    CHECK_EQ(fake.calls(NULL), before);
    nv_rig_destroy(&rig, &r);
    nv_rig_finish(&rig);
}

TEST(failures_are_passed_on)
{
    static const char *const calls[] = {"cuMemcpy3DAsync", "cuMemHostAlloc",
                                        "cuStreamWriteValue64", "cuCtxPushCurrent"};
    struct nv_rig rig = nv_rig_open();
    struct layout_request shape = request(DIMENSION_2D, 28, 1, 1);
    struct resource r = nv_rig_create(&rig, &shape, false);
    static unsigned char memory[48 * 4 * 32];
    struct copy copy = {.dst.resource = &r,
                        .src = {.memory = memory, .row_pitch = 192},
                        .row_bytes = 192,
                        .rows = 32,
                        .slices = 1};
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        nv_stage_leave(rig.stream);
        CHECK_EQ(nv_rig_free(&rig), 0);
        fake.fail(calls[i], 1, CUDA_ERROR_OUT_OF_MEMORY);
        CHECK_EQ(nvidia_copy(rig.stream, &copy), IST_NO_MEMORY);
        CHECK_EQ(nvidia_copy(rig.stream, &copy), IST_OK);
        nv_rig_sync(&rig);
    }
    nv_rig_destroy(&rig, &r);
    nv_rig_finish(&rig);
}
