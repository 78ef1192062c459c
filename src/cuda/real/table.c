/* SPDX-License-Identifier: MIT */
/*
 * A hash table in shards, each with a lock of its own, so that threads which import and free at
 * once seldom meet. A shard's lock guards its chains; nothing is called under it. Imports are
 * few: chains do not grow.
 */
#include "cuda/real/table.h"

#include "base/gate.h"

#include <pthread.h>

#define SHARDS 64U
#define CHAINS 16U

struct shard {
    _Alignas(64) pthread_mutex_t lock; /* a cache line of its own */
    struct real_import *chain[CHAINS];
};

static struct shard shards[SHARDS];
static pthread_once_t shards_once = PTHREAD_ONCE_INIT;

static void shards_start(void)
{
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_init(&shards[i].lock, NULL);
}

/* Handles are addresses: the low bits say nothing. */
static uint64_t hash(const void *handle)
{
    return ((uint64_t)(uintptr_t)handle >> 4) * 0x9e3779b97f4a7c15U >> 48;
}

static struct shard *shard_of(const void *handle)
{
    pthread_once(&shards_once, shards_start);
    return &shards[hash(handle) % SHARDS];
}

/* The link that leads to it, or the last one of its chain. Under the shard's lock. */
static struct real_import **find_locked(struct shard *shard, const void *handle)
{
    struct real_import **link = &shard->chain[hash(handle) / SHARDS % CHAINS];
    while (*link && (*link)->handle != handle)
        link = &(*link)->next;
    return link;
}

static struct real_import *unlink_locked(struct shard *shard, const void *handle)
{
    struct real_import **link = find_locked(shard, handle);
    struct real_import *found = *link;
    if (found)
        *link = found->next;
    return found;
}

void real_table_add(struct real_import *import)
{
    struct shard *shard = shard_of(import->handle);
    gate_lock(&shard->lock);
    struct real_import *dead = unlink_locked(shard, import->handle);
    struct real_import **link = find_locked(shard, import->handle);
    import->next = NULL;
    *link = import;
    gate_unlock(&shard->lock);
    real_import_unref(dead);
}

struct real_import *real_table_find(const void *handle)
{
    struct shard *shard = shard_of(handle);
    gate_lock(&shard->lock);
    struct real_import *found = *find_locked(shard, handle);
    if (found)
        count_up(&found->refs);
    gate_unlock(&shard->lock);
    return found;
}

/* Puts `instead` (or nothing) into its place. False: it has gone already. */
static bool replace(struct real_import *import, struct real_import *instead)
{
    struct shard *shard = shard_of(import->handle);
    gate_lock(&shard->lock);
    struct real_import **link = find_locked(shard, import->handle);
    bool there = *link == import;
    if (there) {
        *link = instead ? instead : import->next;
        if (instead)
            instead->next = import->next;
    }
    gate_unlock(&shard->lock);
    if (there)
        real_import_unref(import);
    return there;
}

bool real_table_forget(struct real_import *import)
{
    return replace(import, NULL);
}

/* An entry of its own, since other threads may still be looking at this one. */
void real_table_bury(struct real_import *import)
{
    struct real_import *grave = calloc(1, sizeof(*grave));
    if (grave) {
        atomic_init(&grave->refs, 1);
        grave->handle = import->handle;
    }
    if (!replace(import, grave))
        free(grave);
}

void real_import_unref(struct real_import *import)
{
    if (!import || !count_down(&import->refs))
        return;
    if (import->resource)
        object_drop_by(&import->resource->object, HOLDER_IMPORT, import);
    free(import);
}
