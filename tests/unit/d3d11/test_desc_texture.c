/* SPDX-License-Identifier: MIT */
/* Rules for textures alone: extents by feature level, formats by use, cubes, samples. */
#include "share_rig.h"

static D3D11_TEXTURE2D_DESC sized(UINT width, UINT height, UINT levels, UINT slices)
{
    D3D11_TEXTURE2D_DESC desc = tex_desc(0);
    desc.Width = width;
    desc.Height = height;
    desc.MipLevels = levels;
    desc.ArraySize = slices;
    desc.Format = DXGI_FORMAT_R8_UNORM;
    return desc;
}

static HRESULT try_sized(const struct rig *rig, UINT width, UINT height, UINT levels,
                         UINT slices)
{
    D3D11_TEXTURE2D_DESC desc = sized(width, height, levels, slices);
    return try_texture(rig->device, &desc);
}

TEST(extents)
{
    struct rig rig = rig_new();
    CHECK_EQ(try_sized(&rig, 1, 1, 1, 1), S_OK);
    CHECK_EQ(try_sized(&rig, 16384, 1, 1, 1), S_OK);
    CHECK_EQ(try_sized(&rig, 16385, 1, 1, 1), E_INVALIDARG);
    CHECK_EQ(try_sized(&rig, 0, 1, 1, 1), E_INVALIDARG);
    CHECK_EQ(try_sized(&rig, 1, 0, 1, 1), E_INVALIDARG);
    CHECK_EQ(try_sized(&rig, 1, 1, 1, 0), E_INVALIDARG);
    CHECK_EQ(try_sized(&rig, 4, 4, 1, 2048), S_OK);
    CHECK_EQ(try_sized(&rig, 4, 4, 1, 2049), E_INVALIDARG);
    CHECK_EQ(try_sized(&rig, 33, 7, 6, 3), S_OK);
    CHECK_EQ(try_sized(&rig, 33, 7, 7, 3), E_INVALIDARG);
    CHECK_EQ(try_sized(&rig, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX), E_INVALIDARG);
    rig_finish(&rig);
}

TEST(feature_levels_limit_extents)
{
    static const struct {
        D3D_FEATURE_LEVEL level;
        UINT side, slices;
    } limits[] = {
        {D3D_FEATURE_LEVEL_11_1, 16384, 2048}, {D3D_FEATURE_LEVEL_10_1, 8192, 512},
        {D3D_FEATURE_LEVEL_10_0, 8192, 512},   {D3D_FEATURE_LEVEL_9_3, 4096, 1},
        {D3D_FEATURE_LEVEL_9_1, 2048, 1},
    };
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        ID3D11Device *device = NULL;
        CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, &limits[i].level, 1,
                                   D3D11_SDK_VERSION, &device, NULL, NULL),
                 S_OK);
        D3D11_TEXTURE2D_DESC wide = sized(limits[i].side, 1, 1, 1);
        D3D11_TEXTURE2D_DESC deep = sized(1, 1, 1, limits[i].slices);
        CHECK_EQ(try_texture(device, &wide), S_OK);
        CHECK_EQ(try_texture(device, &deep), S_OK);
        wide.Width++;
        deep.ArraySize++;
        CHECK_EQ(try_texture(device, &wide), E_INVALIDARG);
        CHECK_EQ(try_texture(device, &deep), E_INVALIDARG);
        CHECK_EQ(ID3D11Device_Release(device), 0);
    }
}

static HRESULT try_format(const struct rig *rig, DXGI_FORMAT format, UINT width, UINT height,
                          UINT bind)
{
    D3D11_TEXTURE2D_DESC desc = sized(width, height, 1, 1);
    desc.Format = format;
    desc.BindFlags = bind;
    return try_texture(rig->device, &desc);
}

