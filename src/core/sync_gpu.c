/* SPDX-License-Identifier: MIT */
/*
 * The words beside a line that streams of GPUs use. No lock: hosts of several processes and
 * streams write them. Whoever writes the word last has set the value: streams store it, hosts
 * swap it, so that of what a host lowers the peak is known.
 */
#include "core/sync.h"

#define MOST_TRIES 10000 /* against a peer that writes for ever */

void sync_gpu_start(struct sync_gpu *gpu, uint64_t value)
{
    store_relaxed(&gpu->word, sync_gpu_value(value));
    store_relaxed(&gpu->issued, value);
}

struct sync_line *sync_gpu_line(struct sync_gpu *gpu)
{
    struct sync_page *page = (void *)((uintptr_t)gpu & ~(uintptr_t)(SYNC_PAGE_BYTES - 1));
    return gpu == &page->order_gpu ? &page->mutex.order : &page->fence;
}

static uint64_t value_at(struct sync_line *line, uint64_t word)
{
    return word < SYNC_GPU_MAX ? word : load_seq_cst(&line->value);
}

/* seq_cst: after one was counted among the waiters. Pairs with the stores of the word. */
uint64_t sync_gpu_read(struct sync_gpu *gpu, struct sync_line *line)
{
    return value_at(line, load_seq_cst(&gpu->word));
}

bool sync_gpu_reached(struct sync_gpu *gpu, struct sync_line *line, uint64_t target,
                      uint32_t since)
{
    return sync_gpu_read(gpu, line) >= target || load_acquire(&line->over) ||
           sync_line_peaked(line, target, since);
}

/* The last value stays to be read, as far as nobody sets it meanwhile. */
void sync_gpu_follow(struct sync_gpu *gpu, struct sync_line *line)
{
    /* acquire: a signal that is seen here was made before what is stored for it */
    if (!load_acquire(&line->over))
        return;
    uint64_t word = load_seq_cst(&gpu->word);
    for (unsigned i = 0; i < MOST_TRIES && word != SYNC_GPU_MAX; i++) {
        store_seq_cst(&line->value, word);
        if (cas_seq_cst(&gpu->word, &word, SYNC_GPU_MAX))
            return;
    }
}

/* Also stores an equal one. False: it is higher, somebody has to lower it. */
static bool raise_word(struct sync_gpu *gpu, struct sync_line *line, uint64_t value)
{
    uint64_t word = load_seq_cst(&gpu->word);
    for (unsigned i = 0; i < MOST_TRIES; i++) {
        if (value_at(line, word) > value)
            return false;
        if (value >= SYNC_GPU_MAX)
            store_seq_cst(&line->value, value);
        /* seq_cst: before the look at `waiters`; publishes the work before the signal. */
        if (cas_seq_cst(&gpu->word, &word, sync_gpu_value(value)))
            return true;
    }
    return true;
}

static bool lower_word(struct sync_gpu *gpu, struct sync_line *line, uint64_t value)
{
    bool done = false;
    sync_rewind_begin(line);
    uint64_t word = load_seq_cst(&gpu->word);
    for (unsigned i = 0; i < MOST_TRIES && value_at(line, word) > value && !done; i++) {
        sync_rewind_note(line, value_at(line, word));
        if (value >= SYNC_GPU_MAX)
            store_seq_cst(&line->value, value);
        done = cas_seq_cst(&gpu->word, &word, sync_gpu_value(value));
    }
    sync_rewind_end(line);
    return done;
}

static void raise_issued(struct sync_gpu *gpu, uint64_t value)
{
    uint64_t now = load_relaxed(&gpu->issued);
    /* seq_cst: before the look at the line's `waiters` (sync_line_wake()). */
    while (now < value && !cas_seq_cst(&gpu->issued, &now, value))
        ;
}

void sync_gpu_set(struct sync_gpu *gpu, struct sync_line *line, uint64_t value)
{
    uint64_t old = sync_gpu_read(gpu, line);
    bool done = false;
    for (unsigned i = 0; i < MOST_TRIES && !done; i++)
        done = raise_word(gpu, line, value) || lower_word(gpu, line, value);
    uint64_t issued = load_relaxed(&gpu->issued);
    if (value >= old)
        raise_issued(gpu, value);
    else if (issued <= old)
        /* A rewind, and nothing is under way. Lost: somebody submitted a signal meanwhile. */
        (void)cas_seq_cst(&gpu->issued, &issued, value);
    sync_gpu_follow(gpu, line); /* it may have ended meanwhile */
}

/*
 * Whoever finds that others have issued since is late: only a higher value is still news. In
 * turn, signals leave what the last one submitted, also a lower value.
 */
void sync_gpu_issued(struct sync_gpu *gpu, uint64_t before, uint64_t value)
{
    if (!cas_seq_cst(&gpu->issued, &before, value)) /* order as in raise_issued() */
        raise_issued(gpu, value);
}
