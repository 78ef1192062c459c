/* SPDX-License-Identifier: MIT */
/* What is not offered answers E_NOTIMPL, and its out pointer is NULL. */
#include "share_rig.h"

TEST(shaders_states_and_deferred_contexts)
{
    struct rig rig = rig_new();
    ID3D11Device5 *device = rig.device5;
    void *out = UNTOUCHED;
#define OUT(type) (out = UNTOUCHED, (type **)&out)
#define NOT_OFFERED(call)          \
    do {                           \
        CHECK_EQ(call, E_NOTIMPL); \
        CHECK_PTR_EQ(out, NULL);   \
    } while (0)
    NOT_OFFERED(
        ID3D11Device5_CreateInputLayout(device, NULL, 0, NULL, 0, OUT(ID3D11InputLayout)));
    NOT_OFFERED(ID3D11Device5_CreateVertexShader(device, "", 1, NULL, OUT(ID3D11VertexShader)));
    NOT_OFFERED(
        ID3D11Device5_CreateGeometryShader(device, "", 1, NULL, OUT(ID3D11GeometryShader)));
    NOT_OFFERED(ID3D11Device5_CreateGeometryShaderWithStreamOutput(device, "", 1, NULL, 0, NULL,
                                                                   0, 0, NULL,
                                                                   OUT(ID3D11GeometryShader)));
    NOT_OFFERED(ID3D11Device5_CreatePixelShader(device, "", 1, NULL, OUT(ID3D11PixelShader)));
    NOT_OFFERED(ID3D11Device5_CreateHullShader(device, "", 1, NULL, OUT(ID3D11HullShader)));
    NOT_OFFERED(ID3D11Device5_CreateDomainShader(device, "", 1, NULL, OUT(ID3D11DomainShader)));
    NOT_OFFERED(
        ID3D11Device5_CreateComputeShader(device, "", 1, NULL, OUT(ID3D11ComputeShader)));
    NOT_OFFERED(ID3D11Device5_CreateClassLinkage(device, OUT(ID3D11ClassLinkage)));
    NOT_OFFERED(ID3D11Device5_CreateBlendState(device, NULL, OUT(ID3D11BlendState)));
    NOT_OFFERED(ID3D11Device5_CreateBlendState1(device, NULL, OUT(ID3D11BlendState1)));
    NOT_OFFERED(
        ID3D11Device5_CreateDepthStencilState(device, NULL, OUT(ID3D11DepthStencilState)));
    NOT_OFFERED(ID3D11Device5_CreateRasterizerState(device, NULL, OUT(ID3D11RasterizerState)));
    NOT_OFFERED(
        ID3D11Device5_CreateRasterizerState1(device, NULL, OUT(ID3D11RasterizerState1)));
    NOT_OFFERED(
        ID3D11Device5_CreateRasterizerState2(device, NULL, OUT(ID3D11RasterizerState2)));
    NOT_OFFERED(ID3D11Device5_CreateSamplerState(device, NULL, OUT(ID3D11SamplerState)));
    NOT_OFFERED(ID3D11Device5_CreatePredicate(device, NULL, OUT(ID3D11Predicate)));
    NOT_OFFERED(ID3D11Device5_CreateCounter(device, NULL, OUT(ID3D11Counter)));
    NOT_OFFERED(ID3D11Device5_CreateDeferredContext(device, 0, OUT(ID3D11DeviceContext)));
    NOT_OFFERED(ID3D11Device5_CreateDeferredContext1(device, 0, OUT(ID3D11DeviceContext1)));
    NOT_OFFERED(ID3D11Device5_CreateDeferredContext2(device, 0, OUT(ID3D11DeviceContext2)));
    NOT_OFFERED(ID3D11Device5_CreateDeferredContext3(device, 0, OUT(ID3D11DeviceContext3)));
    NOT_OFFERED(ID3D11Device5_CreateDeviceContextState(device, 0, NULL, 0, D3D11_SDK_VERSION,
                                                       &IID_ID3D11Device, NULL,
                                                       OUT(ID3DDeviceContextState)));
    CHECK_EQ(ID3D11Device5_CreateVertexShader(device, "", 1, NULL, NULL), E_NOTIMPL);
    rig_finish(&rig);
}

TEST(no_resource_has_tiles)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, 0);
    D3D11_SUBRESOURCE_TILING tiling[2] = {{9, 9, 9, 9}, {9, 9, 9, 9}};
    D3D11_PACKED_MIP_DESC mips = {9, 9, 9, 9};
    D3D11_TILE_SHAPE shape = {9, 9, 9};
    UINT tiles = 9, count = 2;
    ID3D11Device5_GetResourceTiling(rig.device5, (ID3D11Resource *)texture, &tiles, &mips,
                                    &shape, &count, 0, tiling);
    CHECK_EQ(tiles, 0);
    CHECK_EQ(count, 0);
    CHECK_EQ(mips.NumStandardMips, 0);
    CHECK_EQ(shape.WidthInTexels, 0);
    CHECK_EQ(tiling[1].WidthInTiles, 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
