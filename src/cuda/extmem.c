/* SPDX-License-Identifier: MIT */
/*
 * External memory: importing D3D11 resources and mapping buffers. An import owns the
 * resource, a mapping pins it, so a mapping outlives the import. Nothing here changes after
 * its making.
 */
#include "core/resource.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/external.h"
#include "cuda/extmem_check.h"
#include "cuda/istcu.h"
#include "cuda/memory.h"

#include <sys/mman.h>
#include <unistd.h>

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

static int check_resource(const struct resource *r, uint64_t size)
{
    int code = cu_check_device(r->device, "resource");
    return code ? code : cu_memory_check_size(r, size);
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
    struct cu_import import;
    struct object *object;
    code = cu_memory_check(desc, &import);
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
    code = cu_memory_check_buffer(e->resource, e->size, desc);
    if (!code)
        code = map_buffer(e, desc, out);
    cu_unref(&e->object);
    return code;
}
