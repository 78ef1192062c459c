/* SPDX-License-Identifier: MIT */
/*
 * What is done with the words of a sync page. No lock: several processes are at it at a time,
 * and each of them may be killed between any two instructions, or write what it likes. So every
 * loop is bounded, and every sleep ends.
 */
#include "core/sync.h"

#include "base/cleanup.h"
#include "core/robust.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>

#define TAKEOVER_NS 10000000 /* whoever lowers a value is done in less, or dead, or stopped */
#define MOST_TRIES 10000     /* a CAS that loses that often loses against malice */

/* Raises the value; also stores an equal one. False: it is higher, somebody has to lower it. */
static bool raise_value(struct sync_line *line, uint64_t value)
{
    uint64_t old = load_relaxed(&line->value);
    for (unsigned i = 0; old <= value; i++) {
        /* seq_cst: before the look at `waiters`; publishes the work before the signal. */
        if (cas_seq_cst(&line->value, &old, value))
            return true;
        if (i == MOST_TRIES)
            return true;
    }
    return false;
}

/* One at a time, or a value that was never reached could stand among the peaks. */
void sync_rewind_begin(struct sync_line *line)
{
    int64_t until = 0;
    uint32_t free_word = 0;
    while (!cas_acq_rel(&line->rewinder, &free_word, 1)) {
        int64_t now = clock_now_ns();
        until = until ? until : now + TAKEOVER_NS;
        if (now > until)
            return;
        free_word = 0;
        sched_yield();
    }
}

/*
 * The peak is published before the value goes down: who comes after sees the lower value and
 * the new count, who came before finds the peak.
 */
void sync_rewind_note(struct sync_line *line, uint64_t old)
{
    uint32_t rewinds = load_relaxed(&line->rewinds);
    store_relaxed(&line->peaks[rewinds % SYNC_PEAKS], old);
    store_release(&line->rewinds, rewinds + 1);
}

void sync_rewind_end(struct sync_line *line)
{
    store_release(&line->rewinder, 0);
}

/* False: there is nothing to lower any more. */
static bool lower_value(struct sync_line *line, uint64_t value)
{
    bool done = false;
    sync_rewind_begin(line);
    uint64_t old = load_acquire(&line->value);
    for (unsigned i = 0; i < MOST_TRIES && old > value && !done; i++) {
        sync_rewind_note(line, old);
        done = cas_seq_cst(&line->value, &old, value);
    }
    sync_rewind_end(line);
    return done;
}

void sync_line_set(struct sync_line *line, uint64_t value)
{
    for (unsigned i = 0; i < MOST_TRIES; i++)
        if (raise_value(line, value) || lower_value(line, value))
            return;
}

uint32_t sync_line_since(struct sync_line *line)
{
    return load_acquire(&line->rewinds);
}

/* The value first: a lower one brings the count with it that names its peak. */
bool sync_line_reached(struct sync_line *line, uint64_t target, uint32_t since)
{
    return load_seq_cst(&line->value) >= target || load_acquire(&line->over) ||
           sync_line_peaked(line, target, since);
}

bool sync_line_peaked(struct sync_line *line, uint64_t target, uint32_t since)
{
    uint32_t rewinds = load_acquire(&line->rewinds), missed = rewinds - since;
    for (uint32_t i = missed < SYNC_PEAKS ? missed : SYNC_PEAKS; i > 0; i--)
        if (load_relaxed(&line->peaks[(rewinds - i) % SYNC_PEAKS]) >= target)
            return true;
    return false;
}

void sync_line_wake(struct sync_line *line)
{
    /* seq_cst: either we see the waiter, or its last look sees what we stored. */
    if (load_seq_cst(&line->waiters) == 0)
        return;
    atomic_fetch_add_explicit(&line->wake, 1, memory_order_release);
    futex_wake_shared(&line->wake, INT_MAX);
}

void sync_line_end(struct sync_line *line)
{
    store_seq_cst(&line->over, 1);
    atomic_fetch_add_explicit(&line->wake, 1, memory_order_release);
    futex_wake_shared(&line->wake, INT_MAX);
}

