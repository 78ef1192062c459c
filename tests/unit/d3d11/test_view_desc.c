/* SPDX-License-Identifier: MIT */
/* What a NULL description stands for, and which dimensions fit which resource. */
#include "view_rig.h"

TEST(null_means_all_of_it)
{
    struct rig rig = rig_new();
    DXGI_FORMAT format = DXGI_FORMAT_R8G8B8A8_UNORM;
    struct kind kind = bound(COLOUR_BINDS);
    ID3D11Resource *flat = rig_texture2d(&rig, kind, format, 16, 8, 3, 1);
    ID3D11Resource *array = rig_texture2d(&rig, kind, format, 16, 8, 3, 5);
    ID3D11Resource *line = rig_texture1d(&rig, kind, format, 16, 2, 7);
    ID3D11Resource *volume = rig_texture3d(&rig, kind, format, 16, 8, 6, 2);
    D3D11_SHADER_RESOURCE_VIEW_DESC srv;
    D3D11_RENDER_TARGET_VIEW_DESC rtv;
    D3D11_UNORDERED_ACCESS_VIEW_DESC uav;
    CHECK_EQ(try_ShaderResourceView(&rig, flat, NULL, &srv), S_OK);
    CHECK_EQ(srv.ViewDimension, D3D11_SRV_DIMENSION_TEXTURE2D);
    CHECK_EQ(srv.Format, format);
    CHECK_EQ(srv.Texture2D.MipLevels, 3);
    CHECK_EQ(try_ShaderResourceView(&rig, array, NULL, &srv), S_OK);
    CHECK_EQ(srv.ViewDimension, D3D11_SRV_DIMENSION_TEXTURE2DARRAY);
    CHECK_EQ(srv.Texture2DArray.MipLevels, 3);
    CHECK_EQ(srv.Texture2DArray.ArraySize, 5);
    CHECK_EQ(try_RenderTargetView(&rig, array, NULL, &rtv), S_OK);
    CHECK_EQ(rtv.ViewDimension, D3D11_RTV_DIMENSION_TEXTURE2DARRAY);
    CHECK_EQ(rtv.Texture2DArray.ArraySize, 5);
    CHECK_EQ(try_UnorderedAccessView(&rig, line, NULL, &uav), S_OK);
    CHECK_EQ(uav.ViewDimension, D3D11_UAV_DIMENSION_TEXTURE1DARRAY);
    CHECK_EQ(uav.Texture1DArray.ArraySize, 7);
    CHECK_EQ(try_RenderTargetView(&rig, volume, NULL, &rtv), S_OK);
    CHECK_EQ(rtv.ViewDimension, D3D11_RTV_DIMENSION_TEXTURE3D);
    CHECK_EQ(rtv.Texture3D.WSize, 6);
    CHECK_EQ(try_ShaderResourceView(&rig, volume, NULL, &srv), S_OK);
    CHECK_EQ(srv.ViewDimension, D3D11_SRV_DIMENSION_TEXTURE3D);
    release(flat);
    release(array);
    release(line);
    release(volume);
    rig_finish(&rig);
}

TEST(cubes_and_depth_by_default)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(D3D11_RESOURCE_MISC_TEXTURECUBE);
    D3D11_SHADER_RESOURCE_VIEW_DESC srv;
    D3D11_DEPTH_STENCIL_VIEW_DESC dsv;
    for (UINT cubes = 1; cubes <= 2; cubes++) {
        ID3D11Texture2D *texture = NULL;
        desc.ArraySize = 6 * cubes;
        CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, NULL, &texture), S_OK);
        CHECK_EQ(try_ShaderResourceView(&rig, (ID3D11Resource *)texture, NULL, &srv), S_OK);
        CHECK_EQ(srv.ViewDimension, cubes == 1 ? D3D11_SRV_DIMENSION_TEXTURECUBE
                                               : D3D11_SRV_DIMENSION_TEXTURECUBEARRAY);
        if (cubes == 2)
            CHECK_EQ(srv.TextureCubeArray.NumCubes, 2);
        CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    }
    for (UINT slices = 1; slices <= 2; slices++) {
        ID3D11Resource *depth = rig_texture2d(&rig, bound(D3D11_BIND_DEPTH_STENCIL),
                                              DXGI_FORMAT_D16_UNORM, 8, 8, 1, slices);
        CHECK_EQ(try_DepthStencilView(&rig, depth, NULL, &dsv), S_OK);
        CHECK_EQ(dsv.ViewDimension, slices == 1 ? D3D11_DSV_DIMENSION_TEXTURE2D
                                                : D3D11_DSV_DIMENSION_TEXTURE2DARRAY);
        release(depth);
    }
    rig_finish(&rig);
}

/* Each dimension of each enumeration against a 2D array; the rest is refused. */
TEST(dimensions_must_fit)
{
    struct rig rig = rig_new();
    ID3D11Resource *array =
        rig_texture2d(&rig, bound(COLOUR_BINDS), DXGI_FORMAT_R8G8B8A8_UNORM, 16, 8, 1, 6);
    for (UINT i = 0; i <= 12; i++) {
        D3D11_SHADER_RESOURCE_VIEW_DESC srv = {.ViewDimension = (D3D11_SRV_DIMENSION)i,
                                               .Texture2DArray = {0, 1, 0, 1}};
        D3D11_RENDER_TARGET_VIEW_DESC rtv = {.ViewDimension = (D3D11_RTV_DIMENSION)i,
                                             .Texture2DArray = {0, 0, 1}};
        D3D11_UNORDERED_ACCESS_VIEW_DESC uav = {.ViewDimension = (D3D11_UAV_DIMENSION)i,
                                                .Texture2DArray = {0, 0, 1}};
        HRESULT wanted = i == 4 || i == 5 ? S_OK : E_INVALIDARG; /* 2D and 2D array */
        CHECK_EQ(try_ShaderResourceView(&rig, array, &srv, NULL), wanted);
        CHECK_EQ(try_RenderTargetView(&rig, array, &rtv, NULL), wanted);
        CHECK_EQ(try_UnorderedAccessView(&rig, array, &uav, NULL), wanted);
    }
    release(array);
    rig_finish(&rig);
}
