/* SPDX-License-Identifier: MIT */
/*
 * Numbers for pointers: the table under NT handles, KMT handles and CUDA's opaque handles.
 * Every number carries the generation of its slot, so a stale one is refused instead of naming
 * a stranger. No global lock and no word that all threads write: a slot is its own lock for the
 * few instructions that touch it, and each thread claims slots in turn from a place of its own,
 * so a number comes back only after the whole table went round.
 */
#ifndef ISTHMUS_BASE_SLOTMAP_H
#define ISTHMUS_BASE_SLOTMAP_H

#include "base/export.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SLOTMAP_CHUNK 1024U
#define SLOTMAP_CHUNKS 128U
#define SLOTMAP_NONE 0U

struct slot;

struct slotmap {
    struct slot *_Atomic chunk[SLOTMAP_CHUNKS]; /* published once each by a CAS; never moved */
    atomic_uint capacity;                       /* slots in the published chunks */
    unsigned lane;                              /* which of a thread's cursors serves it */
    unsigned index_bits, generation_bits;       /* how a number is made of the two */
};

/*
 * Where a look-up takes its reference, while the slot cannot change. False: refuse after all.
 */
typedef bool (*slotmap_ref)(void *value, void *arg);

/* In place; index_bits + generation_bits <= 32, index_bits between 10 and 17. */
void slotmap_init(struct slotmap *map, unsigned index_bits, unsigned generation_bits)
    FRONT_API(slotmap_init);
void slotmap_finish(struct slotmap *map) FRONT_API(slotmap_finish);

/* A number for `value` (not NULL): generation << index_bits | index. SLOTMAP_NONE: full. */
uint32_t slotmap_add(struct slotmap *map, void *value) FRONT_API(slotmap_add);

/* The value behind a live number after ref(value, arg) said yes; NULL otherwise. */
void *slotmap_get(struct slotmap *map, uint32_t number, slotmap_ref ref, void *arg)
    FRONT_API(slotmap_get);

/*
 * Ends a number and returns its value; NULL if it was not live or ref said no. ref may be NULL.
 */
void *slotmap_remove(struct slotmap *map, uint32_t number, slotmap_ref ref, void *arg)
    FRONT_API(slotmap_remove);

/* Calls fn for each live value until it returns false; what comes and goes meanwhile may be
 * missed. */
void slotmap_each(struct slotmap *map, bool (*fn)(uint32_t number, void *value, void *arg),
                  void *arg) FRONT_API(slotmap_each);

#endif
