/* SPDX-License-Identifier: MIT */
/*
 * The two lists behind Map. They are short: a program maps few things at a time, and what the
 * queue has done with is forgotten at the next call.
 */
#include "d3d11/map_table.h"

#include "base/log.h"
#include "d3d11/context_region.h"

/* Up to where the queue uses a resource. Not owned: work that is not done pins it. */
struct map_use {
    struct list link;
    struct resource *resource;
    uint64_t used, written; /* tickets; written <= used */
};

void map_table_init(struct map_table *table, struct queue *queue)
{
    pthread_mutex_init(&table->lock, NULL);
    list_init(&table->uses);
    list_init(&table->mappings);
    table->queue = queue;
}

static void use_free(struct map_use *use)
{
    list_remove(&use->link);
    free(use);
}

/* The pin goes with it: from here on the address may belong to another resource. */
static void mapping_free(struct mapping *m)
{
    list_remove(&m->link);
    object_drop_by(&m->resource->object, HOLDER_MAPPING, m);
    free(m->shadow);
    free(m);
}

/* The device ends, so no program has a pointer left that could be written through. */
void map_table_finish(struct map_table *table)
{
    list_for_each (item, next, &table->uses)
        use_free(container_of(item, struct map_use, link));
    list_for_each (item, next, &table->mappings)
        mapping_free(container_of(item, struct mapping, link));
    pthread_mutex_destroy(&table->lock);
}

/* Both searches are linear: a program has few things mapped or in flight. */
static struct map_use *find_use(struct map_table *table, const struct resource *resource)
{
    list_for_each (item, next, &table->uses) {
        struct map_use *use = container_of(item, struct map_use, link);
        if (use->resource == resource)
            return use;
    }
    return NULL;
}

static struct mapping *find_mapping(struct map_table *table, const struct resource *resource,
                                    uint32_t number)
{
    list_for_each (item, next, &table->mappings) {
        struct mapping *m = container_of(item, struct mapping, link);
        if (m->resource == resource && (m->number == number || number == UINT32_MAX))
            return m;
    }
    return NULL;
}

/* 0 is reached by every queue, so it says: nothing to wait for. */
static uint64_t ticket_locked(struct map_table *table, const struct resource *resource,
                              bool written)
{
    const struct map_use *use = find_use(table, resource);
    return !use ? 0 : written ? use->written : use->used;
}

/* Forgets the uses that are done, and the shadows whose copies are. */
static void prune_locked(struct map_table *table)
{
    list_for_each (item, next, &table->uses) {
        struct map_use *use = container_of(item, struct map_use, link);
        if (queue_reached(table->queue, use->used))
            use_free(use);
    }
    list_for_each (item, next, &table->mappings) {
        struct mapping *m = container_of(item, struct mapping, link);
        if (!m->mapped && !ticket_locked(table, m->resource, true))
            mapping_free(m);
    }
}

/* A shadow that the queue's own writes have overtaken has the newest contents no more. */
static void drop_shadows_locked(struct map_table *table, const struct resource *resource)
{
    list_for_each (item, next, &table->mappings) {
        struct mapping *m = container_of(item, struct mapping, link);
        if (m->resource == resource && !m->mapped)
            mapping_free(m);
    }
}

/* False: no memory to remember; the caller waits instead. */
static bool note_locked(struct map_table *table, struct resource *resource, bool written)
{
    uint64_t ticket = queue_ticket(table->queue);
    struct map_use *use = find_use(table, resource);
    if (queue_reached(table->queue, ticket))
        return true;
    if (!use) {
        use = calloc(1, sizeof(*use));
        if (!use)
            return false;
        use->resource = resource;
        list_append(&table->uses, &use->link);
    }
    use->used = ticket;
    if (written)
        use->written = ticket;
    return true;
}

/* Nothing would tell a later Map that the resource is in use: have it done now. */
static void wait_instead(struct map_table *table)
{
    log_line(LOG_WARN, "d3d11", "no memory to remember work: waiting for it");
    if (queue_sync(table->queue, queue_ticket(table->queue), DEADLINE_NEVER) != IST_OK)
        log_line(LOG_ERROR, "d3d11", "waiting for work failed: %s", status_reason());
}

/* Called after the submission: the ticket must stand for it. */
void map_table_used(struct map_table *table, struct resource *resource, bool written)
{
    gate_lock(&table->lock);
    prune_locked(table);
    if (written)
        drop_shadows_locked(table, resource);
    bool noted = note_locked(table, resource, written);
    gate_unlock(&table->lock);
    if (!noted)
        wait_instead(table);
}

uint64_t map_table_ticket(struct map_table *table, struct resource *resource, bool written)
{
    gate_lock(&table->lock);
    uint64_t ticket = ticket_locked(table, resource, written);
    gate_unlock(&table->lock);
    return ticket;
}

bool map_table_is_mapped(struct map_table *table, struct resource *resource, uint32_t number)
{
    bool mapped = false;
    gate_lock(&table->lock);
    list_for_each (item, next, &table->mappings) {
        struct mapping *m = container_of(item, struct mapping, link);
        mapped |= m->mapped && m->resource == resource &&
                  (m->number == number || number == UINT32_MAX);
    }
    gate_unlock(&table->lock);
    return mapped;
}

