/* SPDX-License-Identifier: MIT */
/* Chained buckets, as many as items or more. The seed comes from the kernel. */
#include "broker/table.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <sys/random.h>

#define FIRST_BUCKETS 64

static struct list *buckets_new(size_t count)
{
    struct list *bucket = malloc(count * sizeof(*bucket));
    for (size_t i = 0; bucket && i < count; i++)
        list_init(&bucket[i]);
    return bucket;
}

bool table_init(struct table *table)
{
    *table = (struct table){.bucket = buckets_new(FIRST_BUCKETS), .buckets = FIRST_BUCKETS};
    if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
        table->seed = (uint64_t)(uintptr_t)table->bucket; /* early at boot: still differs */
    return table->bucket != NULL;
}

void table_finish(struct table *table)
{
    free(table->bucket);
    *table = (struct table){0};
}

uint64_t table_hash(const struct table *table, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t hash = table->seed ^ 0x9e3779b97f4a7c15U;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * 0xff51afd7ed558ccdU;
        hash ^= hash >> 32;
    }
    return hash;
}

static void grow(struct table *table)
{
    size_t count = table->buckets * 2;
    struct list *wider = buckets_new(count);
    if (!wider)
        return;
    for (size_t i = 0; i < table->buckets; i++) {
        list_for_each (item, next, &table->bucket[i]) {
            struct table_link *link = container_of(item, struct table_link, link);
            list_remove(item);
            list_append(&wider[link->hash & (count - 1)], item);
        }
    }
    free(table->bucket);
    table->bucket = wider;
    table->buckets = count;
}

void table_add(struct table *table, struct table_link *item, uint64_t hash)
{
    if (table->count >= table->buckets)
        grow(table);
    item->hash = hash;
    list_append(&table->bucket[hash & (table->buckets - 1)], &item->link);
    table->count++;
}

void table_remove(struct table *table, struct table_link *item)
{
    if (!list_linked(&item->link))
        return;
    list_remove(&item->link);
    table->count--;
}

struct table_link *table_find(const struct table *table, uint64_t hash,
                              const struct table_link *after)
{
    struct list *head = &table->bucket[hash & (table->buckets - 1)];
    for (struct list *at = after ? after->link.next : head->next; at != head; at = at->next) {
        struct table_link *item = container_of(at, struct table_link, link);
        if (item->hash == hash)
            return item;
    }
    return NULL;
}

void table_each(struct table *table, void (*fn)(struct table_link *item, void *arg), void *arg)
{
    for (size_t i = 0; i < table->buckets; i++)
        list_for_each (item, next, &table->bucket[i])
            fn(container_of(item, struct table_link, link), arg);
}
