/* SPDX-License-Identifier: MIT */
/*
 * A bucket is locked by one word: chains are short, holders are inside the fork gate and do
 * nothing but compare keys and count. So a fork never finds one locked.
 */
#include "core/ids.h"

#include "base/gate.h"

#include <sched.h>

/* Ids are random and numbers are spread by the multiplication: SplitMix64's finish. */
static struct id_bucket *bucket_of(struct id_table *table, struct id_key key)
{
    uint64_t h = key.word[0] * 0x9e3779b97f4a7c15U ^ key.word[1];
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9U;
    return &table->bucket[(h ^ h >> 31) % IDS_BUCKETS];
}

static void lock_bucket(struct id_bucket *bucket)
{
    uint32_t free = 0;
    gate_enter();
    for (unsigned spins = 1; !cas_acq_rel(&bucket->locked, &free, 1); spins++, free = 0)
        if (spins % 64 == 0)
            sched_yield(); /* the one who holds it was preempted */
}

static void unlock_bucket(struct id_bucket *bucket)
{
    store_release(&bucket->locked, 0);
    gate_leave();
}

static bool same_key(struct id_key a, struct id_key b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

static struct id_entry *find_locked(struct id_bucket *bucket, struct id_key key, id_ref ref,
                                    void *arg)
{
    for (struct id_entry *entry = bucket->first; entry; entry = entry->next)
        if (same_key(entry->key, key) && ref(entry, arg))
            return entry;
    return NULL;
}

struct id_entry *ids_add(struct id_table *table, struct id_entry *entry, struct id_key key,
                         id_ref ref, void *arg)
{
    struct id_bucket *bucket = bucket_of(table, key);
    lock_bucket(bucket);
    struct id_entry *there = ref ? find_locked(bucket, key, ref, arg) : NULL;
    if (!there) {
        entry->key = key;
        entry->next = bucket->first;
        bucket->first = entry;
        add_relaxed(&table->count, 1);
    }
    unlock_bucket(bucket);
    return there;
}

struct id_entry *ids_get(struct id_table *table, struct id_key key, id_ref ref, void *arg)
{
    struct id_bucket *bucket = bucket_of(table, key);
    lock_bucket(bucket);
    struct id_entry *entry = find_locked(bucket, key, ref, arg);
    unlock_bucket(bucket);
    return entry;
}

static bool remove_locked(struct id_table *table, struct id_bucket *bucket,
                          const struct id_entry *entry)
{
    struct id_entry **at = &bucket->first;
    while (*at && *at != entry)
        at = &(*at)->next;
    if (!*at)
        return false;
    *at = entry->next;
    sub_relaxed(&table->count, 1);
    return true;
}

bool ids_remove(struct id_table *table, struct id_entry *entry)
{
    struct id_bucket *bucket = bucket_of(table, entry->key);
    lock_bucket(bucket);
    bool found = remove_locked(table, bucket, entry);
    unlock_bucket(bucket);
    return found;
}

struct id_entry *ids_take(struct id_table *table, struct id_key key, id_ref ref, void *arg)
{
    struct id_bucket *bucket = bucket_of(table, key);
    lock_bucket(bucket);
    struct id_entry *entry = find_locked(bucket, key, ref, arg);
    if (entry)
        remove_locked(table, bucket, entry);
    unlock_bucket(bucket);
    return entry;
}

void ids_each(struct id_table *table, void (*fn)(struct id_entry *entry, void *arg), void *arg)
{
    if (!load_relaxed(&table->count))
        return;
    for (unsigned i = 0; i < IDS_BUCKETS; i++) {
        lock_bucket(&table->bucket[i]);
        for (struct id_entry *entry = table->bucket[i].first; entry; entry = entry->next)
            fn(entry, arg);
        unlock_bucket(&table->bucket[i]);
    }
}
