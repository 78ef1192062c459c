/* SPDX-License-Identifier: MIT */
/*
 * Waiters fire under the lock. That makes timeline_unwatch() final: once it returns, nobody
 * touches the waiter any more, so a waiter may live on a stack. The lock is local: between
 * processes there is only the line (sync.h).
 */
#include "core/timeline_own.h"

#include "base/gate.h"
#include "core/device.h"

static bool look(struct watch *watch);

void timeline_init_on(struct timeline *t, struct sync_line *line, struct sync_pending *pending)
{
    pthread_mutex_init(&t->lock, NULL);
    atomic_init(&t->line, line);
    atomic_init(&t->shared, false);
    t->pending = pending;
    t->watched = false;
    atomic_init(&t->anybody, false);
    t->spin = (struct spin){0};
    t->watch = (struct watch){.line = line, .pending = pending, .look = look};
    list_init(&t->waiters);
    list_init(&t->sleepers);
    t->generation = gate_generation();
    t->gpu = NULL;
    t->device = NULL;
    t->poll = (struct poll){0};
    t->polled = POLL_DONE;
    atomic_init(&t->warned, false);
}

void timeline_init(struct timeline *t, uint64_t value)
{
    t->own = (struct sync_line){.value = value};
    timeline_init_on(t, &t->own, NULL);
}

void timeline_lock(struct timeline *t)
{
    gate_lock(&t->lock);
    if (t->generation != gate_generation())
        list_init(&t->sleepers); /* threads of a parent, on stacks that are gone */
    t->generation = gate_generation();
}

bool timeline_anybody_locked(const struct timeline *t)
{
    return !list_empty(&t->waiters) || !list_empty(&t->sleepers);
}

static bool is_shared(struct timeline *t)
{
    return load_acquire(&t->shared); /* what is shared has its last line */
}

static struct sync_line *line_of(struct timeline *t)
{
    return load_acquire(&t->line);
}

void timeline_finish(struct timeline *t)
{
    if (is_shared(t))
        watch_futex_remove(&t->watch);
    if (t->gpu)
        watch_poll_remove(&t->poll);
    pthread_mutex_destroy(&t->lock);
}

uint64_t timeline_value(struct timeline *t)
{
    if (t->gpu)
        return sync_gpu_read(t->gpu, line_of(t));
    return load_acquire(&line_of(t)->value); /* pairs with the store in timeline_set() */
}

bool timeline_ended(struct timeline *t)
{
    return load_acquire(&line_of(t)->over) != 0;
}

bool timeline_reached(struct timeline *t, uint64_t target)
{
    return timeline_value(t) >= target || timeline_ended(t);
}

/* By the value, by a peak since the waiter came, or by what fits it of a GPU's. */
static bool satisfied(struct timeline *t, struct waiter *waiter)
{
    if (!t->gpu)
        return waiter->reached = sync_line_reached(line_of(t), waiter->target, waiter->since);
    waiter->reached = sync_gpu_reached(t->gpu, line_of(t), waiter->target, waiter->since) ||
                      load_relaxed(&t->device->lost);
    return waiter->reached || (waiter->issued && timeline_last_issued(t) >= waiter->target);
}

static void fire_list_locked(struct timeline *t, struct list *list)
{
    list_for_each (item, next, list) {
        struct waiter *waiter = container_of(item, struct waiter, link);
        if (satisfied(t, waiter)) {
            list_remove(item);
            waiter->fire(waiter);
        }
    }
}

void timeline_fire_locked(struct timeline *t)
{
    fire_list_locked(t, &t->waiters);
    fire_list_locked(t, &t->sleepers);
    store_relaxed(&t->anybody, timeline_anybody_locked(t));
}

bool timeline_is_watched(struct timeline *t)
{
    return load_seq_cst(&t->anybody); /* after the change: pairs with stand_in_line() */
}

