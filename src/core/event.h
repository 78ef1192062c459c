/* SPDX-License-Identifier: MIT */
/* Events that threads wait for, one or many at a time; manual or auto reset. */
#ifndef ISTHMUS_CORE_EVENT_H
#define ISTHMUS_CORE_EVENT_H

#include "base/list.h"
#include "core/object.h"

#include <pthread.h>

#define EVENT_WAIT_MAX 64

struct event {
    struct object object;
    pthread_mutex_t lock; /* guards the rest; rank: after timelines. Several: by address */
    bool manual_reset;
    bool set;
    struct list waiters; /* of struct event_waiter (event.c), oldest first */
    unsigned generation; /* of `waiters`: gate_generation() */
};

/* Owned once, as HOLDER_COM: hand it to a handle, then drop that. */
enum ist_status event_create(struct session *session, bool manual_reset, bool set,
                             struct event **out) FRONT_API(event_create) MUST_CHECK;
struct event *event_from_object(struct object *object) FRONT_API(event_from_object);

/* An auto-reset event lets one waiter go and stays unset; otherwise it becomes set. */
void event_set(struct event *event) FRONT_API(event_set);
void event_reset(struct event *event) FRONT_API(event_reset);

/*
 * Waits for one of them, or for all at the same time; what is auto-reset is consumed, all or
 * nothing. *out: the lowest index that was satisfied (0 when all). The caller holds the events.
 * IST_TIMEOUT at the deadline (a deadline in the past polls). count: 1 .. EVENT_WAIT_MAX.
 */
enum ist_status event_wait(struct event *const *events, unsigned count, bool all,
                           int64_t deadline_ns, unsigned *out) FRONT_API(event_wait) MUST_CHECK;

#endif
