/* SPDX-License-Identifier: MIT */
/*
 * What a factory knows and does not offer: windows, swap chains, displays, notifications. Said
 * once by name, out pointers NULL. And the vtable.
 */
#include "d3d11/convert.h"
#include "d3d11/dxgi.h"
#include "d3d11/factory_methods.h"

#include "base/log.h"

/* A table of calls that look at nothing: their parameters are there for the type only. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

static HRESULT unsupported(const char *name, const char *why)
{
    return d3d11_because(answer(IST_NOT_SUPPORTED, "%s is not offered: %s", name, why),
                         DXGI_ERROR_UNSUPPORTED);
}

/* `out` is the last parameter of each. */
#define STUB(name, why, out_type, none, ...)                                         \
    FAC_METHOD(HRESULT, name)(FAC __VA_OPT__(, ) __VA_ARGS__, out_type * out)        \
    {                                                                                \
        log_once(LOG_WARN, "d3d11", "IDXGIFactory::" #name " is not offered: " why); \
        if (out)                                                                     \
            *out = none;                                                             \
        return unsupported(#name, why);                                              \
    }

#define NO_WINDOWS "there is no window system"
STUB(CreateSwapChain, NO_WINDOWS, IDXGISwapChain *, NULL, IUnknown *device,
     DXGI_SWAP_CHAIN_DESC *desc)
STUB(CreateSwapChainForHwnd, NO_WINDOWS, IDXGISwapChain1 *, NULL, IUnknown *device, HWND window,
     const DXGI_SWAP_CHAIN_DESC1 *desc, const DXGI_SWAP_CHAIN_FULLSCREEN_DESC *fullscreen,
     IDXGIOutput *output)
STUB(CreateSwapChainForCoreWindow, NO_WINDOWS, IDXGISwapChain1 *, NULL, IUnknown *device,
     IUnknown *window, const DXGI_SWAP_CHAIN_DESC1 *desc, IDXGIOutput *output)
STUB(CreateSwapChainForComposition, NO_WINDOWS, IDXGISwapChain1 *, NULL, IUnknown *device,
     const DXGI_SWAP_CHAIN_DESC1 *desc, IDXGIOutput *output)
STUB(CreateSoftwareAdapter, "modules of others cannot be loaded", IDXGIAdapter *, NULL,
     HMODULE module)

#define NO_DISPLAY "nothing is displayed, so it would never fire"
STUB(RegisterStereoStatusWindow, NO_DISPLAY, DWORD, 0, HWND window, UINT message)
STUB(RegisterStereoStatusEvent, NO_DISPLAY, DWORD, 0, HANDLE event)
STUB(RegisterOcclusionStatusWindow, NO_DISPLAY, DWORD, 0, HWND window, UINT message)
STUB(RegisterOcclusionStatusEvent, NO_DISPLAY, DWORD, 0, HANDLE event)
STUB(RegisterAdaptersChangedEvent, "adapters do not come and go", DWORD, 0, HANDLE event)

FAC_METHOD(void, UnregisterStereoStatus)(FAC, DWORD cookie)
{
}

FAC_METHOD(void, UnregisterOcclusionStatus)(FAC, DWORD cookie)
{
}

FAC_METHOD(HRESULT, UnregisterAdaptersChangedEvent)(FAC, DWORD cookie)
{
    return d3d11_result(refuse(IST_BAD_ARG, "cookie %u was never given out", cookie));
}

/* Says how DXGI may react to keys pressed in a window: no window, no keys. */
FAC_METHOD(HRESULT, MakeWindowAssociation)(FAC, HWND window, UINT flags)
{
    return S_OK;
}

FAC_METHOD(HRESULT, GetWindowAssociation)(FAC, HWND *out)
{
    if (!out)
        return d3d11_result(refuse(IST_BAD_CALL, "GetWindowAssociation: out is NULL"));
    *out = NULL;
    return S_OK;
}

FAC_METHOD(WINBOOL, IsWindowedStereoEnabled)(FAC)
{
    return FALSE;
}

/* The one feature: tearing, which needs something on a screen. */
FAC_METHOD(HRESULT, CheckFeatureSupport)(FAC, DXGI_FEATURE feature, void *data, UINT size)
{
    static const WINBOOL no = FALSE;
    if (feature != DXGI_FEATURE_PRESENT_ALLOW_TEARING || !data || size != sizeof(no))
        return d3d11_result(refuse(IST_BAD_ARG, "feature %u with %u bytes: 0 with %zu is right",
                                   feature, size, sizeof(no)));
    memcpy(data, &no, sizeof(no));
    return S_OK;
}

#define SLOT(name) .name = dxgi_factory_##name

const IDXGIFactory7Vtbl dxgi_factory_vtbl = {
    SLOT(QueryInterface),
    SLOT(AddRef),
    SLOT(Release),
    SLOT(SetPrivateData),
    SLOT(SetPrivateDataInterface),
    SLOT(GetPrivateData),
    SLOT(GetParent),
    SLOT(EnumAdapters),
    SLOT(MakeWindowAssociation),
    SLOT(GetWindowAssociation),
    SLOT(CreateSwapChain),
    SLOT(CreateSoftwareAdapter),
    SLOT(EnumAdapters1),
    SLOT(IsCurrent),
    SLOT(IsWindowedStereoEnabled),
    SLOT(CreateSwapChainForHwnd),
    SLOT(CreateSwapChainForCoreWindow),
    SLOT(GetSharedResourceAdapterLuid),
    SLOT(RegisterStereoStatusWindow),
    SLOT(RegisterStereoStatusEvent),
    SLOT(UnregisterStereoStatus),
    SLOT(RegisterOcclusionStatusWindow),
    SLOT(RegisterOcclusionStatusEvent),
    SLOT(UnregisterOcclusionStatus),
    SLOT(CreateSwapChainForComposition),
    SLOT(GetCreationFlags),
    SLOT(EnumAdapterByLuid),
    SLOT(EnumWarpAdapter),
    SLOT(CheckFeatureSupport),
    SLOT(EnumAdapterByGpuPreference),
    SLOT(RegisterAdaptersChangedEvent),
    SLOT(UnregisterAdaptersChangedEvent),
};
