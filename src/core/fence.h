/* SPDX-License-Identifier: MIT */
/* A shareable fence: an object around a timeline. Its last owner's end ends every wait. */
#ifndef ISTHMUS_CORE_FENCE_H
#define ISTHMUS_CORE_FENCE_H

#include "core/event.h"
#include "core/object.h"
#include "core/timeline.h"

struct device;

struct fence {
    struct object object;
    struct device *device;
    struct timeline timeline;
    unsigned flags;         /* the creator's, kept for those who open it */
    pthread_mutex_t lock;   /* guards the rest once made; rank: before timelines */
    struct sync_page *page; /* NULL: has not crossed, and no stream of a GPU uses it */
    int page_fd;            /* -1 likewise */
};

/* Owned once, as HOLDER_COM. */
enum ist_status fence_create(struct session *session, struct device *device, uint64_t value,
                             unsigned flags, struct fence **out) FRONT_API(fence_create)
    MUST_CHECK;

/*
 * The fence of a page that another process made, owned once as `first`. Takes the fd, whatever
 * it answers. IST_BAD_PARCEL and what else sync_page_open() says.
 */
enum ist_status fence_open(struct session *session, struct device *device, unsigned flags,
                           int page_fd, enum holder first, struct fence **out) MUST_CHECK;

/*
 * From now on others may set it. *page_fd is its page, made by the first call; it stays the
 * fence's. IST_NO_MEMORY, IST_NO_RESOURCES.
 */
enum ist_status fence_share(struct fence *fence, int *page_fd) MUST_CHECK;

/* Checked downcast. */
struct fence *fence_from_object(struct object *object) FRONT_API(fence_from_object);

/* The present value; UINT64_MAX once the fence has ended. */
uint64_t fence_value(struct fence *fence) FRONT_API(fence_value);

/* Sets the value now, from the host. It may be lower than before. */
void fence_signal(struct fence *fence, uint64_t value) FRONT_API(fence_signal);

/* Sets `event` once when the value is reached (now, if it is already). Keeps the event till
 * then. */
enum ist_status fence_notify(struct fence *fence, uint64_t value, struct event *event)
    FRONT_API(fence_notify) MUST_CHECK;

/* Blocks until the value is reached or the fence ends. IST_TIMEOUT at the deadline;
 * IST_DEVICE_LOST. */
enum ist_status fence_wait(struct fence *fence, uint64_t value, int64_t deadline_ns)
    FRONT_API(fence_wait) MUST_CHECK;

#endif
