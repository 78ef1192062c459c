/* SPDX-License-Identifier: MIT */
/*
 * IDXGISurface2: the face that a 2D texture of one level and one slice shows to DXGI. Mapping
 * goes through the immediate context; device contexts of GDI do not exist here.
 */
#include "d3d11/child_methods.h"
#include "d3d11/context.h"
#include "d3d11/convert.h"
#include "d3d11/resource.h"

#include "base/log.h"

#define SURFACE_METHOD(type, name) static type STDMETHODCALLTYPE d3d11_surface_##name
#define SURFACE IDXGISurface2 *iface

DXGI_CHILD_METHODS(d3d11_surface, IDXGISurface2, &impl_from_IDXGISurface2(iface)->child)

SURFACE_METHOD(HRESULT, QueryInterface)(SURFACE, REFIID iid, void **out)
{
    return d3d11_resource_query(impl_from_IDXGISurface2(iface), iid, out);
}

SURFACE_METHOD(HRESULT, GetDesc)(SURFACE, DXGI_SURFACE_DESC *out)
{
    const D3D11_TEXTURE2D_DESC1 *desc = &impl_from_IDXGISurface2(iface)->desc.texture2d;
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "GetDesc: the out pointer is NULL"));
    *out = (DXGI_SURFACE_DESC){desc->Width, desc->Height, desc->Format, desc->SampleDesc};
    return S_OK;
}

/* DXGI says with three bits what D3D11 says with five numbers. */
static enum ist_status map_type(UINT flags, D3D11_MAP *out)
{
    switch (flags) {
    case DXGI_MAP_READ: *out = D3D11_MAP_READ; return IST_OK;
    case DXGI_MAP_WRITE: *out = D3D11_MAP_WRITE; return IST_OK;
    case DXGI_MAP_READ | DXGI_MAP_WRITE: *out = D3D11_MAP_READ_WRITE; return IST_OK;
    case DXGI_MAP_WRITE | DXGI_MAP_DISCARD: *out = D3D11_MAP_WRITE_DISCARD; return IST_OK;
    default: return refuse(IST_BAD_ARG, "MapFlags 0x%x: 1, 2, 3 or 6 is right", flags);
    }
}

SURFACE_METHOD(HRESULT, Map)(SURFACE, DXGI_MAPPED_RECT *out, UINT flags)
{
    struct d3d11_resource *resource = impl_from_IDXGISurface2(iface);
    ID3D11DeviceContext4 *context = d3d11_context_interface(resource->child.device->context);
    D3D11_MAPPED_SUBRESOURCE mapped;
    D3D11_MAP type;
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "Map: the out pointer is NULL"));
    enum ist_status status = map_type(flags, &type);
    if (status != IST_OK)
        return d3d11_result(status);
    HRESULT hr =
        ID3D11DeviceContext4_Map(context, &resource->ID3D11Resource_iface, 0, type, 0, &mapped);
    if (hr == S_OK)
        *out = (DXGI_MAPPED_RECT){(INT)mapped.RowPitch, mapped.pData};
    return hr;
}

SURFACE_METHOD(HRESULT, Unmap)(SURFACE)
{
    struct d3d11_resource *resource = impl_from_IDXGISurface2(iface);
    ID3D11DeviceContext4 *context = d3d11_context_interface(resource->child.device->context);
    ID3D11DeviceContext4_Unmap(context, &resource->ID3D11Resource_iface, 0);
    return S_OK;
}

SURFACE_METHOD(HRESULT, GetDC)(SURFACE, WINBOOL discard, HDC *out)
{
    (void)impl_from_IDXGISurface2(iface);
    (void)discard;
    if (out)
        *out = NULL;
    log_once(LOG_WARN, "d3d11", "IDXGISurface1::GetDC is not offered: there is no GDI");
    return d3d11_result(answer(IST_NOT_SUPPORTED, "GetDC is not offered: there is no GDI"));
}

SURFACE_METHOD(HRESULT, ReleaseDC)(SURFACE, RECT *dirty)
{
    (void)impl_from_IDXGISurface2(iface);
    (void)dirty;
    return d3d11_result(answer(IST_NOT_SUPPORTED, "ReleaseDC is not offered: there is no GDI"));
}

SURFACE_METHOD(HRESULT, GetResource)(SURFACE, REFIID iid, void **out, UINT *index)
{
    struct d3d11_resource *resource = impl_from_IDXGISurface2(iface);
    HRESULT hr = d3d11_resource_query(resource, iid, out);
    if (hr == S_OK && index)
        *index = 0;
    return hr;
}

const IDXGISurface2Vtbl d3d11_surface_vtbl = {
    .QueryInterface = d3d11_surface_QueryInterface,
    CHILD_SLOTS(d3d11_surface),
    .GetParent = d3d11_surface_GetParent,
    .GetDesc = d3d11_surface_GetDesc,
    .Map = d3d11_surface_Map,
    .Unmap = d3d11_surface_Unmap,
    .GetDC = d3d11_surface_GetDC,
    .ReleaseDC = d3d11_surface_ReleaseDC,
    .GetResource = d3d11_surface_GetResource,
};
