/* SPDX-License-Identifier: MIT */
/* Virtual memory management: handles, reservations, mappings, and handles as descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "fake.h"

enum { GRANULARITY = 2 << 20 };

struct handle {
    struct object object;
    unsigned refs;
    struct backing *backing;
    CUmemAllocationProp prop;
};

static void handle_destroy(struct object *object)
{
    backing_unref(((struct handle *)object)->backing);
    free(object);
}

static struct handle *handle_find(CUmemGenericAllocationHandle handle)
{
    return object_find(FAKECUDA_HANDLE, (uintptr_t)handle);
}

/* Takes the count of the backing. */
static CUresult handle_new(struct backing *backing, const CUmemAllocationProp *prop,
                           CUmemGenericAllocationHandle *out)
{
    struct handle *handle = object_new(FAKECUDA_HANDLE, sizeof(*handle), NULL, handle_destroy);
    if (!handle) {
        backing_unref(backing);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    handle->refs = 1;
    handle->backing = backing;
    handle->prop = *prop;
    *out = handle->object.handle;
    return CUDA_SUCCESS;
}

static CUresult prop_check(const CUmemAllocationProp *prop)
{
    if (!prop || prop->type != CU_MEM_ALLOCATION_TYPE_PINNED ||
        prop->location.type != CU_MEM_LOCATION_TYPE_DEVICE || prop->win32HandleMetaData ||
        prop->requestedHandleTypes & ~CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR)
        return CUDA_ERROR_INVALID_VALUE;
    return device_ok(prop->location.id) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

static CUresult create(CUmemGenericAllocationHandle *out, size_t size,
                       const CUmemAllocationProp *prop, unsigned long long flags)
{
    struct backing *backing;
    CUresult result = prop_check(prop);
    if (!out || !size || size % GRANULARITY || flags)
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result)
        result = backing_new(prop->location.id, size, prop->requestedHandleTypes, &backing);
    return result ? result : handle_new(backing, prop, out);
}

CUresult cuMemCreate(CUmemGenericAllocationHandle *handle, size_t size,
                     const CUmemAllocationProp *prop, unsigned long long flags)
{
    struct call call = call_begin("cuMemCreate", CALL_MEMORY);
    return CALL(&call, create(handle, size, prop, flags));
}

/* What is mapped stays until it is unmapped. */
CUresult cuMemRelease(CUmemGenericAllocationHandle handle)
{
    struct call call = call_begin("cuMemRelease", CALL_MEMORY);
    struct handle *found = handle_find(handle);
    if (found && --found->refs == 0)
        object_end(&found->object);
    return call_end(&call, found ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuMemGetAllocationGranularity(size_t *granularity, const CUmemAllocationProp *prop,
                                       int option)
{
    struct call call = call_begin("cuMemGetAllocationGranularity", CALL_MEMORY);
    CUresult result = call.refused ? call.refused : prop_check(prop);
    if (!result && (!granularity || option < 0 || option > 1))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result)
        *granularity = GRANULARITY;
    return call_end(&call, result);
}

CUresult cuMemGetAllocationPropertiesFromHandle(CUmemAllocationProp *prop,
                                                CUmemGenericAllocationHandle handle)
{
    struct call call = call_begin("cuMemGetAllocationPropertiesFromHandle", CALL_MEMORY);
    struct handle *found = handle_find(handle);
    if (!call.refused && found && prop)
        *prop = found->prop;
    return CALL(&call, found && prop ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuMemRetainAllocationHandle(CUmemGenericAllocationHandle *handle, void *addr)
{
    struct call call = call_begin("cuMemRetainAllocationHandle", CALL_MEMORY);
    struct range *range = range_at((CUdeviceptr)(uintptr_t)addr, 1);
    CUmemAllocationProp prop = {.type = CU_MEM_ALLOCATION_TYPE_PINNED};
    CUresult result = call.refused;
    if (!result && (!handle || !range || range->kind != FAKECUDA_MAPPING))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result) {
        prop.location = (CUmemLocation){CU_MEM_LOCATION_TYPE_DEVICE, range->backing->device};
        result = handle_new(backing_ref(range->backing), &prop, handle);
    }
    return call_end(&call, result);
}

static CUresult reserve(CUdeviceptr *out, size_t size, size_t alignment,
                        unsigned long long flags)
{
    if (!out || !size || size % GRANULARITY || flags || (alignment & (alignment - 1)))
        return CUDA_ERROR_INVALID_VALUE;
    CUdeviceptr window = window_new(size);
    if (!window || !range_new(FAKECUDA_RESERVATION, NULL, window, size))
        return CUDA_ERROR_OUT_OF_MEMORY;
    *out = window;
    return CUDA_SUCCESS;
}

CUresult cuMemAddressReserve(CUdeviceptr *ptr, size_t size, size_t alignment, CUdeviceptr addr,
                             unsigned long long flags)
{
    (void)addr; /* a wish */
    struct call call = call_begin("cuMemAddressReserve", CALL_MEMORY);
    return CALL(&call, reserve(ptr, size, alignment, flags));
}

/* The mapping that begins within a reservation, if any. */
static struct range *mapping_in(CUdeviceptr start, size_t size)
{
    for (size_t at = 0; at < size; at += GRANULARITY) {
        struct range *range = range_find(FAKECUDA_MAPPING, start + at);
        if (range)
            return range;
    }
    return NULL;
}

CUresult cuMemAddressFree(CUdeviceptr ptr, size_t size)
{
    struct call call = call_begin("cuMemAddressFree", CALL_MEMORY);
    struct range *range = range_find(FAKECUDA_RESERVATION, ptr);
    bool good = range && range->size == size && !mapping_in(ptr, size);
    if (good)
        range_end(range);
    return call_end(&call, good ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

static bool reserved(CUdeviceptr start, size_t size)
{
    for (CUdeviceptr at = start;; at -= GRANULARITY) {
        struct range *range = range_find(FAKECUDA_RESERVATION, at);
        if (range)
            return start + size <= range->start + range->size;
        if (at < GRANULARITY || start - at > ((CUdeviceptr)1 << 34))
            return false;
    }
}

static CUresult map(CUdeviceptr ptr, size_t size, size_t offset, struct handle *handle,
                    unsigned long long flags)
{
    if (!handle || !size || size % GRANULARITY || offset || flags ||
        size > handle->backing->size || !reserved(ptr, size) || mapping_in(ptr, size))
        return CUDA_ERROR_INVALID_VALUE;
    struct range *range = range_new(FAKECUDA_MAPPING, NULL, ptr, size);
    if (!range)
        return CUDA_ERROR_OUT_OF_MEMORY;
    range->backing = backing_ref(handle->backing);
    range->memory = handle->backing->base;
    return CUDA_SUCCESS;
}

CUresult cuMemMap(CUdeviceptr ptr, size_t size, size_t offset,
                  CUmemGenericAllocationHandle handle, unsigned long long flags)
{
    struct call call = call_begin("cuMemMap", CALL_MEMORY);
    return CALL(&call, map(ptr, size, offset, handle_find(handle), flags));
}

CUresult cuMemUnmap(CUdeviceptr ptr, size_t size)
{
    struct call call = call_begin("cuMemUnmap", CALL_MEMORY);
    struct range *range = range_find(FAKECUDA_MAPPING, ptr);
    bool good = range && range->size == size;
    if (good)
        range_end(range);
    return call_end(&call, good ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuMemSetAccess(CUdeviceptr ptr, size_t size, const CUmemAccessDesc *desc, size_t count)
{
    struct call call = call_begin("cuMemSetAccess", CALL_MEMORY);
    struct range *range = range_find(FAKECUDA_MAPPING, ptr);
    CUresult result = call.refused;
    if (!result && (!range || range->size != size || !desc || !count))
        result = CUDA_ERROR_INVALID_VALUE;
    for (size_t i = 0; !result && i < count; i++)
        if (desc[i].location.type != CU_MEM_LOCATION_TYPE_DEVICE ||
            !device_ok(desc[i].location.id))
            result = CUDA_ERROR_INVALID_DEVICE;
        else if (desc[i].location.id == range->backing->device)
            range->access = desc[i].flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
    return call_end(&call, result);
}

static CUresult export(int *out, const struct handle *handle, int type,
                       unsigned long long flags)
{
    if (!out || !handle || type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR || flags ||
        handle->backing->fd < 0)
        return CUDA_ERROR_INVALID_VALUE;
    int fd = fcntl(handle->backing->fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return errno == EMFILE ? CUDA_ERROR_OPERATING_SYSTEM : CUDA_ERROR_UNKNOWN;
    *out = fd;
    return CUDA_SUCCESS;
}

CUresult cuMemExportToShareableHandle(void *shareableHandle,
                                      CUmemGenericAllocationHandle handle, int handleType,
                                      unsigned long long flags)
{
    struct call call = call_begin("cuMemExportToShareableHandle", CALL_MEMORY);
    return CALL(&call, export(shareableHandle, handle_find(handle), handleType, flags));
}

static CUresult import(CUmemGenericAllocationHandle *out, int fd, int type)
{
    if (!out || type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR)
        return CUDA_ERROR_INVALID_VALUE;
    struct backing *backing = backing_from_fd(fd);
    if (!backing)
        return CUDA_ERROR_INVALID_VALUE;
    CUmemAllocationProp prop = {
        .type = CU_MEM_ALLOCATION_TYPE_PINNED,
        .requestedHandleTypes = CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR,
        .location = {CU_MEM_LOCATION_TYPE_DEVICE, backing->device},
    };
    return handle_new(backing, &prop, out);
}

/* The caller keeps the descriptor. */
CUresult cuMemImportFromShareableHandle(CUmemGenericAllocationHandle *handle, void *osHandle,
                                        int shHandleType)
{
    struct call call = call_begin("cuMemImportFromShareableHandle", CALL_MEMORY);
    return CALL(&call, import(handle, (int)(intptr_t)osHandle, shHandleType));
}
