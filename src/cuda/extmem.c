/* SPDX-License-Identifier: MIT */
/*
 * External memory: importing D3D11 resources and mapping buffers. An import owns the
 * resource, a mapping pins it, so a mapping outlives the import. Nothing here changes after
 * its making.
 */
#include "core/resource.h"
#include "core/strict.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/external.h"
#include "cuda/istcu.h"
#include "cuda/memory.h"

#include <sys/mman.h>
#include <unistd.h>

typedef struct CUDA_EXTERNAL_MEMORY_HANDLE_DESC_st memory_desc;
typedef struct CUDA_EXTERNAL_MEMORY_BUFFER_DESC_st buffer_desc;

/* The import ends as an owner; mappings are pins and keep the bytes. */
static void external_memory_destroy(struct cu_object *object)
{
    struct cu_external_memory *e = container_of(object, struct cu_external_memory, object);
    object_drop_by(&e->resource->object, HOLDER_IMPORT, e);
    free(e);
}

int cu_external_memory_get(void *handle, struct cu_external_memory **out)
{
    struct cu_object *object;
    if (!handle)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "extMem is NULL: the import that makes it "
                                                   "must have succeeded");
    int code = cu_handle_get(handle, CU_EXTERNAL_MEMORY, &object);
    if (code == CUDA_SUCCESS)
        *out = container_of(object, struct cu_external_memory, object);
    return code;
}

/* The two types that D3D11 has. */
static bool is_ours(unsigned type)
{
    return type == CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE ||
           type == CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE_KMT;
}

static struct cu_import import_of(const memory_desc *desc)
{
    bool kmt = desc->type == CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE_KMT;
    return (struct cu_import){
        .type = kmt ? "D3D11ResourceKmt" : "D3D11Resource",
        .other = kmt ? "D3D11Resource" : "D3D11ResourceKmt",
        .handle = desc->handle.win32.handle,
        .name = desc->handle.win32.name,
        .by_kmt = kmt,
        .kind = OBJECT_RESOURCE,
    };
}

static const char *const type_names[] = {
    [1] = "OpaqueFd",      [2] = "OpaqueWin32",   [3] = "OpaqueWin32Kmt",   [4] = "D3D12Heap",
    [5] = "D3D12Resource", [6] = "D3D11Resource", [7] = "D3D11ResourceKmt", [8] = "NvSciBuf",
};

/* Types that CUDA knows and we do not offer: a mistake in the descriptor is told first. */
static int check_other_type(const memory_desc *desc)
{
    unsigned type = desc->type;
    if (type < CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD ||
        type > CU_EXTERNAL_MEMORY_HANDLE_TYPE_NVSCIBUF)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "external memory type %u does not exist: use D3D11Resource (6) or "
                         "D3D11ResourceKmt (7)",
                         type);
    if (type != CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD && !desc->handle.win32.handle &&
        !desc->handle.win32.name)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "handle and name are NULL, and external memory type %u (%s) is not "
                         "offered",
                         type, type_names[type]);
    return CUDA_SUCCESS;
}

/* Equal numbers mean other things for semaphores: that mistake is in NVIDIA's own samples. */
static int refuse_other_type(unsigned type)
{
    return cu_refuse(CUDA_ERROR_NOT_SUPPORTED,
                     "external memory type %u is %s%s, which is not offered: use D3D11Resource "
                     "(6) or D3D11ResourceKmt (7)",
                     type, type_names[type],
                     type == 5 ? " (among semaphore types 5 is D3D11Fence)" : "");
}

