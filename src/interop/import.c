/* SPDX-License-Identifier: MIT */
/*
 * From handle, number or name to external memory, keyed mutex and mapping. Each step that fails
 * has the ones before it undone, last first. No state: imports.c keeps which imports there are.
 */
#include "interop/import.h"

#include "interop/imports.h"

#include "api/structs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* NT handles are multiples of 4; KMT numbers have 2 in their lowest bits (D3DKMT facts). */
enum ist_status import_check_handle(HANDLE handle)
{
    uint64_t value = (uintptr_t)handle;
    if (!value)
        return refuse(IST_BAD_HANDLE, "the NT handle is NULL");
    if (value % 4 == 0)
        return IST_OK;
    return refuse(IST_BAD_HANDLE, "handle 0x%" PRIx64 " is no NT handle%s", value,
                  value % 4 == 2 ? ", but looks like a KMT number from GetSharedHandle: "
                                   "ist_import_kmt_borrow() takes those"
                                 : "");
}

enum ist_status import_check_number(HANDLE number)
{
    uint64_t value = (uintptr_t)number;
    if (!value)
        return refuse(IST_BAD_HANDLE, "the KMT number is NULL: GetSharedHandle gives that for "
                                      "a resource that is not shared");
    if (value % 4)
        return IST_OK;
    return refuse(IST_BAD_HANDLE,
                  "number 0x%" PRIx64 " is no KMT number, but looks like an NT handle: "
                  "ist_import_handle_borrow() or _take() takes those",
                  value);
}

enum ist_status import_check_name(const wchar_t *name)
{
    if (name && *name)
        return IST_OK;
    return refuse(IST_BAD_NAME, "the name is %s", name ? "empty" : "NULL");
}

/* Keeps the reason of a failure over what comes after it. */
struct kept {
    enum ist_status status;
    char reason[512];
};

static struct kept keep(enum ist_status status)
{
    struct kept kept = {.status = status};
    snprintf(kept.reason, sizeof(kept.reason), "%s", status_reason());
    return kept;
}

static enum ist_status tell(const struct kept *kept)
{
    return kept->status == IST_OK ? IST_OK : answer(kept->status, "%s", kept->reason);
}

enum ist_status import_close_taken(HANDLE handle, enum ist_status status)
{
    struct kept kept = keep(status);
    (void)interop_close(handle);
    return tell(&kept);
}

static enum ist_status check_empty(const struct ist_resource *out)
{
    enum ist_status status = struct_check("ist_resource", out, sizeof(*out));
    if (status == IST_OK && out->id)
        return refuse(IST_BAD_CALL,
                      "the ist_resource holds import %" PRIu64 ": release it before it is "
                      "filled again",
                      out->id);
    return status;
}

enum ist_status import_prepare(const struct ist_resource_desc *desc,
                               const struct ist_import_options *options,
                               const struct ist_resource *out, struct import *prepared)
{
    struct import p = {.options.struct_size = sizeof(p.options)};
    if (!desc)
        return refuse(IST_BAD_POINTER, "the description is NULL: a handle does not tell what "
                                       "it is of; ist_describe_resource() does");
    enum ist_status status = check_empty(out);
    if (status == IST_OK)
        status = struct_read("ist_resource_desc", desc, &p.desc, sizeof(p.desc));
    if (status == IST_OK && options)
        status = struct_read("ist_import_options", options, &p.options, sizeof(p.options));
    if (status == IST_OK)
        status = shape_of(&p.desc, &p.options, &p.shape);
    if (status == IST_OK)
        status = interop_calls_get(&p.calls);
    if (status == IST_OK)
        status = interop_current_device(p.calls, &p.device);
    if (status == IST_OK && p.desc.has_luid)
        status = import_check_device(p.calls, p.device, p.desc.luid);
    if (status == IST_OK)
        *prepared = p;
    return status;
}

static enum ist_status import_memory(const struct import *p, const struct source *source,
                                     CUexternalMemory *out)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc;
    memset(&desc, 0, sizeof(desc)); /* the reserved words must be 0 */
    desc.type = source->number ? CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE_KMT
                               : CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE;
    desc.handle.win32.handle = source->number ? source->number : source->handle;
    desc.handle.win32.name = source->name;
    desc.size = p->shape.size;
    desc.flags = CUDA_EXTERNAL_MEMORY_DEDICATED; /* D3D11 resources are nothing else */
    return CU(p->calls, cuImportExternalMemory, out, &desc);
}

