/* SPDX-License-Identifier: MIT */
/*
 * Adapters: what a device of core is called and how it is told from others (its LUID). The cpu
 * device stands in for hardware, so that programs which skip software adapters still find it.
 */
#include "d3d11/child.h"
#include "d3d11/convert.h"
#include "d3d11/dxgi.h"

#include "base/log.h"

#define ADA_METHOD(type, name) static type STDMETHODCALLTYPE dxgi_adapter_##name
#define ADA IDXGIAdapter4 *iface

LUID dxgi_luid(const struct device *core)
{
    LUID luid;
    _Static_assert(sizeof(luid) == sizeof(core->luid), "core keeps a LUID as its bytes");
    memcpy(&luid, core->luid, sizeof(luid));
    return luid;
}

struct dxgi_adapter *dxgi_adapter_create(struct dxgi_factory *factory, struct device *core)
{
    struct dxgi_adapter *adapter = calloc(1, sizeof(*adapter));
    if (!adapter)
        return NULL;
    adapter->IDXGIAdapter4_iface.lpVtbl = &dxgi_adapter_vtbl;
    atomic_init(&adapter->refs, 1);
    adapter->core = core;
    adapter->factory = factory;
    IDXGIFactory7_AddRef(&factory->IDXGIFactory7_iface);
    private_data_init(&adapter->data);
    return adapter;
}

struct dxgi_adapter *dxgi_adapter_from(IDXGIAdapter *iface)
{
    if ((const void *)iface->lpVtbl == (const void *)&dxgi_adapter_vtbl)
        return container_of((IDXGIAdapter4 *)iface, struct dxgi_adapter, IDXGIAdapter4_iface);
    enum ist_status status =
        refuse(IST_BAD_ARG, "pAdapter %p is not an adapter of this library", (void *)iface);
    (void)status; /* the caller answers */
    return NULL;
}

ADA_METHOD(HRESULT, QueryInterface)(ADA, REFIID iid, void **out)
{
    struct dxgi_adapter *adapter = impl_from_IDXGIAdapter4(iface);
    if (!out || !iid)
        return d3d11_refuse_query(iid, "a DXGI adapter");
    bool known = IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IDXGIObject) ||
                 IsEqualGUID(iid, &IID_IDXGIAdapter) || IsEqualGUID(iid, &IID_IDXGIAdapter1) ||
                 IsEqualGUID(iid, &IID_IDXGIAdapter2) || IsEqualGUID(iid, &IID_IDXGIAdapter3) ||
                 IsEqualGUID(iid, &IID_IDXGIAdapter4);
    if (known) {
        IDXGIAdapter4_AddRef(iface);
        *out = &adapter->IDXGIAdapter4_iface;
        return S_OK;
    }
    *out = NULL;
    return d3d11_result(answer(IST_NO_INTERFACE, "an adapter has no such interface"));
}

ADA_METHOD(ULONG, AddRef)(ADA)
{
    return add_relaxed(&impl_from_IDXGIAdapter4(iface)->refs, 1) + 1;
}

ADA_METHOD(ULONG, Release)(ADA)
{
    struct dxgi_adapter *adapter = impl_from_IDXGIAdapter4(iface);
    /* acq_rel as in count_down() */
    unsigned left = atomic_fetch_sub_explicit(&adapter->refs, 1, memory_order_acq_rel) - 1;
    if (!left) {
        private_data_finish(&adapter->data);
        IDXGIFactory7_Release(&adapter->factory->IDXGIFactory7_iface);
        free(adapter);
    }
    return left;
}

ADA_METHOD(HRESULT, SetPrivateData)(ADA, REFGUID guid, UINT size, const void *data)
{
    return private_data_set(&impl_from_IDXGIAdapter4(iface)->data, guid, size, data);
}

ADA_METHOD(HRESULT, SetPrivateDataInterface)(ADA, REFGUID guid, const IUnknown *object)
{
    return private_data_set_interface(&impl_from_IDXGIAdapter4(iface)->data, guid, object);
}

ADA_METHOD(HRESULT, GetPrivateData)(ADA, REFGUID guid, UINT *size, void *data)
{
    return private_data_get(&impl_from_IDXGIAdapter4(iface)->data, guid, size, data);
}

ADA_METHOD(HRESULT, GetParent)(ADA, REFIID iid, void **out)
{
    struct dxgi_adapter *adapter = impl_from_IDXGIAdapter4(iface);
    return IDXGIFactory7_QueryInterface(&adapter->factory->IDXGIFactory7_iface, iid, out);
}

