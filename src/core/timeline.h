/* SPDX-License-Identifier: MIT */
/*
 * A 64-bit value and those who wait for it: what fences, queues and keyed mutexes are made of.
 * The value is set, not raised: it may go down. A waiter is satisfied once, by the first value
 * that is at or above its target, or by the end of the timeline; going down takes nothing back.
 */
#ifndef ISTHMUS_CORE_TIMELINE_H
#define ISTHMUS_CORE_TIMELINE_H

#include "base/atomics.h"
#include "base/futex.h"
#include "base/list.h"
#include "core/status.h"

#include <pthread.h>

struct timeline {
    pthread_mutex_t lock; /* guards waiters and ended; rank: before queues and events */
    _Atomic uint64_t
        value; /* stored under the lock, loaded by anybody; publishes what came before */
    bool ended;
    struct list waiters;
};

/* Filled by timeline_watch(); the owner keeps it until it fired or was unwatched. */
struct waiter {
    struct list link;
    uint64_t target;
    /* Called once, under the timeline's lock: be short, take no other timeline's lock, and
     * touch the waiter last if that frees it. */
    void (*fire)(struct waiter *waiter);
};

void timeline_init(struct timeline *t, uint64_t value);
void timeline_finish(struct timeline *t);

uint64_t timeline_value(struct timeline *t) FRONT_API(timeline_value);
void timeline_set(struct timeline *t, uint64_t value);

/* True at or above the target, and always once it has ended. */
bool timeline_reached(struct timeline *t, uint64_t target);

/* Satisfies all waiters, present and future. */
void timeline_end(struct timeline *t);

/* False: satisfied already, fire() will not be called. */
bool timeline_watch(struct timeline *t, struct waiter *waiter, uint64_t target,
                    void (*fire)(struct waiter *waiter)) MUST_CHECK;

/* True: taken back before it fired. Afterwards fire() is neither running nor to come. */
bool timeline_unwatch(struct timeline *t, struct waiter *waiter);

/* Blocks the caller: a short spin, then sleep. IST_TIMEOUT at the deadline. */
enum ist_status timeline_wait(struct timeline *t, uint64_t target, int64_t deadline_ns)
    FRONT_API(timeline_wait) MUST_CHECK;

#endif
