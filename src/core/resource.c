/* SPDX-License-Identifier: MIT */
/* Resources do not change after creation, so nothing here needs a lock. */
#include "core/gpu.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

static void resource_end(struct object *object)
{
    (void)object; /* queued work and mappings go on; nothing waits for a resource */
}

static void memory_free(struct resource *r)
{
    const struct device_ops *ops = r->device->ops;
    if (ops->gpu)
        ops->gpu->resource_destroy(r->device, r);
    else
        ops->memory_destroy(r->device, &r->memory);
}

static void resource_destroy(struct object *object)
{
    struct resource *r = resource_from_object(object);
    if (r->desc.keyed_mutex)
        kmutex_finish(&r->kmutex);
    if (load_acquire(&object->crossing))
        r->memory.epoch = 0; /* its fd has left the process */
    memory_free(r);
    free(r);
}

static void describe_shape(const struct resource *r, char *out, size_t size)
{
    static const char *const kinds[] = {"buffer", "1D texture", "2D texture", "3D texture"};
    const struct layout_request *s = &r->desc.shape;
    const char *name = kinds[s->dimension], *format = r->format ? r->format->name : "";
    unsigned long long width = s->width;
    if (s->dimension == DIMENSION_BUFFER)
        snprintf(out, size, "%s", name);
    else if (s->dimension == DIMENSION_1D)
        snprintf(out, size, "%s %llu, %s", name, width, format);
    else if (s->dimension == DIMENSION_2D)
        snprintf(out, size, "%s %llu x %u, %s", name, width, s->height, format);
    else
        snprintf(out, size, "%s %llu x %u x %u, %s", name, width, s->height, s->depth, format);
}

static void resource_describe(struct object *object, char *out, size_t size)
{
    static const char *const sharing[] = {"not shared", "shared by KMT number",
                                          "shared by NT handle"};
    const struct resource *r = resource_from_object(object);
    char shape[128], counts[64] = "";
    describe_shape(r, shape, sizeof(shape));
    if (r->layout.levels > 1 || r->layout.slices > 1)
        snprintf(counts, sizeof(counts), ", levels %u, slices %u", r->layout.levels,
                 r->layout.slices);
    snprintf(out, size, "%s%s, %zu bytes, %s%s", shape, counts, r->layout.size,
             sharing[r->desc.sharing], r->desc.keyed_mutex ? ", keyed mutex" : "");
}

static const struct object_ops resource_ops = {
    .end = resource_end,
    .destroy = resource_destroy,
    .describe = resource_describe,
};

struct resource *resource_from_object(struct object *object)
{
    assert(object->ops == &resource_ops);
    return container_of(object, struct resource, object);
}

/* Everything but the memory, out of a description that may be anybody's. */
static enum ist_status resource_new(struct device *device, const struct resource_desc *desc,
                                    struct resource **out)
{
    _cleanup_(freep) struct resource *r = calloc(1, sizeof(*r));
    if (!r)
        return refuse(IST_NO_MEMORY, "no memory to describe a resource");
    r->device = device;
    r->desc = *desc;
    r->memory.fd = -1;
    if (desc->shape.dimension != DIMENSION_BUFFER)
        r->format = format_get(desc->shape.format);
    enum ist_status status = layout_compute(&desc->shape, &r->layout);
    if (status == IST_OK)
        *out = take(&r, NULL);
    return status;
}

static enum ist_status make_memory(struct resource *r, bool shareable)
{
    const struct device_ops *ops = r->device->ops;
    if (ops->gpu)
        return ops->gpu->resource_create(r->device, r, shareable);
    /* Pages come on first touch: what rounding adds to shareable memory costs nothing. */
    size_t size = shareable ? align_up(r->layout.size, RESOURCE_GRANULARITY) : r->layout.size;
    return ops->memory_create(r->device, size, shareable, &r->memory);
}

/* A keyed mutex whose order streams reach, where there are any; it ends with its page. */
static enum ist_status use_gpu(struct resource *r)
{
    enum ist_status status = r->device->ops->gpu ? kmutex_use_gpu(&r->kmutex, r->device)
                                                 : IST_OK;
    if (status != IST_OK)
        kmutex_finish(&r->kmutex);
    return status;
}

enum ist_status resource_create(struct session *session, struct device *device,
                                const struct resource_desc *desc, enum holder first,
                                struct resource **out)
{
    _cleanup_(freep) struct resource *r = NULL;
    enum ist_status status = resource_new(device, desc, &r);
    if (status == IST_OK)
        status = make_memory(r, desc->sharing != SHARING_NONE);
    if (status != IST_OK)
        return status;

    if (desc->keyed_mutex)
        status = kmutex_create(&r->kmutex, &r->object);
    if (desc->keyed_mutex && status == IST_OK)
        status = use_gpu(r);
    if (status != IST_OK) {
        memory_free(r);
        return status;
    }
    object_init(&r->object, &resource_ops, session, OBJECT_RESOURCE, first);
    *out = take(&r, NULL);
    return IST_OK;
}

/* Takes the fd. A GPU's driver knows best how large its memory is. */
static enum ist_status open_memory(struct resource *r, struct resource_fds fds)
{
    const struct device_ops *ops = r->device->ops;
    if (!ops->gpu)
        return ops->memory_open(r->device, fds.payload,
                                align_up(r->layout.size, RESOURCE_GRANULARITY), &r->memory);
    r->memory.size = fds.bytes;
    return ops->gpu->resource_open(r->device, r, fds.payload);
}

/* Takes both fds. */
static enum ist_status fill_from(struct resource *r, struct resource_fds fds)
{
    enum ist_status status = open_memory(r, fds);
    if (!r->desc.keyed_mutex)
        return status;
    if (status != IST_OK) {
        close(fds.sync);
        return status;
    }
    status = kmutex_open(&r->kmutex, &r->object, fds.sync);
    if (status == IST_OK)
        status = use_gpu(r);
    if (status != IST_OK)
        memory_free(r);
    return status;
}

static void close_both(struct resource_fds fds)
{
    if (fds.payload >= 0)
        close(fds.payload);
    if (fds.sync >= 0)
        close(fds.sync);
}

enum ist_status resource_open(struct session *session, struct device *device,
                              const struct resource_desc *desc, struct resource_fds fds,
                              enum holder first, struct resource **out)
{
    _cleanup_(freep) struct resource *r = NULL;
    enum ist_status status = resource_new(device, desc, &r);
    if (status != IST_OK) {
        close_both(fds);
        return status == IST_NO_MEMORY
                   ? status
                   : refuse(IST_BAD_PARCEL, "the description is of no possible resource");
    }
    status = fill_from(r, fds);
    if (status != IST_OK)
        return status;
    object_init(&r->object, &resource_ops, session, OBJECT_RESOURCE, first);
    *out = take(&r, NULL);
    return IST_OK;
}

uint64_t resource_import_limit(const struct resource *resource)
{
    return align_up(resource->layout.size, RESOURCE_GRANULARITY);
}

unsigned char *resource_address(const struct resource *resource, uint32_t level, uint32_t slice)
{
    return resource->memory.base + layout_offset(&resource->layout, level, slice);
}
