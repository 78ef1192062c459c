/* SPDX-License-Identifier: MIT */
/*
 * The lock is handed over, never raced for: a release picks the oldest thread that waits for
 * its key. A thread that waits lives in the list until it owns the mutex, gave up or saw its
 * end.
 */
#include "core/kmutex.h"

#include "core/queue.h"

enum { WAITING, GRANTED, BROKEN }; /* what a waiting thread's word says */

struct kmutex_waiter {
    struct list link;
    const void *party;
    uint64_t key;
    uint64_t issued;       /* order value to wait for, valid once the mutex was granted */
    _Atomic uint32_t word; /* futex: stored once, under the lock, by the one who takes it out */
};

void kmutex_init(struct kmutex *km, struct object *object)
{
    pthread_mutex_init(&km->lock, NULL);
    km->object = object;
    km->key = 0;
    km->owner = NULL;
    km->abandoned = false;
    km->issued = 0;
    timeline_init(&km->order, 0);
    list_init(&km->waiters);
}

void kmutex_finish(struct kmutex *km)
{
    timeline_finish(&km->order);
    pthread_mutex_destroy(&km->lock);
}

static void wake_locked(struct kmutex_waiter *w, uint32_t word)
{
    list_remove(&w->link);
    store_release(&w->word, word);
    futex_wake(&w->word, 1);
}

static void own_locked(struct kmutex *km, struct kmutex_waiter *w)
{
    km->owner = w->party;
    w->issued = km->issued;
}

/* Gives the free mutex to the oldest thread that waits for its key. */
static void grant_locked(struct kmutex *km)
{
    list_for_each (item, next, &km->waiters) {
        struct kmutex_waiter *w = container_of(item, struct kmutex_waiter, link);
        if (w->key == km->key) {
            own_locked(km, w);
            wake_locked(w, GRANTED);
            return;
        }
    }
}

static enum ist_status refuse_abandoned(void)
{
    return refuse(IST_ABANDONED, "the keyed mutex is abandoned: its owner ended without "
                                 "ReleaseSync; make resource and mutex anew");
}

/* IST_BUSY: the caller has to wait, and stands in the list. */
static enum ist_status try_locked(struct kmutex *km, struct kmutex_waiter *w)
{
    if (km->abandoned)
        return refuse_abandoned();
    if (km->owner == w->party)
        return refuse(IST_ALREADY_OWNER, "the keyed mutex is already held by this device or "
                                         "semaphore: it is not recursive");
    if (!km->owner && km->key == w->key) {
        own_locked(km, w);
        return IST_OK;
    }
    list_append(&km->waiters, &w->link);
    return IST_BUSY;
}

/* The state at the end of the wait tells a wrong key from an owner that does not let go. */
static enum ist_status answer_late(const struct kmutex_waiter *w, bool owned, uint64_t key)
{
    if (owned)
        return answer(IST_TIMEOUT,
                      "the keyed mutex is held, and was not released with key %llu "
                      "in time",
                      (unsigned long long)w->key);
    return answer(IST_TIMEOUT,
                  "the keyed mutex was not released with key %llu in time: it is "
                  "free with key %llu",
                  (unsigned long long)w->key, (unsigned long long)key);
}

static enum ist_status wait_for_grant(struct kmutex *km, struct kmutex_waiter *w,
                                      int64_t deadline_ns)
{
    bool in_time = true;
    while (load_acquire(&w->word) == WAITING && in_time)
        in_time = futex_wait_until(&w->word, WAITING, deadline_ns);

    pthread_mutex_lock(&km->lock); /* also: whoever woke us has let go of w */
    if (list_linked(&w->link))
        list_remove(&w->link);
    uint32_t word = load_relaxed(&w->word); /* stored under this lock */
    bool owned = km->owner != NULL;
    uint64_t key = km->key;
    pthread_mutex_unlock(&km->lock);

    if (word == GRANTED)
        return IST_OK;
    return word == BROKEN ? refuse_abandoned() : answer_late(w, owned, key);
}

/* What comes after in the queue waits for the work of the last owner. */
static enum ist_status pass_order(struct kmutex *km, uint64_t issued, int64_t deadline_ns,
                                  struct queue *queue)
{
    if (timeline_value(&km->order) >= issued)
        return IST_OK;
    return queue ? queue_wait_order(queue, &km->order, issued, km->object)
                 : timeline_wait(&km->order, issued, deadline_ns);
}

enum ist_status kmutex_acquire(struct kmutex *km, const void *party, uint64_t key,
                               int64_t deadline_ns, struct queue *queue)
{
    struct kmutex_waiter w = {.party = party, .key = key, .word = WAITING};
    pthread_mutex_lock(&km->lock);
    enum ist_status status = try_locked(km, &w);
    pthread_mutex_unlock(&km->lock);

    if (status == IST_BUSY)
        status = wait_for_grant(km, &w, deadline_ns);
    if (status != IST_OK)
        return status;

    status = pass_order(km, w.issued, deadline_ns, queue);
    if (status != IST_OK)
        kmutex_undo(km, party);
    return status;
}

/*
 * A new order value, reached when the queue's work is done. Without work of its own a release
 * adds none: the next owner then waits for the release before, which may still be held up.
 * Values are reached in turn, whichever queues they come through: none may overtake another.
 */
static enum ist_status issue_order_locked(struct kmutex *km, struct queue *queue)
{
    if (!queue || queue_idle(queue))
        return IST_OK;

    enum ist_status status = IST_OK;
    if (timeline_value(&km->order) < km->issued)
        status = queue_wait_order(queue, &km->order, km->issued, km->object);
    if (status == IST_OK)
        status = queue_signal_order(queue, &km->order, km->issued + 1, km->object);
    if (status == IST_OK)
        km->issued++;
    return status;
}

static enum ist_status release_locked(struct kmutex *km, const void *party, uint64_t key,
                                      struct queue *queue)
{
    if (km->owner != party)
        return refuse(IST_NOT_OWNER, "the keyed mutex is not held by this device or semaphore");
    enum ist_status status = issue_order_locked(km, queue);
    if (status != IST_OK)
        return status;
    km->key = key;
    km->owner = NULL;
    grant_locked(km);
    return IST_OK;
}

enum ist_status kmutex_release(struct kmutex *km, const void *party, uint64_t key,
                               struct queue *queue)
{
    pthread_mutex_lock(&km->lock);
    enum ist_status status = release_locked(km, party, key, queue);
    pthread_mutex_unlock(&km->lock);
    return status;
}

void kmutex_undo(struct kmutex *km, const void *party)
{
    pthread_mutex_lock(&km->lock);
    if (km->owner == party) {
        km->owner = NULL; /* key is still the one it was acquired with */
        grant_locked(km);
    }
    pthread_mutex_unlock(&km->lock);
}

void kmutex_abandon(struct kmutex *km, const void *party)
{
    pthread_mutex_lock(&km->lock);
    if (km->owner == party) {
        km->owner = NULL;
        km->abandoned = true;
        list_for_each (item, next, &km->waiters)
            wake_locked(container_of(item, struct kmutex_waiter, link), BROKEN);
    }
    pthread_mutex_unlock(&km->lock);
}

bool kmutex_owned_by(struct kmutex *km, const void *party)
{
    pthread_mutex_lock(&km->lock);
    bool owned = km->owner == party;
    pthread_mutex_unlock(&km->lock);
    return owned;
}
