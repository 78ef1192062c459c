/* SPDX-License-Identifier: MIT */
/*
 * How often one looks at a word that a GPU writes, for it wakes nobody: at first without a
 * pause, as most answers come within microseconds; then after sleeps. The kernel adds 50 us to
 * each (timer slack), and one costs 5 to 15 us of a CPU, so the first are no shorter than that
 * is worth; who has waited for long looks less often, and is late by 105 us in the mean.
 */
#ifndef ISTHMUS_CORE_PACE_H
#define ISTHMUS_CORE_PACE_H

#include "base/futex.h"
#include "core/spin.h"

#include <time.h>

#define PACE_SPIN_NS 50000
#define PACE_NAP_NS 90000
#define PACE_LONG_NAP_NS 150000
#define PACE_LONG_NS 1000000 /* of waiting: from then on long naps */

struct pace {
    int64_t since; /* of the first look; 0: there was none */
};

static inline bool pace_spins(struct pace *p, int64_t now)
{
    if (!p->since)
        p->since = now;
    return now - p->since < PACE_SPIN_NS;
}

/* The next sleep. */
static inline int64_t pace_nap(const struct pace *p, int64_t now)
{
    return now - p->since < PACE_LONG_NS ? PACE_NAP_NS : PACE_LONG_NAP_NS;
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
    int64_t nap = pace_nap(p, now), left = deadline_ns - now;
    struct timespec rest = {.tv_nsec = left < nap ? left : nap};
    nanosleep(&rest, NULL);
    return true;
}

#endif
