/* SPDX-License-Identifier: MIT */
/* The descriptors of external memory, judged. All answer 0 or a number, with a reason. */
#ifndef ISTHMUS_CUDA_EXTMEM_CHECK_H
#define ISTHMUS_CUDA_EXTMEM_CHECK_H

#include "core/resource.h"
#include "cuda/external.h"

#include <cuda.h>

typedef struct CUDA_EXTERNAL_MEMORY_HANDLE_DESC_st memory_desc;
typedef struct CUDA_EXTERNAL_MEMORY_BUFFER_DESC_st buffer_desc;
typedef struct CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_st mapping_desc;

/* True for the two types that D3D11 has. */
bool cu_memory_is_ours(unsigned type);

/* In the driver's order; other types than ours are refused: 1 or 801. Fills *import. */
int cu_memory_check(const memory_desc *desc, struct cu_import *import) MUST_CHECK;

/* The size that an importer names, against the resource that it names. */
int cu_memory_check_size(const struct resource *r, uint64_t size) MUST_CHECK;

/* A buffer mapped from an import of `size` bytes. */
int cu_memory_check_buffer(const struct resource *r, uint64_t size, const buffer_desc *desc)
    MUST_CHECK;

/* A texture mapped from an import: how its creator would describe what is mapped. */
struct cu_mapping {
    const struct format *format; /* as the importer named it */
    size_t width, height, depth; /* height 0: 1D; depth 0: one slice of 1D or 2D */
    size_t first_row;            /* not 0: the chroma plane of a planar texture */
    bool planes;                 /* another view of a planar texture than the texture itself */
};

/* extmem_array_check.c: the same for arrays. */
int cu_memory_check_array(const struct resource *r, uint64_t size, const mapping_desc *desc,
                          struct cu_mapping *out) MUST_CHECK;

#endif
