/* SPDX-License-Identifier: MIT */
/* Usage, CPU access, bind flags and initial data against each other. */
#include "share_rig.h"

#define READ D3D11_CPU_ACCESS_READ
#define WRITE D3D11_CPU_ACCESS_WRITE
#define SRV D3D11_BIND_SHADER_RESOURCE
#define RTV D3D11_BIND_RENDER_TARGET

/* Both kinds by the same rules; where they differ, buffer and texture are told apart. */
static const struct {
    UINT usage, cpu, bind;
    bool data;
    HRESULT buffer, texture;
} cases[] = {
    {D3D11_USAGE_DEFAULT, 0, 0, false, S_OK, S_OK},
    {D3D11_USAGE_DEFAULT, 0, SRV | RTV, true, S_OK, S_OK},
    {D3D11_USAGE_DEFAULT, READ, SRV, false, E_INVALIDARG, S_OK},
    {D3D11_USAGE_DEFAULT, WRITE, SRV, false, E_INVALIDARG, S_OK},
    {D3D11_USAGE_DEFAULT, 1, SRV, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_DEFAULT, 0, D3D11_BIND_DEPTH_STENCIL, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_DEFAULT, 0, 0x800000, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_DEFAULT, 0, D3D11_BIND_VERTEX_BUFFER, false, S_OK, E_INVALIDARG},
    {D3D11_USAGE_IMMUTABLE, 0, SRV, true, S_OK, S_OK},
    {D3D11_USAGE_IMMUTABLE, 0, SRV, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_IMMUTABLE, READ, SRV, true, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_IMMUTABLE, 0, RTV, true, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_IMMUTABLE, 0, 0, true, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_DYNAMIC, WRITE, SRV, false, S_OK, S_OK},
    {D3D11_USAGE_DYNAMIC, WRITE, SRV, true, S_OK, S_OK},
    {D3D11_USAGE_DYNAMIC, READ | WRITE, SRV, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_DYNAMIC, 0, SRV, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_DYNAMIC, WRITE, 0, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_DYNAMIC, WRITE, SRV | RTV, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_STAGING, READ, 0, false, S_OK, S_OK},
    {D3D11_USAGE_STAGING, WRITE, 0, true, S_OK, S_OK},
    {D3D11_USAGE_STAGING, READ | WRITE, 0, false, S_OK, S_OK},
    {D3D11_USAGE_STAGING, 0, 0, false, E_INVALIDARG, E_INVALIDARG},
    {D3D11_USAGE_STAGING, READ, SRV, false, E_INVALIDARG, E_INVALIDARG},
    {4, 0, SRV, false, E_INVALIDARG, E_INVALIDARG},
    {UINT32_MAX, 0, SRV, false, E_INVALIDARG, E_INVALIDARG},
};

TEST(usage_decides_about_access_and_binds)
{
    static const unsigned char bytes[64];
    struct rig rig = rig_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        D3D11_SUBRESOURCE_DATA data = {bytes, 16, 0};
        D3D11_BUFFER_DESC buffer_desc = {.ByteWidth = 64,
                                         .Usage = (D3D11_USAGE)cases[i].usage,
                                         .BindFlags = cases[i].bind,
                                         .CPUAccessFlags = cases[i].cpu};
        D3D11_TEXTURE2D_DESC texture_desc = tex_desc(0);
        ID3D11Buffer *buffer = NULL;
        ID3D11Texture2D *texture = NULL;
        texture_desc.Width = texture_desc.Height = 4;
        texture_desc.Usage = (D3D11_USAGE)cases[i].usage;
        texture_desc.BindFlags = cases[i].bind;
        texture_desc.CPUAccessFlags = cases[i].cpu;
        CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &buffer_desc,
                                           cases[i].data ? &data : NULL, &buffer),
                 cases[i].buffer);
        CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &texture_desc,
                                              cases[i].data ? &data : NULL, &texture),
                 cases[i].texture);
        if (buffer)
            CHECK_EQ(ID3D11Buffer_Release(buffer), 0);
        if (texture)
            CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    }
    rig_finish(&rig);
}

TEST(misc_flags_belong_to_a_kind)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(D3D11_RESOURCE_MISC_BUFFER_STRUCTURED);
    D3D11_BUFFER_DESC bytes = {.ByteWidth = 64, .MiscFlags = D3D11_RESOURCE_MISC_TEXTURECUBE};
    ID3D11Buffer *buffer = UNTOUCHED;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc.MiscFlags = D3D11_RESOURCE_MISC_DRAWINDIRECT_ARGS;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    desc.MiscFlags = 0x80000000U;
    CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &bytes, NULL, &buffer), E_INVALIDARG);
    CHECK_PTR_EQ(buffer, NULL);
    bytes.MiscFlags = D3D11_RESOURCE_MISC_GENERATE_MIPS;
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &bytes, NULL, &buffer), E_INVALIDARG);
    rig_finish(&rig);
}
