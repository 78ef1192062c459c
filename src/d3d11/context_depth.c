/* SPDX-License-Identifier: MIT */
/*
 * ClearDepthStencilView. Nothing tests depth here, but depth textures have memory, and copies
 * of them can be read: so a clear writes what it must. Depth and stencil share a texel; to
 * clear one of the two, each column is filled on its own.
 */
#include "d3d11/context_object.h"

#include "d3d11/view.h"

#include <string.h>

/* A part of each texel, and what it is set to. */
struct depth_part {
    unsigned offset, size;
    unsigned char bytes[8];
};

/* Depth is 0 .. 1 in every format, the float ones included. */
static double clamp_depth(FLOAT depth)
{
    return depth >= 0 ? (depth <= 1 ? depth : 1) : 0; /* NaN becomes 0 */
}

/* Depth in the low bits of the texel; stencil, where there is one, in the byte after them. */
static bool encode_depth(const struct format *f, UINT flags, FLOAT depth, UINT8 stencil,
                         struct depth_part *out)
{
    unsigned depth_bytes = f->bits[0] / 8;
    bool has_stencil = f->bits[1] != 0;
    bool want_depth = flags & D3D11_CLEAR_DEPTH;
    bool want_stencil = has_stencil && flags & D3D11_CLEAR_STENCIL;
    if (f->bits[0] == 32) {
        float value = (float)clamp_depth(depth);
        memcpy(out->bytes, &value, sizeof(value));
    } else {
        uint32_t value = (uint32_t)(clamp_depth(depth) * ((1U << f->bits[0]) - 1) + 0.5);
        memcpy(out->bytes, &value, sizeof(value));
    }
    if (!want_depth)
        memset(out->bytes, 0, sizeof(out->bytes));
    if (want_stencil)
        out->bytes[want_depth ? depth_bytes : 0] = stencil;
    out->offset = want_depth ? 0 : depth_bytes;
    out->size = (want_depth ? depth_bytes : 0) + (want_stencil ? 1 : 0);
    if (want_depth && want_stencil) /* the bits that nothing uses are free to be cleared too */
        out->size = f->block_bytes;
    return out->size != 0;
}

unsigned context_encode_depth(const struct format *f, FLOAT depth, unsigned char out[16])
{
    struct depth_part part = {0};
    if (f->bits[1] || !encode_depth(f, D3D11_CLEAR_DEPTH, depth, 0, &part))
        return 0;
    memcpy(out, part.bytes, part.size);
    return part.size;
}

static enum ist_status fill_depth(struct d3d11_context *context, const struct d3d11_view *view,
                                  const struct depth_part *part)
{
    struct resource *core = view->resource->core;
    const struct layout_level *level = &core->layout.level[view->range.level];
    unsigned texel = core->format->block_bytes;
    bool whole = part->size == texel;
    struct fill fill = {
        .dst = {.resource = core, .level = view->range.level, .slice = view->range.slice},
        .row_bytes = whole ? (size_t)level->width * texel : part->size,
        .rows = level->height,
        .slices = view->range.slices,
        .pattern_bytes = part->size,
    };
    memcpy(fill.pattern, part->bytes, part->size);
    enum ist_status status = IST_OK;
    for (uint32_t column = 0; column < (whole ? 1 : level->width) && status == IST_OK;
         column++) {
        fill.dst.x = (size_t)column * texel + part->offset;
        status = queue_fill(context->queue, &fill);
    }
    context_note_use(context, view->resource, true);
    return status;
}

/* Flags for what the format lacks are legal; no flag at all is a mistake. */
static enum ist_status check(struct d3d11_context *context, const struct d3d11_view *view,
                             UINT flags)
{
    if (!view)
        return refuse(IST_BAD_POINTER, "the view is NULL");
    if (view->kind != D3D11_VIEW_DEPTH_STENCIL || !view->format)
        return refuse(IST_WRONG_TYPE, "the view is no depth-stencil view");
    if (!(flags & (D3D11_CLEAR_DEPTH | D3D11_CLEAR_STENCIL)))
        return refuse(IST_BAD_ARG, "ClearFlags 0x%x: DEPTH (1), STENCIL (2) or both", flags);
    return context_check_resource(context, "cleared", view->resource, UINT32_MAX);
}

void STDMETHODCALLTYPE d3d11_context_ClearDepthStencilView(CTX, ID3D11DepthStencilView *view,
                                                           UINT flags, FLOAT depth,
                                                           UINT8 stencil)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct d3d11_view *impl = impl_from_ID3D11View((ID3D11View *)view);
    struct depth_part part = {0};
    CONTEXT_SERIALISE(context);
    enum ist_status status = check(context, impl, flags);
    if (status == IST_OK && encode_depth(impl->format, flags, depth, stencil, &part))
        status = fill_depth(context, impl, &part);
    context_dropped(status, "ClearDepthStencilView");
}
