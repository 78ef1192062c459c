/* SPDX-License-Identifier: MIT */
/* Boxes of texels as blocks and planes: what moves, and which boxes cut something. */
#include "context_rig.h"

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

static void check_blocks(DXGI_FORMAT format, UINT block)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture2d(&rig, KIND_DEFAULT, format, 16, 8, 5, 1);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, format, 16, 8, 5, 1);
    unsigned char data[8 * 16], wanted[8 * 16], found[8 * 16];
    fill_pattern(data, sizeof(data), block);
    memcpy(wanted, data, sizeof(data));
    update(&rig, texture, 0, NULL, data, 4 * block, 0);
    D3D11_BOX part = box(4, 4, 0, 12, 8, 1), cut = box(2, 4, 0, 12, 8, 1);
    update(&rig, texture, 0, &part, data, 2 * block, 0);
    update(&rig, texture, 0, &cut, data, 2 * block, 0); /* cuts a block: dropped */
    memcpy(wanted + 5 * block, data, 2 * block);
    update(&rig, texture, 3, NULL, data + block, block, 0); /* 2 x 1 texels are one block */
    D3D11_BOX one = box(0, 0, 0, 4, 4, 1);
    copy_box(&rig, texture, 4, 0, 0, 0, texture, 0, &one);  /* 1 x 1 too */
    copy_box(&rig, texture, 0, 2, 0, 0, texture, 0, &part); /* not at a block: dropped */
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, 4 * block, 2, 1);
    CHECK_MEM(found, wanted, 8 * block);
    rig_read(&rig, staging, 3, found, block, 1, 1);
    CHECK_MEM(found, data + block, block);
    rig_read(&rig, staging, 4, found, block, 1, 1);
    CHECK_MEM(found, data, block);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(block_formats_move_by_blocks)
{
    check_blocks(DXGI_FORMAT_BC1_UNORM, 8);
    check_blocks(DXGI_FORMAT_BC3_UNORM_SRGB, 16);
    check_blocks(DXGI_FORMAT_BC7_UNORM, 16);
}

static void check_planes(DXGI_FORMAT format, UINT texel)
{
    enum { W = 12, H = 8 };
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture2d(&rig, KIND_DEFAULT, format, W, H, 1, 1);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, format, W, H, 1, 1);
    unsigned char data[W * H * 3], wanted[W * H * 3], found[W * H * 3];
    UINT row = W * texel;
    fill_pattern(data, sizeof(data), texel);
    memcpy(wanted, data, sizeof(data));
    update(&rig, texture, 0, NULL, data, row, 0);
    D3D11_BOX part = box(2, 4, 0, 8, 8, 1), odd = box(3, 4, 0, 8, 8, 1);
    update(&rig, texture, 0, &part, data, 30, 0);
    update(&rig, texture, 0, &odd, data, 30, 0); /* halves a texel of the second plane */
    for (UINT y = 0; y < 4; y++)
        memcpy(wanted + (y + 4) * row + 2 * texel, data + y * 30, 6 * texel);
    for (UINT y = 0; y < 2; y++)
        memcpy(wanted + (H + y + 2) * row + 2 * texel, data + (y + 4) * 30, 6 * texel);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, row, H + H / 2, 1);
    CHECK_MEM(found, wanted, row * (H + H / 2));
    copy_box(&rig, staging, 0, 0, 0, 0, texture, 0, &part);
    rig_read(&rig, staging, 0, found, row, H + H / 2, 1);
    CHECK_MEM(found, data, 6 * texel);
    CHECK_MEM(found + H * row, data + 4 * 30, 6 * texel);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(planar_formats_move_both_planes)
{
    check_planes(DXGI_FORMAT_NV12, 1);
    check_planes(DXGI_FORMAT_P010, 2);
}

