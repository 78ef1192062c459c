/* SPDX-License-Identifier: MIT */
/*
 * What a context remembers of resources that the CPU may map: which subresources are mapped
 * now, up to which ticket the queue still uses a resource, and the shadows that take a
 * program's writes while the queue cannot. Knows core only. Entries live as long as they say
 * something.
 */
#ifndef ISTHMUS_D3D11_MAP_TABLE_H
#define ISTHMUS_D3D11_MAP_TABLE_H

#include "base/gate.h"
#include "core/queue.h"

struct map_table {
    pthread_mutex_t lock; /* guards both lists and all in them, inside the fork gate; rank:
                             before queues */
    struct list uses;     /* of struct map_use: at most one for each resource */
    struct list mappings; /* of struct mapping: at most one for each subresource */
    struct queue *queue;  /* borrowed: the context's */
};

/* One subresource that is mapped, or whose shadow is still on its way to the resource. */
struct mapping {
    struct list link;
    struct resource
        *resource; /* pinned as HOLDER_MAPPING, so that no other takes its address */
    uint32_t number;
    bool mapped;
    bool shadowed;         /* this time the program writes to the shadow */
    unsigned char *shadow; /* owned; NULL if it was never needed */
};

void map_table_init(struct map_table *table, struct queue *queue);
void map_table_finish(struct map_table *table);

/* The program lets go of the resource: its mappings end, and nothing of them is submitted. */
void map_table_forget(struct map_table *table, struct resource *resource);

/* The queue got work that reads or writes the resource; everything submitted so far counts. */
void map_table_used(struct map_table *table, struct resource *resource, bool written);

/* The ticket after which nothing uses (or, if `written`, changes) the resource. 0: none. */
uint64_t map_table_ticket(struct map_table *table, struct resource *resource, bool written);

/* True if a subresource is mapped; `number` UINT32_MAX asks for any. */
bool map_table_is_mapped(struct map_table *table, struct resource *resource, uint32_t number);

/* What to do with a subresource that a program maps. */
enum map_way {
    MAP_IN_PLACE, /* hand out the resource's own memory */
    MAP_SHADOW,   /* hand out a new shadow, with any contents */
    MAP_LAST,     /* hand out the shadow of the last time, which has the newest contents */
};

/*
 * Marks a subresource mapped. *shadow: the shadow's memory, NULL for MAP_IN_PLACE.
 * IST_BAD_ARG: mapped already. IST_NO_MEMORY. IST_NOT_FOUND for MAP_LAST: there is no shadow.
 */
enum ist_status map_table_map(struct map_table *table, struct resource *resource,
                              uint32_t number, enum map_way way, unsigned char **shadow)
    MUST_CHECK;

/* Ends it, and submits what went to a shadow. IST_BAD_CALL: it was not mapped. */
enum ist_status map_table_unmap(struct map_table *table, struct resource *resource,
                                uint32_t number) MUST_CHECK;

#endif
