/* SPDX-License-Identifier: MIT */
/* D3D11CreateDevice: driver types, feature levels, flags, and which out pointers may be
 * NULL. */
#include "gpu/primary.h"
#include "share_rig.h"

static HRESULT create(D3D_DRIVER_TYPE type, UINT flags, const D3D_FEATURE_LEVEL *levels,
                      UINT count, D3D_FEATURE_LEVEL *chosen)
{
    ID3D11Device *device = UNTOUCHED;
    ID3D11DeviceContext *context = UNTOUCHED;
    HRESULT hr = D3D11CreateDevice(NULL, type, NULL, flags, levels, count, D3D11_SDK_VERSION,
                                   &device, chosen, &context);
    if (hr == S_OK) {
        CHECK_EQ(ID3D11DeviceContext_Release(context), 0);
        CHECK_EQ(ID3D11Device_Release(device), 0);
    } else {
        CHECK_PTR_EQ(device, NULL);
        CHECK_PTR_EQ(context, NULL);
    }
    return hr;
}

TEST(driver_types)
{
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, 0, NULL, 0, NULL), S_OK);
    CHECK_EQ(create(D3D_DRIVER_TYPE_WARP, 0, NULL, 0, NULL),
             gpu_device_wanted() ? DXGI_ERROR_UNSUPPORTED : S_OK); /* a GPU is no software */
    CHECK_EQ(create(D3D_DRIVER_TYPE_UNKNOWN, 0, NULL, 0, NULL), E_INVALIDARG);
    CHECK_EQ(create(D3D_DRIVER_TYPE_SOFTWARE, 0, NULL, 0, NULL), E_INVALIDARG);
    CHECK_EQ(create(D3D_DRIVER_TYPE_REFERENCE, 0, NULL, 0, NULL),
             DXGI_ERROR_SDK_COMPONENT_MISSING);
    CHECK_EQ(create(D3D_DRIVER_TYPE_NULL, 0, NULL, 0, NULL), DXGI_ERROR_SDK_COMPONENT_MISSING);
    CHECK_EQ(create((D3D_DRIVER_TYPE)6, 0, NULL, 0, NULL), E_INVALIDARG);
}

TEST(modules_go_with_software_only)
{
    HMODULE module = (HMODULE)UNTOUCHED;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, module, 0, NULL, 0,
                               D3D11_SDK_VERSION, NULL, NULL, NULL),
             E_INVALIDARG);
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_SOFTWARE, module, 0, NULL, 0,
                               D3D11_SDK_VERSION, NULL, NULL, NULL),
             DXGI_ERROR_UNSUPPORTED);
}

TEST(the_first_offered_feature_level_is_taken)
{
    static const D3D_FEATURE_LEVEL new_first[] = {(D3D_FEATURE_LEVEL)0xc100,
                                                  (D3D_FEATURE_LEVEL)0xc000,
                                                  D3D_FEATURE_LEVEL_11_1,
                                                  D3D_FEATURE_LEVEL_11_0};
    static const D3D_FEATURE_LEVEL old[] = {D3D_FEATURE_LEVEL_9_3, D3D_FEATURE_LEVEL_11_0};
    static const D3D_FEATURE_LEVEL unknown[] = {(D3D_FEATURE_LEVEL)0xc100};
    D3D_FEATURE_LEVEL chosen = (D3D_FEATURE_LEVEL)1;
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, 0, NULL, 0, &chosen), S_OK);
    CHECK_EQ(chosen, D3D_FEATURE_LEVEL_11_0);
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, 0, new_first, 4, &chosen), S_OK);
    CHECK_EQ(chosen, D3D_FEATURE_LEVEL_11_1);
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, 0, old, 2, &chosen), S_OK);
    CHECK_EQ(chosen, D3D_FEATURE_LEVEL_9_3);
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, 0, unknown, 1, &chosen), DXGI_ERROR_UNSUPPORTED);
    CHECK_EQ(chosen, 0);
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, 0, old, 0, &chosen), E_INVALIDARG);
}

