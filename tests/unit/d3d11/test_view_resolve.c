/* SPDX-License-Identifier: MIT */
/* What a view covers: spans, the rest (-1), planes, cubes, and the elements of buffers. */
#include "view_rig.h"

TEST(spans_of_levels_and_slices)
{
    static const struct {
        UINT level, levels, slice, slices;
        HRESULT wanted;
        UINT found_levels, found_slices;
    } spans[] = {
        {0, 4, 0, 5, S_OK, 4, 5},
        {1, REST, 2, REST, S_OK, 3, 3},
        {3, 1, 4, 1, S_OK, 1, 1},
        {3, 2, 0, 1, E_INVALIDARG, 0, 0},
        {4, 1, 0, 1, E_INVALIDARG, 0, 0},
        {4, REST, 0, 1, E_INVALIDARG, 0, 0},
        {0, 0, 0, 1, E_INVALIDARG, 0, 0},
        {0, 1, 5, 1, E_INVALIDARG, 0, 0},
        {0, 1, 4, 2, E_INVALIDARG, 0, 0},
        {0, 1, 0, 0, E_INVALIDARG, 0, 0},
        {0, 1, REST, 2, E_INVALIDARG, 0, 0},
        {0, 1, 1, REST - 1, E_INVALIDARG, 0, 0},
    };
    struct rig rig = rig_new();
    ID3D11Resource *array =
        rig_texture2d(&rig, bound(COLOUR_BINDS), DXGI_FORMAT_R8G8B8A8_UNORM, 16, 8, 4, 5);
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        D3D11_SHADER_RESOURCE_VIEW_DESC desc = {
            .ViewDimension = D3D11_SRV_DIMENSION_TEXTURE2DARRAY,
            .Texture2DArray = {spans[i].level, spans[i].levels, spans[i].slice,
                               spans[i].slices}};
        D3D11_SHADER_RESOURCE_VIEW_DESC found;
        CHECK_EQ(try_ShaderResourceView(&rig, array, &desc, &found), spans[i].wanted);
        if (spans[i].wanted != S_OK)
            continue;
        CHECK_EQ(found.Format, DXGI_FORMAT_R8G8B8A8_UNORM);
        CHECK_EQ(found.Texture2DArray.MipLevels, spans[i].found_levels);
        CHECK_EQ(found.Texture2DArray.ArraySize, spans[i].found_slices);
    }
    release(array);
    rig_finish(&rig);
}

/* Depth slices are counted in the level that the view shows. */
TEST(depth_of_a_level)
{
    struct rig rig = rig_new();
    ID3D11Resource *volume =
        rig_texture3d(&rig, bound(COLOUR_BINDS), DXGI_FORMAT_R8G8B8A8_UNORM, 16, 8, 6, 3);
    D3D11_RENDER_TARGET_VIEW_DESC desc = {.ViewDimension = D3D11_RTV_DIMENSION_TEXTURE3D,
                                          .Texture3D = {1, 1, REST}},
                                  found;
    CHECK_EQ(try_RenderTargetView(&rig, volume, &desc, &found), S_OK);
    CHECK_EQ(found.Texture3D.WSize, 2);
    desc.Texture3D.FirstWSlice = 3;
    CHECK_EQ(try_RenderTargetView(&rig, volume, &desc, NULL), E_INVALIDARG);
    release(volume);
    rig_finish(&rig);
}

TEST(a_cube_is_six_slices)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC cube_desc = tex_desc(D3D11_RESOURCE_MISC_TEXTURECUBE);
    ID3D11Texture2D *cube = NULL;
    ID3D11Resource *plain =
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_R8G8B8A8_UNORM, 8, 8, 1, 6);
    D3D11_SHADER_RESOURCE_VIEW_DESC desc = {.ViewDimension =
                                                D3D11_SRV_DIMENSION_TEXTURECUBEARRAY,
                                            .TextureCubeArray = {0, 1, 3, REST}},
                                    found;
    cube_desc.ArraySize = 18;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &cube_desc, NULL, &cube), S_OK);
    CHECK_EQ(try_ShaderResourceView(&rig, (ID3D11Resource *)cube, &desc, &found), S_OK);
    CHECK_EQ(found.TextureCubeArray.NumCubes, 2); /* 15 slices are left */
    desc.TextureCubeArray.NumCubes = 3;
    CHECK_EQ(try_ShaderResourceView(&rig, (ID3D11Resource *)cube, &desc, NULL), E_INVALIDARG);
    desc.TextureCubeArray.First2DArrayFace = 18;
    CHECK_EQ(try_ShaderResourceView(&rig, (ID3D11Resource *)cube, &desc, NULL), E_INVALIDARG);
    desc.TextureCubeArray.First2DArrayFace = 0;
    desc.TextureCubeArray.NumCubes = 1;
    CHECK_EQ(try_ShaderResourceView(&rig, plain, &desc, NULL), E_INVALIDARG);
    CHECK_EQ(ID3D11Texture2D_Release(cube), 0);
    release(plain);
    rig_finish(&rig);
}

