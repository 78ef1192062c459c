/* SPDX-License-Identifier: MIT */
/*
 * Pipeline state, as a table. Programs set it without drawing, so setting is legal and without
 * effect (said once, by name); what is read back is a cleared context's state, which is what
 * this context is in.
 */
#include "d3d11/context_methods.h"

#include "base/log.h"

#include <string.h>

/* A table of calls most of which look at nothing: parameters are there for the type only. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define SET(name, ...)                                                                  \
    CTX_METHOD(void, name)(CTX, __VA_ARGS__)                                            \
    {                                                                                   \
        log_once(LOG_INFO, "d3d11",                                                     \
                 "ID3D11DeviceContext::" #name " is accepted; nothing uses it without " \
                 "drawing");                                                            \
    }

/* Clears `count` values behind an out pointer, which these calls allow to be NULL. */
static void clear_out(void *out, size_t count, size_t size)
{
    if (out)
        memset(out, 0, count * size);
}

#define CLEAR(out, count) clear_out((out), (count), sizeof(*(out)))

/* Each shader stage has the same ten. */
#define STAGE_SETTERS(stage, shader)                                                      \
    SET(stage##SetShader, shader *set, ID3D11ClassInstance *const *instances, UINT count) \
    SET(stage##SetConstantBuffers, UINT start, UINT count, ID3D11Buffer *const *buffers)  \
    SET(stage##SetConstantBuffers1, UINT start, UINT count, ID3D11Buffer *const *buffers, \
        const UINT *first, const UINT *constants)                                         \
    SET(stage##SetShaderResources, UINT start, UINT count,                                \
        ID3D11ShaderResourceView *const *views)                                           \
    SET(stage##SetSamplers, UINT start, UINT count, ID3D11SamplerState *const *samplers)

#define STAGE_GETTERS(stage, shader)                                                   \
    CTX_METHOD(void, stage##GetShader)                                                 \
    (CTX, shader * *out, ID3D11ClassInstance * *instances, UINT * count)               \
    {                                                                                  \
        CLEAR(out, 1);                                                                 \
        CLEAR(instances, count ? *count : 0);                                          \
        CLEAR(count, 1);                                                               \
    }                                                                                  \
    CTX_METHOD(void, stage##GetConstantBuffers)                                        \
    (CTX, UINT start, UINT count, ID3D11Buffer * *out)                                 \
    {                                                                                  \
        CLEAR(out, count);                                                             \
    }                                                                                  \
    CTX_METHOD(void, stage##GetConstantBuffers1)                                       \
    (CTX, UINT start, UINT count, ID3D11Buffer * *out, UINT * first, UINT * constants) \
    {                                                                                  \
        CLEAR(out, count);                                                             \
        CLEAR(first, count);                                                           \
        CLEAR(constants, count);                                                       \
    }                                                                                  \
    CTX_METHOD(void, stage##GetShaderResources)                                        \
    (CTX, UINT start, UINT count, ID3D11ShaderResourceView * *out)                     \
    {                                                                                  \
        CLEAR(out, count);                                                             \
    }                                                                                  \
    CTX_METHOD(void, stage##GetSamplers)                                               \
    (CTX, UINT start, UINT count, ID3D11SamplerState * *out)                           \
    {                                                                                  \
        CLEAR(out, count);                                                             \
    }

CONTEXT_STAGES(STAGE_SETTERS)
CONTEXT_STAGES(STAGE_GETTERS)

SET(IASetInputLayout, ID3D11InputLayout *layout)
SET(IASetVertexBuffers, UINT start, UINT count, ID3D11Buffer *const *buffers,
    const UINT *strides, const UINT *offsets)
SET(IASetIndexBuffer, ID3D11Buffer *buffer, DXGI_FORMAT format, UINT offset)
SET(IASetPrimitiveTopology, D3D11_PRIMITIVE_TOPOLOGY topology)
SET(OMSetRenderTargets, UINT count, ID3D11RenderTargetView *const *targets,
    ID3D11DepthStencilView *depth)
SET(OMSetRenderTargetsAndUnorderedAccessViews, UINT count,
    ID3D11RenderTargetView *const *targets, ID3D11DepthStencilView *depth, UINT uav_start,
    UINT uavs, ID3D11UnorderedAccessView *const *views, const UINT *counts)
SET(OMSetBlendState, ID3D11BlendState *state, const FLOAT factor[4], UINT mask)
SET(OMSetDepthStencilState, ID3D11DepthStencilState *state, UINT reference)
SET(SOSetTargets, UINT count, ID3D11Buffer *const *targets, const UINT *offsets)
SET(RSSetState, ID3D11RasterizerState *state)
SET(RSSetViewports, UINT count, const D3D11_VIEWPORT *viewports)
SET(RSSetScissorRects, UINT count, const D3D11_RECT *rects)
SET(CSSetUnorderedAccessViews, UINT start, UINT count, ID3D11UnorderedAccessView *const *views,
    const UINT *counts)
SET(SetPredication, ID3D11Predicate *predicate, WINBOOL value)
SET(SetResourceMinLOD, ID3D11Resource *resource, FLOAT level)

/* No state is kept, so it is clear already. */
void STDMETHODCALLTYPE d3d11_context_ClearState(CTX)
{
}

void STDMETHODCALLTYPE d3d11_context_IAGetInputLayout(CTX, ID3D11InputLayout **out)
{
    CLEAR(out, 1);
}

void STDMETHODCALLTYPE d3d11_context_IAGetVertexBuffers(CTX, UINT start, UINT count,
                                                        ID3D11Buffer **out, UINT *strides,
                                                        UINT *offsets)
{
    CLEAR(out, count);
    CLEAR(strides, count);
    CLEAR(offsets, count);
}

void STDMETHODCALLTYPE d3d11_context_IAGetIndexBuffer(CTX, ID3D11Buffer **out,
                                                      DXGI_FORMAT *format, UINT *offset)
{
    CLEAR(out, 1);
    CLEAR(format, 1);
    CLEAR(offset, 1);
}

void STDMETHODCALLTYPE d3d11_context_IAGetPrimitiveTopology(CTX, D3D11_PRIMITIVE_TOPOLOGY *out)
{
    CLEAR(out, 1);
}

void STDMETHODCALLTYPE d3d11_context_OMGetRenderTargets(CTX, UINT count,
                                                        ID3D11RenderTargetView **out,
                                                        ID3D11DepthStencilView **depth)
{
    CLEAR(out, count);
    CLEAR(depth, 1);
}

void STDMETHODCALLTYPE d3d11_context_OMGetRenderTargetsAndUnorderedAccessViews(
    CTX, UINT count, ID3D11RenderTargetView **out, ID3D11DepthStencilView **depth,
    UINT uav_start, UINT uavs, ID3D11UnorderedAccessView **views)
{
    CLEAR(out, count);
    CLEAR(depth, 1);
    CLEAR(views, uavs);
}

/* Two of the defaults are not zero: blend factors of 1, and all samples. */
void STDMETHODCALLTYPE d3d11_context_OMGetBlendState(CTX, ID3D11BlendState **out,
                                                     FLOAT factor[4], UINT *mask)
{
    CLEAR(out, 1);
    for (int i = 0; factor && i < 4; i++)
        factor[i] = 1.0F;
    if (mask)
        *mask = 0xffffffffU;
}

void STDMETHODCALLTYPE d3d11_context_OMGetDepthStencilState(CTX, ID3D11DepthStencilState **out,
                                                            UINT *reference)
{
    CLEAR(out, 1);
    CLEAR(reference, 1);
}

void STDMETHODCALLTYPE d3d11_context_SOGetTargets(CTX, UINT count, ID3D11Buffer **out)
{
    CLEAR(out, count);
}

void STDMETHODCALLTYPE d3d11_context_RSGetState(CTX, ID3D11RasterizerState **out)
{
    CLEAR(out, 1);
}

/* The count says how many are bound; an array that is longer is cleared. */
void STDMETHODCALLTYPE d3d11_context_RSGetViewports(CTX, UINT *count, D3D11_VIEWPORT *out)
{
    CLEAR(out, count ? *count : 0);
    CLEAR(count, 1);
}

void STDMETHODCALLTYPE d3d11_context_RSGetScissorRects(CTX, UINT *count, D3D11_RECT *out)
{
    CLEAR(out, count ? *count : 0);
    CLEAR(count, 1);
}

void STDMETHODCALLTYPE d3d11_context_CSGetUnorderedAccessViews(CTX, UINT start, UINT count,
                                                               ID3D11UnorderedAccessView **out)
{
    CLEAR(out, count);
}

void STDMETHODCALLTYPE d3d11_context_GetPredication(CTX, ID3D11Predicate **out, WINBOOL *value)
{
    CLEAR(out, 1);
    CLEAR(value, 1);
}

FLOAT STDMETHODCALLTYPE d3d11_context_GetResourceMinLOD(CTX, ID3D11Resource *resource)
{
    return 0.0F;
}
