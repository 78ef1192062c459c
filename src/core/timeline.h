/* SPDX-License-Identifier: MIT */
/*
 * A 64-bit value and those who wait for it: what fences, queues and keyed mutexes are made of.
 * The value is set, not raised: it may go down. A waiter is satisfied once, by the first value
 * that is at or above its target, or by the end of the timeline; going down takes nothing back.
 *
 * The value lies in a line: one of the timeline's own, or one in a sync page. A timeline that
 * is *shared* may be set by other processes, too: then threads sleep on the line itself, and
 * what waits without a thread is served by the watching thread (watch_futex.h). Seventeen
 * rewinds by others while a waiter was not looking may hide a value from it: the oldest of the
 * line's sixteen peaks is gone by then.
 *
 * With the words of a GPU beside its line, streams set it, too. They wake nobody: threads sleep
 * on the line until what they wait for is *issued*, and look again and again from then on; what
 * waits without a thread is looked at by the polling thread (watch_poll.h). A value that a
 * stream sets and lowers again between two looks is missed. Once the device is lost everybody
 * is satisfied.
 */
#ifndef ISTHMUS_CORE_TIMELINE_H
#define ISTHMUS_CORE_TIMELINE_H

#include "base/atomics.h"
#include "base/futex.h"
#include "base/list.h"
#include "core/spin.h"
#include "core/status.h"
#include "core/sync.h"
#include "core/watch_futex.h"
#include "core/watch_poll.h"

#include <pthread.h>

struct device;

struct timeline {
    pthread_mutex_t lock;           /* guards lists, watched; rank: before queues and events */
    struct sync_line *_Atomic line; /* own or shared; moves once at most, under the lock */
    struct sync_pending *pending;   /* a keyed mutex's order: whose death counts; or NULL */
    atomic_bool shared;             /* others may set it; once true, for good */
    bool watched;                   /* the watching thread was told, and has not ended it */
    atomic_bool anybody;            /* false: nobody is in the lists; changed under the lock */
    struct list waiters;
    struct list sleepers; /* the same for threads, which a child of a fork does not have */
    unsigned generation;  /* of `sleepers`: gate_generation() */
    struct spin spin;
    struct watch watch;
    struct sync_line own;

    /* Fixed before anybody else has it; the rest is guarded by the lock. */
    struct sync_gpu *gpu; /* the words beside the line; NULL: no stream sets it */
    struct device *device;
    struct poll poll;
    enum poll_next polled; /* how soon the polling thread looks; POLL_DONE: not at all */
    atomic_bool warned;    /* of a wait in a stream for what was not issued; by who warns */
};

/* Filled by timeline_watch(); the owner keeps it until it fired or was unwatched. */
struct waiter {
    struct list link;
    uint64_t target;
    uint32_t since; /* rewinds of the line that the waiter has not missed */
    bool issued;    /* is satisfied as soon as a stream is to set the value */
    bool patient;   /* may come to know late */
    bool reached;   /* written when it is satisfied: the value was there, not only issued */
    /* Called once, under the timeline's lock: be short, take no other timeline's lock, and
     * touch the waiter last if that frees it. */
    void (*fire)(struct waiter *waiter);
};

/* On a line of its own. */
void timeline_init(struct timeline *t, uint64_t value);

/* On the line of a page, whose value stays. The page outlives the timeline. */
void timeline_init_on(struct timeline *t, struct sync_line *line, struct sync_pending *pending);

/*
 * Streams of `device` use `gpu` beside the line of a page. Before anybody waits. Its words are
 * started already, and the device uses the page.
 */
void timeline_use_gpu(struct timeline *t, struct device *device, struct sync_gpu *gpu);

/* Nobody waits. */
void timeline_finish(struct timeline *t);

/*
 * From now on others may set it, through `line`: the one that it lies on, or a new one, which
 * gets the present value. What waits already goes on waiting. IST_NO_RESOURCES.
 */
enum ist_status timeline_share(struct timeline *t, struct sync_line *line) MUST_CHECK;

uint64_t timeline_value(struct timeline *t) FRONT_API(timeline_value);
void timeline_set(struct timeline *t, uint64_t value);
/* The same, upwards, for one that nobody shares, and one setter at a time: without the lock. */
void timeline_step(struct timeline *t, uint64_t value);

/* True at or above the target, and always once it has ended. */
bool timeline_reached(struct timeline *t, uint64_t target);

/*
 * True if it was reached, or if all that is left is a stream's work: what waits for it in
 * another stream does not wait for a host.
 */
bool timeline_coming(struct timeline *t, uint64_t target);

/* With words of a GPU: what has been issued; a signal was submitted to a stream; it is done. */
uint64_t timeline_last_issued(struct timeline *t);
void timeline_issued(struct timeline *t, uint64_t before, uint64_t value);
void timeline_landed(struct timeline *t);

/* Satisfies all waiters, present and future; on a shared line those of every process. */
void timeline_end(struct timeline *t);
bool timeline_ended(struct timeline *t);

/* What timeline_watch() may need: a thread, if the timeline is shared. IST_NO_RESOURCES. */
enum ist_status timeline_prepare(struct timeline *t) MUST_CHECK;

/* False: satisfied already, fire() will not be called. */
bool timeline_watch(struct timeline *t, struct waiter *waiter, uint64_t target,
                    void (*fire)(struct waiter *waiter)) MUST_CHECK;

/* The same for values that only this process sets: needs no thread for others. Patient. */
bool timeline_watch_own(struct timeline *t, struct waiter *waiter, uint64_t target,
                        void (*fire)(struct waiter *waiter)) MUST_CHECK;

/* The same for timeline_coming(). */
bool timeline_watch_coming(struct timeline *t, struct waiter *waiter, uint64_t target,
                           void (*fire)(struct waiter *waiter)) MUST_CHECK;

/* Only to keep an eye on who is to set the value: on an owner's death (struct sync_pending). */
bool timeline_watch_idly(struct timeline *t, struct waiter *waiter, uint64_t target,
                         void (*fire)(struct waiter *waiter)) MUST_CHECK;

/* True: taken back before it fired. Afterwards fire() is neither running nor to come. */
bool timeline_unwatch(struct timeline *t, struct waiter *waiter);

/* Blocks the caller: a short spin, then sleep. IST_TIMEOUT at the deadline; IST_DEVICE_LOST. */
enum ist_status timeline_wait(struct timeline *t, uint64_t target, int64_t deadline_ns)
    FRONT_API(timeline_wait) MUST_CHECK;

#endif
