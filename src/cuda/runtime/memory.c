/* SPDX-License-Identifier: MIT */
/*
 * Memory of the device and of the host, and what is known of a pointer. All of it is the
 * core's: memory that one runtime made, the other may free (a program can have both loaded).
 */
#include "cuda/runtime/runtime.h"

#include <string.h>

cudaError_t cudaMalloc(void **devPtr, size_t size)
{
    return rt_done(istcu_malloc(devPtr, size));
}

cudaError_t cudaMallocPitch(void **devPtr, size_t *pitch, size_t width, size_t height)
{
    return rt_done(istcu_malloc_pitch(devPtr, pitch, width, height));
}

/* CUDA's struct is filled only on success, so that a failure leaves it as it was. */
cudaError_t cudaMalloc3D(struct cudaPitchedPtr *pitchedDevPtr, struct cudaExtent extent)
{
    struct istcu_pitched made;
    int code = istcu_malloc_3d(pitchedDevPtr ? &made : NULL, rt_extent(extent));
    if (!code)
        *pitchedDevPtr = (struct cudaPitchedPtr){made.ptr, made.pitch, made.xsize, made.ysize};
    return rt_done(code);
}

cudaError_t cudaMallocManaged(void **devPtr, size_t size, unsigned int flags)
{
    return rt_done(istcu_malloc_managed(devPtr, size, flags));
}

/* Stream-ordered memory without pools: those have functions of their own, not offered. */
cudaError_t cudaMallocAsync(void **devPtr, size_t size, cudaStream_t stream)
{
    return rt_done(istcu_malloc_async(devPtr, size, stream));
}
RT_PTSZ(cudaMallocAsync, (void **devPtr, size_t size, cudaStream_t stream),
        (devPtr, size, stream))

cudaError_t cudaFreeAsync(void *devPtr, cudaStream_t stream)
{
    return rt_done(istcu_free_async(devPtr, stream));
}
RT_PTSZ(cudaFreeAsync, (void *devPtr, cudaStream_t stream), (devPtr, stream))

/* Also ends mapped buffers of external memory. */
cudaError_t cudaFree(void *devPtr)
{
    return rt_done(istcu_free(devPtr));
}

cudaError_t cudaMemGetInfo(size_t *free, size_t *total)
{
    return rt_done(istcu_memory_info(free, total));
}

cudaError_t cudaMallocHost(void **ptr, size_t size)
{
    return rt_done(istcu_host_alloc(ptr, size, cudaHostAllocDefault));
}

cudaError_t cudaHostAlloc(void **pHost, size_t size, unsigned int flags)
{
    return rt_done(istcu_host_alloc(pHost, size, flags));
}

cudaError_t cudaFreeHost(void *ptr)
{
    return rt_done(istcu_host_free(ptr));
}

/* The program's own memory: it stays the program's, only the device learns of it. */
cudaError_t cudaHostRegister(void *ptr, size_t size, unsigned int flags)
{
    return rt_done(istcu_host_register(ptr, size, flags));
}

cudaError_t cudaHostUnregister(void *ptr)
{
    return rt_done(istcu_host_unregister(ptr));
}

cudaError_t cudaHostGetDevicePointer(void **pDevice, void *pHost, unsigned int flags)
{
    return rt_done(istcu_host_device_pointer(pDevice, pHost, flags));
}

cudaError_t cudaHostGetFlags(unsigned int *pFlags, void *pHost)
{
    return rt_done(istcu_host_flags(pFlags, pHost));
}

/* An address that nobody knows is no mistake: it answers "unregistered". */
cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *attributes, const void *ptr)
{
    struct istcu_pointer found;
    int code = istcu_pointer_attributes(attributes ? &found : NULL, ptr);
    if (code)
        return rt_done(code);
    memset(attributes, 0, sizeof(*attributes)); /* the reserved words of version 13 */
    attributes->type = (enum cudaMemoryType)found.type;
    attributes->device = found.device;
    attributes->devicePointer = found.device_pointer;
    attributes->hostPointer = found.host_pointer;
    return rt_done(0);
}
