/* SPDX-License-Identifier: MIT */
/*
 * NVIDIA's runtime, as far as the suites use it, over the driver of tests/fakecuda: so the same
 * run that a GPU gets (scripts/test-gpu) can be tried without one. It has no external-resource
 * functions: those are libisthmus-cuda's. A thread gets the primary context with its first
 * call, as from the real one.
 */
#include "cuda_driver.h"

#include <cuda_runtime_api.h>

#include <stdbool.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static _Thread_local cudaError_t last_error;
static _Thread_local int device;

static cudaError_t answer(CUresult code)
{
    if (code != CUDA_SUCCESS && code != CUDA_ERROR_NOT_READY)
        last_error = (cudaError_t)code;
    return (cudaError_t)code;
}

/* Before every call that needs a context. */
static void bind_context(void)
{
    CUcontext context = NULL;
    (void)cuInit(0);
    if (cuCtxGetCurrent(&context) == CUDA_SUCCESS && context)
        return;
    if (cuDevicePrimaryCtxRetain(&context, device) == CUDA_SUCCESS)
        (void)cuCtxSetCurrent(context);
}

#define RUN(call) (bind_context(), answer(call))

/* ---- Devices and errors ---- */

EXPORT cudaError_t cudaSetDevice(int ordinal)
{
    int count = 0;
    (void)cuInit(0);
    if (cuDeviceGetCount(&count) != CUDA_SUCCESS || ordinal < 0 || ordinal >= count)
        return answer((CUresult)101);
    device = ordinal;
    (void)cuCtxSetCurrent(NULL);
    bind_context();
    return cudaSuccess;
}

EXPORT cudaError_t cudaGetDevice(int *out)
{
    *out = device;
    return cudaSuccess;
}

EXPORT cudaError_t cudaGetDeviceCount(int *count)
{
    (void)cuInit(0);
    return answer(cuDeviceGetCount(count));
}

EXPORT cudaError_t cudaDeviceSynchronize(void)
{
    return RUN(cuCtxSynchronize());
}

EXPORT cudaError_t cudaDeviceReset(void)
{
    return answer(cuDevicePrimaryCtxReset_v2(device));
}

EXPORT cudaError_t cudaDriverGetVersion(int *version)
{
    return answer(cuDriverGetVersion(version));
}

EXPORT cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = ISTHMUS_CUDART_MAJOR * 1000;
    return cudaSuccess;
}

EXPORT cudaError_t cudaGetLastError(void)
{
    cudaError_t was = last_error;
    last_error = cudaSuccess;
    return was;
}

EXPORT cudaError_t cudaPeekAtLastError(void)
{
    return last_error;
}

EXPORT const char *cudaGetErrorName(cudaError_t error)
{
    const char *name = "?";
    (void)cuGetErrorName((CUresult)error, &name);
    return name;
}

EXPORT const char *cudaGetErrorString(cudaError_t error)
{
    return cudaGetErrorName(error);
}

/* libisthmus-cuda puts the LUID over it. */
EXPORT cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *prop, int ordinal)
{
    (void)cuInit(0);
    memset(prop, 0, sizeof(*prop));
    (void)cuDeviceGetUuid((CUuuid *)&prop->uuid, ordinal);
    return answer(cuDeviceGetName(prop->name, sizeof(prop->name), ordinal));
}

/* ---- Memory ---- */

EXPORT cudaError_t cudaMalloc(void **out, size_t size)
{
    return RUN(cuMemAlloc_v2((CUdeviceptr *)out, size));
}

EXPORT cudaError_t cudaFree(void *at)
{
    bind_context();
    return at ? answer(cuMemFree((CUdeviceptr)at)) : cudaSuccess;
}

EXPORT cudaError_t cudaMallocHost(void **out, size_t size)
{
    return RUN(cuMemHostAlloc(out, size, 1));
}

EXPORT cudaError_t cudaHostAlloc(void **out, size_t size, unsigned flags)
{
    return RUN(cuMemHostAlloc(out, size, flags | 1));
}

EXPORT cudaError_t cudaFreeHost(void *at)
{
    return RUN(cuMemFreeHost(at));
}

EXPORT cudaError_t cudaMemset(void *to, int value, size_t size)
{
    return RUN(cuMemsetD8_v2((CUdeviceptr)to, (unsigned char)value, size));
}

EXPORT cudaError_t cudaMemsetAsync(void *to, int value, size_t size, cudaStream_t stream)
{
    return RUN(cuMemsetD8Async((CUdeviceptr)to, (unsigned char)value, size, (CUstream)stream));
}

