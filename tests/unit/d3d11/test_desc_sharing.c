/* SPDX-License-Identifier: MIT */
/* The flag matrix: cases A1 to A3 and A7 to A15 of the sharing semantics. */
#include "share_rig.h"

/* A device of one feature level. */
static ID3D11Device *device_of(D3D_FEATURE_LEVEL level)
{
    ID3D11Device *device = NULL;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, &level, 1,
                               D3D11_SDK_VERSION, &device, NULL, NULL),
             S_OK);
    CHECK_EQ(ID3D11Device_GetFeatureLevel(device), level);
    return device;
}

TEST(flags_on_feature_level_11)
{
    static const struct {
        UINT misc;
        HRESULT wanted;
    } cases[] = {
        {0, S_OK},
        {SHARED, S_OK},
        {KEYED, S_OK},
        {SHARED | NTHANDLE, S_OK},
        {KEYED | NTHANDLE, S_OK},
        {NTHANDLE, E_INVALIDARG},
        {SHARED | KEYED, E_INVALIDARG},
        {SHARED | KEYED | NTHANDLE, E_INVALIDARG},
    };
    struct rig rig = rig_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        D3D11_TEXTURE2D_DESC desc = tex_desc(cases[i].misc);
        CHECK_EQ(try_texture(rig.device, &desc), cases[i].wanted);
    }
    rig_finish(&rig);
}

TEST(flags_on_every_feature_level)
{
    static const D3D_FEATURE_LEVEL levels[] = {
        D3D_FEATURE_LEVEL_9_1,  D3D_FEATURE_LEVEL_9_2,  D3D_FEATURE_LEVEL_9_3,
        D3D_FEATURE_LEVEL_10_0, D3D_FEATURE_LEVEL_10_1, D3D_FEATURE_LEVEL_11_1,
    };
    static const UINT flags[] = {SHARED, KEYED, SHARED | NTHANDLE, KEYED | NTHANDLE};
    for (size_t i = 0; i < 6; i++) {
        ID3D11Device *device = device_of(levels[i]);
        D3D11_TEXTURE2D_DESC desc = tex_desc(0);
        CHECK_EQ(try_texture(device, &desc), S_OK);
        for (size_t k = 0; k < 4; k++) {
            desc.MiscFlags = flags[k];
            CHECK_EQ(try_texture(device, &desc), i < 3 ? E_INVALIDARG : S_OK);
        }
        CHECK_EQ(ID3D11Device_Release(device), 0);
    }
}

TEST(buffers_are_shared_and_keep_their_flags)
{
    static const UINT flags[] = {SHARED, KEYED, SHARED | NTHANDLE, KEYED | NTHANDLE};
    struct rig rig = rig_new();
    for (size_t i = 0; i < 4; i++) {
        D3D11_BUFFER_DESC desc = {.ByteWidth = 1024, .MiscFlags = flags[i]}, found;
        ID3D11Buffer *buffer = NULL;
        IUnknown *dxgi;
        CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &desc, NULL, &buffer), S_OK);
        ID3D11Buffer_GetDesc(buffer, &found);
        CHECK_EQ(found.MiscFlags, flags[i]);
        dxgi = query(buffer, &IID_IDXGIResource);
        IUnknown_Release(dxgi);
        CHECK_EQ(ID3D11Buffer_Release(buffer), 0);
    }
    rig_finish(&rig);
}

TEST(a_keyed_buffer_with_cpu_access_is_refused)
{
    struct rig rig = rig_new();
    D3D11_BUFFER_DESC desc = {.ByteWidth = 1024,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .CPUAccessFlags = D3D11_CPU_ACCESS_READ,
                              .MiscFlags = KEYED};
    ID3D11Buffer *buffer = UNTOUCHED;
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &desc, NULL, &buffer), E_INVALIDARG);
    CHECK_PTR_EQ(buffer, NULL);
    rig_finish(&rig);
}

