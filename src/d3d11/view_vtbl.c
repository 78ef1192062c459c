/* SPDX-License-Identifier: MIT */
/* The four vtables of views; the methods they have in common are generated for each. */
#include "d3d11/child_methods.h"
#include "d3d11/view.h"

#define VIEW_FROM(kind, type, member, vtbl)                    \
    static struct d3d11_view *from_##kind(type *iface)         \
    {                                                          \
        assert(iface->lpVtbl == &(vtbl));                      \
        return container_of(iface, struct d3d11_view, member); \
    }

VIEW_FROM(srv, ID3D11ShaderResourceView1, ID3D11ShaderResourceView1_iface, d3d11_srv_vtbl)
VIEW_FROM(rtv, ID3D11RenderTargetView1, ID3D11RenderTargetView1_iface, d3d11_rtv_vtbl)
VIEW_FROM(dsv, ID3D11DepthStencilView, ID3D11DepthStencilView_iface, d3d11_dsv_vtbl)
VIEW_FROM(uav, ID3D11UnorderedAccessView1, ID3D11UnorderedAccessView1_iface, d3d11_uav_vtbl)

/* The interfaces that a kind has besides those of every view; depth views have one only. */
static bool is_kind_iid(enum d3d11_view_kind kind, REFIID iid)
{
    switch (kind) {
    case D3D11_VIEW_SHADER_RESOURCE:
        return IsEqualGUID(iid, &IID_ID3D11ShaderResourceView) ||
               IsEqualGUID(iid, &IID_ID3D11ShaderResourceView1);
    case D3D11_VIEW_RENDER_TARGET:
        return IsEqualGUID(iid, &IID_ID3D11RenderTargetView) ||
               IsEqualGUID(iid, &IID_ID3D11RenderTargetView1);
    case D3D11_VIEW_DEPTH_STENCIL: return IsEqualGUID(iid, &IID_ID3D11DepthStencilView);
    default:
        return IsEqualGUID(iid, &IID_ID3D11UnorderedAccessView) ||
               IsEqualGUID(iid, &IID_ID3D11UnorderedAccessView1);
    }
}

static HRESULT view_query(struct d3d11_view *view, REFIID iid, void **out)
{
    if (!out || !iid)
        return d3d11_refuse_query(iid, "a view");
    bool known = IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_ID3D11DeviceChild) ||
                 IsEqualGUID(iid, &IID_ID3D11View) || is_kind_iid(view->kind, iid);
    return d3d11_query_result(known ? (IUnknown *)&view->ID3D11View_iface : NULL, iid, "a view",
                              out);
}

/* May bring a resource back whose references had all been released. */
static void view_resource(struct d3d11_view *view, ID3D11Resource **out)
{
    if (!out)
        return;
    d3d11_child_addref(&view->resource->child);
    *out = &view->resource->ID3D11Resource_iface;
}

/* `desc` is what GetDesc gives: for kinds with a newer version, the beginning of that. */
#define VIEW_METHODS(kind, type, desc_type)                                                 \
    D3D11_CHILD_METHODS(d3d11_##kind, type, &from_##kind(iface)->child)                     \
    static HRESULT STDMETHODCALLTYPE d3d11_##kind##_QueryInterface(type *iface, REFIID iid, \
                                                                   void **out)              \
    {                                                                                       \
        return view_query(from_##kind(iface), iid, out);                                    \
    }                                                                                       \
    static void STDMETHODCALLTYPE d3d11_##kind##_GetResource(type *iface,                   \
                                                             ID3D11Resource **out)          \
    {                                                                                       \
        view_resource(from_##kind(iface), out);                                             \
    }                                                                                       \
    static void STDMETHODCALLTYPE d3d11_##kind##_GetDesc(type *iface, desc_type *out)       \
    {                                                                                       \
        struct d3d11_view *view = from_##kind(iface);                                       \
        _Static_assert(sizeof(*out) <= sizeof(view->desc.kind), "a beginning");             \
        if (out)                                                                            \
            memcpy(out, &view->desc.kind, sizeof(*out));                                    \
    }

VIEW_METHODS(srv, ID3D11ShaderResourceView1, D3D11_SHADER_RESOURCE_VIEW_DESC)
VIEW_METHODS(rtv, ID3D11RenderTargetView1, D3D11_RENDER_TARGET_VIEW_DESC)
VIEW_METHODS(dsv, ID3D11DepthStencilView, D3D11_DEPTH_STENCIL_VIEW_DESC)
VIEW_METHODS(uav, ID3D11UnorderedAccessView1, D3D11_UNORDERED_ACCESS_VIEW_DESC)

static void STDMETHODCALLTYPE d3d11_srv_GetDesc1(ID3D11ShaderResourceView1 *iface,
                                                 D3D11_SHADER_RESOURCE_VIEW_DESC1 *out)
{
    if (out)
        *out = from_srv(iface)->desc.srv;
}

static void STDMETHODCALLTYPE d3d11_rtv_GetDesc1(ID3D11RenderTargetView1 *iface,
                                                 D3D11_RENDER_TARGET_VIEW_DESC1 *out)
{
    if (out)
        *out = from_rtv(iface)->desc.rtv;
}

static void STDMETHODCALLTYPE d3d11_uav_GetDesc1(ID3D11UnorderedAccessView1 *iface,
                                                 D3D11_UNORDERED_ACCESS_VIEW_DESC1 *out)
{
    if (out)
        *out = from_uav(iface)->desc.uav;
}

#define VIEW_SLOTS(kind)                                                        \
    .QueryInterface = d3d11_##kind##_QueryInterface, CHILD_SLOTS(d3d11_##kind), \
    .GetResource = d3d11_##kind##_GetResource, .GetDesc = d3d11_##kind##_GetDesc

const ID3D11ShaderResourceView1Vtbl d3d11_srv_vtbl = {
    VIEW_SLOTS(srv),
    .GetDesc1 = d3d11_srv_GetDesc1,
};
const ID3D11RenderTargetView1Vtbl d3d11_rtv_vtbl = {
    VIEW_SLOTS(rtv),
    .GetDesc1 = d3d11_rtv_GetDesc1,
};
const ID3D11DepthStencilViewVtbl d3d11_dsv_vtbl = {VIEW_SLOTS(dsv)};
const ID3D11UnorderedAccessView1Vtbl d3d11_uav_vtbl = {
    VIEW_SLOTS(uav),
    .GetDesc1 = d3d11_uav_GetDesc1,
};
