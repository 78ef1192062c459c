/* SPDX-License-Identifier: MIT */
/*
 * IDXGIKeyedMutex: the owner is the device, so two objects of one device are one party. The
 * order of work goes through the immediate context's queue. Timeouts and abandonment are
 * success codes.
 */
#include "d3d11/child_methods.h"
#include "d3d11/convert.h"
#include "d3d11/resource.h"

DXGI_CHILD_METHODS(d3d11_keyed_mutex, IDXGIKeyedMutex, &impl_from_IDXGIKeyedMutex(iface)->child)

static HRESULT STDMETHODCALLTYPE d3d11_keyed_mutex_QueryInterface(IDXGIKeyedMutex *iface,
                                                                  REFIID iid, void **out)
{
    return d3d11_resource_query(impl_from_IDXGIKeyedMutex(iface), iid, out);
}

static HRESULT STDMETHODCALLTYPE d3d11_keyed_mutex_AcquireSync(IDXGIKeyedMutex *iface,
                                                               UINT64 key, DWORD ms)
{
    struct d3d11_resource *resource = impl_from_IDXGIKeyedMutex(iface);
    struct d3d11_device *device = resource->child.device;
    enum ist_status status = d3d11_device_check_present(device, "AcquireSync");
    if (status == IST_OK)
        status = kmutex_acquire(&resource->core->kmutex, device, key, deadline_after_ms(ms),
                                device->queue);
    return d3d11_result(status);
}

static HRESULT STDMETHODCALLTYPE d3d11_keyed_mutex_ReleaseSync(IDXGIKeyedMutex *iface,
                                                               UINT64 key)
{
    struct d3d11_resource *resource = impl_from_IDXGIKeyedMutex(iface);
    struct d3d11_device *device = resource->child.device;
    enum ist_status status = d3d11_device_check_present(device, "ReleaseSync");
    if (status == IST_OK)
        status = kmutex_release(&resource->core->kmutex, device, key, device->queue);
    return d3d11_result(status);
}

const IDXGIKeyedMutexVtbl d3d11_keyed_mutex_vtbl = {
    .QueryInterface = d3d11_keyed_mutex_QueryInterface,
    CHILD_SLOTS(d3d11_keyed_mutex),
    .GetParent = d3d11_keyed_mutex_GetParent,
    .AcquireSync = d3d11_keyed_mutex_AcquireSync,
    .ReleaseSync = d3d11_keyed_mutex_ReleaseSync,
};
