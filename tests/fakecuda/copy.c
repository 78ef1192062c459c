/* SPDX-License-Identifier: MIT */
/*
 * Copies, all through one description in three dimensions. They are checked when submitted and
 * look their memory up again when they run: what was freed meanwhile is an illegal address, as
 * with a real GPU. A copy with pageable host memory waits until it is done; with pinned memory
 * it reads late.
 */
#include <string.h>

#include "fake.h"

/* One side of a copy, and where its bytes are once that is found out. */
struct side {
    CUmemorytype type;
    CUdeviceptr at;
    uintptr_t array_handle;
    size_t x, y, z, pitch, height;
    bool pageable;
    char *memory;
    struct array array; /* a copy: the backing is counted while the copy runs */
    struct backing *backing;
};

struct op_copy {
    struct op op;
    struct side src, dst;
    size_t width, rows, slices;
};

/* Bytes from the address on that a linear side reaches. */
static size_t reach(const struct op_copy *copy, const struct side *side)
{
    size_t row = (side->z + copy->slices - 1) * side->height + side->y + copy->rows - 1;
    return row * side->pitch + side->x + copy->width;
}

static bool linear_is_good(const struct op_copy *copy, const struct side *side)
{
    bool rows = copy->rows > 1 || copy->slices > 1 || side->y || side->z;
    if (side->x > 1ull << 40 || side->pitch > 1ull << 40 || side->height > 1ull << 32)
        return false;
    if (rows && side->pitch < side->x + copy->width)
        return false;
    return !(copy->slices > 1 || side->z) || side->height >= side->y + copy->rows;
}

static CUresult find_array(const struct op_copy *copy, struct side *side)
{
    const struct array *array = object_find(FAKECUDA_ARRAY, side->array_handle);
    if (!array)
        array = object_find(FAKECUDA_LEVEL, side->array_handle);
    if (!array)
        return CUDA_ERROR_INVALID_HANDLE;
    const struct array_shape *shape = &array->shape;
    if (side->x % shape->element || copy->width % shape->element ||
        side->x + copy->width > shape->row_bytes || side->y + copy->rows > shape->rows ||
        side->z + copy->slices > shape->slices)
        return CUDA_ERROR_INVALID_VALUE;
    side->array = *array;
    side->backing = array->backing;
    return CUDA_SUCCESS;
}

/* Where the bytes are now. `again`: not for the first time, so pinned memory must still be. */
static CUresult find_memory(const struct op_copy *copy, struct side *side, bool again)
{
    struct range *range;
    bool was_pageable = side->pageable;
    size_t size = reach(copy, side);
    side->backing = NULL;
    switch (side->type) {
    case CU_MEMORYTYPE_ARRAY: return find_array(copy, side);
    case CU_MEMORYTYPE_DEVICE: side->memory = memory_at(side->at, size); break;
    default: side->memory = memory_unified(side->at, size, &side->pageable); break;
    }
    if (!side->memory || (again && side->pageable != was_pageable))
        return CUDA_ERROR_INVALID_VALUE;
    range = range_at(side->at, size);
    side->backing = range ? range->backing : NULL;
    return CUDA_SUCCESS;
}

static char *cell(const struct op_copy *copy, const struct side *side, size_t x, size_t y,
                  size_t z, size_t *run)
{
    if (side->type == CU_MEMORYTYPE_ARRAY)
        return array_cell(&side->array, side->x + x, side->y + y, side->z + z, run);
    *run = copy->width - x;
    return side->memory + ((side->z + z) * side->height + side->y + y) * side->pitch + side->x +
           x;
}

static void copy_row(const struct op_copy *copy, size_t y, size_t z)
{
    for (size_t x = 0; x < copy->width;) {
        size_t src_run, dst_run;
        const char *src = cell(copy, &copy->src, x, y, z, &src_run);
        char *dst = cell(copy, &copy->dst, x, y, z, &dst_run);
        size_t n = src_run < dst_run ? src_run : dst_run;
        n = n < copy->width - x ? n : copy->width - x;
        memmove(dst, src, n);
        x += n;
    }
}

