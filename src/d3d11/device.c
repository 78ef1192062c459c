/* SPDX-License-Identifier: MIT */
/*
 * The device object itself: identity, life, and the methods that only read what it is. The rest
 * of its methods are in device_*.c; the vtable that joins them is in device_vtbl.c.
 */
#include "d3d11/device.h"

#include "base/futex.h"
#include "base/log.h"
#include "d3d11/child.h"
#include "d3d11/context.h"
#include "d3d11/convert.h"
#include "d3d11/device_methods.h"
#include "d3d11/dxgi.h"

#define LAST_WORK_MS 10000 /* of what is under way, and not in vain */
#define LAST_LOOK_MS 50

ULONG d3d11_device_addref(struct d3d11_device *device)
{
    return add_relaxed(&device->refs, 1) + 1;
}

/*
 * As on Windows, the end of a device comes after the work that it has submitted: who opens one
 * of its resources afterwards finds what was written there. But not after what waits for
 * others, who may never come: that is done later, without the device. On the cpu device all
 * else is done already.
 */
static void finish_work(struct d3d11_device *device)
{
    if (!device->core->ops->gpu || queue_in_host_function())
        return;
    int64_t end = deadline_after_ms(LAST_WORK_MS);
    uint64_t ticket = queue_ticket(device->queue);
    enum ist_status status;
    do {
        status = queue_sync(device->queue, ticket, deadline_after_ms(LAST_LOOK_MS));
    } while (status == IST_TIMEOUT && !queue_parked(device->queue) && clock_now_ns() < end);
    if (status != IST_OK)
        log_line(LOG_DEBUG, "d3d11", "a device ends before its work: %s", status_reason());
}

/* Children reference the device, so none is left here. */
static void device_destroy(struct d3d11_device *device)
{
    finish_work(device);
    d3d11_device_drop_events(device);
    d3d11_context_destroy(device->context);
    queue_unref(device->queue);
    private_data_finish(&device->data);
    IDXGIAdapter4_Release(&device->adapter->IDXGIAdapter4_iface);
    pthread_mutex_destroy(&device->lock);
    free(device);
}

ULONG d3d11_device_release(struct d3d11_device *device)
{
    /* acq_rel as in count_down(): the last one out sees everybody's writes. */
    unsigned left = atomic_fetch_sub_explicit(&device->refs, 1, memory_order_acq_rel) - 1;
    if (!left)
        device_destroy(device);
    return left;
}

/* All interfaces of ID3D11Device, oldest first: each contains those before it. */
static bool is_device_iid(REFIID iid)
{
    return IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_ID3D11Device) ||
           IsEqualGUID(iid, &IID_ID3D11Device1) || IsEqualGUID(iid, &IID_ID3D11Device2) ||
           IsEqualGUID(iid, &IID_ID3D11Device3) || IsEqualGUID(iid, &IID_ID3D11Device4) ||
           IsEqualGUID(iid, &IID_ID3D11Device5);
}

static bool is_dxgi_device_iid(REFIID iid)
{
    return IsEqualGUID(iid, &IID_IDXGIObject) || IsEqualGUID(iid, &IID_IDXGIDevice) ||
           IsEqualGUID(iid, &IID_IDXGIDevice1) || IsEqualGUID(iid, &IID_IDXGIDevice2) ||
           IsEqualGUID(iid, &IID_IDXGIDevice3) || IsEqualGUID(iid, &IID_IDXGIDevice4);
}

HRESULT d3d11_device_query(struct d3d11_device *device, REFIID iid, void **out)
{
    IUnknown *found = NULL;
    if (!out || !iid)
        return d3d11_refuse_query(iid, "a D3D11 device");
    if (is_device_iid(iid))
        found = (IUnknown *)&device->ID3D11Device5_iface;
    else if (is_dxgi_device_iid(iid))
        found = (IUnknown *)&device->IDXGIDevice4_iface;
    else if (IsEqualGUID(iid, &IID_ID3D11Multithread)) /* ID3D10Multithread has the same IID */
        found = (IUnknown *)&device->ID3D11Multithread_iface;
    return d3d11_query_result(found, iid, "a D3D11 device", out);
}

DEV_METHOD(HRESULT, QueryInterface)(DEV, REFIID iid, void **out)
{
    return d3d11_device_query(impl_from_ID3D11Device5(iface), iid, out);
}

DEV_METHOD(ULONG, AddRef)(DEV)
{
    return d3d11_device_addref(impl_from_ID3D11Device5(iface));
}

DEV_METHOD(ULONG, Release)(DEV)
{
    return d3d11_device_release(impl_from_ID3D11Device5(iface));
}

DEV_METHOD(HRESULT, GetPrivateData)(DEV, REFGUID guid, UINT *size, void *data)
{
    return private_data_get(&impl_from_ID3D11Device5(iface)->data, guid, size, data);
}

DEV_METHOD(HRESULT, SetPrivateData)(DEV, REFGUID guid, UINT size, const void *data)
{
    return private_data_set(&impl_from_ID3D11Device5(iface)->data, guid, size, data);
}

DEV_METHOD(HRESULT, SetPrivateDataInterface)(DEV, REFGUID guid, const IUnknown *object)
{
    return private_data_set_interface(&impl_from_ID3D11Device5(iface)->data, guid, object);
}

DEV_METHOD(D3D_FEATURE_LEVEL, GetFeatureLevel)(DEV)
{
    return impl_from_ID3D11Device5(iface)->level;
}

DEV_METHOD(UINT, GetCreationFlags)(DEV)
{
    return impl_from_ID3D11Device5(iface)->flags;
}

DEV_METHOD(HRESULT, GetDeviceRemovedReason)(DEV)
{
    return d3d11_device_removed_reason(impl_from_ID3D11Device5(iface));
}

DEV_METHOD(HRESULT, SetExceptionMode)(DEV, UINT flags)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    if (flags & ~(UINT)D3D11_RAISE_FLAG_DRIVER_INTERNAL_ERROR)
        return d3d11_result(refuse(IST_BAD_ARG, "exception mode 0x%x: 0 or 1 is right", flags));
    gate_lock(&device->lock);
    device->exception_mode = flags;
    gate_unlock(&device->lock);
    return S_OK;
}

DEV_METHOD(UINT, GetExceptionMode)(DEV)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    gate_lock(&device->lock);
    UINT flags = device->exception_mode;
    gate_unlock(&device->lock);
    return flags;
}

/* The context with one more reference. */
static ID3D11DeviceContext4 *referenced_context(ID3D11Device5 *iface)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    ID3D11DeviceContext4 *context = d3d11_context_interface(device->context);
    ID3D11DeviceContext4_AddRef(context);
    return context;
}

DEV_METHOD(void, GetImmediateContext)(DEV, ID3D11DeviceContext **out)
{
    if (out)
        *out = (ID3D11DeviceContext *)referenced_context(iface);
}

DEV_METHOD(void, GetImmediateContext1)(DEV, ID3D11DeviceContext1 **out)
{
    if (out)
        *out = (ID3D11DeviceContext1 *)referenced_context(iface);
}

DEV_METHOD(void, GetImmediateContext2)(DEV, ID3D11DeviceContext2 **out)
{
    if (out)
        *out = (ID3D11DeviceContext2 *)referenced_context(iface);
}

DEV_METHOD(void, GetImmediateContext3)(DEV, ID3D11DeviceContext3 **out)
{
    if (out)
        *out = (ID3D11DeviceContext3 *)referenced_context(iface);
}
