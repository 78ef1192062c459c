/* SPDX-License-Identifier: MIT */
/* Initial data of every subresource, in every kind, read back level by level. */
#include "share_rig.h"

#define MAX_SUB 32
#define MAX_BYTES 4096

/* Data for up to MAX_SUB subresources, with pitches that are larger than needed. */
struct filling {
    D3D11_SUBRESOURCE_DATA data[MAX_SUB];
    unsigned char bytes[MAX_SUB][MAX_BYTES];
};

static struct filling filling;

static void fill_all(UINT row_pitch, UINT slice_pitch)
{
    for (unsigned i = 0; i < MAX_SUB; i++) {
        fill_pattern(filling.bytes[i], MAX_BYTES, i + 1);
        filling.data[i] = (D3D11_SUBRESOURCE_DATA){filling.bytes[i], row_pitch, slice_pitch};
    }
}

/* Rows x depth of one subresource of a staging copy against the filling. */
static void check_sub(const struct rig *rig, ID3D11Resource *staging, UINT number,
                      UINT row_bytes, UINT rows, UINT depth)
{
    static unsigned char found[MAX_BYTES];
    const D3D11_SUBRESOURCE_DATA *data = &filling.data[number];
    rig_read(rig, staging, number, found, row_bytes, rows, depth);
    for (UINT z = 0; z < depth; z++) {
        for (UINT y = 0; y < rows; y++)
            CHECK_MEM(found + (z * rows + y) * row_bytes,
                      filling.bytes[number] + z * data->SysMemSlicePitch +
                          y * data->SysMemPitch,
                      row_bytes);
    }
}

static UINT half(UINT side, UINT level)
{
    return side >> level ? side >> level : 1;
}

/* A default texture with the filling, through its staging copy. `unit`: texels of a block
 * side. */
static void check_2d(DXGI_FORMAT format, UINT width, UINT height, UINT levels, UINT slices,
                     UINT unit, UINT unit_bytes)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(0);
    ID3D11Texture2D *texture = NULL;
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, format, width, height, levels, slices);
    fill_all(160, 0);
    desc.Width = width;
    desc.Height = height;
    desc.MipLevels = levels;
    desc.ArraySize = slices;
    desc.Format = format;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, filling.data, &texture), S_OK);
    ID3D11DeviceContext_CopyResource(rig.context, staging, (ID3D11Resource *)texture);
    for (UINT i = 0; i < levels * slices; i++) {
        UINT level = i % levels, blocks = (half(width, level) + unit - 1) / unit;
        check_sub(&rig, staging, i, blocks * unit_bytes,
                  (half(height, level) + unit - 1) / unit, 1);
    }
    release(staging);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(levels_and_slices_of_2d_textures)
{
    check_2d(DXGI_FORMAT_R8G8B8A8_UNORM, 33, 7, 6, 3, 1, 4);
    check_2d(DXGI_FORMAT_R32G32B32A32_FLOAT, 9, 9, 1, 2, 1, 16);
    check_2d(DXGI_FORMAT_R8_UINT, 16, 16, 5, 6, 1, 1);
    check_2d(DXGI_FORMAT_BC1_UNORM, 32, 16, 4, 2, 4, 8);
    check_2d(DXGI_FORMAT_BC7_UNORM, 12, 8, 2, 1, 4, 16);
}

