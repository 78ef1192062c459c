/* SPDX-License-Identifier: MIT */
/*
 * The methods of ID3D11Device5, one prototype for each slot of its vtable (device_vtbl.c),
 * sorted by the file that has them. DEV is the interface pointer that all of them take first.
 */
#ifndef ISTHMUS_D3D11_DEVICE_METHODS_H
#define ISTHMUS_D3D11_DEVICE_METHODS_H

#include "d3d11/d3d11.h"

#define DEV ID3D11Device5 *iface
#define DEV_METHOD(type, name) type STDMETHODCALLTYPE d3d11_device_##name

/* device.c */
DEV_METHOD(HRESULT, QueryInterface)(DEV, REFIID, void **);
DEV_METHOD(ULONG, AddRef)(DEV);
DEV_METHOD(ULONG, Release)(DEV);
DEV_METHOD(HRESULT, GetPrivateData)(DEV, REFGUID, UINT *, void *);
DEV_METHOD(HRESULT, SetPrivateData)(DEV, REFGUID, UINT, const void *);
DEV_METHOD(HRESULT, SetPrivateDataInterface)(DEV, REFGUID, const IUnknown *);
DEV_METHOD(D3D_FEATURE_LEVEL, GetFeatureLevel)(DEV);
DEV_METHOD(UINT, GetCreationFlags)(DEV);
DEV_METHOD(HRESULT, GetDeviceRemovedReason)(DEV);
DEV_METHOD(HRESULT, SetExceptionMode)(DEV, UINT);
DEV_METHOD(UINT, GetExceptionMode)(DEV);
DEV_METHOD(void, GetImmediateContext)(DEV, ID3D11DeviceContext **);
DEV_METHOD(void, GetImmediateContext1)(DEV, ID3D11DeviceContext1 **);
DEV_METHOD(void, GetImmediateContext2)(DEV, ID3D11DeviceContext2 **);
DEV_METHOD(void, GetImmediateContext3)(DEV, ID3D11DeviceContext3 **);

/* device_resources.c */
DEV_METHOD(HRESULT, CreateBuffer)
(DEV, const D3D11_BUFFER_DESC *, const D3D11_SUBRESOURCE_DATA *, ID3D11Buffer **);
DEV_METHOD(HRESULT, CreateTexture1D)
(DEV, const D3D11_TEXTURE1D_DESC *, const D3D11_SUBRESOURCE_DATA *, ID3D11Texture1D **);
DEV_METHOD(HRESULT, CreateTexture2D)
(DEV, const D3D11_TEXTURE2D_DESC *, const D3D11_SUBRESOURCE_DATA *, ID3D11Texture2D **);
DEV_METHOD(HRESULT, CreateTexture3D)
(DEV, const D3D11_TEXTURE3D_DESC *, const D3D11_SUBRESOURCE_DATA *, ID3D11Texture3D **);
DEV_METHOD(HRESULT, CreateTexture2D1)
(DEV, const D3D11_TEXTURE2D_DESC1 *, const D3D11_SUBRESOURCE_DATA *, ID3D11Texture2D1 **);
DEV_METHOD(HRESULT, CreateTexture3D1)
(DEV, const D3D11_TEXTURE3D_DESC1 *, const D3D11_SUBRESOURCE_DATA *, ID3D11Texture3D1 **);
DEV_METHOD(HRESULT, CreateQuery)(DEV, const D3D11_QUERY_DESC *, ID3D11Query **);
DEV_METHOD(HRESULT, CreateQuery1)(DEV, const D3D11_QUERY_DESC1 *, ID3D11Query1 **);

/* device_views.c */
DEV_METHOD(HRESULT, CreateShaderResourceView)
(DEV, ID3D11Resource *, const D3D11_SHADER_RESOURCE_VIEW_DESC *, ID3D11ShaderResourceView **);
DEV_METHOD(HRESULT, CreateUnorderedAccessView)
(DEV, ID3D11Resource *, const D3D11_UNORDERED_ACCESS_VIEW_DESC *, ID3D11UnorderedAccessView **);
DEV_METHOD(HRESULT, CreateRenderTargetView)
(DEV, ID3D11Resource *, const D3D11_RENDER_TARGET_VIEW_DESC *, ID3D11RenderTargetView **);
DEV_METHOD(HRESULT, CreateDepthStencilView)
(DEV, ID3D11Resource *, const D3D11_DEPTH_STENCIL_VIEW_DESC *, ID3D11DepthStencilView **);
DEV_METHOD(HRESULT, CreateShaderResourceView1)
(DEV, ID3D11Resource *, const D3D11_SHADER_RESOURCE_VIEW_DESC1 *, ID3D11ShaderResourceView1 **);
DEV_METHOD(HRESULT, CreateUnorderedAccessView1)
(DEV, ID3D11Resource *, const D3D11_UNORDERED_ACCESS_VIEW_DESC1 *,
 ID3D11UnorderedAccessView1 **);
DEV_METHOD(HRESULT, CreateRenderTargetView1)
(DEV, ID3D11Resource *, const D3D11_RENDER_TARGET_VIEW_DESC1 *, ID3D11RenderTargetView1 **);

/* device_share.c */
DEV_METHOD(HRESULT, OpenSharedResource)(DEV, HANDLE, REFIID, void **);
DEV_METHOD(HRESULT, OpenSharedResource1)(DEV, HANDLE, REFIID, void **);
DEV_METHOD(HRESULT, OpenSharedResourceByName)(DEV, LPCWSTR, DWORD, REFIID, void **);
DEV_METHOD(HRESULT, OpenSharedFence)(DEV, HANDLE, REFIID, void **);
DEV_METHOD(HRESULT, CreateFence)(DEV, UINT64, D3D11_FENCE_FLAG, REFIID, void **);

