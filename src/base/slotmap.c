/* SPDX-License-Identifier: MIT */
/*
 * A slot's state is one word: generation << 2 | mode. Whoever turns LIVE into LOCKED owns the
 * slot until it stores the next state; that store (release) pairs with the next owner's CAS.
 * Slots are locked only inside the fork gate, so a child finds none locked.
 */
#include "base/slotmap.h"

#include "base/atomics.h"
#include "base/gate.h"

#include <sched.h>
#include <stddef.h>
#include <stdlib.h>

enum { FREE, LIVE, LOCKED, MODE_MASK = 3, MODE_BITS = 2 };

struct slot {
    _Atomic uint32_t state; /* publishes value; see above */
    void *value;
};

void slotmap_init(struct slotmap *map, unsigned index_bits, unsigned generation_bits)
{
    for (unsigned i = 0; i < SLOTMAP_CHUNKS; i++)
        atomic_init(&map->chunk[i], NULL);
    atomic_init(&map->capacity, 0);
    atomic_init(&map->live, 0);
    atomic_init(&map->cursor, 0);
    map->index_bits = index_bits;
    map->generation_bits = generation_bits;
}

void slotmap_finish(struct slotmap *map)
{
    for (unsigned i = 0; i < SLOTMAP_CHUNKS; i++)
        free(exchange_acq_rel(&map->chunk[i], NULL));
    store_release(&map->capacity, 0);
}

/* Adds the chunk that follows `capacity`. Several threads may try at once: one wins. */
static bool grow(struct slotmap *map, unsigned capacity)
{
    unsigned n = capacity / SLOTMAP_CHUNK;
    if (capacity >= 1U << map->index_bits || n >= SLOTMAP_CHUNKS)
        return false;

    struct slot *fresh = calloc(SLOTMAP_CHUNK, sizeof(*fresh)), *none = NULL;
    if (!fresh)
        return false;
    /* acq_rel: publishes the zeroed slots to those who load the pointer. */
    if (!cas_acq_rel(&map->chunk[n], &none, fresh))
        free(fresh);
    cas_acq_rel(&map->capacity, &capacity, capacity + SLOTMAP_CHUNK);
    return true;
}

static struct slot *slot_at(struct slotmap *map, unsigned index)
{
    if (index >= load_acquire(&map->capacity))
        return NULL;
    return load_acquire(&map->chunk[index / SLOTMAP_CHUNK]) + index % SLOTMAP_CHUNK;
}

static uint32_t next_generation(const struct slotmap *map, uint32_t state)
{
    uint32_t next = ((state >> MODE_BITS) + 1) & ((1U << map->generation_bits) - 1);
    return next ? next : 1; /* never 0, so that no number is SLOTMAP_NONE */
}

static uint32_t claim(struct slotmap *map, unsigned index, void *value)
{
    struct slot *slot = slot_at(map, index);
    uint32_t state = load_relaxed(&slot->state);
    if ((state & MODE_MASK) != FREE)
        return SLOTMAP_NONE;

    uint32_t generation = next_generation(map, state);
    gate_enter();
    bool ours = cas_acq_rel(&slot->state, &state, generation << MODE_BITS | LOCKED);
    if (ours) {
        slot->value = value;
        add_relaxed(&map->live, 1);
        store_release(&slot->state, generation << MODE_BITS | LIVE);
    }
    gate_leave();
    if (!ours)
        return SLOTMAP_NONE;
    return generation << map->index_bits | index;
}

uint32_t slotmap_add(struct slotmap *map, void *value)
{
    for (;;) {
        unsigned capacity = load_acquire(&map->capacity);
        /* Half empty at least, so that a free slot is near; a full index space is searched. */
        if (load_relaxed(&map->live) * 2 >= capacity && grow(map, capacity))
            continue;
        for (unsigned tries = 0; tries < capacity; tries++) {
            uint32_t number = claim(map, add_relaxed(&map->cursor, 1) % capacity, value);
            if (number)
                return number;
        }
        if (capacity == load_acquire(&map->capacity))
            return SLOTMAP_NONE;
    }
}

/* Turns a live slot of that number into a locked one, inside the gate. NULL: not live. */
static struct slot *lock_slot(struct slotmap *map, uint32_t number)
{
    uint32_t live = number >> map->index_bits << MODE_BITS | LIVE;
    struct slot *slot = slot_at(map, number & ((1U << map->index_bits) - 1));
    if (!slot || number >> map->index_bits == 0)
        return NULL;

    gate_enter();
    for (unsigned spins = 0;; spins++) {
        uint32_t state = live;
        if (cas_acq_rel(&slot->state, &state, (live & ~3U) | LOCKED))
            return slot;
        if (state != ((live & ~3U) | LOCKED)) {
            gate_leave();
            return NULL;
        }
        if (spins % 64 == 63)
            sched_yield(); /* the one who holds it was preempted */
    }
}

static void unlock_slot(struct slot *slot, unsigned mode)
{
    store_release(&slot->state, (load_relaxed(&slot->state) & ~3U) | mode);
    gate_leave();
}

void *slotmap_get(struct slotmap *map, uint32_t number, slotmap_ref ref, void *arg)
{
    struct slot *slot = lock_slot(map, number);
    if (!slot)
        return NULL;
    void *value = slot->value;
    bool taken = ref(value, arg);
    unlock_slot(slot, LIVE);
    return taken ? value : NULL;
}

void *slotmap_remove(struct slotmap *map, uint32_t number, slotmap_ref ref, void *arg)
{
    struct slot *slot = lock_slot(map, number);
    if (!slot)
        return NULL;
    void *value = slot->value;
    if (ref && !ref(value, arg)) {
        unlock_slot(slot, LIVE);
        return NULL;
    }
    sub_relaxed(&map->live, 1);
    unlock_slot(slot, FREE);
    return value;
}

void slotmap_each(struct slotmap *map, bool (*fn)(uint32_t number, void *value, void *arg),
                  void *arg)
{
    unsigned capacity = load_acquire(&map->capacity);
    for (unsigned index = 0; index < capacity; index++) {
        uint32_t state = load_acquire(&slot_at(map, index)->state);
        if ((state & MODE_MASK) == FREE)
            continue;
        uint32_t number = state >> MODE_BITS << map->index_bits | index;
        struct slot *slot = lock_slot(map, number);
        if (!slot)
            continue;
        bool more = fn(number, slot->value, arg);
        unlock_slot(slot, LIVE);
        if (!more)
            return;
    }
}
