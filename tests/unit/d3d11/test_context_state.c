/* SPDX-License-Identifier: MIT */
/* State may be set and reads as that of a cleared context. */
#include "context_rig.h"

TEST(setting_state_is_harmless_and_reads_as_cleared)
{
    struct rig rig = rig_new();
    ID3D11DeviceContext *c = rig.context;
    D3D11_VIEWPORT viewport = {.Width = 4, .Height = 4, .MaxDepth = 1};
    ID3D11RenderTargetView *targets[2] = {(void *)&rig, (void *)&rig};
    ID3D11DepthStencilView *depth = (void *)&rig;
    ID3D11BlendState *blend = (void *)&rig;
    ID3D11ShaderResourceView *views[3] = {(void *)&rig, (void *)&rig, (void *)&rig};
    ID3D11VertexShader *shader = (void *)&rig;
    D3D11_PRIMITIVE_TOPOLOGY topology = D3D11_PRIMITIVE_TOPOLOGY_POINTLIST;
    FLOAT factor[4] = {0};
    UINT count = 1, mask = 0;
    ID3D11DeviceContext_RSSetViewports(c, 1, &viewport);
    ID3D11DeviceContext_OMSetRenderTargets(c, 0, NULL, NULL);
    ID3D11DeviceContext_IASetPrimitiveTopology(c, D3D11_PRIMITIVE_TOPOLOGY_TRIANGLELIST);
    ID3D11DeviceContext_PSSetShaderResources(c, 0, 0, NULL);
    ID3D11DeviceContext_VSSetShader(c, NULL, NULL, 0);
    ID3D11DeviceContext_ClearState(c);
    ID3D11DeviceContext_OMGetRenderTargets(c, 2, targets, &depth);
    CHECK(!targets[0] && !targets[1] && !depth);
    ID3D11DeviceContext_OMGetBlendState(c, &blend, factor, &mask);
    CHECK(!blend && factor[0] == 1 && factor[3] == 1);
    CHECK_EQ(mask, 0xffffffffU);
    ID3D11DeviceContext_PSGetShaderResources(c, 0, 3, views);
    CHECK(!views[0] && !views[1] && !views[2]);
    ID3D11DeviceContext_VSGetShader(c, &shader, NULL, NULL);
    CHECK_PTR_EQ(shader, NULL);
    ID3D11DeviceContext_IAGetPrimitiveTopology(c, &topology);
    CHECK_EQ(topology, D3D11_PRIMITIVE_TOPOLOGY_UNDEFINED);
    ID3D11DeviceContext_RSGetViewports(c, &count, &viewport);
    CHECK_EQ(count, 0);
    rig_finish(&rig);
}
