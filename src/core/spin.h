/* SPDX-License-Identifier: MIT */
/*
 * A short spin before a sleep, as long as it has paid lately: on another CPU a peer answers in
 * 0.3 us, where a sleep costs 40; on the same CPU spinning only keeps it from running. What was
 * learnt is a guess that anybody may overwrite: relaxed everywhere.
 */
#ifndef ISTHMUS_CORE_SPIN_H
#define ISTHMUS_CORE_SPIN_H

#include "base/atomics.h"

#include <sched.h>
#include <unistd.h>

#define SPIN_MOST 200 /* about 5 us */
#define SPIN_LEAST 10
#define SPIN_PROBE 32 /* now and then a full spin tells whether it pays again */

struct spin {
    _Atomic unsigned worth; /* how many looks the last successes took; 0: nothing is known */
    _Atomic unsigned turn;
};

static inline void spin_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    sched_yield();
#endif
}

static inline bool spin_can_pay(void)
{
    static atomic_int cpus; /* 0: not asked yet; every thread finds the same */
    int n = load_relaxed(&cpus);
    if (!n) {
        n = (int)sysconf(_SC_NPROCESSORS_ONLN);
        store_relaxed(&cpus, n > 0 ? n : 1);
    }
    return n > 1;
}

/* How many looks to take now; a last look comes before the sleep anyway. */
static inline unsigned spin_looks(struct spin *s)
{
    if (!spin_can_pay())
        return 1;
    unsigned worth = load_relaxed(&s->worth);
    if (worth == 0 || (add_relaxed(&s->turn, 1) % SPIN_PROBE) == 0)
        return SPIN_MOST;
    return worth;
}

/* `used` of `looks` were taken; `paid`: what was awaited came. */
static inline void spin_learn(struct spin *s, unsigned looks, unsigned used, bool paid)
{
    unsigned worth = load_relaxed(&s->worth);
    unsigned next = paid ? (worth * 3 + 2 * used + SPIN_LEAST + 4) / 4 : worth / 2;
    if (!paid && looks > worth && worth != 0)
        next = worth; /* a probe that failed is no news */
    next = next < SPIN_LEAST ? SPIN_LEAST : next > SPIN_MOST ? SPIN_MOST : next;
    if (next != worth)
        store_relaxed(&s->worth, next);
}

#endif
