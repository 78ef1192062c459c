/* SPDX-License-Identifier: MIT */
/*
 * External memory and semaphores: as measured on the driver, its traps included. Memory of
 * cuMemCreate() comes in as OPAQUE_FD; the types that the platform lacks answer 801.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake.h"

enum { LARGE = 512 << 20 };

struct extmem {
    struct object object;
    struct backing *backing;
    size_t size;
};

static void extmem_destroy(struct object *object)
{
    backing_unref(((struct extmem *)object)->backing);
    free(object);
}

static bool any(const unsigned *words, size_t n)
{
    while (n)
        if (words[--n])
            return true;
    return false;
}

/* What is wrong before the descriptor is looked at; it stays open then. */
static CUresult memory_check(CUexternalMemory *out, const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *d)
{
    if (!out || !d || d->type < CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD ||
        d->type > CU_EXTERNAL_MEMORY_HANDLE_TYPE_NVSCIBUF)
        return CUDA_ERROR_INVALID_VALUE;
    if (d->type != CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD)
        return d->handle.win32.handle || d->handle.win32.name ? CUDA_ERROR_NOT_SUPPORTED
                                                              : CUDA_ERROR_INVALID_VALUE;
    return !d->size || d->flags & ~(unsigned)CUDA_EXTERNAL_MEMORY_DEDICATED ||
                   any(d->reserved, 16)
               ? CUDA_ERROR_INVALID_VALUE
               : CUDA_SUCCESS;
}

static CUresult import_fd(struct context *ctx, CUexternalMemory *out, int fd, size_t size)
{
    struct backing *backing = fd >= 0 ? backing_from_fd(fd) : NULL;
    struct extmem *extmem = NULL;
    if (backing && backing->size >= LARGE && config()->devices > 1)
        stop_process("memory of 512 MiB is imported beside several GPUs: the driver crashes");
    if (backing && backing->device == ctx->device)
        extmem = object_new(FAKECUDA_EXTMEM, sizeof(*extmem), ctx, extmem_destroy);
    if (fd >= 0)
        close(fd); /* foreign or not */
    if (!extmem) {
        backing_unref(backing);
        return CUDA_ERROR_UNKNOWN;
    }
    extmem->backing = backing;
    extmem->size = size < backing->size ? size : backing->size; /* too large is not refused */
    *out = (CUexternalMemory)extmem->object.handle;
    return CUDA_SUCCESS;
}

CUresult cuImportExternalMemory(CUexternalMemory *extMem_out,
                                const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *memHandleDesc)
{
    struct call call = call_begin("cuImportExternalMemory", CALL_UNSAFE);
    CUresult result = call.refused ? call.refused : memory_check(extMem_out, memHandleDesc);
    if (call.refused == CUDA_ERROR_UNKNOWN && memHandleDesc &&
        memHandleDesc->type == CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD &&
        memHandleDesc->handle.fd >= 0)
        close(memHandleDesc->handle.fd); /* failed on demand: as with a foreign one */
    return CALL(&call, result ? result
                              : import_fd(call.ctx, extMem_out, memHandleDesc->handle.fd,
                                          memHandleDesc->size));
}

static struct extmem *extmem_find(const struct call *call, CUexternalMemory handle)
{
    check_alive(call, FAKECUDA_EXTMEM, (uintptr_t)handle);
    return object_find(FAKECUDA_EXTMEM, (uintptr_t)handle);
}

static CUresult map_buffer(struct context *ctx, CUdeviceptr *out, struct extmem *extmem,
                           const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *desc)
{
    if (!out || !extmem || !desc || !desc->size || desc->flags || any(desc->reserved, 16) ||
        desc->offset > extmem->size || desc->size > extmem->size - desc->offset ||
        desc->offset % 4)
        return CUDA_ERROR_INVALID_VALUE;
    CUdeviceptr window = window_new(desc->size);
    struct range *range = window ? range_new(FAKECUDA_BUFFER, ctx, window, desc->size) : NULL;
    if (!range)
        return CUDA_ERROR_OUT_OF_MEMORY;
    range->backing = backing_ref(extmem->backing);
    range->memory = extmem->backing->base + desc->offset;
    *out = window;
    return CUDA_SUCCESS;
}

CUresult cuExternalMemoryGetMappedBuffer(CUdeviceptr *devPtr, CUexternalMemory extMem,
                                         const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *bufferDesc)
{
    struct call call = call_begin("cuExternalMemoryGetMappedBuffer", CALL_UNSAFE);
    struct extmem *extmem = extmem_find(&call, extMem);
    return CALL(&call, map_buffer(call.ctx, devPtr, extmem, bufferDesc));
}

