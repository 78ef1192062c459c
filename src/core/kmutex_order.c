/* SPDX-License-Identifier: MIT */
/*
 * The order of a keyed mutex through queues, and what vouches for it. A release with work that
 * is not done claims a slot of the page, one for each process, whose word is in the robust
 * list: if the process dies before the order gets to the slot's value, the slot tells. The
 * slot's fields in struct kmutex belong to the thread that releases (it still owns the mutex
 * word) or to slot_reached(); timeline_unwatch() hands them from one to the other.
 */
#include "core/kmutex.h"

#include "base/log.h"
#include "core/queue.h"

#define SLOT_WAIT_MS 10000

bool kmutex_broken(struct kmutex *km)
{
    if (timeline_ended(&km->order))
        return true;
    if (load_relaxed(&km->mutex->issued) <= timeline_value(&km->order) ||
        !sync_pending_died(km->mutex->pending))
        return false;
    sync_pending_break(km->mutex->pending);
    return true;
}

void kmutex_drop_slot(struct kmutex *km)
{
    if (km->slot >= 0 && km->slot_epoch == robust_epoch())
        robust_leave(km->slot_by, &km->mutex->pending[km->slot].word, 0);
    km->slot = -1;
}

/* Under the order's lock: all releases of this process are done. */
static void slot_reached(struct waiter *waiter)
{
    kmutex_drop_slot(container_of(waiter, struct kmutex, slot_waiter));
}

/* A slot of nobody, or of somebody who died after its work was done. */
static bool take_slot(struct kmutex *km)
{
    uint64_t reached = timeline_value(&km->order);
    for (int i = 0; i < SYNC_PENDING; i++) {
        struct sync_pending *pending = &km->mutex->pending[i];
        uint32_t word = load_acquire(&pending->word);
        bool stale = (word & SYNC_DIED) && load_relaxed(&pending->value) <= reached;
        if (word != 0 && !stale)
            continue;
        km->slot_by = robust_take(&pending->word, word, 0);
        if (km->slot_by) {
            km->slot_epoch = robust_epoch();
            km->slot = i;
            return true;
        }
    }
    return false;
}

/* Without a slot nobody could tell that the work died with us: it has to be done first. */
static void wait_for_own_work(struct queue *queue)
{
    if (!queue_in_host_function() &&
        queue_sync(queue, queue_ticket(queue), deadline_after_ms(SLOT_WAIT_MS)) == IST_OK)
        return;
    log_line(LOG_WARN, "sync",
             "a keyed mutex was released with work that is not done, while "
             "eight processes did the same: a death now would go unnoticed");
}

static bool has_slot(struct kmutex *km)
{
    return km->slot >= 0 && km->slot_epoch == robust_epoch();
}

/* The slot stands for `value`, until that is reached. Release: sync_pending_died(). */
static void vouch(struct kmutex *km, uint64_t value)
{
    store_release(&km->mutex->pending[km->slot].value, value);
    if (!timeline_watch_own(&km->order, &km->slot_waiter, value, slot_reached))
        kmutex_drop_slot(km);
}

static enum ist_status submit_order(struct kmutex *km, struct queue *queue, uint64_t issued)
{
    enum ist_status status = IST_OK;
    if (timeline_value(&km->order) < issued)
        status = queue_wait_order(queue, &km->order, issued, km->object);
    if (status == IST_OK)
        status = queue_signal_order(queue, &km->order, issued + 1, km->object);
    return status;
}

/*
 * A new order value, reached when the queue's work is done. Without work of its own a release
 * adds none: the next owner then waits for the release before, which may still be held up.
 * Values are reached in turn, whichever queues they come through: none may overtake another.
 */
enum ist_status kmutex_issue_order(struct kmutex *km, struct queue *queue)
{
    if (!queue || queue_idle(queue))
        return IST_OK;

    timeline_unwatch(&km->order,
                     &km->slot_waiter); /* false: the slot was given back, or none */
    uint64_t issued = load_relaxed(&km->mutex->issued);
    uint64_t vouched = has_slot(km) ? load_relaxed(&km->mutex->pending[km->slot].value) : 0;
    if (!has_slot(km) && !take_slot(km)) {
        km->slot = -1;
        wait_for_own_work(queue);
        if (queue_idle(queue))
            return IST_OK;
    }
    if (km->slot >= 0)
        store_release(&km->mutex->pending[km->slot].value, issued + 1);
    enum ist_status status = submit_order(km, queue, issued);
    if (status == IST_OK)
        store_relaxed(&km->mutex->issued, issued + 1); /* published by the word's release */
    if (km->slot >= 0)
        vouch(km, status == IST_OK ? issued + 1 : vouched);
    return status;
}

enum ist_status kmutex_pass_order(struct kmutex *km, int64_t deadline_ns, struct queue *queue)
{
    uint64_t issued = load_relaxed(&km->mutex->issued); /* ours: we own the mutex */
    if (timeline_reached(&km->order, issued))
        return IST_OK;
    return queue ? queue_wait_order(queue, &km->order, issued, km->object)
                 : timeline_wait(&km->order, issued, deadline_ns);
}