/* For the watching thread: others may have set the value, or died before they could. */
static bool look(struct watch *watch)
{
    struct timeline *t = container_of(watch, struct timeline, watch);
    if (t->pending && sync_pending_died(t->pending))
        sync_pending_break(t->pending);
    timeline_lock(t);
    timeline_fire_locked(t);
    if (t->gpu)
        timeline_poll_locked(t); /* others may have issued what will satisfy the rest */
    t->watched = timeline_anybody_locked(t);
    bool more = t->watched;
    gate_unlock(&t->lock);
    return more;
}

static void join_line_locked(struct sync_line *line, struct list *list)
{
    list_for_each (item, next, list)
        container_of(item, struct waiter, link)->since = load_relaxed(&line->rewinds);
}

static enum ist_status share_locked(struct timeline *t, struct sync_line *line)
{
    struct sync_line *old = line_of(t);
    if (line != old) {
        store_relaxed(&line->value, load_relaxed(&old->value));
        store_relaxed(&line->over, load_relaxed(&old->over));
        join_line_locked(line, &t->waiters);
        join_line_locked(line, &t->sleepers);
        t->watch.line = line;
        store_release(&t->line, line);
    }
    store_release(&t->shared, true);
    t->watched = timeline_anybody_locked(t);
    return IST_OK;
}

enum ist_status timeline_share(struct timeline *t, struct sync_line *line)
{
    if (is_shared(t))
        return IST_OK;
    gate_enter(); /* a child finds either both or neither: what waits, and its watch */
    timeline_lock(t);
    enum ist_status status = timeline_anybody_locked(t) ? watch_futex_start() : IST_OK;
    bool watch = status == IST_OK && !is_shared(t);
    if (watch)
        status = share_locked(t, line);
    watch = watch && t->watched;
    gate_unlock(&t->lock);
    if (watch)
        watch_futex_add(&t->watch);
    gate_leave();
    return status;
}

void timeline_set(struct timeline *t, uint64_t value)
{
    timeline_lock(t);
    struct sync_line *line = line_of(t);
    bool shared = is_shared(t) || t->gpu; /* then threads sleep on the line */
    if (t->gpu)
        timeline_set_gpu_locked(t, value);
    else if (shared)
        sync_line_set(line, value);
    else
        store_release(&line->value, value); /* publishes the work before it to every reader */
    if (timeline_anybody_locked(t))
        timeline_fire_locked(t);
    gate_unlock(&t->lock);
    if (shared)
        sync_line_wake(line);
}

void timeline_step(struct timeline *t, uint64_t value)
{
    store_seq_cst(&t->own.value, value); /* publishes the work before it to every reader */
    if (!timeline_is_watched(t))
        return;
    timeline_lock(t);
    timeline_fire_locked(t);
    gate_unlock(&t->lock);
}

void timeline_end(struct timeline *t)
{
    timeline_lock(t);
    if (is_shared(t) || t->gpu)
        sync_line_end(line_of(t));
    else
        store_release(&line_of(t)->over, 1);
    if (t->gpu)
        sync_gpu_follow(t->gpu, line_of(t));
    timeline_fire_locked(t);
    gate_unlock(&t->lock);
}

enum ist_status timeline_prepare(struct timeline *t)
{
    return is_shared(t) ? watch_futex_start() : IST_OK;
}

static bool stand_in_line(struct timeline *t, struct list *list, struct waiter *waiter,
                          bool served_by_others)
{
    gate_enter(); /* as in timeline_share() */
    timeline_lock(t);
    waiter->since = sync_line_since(line_of(t));
    store_seq_cst(&t->anybody, true); /* before the look: whoever sets the value sees it */
    bool open = !satisfied(t, waiter);
    if (open)
        list_append(list, &waiter->link);
    else
        store_relaxed(&t->anybody, timeline_anybody_locked(t));
    if (open && t->gpu)
        timeline_poll_locked(t);
    bool tell = open && served_by_others && is_shared(t) && !t->watched;
    if (tell)
        t->watched = true;
    gate_unlock(&t->lock);
    if (tell)
        watch_futex_add(&t->watch);
    gate_leave();
    return open;
}

bool timeline_watch(struct timeline *t, struct waiter *waiter, uint64_t target,
                    void (*fire)(struct waiter *waiter))
{
    *waiter = (struct waiter){.target = target, .fire = fire};
    return stand_in_line(t, &t->waiters, waiter, true);
}

