/* SPDX-License-Identifier: MIT */
/*
 * The driver's names. A program that is linked with us before libcuda, or runs with us
 * preloaded, gets here; the runtime does not, it asks the driver by other ways. No state.
 */
#define __CUDA_API_VERSION_INTERNAL /* the names are wanted as they are spelled here */
#include "cuda/error.h"
#include "cuda/real/context.h"
#include "cuda/real/entry.h"

#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT CUresult CUDAAPI
cuSignalExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *extSemArray,
                                     const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *paramsArray,
                                     unsigned int numExtSems, CUstream stream);
EXPORT CUresult CUDAAPI
cuWaitExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *extSemArray,
                                   const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *paramsArray,
                                   unsigned int numExtSems, CUstream stream);

/* Arrays of handles: a handle is one pointer by whatever type. */
static void *const *handles(const CUexternalSemaphore *semaphores)
{
    return (void *const *)semaphores;
}

static CUstream own_stream(CUstream stream)
{
    return stream ? stream : CU_STREAM_PER_THREAD;
}

EXPORT CUresult cuImportExternalMemory(CUexternalMemory *extMem_out,
                                       const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *memHandleDesc)
{
    void *made;
    int code = real_import_memory(extMem_out ? &made : NULL, memHandleDesc);
    if (!code)
        *extMem_out = made;
    return (CUresult)code;
}

EXPORT CUresult
cuExternalMemoryGetMappedBuffer(CUdeviceptr *devPtr, CUexternalMemory extMem,
                                const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *bufferDesc)
{
    return (CUresult)real_map_buffer(devPtr, extMem, bufferDesc);
}

EXPORT CUresult cuExternalMemoryGetMappedMipmappedArray(
    CUmipmappedArray *mipmap, CUexternalMemory extMem,
    const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *mipmapDesc)
{
    void *made;
    int code = real_map_array(mipmap ? &made : NULL, extMem, mipmapDesc);
    if (!code)
        *mipmap = made;
    return (CUresult)code;
}

EXPORT CUresult cuDestroyExternalMemory(CUexternalMemory extMem)
{
    return (CUresult)real_destroy_memory(extMem);
}

EXPORT CUresult cuImportExternalSemaphore(
    CUexternalSemaphore *extSem_out, const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC *semHandleDesc)
{
    void *made;
    int code = real_import_semaphore(extSem_out ? &made : NULL, semHandleDesc);
    if (!code)
        *extSem_out = made;
    return (CUresult)code;
}

EXPORT CUresult
cuSignalExternalSemaphoresAsync(const CUexternalSemaphore *extSemArray,
                                const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *paramsArray,
                                unsigned int numExtSems, CUstream stream)
{
    return (CUresult)real_signal(handles(extSemArray), paramsArray, numExtSems, stream);
}

CUresult cuSignalExternalSemaphoresAsync_ptsz(
    const CUexternalSemaphore *extSemArray,
    const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *paramsArray, unsigned int numExtSems,
    CUstream stream)
{
    return (CUresult)real_signal(handles(extSemArray), paramsArray, numExtSems,
                                 own_stream(stream));
}

EXPORT CUresult
cuWaitExternalSemaphoresAsync(const CUexternalSemaphore *extSemArray,
                              const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *paramsArray,
                              unsigned int numExtSems, CUstream stream)
{
    return (CUresult)real_wait(handles(extSemArray), paramsArray, numExtSems, stream);
}

CUresult cuWaitExternalSemaphoresAsync_ptsz(
    const CUexternalSemaphore *extSemArray,
    const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *paramsArray, unsigned int numExtSems,
    CUstream stream)
{
    return (CUresult)real_wait(handles(extSemArray), paramsArray, numExtSems,
                               own_stream(stream));
}

EXPORT CUresult cuDestroyExternalSemaphore(CUexternalSemaphore extSem)
{
    return (CUresult)real_destroy_semaphore(extSem);
}

/* NVIDIA's answers 801 on Linux; a device that D3D11 has, too, has a LUID there. */
EXPORT CUresult cuDeviceGetLuid(char *luid, unsigned int *deviceNodeMask, CUdevice dev)
{
    const struct real_driver *driver;
    struct device *device = NULL;
    int code = real_driver(false, &driver);
    if (!code && luid && deviceNodeMask && !driver->missing)
        code = real_device_find(driver, dev, &device);
    if (code)
        return (CUresult)code;
    if (!device)
        return (CUresult)driver->device_luid(luid, deviceNodeMask, dev);
    memcpy(luid, device->luid, sizeof(device->luid));
    *deviceNodeMask = 1;
    return CUDA_SUCCESS;
}
