/* SPDX-License-Identifier: MIT */
/* Arrays and mipmapped arrays: of their own memory, or mapped onto external memory. */
#include <stdlib.h>

#include "fake.h"

struct mipmap {
    struct object object;
    CUDA_ARRAY3D_DESCRIPTOR desc;
    unsigned levels;
    struct array *level[MAX_LEVELS];
};

static void array_destroy(struct object *object)
{
    backing_unref(((struct array *)object)->backing);
    free(object);
}

/* A level of the memory; takes the count of the backing, whatever happens. */
static struct array *array_new(struct context *ctx, enum fakecuda_kind kind,
                               struct backing *backing, size_t offset,
                               const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned level,
                               unsigned levels)
{
    struct array *array = object_new(kind, sizeof(*array), ctx, array_destroy);
    if (!array) {
        backing_unref(backing);
        return NULL;
    }
    array->backing = backing;
    array->offset = offset + array_offset(desc, level);
    array->shape = array_shape(desc, level);
    array->layer = array_size(desc, levels);
    if (array->shape.slices > 1 && !array->shape.solid)
        array->layer /= array->shape.slices;
    array->desc = *desc;
    array->desc.Width = desc->Width >> level ? desc->Width >> level : 1;
    if (desc->Height)
        array->desc.Height = desc->Height >> level ? desc->Height >> level : 1;
    if (array->shape.solid)
        array->desc.Depth = array->shape.slices;
    return array;
}

static struct array *array_find(CUarray handle)
{
    struct array *array = object_find(FAKECUDA_ARRAY, (uintptr_t)handle);
    return array ? array : object_find(FAKECUDA_LEVEL, (uintptr_t)handle);
}

static CUresult create(struct context *ctx, CUarray *out, const CUDA_ARRAY3D_DESCRIPTOR *desc)
{
    struct backing *backing;
    if (!out || !desc)
        return CUDA_ERROR_INVALID_VALUE;
    CUresult result = array_check(desc, 1);
    if (!result)
        result = backing_new(ctx->device, array_size(desc, 1), false, &backing);
    if (result)
        return result;
    struct array *array = array_new(ctx, FAKECUDA_ARRAY, backing, 0, desc, 0, 1);
    if (!array)
        return CUDA_ERROR_OUT_OF_MEMORY;
    *out = (CUarray)array->object.handle;
    return CUDA_SUCCESS;
}

CUresult cuArray3DCreate_v2(CUarray *pHandle, const CUDA_ARRAY3D_DESCRIPTOR *pAllocateArray)
{
    struct call call = call_begin("cuArray3DCreate", CALL_UNSAFE);
    return CALL(&call, create(call.ctx, pHandle, pAllocateArray));
}

CUresult cuArrayCreate_v2(CUarray *pHandle, const CUDA_ARRAY_DESCRIPTOR *pAllocateArray)
{
    struct call call = call_begin("cuArrayCreate", CALL_UNSAFE);
    const CUDA_ARRAY_DESCRIPTOR *d = pAllocateArray;
    CUDA_ARRAY3D_DESCRIPTOR desc = {0};
    if (d)
        desc = (CUDA_ARRAY3D_DESCRIPTOR){.Width = d->Width,
                                         .Height = d->Height,
                                         .Format = d->Format,
                                         .NumChannels = d->NumChannels};
    return CALL(&call, create(call.ctx, pHandle, d ? &desc : NULL));
}

