/* SPDX-License-Identifier: MIT */
/*
 * The owner word says everything: free with a sequence, owned by a process, abandoned. The key
 * is written before the word becomes free, and the word that a taker replaces is the one after
 * which it read the key: so the key is that of this very period. No lock here; the party that
 * owns is the only one that writes `by` and `epoch`.
 */
#include "core/kmutex.h"

#include "base/gate.h"
#include "core/gpu.h"
#include "core/queue.h"

#include <unistd.h>

void kmutex_init(struct kmutex *km, struct object *object, struct sync_page *page, int page_fd)
{
    km->object = object;
    km->page = page;
    km->mutex = &page->mutex;
    km->page_fd = page_fd;
    atomic_init(&km->owner, NULL);
    atomic_init(&km->by, NULL);
    atomic_init(&km->epoch, 0);
    atomic_init(&km->waiting, 0);
    km->spin = (struct spin){0};
    km->slot = -1;
    km->slot_waiter = (struct waiter){.fire = NULL};
    timeline_init_on(&km->order, &page->mutex.order, page->mutex.pending);
}

enum ist_status kmutex_create(struct kmutex *km, struct object *object)
{
    struct sync_page *page;
    int fd;
    enum ist_status status = sync_page_create(&page, &fd);
    if (status == IST_OK)
        kmutex_init(km, object, page, fd);
    return status;
}

enum ist_status kmutex_open(struct kmutex *km, struct object *object, int page_fd)
{
    struct sync_page *page;
    enum ist_status status = sync_page_open(page_fd, &page);
    if (status != IST_OK) {
        close(page_fd);
        return status;
    }
    kmutex_init(km, object, page, page_fd);
    return timeline_share(&km->order, &page->mutex.order); /* nobody waits: cannot fail */
}

enum ist_status kmutex_use_gpu(struct kmutex *km, struct device *device)
{
    enum ist_status status = device->ops->gpu->page_use(device, km->page);
    if (status == IST_OK)
        timeline_use_gpu(&km->order, device, &km->page->order_gpu);
    return status;
}

enum ist_status kmutex_share(struct kmutex *km, int *page_fd)
{
    enum ist_status status = timeline_share(&km->order, &km->mutex->order);
    if (status == IST_OK)
        *page_fd = km->page_fd;
    return status;
}

static bool owned_here(struct kmutex *km)
{
    return load_acquire(&km->owner) != NULL && load_relaxed(&km->epoch) == robust_epoch();
}

void kmutex_finish(struct kmutex *km)
{
    const void *party = load_acquire(&km->owner);
    if (party)
        kmutex_abandon(km, party);
    timeline_unwatch(&km->order, &km->slot_waiter);
    kmutex_drop_slot(km);
    struct device *device = km->order.device;
    timeline_finish(&km->order);
    if (device)
        device->ops->gpu->page_leave(device, km->page);
    sync_page_close(km->page);
    close(km->page_fd);
}

static enum ist_status refuse_abandoned(void)
{
    return refuse(IST_ABANDONED, "the keyed mutex is abandoned: its owner ended without "
                                 "ReleaseSync; make resource and mutex anew");
}

static bool is_abandoned(uint32_t word)
{
    return (word & SYNC_DIED) || (word & ~SYNC_WAITERS) == 0; /* nobody of ours writes 0 */
}

/* Of a word that is neither free nor abandoned: the thread id of the owner's helper. */
static bool is_free(uint32_t word)
{
    return (word & (SYNC_FREE | SYNC_DIED)) == SYNC_FREE;
}

/* Owns the mutex if this very word is free with this key. */
static bool try_take(struct kmutex *km, const void *party, uint32_t word, uint64_t key)
{
    if (!is_free(word) || load_relaxed(&km->mutex->key) != key)
        return false;
    struct robust_helper *by = robust_take(&km->mutex->owner, word, word & SYNC_WAITERS);
    if (!by)
        return false;
    store_relaxed(&km->by, by);
    store_relaxed(&km->epoch, robust_epoch());
    store_release(&km->owner, party);
    return true;
}

/* Frees the word of a mutex whose party has been cleared already. */
static bool free_word(struct kmutex *km, struct robust_helper *by)
{
    uint32_t sequence = load_relaxed(&km->mutex->sequence) + 1;
    store_relaxed(&km->mutex->sequence, sequence);
    uint32_t next = timeline_ended(&km->order) ? SYNC_DIED : SYNC_FREE | (sequence & SYNC_LOW);
    return robust_leave(by, &km->mutex->owner, next);
}

/* The party gives up its ownership: the helper to leave the word by, NULL if it has none. */
static struct robust_helper *disown(struct kmutex *km, const void *party)
{
    const void *expected = party;
    if (!party || !owned_here(km))
        return NULL;
    struct robust_helper *by = load_relaxed(&km->by);
    return cas_acq_rel(&km->owner, &expected, NULL) ? by : NULL;
}

/* Taken, but worth nothing if a releaser died before its work ran. */
static enum ist_status taken(struct kmutex *km, const void *party)
{
    if (!kmutex_broken(km))
        return IST_OK;
    kmutex_abandon(km, party);
    return refuse_abandoned();
}

/* The state at the end of the wait tells a wrong key from an owner that does not let go. */
static enum ist_status answer_late(struct kmutex *km, uint32_t word, uint64_t key)
{
    if (!is_free(word))
        return answer(IST_TIMEOUT,
                      "the keyed mutex is held, and was not released with key %llu "
                      "in time",
                      (unsigned long long)key);
    return answer(IST_TIMEOUT,
                  "the keyed mutex was not released with key %llu in time: it is "
                  "free with key %llu",
                  (unsigned long long)key, (unsigned long long)load_relaxed(&km->mutex->key));
}

