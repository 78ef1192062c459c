/* SPDX-License-Identifier: MIT */
/* Samples by turns, medians, and pinning. */
#include "bench/bench.h"

#include "report.h"

#include <sched.h>
#include <stdlib.h>

#define SAMPLE_US 200.0 /* long against the clock's own cost */
#define BUDGET_US 800e3 /* for one row */
#define REPETITIONS_MIN 7
#define REPETITIONS_MAX 301
#define BATCH_MAX (1u << 20)

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct figure figure_of(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return (struct figure){values[count / 2], values[count / 10],
                           values[count - 1 - count / 10]};
}

static double sample_us(void (*fn)(void *, unsigned), void *user, unsigned count)
{
    double start = now_us();
    fn(user, count);
    return now_us() - start;
}

/* Doubles until one sample is long enough; warms everything up on the way. */
static unsigned find_batch(void (*fn)(void *, unsigned), void *user, double *us)
{
    unsigned batch = 1;
    *us = sample_us(fn, user, batch); /* the first one pays for what is made by need */
    for (;; batch *= 2) {
        *us = sample_us(fn, user, batch);
        if (*us >= SAMPLE_US || batch >= BATCH_MAX)
            return batch;
    }
}

static unsigned repetitions_for(double us)
{
    double fit = BUDGET_US / us;
    return fit > REPETITIONS_MAX   ? REPETITIONS_MAX
           : fit < REPETITIONS_MIN ? REPETITIONS_MIN
                                   : (unsigned)fit;
}

void measure(const struct pair *pair, struct result *out)
{
    double ours[REPETITIONS_MAX], floor[REPETITIONS_MAX], ratio[REPETITIONS_MAX];
    double ours_us, floor_us = 0;
    unsigned batch = find_batch(pair->ours, pair->user, &ours_us), floor_batch = 1;
    if (pair->floor)
        floor_batch = find_batch(pair->floor, pair->user, &floor_us);

    unsigned n = repetitions_for(ours_us + floor_us);
    for (unsigned i = 0; i < n; i++) {
        ours[i] = sample_us(pair->ours, pair->user, batch) * 1e3 / batch;
        floor[i] = pair->floor
                       ? sample_us(pair->floor, pair->user, floor_batch) * 1e3 / floor_batch
                       : 0;
        ratio[i] = pair->floor ? ours[i] / floor[i] : 0;
    }
    out->repetitions = n;
    out->ours = figure_of(ours, n);
    out->floor = figure_of(floor, n);
    out->ratio = figure_of(ratio, n);
}

/* What the process was started with; asked before anybody is pinned. */
static cpu_set_t allowed;

__attribute__((constructor)) static void remember_cpus(void)
{
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
        CPU_ZERO(&allowed);
}

unsigned cpu_count(void)
{
    return (unsigned)CPU_COUNT(&allowed);
}

bool pin_to(unsigned index)
{
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed) || index-- > 0)
            continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        return sched_setaffinity(0, sizeof(one), &one) == 0;
    }
    return false;
}

void unpin(void)
{
    (void)!sched_setaffinity(0, sizeof(allowed), &allowed);
}