EXPORT cudaError_t cudaMemcpy(void *to, const void *from, size_t size, enum cudaMemcpyKind kind)
{
    bind_context();
    if (kind == cudaMemcpyHostToDevice)
        return answer(cuMemcpyHtoD_v2((CUdeviceptr)to, from, size));
    if (kind == cudaMemcpyDeviceToHost)
        return answer(cuMemcpyDtoH_v2(to, (CUdeviceptr)from, size));
    return answer(cuMemcpy((CUdeviceptr)to, (CUdeviceptr)from, size));
}

EXPORT cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size,
                                   enum cudaMemcpyKind kind, cudaStream_t stream)
{
    bind_context();
    if (kind == cudaMemcpyHostToDevice)
        return answer(cuMemcpyHtoDAsync_v2((CUdeviceptr)to, from, size, (CUstream)stream));
    if (kind == cudaMemcpyDeviceToHost)
        return answer(cuMemcpyDtoHAsync_v2(to, (CUdeviceptr)from, size, (CUstream)stream));
    return answer(cuMemcpyAsync((CUdeviceptr)to, (CUdeviceptr)from, size, (CUstream)stream));
}

/* ---- Arrays ---- */

EXPORT cudaError_t cudaGetMipmappedArrayLevel(cudaArray_t *out, cudaMipmappedArray_const_t all,
                                              unsigned level)
{
    return RUN(
        cuMipmappedArrayGetLevel((CUarray *)out, (CUmipmappedArray)(uintptr_t)all, level));
}

EXPORT cudaError_t cudaFreeMipmappedArray(cudaMipmappedArray_t all)
{
    return RUN(cuMipmappedArrayDestroy((CUmipmappedArray)all));
}

static bool host_source(enum cudaMemcpyKind kind)
{
    return kind == cudaMemcpyHostToDevice || kind == cudaMemcpyHostToHost;
}

static bool host_target(enum cudaMemcpyKind kind)
{
    return kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyHostToHost;
}

static CUDA_MEMCPY2D to_array(cudaArray_t to, size_t x, size_t y, const void *from,
                              size_t pitch, size_t width, size_t height,
                              enum cudaMemcpyKind kind)
{
    CUDA_MEMCPY2D copy = {.srcMemoryType = host_source(kind) ? CU_MEMORYTYPE_HOST
                                                             : CU_MEMORYTYPE_DEVICE,
                          .srcHost = from,
                          .srcDevice = (CUdeviceptr)from,
                          .srcPitch = pitch,
                          .dstMemoryType = CU_MEMORYTYPE_ARRAY,
                          .dstArray = (CUarray)to,
                          .dstXInBytes = x,
                          .dstY = y,
                          .WidthInBytes = width,
                          .Height = height};
    return copy;
}

static CUDA_MEMCPY2D from_array(void *to, size_t pitch, cudaArray_const_t from, size_t x,
                                size_t y, size_t width, size_t height, enum cudaMemcpyKind kind)
{
    CUDA_MEMCPY2D copy = {.dstMemoryType = host_target(kind) ? CU_MEMORYTYPE_HOST
                                                             : CU_MEMORYTYPE_DEVICE,
                          .dstHost = to,
                          .dstDevice = (CUdeviceptr)to,
                          .dstPitch = pitch,
                          .srcMemoryType = CU_MEMORYTYPE_ARRAY,
                          .srcArray = (CUarray)(uintptr_t)from,
                          .srcXInBytes = x,
                          .srcY = y,
                          .WidthInBytes = width,
                          .Height = height};
    return copy;
}

EXPORT cudaError_t cudaMemcpy2DToArray(cudaArray_t to, size_t x, size_t y, const void *from,
                                       size_t pitch, size_t width, size_t height,
                                       enum cudaMemcpyKind kind)
{
    CUDA_MEMCPY2D copy = to_array(to, x, y, from, pitch, width, height, kind);
    return RUN(cuMemcpy2D_v2(&copy));
}

EXPORT cudaError_t cudaMemcpy2DToArrayAsync(cudaArray_t to, size_t x, size_t y,
                                            const void *from, size_t pitch, size_t width,
                                            size_t height, enum cudaMemcpyKind kind,
                                            cudaStream_t stream)
{
    CUDA_MEMCPY2D copy = to_array(to, x, y, from, pitch, width, height, kind);
    return RUN(cuMemcpy2DAsync_v2(&copy, (CUstream)stream));
}

EXPORT cudaError_t cudaMemcpy2DFromArray(void *to, size_t pitch, cudaArray_const_t from,
                                         size_t x, size_t y, size_t width, size_t height,
                                         enum cudaMemcpyKind kind)
{
    CUDA_MEMCPY2D copy = from_array(to, pitch, from, x, y, width, height, kind);
    return RUN(cuMemcpy2D_v2(&copy));
}