/* IST_BUSY: not to be had now; *word is what was seen. */
static enum ist_status look(struct kmutex *km, const void *party, uint64_t key, uint32_t *word)
{
    *word = load_acquire(&km->mutex->owner); /* publishes the key, and who died */
    if (is_abandoned(*word)) {
        /* The kernel wakes one; that one wakes the others before it does anything else. */
        if (*word & SYNC_WAITERS)
            futex_wake_shared(&km->mutex->owner, INT32_MAX);
        return refuse_abandoned();
    }
    return try_take(km, party, *word, key) ? taken(km, party) : IST_BUSY;
}

static enum ist_status spin_for(struct kmutex *km, const void *party, uint64_t key)
{
    uint32_t word;
    unsigned looks = spin_looks(&km->spin), used = 1;
    enum ist_status status = look(km, party, key, &word);
    for (; status == IST_BUSY && used < looks; used++) {
        spin_relax();
        uint32_t now = load_relaxed(&km->mutex->owner);
        if (now != word)
            status = look(km, party, key, &word);
    }
    spin_learn(&km->spin, looks, used, status == IST_OK);
    return status;
}

/* Marks the word, so that whoever leaves it wakes us, and sleeps. False: the time is over. */
static bool sleep_on_owner(struct kmutex *km, uint32_t word, int64_t deadline_ns)
{
    uint32_t marked = word | SYNC_WAITERS;
    if (clock_now_ns() >= deadline_ns)
        return false;
    if (word != marked && !cas_acq_rel(&km->mutex->owner, &word, marked))
        return true;
    bool in_time = sync_sleep(&km->mutex->owner, marked, km->mutex->pending, deadline_ns);
    sync_word_check(&km->mutex->owner);
    return in_time;
}

static enum ist_status wait_for_key(struct kmutex *km, const void *party, uint64_t key,
                                    int64_t deadline_ns)
{
    for (bool in_time = true;;) {
        uint32_t word;
        enum ist_status status = look(km, party, key, &word);
        if (status == IST_BUSY && kmutex_broken(km))
            return refuse_abandoned();
        if (status == IST_BUSY && !in_time)
            return answer_late(km, word, key);
        if (status != IST_BUSY)
            return status;
        in_time = sleep_on_owner(km, word, deadline_ns);
    }
}

static enum ist_status take_mutex(struct kmutex *km, const void *party, uint64_t key,
                                  int64_t deadline_ns)
{
    uint32_t word;
    enum ist_status status = look(km, party, key, &word);
    if (status == IST_BUSY && deadline_ns > 0)
        status = spin_for(km, party, key);
    if (status != IST_BUSY)
        return status;
    add_relaxed(&km->waiting, 1);
    status = wait_for_key(km, party, key, deadline_ns);
    sub_relaxed(&km->waiting, 1);
    return status;
}

enum ist_status kmutex_acquire(struct kmutex *km, const void *party, uint64_t key,
                               int64_t deadline_ns, struct queue *queue)
{
    enum ist_status status = robust_start();
    if (status != IST_OK)
        return status;
    if (kmutex_owned_by(km, party))
        return refuse(IST_ALREADY_OWNER, "the keyed mutex is already held by this device or "
                                         "semaphore: it is not recursive");
    status = take_mutex(km, party, key, deadline_ns);
    if (status != IST_OK)
        return status;

    status = kmutex_pass_order(km, deadline_ns, queue);
    if (status == IST_OK && timeline_ended(&km->order)) {
        kmutex_abandon(km, party);
        return refuse_abandoned();
    }
    if (status != IST_OK)
        kmutex_undo(km, party);
    return status;
}

enum ist_status kmutex_release(struct kmutex *km, const void *party, uint64_t key,
                               struct queue *queue)
{
    struct robust_helper *by = disown(km, party);
    if (!by)
        return refuse(IST_NOT_OWNER, "the keyed mutex is not held by this device or semaphore");
    enum ist_status status = kmutex_issue_order(km, queue);
    if (status != IST_OK) {
        store_release(&km->owner, party); /* still owned */
        return status;
    }
    store_relaxed(&km->mutex->key, key); /* published with the word */
    if (free_word(km, by))
        return IST_OK;
    return refuse(IST_NOT_OWNER, "the keyed mutex was taken from its owner: a process wrote "
                                 "over "
                                 "the page that it shares");
}

void kmutex_undo(struct kmutex *km, const void *party)
{
    struct robust_helper *by = disown(km, party);
    if (by)
        free_word(km, by); /* key is still the one it was acquired with */
}

void kmutex_abandon(struct kmutex *km, const void *party)
{
    struct robust_helper *by = disown(km, party);
    if (by)
        robust_leave(by, &km->mutex->owner, SYNC_DIED);
}

bool kmutex_owned_by(struct kmutex *km, const void *party)
{
    return load_acquire(&km->owner) == party && owned_here(km);
}

struct kmutex_report kmutex_look(struct kmutex *km)
{
    uint32_t word = load_acquire(&km->mutex->owner);
    bool abandoned = is_abandoned(word) || timeline_ended(&km->order);
    bool owned = !abandoned && !is_free(word);
    return (struct kmutex_report){
        .abandoned = abandoned,
        .owned = owned,
        .key = load_relaxed(&km->mutex->key),
        .helper = owned ? word & SYNC_LOW : 0,
        .waiting = load_relaxed(&km->waiting),
    };
}
