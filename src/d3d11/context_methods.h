/* SPDX-License-Identifier: MIT */
/*
 * The methods of ID3D11DeviceContext4, one prototype for each slot of its vtable in context.c,
 * sorted by the file that has them. CTX is the interface pointer that all of them take first.
 */
#ifndef ISTHMUS_D3D11_CONTEXT_METHODS_H
#define ISTHMUS_D3D11_CONTEXT_METHODS_H

#include "d3d11/d3d11.h"

#define CTX ID3D11DeviceContext4 *iface
#define CTX_METHOD(type, name) type STDMETHODCALLTYPE d3d11_context_##name

/* context_update.c, context_copy.c */
void STDMETHODCALLTYPE d3d11_context_UpdateSubresource(CTX, ID3D11Resource *, UINT,
                                                       const D3D11_BOX *, const void *, UINT,
                                                       UINT);
void STDMETHODCALLTYPE d3d11_context_UpdateSubresource1(CTX, ID3D11Resource *, UINT,
                                                        const D3D11_BOX *, const void *, UINT,
                                                        UINT, UINT);
void STDMETHODCALLTYPE d3d11_context_CopyResource(CTX, ID3D11Resource *, ID3D11Resource *);
void STDMETHODCALLTYPE d3d11_context_CopySubresourceRegion(CTX, ID3D11Resource *, UINT, UINT,
                                                           UINT, UINT, ID3D11Resource *, UINT,
                                                           const D3D11_BOX *);
void STDMETHODCALLTYPE d3d11_context_CopySubresourceRegion1(CTX, ID3D11Resource *, UINT, UINT,
                                                            UINT, UINT, ID3D11Resource *, UINT,
                                                            const D3D11_BOX *, UINT);
void STDMETHODCALLTYPE d3d11_context_DiscardResource(CTX, ID3D11Resource *);
void STDMETHODCALLTYPE d3d11_context_DiscardView(CTX, ID3D11View *);
void STDMETHODCALLTYPE d3d11_context_DiscardView1(CTX, ID3D11View *, const D3D11_RECT *, UINT);

/* context_clear.c, context_depth.c */
void STDMETHODCALLTYPE d3d11_context_ClearRenderTargetView(CTX, ID3D11RenderTargetView *,
                                                           const FLOAT[4]);
void STDMETHODCALLTYPE d3d11_context_ClearUnorderedAccessViewUint(CTX,
                                                                  ID3D11UnorderedAccessView *,
                                                                  const UINT[4]);
void STDMETHODCALLTYPE d3d11_context_ClearUnorderedAccessViewFloat(CTX,
                                                                   ID3D11UnorderedAccessView *,
                                                                   const FLOAT[4]);
void STDMETHODCALLTYPE d3d11_context_ClearDepthStencilView(CTX, ID3D11DepthStencilView *, UINT,
                                                           FLOAT, UINT8);
void STDMETHODCALLTYPE d3d11_context_ClearView(CTX, ID3D11View *, const FLOAT[4],
                                               const D3D11_RECT *, UINT);

/* map.c */
HRESULT STDMETHODCALLTYPE d3d11_context_Map(CTX, ID3D11Resource *, UINT, D3D11_MAP, UINT,
                                            D3D11_MAPPED_SUBRESOURCE *);
void STDMETHODCALLTYPE d3d11_context_Unmap(CTX, ID3D11Resource *, UINT);

/* context_query.c */
void STDMETHODCALLTYPE d3d11_context_Begin(CTX, ID3D11Asynchronous *);
void STDMETHODCALLTYPE d3d11_context_End(CTX, ID3D11Asynchronous *);
HRESULT STDMETHODCALLTYPE d3d11_context_GetData(CTX, ID3D11Asynchronous *, void *, UINT, UINT);

/* context_sync.c */
HRESULT STDMETHODCALLTYPE d3d11_context_Signal(CTX, ID3D11Fence *, UINT64);
HRESULT STDMETHODCALLTYPE d3d11_context_Wait(CTX, ID3D11Fence *, UINT64);
void STDMETHODCALLTYPE d3d11_context_Flush(CTX);
void STDMETHODCALLTYPE d3d11_context_Flush1(CTX, D3D11_CONTEXT_TYPE, HANDLE);

/* context_state.c: state that only drawing would use; ten methods for each shader stage. */
#define CONTEXT_STAGES(X)       \
    X(VS, ID3D11VertexShader)   \
    X(HS, ID3D11HullShader)     \
    X(DS, ID3D11DomainShader)   \
    X(GS, ID3D11GeometryShader) \
    X(PS, ID3D11PixelShader)    \
    X(CS, ID3D11ComputeShader)

