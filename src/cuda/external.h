/* SPDX-License-Identifier: MIT */
/* What importing memory and importing semaphores have in common. */
#ifndef ISTHMUS_CUDA_EXTERNAL_H
#define ISTHMUS_CUDA_EXTERNAL_H

#include "core/object.h"
#include "cuda/handle.h"

struct resource;

struct cu_external_memory {
    struct cu_object object;
    struct resource *resource; /* owned as HOLDER_IMPORT */
    uint64_t size;             /* what the importer named: only that much may be mapped */
};

/* The handle and the name of a descriptor, and what its type allows. */
struct cu_import {
    const char *type;  /* the type as the program names it */
    const char *other; /* the type that would be right for the other kind of handle */
    const void *handle, *name;
    bool by_kmt;
    enum object_kind kind;
};

/* 1: both or none of handle and name, or a name with a KMT type. */
int cu_import_check(const struct cu_import *import) MUST_CHECK;

/* The object, held as HOLDER_IMPORT. 400, 304, 1 (a name that is none). */
int cu_import_open(const struct cu_import *import, struct object **out) MUST_CHECK;

/* For words of which one at least is not zero. */
int cu_refuse_reserved(const unsigned *reserved) MUST_CHECK;

/*
 * 0 or 1: the driver wants the words that CUDA keeps for later to be zero. Inline, and all
 * words together: of a count that is known the compiler makes a few wide loads.
 */
static inline int cu_check_reserved(const unsigned *reserved, unsigned count)
{
    unsigned any = 0;
    for (unsigned i = 0; i < count; i++)
        any |= reserved[i];
    return any ? cu_refuse_reserved(reserved) : 0;
}

/* extmem.c: the live import behind a handle. 1: NULL, as the driver answers; 400: stale. */
int cu_external_memory_get(void *handle, struct cu_external_memory **out) MUST_CHECK;

#endif