/* Uses stay until they are done: another object may stand over the same resource. */
void map_table_forget(struct map_table *table, struct resource *resource)
{
    gate_lock(&table->lock);
    list_for_each (item, next, &table->mappings) {
        struct mapping *m = container_of(item, struct mapping, link);
        if (m->resource == resource)
            mapping_free(m);
    }
    gate_unlock(&table->lock);
}

/* Pinned beyond the program's own reference, which it may drop while it writes. */
static struct mapping *mapping_new(struct map_table *table, struct resource *resource,
                                   uint32_t number)
{
    struct mapping *m = calloc(1, sizeof(*m));
    if (!m)
        return NULL;
    object_hold(&resource->object, HOLDER_MAPPING);
    live_name_holder(&resource->object, HOLDER_MAPPING, m);
    m->resource = resource;
    m->number = number;
    list_append(&table->mappings, &m->link);
    return m;
}

static const struct layout_level *level_of(const struct resource *resource, uint32_t number)
{
    return &resource->layout.level[number % resource->layout.levels];
}

/* Kept from one discard to the next while copies are under way: they took the bytes aside. */
static bool make_shadow(struct mapping *m)
{
    const struct layout_level *level = level_of(m->resource, m->number);
    size_t size = level->depth_pitch * level->depth; /* checked when the layout was made */
    if (!m->shadow)
        m->shadow = malloc(size);
    return m->shadow != NULL;
}

/*
 * A mapping that fails leaves the table as it was. The reason is said outside the lock: the
 * program's log function hears of it, and may do as it likes there.
 */
static enum ist_status map_locked(struct map_table *table, struct resource *resource,
                                  uint32_t number, enum map_way way, unsigned char **shadow)
{
    struct mapping *m = find_mapping(table, resource, number);
    if (m && m->mapped)
        return IST_BAD_ARG;
    if (way == MAP_LAST && !(m && m->shadow))
        return IST_NOT_FOUND; /* not a mistake: the caller waits then */
    if (!m)
        m = mapping_new(table, resource, number);
    if (!m)
        return IST_NO_MEMORY;
    m->mapped = way == MAP_IN_PLACE || make_shadow(m);
    m->shadowed = way != MAP_IN_PLACE;
    *shadow = m->shadowed ? m->shadow : NULL;
    if (m->mapped)
        return IST_OK;
    mapping_free(m);
    return IST_NO_MEMORY;
}

static enum ist_status refuse_map(enum ist_status status, uint32_t number)
{
    if (status == IST_BAD_ARG)
        return refuse(status, "subresource %u is mapped already: Unmap comes first", number);
    return refuse(status, "no memory to map subresource %u", number);
}

enum ist_status map_table_map(struct map_table *table, struct resource *resource,
                              uint32_t number, enum map_way way, unsigned char **shadow)
{
    gate_lock(&table->lock);
    prune_locked(table);
    enum ist_status status = map_locked(table, resource, number, way, shadow);
    gate_unlock(&table->lock);
    return status == IST_OK || status == IST_NOT_FOUND ? status : refuse_map(status, number);
}

/* The source is taken aside by the queue, so the shadow can be written again at once. */
static enum ist_status submit_shadow(struct map_table *table, const struct mapping *m)
{
    const struct layout_level *level = level_of(m->resource, m->number);
    struct subresource sub;
    enum ist_status status = subresource_get(m->resource, m->number, &sub);
    if (status != IST_OK)
        return status;
    struct copy copy = {
        .dst = {.resource = sub.resource, .level = sub.level, .slice = sub.slice},
        .src = {.memory = m->shadow,
                .row_pitch = level->row_pitch,
                .slice_pitch = level->depth_pitch},
        .row_bytes = level->row_bytes,
        .rows = level->rows,
        .slices = level->depth,
    };
    return queue_copy(table->queue, &copy, COPY_SOURCE_TRANSIENT);
}

/*
 * False: there is no such mapping. If the copy cannot be submitted, the queue says so; the
 * mapping has ended all the same.
 */
static bool unmap_locked(struct map_table *table, struct resource *resource, uint32_t number,
                         enum ist_status *status, bool *noted)
{
    struct mapping *m = find_mapping(table, resource, number);
    if (!m || !m->mapped)
        return false;
    *status = m->shadowed ? submit_shadow(table, m) : IST_OK;
    m->mapped = false;
    if (m->shadowed && *status == IST_OK)
        *noted = note_locked(table, resource, true);
    else
        mapping_free(m);
    prune_locked(table); /* drops the shadow unless its copy is under way */
    return true;
}

enum ist_status map_table_unmap(struct map_table *table, struct resource *resource,
                                uint32_t number)
{
    bool noted = true;
    enum ist_status status = IST_OK;
    gate_lock(&table->lock);
    bool found = unmap_locked(table, resource, number, &status, &noted);
    gate_unlock(&table->lock);
    if (!found)
        return refuse(IST_BAD_CALL, "Unmap: subresource %u is not mapped", number);
    if (!noted)
        wait_instead(table);
    return status;
}