TEST(blocks_and_planes_need_whole_blocks)
{
    struct rig rig = rig_new();
    UINT srv = D3D11_BIND_SHADER_RESOURCE;
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_BC1_UNORM, 8, 4, srv), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_BC1_UNORM, 9, 4, srv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_BC7_UNORM_SRGB, 8, 6, srv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_NV12, 8, 6, srv), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_NV12, 7, 6, srv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_P010, 8, 5, srv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_P010, 8, 6, srv | D3D11_BIND_RENDER_TARGET), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_YUY2, 8, 5, srv), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_YUY2, 7, 5, srv), E_INVALIDARG);
    rig_finish(&rig);
}

TEST(binds_need_a_format_that_can)
{
    struct rig rig = rig_new();
    UINT rtv = D3D11_BIND_RENDER_TARGET, dsv = D3D11_BIND_DEPTH_STENCIL;
    UINT uav = D3D11_BIND_UNORDERED_ACCESS, srv = D3D11_BIND_SHADER_RESOURCE;
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_UNKNOWN, 8, 8, srv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, (DXGI_FORMAT)116, 8, 8, srv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, (DXGI_FORMAT)UINT32_MAX, 8, 8, srv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_BC1_UNORM, 8, 8, rtv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_D32_FLOAT, 8, 8, dsv), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_D32_FLOAT, 8, 8, rtv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R32_FLOAT, 8, 8, dsv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R32_TYPELESS, 8, 8, dsv | srv), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R32_TYPELESS, 8, 8, dsv | rtv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R24G8_TYPELESS, 8, 8, dsv), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R24_UNORM_X8_TYPELESS, 8, 8, srv), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R8G8B8A8_TYPELESS, 8, 8, rtv | uav), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R8G8B8A8_UNORM_SRGB, 8, 8, rtv), S_OK);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R8G8B8A8_UNORM_SRGB, 8, 8, uav), E_INVALIDARG);
    CHECK_EQ(try_format(&rig, DXGI_FORMAT_R9G9B9E5_SHAREDEXP, 8, 8, rtv), E_INVALIDARG);
    rig_finish(&rig);
}

TEST(kinds_have_formats)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE1D_DESC one = {.Width = 8,
                                .MipLevels = 1,
                                .ArraySize = 1,
                                .Format = DXGI_FORMAT_BC1_UNORM};
    D3D11_TEXTURE3D_DESC three = {
        .Width = 8, .Height = 8, .Depth = 3, .MipLevels = 1, .Format = DXGI_FORMAT_BC1_UNORM};
    ID3D11Texture1D *line = NULL;
    ID3D11Texture3D *volume = NULL;
    CHECK_EQ(ID3D11Device_CreateTexture1D(rig.device, &one, NULL, &line), E_INVALIDARG);
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &three, NULL, &volume), S_OK);
    CHECK_EQ(ID3D11Texture3D_Release(volume), 0);
    three.Format = DXGI_FORMAT_NV12;
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &three, NULL, &volume), E_INVALIDARG);
    three.Format = DXGI_FORMAT_R8_UNORM;
    three.Depth = 2049;
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &three, NULL, &volume), E_INVALIDARG);
    three.Depth = 0;
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &three, NULL, &volume), E_INVALIDARG);
    rig_finish(&rig);
}

TEST(cubes_samples_and_dynamic_arrays)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = sized(8, 8, 1, 6);
    desc.MiscFlags = D3D11_RESOURCE_MISC_TEXTURECUBE;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    desc.ArraySize = 12;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    desc.ArraySize = 5;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc = sized(8, 4, 1, 6);
    desc.MiscFlags = D3D11_RESOURCE_MISC_TEXTURECUBE;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc = sized(8, 8, 1, 1);
    desc.SampleDesc.Count = 0;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc.SampleDesc.Count = 1;
    desc.SampleDesc.Quality = 1;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc = sized(8, 8, 2, 1);
    desc.Usage = D3D11_USAGE_DYNAMIC;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_WRITE;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc = sized(8, 8, 0, 1);
    desc.MiscFlags = D3D11_RESOURCE_MISC_GENERATE_MIPS;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc.BindFlags |= D3D11_BIND_RENDER_TARGET;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    rig_finish(&rig);
}
