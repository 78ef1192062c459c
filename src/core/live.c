/* SPDX-License-Identifier: MIT */
/*
 * The list of objects that are alive, in shards by address, so that unrelated objects rarely
 * meet. A shard's lock guards its list and the records of its objects; it is the last one of
 * all: nothing is locked, called back or unwound while it is held.
 *
 * A drop does not say which holder goes. Holders that named themselves are found by address;
 * of the others it is known if all were made at one site, or if the drop comes from the very
 * call that took the hold. Otherwise the drop is counted and the report says so.
 */
#include "core/live.h"

#include "base/cleanup.h"
#include "base/futex.h"
#include "base/gate.h"
#include "core/object.h"

#include <pthread.h>
#include <string.h>

#define SHARDS 16U
#define CACHE_LINE 64

struct shard {
    pthread_mutex_t lock;
    struct list objects; /* of struct live; zero until the first one */
} __attribute__((aligned(CACHE_LINE)));

struct site_record {
    struct site_record *next;
    const void *who;    /* NULL: holders of this site that have no name */
    const void *thread; /* who took the hold */
    unsigned as, count;
    struct site site;
};

static struct shard shards[SHARDS] = {[0 ... SHARDS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};
static const char gone_mark; /* `who` of the record that counts drops of unknown sites */

atomic_bool live_sites_on; /* stored once, before the first object; publishes nothing */

static const void *this_thread(void)
{
    static _Thread_local char self;
    return &self;
}

static struct shard *shard_of(const struct object *object)
{
    return &shards[((uintptr_t)object >> 6) * 0x9e3779b97f4a7c15ULL >> 60];
}

static struct shard *shard_lock(const struct object *object)
{
    struct shard *shard = shard_of(object);
    gate_lock(&shard->lock);
    return shard;
}

static bool asked_for(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value && strcmp(value, "0") != 0;
}

/* Before main(): no other thread is there yet. */
__attribute__((constructor)) static void live_start(void)
{
    bool leaks = asked_for("ISTHMUS_LEAKS");
    live_record_sites(leaks || asked_for("ISTHMUS_SITES"));
    live_report_at_exit(leaks);
}

void live_record_sites(bool on)
{
    store_relaxed(&live_sites_on, on);
}

void live_list(struct object *object, unsigned first)
{
    object->live.records = NULL;
    object->live.born = clock_now_ns();
    live_note_hold(object, first);
    struct shard *shard = shard_lock(object);
    if (!shard->objects.next)
        list_init(&shard->objects);
    list_append(&shard->objects, &object->live.link);
    gate_unlock(&shard->lock);
}

static void records_free(struct site_record *record)
{
    while (record) {
        struct site_record *next = record->next;
        free(record);
        record = next;
    }
}

void live_unlist(struct object *object)
{
    struct shard *shard = shard_lock(object);
    list_remove(&object->live.link);
    gate_unlock(&shard->lock);
    records_free(object->live.records);
}

/* A link of the list, so that what it points at can be taken out. */
static struct site_record **find(struct object *object, unsigned as, const void *who,
                                 const struct site *site)
{
    struct site_record **at = &object->live.records;
    for (; *at; at = &(*at)->next)
        if ((*at)->as == as && (*at)->who == who &&
            (!site || ((*at)->thread == this_thread() && site_equal(&(*at)->site, site))))
            return at;
    return NULL;
}

static struct site_record *unlink_record(struct site_record **at)
{
    struct site_record *record = *at;
    *at = record->next;
    return record;
}

static void push(struct object *object, struct site_record *record)
{
    record->next = object->live.records;
    object->live.records = record;
}

/* Without memory the holder stays unrecorded, which the report says. */
static void push_new(struct object *object, unsigned as, const void *who,
                     const struct site *site)
{
    struct site_record *record = malloc(sizeof(*record));
    if (!record)
        return;
    *record = (struct site_record){.who = who, .thread = this_thread(), .as = as, .count = 1};
    if (site)
        record->site = *site;
    push(object, record);
}

void live_record(struct object *object, unsigned as)
{
    struct site site;
    site_here(&site);
    struct shard *shard = shard_lock(object);
    struct site_record **at = find(object, as, NULL, &site);
    if (at) { /* to the front: the newest is the one that gets a name */
        (*at)->count++;
        push(object, unlink_record(at));
    } else {
        push_new(object, as, NULL, &site);
    }
    gate_unlock(&shard->lock);
}

static void take_one(struct site_record **at)
{
    if (--(*at)->count == 0)
        free(unlink_record(at));
}

void live_name_holder(struct object *object, unsigned as, const void *who)
{
    if (!load_relaxed(&live_sites_on))
        return;
    struct shard *shard = shard_lock(object);
    for (struct site_record **at = &object->live.records; *at; at = &(*at)->next) {
        if ((*at)->as != as || (*at)->who || (*at)->thread != this_thread())
            continue;
        struct site site = (*at)->site;
        take_one(at);
        push_new(object, as, who, &site);
        break;
    }
    gate_unlock(&shard->lock);
}

/* How many records without a name there are of a kind, and how many holders they count. */
static unsigned unnamed(struct object *object, unsigned as, unsigned *holders)
{
    unsigned records = 0;
    *holders = 0;
    for (struct site_record *r = object->live.records; r; r = r->next)
        if (r->as == as && !r->who) {
            records++;
            *holders += r->count;
        }
    return records;
}

/* One of several sites, nobody knows which; when all are gone, none is left to tell of. */
static void count_gone(struct object *object, unsigned as, unsigned holders)
{
    struct site_record **mark = find(object, as, &gone_mark, NULL), **at;
    if (!mark)
        push_new(object, as, &gone_mark, NULL);
    else
        (*mark)->count++;
    mark = find(object, as, &gone_mark, NULL);
    if (!mark || (*mark)->count < holders)
        return;
    free(unlink_record(mark));
    while ((at = find(object, as, NULL, NULL)))
        free(unlink_record(at));
}

/* True if it is clear which record to take one from. Otherwise a look at the stack may tell. */
static bool forget_known(struct object *object, unsigned as, const void *who)
{
    unsigned holders;
    struct site_record **at = who ? find(object, as, who, NULL) : NULL;
    if (at) {
        free(unlink_record(at));
        return true;
    }
    if (unnamed(object, as, &holders) > 1)
        return false;
    if ((at = find(object, as, NULL, NULL)))
        take_one(at);
    return true;
}

void live_forget(struct object *object, unsigned as, const void *who)
{
    struct shard *shard = shard_lock(object);
    bool done = forget_known(object, as, who);
    gate_unlock(&shard->lock);
    if (done)
        return;

    struct site site;
    unsigned holders;
    site_here(&site);
    gate_lock(&shard->lock);
    struct site_record **at = find(object, as, NULL, &site);
    unnamed(object, as, &holders);
    if (at)
        take_one(at);
    else
        count_gone(object, as, holders);
    gate_unlock(&shard->lock);
}

/* An array that grows; without memory it stays short, never wrong. */
struct pinned {
    struct object **object;
    size_t count, room;
};

static void pin(struct pinned *p, struct object *object)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        struct object **more = realloc(p->object, room * sizeof(*more));
        if (!more)
            return;
        p->object = more;
        p->room = room;
    }
    if (object_try_pin(object))
        p->object[p->count++] = object;
}