/* In the driver's order: mistakes of the descriptor come before what is not offered. */
static int check_desc(const memory_desc *desc, const struct cu_import *import)
{
    int code = is_ours(desc->type) ? cu_import_check(import) : check_other_type(desc);
    if (!code)
        code = cu_check_reserved(desc->reserved, ARRAY_SIZE(desc->reserved));
    if (code)
        return code;
    if (!desc->size)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "size is 0: it must be the size of the "
                                                   "resource in bytes");
    if (desc->flags & ~(unsigned)CUDA_EXTERNAL_MEMORY_DEDICATED)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "external memory flags 0x%x: only cudaExternalMemoryDedicated (1) is "
                         "known",
                         desc->flags);
    if (!is_ours(desc->type))
        return refuse_other_type(desc->type);
    if (!desc->flags)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "external memory flags 0x0 lack cudaExternalMemoryDedicated (1), "
                         "which "
                         "type %s needs",
                         import->type);
    return CUDA_SUCCESS;
}

/*
 * NVIDIA's driver takes any size; a larger one than the memory would map somebody else's. What
 * lies between the object and its memory does no harm, and programs that round up are usual.
 */
static int check_size(const struct resource *r, uint64_t size)
{
    uint64_t limit = resource_import_limit(r);
    if (size > limit)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "size %llu is more than the resource has: %zu bytes, %llu with "
                         "rounding: pass %s",
                         (unsigned long long)size, r->layout.size, (unsigned long long)limit,
                         r->format ? "width x height x bytes a texel" : "its ByteWidth");
    if (size > r->layout.size)
        return cu_code(tolerate(IST_BAD_ARG,
                                "size %llu is more than the resource's %zu bytes: it lies "
                                "within the rounding of its memory, which nobody promises",
                                (unsigned long long)size, r->layout.size));
    return CUDA_SUCCESS;
}

static int check_resource(const struct resource *r, uint64_t size)
{
    if (r->device != cu_device())
        return cu_code(refuse(IST_WRONG_DEVICE,
                              "the resource is of device %s, the current device is %s: choose "
                              "the device whose luid is that of the D3D11 adapter",
                              r->device->description, cu_device()->description));
    return check_size(r, size);
}

/* Takes over the hold of the resource; on failure it stays with the caller. */
static int memory_add(struct resource *resource, uint64_t size, void **out)
{
    struct cu_external_memory *e = malloc(sizeof(*e));
    if (!e)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to describe an import");
    *e = (struct cu_external_memory){.resource = resource, .size = size};
    cu_object_init(&e->object, CU_EXTERNAL_MEMORY, external_memory_destroy);
    live_name_holder(&resource->object, HOLDER_IMPORT, e);
    void *handle = cu_handle_add(&e->object);
    if (!handle) {
        free(e);
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no further import: the table is full");
    }
    *out = handle;
    return CUDA_SUCCESS;
}

int istcu_import_external_memory(void **out, const memory_desc *desc)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!out || !desc)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "cudaImportExternalMemory: %s is NULL",
                         out ? "memHandleDesc" : "extMem_out");
    struct cu_import import = import_of(desc);
    struct object *object;
    code = check_desc(desc, &import);
    if (!code)
        code = cu_import_open(&import, &object);
    if (code)
        return code;
    struct resource *resource = resource_from_object(object);
    code = check_resource(resource, desc->size);
    if (!code)
        code = memory_add(resource, desc->size, out);
    if (code)
        object_drop(object, HOLDER_IMPORT);
    return code;
}

int istcu_destroy_external_memory(void *memory)
{
    struct cu_object *object;
    int code = cu_enter();
    if (code)
        return code;
    if (!memory)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "extMem is NULL: the import that makes it "
                                                   "must have succeeded");
    code = cu_handle_remove(memory, CU_EXTERNAL_MEMORY, &object);
    if (!code)
        cu_unref(object);
    return code;
}

