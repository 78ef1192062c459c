/* SPDX-License-Identifier: MIT */
/* Windows and swap chains do not exist: a factory says so and leaves NULL behind. */
#include "share_rig.h"

TEST(no_swap_chains_and_no_displays)
{
    struct rig rig = rig_new();
    IDXGIFactory7 *factory = NULL;
    IUnknown *device = (IUnknown *)rig.device;
    DXGI_SWAP_CHAIN_DESC desc = {.BufferCount = 2};
    DXGI_SWAP_CHAIN_DESC1 desc1 = {.BufferCount = 2};
    IDXGISwapChain *chain = UNTOUCHED;
    IDXGISwapChain1 *chain1 = UNTOUCHED;
    IDXGIAdapter *adapter = UNTOUCHED;
    DWORD cookie = 9;
    BOOL tearing = TRUE;
    HWND window = (HWND)UNTOUCHED;
    CHECK_EQ(CreateDXGIFactory1(&IID_IDXGIFactory7, (void **)&factory), S_OK);
    CHECK_EQ(IDXGIFactory7_CreateSwapChain(factory, device, &desc, &chain),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_PTR_EQ(chain, NULL);
    CHECK_EQ(IDXGIFactory7_CreateSwapChainForHwnd(factory, device, NULL, &desc1, NULL, NULL,
                                                  &chain1),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_PTR_EQ(chain1, NULL);
    CHECK_EQ(IDXGIFactory7_CreateSwapChainForCoreWindow(factory, device, device, &desc1, NULL,
                                                        &chain1),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_EQ(IDXGIFactory7_CreateSwapChainForComposition(factory, device, &desc1, NULL,
                                                         &chain1),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_EQ(IDXGIFactory7_CreateSoftwareAdapter(factory, NULL, &adapter),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_PTR_EQ(adapter, NULL);
    CHECK_EQ(IDXGIFactory7_RegisterOcclusionStatusEvent(factory, NULL, &cookie),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_EQ(cookie, 0);
    CHECK_EQ(IDXGIFactory7_RegisterStereoStatusEvent(factory, NULL, &cookie),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_EQ(IDXGIFactory7_RegisterAdaptersChangedEvent(factory, NULL, &cookie),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_EQ(IDXGIFactory7_UnregisterAdaptersChangedEvent(factory, 1), E_INVALIDARG);
    CHECK_EQ(IDXGIFactory7_CheckFeatureSupport(factory, DXGI_FEATURE_PRESENT_ALLOW_TEARING,
                                               &tearing, sizeof(tearing)),
             S_OK);
    CHECK_EQ(tearing, FALSE);
    CHECK_EQ(IDXGIFactory7_CheckFeatureSupport(factory, DXGI_FEATURE_PRESENT_ALLOW_TEARING,
                                               &tearing, 1),
             E_INVALIDARG);
    CHECK_EQ(IDXGIFactory7_MakeWindowAssociation(factory, NULL, 0), S_OK);
    CHECK_EQ(IDXGIFactory7_GetWindowAssociation(factory, &window), S_OK);
    CHECK_PTR_EQ(window, NULL);
    CHECK_EQ(IDXGIFactory7_IsWindowedStereoEnabled(factory), FALSE);
    CHECK_EQ(IDXGIFactory7_Release(factory), 0);
    rig_finish(&rig);
}
