/* SPDX-License-Identifier: MIT */
/* The table of everything that has a handle, and how many of each kind there are. */
#include <stdlib.h>

#include "fake.h"

enum { BUCKETS = 1024 };

static struct object *buckets[BUCKETS];
static uintptr_t last_handle = 0x1000;
static size_t live[FAKECUDA_KINDS];

static struct object **bucket_of(uintptr_t handle)
{
    return &buckets[handle / 16 % BUCKETS];
}

void live_add(enum fakecuda_kind kind, int n)
{
    live[kind] += (size_t)n;
}

void *object_new(enum fakecuda_kind kind, size_t size, struct context *ctx,
                 void (*destroy)(struct object *))
{
    struct object *object = calloc(1, size);
    if (!object)
        return NULL;
    last_handle += 16;
    struct object **bucket = bucket_of(last_handle);
    *object = (struct object){*bucket, kind, last_handle, ctx, destroy};
    *bucket = object;
    live_add(kind, 1);
    return object;
}

void object_rename(struct object *object, uintptr_t handle)
{
    struct object **link = bucket_of(object->handle);
    while (*link != object)
        link = &(*link)->next;
    *link = object->next;
    object->handle = handle;
    link = bucket_of(handle);
    object->next = *link;
    *link = object;
}

void *object_find(enum fakecuda_kind kind, uintptr_t handle)
{
    struct object *object = *bucket_of(handle);
    while (object && (object->handle != handle || object->kind != kind))
        object = object->next;
    return object;
}

void object_each(enum fakecuda_kind kind, void (*fn)(struct object *, void *arg), void *arg)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct object *object = buckets[i]; object; object = object->next)
            if (object->kind == kind)
                fn(object, arg);
}

void object_end(struct object *object)
{
    struct object **link = bucket_of(object->handle);
    while (*link != object)
        link = &(*link)->next;
    *link = object->next;
    live_add(object->kind, -1);
    object->destroy(object);
}

/* Those of a context, or of all; destroying one may destroy others, so each begins anew. */
void object_end_all(struct context *ctx, enum fakecuda_kind kind)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct object *object = buckets[i];
        while (object) {
            bool hit = object->kind == kind && (!ctx || object->ctx == ctx);
            if (hit)
                object_end(object);
            object = hit ? buckets[i] : object->next;
        }
    }
}

size_t fakecuda_live(enum fakecuda_kind kind)
{
    size_t n = 0;
    pthread_mutex_lock(&fake_lock);
    for (int i = 0; i < FAKECUDA_KINDS; i++)
        if (kind == FAKECUDA_KINDS ? i != FAKECUDA_CONTEXT : i == (int)kind)
            n += live[i];
    pthread_mutex_unlock(&fake_lock);
    return n;
}
