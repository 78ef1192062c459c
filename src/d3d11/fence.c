/* SPDX-License-Identifier: MIT */
/* ID3D11Fence's methods: thin, since a fence is a thing of core. */
#include "d3d11/fence.h"

#include "d3d11/child_methods.h"
#include "d3d11/convert.h"
#include "d3d11/share.h"
#include "win32/handle.h"

#define FENCE_METHOD(type, name) static type STDMETHODCALLTYPE d3d11_fence_##name
#define FENCE ID3D11Fence *iface

#define FENCE_SHARED \
    ((unsigned)D3D11_FENCE_FLAG_SHARED | (unsigned)D3D11_FENCE_FLAG_SHARED_CROSS_ADAPTER)

D3D11_CHILD_METHODS(d3d11_fence, ID3D11Fence, &impl_from_ID3D11Fence(iface)->child)

FENCE_METHOD(HRESULT, QueryInterface)(FENCE, REFIID iid, void **out)
{
    struct d3d11_fence *fence = impl_from_ID3D11Fence(iface);
    if (!out || !iid)
        return d3d11_refuse_query(iid, "a fence");
    bool known = IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_ID3D11DeviceChild) ||
                 IsEqualGUID(iid, &IID_ID3D11Fence);
    return d3d11_query_result(known ? (IUnknown *)&fence->ID3D11Fence_iface : NULL, iid,
                              "a fence", out);
}

FENCE_METHOD(HRESULT, CreateSharedHandle)
(FENCE, const SECURITY_ATTRIBUTES *attributes, DWORD access, const WCHAR *name, HANDLE *out)
{
    struct d3d11_fence *fence = impl_from_ID3D11Fence(iface);
    if (out)
        *out = NULL;
    if (!(fence->core->flags & FENCE_SHARED))
        return d3d11_result(refuse(IST_BAD_ARG,
                                   "CreateSharedHandle: the fence was created with flags 0x%x, "
                                   "which lack SHARED "
                                   "0x2",
                                   fence->core->flags));
    return d3d11_create_handle(&fence->core->object, attributes, access, name, out);
}

FENCE_METHOD(UINT64, GetCompletedValue)(FENCE)
{
    struct d3d11_fence *fence = impl_from_ID3D11Fence(iface);
    if (d3d11_device_removed_reason(fence->child.device) != S_OK)
        return UINT64_MAX;
    return fence_value(fence->core);
}

/* Sets the event behind a handle when the value is reached. */
static enum ist_status notify(struct d3d11_fence *fence, UINT64 value, HANDLE handle)
{
    struct object *object;
    enum ist_status status = handle_get(fence->child.device->session, win32_value(handle),
                                        OBJECT_EVENT, EVENT_MODIFY_STATE, HOLDER_COM, &object);
    if (status != IST_OK)
        return status;
    status = fence_notify(fence->core, value, event_from_object(object));
    object_drop(object, HOLDER_COM);
    return status;
}

/* Without an event the caller waits here, as documented for D3D12 and tested on Windows. */
FENCE_METHOD(HRESULT, SetEventOnCompletion)(FENCE, UINT64 value, HANDLE event)
{
    struct d3d11_fence *fence = impl_from_ID3D11Fence(iface);
    if (d3d11_device_removed_reason(fence->child.device) != S_OK)
        value = 0; /* reached: a signal that still stands in line does not count */
    if (!event)
        return d3d11_result(fence_wait(fence->core, value, DEADLINE_NEVER));
    return d3d11_result(notify(fence, value, event));
}

const ID3D11FenceVtbl d3d11_fence_vtbl = {
    .QueryInterface = d3d11_fence_QueryInterface,
    CHILD_SLOTS(d3d11_fence),
    .CreateSharedHandle = d3d11_fence_CreateSharedHandle,
    .GetCompletedValue = d3d11_fence_GetCompletedValue,
    .SetEventOnCompletion = d3d11_fence_SetEventOnCompletion,
};

static void fence_destroy(struct d3d11_child *child)
{
    struct d3d11_fence *fence = container_of(child, struct d3d11_fence, child);
    gate_lock(&child->device->lock);
    list_remove(&fence->link);
    gate_unlock(&child->device->lock);
    d3d11_child_finish(child);
    object_drop_by(&fence->core->object, HOLDER_COM, fence);
    free(fence);
}

/* False: the device was removed, and does not end this fence any more. */
static bool enlist(struct d3d11_device *device, struct d3d11_fence *fence)
{
    gate_lock(&device->lock);
    bool present = d3d11_device_removed_yet(device) == S_OK;
    if (present)
        list_append(&device->fences, &fence->link);
    gate_unlock(&device->lock);
    return present;
}

enum ist_status d3d11_fence_wrap(struct d3d11_device *device, struct fence *core,
                                 struct d3d11_fence **out)
{
    struct d3d11_fence *fence = calloc(1, sizeof(*fence));
    if (!fence) {
        object_drop(&core->object, HOLDER_COM);
        return refuse(IST_NO_MEMORY, "no memory for a fence object");
    }
    fence->ID3D11Fence_iface.lpVtbl = &d3d11_fence_vtbl;
    fence->core = core;
    if (!enlist(device, fence)) {
        object_drop(&core->object, HOLDER_COM);
        free(fence);
        return d3d11_device_check_present(device, "a fence");
    }
    live_name_holder(&core->object, HOLDER_COM, fence);
    d3d11_child_init(&fence->child, device, fence_destroy);
    *out = fence;
    return IST_OK;
}
