/* SPDX-License-Identifier: MIT */
/*
 * CUDA's opaque handles. A program gets a number that looks like a pointer but is no address:
 * the kind, a slot and its generation. So NULL, small numbers, stale handles and those of
 * another kind are refused instead of followed.
 */
#ifndef ISTHMUS_CUDA_HANDLE_H
#define ISTHMUS_CUDA_HANDLE_H

#include "base/atomics.h"
#include "base/cleanup.h"

enum cu_kind {
    CU_STREAM,
    CU_EVENT,
    CU_ARRAY,
    CU_MIPMAPPED,
    CU_EXTERNAL_MEMORY,
    CU_EXTERNAL_SEMAPHORE,
    CU_HANDLE_KINDS,
    CU_MEMORY = CU_HANDLE_KINDS, /* found by address (pointer.h), has no handle */
};

/* The first member of whatever a handle or an address leads to. */
struct cu_object {
    atomic_uint refs; /* the handle's, and one for each call that is using it */
    enum cu_kind kind;
    void (*destroy)(struct cu_object *object); /* the last reference has gone */
};

void cu_object_init(struct cu_object *object, enum cu_kind kind,
                    void (*destroy)(struct cu_object *object));
void cu_ref(struct cu_object *object);
/* NULL does nothing. The void pointer lets it end an operation of a queue. */
void cu_unref(void *object);

/* A handle that takes over the caller's reference; NULL: the table is full. */
void *cu_handle_add(struct cu_object *object);

/* True if it has the form of our handles, live or not: the driver's never have. */
bool cu_handle_is_ours(const void *handle);

/* 0 and one more reference; 400 with a reason. */
int cu_handle_get(const void *handle, enum cu_kind kind, struct cu_object **out) MUST_CHECK;

/* Ends the handle and hands its reference over; 400 with a reason. */
int cu_handle_remove(const void *handle, enum cu_kind kind, struct cu_object **out) MUST_CHECK;

/* The same without a word if it is not live. */
bool cu_handle_is_live(const void *handle, enum cu_kind kind, struct cu_object **out);

/* Ends the handle if it is live, and says nothing if not. NULL: it was not. */
struct cu_object *cu_handle_end(const void *handle, enum cu_kind kind);

/* Ends all handles of a kind, each through `end`. */
void cu_handle_end_all(enum cu_kind kind, void (*end)(struct cu_object *object));

static inline void cu_unrefp(void *object)
{
    cu_unref(*(void **)object);
}

#endif
