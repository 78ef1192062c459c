/* SPDX-License-Identifier: MIT */
/*
 * Two levels: a fixed table of leaves, each for 4 GiB of addresses, mapped when first needed
 * and never given back. The kernel makes their pages as they are touched.
 */
#include "cuda/pagemap.h"

#include <sched.h>
#include <sys/mman.h>

struct leaf *_Atomic pagemap_leaves[PAGEMAP_LEAVES];

static bool make_leaf(uintptr_t at)
{
    struct leaf *none = NULL;
    void *fresh = mmap(NULL, sizeof(struct leaf), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fresh == MAP_FAILED)
        return false;
    if (!cas_acq_rel(&pagemap_leaves[at / LEAF_BYTES], &none, fresh))
        munmap(fresh, sizeof(struct leaf)); /* another thread was first */
    return true;
}

bool pagemap_reserve(uintptr_t start, uintptr_t end)
{
    if (end > PAGEMAP_END)
        return false;
    for (uintptr_t at = start - start % LEAF_BYTES; at < end; at += LEAF_BYTES)
        if (!pagemap_leaf(at) && !make_leaf(at))
            return false;
    return true;
}

void pagemap_each_head(void (*fn)(struct word *word, void *arg), void *arg)
{
    for (size_t i = 0; i < PAGEMAP_LEAVES; i++) {
        struct leaf *leaf = load_acquire(&pagemap_leaves[i]);
        for (size_t k = 0; leaf && k < LEAF_GRANULES; k++)
            if (!word_is_free(&leaf->head[k]))
                fn(&leaf->head[k], arg);
    }
}

struct cu_memory *word_lock_slow(struct word *word)
{
    for (unsigned spins = 1;; spins++) {
        uintptr_t value = load_relaxed(&word->value) & ~(uintptr_t)1;
        if (cas_seq_cst(&word->value, &value, value | 1))
            return (struct cu_memory *)value;
        if (spins % 64 == 0)
            sched_yield(); /* the one who holds it was preempted */
    }
}
