/* SPDX-License-Identifier: MIT */
/*
 * Views: what part of a resource, read as which format. Nothing draws, so a view is for clears,
 * discards and for being handed around; its description is checked all the same.
 */
#ifndef ISTHMUS_D3D11_VIEW_H
#define ISTHMUS_D3D11_VIEW_H

#include "d3d11/resource.h"

enum d3d11_view_kind {
    D3D11_VIEW_SHADER_RESOURCE,
    D3D11_VIEW_RENDER_TARGET,
    D3D11_VIEW_DEPTH_STENCIL,
    D3D11_VIEW_UNORDERED_ACCESS,
};

/* What a view covers, in the terms of core. */
struct d3d11_view_range {
    uint32_t level, levels;
    uint32_t slice, slices; /* of an array; of a 3D texture seen as a target: depth slices */
    uint32_t plane;         /* of a planar format */
    uint64_t offset, bytes; /* of a buffer, instead of all above */
    uint32_t stride;        /* bytes of an element of a buffer */
};

struct d3d11_view {
    struct d3d11_child child;
    union {
        ID3D11View ID3D11View_iface; /* the common part of the four */
        ID3D11ShaderResourceView1 ID3D11ShaderResourceView1_iface;
        ID3D11RenderTargetView1 ID3D11RenderTargetView1_iface;
        ID3D11DepthStencilView ID3D11DepthStencilView_iface;
        ID3D11UnorderedAccessView1 ID3D11UnorderedAccessView1_iface;
    };

    /* Fixed after creation. */
    enum d3d11_view_kind kind;
    struct d3d11_resource *resource; /* held inside (child.h) */
    const struct format *format;     /* how elements are written; NULL: structured buffer */
    struct d3d11_view_range range;
    union { /* complete: no "all the rest" (-1), no unknown format or dimension */
        D3D11_SHADER_RESOURCE_VIEW_DESC1 srv;
        D3D11_RENDER_TARGET_VIEW_DESC1 rtv;
        D3D11_DEPTH_STENCIL_VIEW_DESC dsv;
        D3D11_UNORDERED_ACCESS_VIEW_DESC1 uav;
    } desc;
};

extern const ID3D11ShaderResourceView1Vtbl d3d11_srv_vtbl;
extern const ID3D11RenderTargetView1Vtbl d3d11_rtv_vtbl;
extern const ID3D11DepthStencilViewVtbl d3d11_dsv_vtbl;
extern const ID3D11UnorderedAccessView1Vtbl d3d11_uav_vtbl;

/* Checked: one of our four kinds, else the program stops here. NULL gives NULL. */
struct d3d11_view *impl_from_ID3D11View(ID3D11View *iface);

/*
 * Each checks the description (NULL: all of the resource) and makes a view. IST_BAD_ARG or
 * IST_BAD_FORMAT. `out` NULL: only checks.
 */
enum ist_status d3d11_srv_create(struct d3d11_resource *resource,
                                 const D3D11_SHADER_RESOURCE_VIEW_DESC1 *desc,
                                 struct d3d11_view **out) MUST_CHECK;
enum ist_status d3d11_rtv_create(struct d3d11_resource *resource,
                                 const D3D11_RENDER_TARGET_VIEW_DESC1 *desc,
                                 struct d3d11_view **out) MUST_CHECK;
enum ist_status d3d11_dsv_create(struct d3d11_resource *resource,
                                 const D3D11_DEPTH_STENCIL_VIEW_DESC *desc,
                                 struct d3d11_view **out) MUST_CHECK;
enum ist_status d3d11_uav_create(struct d3d11_resource *resource,
                                 const D3D11_UNORDERED_ACCESS_VIEW_DESC1 *desc,
                                 struct d3d11_view **out) MUST_CHECK;

#endif
