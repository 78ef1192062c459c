/* SPDX-License-Identifier: MIT */
/* Factories: the same adapters by number, LUID and shared handle, with LUIDs that stay. */
#include "gpu/primary.h"
#include "share_rig.h"

static IDXGIFactory7 *new_factory(void)
{
    IDXGIFactory7 *factory = NULL;
    CHECK_EQ(CreateDXGIFactory2(0, &IID_IDXGIFactory7, (void **)&factory), S_OK);
    return factory;
}

static LUID luid_of(IDXGIAdapter *adapter)
{
    DXGI_ADAPTER_DESC desc;
    CHECK_EQ(IDXGIAdapter_GetDesc(adapter, &desc), S_OK);
    return desc.AdapterLuid;
}

TEST(three_ways_to_make_one)
{
    static const IID *const iids[] = {&IID_IUnknown,      &IID_IDXGIObject,
                                      &IID_IDXGIFactory,  &IID_IDXGIFactory1,
                                      &IID_IDXGIFactory2, &IID_IDXGIFactory3,
                                      &IID_IDXGIFactory4, &IID_IDXGIFactory5,
                                      &IID_IDXGIFactory6};
    IUnknown *factory = NULL;
    void *none = UNTOUCHED;
    for (size_t i = 0; i < sizeof(iids) / sizeof(iids[0]); i++) {
        CHECK_EQ(CreateDXGIFactory(iids[i], (void **)&factory), S_OK);
        CHECK_EQ(IUnknown_Release(factory), 0);
        CHECK_EQ(CreateDXGIFactory1(iids[i], (void **)&factory), S_OK);
        CHECK_EQ(IUnknown_Release(factory), 0);
        CHECK_EQ(CreateDXGIFactory2(DXGI_CREATE_FACTORY_DEBUG, iids[i], (void **)&factory),
                 S_OK);
        CHECK_EQ(IUnknown_Release(factory), 0);
    }
    CHECK_EQ(CreateDXGIFactory1(&IID_IDXGIAdapter, &none), E_NOINTERFACE);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(CreateDXGIFactory1(&IID_IDXGIFactory, NULL), E_INVALIDARG);
    CHECK_EQ(CreateDXGIFactory2(2, &IID_IDXGIFactory, &none), E_INVALIDARG);
}

