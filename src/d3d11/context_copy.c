/* SPDX-License-Identifier: MIT */
/*
 * CopyResource, CopySubresourceRegion and the discards. Each call is checked as a whole before
 * anything of it is submitted; what is invalid is dropped with a reason.
 */
#include "d3d11/context_object.h"
#include "d3d11/view.h"

#define COPY_FLAGS_ALL (D3D11_COPY_NO_OVERWRITE | D3D11_COPY_DISCARD)

/* Both flags are hints to hardware; only their combination is wrong. */
enum ist_status context_check_copy_flags(UINT flags)
{
    if (flags & ~(UINT)COPY_FLAGS_ALL || flags == COPY_FLAGS_ALL)
        return refuse(IST_BAD_ARG, "CopyFlags 0x%x: NO_OVERWRITE (1), DISCARD (2) or neither",
                      flags);
    return IST_OK;
}

/* The same six numbers, in the words of this front's inside. */
struct texel_box context_box(const D3D11_BOX *box)
{
    return (struct texel_box){box->left,  box->top,    box->front,
                              box->right, box->bottom, box->back};
}

/* Buffers have no format; textures need one format or two of one group. */
static enum ist_status check_formats(const struct resource *dst, const struct resource *src)
{
    if (dst->desc.shape.dimension != src->desc.shape.dimension)
        return refuse(IST_WRONG_TYPE, "the two resources are of different dimensions");
    if (dst->format != src->format && dst->format->group != src->format->group)
        return refuse(IST_BAD_FORMAT, "%s cannot be copied to %s: another format group",
                      src->format->name, dst->format->name);
    return IST_OK;
}

/* Both ends are checked before anything is submitted: no copy is half done. */
static enum ist_status check_pair(struct d3d11_context *context, struct d3d11_resource *dst,
                                  UINT dst_number, struct d3d11_resource *src, UINT src_number)
{
    enum ist_status status = context_check_resource(context, "destination", dst, dst_number);
    if (status == IST_OK)
        status = context_check_resource(context, "source", src, src_number);
    if (status != IST_OK)
        return status;
    if (dst->usage == D3D11_USAGE_IMMUTABLE)
        return refuse(IST_BAD_CALL, "the destination is immutable");
    return check_formats(dst->core, src->core);
}

/* Row bytes tell buffers beyond 4 GiB and formats of one group apart where widths do not. */
static enum ist_status check_same_shape(const struct resource *dst, const struct resource *src)
{
    const struct layout_level *d = &dst->layout.level[0], *s = &src->layout.level[0];
    if (dst == src)
        return refuse(IST_BAD_ARG, "CopyResource from a resource to itself");
    if (d->row_bytes != s->row_bytes || d->width != s->width || d->height != s->height ||
        d->depth != s->depth)
        return refuse(IST_BAD_ARG,
                      "%u x %u x %u to %u x %u x %u: CopyResource needs equal "
                      "sizes",
                      s->width, s->height, s->depth, d->width, d->height, d->depth);
    if (dst->layout.levels != src->layout.levels || dst->layout.slices != src->layout.slices)
        return refuse(IST_BAD_ARG,
                      "%u levels of %u slices to %u of %u: CopyResource needs as "
                      "many",
                      src->layout.levels, src->layout.slices, dst->layout.levels,
                      dst->layout.slices);
    return IST_OK;
}

/* A level of all slices at once; in an array, slices follow each other like depth. */
static enum ist_status copy_level(struct queue *queue, struct resource *dst,
                                  struct resource *src, uint32_t level)
{
    const struct layout_level *shape = &src->layout.level[level];
    struct copy copy = {
        .dst = {.resource = dst, .level = level},
        .src = {.resource = src, .level = level},
        .row_bytes = shape->row_bytes,
        .rows = shape->rows,
        .slices = src->layout.slices > 1 ? src->layout.slices : shape->depth,
    };
    return queue_copy(queue, &copy, COPY_SOURCE_STAYS);
}

/* Levels one by one, since their rows have lengths of their own. */
static enum ist_status copy_all(struct d3d11_context *context, struct d3d11_resource *dst,
                                struct d3d11_resource *src)
{
    enum ist_status status = check_pair(context, dst, UINT32_MAX, src, UINT32_MAX);
    if (status == IST_OK)
        status = check_same_shape(dst->core, src->core);
    if (status != IST_OK)
        return status;
    for (uint32_t level = 0; level < src->core->layout.levels && status == IST_OK; level++)
        status = copy_level(context->queue, dst->core, src->core, level);
    context_note_use(context, dst, true);
    context_note_use(context, src, false);
    return status;
}

void STDMETHODCALLTYPE d3d11_context_CopyResource(CTX, ID3D11Resource *dst, ID3D11Resource *src)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    CONTEXT_SERIALISE(context);
    enum ist_status status =
        copy_all(context, impl_from_ID3D11Resource(dst), impl_from_ID3D11Resource(src));
    context_dropped(status, "CopyResource");
}

/* The two ends of one region copy. */
struct region_copy {
    struct subresource dst, src;
    struct region to, from;
};

/* The second plane follows the first; both regions have one, or the formats would differ. */
static enum ist_status submit_region(struct queue *queue, const struct region_copy *c)
{
    struct copy copy = {region_place(&c->dst, &c->to), region_place(&c->src, &c->from),
                        c->from.row_bytes, c->from.rows, c->from.slices};
    struct region to, from;
    enum ist_status status = queue_copy(queue, &copy, COPY_SOURCE_STAYS);
    if (status != IST_OK || !region_second_plane(&c->src, &c->from, &from) ||
        !region_second_plane(&c->dst, &c->to, &to))
        return status;
    copy = (struct copy){region_place(&c->dst, &to), region_place(&c->src, &from),
                         from.row_bytes, from.rows, from.slices};
    return queue_copy(queue, &copy, COPY_SOURCE_STAYS);
}

