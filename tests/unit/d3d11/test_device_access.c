/* SPDX-License-Identifier: MIT */
/* WriteToSubresource and ReadFromSubresource: a program's own access to default textures. */
#include "share_rig.h"

static ID3D11Resource *accessible(const struct rig *rig, UINT cpu)
{
    struct kind kind = {D3D11_USAGE_DEFAULT, cpu, D3D11_BIND_SHADER_RESOURCE};
    return rig_texture2d(rig, kind, DXGI_FORMAT_R8G8B8A8_UINT, 9, 5, 2, 2);
}

TEST(boxes_and_pitches)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture = accessible(&rig, D3D11_CPU_ACCESS_READ | D3D11_CPU_ACCESS_WRITE);
    unsigned char data[64 * 5], found[36 * 5], wanted[36 * 5];
    D3D11_BOX box = {2, 1, 0, 5, 3, 1}, beyond = {8, 0, 0, 10, 1, 1};
    fill_pattern(data, sizeof(data), 1);
    for (int y = 0; y < 5; y++)
        memcpy(wanted + y * 36, data + y * 64, 36);
    ID3D11Device5_WriteToSubresource(rig.device5, texture, 2, NULL, data, 64, 0);
    for (int y = 0; y < 2; y++)
        memcpy(wanted + (y + 1) * 36 + 8, data + y * 12, 12);
    ID3D11Device5_WriteToSubresource(rig.device5, texture, 2, &box, data, 12, 0);
    ID3D11Device5_WriteToSubresource(rig.device5, texture, 2, &beyond, data, 12,
                                     0);                                          /* dropped */
    ID3D11Device5_WriteToSubresource(rig.device5, texture, 4, NULL, data, 64, 0); /* dropped */
    ID3D11Device5_ReadFromSubresource(rig.device5, found, 36, 0, texture, 2, NULL);
    CHECK_MEM(found, wanted, sizeof(wanted));
    memset(found, 9, sizeof(found));
    ID3D11Device5_ReadFromSubresource(rig.device5, found, 16, 0, texture, 2, &box);
    CHECK_MEM(found, data, 12);
    CHECK_EQ(found[12], 9);
    CHECK_MEM(found + 16, data + 12, 12);
    release(texture);
    rig_finish(&rig);
}

TEST(access_needs_the_flag)
{
    struct rig rig = rig_new(), other = rig_new();
    ID3D11Resource *written = accessible(&rig, D3D11_CPU_ACCESS_WRITE);
    ID3D11Resource *read = accessible(&rig, D3D11_CPU_ACCESS_READ);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    unsigned char data[36 * 5] = {1, 2, 3}, found[36 * 5] = {7, 7, 7};
    ID3D11Device5_ReadFromSubresource(rig.device5, found, 36, 0, written, 0, NULL);
    CHECK_EQ(found[0], 7); /* dropped */
    ID3D11Device5_WriteToSubresource(rig.device5, read, 0, NULL, data, 36, 0);
    ID3D11Device5_WriteToSubresource(rig.device5, staging, 0, NULL, data, 36, 0);
    ID3D11Device5_WriteToSubresource(rig.device5, NULL, 0, NULL, data, 36, 0);
    ID3D11Device5_WriteToSubresource(other.device5, written, 0, NULL, data, 36, 0);
    ID3D11Device5_WriteToSubresource(rig.device5, written, 0, NULL, NULL, 36, 0);
    ID3D11Device5_ReadFromSubresource(rig.device5, NULL, 36, 0, read, 0, NULL);
    ID3D11Device5_ReadFromSubresource(rig.device5, found, 36, 0, read, 0, NULL);
    CHECK_EQ(found[0], 0); /* none of them wrote */
    release(written);
    release(read);
    release(staging);
    rig_finish(&rig);
    rig_finish(&other);
}
