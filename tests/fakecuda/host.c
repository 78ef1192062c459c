/* SPDX-License-Identifier: MIT */
/* Pinned memory of the host, allocated or registered: one address for both sides. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake.h"

static CUresult host_alloc(struct context *ctx, void **out, size_t size)
{
    if (!out || !size)
        return CUDA_ERROR_INVALID_VALUE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return CUDA_ERROR_OUT_OF_MEMORY;
    struct range *range = range_new(FAKECUDA_HOST, ctx, (CUdeviceptr)(uintptr_t)memory, size);
    if (!range) {
        munmap(memory, size);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    range->memory = memory;
    memset(memory, 0xcd, size);
    *out = memory;
    return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void **pp, size_t bytesize, unsigned int Flags)
{
    struct call call = call_begin("cuMemHostAlloc", CALL_UNSAFE);
    return CALL(&call,
                Flags > 7 ? CUDA_ERROR_INVALID_VALUE : host_alloc(call.ctx, pp, bytesize));
}

CUresult cuMemAllocHost_v2(void **pp, size_t bytesize)
{
    struct call call = call_begin("cuMemAllocHost", CALL_UNSAFE);
    return CALL(&call, host_alloc(call.ctx, pp, bytesize));
}

CUresult cuMemFreeHost(void *p)
{
    struct call call = call_begin("cuMemFreeHost", CALL_CONTEXT);
    struct range *range = range_find(FAKECUDA_HOST, (CUdeviceptr)(uintptr_t)p);
    if (range)
        range_end(range);
    return call_end(&call, range ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

/* Whether the process has all of it mapped: mincore() says ENOMEM of a hole. */
static bool is_mapped(void *p, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (uintptr_t)p & ~(page - 1), end = (uintptr_t)p + size;
    unsigned char resident;
    for (uintptr_t at = start; at < end; at += page)
        if (mincore((void *)at, 1, &resident) < 0 && errno == ENOMEM)
            return false;
    return true;
}

static CUresult host_register(struct context *ctx, void *p, size_t size, unsigned flags)
{
    if (!p || !size || flags > 15 || !is_mapped(p, size))
        return CUDA_ERROR_INVALID_VALUE;
    if (range_of_host(p, 1) || range_of_host((char *)p + size - 1, 1))
        return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    struct range *range = range_new(FAKECUDA_REGISTERED, ctx, (CUdeviceptr)(uintptr_t)p, size);
    if (!range)
        return CUDA_ERROR_OUT_OF_MEMORY;
    range->memory = p;
    return CUDA_SUCCESS;
}

CUresult cuMemHostRegister_v2(void *p, size_t bytesize, unsigned int Flags)
{
    struct call call = call_begin("cuMemHostRegister", CALL_UNSAFE);
    return CALL(&call, host_register(call.ctx, p, bytesize, Flags));
}

static struct range *registered_at(void *p)
{
    struct range *range = range_of_host(p, 1);
    return range && range->kind == FAKECUDA_REGISTERED && range->memory == p ? range : NULL;
}

/* Waits for all streams, as was measured. Looked for again: the lock was away. */
CUresult cuMemHostUnregister(void *p)
{
    struct call call = call_begin("cuMemHostUnregister", CALL_CONTEXT);
    struct range *range = registered_at(p);
    if (range && call.ctx) {
        context_drain(call.ctx, "cuMemHostUnregister"); /* a loss is told by the call's end */
        range = registered_at(p);
    }
    if (range)
        range_end(range);
    return call_end(&call, range ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *pdptr, void *p, unsigned int Flags)
{
    struct call call = call_begin("cuMemHostGetDevicePointer", CALL_CONTEXT);
    struct range *range = range_of_host(p, 1);
    CUresult result = pdptr && !Flags && range ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    if (!call.refused && !result)
        *pdptr = range->start + (CUdeviceptr)((char *)p - range->memory);
    return CALL(&call, result);
}
