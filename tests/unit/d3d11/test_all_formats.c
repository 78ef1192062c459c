/* SPDX-License-Identifier: MIT */
/*
 * Every number of the public enumeration: textures of what can be one keep their bytes on the
 * way in and out, and exactly those that can not are refused.
 */
#include "context_rig.h"

#include <string.h>

enum { SIDE = 16, PITCH = 512, LAST_FORMAT = 132 };

/* Views of others (21, 22, 46, 47), single bits, opaque video, and numbers without a format. */
static bool is_no_texture(unsigned f)
{
    return f == 21 || f == 22 || f == 46 || f == 47 || f == 66 || f == 106 || f == 110 ||
           f >= 116;
}

/* Rows of blocks; both planes of 4:2:0 count. */
static unsigned rows_of(unsigned f)
{
    bool block = (f >= 70 && f <= 84) || (f >= 94 && f <= 99);
    bool planar = f >= 103 && f <= 105;
    return block ? SIDE / 4 : planar ? SIDE * 3 / 2 : SIDE;
}

static HRESULT create(struct rig *rig, unsigned f, D3D11_USAGE usage, ID3D11Texture2D **out)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = SIDE,
        .Height = SIDE,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = (DXGI_FORMAT)f,
        .SampleDesc = {1, 0},
        .Usage = usage,
        .CPUAccessFlags = usage == D3D11_USAGE_STAGING ? D3D11_CPU_ACCESS_READ : 0,
    };
    return ID3D11Device_CreateTexture2D(rig->device, &desc, NULL, out);
}

/* 16 bytes a row are data in every format of 16 texels a row. */
static void check_round_trip(struct rig *rig, unsigned f)
{
    unsigned char bytes[PITCH * SIDE * 2];
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7 + i / PITCH * 31 + f);
    ID3D11Texture2D *texture, *staging;
    CHECK_EQ(create(rig, f, D3D11_USAGE_DEFAULT, &texture), S_OK);
    CHECK_EQ(create(rig, f, D3D11_USAGE_STAGING, &staging), S_OK);
    ID3D11Resource *from = (ID3D11Resource *)texture, *to = (ID3D11Resource *)staging;
    ID3D11DeviceContext_UpdateSubresource(rig->context, from, 0, NULL, bytes, PITCH, 0);
    ID3D11DeviceContext_CopyResource(rig->context, to, from);
    D3D11_MAPPED_SUBRESOURCE mapped;
    CHECK_EQ(ID3D11DeviceContext_Map(rig->context, to, 0, D3D11_MAP_READ, 0, &mapped), S_OK);
    for (unsigned y = 0; y < rows_of(f); y++)
        CHECK_MEM((unsigned char *)mapped.pData + y * mapped.RowPitch, bytes + y * PITCH, SIDE);
    ID3D11DeviceContext_Unmap(rig->context, to, 0);
    ID3D11Texture2D_Release(texture);
    ID3D11Texture2D_Release(staging);
}

TEST(textures_of_every_format_keep_their_bytes)
{
    struct rig rig = rig_new();
    for (unsigned f = 1; f <= LAST_FORMAT; f++)
        if (!is_no_texture(f))
            check_round_trip(&rig, f);
    rig_finish(&rig);
}

TEST(what_is_no_texture_format_is_refused)
{
    struct rig rig = rig_new();
    for (unsigned f = 0; f <= LAST_FORMAT + 1; f++) {
        ID3D11Texture2D *texture = (ID3D11Texture2D *)0x1;
        if (f && f <= LAST_FORMAT && !is_no_texture(f))
            continue;
        CHECK_EQ(create(&rig, f, D3D11_USAGE_DEFAULT, &texture), E_INVALIDARG);
        CHECK_PTR_EQ(texture, NULL);
    }
    rig_finish(&rig);
}
