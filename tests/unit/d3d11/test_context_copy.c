/* SPDX-License-Identifier: MIT */
/* CopyResource and CopySubresourceRegion: which bytes move, and which calls are dropped. */
#include "context_rig.h"

#define BYTES 4096

static D3D11_BOX box(UINT left, UINT top, UINT front, UINT right, UINT bottom, UINT back)
{
    return (D3D11_BOX){left, top, front, right, bottom, back};
}

static void update(const struct rig *rig, ID3D11Resource *dst, UINT number,
                   const D3D11_BOX *where, const void *data, UINT row, UINT depth)
{
    ID3D11DeviceContext_UpdateSubresource(rig->context, dst, number, where, data, row, depth);
}

static void copy_box(const struct rig *rig, ID3D11Resource *dst, UINT dst_number, UINT x,
                     UINT y, UINT z, ID3D11Resource *src, UINT src_number,
                     const D3D11_BOX *from)
{
    ID3D11DeviceContext_CopySubresourceRegion(rig->context, dst, dst_number, x, y, z, src,
                                              src_number, from);
}

TEST(buffer_box_is_in_bytes)
{
    struct rig rig = rig_new();
    unsigned char data[64], wanted[64], found[64];
    fill_pattern(data, sizeof(data), 2);
    fill_pattern(wanted, sizeof(wanted), 3);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, sizeof(data), NULL);
    ID3D11Resource *buffer = rig_buffer(&rig, KIND_DEFAULT, sizeof(data), wanted);
    D3D11_BOX part = box(7, 0, 0, 20, 1, 1), beyond = box(60, 0, 0, 65, 1, 1);
    D3D11_BOX empty = box(9, 0, 0, 9, 1, 1);
    update(&rig, buffer, 0, &part, data, 0, 0);
    update(&rig, buffer, 0, &beyond, data, 0, 0);
    update(&rig, buffer, 0, &empty, data, 0, 0);
    memcpy(wanted + 7, data, 13);
    copy_box(&rig, buffer, 0, 30, 0, 0, buffer, 0, &part); /* apart from its source: legal */
    memcpy(wanted + 30, data, 13);
    copy_box(&rig, buffer, 0, 10, 0, 0, buffer, 0, &part); /* overlaps its source: dropped */
    copy_box(&rig, staging, 0, 0, 0, 0, buffer, 0, NULL);
    rig_read(&rig, staging, 0, found, sizeof(found), 1, 1);
    CHECK_MEM(found, wanted, sizeof(wanted));
    release(buffer);
    release(staging);
    rig_finish(&rig);
}

TEST(all_levels_and_slices_of_a_2d_array)
{
    enum { WIDTH = 33, HEIGHT = 7, LEVELS = 6, SLICES = 3 };
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_R8G8B8A8_UNORM,
                                            WIDTH, HEIGHT, LEVELS, SLICES);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8G8B8A8_UNORM,
                                            WIDTH, HEIGHT, LEVELS, SLICES);
    unsigned char data[BYTES], found[BYTES];
    for (UINT n = 0; n < LEVELS * SLICES; n++) {
        UINT level = n % LEVELS, width = WIDTH >> level, height = HEIGHT >> level;
        fill_pattern(data, width * 4 * (height ? height : 1), n);
        update(&rig, texture, n, NULL, data, width * 4, 0);
    }
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    for (UINT n = 0; n < LEVELS * SLICES; n++) {
        UINT level = n % LEVELS, width = WIDTH >> level, height = HEIGHT >> level;
        height = height ? height : 1;
        fill_pattern(data, width * 4 * height, n);
        rig_read(&rig, staging, n, found, width * 4, height, 1);
        CHECK_MEM(found, data, width * 4 * height);
    }
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(a_box_moves_between_levels)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_R8_UNORM, 16, 16, 5, 2);
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8_TYPELESS, 16, 16, 5, 2);
    unsigned char data[256], wanted[64] = {0}, found[64];
    fill_pattern(data, sizeof(data), 5);
    update(&rig, texture, 0, NULL, data, 16, 0);
    D3D11_BOX part = box(9, 1, 0, 12, 6, 1);
    copy_box(&rig, texture, 6, 5, 3, 0, texture, 0, &part);  /* to 8 x 8 of slice 1 */
    copy_box(&rig, texture, 6, 6, 3, 0, texture, 0, &part);  /* one column too far */
    copy_box(&rig, texture, 6, 5, 3, 1, texture, 0, &part);  /* no such depth */
    copy_box(&rig, texture, 10, 0, 0, 0, texture, 0, &part); /* no such subresource */
    for (UINT y = 0; y < 5; y++)
        memcpy(wanted + (y + 3) * 8 + 5, data + (y + 1) * 16 + 9, 3);
    copy_box(&rig, staging, 6, 0, 0, 0, texture, 6, NULL); /* to a format of the same group */
    rig_read(&rig, staging, 6, found, 8, 8, 1);
    CHECK_MEM(found, wanted, sizeof(wanted));
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(boxes_of_3d_textures)
{
    enum { W = 9, H = 5, D = 6, TEXEL = 8 };
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture3d(&rig, KIND_DEFAULT, DXGI_FORMAT_R16G16B16A16_UINT, W, H, D, 2);
    ID3D11Resource *staging =
        rig_texture3d(&rig, KIND_STAGING, DXGI_FORMAT_R16G16B16A16_UINT, W, H, D, 2);
    unsigned char data[W * H * D * TEXEL], wanted[W * H * D * TEXEL], found[W * H * D * TEXEL];
    fill_pattern(data, sizeof(data), 6);
    memcpy(wanted, data, sizeof(data));
    update(&rig, texture, 0, NULL, data, W * TEXEL, W * H * TEXEL);
    D3D11_BOX part = box(1, 2, 3, 4, 4, 5);
    update(&rig, texture, 0, &part, data, 3 * TEXEL, 100);
    for (UINT z = 0; z < 2; z++)
        for (UINT y = 0; y < 2; y++)
            memcpy(wanted + (((z + 3) * H + y + 2) * W + 1) * TEXEL,
                   data + z * 100 + y * 3 * TEXEL, 3 * TEXEL);
    copy_box(&rig, texture, 0, 5, 0, 0, texture, 0, &part);
    for (UINT z = 0; z < 2; z++)
        for (UINT y = 0; y < 2; y++)
            memcpy(wanted + ((z * H + y) * W + 5) * TEXEL,
                   wanted + (((z + 3) * H + y + 2) * W + 1) * TEXEL, 3 * TEXEL);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, W * TEXEL, H, D);
    CHECK_MEM(found, wanted, sizeof(wanted));
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(levels_of_a_1d_array)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture1d(&rig, KIND_DEFAULT, DXGI_FORMAT_R32_FLOAT, 37, 3, 2);
    ID3D11Resource *staging =
        rig_texture1d(&rig, KIND_STAGING, DXGI_FORMAT_R32_FLOAT, 37, 3, 2);
    unsigned char data[37 * 4], found[37 * 4];
    for (UINT n = 0; n < 6; n++) {
        fill_pattern(data, sizeof(data), n);
        update(&rig, texture, n, NULL, data, 0, 0);
    }
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    for (UINT n = 0; n < 6; n++) {
        UINT bytes = (37U >> n % 3) * 4;
        fill_pattern(data, sizeof(data), n);
        rig_read(&rig, staging, n, found, bytes, 1, 1);
        CHECK_MEM(found, data, bytes);
    }
    release(texture);
    release(staging);
    rig_finish(&rig);
}

