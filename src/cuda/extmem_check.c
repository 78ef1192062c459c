/* SPDX-License-Identifier: MIT */
/*
 * What is right and wrong in the descriptors of external memory, whoever serves them: the
 * stand-in (extmem.c) or NVIDIA's driver (real/memory.c). No state.
 */
#include "cuda/extmem_check.h"

#include "core/resource.h"
#include "core/strict.h"
#include "cuda/device.h"
#include "cuda/error.h"

/* The two types that D3D11 has. */
bool cu_memory_is_ours(unsigned type)
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
int cu_memory_check(const memory_desc *desc, struct cu_import *import)
{
    *import = import_of(desc);
    int code = cu_memory_is_ours(desc->type) ? cu_import_check(import) : check_other_type(desc);
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
    if (!cu_memory_is_ours(desc->type))
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
int cu_memory_check_size(const struct resource *r, uint64_t size)
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

/* NVIDIA's driver was seen to refuse offset 1 and to accept 1000, so 8 is what it may want. */
int cu_memory_check_buffer(const struct resource *r, uint64_t size, const buffer_desc *desc)
{
    uint64_t limit = size < r->memory.size ? size : r->memory.size, end;
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
