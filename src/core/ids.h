/* SPDX-License-Identifier: MIT */
/*
 * From a key to an object that it does not hold: the ids of crossed objects, and global
 * numbers. A hash of short chains, each with a lock of its own for the few instructions of a
 * look-up, so two unrelated objects share no lock.
 */
#ifndef ISTHMUS_CORE_IDS_H
#define ISTHMUS_CORE_IDS_H

#include "base/atomics.h"

#include <stddef.h>

#define IDS_BUCKETS 4096U

struct id_key {
    uint64_t word[2];
};

/* Inside the thing that is found. */
struct id_entry {
    struct id_entry *next;
    struct id_key key;
};

struct id_bucket {
    _Atomic uint32_t locked; /* 1: somebody reads or changes the chain */
    struct id_entry *first;
};

struct id_table {
    struct id_bucket bucket[IDS_BUCKETS]; /* zeroed: empty */
    atomic_uint count;                    /* of entries, for reports */
};

/*
 * Where a look-up takes its reference, while the entry cannot go. False: go on as if it were
 * not there.
 */
typedef bool (*id_ref)(struct id_entry *entry, void *arg);

/*
 * Adds `entry`, unless one of the same key is there to which ref(entry, arg) says yes: that one
 * is returned then, NULL otherwise. ref NULL: adds it in any case.
 */
struct id_entry *ids_add(struct id_table *table, struct id_entry *entry, struct id_key key,
                         id_ref ref, void *arg);

/* The first entry of that key to which ref(entry, arg) says yes; NULL if none does. */
struct id_entry *ids_get(struct id_table *table, struct id_key key, id_ref ref, void *arg);

/* Takes an entry out; afterwards no look-up is at it. False: it was in no chain of its key. */
bool ids_remove(struct id_table *table, struct id_entry *entry);

/* Both at once: of several threads that want the same entry one gets it. */
struct id_entry *ids_take(struct id_table *table, struct id_key key, id_ref ref, void *arg);

/* Calls fn for every entry, under its chain's lock; fn takes no further one. */
void ids_each(struct id_table *table, void (*fn)(struct id_entry *entry, void *arg), void *arg);

#endif
