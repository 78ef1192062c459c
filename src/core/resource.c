/* SPDX-License-Identifier: MIT */
/* Resources do not change after creation, so nothing here needs a lock. */
#include "core/resource.h"

#include <assert.h>

static void resource_end(struct object *object)
{
    (void)object; /* queued work and mappings go on; nothing waits for a resource */
}

static void resource_destroy(struct object *object)
{
    struct resource *r = resource_from_object(object);
    if (r->desc.keyed_mutex)
        kmutex_finish(&r->kmutex);
    r->device->ops->memory_destroy(r->device, &r->memory);
    free(r);
}

static const struct object_ops resource_ops = {
    .end = resource_end,
    .destroy = resource_destroy,
};

struct resource *resource_from_object(struct object *object)
{
    assert(object->ops == &resource_ops);
    return container_of(object, struct resource, object);
}

enum ist_status resource_create(struct session *session, struct device *device,
                                const struct resource_desc *desc, enum holder first,
                                struct resource **out)
{
    _cleanup_(freep) struct resource *r = calloc(1, sizeof(*r));
    if (!r)
        return refuse(IST_NO_MEMORY, "no memory to describe a resource");

    r->device = device;
    r->desc = *desc;
    if (desc->shape.dimension != DIMENSION_BUFFER)
        r->format = format_get(desc->shape.format);
    enum ist_status status = layout_compute(&desc->shape, &r->layout);
    if (status != IST_OK)
        return status;
    /* Pages come on first touch: what rounding adds to shareable memory costs nothing. */
    bool shareable = desc->sharing != SHARING_NONE;
    size_t size = shareable ? align_up(r->layout.size, RESOURCE_GRANULARITY) : r->layout.size;
    status = device->ops->memory_create(device, size, shareable, &r->memory);
    if (status != IST_OK)
        return status;

    object_init(&r->object, &resource_ops, session, OBJECT_RESOURCE, first);
    if (desc->keyed_mutex)
        kmutex_init(&r->kmutex, &r->object);
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
