/* SPDX-License-Identifier: MIT */
/*
 * External semaphores: importing D3D11 fences and keyed mutexes, and ending the imports. What
 * they do in streams is in extsem_ops.c, or in real/semaphore.c. Nothing of an import changes
 * after its making.
 */
#include "cuda/extsem.h"

#include "core/resource.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/external.h"

#define TYPE_FENCE CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_FENCE
#define TYPE_MUTEX CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_KEYED_MUTEX
#define TYPE_MUTEX_KMT CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_KEYED_MUTEX_KMT

/*
 * A semaphore that ends while it owns the mutex is a dead owner: every acquire from now on says
 * so. That comes with the last reference, so that a wait in another thread is over by then.
 */
static void semaphore_destroy(struct cu_object *object)
{
    struct cu_semaphore *s = container_of(object, struct cu_semaphore, object);
    if (s->mutex)
        kmutex_abandon(s->mutex, s);
    object_drop_by(s->import, HOLDER_IMPORT, s);
    free(s);
}

bool cu_semaphore_is_ours(unsigned type)
{
    return type == TYPE_FENCE || type == TYPE_MUTEX || type == TYPE_MUTEX_KMT;
}

/* Types whose handle is a number, for which 0 is as good as any. */
static bool takes_fd(unsigned type)
{
    return type == CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD ||
           type == CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_FD;
}

static struct cu_import import_of(const semaphore_desc *desc)
{
    bool fence = desc->type == TYPE_FENCE, kmt = desc->type == TYPE_MUTEX_KMT;
    return (struct cu_import){
        .type = fence ? "D3D11Fence"
                : kmt ? "KeyedMutexKmt"
                      : "KeyedMutex",
        .other = fence ? "no type"
                 : kmt ? "KeyedMutex"
                       : "KeyedMutexKmt",
        .handle = desc->handle.win32.handle,
        .name = desc->handle.win32.name,
        .by_kmt = kmt,
        .kind = fence ? OBJECT_FENCE : OBJECT_RESOURCE,
    };
}

static const char *const type_names[] = {
    [1] = "OpaqueFd",
    [2] = "OpaqueWin32",
    [3] = "OpaqueWin32Kmt",
    [4] = "D3D12Fence",
    [5] = "D3D11Fence",
    [6] = "NvSciSync",
    [7] = "KeyedMutex",
    [8] = "KeyedMutexKmt",
    [9] = "TimelineSemaphoreFd",
    [10] = "TimelineSemaphoreWin32",
};

/* Types that CUDA knows and we do not offer: a mistake in the descriptor is told first. */
static int check_other_type(const semaphore_desc *desc)
{
    unsigned type = desc->type;
    if (type < CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD ||
        type > CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_WIN32)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "external semaphore type %u does not exist: use D3D11Fence (5), "
                         "KeyedMutex (7) or KeyedMutexKmt (8)",
                         type);
    if (!takes_fd(type) && !desc->handle.win32.handle && !desc->handle.win32.name)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "handle and name are NULL, and external semaphore type %u (%s) is not "
                         "offered",
                         type, type_names[type]);
    return CUDA_SUCCESS;
}

/* Equal numbers mean other things for memory. */
static int refuse_other_type(unsigned type)
{
    return cu_refuse(CUDA_ERROR_NOT_SUPPORTED,
                     "external semaphore type %u is %s%s, which is not offered: use D3D11Fence "
                     "(5), KeyedMutex (7) or KeyedMutexKmt (8)",
                     type, type_names[type],
                     type == 6 ? " (among memory types 6 is D3D11Resource)" : "");
}

/* In the driver's order: mistakes of the descriptor come before what is not offered. */
static int check_desc(const semaphore_desc *desc, const struct cu_import *import)
{
    int code = cu_semaphore_is_ours(desc->type) ? cu_import_check(import)
                                                : check_other_type(desc);
    if (!code)
        code = cu_check_reserved(desc->reserved, ARRAY_SIZE(desc->reserved));
    if (code)
        return code;
    if (desc->flags)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "external semaphore flags 0x%x: they must be 0", desc->flags);
    return cu_semaphore_is_ours(desc->type) ? CUDA_SUCCESS : refuse_other_type(desc->type);
}

/* Fills what the object is used through. */
static int fill_semaphore(struct cu_semaphore *s, const struct cu_import *import)
{
    struct device *device;
    if (import->kind == OBJECT_FENCE) {
        s->fence = fence_from_object(s->import);
        device = s->fence->device;
    } else {
        struct resource *r = resource_from_object(s->import);
        device = r->device;
        if (!r->desc.keyed_mutex)
            return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                             "type %s: the resource has no keyed mutex: create it with "
                             "D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX",
                             import->type);
        s->mutex = &r->kmutex;
    }
    return cu_check_device(device, "semaphore");
}

static int semaphore_add(struct cu_semaphore *s, void **out)
{
    void *handle = cu_handle_add(&s->object);
    if (!handle)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no further semaphore: the table is full");
    *out = handle;
    return CUDA_SUCCESS;
}

/* The hold of the import goes over to the semaphore, or back if it cannot be made. */
static int import_semaphore(const struct cu_import *import, void **out)
{
    _cleanup_(freep) struct cu_semaphore *s = calloc(1, sizeof(*s));
    if (!s)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to describe an import");
    int code = cu_import_open(import, &s->import);
    if (code)
        return code;
    live_name_holder(s->import, HOLDER_IMPORT, s);
    cu_object_init(&s->object, CU_EXTERNAL_SEMAPHORE, semaphore_destroy);
    code = fill_semaphore(s, import);
    if (!code)
        code = semaphore_add(s, out);
    if (code)
        object_drop_by(s->import, HOLDER_IMPORT, s);
    else
        take(&s, NULL);
    return code;
}

int cu_semaphore_import(void **out, const semaphore_desc *desc)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!out || !desc)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "cudaImportExternalSemaphore: %s is NULL",
                         out ? "semHandleDesc" : "extSem_out");
    struct cu_import import = import_of(desc);
    code = check_desc(desc, &import);
    return code ? code : import_semaphore(&import, out);
}

int cu_semaphore_destroy(void *semaphore)
{
    struct cu_object *object;
    int code = cu_enter();
    if (code)
        return code;
    if (!semaphore)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "extSem is NULL: the import that makes it "
                                                   "must have succeeded");
    code = cu_handle_remove(semaphore, CU_EXTERNAL_SEMAPHORE, &object);
    if (!code)
        cu_unref(object);
    return code;
}
