/* SPDX-License-Identifier: MIT */
/*
 * The driver's names. Handles and structs are ours (or ours are the driver's), so all of these
 * only pass on; numbers above what CUresult lists cannot come.
 */
#define __CUDA_API_VERSION_INTERNAL /* the names are wanted as they are spelled here */
#include "cuda/istcu.h"

#include <stdint.h>

#pragma GCC visibility push(default)
#include <cuda.h>

/* What the header reaches by macros only. */
CUresult CUDAAPI
cuSignalExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *extSemArray,
                                     const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *paramsArray,
                                     unsigned int numExtSems, CUstream stream);
CUresult CUDAAPI
cuWaitExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *extSemArray,
                                   const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *paramsArray,
                                   unsigned int numExtSems, CUstream stream);
#undef cuMemFree
CUresult CUDAAPI cuMemFree(CUdeviceptr dptr);
#pragma GCC visibility pop

_Static_assert(sizeof(CUDA_EXTERNAL_MEMORY_HANDLE_DESC) == 104, "the driver's layout");
_Static_assert(sizeof(CUDA_EXTERNAL_MEMORY_BUFFER_DESC) == 88, "the driver's layout");
_Static_assert(sizeof(CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC) == 120, "the driver's layout");
_Static_assert(sizeof(CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC) == 96, "the driver's layout");
_Static_assert(sizeof(CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS) == 144, "the driver's layout");
_Static_assert(sizeof(CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS) == 144, "the driver's layout");
_Static_assert(sizeof(CUDA_ARRAY3D_DESCRIPTOR) == sizeof(struct istcu_array_desc),
               "the driver's layout");

/* The driver's descriptor has the layout of ours, which the assertions above keep true. */
static const struct istcu_array_desc *ours(const CUDA_ARRAY3D_DESCRIPTOR *desc)
{
    return (const struct istcu_array_desc *)desc;
}

/* Arrays of handles: a handle is one pointer by whatever type. */
static void *const *handles(const CUexternalSemaphore *semaphores)
{
    return (void *const *)semaphores;
}

/* Stream 0 of the names that end in _ptsz. */
static CUstream own_stream(CUstream stream)
{
    return stream ? stream : CU_STREAM_PER_THREAD;
}

CUresult cuImportExternalMemory(CUexternalMemory *extMem_out,
                                const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *memHandleDesc)
{
    void *made;
    int code = istcu_import_external_memory(extMem_out ? &made : NULL, memHandleDesc);
    if (!code)
        *extMem_out = made;
    return (CUresult)code;
}

CUresult cuExternalMemoryGetMappedBuffer(CUdeviceptr *devPtr, CUexternalMemory extMem,
                                         const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *bufferDesc)
{
    void *made;
    int code = istcu_external_memory_buffer(devPtr ? &made : NULL, extMem, bufferDesc);
    if (!code)
        *devPtr = (uintptr_t)made;
    return (CUresult)code;
}

CUresult cuExternalMemoryGetMappedMipmappedArray(
    CUmipmappedArray *mipmap, CUexternalMemory extMem,
    const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *mipmapDesc)
{
    void *made;
    int code = istcu_external_memory_mipmapped(mipmap ? &made : NULL, extMem, mipmapDesc);
    if (!code)
        *mipmap = made;
    return (CUresult)code;
}

CUresult cuDestroyExternalMemory(CUexternalMemory extMem)
{
    return (CUresult)istcu_destroy_external_memory(extMem);
}

CUresult cuImportExternalSemaphore(CUexternalSemaphore *extSem_out,
                                   const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC *semHandleDesc)
{
    void *made;
    int code = istcu_import_external_semaphore(extSem_out ? &made : NULL, semHandleDesc);
    if (!code)
        *extSem_out = made;
    return (CUresult)code;
}

CUresult cuSignalExternalSemaphoresAsync(
    const CUexternalSemaphore *extSemArray,
    const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *paramsArray, unsigned int numExtSems,
    CUstream stream)
{
    return (CUresult)istcu_signal_external_semaphores(handles(extSemArray), paramsArray,
                                                      numExtSems, stream);
}

CUresult cuSignalExternalSemaphoresAsync_ptsz(
    const CUexternalSemaphore *extSemArray,
    const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *paramsArray, unsigned int numExtSems,
    CUstream stream)
{
    return (CUresult)istcu_signal_external_semaphores(handles(extSemArray), paramsArray,
                                                      numExtSems, own_stream(stream));
}

CUresult cuWaitExternalSemaphoresAsync(const CUexternalSemaphore *extSemArray,
                                       const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *paramsArray,
                                       unsigned int numExtSems, CUstream stream)
{
    return (CUresult)istcu_wait_external_semaphores(handles(extSemArray), paramsArray,
                                                    numExtSems, stream);
}

