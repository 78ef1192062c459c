/* SPDX-License-Identifier: MIT */
/* cuPointerGetAttribute(): what a runtime asks about an address. */
#include <string.h>

#include "fake.h"

/* Numbers of CUpointer_attribute. */
enum {
    POINTER_CONTEXT = 1,
    POINTER_MEMORY_TYPE = 2,
    POINTER_DEVICE_POINTER = 3,
    POINTER_HOST_POINTER = 4,
    POINTER_IS_MANAGED = 8,
    POINTER_DEVICE_ORDINAL = 9,
    POINTER_RANGE_START = 11,
    POINTER_RANGE_SIZE = 12,
};

static bool of_host(const struct range *range)
{
    return range->kind == FAKECUDA_HOST || range->kind == FAKECUDA_REGISTERED;
}

/* Fills at most eight bytes. */
static CUresult attribute(void *out, int number, CUdeviceptr ptr)
{
    struct range *range = range_at(ptr, 1);
    if (!range)
        range = range_of_host((void *)(uintptr_t)ptr, 1);
    if (!out || !range)
        return CUDA_ERROR_INVALID_VALUE;
    CUdeviceptr at = of_host(range) && ptr - range->start >= range->size
                         ? ptr - (CUdeviceptr)(uintptr_t)range->memory
                         : ptr - range->start;
    CUdeviceptr start = range->start + at;
    void *host = of_host(range) ? range->memory + at : NULL;
    uintptr_t ctx = range->ctx ? range->ctx->object.handle : 0;
    int type = of_host(range) ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
    int device = range->ctx ? range->ctx->device : range->backing ? range->backing->device : 0;
    switch (number) {
    case POINTER_CONTEXT: memcpy(out, &ctx, sizeof(ctx)); break;
    case POINTER_MEMORY_TYPE: memcpy(out, &type, sizeof(type)); break;
    case POINTER_DEVICE_POINTER: memcpy(out, &start, sizeof(start)); break;
    case POINTER_HOST_POINTER:
        if (!host)
            return CUDA_ERROR_INVALID_VALUE;
        memcpy(out, &host, sizeof(host));
        break;
    case POINTER_IS_MANAGED: memset(out, 0, 1); break;
    case POINTER_DEVICE_ORDINAL: memcpy(out, &device, sizeof(device)); break;
    case POINTER_RANGE_START: memcpy(out, &range->start, sizeof(range->start)); break;
    case POINTER_RANGE_SIZE: memcpy(out, &range->size, sizeof(range->size)); break;
    default: return CUDA_ERROR_NOT_SUPPORTED;
    }
    return CUDA_SUCCESS;
}

CUresult cuPointerGetAttribute(void *data, int attribute_number, CUdeviceptr ptr)
{
    struct call call = call_begin("cuPointerGetAttribute", CALL_DRIVER);
    return CALL(&call, attribute(data, attribute_number, ptr));
}

/* Of an address that CUDA does not know every answer is 0. */
CUresult cuPointerGetAttributes(unsigned int numAttributes, int *attributes, void **data,
                                CUdeviceptr ptr)
{
    struct call call = call_begin("cuPointerGetAttributes", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && (!numAttributes || !attributes || !data))
        result = CUDA_ERROR_INVALID_VALUE;
    for (unsigned i = 0; !result && i < numAttributes; i++) {
        int number = attributes[i];
        bool small = number == POINTER_MEMORY_TYPE || number == POINTER_DEVICE_ORDINAL;
        if (attribute(data[i], number, ptr) && data[i])
            memset(data[i], 0, number == POINTER_IS_MANAGED ? 1 : small ? 4 : 8);
    }
    return call_end(&call, result);
}
