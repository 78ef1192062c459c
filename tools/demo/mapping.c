/* SPDX-License-Identifier: MIT */
/* Maps imports as the guide's table of dimensions says, and copies their levels. */
#include "demo/mapping.h"

#include "demo/check.h"

/* The guide's rule: 0 where a dimension is missing; layers stand in the place of the depth. */
static struct cudaExtent guide_extent(const struct object_kind *kind)
{
    bool flat = kind->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE1D;
    bool solid = kind->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE3D;
    size_t layers = kind->slices > 1 ? kind->slices : 0;
    return make_cudaExtent(kind->width, flat ? 0 : kind->height, solid ? kind->depth : layers);
}

/* Layered says that the depth of the extent counts slices. */
static bool map_array(struct mapping *m, const struct object_kind *kind)
{
    struct cudaExternalMemoryMipmappedArrayDesc desc = {
        .formatDesc = kind->channels,
        .extent = guide_extent(kind),
        .flags = kind->slices > 1 ? cudaArrayLayered : cudaArrayDefault,
        .numLevels = kind->levels,
    };
    return CUDA(cudaExternalMemoryGetMappedMipmappedArray(&m->array, m->memory, &desc));
}

static bool map_buffer(struct mapping *m, const struct object_kind *kind)
{
    struct cudaExternalMemoryBufferDesc desc = {.size = kind->width};
    return CUDA(cudaExternalMemoryGetMappedBuffer(&m->pointer, m->memory, &desc));
}

bool mapping_open(const struct share *share, const struct object_kind *kind,
                  struct mapping *out)
{
    struct mapping m = {0};
    if (!import_memory(share, object_bytes(kind), &m.memory))
        return false;
    bool buffer = kind->dimension == D3D11_RESOURCE_DIMENSION_BUFFER;
    if (buffer ? map_buffer(&m, kind) : map_array(&m, kind)) {
        *out = m;
        return true;
    }
    (void)mapping_close(&m);
    return false;
}

/* Both orders are legal; mappings first is the one that reads like a ladder. */
bool mapping_close(struct mapping *mapping)
{
    struct mapping m = *mapping;
    *mapping = (struct mapping){0};
    bool ok = !m.pointer || CUDA(cudaFree(m.pointer));
    ok = (!m.array || CUDA(cudaFreeMipmappedArray(m.array))) && ok;
    return (!m.memory || CUDA(cudaDestroyExternalMemory(m.memory))) && ok;
}

/* One flat level: the 2D forms, which many programs use. */
static bool copy_flat(cudaArray_t array, const struct object_kind *kind, UINT level,
                      void *bytes, bool to_array)
{
    size_t row = object_row_bytes(kind, level);
    size_t rows = object_level(kind, level).height;
    if (to_array)
        return CUDA(
            cudaMemcpy2DToArray(array, 0, 0, bytes, row, row, rows, cudaMemcpyHostToDevice));
    return CUDA(
        cudaMemcpy2DFromArray(bytes, row, array, 0, 0, row, rows, cudaMemcpyDeviceToHost));
}

/* Layers and depth: only the 3D form reaches beyond the first slice. */
static bool copy_deep(cudaArray_t array, const struct object_kind *kind, UINT level,
                      void *bytes, bool to_array)
{
    struct object_extent extent = object_level(kind, level);
    struct cudaPitchedPtr host =
        make_cudaPitchedPtr(bytes, object_row_bytes(kind, level), extent.width, extent.height);
    struct cudaMemcpy3DParms copy = {
        .extent = make_cudaExtent(extent.width, extent.height, extent.depth * kind->slices),
        .kind = to_array ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost,
    };
    if (to_array) {
        copy.srcPtr = host;
        copy.dstArray = array;
    } else {
        copy.srcArray = array;
        copy.dstPtr = host;
    }
    return CUDA(cudaMemcpy3D(&copy));
}

/* A level of a mipmapped array belongs to it and needs no free. */
static bool copy_level(const struct mapping *m, const struct object_kind *kind, UINT level,
                       void *bytes, bool to_cuda)
{
    cudaArray_t array = NULL;
    if (!CUDA(cudaGetMipmappedArrayLevel(&array, m->array, level)))
        return false;
    if (kind->slices > 1 || kind->depth > 1)
        return copy_deep(array, kind, level, bytes, to_cuda);
    return copy_flat(array, kind, level, bytes, to_cuda);
}

bool mapping_read(const struct mapping *mapping, const struct object_kind *kind, UINT level,
                  void *bytes)
{
    if (mapping->array)
        return copy_level(mapping, kind, level, bytes, false);
    return CUDA(cudaMemcpy(bytes, mapping->pointer, kind->width, cudaMemcpyDeviceToHost));
}

bool mapping_write(const struct mapping *mapping, const struct object_kind *kind, UINT level,
                   const void *bytes)
{
    void *from = (void *)(uintptr_t)bytes; /* copy_level() only reads it in this direction */
    bool ok = mapping->array ? copy_level(mapping, kind, level, from, true)
                             : CUDA(cudaMemcpy(mapping->pointer, from, kind->width,
                                               cudaMemcpyHostToDevice));
    /* A copy from ordinary memory may return while its last part is still under way. */
    return ok && CUDA(cudaDeviceSynchronize());
}
