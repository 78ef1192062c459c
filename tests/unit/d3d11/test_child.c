/* SPDX-License-Identifier: MIT */
/* References: what a child takes of its device, and what lives on below a view. */
#include "share_rig.h"

TEST(each_child_is_one_reference_on_the_device)
{
    struct rig rig = rig_new();
    ULONG before = refs_of(rig.device);
    D3D11_QUERY_DESC query_desc = {.Query = D3D11_QUERY_EVENT};
    ID3D11Texture2D *texture = new_texture(&rig, 0);
    ID3D11ShaderResourceView *view = NULL;
    ID3D11Query *asked = NULL;
    ID3D11Fence *fence = NULL;
    CHECK_EQ(refs_of(texture), 1);
    CHECK_EQ(refs_of(rig.device), before + 1);
    CHECK_EQ(ID3D11Texture2D_AddRef(texture), 2);
    CHECK_EQ(refs_of(rig.device), before + 1); /* once, however many references it has */
    CHECK_EQ(ID3D11Texture2D_Release(texture), 1);
    CHECK_EQ(ID3D11Device_CreateShaderResourceView(rig.device, (ID3D11Resource *)texture, NULL,
                                                   &view),
             S_OK);
    CHECK_EQ(refs_of(rig.device), before + 2);
    CHECK_EQ(refs_of(texture), 1); /* a view's hold is not a public reference */
    CHECK_EQ(ID3D11Device_CreateQuery(rig.device, &query_desc, &asked), S_OK);
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                       (void **)&fence),
             S_OK);
    CHECK_EQ(refs_of(rig.device), before + 4);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    CHECK_EQ(ID3D11Query_Release(asked), 0);
    CHECK_EQ(ID3D11ShaderResourceView_Release(view), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    CHECK_EQ(refs_of(rig.device), before);
    rig_finish(&rig);
}

TEST(a_view_keeps_its_resource_and_brings_it_back)
{
    struct rig rig = rig_new();
    ULONG before = refs_of(rig.device);
    size_t live = core_live_count();
    ID3D11Texture2D *texture = new_texture(&rig, 0);
    ID3D11ShaderResourceView *view = NULL;
    ID3D11Resource *again = NULL;
    CHECK_EQ(ID3D11Device_CreateShaderResourceView(rig.device, (ID3D11Resource *)texture, NULL,
                                                   &view),
             S_OK);
    write_tex(&rig, texture, 4);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    CHECK_EQ(refs_of(rig.device), before + 1);
    CHECK_EQ(core_live_count(), live + 1);
    ID3D11ShaderResourceView_GetResource(view, &again);
    CHECK_PTR_EQ(again, texture);
    CHECK_EQ(refs_of(again), 1);
    CHECK_EQ(refs_of(rig.device), before + 2);
    CHECK_EQ(ID3D11ShaderResourceView_Release(view), 0);
    check_tex(&rig, (ID3D11Texture2D *)again, 4);
    CHECK_EQ(ID3D11Resource_Release(again), 0);
    CHECK_EQ(core_live_count(), live);
    CHECK_EQ(refs_of(rig.device), before);
    rig_finish(&rig);
}

TEST(a_child_keeps_its_device)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, 0);
    ID3D11Device *device = NULL;
    ID3D11DeviceContext4_Release(rig.context4);
    ID3D11DeviceContext_Release(rig.context);
    ID3D11Device5_Release(rig.device5);
    CHECK_EQ(ID3D11Device_Release(rig.device), 1);
    ID3D11Texture2D_GetDevice(texture, &device);
    CHECK_PTR_EQ(device, rig.device);
    CHECK_EQ(refs_of(device), 2);
    CHECK_EQ(ID3D11Device_Release(device), 1);
    ID3D11Texture2D_GetDevice(texture, NULL);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
}

TEST(unknown_interfaces_are_refused)
{
    static const GUID unknown = {0x11223344, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}};
    struct rig rig = rig_new();
    D3D11_QUERY_DESC desc = {.Query = D3D11_QUERY_EVENT};
    ID3D11Texture2D *texture = new_texture(&rig, KEYED);
    ID3D11ShaderResourceView *view = NULL;
    ID3D11Query *asked = NULL;
    ID3D11Fence *fence = NULL;
    CHECK_EQ(ID3D11Device_CreateQuery(rig.device, &desc, &asked), S_OK);
    CHECK_EQ(ID3D11Device_CreateShaderResourceView(rig.device, (ID3D11Resource *)texture, NULL,
                                                   &view),
             S_OK);
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                       (void **)&fence),
             S_OK);
    IUnknown *const objects[] = {(IUnknown *)rig.device, (IUnknown *)texture, (IUnknown *)view,
                                 (IUnknown *)asked, (IUnknown *)fence};
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        void *none = UNTOUCHED;
        CHECK_EQ(IUnknown_QueryInterface(objects[i], &unknown, &none), E_NOINTERFACE);
        CHECK_PTR_EQ(none, NULL);
        CHECK_EQ(IUnknown_QueryInterface(objects[i], &IID_IUnknown, NULL), E_POINTER);
        CHECK_EQ(IUnknown_QueryInterface(objects[i], NULL, &none), E_POINTER);
    }
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    CHECK_EQ(ID3D11Query_Release(asked), 0);
    CHECK_EQ(ID3D11ShaderResourceView_Release(view), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
