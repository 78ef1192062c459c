/* SPDX-License-Identifier: MIT */
/* View objects: what each kind needs of its resource, and their life. */
#include "d3d11/view.h"

#include "d3d11/format_support.h"
#include "d3d11/view_desc.h"

struct d3d11_view *impl_from_ID3D11View(ID3D11View *iface)
{
    if (!iface)
        return NULL;
    const void *vtbl = iface->lpVtbl;
    assert(vtbl == &d3d11_srv_vtbl || vtbl == &d3d11_rtv_vtbl || vtbl == &d3d11_dsv_vtbl ||
           vtbl == &d3d11_uav_vtbl);
    (void)vtbl;
    return container_of(iface, struct d3d11_view, ID3D11View_iface);
}

static void view_destroy(struct d3d11_child *child)
{
    struct d3d11_view *view = container_of(child, struct d3d11_view, child);
    d3d11_child_unhold(&view->resource->child);
    d3d11_child_finish(child);
    free(view);
}

/* What a kind asks of the resource's bind flags and, if it writes, of the format. */
static const struct needs {
    const char *name;
    UINT bind, support;
} needs_of[] = {
    [D3D11_VIEW_SHADER_RESOURCE] = {"SHADER_RESOURCE", D3D11_BIND_SHADER_RESOURCE, 0},
    [D3D11_VIEW_RENDER_TARGET] = {"RENDER_TARGET", D3D11_BIND_RENDER_TARGET,
                                  D3D11_FORMAT_SUPPORT_RENDER_TARGET},
    [D3D11_VIEW_DEPTH_STENCIL] = {"DEPTH_STENCIL", D3D11_BIND_DEPTH_STENCIL,
                                  D3D11_FORMAT_SUPPORT_DEPTH_STENCIL},
    [D3D11_VIEW_UNORDERED_ACCESS] = {"UNORDERED_ACCESS", D3D11_BIND_UNORDERED_ACCESS,
                                     D3D11_FORMAT_SUPPORT_TYPED_UNORDERED_ACCESS_VIEW},
};

static enum ist_status check_needs(const struct d3d11_resource *resource,
                                   enum d3d11_view_kind kind, const struct format *format)
{
    const struct needs *needs = &needs_of[kind];
    if (!(resource->bind & needs->bind))
        return refuse(IST_BAD_ARG, "BindFlags 0x%x of the resource lack %s 0x%x",
                      resource->bind, needs->name, needs->bind);
    if (!format)
        return IST_OK;
    UINT support = d3d11_format_support((DXGI_FORMAT)format->number);
    if (needs->support && !(support & needs->support))
        return refuse(IST_BAD_FORMAT, "%s cannot be viewed as %s", format->name, needs->name);
    if (format->family == FAMILY_TYPELESS)
        return refuse(IST_BAD_FORMAT, "a view as %s: a typed format is needed", format->name);
    return IST_OK;
}

/* Everything but the interface, which differs by kind. `fields` point into a copy of the
 * caller. */
static enum ist_status view_check(struct d3d11_resource *resource, struct view_fields *fields,
                                  struct d3d11_view *view)
{
    enum ist_status status = view_resolve(resource, fields, &view->range, &view->format);
    if (status == IST_OK)
        status = check_needs(resource, fields->kind, view->format);
    view->kind = fields->kind;
    view->resource = resource;
    return status;
}

/* A new object with the contents of a checked one. */
static enum ist_status view_new(const struct d3d11_view *checked, struct d3d11_view **out)
{
    if (!out)
        return IST_OK;
    struct d3d11_view *view = malloc(sizeof(*view));
    if (!view)
        return refuse(IST_NO_MEMORY, "no memory for a view");
    *view = *checked;
    d3d11_child_hold(&view->resource->child);
    d3d11_child_init(&view->child, view->resource->child.device, view_destroy);
    *out = view;
    return IST_OK;
}

enum ist_status d3d11_srv_create(struct d3d11_resource *resource,
                                 const D3D11_SHADER_RESOURCE_VIEW_DESC1 *desc,
                                 struct d3d11_view **out)
{
    struct d3d11_view view = {.ID3D11ShaderResourceView1_iface = {&d3d11_srv_vtbl}};
    struct view_fields fields;
    view.desc.srv = desc ? *desc : view_default_srv(resource);
    enum ist_status status = view_fields_srv(&view.desc.srv, &fields);
    if (status == IST_OK)
        status = view_check(resource, &fields, &view);
    return status == IST_OK ? view_new(&view, out) : status;
}

enum ist_status d3d11_rtv_create(struct d3d11_resource *resource,
                                 const D3D11_RENDER_TARGET_VIEW_DESC1 *desc,
                                 struct d3d11_view **out)
{
    struct d3d11_view view = {.ID3D11RenderTargetView1_iface = {&d3d11_rtv_vtbl}};
    struct view_fields fields;
    view.desc.rtv = desc ? *desc : view_default_rtv(resource);
    enum ist_status status = view_fields_rtv(&view.desc.rtv, &fields);
    if (status == IST_OK)
        status = view_check(resource, &fields, &view);
    return status == IST_OK ? view_new(&view, out) : status;
}

enum ist_status d3d11_dsv_create(struct d3d11_resource *resource,
                                 const D3D11_DEPTH_STENCIL_VIEW_DESC *desc,
                                 struct d3d11_view **out)
{
    struct d3d11_view view = {.ID3D11DepthStencilView_iface = {&d3d11_dsv_vtbl}};
    struct view_fields fields;
    view.desc.dsv = desc ? *desc : view_default_dsv(resource);
    enum ist_status status = view_fields_dsv(&view.desc.dsv, &fields);
    if (status == IST_OK)
        status = view_check(resource, &fields, &view);
    return status == IST_OK ? view_new(&view, out) : status;
}

enum ist_status d3d11_uav_create(struct d3d11_resource *resource,
                                 const D3D11_UNORDERED_ACCESS_VIEW_DESC1 *desc,
                                 struct d3d11_view **out)
{
    struct d3d11_view view = {.ID3D11UnorderedAccessView1_iface = {&d3d11_uav_vtbl}};
    struct view_fields fields;
    view.desc.uav = desc ? *desc : view_default_uav(resource);
    enum ist_status status = view_fields_uav(&view.desc.uav, &fields);
    if (status == IST_OK)
        status = view_check(resource, &fields, &view);
    return status == IST_OK ? view_new(&view, out) : status;
}
