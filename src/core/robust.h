/* SPDX-License-Identifier: MIT */
/*
 * Words of sync pages that this process owns, so that the kernel marks them when the process
 * dies: 40 to 200 us after a kill, before it tears the memory down. The robust list belongs to
 * a helper thread that does nothing but live as long as the process; any thread may take and
 * leave words for it. What ends the process ends the helper: kill, exit, exec.
 *
 * The gap: the helper may be dead while another thread of the process still runs its last
 * instructions and takes a word. Waiters therefore look at the owner, too (sync_word_check()).
 * And the kernel wakes one sleeper of a word, which may be another thread of the dead: the
 * others learn of it when their slice ends, after at most 100 ms.
 */
#ifndef ISTHMUS_CORE_ROBUST_H
#define ISTHMUS_CORE_ROBUST_H

#include "core/sync.h"

struct robust_helper;

/* Starts the first helper; at once if it runs already. IST_NO_RESOURCES. */
enum ist_status robust_start(void) MUST_CHECK;

/*
 * Turns *word from `expected` into our helper's id | flags. NULL: the word had changed, or all
 * lists are full. After robust_start(). Publishes nothing, acquires what the word publishes.
 */
struct robust_helper *robust_take(_Atomic uint32_t *word, uint32_t expected, uint32_t flags)
    MUST_CHECK;

/*
 * Turns a word that `by` owns into `next`, and wakes all who sleep on it. False: somebody wrote
 * over it; it is no longer ours and stays as it is. Publishes what came before.
 */
bool robust_leave(struct robust_helper *by, _Atomic uint32_t *word, uint32_t next);

/* Another number in the child of a fork, which owns nothing of what its parent owns. */
unsigned robust_epoch(void);

/* True for a word that a helper of this process owns. */
bool robust_owns(uint32_t word);

/* The thread id that the words of `by` hold: for reports and tests. */
uint32_t robust_id(const struct robust_helper *by);

#endif
