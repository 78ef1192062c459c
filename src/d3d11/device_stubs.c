/* SPDX-License-Identifier: MIT */
/*
 * What the device knows and does not offer, as a table: shaders, pipeline state, counters,
 * deferred contexts. Each call says its name once in the log, sets its out pointer to NULL and
 * answers E_NOTIMPL. That is honest: nothing here draws, so there is nothing such an object
 * could do.
 */
#include "d3d11/device_methods.h"

#include "base/log.h"
#include "core/status.h"
#include "d3d11/convert.h"

/* A table of calls that look at nothing: their parameters are there for the type only. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

static HRESULT not_offered(const char *name, const char *why)
{
    return d3d11_result(answer(IST_NOT_SUPPORTED, "%s is not offered: %s", name, why));
}

/* `out` is the last parameter of each. */
#define STUB(name, why, out_type, ...)                                               \
    DEV_METHOD(HRESULT, name)(DEV __VA_OPT__(, ) __VA_ARGS__, out_type * *out)       \
    {                                                                                \
        log_once(LOG_WARN, "d3d11", "ID3D11Device::" #name " is not offered: " why); \
        if (out)                                                                     \
            *out = NULL;                                                             \
        return not_offered(#name, why);                                              \
    }

#define NO_SHADERS "this device runs no shaders"
#define CODE const void *code, SIZE_T size
STUB(CreateInputLayout, NO_SHADERS, ID3D11InputLayout, const D3D11_INPUT_ELEMENT_DESC *elements,
     UINT count, CODE)
STUB(CreateVertexShader, NO_SHADERS, ID3D11VertexShader, CODE, ID3D11ClassLinkage *linkage)
STUB(CreateGeometryShader, NO_SHADERS, ID3D11GeometryShader, CODE, ID3D11ClassLinkage *linkage)
STUB(CreateGeometryShaderWithStreamOutput, NO_SHADERS, ID3D11GeometryShader, CODE,
     const D3D11_SO_DECLARATION_ENTRY *entries, UINT count, const UINT *strides,
     UINT stride_count, UINT stream, ID3D11ClassLinkage *linkage)
STUB(CreatePixelShader, NO_SHADERS, ID3D11PixelShader, CODE, ID3D11ClassLinkage *linkage)
STUB(CreateHullShader, NO_SHADERS, ID3D11HullShader, CODE, ID3D11ClassLinkage *linkage)
STUB(CreateDomainShader, NO_SHADERS, ID3D11DomainShader, CODE, ID3D11ClassLinkage *linkage)
STUB(CreateComputeShader, NO_SHADERS, ID3D11ComputeShader, CODE, ID3D11ClassLinkage *linkage)

DEV_METHOD(HRESULT, CreateClassLinkage)(DEV, ID3D11ClassLinkage **out)
{
    log_once(LOG_WARN, "d3d11", "ID3D11Device::CreateClassLinkage is not offered: " NO_SHADERS);
    if (out)
        *out = NULL;
    return not_offered("CreateClassLinkage", NO_SHADERS);
}

#define NO_DRAWING "this device draws nothing"
STUB(CreateBlendState, NO_DRAWING, ID3D11BlendState, const D3D11_BLEND_DESC *desc)
STUB(CreateBlendState1, NO_DRAWING, ID3D11BlendState1, const D3D11_BLEND_DESC1 *desc)
STUB(CreateDepthStencilState, NO_DRAWING, ID3D11DepthStencilState,
     const D3D11_DEPTH_STENCIL_DESC *desc)
STUB(CreateRasterizerState, NO_DRAWING, ID3D11RasterizerState,
     const D3D11_RASTERIZER_DESC *desc)
STUB(CreateRasterizerState1, NO_DRAWING, ID3D11RasterizerState1,
     const D3D11_RASTERIZER_DESC1 *desc)
STUB(CreateRasterizerState2, NO_DRAWING, ID3D11RasterizerState2,
     const D3D11_RASTERIZER_DESC2 *desc)
STUB(CreateSamplerState, NO_DRAWING, ID3D11SamplerState, const D3D11_SAMPLER_DESC *desc)
STUB(CreatePredicate, NO_DRAWING ", so nothing can be predicated", ID3D11Predicate,
     const D3D11_QUERY_DESC *desc)
STUB(CreateCounter, "this device has no performance counters", ID3D11Counter,
     const D3D11_COUNTER_DESC *desc)

#define NO_LISTS "work is submitted through the immediate context only"
STUB(CreateDeferredContext, NO_LISTS, ID3D11DeviceContext, UINT flags)
STUB(CreateDeferredContext1, NO_LISTS, ID3D11DeviceContext1, UINT flags)
STUB(CreateDeferredContext2, NO_LISTS, ID3D11DeviceContext2, UINT flags)
STUB(CreateDeferredContext3, NO_LISTS, ID3D11DeviceContext3, UINT flags)
STUB(CreateDeviceContextState, "there is no pipeline state that could be swapped",
     ID3DDeviceContextState, UINT flags, const D3D_FEATURE_LEVEL *levels, UINT count,
     UINT sdk_version, REFIID emulated, D3D_FEATURE_LEVEL *chosen)

/* For a resource without tiles, which all of ours are, zeros are the documented answer. */
DEV_METHOD(void, GetResourceTiling)
(DEV, ID3D11Resource *resource, UINT *tiles, D3D11_PACKED_MIP_DESC *mips,
 D3D11_TILE_SHAPE *shape, UINT *count, UINT first, D3D11_SUBRESOURCE_TILING *tilings)
{
    if (tiles)
        *tiles = 0;
    if (mips)
        *mips = (D3D11_PACKED_MIP_DESC){0};
    if (shape)
        *shape = (D3D11_TILE_SHAPE){0};
    for (UINT i = 0; count && tilings && i < *count; i++)
        tilings[i] = (D3D11_SUBRESOURCE_TILING){0};
    if (count)
        *count = 0;
}
