/* SPDX-License-Identifier: MIT */
/*
 * One wait may stand in the lists of many events. Whoever turns its `winner` from OPEN into an
 * index has satisfied it; so an auto-reset event is spent on exactly one wait. A wait lives on
 * its thread's stack and leaves every list, under each event's lock, before it returns.
 */
#include "core/event.h"

#include "base/futex.h"
#include "base/gate.h"

#include <assert.h>
#include <stdio.h>

#define OPEN UINT32_MAX
#define EXPIRED (UINT32_MAX - 1)

struct event_wait {
    _Atomic uint32_t
        winner; /* OPEN; then once: an index by a setter, or EXPIRED by the waiter */
    _Atomic uint32_t changes; /* futex word: a step at each event that may satisfy the wait */
    bool all;
};

struct event_waiter {
    struct list link;
    struct event_wait *wait;
    unsigned index;
};

/* Who waited when a fork came waits in the parent, on a stack that is not there any more. */
static void lock_event(struct event *event)
{
    gate_lock(&event->lock);
    if (event->generation != gate_generation())
        list_init(&event->waiters);
    event->generation = gate_generation();
}

static void event_end(struct object *object)
{
    (void)object; /* waits hold the event: there is none to end */
}

static void event_destroy(struct object *object)
{
    struct event *event = event_from_object(object);
    pthread_mutex_destroy(&event->lock);
    free(event);
}

static void event_describe(struct object *object, char *out, size_t size)
{
    struct event *event = event_from_object(object);
    lock_event(event);
    snprintf(out, size, "%s reset, %s%s", event->manual_reset ? "manual" : "auto",
             event->set ? "set" : "not set", list_empty(&event->waiters) ? "" : ", waited for");
    gate_unlock(&event->lock);
}

static const struct object_ops event_ops = {
    .end = event_end,
    .destroy = event_destroy,
    .describe = event_describe,
};

struct event *event_from_object(struct object *object)
{
    assert(object->ops == &event_ops);
    return container_of(object, struct event, object);
}

enum ist_status event_create(struct session *session, bool manual_reset, bool set,
                             struct event **out)
{
    struct event *event = malloc(sizeof(*event));
    if (!event)
        return refuse(IST_NO_MEMORY, "no memory for an event");
    pthread_mutex_init(&event->lock, NULL);
    event->manual_reset = manual_reset;
    event->set = set;
    list_init(&event->waiters);
    event->generation = gate_generation();
    object_init(&event->object, &event_ops, session, OBJECT_EVENT, HOLDER_COM);
    *out = event;
    return IST_OK;
}

static bool win(struct event_wait *wait, uint32_t index)
{
    uint32_t open = OPEN;
    return cas_acq_rel(&wait->winner, &open, index);
}

static void wake(struct event_wait *wait)
{
    atomic_fetch_add_explicit(&wait->changes, 1, memory_order_release);
    futex_wake(&wait->changes, 1);
}

/* True if an auto-reset event is spent by this. */
static bool offer_locked(struct event *event)
{
    list_for_each (item, next, &event->waiters) {
        struct event_waiter *w = container_of(item, struct event_waiter, link);
        bool won = !w->wait->all && win(w->wait, w->index);
        if (won || w->wait->all)
            wake(w->wait);
        if (won && !event->manual_reset)
            return true;
    }
    return false;
}

void event_set(struct event *event)
{
    lock_event(event);
    if (!event->set)
        event->set = !offer_locked(event);
    gate_unlock(&event->lock);
}

void event_reset(struct event *event)
{
    lock_event(event);
    event->set = false;
    gate_unlock(&event->lock);
}

/* Looks at one event and stands in its list if it is not set. True: the wait is over. */
static bool try_any(struct event *event, struct event_waiter *w)
{
    lock_event(event);
    bool over = load_acquire(&w->wait->winner) != OPEN;
    if (!over && event->set) {
        over = true;
        if (win(w->wait, w->index) && !event->manual_reset)
            event->set = false;
    }
    if (!over)
        list_append(&event->waiters, &w->link);
    gate_unlock(&event->lock);
    return over;
}