/* NVIDIA's driver was seen to refuse offset 1 and to accept 1000, so 8 is what it may want. */
static int check_buffer(const struct cu_external_memory *e, const buffer_desc *desc)
{
    const struct resource *r = e->resource;
    uint64_t limit = e->size < r->memory.size ? e->size : r->memory.size, end;
    int code = cu_check_reserved(desc->reserved, ARRAY_SIZE(desc->reserved));
    if (code)
        return code;
    if (desc->flags)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "mapped buffer flags 0x%x: they must be 0",
                         desc->flags);
    if (r->desc.shape.dimension != DIMENSION_BUFFER)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "the external memory is a texture, whose "
                                                   "bytes a buffer would show in "
                                                   "another order: map it with "
                                                   "cudaExternalMemoryGetMappedMipmappedArray");
    if (desc->offset % CU_OFFSET_ALIGN)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "mapped buffer offset %llu: it must be a multiple of %u", desc->offset,
                         CU_OFFSET_ALIGN);
    if (!desc->size || __builtin_add_overflow(desc->offset, desc->size, &end) || end > limit)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "mapped buffer of %llu bytes from %llu on: the external memory has "
                         "%llu bytes, and size must be 1 or more and end within them",
                         desc->size, desc->offset, (unsigned long long)limit);
    return CUDA_SUCCESS;
}

/* A piece that pins the resource, in no table yet; NULL: no memory. */
static struct cu_memory *new_mapping(struct cu_external_memory *e, size_t size)
{
    struct cu_memory *m = cu_memory_new(CU_FROM_IMPORT, size);
    if (!m)
        return NULL;
    object_hold(&e->resource->object, HOLDER_MAPPING);
    live_name_holder(&e->resource->object, HOLDER_MAPPING, m);
    m->resource = e->resource;
    return m;
}

/* Takes over the reference, whatever comes of it. Once in the table any thread may free it. */
static bool add_mapping(struct cu_memory *m, void **out)
{
    void *start = (void *)m->start;
    if (!cu_pointer_add(m)) {
        cu_unref(&m->object);
        return false;
    }
    *out = start;
    return true;
}

/*
 * A further mapping of bytes that are mapped already gets addresses of its own, as on NVIDIA's
 * driver: then each address is freed once, and by whoever got it.
 */
static int map_view(struct cu_external_memory *e, const buffer_desc *desc, void **out)
{
    const struct memory *memory = &e->resource->memory;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), skip = desc->offset % page;
    _cleanup_(cu_unrefp) struct cu_memory *m = new_mapping(e, desc->size);
    if (!m)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to describe a mapping");
    m->view_size = align_up(skip + m->size, page);
    void *view = memory->fd < 0 ? MAP_FAILED
                                : mmap(NULL, m->view_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                                       memory->fd, (off_t)(desc->offset - skip));
    if (view == MAP_FAILED)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "cannot map %zu bytes once more", m->size);
    m->view = view;
    m->start = (uintptr_t)view + skip;
    m->whole = true;
    return add_mapping(take(&m, NULL), out)
               ? CUDA_SUCCESS
               : cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "the table of memory cannot hold one "
                                                     "more");
}

/* The first mapping is the resource's own memory: no system call, no page fault. */
static int map_buffer(struct cu_external_memory *e, const buffer_desc *desc, void **out)
{
    struct cu_memory *m = new_mapping(e, desc->size);
    if (!m)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to describe a mapping");
    m->start = (uintptr_t)(e->resource->memory.base + desc->offset);
    m->whole = desc->offset == 0 && desc->size == e->resource->layout.size;
    return add_mapping(m, out) ? CUDA_SUCCESS : map_view(e, desc, out);
}

int istcu_external_memory_buffer(void **out, void *memory, const buffer_desc *desc)
{
    struct cu_external_memory *e = NULL;
    int code = cu_enter();
    if (code)
        return code;
    if (!out || !desc)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cudaExternalMemoryGetMappedBuffer: %s is NULL",
                         out ? "bufferDesc" : "devPtr");
    code = cu_external_memory_get(memory, &e);
    if (code)
        return code;
    code = check_buffer(e, desc);
    if (!code)
        code = map_buffer(e, desc, out);
    cu_unref(&e->object);
    return code;
}
