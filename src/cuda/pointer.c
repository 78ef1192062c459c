/* SPDX-License-Identifier: MIT */
/*
 * The table of CUDA's memory: pieces sorted by address. Copies look things up all the time
 * and allocations are rare, so table_lock is a read-write lock; rank: last, nothing is locked
 * under it.
 */
#include "cuda/memory.h"

#include "base/gate.h"
#include "cuda/error.h"
#include "cuda/istcu.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct cu_memory **table; /* sorted by start; nothing overlaps */
static size_t used, room;

/* The index of the first piece that ends behind `at`. */
static size_t find_locked(uintptr_t at)
{
    size_t low = 0, high = used;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle]->start + table[middle]->size <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Doubles: allocating stays cheap, and the table never shrinks. */
static bool grow_locked(void)
{
    if (used < room)
        return true;
    size_t wanted = room ? room * 2 : 64;
    struct cu_memory **bigger = realloc(table, wanted * sizeof(*bigger));
    if (!bigger) {
        errno = ENOMEM;
        return false;
    }
    table = bigger;
    room = wanted;
    return true;
}

static struct cu_memory *remove_locked(size_t i)
{
    struct cu_memory *memory = table[i];
    used--;
    memmove(table + i, table + i + 1, (used - i) * sizeof(*table));
    return memory;
}

/*
 * Where `memory` belongs; false if something lies there. What is new and our own cannot lie
 * where a program's registered memory still is: that registration was forgotten, so it ends.
 */
static bool make_way_locked(const struct cu_memory *memory, size_t *out)
{
    size_t i = find_locked(memory->start);
    while (i < used && table[i]->start < memory->start + memory->size) {
        if (memory->origin == CU_FROM_REGISTER || table[i]->origin != CU_FROM_REGISTER)
            return false;
        cu_unref(remove_locked(i));
    }
    *out = i;
    return true;
}

static bool add_locked(struct cu_memory *memory)
{
    size_t i;
    errno = 0;
    if (!make_way_locked(memory, &i))
        return false;
    if (!grow_locked())
        return false;
    memmove(table + i + 1, table + i, (used - i) * sizeof(*table));
    table[i] = memory;
    used++;
    return true;
}

/* Inside the fork gate: the child of a fork finds the table free and whole. */
static void write_lock(void)
{
    gate_enter();
    pthread_rwlock_wrlock(&table_lock);
}

static void unlock(void)
{
    pthread_rwlock_unlock(&table_lock);
    gate_leave();
}

bool cu_pointer_add(struct cu_memory *memory)
{
    write_lock();
    bool added = add_locked(memory);
    unlock();
    return added;
}

/* The reference is taken under the lock, so the piece cannot end in between. */
struct cu_memory *cu_pointer_find(const void *at)
{
    struct cu_memory *found = NULL;
    gate_enter();
    pthread_rwlock_rdlock(&table_lock);
    size_t i = find_locked((uintptr_t)at);
    if (i < used && table[i]->start <= (uintptr_t)at) {
        found = table[i];
        cu_ref(&found->object);
    }
    unlock();
    return found;
}

/* One step under the lock: of two threads that free the same pointer one finds nothing. */
struct cu_memory *cu_pointer_remove(const void *start, unsigned origins)
{
    struct cu_memory *found = NULL;
    write_lock();
    size_t i = find_locked((uintptr_t)start);
    if (i < used && table[i]->start == (uintptr_t)start &&
        origins & CU_ORIGIN(table[i]->origin))
        found = remove_locked(i);
    unlock();
    return found;
}

struct cu_memory *cu_pointer_remove_any(void)
{
    write_lock();
    struct cu_memory *found = used ? remove_locked(used - 1) : NULL;
    unlock();
    return found;
}

enum cu_memory_type cu_memory_type(const struct cu_memory *memory)
{
    static const enum cu_memory_type types[] = {
        [CU_FROM_MALLOC] = CU_DEVICE,   [CU_FROM_MANAGED] = CU_MANAGED,
        [CU_FROM_HOST_ALLOC] = CU_HOST, [CU_FROM_REGISTER] = CU_HOST,
        [CU_FROM_IMPORT] = CU_DEVICE,
    };
    return types[memory->origin];
}

/* Device memory has no host pointer in CUDA's terms, though the host could read it here. */
int istcu_pointer_attributes(struct istcu_pointer *out, const void *ptr)
{
    if (!out)
        return cu_refuse_out("cudaPointerGetAttributes");
    struct istcu_pointer found = {.type = CU_UNREGISTERED, .device = -2};
    _cleanup_(cu_unrefp) struct cu_memory *memory = cu_pointer_find(ptr);
    if (memory) {
        found.type = cu_memory_type(memory);
        found.device = memory->ordinal;
        found.device_pointer = (void *)(uintptr_t)ptr;
    }
    if (found.type != CU_DEVICE)
        found.host_pointer = (void *)(uintptr_t)ptr;
    *out = found;
    return CUDA_SUCCESS;
}
