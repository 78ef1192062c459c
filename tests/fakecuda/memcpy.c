/* SPDX-License-Identifier: MIT */
/* The copy functions, each a description in three dimensions. */
#include "fake.h"

static CUDA_MEMCPY3D line(CUmemorytype to, CUdeviceptr dst, CUmemorytype from, CUdeviceptr src,
                          size_t size)
{
    return (CUDA_MEMCPY3D){
        .srcMemoryType = from,
        .srcHost = (const void *)(uintptr_t)src,
        .srcDevice = src,
        .dstMemoryType = to,
        .dstHost = (void *)(uintptr_t)dst,
        .dstDevice = dst,
        .WidthInBytes = size,
        .Height = 1,
        .Depth = 1,
    };
}

static CUDA_MEMCPY3D plane(const CUDA_MEMCPY2D *c)
{
    return (CUDA_MEMCPY3D){
        .srcXInBytes = c->srcXInBytes,
        .srcY = c->srcY,
        .srcMemoryType = c->srcMemoryType,
        .srcHost = c->srcHost,
        .srcDevice = c->srcDevice,
        .srcArray = c->srcArray,
        .srcPitch = c->srcPitch,
        .dstXInBytes = c->dstXInBytes,
        .dstY = c->dstY,
        .dstMemoryType = c->dstMemoryType,
        .dstHost = c->dstHost,
        .dstDevice = c->dstDevice,
        .dstArray = c->dstArray,
        .dstPitch = c->dstPitch,
        .WidthInBytes = c->WidthInBytes,
        .Height = c->Height,
        .Depth = 1,
    };
}

static CUresult copy_line(const char *name, const CUDA_MEMCPY3D *copy, CUstream stream,
                          bool wait)
{
    struct call call = call_begin(name, wait ? CALL_UNSAFE : CALL_CONTEXT);
    return CALL(&call, copy_submit(call.ctx, copy, stream, wait));
}

static const CUmemorytype H = CU_MEMORYTYPE_HOST, D = CU_MEMORYTYPE_DEVICE,
                          U = CU_MEMORYTYPE_UNIFIED;

CUresult cuMemcpy(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount)
{
    CUDA_MEMCPY3D copy = line(U, dst, U, src, ByteCount);
    return copy_line("cuMemcpy", &copy, NULL, true);
}

CUresult cuMemcpyAsync(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount, CUstream hStream)
{
    CUDA_MEMCPY3D copy = line(U, dst, U, src, ByteCount);
    return copy_line("cuMemcpyAsync", &copy, hStream, false);
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount)
{
    CUDA_MEMCPY3D copy = line(D, dstDevice, H, (uintptr_t)srcHost, ByteCount);
    return copy_line("cuMemcpyHtoD", &copy, NULL, true);
}

CUresult cuMemcpyDtoH_v2(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount)
{
    CUDA_MEMCPY3D copy = line(H, (uintptr_t)dstHost, D, srcDevice, ByteCount);
    return copy_line("cuMemcpyDtoH", &copy, NULL, true);
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice, size_t ByteCount)
{
    CUDA_MEMCPY3D copy = line(D, dstDevice, D, srcDevice, ByteCount);
    return copy_line("cuMemcpyDtoD", &copy, NULL, true);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount,
                              CUstream hStream)
{
    CUDA_MEMCPY3D copy = line(D, dstDevice, H, (uintptr_t)srcHost, ByteCount);
    return copy_line("cuMemcpyHtoDAsync", &copy, hStream, false);
}

CUresult cuMemcpyDtoHAsync_v2(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount,
                              CUstream hStream)
{
    CUDA_MEMCPY3D copy = line(H, (uintptr_t)dstHost, D, srcDevice, ByteCount);
    return copy_line("cuMemcpyDtoHAsync", &copy, hStream, false);
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice, size_t ByteCount,
                              CUstream hStream)
{
    CUDA_MEMCPY3D copy = line(D, dstDevice, D, srcDevice, ByteCount);
    return copy_line("cuMemcpyDtoDAsync", &copy, hStream, false);
}

static CUresult copy_plane(const char *name, const CUDA_MEMCPY2D *pCopy, CUstream stream,
                           bool wait)
{
    CUDA_MEMCPY3D copy = pCopy ? plane(pCopy) : (CUDA_MEMCPY3D){.srcLOD = 1}; /* refused */
    if (!pCopy)
        copy.WidthInBytes = copy.Height = copy.Depth = 1;
    return copy_line(name, &copy, stream, wait);
}

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D *pCopy)
{
    return copy_plane("cuMemcpy2D", pCopy, NULL, true);
}

CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D *pCopy)
{
    return copy_plane("cuMemcpy2DUnaligned", pCopy, NULL, true);
}

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *pCopy, CUstream hStream)
{
    return copy_plane("cuMemcpy2DAsync", pCopy, hStream, false);
}

CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D *pCopy)
{
    return copy_line("cuMemcpy3D", pCopy, NULL, true);
}

CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D *pCopy, CUstream hStream)
{
    return copy_line("cuMemcpy3DAsync", pCopy, hStream, false);
}

ALSO(cuMemcpyAsync_ptsz, cuMemcpyAsync);
ALSO(cuMemcpyHtoDAsync_v2_ptsz, cuMemcpyHtoDAsync_v2);
ALSO(cuMemcpyDtoHAsync_v2_ptsz, cuMemcpyDtoHAsync_v2);
ALSO(cuMemcpyDtoDAsync_v2_ptsz, cuMemcpyDtoDAsync_v2);
ALSO(cuMemcpy2DAsync_v2_ptsz, cuMemcpy2DAsync_v2);
ALSO(cuMemcpy3DAsync_v2_ptsz, cuMemcpy3DAsync_v2);