static CUresult run_copy(struct op *op)
{
    struct op_copy *copy = (struct op_copy *)op;
    pthread_mutex_lock(&fake_lock);
    CUresult result = find_memory(copy, &copy->src, true);
    if (!result)
        result = find_memory(copy, &copy->dst, true);
    struct backing *held[] = {result ? NULL : copy->src.backing,
                              result ? NULL : copy->dst.backing};
    for (int i = 0; i < 2; i++)
        if (held[i])
            backing_ref(held[i]);
    pthread_mutex_unlock(&fake_lock);
    if (result)
        return CUDA_ERROR_ILLEGAL_ADDRESS;
    for (size_t z = 0; z < copy->slices; z++)
        for (size_t y = 0; y < copy->rows; y++)
            copy_row(copy, y, z);
    pthread_mutex_lock(&fake_lock);
    backing_unref(held[0]);
    backing_unref(held[1]);
    pthread_mutex_unlock(&fake_lock);
    return CUDA_SUCCESS;
}

static CUresult side_set(const struct op_copy *copy, struct side *side, const void *host,
                         CUdeviceptr device, CUarray array)
{
    if (side->type < CU_MEMORYTYPE_HOST || side->type > CU_MEMORYTYPE_UNIFIED)
        return CUDA_ERROR_INVALID_VALUE;
    side->at = side->type == CU_MEMORYTYPE_HOST ? (CUdeviceptr)(uintptr_t)host : device;
    side->array_handle = (uintptr_t)array;
    if (side->type != CU_MEMORYTYPE_ARRAY && (!side->at || !linear_is_good(copy, side)))
        return CUDA_ERROR_INVALID_VALUE;
    return find_memory(copy, side, false);
}

static CUresult copy_set(struct op_copy *copy, const CUDA_MEMCPY3D *c)
{
    if (c->srcLOD || c->dstLOD || c->reserved0 || c->reserved1 ||
        c->WidthInBytes > 1ull << 40 || c->Height > 1ull << 32 || c->Depth > 1ull << 32)
        return CUDA_ERROR_INVALID_VALUE;
    copy->width = c->WidthInBytes;
    copy->rows = c->Height;
    copy->slices = c->Depth;
    copy->src = (struct side){.type = c->srcMemoryType,
                              .x = c->srcXInBytes,
                              .y = c->srcY,
                              .z = c->srcZ,
                              .pitch = c->srcPitch,
                              .height = c->srcHeight};
    copy->dst = (struct side){.type = c->dstMemoryType,
                              .x = c->dstXInBytes,
                              .y = c->dstY,
                              .z = c->dstZ,
                              .pitch = c->dstPitch,
                              .height = c->dstHeight};
    CUresult result = side_set(copy, &copy->src, c->srcHost, c->srcDevice, c->srcArray);
    return result ? result : side_set(copy, &copy->dst, c->dstHost, c->dstDevice, c->dstArray);
}

CUresult copy_submit(struct context *ctx, const CUDA_MEMCPY3D *c, CUstream handle, bool wait)
{
    struct op_copy checked = {.width = 0};
    if (!c)
        return CUDA_ERROR_INVALID_VALUE;
    if (!c->WidthInBytes || !c->Height || !c->Depth)
        return CUDA_SUCCESS;
    CUresult result = copy_set(&checked, c);
    if (result)
        return result;
    struct stream *stream = stream_find(ctx, handle);
    if (!stream)
        return CUDA_ERROR_INVALID_HANDLE;
    bool pageable = checked.src.pageable || checked.dst.pageable;
    if (pageable && stream->capture)
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    struct op_copy *copy = op_new(sizeof(*copy), run_copy);
    if (!copy)
        return CUDA_ERROR_OUT_OF_MEMORY;
    checked.op = copy->op;
    *copy = checked;
    result = stream_submit(stream, &copy->op);
    if (result || !(wait || pageable))
        return result;
    return stream_drain(stream, stream->submitted, "a copy with pageable host memory");
}
