/* SPDX-License-Identifier: MIT */
/*
 * IDXGIDevice4: the device as DXGI sees it. Memory is never paged out by us, so residency,
 * offers and trims have trivial answers that are true.
 */
#include "d3d11/convert.h"
#include "d3d11/device.h"
#include "d3d11/dxgi.h"

#include "base/log.h"
#include "core/event.h"
#include "core/handle.h"
#include "win32/handle.h"

#define DXD_METHOD(type, name) static type STDMETHODCALLTYPE d3d11_dxgi_device_##name
#define DXD IDXGIDevice4 *iface

static struct d3d11_device *from_dxgi(IDXGIDevice4 *iface)
{
    assert(iface->lpVtbl == &d3d11_dxgi_device_vtbl);
    return container_of(iface, struct d3d11_device, IDXGIDevice4_iface);
}

static HRESULT null_pointer(const char *method, const char *what)
{
    return d3d11_result(refuse(IST_BAD_POINTER, "%s: %s is NULL", method, what));
}

DXD_METHOD(HRESULT, QueryInterface)(DXD, REFIID iid, void **out)
{
    return d3d11_device_query(from_dxgi(iface), iid, out);
}

DXD_METHOD(ULONG, AddRef)(DXD)
{
    return d3d11_device_addref(from_dxgi(iface));
}

DXD_METHOD(ULONG, Release)(DXD)
{
    return d3d11_device_release(from_dxgi(iface));
}

DXD_METHOD(HRESULT, SetPrivateData)(DXD, REFGUID guid, UINT size, const void *data)
{
    return private_data_set(&from_dxgi(iface)->data, guid, size, data);
}

DXD_METHOD(HRESULT, SetPrivateDataInterface)(DXD, REFGUID guid, const IUnknown *object)
{
    return private_data_set_interface(&from_dxgi(iface)->data, guid, object);
}

DXD_METHOD(HRESULT, GetPrivateData)(DXD, REFGUID guid, UINT *size, void *data)
{
    return private_data_get(&from_dxgi(iface)->data, guid, size, data);
}

DXD_METHOD(HRESULT, GetParent)(DXD, REFIID iid, void **out)
{
    return IDXGIAdapter4_QueryInterface(&from_dxgi(iface)->adapter->IDXGIAdapter4_iface, iid,
                                        out);
}

DXD_METHOD(HRESULT, GetAdapter)(DXD, IDXGIAdapter **out)
{
    struct d3d11_device *device = from_dxgi(iface);
    if (!out)
        return null_pointer("GetAdapter", "the out pointer");
    IDXGIAdapter4_AddRef(&device->adapter->IDXGIAdapter4_iface);
    *out = (IDXGIAdapter *)&device->adapter->IDXGIAdapter4_iface;
    return S_OK;
}

DXD_METHOD(HRESULT, CreateSurface)
(DXD, const DXGI_SURFACE_DESC *desc, UINT count, DXGI_USAGE usage,
 const DXGI_SHARED_RESOURCE *shared, IDXGISurface **out)
{
    (void)from_dxgi(iface);
    (void)desc, (void)count, (void)usage, (void)shared;
    if (out)
        *out = NULL;
    log_once(LOG_WARN, "d3d11", "IDXGIDevice::CreateSurface is not offered");
    return d3d11_result(answer(IST_NOT_SUPPORTED, "CreateSurface is not offered: ask a 2D "
                                                  "texture for IDXGISurface"));
}

DXD_METHOD(HRESULT, QueryResourceResidency)
(DXD, IUnknown *const *resources, DXGI_RESIDENCY *residency, UINT count)
{
    (void)from_dxgi(iface);
    if (count && (!resources || !residency))
        return null_pointer("QueryResourceResidency", "a list");
    for (UINT i = 0; i < count; i++)
        residency[i] = DXGI_RESIDENCY_FULLY_RESIDENT;
    return S_OK;
}

DXD_METHOD(HRESULT, SetGPUThreadPriority)(DXD, INT priority)
{
    struct d3d11_device *device = from_dxgi(iface);
    if (priority < -7 || priority > 7)
        return d3d11_result(refuse(IST_BAD_ARG, "priority %d: -7 .. 7 are right", priority));
    gate_lock(&device->lock);
    device->priority = priority;
    gate_unlock(&device->lock);
    return S_OK;
}

DXD_METHOD(HRESULT, GetGPUThreadPriority)(DXD, INT *out)
{
    struct d3d11_device *device = from_dxgi(iface);
    if (!out)
        return d3d11_because(refuse(IST_BAD_POINTER, "GetGPUThreadPriority: out is NULL"),
                             E_POINTER);
    gate_lock(&device->lock);
    *out = device->priority;
    gate_unlock(&device->lock);
    return S_OK;
}

#define LATENCY_DEFAULT 3U
#define LATENCY_MAX 16U

DXD_METHOD(HRESULT, SetMaximumFrameLatency)(DXD, UINT frames)
{
    struct d3d11_device *device = from_dxgi(iface);
    if (frames > LATENCY_MAX)
        return d3d11_result(
            refuse(IST_BAD_CALL, "frame latency %u: up to %u is right", frames, LATENCY_MAX));
    gate_lock(&device->lock);
    device->frame_latency = frames ? frames : LATENCY_DEFAULT;
    gate_unlock(&device->lock);
    return S_OK;
}

