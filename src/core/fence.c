/* SPDX-License-Identifier: MIT */
/*
 * An object around a timeline. The page is made when the fence first leaves the process: until
 * then it costs no fd. The lock only keeps two sharers from making two. On a GPU streams use
 * the page, so there it is made with the fence.
 */
#include "core/fence.h"

#include "base/gate.h"
#include "core/gpu.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

static void fence_end(struct object *object)
{
    timeline_end(&fence_from_object(object)->timeline);
}

static void fence_free(struct fence *fence)
{
    sync_page_close(fence->page);
    if (fence->page_fd >= 0)
        close(fence->page_fd);
    pthread_mutex_destroy(&fence->lock);
    free(fence);
}

static void fence_destroy(struct object *object)
{
    struct fence *fence = fence_from_object(object);
    timeline_finish(&fence->timeline);
    if (fence->timeline.gpu)
        fence->device->ops->gpu->page_leave(fence->device, fence->page);
    fence_free(fence);
}

static void fence_describe(struct object *object, char *out, size_t size)
{
    struct fence *fence = fence_from_object(object);
    if (timeline_ended(&fence->timeline))
        snprintf(out, size, "ended");
    else
        snprintf(out, size, "value %llu", (unsigned long long)fence_value(fence));
}

/* Registered events hold no pin: nobody could drop it under the timeline's lock. */
static bool fence_awaited(struct object *object)
{
    struct timeline *t = &fence_from_object(object)->timeline;
    gate_lock(&t->lock);
    bool awaited = !list_empty(&t->waiters);
    gate_unlock(&t->lock);
    return awaited;
}

static const struct object_ops fence_ops = {
    .awaited = fence_awaited,
    .end = fence_end,
    .destroy = fence_destroy,
    .describe = fence_describe,
};

struct fence *fence_from_object(struct object *object)
{
    assert(object->ops == &fence_ops);
    return container_of(object, struct fence, object);
}

/* All but its timeline and the object, which comes last. */
static struct fence *fence_new(struct device *device, unsigned flags)
{
    struct fence *fence = calloc(1, sizeof(*fence));
    if (!fence)
        return NULL;
    fence->device = device;
    fence->flags = flags;
    fence->page_fd = -1;
    pthread_mutex_init(&fence->lock, NULL);
    return fence;
}

/* A fence whose device has no streams costs nothing here. */
static enum ist_status use_page(struct fence *fence)
{
    const struct gpu_ops *gpu = fence->device->ops->gpu;
    enum ist_status status = gpu ? gpu->page_use(fence->device, fence->page) : IST_OK;
    if (gpu && status == IST_OK)
        timeline_use_gpu(&fence->timeline, fence->device, &fence->page->fence_gpu);
    return status;
}

/* On a page from the start. */
static enum ist_status start_on_page(struct fence *fence, uint64_t value)
{
    enum ist_status status = sync_page_create(&fence->page, &fence->page_fd);
    if (status != IST_OK)
        return status;
    store_relaxed(&fence->page->fence.value, value);
    sync_gpu_start(&fence->page->fence_gpu, value);
    timeline_init_on(&fence->timeline, &fence->page->fence, NULL);
    return use_page(fence);
}

enum ist_status fence_create(struct session *session, struct device *device, uint64_t value,
                             unsigned flags, struct fence **out)
{
    struct fence *fence = fence_new(device, flags);
    if (!fence)
        return refuse(IST_NO_MEMORY, "no memory for a fence");
    enum ist_status status = IST_OK;
    if (device->ops->gpu)
        status = start_on_page(fence, value);
    else
        timeline_init(&fence->timeline, value);
    if (status != IST_OK) {
        fence_free(fence);
        return status;
    }
    object_init(&fence->object, &fence_ops, session, OBJECT_FENCE, HOLDER_COM);
    *out = fence;
    return IST_OK;
}

enum ist_status fence_open(struct session *session, struct device *device, unsigned flags,
                           int page_fd, enum holder first, struct fence **out)
{
    struct sync_page *page = NULL;
    enum ist_status status = sync_page_open(page_fd, &page);
    struct fence *fence = status == IST_OK ? fence_new(device, flags) : NULL;
    if (!fence) {
        sync_page_close(page);
        close(page_fd);
        return status != IST_OK ? status : refuse(IST_NO_MEMORY, "no memory for a fence");
    }
    fence->page = page;
    fence->page_fd = page_fd;
    timeline_init_on(&fence->timeline, &page->fence, NULL);
    status = use_page(fence);
    if (status == IST_OK)
        status = timeline_share(&fence->timeline, &page->fence); /* nobody waits: cannot fail */
    if (status != IST_OK) {
        fence_free(fence);
        return status;
    }
    object_init(&fence->object, &fence_ops, session, OBJECT_FENCE, first);
    *out = fence;
    return IST_OK;
}

/* Another process will open the page: it may be there, and not be shared yet. */
static enum ist_status share_locked(struct fence *fence)
{
    if (fence->page)
        return timeline_share(&fence->timeline, &fence->page->fence);
    struct sync_page *page;
    int fd;
    enum ist_status status = sync_page_create(&page, &fd);
    if (status != IST_OK)
        return status;
    status = timeline_share(&fence->timeline, &page->fence);
    if (status != IST_OK) {
        sync_page_close(page);
        close(fd);
        return status;
    }
    fence->page = page;
    fence->page_fd = fd;
    return IST_OK;
}

enum ist_status fence_share(struct fence *fence, int *page_fd)
{
    gate_lock(&fence->lock);
    enum ist_status status = share_locked(fence);
    if (status == IST_OK)
        *page_fd = fence->page_fd;
    gate_unlock(&fence->lock);
    return status;
}

uint64_t fence_value(struct fence *fence)
{
    return timeline_ended(&fence->timeline) ? UINT64_MAX : timeline_value(&fence->timeline);
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
    enum ist_status status = timeline_prepare(&fence->timeline);
    if (status != IST_OK)
        return status;
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
