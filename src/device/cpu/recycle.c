/* SPDX-License-Identifier: MIT */
/*
 * A short row of segments, the oldest first. cache.lock guards it, inside the fork gate, so a
 * fork finds each segment either kept or not. A fork makes everything older unfit: the child
 * has it mapped too. Its epoch tells, and what was kept goes when somebody next looks.
 */
#include "device/cpu/recycle.h"

#include "base/atomics.h"
#include "base/cleanup.h"
#include "base/gate.h"
#include "device/cpu/cpu.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES 512 /* the unit of st_blocks */
#define EXTENTS_MAX 64U /* pages here and there: not worth so many calls */

static struct {
    pthread_mutex_t lock; /* guards the rest but epoch; rank: last */
    struct memory segment[RECYCLE_SEGMENTS];
    unsigned count;
    size_t bytes;
    atomic_uint epoch; /* stored with the gate closed */
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER, .epoch = 1};

static pthread_once_t hooked = PTHREAD_ONCE_INIT;

/* In parent and child alike: both have what there was. */
static void new_epoch(void)
{
    add_relaxed(&cache.epoch, 1);
}

static void let_go(const struct memory *mem)
{
    munmap(mem->base, mem->size);
    close(mem->fd);
}

static void drop_inherited(void)
{
    (void)recycle_flush();
}

static void hook_fork(void)
{
    gate_on_fork(
        &(struct gate_hooks){.parent = new_epoch, .child = new_epoch, .adopt = drop_inherited});
}

unsigned recycle_epoch(void)
{
    pthread_once(&hooked, hook_fork);
    return load_relaxed(&cache.epoch);
}

static struct memory remove_locked(unsigned i)
{
    struct memory mem = cache.segment[i];
    cache.count--;
    cache.bytes -= mem.size;
    memmove(&cache.segment[i], &cache.segment[i + 1],
            (cache.count - i) * sizeof(cache.segment[0]));
    return mem;
}

/* One that a fork has made unfit, or the oldest if there is no room. */
static bool remove_one(size_t room_for, struct memory *out)
{
    bool found = false;
    gate_lock(&cache.lock);
    if (cache.count &&
        (cache.segment[0].epoch != load_relaxed(&cache.epoch) ||
         cache.count == RECYCLE_SEGMENTS || cache.bytes + room_for > RECYCLE_BYTES)) {
        *out = remove_locked(0);
        found = true;
    }
    gate_unlock(&cache.lock);
    return found;
}

/* The youngest of that size: its bytes may still be near. */
bool recycle_take(size_t size, struct memory *out)
{
    bool found = false;
    gate_lock(&cache.lock);
    for (unsigned i = cache.count; i-- > 0 && !found;) {
        found = cache.segment[i].size == size &&
                cache.segment[i].epoch == load_relaxed(&cache.epoch);
        if (found)
            *out = remove_locked(i);
    }
    gate_unlock(&cache.lock);
    return found;
}

/* Only pages that exist are written: touching the others would cost what is to be saved. */
static bool zero_extents(const struct memory *mem)
{
    off_t at = 0, size = (off_t)mem->size;
    for (unsigned i = 0; i < EXTENTS_MAX; i++) {
        off_t data = lseek(mem->fd, at, SEEK_DATA);
        if (data < 0 || data >= size)
            return true; /* holes to the end */
        off_t hole = lseek(mem->fd, data, SEEK_HOLE);
        if (hole < 0)
            return false;
        at = hole < size ? hole : size;
        cpu_zero_cold(mem->base + data, (size_t)(at - data));
        if (at == size)
            return true;
    }
    return false;
}

static bool zero(const struct memory *mem)
{
    struct stat st;
    if (fstat(mem->fd, &st) < 0)
        return false;
    if (st.st_blocks == 0)
        return true;
    if ((size_t)st.st_blocks * BLOCK_BYTES < mem->size)
        return zero_extents(mem);
    cpu_zero_cold(mem->base, mem->size);
    return true;
}

/* The epoch once more, under the lock: a fork may have come while the bytes were written. */
static bool keep(const struct memory *mem)
{
    gate_lock(&cache.lock);
    bool fits = mem->epoch == load_relaxed(&cache.epoch) && cache.count < RECYCLE_SEGMENTS &&
                cache.bytes + mem->size <= RECYCLE_BYTES;
    if (fits) {
        cache.segment[cache.count++] = *mem;
        cache.bytes += mem->size;
    }
    gate_unlock(&cache.lock);
    return fits;
}

bool recycle_put(const struct memory *mem)
{
    struct memory old;
    if (mem->fd < 0 || mem->epoch != recycle_epoch() || mem->size > RECYCLE_BYTES || !zero(mem))
        return false;
    while (remove_one(mem->size, &old))
        let_go(&old);
    return keep(mem);
}

size_t recycle_flush(void)
{
    struct memory old;
    size_t count = 0;
    for (; remove_one(RECYCLE_BYTES + 1, &old); count++)
        let_go(&old);
    return count;
}