static CUresult map_array(struct context *ctx, CUmipmappedArray *out, struct extmem *extmem,
                          const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *desc)
{
    if (!out || !extmem || !desc)
        return CUDA_ERROR_INVALID_VALUE;
    if (!desc->numLevels)
        stop_process("cuExternalMemoryGetMappedMipmappedArray with 0 levels: the driver "
                     "corrupts its heap");
    CUresult result = array_check(&desc->arrayDesc, desc->numLevels);
    if (result)
        return result;
    size_t size = array_size(&desc->arrayDesc, desc->numLevels);
    if (any(desc->reserved, 16) || desc->offset > extmem->size ||
        size > extmem->size - desc->offset)
        return CUDA_ERROR_INVALID_VALUE;
    return array_map(ctx, extmem->backing, desc->offset, &desc->arrayDesc, desc->numLevels,
                     out);
}

CUresult cuExternalMemoryGetMappedMipmappedArray(
    CUmipmappedArray *mipmap, CUexternalMemory extMem,
    const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *mipmapDesc)
{
    struct call call = call_begin("cuExternalMemoryGetMappedMipmappedArray", CALL_UNSAFE);
    struct extmem *extmem = extmem_find(&call, extMem);
    return CALL(&call, map_array(call.ctx, mipmap, extmem, mipmapDesc));
}

/* What was mapped stays. */
CUresult cuDestroyExternalMemory(CUexternalMemory extMem)
{
    struct call call = call_begin("cuDestroyExternalMemory", CALL_CONTEXT);
    struct extmem *extmem = extmem_find(&call, extMem);
    if (extmem)
        object_end(&extmem->object);
    return call_end(&call, extmem ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

/* Only Vulkan could make one that the driver takes: every descriptor here is a foreign one. */
static CUresult import_semaphore(const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC *d)
{
    if (d->type < CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD ||
        d->type > CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_WIN32 || d->flags)
        return CUDA_ERROR_INVALID_VALUE;
    if (d->type == CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD ||
        d->type == CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_FD)
        return CUDA_ERROR_UNKNOWN; /* and it stays open */
    return CUDA_ERROR_NOT_SUPPORTED;
}

CUresult cuImportExternalSemaphore(CUexternalSemaphore *extSem_out,
                                   const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC *semHandleDesc)
{
    struct call call = call_begin("cuImportExternalSemaphore", CALL_UNSAFE);
    return CALL(&call, extSem_out && semHandleDesc ? import_semaphore(semHandleDesc)
                                                   : CUDA_ERROR_INVALID_VALUE);
}

static CUresult use_semaphores(const char *name, const CUexternalSemaphore *semaphores,
                               const void *params, unsigned n)
{
    struct call call = call_begin(name, CALL_CONTEXT);
    CUresult result = call.refused;
    if (!result && (!semaphores || !params || !n))
        result = CUDA_ERROR_INVALID_VALUE;
    for (unsigned i = 0; !result && i < n; i++)
        if (!semaphores[i])
            stop_process("%s with a NULL semaphore: the driver crashes", name);
    return CALL(&call, result ? result : CUDA_ERROR_INVALID_HANDLE);
}

CUresult cuSignalExternalSemaphoresAsync(
    const CUexternalSemaphore *extSemArray,
    const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *paramsArray, unsigned int numExtSems,
    CUstream stream)
{
    (void)stream;
    return use_semaphores("cuSignalExternalSemaphoresAsync", extSemArray, paramsArray,
                          numExtSems);
}

CUresult cuWaitExternalSemaphoresAsync(const CUexternalSemaphore *extSemArray,
                                       const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *paramsArray,
                                       unsigned int numExtSems, CUstream stream)
{
    (void)stream;
    return use_semaphores("cuWaitExternalSemaphoresAsync", extSemArray, paramsArray,
                          numExtSems);
}

CUresult cuDestroyExternalSemaphore(CUexternalSemaphore extSem)
{
    struct call call = call_begin("cuDestroyExternalSemaphore", CALL_CONTEXT);
    return CALL(&call, extSem ? CUDA_ERROR_INVALID_HANDLE : CUDA_ERROR_INVALID_VALUE);
}

ALSO(cuSignalExternalSemaphoresAsync_ptsz, cuSignalExternalSemaphoresAsync);
ALSO(cuWaitExternalSemaphoresAsync_ptsz, cuWaitExternalSemaphoresAsync);