/* device_check.c */
DEV_METHOD(HRESULT, CheckFormatSupport)(DEV, DXGI_FORMAT, UINT *);
DEV_METHOD(HRESULT, CheckMultisampleQualityLevels)(DEV, DXGI_FORMAT, UINT, UINT *);
DEV_METHOD(HRESULT, CheckMultisampleQualityLevels1)(DEV, DXGI_FORMAT, UINT, UINT, UINT *);
DEV_METHOD(void, CheckCounterInfo)(DEV, D3D11_COUNTER_INFO *);
DEV_METHOD(HRESULT, CheckCounter)
(DEV, const D3D11_COUNTER_DESC *, D3D11_COUNTER_TYPE *, UINT *, LPSTR, UINT *, LPSTR, UINT *,
 LPSTR, UINT *);
DEV_METHOD(HRESULT, CheckFeatureSupport)(DEV, D3D11_FEATURE, void *, UINT);

/* device_access.c */
DEV_METHOD(void, WriteToSubresource)
(DEV, ID3D11Resource *, UINT, const D3D11_BOX *, const void *, UINT, UINT);
DEV_METHOD(void, ReadFromSubresource)
(DEV, void *, UINT, UINT, ID3D11Resource *, UINT, const D3D11_BOX *);

/* device_events.c */
DEV_METHOD(HRESULT, RegisterDeviceRemovedEvent)(DEV, HANDLE, DWORD *);
DEV_METHOD(void, UnregisterDeviceRemoved)(DEV, DWORD);

/* device_stubs.c: what is known and not offered. */
DEV_METHOD(HRESULT, CreateInputLayout)
(DEV, const D3D11_INPUT_ELEMENT_DESC *, UINT, const void *, SIZE_T, ID3D11InputLayout **);
DEV_METHOD(HRESULT, CreateVertexShader)
(DEV, const void *, SIZE_T, ID3D11ClassLinkage *, ID3D11VertexShader **);
DEV_METHOD(HRESULT, CreateGeometryShader)
(DEV, const void *, SIZE_T, ID3D11ClassLinkage *, ID3D11GeometryShader **);
DEV_METHOD(HRESULT, CreateGeometryShaderWithStreamOutput)
(DEV, const void *, SIZE_T, const D3D11_SO_DECLARATION_ENTRY *, UINT, const UINT *, UINT, UINT,
 ID3D11ClassLinkage *, ID3D11GeometryShader **);
DEV_METHOD(HRESULT, CreatePixelShader)
(DEV, const void *, SIZE_T, ID3D11ClassLinkage *, ID3D11PixelShader **);
DEV_METHOD(HRESULT, CreateHullShader)
(DEV, const void *, SIZE_T, ID3D11ClassLinkage *, ID3D11HullShader **);
DEV_METHOD(HRESULT, CreateDomainShader)
(DEV, const void *, SIZE_T, ID3D11ClassLinkage *, ID3D11DomainShader **);
DEV_METHOD(HRESULT, CreateComputeShader)
(DEV, const void *, SIZE_T, ID3D11ClassLinkage *, ID3D11ComputeShader **);
DEV_METHOD(HRESULT, CreateClassLinkage)(DEV, ID3D11ClassLinkage **);
DEV_METHOD(HRESULT, CreateBlendState)(DEV, const D3D11_BLEND_DESC *, ID3D11BlendState **);
DEV_METHOD(HRESULT, CreateBlendState1)(DEV, const D3D11_BLEND_DESC1 *, ID3D11BlendState1 **);
DEV_METHOD(HRESULT, CreateDepthStencilState)
(DEV, const D3D11_DEPTH_STENCIL_DESC *, ID3D11DepthStencilState **);
DEV_METHOD(HRESULT, CreateRasterizerState)
(DEV, const D3D11_RASTERIZER_DESC *, ID3D11RasterizerState **);
DEV_METHOD(HRESULT, CreateRasterizerState1)
(DEV, const D3D11_RASTERIZER_DESC1 *, ID3D11RasterizerState1 **);
DEV_METHOD(HRESULT, CreateRasterizerState2)
(DEV, const D3D11_RASTERIZER_DESC2 *, ID3D11RasterizerState2 **);
DEV_METHOD(HRESULT, CreateSamplerState)(DEV, const D3D11_SAMPLER_DESC *, ID3D11SamplerState **);
DEV_METHOD(HRESULT, CreatePredicate)(DEV, const D3D11_QUERY_DESC *, ID3D11Predicate **);
DEV_METHOD(HRESULT, CreateCounter)(DEV, const D3D11_COUNTER_DESC *, ID3D11Counter **);
DEV_METHOD(HRESULT, CreateDeferredContext)(DEV, UINT, ID3D11DeviceContext **);
DEV_METHOD(HRESULT, CreateDeferredContext1)(DEV, UINT, ID3D11DeviceContext1 **);
DEV_METHOD(HRESULT, CreateDeferredContext2)(DEV, UINT, ID3D11DeviceContext2 **);
DEV_METHOD(HRESULT, CreateDeferredContext3)(DEV, UINT, ID3D11DeviceContext3 **);
DEV_METHOD(HRESULT, CreateDeviceContextState)
(DEV, UINT, const D3D_FEATURE_LEVEL *, UINT, UINT, REFIID, D3D_FEATURE_LEVEL *,
 ID3DDeviceContextState **);
DEV_METHOD(void, GetResourceTiling)
(DEV, ID3D11Resource *, UINT *, D3D11_PACKED_MIP_DESC *, D3D11_TILE_SHAPE *, UINT *, UINT,
 D3D11_SUBRESOURCE_TILING *);

#endif
