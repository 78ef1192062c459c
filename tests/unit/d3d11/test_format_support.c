/* SPDX-License-Identifier: MIT */
/* What a few formats of each family can be used for. */
#include "share_rig.h"

#define RT D3D11_FORMAT_SUPPORT_RENDER_TARGET
#define UA D3D11_FORMAT_SUPPORT_TYPED_UNORDERED_ACCESS_VIEW
#define DS D3D11_FORMAT_SUPPORT_DEPTH_STENCIL
#define BUF D3D11_FORMAT_SUPPORT_BUFFER
#define T1 D3D11_FORMAT_SUPPORT_TEXTURE1D
#define T2 D3D11_FORMAT_SUPPORT_TEXTURE2D
#define T3 D3D11_FORMAT_SUPPORT_TEXTURE3D

static const struct {
    DXGI_FORMAT format;
    UINT has, lacks;
} facts[] = {
    {DXGI_FORMAT_R8G8B8A8_UNORM, RT | UA | BUF | T1 | T2 | T3, DS},
    {DXGI_FORMAT_R8G8B8A8_UNORM_SRGB, RT | T2, UA | DS},
    {DXGI_FORMAT_B8G8R8A8_UNORM, RT | T2, UA},
    {DXGI_FORMAT_R8G8B8A8_TYPELESS, T1 | T2 | T3, RT | UA},
    {DXGI_FORMAT_R32G32B32A32_FLOAT, RT | UA | BUF, DS},
    {DXGI_FORMAT_R32G32B32_FLOAT, BUF | T2, RT | UA},
    {DXGI_FORMAT_R16_UINT, RT | UA, DS},
    {DXGI_FORMAT_R11G11B10_FLOAT, RT | UA, DS},
    {DXGI_FORMAT_R9G9B9E5_SHAREDEXP, T2, RT | UA},
    {DXGI_FORMAT_D24_UNORM_S8_UINT, DS | T2, RT | UA | T3 | BUF},
    {DXGI_FORMAT_R24G8_TYPELESS, T2, DS | RT},
    {DXGI_FORMAT_BC3_UNORM, T2 | T3, RT | UA | T1 | BUF},
    {DXGI_FORMAT_NV12, T2, RT | UA | T1 | T3 | BUF},
    {DXGI_FORMAT_G8R8_G8B8_UNORM, T2, RT | BUF},
};

TEST(families)
{
    struct rig rig = rig_new();
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        UINT support = 0;
        CHECK_EQ(ID3D11Device_CheckFormatSupport(rig.device, facts[i].format, &support), S_OK);
        CHECK_EQ(support & facts[i].has, facts[i].has);
        CHECK_EQ(support & facts[i].lacks, 0);
    }
    rig_finish(&rig);
}

/* Nothing is shaded, blended, resolved or shown, so no format claims it. */
TEST(nothing_is_claimed_about_drawing)
{
    const UINT drawing =
        D3D11_FORMAT_SUPPORT_IA_VERTEX_BUFFER | D3D11_FORMAT_SUPPORT_SHADER_LOAD |
        D3D11_FORMAT_SUPPORT_SHADER_SAMPLE | D3D11_FORMAT_SUPPORT_BLENDABLE |
        D3D11_FORMAT_SUPPORT_MULTISAMPLE_RESOLVE | D3D11_FORMAT_SUPPORT_DISPLAY |
        D3D11_FORMAT_SUPPORT_MULTISAMPLE_RENDERTARGET | D3D11_FORMAT_SUPPORT_DECODER_OUTPUT;
    struct rig rig = rig_new();
    for (UINT i = 1; i <= 132; i++) {
        UINT support = 0;
        ID3D11Device_CheckFormatSupport(rig.device, (DXGI_FORMAT)i, &support);
        CHECK_EQ(support & drawing, 0);
    }
    rig_finish(&rig);
}
