/* SPDX-License-Identifier: MIT */
/*
 * IDXGIResource1: how a resource gets its handles. By global number (GetSharedHandle) or by NT
 * handle (CreateSharedHandle), never both: the flag SHARED_NTHANDLE decides at creation.
 */
#include "d3d11/child_methods.h"
#include "d3d11/convert.h"
#include "d3d11/resource.h"
#include "d3d11/share.h"

#include "base/log.h"
#include "core/kmt.h"
#include "win32/handle.h"

#define RES_METHOD(type, name) static type STDMETHODCALLTYPE d3d11_dxgi_resource_##name
#define RES IDXGIResource1 *iface

DXGI_CHILD_METHODS(d3d11_dxgi_resource, IDXGIResource1, &impl_from_IDXGIResource1(iface)->child)

RES_METHOD(HRESULT, QueryInterface)(RES, REFIID iid, void **out)
{
    return d3d11_resource_query(impl_from_IDXGIResource1(iface), iid, out);
}

/* Without a sharing flag: S_OK and NULL, as Windows does in spite of its documentation. */
RES_METHOD(HRESULT, GetSharedHandle)(RES, HANDLE *out)
{
    struct d3d11_resource *resource = impl_from_IDXGIResource1(iface);
    uint32_t number = 0;
    enum ist_status status = IST_OK;
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "GetSharedHandle: the out pointer is "
                                                    "NULL"));
    if (resource->core->desc.sharing == SHARING_NT)
        return d3d11_result(refuse(IST_BAD_ARG,
                                   "GetSharedHandle: MiscFlags 0x%x have SHARED_NTHANDLE, so "
                                   "the resource has no "
                                   "global number; CreateSharedHandle is right",
                                   resource->misc));
    if (resource->core->desc.sharing == SHARING_KMT)
        status = kmt_number(&resource->core->object, &number);
    if (status == IST_OK)
        *out = win32_handle(number);
    return d3d11_result(status);
}

RES_METHOD(HRESULT, GetUsage)(RES, DXGI_USAGE *out)
{
    static const struct {
        UINT bind;
        DXGI_USAGE usage;
    } pairs[] = {
        {D3D11_BIND_SHADER_RESOURCE, DXGI_USAGE_SHADER_INPUT},
        {D3D11_BIND_RENDER_TARGET, DXGI_USAGE_RENDER_TARGET_OUTPUT},
        {D3D11_BIND_UNORDERED_ACCESS, DXGI_USAGE_UNORDERED_ACCESS},
    };
    struct d3d11_resource *resource = impl_from_IDXGIResource1(iface);
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "GetUsage: the out pointer is NULL"));
    DXGI_USAGE usage = resource->core->desc.sharing == SHARING_NONE ? 0 : DXGI_USAGE_SHARED;
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
        usage |= resource->bind & pairs[i].bind ? pairs[i].usage : 0;
    *out = usage;
    return S_OK;
}

RES_METHOD(HRESULT, SetEvictionPriority)(RES, UINT value)
{
    store_relaxed(&impl_from_IDXGIResource1(iface)->eviction, value);
    return S_OK;
}

RES_METHOD(HRESULT, GetEvictionPriority)(RES, UINT *out)
{
    struct d3d11_resource *resource = impl_from_IDXGIResource1(iface);
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "GetEvictionPriority: the out pointer is "
                                                    "NULL"));
    *out = load_relaxed(&resource->eviction);
    return S_OK;
}

RES_METHOD(HRESULT, CreateSubresourceSurface)(RES, UINT index, IDXGISurface2 **out)
{
    (void)impl_from_IDXGIResource1(iface);
    if (out)
        *out = NULL;
    log_once(LOG_WARN, "d3d11", "IDXGIResource1::CreateSubresourceSurface is not offered");
    return d3d11_result(answer(IST_NOT_SUPPORTED,
                               "CreateSubresourceSurface(%u) is not offered: copy the "
                               "subresource to a texture of its own",
                               index));
}

RES_METHOD(HRESULT, CreateSharedHandle)
(RES, const SECURITY_ATTRIBUTES *attributes, DWORD access, const WCHAR *name, HANDLE *out)
{
    struct d3d11_resource *resource = impl_from_IDXGIResource1(iface);
    if (out)
        *out = NULL;
    if (resource->core->desc.sharing != SHARING_NT)
        return d3d11_result(refuse(IST_BAD_ARG,
                                   "CreateSharedHandle: MiscFlags 0x%x lack SHARED_NTHANDLE "
                                   "0x800, which an NT "
                                   "handle needs",
                                   resource->misc));
    return d3d11_create_handle(&resource->core->object, attributes, access, name, out);
}

const IDXGIResource1Vtbl d3d11_dxgi_resource_vtbl = {
    .QueryInterface = d3d11_dxgi_resource_QueryInterface,
    CHILD_SLOTS(d3d11_dxgi_resource),
    .GetParent = d3d11_dxgi_resource_GetParent,
    .GetSharedHandle = d3d11_dxgi_resource_GetSharedHandle,
    .GetUsage = d3d11_dxgi_resource_GetUsage,
    .SetEvictionPriority = d3d11_dxgi_resource_SetEvictionPriority,
    .GetEvictionPriority = d3d11_dxgi_resource_GetEvictionPriority,
    .CreateSubresourceSurface = d3d11_dxgi_resource_CreateSubresourceSurface,
    .CreateSharedHandle = d3d11_dxgi_resource_CreateSharedHandle,
};
