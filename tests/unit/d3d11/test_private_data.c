/* SPDX-License-Identifier: MIT */
/* Private data, in the order in which programs get it wrong: sizes, replacing, interfaces,
 * names. */
#include "share_rig.h"

#include <d3dcommon.h>

static const GUID guid_a = {0xaaaaaaaa, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
static const GUID guid_b = {0xbbbbbbbb, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

TEST(bytes_come_back_with_their_size)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, 0);
    unsigned char data[5] = {1, 2, 3, 4, 5}, found[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    UINT size = 0;
    CHECK_EQ(ID3D11Texture2D_SetPrivateData(texture, &guid_a, 5, data), S_OK);
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(texture, &guid_a, &size, NULL), S_OK);
    CHECK_EQ(size, 5);
    size = 4;
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(texture, &guid_a, &size, found),
             DXGI_ERROR_MORE_DATA);
    CHECK_EQ(size, 5);
    CHECK_EQ(found[0], 9);
    size = 8;
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(texture, &guid_a, &size, found), S_OK);
    CHECK_EQ(size, 5);
    CHECK_MEM(found, data, 5);
    CHECK_EQ(found[5], 9);
    CHECK_EQ(ID3D11Texture2D_SetPrivateData(texture, &guid_a, 2, data + 3), S_OK);
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(texture, &guid_a, &size, found), S_OK);
    CHECK_EQ(size, 2);
    CHECK_MEM(found, data + 3, 2);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(what_is_not_there)
{
    struct rig rig = rig_new();
    UINT size = 77;
    void *untouched = UNTOUCHED;
    CHECK_EQ(ID3D11Device_GetPrivateData(rig.device, &guid_b, &size, &untouched),
             DXGI_ERROR_NOT_FOUND);
    CHECK_EQ(size, 0);
    CHECK_PTR_EQ(untouched, UNTOUCHED);
    CHECK_EQ(ID3D11Device_GetPrivateData(rig.device, &guid_b, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(ID3D11Device_GetPrivateData(rig.device, &guid_a, NULL, &untouched), E_INVALIDARG);
    CHECK_EQ(ID3D11Device_SetPrivateData(rig.device, &guid_a, 0, NULL), S_FALSE);
    CHECK_EQ(ID3D11Device_SetPrivateDataInterface(rig.device, &guid_a, NULL), S_OK);
    CHECK_EQ(ID3D11Device_SetPrivateData(rig.device, &guid_a, ~0u, NULL), S_OK);
    CHECK_EQ(ID3D11Device_SetPrivateData(rig.device, &guid_a, ~0u, NULL), S_FALSE);
    rig_finish(&rig);
}

TEST(an_interface_is_held_until_it_is_replaced)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, 0), *other = new_texture(&rig, 0);
    IUnknown *found = NULL;
    UINT size = sizeof(found);
    CHECK_EQ(ID3D11Texture2D_SetPrivateDataInterface(texture, &guid_a, (IUnknown *)other),
             S_OK);
    CHECK_EQ(refs_of(other), 2);
    CHECK_EQ(ID3D11Texture2D_SetPrivateDataInterface(texture, &guid_a, (IUnknown *)other),
             S_OK);
    CHECK_EQ(refs_of(other), 2);
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(texture, &guid_a, &size, NULL), S_OK);
    CHECK_EQ(size, sizeof(found));
    CHECK_EQ(refs_of(other), 2);
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(texture, &guid_a, &size, &found), S_OK);
    CHECK_PTR_EQ(found, other);
    CHECK_EQ(IUnknown_Release(found), 2);
    CHECK_EQ(ID3D11Texture2D_SetPrivateDataInterface(texture, &guid_a, NULL), S_OK);
    CHECK_EQ(refs_of(other), 1);
    found = UNTOUCHED;
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(texture, &guid_a, &size, &found), S_OK);
    CHECK_PTR_EQ(found, NULL);
    CHECK_EQ(ID3D11Texture2D_SetPrivateDataInterface(texture, &guid_b, (IUnknown *)other),
             S_OK);
    CHECK_EQ(ID3D11Texture2D_SetPrivateData(texture, &guid_b, 1, "x"), S_OK);
    CHECK_EQ(refs_of(other), 1);
    CHECK_EQ(ID3D11Texture2D_SetPrivateDataInterface(texture, &guid_b, (IUnknown *)other),
             S_OK);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    CHECK_EQ(ID3D11Texture2D_Release(other), 0); /* the end of its holder let it go */
    rig_finish(&rig);
}

TEST(a_name_for_debuggers)
{
    struct rig rig = rig_new();
    static const char name[] = "depth pass";
    char found[32] = "";
    UINT size = sizeof(found);
    CHECK_EQ(ID3D11Device_SetPrivateData(rig.device, &WKPDID_D3DDebugObjectName,
                                         sizeof(name) - 1, name),
             S_OK);
    CHECK_EQ(ID3D11Device_GetPrivateData(rig.device, &WKPDID_D3DDebugObjectName, &size, found),
             S_OK);
    CHECK_EQ(size, sizeof(name) - 1);
    CHECK_STR(found, name);
    rig_finish(&rig);
}

/* All faces of one object share one store. */
TEST(dxgi_and_d3d11_see_the_same)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED);
    IDXGIKeyedMutex *mutex = query(texture, &IID_IDXGIKeyedMutex);
    IDXGIDevice *dxgi = query(rig.device, &IID_IDXGIDevice);
    UINT value = 5, found = 0, size = sizeof(found);
    CHECK_EQ(IDXGIKeyedMutex_SetPrivateData(mutex, &guid_a, sizeof(value), &value), S_OK);
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(texture, &guid_a, &size, &found), S_OK);
    CHECK_EQ(found, 5);
    value = 6;
    CHECK_EQ(IDXGIDevice_SetPrivateData(dxgi, &guid_a, sizeof(value), &value), S_OK);
    CHECK_EQ(ID3D11Device_GetPrivateData(rig.device, &guid_a, &size, &found), S_OK);
    CHECK_EQ(found, 6);
    IDXGIDevice_Release(dxgi);
    IDXGIKeyedMutex_Release(mutex);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
