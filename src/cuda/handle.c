/* SPDX-License-Identifier: MIT */
/* One slot map for each kind of handle, made by the first use and never ended. */
#include "cuda/handle.h"

#include "base/slotmap.h"
#include "cuda/error.h"

#include <pthread.h>

/* No address has these top bits on x86-64 or aarch64: following a handle faults at once. */
#define MARK 0x1c75ULL
#define MARK_SHIFT 48
#define KIND_SHIFT 40
#define KIND_MASK 0xffULL
#define NUMBER_MASK 0xffffffffULL
#define INDEX_BITS 17
#define GENERATION_BITS 15

static struct slotmap maps[CU_HANDLE_KINDS];
static pthread_once_t maps_once = PTHREAD_ONCE_INIT;

static const char *const kind_names[] = {
    "a stream",          "an event",        "an array",
    "a mipmapped array", "external memory", "an external semaphore",
};

/* 131072 handles of each kind, and 32767 generations before a number comes again. */
static void maps_start(void)
{
    for (unsigned i = 0; i < CU_HANDLE_KINDS; i++)
        slotmap_init(&maps[i], INDEX_BITS, GENERATION_BITS);
}

static struct slotmap *map_of(enum cu_kind kind)
{
    pthread_once(&maps_once, maps_start);
    return &maps[kind];
}

void cu_object_init(struct cu_object *object, enum cu_kind kind,
                    void (*destroy)(struct cu_object *object))
{
    atomic_init(&object->refs, 1);
    object->kind = kind;
    object->destroy = destroy;
}

void cu_ref(struct cu_object *object)
{
    count_up(&object->refs);
}

void cu_unref(void *object)
{
    struct cu_object *o = object;
    if (o && count_down(&o->refs))
        o->destroy(o);
}

static void *handle_make(enum cu_kind kind, uint32_t number)
{
    uint64_t value = MARK << MARK_SHIFT | (uint64_t)(kind + 1) << KIND_SHIFT | number;
    return (void *)(uintptr_t)value;
}

/* The kind that a handle claims to be of; CU_HANDLE_KINDS for what is no handle of ours. */
static enum cu_kind handle_kind(const void *handle)
{
    uint64_t value = (uintptr_t)handle;
    uint64_t kind = (value >> KIND_SHIFT & KIND_MASK) - 1;
    bool ours = value >> MARK_SHIFT == MARK && kind < CU_HANDLE_KINDS &&
                (value >> 32 & KIND_MASK) == 0;
    return ours ? (enum cu_kind)kind : CU_HANDLE_KINDS;
}

bool cu_handle_is_ours(const void *handle)
{
    return handle_kind(handle) != CU_HANDLE_KINDS;
}

static uint32_t handle_number(const void *handle)
{
    return (uint32_t)((uintptr_t)handle & NUMBER_MASK);
}

/* The number alone tells kind and slot, so a look-up needs no lock but the slot's. */
void *cu_handle_add(struct cu_object *object)
{
    uint32_t number = slotmap_add(map_of(object->kind), object);
    return number == SLOTMAP_NONE ? NULL : handle_make(object->kind, number);
}

/* The four ways to be wrong are four different mistakes in a program. */
static int refuse_handle(const void *handle, enum cu_kind kind)
{
    enum cu_kind found = handle_kind(handle);
    if (!handle)
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE, "the handle is NULL, %s was expected",
                         kind_names[kind]);
    if (found == CU_HANDLE_KINDS)
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                         "%p is no CUDA handle of this runtime, %s was expected", handle,
                         kind_names[kind]);
    if (found != kind)
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE, "handle %p is of %s, %s was expected",
                         handle, kind_names[found], kind_names[kind]);
    return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                     "handle %p of %s is not live: it was destroyed before", handle,
                     kind_names[kind]);
}

static bool ref_it(void *value, void *arg)
{
    (void)arg;
    cu_ref(value);
    return true;
}

bool cu_handle_is_live(const void *handle, enum cu_kind kind, struct cu_object **out)
{
    struct cu_object *object = NULL;
    if (handle_kind(handle) == kind)
        object = slotmap_get(map_of(kind), handle_number(handle), ref_it, NULL);
    if (object)
        *out = object;
    return object != NULL;
}

int cu_handle_get(const void *handle, enum cu_kind kind, struct cu_object **out)
{
    return cu_handle_is_live(handle, kind, out) ? CUDA_SUCCESS : refuse_handle(handle, kind);
}

struct cu_object *cu_handle_end(const void *handle, enum cu_kind kind)
{
    if (handle_kind(handle) != kind)
        return NULL;
    return slotmap_remove(map_of(kind), handle_number(handle), NULL, NULL);
}

int cu_handle_remove(const void *handle, enum cu_kind kind, struct cu_object **out)
{
    struct cu_object *object = cu_handle_end(handle, kind);
    if (!object)
        return refuse_handle(handle, kind);
    *out = object;
    return CUDA_SUCCESS;
}

static bool first_number(uint32_t number, void *value, void *arg)
{
    (void)value;
    *(uint32_t *)arg = number;
    return false;
}

/* One at a time: `end` may end others of the same kind. */
void cu_handle_end_all(enum cu_kind kind, void (*end)(struct cu_object *object))
{
    struct slotmap *map = map_of(kind);
    for (;;) {
        uint32_t number = SLOTMAP_NONE;
        slotmap_each(map, first_number, &number);
        if (number == SLOTMAP_NONE)
            return;
        struct cu_object *object = slotmap_remove(map, number, NULL, NULL);
        if (object)
            end(object);
    }
}
