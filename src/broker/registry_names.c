/* SPDX-License-Identifier: MIT */
/*
 * Names and their holders. A name is looked up by its folded key; one that minds its case must
 * fit exactly, too. Holders are processes (each counts its own handles and tells of the first
 * and the last) and handles on their way.
 */
#include "broker/registry.h"

#include <stdio.h>
#include <string.h>

static uint64_t hash_key(const struct registry *registry, const char *key)
{
    return table_hash(&registry->names, key, strlen(key));
}

static bool fits(const struct name_entry *name, const struct name_key *key)
{
    return strcmp(name->key, key->key) == 0 &&
           (!(name->exact_case && key->exact_case) || strcmp(name->exact, key->exact) == 0);
}

/* A name of an object that has ended goes with it. */
static struct name_entry *alive(struct registry *registry, struct name_entry *name)
{
    return entry_by_id(registry, name->entry->id) ? name : NULL;
}

struct name_entry *name_find(struct registry *registry, const struct name_key *key)
{
    struct table_link *item = NULL;
    uint64_t hash = hash_key(registry, key->key);
    while ((item = table_find(&registry->names, hash, item))) {
        struct name_entry *name = container_of(item, struct name_entry, by_key);
        if (fits(name, key))
            return alive(registry, name);
    }
    return NULL;
}

struct name_entry *name_of(struct registry *registry, const char *key,
                           const unsigned char id[16])
{
    struct table_link *item = NULL;
    uint64_t hash = hash_key(registry, key);
    while ((item = table_find(&registry->names, hash, item))) {
        struct name_entry *name = container_of(item, struct name_entry, by_key);
        if (strcmp(name->key, key) == 0 && memcmp(name->entry->id, id, 16) == 0)
            return alive(registry, name);
    }
    return NULL;
}

static struct name_entry *name_new(const struct name_key *key)
{
    size_t folded = strlen(key->key) + 1, exact = strlen(key->exact) + 1;
    struct name_entry *name = calloc(1, sizeof(*name) + folded + exact);
    if (!name)
        return NULL;
    memcpy(name->key, key->key, folded);
    name->exact = memcpy(name->key + folded, key->exact, exact);
    name->exact_case = key->exact_case;
    list_init(&name->holds);
    return name;
}

enum ist_status name_add(struct entry *entry, const struct name_key *key, uint32_t access,
                         struct account *account, struct name_entry **out, char *why,
                         size_t why_size)
{
    struct registry *registry = entry->registry;
    struct charge charge = {.amount = {[QUOTA_NAMES] = 1}};
    struct name_entry *name = name_new(key);
    if (!name) {
        snprintf(why, why_size, "the broker has no memory for one more name");
        return IST_NO_MEMORY;
    }
    enum ist_status status = quota_charge(account, &charge, why, why_size);
    if (status != IST_OK) {
        free(name);
        return status;
    }
    name->account = account;
    name->charge = charge;
    name->access = access;
    name->entry = entry;
    list_append(&entry->names, &name->link);
    table_add(&registry->names, &name->by_key, hash_key(registry, key->key));
    journal_name(registry->journal, entry->id, name->key, name->exact, access,
                 name->exact_case);
    *out = name;
    return IST_OK;
}

static void hold_free(struct hold *hold)
{
    list_remove(&hold->in_name);
    list_remove(&hold->in_owner);
    free(hold);
}

void name_remove(struct name_entry *name)
{
    struct registry *registry = name->entry->registry;
    list_for_each (item, next, &name->holds)
        hold_free(container_of(item, struct hold, in_name));
    journal_unname(registry->journal, name->entry->id, name->key);
    list_remove(&name->link);
    table_remove(&registry->names, &name->by_key);
    quota_give_back(name->account, &name->charge);
    free(name);
}

/* A name has few holders, a holder may have many names. */
struct hold *hold_find(const struct name_entry *name, const struct list *owner)
{
    for (struct list *at = name->holds.next; at != &name->holds; at = at->next) {
        struct hold *hold = container_of(at, struct hold, in_name);
        if (hold->owner == owner)
            return hold;
    }
    return NULL;
}

bool hold_add(struct name_entry *name, struct list *owner, pid_t pid, uint64_t start)
{
    struct hold *hold = hold_find(name, owner);
    if (hold) {
        hold->count++;
        return true;
    }
    hold = calloc(1, sizeof(*hold));
    if (!hold)
        return false;
    hold->count = 1;
    hold->name = name;
    hold->owner = owner;
    hold->pid = pid;
    hold->start = start;
    list_append(&name->holds, &hold->in_name);
    list_append(owner, &hold->in_owner);
    journal_hold(name->entry->registry->journal, WIRE_J_HOLD, name->entry->id, name->key, pid,
                 start);
    return true;
}

bool name_is_held_by(const struct name_entry *name, pid_t pid, uint64_t start)
{
    for (struct list *at = name->holds.next; at != &name->holds; at = at->next) {
        struct hold *hold = container_of(at, struct hold, in_name);
        if (hold->pid == pid && hold->start == start)
            return true;
    }
    return false;
}

void hold_remove(struct hold *hold)
{
    struct name_entry *name = hold->name;
    pid_t pid = hold->pid;
    uint64_t start = hold->start;
    hold_free(hold);
    if (!name_is_held_by(name, pid, start))
        journal_hold(name->entry->registry->journal, WIRE_J_DROP, name->entry->id, name->key,
                     pid, start);
    if (list_empty(&name->holds)) {
        struct entry *entry = name->entry;
        name_remove(name);
        entry_tidy(entry);
    }
}
