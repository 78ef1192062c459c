/* SPDX-License-Identifier: MIT */
/*
 * UpdateSubresource: the caller's memory to a subresource, as it is at the call. The queue
 * takes the bytes aside if it cannot copy them at once.
 */
#include "d3d11/context_object.h"

/* Where the second plane starts in the caller's memory: below the rows of the first. */
static struct place second_plane_of(struct place src, const struct region *first)
{
    src.memory = (unsigned char *)src.memory + first->rows * src.row_pitch;
    return src;
}

/* Planes are two copies in a row: nothing of this queue comes between. */
static enum ist_status submit_update(struct queue *queue, const struct subresource *dst,
                                     const struct region *to, struct place src)
{
    struct copy copy = {region_place(dst, to), src, to->row_bytes, to->rows, to->slices};
    struct region second;
    enum ist_status status = queue_copy(queue, &copy, COPY_SOURCE_TRANSIENT);
    if (status != IST_OK || !region_second_plane(dst, to, &second))
        return status;
    copy = (struct copy){region_place(dst, &second), second_plane_of(src, to), second.row_bytes,
                         second.rows, second.slices};
    return queue_copy(queue, &copy, COPY_SOURCE_TRANSIENT);
}

/* Dynamic resources are for Map, immutable ones are done, depth moves by copies: documented. */
static enum ist_status check_update(struct d3d11_context *context, struct d3d11_resource *dst,
                                    UINT number, const void *data)
{
    enum ist_status status = context_check_resource(context, "destination", dst, number);
    if (status != IST_OK)
        return status;
    if (!data)
        return refuse(IST_BAD_POINTER, "pSrcData is NULL");
    if (dst->bind & D3D11_BIND_DEPTH_STENCIL)
        return refuse(IST_BAD_CALL, "UpdateSubresource of a depth-stencil texture");
    if (dst->usage == D3D11_USAGE_IMMUTABLE || dst->usage == D3D11_USAGE_DYNAMIC)
        return refuse(IST_BAD_CALL,
                      "UpdateSubresource of usage %d: DEFAULT or STAGING is right", dst->usage);
    return IST_OK;
}

/* No box means the whole subresource, an empty one nothing at all. */
static enum ist_status update(struct d3d11_context *context, struct d3d11_resource *dst,
                              UINT number, const D3D11_BOX *where, struct place src)
{
    struct subresource sub;
    struct region to;
    enum ist_status status = check_update(context, dst, number, src.memory);
    if (status == IST_OK)
        status = subresource_get(dst->core, number, &sub);
    if (status != IST_OK)
        return status;
    to = region_whole(&sub);
    if (where) {
        struct texel_box box = context_box(where);
        if (box_is_empty(&box))
            return IST_OK;
        status = region_from_box(&sub, &box, &to);
        if (status != IST_OK)
            return status;
    }
    status = submit_update(context->queue, &sub, &to, src);
    context_note_use(context, dst, true);
    return status;
}

void STDMETHODCALLTYPE d3d11_context_UpdateSubresource1(CTX, ID3D11Resource *dst, UINT number,
                                                        const D3D11_BOX *box, const void *data,
                                                        UINT row_pitch, UINT depth_pitch,
                                                        UINT flags)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct place src = {.memory = (void *)(uintptr_t)data, /* a place is for both directions */
                        .row_pitch = row_pitch,
                        .slice_pitch = depth_pitch};
    CONTEXT_SERIALISE(context);
    enum ist_status status = context_check_copy_flags(flags);
    if (status == IST_OK)
        status = update(context, impl_from_ID3D11Resource(dst), number, box, src);
    context_dropped(status, "UpdateSubresource");
}

void STDMETHODCALLTYPE d3d11_context_UpdateSubresource(CTX, ID3D11Resource *dst, UINT number,
                                                       const D3D11_BOX *box, const void *data,
                                                       UINT row_pitch, UINT depth_pitch)
{
    d3d11_context_UpdateSubresource1(iface, dst, number, box, data, row_pitch, depth_pitch, 0);
}
