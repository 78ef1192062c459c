/* SPDX-License-Identifier: MIT */
/* An object around a timeline; no lock of its own. */
#include "core/fence.h"

#include <assert.h>

static void fence_end(struct object *object)
{
    timeline_end(&fence_from_object(object)->timeline);
}

static void fence_destroy(struct object *object)
{
    struct fence *fence = fence_from_object(object);
    timeline_finish(&fence->timeline);
    free(fence);
}

static const struct object_ops fence_ops = {.end = fence_end, .destroy = fence_destroy};

struct fence *fence_from_object(struct object *object)
{
    assert(object->ops == &fence_ops);
    return container_of(object, struct fence, object);
}

enum ist_status fence_create(struct session *session, struct device *device, uint64_t value,
                             unsigned flags, struct fence **out)
{
    struct fence *fence = malloc(sizeof(*fence));
    if (!fence)
        return refuse(IST_NO_MEMORY, "no memory for a fence");
    object_init(&fence->object, &fence_ops, session, OBJECT_FENCE, HOLDER_COM);
    fence->device = device;
    fence->flags = flags;
    timeline_init(&fence->timeline, value);
    *out = fence;
    return IST_OK;
}

uint64_t fence_value(struct fence *fence)
{
    /* Acquire in both: an ended fence has no owner left who could still set it. */
    return load_acquire(&fence->object.owners) ? timeline_value(&fence->timeline) : UINT64_MAX;
}

void fence_signal(struct fence *fence, uint64_t value)
{
    timeline_set(&fence->timeline, value);
}

/*
 * One registration of an event: freed by its own firing, which comes at the latest at the end.
 */
struct notify {
    struct waiter waiter;
    struct event *event; /* pinned as HOLDER_WORK */
};

static void notify_fire(struct waiter *waiter)
{
    struct notify *n = container_of(waiter, struct notify, waiter);
    event_set(n->event);
    object_drop(&n->event->object, HOLDER_WORK);
    free(n);
}

enum ist_status fence_notify(struct fence *fence, uint64_t value, struct event *event)
{
    struct notify *n = calloc(1, sizeof(*n));
    if (!n)
        return refuse(IST_NO_MEMORY, "no memory to register an event");
    n->event = event;
    object_hold(&event->object, HOLDER_WORK);
    if (!timeline_watch(&fence->timeline, &n->waiter, value, notify_fire))
        notify_fire(&n->waiter);
    return IST_OK;
}

enum ist_status fence_wait(struct fence *fence, uint64_t value, int64_t deadline_ns)
{
    /* Pinned: the last owner may go while we sleep, and that end is what wakes us. */
    object_hold(&fence->object, HOLDER_WORK);
    enum ist_status status = timeline_wait(&fence->timeline, value, deadline_ns);
    object_drop(&fence->object, HOLDER_WORK);
    return status;
}
