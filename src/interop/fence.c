/* SPDX-License-Identifier: MIT */
/* Fences: imported, signalled and waited for in streams, released. No state of its own. */
#include "interop/com.h"
#include "interop/import.h"
#include "interop/imports.h"

#include "api/structs.h"

#include <inttypes.h>
#include <string.h>

_Static_assert(sizeof(struct ist_fence) == 24, "part of the ABI");
_Static_assert(offsetof(struct ist_fence, semaphore) == 16, "part of the ABI");

static enum ist_status check_empty(const struct ist_fence *out)
{
    enum ist_status status = struct_check("ist_fence", out, sizeof(*out));
    if (status == IST_OK && out->id)
        return refuse(IST_BAD_CALL,
                      "the ist_fence holds import %" PRIu64 ": release it before it is filled "
                      "again",
                      out->id);
    return status;
}

/* What every import of a fence asks first; `luid` may be NULL. */
static enum ist_status prepare(const struct ist_fence *out, const uint8_t *luid,
                               const struct interop_calls **calls, CUdevice *device)
{
    enum ist_status status = check_empty(out);
    if (status == IST_OK)
        status = interop_calls_get(calls);
    if (status == IST_OK)
        status = interop_current_device(*calls, device);
    if (status == IST_OK && luid)
        status = import_check_device(*calls, *device, luid);
    return status;
}

static enum ist_status import_fence(const struct interop_calls *calls, CUdevice device,
                                    const struct source *source, struct ist_fence *out)
{
    CUexternalSemaphore semaphore = NULL;
    uint64_t id = 0;
    enum ist_status status = import_sync(calls, source, false, &semaphore);
    if (status != IST_OK)
        return status;
    status = imports_add(IMPORT_FENCE, &id);
    if (status != IST_OK) {
        calls->cuDestroyExternalSemaphore(semaphore);
        return status;
    }
    *out = (struct ist_fence){out->struct_size, device, id, semaphore};
    return IST_OK;
}

enum ist_status ist_import_fence(ID3D11Fence *fence, struct ist_fence *out)
{
    _cleanup_(com_releasep) ID3D11Fence *own = NULL;
    const struct interop_calls *calls;
    struct source source = {0};
    CUdevice device = 0;
    uint8_t luid[8];
    enum ist_status status = com_query(fence, &com_iid_fence, "ID3D11Fence", (void **)&own);
    if (status == IST_OK)
        status = com_fence_luid(own, luid);
    if (status == IST_OK)
        status = prepare(out, luid, &calls, &device);
    if (status == IST_OK && !calls->CloseHandle)
        status = refuse(IST_NOT_SUPPORTED, "an NT handle would be made, but nothing here has "
                                           "CloseHandle(): link libisthmus-d3d11");
    if (status == IST_OK)
        status = com_fence_handle(own, NULL, &source.handle);
    if (status != IST_OK)
        return status;
    status = import_fence(calls, device, &source, out);
    return import_close_taken(source.handle, status);
}

enum ist_status ist_import_fence_borrow(void *handle, struct ist_fence *out)
{
    const struct interop_calls *calls;
    struct source source = {.handle = handle};
    CUdevice device = 0;
    if ((uintptr_t)handle % 4)
        return refuse(IST_BAD_HANDLE,
                      "handle 0x%" PRIxPTR " is no NT handle, and fences have no others",
                      (uintptr_t)handle);
    enum ist_status status = import_check_handle(handle);
    if (status == IST_OK)
        status = prepare(out, NULL, &calls, &device);
    return status == IST_OK ? import_fence(calls, device, &source, out) : status;
}

enum ist_status ist_import_fence_take(void *handle, struct ist_fence *out)
{
    enum ist_status status = ist_import_fence_borrow(handle, out);
    bool closable = handle && (uintptr_t)handle % 4 == 0;
    return closable ? import_close_taken(handle, status) : status;
}

enum ist_status ist_import_fence_name_borrow(const wchar_t *name, struct ist_fence *out)
{
    const struct interop_calls *calls;
    struct source source = {.name = name};
    CUdevice device = 0;
    enum ist_status status = import_check_name(name);
    if (status == IST_OK)
        status = prepare(out, NULL, &calls, &device);
    return status == IST_OK ? import_fence(calls, device, &source, out) : status;
}

enum ist_status ist_release_fence(struct ist_fence *fence)
{
    const struct interop_calls *calls;
    bool held;
    if (!fence)
        return refuse(IST_BAD_POINTER, "ist_release_fence: the struct is NULL");
    if (!fence->id)
        return IST_OK;
    enum ist_status status = interop_calls_get(&calls);
    if (status == IST_OK)
        status = imports_remove(IMPORT_FENCE, fence->id, &held);
    if (status != IST_OK)
        return status;
    CUexternalSemaphore semaphore = fence->semaphore;
    *fence = (struct ist_fence){.struct_size = fence->struct_size};
    return CU(calls, cuDestroyExternalSemaphore, semaphore);
}

/* A live import, and the driver: what signals and waits need. */
static enum ist_status begin(const struct ist_fence *fence, const struct interop_calls **calls)
{
    if (!fence)
        return refuse(IST_BAD_POINTER, "the ist_fence is NULL");
    enum ist_status status = imports_check(IMPORT_FENCE, fence->id);
    return status == IST_OK ? interop_calls_get(calls) : status;
}

enum ist_status ist_fence_signal(const struct ist_fence *fence, uint64_t value, void *stream)
{
    const struct interop_calls *calls;
    CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS params;
    enum ist_status status = begin(fence, &calls);
    if (status != IST_OK)
        return status;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = value;
    CUexternalSemaphore semaphore = fence->semaphore;
    return CU(calls, cuSignalExternalSemaphoresAsync, &semaphore, &params, 1, stream);
}

enum ist_status ist_fence_wait(const struct ist_fence *fence, uint64_t value, void *stream)
{
    const struct interop_calls *calls;
    CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS params;
    enum ist_status status = begin(fence, &calls);
    if (status != IST_OK)
        return status;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = value;
    CUexternalSemaphore semaphore = fence->semaphore;
    return CU(calls, cuWaitExternalSemaphoresAsync, &semaphore, &params, 1, stream);
}