CUresult cuWaitExternalSemaphoresAsync_ptsz(
    const CUexternalSemaphore *extSemArray,
    const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *paramsArray, unsigned int numExtSems,
    CUstream stream)
{
    return (CUresult)istcu_wait_external_semaphores(handles(extSemArray), paramsArray,
                                                    numExtSems, own_stream(stream));
}

CUresult cuDestroyExternalSemaphore(CUexternalSemaphore extSem)
{
    return (CUresult)istcu_destroy_external_semaphore(extSem);
}

/* Valid on Linux too, unlike NVIDIA's. */
CUresult cuDeviceGetLuid(char *luid, unsigned int *deviceNodeMask, CUdevice dev)
{
    return (CUresult)istcu_device_luid(dev, luid, deviceNodeMask);
}

CUresult cuMemFree_v2(CUdeviceptr dptr)
{
    return (CUresult)istcu_free((void *)(uintptr_t)dptr);
}

/* The name of old, with a wider number today: for programs that look it up by name. */
CUresult cuMemFree(CUdeviceptr dptr)
{
    return cuMemFree_v2(dptr);
}

CUresult cuArray3DCreate_v2(CUarray *pHandle, const CUDA_ARRAY3D_DESCRIPTOR *pAllocateArray)
{
    void *made;
    int code = istcu_array_create(pHandle ? &made : NULL, ours(pAllocateArray));
    if (!code)
        *pHandle = made;
    return (CUresult)code;
}

/* The flat descriptor is the deep one without depth and flags. */
CUresult cuArrayCreate_v2(CUarray *pHandle, const CUDA_ARRAY_DESCRIPTOR *pAllocateArray)
{
    CUDA_ARRAY3D_DESCRIPTOR desc = {0};
    if (pAllocateArray) {
        desc.Width = pAllocateArray->Width;
        desc.Height = pAllocateArray->Height;
        desc.Format = pAllocateArray->Format;
        desc.NumChannels = pAllocateArray->NumChannels;
    }
    return cuArray3DCreate_v2(pHandle, pAllocateArray ? &desc : NULL);
}

CUresult cuArray3DGetDescriptor_v2(CUDA_ARRAY3D_DESCRIPTOR *pArrayDescriptor, CUarray hArray)
{
    struct istcu_array_desc desc;
    int code = istcu_array_info(hArray, pArrayDescriptor ? &desc : NULL);
    if (!code)
        *pArrayDescriptor = (CUDA_ARRAY3D_DESCRIPTOR){
            .Width = desc.width,
            .Height = desc.height,
            .Depth = desc.depth,
            .Format = (CUarray_format)desc.format,
            .NumChannels = desc.channels,
            .Flags = desc.flags,
        };
    return (CUresult)code;
}

CUresult cuArrayGetDescriptor_v2(CUDA_ARRAY_DESCRIPTOR *pArrayDescriptor, CUarray hArray)
{
    CUDA_ARRAY3D_DESCRIPTOR desc;
    CUresult code = cuArray3DGetDescriptor_v2(pArrayDescriptor ? &desc : NULL, hArray);
    if (!code)
        *pArrayDescriptor = (CUDA_ARRAY_DESCRIPTOR){
            .Width = desc.Width,
            .Height = desc.Height,
            .Format = desc.Format,
            .NumChannels = desc.NumChannels,
        };
    return code;
}

CUresult cuArrayDestroy(CUarray hArray)
{
    return (CUresult)istcu_array_destroy(hArray);
}

CUresult cuMipmappedArrayCreate(CUmipmappedArray *pHandle,
                                const CUDA_ARRAY3D_DESCRIPTOR *pMipmappedArrayDesc,
                                unsigned int numMipmapLevels)
{
    void *made;
    int code = istcu_mipmapped_create(pHandle ? &made : NULL, ours(pMipmappedArrayDesc),
                                      numMipmapLevels);
    if (!code)
        *pHandle = made;
    return (CUresult)code;
}

CUresult cuMipmappedArrayGetLevel(CUarray *pLevelArray, CUmipmappedArray hMipmappedArray,
                                  unsigned int level)
{
    void *made;
    int code = istcu_mipmapped_level(pLevelArray ? &made : NULL, hMipmappedArray, level);
    if (!code)
        *pLevelArray = made;
    return (CUresult)code;
}

CUresult cuMipmappedArrayDestroy(CUmipmappedArray hMipmappedArray)
{
    return (CUresult)istcu_mipmapped_destroy(hMipmappedArray);
}
