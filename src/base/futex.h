/* SPDX-License-Identifier: MIT */
/* Sleeping on a word of memory, and the clock that deadlines are given in. */
#ifndef ISTHMUS_BASE_FUTEX_H
#define ISTHMUS_BASE_FUTEX_H

#include "base/export.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define DEADLINE_NEVER INT64_MAX

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_now_ns(void) FRONT_API(clock_now_ns);
/* The same, up to ten milliseconds old, and five times as fast. */
int64_t clock_coarse_ns(void) FRONT_API(clock_coarse_ns);

/*
 * The deadline `ms` milliseconds from now; UINT32_MAX (Windows' INFINITE) gives DEADLINE_NEVER.
 */
int64_t deadline_after_ms(uint32_t ms) FRONT_API(deadline_after_ms);

/*
 * Sleeps while *word == expected, until a wake-up or the deadline. May return early for no
 * reason: the caller looks again. False when the deadline has passed. Private to the process.
 */
bool futex_wait_until(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns);

void futex_wake(_Atomic uint32_t *word, int count);

/* The same for words in memory that processes share. */
bool futex_wait_shared(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns);
void futex_wake_shared(_Atomic uint32_t *word, int count);

/* One of several words that a thread sleeps on. */
struct futex_word {
    _Atomic uint32_t *word;
    uint32_t expected;
};

#define FUTEX_WORDS_MAX 128 /* the kernel's limit */

/*
 * Sleeps while all of them (shared; 1 to FUTEX_WORDS_MAX) have their expected values. A kernel
 * without futex_waitv: sleeps on the first, at most a few milliseconds. Otherwise as above.
 */
bool futex_wait_any(const struct futex_word *words, unsigned count, int64_t deadline_ns);

#endif
