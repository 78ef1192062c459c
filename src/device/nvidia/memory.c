/* SPDX-License-Identifier: MIT */
/*
 * The memory of resources. What may be shared lies in memory with an fd, textures there as
 * arrays; what the host maps lies in pinned memory; all else is the driver's to place. Zeroing
 * is over when a resource is handed out: other streams and processes need not wait for it.
 */
#include "device/nvidia/nvidia.h"

#include <unistd.h>

/* Also what is half made. Outside a scope only in a fork's child, or with a lost device. */
static void resource_free(struct nvidia *nv, struct nv_resource *res)
{
    if (nv_alive(nv)) {
        nv_arrays_release(res);
        nv_block_release(res);
        if (res->allocated)
            driver.memory_free(res->at);
    }
    if (res->host)
        nv_pinned_destroy(nv, res->host, res->size);
    free(res);
}

static void bury(struct nvidia *nv, struct nv_grave *grave)
{
    resource_free(nv, container_of(grave, struct nv_resource, grave));
}

static struct nv_resource *resource_new(struct nvidia *nv)
{
    struct nv_resource *res = calloc(1, sizeof(*res));
    if (res) {
        res->nv = nv;
        res->grave.bury = bury;
    }
    return res;
}

static enum ist_status finish_service(struct nvidia *nv)
{
    return NV_CALL(nv, "the zeroing of a resource", stream_sync, nv->service);
}

static enum ist_status zero_linear(struct nvidia *nv, const struct nv_resource *res)
{
    enum ist_status status =
        NV_CALL(nv, "the zeroing of a resource", set_8, res->at, 0, res->size, nv->service);
    return status == IST_OK ? finish_service(nv) : status;
}

/* Arrays of their own have no linear address: level by level, as a clear would. */
static enum ist_status zero_arrays(struct nvidia *nv, struct resource *r)
{
    struct gpu_stream stream = {.nv = nv, .cu = nv->service};
    enum ist_status status = nv_words_take(nv, &stream.words);
    if (status != IST_OK)
        return status;
    for (uint32_t i = 0; i < r->layout.levels && status == IST_OK; i++) {
        const struct layout_level *level = &r->layout.level[i];
        struct fill fill = {
            .dst = {.resource = r, .level = i},
            .row_bytes = level->row_bytes,
            .rows = level->rows,
            .slices = r->layout.slices * level->depth,
            .pattern_bytes = 1,
        };
        status = nvidia_fill(&stream, &fill);
    }
    if (status == IST_OK)
        status = finish_service(nv);
    nv_stage_leave(&stream);
    nv_words_give(nv, stream.words, 0, stream.staged);
    return status;
}

static enum ist_status create_host(struct nvidia *nv, struct resource *r)
{
    struct nv_resource *res = r->gpu;
    size_t size = r->layout.size;
    enum ist_status status =
        nv_pinned_create(nv, size, "memory that the host maps", &res->host);
    if (status != IST_OK)
        return status;
    res->at = (uintptr_t)res->host;
    res->size = size;
    r->memory = (struct memory){.base = res->host, .size = size, .fd = -1};
    return IST_OK;
}

static enum ist_status create_buffer(struct nvidia *nv, struct resource *r)
{
    struct nv_resource *res = r->gpu;
    res->size = r->layout.size;
    enum ist_status status =
        NV_CALL(nv, "the memory of a buffer", memory_alloc, &res->at, res->size);
    res->allocated = status == IST_OK;
    if (status == IST_OK)
        status = zero_linear(nv, res);
    if (status == IST_OK)
        r->memory = (struct memory){.size = res->size, .fd = -1};
    return status;
}

static enum ist_status create_texture(struct nvidia *nv, struct resource *r)
{
    struct nv_shape shape;
    enum ist_status status = nv_shape_compute(r, &shape);
    if (status == IST_OK)
        status = nv_arrays_create(nv, r->gpu, &shape);
    if (status == IST_OK)
        status = zero_arrays(nv, r);
    if (status == IST_OK)
        r->memory = (struct memory){.size = r->layout.size, .fd = -1};
    return status;
}

static size_t whole_units(const struct nvidia *nv, uint64_t bytes)
{
    return align_up(bytes, nv->granularity);
}

/* *fits false: the estimate was too small, and nothing is left behind. */
static enum ist_status try_texture(struct nvidia *nv, struct nv_resource *res,
                                   const struct nv_shape *shape, unsigned attempt, int *fd,
                                   bool *fits)
{
    size_t size = whole_units(nv, nv_shape_bytes(shape, attempt));
    enum ist_status status = nv_block_create(nv, res, size, fd);
    if (status == IST_OK)
        status = nv_arrays_map(nv, res, shape, *fd, size, fits);
    if (status == IST_OK && !*fits) {
        nv_arrays_release(res);
        nv_block_release(res);
        close(take(fd, -1));
    }
    return status;
}

static enum ist_status create_shared_texture(struct nvidia *nv, struct resource *r, int *fd)
{
    struct nv_shape shape;
    bool fits = false;
    enum ist_status status = nv_shape_compute(r, &shape);
    for (unsigned i = 0; i < NV_SHAPE_ATTEMPTS && status == IST_OK && !fits; i++)
        status = try_texture(nv, r->gpu, &shape, i, fd, &fits);
    if (status == IST_OK && !fits)
        return refuse(IST_NOT_SUPPORTED, "the driver lays no array of this shape over memory");
    return status;
}

