/* SPDX-License-Identifier: MIT */
/* cuMemset*(): linear memory with a pattern of 1, 2 or 4 bytes. */
#include <string.h>

#include "fake.h"

struct op_fill {
    struct op op;
    CUdeviceptr at;
    size_t pitch, width, height; /* width in patterns */
    unsigned value, bytes;
};

static size_t reach(const struct op_fill *fill)
{
    return (fill->height - 1) * fill->pitch + fill->width * fill->bytes;
}

static void fill_row(const struct op_fill *fill, char *row)
{
    for (size_t i = 0; i < fill->width; i++)
        memcpy(row + i * fill->bytes, &fill->value, fill->bytes); /* little-endian */
}

static CUresult run_fill(struct op *op)
{
    struct op_fill *fill = (struct op_fill *)op;
    pthread_mutex_lock(&fake_lock);
    char *memory = memory_at(fill->at, reach(fill));
    struct range *range = memory ? range_at(fill->at, reach(fill)) : NULL;
    struct backing *held = range && range->backing ? backing_ref(range->backing) : NULL;
    pthread_mutex_unlock(&fake_lock);
    if (!memory)
        return CUDA_ERROR_ILLEGAL_ADDRESS;
    for (size_t y = 0; y < fill->height; y++)
        fill_row(fill, memory + y * fill->pitch);
    pthread_mutex_lock(&fake_lock);
    backing_unref(held);
    pthread_mutex_unlock(&fake_lock);
    return CUDA_SUCCESS;
}

static CUresult submit(struct context *ctx, CUstream handle, const struct op_fill *wanted,
                       bool wait)
{
    struct stream *stream = stream_find(ctx, handle);
    if (!stream)
        return CUDA_ERROR_INVALID_HANDLE;
    if (!wanted->width || !wanted->height)
        return CUDA_SUCCESS;
    if (wanted->at % wanted->bytes || wanted->width > 1ull << 40 ||
        wanted->height > 1ull << 32 || wanted->pitch > 1ull << 40 ||
        (wanted->height > 1 && wanted->pitch < wanted->width * wanted->bytes) ||
        wanted->pitch % wanted->bytes || !memory_at(wanted->at, reach(wanted)))
        return CUDA_ERROR_INVALID_VALUE;
    struct op_fill *fill = op_new(sizeof(*fill), run_fill);
    if (!fill)
        return CUDA_ERROR_OUT_OF_MEMORY;
    struct op op = fill->op;
    *fill = *wanted;
    fill->op = op;
    CUresult result = stream_submit(stream, &fill->op);
    if (result || !wait)
        return result;
    return stream_drain(stream, stream->submitted, "cuMemset");
}

static CUresult set(const char *name, CUstream stream, struct op_fill fill, bool wait)
{
    struct call call = call_begin(name, wait ? CALL_UNSAFE : CALL_CONTEXT);
    return CALL(&call, submit(call.ctx, stream, &fill, wait));
}

static struct op_fill line(CUdeviceptr at, unsigned value, unsigned bytes, size_t n)
{
    return (struct op_fill){.at = at, .width = n, .height = 1, .value = value, .bytes = bytes};
}

static struct op_fill plane(CUdeviceptr at, size_t pitch, unsigned value, unsigned bytes,
                            size_t width, size_t height)
{
    return (struct op_fill){.at = at,
                            .pitch = pitch,
                            .width = width,
                            .height = height,
                            .value = value,
                            .bytes = bytes};
}

CUresult cuMemsetD8_v2(CUdeviceptr dstDevice, unsigned char uc, size_t N)
{
    return set("cuMemsetD8", NULL, line(dstDevice, uc, 1, N), true);
}

CUresult cuMemsetD16_v2(CUdeviceptr dstDevice, unsigned short us, size_t N)
{
    return set("cuMemsetD16", NULL, line(dstDevice, us, 2, N), true);
}

CUresult cuMemsetD32_v2(CUdeviceptr dstDevice, unsigned int ui, size_t N)
{
    return set("cuMemsetD32", NULL, line(dstDevice, ui, 4, N), true);
}

CUresult cuMemsetD8Async(CUdeviceptr dstDevice, unsigned char uc, size_t N, CUstream hStream)
{
    return set("cuMemsetD8Async", hStream, line(dstDevice, uc, 1, N), false);
}

CUresult cuMemsetD16Async(CUdeviceptr dstDevice, unsigned short us, size_t N, CUstream hStream)
{
    return set("cuMemsetD16Async", hStream, line(dstDevice, us, 2, N), false);
}

CUresult cuMemsetD32Async(CUdeviceptr dstDevice, unsigned int ui, size_t N, CUstream hStream)
{
    return set("cuMemsetD32Async", hStream, line(dstDevice, ui, 4, N), false);
}

CUresult cuMemsetD2D8Async(CUdeviceptr dstDevice, size_t dstPitch, unsigned char uc,
                           size_t Width, size_t Height, CUstream hStream)
{
    return set("cuMemsetD2D8Async", hStream, plane(dstDevice, dstPitch, uc, 1, Width, Height),
               false);
}

CUresult cuMemsetD2D16Async(CUdeviceptr dstDevice, size_t dstPitch, unsigned short us,
                            size_t Width, size_t Height, CUstream hStream)
{
    return set("cuMemsetD2D16Async", hStream, plane(dstDevice, dstPitch, us, 2, Width, Height),
               false);
}

CUresult cuMemsetD2D32Async(CUdeviceptr dstDevice, size_t dstPitch, unsigned int ui,
                            size_t Width, size_t Height, CUstream hStream)
{
    return set("cuMemsetD2D32Async", hStream, plane(dstDevice, dstPitch, ui, 4, Width, Height),
               false);
}
