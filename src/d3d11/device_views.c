/* SPDX-License-Identifier: MIT */
/*
 * The Create methods for views. An older description is the beginning of the newer one, in each
 * of its dimensions: so it is copied over zeros, and the rest is done once.
 */
#include "d3d11/convert.h"
#include "d3d11/device_methods.h"
#include "d3d11/view.h"

/* The resource, if it is one and of this device. */
static enum ist_status check_resource(ID3D11Device5 *iface, ID3D11Resource *resource,
                                      struct d3d11_resource **out)
{
    if (!resource)
        return refuse(IST_BAD_POINTER, "a view needs a resource, this one is NULL");
    *out = impl_from_ID3D11Resource(resource);
    if ((*out)->child.device != impl_from_ID3D11Device5(iface))
        return refuse(IST_WRONG_DEVICE, "the resource belongs to another D3D11 device");
    return IST_OK;
}

/* How each ends: the new object's interface, S_FALSE if only a check was asked for. */
static HRESULT finish(enum ist_status status, struct d3d11_view *view, ID3D11View **out)
{
    if (status != IST_OK)
        return d3d11_result(status);
    if (!out)
        return S_FALSE;
    *out = &view->ID3D11View_iface;
    return S_OK;
}

#define CREATE_NEWER(method, desc_type, view_type, create)                   \
    DEV_METHOD(HRESULT, method)                                              \
    (DEV, ID3D11Resource * resource, const desc_type *desc, view_type **out) \
    {                                                                        \
        struct d3d11_resource *from;                                         \
        struct d3d11_view *view = NULL;                                      \
        if (out)                                                             \
            *out = NULL;                                                     \
        enum ist_status status = check_resource(iface, resource, &from);     \
        if (status == IST_OK)                                                \
            status = create(from, desc, out ? &view : NULL);                 \
        return finish(status, view, (ID3D11View **)out);                     \
    }

CREATE_NEWER(CreateShaderResourceView1, D3D11_SHADER_RESOURCE_VIEW_DESC1,
             ID3D11ShaderResourceView1, d3d11_srv_create)
CREATE_NEWER(CreateRenderTargetView1, D3D11_RENDER_TARGET_VIEW_DESC1, ID3D11RenderTargetView1,
             d3d11_rtv_create)
CREATE_NEWER(CreateDepthStencilView, D3D11_DEPTH_STENCIL_VIEW_DESC, ID3D11DepthStencilView,
             d3d11_dsv_create)
CREATE_NEWER(CreateUnorderedAccessView1, D3D11_UNORDERED_ACCESS_VIEW_DESC1,
             ID3D11UnorderedAccessView1, d3d11_uav_create)

#define CREATE_OLDER(method, newer, desc_type, view_type)                           \
    DEV_METHOD(HRESULT, method)                                                     \
    (DEV, ID3D11Resource * resource, const desc_type *desc, view_type **out)        \
    {                                                                               \
        desc_type##1 longer;                                                        \
        memset(&longer, 0, sizeof(longer));                                         \
        if (desc)                                                                   \
            memcpy(&longer, desc, sizeof(*desc));                                   \
        return newer(iface, resource, desc ? &longer : NULL, (view_type##1 **)out); \
    }

CREATE_OLDER(CreateShaderResourceView, d3d11_device_CreateShaderResourceView1,
             D3D11_SHADER_RESOURCE_VIEW_DESC, ID3D11ShaderResourceView)
CREATE_OLDER(CreateRenderTargetView, d3d11_device_CreateRenderTargetView1,
             D3D11_RENDER_TARGET_VIEW_DESC, ID3D11RenderTargetView)
CREATE_OLDER(CreateUnorderedAccessView, d3d11_device_CreateUnorderedAccessView1,
             D3D11_UNORDERED_ACCESS_VIEW_DESC, ID3D11UnorderedAccessView)
