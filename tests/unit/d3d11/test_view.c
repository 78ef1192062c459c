/* SPDX-License-Identifier: MIT */
/* What each kind of view asks of its resource: bind flags, and a format that can. */
#include "view_rig.h"

TEST(binds_decide)
{
    static const UINT binds[] = {D3D11_BIND_SHADER_RESOURCE, D3D11_BIND_RENDER_TARGET,
                                 D3D11_BIND_UNORDERED_ACCESS};
    struct rig rig = rig_new();
    for (int i = 0; i < 3; i++) {
        ID3D11Resource *texture =
            rig_texture2d(&rig, bound(binds[i]), DXGI_FORMAT_R8G8B8A8_UNORM, 8, 8, 1, 1);
        CHECK_EQ(try_ShaderResourceView(&rig, texture, NULL, NULL),
                 i == 0 ? S_OK : E_INVALIDARG);
        CHECK_EQ(try_RenderTargetView(&rig, texture, NULL, NULL), i == 1 ? S_OK : E_INVALIDARG);
        CHECK_EQ(try_UnorderedAccessView(&rig, texture, NULL, NULL),
                 i == 2 ? S_OK : E_INVALIDARG);
        CHECK_EQ(try_DepthStencilView(&rig, texture, NULL, NULL), E_INVALIDARG);
        release(texture);
    }
    rig_finish(&rig);
}

TEST(a_typeless_resource_needs_a_format)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, bound(COLOUR_BINDS), DXGI_FORMAT_R8G8B8A8_TYPELESS, 8, 8, 1, 1);
    D3D11_RENDER_TARGET_VIEW_DESC target = {.Format = DXGI_FORMAT_R8G8B8A8_UNORM_SRGB,
                                            .ViewDimension = D3D11_RTV_DIMENSION_TEXTURE2D};
    D3D11_UNORDERED_ACCESS_VIEW_DESC access = {.Format = DXGI_FORMAT_R8G8B8A8_UINT,
                                               .ViewDimension = D3D11_UAV_DIMENSION_TEXTURE2D};
    CHECK_EQ(try_ShaderResourceView(&rig, texture, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(try_RenderTargetView(&rig, texture, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(try_RenderTargetView(&rig, texture, &target, NULL), S_OK);
    target.Format = DXGI_FORMAT_R32_FLOAT; /* another group */
    CHECK_EQ(try_RenderTargetView(&rig, texture, &target, NULL), E_INVALIDARG);
    CHECK_EQ(try_UnorderedAccessView(&rig, texture, &access, NULL), S_OK);
    access.Format = DXGI_FORMAT_R8G8B8A8_UNORM_SRGB; /* not for unordered access */
    CHECK_EQ(try_UnorderedAccessView(&rig, texture, &access, NULL), E_INVALIDARG);
    release(texture);
    rig_finish(&rig);
}

TEST(a_typed_resource_keeps_its_format)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, bound(COLOUR_BINDS), DXGI_FORMAT_R8G8B8A8_UNORM, 8, 8, 1, 1);
    D3D11_RENDER_TARGET_VIEW_DESC target = {.Format = DXGI_FORMAT_R8G8B8A8_UINT,
                                            .ViewDimension = D3D11_RTV_DIMENSION_TEXTURE2D};
    CHECK_EQ(try_RenderTargetView(&rig, texture, &target, NULL), E_INVALIDARG);
    target.Format = DXGI_FORMAT_R8G8B8A8_UNORM;
    CHECK_EQ(try_RenderTargetView(&rig, texture, &target, NULL), S_OK);
    release(texture);
    rig_finish(&rig);
}

TEST(depth_views)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, bound(D3D11_BIND_DEPTH_STENCIL | D3D11_BIND_SHADER_RESOURCE),
                      DXGI_FORMAT_R24G8_TYPELESS, 8, 8, 1, 1);
    D3D11_DEPTH_STENCIL_VIEW_DESC desc = {.Format = DXGI_FORMAT_D24_UNORM_S8_UINT,
                                          .ViewDimension = D3D11_DSV_DIMENSION_TEXTURE2D,
                                          .Flags = D3D11_DSV_READ_ONLY_STENCIL};
    D3D11_SHADER_RESOURCE_VIEW_DESC srv = {.Format = DXGI_FORMAT_R24_UNORM_X8_TYPELESS,
                                           .ViewDimension = D3D11_SRV_DIMENSION_TEXTURE2D,
                                           .Texture2D = {0, 1}};
    CHECK_EQ(try_DepthStencilView(&rig, texture, &desc, NULL), S_OK);
    desc.Flags = 4;
    CHECK_EQ(try_DepthStencilView(&rig, texture, &desc, NULL), E_INVALIDARG);
    desc.Flags = 0;
    desc.Format = DXGI_FORMAT_R24_UNORM_X8_TYPELESS;
    CHECK_EQ(try_DepthStencilView(&rig, texture, &desc, NULL), E_INVALIDARG);
    CHECK_EQ(try_ShaderResourceView(&rig, texture, &srv, NULL), S_OK);
    release(texture);
    rig_finish(&rig);
}
