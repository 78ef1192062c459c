/* SPDX-License-Identifier: MIT */
/*
 * A keyed mutex: a lock on the host with a 64-bit key, and an order value that the releaser's
 * queued work will reach. Ownership passes at the call, order passes through the queues. New
 * ones are free with key 0. A party is whoever may own it: a D3D11 device, an imported
 * semaphore.
 *
 * All that processes have to agree on lies in the sync page: who owns it (as a process), the
 * key, the order. Who owns it within the process is local. Whoever waits is woken by each
 * release and looks at the key itself; of several with one key any may win. An owner whose
 * process dies, or a releaser that dies before its queued work ran, leaves it abandoned.
 */
#ifndef ISTHMUS_CORE_KMUTEX_H
#define ISTHMUS_CORE_KMUTEX_H

#include "core/robust.h"
#include "core/timeline.h"

struct object;
struct queue;

struct kmutex {
    struct object *object;    /* the resource it belongs to: pinned by queued work */
    struct sync_page *page;   /* from its creation on */
    struct sync_mutex *mutex; /* of the page */
    int page_fd;
    const void *_Atomic owner;        /* the party here that owns it; publishes `by`, `epoch` */
    struct robust_helper *_Atomic by; /* whose list the owner word is in */
    atomic_uint epoch;                /* robust_epoch() of the owner: a child owns nothing */
    atomic_uint waiting; /* threads of this process that wait; for reports and tests */
    struct spin spin;
    struct timeline order; /* reaches `issued` when the releaser's work is done */
    /* The release of this process whose work is not done: of the owner, or of fire(). */
    int slot; /* of the page; -1: none */
    struct robust_helper *slot_by;
    unsigned slot_epoch;
    struct waiter slot_waiter; /* gives the slot back when the order is there */
};

/*
 * On a page and its fd, which are the mutex's from now on. kmutex_create() makes them;
 * kmutex_open() takes the fd of another process' page, whatever it answers, and is shared.
 * IST_NO_MEMORY, IST_NO_RESOURCES, IST_BAD_PARCEL.
 */
void kmutex_init(struct kmutex *km, struct object *object, struct sync_page *page, int page_fd);
enum ist_status kmutex_create(struct kmutex *km, struct object *object) MUST_CHECK;
enum ist_status kmutex_open(struct kmutex *km, struct object *object, int page_fd) MUST_CHECK;
void kmutex_finish(struct kmutex *km);

/* Streams of `device` reach its order as well. Before anybody uses it. IST_NO_RESOURCES. */
enum ist_status kmutex_use_gpu(struct kmutex *km, struct device *device) MUST_CHECK;

/* From now on other processes use it. *page_fd stays the mutex's. IST_NO_RESOURCES. */
enum ist_status kmutex_share(struct kmutex *km, int *page_fd) MUST_CHECK;

/*
 * Blocks the caller until the mutex is free with `key`, then owns it for `party`; what `queue`
 * (may be NULL) runs next waits for the work of the one before.
 * IST_ALREADY_OWNER at once if the party owns it; IST_TIMEOUT; IST_ABANDONED; IST_NO_MEMORY;
 * IST_NO_RESOURCES.
 */
enum ist_status kmutex_acquire(struct kmutex *km, const void *party, uint64_t key,
                               int64_t deadline_ns, struct queue *queue)
    FRONT_API(kmutex_acquire) MUST_CHECK;

/*
 * Frees it with `key`, in order after what `queue` (may be NULL) holds. IST_NOT_OWNER. Blocks
 * only if eight other processes have released this mutex before their work was done: then for
 * the queue's work, at most ten seconds.
 */
enum ist_status kmutex_release(struct kmutex *km, const void *party, uint64_t key,
                               struct queue *queue) FRONT_API(kmutex_release) MUST_CHECK;

/* Takes an acquire back as if it had not been: free again with the key it had. */
void kmutex_undo(struct kmutex *km, const void *party) FRONT_API(kmutex_undo);

/* The party ends: if it owns the mutex, every acquire answers IST_ABANDONED from now on. */
void kmutex_abandon(struct kmutex *km, const void *party) FRONT_API(kmutex_abandon);

bool kmutex_owned_by(struct kmutex *km, const void *party) FRONT_API(kmutex_owned_by);

/* What a report says: the state as it is now. `helper` is a thread id; 0: free or abandoned. */
struct kmutex_report {
    bool abandoned, owned;
    uint64_t key;
    uint32_t helper;
    unsigned waiting;
};
struct kmutex_report kmutex_look(struct kmutex *km);

/* For kmutex.c, in kmutex_order.c: a new order value for what `queue` holds. By the owner. */
enum ist_status kmutex_issue_order(struct kmutex *km, struct queue *queue) MUST_CHECK;

/* What comes after in the queue (NULL: the caller) waits for the work of the last owner. */
enum ist_status kmutex_pass_order(struct kmutex *km, int64_t deadline_ns, struct queue *queue)
    MUST_CHECK;

/* True: abandoned for good, or found to be so now: a releaser died before its work ran. */
bool kmutex_broken(struct kmutex *km);

/* The slot goes back; what it stood for is done, or the mutex is abandoned. */
void kmutex_drop_slot(struct kmutex *km);

#endif
