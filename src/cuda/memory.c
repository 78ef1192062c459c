/* SPDX-License-Identifier: MIT */
/*
 * Allocating and freeing. A piece is used by the work of streams without being counted there,
 * so freeing it hands it to all streams that have work: the last of them lets it go.
 */
#include "cuda/memory.h"

#include "core/resource.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/istcu.h"
#include "cuda/stream.h"

#include <sys/mman.h>

#define ATTACH_GLOBAL 1U
#define ATTACH_HOST 2U

#define FREED_BY_FREE \
    (CU_ORIGIN(CU_FROM_MALLOC) | CU_ORIGIN(CU_FROM_MANAGED) | CU_ORIGIN(CU_FROM_IMPORT))

/* Each origin has filled only what it owns. */
static void memory_destroy(struct cu_object *object)
{
    struct cu_memory *m = container_of(object, struct cu_memory, object);
    if (m->own.base)
        m->device->ops->memory_destroy(m->device, &m->own);
    if (m->view)
        munmap(m->view, m->view_size);
    if (m->resource)
        object_drop_by(&m->resource->object, HOLDER_MAPPING, m);
    free(m);
}

/* The current device is the allocation's, as in CUDA. */
struct cu_memory *cu_memory_new(enum cu_memory_origin origin, size_t size)
{
    struct cu_memory *m = malloc(sizeof(*m)); /* which is twice as fast here as calloc() */
    if (!m)
        return NULL;
    *m = (struct cu_memory){.origin = origin};
    cu_object_init(&m->object, CU_MEMORY, memory_destroy);
    m->size = size;
    m->ordinal = cu_device_ordinal();
    m->device = cu_device();
    return m;
}

/* Memory of the device in the table; the pointer is the caller's to free. */
static int allocate(enum cu_memory_origin origin, size_t size, unsigned flags, void **out)
{
    _cleanup_(cu_unrefp) struct cu_memory *m = cu_memory_new(origin, size);
    if (!m)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to describe %zu bytes", size);
    enum ist_status status = m->device->ops->memory_create(m->device, size, false, &m->own);
    if (status != IST_OK)
        return cu_code(status);
    m->start = (uintptr_t)m->own.base;
    m->flags = flags;
    m->whole = true;
    void *start = m->own.base; /* once it is in the table, any thread may free it */
    if (!cu_pointer_add(m))
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "the table of memory cannot hold one more");
    m = NULL;
    *out = start;
    return CUDA_SUCCESS;
}

int istcu_malloc(void **out, size_t size)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaMalloc");
    if (!size) {
        *out = NULL;
        return CUDA_SUCCESS;
    }
    return allocate(CU_FROM_MALLOC, size, 0, out);
}

/* rows of `width` bytes, `count` of them, at a pitch of their own. */
static int allocate_rows(size_t width, size_t count, void **out, size_t *pitch)
{
    size_t row, size;
    if (__builtin_add_overflow(width, CU_PITCH_ALIGN - 1, &row) ||
        __builtin_mul_overflow(row &= ~(size_t)(CU_PITCH_ALIGN - 1), count, &size))
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "%zu rows of %zu bytes overflow", count,
                         width);
    void *base = NULL;
    int code = size ? allocate(CU_FROM_MALLOC, size, 0, &base) : CUDA_SUCCESS;
    if (code)
        return code;
    *out = base;
    *pitch = row;
    return CUDA_SUCCESS;
}

int istcu_malloc_pitch(void **out, size_t *pitch, size_t width, size_t height)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!out || !pitch)
        return cu_refuse_out("cudaMallocPitch");
    return allocate_rows(width, height, out, pitch);
}

