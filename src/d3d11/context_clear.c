/* SPDX-License-Identifier: MIT */
/*
 * Clears: a view says where and in which format, core encodes the colour once, the queue
 * repeats its bytes. What a view covers is a box of elements in each of its slices.
 */
#include "d3d11/context_object.h"

#include "d3d11/view.h"

#include <string.h>

/* One texel's bytes, or one element's of a buffer. */
struct colour {
    unsigned char bytes[16];
    unsigned size;
};

/* Elements of the view, ends excluded; a buffer is a row of elements. */
struct rect {
    size_t left, top, right, bottom;
};

/* The C types of views are interchangeable to a careless caller: the kind is checked too. */
static enum ist_status check_view(struct d3d11_context *context, const struct d3d11_view *view,
                                  enum d3d11_view_kind kind)
{
    if (!view)
        return refuse(IST_BAD_POINTER, "the view is NULL");
    if (view->kind != kind)
        return refuse(IST_WRONG_TYPE, "the view is of another kind");
    return context_check_resource(context, "cleared", view->resource, UINT32_MAX);
}

/* Texels of the view's level and plane, or elements of its part of a buffer. */
static struct rect view_extent(const struct d3d11_view *view, unsigned element)
{
    const struct resource *core = view->resource->core;
    const struct layout_level *level = &core->layout.level[view->range.level];
    if (!core->format)
        return (struct rect){0, 0, view->range.bytes / element, 1};
    if (view->range.plane)
        return (struct rect){0, 0, (level->width + 1U) / 2, (level->height + 1U) / 2};
    return (struct rect){0, 0, level->width, level->height};
}

/* The first byte of the view in its level: planes lie below each other. */
static struct place view_place(const struct d3d11_view *view)
{
    struct resource *core = view->resource->core;
    const struct layout_level *level = &core->layout.level[view->range.level];
    struct place place = {.resource = core, .level = view->range.level};
    if (!core->format)
        place.x = view->range.offset;
    else if (core->desc.shape.dimension == DIMENSION_3D)
        place.z = view->range.slice;
    else
        place.slice = view->range.slice;
    if (view->range.plane)
        place.y = level->height;
    return place;
}

/* One fill for all slices of the view: arrays and volumes step alike. */
static enum ist_status fill_rect(struct d3d11_context *context, const struct d3d11_view *view,
                                 const struct colour *colour, struct rect rect)
{
    struct fill fill = {
        .dst = view_place(view),
        .row_bytes = (rect.right - rect.left) * colour->size,
        .rows = rect.bottom - rect.top,
        .slices = view->resource->core->format ? view->range.slices : 1,
        .pattern_bytes = colour->size,
    };
    fill.dst.x += rect.left * colour->size;
    fill.dst.y += rect.top;
    memcpy(fill.pattern, colour->bytes, colour->size);
    return queue_fill(context->queue, &fill);
}

static enum ist_status fill_view(struct d3d11_context *context, const struct d3d11_view *view,
                                 const struct colour *colour)
{
    enum ist_status status = fill_rect(context, view, colour, view_extent(view, colour->size));
    context_note_use(context, view->resource, true);
    return status;
}

/* Typeless, block and video formats, and structures. */
static enum ist_status cannot_encode(const struct d3d11_view *view)
{
    return refuse(IST_BAD_FORMAT, "a colour cannot be written as %s",
                  view->format ? view->format->name : "elements of a structure");
}

/* With conversion: what a render target's clear and ClearView do. */
static enum ist_status encode_float(const struct d3d11_view *view, const FLOAT rgba[4],
                                    struct colour *out)
{
    if (!rgba)
        return refuse(IST_BAD_POINTER, "the colour is NULL");
    out->size = view->format ? format_encode_float(view->format, rgba, out->bytes) : 0;
    return out->size ? IST_OK : cannot_encode(view);
}

void STDMETHODCALLTYPE d3d11_context_ClearRenderTargetView(CTX, ID3D11RenderTargetView *view,
                                                           const FLOAT rgba[4])
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct d3d11_view *impl = impl_from_ID3D11View((ID3D11View *)view);
    struct colour colour;
    CONTEXT_SERIALISE(context);
    enum ist_status status = check_view(context, impl, D3D11_VIEW_RENDER_TARGET);
    if (status == IST_OK)
        status = encode_float(impl, rgba, &colour);
    if (status == IST_OK)
        status = fill_view(context, impl, &colour);
    context_dropped(status, "ClearRenderTargetView");
}

/* A raw view has a format too, for its words, but is cleared like a structured one. */
static bool is_raw(const struct d3d11_view *view)
{
    return view->kind == D3D11_VIEW_UNORDERED_ACCESS &&
           view->desc.uav.ViewDimension == D3D11_UAV_DIMENSION_BUFFER &&
           view->desc.uav.Buffer.Flags & D3D11_BUFFER_UAV_FLAG_RAW;
}

