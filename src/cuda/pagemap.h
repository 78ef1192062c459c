/* SPDX-License-Identifier: MIT */
/*
 * A sparse array over the address space: words that a granule of 64 KiB or a region of 2 MiB
 * can keep a piece of memory in. Each word is its own lock. Words of neighbours lie in
 * different cache lines, so threads that work on different memory do not meet. What the words
 * mean is pointer.c's affair.
 */
#ifndef ISTHMUS_CUDA_PAGEMAP_H
#define ISTHMUS_CUDA_PAGEMAP_H

#include "base/atomics.h"

#include <stddef.h>

#define GRANULE_BYTES ((uintptr_t)1 << 16)
#define REGION_BYTES ((uintptr_t)1 << 21)
#define LEAF_BYTES ((uintptr_t)1 << 32)
#define PAGEMAP_END ((uintptr_t)1 << 48) /* no program's memory lies there or above */

#define PAGEMAP_LEAVES (PAGEMAP_END / LEAF_BYTES)
#define LEAF_GRANULES (LEAF_BYTES / GRANULE_BYTES)
#define LEAF_REGIONS (LEAF_BYTES / REGION_BYTES)

#define PAGEMAP_LINE 64U                                /* bytes of a cache line */
#define LINE_WORDS (PAGEMAP_LINE / sizeof(struct word)) /* words in it */
#define PAGE_LINES (4096U / PAGEMAP_LINE)               /* lines in a page */
#define PAGE_WORDS (4096U / sizeof(struct word))        /* words in a page */

struct cu_memory;

/* The piece, and whether it is locked. Locked only inside the fork gate, by one at a time. */
struct word {
    _Atomic uintptr_t
        value; /* written by who holds the lock; its release publishes the piece */
};

struct region {
    struct word word;
} __attribute__((aligned(PAGEMAP_LINE)));

struct leaf {
    struct word head[LEAF_GRANULES];    /* of a granule: pieces that start there */
    struct word cover[LEAF_GRANULES];   /* of a granule: the piece that comes in from before */
    struct region region[LEAF_REGIONS]; /* the piece that covers all of a region */
};

extern struct leaf
    *_Atomic pagemap_leaves[PAGEMAP_LEAVES]; /* published by a CAS; never moved */

/* Makes sure of the words for all of [start, end); false: no memory, or end is out of range. */
bool pagemap_reserve(uintptr_t start, uintptr_t end);

/* Visits the head of every granule that has one in use, in any order. */
void pagemap_each_head(void (*fn)(struct word *word, void *arg), void *arg);

/* NULL: nothing around this address was ever reserved. */
static inline struct leaf *pagemap_leaf(uintptr_t at)
{
    return at < PAGEMAP_END ? load_acquire(&pagemap_leaves[at / LEAF_BYTES]) : NULL;
}

/* Neighbours go to different lines of one page: the words of a line are 4 MiB apart. */
static inline size_t pagemap_index(uintptr_t at)
{
    size_t granule = at % LEAF_BYTES / GRANULE_BYTES, in_page = granule % PAGE_WORDS;
    return granule - in_page + in_page % PAGE_LINES * LINE_WORDS + in_page / PAGE_LINES;
}

static inline struct word *pagemap_head(struct leaf *leaf, uintptr_t at)
{
    return &leaf->head[pagemap_index(at)];
}

static inline struct word *pagemap_cover(struct leaf *leaf, uintptr_t at)
{
    return &leaf->cover[pagemap_index(at)];
}

static inline struct word *pagemap_region(struct leaf *leaf, uintptr_t at)
{
    return &leaf->region[at % LEAF_BYTES / REGION_BYTES].word;
}

/*
 * Waits for a word and returns its piece. Together with word_is_free() this is one order for
 * all: of two threads that each lock one word and then ask for the other's, one sees the other.
 */
struct cu_memory *word_lock_slow(struct word *word);

static inline struct cu_memory *word_lock(struct word *word)
{
    uintptr_t value = load_relaxed(&word->value) & ~(uintptr_t)1;
    if (__builtin_expect(cas_seq_cst(&word->value, &value, value | 1), 1))
        return (struct cu_memory *)value;
    return word_lock_slow(word);
}

static inline void word_unlock(struct word *word, struct cu_memory *piece)
{
    store_release(&word->value, (uintptr_t)piece);
}

static inline bool word_is_free(const struct word *word)
{
    return load_seq_cst(&word->value) == 0;
}

#endif
