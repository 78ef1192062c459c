/* SPDX-License-Identifier: MIT */
/* Views as objects: identity, the newer versions, and the way back to the resource. */
#include "view_rig.h"

TEST(each_kind_knows_its_interfaces)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, bound(COLOUR_BINDS), DXGI_FORMAT_R8G8B8A8_UNORM, 8, 8, 1, 1);
    ID3D11Resource *depth =
        rig_texture2d(&rig, bound(D3D11_BIND_DEPTH_STENCIL), DXGI_FORMAT_D32_FLOAT, 8, 8, 1, 1);
    const IID *const iids[] = {&IID_ID3D11ShaderResourceView, &IID_ID3D11RenderTargetView,
                               &IID_ID3D11UnorderedAccessView, &IID_ID3D11DepthStencilView};
    ID3D11View *views[4];
    ID3D11Device5 *device = rig.device5;
    CHECK_EQ(ID3D11Device5_CreateShaderResourceView1(device, texture, NULL,
                                                     (ID3D11ShaderResourceView1 **)&views[0]),
             S_OK);
    CHECK_EQ(ID3D11Device5_CreateRenderTargetView1(device, texture, NULL,
                                                   (ID3D11RenderTargetView1 **)&views[1]),
             S_OK);
    CHECK_EQ(ID3D11Device5_CreateUnorderedAccessView1(device, texture, NULL,
                                                      (ID3D11UnorderedAccessView1 **)&views[2]),
             S_OK);
    CHECK_EQ(ID3D11Device5_CreateDepthStencilView(device, depth, NULL,
                                                  (ID3D11DepthStencilView **)&views[3]),
             S_OK);
    for (int i = 0; i < 4; i++) {
        ID3D11Resource *back = NULL;
        for (int k = 0; k < 4; k++) {
            void *found = UNTOUCHED;
            HRESULT hr = ID3D11View_QueryInterface(views[i], iids[k], &found);
            CHECK_EQ(hr, i == k ? S_OK : E_NOINTERFACE);
            CHECK_PTR_EQ(found, i == k ? views[i] : NULL);
            if (hr == S_OK)
                CHECK_EQ(IUnknown_Release((IUnknown *)found), 1);
        }
        IUnknown *view = query(views[i], &IID_ID3D11View);
        CHECK_EQ(IUnknown_Release(view), 1);
        ID3D11View_GetResource(views[i], &back);
        CHECK_PTR_EQ(back, i == 3 ? depth : texture);
        CHECK_EQ(ID3D11Resource_Release(back), 1);
        ID3D11View_GetResource(views[i], NULL);
        CHECK_EQ(ID3D11View_Release(views[i]), 0);
    }
    release(texture);
    release(depth);
    rig_finish(&rig);
}

TEST(both_versions_of_a_description_agree)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, bound(COLOUR_BINDS), DXGI_FORMAT_R8G8B8A8_UNORM, 8, 8, 2, 3);
    ID3D11ShaderResourceView1 *view = NULL;
    D3D11_SHADER_RESOURCE_VIEW_DESC older;
    D3D11_SHADER_RESOURCE_VIEW_DESC1 newer;
    CHECK_EQ(ID3D11Device5_CreateShaderResourceView1(rig.device5, texture, NULL, &view), S_OK);
    ID3D11ShaderResourceView1_GetDesc(view, &older);
    ID3D11ShaderResourceView1_GetDesc1(view, &newer);
    CHECK_MEM(&older, &newer, sizeof(older));
    CHECK_EQ(newer.Texture2DArray.PlaneSlice, 0);
    ID3D11ShaderResourceView1_GetDesc(view, NULL);
    ID3D11ShaderResourceView1_GetDesc1(view, NULL);
    CHECK_EQ(ID3D11ShaderResourceView1_Release(view), 0);
    release(texture);
    rig_finish(&rig);
}
