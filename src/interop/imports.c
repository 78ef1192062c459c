/* SPDX-License-Identifier: MIT */
/* A list sorted by number, because numbers only grow. imports_lock guards all of it. */
#include "interop/imports.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

struct entry {
    uint64_t id;
    enum import_kind kind;
    bool held;
};

static pthread_mutex_t imports_lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *all;
static size_t count, room;
static uint64_t last_id;

static const char *kind_name(enum import_kind kind)
{
    return kind == IMPORT_FENCE ? "fence" : "resource";
}

/* The entry or NULL, under the lock. */
static struct entry *find(uint64_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all[middle].id == id)
            return &all[middle];
        if (all[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool grow(void)
{
    size_t wanted = room ? 2 * room : 16;
    struct entry *more = count < room ? all : realloc(all, wanted * sizeof(*more));
    if (!more)
        return false;
    room = count < room ? room : wanted;
    all = more;
    return true;
}

enum ist_status imports_add(enum import_kind kind, uint64_t *out)
{
    pthread_mutex_lock(&imports_lock);
    bool grown = grow();
    if (grown) {
        all[count++] = (struct entry){.id = ++last_id, .kind = kind};
        *out = last_id;
    }
    pthread_mutex_unlock(&imports_lock);
    return grown ? IST_OK : refuse(IST_NO_MEMORY, "no memory to describe an import");
}

static enum ist_status refuse_number(enum import_kind kind, uint64_t id, bool exists)
{
    if (!id)
        return refuse(IST_BAD_HANDLE, "the %s is empty: nothing is imported in it",
                      kind_name(kind));
    return exists ? refuse(IST_WRONG_TYPE, "import %" PRIu64 " is no %s", id, kind_name(kind))
                  : refuse(IST_BAD_HANDLE,
                           "%s import %" PRIu64 " was released before, through this struct or "
                           "a copy of it",
                           kind_name(kind), id);
}

enum ist_status imports_check(enum import_kind kind, uint64_t id)
{
    pthread_mutex_lock(&imports_lock);
    struct entry *entry = find(id);
    bool exists = entry != NULL, right = entry && entry->kind == kind;
    pthread_mutex_unlock(&imports_lock);
    return right ? IST_OK : refuse_number(kind, id, exists);
}

enum ist_status imports_remove(enum import_kind kind, uint64_t id, bool *held)
{
    pthread_mutex_lock(&imports_lock);
    struct entry *entry = find(id);
    bool exists = entry != NULL, right = entry && entry->kind == kind;
    if (right) {
        *held = entry->held;
        memmove(entry, entry + 1, (size_t)(all + count - (entry + 1)) * sizeof(*entry));
        count--;
    }
    pthread_mutex_unlock(&imports_lock);
    return right ? IST_OK : refuse_number(kind, id, exists);
}

bool imports_held(uint64_t id)
{
    pthread_mutex_lock(&imports_lock);
    struct entry *entry = find(id);
    bool held = entry && entry->held;
    pthread_mutex_unlock(&imports_lock);
    return held;
}

bool imports_hold(uint64_t id, bool held)
{
    pthread_mutex_lock(&imports_lock);
    struct entry *entry = find(id);
    bool before = entry && entry->held;
    if (entry)
        entry->held = held;
    pthread_mutex_unlock(&imports_lock);
    return before;
}