TEST(flags)
{
    UINT good = D3D11_CREATE_DEVICE_BGRA_SUPPORT | D3D11_CREATE_DEVICE_DEBUG |
                D3D11_CREATE_DEVICE_SINGLETHREADED;
    ID3D11Device *device = NULL;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, good, NULL, 0,
                               D3D11_SDK_VERSION, &device, NULL, NULL),
             S_OK);
    CHECK_EQ(ID3D11Device_GetCreationFlags(device), good);
    CHECK_EQ(ID3D11Device_Release(device), 0);
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, 0x10000, NULL, 0, NULL), E_INVALIDARG);
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, D3D11_CREATE_DEVICE_SWITCH_TO_REF, NULL, 0, NULL),
             E_INVALIDARG);
    CHECK_EQ(create(D3D_DRIVER_TYPE_HARDWARE, D3D11_CREATE_DEVICE_VIDEO_SUPPORT, NULL, 0, NULL),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0, 6, &device,
                               NULL, NULL),
             E_INVALIDARG);
    CHECK_PTR_EQ(device, NULL);
}

TEST(each_out_pointer_may_be_null)
{
    ID3D11DeviceContext *context = NULL;
    ID3D11Device *device = NULL;
    D3D_FEATURE_LEVEL level;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, NULL, NULL, NULL),
             S_FALSE);
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, NULL, &level, NULL),
             S_FALSE);
    CHECK_EQ(level, D3D_FEATURE_LEVEL_11_0);
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, NULL, NULL, &context),
             S_OK);
    ID3D11DeviceContext_GetDevice(context, &device);
    CHECK_EQ(ID3D11Device_Release(device), 1);
    CHECK_EQ(ID3D11DeviceContext_Release(context), 0);
}

TEST(an_adapter_goes_with_unknown_only)
{
    IDXGIFactory1 *factory = NULL;
    IDXGIAdapter *adapter = NULL, *found = NULL;
    ID3D11Device *device = NULL;
    CHECK_EQ(CreateDXGIFactory1(&IID_IDXGIFactory1, (void **)&factory), S_OK);
    CHECK_EQ(IDXGIFactory1_EnumAdapters(factory, 0, &adapter), S_OK);
    CHECK_EQ(D3D11CreateDevice(adapter, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &device, NULL, NULL),
             E_INVALIDARG);
    CHECK_PTR_EQ(device, NULL);
    CHECK_EQ(D3D11CreateDevice(adapter, D3D_DRIVER_TYPE_UNKNOWN, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &device, NULL, NULL),
             S_OK);
    IDXGIDevice *dxgi = query(device, &IID_IDXGIDevice);
    CHECK_EQ(IDXGIDevice_GetAdapter(dxgi, &found), S_OK);
    CHECK_PTR_EQ(found, adapter);
    IDXGIAdapter_Release(found);
    IDXGIDevice_Release(dxgi);
    CHECK_EQ(ID3D11Device_Release(device), 0);
    CHECK_EQ(IDXGIAdapter_Release(adapter), 0);
    CHECK_EQ(IDXGIFactory1_Release(factory), 0);
}

TEST(there_are_no_swap_chains)
{
    DXGI_SWAP_CHAIN_DESC desc = {.BufferCount = 1};
    IDXGISwapChain *chain = UNTOUCHED;
    ID3D11Device *device = UNTOUCHED;
    CHECK_EQ(D3D11CreateDeviceAndSwapChain(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                           D3D11_SDK_VERSION, &desc, &chain, &device, NULL,
                                           NULL),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_PTR_EQ(chain, NULL);
    CHECK_PTR_EQ(device, NULL);
    CHECK_EQ(D3D11CreateDeviceAndSwapChain(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                           D3D11_SDK_VERSION, NULL, &chain, &device, NULL,
                                           NULL),
             S_OK);
    CHECK_PTR_EQ(chain, NULL);
    CHECK_EQ(ID3D11Device_Release(device), 0);
}