int istcu_malloc_3d(struct istcu_pitched *out, struct istcu_extent extent)
{
    size_t rows;
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaMalloc3D");
    if (__builtin_mul_overflow(extent.height, extent.depth, &rows))
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "%zu x %zu rows overflow", extent.height,
                         extent.depth);
    struct istcu_pitched made = {.xsize = extent.width, .ysize = extent.height};
    code = allocate_rows(extent.width, rows, &made.ptr, &made.pitch);
    if (code == CUDA_SUCCESS)
        *out = made;
    return code;
}

int istcu_malloc_managed(void **out, size_t size, unsigned flags)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaMallocManaged");
    if (!size || (flags != ATTACH_GLOBAL && flags != ATTACH_HOST))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "managed memory of %zu bytes, flags 0x%x: at least one byte, and "
                         "flags "
                         "1 (global) or 2 (host) are right",
                         size, flags);
    return allocate(CU_FROM_MANAGED, size, flags, out);
}

/* Memory is there at once, which is early enough for whatever the stream does with it. */
int istcu_malloc_async(void **out, size_t size, void *stream)
{
    struct cu_stream *s;
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaMallocAsync");
    code = cu_stream_get(stream, &s);
    if (code)
        return code;
    cu_unref(&s->object);
    return istcu_malloc(out, size);
}

/* Freed twice, freed in the middle, freed by the wrong function: three mistakes, told apart. */
static int refuse_free(const char *function, const void *ptr, const char *wanted)
{
    _cleanup_(cu_unrefp) struct cu_memory *inside = cu_pointer_find(ptr);
    if (!inside)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s(%p): no such memory: freed before, or not from %s", function, ptr,
                         wanted);
    if (inside->start != (uintptr_t)ptr)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s(%p): %zu bytes inside the memory that starts at %p", function, ptr,
                         (size_t)((uintptr_t)ptr - inside->start), (void *)inside->start);
    return cu_refuse(CUDA_ERROR_INVALID_VALUE, "%s(%p): that memory is not from %s", function,
                     ptr, wanted);
}

/* NVIDIA's driver waits for the device here; nobody has to. */
int istcu_free(void *ptr)
{
    int code = cu_enter();
    if (code || !ptr)
        return code;
    struct cu_memory *m = cu_pointer_remove(ptr, FREED_BY_FREE);
    if (!m)
        return refuse_free("cudaFree", ptr, "cudaMalloc or a mapped buffer");
    cu_streams_retire(&m->object);
    return CUDA_SUCCESS;
}

/* Retiring comes after all that every stream holds, and so after this stream's order. */
int istcu_free_async(void *ptr, void *stream)
{
    struct cu_stream *s;
    int code = cu_enter();
    if (code)
        return code;
    code = cu_stream_begin(stream, &s);
    if (code)
        return code;
    struct cu_memory *m = ptr ? cu_pointer_remove(ptr, CU_ORIGIN(CU_FROM_MALLOC)) : NULL;
    if (m)
        cu_streams_retire(&m->object);
    else
        code = refuse_free("cudaFreeAsync", ptr, "cudaMallocAsync");
    cu_unref(&s->object);
    return code;
}

void cu_memory_end_all(void)
{
    cu_pointer_remove_all(cu_streams_retire);
}

int istcu_host_alloc(void **out, size_t size, unsigned flags)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaHostAlloc");
    if (flags & ~7U)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cudaHostAlloc flags 0x%x: portable 1, mapped 2 and write-combined 4 "
                         "are possible",
                         flags);
    if (!size) {
        *out = NULL;
        return CUDA_SUCCESS;
    }
    return allocate(CU_FROM_HOST_ALLOC, size, flags, out);
}

int istcu_host_free(void *ptr)
{
    int code = cu_enter();
    if (code || !ptr)
        return code;
    struct cu_memory *m = cu_pointer_remove(ptr, CU_ORIGIN(CU_FROM_HOST_ALLOC));
    if (!m)
        return refuse_free("cudaFreeHost", ptr, "cudaHostAlloc or cudaMallocHost");
    cu_streams_retire(&m->object);
    return CUDA_SUCCESS;
}
