/* SPDX-License-Identifier: MIT */
/*
 * Memory that CUDA knows: what was allocated, pinned, registered, or mapped from D3D11. Found
 * by any address inside it (pointer.c); two pieces never overlap.
 */
#ifndef ISTHMUS_CUDA_MEMORY_H
#define ISTHMUS_CUDA_MEMORY_H

#include "core/device.h"
#include "cuda/handle.h"

struct resource;

enum cu_memory_origin {
    CU_FROM_MALLOC,
    CU_FROM_MANAGED,
    CU_FROM_HOST_ALLOC,
    CU_FROM_REGISTER,
    CU_FROM_IMPORT, /* a mapped buffer */
};

/* As cudaMemoryType. */
enum cu_memory_type { CU_UNREGISTERED, CU_HOST, CU_DEVICE, CU_MANAGED };

struct cu_memory {
    struct cu_object object;
    uintptr_t start;
    size_t size; /* what was asked for; the last byte that may be touched */
    enum cu_memory_origin origin;
    unsigned flags; /* of the host functions */
    int ordinal;    /* of the device */
    bool whole;     /* it is all of its memory: never so if registered (pointer.c) */
    struct device *device;
    struct memory own;         /* of malloc and host alloc: base NULL otherwise */
    struct resource *resource; /* of a mapping: pinned as HOLDER_MAPPING */
    void *view; /* of a mapping: a view of its own, NULL if the resource's serves */
    size_t view_size;
    struct cu_memory *next; /* starts in the same granule: guarded by its word (pointer.c) */
};

enum cu_memory_type cu_memory_type(const struct cu_memory *memory);

/* A piece in no table yet, with one reference; NULL: no memory. */
struct cu_memory *cu_memory_new(enum cu_memory_origin origin, size_t size);

/* pointer.c: puts it into the table, which takes over the reference; `start`, `size`, `origin`
 * and `whole` never change from then on. False: it overlaps another one (or the table cannot
 * grow: then errno is ENOMEM), and nothing was taken. */
bool cu_pointer_add(struct cu_memory *memory);

/* The piece with this address inside, with one more reference; NULL: none. */
struct cu_memory *cu_pointer_find(const void *at);

/* Out of the table with its reference, if a piece of one of these origins starts there. */
struct cu_memory *cu_pointer_remove(const void *start, unsigned origins);
#define CU_ORIGIN(origin) (1U << (origin))

/* Every piece that is left, each out of the table and handed over with its reference. */
void cu_pointer_remove_all(void (*fn)(struct cu_object *object));

/* For the device's reset. */
void cu_memory_end_all(void);

#endif
