/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations by name, so that every memory order in use can be read in one place. The
 * comment at each atomic *field* says who writes, who reads and what the field publishes.
 */
#ifndef ISTHMUS_BASE_ATOMICS_H
#define ISTHMUS_BASE_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* No ordering: counters for reports, and values that a lock held by the caller protects. */
#define load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define add_relaxed(p, v) atomic_fetch_add_explicit((p), (v), memory_order_relaxed)
#define sub_relaxed(p, v) atomic_fetch_sub_explicit((p), (v), memory_order_relaxed)

/* Publish and observe: the release store pairs with the acquire load that reads its value. */
#define load_acquire(p) atomic_load_explicit((p), memory_order_acquire)
#define store_release(p, v) atomic_store_explicit((p), (v), memory_order_release)
#define exchange_acq_rel(p, v) atomic_exchange_explicit((p), (v), memory_order_acq_rel)
#define cas_acq_rel(p, expected, desired)                                                     \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), memory_order_acq_rel, \
                                            memory_order_acquire)

/* Total order, needed where two sides each store one word and then read the other's. */
#define load_seq_cst(p) atomic_load_explicit((p), memory_order_seq_cst)
#define store_seq_cst(p, v) atomic_store_explicit((p), (v), memory_order_seq_cst)
#define add_seq_cst(p, v) atomic_fetch_add_explicit((p), (v), memory_order_seq_cst)
#define cas_seq_cst(p, expected, desired)                                                     \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), memory_order_seq_cst, \
                                            memory_order_acquire)

/* A reference count goes up without order (the holder already has one) ... */
static inline void count_up(atomic_uint *count)
{
    add_relaxed(count, 1);
}

/* ... up only if something still holds it: the weak look-up ... */
static inline bool count_up_if_held(atomic_uint *count)
{
    unsigned now = load_relaxed(count);
    while (now && !cas_acq_rel(count, &now, now + 1))
        ;
    return now != 0;
}

/* ... and down with acq_rel: the last one out sees everybody's writes before it frees. */
static inline bool count_down(atomic_uint *count)
{
    return atomic_fetch_sub_explicit(count, 1, memory_order_acq_rel) == 1;
}

#endif
