/* SPDX-License-Identifier: MIT */
/*
 * DXGI factories: the list of adapters, one for each device of the session, best first. Windows
 * and swap chains do not exist here; what asks for them says so (factory_stubs.c).
 */
#include "d3d11/child.h"
#include "d3d11/convert.h"
#include "d3d11/dxgi.h"
#include "d3d11/factory_methods.h"

#include "core/handle.h"
#include "core/kmt.h"
#include "core/resource.h"
#include "win32/export.h"
#include "win32/handle.h"

struct dxgi_factory *dxgi_factory_create(UINT flags)
{
    struct dxgi_factory *factory = calloc(1, sizeof(*factory));
    if (!factory)
        return NULL;
    factory->IDXGIFactory7_iface.lpVtbl = &dxgi_factory_vtbl;
    atomic_init(&factory->refs, 1);
    factory->session = session_default();
    factory->flags = flags;
    private_data_init(&factory->data);
    return factory;
}

struct device *dxgi_software_device(struct session *session)
{
    for (unsigned i = 0; i < session->device_count; i++) {
        if (!strcmp(session->devices[i]->ops->name, "cpu"))
            return session->devices[i];
    }
    return NULL;
}

static bool is_factory_iid(REFIID iid)
{
    return IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IDXGIObject) ||
           IsEqualGUID(iid, &IID_IDXGIFactory) || IsEqualGUID(iid, &IID_IDXGIFactory1) ||
           IsEqualGUID(iid, &IID_IDXGIFactory2) || IsEqualGUID(iid, &IID_IDXGIFactory3) ||
           IsEqualGUID(iid, &IID_IDXGIFactory4) || IsEqualGUID(iid, &IID_IDXGIFactory5) ||
           IsEqualGUID(iid, &IID_IDXGIFactory6) || IsEqualGUID(iid, &IID_IDXGIFactory7);
}

FAC_METHOD(HRESULT, QueryInterface)(FAC, REFIID iid, void **out)
{
    struct dxgi_factory *factory = impl_from_IDXGIFactory7(iface);
    if (!out || !iid)
        return d3d11_refuse_query(iid, "a DXGI factory");
    if (is_factory_iid(iid)) {
        IDXGIFactory7_AddRef(iface);
        *out = &factory->IDXGIFactory7_iface;
        return S_OK;
    }
    *out = NULL;
    return d3d11_result(answer(IST_NO_INTERFACE, "a factory has no such interface"));
}

FAC_METHOD(ULONG, AddRef)(FAC)
{
    return add_relaxed(&impl_from_IDXGIFactory7(iface)->refs, 1) + 1;
}

FAC_METHOD(ULONG, Release)(FAC)
{
    struct dxgi_factory *factory = impl_from_IDXGIFactory7(iface);
    /* acq_rel as in count_down() */
    unsigned left = atomic_fetch_sub_explicit(&factory->refs, 1, memory_order_acq_rel) - 1;
    if (!left) {
        private_data_finish(&factory->data);
        free(factory);
    }
    return left;
}

FAC_METHOD(HRESULT, SetPrivateData)(FAC, REFGUID guid, UINT size, const void *data)
{
    return private_data_set(&impl_from_IDXGIFactory7(iface)->data, guid, size, data);
}

FAC_METHOD(HRESULT, SetPrivateDataInterface)(FAC, REFGUID guid, const IUnknown *object)
{
    return private_data_set_interface(&impl_from_IDXGIFactory7(iface)->data, guid, object);
}

FAC_METHOD(HRESULT, GetPrivateData)(FAC, REFGUID guid, UINT *size, void *data)
{
    return private_data_get(&impl_from_IDXGIFactory7(iface)->data, guid, size, data);
}

/* A factory is at the top. */
FAC_METHOD(HRESULT, GetParent)(FAC, REFIID iid, void **out)
{
    (void)impl_from_IDXGIFactory7(iface);
    if (!out)
        return d3d11_refuse_query(iid, "a DXGI factory's parent");
    *out = NULL;
    return d3d11_result(answer(IST_NO_INTERFACE, "a factory has no parent"));
}

/* A new adapter object as the interface that was asked for. */
static HRESULT give_adapter(struct dxgi_factory *factory, struct device *core, REFIID iid,
                            void **out)
{
    struct dxgi_adapter *adapter = dxgi_adapter_create(factory, core);
    if (!adapter)
        return d3d11_result(refuse(IST_NO_MEMORY, "no memory for an adapter"));
    HRESULT hr = IDXGIAdapter4_QueryInterface(&adapter->IDXGIAdapter4_iface, iid, out);
    IDXGIAdapter4_Release(&adapter->IDXGIAdapter4_iface);
    return hr;
}

static HRESULT not_found(const char *what)
{
    return d3d11_because(answer(IST_NOT_FOUND, "there is no %s", what), DXGI_ERROR_NOT_FOUND);
}

