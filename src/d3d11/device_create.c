/* SPDX-License-Identifier: MIT */
/*
 * D3D11CreateDevice: which adapter, which feature level, and a device with its immediate
 * context. HARDWARE is the best device of the session, which on a machine without a GPU is the
 * cpu device.
 */
#include "d3d11/context.h"
#include "d3d11/convert.h"
#include "d3d11/device.h"
#include "d3d11/dxgi.h"
#include "win32/export.h"

#include "base/log.h"

#define KNOWN_FLAGS                                                                  \
    ((UINT)D3D11_CREATE_DEVICE_SINGLETHREADED | (UINT)D3D11_CREATE_DEVICE_DEBUG |    \
     (UINT)D3D11_CREATE_DEVICE_PREVENT_INTERNAL_THREADING_OPTIMIZATIONS |            \
     (UINT)D3D11_CREATE_DEVICE_BGRA_SUPPORT | (UINT)D3D11_CREATE_DEVICE_DEBUGGABLE | \
     (UINT)D3D11_CREATE_DEVICE_PREVENT_ALTERING_LAYER_SETTINGS_FROM_REGISTRY |       \
     (UINT)D3D11_CREATE_DEVICE_DISABLE_GPU_TIMEOUT)

static HRESULT check_flags(UINT flags, UINT sdk_version)
{
    if (sdk_version != D3D11_SDK_VERSION)
        return d3d11_result(refuse(IST_BAD_ARG, "SDKVersion %u: D3D11_SDK_VERSION %u is right",
                                   sdk_version, D3D11_SDK_VERSION));
    if (flags & D3D11_CREATE_DEVICE_VIDEO_SUPPORT)
        return d3d11_because(refuse(IST_NOT_SUPPORTED,
                                    "Flags 0x%x ask for VIDEO_SUPPORT 0x800, and nothing here "
                                    "decodes; textures of video formats need no flag",
                                    flags),
                             DXGI_ERROR_UNSUPPORTED);
    if (flags & ~KNOWN_FLAGS)
        return d3d11_result(
            refuse(IST_BAD_ARG, "Flags 0x%x: 0x%x are offered", flags, KNOWN_FLAGS));
    return S_OK;
}

/* An adapter of the program's choice leaves no choice to the driver type. */
static HRESULT check_driver(IDXGIAdapter *adapter, D3D_DRIVER_TYPE type, HMODULE software)
{
    if (adapter && type != D3D_DRIVER_TYPE_UNKNOWN)
        return d3d11_result(refuse(IST_BAD_ARG,
                                   "DriverType %u with an adapter: D3D_DRIVER_TYPE_UNKNOWN 0 "
                                   "is "
                                   "right",
                                   type));
    if (!adapter && type == D3D_DRIVER_TYPE_UNKNOWN)
        return d3d11_result(refuse(IST_BAD_ARG, "DriverType UNKNOWN without an adapter: "
                                                "HARDWARE 1 is right"));
    if ((type == D3D_DRIVER_TYPE_SOFTWARE) != (software != NULL))
        return d3d11_result(refuse(IST_BAD_ARG,
                                   "DriverType %u with Software %p: a module goes with "
                                   "SOFTWARE 3 "
                                   "only",
                                   type, (void *)software));
    if (type > D3D_DRIVER_TYPE_WARP)
        return d3d11_result(refuse(IST_BAD_ARG, "DriverType %u is none of 0 .. 5", type));
    return S_OK;
}

/* What these types need is not part of Windows either, unless somebody installed it. */
static HRESULT missing_component(D3D_DRIVER_TYPE type)
{
    if (type == D3D_DRIVER_TYPE_SOFTWARE)
        return d3d11_because(refuse(IST_NOT_SUPPORTED, "DriverType SOFTWARE: modules of others "
                                                       "cannot be loaded, "
                                                       "WARP 5 is right"),
                             DXGI_ERROR_UNSUPPORTED);
    return d3d11_because(refuse(IST_NOT_SUPPORTED,
                                "DriverType %u (REFERENCE or NULL) is not offered: WARP 5 is "
                                "right",
                                type),
                         DXGI_ERROR_SDK_COMPONENT_MISSING);
}