TEST(arrays_of_1d_and_3d_textures_are_shared)
{
    static const UINT flags[] = {SHARED, KEYED, SHARED | NTHANDLE, KEYED | NTHANDLE};
    struct rig rig = rig_new();
    for (size_t i = 0; i < 4; i++) {
        D3D11_TEXTURE1D_DESC one = {.Width = 8192,
                                    .MipLevels = 1,
                                    .ArraySize = 32,
                                    .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                    .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                    .MiscFlags = flags[i]};
        D3D11_TEXTURE3D_DESC three = {.Width = 64,
                                      .Height = 32,
                                      .Depth = 128,
                                      .MipLevels = 1,
                                      .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                      .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                      .MiscFlags = flags[i]};
        ID3D11Texture1D *line = NULL;
        ID3D11Texture3D *volume = NULL;
        CHECK_EQ(ID3D11Device_CreateTexture1D(rig.device, &one, NULL, &line), S_OK);
        CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &three, NULL, &volume), S_OK);
        CHECK_EQ(ID3D11Texture1D_Release(line), 0);
        CHECK_EQ(ID3D11Texture3D_Release(volume), 0);
    }
    rig_finish(&rig);
}

TEST(cpu_access_does_not_hinder_sharing)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED);
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_WRITE;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    rig_finish(&rig);
}

/* Each line is legal without the sharing flag, and refused with it. */
TEST(what_can_never_be_shared)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC legal[] = {tex_desc(0), tex_desc(0), tex_desc(0), tex_desc(0)};
    legal[0].Usage = D3D11_USAGE_STAGING;
    legal[0].BindFlags = 0;
    legal[0].CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    legal[1].Usage = D3D11_USAGE_DYNAMIC;
    legal[1].CPUAccessFlags = D3D11_CPU_ACCESS_WRITE;
    legal[2].BindFlags = D3D11_BIND_DEPTH_STENCIL;
    legal[2].Format = DXGI_FORMAT_D32_FLOAT;
    legal[3].ArraySize = 6;
    legal[3].MiscFlags = D3D11_RESOURCE_MISC_TEXTURECUBE;
    for (size_t i = 0; i < 4; i++) {
        UINT misc = legal[i].MiscFlags;
        CHECK_EQ(try_texture(rig.device, &legal[i]), S_OK);
        legal[i].MiscFlags = misc | SHARED;
        CHECK_EQ(try_texture(rig.device, &legal[i]), E_INVALIDARG);
        legal[i].MiscFlags = misc | KEYED | NTHANDLE;
        CHECK_EQ(try_texture(rig.device, &legal[i]), E_INVALIDARG);
    }
    D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED | D3D11_RESOURCE_MISC_RESOURCE_CLAMP);
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc = tex_desc(SHARED);
    desc.SampleDesc.Count = 4;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    rig_finish(&rig);
}

TEST(immutable_cannot_be_shared)
{
    static const unsigned char data[16 * 4];
    struct rig rig = rig_new();
    D3D11_SUBRESOURCE_DATA init = {.pSysMem = data, .SysMemPitch = 16};
    D3D11_TEXTURE2D_DESC desc = tex_desc(0);
    ID3D11Texture2D *texture = NULL;
    desc.Width = desc.Height = 4;
    desc.Usage = D3D11_USAGE_IMMUTABLE;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, &init, &texture), S_OK);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    desc.MiscFlags = SHARED | NTHANDLE;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, &init, &texture), E_INVALIDARG);
    CHECK_PTR_EQ(texture, NULL);
    rig_finish(&rig);
}

TEST(tiles_gdi_and_restrictions)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED | D3D11_RESOURCE_MISC_TILED);
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc.MiscFlags = D3D11_RESOURCE_MISC_TILED;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc = tex_desc(D3D11_RESOURCE_MISC_GDI_COMPATIBLE);
    desc.Format = DXGI_FORMAT_B8G8R8A8_UNORM;
    desc.BindFlags = D3D11_BIND_RENDER_TARGET;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    desc.MiscFlags |= SHARED;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    desc.MiscFlags = D3D11_RESOURCE_MISC_GDI_COMPATIBLE | KEYED;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc = tex_desc(D3D11_RESOURCE_MISC_RESTRICT_SHARED_RESOURCE);
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc.MiscFlags |= SHARED | NTHANDLE;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    rig_finish(&rig);
}

TEST(levels_and_slices_are_shared)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED | NTHANDLE);
    desc.MipLevels = 5;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    desc.ArraySize = 7;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    desc.Format = DXGI_FORMAT_NV12;
    desc.MipLevels = desc.ArraySize = 1;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    desc.Format = DXGI_FORMAT_BC7_UNORM;
    CHECK_EQ(try_texture(rig.device, &desc), S_OK);
    rig_finish(&rig);
}
