/* SPDX-License-Identifier: MIT */
/*
 * Who does what next. Every operation starts from a number that depends on seed, thread and
 * count alone, so what a thread tries is the same in each run, whatever the others did.
 */
#include "monkey.h"

#include <stdio.h>
#include <time.h>

uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

unsigned below(struct rng *rng, unsigned n)
{
    return (unsigned)(rng_next(rng) >> 33) % n;
}

bool one_in(struct rng *rng, unsigned n)
{
    return below(rng, n) == 0;
}

static const struct operation *const groups[] = {resource_ops, handle_ops, cuda_ops,
                                                 mapping_ops,  stream_ops, sync_ops,
                                                 cell_ops,     chain_ops,  life_ops,
                                                 handoff_ops};

/* True if the name contains one of the texts of --only, which commas separate. */
static bool is_wanted(const char *name)
{
    char texts[256], *rest = texts;
    if (!options.only)
        return true;
    snprintf(texts, sizeof(texts), "%s", options.only);
    for (char *text; (text = strsep(&rest, ",")) != NULL;)
        if (strstr(name, text))
            return true;
    return false;
}

/* Walks all operations: the one that `ticket` falls on; NULL: `ticket` is beyond, see *sum. */
static const struct operation *find_operation(unsigned ticket, unsigned *sum)
{
    *sum = 0;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        for (const struct operation *op = groups[i]; op->name; op++) {
            if (!is_wanted(op->name))
                continue;
            *sum += op->weight;
            if (ticket < *sum)
                return op;
        }
    return NULL;
}

static void step(struct worker *w, uint64_t number, unsigned sum)
{
    struct rng mix = {options.seed};
    mix.state = rng_next(&mix) ^ (uint64_t)w->index << 48;
    mix.state = rng_next(&mix) ^ number;
    w->rng.state = rng_next(&mix);
    unsigned unused;
    const struct operation *op = find_operation(below(&w->rng, sum), &unused);
    atomic_store(&w->where, op->name);
    op->run(w);
    atomic_store(&w->number, number + 1);
}

static bool time_is_over(const struct timespec *start)
{
    struct timespec now;
    if (!options.seconds)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double spent = (double)(now.tv_sec - start->tv_sec) +
                   (double)(now.tv_nsec - start->tv_nsec) / 1e9;
    return spent >= options.seconds;
}

void *worker_run(void *worker)
{
    struct worker *w = worker;
    struct timespec start;
    unsigned sum;
    find_operation(UINT32_MAX, &sum);
    if (!sum) {
        monkey_fail(w, __FILE__, __LINE__, "no operation is called \"%s\"", options.only);
        return NULL;
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (uint64_t n = 0; (!options.ops || n < options.ops) && !time_is_over(&start); n++)
        step(w, n, sum);
    atomic_store(&w->where, "finished");
    return NULL;
}