/* The adapter for a driver type, with a factory of its own. */
static HRESULT adapter_for_type(D3D_DRIVER_TYPE type, struct dxgi_adapter **out)
{
    if (type != D3D_DRIVER_TYPE_HARDWARE && type != D3D_DRIVER_TYPE_WARP)
        return missing_component(type);
    struct session *session = session_default();
    struct device *core = type == D3D_DRIVER_TYPE_WARP ? dxgi_software_device(session)
                          : session->device_count      ? session->devices[0]
                                                       : NULL;
    if (!core)
        return d3d11_because(refuse(IST_NOT_SUPPORTED, "there is no device of DriverType %u",
                                    type),
                             DXGI_ERROR_UNSUPPORTED);
    struct dxgi_factory *factory = dxgi_factory_create(0);
    *out = factory ? dxgi_adapter_create(factory, core) : NULL;
    if (factory)
        IDXGIFactory7_Release(&factory->IDXGIFactory7_iface); /* the adapter has it */
    if (!*out)
        return d3d11_result(refuse(IST_NO_MEMORY, "no memory for an adapter"));
    return S_OK;
}

/* One reference, as from adapter_for_type(). */
static HRESULT find_adapter(IDXGIAdapter *given, D3D_DRIVER_TYPE type,
                            struct dxgi_adapter **out)
{
    if (!given)
        return adapter_for_type(type, out);
    *out = dxgi_adapter_from(given);
    if (!*out)
        return E_INVALIDARG; /* refused there */
    IDXGIAdapter_AddRef(given);
    return S_OK;
}

static bool is_offered(D3D_FEATURE_LEVEL level)
{
    return level == D3D_FEATURE_LEVEL_9_1 || level == D3D_FEATURE_LEVEL_9_2 ||
           level == D3D_FEATURE_LEVEL_9_3 || level == D3D_FEATURE_LEVEL_10_0 ||
           level == D3D_FEATURE_LEVEL_10_1 || level == D3D_FEATURE_LEVEL_11_0 ||
           level == D3D_FEATURE_LEVEL_11_1;
}

/* The first of the list that is offered. Without a list the best is 11_0, as documented. */
static HRESULT choose_level(const D3D_FEATURE_LEVEL *levels, UINT count, D3D_FEATURE_LEVEL *out)
{
    *out = D3D_FEATURE_LEVEL_11_0;
    if (!levels)
        return S_OK;
    if (!count)
        return d3d11_result(refuse(IST_BAD_ARG, "pFeatureLevels with 0 elements: NULL is "
                                                "right"));
    for (UINT i = 0; i < count; i++) {
        if (is_offered(levels[i])) {
            *out = levels[i];
            return S_OK;
        }
    }
    return d3d11_because(refuse(IST_NOT_SUPPORTED,
                                "none of %u feature levels (the first is 0x%x) is offered: "
                                "0x9100 .. 0xb100 are",
                                count, levels[0]),
                         DXGI_ERROR_UNSUPPORTED);
}