static bool is_owned(uint32_t word)
{
    return (word & SYNC_LOW) != 0 && !(word & (SYNC_DIED | SYNC_FREE));
}

unsigned sync_pending_words(struct sync_pending *pending, struct futex_word *out)
{
    unsigned count = 0;
    for (unsigned i = 0; i < SYNC_PENDING; i++) {
        uint32_t word = load_acquire(&pending[i].word), marked = word | SYNC_WAITERS;
        /* Not our own: the kernel wakes one sleeper, and a thread of the dead tells nobody. */
        if (!is_owned(word) || robust_owns(word))
            continue;
        /* The kernel wakes only where it finds the mark; a slot that changes is left alone. */
        if (word == marked || cas_acq_rel(&pending[i].word, &word, marked))
            out[count++] = (struct futex_word){&pending[i].word, marked};
    }
    return count;
}

static struct sync_mutex *mutex_of(struct sync_pending *pending)
{
    return container_of(pending, struct sync_mutex, pending[0]);
}

/* On a page of a device without streams the word stays 0. */
static uint64_t order_value(struct sync_mutex *mutex)
{
    struct sync_page *page = container_of(mutex, struct sync_page, mutex);
    uint64_t value = load_acquire(&mutex->order.value);
    uint64_t word = load_acquire(&page->order_gpu.word);
    return word > value && word < SYNC_GPU_MAX ? word : value;
}

/*
 * The value lies between two looks at the word, or it could be that of who took the slot over
 * from the dead; the order comes last, so what the owner reached before it died is seen.
 */
static bool slot_died(struct sync_pending *pending, struct sync_mutex *mutex)
{
    if (!(load_acquire(&pending->word) & SYNC_DIED))
        return false;
    uint64_t value = load_acquire(&pending->value);
    return load_acquire(&pending->word) & SYNC_DIED && value > order_value(mutex);
}

bool sync_pending_died(struct sync_pending *pending)
{
    for (unsigned i = 0; i < SYNC_PENDING; i++)
        if (slot_died(&pending[i], mutex_of(pending)))
            return true;
    return false;
}

void sync_pending_break(struct sync_pending *pending)
{
    struct sync_mutex *mutex = mutex_of(pending);
    struct sync_page *page = container_of(mutex, struct sync_page, mutex);
    sync_line_end(&mutex->order);
    sync_gpu_follow(&page->order_gpu, &mutex->order);
    futex_wake_shared(&mutex->owner, INT_MAX);
}

static struct sync_page *page_of(void *word)
{
    return (struct sync_page *)((uintptr_t)word & ~(uintptr_t)(SYNC_PAGE_BYTES - 1));
}

void sync_word_check(_Atomic uint32_t *word)
{
    uint32_t seen = load_acquire(word);
    if (!is_owned(seen) || load_relaxed(&page_of(word)->mixed))
        return;
    if (kill((pid_t)(seen & SYNC_LOW), 0) == 0 || errno != ESRCH)
        return;
    if (cas_acq_rel(word, &seen, (seen & SYNC_WAITERS) | SYNC_DIED))
        futex_wake_shared(word, INT_MAX);
}

bool sync_sleep(_Atomic uint32_t *word, uint32_t seen, struct sync_pending *pending,
                int64_t deadline_ns)
{
    struct futex_word words[1 + SYNC_PENDING] = {{word, seen}};
    unsigned count = pending ? sync_pending_words(pending, words + 1) : 0;
    int64_t now = clock_now_ns(), slice = now + SYNC_SLICE_NS;
    bool last = deadline_ns < slice;
    if (deadline_ns <= now)
        return false;
    bool changed = count ? futex_wait_any(words, 1 + count, last ? deadline_ns : slice)
                         : futex_wait_shared(word, seen, last ? deadline_ns : slice);
    if (!changed && pending)
        for (unsigned i = 0; i < SYNC_PENDING; i++)
            sync_word_check(&pending[i].word);
    return changed || !last;
}