/* Each of these is invalid, so the destination keeps what it had. */
TEST(invalid_copies_are_dropped)
{
    struct rig rig = rig_new(), other = rig_new();
    unsigned char data[16 * 16 * 4], kept[16 * 16 * 4], found[16 * 16 * 4];
    fill_pattern(data, sizeof(data), 8);
    fill_pattern(kept, sizeof(kept), 9);
    DXGI_FORMAT rgba = DXGI_FORMAT_R8G8B8A8_UNORM;
    ID3D11Resource *dst = rig_texture2d(&rig, KIND_DEFAULT, rgba, 16, 16, 1, 1);
    ID3D11Resource *wrong[] = {
        rig_texture2d(&rig, KIND_DEFAULT, rgba, 16, 15, 1, 1),
        rig_texture2d(&rig, KIND_DEFAULT, rgba, 16, 16, 2, 1),
        rig_texture2d(&rig, KIND_DEFAULT, rgba, 16, 16, 1, 2),
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_R32_UINT, 16, 16, 1, 1),
        rig_texture3d(&rig, KIND_DEFAULT, rgba, 16, 16, 1, 1),
        rig_buffer(&rig, KIND_DEFAULT, 16 * 16 * 4, NULL),
        rig_texture2d(&other, KIND_DEFAULT, rgba, 16, 16, 1, 1),
    };
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, rgba, 16, 16, 1, 1);
    update(&rig, dst, 0, NULL, kept, 64, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ID3D11DeviceContext_CopyResource(rig.context, dst, wrong[i]);
    ID3D11DeviceContext_CopyResource(rig.context, dst, dst);
    ID3D11DeviceContext_CopyResource(rig.context, dst, NULL);
    ID3D11DeviceContext_CopyResource(rig.context, NULL, dst);
    copy_box(&rig, dst, 0, 0, 0, 0, NULL, 0, NULL);
    copy_box(&rig, NULL, 0, 0, 0, 0, dst, 0, NULL);
    copy_box(&rig, dst, 0, 0, 0, 0, wrong[3], 0, NULL);
    copy_box(&rig, dst, 0, 0, 0, 0, wrong[5], 0, NULL);
    copy_box(&rig, dst, 0, 0, 0, 0, wrong[6], 0, NULL);
    copy_box(&rig, dst, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX, wrong[0], 0, NULL);
    update(&rig, dst, 0, NULL, NULL, 64, 0);
    update(&rig, NULL, 0, NULL, data, 64, 0);
    update(&rig, wrong[6], 0, NULL, data, 64, 0); /* another device's: not through this one */
    ID3D11DeviceContext4_CopySubresourceRegion1(rig.context4, dst, 0, 0, 0, 0, wrong[0], 0,
                                                NULL, 0x10);
    ID3D11DeviceContext4_UpdateSubresource1(rig.context4, dst, 0, NULL, data, 64, 0, 0x10);
    ID3D11DeviceContext_CopyResource(rig.context, staging, dst);
    rig_read(&rig, staging, 0, found, 64, 16, 1);
    CHECK_MEM(found, kept, sizeof(kept));
    release(dst);
    release(staging);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        release(wrong[i]);
    rig_finish(&rig);
    rig_finish(&other);
}

TEST(discard_harms_nothing)
{
    struct rig rig = rig_new();
    ID3D11Resource *buffer = rig_buffer(&rig, KIND_DEFAULT, 64, NULL);
    ID3D11DeviceContext4_DiscardResource(rig.context4, buffer);
    ID3D11DeviceContext4_DiscardResource(rig.context4, NULL);
    ID3D11DeviceContext4_DiscardView(rig.context4, NULL);
    ID3D11DeviceContext4_DiscardView1(rig.context4, NULL, NULL, 0);
    release(buffer);
    rig_finish(&rig);
}
