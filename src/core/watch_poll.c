/* SPDX-License-Identifier: MIT */
/*
 * One thread and its list. The lock is not held while a poll looks; it is the last of all, so
 * polls may be added under any other. A poll that is looked at is in no list: only the thread
 * puts it back, and once its look has said POLL_DONE the thread does not touch it again.
 */
#include "core/watch_poll.h"

#include "base/gate.h"
#include "base/log.h"
#include "core/pace.h"

#include <pthread.h>
#include <signal.h>

#define LATER_NS 20000000
#define LINGER_NS 500000000 /* a thread costs 30 us to start */
#define STACK_BYTES (256U << 10)

static struct {
    pthread_mutex_t lock; /* guards all but `control`; rank: last */
    struct list polls;    /* all that is added, but the one that is looked at */
    struct poll *looking;
    bool running, hooked;
    bool asleep;              /* on `control`: who adds wakes it */
    bool news;                /* something is in a hurry: spin again */
    int64_t empty_since;      /* 0: there is something to look at */
    _Atomic uint32_t control; /* futex word: a step by who adds; read by the thread */
} polling = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .polls = {&polling.polls, &polling.polls},
};

static void put_back_locked(struct poll *p, enum poll_next next, int64_t now)
{
    p->due = next == POLL_SOON || p->hurry ? 0 : now + LATER_NS;
    p->hurry = false;
    list_append(&polling.polls, &p->link);
}

static void look_at_locked(struct poll *p, int64_t now)
{
    list_remove(&p->link);
    p->hurry = false;
    polling.looking = p;
    pthread_mutex_unlock(&polling.lock);
    enum poll_next next = p->look(p);
    pthread_mutex_lock(&polling.lock);
    polling.looking = NULL;
    if (next != POLL_DONE)
        put_back_locked(p, next, now);
}

/* One look at all that is due. When the next is due: 0 is soon. */
static int64_t round_locked(int64_t now)
{
    int64_t next = DEADLINE_NEVER;
    unsigned count = 0;
    list_for_each (item, save, &polling.polls)
        count++;
    for (; count > 0 && !list_empty(&polling.polls); count--) {
        struct poll *p = container_of(polling.polls.next, struct poll, link);
        if (p->due <= now) {
            look_at_locked(p, now);
        } else {
            list_remove(&p->link);
            list_append(&polling.polls, &p->link);
        }
    }
    list_for_each (item, save, &polling.polls) {
        const struct poll *p = container_of(item, struct poll, link);
        next = p->due < next ? p->due : next;
    }
    return next;
}

/* How long to sleep until; 0: not at all. */
static int64_t choose_sleep_locked(struct pace *pace, int64_t next)
{
    int64_t now = clock_now_ns();
    if (take(&polling.news, false))
        *pace = (struct pace){0};
    if (!list_empty(&polling.polls))
        polling.empty_since = 0;
    else if (!polling.empty_since)
        polling.empty_since = now;
    if (list_empty(&polling.polls)) /* who adds something for later wakes nobody */
        return now + LATER_NS;
    if (next > now)
        return next;
    return pace_spins(pace, now) ? 0 : now + pace_nap(pace, now);
}

/* True: there was nothing for a while, and the thread ends. */
static bool rest_locked(int64_t until)
{
    uint32_t seen = load_relaxed(&polling.control); /* steps under the lock */
    polling.asleep = true;
    gate_unlock(&polling.lock);
    futex_wait_until(&polling.control, seen, until);
    gate_lock(&polling.lock);
    polling.asleep = false;
    bool idle = polling.empty_since && list_empty(&polling.polls) &&
                clock_now_ns() - polling.empty_since >= LINGER_NS;
    if (idle)
        polling.running = false;
    return idle;
}

static void *poll_all(void *unused)
{
    struct pace pace = {0};
    gate_lock(&polling.lock);
    for (bool end = false; !end;) {
        int64_t next = round_locked(clock_now_ns());
        int64_t until = choose_sleep_locked(&pace, next);
        if (until) {
            end = rest_locked(until);
            continue;
        }
        gate_unlock(&polling.lock);
        pace_spin();
        gate_lock(&polling.lock);
    }
    gate_unlock(&polling.lock);
    return unused;
}

static bool start_locked(void)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t all, before;
    sigfillset(&all); /* signals are the program's */
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    polling.running = pthread_create(&thread, &attr, poll_all, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (polling.running)
        pthread_setname_np(thread, "isthmus-poll");
    else
        log_line(LOG_ERROR, "sync", "no thread looks at what the GPU does: waits may hang");
    return polling.running;
}

/* In a child: the thread stayed with the parent. It looked inside the gate: all is listed. */
static void forget_thread(void)
{
    polling.running = polling.asleep = false;
    polling.looking = NULL;
    if (!list_empty(&polling.polls))
        start_locked();
}

static void nudge_locked(enum poll_next next)
{
    polling.news |= next == POLL_SOON;
    if (!polling.running && !start_locked())
        return;
    if (!polling.asleep || next != POLL_SOON)
        return;
    add_relaxed(&polling.control, 1); /* publishes nothing: the lock does */
    futex_wake(&polling.control, 1);
}

void watch_poll_add(struct poll *p, enum poll_next next)
{
    gate_lock(&polling.lock);
    if (!polling.hooked)
        gate_on_fork(&(struct gate_hooks){.adopt = forget_thread});
    polling.hooked = true;
    p->hurry = false;
    put_back_locked(p, next, next == POLL_SOON ? 0 : clock_now_ns());
    nudge_locked(next);
    gate_unlock(&polling.lock);
}

void watch_poll_hurry(struct poll *p)
{
    gate_lock(&polling.lock);
    p->hurry = true;
    p->due = 0;
    nudge_locked(POLL_SOON);
    gate_unlock(&polling.lock);
}

void watch_poll_remove(struct poll *p)
{
    gate_lock(&polling.lock);
    if (list_linked(&p->link))
        list_remove(&p->link);
    while (polling.looking == p) {
        gate_unlock(&polling.lock);
        sched_yield(); /* a look takes microseconds */
        gate_lock(&polling.lock);
    }
    if (list_linked(&p->link)) /* its look wanted to go on */
        list_remove(&p->link);
    gate_unlock(&polling.lock);
}
