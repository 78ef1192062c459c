/* SPDX-License-Identifier: MIT */
/* Linear device memory: cuMemAlloc() and what frees it and the mappings of external memory. */
#include "fake.h"

CUresult cuMemGetInfo_v2(size_t *free, size_t *total)
{
    struct call call = call_begin("cuMemGetInfo", CALL_CONTEXT);
    CUresult result = call.refused;
    if (!result && (!free || !total))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result) {
        *free = config()->memory - backing_bytes(call.ctx->device);
        *total = config()->memory;
    }
    return call_end(&call, result);
}

static CUresult allocate(struct context *ctx, CUdeviceptr *out, size_t size)
{
    struct backing *backing;
    if (!out || !size)
        return CUDA_ERROR_INVALID_VALUE;
    CUresult result = backing_new(ctx->device, size, false, &backing);
    if (result)
        return result;
    CUdeviceptr window = window_new(size);
    struct range *range = window ? range_new(FAKECUDA_ALLOCATION, ctx, window, size) : NULL;
    if (!range) {
        backing_unref(backing);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    range->backing = backing;
    range->memory = backing->base;
    *out = window;
    return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr *dptr, size_t bytesize)
{
    struct call call = call_begin("cuMemAlloc", CALL_UNSAFE);
    return CALL(&call, allocate(call.ctx, dptr, bytesize));
}

CUresult cuMemAllocPitch_v2(CUdeviceptr *dptr, size_t *pPitch, size_t WidthInBytes,
                            size_t Height, unsigned int ElementSizeBytes)
{
    (void)ElementSizeBytes;
    struct call call = call_begin("cuMemAllocPitch", CALL_UNSAFE);
    size_t pitch = (WidthInBytes + 511) / 512 * 512;
    CUresult result = call.refused;
    if (!result && (!pPitch || !Height))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result)
        result = allocate(call.ctx, dptr, pitch * Height);
    if (!result)
        *pPitch = pitch;
    return call_end(&call, result);
}

/*
 * Waits for all streams: any that waits for a value holds it up, as was measured. The range is
 * looked for again afterwards, because the lock was away.
 */
static CUresult release(struct context *ctx, CUdeviceptr start)
{
    for (int waited = 0; waited < 2; waited++) {
        struct range *range = range_find(FAKECUDA_ALLOCATION, start);
        if (!range)
            range = range_find(FAKECUDA_BUFFER, start);
        if (!range)
            return CUDA_ERROR_INVALID_VALUE;
        if (waited || !ctx)
            range_end(range);
        if (!ctx)
            return CUDA_SUCCESS;
        if (!waited)
            context_drain(ctx, "cuMemFree"); /* a loss is told by the call's end */
    }
    return ctx->lost;
}

CUresult cuMemFree_v2(CUdeviceptr dptr)
{
    struct call call = call_begin("cuMemFree", CALL_CONTEXT);
    CUresult result = release(call.ctx, dptr);
    return call_end(&call, result);
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *pbase, size_t *psize, CUdeviceptr dptr)
{
    struct call call = call_begin("cuMemGetAddressRange", CALL_CONTEXT);
    struct range *range = range_at(dptr, 1);
    if (!call.refused && range && pbase)
        *pbase = range->start;
    if (!call.refused && range && psize)
        *psize = range->size;
    return CALL(&call, range ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND);
}
