/* SPDX-License-Identifier: MIT */
/* Objects and their numbers. Names are in registry_names.c. */
#include "broker/registry.h"

#include "broker/channel.h"
#include "broker/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_MARK 0x40000002U
#define NUMBER_SHIFT 6U
#define COUNTER_BITS 20U
#define COUNTER_MASK ((1U << COUNTER_BITS) - 1)

bool registry_init(struct registry *registry, struct loop *loop, struct journal *journal)
{
    *registry = (struct registry){.loop = loop, .journal = journal, .epoch = 1};
    if (table_init(&registry->by_id) && table_init(&registry->by_number) &&
        table_init(&registry->names))
        return true;
    registry_finish(registry);
    return false;
}

static void remove_entry(struct table_link *item, void *arg)
{
    (void)arg;
    entry_remove(container_of(item, struct entry, by_id));
}

void registry_finish(struct registry *registry)
{
    if (registry->by_id.bucket)
        table_each(&registry->by_id, remove_entry, NULL);
    table_finish(&registry->by_id);
    table_finish(&registry->by_number);
    table_finish(&registry->names);
}

static uint64_t hash_id(const struct registry *registry, const unsigned char id[16])
{
    return table_hash(&registry->by_id, id, 16);
}

static uint64_t hash_number(const struct registry *registry, uint32_t number)
{
    return table_hash(&registry->by_number, &number, sizeof(number));
}

void entry_remove(struct entry *entry)
{
    struct registry *registry = entry->registry;
    list_for_each (item, next, &entry->names)
        name_remove(container_of(item, struct name_entry, link));
    if (entry->number)
        journal_ended(registry->journal, entry->id);
    table_remove(&registry->by_id, &entry->by_id);
    table_remove(&registry->by_number, &entry->by_number);
    loop_remove(registry->loop, &entry->life);
    for (unsigned i = 0; i < PARCEL_LIFE; i++)
        if (entry->fd[i] >= 0)
            close(entry->fd[i]);
    quota_give_back(entry->account, &entry->charge);
    free(entry);
}

void entry_tidy(struct entry *entry)
{
    if (!entry->number && list_empty(&entry->names))
        entry_remove(entry);
}

/* True if it was alive and is no more. */
static bool reap(struct entry *entry)
{
    if (!inspect_over(entry->life.fd))
        return false;
    entry_remove(entry);
    return true;
}

static void on_life(struct source *source)
{
    reap(container_of(source, struct entry, life));
}

struct entry *entry_by_id(struct registry *registry, const unsigned char id[16])
{
    struct table_link *item = NULL;
    uint64_t hash = hash_id(registry, id);
    while ((item = table_find(&registry->by_id, hash, item))) {
        struct entry *entry = container_of(item, struct entry, by_id);
        if (memcmp(entry->id, id, 16) == 0)
            return reap(entry) ? NULL : entry;
    }
    return NULL;
}

static struct entry *find_number(struct registry *registry, uint32_t number)
{
    struct table_link *item = NULL;
    uint64_t hash = hash_number(registry, number);
    while ((item = table_find(&registry->by_number, hash, item))) {
        struct entry *entry = container_of(item, struct entry, by_number);
        if (entry->number == number)
            return entry;
    }
    return NULL;
}

struct entry *entry_by_number(struct registry *registry, uint32_t number)
{
    struct entry *entry = find_number(registry, number);
    return !entry || reap(entry) ? NULL : entry;
}

static struct entry *entry_new(struct registry *registry, const struct wire_parcel *what)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    entry->registry = registry;
    entry->kind = what->kind;
    entry->bytes = what->bytes;
    memcpy(entry->id, what->id, sizeof(entry->id));
    memset(entry->fd, -1, sizeof(entry->fd));
    entry->life.fd = -1;
    entry->life.ready = on_life;
    list_init(&entry->names);
    return entry;
}

/* Watches the read end; from here the object may go at any time. */
static enum ist_status watch(struct registry *registry, struct entry *entry, int writer,
                             char *why, size_t why_size)
{
    int reader = inspect_reader(writer);
    if (reader >= 0 && loop_add(registry->loop, &entry->life, reader, false))
        return IST_OK;
    snprintf(why, why_size, "the broker cannot watch the life pipe: %s", strerror(errno));
    return IST_NO_RESOURCES;
}