static void fd_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum ist_status create_shared(struct nvidia *nv, struct resource *r)
{
    struct nv_resource *res = r->gpu;
    _cleanup_(fd_closep) int fd = -1;
    size_t size = whole_units(nv, align_up(r->layout.size, RESOURCE_GRANULARITY));
    enum ist_status status = r->format ? create_shared_texture(nv, r, &fd)
                                       : nv_block_create(nv, res, size, &fd);
    if (status == IST_OK)
        status = zero_linear(nv, res);
    if (status == IST_OK)
        r->memory = (struct memory){.size = res->size, .fd = take(&fd, -1)};
    return status;
}

static enum ist_status create_kind(struct nvidia *nv, struct resource *r, bool shareable)
{
    if (r->desc.host_access && shareable)
        return refuse(IST_NOT_SUPPORTED, "memory that the host maps cannot be shared by this "
                                         "device");
    if (r->desc.host_access)
        return create_host(nv, r);
    if (shareable)
        return create_shared(nv, r);
    return r->format ? create_texture(nv, r) : create_buffer(nv, r);
}

/*
 * What is half made may still be zeroed; and it is freed later, too: no wait of another stream
 * may hold up a refusal.
 */
static enum ist_status settle(struct nvidia *nv, struct resource *r, enum ist_status status)
{
    if (status != IST_OK) {
        struct nv_resource *res = take(&r->gpu, NULL);
        driver.stream_sync(nv->service);
        nv_free_later(nv, &res->grave);
    }
    return status;
}

enum ist_status nvidia_resource_create(struct device *dev, struct resource *r, bool shareable)
{
    struct nvidia *nv = nvidia_from_device(dev);
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(nv, &scope);
    if (status != IST_OK)
        return status;
    (void)nv_free_due(nv);
    r->gpu = resource_new(nv);
    if (!r->gpu)
        return refuse(IST_NO_MEMORY, "no memory to describe a resource of the device");
    return settle(nv, r, create_kind(nv, r, shareable));
}

/*
 * The size is what the sender says. That the arrays need no more is the driver's check, that
 * the memory has as much is nv_block_map()'s.
 */
static enum ist_status open_texture(struct nvidia *nv, struct resource *r, int fd, size_t size)
{
    struct nv_resource *res = r->gpu;
    struct nv_shape shape;
    bool fits = false;
    if (nv_shape_compute(r, &shape) != IST_OK)
        return refuse(IST_BAD_PARCEL, "the description is of no texture that a GPU shares");
    enum ist_status status = nv_arrays_map(nv, res, &shape, fd, size, &fits);
    if (status == IST_OK && !fits)
        return refuse(IST_BAD_PARCEL, "a payload of %zu bytes is too small for its texture",
                      size);
    return status;
}

static enum ist_status check_size(const struct nvidia *nv, const struct resource *r)
{
    size_t size = r->memory.size;
    if (r->desc.host_access)
        return refuse(IST_BAD_PARCEL, "memory that the host maps is never shared");
    if (!size || size % nv->granularity || size > nv->device.memory_bytes ||
        !nv_block_importable(size))
        return refuse(IST_BAD_PARCEL,
                      "a payload of %zu bytes: such memory has whole %zu, and fits a GPU", size,
                      nv->granularity);
    if (!r->format && size < r->layout.size)
        return refuse(IST_BAD_PARCEL, "a payload of %zu bytes, its description needs %zu", size,
                      r->layout.size);
    return IST_OK;
}

static enum ist_status open_kind(struct nvidia *nv, struct resource *r, int fd)
{
    size_t size = r->memory.size;
    enum ist_status status = check_size(nv, r);
    if (status == IST_OK)
        status = nv_block_open(nv, r->gpu, fd);
    if (status == IST_OK)
        status = nv_block_map(nv, r->gpu, size);
    if (status == IST_OK && r->format)
        status = open_texture(nv, r, fd, size);
    return status;
}

enum ist_status nvidia_resource_open(struct device *dev, struct resource *r, int fd)
{
    _cleanup_(fd_closep) int own = fd;
    struct nvidia *nv = nvidia_from_device(dev);
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(nv, &scope);
    if (status != IST_OK)
        return status;
    (void)nv_free_due(nv);
    r->gpu = resource_new(nv);
    if (!r->gpu)
        return refuse(IST_NO_MEMORY, "no memory to describe a resource of the device");
    status = settle(nv, r, open_kind(nv, r, own));
    if (status == IST_OK)
        r->memory =
            (struct memory){.size = ((struct nv_resource *)r->gpu)->size, .fd = take(&own, -1)};
    return status;
}

void nvidia_resource_destroy(struct device *dev, struct resource *r)
{
    struct nvidia *nv = nvidia_from_device(dev);
    struct nv_resource *res = take(&r->gpu, NULL);
    if (r->memory.fd >= 0)
        close(r->memory.fd);
    r->memory = (struct memory){.fd = -1};
    if (!res)
        return;
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    if (!nv_alive(nv) || nv_enter(nv, &scope) != IST_OK) {
        resource_free(nv, res);
        return;
    }
    nv_free_later(nv, &res->grave);
}