DXD_METHOD(HRESULT, GetMaximumFrameLatency)(DXD, UINT *out)
{
    struct d3d11_device *device = from_dxgi(iface);
    if (!out)
        return d3d11_result(refuse(IST_BAD_CALL, "GetMaximumFrameLatency: out is NULL"));
    gate_lock(&device->lock);
    *out = device->frame_latency;
    gate_unlock(&device->lock);
    return S_OK;
}

DXD_METHOD(HRESULT, OfferResources1)
(DXD, UINT count, IDXGIResource *const *resources, DXGI_OFFER_RESOURCE_PRIORITY priority,
 UINT flags)
{
    (void)from_dxgi(iface);
    if (!count || !resources)
        return null_pointer("OfferResources", "the list of resources");
    if (priority < DXGI_OFFER_RESOURCE_PRIORITY_LOW ||
        priority > DXGI_OFFER_RESOURCE_PRIORITY_HIGH || flags > 1)
        return d3d11_result(refuse(IST_BAD_ARG,
                                   "priority %u, flags 0x%x: 1 .. 3 and 0 are right", priority,
                                   flags));
    return S_OK; /* nobody takes what is offered */
}

DXD_METHOD(HRESULT, OfferResources)
(DXD, UINT count, IDXGIResource *const *resources, DXGI_OFFER_RESOURCE_PRIORITY priority)
{
    return d3d11_dxgi_device_OfferResources1(iface, count, resources, priority, 0);
}

DXD_METHOD(HRESULT, ReclaimResources)
(DXD, UINT count, IDXGIResource *const *resources, WINBOOL *discarded)
{
    (void)from_dxgi(iface);
    if (!count || !resources)
        return null_pointer("ReclaimResources", "the list of resources");
    for (UINT i = 0; discarded && i < count; i++)
        discarded[i] = FALSE;
    return S_OK;
}

DXD_METHOD(HRESULT, ReclaimResources1)
(DXD, UINT count, IDXGIResource *const *resources, DXGI_RECLAIM_RESOURCE_RESULTS *results)
{
    (void)from_dxgi(iface);
    if (!count || !resources || !results)
        return null_pointer("ReclaimResources1", "a list");
    for (UINT i = 0; i < count; i++)
        results[i] = DXGI_RECLAIM_RESOURCE_RESULT_OK;
    return S_OK;
}

/* Runs in the queue: everything before it is done. */
static void set_event(void *user)
{
    struct object *object = user;
    event_set(event_from_object(object));
    object_drop(object, HOLDER_COM);
}

DXD_METHOD(HRESULT, EnqueueSetEvent)(DXD, HANDLE event)
{
    struct d3d11_device *device = from_dxgi(iface);
    struct object *object;
    enum ist_status status = handle_get(device->session, win32_value(event), OBJECT_EVENT,
                                        EVENT_MODIFY_STATE, HOLDER_COM, &object);
    if (status != IST_OK)
        return d3d11_result(status);
    status = queue_call(device->queue, set_event, object);
    if (status != IST_OK)
        object_drop(object, HOLDER_COM);
    return d3d11_result(status);
}

DXD_METHOD(void, Trim)(DXD)
{
    (void)from_dxgi(iface); /* there are no caches of ours to trim */
}

const IDXGIDevice4Vtbl d3d11_dxgi_device_vtbl = {
    .QueryInterface = d3d11_dxgi_device_QueryInterface,
    .AddRef = d3d11_dxgi_device_AddRef,
    .Release = d3d11_dxgi_device_Release,
    .SetPrivateData = d3d11_dxgi_device_SetPrivateData,
    .SetPrivateDataInterface = d3d11_dxgi_device_SetPrivateDataInterface,
    .GetPrivateData = d3d11_dxgi_device_GetPrivateData,
    .GetParent = d3d11_dxgi_device_GetParent,
    .GetAdapter = d3d11_dxgi_device_GetAdapter,
    .CreateSurface = d3d11_dxgi_device_CreateSurface,
    .QueryResourceResidency = d3d11_dxgi_device_QueryResourceResidency,
    .SetGPUThreadPriority = d3d11_dxgi_device_SetGPUThreadPriority,
    .GetGPUThreadPriority = d3d11_dxgi_device_GetGPUThreadPriority,
    .SetMaximumFrameLatency = d3d11_dxgi_device_SetMaximumFrameLatency,
    .GetMaximumFrameLatency = d3d11_dxgi_device_GetMaximumFrameLatency,
    .OfferResources = d3d11_dxgi_device_OfferResources,
    .ReclaimResources = d3d11_dxgi_device_ReclaimResources,
    .EnqueueSetEvent = d3d11_dxgi_device_EnqueueSetEvent,
    .Trim = d3d11_dxgi_device_Trim,
    .OfferResources1 = d3d11_dxgi_device_OfferResources1,
    .ReclaimResources1 = d3d11_dxgi_device_ReclaimResources1,
};