/* `what` has been checked; the first three fds go to the entry. */
static enum ist_status entry_add(struct registry *registry, struct account *account,
                                 const struct wire_parcel *what, int fds[PARCEL_FDS],
                                 const struct charge *charge, struct entry **out, char *why,
                                 size_t why_size)
{
    struct entry *entry = entry_new(registry, what);
    if (!entry) {
        snprintf(why, why_size, "the broker has no memory for one more object");
        return IST_NO_MEMORY;
    }
    enum ist_status status = quota_charge(account, charge, why, why_size);
    if (status == IST_OK) {
        entry->account = account;
        entry->charge = *charge;
        status = watch(registry, entry, fds[PARCEL_LIFE], why, why_size);
    }
    if (status != IST_OK) {
        quota_give_back(entry->account, &entry->charge);
        free(entry);
        return status;
    }
    for (unsigned i = 0; i < PARCEL_LIFE; i++)
        entry->fd[i] = take(&fds[i], -1);
    table_add(&registry->by_id, &entry->by_id, hash_id(registry, entry->id));
    *out = entry;
    return IST_OK;
}

enum ist_status entry_get(struct registry *registry, struct account *account,
                          const struct wire_parcel *what, int fds[PARCEL_FDS],
                          struct entry **out, char *why, size_t why_size)
{
    struct inspect_facts facts;
    struct parcel parcel = {.bytes = what->bytes};
    enum ist_status status = IST_OK;
    memcpy(parcel.fd, fds, sizeof(parcel.fd));
    const char *wrong = inspect_parcel(&parcel, &facts);
    struct entry *known = wrong ? NULL : entry_by_id(registry, what->id);
    if (known && !inspect_same_file(known->fd[PARCEL_DESCRIPTION], fds[PARCEL_DESCRIPTION]))
        wrong = "its id belongs to another object";
    if (wrong) {
        snprintf(why, why_size, "the broker refuses what was sent: %s", wrong);
        status = IST_BAD_PARCEL;
    } else if (known) {
        *out = known;
    } else {
        struct charge charge = {
            .amount = {
                [QUOTA_OBJECTS] = 1, [QUOTA_FDS] = facts.fds, [QUOTA_BYTES] = facts.bytes}};
        status = entry_add(registry, account, what, fds, &charge, out, why, why_size);
    }
    channel_close_fds(fds);
    return status;
}

static void set_number(struct entry *entry, uint32_t number)
{
    struct registry *registry = entry->registry;
    entry->number = number;
    table_add(&registry->by_number, &entry->by_number, hash_number(registry, number));
    journal_object(registry->journal, entry->id, number);
}

bool entry_give_number(struct entry *entry)
{
    struct registry *registry = entry->registry;
    if (entry->number)
        return true;
    for (uint32_t i = 0; i <= COUNTER_MASK; i++) {
        registry->counter = (registry->counter + 1) & COUNTER_MASK;
        uint32_t slot = registry->epoch << COUNTER_BITS | registry->counter;
        uint32_t number = NUMBER_MARK | slot << NUMBER_SHIFT;
        if (find_number(registry, number) ||
            (registry->is_reserved && registry->is_reserved(registry->user, number)))
            continue;
        set_number(entry, number);
        return true;
    }
    return false;
}

bool entry_restore_number(struct entry *entry, uint32_t number)
{
    if (entry->number || find_number(entry->registry, number))
        return entry->number == number;
    set_number(entry, number);
    return true;
}

bool entry_lend(struct entry *entry, struct wire_parcel *what, int fds[PARCEL_FDS])
{
    int writer = inspect_writer(entry->life.fd);
    if (writer < 0)
        return false;
    memcpy(what->id, entry->id, sizeof(what->id));
    what->kind = entry->kind;
    what->bytes = entry->bytes;
    what->fds = 1U << PARCEL_LIFE;
    for (unsigned i = 0; i < PARCEL_LIFE; i++) {
        fds[i] = entry->fd[i];
        if (fds[i] >= 0)
            what->fds |= 1U << i;
    }
    fds[PARCEL_LIFE] = writer;
    return true;
}
