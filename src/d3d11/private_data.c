/* SPDX-License-Identifier: MIT */
/*
 * The entries of one object, newest last; few, so a list. An entry is counted and never
 * changes, so that who reads it holds it and not the lock: the interface in it is the program's
 * object, and what that does when it is referenced or released may come back here, or fork.
 */
#include "d3d11/private_data.h"

#include "base/atomics.h"
#include "d3d11/convert.h"

#include <stdbool.h>

struct private_entry {
    struct list link;
    atomic_uint refs; /* the list's, and one for each call that reads */
    GUID guid;
    IUnknown *object; /* one reference; only if is_object, and then it may be NULL */
    bool is_object;
    UINT size;
    unsigned char bytes[];
};

void private_data_init(struct private_data *store)
{
    pthread_mutex_init(&store->lock, NULL);
    list_init(&store->entries);
}

static void entry_unref(struct private_entry *entry)
{
    if (!entry || !count_down(&entry->refs))
        return;
    if (entry->object)
        IUnknown_Release(entry->object);
    free(entry);
}

void private_data_finish(struct private_data *store)
{
    list_for_each (link, next, &store->entries)
        entry_unref(container_of(link, struct private_entry, link));
    pthread_mutex_destroy(&store->lock);
}

static struct private_entry *entry_find(struct private_data *store, REFGUID guid)
{
    list_for_each (link, next, &store->entries) {
        struct private_entry *entry = container_of(link, struct private_entry, link);
        if (IsEqualGUID(&entry->guid, guid))
            return entry;
    }
    return NULL;
}

/* Puts `entry` (may be NULL) in the place of what has the GUID. True if there was something. */
static bool entry_replace(struct private_data *store, REFGUID guid, struct private_entry *entry)
{
    gate_lock(&store->lock);
    struct private_entry *old = entry_find(store, guid);
    if (old)
        list_remove(&old->link);
    if (entry)
        list_append(&store->entries, &entry->link);
    gate_unlock(&store->lock);

    entry_unref(old);
    return old != NULL;
}

static struct private_entry *entry_new(REFGUID guid, UINT size, const void *data)
{
    struct private_entry *entry = calloc(1, sizeof(*entry) + size);
    if (!entry)
        return NULL;
    atomic_init(&entry->refs, 1);
    entry->guid = *guid;
    entry->size = size;
    if (size)
        memcpy(entry->bytes, data, size);
    return entry;
}

/* NULL data removes the entry, whatever the size says; S_FALSE: there was none. */
HRESULT private_data_set(struct private_data *store, REFGUID guid, UINT size, const void *data)
{
    if (!guid)
        return d3d11_result(refuse(IST_BAD_POINTER, "SetPrivateData: guid is NULL"));
    if (!data)
        return entry_replace(store, guid, NULL) ? S_OK : S_FALSE;

    struct private_entry *entry = entry_new(guid, size, data);
    if (!entry)
        return d3d11_result(refuse(IST_NO_MEMORY, "no memory for %u private bytes", size));
    entry_replace(store, guid, entry);
    return S_OK;
}

/* NULL is kept like any other interface: reading it back gives NULL. */
HRESULT private_data_set_interface(struct private_data *store, REFGUID guid,
                                   const IUnknown *object)
{
    if (!guid)
        return d3d11_result(refuse(IST_BAD_POINTER, "SetPrivateDataInterface: guid is NULL"));

    IUnknown *mine = (IUnknown *)(uintptr_t)object; /* AddRef does not take const */
    struct private_entry *entry = entry_new(guid, 0, NULL);
    if (!entry)
        return d3d11_result(refuse(IST_NO_MEMORY, "no memory for a private interface"));
    entry->is_object = true;
    entry->object = mine;
    entry->size = sizeof(mine);
    if (mine)
        IUnknown_AddRef(mine);
    entry_replace(store, guid, entry);
    return S_OK;
}

/* Reading an interface references it for the caller. */
static void entry_read(const struct private_entry *entry, void *data)
{
    if (!entry->is_object) {
        memcpy(data, entry->bytes, entry->size);
        return;
    }
    if (entry->object)
        IUnknown_AddRef(entry->object);
    memcpy(data, &entry->object, sizeof(entry->object));
}

/* The entry with a reference; NULL: there is none. */
static struct private_entry *entry_get(struct private_data *store, REFGUID guid)
{
    gate_lock(&store->lock);
    struct private_entry *entry = entry_find(store, guid);
    if (entry)
        count_up(&entry->refs);
    gate_unlock(&store->lock);
    return entry;
}

/* *size always becomes the size of what is there: how programs ask for it (with data NULL). */
static HRESULT entry_answer(const struct private_entry *entry, UINT *size, void *data)
{
    UINT room = *size;
    *size = entry ? entry->size : 0;
    if (!entry)
        return d3d11_because(answer(IST_NOT_FOUND, "no private data has this guid"),
                             DXGI_ERROR_NOT_FOUND);
    if (!data)
        return S_OK;
    if (room < entry->size)
        return d3d11_because(answer(IST_BAD_ARG, "%u bytes of private data do not fit into %u",
                                    entry->size, room),
                             DXGI_ERROR_MORE_DATA);
    entry_read(entry, data);
    return S_OK;
}

HRESULT private_data_get(struct private_data *store, REFGUID guid, UINT *size, void *data)
{
    if (!guid || !size)
        return d3d11_result(refuse(IST_BAD_POINTER, "GetPrivateData: %s is NULL",
                                   guid ? "the size" : "the guid"));
    struct private_entry *entry = entry_get(store, guid);
    HRESULT hr = entry_answer(entry, size, data);
    entry_unref(entry);
    return hr;
}