enum ist_status import_sync(const struct interop_calls *calls, const struct source *source,
                            bool mutex, CUexternalSemaphore *out)
{
    CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = !mutex           ? CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_FENCE
                : source->number ? CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_KEYED_MUTEX_KMT
                                 : CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_KEYED_MUTEX;
    desc.handle.win32.handle = source->number ? source->number : source->handle;
    desc.handle.win32.name = source->name;
    return CU(calls, cuImportExternalSemaphore, out, &desc);
}

static enum ist_status map_pointer(const struct import *p, CUexternalMemory memory,
                                   uint64_t *out)
{
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC desc;
    CUdeviceptr pointer = 0;
    memset(&desc, 0, sizeof(desc));
    desc.size = p->desc.width; /* never the larger size that options may name */
    enum ist_status status =
        CU(p->calls, cuExternalMemoryGetMappedBuffer, &pointer, memory, &desc);
    if (status == IST_OK)
        *out = pointer;
    return status;
}

static enum ist_status map_array(const struct import *p, CUexternalMemory memory, void **out)
{
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc;
    CUmipmappedArray array = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.arrayDesc = p->shape.array;
    desc.numLevels = p->shape.levels;
    enum ist_status status =
        CU(p->calls, cuExternalMemoryGetMappedMipmappedArray, &array, memory, &desc);
    if (status == IST_OK)
        *out = array;
    return status;
}

static enum ist_status map(const struct import *p, struct ist_resource *made)
{
    if (p->options.flags & IST_IMPORT_NO_MAPPING)
        return IST_OK;
    if (p->shape.buffer)
        return map_pointer(p, made->memory, &made->pointer);
    made->array_format = p->shape.array.Format;
    made->array_channels = p->shape.array.NumChannels;
    made->array_flags = p->shape.array.Flags;
    made->array_extent[0] = p->shape.array.Width;
    made->array_extent[1] = p->shape.array.Height;
    made->array_extent[2] = p->shape.array.Depth;
    made->levels = p->shape.levels;
    return map_array(p, made->memory, &made->mipmapped);
}

/* The parts in turn; what was made before a failure stands in *made. */
static enum ist_status import_parts(const struct import *p, const struct source *source,
                                    struct ist_resource *made)
{
    CUexternalMemory memory = NULL;
    CUexternalSemaphore mutex = NULL;
    enum ist_status status = import_memory(p, source, &memory);
    made->memory = memory;
    if (status == IST_OK && p->shape.mutex) {
        status = import_sync(p->calls, source, true, &mutex);
        made->mutex = mutex;
    }
    if (status == IST_OK)
        status = map(p, made);
    return status == IST_OK ? imports_add(IMPORT_RESOURCE, &made->id) : status;
}

/* Undoes a failed import; the reason of the failure must be the last one, so it is kept. */
static enum ist_status undo(const struct import *p, const struct ist_resource *made,
                            enum ist_status failed)
{
    struct kept kept = keep(failed);
    import_end(p->calls, made);
    return tell(&kept);
}

enum ist_status import_resource(const struct import *p, const struct source *source,
                                struct ist_resource *out)
{
    struct ist_resource made = {
        .struct_size = out->struct_size,
        .device = p->device,
        .size = p->shape.size,
        .desc = p->desc,
    };
    enum ist_status status = import_parts(p, source, &made);
    if (status != IST_OK)
        return undo(p, &made, status);
    *out = made;
    return IST_OK;
}

/* The first failure is the one that is told. */
static void first(enum ist_status *kept, enum ist_status next)
{
    if (*kept == IST_OK)
        *kept = next;
}

enum ist_status import_end(const struct interop_calls *calls, const struct ist_resource *r)
{
    enum ist_status status = IST_OK;
    if (r->pointer)
        first(&status, CU(calls, cuMemFree_v2, r->pointer));
    if (r->mipmapped)
        first(&status, CU(calls, cuMipmappedArrayDestroy, (CUmipmappedArray)r->mipmapped));
    if (r->memory)
        first(&status, CU(calls, cuDestroyExternalMemory, (CUexternalMemory)r->memory));
    if (r->mutex)
        first(&status, CU(calls, cuDestroyExternalSemaphore, (CUexternalSemaphore)r->mutex));
    return status;
}