/* The order of bytes within a copy is not promised, so a copy onto itself is refused. */
static enum ist_status check_overlap(const struct region_copy *c)
{
    bool same = c->dst.resource == c->src.resource && c->dst.level == c->src.level &&
                c->dst.slice == c->src.slice;
    if (same && region_overlaps(&c->to, &c->from))
        return refuse(IST_BAD_ARG, "source and destination overlap in one subresource");
    return IST_OK;
}

/* The arguments of CopySubresourceRegion1 but the resources. */
struct region_args {
    UINT dst_number, x, y, z, src_number;
    const D3D11_BOX *box; /* NULL: all of the source */
};

/* IST_OK with slices 0: there is nothing to do. */
static enum ist_status resolve_regions(struct resource *dst, struct resource *src,
                                       const struct region_args *args, struct region_copy *c)
{
    enum ist_status status = subresource_get(dst, args->dst_number, &c->dst);
    if (status == IST_OK)
        status = subresource_get(src, args->src_number, &c->src);
    if (status != IST_OK)
        return status;
    c->from = region_whole(&c->src);
    if (args->box) {
        struct texel_box box = context_box(args->box);
        c->from.slices = 0;
        if (box_is_empty(&box))
            return IST_OK;
        status = region_from_box(&c->src, &box, &c->from);
    }
    if (status == IST_OK)
        status = region_at(&c->dst, args->x, args->y, args->z, &c->from, &c->to);
    return status == IST_OK ? check_overlap(c) : status;
}

/* Documented: of depth-stencil textures, regions are whole subresources. */
static enum ist_status check_depth(const struct d3d11_resource *dst,
                                   const struct d3d11_resource *src,
                                   const struct region_args *args)
{
    if ((dst->bind | src->bind) & D3D11_BIND_DEPTH_STENCIL &&
        (args->box || args->x || args->y || args->z))
        return refuse(IST_BAD_CALL, "a part of a depth-stencil texture: pSrcBox NULL and "
                                    "destination 0, 0, 0 are right");
    return IST_OK;
}

static enum ist_status copy_region(struct d3d11_context *context, struct d3d11_resource *dst,
                                   struct d3d11_resource *src, const struct region_args *args)
{
    struct region_copy c;
    enum ist_status status = check_pair(context, dst, args->dst_number, src, args->src_number);
    if (status == IST_OK)
        status = check_depth(dst, src, args);
    if (status == IST_OK)
        status = resolve_regions(dst->core, src->core, args, &c);
    if (status != IST_OK || !c.from.slices)
        return status;
    status = submit_region(context->queue, &c);
    context_note_use(context, dst, true);
    context_note_use(context, src, false);
    return status;
}

void STDMETHODCALLTYPE d3d11_context_CopySubresourceRegion1(CTX, ID3D11Resource *dst,
                                                            UINT dst_number, UINT x, UINT y,
                                                            UINT z, ID3D11Resource *src,
                                                            UINT src_number,
                                                            const D3D11_BOX *box, UINT flags)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct region_args args = {dst_number, x, y, z, src_number, box};
    CONTEXT_SERIALISE(context);
    enum ist_status status = context_check_copy_flags(flags);
    if (status == IST_OK)
        status = copy_region(context, impl_from_ID3D11Resource(dst),
                             impl_from_ID3D11Resource(src), &args);
    context_dropped(status, "CopySubresourceRegion");
}

void STDMETHODCALLTYPE d3d11_context_CopySubresourceRegion(CTX, ID3D11Resource *dst,
                                                           UINT dst_number, UINT x, UINT y,
                                                           UINT z, ID3D11Resource *src,
                                                           UINT src_number,
                                                           const D3D11_BOX *box)
{
    d3d11_context_CopySubresourceRegion1(iface, dst, dst_number, x, y, z, src, src_number, box,
                                         0);
}

/* A discard allows contents to change; here they stay. Only a wrong object is worth a word. */
static void discard(struct d3d11_context *context, struct d3d11_resource *resource,
                    const char *call)
{
    context_dropped(context_check_resource(context, call, resource, UINT32_MAX), call);
}

/* A view stands for its resource: what it shows may change with the rest. */
static void discard_view(struct d3d11_context *context, ID3D11View *view, const char *call)
{
    struct d3d11_view *impl = impl_from_ID3D11View(view);
    discard(context, impl ? impl->resource : NULL, call);
}

void STDMETHODCALLTYPE d3d11_context_DiscardResource(CTX, ID3D11Resource *resource)
{
    discard(impl_from_ID3D11DeviceContext4(iface), impl_from_ID3D11Resource(resource),
            "DiscardResource");
}

void STDMETHODCALLTYPE d3d11_context_DiscardView(CTX, ID3D11View *view)
{
    discard_view(impl_from_ID3D11DeviceContext4(iface), view, "DiscardView");
}

void STDMETHODCALLTYPE d3d11_context_DiscardView1(CTX, ID3D11View *view,
                                                  const D3D11_RECT *rects, UINT count)
{
    (void)rects;
    (void)count;
    discard_view(impl_from_ID3D11DeviceContext4(iface), view, "DiscardView1");
}
