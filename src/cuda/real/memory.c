/* SPDX-License-Identifier: MIT */
/*
 * External memory over NVIDIA's driver. A D3D11 resource of the GPU lies in memory that the
 * driver made and can share as a file descriptor: a copy of that is what the driver imports, so
 * import and mappings are the driver's own, and keep the bytes by themselves. What we keep is
 * in table.h: the import's hold of the resource, and what may be mapped of it.
 */
#include "core/gpu.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/real/entry.h"
#include "cuda/real/table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/*
 * The driver closes what it imports, and also what it did not know (measured: 999). After other
 * failures it was seen to leave it open; what is closed all the same is not closed again.
 */
static int import_fd(const struct real_driver *driver, const struct resource *r, void **out)
{
    memory_desc desc = {.type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD};
    int fd = fcntl(r->memory.fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return cu_code(refuse(IST_NO_RESOURCES,
                              "the resource's memory cannot be shared with CUDA: %s",
                              strerror(errno)));
    desc.handle.fd = fd;
    desc.size = r->memory.size; /* all of it: arrays need more than their texels */
    int code = driver->import_memory(out, &desc);
    if (code && code != CUDA_ERROR_UNKNOWN && fcntl(fd, F_GETFD) >= 0)
        close(fd);
    return code;
}

/* The wrong GPU, and a resource that lies in no GPU's memory. */
static int check_resource(const struct resource *r, uint64_t size)
{
    int code = cu_check_device(r->device, "resource");
    if (!code && r->memory.fd < 0)
        code = cu_refuse(CUDA_ERROR_NOT_SUPPORTED,
                         "the resource lies in memory of the host, which CUDA cannot import: "
                         "staging and dynamic resources are mapped, others are shared");
    return code ? code : cu_memory_check_size(r, size);
}

/* Takes over the hold of the resource; on failure it stays with the caller. */
static int import_resource(const struct real_driver *driver, struct resource *resource,
                           uint64_t size, void **out)
{
    int code = check_resource(resource, size);
    if (code)
        return code;
    _cleanup_(freep) struct real_import *import = calloc(1, sizeof(*import));
    if (!import)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to describe an import");
    code = real_context_get(driver, &import->context);
    if (!code)
        code = import_fd(driver, resource, &import->handle);
    if (code)
        return code;
    atomic_init(&import->refs, 1);
    import->resource = resource;
    import->size = size;
    live_name_holder(&resource->object, HOLDER_IMPORT, import);
    *out = import->handle;
    real_table_add(take(&import, NULL));
    return CUDA_SUCCESS;
}

static int import_ours(void **out, const memory_desc *desc)
{
    const struct real_driver *driver;
    struct real_context context;
    struct cu_import import;
    struct object *object;
    int code = real_driver(true, &driver);
    if (!code)
        code = real_context_get(driver, &context); /* before the rest, as in the driver */
    if (!code)
        code = cu_enter();
    if (!code)
        code = cu_memory_check(desc, &import);
    if (!code)
        code = cu_import_open(&import, &object);
    if (code)
        return code;
    code = import_resource(driver, resource_from_object(object), desc->size, out);
    if (code)
        object_drop(object, HOLDER_IMPORT);
    return code;
}

int real_import_memory(void **out, const memory_desc *desc)
{
    const struct real_driver *driver;
    if (!out || !desc)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "cuImportExternalMemory: %s is NULL",
                         out ? "memHandleDesc" : "extMem_out");
    if (cu_memory_is_ours(desc->type))
        return import_ours(out, desc);
    int code = real_driver(false, &driver);
    return code ? code : driver->import_memory(out, desc);
}

/*
 * The driver, and the import if it is ours. 400: its context has ended, and with it what the
 * driver knew of it, so that the handle leads nowhere.
 */
static int find_import(void *memory, const struct real_driver **driver,
                       struct real_import **out)
{
    int code = real_driver(false, driver);
    *out = NULL;
    if (code)
        return code;
    if (!memory)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "extMem is NULL: the import that makes it "
                                                   "must have succeeded");
    struct real_import *found = real_table_find(memory);
    if (!found || (found->resource && real_context_lives(*driver, &found->context))) {
        *out = found;
        return CUDA_SUCCESS;
    }
    if (found->resource)
        real_table_bury(found);
    real_import_unref(found);
    return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                     "extMem %p ended with the context that it was made in (cudaDeviceReset): "
                     "import the resource again",
                     memory);
}

