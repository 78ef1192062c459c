/* SPDX-License-Identifier: MIT */
/*
 * The methods of IDXGIFactory7, one prototype for each slot of its vtable (factory_stubs.c), by
 * the file that has them. FAC is the interface pointer that all of them take first.
 */
#ifndef ISTHMUS_D3D11_FACTORY_METHODS_H
#define ISTHMUS_D3D11_FACTORY_METHODS_H

#include "d3d11/d3d11.h"

#define FAC IDXGIFactory7 *iface
#define FAC_METHOD(type, name) type STDMETHODCALLTYPE dxgi_factory_##name

/* factory.c */
FAC_METHOD(HRESULT, QueryInterface)(FAC, REFIID, void **);
FAC_METHOD(ULONG, AddRef)(FAC);
FAC_METHOD(ULONG, Release)(FAC);
FAC_METHOD(HRESULT, SetPrivateData)(FAC, REFGUID, UINT, const void *);
FAC_METHOD(HRESULT, SetPrivateDataInterface)(FAC, REFGUID, const IUnknown *);
FAC_METHOD(HRESULT, GetPrivateData)(FAC, REFGUID, UINT *, void *);
FAC_METHOD(HRESULT, GetParent)(FAC, REFIID, void **);
FAC_METHOD(HRESULT, EnumAdapters)(FAC, UINT, IDXGIAdapter **);
FAC_METHOD(HRESULT, EnumAdapters1)(FAC, UINT, IDXGIAdapter1 **);
FAC_METHOD(HRESULT, EnumAdapterByGpuPreference)
(FAC, UINT, DXGI_GPU_PREFERENCE, REFIID, void **);
FAC_METHOD(HRESULT, EnumAdapterByLuid)(FAC, LUID, REFIID, void **);
FAC_METHOD(HRESULT, EnumWarpAdapter)(FAC, REFIID, void **);
FAC_METHOD(WINBOOL, IsCurrent)(FAC);
FAC_METHOD(UINT, GetCreationFlags)(FAC);
FAC_METHOD(HRESULT, GetSharedResourceAdapterLuid)(FAC, HANDLE, LUID *);

/* factory_stubs.c */
FAC_METHOD(HRESULT, MakeWindowAssociation)(FAC, HWND, UINT);
FAC_METHOD(HRESULT, GetWindowAssociation)(FAC, HWND *);
FAC_METHOD(HRESULT, CreateSwapChain)
(FAC, IUnknown *, DXGI_SWAP_CHAIN_DESC *, IDXGISwapChain **);
FAC_METHOD(HRESULT, CreateSoftwareAdapter)(FAC, HMODULE, IDXGIAdapter **);
FAC_METHOD(WINBOOL, IsWindowedStereoEnabled)(FAC);
FAC_METHOD(HRESULT, CreateSwapChainForHwnd)
(FAC, IUnknown *, HWND, const DXGI_SWAP_CHAIN_DESC1 *, const DXGI_SWAP_CHAIN_FULLSCREEN_DESC *,
 IDXGIOutput *, IDXGISwapChain1 **);
FAC_METHOD(HRESULT, CreateSwapChainForCoreWindow)
(FAC, IUnknown *, IUnknown *, const DXGI_SWAP_CHAIN_DESC1 *, IDXGIOutput *, IDXGISwapChain1 **);
FAC_METHOD(HRESULT, CreateSwapChainForComposition)
(FAC, IUnknown *, const DXGI_SWAP_CHAIN_DESC1 *, IDXGIOutput *, IDXGISwapChain1 **);
FAC_METHOD(HRESULT, RegisterStereoStatusWindow)(FAC, HWND, UINT, DWORD *);
FAC_METHOD(HRESULT, RegisterStereoStatusEvent)(FAC, HANDLE, DWORD *);
FAC_METHOD(void, UnregisterStereoStatus)(FAC, DWORD);
FAC_METHOD(HRESULT, RegisterOcclusionStatusWindow)(FAC, HWND, UINT, DWORD *);
FAC_METHOD(HRESULT, RegisterOcclusionStatusEvent)(FAC, HANDLE, DWORD *);
FAC_METHOD(void, UnregisterOcclusionStatus)(FAC, DWORD);
FAC_METHOD(HRESULT, CheckFeatureSupport)(FAC, DXGI_FEATURE, void *, UINT);
FAC_METHOD(HRESULT, RegisterAdaptersChangedEvent)(FAC, HANDLE, DWORD *);
FAC_METHOD(HRESULT, UnregisterAdaptersChangedEvent)(FAC, DWORD);

#endif
