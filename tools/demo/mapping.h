/* SPDX-License-Identifier: MIT */
/*
 * The CUDA side of a resource: its import, and what is mapped from it. A buffer is mapped as a
 * pointer, every texture as a mipmapped array.
 */
#ifndef ISTHMUS_TOOLS_DEMO_MAPPING_H
#define ISTHMUS_TOOLS_DEMO_MAPPING_H

#include "demo/object.h"
#include "demo/share.h"

#include <stdbool.h>

struct mapping {
    cudaExternalMemory_t memory;
    void *pointer;              /* of a buffer */
    cudaMipmappedArray_t array; /* of a texture */
};

/* Imports and maps. On failure nothing is left behind. */
bool mapping_open(const struct share *share, const struct object_kind *kind,
                  struct mapping *out);
/* Takes a zeroed one. False if CUDA refuses to let go of something. */
bool mapping_close(struct mapping *mapping);

/* Copies a level between CUDA's side and bytes without gaps; returns when it is done. */
bool mapping_read(const struct mapping *mapping, const struct object_kind *kind, UINT level,
                  void *bytes);
bool mapping_write(const struct mapping *mapping, const struct object_kind *kind, UINT level,
                   const void *bytes);

#endif
