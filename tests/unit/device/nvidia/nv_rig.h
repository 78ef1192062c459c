/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the NVIDIA device share: the fake driver, a device with one stream, and
 * resources without objects around them. Included once by each test program. A test opens the
 * rig and finishes it, which checks that the driver has everything back.
 */
#ifndef ISTHMUS_TEST_NV_RIG_H
#define ISTHMUS_TEST_NV_RIG_H

#include "fakecuda/fakecuda.h"

static void nv_rig_prepare(void);
#define RIG_WARM_UP nv_rig_prepare

#include "device/nvidia/nvidia.h"
#include "unit/core/rig.h"

#include <dlfcn.h>
#include <sched.h>
#include <unistd.h>

/* The fake's own functions, from the library that the device has loaded. */
static struct {
    size_t (*live)(enum fakecuda_kind kind);
    size_t (*calls)(const char *name);
    void (*fail)(const char *name, size_t n, int code);
    void (*lose)(int code);
    size_t (*waiting)(void);
    size_t (*bytes)(void);
} fake;

static void nv_rig_environment(void)
{
    setenv("ISTHMUS_LIBCUDA", FAKECUDA_PATH, 0);
    setenv("ISTHMUS_FAKECUDA_DEVICES", "2", 0);
}

RIG_UNUSED static void *nv_rig_symbol(const char *name)
{
    void *library = dlopen(getenv("ISTHMUS_LIBCUDA"), RTLD_NOW | RTLD_NOLOAD);
    void *found = library ? dlsym(library, name) : NULL;
    if (library)
        dlclose(library);
    return found;
}

RIG_UNUSED static void nv_rig_find_fake(void)
{
    *(void **)&fake.live = nv_rig_symbol("fakecuda_live");
    *(void **)&fake.calls = nv_rig_symbol("fakecuda_calls");
    *(void **)&fake.fail = nv_rig_symbol("fakecuda_fail");
    *(void **)&fake.lose = nv_rig_symbol("fakecuda_lose");
    *(void **)&fake.waiting = nv_rig_symbol("fakecuda_waiting");
    *(void **)&fake.bytes = nv_rig_symbol("fakecuda_bytes");
}

struct nv_rig {
    struct device *dev;
    struct nvidia *nv;
    struct gpu_stream *stream;
    uint64_t ticket;
};

RIG_UNUSED static struct device *nv_rig_device(unsigned index)
{
    struct device *found[4] = {NULL};
    CHECK(nvidia_probe(found, 4) > index);
    return found[index];
}

RIG_UNUSED static struct nv_rig nv_rig_open_on(unsigned index)
{
    struct nv_rig rig = {.dev = nv_rig_device(index)};
    rig.nv = nvidia_from_device(rig.dev);
    nv_rig_find_fake();
    CHECK(fake.live && fake.calls && fake.fail && fake.lose && fake.waiting && fake.bytes);
    CHECK_EQ(nvidia_stream_create(rig.dev, &rig.stream), IST_OK);
    return rig;
}

RIG_UNUSED static struct nv_rig nv_rig_open(void)
{
    return nv_rig_open_on(0);
}

RIG_UNUSED static void nv_rig_wait(struct gpu_stream *stream, uint64_t ticket)
{
    int64_t late = rig_late();
    while (nvidia_progress(stream) < ticket && clock_now_ns() < late)
        sched_yield();
    CHECK(nvidia_progress(stream) >= ticket);
}

/* A wait that something is to come behind: it is not held back. */
RIG_UNUSED static void nv_rig_block(struct gpu_stream *stream, struct sync_gpu *gpu,
                                    uint64_t value)
{
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nvidia_wait(stream, gpu, value, 0), IST_OK);
    CHECK_EQ(nv_enter(stream->nv, &scope), IST_OK);
    CHECK_EQ(nv_stream_begin_work(stream), IST_OK);
    nv_leave(&scope);
}

/* All that was submitted is done. */
RIG_UNUSED static void nv_rig_sync(struct nv_rig *rig)
{
    CHECK_EQ(nvidia_signal(rig->stream, NULL, ++rig->ticket), IST_OK);
    nv_rig_wait(rig->stream, rig->ticket);
}

RIG_UNUSED static void nv_rig_check_empty(void)
{
    CHECK_EQ(fake.live(FAKECUDA_KINDS), 0);
    CHECK_EQ(fake.live(FAKECUDA_CONTEXT), 0);
    CHECK_EQ(nv_pages_in_use(), 0);
}

/* Frees what can be, kept staging memory included. Returns what is left. */
RIG_UNUSED static unsigned nv_rig_free(struct nv_rig *rig)
{
    struct nv_scope scope = {.nv = NULL};
    if (nv_enter(rig->nv, &scope) == IST_OK)
        nv_stage_close(rig->nv);
    unsigned left = nv_free_due(rig->nv);
    nv_leave(&scope);
    return left;
}

RIG_UNUSED static void nv_rig_finish(struct nv_rig *rig)
{
    nvidia_stream_destroy(rig->stream);
    CHECK_EQ(nv_rig_free(rig), 0);
    nvidia_close(rig->dev);
    nv_rig_check_empty();
}

/* As core makes it, without the object. */
RIG_UNUSED static struct resource nv_rig_resource(struct nv_rig *rig,
                                                  const struct layout_request *shape, bool host)
{
    struct resource r = {
        .device = rig->dev,
        .desc = {.shape = *shape, .host_access = host},
        .memory.fd = -1,
    };
    if (shape->dimension != DIMENSION_BUFFER)
        r.format = format_get(shape->format);
    CHECK_EQ(layout_compute(shape, &r.layout), IST_OK);
    return r;
}

RIG_UNUSED static struct resource nv_rig_create(struct nv_rig *rig,
                                                const struct layout_request *shape,
                                                bool shareable)
{
    struct resource r = nv_rig_resource(rig, shape, false);
    CHECK_EQ(nvidia_resource_create(rig->dev, &r, shareable), IST_OK);
    return r;
}

/* What the host maps. */
RIG_UNUSED static struct resource nv_rig_staging(struct nv_rig *rig,
                                                 const struct layout_request *shape)
{
    struct resource r = nv_rig_resource(rig, shape, true);
    CHECK_EQ(nvidia_resource_create(rig->dev, &r, false), IST_OK);
    return r;
}

RIG_UNUSED static void nv_rig_destroy(struct nv_rig *rig, struct resource *r)
{
    nvidia_resource_destroy(rig->dev, r);
}

/* One whole level of all slices, between resources of one shape. */
RIG_UNUSED static struct copy nv_rig_level(struct resource *dst, struct resource *src,
                                           uint32_t level)
{
    const struct layout_level *l = &src->layout.level[level];
    return (struct copy){
        .dst = {.resource = dst, .level = level},
        .src = {.resource = src, .level = level},
        .row_bytes = l->row_bytes,
        .rows = l->rows,
        .slices = src->desc.shape.dimension == DIMENSION_3D ? l->depth : src->layout.slices,
    };
}

RIG_UNUSED static void nv_rig_copy_all(struct nv_rig *rig, struct resource *dst,
                                       struct resource *src)
{
    for (uint32_t i = 0; i < src->layout.levels; i++) {
        struct copy copy = nv_rig_level(dst, src, i);
        CHECK_EQ(nvidia_copy(rig->stream, &copy), IST_OK);
    }
}

static void nv_rig_prepare(void)
{
    nv_rig_environment();
#ifdef NV_RIG_PREPARE
    NV_RIG_PREPARE();
#endif
}

#endif