#define CONTEXT_STAGE_METHODS(stage, shader)                                                   \
    CTX_METHOD(void, stage##SetShader)(CTX, shader *, ID3D11ClassInstance *const *, UINT);     \
    CTX_METHOD(void, stage##SetConstantBuffers)(CTX, UINT, UINT, ID3D11Buffer *const *);       \
    CTX_METHOD(void, stage##SetConstantBuffers1)                                               \
    (CTX, UINT, UINT, ID3D11Buffer *const *, const UINT *, const UINT *);                      \
    CTX_METHOD(void, stage##SetShaderResources)                                                \
    (CTX, UINT, UINT, ID3D11ShaderResourceView *const *);                                      \
    CTX_METHOD(void, stage##SetSamplers)(CTX, UINT, UINT, ID3D11SamplerState *const *);        \
    CTX_METHOD(void, stage##GetShader)(CTX, shader **, ID3D11ClassInstance **, UINT *);        \
    CTX_METHOD(void, stage##GetConstantBuffers)(CTX, UINT, UINT, ID3D11Buffer **);             \
    CTX_METHOD(void, stage##GetConstantBuffers1)                                               \
    (CTX, UINT, UINT, ID3D11Buffer **, UINT *, UINT *);                                        \
    CTX_METHOD(void, stage##GetShaderResources)(CTX, UINT, UINT, ID3D11ShaderResourceView **); \
    CTX_METHOD(void, stage##GetSamplers)(CTX, UINT, UINT, ID3D11SamplerState **);

CONTEXT_STAGES(CONTEXT_STAGE_METHODS)

void STDMETHODCALLTYPE d3d11_context_IASetInputLayout(CTX, ID3D11InputLayout *);
void STDMETHODCALLTYPE d3d11_context_IASetVertexBuffers(CTX, UINT, UINT, ID3D11Buffer *const *,
                                                        const UINT *, const UINT *);
void STDMETHODCALLTYPE d3d11_context_IASetIndexBuffer(CTX, ID3D11Buffer *, DXGI_FORMAT, UINT);
void STDMETHODCALLTYPE d3d11_context_IASetPrimitiveTopology(CTX, D3D11_PRIMITIVE_TOPOLOGY);
void STDMETHODCALLTYPE d3d11_context_OMSetRenderTargets(CTX, UINT,
                                                        ID3D11RenderTargetView *const *,
                                                        ID3D11DepthStencilView *);
void STDMETHODCALLTYPE d3d11_context_OMSetRenderTargetsAndUnorderedAccessViews(
    CTX, UINT, ID3D11RenderTargetView *const *, ID3D11DepthStencilView *, UINT, UINT,
    ID3D11UnorderedAccessView *const *, const UINT *);
void STDMETHODCALLTYPE d3d11_context_OMSetBlendState(CTX, ID3D11BlendState *, const FLOAT[4],
                                                     UINT);
void STDMETHODCALLTYPE d3d11_context_OMSetDepthStencilState(CTX, ID3D11DepthStencilState *,
                                                            UINT);
void STDMETHODCALLTYPE d3d11_context_SOSetTargets(CTX, UINT, ID3D11Buffer *const *,
                                                  const UINT *);
void STDMETHODCALLTYPE d3d11_context_RSSetState(CTX, ID3D11RasterizerState *);
void STDMETHODCALLTYPE d3d11_context_RSSetViewports(CTX, UINT, const D3D11_VIEWPORT *);
void STDMETHODCALLTYPE d3d11_context_RSSetScissorRects(CTX, UINT, const D3D11_RECT *);
void STDMETHODCALLTYPE d3d11_context_CSSetUnorderedAccessViews(
    CTX, UINT, UINT, ID3D11UnorderedAccessView *const *, const UINT *);
void STDMETHODCALLTYPE d3d11_context_SetPredication(CTX, ID3D11Predicate *, WINBOOL);
void STDMETHODCALLTYPE d3d11_context_SetResourceMinLOD(CTX, ID3D11Resource *, FLOAT);
void STDMETHODCALLTYPE d3d11_context_ClearState(CTX);

void STDMETHODCALLTYPE d3d11_context_IAGetInputLayout(CTX, ID3D11InputLayout **);
void STDMETHODCALLTYPE d3d11_context_IAGetVertexBuffers(CTX, UINT, UINT, ID3D11Buffer **,
                                                        UINT *, UINT *);
void STDMETHODCALLTYPE d3d11_context_IAGetIndexBuffer(CTX, ID3D11Buffer **, DXGI_FORMAT *,
                                                      UINT *);
void STDMETHODCALLTYPE d3d11_context_IAGetPrimitiveTopology(CTX, D3D11_PRIMITIVE_TOPOLOGY *);
void STDMETHODCALLTYPE d3d11_context_OMGetRenderTargets(CTX, UINT, ID3D11RenderTargetView **,
                                                        ID3D11DepthStencilView **);
void STDMETHODCALLTYPE d3d11_context_OMGetRenderTargetsAndUnorderedAccessViews(
    CTX, UINT, ID3D11RenderTargetView **, ID3D11DepthStencilView **, UINT, UINT,
    ID3D11UnorderedAccessView **);
void STDMETHODCALLTYPE d3d11_context_OMGetBlendState(CTX, ID3D11BlendState **, FLOAT[4],
                                                     UINT *);
void STDMETHODCALLTYPE d3d11_context_OMGetDepthStencilState(CTX, ID3D11DepthStencilState **,
                                                            UINT *);
void STDMETHODCALLTYPE d3d11_context_SOGetTargets(CTX, UINT, ID3D11Buffer **);
void STDMETHODCALLTYPE d3d11_context_RSGetState(CTX, ID3D11RasterizerState **);
void STDMETHODCALLTYPE d3d11_context_RSGetViewports(CTX, UINT *, D3D11_VIEWPORT *);
void STDMETHODCALLTYPE d3d11_context_RSGetScissorRects(CTX, UINT *, D3D11_RECT *);
void STDMETHODCALLTYPE d3d11_context_CSGetUnorderedAccessViews(CTX, UINT, UINT,
                                                               ID3D11UnorderedAccessView **);
void STDMETHODCALLTYPE d3d11_context_GetPredication(CTX, ID3D11Predicate **, WINBOOL *);
FLOAT STDMETHODCALLTYPE d3d11_context_GetResourceMinLOD(CTX, ID3D11Resource *);

/* context_stubs.c: what is not offered. */
void STDMETHODCALLTYPE d3d11_context_Draw(CTX, UINT, UINT);
void STDMETHODCALLTYPE d3d11_context_DrawAuto(CTX);
void STDMETHODCALLTYPE d3d11_context_DrawIndexed(CTX, UINT, UINT, INT);
void STDMETHODCALLTYPE d3d11_context_DrawInstanced(CTX, UINT, UINT, UINT, UINT);
void STDMETHODCALLTYPE d3d11_context_DrawIndexedInstanced(CTX, UINT, UINT, UINT, INT, UINT);
void STDMETHODCALLTYPE d3d11_context_DrawInstancedIndirect(CTX, ID3D11Buffer *, UINT);
void STDMETHODCALLTYPE d3d11_context_DrawIndexedInstancedIndirect(CTX, ID3D11Buffer *, UINT);
void STDMETHODCALLTYPE d3d11_context_Dispatch(CTX, UINT, UINT, UINT);
void STDMETHODCALLTYPE d3d11_context_DispatchIndirect(CTX, ID3D11Buffer *, UINT);
void STDMETHODCALLTYPE d3d11_context_CopyStructureCount(CTX, ID3D11Buffer *, UINT,
                                                        ID3D11UnorderedAccessView *);
void STDMETHODCALLTYPE d3d11_context_GenerateMips(CTX, ID3D11ShaderResourceView *);
void STDMETHODCALLTYPE d3d11_context_ResolveSubresource(CTX, ID3D11Resource *, UINT,
                                                        ID3D11Resource *, UINT, DXGI_FORMAT);
void STDMETHODCALLTYPE d3d11_context_ExecuteCommandList(CTX, ID3D11CommandList *, WINBOOL);
HRESULT STDMETHODCALLTYPE d3d11_context_FinishCommandList(CTX, WINBOOL, ID3D11CommandList **);
void STDMETHODCALLTYPE d3d11_context_SwapDeviceContextState(CTX, ID3DDeviceContextState *,
                                                            ID3DDeviceContextState **);
HRESULT STDMETHODCALLTYPE d3d11_context_UpdateTileMappings(
    CTX, ID3D11Resource *, UINT, const D3D11_TILED_RESOURCE_COORDINATE *,
    const D3D11_TILE_REGION_SIZE *, ID3D11Buffer *, UINT, const UINT *, const UINT *,
    const UINT *, UINT);
HRESULT STDMETHODCALLTYPE d3d11_context_CopyTileMappings(
    CTX, ID3D11Resource *, const D3D11_TILED_RESOURCE_COORDINATE *, ID3D11Resource *,
    const D3D11_TILED_RESOURCE_COORDINATE *, const D3D11_TILE_REGION_SIZE *, UINT);
void STDMETHODCALLTYPE d3d11_context_CopyTiles(CTX, ID3D11Resource *,
                                               const D3D11_TILED_RESOURCE_COORDINATE *,
                                               const D3D11_TILE_REGION_SIZE *, ID3D11Buffer *,
                                               UINT64, UINT);
void STDMETHODCALLTYPE d3d11_context_UpdateTiles(CTX, ID3D11Resource *,
                                                 const D3D11_TILED_RESOURCE_COORDINATE *,
                                                 const D3D11_TILE_REGION_SIZE *, const void *,
                                                 UINT);
HRESULT STDMETHODCALLTYPE d3d11_context_ResizeTilePool(CTX, ID3D11Buffer *, UINT64);
void STDMETHODCALLTYPE d3d11_context_TiledResourceBarrier(CTX, ID3D11DeviceChild *,
                                                          ID3D11DeviceChild *);
void STDMETHODCALLTYPE d3d11_context_SetHardwareProtectionState(CTX, WINBOOL);
void STDMETHODCALLTYPE d3d11_context_GetHardwareProtectionState(CTX, WINBOOL *);
WINBOOL STDMETHODCALLTYPE d3d11_context_IsAnnotationEnabled(CTX);
void STDMETHODCALLTYPE d3d11_context_SetMarkerInt(CTX, const WCHAR *, int);
void STDMETHODCALLTYPE d3d11_context_BeginEventInt(CTX, const WCHAR *, int);
void STDMETHODCALLTYPE d3d11_context_EndEvent(CTX);

#endif
