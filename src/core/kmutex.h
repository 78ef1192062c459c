/* SPDX-License-Identifier: MIT */
/*
 * A keyed mutex: a lock on the host with a 64-bit key, and an order value that the releaser's
 * queued work will reach. Ownership passes at the call, order passes through the queues. New
 * ones are free with key 0. A party is whoever may own it: a D3D11 device, an imported
 * semaphore.
 */
#ifndef ISTHMUS_CORE_KMUTEX_H
#define ISTHMUS_CORE_KMUTEX_H

#include "core/timeline.h"

struct object;
struct queue;

struct kmutex {
    pthread_mutex_t lock;  /* guards the rest but the timeline; rank: before timelines */
    struct object *object; /* the resource it belongs to: pinned by queued work */
    uint64_t key;          /* while it is free: the key that opens it */
    const void *owner;     /* NULL: free */
    bool abandoned;        /* for good */
    uint64_t issued;       /* order value of the last release */
    struct timeline order; /* reaches `issued` when the releaser's work is done */
    struct list waiters;   /* of threads in kmutex_acquire() */
};

void kmutex_init(struct kmutex *km, struct object *object);
void kmutex_finish(struct kmutex *km);

/*
 * Blocks the caller until the mutex is free with `key`, then owns it for `party`; what `queue`
 * (may be NULL) runs next waits for the work of the one before.
 * IST_ALREADY_OWNER at once if the party owns it; IST_TIMEOUT; IST_ABANDONED; IST_NO_MEMORY.
 */
enum ist_status kmutex_acquire(struct kmutex *km, const void *party, uint64_t key,
                               int64_t deadline_ns, struct queue *queue)
    FRONT_API(kmutex_acquire) MUST_CHECK;

/* Frees it with `key`, in order after what `queue` (may be NULL) holds. IST_NOT_OWNER. */
enum ist_status kmutex_release(struct kmutex *km, const void *party, uint64_t key,
                               struct queue *queue) FRONT_API(kmutex_release) MUST_CHECK;

/* Takes an acquire back as if it had not been: free again with the key it had. */
void kmutex_undo(struct kmutex *km, const void *party) FRONT_API(kmutex_undo);

/* The party ends: if it owns the mutex, every acquire answers IST_ABANDONED from now on. */
void kmutex_abandon(struct kmutex *km, const void *party) FRONT_API(kmutex_abandon);

bool kmutex_owned_by(struct kmutex *km, const void *party) FRONT_API(kmutex_owned_by);

#endif