/* No screen is attached to any of our adapters. */
ADA_METHOD(HRESULT, EnumOutputs)(ADA, UINT index, IDXGIOutput **out)
{
    (void)impl_from_IDXGIAdapter4(iface);
    if (!out)
        return d3d11_because(refuse(IST_BAD_POINTER, "EnumOutputs: out is NULL"), E_INVALIDARG);
    *out = NULL;
    return d3d11_because(answer(IST_NOT_FOUND, "there is no output %u: nothing is displayed",
                                index),
                         DXGI_ERROR_NOT_FOUND);
}

/* Descriptions are ASCII; another byte would be shown as a question mark. */
static void widen(const char *text, WCHAR *out, size_t room)
{
    size_t i = 0;
    for (; text[i] && i + 1 < room; i++)
        out[i] = (unsigned char)text[i] < 0x80 ? (WCHAR)text[i] : L'?';
    out[i] = 0;
}

/* The part that all four descriptions begin with has the same names, but four types. */
#define FILL_DESC(desc, core)                                                             \
    do {                                                                                  \
        memset((desc), 0, sizeof(*(desc)));                                               \
        widen((core)->description, (desc)->Description, ARRAY_SIZE((desc)->Description)); \
        (desc)->VendorId = (core)->vendor;                                                \
        (desc)->DeviceId = (core)->product;                                               \
        (desc)->DedicatedVideoMemory = (core)->memory_bytes;                              \
        (desc)->AdapterLuid = dxgi_luid(core);                                            \
    } while (0)

static HRESULT no_desc(void)
{
    return d3d11_result(refuse(IST_BAD_POINTER, "GetDesc: the out pointer is NULL"));
}

ADA_METHOD(HRESULT, GetDesc)(ADA, DXGI_ADAPTER_DESC *out)
{
    const struct device *core = impl_from_IDXGIAdapter4(iface)->core;
    if (!out)
        return no_desc();
    FILL_DESC(out, core);
    return S_OK;
}

ADA_METHOD(HRESULT, GetDesc1)(ADA, DXGI_ADAPTER_DESC1 *out)
{
    const struct device *core = impl_from_IDXGIAdapter4(iface)->core;
    if (!out)
        return no_desc();
    FILL_DESC(out, core);
    return S_OK;
}

/* A queue is never interrupted inside an operation. */
ADA_METHOD(HRESULT, GetDesc2)(ADA, DXGI_ADAPTER_DESC2 *out)
{
    const struct device *core = impl_from_IDXGIAdapter4(iface)->core;
    if (!out)
        return no_desc();
    FILL_DESC(out, core);
    out->GraphicsPreemptionGranularity = DXGI_GRAPHICS_PREEMPTION_DMA_BUFFER_BOUNDARY;
    out->ComputePreemptionGranularity = DXGI_COMPUTE_PREEMPTION_DMA_BUFFER_BOUNDARY;
    return S_OK;
}

ADA_METHOD(HRESULT, GetDesc3)(ADA, DXGI_ADAPTER_DESC3 *out)
{
    const struct device *core = impl_from_IDXGIAdapter4(iface)->core;
    if (!out)
        return no_desc();
    FILL_DESC(out, core);
    out->GraphicsPreemptionGranularity = DXGI_GRAPHICS_PREEMPTION_DMA_BUFFER_BOUNDARY;
    out->ComputePreemptionGranularity = DXGI_COMPUTE_PREEMPTION_DMA_BUFFER_BOUNDARY;
    return S_OK;
}

/* As on Windows, no way to ask for D3D11; programs use it for the driver's version. */
ADA_METHOD(HRESULT, CheckInterfaceSupport)(ADA, REFGUID guid, LARGE_INTEGER *version)
{
    (void)impl_from_IDXGIAdapter4(iface);
    if (!guid)
        return d3d11_result(refuse(IST_BAD_POINTER, "CheckInterfaceSupport: guid is NULL"));
    if (!IsEqualGUID(guid, &IID_IDXGIDevice))
        return d3d11_because(answer(IST_NO_INTERFACE, "only IDXGIDevice can be asked for"),
                             DXGI_ERROR_UNSUPPORTED);
    if (version)
        version->QuadPart = (LONGLONG)IST_VERSION_MAJOR << 48 |
                            (LONGLONG)IST_VERSION_MINOR << 32 | IST_VERSION_PATCH << 16;
    return S_OK;
}

