/* SPDX-License-Identifier: MIT */
/*
 * The words beside a line that streams of GPUs use. No lock: hosts of several processes and
 * streams write them. A stream writes a line's value and its word in one go; a host writes the
 * value first and then makes the word follow, so whoever writes last has seen the last value.
 */
#include "core/sync.h"

#define MOST_TRIES 10000 /* against a peer that writes for ever; then the word is a bit late */

void sync_gpu_start(struct sync_gpu *gpu, uint64_t value)
{
    store_relaxed(&gpu->word, sync_gpu_value(value));
    store_relaxed(&gpu->issued, value);
}

static uint64_t right_word(struct sync_line *line)
{
    /* acquire: a signal that is seen here was made before what is stored for it */
    return load_acquire(&line->over) ? SYNC_GPU_MAX
                                     : sync_gpu_value(load_seq_cst(&line->value));
}

/*
 * seq_cst on both words: of two hosts that store, the later one's look comes after the earlier
 * one's value. Releases the work before the signal to the streams that wait for the word.
 */
void sync_gpu_follow(struct sync_gpu *gpu, struct sync_line *line)
{
    for (unsigned i = 0; i < MOST_TRIES; i++) {
        uint64_t word = right_word(line);
        if (load_seq_cst(&gpu->word) != word)
            store_seq_cst(&gpu->word, word);
        if (right_word(line) == word)
            return;
    }
}

static void raise_issued(struct sync_gpu *gpu, uint64_t value)
{
    uint64_t now = load_relaxed(&gpu->issued);
    /* seq_cst: before the look at the line's `waiters` (sync_line_wake()). */
    while (now < value && !cas_seq_cst(&gpu->issued, &now, value))
        ;
}

void sync_gpu_set(struct sync_gpu *gpu, uint64_t old, uint64_t value)
{
    uint64_t issued = load_relaxed(&gpu->issued);
    if (value >= old)
        raise_issued(gpu, value);
    else if (issued <= old)
        /* A rewind, and nothing is under way. Lost: somebody submitted a signal meanwhile. */
        (void)cas_seq_cst(&gpu->issued, &issued, value);
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