TEST(planes_by_format)
{
    static const struct {
        DXGI_FORMAT resource, view;
        HRESULT wanted;
        UINT plane;
    } cases[] = {
        {DXGI_FORMAT_NV12, DXGI_FORMAT_R8_UNORM, S_OK, 0},
        {DXGI_FORMAT_NV12, DXGI_FORMAT_R8G8_UNORM, S_OK, 1},
        {DXGI_FORMAT_NV12, DXGI_FORMAT_R8G8_UINT, S_OK, 1},
        {DXGI_FORMAT_NV12, DXGI_FORMAT_R16_UNORM, E_INVALIDARG, 0},
        {DXGI_FORMAT_NV12, DXGI_FORMAT_R8G8B8A8_UNORM, E_INVALIDARG, 0},
        {DXGI_FORMAT_P010, DXGI_FORMAT_R16_UNORM, S_OK, 0},
        {DXGI_FORMAT_P010, DXGI_FORMAT_R16G16_UNORM, S_OK, 1},
        {DXGI_FORMAT_P010, DXGI_FORMAT_R8_UNORM, E_INVALIDARG, 0},
    };
    struct rig rig = rig_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ID3D11Resource *texture = rig_texture2d(&rig, bound(D3D11_BIND_RENDER_TARGET),
                                                cases[i].resource, 16, 8, 1, 1);
        D3D11_RENDER_TARGET_VIEW_DESC1 desc = {.Format = cases[i].view,
                                               .ViewDimension = D3D11_RTV_DIMENSION_TEXTURE2D},
                                       found;
        ID3D11RenderTargetView1 *view = NULL;
        CHECK_EQ(ID3D11Device5_CreateRenderTargetView1(rig.device5, texture, &desc, &view),
                 cases[i].wanted);
        if (view) {
            ID3D11RenderTargetView1_GetDesc1(view, &found);
            CHECK_EQ(found.Texture2D.PlaneSlice, cases[i].plane);
            CHECK_EQ(ID3D11RenderTargetView1_Release(view), 0);
        }
        desc.Texture2D.PlaneSlice = 1; /* right for chroma only */
        CHECK_EQ(ID3D11Device5_CreateRenderTargetView1(rig.device5, texture, &desc, NULL),
                 cases[i].wanted == S_OK && cases[i].plane ? S_FALSE : E_INVALIDARG);
        release(texture);
    }
    rig_finish(&rig);
}

static ID3D11Resource *bytes(const struct rig *rig, UINT size, UINT misc, UINT stride)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = size,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE |
                                           D3D11_BIND_UNORDERED_ACCESS,
                              .MiscFlags = misc,
                              .StructureByteStride = stride};
    ID3D11Buffer *buffer = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(rig->device, &desc, NULL, &buffer), S_OK);
    return (ID3D11Resource *)buffer;
}

static HRESULT try_elements(const struct rig *rig, ID3D11Resource *buffer, DXGI_FORMAT format,
                            UINT first, UINT count, UINT flags)
{
    D3D11_UNORDERED_ACCESS_VIEW_DESC desc = {.Format = format,
                                             .ViewDimension = D3D11_UAV_DIMENSION_BUFFER,
                                             .Buffer = {first, count, flags}};
    return try_UnorderedAccessView(rig, buffer, &desc, NULL);
}

TEST(elements_of_buffers)
{
    struct rig rig = rig_new();
    ID3D11Resource *typed = bytes(&rig, 100, 0, 0);
    ID3D11Resource *raw = bytes(&rig, 100, D3D11_RESOURCE_MISC_BUFFER_ALLOW_RAW_VIEWS, 0);
    ID3D11Resource *structured = bytes(&rig, 96, D3D11_RESOURCE_MISC_BUFFER_STRUCTURED, 12);
    DXGI_FORMAT uint = DXGI_FORMAT_R32_UINT, none = DXGI_FORMAT_UNKNOWN;
    CHECK_EQ(try_elements(&rig, typed, uint, 0, 25, 0), S_OK);
    CHECK_EQ(try_elements(&rig, typed, uint, 24, REST, 0), S_OK);
    CHECK_EQ(try_elements(&rig, typed, uint, 0, 26, 0), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, typed, uint, 25, 1, 0), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, typed, DXGI_FORMAT_R32G32B32A32_FLOAT, 0, 6, 0), S_OK);
    CHECK_EQ(try_elements(&rig, typed, DXGI_FORMAT_R32G32B32A32_FLOAT, 0, 7, 0), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, typed, none, 0, 1, 0), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, typed, DXGI_FORMAT_BC1_UNORM, 0, 1, 0), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, typed, DXGI_FORMAT_R32_TYPELESS, 0, 1, 0), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, typed, uint, 0, 1, D3D11_BUFFER_UAV_FLAG_APPEND), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, typed, DXGI_FORMAT_R32_TYPELESS, 0, 1,
                          D3D11_BUFFER_UAV_FLAG_RAW),
             E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, raw, DXGI_FORMAT_R32_TYPELESS, 0, 25,
                          D3D11_BUFFER_UAV_FLAG_RAW),
             S_OK);
    CHECK_EQ(try_elements(&rig, raw, uint, 0, 25, D3D11_BUFFER_UAV_FLAG_RAW), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, structured, none, 0, 8, 0), S_OK);
    CHECK_EQ(try_elements(&rig, structured, none, 0, 9, 0), E_INVALIDARG);
    CHECK_EQ(try_elements(&rig, structured, none, 0, 8, D3D11_BUFFER_UAV_FLAG_COUNTER), S_OK);
    CHECK_EQ(try_ShaderResourceView(&rig, structured, NULL, NULL), S_OK);
    CHECK_EQ(try_ShaderResourceView(&rig, typed, NULL, NULL), E_INVALIDARG); /* no format */
    release(typed);
    release(raw);
    release(structured);
    rig_finish(&rig);
}
