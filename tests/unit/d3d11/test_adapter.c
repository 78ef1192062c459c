/* SPDX-License-Identifier: MIT */
/* Adapters: four descriptions of one thing, no outputs, memory. */
#include "share_rig.h"

static IDXGIAdapter4 *first_adapter(void)
{
    IDXGIFactory1 *factory = NULL;
    IDXGIAdapter *adapter = NULL;
    CHECK_EQ(CreateDXGIFactory1(&IID_IDXGIFactory1, (void **)&factory), S_OK);
    CHECK_EQ(IDXGIFactory1_EnumAdapters(factory, 0, &adapter), S_OK);
    IDXGIFactory1_Release(factory);
    IDXGIAdapter4 *newest = query(adapter, &IID_IDXGIAdapter4);
    IDXGIAdapter_Release(adapter);
    return newest;
}

TEST(four_descriptions_agree)
{
    IDXGIAdapter4 *adapter = first_adapter();
    DXGI_ADAPTER_DESC d0;
    DXGI_ADAPTER_DESC1 d1;
    DXGI_ADAPTER_DESC2 d2;
    DXGI_ADAPTER_DESC3 d3;
    CHECK_EQ(IDXGIAdapter4_GetDesc(adapter, &d0), S_OK);
    CHECK_EQ(IDXGIAdapter4_GetDesc1(adapter, &d1), S_OK);
    CHECK_EQ(IDXGIAdapter4_GetDesc2(adapter, &d2), S_OK);
    CHECK_EQ(IDXGIAdapter4_GetDesc3(adapter, &d3), S_OK);
    CHECK(wcslen(d0.Description) > 0);
    CHECK_MEM(&d1, &d0, sizeof(d0) - sizeof(LUID) % 8); /* the first is their beginning */
    CHECK_MEM(&d2.AdapterLuid, &d0.AdapterLuid, sizeof(LUID));
    CHECK_MEM(&d3.AdapterLuid, &d0.AdapterLuid, sizeof(LUID));
    CHECK_EQ(wcscmp(d3.Description, d0.Description), 0);
    CHECK_EQ(d2.DeviceId, d0.DeviceId);
    CHECK_EQ(d3.VendorId, d0.VendorId);
    CHECK(d0.DedicatedVideoMemory > 0);
    CHECK_EQ(d1.Flags & DXGI_ADAPTER_FLAG_SOFTWARE, 0);
    CHECK_EQ(IDXGIAdapter4_GetDesc(adapter, NULL), E_INVALIDARG);
    CHECK_EQ(IDXGIAdapter4_GetDesc1(adapter, NULL), E_INVALIDARG);
    CHECK_EQ(IDXGIAdapter4_Release(adapter), 0);
}

TEST(nothing_is_displayed)
{
    IDXGIAdapter4 *adapter = first_adapter();
    IDXGIOutput *output = UNTOUCHED;
    CHECK_EQ(IDXGIAdapter4_EnumOutputs(adapter, 0, &output), DXGI_ERROR_NOT_FOUND);
    CHECK_PTR_EQ(output, NULL);
    CHECK_EQ(IDXGIAdapter4_EnumOutputs(adapter, 0, NULL), E_INVALIDARG);
    CHECK_EQ(IDXGIAdapter4_Release(adapter), 0);
}

TEST(interfaces)
{
    static const IID *const iids[] = {&IID_IUnknown,      &IID_IDXGIObject,
                                      &IID_IDXGIAdapter,  &IID_IDXGIAdapter1,
                                      &IID_IDXGIAdapter2, &IID_IDXGIAdapter3};
    IDXGIAdapter4 *adapter = first_adapter();
    LARGE_INTEGER version;
    void *none = UNTOUCHED;
    for (size_t i = 0; i < 6; i++) {
        IUnknown *found = query(adapter, iids[i]);
        CHECK_PTR_EQ(found, adapter);
        CHECK_EQ(IUnknown_Release(found), 1);
    }
    CHECK_EQ(IDXGIAdapter4_QueryInterface(adapter, &IID_IDXGIFactory, &none), E_NOINTERFACE);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(IDXGIAdapter4_QueryInterface(adapter, &IID_IUnknown, NULL), E_POINTER);
    CHECK_EQ(IDXGIAdapter4_CheckInterfaceSupport(adapter, &IID_IDXGIDevice, &version), S_OK);
    CHECK_EQ(IDXGIAdapter4_CheckInterfaceSupport(adapter, &IID_ID3D11Device, &version),
             DXGI_ERROR_UNSUPPORTED);
    CHECK_EQ(IDXGIAdapter4_Release(adapter), 0);
}

TEST(memory)
{
    IDXGIAdapter4 *adapter = first_adapter();
    DXGI_QUERY_VIDEO_MEMORY_INFO local, other;
    DWORD cookie = 0;
    CHECK_EQ(IDXGIAdapter4_QueryVideoMemoryInfo(adapter, 0, DXGI_MEMORY_SEGMENT_GROUP_LOCAL,
                                                &local),
             S_OK);
    CHECK(local.Budget > 0);
    CHECK_EQ(IDXGIAdapter4_QueryVideoMemoryInfo(adapter, 0, DXGI_MEMORY_SEGMENT_GROUP_NON_LOCAL,
                                                &other),
             S_OK);
    CHECK_EQ(other.Budget, 0);
    CHECK_EQ(IDXGIAdapter4_QueryVideoMemoryInfo(adapter, 1, DXGI_MEMORY_SEGMENT_GROUP_LOCAL,
                                                &local),
             E_INVALIDARG);
    CHECK_EQ(IDXGIAdapter4_QueryVideoMemoryInfo(adapter, 0, DXGI_MEMORY_SEGMENT_GROUP_LOCAL,
                                                NULL),
             E_INVALIDARG);
    CHECK_EQ(IDXGIAdapter4_SetVideoMemoryReservation(adapter, 0,
                                                     DXGI_MEMORY_SEGMENT_GROUP_LOCAL, 4096),
             S_OK);
    CHECK_EQ(IDXGIAdapter4_SetVideoMemoryReservation(adapter, 0,
                                                     DXGI_MEMORY_SEGMENT_GROUP_LOCAL,
                                                     local.Budget),
             E_INVALIDARG);
    CHECK_EQ(IDXGIAdapter4_RegisterVideoMemoryBudgetChangeNotificationEvent(adapter, NULL,
                                                                            &cookie),
             E_NOTIMPL);
    IDXGIAdapter4_UnregisterVideoMemoryBudgetChangeNotification(adapter, 0);
    CHECK_EQ(IDXGIAdapter4_RegisterHardwareContentProtectionTeardownStatusEvent(adapter, NULL,
                                                                                &cookie),
             E_NOTIMPL);
    IDXGIAdapter4_UnregisterHardwareContentProtectionTeardownStatus(adapter, 0);
    CHECK_EQ(IDXGIAdapter4_Release(adapter), 0);
}