TEST(adapters_by_number)
{
    IDXGIFactory7 *factory = new_factory();
    IDXGIAdapter *adapter = NULL;
    IDXGIAdapter1 *newer = NULL;
    IDXGIAdapter4 *preferred = NULL;
    UINT count = 0;
    while (IDXGIFactory7_EnumAdapters(factory, count, &adapter) == S_OK) {
        CHECK_EQ(IDXGIFactory7_EnumAdapters1(factory, count, &newer), S_OK);
        CHECK_EQ(IDXGIFactory7_EnumAdapterByGpuPreference(factory, count,
                                                          DXGI_GPU_PREFERENCE_HIGH_PERFORMANCE,
                                                          &IID_IDXGIAdapter4,
                                                          (void **)&preferred),
                 S_OK);
        LUID a = luid_of(adapter), b = luid_of((IDXGIAdapter *)newer);
        CHECK_MEM(&a, &b, sizeof(a));
        CHECK_EQ(IDXGIAdapter_Release(adapter), 0);
        CHECK_EQ(IDXGIAdapter1_Release(newer), 0);
        CHECK_EQ(IDXGIAdapter4_Release(preferred), 0);
        count++;
    }
    CHECK(count >= 1);
    CHECK_PTR_EQ(adapter, NULL);
    CHECK_EQ(IDXGIFactory7_EnumAdapters(factory, count, &adapter), DXGI_ERROR_NOT_FOUND);
    CHECK_EQ(IDXGIFactory7_EnumAdapters(factory, UINT32_MAX, &adapter), DXGI_ERROR_NOT_FOUND);
    CHECK_EQ(IDXGIFactory7_EnumAdapters1(factory, 0, NULL), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(IDXGIFactory7_Release(factory), 0);
}

TEST(adapters_by_luid_and_the_software_one)
{
    IDXGIFactory7 *factory = new_factory();
    IDXGIAdapter *first = NULL, *found = NULL, *warp = NULL;
    void *none = UNTOUCHED;
    CHECK_EQ(IDXGIFactory7_EnumAdapters(factory, 0, &first), S_OK);
    LUID luid = luid_of(first), wrong = luid;
    CHECK(luid.LowPart || luid.HighPart);
    CHECK_EQ(IDXGIFactory7_EnumAdapterByLuid(factory, luid, &IID_IDXGIAdapter, (void **)&found),
             S_OK);
    LUID again = luid_of(found);
    CHECK_MEM(&again, &luid, sizeof(luid));
    wrong.LowPart ^= 0x5a5a5a5a;
    CHECK_EQ(IDXGIFactory7_EnumAdapterByLuid(factory, wrong, &IID_IDXGIAdapter, &none),
             DXGI_ERROR_NOT_FOUND);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(IDXGIFactory7_EnumAdapterByLuid(factory, luid, &IID_IDXGIFactory, &none),
             E_NOINTERFACE);
    CHECK_EQ(IDXGIFactory7_EnumWarpAdapter(factory, &IID_IDXGIAdapter, (void **)&warp),
             gpu_device_wanted() ? DXGI_ERROR_NOT_FOUND : S_OK); /* a GPU is no software */
    CHECK_EQ(IDXGIFactory7_EnumWarpAdapter(factory, &IID_IDXGIAdapter, NULL),
             DXGI_ERROR_INVALID_CALL);
    if (warp)
        CHECK_EQ(IDXGIAdapter_Release(warp), 0);
    CHECK_EQ(IDXGIAdapter_Release(found), 0);
    CHECK_EQ(IDXGIAdapter_Release(first), 0);
    CHECK_EQ(IDXGIFactory7_Release(factory), 0);
}

TEST(the_adapter_of_a_shared_handle)
{
    struct rig rig = rig_new();
    IDXGIFactory7 *factory = new_factory();
    ID3D11Texture2D *a = new_texture(&rig, SHARED), *b = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE number = kmt_handle(a), handle = nt_handle(b, NULL);
    IDXGIDevice *dxgi = query(rig.device, &IID_IDXGIDevice);
    IDXGIAdapter *adapter = NULL;
    CHECK_EQ(IDXGIDevice_GetAdapter(dxgi, &adapter), S_OK);
    LUID wanted = luid_of(adapter), found;
    CHECK_EQ(IDXGIFactory7_GetSharedResourceAdapterLuid(factory, number, &found), S_OK);
    CHECK_MEM(&found, &wanted, sizeof(found));
    memset(&found, 0, sizeof(found));
    CHECK_EQ(IDXGIFactory7_GetSharedResourceAdapterLuid(factory, handle, &found), S_OK);
    CHECK_MEM(&found, &wanted, sizeof(found));
    CHECK_EQ(IDXGIFactory7_GetSharedResourceAdapterLuid(factory, handle, NULL),
             DXGI_ERROR_INVALID_CALL);
    CHECK(CloseHandle(handle));
    CHECK_EQ(IDXGIFactory7_GetSharedResourceAdapterLuid(factory, handle, &found), E_INVALIDARG);
    CHECK_EQ(IDXGIFactory7_GetSharedResourceAdapterLuid(factory, NULL, &found), E_INVALIDARG);
    IDXGIAdapter_Release(adapter);
    IDXGIDevice_Release(dxgi);
    CHECK_EQ(ID3D11Texture2D_Release(a), 0);
    CHECK_EQ(ID3D11Texture2D_Release(b), 0);
    CHECK_EQ(IDXGIFactory7_Release(factory), 0);
    rig_finish(&rig);
}

TEST(an_adapter_keeps_its_factory)
{
    static const GUID guid = {0x01020304, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    IDXGIFactory7 *factory = new_factory(), *parent = NULL;
    IDXGIAdapter *adapter = NULL;
    UINT value = 3, found = 0, size = sizeof(found);
    void *none = UNTOUCHED;
    CHECK_EQ(IDXGIFactory7_IsCurrent(factory), TRUE);
    CHECK_EQ(IDXGIFactory7_GetCreationFlags(factory), 0);
    CHECK_EQ(IDXGIFactory7_SetPrivateData(factory, &guid, sizeof(value), &value), S_OK);
    CHECK_EQ(IDXGIFactory7_GetPrivateData(factory, &guid, &size, &found), S_OK);
    CHECK_EQ(found, 3);
    CHECK_EQ(IDXGIFactory7_GetParent(factory, &IID_IUnknown, &none), E_NOINTERFACE);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(IDXGIFactory7_EnumAdapters(factory, 0, &adapter), S_OK);
    CHECK_EQ(IDXGIFactory7_Release(factory), 1);
    CHECK_EQ(IDXGIAdapter_GetParent(adapter, &IID_IDXGIFactory7, (void **)&parent), S_OK);
    CHECK_PTR_EQ(parent, factory);
    CHECK_EQ(IDXGIFactory7_Release(parent), 1);
    CHECK_EQ(IDXGIAdapter_Release(adapter), 0);
}