/* A level of 10 x 6 texels is 3 x 2 blocks, the last of which hang over. */
TEST(levels_that_end_within_a_block)
{
    enum { BLOCK = 16 };
    struct rig rig = rig_new();
    DXGI_FORMAT format = DXGI_FORMAT_BC3_UNORM;
    ID3D11Resource *texture = rig_texture2d(&rig, KIND_DEFAULT, format, 20, 12, 2, 1);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, format, 20, 12, 2, 1);
    unsigned char data[6 * BLOCK], wanted[6 * BLOCK], found[6 * BLOCK];
    fill_pattern(data, sizeof(data), 1);
    memcpy(wanted, data, sizeof(data));
    update(&rig, texture, 1, NULL, data, 3 * BLOCK, 0);
    D3D11_BOX edge = box(8, 4, 0, 10, 6, 1), over = box(4, 4, 0, 12, 8, 1);
    D3D11_BOX cut = box(8, 4, 0, 9, 6, 1), beyond = box(4, 4, 0, 16, 8, 1);
    update(&rig, texture, 1, &edge, data, BLOCK, 0);
    memcpy(wanted + 5 * BLOCK, data, BLOCK);
    update(&rig, texture, 1, &cut, data + BLOCK, BLOCK, 0);
    update(&rig, texture, 1, &beyond, data + BLOCK, BLOCK, 0);
    copy_box(&rig, texture, 0, 0, 0, 0, texture, 1, &over); /* whole blocks of the level */
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 1, found, 3 * BLOCK, 2, 1);
    CHECK_MEM(found, wanted, sizeof(wanted));
    rig_read(&rig, staging, 0, found, 5 * BLOCK, 1, 1);
    CHECK_MEM(found, wanted + 4 * BLOCK, 2 * BLOCK);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(planes_of_an_array)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_P010, 6, 4, 1, 3);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_P010, 6, 4, 1, 3);
    unsigned char data[12 * 6], found[12 * 6];
    for (UINT n = 0; n < 3; n++) {
        fill_pattern(data, sizeof(data), n);
        update(&rig, texture, n, NULL, data, 12, 0);
    }
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    copy_box(&rig, staging, 0, 0, 0, 0, texture, 2, NULL);
    for (UINT n = 0; n < 3; n++) {
        fill_pattern(data, sizeof(data), n ? n : 2);
        rig_read(&rig, staging, n, found, 12, 6, 1);
        CHECK_MEM(found, data, sizeof(data));
    }
    release(texture);
    release(staging);
    rig_finish(&rig);
}

/* Extents near the end of their type wrap nowhere. */
TEST(huge_boxes_are_dropped)
{
    struct rig rig = rig_new();
    unsigned char data[64] = {1}, found[64], zero[64] = {0};
    ID3D11Resource *buffer = rig_buffer(&rig, KIND_DEFAULT, 64, NULL);
    ID3D11Resource *blocks =
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_BC1_UNORM, 8, 8, 1, 1);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    D3D11_BOX whole = box(0, 0, 0, UINT32_MAX, 1, 1),
              end = box(UINT32_MAX - 4, 0, 0, UINT32_MAX, 1, 1);
    D3D11_BOX deep = box(0, 0, 0, 4, 4, UINT32_MAX), wide = box(0, 0, 0, UINT32_MAX - 3, 4, 1);
    D3D11_BOX inside = box(0, 0, 0, 8, 1, 1);
    update(&rig, buffer, 0, &whole, data, 0, 0);
    update(&rig, buffer, 0, &end, data, 0, 0);
    update(&rig, blocks, 0, &deep, data, 8, 8);
    update(&rig, blocks, 0, &wide, data, 8, 8);
    copy_box(&rig, buffer, 0, UINT32_MAX, 0, 0, staging, 0, &inside);
    copy_box(&rig, buffer, 0, 0, UINT32_MAX, UINT32_MAX, staging, 0, &inside);
    copy_box(&rig, buffer, 0, UINT32_MAX - 7, 0, 0, staging, 0, &inside);
    ID3D11DeviceContext_CopyResource(rig.context, staging, buffer);
    rig_read(&rig, staging, 0, found, 64, 1, 1);
    CHECK_MEM(found, zero, 64);
    release(buffer);
    release(blocks);
    release(staging);
    rig_finish(&rig);
}
