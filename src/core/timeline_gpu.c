/* SPDX-License-Identifier: MIT */
/*
 * Timelines that streams of a GPU set as well. What is issued is known at once to everybody:
 * the word `issued` publishes it, and a step of the line's `wake` tells those who sleep. What
 * is done is known to those who look. The polling thread has `poll` while `polled`, which the
 * lock guards, is not POLL_DONE.
 */
#include "core/timeline_own.h"

#include "base/gate.h"
#include "core/gpu.h"
#include "core/pace.h"

#define SLICE_NS 20000000 /* asleep: nobody tells that the device was lost meanwhile */

/* The line of a page never moves. */
static struct sync_line *line_of(struct timeline *t)
{
    return load_relaxed(&t->line);
}

uint64_t timeline_last_issued(struct timeline *t)
{
    return load_seq_cst(&t->gpu->issued); /* after one was counted among the waiters */
}

bool timeline_coming(struct timeline *t, uint64_t target)
{
    return timeline_reached(t, target) || (t->gpu && timeline_last_issued(t) >= target);
}

/* How soon one of those who wait could be satisfied. */
static enum poll_next next_look_locked(struct timeline *t)
{
    uint64_t issued = timeline_last_issued(t);
    if (list_empty(&t->waiters))
        return POLL_DONE;
    list_for_each (item, next, &t->waiters) {
        const struct waiter *waiter = container_of(item, const struct waiter, link);
        if (!waiter->patient && issued >= waiter->target)
            return POLL_SOON;
    }
    return POLL_LATER; /* the device may be lost, or a signal be seen before it is noted */
}

static enum poll_next look(struct poll *poll)
{
    struct timeline *t = container_of(poll, struct timeline, poll);
    gpu_lost_by_now(t->device); /* whoever is told so fires below */
    timeline_lock(t);
    timeline_fire_locked(t);
    enum poll_next next = t->polled = next_look_locked(t);
    gate_unlock(&t->lock);
    return next;
}

void timeline_use_gpu(struct timeline *t, struct device *device, struct sync_gpu *gpu)
{
    t->device = device;
    t->poll.look = look;
    t->gpu = gpu;
}

void timeline_poll_locked(struct timeline *t)
{
    enum poll_next next = next_look_locked(t);
    if (next == POLL_DONE)
        return;
    if (t->polled == POLL_DONE)
        watch_poll_add(&t->poll, next);
    else if (next == POLL_SOON)
        watch_poll_hurry(&t->poll);
    t->polled = next;
}

void timeline_set_gpu_locked(struct timeline *t, uint64_t value)
{
    sync_gpu_set(t->gpu, line_of(t), value);
}

static void tell(struct timeline *t)
{
    if (timeline_is_watched(t)) {
        timeline_lock(t);
        timeline_fire_locked(t);
        timeline_poll_locked(t);
        gate_unlock(&t->lock);
    }
    sync_line_wake(line_of(t));
}

void timeline_issued(struct timeline *t, uint64_t before, uint64_t value)
{
    sync_gpu_issued(t->gpu, before, value);
    tell(t);
}

void timeline_landed(struct timeline *t)
{
    sync_gpu_follow(t->gpu, line_of(t));
    tell(t);
}

/* Nothing is under way: until a signal is issued, or a slice is over. False: out of time. */
static bool sleep_until_issued(struct timeline *t, uint64_t target, uint32_t since,
                               int64_t deadline_ns)
{
    struct sync_line *line = line_of(t);
    int64_t slice = clock_now_ns() + SLICE_NS;
    bool last = deadline_ns < slice, in_time = true;
    add_seq_cst(&line->waiters, 1); /* before the look: pairs with sync_line_wake() */
    uint32_t seen = load_acquire(&line->wake); /* before the look: a change after it shows */
    if (!sync_gpu_reached(t->gpu, line, target, since) && timeline_last_issued(t) < target)
        in_time = sync_sleep(&line->wake, seen, t->pending, last ? deadline_ns : slice);
    sub_relaxed(&line->waiters, 1);
    return in_time || !last;
}

enum ist_status timeline_wait_gpu(struct timeline *t, uint64_t target, int64_t deadline_ns)
{
    struct sync_line *line = line_of(t);
    uint32_t since = sync_line_since(line);
    struct pace pace = {0};
    for (bool in_time = true;;) {
        if (sync_gpu_reached(t->gpu, line, target, since))
            return IST_OK;
        if (gpu_lost_by_now(t->device))
            return refuse(IST_DEVICE_LOST, "device %s is lost: value %llu will not be reached",
                          t->device->description, (unsigned long long)target);
        if (!in_time)
            return timeline_late(target);
        if (timeline_last_issued(t) >= target) {
            in_time = pace_step(&pace, deadline_ns);
            continue;
        }
        pace = (struct pace){0};
        in_time = sleep_until_issued(t, target, since, deadline_ns);
        if (t->pending && sync_pending_died(t->pending))
            sync_pending_break(t->pending);
    }
}