CUresult cuArray3DGetDescriptor_v2(CUDA_ARRAY3D_DESCRIPTOR *pArrayDescriptor, CUarray hArray)
{
    struct call call = call_begin("cuArray3DGetDescriptor", CALL_CONTEXT);
    struct array *array = array_find(hArray);
    if (!call.refused && array && pArrayDescriptor)
        *pArrayDescriptor = array->desc;
    return CALL(&call, !array             ? CUDA_ERROR_INVALID_HANDLE
                       : pArrayDescriptor ? CUDA_SUCCESS
                                          : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuArrayGetDescriptor_v2(CUDA_ARRAY_DESCRIPTOR *pArrayDescriptor, CUarray hArray)
{
    struct call call = call_begin("cuArrayGetDescriptor", CALL_CONTEXT);
    struct array *array = array_find(hArray);
    if (!call.refused && array && pArrayDescriptor)
        *pArrayDescriptor = (CUDA_ARRAY_DESCRIPTOR){array->desc.Width, array->desc.Height,
                                                    array->desc.Format,
                                                    array->desc.NumChannels};
    return CALL(&call, !array             ? CUDA_ERROR_INVALID_HANDLE
                       : pArrayDescriptor ? CUDA_SUCCESS
                                          : CUDA_ERROR_INVALID_VALUE);
}

/* A level goes with its mipmapped array: destroying it says yes and does nothing, measured. */
CUresult cuArrayDestroy(CUarray hArray)
{
    struct call call = call_begin("cuArrayDestroy", CALL_CONTEXT);
    struct array *array = array_find(hArray);
    if (array && array->object.kind == FAKECUDA_ARRAY)
        object_end(&array->object);
    return call_end(&call, array ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE);
}

static void mipmap_destroy(struct object *object)
{
    struct mipmap *mipmap = (struct mipmap *)object;
    for (unsigned i = 0; i < mipmap->levels; i++)
        object_end(&mipmap->level[i]->object);
    free(mipmap);
}

CUresult array_map(struct context *ctx, struct backing *backing, size_t offset,
                   const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels, CUmipmappedArray *out)
{
    struct mipmap *mipmap = object_new(FAKECUDA_MIPMAP, sizeof(*mipmap), ctx, mipmap_destroy);
    if (!mipmap)
        return CUDA_ERROR_OUT_OF_MEMORY;
    mipmap->desc = *desc;
    for (unsigned i = 0; i < levels; i++) {
        mipmap->level[i] =
            array_new(ctx, FAKECUDA_LEVEL, backing_ref(backing), offset, desc, i, levels);
        if (!mipmap->level[i]) {
            object_end(&mipmap->object);
            return CUDA_ERROR_OUT_OF_MEMORY;
        }
        mipmap->levels++;
    }
    *out = (CUmipmappedArray)mipmap->object.handle;
    return CUDA_SUCCESS;
}

static CUresult create_mipmap(struct context *ctx, CUmipmappedArray *out,
                              const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels)
{
    struct backing *backing;
    if (!out || !desc)
        return CUDA_ERROR_INVALID_VALUE;
    CUresult result = array_check(desc, levels);
    if (!result)
        result = backing_new(ctx->device, array_size(desc, levels), false, &backing);
    if (result)
        return result;
    result = array_map(ctx, backing, 0, desc, levels, out);
    backing_unref(backing);
    return result;
}

CUresult cuMipmappedArrayCreate(CUmipmappedArray *pHandle,
                                const CUDA_ARRAY3D_DESCRIPTOR *pMipmappedArrayDesc,
                                unsigned int numMipmapLevels)
{
    struct call call = call_begin("cuMipmappedArrayCreate", CALL_UNSAFE);
    return CALL(&call, create_mipmap(call.ctx, pHandle, pMipmappedArrayDesc, numMipmapLevels));
}

static struct mipmap *mipmap_find(CUmipmappedArray handle)
{
    return object_find(FAKECUDA_MIPMAP, (uintptr_t)handle);
}

CUresult cuMipmappedArrayGetLevel(CUarray *pLevelArray, CUmipmappedArray hMipmappedArray,
                                  unsigned int level)
{
    struct call call = call_begin("cuMipmappedArrayGetLevel", CALL_CONTEXT);
    struct mipmap *mipmap = mipmap_find(hMipmappedArray);
    CUresult result = call.refused;
    if (!result && !mipmap)
        result = CUDA_ERROR_INVALID_HANDLE;
    if (!result && (!pLevelArray || level >= mipmap->levels))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result)
        *pLevelArray = (CUarray)mipmap->level[level]->object.handle;
    return call_end(&call, result);
}

CUresult cuMipmappedArrayDestroy(CUmipmappedArray hMipmappedArray)
{
    struct call call = call_begin("cuMipmappedArrayDestroy", CALL_CONTEXT);
    struct mipmap *mipmap = mipmap_find(hMipmappedArray);
    if (mipmap)
        object_end(&mipmap->object);
    return call_end(&call, mipmap ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE);
}

/* The driver answers these for arrays whose memory comes later (deferred, sparse) alone. */
static CUresult requirements(CUDA_ARRAY_MEMORY_REQUIREMENTS *out,
                             const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels)
{
    if (!out || !desc || !(desc->Flags & CUDA_ARRAY3D_DEFERRED_MAPPING))
        return CUDA_ERROR_INVALID_VALUE;
    *out =
        (CUDA_ARRAY_MEMORY_REQUIREMENTS){.size = array_size(desc, levels), .alignment = 65536};
    return CUDA_SUCCESS;
}

CUresult cuArrayGetMemoryRequirements(CUDA_ARRAY_MEMORY_REQUIREMENTS *memoryRequirements,
                                      CUarray array, CUdevice device)
{
    struct call call = call_begin("cuArrayGetMemoryRequirements", CALL_CONTEXT);
    struct array *found = array_find(array);
    return CALL(&call, !device_ok(device)
                           ? CUDA_ERROR_INVALID_DEVICE
                           : requirements(memoryRequirements, found ? &found->desc : NULL, 1));
}

CUresult cuMipmappedArrayGetMemoryRequirements(
    CUDA_ARRAY_MEMORY_REQUIREMENTS *memoryRequirements, CUmipmappedArray mipmap,
    CUdevice device)
{
    struct call call = call_begin("cuMipmappedArrayGetMemoryRequirements", CALL_CONTEXT);
    struct mipmap *found = mipmap_find(mipmap);
    return CALL(&call, !device_ok(device)
                           ? CUDA_ERROR_INVALID_DEVICE
                           : requirements(memoryRequirements, found ? &found->desc : NULL,
                                          found ? found->levels : 0));
}