struct object **live_pin_all(size_t *count)
{
    struct pinned p = {0};
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *shard = &shards[i];
        gate_lock(&shard->lock);
        if (shard->objects.next)
            list_for_each (item, next, &shard->objects)
                pin(&p, container_of(item, struct object, live.link));
        gate_unlock(&shard->lock);
    }
    *count = p.count;
    return p.object;
}

static void merge(struct live_site *sites, size_t *count, const struct site_record *r)
{
    for (size_t i = 0; i < *count; i++)
        if (sites[i].as == r->as && site_equal(&sites[i].site, &r->site)) {
            sites[i].count += r->count;
            return;
        }
    sites[(*count)++] = (struct live_site){r->as, r->count, r->site};
}

struct live_site *live_sites(struct object *object, size_t *count, unsigned *gone)
{
    size_t records = 0;
    *count = 0;
    memset(gone, 0, HOLDER_KINDS * sizeof(*gone));
    struct shard *shard = shard_lock(object);
    for (struct site_record *r = object->live.records; r; r = r->next)
        records++;
    struct live_site *sites = records ? malloc(records * sizeof(*sites)) : NULL;
    for (struct site_record *r = object->live.records; sites && r; r = r->next)
        if (r->who == &gone_mark)
            gone[r->as] = r->count;
        else
            merge(sites, count, r);
    gate_unlock(&shard->lock);
    return sites;
}
