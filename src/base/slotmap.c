/* SPDX-License-Identifier: MIT */
/*
 * A slot's state is one word: generation << 2 | mode. Whoever turns LIVE into LOCKED owns the
 * slot until it stores the next state; that store (release) pairs with the next owner's CAS.
 * Slots are locked only inside the fork gate, so a child finds none locked.
 *
 * Where a claim starts looking is the thread's own affair. Its cursor goes through the whole
 * table, so what one thread gives back it finds again as late as possible; two threads that
 * meet at one slot part again, because one of them jumps. Nobody counts the slots in use: a
 * claim that meets several of them in a row asks a few slots anywhere how full the table is.
 */
#include "base/slotmap.h"

#include "base/atomics.h"
#include "base/gate.h"

#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { FREE, LIVE, LOCKED, MODE_MASK = 3, MODE_BITS = 2 };

/* So many slots in use one after the other make a claim ask; so many it asks then. */
enum { ROW = 8, PROBES = 16 };

/* Maps that share a cursor only shorten each other's rounds. */
#define LANES 8U

struct slot {
    _Atomic uint32_t state; /* publishes value; see above */
    void *value;
};

#define LINE_SLOTS (64U / sizeof(struct slot)) /* slots in a cache line */
#define CHUNK_LINES ((unsigned)(SLOTMAP_CHUNK / LINE_SLOTS))

struct cursor {
    unsigned next;   /* index in the table: a hint, it may lie behind the end */
    uint32_t random; /* xorshift's state; 0 before the first use */
};

static _Thread_local struct cursor cursors[LANES] __attribute__((tls_model("initial-exec")));
static atomic_uint lanes, starts[LANES]; /* how many were given out: they only spread */

void slotmap_init(struct slotmap *map, unsigned index_bits, unsigned generation_bits)
{
    for (unsigned i = 0; i < SLOTMAP_CHUNKS; i++)
        atomic_init(&map->chunk[i], NULL);
    atomic_init(&map->capacity, 0);
    map->lane = add_relaxed(&lanes, 1) % LANES;
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

    struct slot *none = NULL, *fresh = aligned_alloc(64, SLOTMAP_CHUNK * sizeof(*fresh));
    if (!fresh)
        return false;
    memset(fresh, 0, SLOTMAP_CHUNK * sizeof(*fresh));
    /* acq_rel: publishes the zeroed slots to those who load the pointer. */
    if (!cas_acq_rel(&map->chunk[n], &none, fresh))
        free(fresh);
    cas_acq_rel(&map->capacity, &capacity, capacity + SLOTMAP_CHUNK);
    return true;
}

/* Numbers that follow each other have slots in different cache lines of the chunk: what one
 * thread makes one after the other is often used by several. */
static unsigned scatter(unsigned in_chunk)
{
    return in_chunk % CHUNK_LINES * LINE_SLOTS + in_chunk / CHUNK_LINES;
}

static struct slot *slot_at(struct slotmap *map, unsigned index)
{
    if (index >= load_acquire(&map->capacity))
        return NULL;
    return load_acquire(&map->chunk[index / SLOTMAP_CHUNK]) + scatter(index % SLOTMAP_CHUNK);
}

static uint32_t next_generation(const struct slotmap *map, uint32_t state)
{
    uint32_t next = ((state >> MODE_BITS) + 1) & ((1U << map->generation_bits) - 1);
    return next ? next : 1; /* never 0, so that no number is SLOTMAP_NONE */
}

static uint32_t random_next(struct cursor *c)
{
    c->random ^= c->random << 13;
    c->random ^= c->random >> 17;
    c->random ^= c->random << 5;
    return c->random;
}

/* Any index below `capacity`, each as likely as another. */
static unsigned random_index(struct cursor *c, unsigned capacity)
{
    return (unsigned)((uint64_t)random_next(c) * capacity >> 32);
}

/* Threads start far from each other: the first at 0, the others by the golden section. */
static struct cursor *cursor_of(const struct slotmap *map, unsigned capacity)
{
    struct cursor *c = &cursors[map->lane];
    if (c->random)
        return c;
    uint32_t start = add_relaxed(&starts[map->lane], 1) * 0x9e3779b9U;
    c->next = (unsigned)((uint64_t)start * capacity >> 32);
    c->random = (start ^ 0x2545f491U) | 1; /* never 0 */
    return c;
}

/* What became of an attempt: the slot is ours, in use, or another thread is at it now. */
enum claimed { TAKEN, IN_USE, MET };

static enum claimed claim(struct slotmap *map, unsigned index, void *value, uint32_t *number)
{
    struct slot *slot = slot_at(map, index);
    uint32_t state = load_relaxed(&slot->state);
    if ((state & MODE_MASK) != FREE)
        return (state & MODE_MASK) == LOCKED ? MET : IN_USE;

    uint32_t generation = next_generation(map, state);
    gate_enter();
    bool ours = cas_acq_rel(&slot->state, &state, generation << MODE_BITS | LOCKED);
    if (ours) {
        slot->value = value;
        store_release(&slot->state, generation << MODE_BITS | LIVE);
    }
    gate_leave();
    *number = generation << map->index_bits | index;
    return ours ? TAKEN : MET;
}

/* Are more than half of the slots in use, as far as a few of them can tell? */
static bool is_crowded(struct slotmap *map, struct cursor *c, unsigned capacity)
{
    unsigned used = 0;
    for (unsigned i = 0; i < PROBES; i++)
        used += (load_relaxed(&slot_at(map, random_index(c, capacity))->state) & MODE_MASK) !=
                FREE;
    return used > PROBES / 2;
}

/* A table that is half full gets more slots, and the claim goes on there. */
static bool make_room(struct slotmap *map, struct cursor *c, unsigned capacity)
{
    if (!is_crowded(map, c, capacity) || !grow(map, capacity))
        return false;
    c->next = capacity;
    return true;
}

/* NONE with the table grown: try again; with the table as it was: full. */
static uint32_t claim_next(struct slotmap *map, unsigned capacity, void *value)
{
    uint32_t number;
    struct cursor *c = cursor_of(map, capacity);
    unsigned most = capacity ? capacity + ROW : 0; /* a round after the last jump */
    for (unsigned tries = 0; tries < most; tries++) {
        unsigned index = c->next < capacity ? c->next : 0;
        c->next = index + 1;
        enum claimed claimed = claim(map, index, value, &number);
        if (claimed == TAKEN)
            return number;
        if (claimed == MET && tries < ROW) /* from then on every slot is looked at */
            c->next = random_index(c, capacity);
        if (tries == ROW && make_room(map, c, capacity))
            return SLOTMAP_NONE;
    }
    return SLOTMAP_NONE;
}

uint32_t slotmap_add(struct slotmap *map, void *value)
{
    for (;;) {
        unsigned capacity = load_acquire(&map->capacity);
        uint32_t number = claim_next(map, capacity, value);
        if (number)
            return number;
        if (capacity == load_acquire(&map->capacity) && !grow(map, capacity))
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