static HRESULT check_segment(UINT node, DXGI_MEMORY_SEGMENT_GROUP group)
{
    if (!node && (group == DXGI_MEMORY_SEGMENT_GROUP_LOCAL ||
                  group == DXGI_MEMORY_SEGMENT_GROUP_NON_LOCAL))
        return S_OK;
    return d3d11_result(
        refuse(IST_BAD_ARG, "node %u, group %u: node 0 with 0 or 1 is right", node, group));
}

/* All memory is local. How much of it this process uses is not counted: 0. */
ADA_METHOD(HRESULT, QueryVideoMemoryInfo)
(ADA, UINT node, DXGI_MEMORY_SEGMENT_GROUP group, DXGI_QUERY_VIDEO_MEMORY_INFO *out)
{
    const struct device *core = impl_from_IDXGIAdapter4(iface)->core;
    if (!out)
        return no_desc();
    HRESULT hr = check_segment(node, group);
    if (hr != S_OK)
        return hr;
    *out = (DXGI_QUERY_VIDEO_MEMORY_INFO){0};
    if (group == DXGI_MEMORY_SEGMENT_GROUP_LOCAL) {
        out->Budget = core->memory_bytes;
        out->AvailableForReservation = core->memory_bytes / 2;
    }
    return S_OK;
}

ADA_METHOD(HRESULT, SetVideoMemoryReservation)
(ADA, UINT node, DXGI_MEMORY_SEGMENT_GROUP group, UINT64 bytes)
{
    const struct device *core = impl_from_IDXGIAdapter4(iface)->core;
    HRESULT hr = check_segment(node, group);
    if (hr == S_OK && bytes > core->memory_bytes / 2)
        hr = d3d11_result(refuse(IST_BAD_ARG, "a reservation of %llu bytes: %llu are possible",
                                 (unsigned long long)bytes,
                                 (unsigned long long)core->memory_bytes / 2));
    return hr; /* a hint, which nothing here could act on */
}

static HRESULT no_notification(const char *method)
{
    return d3d11_result(
        answer(IST_NOT_SUPPORTED, "%s is not offered: it would never fire", method));
}

ADA_METHOD(HRESULT, RegisterHardwareContentProtectionTeardownStatusEvent)
(ADA, HANDLE event, DWORD *cookie)
{
    (void)impl_from_IDXGIAdapter4(iface);
    (void)event, (void)cookie;
    log_once(LOG_WARN, "d3d11",
             "RegisterHardwareContentProtectionTeardownStatusEvent is not offered");
    return no_notification("RegisterHardwareContentProtectionTeardownStatusEvent");
}

ADA_METHOD(void, UnregisterHardwareContentProtectionTeardownStatus)(ADA, DWORD cookie)
{
    (void)impl_from_IDXGIAdapter4(iface);
    (void)cookie;
}

ADA_METHOD(HRESULT, RegisterVideoMemoryBudgetChangeNotificationEvent)
(ADA, HANDLE event, DWORD *cookie)
{
    (void)impl_from_IDXGIAdapter4(iface);
    (void)event, (void)cookie;
    log_once(LOG_WARN, "d3d11",
             "RegisterVideoMemoryBudgetChangeNotificationEvent is not offered");
    return no_notification("RegisterVideoMemoryBudgetChangeNotificationEvent");
}

ADA_METHOD(void, UnregisterVideoMemoryBudgetChangeNotification)(ADA, DWORD cookie)
{
    (void)impl_from_IDXGIAdapter4(iface);
    (void)cookie;
}

#define SLOT(name) .name = dxgi_adapter_##name

const IDXGIAdapter4Vtbl dxgi_adapter_vtbl = {
    SLOT(QueryInterface),
    SLOT(AddRef),
    SLOT(Release),
    SLOT(SetPrivateData),
    SLOT(SetPrivateDataInterface),
    SLOT(GetPrivateData),
    SLOT(GetParent),
    SLOT(EnumOutputs),
    SLOT(GetDesc),
    SLOT(CheckInterfaceSupport),
    SLOT(GetDesc1),
    SLOT(GetDesc2),
    SLOT(RegisterHardwareContentProtectionTeardownStatusEvent),
    SLOT(UnregisterHardwareContentProtectionTeardownStatus),
    SLOT(QueryVideoMemoryInfo),
    SLOT(SetVideoMemoryReservation),
    SLOT(RegisterVideoMemoryBudgetChangeNotificationEvent),
    SLOT(UnregisterVideoMemoryBudgetChangeNotification),
    SLOT(GetDesc3),
};
