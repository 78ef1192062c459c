/* SPDX-License-Identifier: MIT */
/*
 * Mapping a D3D11 texture as a mipmapped array: where the importer's descriptor agrees with
 * what the creator made (extmem_array_check.c), the array is the creator's memory. No state.
 */
#include "cuda/array.h"
#include "cuda/error.h"
#include "cuda/extmem_check.h"

/* CUDA's own words are kept for cudaArrayGetInfo(), depth 1 of a 2D texture included. */
static int map_array(struct cu_external_memory *e, const mapping_desc *desc,
                     const struct cu_mapping *mapping, void **out)
{
    const CUDA_ARRAY3D_DESCRIPTOR *a = &desc->arrayDesc;
    struct cu_mipmapped made = {
        .resource = e->resource,
        .holder = HOLDER_MAPPING,
        .format = mapping->format,
        .first_row = mapping->first_row,
        .levels = desc->numLevels,
        .desc = {.width = a->Width,
                 .height = a->Height,
                 .depth = a->Depth,
                 .format = a->Format,
                 .channels = a->NumChannels,
                 .flags = a->Flags},
    };
    object_hold(&e->resource->object, HOLDER_MAPPING);
    int code = cu_mipmapped_add(&made, out);
    if (code)
        object_drop(&e->resource->object, HOLDER_MAPPING);
    return code;
}

int istcu_external_memory_mipmapped(void **out, void *memory, const mapping_desc *desc)
{
    struct cu_external_memory *e = NULL;
    struct cu_mapping mapping = {0};
    int code = cu_enter();
    if (code)
        return code;
    if (!out || !desc)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cudaExternalMemoryGetMappedMipmappedArray: %s is NULL",
                         out ? "mipmapDesc" : "mipmap");
    code = cu_external_memory_get(memory, &e);
    if (code)
        return code;
    code = cu_memory_check_array(e->resource, e->size, desc, &mapping);
    if (!code)
        code = map_array(e, desc, &mapping, out);
    cu_unref(&e->object);
    return code;
}