TEST(both_planes_of_nv12)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(0);
    ID3D11Texture2D *texture = NULL;
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_NV12, 16, 8, 1, 1);
    fill_all(20, 0);
    desc.Width = 16;
    desc.Height = 8;
    desc.Format = DXGI_FORMAT_NV12;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, filling.data, &texture), S_OK);
    ID3D11DeviceContext_CopyResource(rig.context, staging, (ID3D11Resource *)texture);
    check_sub(&rig, staging, 0, 16, 12, 1);
    release(staging);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(slices_of_1d_textures)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE1D_DESC desc = {.Width = 21,
                                 .MipLevels = 5,
                                 .ArraySize = 4,
                                 .Format = DXGI_FORMAT_R16_UINT,
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE};
    ID3D11Texture1D *texture = NULL;
    ID3D11Resource *staging = rig_texture1d(&rig, KIND_STAGING, DXGI_FORMAT_R16_UINT, 21, 5, 4);
    fill_all(0, 0); /* one row: no pitch counts */
    CHECK_EQ(ID3D11Device_CreateTexture1D(rig.device, &desc, filling.data, &texture), S_OK);
    ID3D11DeviceContext_CopyResource(rig.context, staging, (ID3D11Resource *)texture);
    for (UINT i = 0; i < 20; i++)
        check_sub(&rig, staging, i, half(21, i % 5) * 2, 1, 1);
    release(staging);
    CHECK_EQ(ID3D11Texture1D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(depth_of_3d_textures)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE3D_DESC desc = {.Width = 9,
                                 .Height = 5,
                                 .Depth = 7,
                                 .MipLevels = 0,
                                 .Format = DXGI_FORMAT_R8G8_UNORM,
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE};
    ID3D11Texture3D *texture = NULL;
    ID3D11Resource *staging =
        rig_texture3d(&rig, KIND_STAGING, DXGI_FORMAT_R8G8_UNORM, 9, 5, 7, 4);
    fill_all(24, 150);
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &desc, filling.data, &texture), S_OK);
    ID3D11DeviceContext_CopyResource(rig.context, staging, (ID3D11Resource *)texture);
    for (UINT i = 0; i < 4; i++)
        check_sub(&rig, staging, i, half(9, i) * 2, half(5, i), half(7, i));
    release(staging);
    CHECK_EQ(ID3D11Texture3D_Release(texture), 0);
    rig_finish(&rig);
}

/* Also while the context of the device is blocked: the data are there for everybody at once. */
TEST(data_do_not_wait_for_the_queue)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    static unsigned char bytes[256 * 256 * 4];
    D3D11_SUBRESOURCE_DATA data = {bytes, 1024, 0};
    D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED);
    ID3D11Texture2D *texture = NULL, *opened;
    fill_pattern(bytes, sizeof(bytes), 8);
    gate_block(&gate, &rig, 1);
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, &data, &texture), S_OK);
    opened = open_kmt(&gate.opener, kmt_handle(texture));
    check_tex(&gate.opener, opened, 8);
    gate_open(&gate, 1);
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    gate_finish(&gate);
    rig_finish(&rig);
}

TEST(data_that_cannot_be_read)
{
    struct rig rig = rig_new();
    size_t live = core_live_count();
    D3D11_TEXTURE2D_DESC desc = tex_desc(0);
    D3D11_TEXTURE3D_DESC three = {
        .Width = 4, .Height = 4, .Depth = 2, .MipLevels = 1, .Format = DXGI_FORMAT_R8_UNORM};
    D3D11_BUFFER_DESC bytes = {.ByteWidth = 64};
    D3D11_SUBRESOURCE_DATA data[2];
    ID3D11Texture2D *texture = UNTOUCHED;
    ID3D11Texture3D *volume = UNTOUCHED;
    ID3D11Buffer *buffer = UNTOUCHED;
    fill_all(16, 64);
    desc.Width = desc.Height = 4;
    desc.ArraySize = 2;
    memcpy(data, filling.data, sizeof(data));
    data[1].pSysMem = NULL; /* the second of two */
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, data, &texture), E_INVALIDARG);
    CHECK_PTR_EQ(texture, NULL);
    data[1] = filling.data[1];
    data[1].SysMemPitch = 15;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, data, &texture), E_INVALIDARG);
    data[0].SysMemSlicePitch = 51; /* three pitches and a row are 52 */
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &three, data, &volume), E_INVALIDARG);
    CHECK_PTR_EQ(volume, NULL);
    data[0].pSysMem = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &bytes, data, &buffer), E_INVALIDARG);
    CHECK_PTR_EQ(buffer, NULL);
    CHECK_EQ(core_live_count(), live);
    rig_finish(&rig);
}

TEST(without_data_all_is_zero)
{
    struct rig rig = rig_new();
    static unsigned char found[64 * 64], zeros[64 * 64];
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8_UNORM, 64, 64, 1, 1);
    memset(found, 1, sizeof(found));
    rig_read(&rig, staging, 0, found, 64, 64, 1);
    CHECK_MEM(found, zeros, sizeof(zeros));
    release(staging);
    rig_finish(&rig);
}
