/* SPDX-License-Identifier: MIT */
/*
 * A hash table whose links live inside what it holds. It grows, keeps no order, owns nothing
 * but its buckets. What comes from clients is hashed with a seed that they do not know.
 */
#ifndef ISTHMUS_BROKER_TABLE_H
#define ISTHMUS_BROKER_TABLE_H

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_link {
    struct list link; /* in a bucket; next is NULL outside */
    uint64_t hash;
};

struct table {
    struct list *bucket;
    size_t buckets; /* a power of two */
    size_t count;
    uint64_t seed;
};

/* False without memory. */
bool table_init(struct table *table);
void table_finish(struct table *table);

uint64_t table_hash(const struct table *table, const void *bytes, size_t size);

/* Growing may fail: then the buckets only get longer. */
void table_add(struct table *table, struct table_link *item, uint64_t hash);

/* Nothing happens to what is in no table. */
void table_remove(struct table *table, struct table_link *item);

/* The first item with that hash, or the next one behind `after`; NULL: no more. */
struct table_link *table_find(const struct table *table, uint64_t hash,
                              const struct table_link *after);

/* Every item once; fn may remove the item that it was given, and no other. */
void table_each(struct table *table, void (*fn)(struct table_link *item, void *arg), void *arg);

#endif
