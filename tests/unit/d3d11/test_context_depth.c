/* SPDX-License-Identifier: MIT */
/* Depth and stencil are cleared together or each on its own. */
#include "context_rig.h"

#define BYTES(...) ((const unsigned char[]){__VA_ARGS__})

static void check_depth(DXGI_FORMAT format, UINT flags, const void *texel, UINT bytes)
{
    struct rig rig = rig_new();
    struct kind kind = {D3D11_USAGE_DEFAULT, 0, D3D11_BIND_DEPTH_STENCIL};
    ID3D11Resource *texture = rig_texture2d(&rig, kind, format, 3, 2, 1, 1);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, format, 3, 2, 1, 1);
    ID3D11DepthStencilView *view = NULL;
    CHECK_EQ(ID3D11Device_CreateDepthStencilView(rig.device, texture, NULL, &view), S_OK);
    unsigned char found[6 * 8], wanted[6 * 8];
    for (int i = 0; i < 6; i++)
        memcpy(wanted + i * bytes, texel, bytes);
    ID3D11DeviceContext_ClearDepthStencilView(rig.context, view, flags, 0.5F, 0x7e);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, 3 * bytes, 2, 1);
    CHECK_MEM(found, wanted, 6 * bytes);
    ID3D11DepthStencilView_Release(view);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

#define DEPTH(format, flags, ...) \
    check_depth(DXGI_FORMAT_##format, flags, BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)))

TEST(depth_and_stencil_on_their_own)
{
    UINT depth = D3D11_CLEAR_DEPTH, stencil = D3D11_CLEAR_STENCIL, both = depth | stencil;
    DEPTH(D16_UNORM, both, 0x00, 0x80);
    DEPTH(D32_FLOAT, depth, 0, 0, 0, 0x3f);
    DEPTH(D24_UNORM_S8_UINT, depth, 0x00, 0x00, 0x80, 0);
    DEPTH(D24_UNORM_S8_UINT, stencil, 0, 0, 0, 0x7e);
    DEPTH(D24_UNORM_S8_UINT, both, 0x00, 0x00, 0x80, 0x7e);
    DEPTH(D32_FLOAT_S8X24_UINT, depth, 0, 0, 0, 0x3f, 0, 0, 0, 0);
    DEPTH(D32_FLOAT_S8X24_UINT, stencil, 0, 0, 0, 0, 0x7e, 0, 0, 0);
    DEPTH(D32_FLOAT_S8X24_UINT, both, 0, 0, 0, 0x3f, 0x7e, 0, 0, 0);
    DEPTH(D16_UNORM, stencil, 0, 0);
}

/* Only whole subresources of a depth texture move, and only ClearView knows parts of one. */
TEST(depth_is_copied_whole_and_cleared_in_parts)
{
    static const FLOAT half[4] = {0.5F, 9, 9, 9};
    static const D3D11_RECT rect = {1, 0, 3, 1};
    static const UINT64 stranger = ~0ULL;
    struct rig rig = rig_new();
    struct kind kind = {D3D11_USAGE_DEFAULT, 0, D3D11_BIND_DEPTH_STENCIL};
    ID3D11Resource *texture = rig_texture2d(&rig, kind, DXGI_FORMAT_D16_UNORM, 4, 1, 1, 1);
    ID3D11Resource *both = rig_texture2d(&rig, kind, DXGI_FORMAT_D24_UNORM_S8_UINT, 4, 1, 1, 1);
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_D16_UNORM, 4, 1, 1, 1);
    ID3D11DepthStencilView *view = NULL, *no_view = NULL;
    unsigned char found[8], wanted[8] = {0, 0, 0, 0x80, 0, 0x80, 0, 0};
    D3D11_BOX box = {0, 0, 0, 1, 1, 1};
    CHECK_EQ(ID3D11Device_CreateDepthStencilView(rig.device, texture, NULL, &view), S_OK);
    CHECK_EQ(ID3D11Device_CreateDepthStencilView(rig.device, both, NULL, &no_view), S_OK);
    ID3D11DeviceContext4_ClearView(rig.context4, (ID3D11View *)view, half, &rect, 1);
    ID3D11DeviceContext4_ClearView(rig.context4, (ID3D11View *)no_view, half, NULL, 0);
    ID3D11DeviceContext_UpdateSubresource(rig.context, texture, 0, NULL, &stranger, 8, 8);
    ID3D11DeviceContext_CopySubresourceRegion(rig.context, staging, 0, 0, 0, 0, texture, 0,
                                              NULL);
    ID3D11DeviceContext_CopySubresourceRegion(rig.context, staging, 0, 1, 0, 0, texture, 0,
                                              &box);
    rig_read(&rig, staging, 0, found, 8, 1, 1);
    CHECK_MEM(found, wanted, 8);
    ID3D11DepthStencilView_Release(view);
    ID3D11DepthStencilView_Release(no_view);
    release(texture);
    release(both);
    release(staging);
    rig_finish(&rig);
}
