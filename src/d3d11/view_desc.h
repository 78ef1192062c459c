/* SPDX-License-Identifier: MIT */
/*
 * The four kinds of view descriptions in one form: pointers to the fields that a description's
 * dimension has, so that one piece of code checks all of them and completes them in place.
 */
#ifndef ISTHMUS_D3D11_VIEW_DESC_H
#define ISTHMUS_D3D11_VIEW_DESC_H

#include "d3d11/view.h"

struct view_fields {
    enum d3d11_view_kind kind;
    D3D11_RESOURCE_DIMENSION dimension; /* of the resources that such a view fits */
    bool array, cube;
    DXGI_FORMAT *format;
    UINT *level, *levels; /* NULL levels: exactly one */
    UINT *slice, *slices; /* NULL: the first only; of a 3D target: depth slices */
    UINT *plane;          /* NULL: the format says it */
    UINT *element, *elements;
    UINT *flags; /* of a buffer; NULL: none */
};

/* Where the fields are; IST_BAD_ARG: no such dimension, or one that is not offered. */
enum ist_status view_fields_srv(D3D11_SHADER_RESOURCE_VIEW_DESC1 *desc, struct view_fields *out)
    MUST_CHECK;
enum ist_status view_fields_rtv(D3D11_RENDER_TARGET_VIEW_DESC1 *desc, struct view_fields *out)
    MUST_CHECK;
enum ist_status view_fields_dsv(D3D11_DEPTH_STENCIL_VIEW_DESC *desc, struct view_fields *out)
    MUST_CHECK;
enum ist_status view_fields_uav(D3D11_UNORDERED_ACCESS_VIEW_DESC1 *desc,
                                struct view_fields *out) MUST_CHECK;

/* What a NULL description stands for: all of the resource, in its own format. */
D3D11_SHADER_RESOURCE_VIEW_DESC1 view_default_srv(const struct d3d11_resource *resource);
D3D11_RENDER_TARGET_VIEW_DESC1 view_default_rtv(const struct d3d11_resource *resource);
D3D11_DEPTH_STENCIL_VIEW_DESC view_default_dsv(const struct d3d11_resource *resource);
D3D11_UNORDERED_ACCESS_VIEW_DESC1 view_default_uav(const struct d3d11_resource *resource);

/*
 * Checks the fields against the resource, writes the complete values back through them, and
 * says what the view covers. *format: NULL for a structured buffer.
 */
enum ist_status view_resolve(const struct d3d11_resource *resource, struct view_fields *fields,
                             struct d3d11_view_range *range, const struct format **format)
    MUST_CHECK;

#endif