/* Takes the reference on the adapter over, also on failure. */
static enum ist_status device_new(struct dxgi_adapter *adapter, D3D_FEATURE_LEVEL level,
                                  UINT flags, struct d3d11_device **out)
{
    struct d3d11_device *device = calloc(1, sizeof(*device));
    enum ist_status status = IST_OK;
    if (!device)
        status = refuse(IST_NO_MEMORY, "no memory for a device");
    if (status == IST_OK)
        status = queue_create(adapter->core, &device->queue);
    if (status != IST_OK) {
        IDXGIAdapter4_Release(&adapter->IDXGIAdapter4_iface);
        free(device);
        return status;
    }

    device->ID3D11Device5_iface.lpVtbl = &d3d11_device_vtbl;
    device->IDXGIDevice4_iface.lpVtbl = &d3d11_dxgi_device_vtbl;
    device->ID3D11Multithread_iface.lpVtbl = &d3d11_device_multithread_vtbl;
    atomic_init(&device->refs, 1);
    device->session = adapter->factory->session;
    device->core = adapter->core;
    device->adapter = adapter;
    device->level = level;
    device->flags = flags;
    device->frame_latency = 3; /* the documented default */
    private_data_init(&device->data);
    pthread_mutex_init(&device->lock, NULL);
    list_init(&device->resources);
    list_init(&device->events);
    list_init(&device->fences);
    atomic_init(&device->removed, 0);

    device->context = d3d11_context_create(device);
    if (!device->context) {
        d3d11_device_release(device);
        return refuse(IST_NO_MEMORY, "no memory for an immediate context");
    }
    *out = device;
    return IST_OK;
}

/* Hands out what is wanted of a device that has one reference, ours. */
static void give(struct d3d11_device *device, ID3D11Device **out, D3D_FEATURE_LEVEL *level,
                 ID3D11DeviceContext **context)
{
    if (level)
        *level = device->level;
    if (context)
        ID3D11Device5_GetImmediateContext(&device->ID3D11Device5_iface, context);
    if (out)
        *out = (ID3D11Device *)&device->ID3D11Device5_iface;
    else
        d3d11_device_release(device);
}

WIN32_EXPORT HRESULT WINAPI D3D11CreateDevice(IDXGIAdapter *adapter, D3D_DRIVER_TYPE type,
                                              HMODULE software, UINT flags,
                                              const D3D_FEATURE_LEVEL *levels, UINT level_count,
                                              UINT sdk_version, ID3D11Device **out,
                                              D3D_FEATURE_LEVEL *chosen,
                                              ID3D11DeviceContext **context)
{
    struct dxgi_adapter *found = NULL;
    struct d3d11_device *device = NULL;
    D3D_FEATURE_LEVEL level;
    if (out)
        *out = NULL;
    if (context)
        *context = NULL;
    if (chosen)
        *chosen = (D3D_FEATURE_LEVEL)0;

    HRESULT hr = check_flags(flags, sdk_version);
    if (hr == S_OK)
        hr = check_driver(adapter, type, software);
    if (hr == S_OK)
        hr = choose_level(levels, level_count, &level);
    if (hr == S_OK)
        hr = find_adapter(adapter, type, &found);
    if (hr != S_OK)
        return hr;

    enum ist_status status = device_new(found, level, flags, &device);
    if (status != IST_OK)
        return d3d11_result(status);
    give(device, out, chosen, context);
    return out || context ? S_OK : S_FALSE;
}

WIN32_EXPORT HRESULT WINAPI D3D11CreateDeviceAndSwapChain(
    IDXGIAdapter *adapter, D3D_DRIVER_TYPE type, HMODULE software, UINT flags,
    const D3D_FEATURE_LEVEL *levels, UINT level_count, UINT sdk_version,
    const DXGI_SWAP_CHAIN_DESC *desc, IDXGISwapChain **chain, ID3D11Device **out,
    D3D_FEATURE_LEVEL *chosen, ID3D11DeviceContext **context)
{
    if (chain)
        *chain = NULL;
    if (!desc)
        return D3D11CreateDevice(adapter, type, software, flags, levels, level_count,
                                 sdk_version, out, chosen, context);
    if (out)
        *out = NULL;
    if (context)
        *context = NULL;
    log_once(LOG_WARN, "d3d11", "D3D11CreateDeviceAndSwapChain: swap chains are not offered");
    return d3d11_because(refuse(IST_NOT_SUPPORTED,
                                "a swap chain needs a window system, which there is none of: "
                                "D3D11CreateDevice, or a NULL description, is right"),
                         DXGI_ERROR_UNSUPPORTED);
}
