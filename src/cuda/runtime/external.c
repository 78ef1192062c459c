/* SPDX-License-Identifier: MIT */
/*
 * The eight external-resource functions: descriptors of this ABI become the driver's, and the
 * core does the rest. The structs of version 12 end before `reserved`, so exactly the fields
 * are copied, never a whole struct; `reserved` of version 13 is ignored, as NVIDIA's runtime
 * does, unless ISTHMUS_STRICT asks for more.
 */
#include "cuda/runtime/runtime.h"

#include "core/strict.h"

#include <cuda.h>
#include <string.h>

#if ISTCU_ABI >= 13
#define RESERVED(desc) ((desc)->reserved)
#else
#define RESERVED(desc) NULL
#endif

#define RESERVED_WORDS 16

/* All words are looked at, and together: the compiler makes a few wide loads of that. */
static bool is_zero(const unsigned words[RESERVED_WORDS])
{
    unsigned any = 0;
    for (unsigned i = 0; i < RESERVED_WORDS; i++)
        any |= words[i];
    return !any;
}

/* 0 or 1. Programs that do not clear the struct leave what lay on their stack. */
static int check_reserved(const unsigned *reserved)
{
    unsigned i = 0;
    if (!reserved || is_zero(reserved))
        return cudaSuccess;
    while (!reserved[i])
        i++;
    return status_codes(tolerate(IST_BAD_ARG,
                                 "reserved[%u] is 0x%x: it must be 0 (clear the whole struct "
                                 "first)",
                                 i, reserved[i]))
        ->cuda;
}

cudaError_t cudaImportExternalMemory(cudaExternalMemory_t *extMem_out,
                                     const struct cudaExternalMemoryHandleDesc *memHandleDesc)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc = {0};
    if (!memHandleDesc)
        return rt_done(istcu_import_external_memory((void **)extMem_out, NULL));
    int code = check_reserved(RESERVED(memHandleDesc));
    if (code)
        return rt_done(code);

    /* The two pointers cover the whole union, an fd included; the core reads what is meant. */
    desc.type = (CUexternalMemoryHandleType)memHandleDesc->type;
    desc.handle.win32.handle = memHandleDesc->handle.win32.handle;
    desc.handle.win32.name = memHandleDesc->handle.win32.name;
    desc.size = memHandleDesc->size;
    desc.flags = memHandleDesc->flags;
    return rt_done(istcu_import_external_memory((void **)extMem_out, &desc));
}

cudaError_t cudaExternalMemoryGetMappedBuffer(
    void **devPtr, cudaExternalMemory_t extMem,
    const struct cudaExternalMemoryBufferDesc *bufferDesc)
{
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC desc = {0};
    if (!bufferDesc)
        return rt_done(istcu_external_memory_buffer(devPtr, extMem, NULL));
    int code = check_reserved(RESERVED(bufferDesc));
    if (code)
        return rt_done(code);

    desc.offset = bufferDesc->offset;
    desc.size = bufferDesc->size;
    desc.flags = bufferDesc->flags;
    return rt_done(istcu_external_memory_buffer(devPtr, extMem, &desc));
}

/* The one descriptor whose layout differs from the driver's: formats are named otherwise. */
cudaError_t cudaExternalMemoryGetMappedMipmappedArray(
    cudaMipmappedArray_t *mipmap, cudaExternalMemory_t extMem,
    const struct cudaExternalMemoryMipmappedArrayDesc *mipmapDesc)
{
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc = {0};
    if (!mipmapDesc)
        return rt_done(istcu_external_memory_mipmapped((void **)mipmap, extMem, NULL));

    struct istcu_array_desc array;
    int code = check_reserved(RESERVED(mipmapDesc));
    if (!code)
        code = rt_array_desc(&array, &mipmapDesc->formatDesc, mipmapDesc->extent,
                             mipmapDesc->flags);
    if (code)
        return rt_done(code);
    desc.offset = mipmapDesc->offset;
    desc.arrayDesc.Width = array.width;
    desc.arrayDesc.Height = array.height;
    desc.arrayDesc.Depth = array.depth;
    desc.arrayDesc.Format = (CUarray_format)array.format;
    desc.arrayDesc.NumChannels = array.channels;
    desc.arrayDesc.Flags = array.flags;
    desc.numLevels = mipmapDesc->numLevels;
    return rt_done(istcu_external_memory_mipmapped((void **)mipmap, extMem, &desc));
}

/* Mappings of it stay until they are freed. */
cudaError_t cudaDestroyExternalMemory(cudaExternalMemory_t extMem)
{
    return rt_done(istcu_destroy_external_memory(extMem));
}

cudaError_t cudaImportExternalSemaphore(
    cudaExternalSemaphore_t *extSem_out,
    const struct cudaExternalSemaphoreHandleDesc *semHandleDesc)
{
    CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC desc = {0};
    if (!semHandleDesc)
        return rt_done(istcu_import_external_semaphore((void **)extSem_out, NULL));
    int code = check_reserved(RESERVED(semHandleDesc));
    if (code)
        return rt_done(code);

    desc.type = (CUexternalSemaphoreHandleType)semHandleDesc->type;
    desc.handle.win32.handle = semHandleDesc->handle.win32.handle;
    desc.handle.win32.name = semHandleDesc->handle.win32.name;
    desc.flags = semHandleDesc->flags;
    return rt_done(istcu_import_external_semaphore((void **)extSem_out, &desc));
}

/* What a stream still has to do with it is done nevertheless. */
cudaError_t cudaDestroyExternalSemaphore(cudaExternalSemaphore_t extSem)
{
    return rt_done(istcu_destroy_external_semaphore(extSem));
}