/* Raw and structured buffers repeat the first value; typed ones take the low bits of each. */
static enum ist_status encode_uint(const struct d3d11_view *view, const UINT values[4],
                                   struct colour *out)
{
    if (!values)
        return refuse(IST_BAD_POINTER, "the values are NULL");
    if (!view->format || is_raw(view)) {
        out->size = sizeof(values[0]);
        memcpy(out->bytes, values, sizeof(values[0]));
        return IST_OK;
    }
    out->size = format_encode_uint(view->format, values, out->bytes);
    return out->size ? IST_OK : cannot_encode(view);
}

void STDMETHODCALLTYPE d3d11_context_ClearUnorderedAccessViewUint(
    CTX, ID3D11UnorderedAccessView *view, const UINT values[4])
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct d3d11_view *impl = impl_from_ID3D11View((ID3D11View *)view);
    struct colour colour;
    CONTEXT_SERIALISE(context);
    enum ist_status status = check_view(context, impl, D3D11_VIEW_UNORDERED_ACCESS);
    if (status == IST_OK)
        status = encode_uint(impl, values, &colour);
    if (status == IST_OK)
        status = fill_view(context, impl, &colour);
    context_dropped(status, "ClearUnorderedAccessViewUint");
}

/* Documented: invalid for integers, raw and structured views. */
static enum ist_status check_takes_floats(const struct d3d11_view *view)
{
    const struct format *f = view->format;
    if (f && !is_raw(view) && f->family != FAMILY_UINT && f->family != FAMILY_SINT)
        return IST_OK;
    return refuse(IST_BAD_FORMAT,
                  "a clear by floats of %s: ClearUnorderedAccessViewUint is "
                  "right",
                  f ? f->name : "a structured buffer");
}

void STDMETHODCALLTYPE d3d11_context_ClearUnorderedAccessViewFloat(
    CTX, ID3D11UnorderedAccessView *view, const FLOAT values[4])
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct d3d11_view *impl = impl_from_ID3D11View((ID3D11View *)view);
    struct colour colour;
    CONTEXT_SERIALISE(context);
    enum ist_status status = check_view(context, impl, D3D11_VIEW_UNORDERED_ACCESS);
    if (status == IST_OK)
        status = check_takes_floats(impl);
    if (status == IST_OK)
        status = encode_float(impl, values, &colour);
    if (status == IST_OK)
        status = fill_view(context, impl, &colour);
    context_dropped(status, "ClearUnorderedAccessViewFloat");
}

/* Rectangles are signed, and may hang over each edge. */
static size_t clip(LONG at, size_t end)
{
    return at < 0 ? 0 : (size_t)at < end ? (size_t)at : end;
}

/* The part of a rectangle that lies in the view; empty ones are legal and clear nothing. */
static enum ist_status clear_rect(struct d3d11_context *context, const struct d3d11_view *view,
                                  const struct colour *colour, const D3D11_RECT *rect)
{
    struct rect all = view_extent(view, colour->size);
    struct rect part = {clip(rect->left, all.right), clip(rect->top, all.bottom),
                        clip(rect->right, all.right), clip(rect->bottom, all.bottom)};
    if (part.left >= part.right || part.top >= part.bottom)
        return IST_OK;
    return fill_rect(context, view, colour, part);
}

/* Documented: targets, unordered access, and depth where there is no stencil. */
static enum ist_status encode_for_view(const struct d3d11_view *view, const FLOAT rgba[4],
                                       struct colour *out)
{
    if (view->kind != D3D11_VIEW_DEPTH_STENCIL)
        return encode_float(view, rgba, out);
    out->size = rgba ? context_encode_depth(view->format, rgba[0], out->bytes) : 0;
    return out->size ? IST_OK : cannot_encode(view);
}

/* Slices of a volume would be the third side of a rectangle: documented as invalid. */
static enum ist_status check_clear_view(struct d3d11_context *context,
                                        const struct d3d11_view *view, const D3D11_RECT *rects,
                                        UINT count)
{
    enum d3d11_view_kind kind = view ? view->kind : D3D11_VIEW_RENDER_TARGET;
    if (kind == D3D11_VIEW_SHADER_RESOURCE)
        return refuse(IST_WRONG_TYPE, "ClearView of a shader resource view");
    enum ist_status status = check_view(context, view, kind);
    if (status != IST_OK)
        return status;
    if (count && !rects)
        return refuse(IST_BAD_POINTER, "ClearView: %u rectangles at NULL", count);
    if (view->resource->core->desc.shape.dimension == DIMENSION_3D)
        return refuse(IST_BAD_CALL, "ClearView of a 3D texture");
    return IST_OK;
}

void STDMETHODCALLTYPE d3d11_context_ClearView(CTX, ID3D11View *view, const FLOAT rgba[4],
                                               const D3D11_RECT *rects, UINT count)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct d3d11_view *impl = impl_from_ID3D11View(view);
    struct colour colour;
    CONTEXT_SERIALISE(context);
    enum ist_status status = check_clear_view(context, impl, rects, count);
    if (status == IST_OK)
        status = encode_for_view(impl, rgba, &colour);
    if (status == IST_OK && !count)
        status = fill_view(context, impl, &colour);
    for (UINT i = 0; i < count && status == IST_OK; i++)
        status = clear_rect(context, impl, &colour, &rects[i]);
    context_dropped(status, "ClearView");
}
