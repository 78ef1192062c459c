/* SPDX-License-Identifier: MIT */
/* Arrays: a level of a core resource, made by CUDA or by D3D11, seen in elements. */
#ifndef ISTHMUS_CUDA_ARRAY_H
#define ISTHMUS_CUDA_ARRAY_H

#include "core/resource.h"
#include "cuda/handle.h"
#include "cuda/istcu.h"

struct cu_mipmapped;

struct cu_array {
    struct cu_object object;
    struct resource *resource;
    enum holder holder;          /* how the resource is held; unused with a parent */
    struct cu_mipmapped *parent; /* referenced; NULL: an array of its own */
    const struct format *format; /* as CUDA was told, not as D3D11 made it */
    struct istcu_array_desc desc;
    unsigned level;
    size_t first_row; /* of the level: not 0 for the chroma plane of a planar texture */
    size_t row_bytes, rows, slices; /* rows of blocks; slices: depth or layers; at least 1 */
};

struct cu_mipmapped {
    struct cu_object object;
    struct resource *resource;
    enum holder holder;
    const struct format *format;
    struct istcu_array_desc desc;
    unsigned levels;
    size_t first_row; /* see cu_array */
    _Atomic(void *)
        level[LAYOUT_MAX_LEVELS]; /* handles of struct cu_array; NULL: not asked for */
};

/* Memory for what a descriptor asks for, held as HOLDER_IMPORT. 1, 2, 801. */
int cu_array_make(const struct istcu_array_desc *desc, unsigned levels, struct resource **out,
                  const struct format **format) MUST_CHECK;

/* A handle for a copy of `made`, which takes over its holds; 2 leaves them with the caller. */
int cu_array_add(const struct cu_array *made, void **out) MUST_CHECK;

/* A handle for a copy of `made`, which takes over one hold of the resource; 2 leaves it. */
int cu_mipmapped_add(const struct cu_mipmapped *made, void **out) MUST_CHECK;

/* 0 and one more reference; 400. */
int cu_array_get(const void *handle, struct cu_array **out) MUST_CHECK;

#endif