static void leave(struct event *const *events, struct event_waiter *w, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        lock_event(events[i]);
        if (list_linked(&w[i].link))
            list_remove(&w[i].link);
        gate_unlock(&events[i]->lock);
    }
}

static enum ist_status wait_any(struct event *const *events, struct event_waiter *w,
                                unsigned count, int64_t deadline_ns, unsigned *out)
{
    struct event_wait *wait = w[0].wait;
    bool over = false, in_time = true;
    for (unsigned i = 0; i < count && !over; i++)
        over = try_any(events[i], &w[i]);
    while (load_acquire(&wait->winner) == OPEN && in_time) {
        uint32_t seen = load_acquire(&wait->changes);
        if (load_acquire(&wait->winner) == OPEN)
            in_time = futex_wait_until(&wait->changes, seen, deadline_ns);
    }
    win(wait, EXPIRED); /* in vain if a setter was faster */
    leave(events, w, count);
    if (load_acquire(&wait->winner) == EXPIRED)
        return answer(IST_TIMEOUT, "none of %u events was set in time", count);
    *out = load_acquire(&wait->winner);
    return IST_OK;
}

/* Sorted by address, so that two waits for all never lock in opposite order. */
static void sort_events(struct event **sorted, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        for (unsigned j = i; j > 0 && sorted[j - 1] > sorted[j]; j--) {
            struct event *swap = sorted[j];
            sorted[j] = sorted[j - 1];
            sorted[j - 1] = swap;
        }
}

/* Takes all or nothing. An event that is named twice is locked once. */
static bool take_all(struct event *const *sorted, unsigned count)
{
    bool all = true;
    for (unsigned i = 0; i < count; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1])
            lock_event(sorted[i]);
        all = all && sorted[i]->set;
    }
    for (unsigned i = count; i-- > 0;) {
        if (all && !sorted[i]->manual_reset)
            sorted[i]->set = false;
        if (i == 0 || sorted[i] != sorted[i - 1])
            gate_unlock(&sorted[i]->lock);
    }
    return all;
}

static enum ist_status wait_all(struct event *const *events, struct event_waiter *w,
                                unsigned count, int64_t deadline_ns, unsigned *out)
{
    struct event *sorted[EVENT_WAIT_MAX];
    for (unsigned i = 0; i < count; i++)
        sorted[i] = events[i];
    sort_events(sorted, count);
    for (unsigned i = 0; i < count; i++) {
        lock_event(events[i]);
        list_append(&events[i]->waiters, &w[i].link);
        gate_unlock(&events[i]->lock);
    }

    bool taken, in_time = true;
    for (;;) {
        uint32_t seen =
            load_acquire(&w[0].wait->changes); /* before looking: no change is lost */
        taken = take_all(sorted, count);
        if (taken || !in_time)
            break;
        in_time = futex_wait_until(&w[0].wait->changes, seen, deadline_ns);
    }
    leave(events, w, count);
    if (!taken)
        return answer(IST_TIMEOUT, "not all of %u events were set at one time", count);
    *out = 0;
    return IST_OK;
}

enum ist_status event_wait(struct event *const *events, unsigned count, bool all,
                           int64_t deadline_ns, unsigned *out)
{
    struct event_wait wait = {.winner = OPEN, .changes = 0, .all = all && count > 1};
    struct event_waiter w[EVENT_WAIT_MAX];
    if (count == 0 || count > EVENT_WAIT_MAX)
        return refuse(IST_BAD_ARG, "%u events: 1 to %u can be waited for", count,
                      EVENT_WAIT_MAX);
    for (unsigned i = 0; i < count; i++)
        w[i] = (struct event_waiter){.wait = &wait, .index = i};
    return wait.all ? wait_all(events, w, count, deadline_ns, out)
                    : wait_any(events, w, count, deadline_ns, out);
}