int real_map_buffer(CUdeviceptr *out, void *memory, const buffer_desc *desc)
{
    const struct real_driver *driver;
    _cleanup_(real_import_unrefp) struct real_import *import = NULL;
    if (!out || !desc)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cuExternalMemoryGetMappedBuffer: %s is NULL",
                         out ? "bufferDesc" : "devPtr");
    int code = find_import(memory, &driver, &import);
    if (!code && import)
        code = cu_memory_check_buffer(import->resource, import->size, desc);
    return code ? code : driver->map_buffer(out, memory, desc);
}

/*
 * The sides that a texture lacks are 0 for the driver, whatever the program calls them: with
 * depth 1 it would lay the array out as 3D, and its bytes would not be where D3D11 has them.
 */
static void describe_as_creator(mapping_desc *desc, const struct cu_mapping *mapping)
{
    CUDA_ARRAY3D_DESCRIPTOR *a = &desc->arrayDesc;
    bool layered = a->Flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP);
    if (!mapping->height)
        a->Height = 0;
    if (!mapping->depth && !layered)
        a->Depth = 0;
}

/* Levels of 0 are a mistake that NVIDIA's driver does not survive (measured). */
static int check_levels(const mapping_desc *desc)
{
    if (desc->numLevels)
        return CUDA_SUCCESS;
    return cu_refuse(CUDA_ERROR_INVALID_VALUE, "mapped array of 0 levels: it must be what the "
                                               "memory was made with");
}

/*
 * Of a planar texture the GPU has an array for each plane, which only the device knows the
 * place of: a program names the chroma plane by its offset in D3D11's layout. What shows both
 * as rows of one plane, and the texture as a whole, have no such array.
 */
static int find_plane(const struct resource *r, const struct cu_mapping *mapping,
                      mapping_desc *desc)
{
    bool luma = mapping->planes && !mapping->first_row &&
                desc->arrayDesc.Height == r->desc.shape.height;
    if (!(r->format->traits & FORMAT_PLANAR) || luma)
        return CUDA_SUCCESS;
    if (!mapping->first_row)
        return cu_refuse(CUDA_ERROR_NOT_SUPPORTED,
                         "mapped array of %s: on a GPU each plane is an array of its own: 1 "
                         "channel of %llu x %u for luma, 2 channels of half that size, with "
                         "the plane's offset, for chroma",
                         r->format->name, (unsigned long long)r->desc.shape.width,
                         r->desc.shape.height);
    desc->offset = r->device->ops->gpu->plane_offset(r, 1);
    return CUDA_SUCCESS;
}

static int map_ours(const struct real_driver *driver, const struct real_import *import,
                    void **out, const mapping_desc *desc)
{
    struct cu_mapping mapping = {0};
    mapping_desc canonical = *desc;
    int code = cu_memory_check_array(import->resource, import->size, desc, &mapping);
    if (code)
        return code;
    code = find_plane(import->resource, &mapping, &canonical);
    if (code)
        return code;
    describe_as_creator(&canonical, &mapping);
    return driver->map_array(out, import->handle, &canonical);
}

int real_map_array(void **out, void *memory, const mapping_desc *desc)
{
    const struct real_driver *driver;
    _cleanup_(real_import_unrefp) struct real_import *import = NULL;
    if (!out || !desc)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cuExternalMemoryGetMappedMipmappedArray: %s is NULL",
                         out ? "mipmapDesc" : "mipmap");
    int code = find_import(memory, &driver, &import);
    if (code)
        return code;
    if (import)
        return map_ours(driver, import, out, desc);
    code = check_levels(desc);
    return code ? code : driver->map_array(out, memory, desc);
}

/* Out of the table first: the driver may give the handle to another thread at once. */
int real_destroy_memory(void *memory)
{
    const struct real_driver *driver;
    _cleanup_(real_import_unrefp) struct real_import *import = NULL;
    int code = find_import(memory, &driver, &import);
    if (code)
        return code;
    if (!import)
        return driver->destroy_memory(memory);
    if (!real_table_forget(import))
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                         "extMem %p is being destroyed by another thread", memory);
    code = driver->destroy_memory(memory);
    if (code == CUDA_ERROR_INVALID_CONTEXT) {
        count_up(&import->refs); /* nothing was done: it can be tried again */
        real_table_add(import);
    }
    return code;
}
