/* SPDX-License-Identifier: MIT */
/* UpdateSubresource: the bytes of the caller at the call, and what is dropped. */
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

TEST(dynamic_and_immutable_take_no_update)
{
    struct rig rig = rig_new();
    unsigned char data[32], kept[32], found[32];
    fill_pattern(data, sizeof(data), 1);
    fill_pattern(kept, sizeof(kept), 2);
    struct kind immutable = {D3D11_USAGE_IMMUTABLE, 0, D3D11_BIND_SHADER_RESOURCE};
    ID3D11Resource *dst[] = {rig_buffer(&rig, KIND_DYNAMIC, sizeof(kept), kept),
                             rig_buffer(&rig, immutable, sizeof(kept), kept)};
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, sizeof(kept), data);
    for (int i = 0; i < 2; i++) {
        update(&rig, dst[i], 0, NULL, data, 0, 0);
        ID3D11DeviceContext_CopyResource(rig.context, staging, dst[i]);
        rig_read(&rig, staging, 0, found, sizeof(found), 1, 1);
        CHECK_MEM(found, kept, sizeof(kept));
    }
    ID3D11Resource *source = rig_buffer(&rig, KIND_DEFAULT, sizeof(data), data);
    ID3D11DeviceContext_CopyResource(rig.context, dst[1], source); /* dropped */
    ID3D11DeviceContext_CopyResource(rig.context, staging, dst[1]);
    rig_read(&rig, staging, 0, found, sizeof(found), 1, 1);
    CHECK_MEM(found, kept, sizeof(kept));
    ID3D11DeviceContext_CopyResource(rig.context, dst[0], source);
    ID3D11DeviceContext_CopyResource(rig.context, staging, dst[0]);
    rig_read(&rig, staging, 0, found, sizeof(found), 1, 1);
    CHECK_MEM(found, data, sizeof(data));
    release(dst[0]);
    release(dst[1]);
    release(source);
    release(staging);
    rig_finish(&rig);
}

TEST(a_source_in_the_callers_memory_counts_at_the_call)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    unsigned char data[5 * 32], wanted[5 * 20], found[5 * 20];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *texture =
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_R8G8B8A8_UINT, 5, 5, 1, 1);
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8G8B8A8_UINT, 5, 5, 1, 1);
    for (int y = 0; y < 5; y++)
        memcpy(wanted + y * 20, data + y * 32, 20);
    gate_block(&gate, &rig, 1);
    update(&rig, texture, 0, NULL, data, 32, 0);
    memset(data, 0xee, sizeof(data)); /* the copy has not run yet */
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    release(texture); /* work keeps it */
    gate_open(&gate, 1);
    rig_read(&rig, staging, 0, found, 20, 5, 1);
    CHECK_MEM(found, wanted, sizeof(wanted));
    release(staging);
    gate_finish(&gate);
    rig_finish(&rig);
}

TEST(a_row_pitch_of_zero_repeats_the_row)
{
    struct rig rig = rig_new();
    unsigned char row[8], found[8 * 4];
    fill_pattern(row, sizeof(row), 1);
    ID3D11Resource *texture =
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_R8_UNORM, 8, 4, 1, 1);
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8_UNORM, 8, 4, 1, 1);
    update(&rig, texture, 0, NULL, row, 0, 0);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, 8, 4, 1);
    for (int y = 0; y < 4; y++)
        CHECK_MEM(found + y * 8, row, 8);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(a_box_of_an_odd_2d_texture)
{
    enum { WIDTH = 13, HEIGHT = 11, PITCH = 40 };
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_R16_UNORM, WIDTH, HEIGHT, 1, 1);
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R16_UNORM, WIDTH, HEIGHT, 1, 1);
    unsigned char data[PITCH * HEIGHT], wanted[WIDTH * 2 * HEIGHT] = {0},
                                                           found[WIDTH * 2 * HEIGHT];
    fill_pattern(data, sizeof(data), 4);
    D3D11_BOX part = box(3, 2, 0, 10, 9, 1), beyond = box(3, 2, 0, 14, 9, 1);
    update(&rig, texture, 0, &part, data, PITCH, 0);
    update(&rig, texture, 0, &beyond, data, PITCH, 0);
    update(&rig, texture, 1, &part, data, PITCH, 0); /* no such subresource */
    for (UINT y = 2; y < 9; y++)
        memcpy(wanted + y * WIDTH * 2 + 6, data + (y - 2) * PITCH, 14);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, WIDTH * 2, HEIGHT, 1);
    CHECK_MEM(found, wanted, sizeof(wanted));
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(buffer_bytes_come_back)
{
    struct rig rig = rig_new();
    unsigned char data[1001], found[1001];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *buffer = rig_buffer(&rig, KIND_DEFAULT, sizeof(data), NULL);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, sizeof(data), NULL);
    update(&rig, buffer, 0, NULL, data, 0, 0);
    ID3D11DeviceContext_CopyResource(rig.context, staging, buffer);
    rig_read(&rig, staging, 0, found, sizeof(found), 1, 1);
    CHECK_MEM(found, data, sizeof(data));
    release(buffer);
    release(staging);
    rig_finish(&rig);
}
