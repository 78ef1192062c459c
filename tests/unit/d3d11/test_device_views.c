/* SPDX-License-Identifier: MIT */
/* The Create methods of views: which resource they take. */
#include "view_rig.h"

TEST(a_resource_of_this_device)
{
    struct rig rig = rig_new(), other = rig_new();
    ID3D11Resource *foreign =
        rig_texture2d(&other, bound(COLOUR_BINDS), DXGI_FORMAT_R8G8B8A8_UNORM, 8, 8, 1, 1);
    CHECK_EQ(try_ShaderResourceView(&rig, NULL, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(try_RenderTargetView(&rig, NULL, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(try_DepthStencilView(&rig, NULL, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(try_UnorderedAccessView(&rig, NULL, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(try_ShaderResourceView(&rig, foreign, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(try_RenderTargetView(&rig, foreign, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(try_UnorderedAccessView(&other, foreign, NULL, NULL), S_OK);
    release(foreign);
    rig_finish(&rig);
    rig_finish(&other);
}

/* An opened texture is one of the device that opened it. */
TEST(an_opened_resource_is_viewed_where_it_was_opened)
{
    struct rig rig = rig_new(), other = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED);
    ID3D11Texture2D *opened = open_kmt(&other, kmt_handle(texture));
    CHECK_EQ(try_ShaderResourceView(&other, (ID3D11Resource *)opened, NULL, NULL), S_OK);
    CHECK_EQ(try_ShaderResourceView(&rig, (ID3D11Resource *)opened, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
    rig_finish(&other);
}