bool timeline_watch_own(struct timeline *t, struct waiter *waiter, uint64_t target,
                        void (*fire)(struct waiter *waiter))
{
    *waiter = (struct waiter){.target = target, .fire = fire, .patient = true};
    return stand_in_line(t, &t->waiters, waiter, false);
}

bool timeline_watch_coming(struct timeline *t, struct waiter *waiter, uint64_t target,
                           void (*fire)(struct waiter *waiter))
{
    *waiter = (struct waiter){.target = target, .fire = fire, .issued = true};
    return stand_in_line(t, &t->waiters, waiter, true);
}

bool timeline_watch_idly(struct timeline *t, struct waiter *waiter, uint64_t target,
                         void (*fire)(struct waiter *waiter))
{
    *waiter = (struct waiter){.target = target, .fire = fire, .patient = true};
    return stand_in_line(t, &t->waiters, waiter, true);
}

bool timeline_unwatch(struct timeline *t, struct waiter *waiter)
{
    timeline_lock(t);
    bool linked = list_linked(&waiter->link);
    if (linked)
        list_remove(&waiter->link);
    gate_unlock(&t->lock);
    return linked;
}

struct sleeper {
    struct waiter waiter;
    _Atomic uint32_t awake; /* futex word: set once by fire(), read by the sleeping thread */
};

static void sleeper_fire(struct waiter *waiter)
{
    struct sleeper *s = container_of(waiter, struct sleeper, waiter);
    store_release(&s->awake, 1);
    futex_wake(&s->awake, 1);
}

/* In this process: whoever sets the value wakes exactly those whom it satisfies. */
static bool sleep_alone(struct timeline *t, uint64_t target, int64_t deadline_ns)
{
    struct sleeper s = {.waiter = {.target = target, .fire = sleeper_fire}};
    if (!stand_in_line(t, &t->sleepers, &s.waiter, true))
        return true;
    bool in_time = true;
    while (!load_acquire(&s.awake) && in_time)
        in_time = futex_wait_until(&s.awake, 0, deadline_ns);
    return !timeline_unwatch(t, &s.waiter);
}

/* Any process may set the value: all who wait wake up and look. */
static bool sleep_on_line(struct timeline *t, uint64_t target, uint32_t since,
                          int64_t deadline_ns)
{
    struct sync_line *line = line_of(t);
    add_seq_cst(&line->waiters, 1); /* before the look: pairs with sync_line_wake() */
    bool reached, in_time = true;
    for (;;) {
        uint32_t seen =
            load_acquire(&line->wake); /* before the look: a change after it shows */
        reached = sync_line_reached(line, target, since);
        if (reached || !in_time)
            break;
        in_time = sync_sleep(&line->wake, seen, t->pending, deadline_ns);
        if (t->pending && sync_pending_died(t->pending))
            sync_pending_break(t->pending);
    }
    sub_relaxed(&line->waiters, 1);
    return reached;
}

static bool spin_for(struct timeline *t, uint64_t target)
{
    if (timeline_value(t) >= target)
        return true;
    unsigned looks = spin_looks(&t->spin), used = 1;
    bool reached = false;
    for (; used < looks && !reached; used++) {
        spin_relax();
        reached = timeline_value(t) >= target;
    }
    spin_learn(&t->spin, looks, used, reached);
    return reached;
}

enum ist_status timeline_late(uint64_t target)
{
    return answer(IST_TIMEOUT, "the time was over before value %llu was reached",
                  (unsigned long long)target);
}

enum ist_status timeline_wait(struct timeline *t, uint64_t target, int64_t deadline_ns)
{
    if (t->gpu)
        return timeline_wait_gpu(t, target, deadline_ns);
    bool shared = is_shared(t); /* before `since`, which is of the line that stays */
    uint32_t since = sync_line_since(line_of(t));
    if (spin_for(t, target))
        return IST_OK;
    if (shared ? sleep_on_line(t, target, since, deadline_ns)
               : sleep_alone(t, target, deadline_ns))
        return IST_OK;
    return timeline_late(target);
}