EXPORT cudaError_t cudaMemcpy2DFromArrayAsync(void *to, size_t pitch, cudaArray_const_t from,
                                              size_t x, size_t y, size_t width, size_t height,
                                              enum cudaMemcpyKind kind, cudaStream_t stream)
{
    CUDA_MEMCPY2D copy = from_array(to, pitch, from, x, y, width, height, kind);
    return RUN(cuMemcpy2DAsync_v2(&copy, (CUstream)stream));
}

static size_t element_bytes(CUarray array)
{
    CUDA_ARRAY3D_DESCRIPTOR desc;
    if (cuArray3DGetDescriptor(&desc, array) != CUDA_SUCCESS)
        return 1;
    switch ((int)desc.Format) {
    case CU_AD_FORMAT_UNSIGNED_INT16:
    case CU_AD_FORMAT_SIGNED_INT16:
    case CU_AD_FORMAT_HALF: return 2 * desc.NumChannels;
    case CU_AD_FORMAT_UNSIGNED_INT32:
    case CU_AD_FORMAT_SIGNED_INT32:
    case CU_AD_FORMAT_FLOAT: return 4 * desc.NumChannels;
    default: return desc.NumChannels;
    }
}

/* The extent counts elements as soon as an array takes part. */
static CUDA_MEMCPY3D copy_3d(const struct cudaMemcpy3DParms *p)
{
    CUarray from = (CUarray)p->srcArray, to = (CUarray)p->dstArray;
    size_t unit = from || to ? element_bytes(from ? from : to) : 1;
    CUDA_MEMCPY3D copy = {
        .srcXInBytes = p->srcPos.x * (from ? unit : 1),
        .srcY = p->srcPos.y,
        .srcZ = p->srcPos.z,
        .srcMemoryType = from                   ? CU_MEMORYTYPE_ARRAY
                         : host_source(p->kind) ? CU_MEMORYTYPE_HOST
                                                : CU_MEMORYTYPE_DEVICE,
        .srcHost = p->srcPtr.ptr,
        .srcDevice = (CUdeviceptr)p->srcPtr.ptr,
        .srcArray = from,
        .srcPitch = p->srcPtr.pitch,
        .srcHeight = p->srcPtr.ysize,
        .dstXInBytes = p->dstPos.x * (to ? unit : 1),
        .dstY = p->dstPos.y,
        .dstZ = p->dstPos.z,
        .dstMemoryType = to                     ? CU_MEMORYTYPE_ARRAY
                         : host_target(p->kind) ? CU_MEMORYTYPE_HOST
                                                : CU_MEMORYTYPE_DEVICE,
        .dstHost = p->dstPtr.ptr,
        .dstDevice = (CUdeviceptr)p->dstPtr.ptr,
        .dstArray = to,
        .dstPitch = p->dstPtr.pitch,
        .dstHeight = p->dstPtr.ysize,
        .WidthInBytes = p->extent.width * unit,
        .Height = p->extent.height,
        .Depth = p->extent.depth,
    };
    return copy;
}

EXPORT cudaError_t cudaMemcpy3D(const struct cudaMemcpy3DParms *p)
{
    bind_context();
    CUDA_MEMCPY3D copy = copy_3d(p);
    return answer(cuMemcpy3D_v2(&copy));
}

EXPORT cudaError_t cudaMemcpy3DAsync(const struct cudaMemcpy3DParms *p, cudaStream_t stream)
{
    bind_context();
    CUDA_MEMCPY3D copy = copy_3d(p);
    return answer(cuMemcpy3DAsync_v2(&copy, (CUstream)stream));
}

EXPORT struct cudaChannelFormatDesc cudaCreateChannelDesc(int x, int y, int z, int w,
                                                          enum cudaChannelFormatKind kind)
{
    struct cudaChannelFormatDesc desc = {x, y, z, w, kind};
    return desc;
}

/* ---- Streams ---- */

EXPORT cudaError_t cudaStreamCreate(cudaStream_t *out)
{
    return RUN(cuStreamCreate((CUstream *)out, 0));
}

EXPORT cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned flags)
{
    return RUN(cuStreamCreate((CUstream *)out, flags));
}

EXPORT cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    return RUN(cuStreamDestroy_v2((CUstream)stream));
}

EXPORT cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    return RUN(cuStreamSynchronize((CUstream)stream));
}

EXPORT cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    return RUN(cuStreamQuery((CUstream)stream));
}

EXPORT cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t run, void *user)
{
    return RUN(cuLaunchHostFunc((CUstream)stream, run, user));
}
