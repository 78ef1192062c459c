/* SPDX-License-Identifier: MIT */
/*
 * One lock guards all groups; it is not held while a watch looks, so that a look may take its
 * timeline's lock. A group is a thread and what it watches; its control word is the first that
 * the thread sleeps on, and moves whenever the group's list does.
 */
#include "core/watch_futex.h"

#include "base/gate.h"
#include "base/log.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#define GROUPS 32
#define GROUP_ROOM 96 /* lines of a group; slots with pending releases come on top */
#define CROWDED_NS 5000000
#define STACK_BYTES (256U << 10)

struct group {
    struct list watches;
    unsigned count;
    bool running;
    _Atomic uint32_t control;      /* futex word: a step when `watches` changed */
    struct watch *_Atomic looking; /* stored under the lock; cleared after the look */
};

static struct {
    pthread_mutex_t lock; /* guards all but the atomics; rank: alone */
    struct group groups[GROUPS];
    bool hooked;
} watching = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void nudge(struct group *g)
{
    atomic_fetch_add_explicit(&g->control, 1, memory_order_release);
    futex_wake_shared(&g->control, 1); /* futex_wait_any() takes every word for a shared one */
}

static void count_in_locked(struct watch *w)
{
    if (!w->counted)
        add_seq_cst(&w->line->waiters, 1); /* before the look: pairs with sync_line_wake() */
    w->counted = true;
}

static void unlink_locked(struct watch *w)
{
    struct group *g = &watching.groups[w->group];
    list_remove(&w->link);
    g->count--;
    if (w->counted)
        sub_relaxed(&w->line->waiters, 1);
    w->counted = false;
}

/* The oldest of the list goes to its end, and is looked at outside the lock. */
static void look_at_next_locked(struct group *g)
{
    struct watch *w = container_of(g->watches.next, struct watch, link);
    list_remove(&w->link);
    list_append(&g->watches, &w->link);
    count_in_locked(w);
    w->wanted = false;
    w->seen = load_acquire(&w->line->wake); /* before the look: a change after it shows */
    store_relaxed(&g->looking, w);
    pthread_mutex_unlock(&watching.lock);
    bool more = w->look(w);
    pthread_mutex_lock(&watching.lock);
    if (list_linked(&w->link) && !more && !w->wanted)
        unlink_locked(w);
    store_release(&g->looking, NULL); /* from here on `w` may be gone */
}

static unsigned fill_locked(struct group *g, struct futex_word *words)
{
    unsigned count = 1;
    list_for_each (item, next, &g->watches) {
        struct watch *w = container_of(item, struct watch, link);
        unsigned most = w->pending ? 1 + SYNC_PENDING : 1;
        if (count + most > FUTEX_WORDS_MAX)
            break;
        words[count++] = (struct futex_word){&w->line->wake, w->seen};
        if (w->pending)
            count += sync_pending_words(w->pending, words + count);
    }
    return count;
}

static int64_t next_slice_locked(const struct group *g, unsigned words)
{
    if (list_empty(&g->watches))
        return DEADLINE_NEVER;
    return clock_now_ns() +
           (words + 1 + SYNC_PENDING > FUTEX_WORDS_MAX ? CROWDED_NS : SYNC_SLICE_NS);
}

static void check_pending_locked(struct group *g)
{
    list_for_each (item, next, &g->watches) {
        struct watch *w = container_of(item, struct watch, link);
        for (unsigned i = 0; w->pending && i < SYNC_PENDING; i++)
            sync_word_check(&w->pending[i].word);
    }
}

static void *watch_group(void *arg)
{
    struct group *g = arg;
    struct futex_word words[FUTEX_WORDS_MAX];
    bool in_time = true;
    for (;;) {
        gate_lock(&watching.lock);
        words[0] = (struct futex_word){&g->control, load_acquire(&g->control)};
        if (!in_time)
            check_pending_locked(g);
        for (unsigned left = g->count; left > 0 && !list_empty(&g->watches); left--)
            look_at_next_locked(g);
        unsigned count = fill_locked(g, words);
        int64_t until = next_slice_locked(g, count);
        gate_unlock(&watching.lock);
        in_time = futex_wait_any(words, count, until);
    }
    return NULL;
}

static bool start_locked(struct group *g)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t all, before;
    if (!g->watches.next)
        list_init(&g->watches);
    sigfillset(&all); /* signals are the program's */
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    g->running = pthread_create(&thread, &attr, watch_group, g) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (g->running)
        pthread_setname_np(thread, "isthmus-watch");
    return g->running;
}

/* In a child: no thread runs, and what is watched is not counted for this process yet. Events
 * that were registered before the fork are as much the child's, so new threads watch. */
static void forget_threads(void)
{
    for (unsigned i = 0; i < GROUPS; i++) {
        struct group *g = &watching.groups[i];
        g->running = false;
        store_relaxed(&g->looking, NULL);
        if (!g->watches.next)
            continue;
        list_for_each (item, next, &g->watches)
            container_of(item, struct watch, link)->counted = false;
        if (g->count && !start_locked(g))
            log_line(LOG_ERROR, "sync",
                     "no thread watches for other processes: waits may hang");
    }
}

static bool run_locked(struct group *g)
{
    return g->running || start_locked(g);
}

enum ist_status watch_futex_start(void)
{
    gate_lock(&watching.lock);
    if (!watching.hooked)
        gate_on_fork(&(struct gate_hooks){.adopt = forget_threads});
    watching.hooked = true;
    bool ok = run_locked(&watching.groups[0]);
    gate_unlock(&watching.lock);
    return ok ? IST_OK
              : refuse(IST_NO_RESOURCES, "no thread could be started that watches for signals "
                                         "of other processes");
}

/* The first group with room; a crowded one is looked at every few milliseconds. */
static unsigned choose_locked(void)
{
    for (unsigned i = 0; i < GROUPS; i++)
        if (watching.groups[i].count < GROUP_ROOM && run_locked(&watching.groups[i]))
            return i;
    return 0;
}

void watch_futex_add(struct watch *w)
{
    gate_lock(&watching.lock);
    if (!list_linked(&w->link)) {
        w->group = choose_locked();
        struct group *g = &watching.groups[w->group];
        w->counted = false;
        list_append(&g->watches, &w->link);
        g->count++;
    }
    w->wanted = true;
    struct group *g = &watching.groups[w->group];
    if (!run_locked(g))
        log_line(LOG_ERROR, "sync", "no thread watches for other processes: waits may hang");
    nudge(g);
    gate_unlock(&watching.lock);
}

void watch_futex_remove(struct watch *w)
{
    gate_lock(&watching.lock);
    struct group *g = &watching.groups[w->group];
    if (list_linked(&w->link)) {
        unlink_locked(w);
        nudge(g);
    }
    while (load_relaxed(&g->looking) == w) {
        gate_unlock(&watching.lock);
        sched_yield(); /* a look takes microseconds */
        gate_lock(&watching.lock);
    }
    gate_unlock(&watching.lock);
}