static HRESULT enum_adapter(IDXGIFactory7 *iface, UINT index, REFIID iid, void **out)
{
    struct dxgi_factory *factory = impl_from_IDXGIFactory7(iface);
    if (!out)
        return d3d11_result(refuse(IST_BAD_CALL, "EnumAdapters: the out pointer is NULL"));
    *out = NULL;
    if (index >= factory->session->device_count)
        return not_found("adapter of that number");
    return give_adapter(factory, factory->session->devices[index], iid, out);
}

FAC_METHOD(HRESULT, EnumAdapters)(FAC, UINT index, IDXGIAdapter **out)
{
    return enum_adapter(iface, index, &IID_IDXGIAdapter, (void **)out);
}

FAC_METHOD(HRESULT, EnumAdapters1)(FAC, UINT index, IDXGIAdapter1 **out)
{
    return enum_adapter(iface, index, &IID_IDXGIAdapter1, (void **)out);
}

/* Best first is the order for every preference. */
FAC_METHOD(HRESULT, EnumAdapterByGpuPreference)
(FAC, UINT index, DXGI_GPU_PREFERENCE preference, REFIID iid, void **out)
{
    (void)preference;
    return enum_adapter(iface, index, iid, out);
}

FAC_METHOD(HRESULT, EnumAdapterByLuid)(FAC, LUID luid, REFIID iid, void **out)
{
    struct dxgi_factory *factory = impl_from_IDXGIFactory7(iface);
    unsigned char bytes[sizeof(luid)];
    if (!out)
        return d3d11_result(refuse(IST_BAD_CALL, "EnumAdapterByLuid: the out pointer is NULL"));
    *out = NULL;
    memcpy(bytes, &luid, sizeof(bytes));
    struct device *core = device_by_luid(factory->session, bytes);
    return core ? give_adapter(factory, core, iid, out) : not_found("adapter of that LUID");
}

FAC_METHOD(HRESULT, EnumWarpAdapter)(FAC, REFIID iid, void **out)
{
    struct dxgi_factory *factory = impl_from_IDXGIFactory7(iface);
    if (!out)
        return d3d11_result(refuse(IST_BAD_CALL, "EnumWarpAdapter: the out pointer is NULL"));
    *out = NULL;
    struct device *core = dxgi_software_device(factory->session);
    return core ? give_adapter(factory, core, iid, out) : not_found("software adapter");
}

/* The list of devices is fixed when the session starts. */
FAC_METHOD(WINBOOL, IsCurrent)(FAC)
{
    (void)impl_from_IDXGIFactory7(iface);
    return TRUE;
}

FAC_METHOD(UINT, GetCreationFlags)(FAC)
{
    return impl_from_IDXGIFactory7(iface)->flags;
}

/* Takes both kinds of handle, as Windows does. */
FAC_METHOD(HRESULT, GetSharedResourceAdapterLuid)(FAC, HANDLE handle, LUID *out)
{
    struct dxgi_factory *factory = impl_from_IDXGIFactory7(iface);
    uint64_t value = win32_value(handle);
    struct object *object;
    if (!out)
        return d3d11_result(refuse(IST_BAD_CALL, "GetSharedResourceAdapterLuid: the out "
                                                 "pointer is NULL"));
    enum ist_status status =
        kmt_looks_like(value)
            ? kmt_get(factory->session, value, OBJECT_RESOURCE, HOLDER_COM, &object)
            : handle_get(factory->session, value, OBJECT_RESOURCE, 0, HOLDER_COM, &object);
    if (status != IST_OK)
        return d3d11_result(status);
    *out = dxgi_luid(resource_from_object(object)->device);
    object_drop(object, HOLDER_COM);
    return S_OK;
}

static HRESULT create_factory(UINT flags, REFIID iid, void **out)
{
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "CreateDXGIFactory: out is NULL"));
    *out = NULL;
    struct dxgi_factory *factory = dxgi_factory_create(flags);
    if (!factory)
        return d3d11_result(refuse(IST_NO_MEMORY, "no memory for a factory"));
    HRESULT hr = IDXGIFactory7_QueryInterface(&factory->IDXGIFactory7_iface, iid, out);
    IDXGIFactory7_Release(&factory->IDXGIFactory7_iface);
    return hr;
}

WIN32_EXPORT HRESULT WINAPI CreateDXGIFactory(REFIID iid, void **out)
{
    return create_factory(0, iid, out);
}

WIN32_EXPORT HRESULT WINAPI CreateDXGIFactory1(REFIID iid, void **out)
{
    return create_factory(0, iid, out);
}

WIN32_EXPORT HRESULT WINAPI CreateDXGIFactory2(UINT flags, REFIID iid, void **out)
{
    if (flags & ~(UINT)DXGI_CREATE_FACTORY_DEBUG)
        return d3d11_result(
            refuse(IST_BAD_ARG, "CreateDXGIFactory2: flags 0x%x: 0 or 1 is right", flags));
    return create_factory(flags, iid, out);
}
