/* SPDX-License-Identifier: MIT */
/*
 * How often one looks at a word that a GPU writes, for it wakes nobody: at first without a
 * pause, as most answers come within microseconds; then after sleeps that grow to a length at
 * which looking costs a few percent of a CPU.
 */
#ifndef ISTHMUS_CORE_PACE_H
#define ISTHMUS_CORE_PACE_H

#include "base/futex.h"
#include "core/spin.h"

#include <time.h>

#define PACE_SPIN_NS 50000
#define PACE_FIRST_NS 20000
#define PACE_LAST_NS 100000

struct pace {
    int64_t since; /* of the first look; 0: there was none */
    int64_t nap;   /* the last sleep; 0: there was none */
};

static inline bool pace_spins(struct pace *p, int64_t now)
{
    if (!p->since)
        p->since = now;
    return now - p->since < PACE_SPIN_NS;
}

/* The next sleep. */
static inline int64_t pace_nap(struct pace *p)
{
    int64_t next = p->nap ? p->nap + p->nap / 4 : PACE_FIRST_NS;
    return p->nap = next < PACE_LAST_NS ? next : PACE_LAST_NS;
}

/* Others go first: on a CPU of its own this costs less than a look. */
static inline void pace_spin(void)
{
    for (unsigned i = 0; i < 8; i++)
        spin_relax();
    sched_yield();
}

/* Between two looks. False: the deadline has passed. */
static inline bool pace_step(struct pace *p, int64_t deadline_ns)
{
    int64_t now = clock_now_ns();
    if (now >= deadline_ns)
        return false;
    if (pace_spins(p, now)) {
        pace_spin();
        return true;
    }
    int64_t nap = pace_nap(p), left = deadline_ns - now;
    struct timespec rest = {.tv_nsec = nap < left ? nap : left};
    nanosleep(&rest, NULL);
    return true;
}

#endif
