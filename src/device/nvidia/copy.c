/* SPDX-License-Identifier: MIT */
/*
 * Copies. Between textures our kernel does it (copy_kernel.c), between other resources the
 * driver; plain memory of the host is read at once
 * into pinned memory, in pieces, so that the caller may change it and never waits for the
 * stream. Boxes of one resource that overlap are not sorted out: Direct3D leaves the result
 * open.
 */
#include "device/nvidia/nvidia.h"

#include <string.h>

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* 0: the driver copies; also if no surface can be made. */
static CUsurfObject surface_of(struct gpu_stream *s, const struct resource *r,
                               const struct nv_side *at)
{
    struct nv_resource *res = r->gpu;
    return nv_plane_surface(s->nv, &res->plane[at->plane - res->plane], at->level);
}

/* By the kernel if both are arrays that have surfaces. */
static enum ist_status copy_box(struct gpu_stream *s, const struct copy *copy,
                                const struct nv_side *dst, const struct nv_side *src,
                                size_t rows)
{
    struct nv_surface to = {.at = dst}, from = {.at = src};
    if (s->nv->module && dst->plane && src->plane &&
        nv_kernel_copies(dst->plane, src->plane, dst->side.x, src->side.x, copy->row_bytes)) {
        to.object = surface_of(s, copy->dst.resource, dst);
        from.object = surface_of(s, copy->src.resource, src);
    }
    return to.object && from.object
               ? nv_kernel_copy(s, &to, &from, copy->row_bytes, rows, copy->slices)
               : nv_copy_sides(s, dst, src, copy->row_bytes, rows, copy->slices);
}

/* Rows of a planar texture lie in two arrays: cut where one side goes on in the other. */
static enum ist_status copy_rows(struct gpu_stream *s, const struct copy *copy,
                                 const struct nv_side *staged)
{
    enum ist_status status = IST_OK;
    size_t count;
    for (size_t row = 0; row < copy->rows && status == IST_OK; row += count) {
        struct nv_side dst = nv_side_at(&copy->dst, row, 0);
        struct nv_side src = staged ? *staged : nv_side_at(&copy->src, row, 0);
        if (staged)
            src.side.device += row * staged->side.pitch;
        count = lesser(copy->rows - row, lesser(dst.rows, src.rows));
        status = copy_box(s, copy, &dst, &src, count);
    }
    return status;
}

/* The rows of a box of plain memory, one after the other. */
static void gather(unsigned char *out, const struct copy *copy)
{
    for (size_t z = 0; z < copy->slices; z++) {
        struct nv_side src = nv_side_at(&copy->src, 0, z);
        const unsigned char *row = src.side.host;
        for (size_t y = 0; y < copy->rows; y++, out += copy->row_bytes)
            memcpy(out, row + y * copy->src.row_pitch, copy->row_bytes);
    }
}

static enum ist_status copy_piece(struct gpu_stream *s, const struct copy *copy)
{
    size_t slice = copy->row_bytes * copy->rows;
    unsigned char *at;
    enum ist_status status = nv_stage(s, slice * copy->slices, &at);
    if (status != IST_OK)
        return status;
    gather(at, copy);
    struct nv_side staged = {
        .side = {.type = NV_MEMORY_UNIFIED,
                 .device = (uintptr_t)at,
                 .host = at,
                 .pitch = copy->row_bytes},
        .rows = SIZE_MAX,
        .slice_pitch = slice,
    };
    return copy_rows(s, copy, &staged);
}

/* A part of one slice. */
static struct copy cut(const struct copy *copy, size_t x, size_t y, size_t z)
{
    struct copy part = *copy;
    part.dst.x += x;
    part.src.x += x;
    part.dst.y += y;
    part.src.y += y;
    part.dst.z += z;
    part.src.z += z;
    part.row_bytes = lesser(copy->row_bytes - x, NV_STAGE_BYTES);
    part.rows = lesser(copy->rows - y, NV_STAGE_BYTES / part.row_bytes);
    part.slices = 1;
    return part;
}

/* A row of an array is never longer than a piece; one of a buffer may be. */
static enum ist_status copy_slice(struct gpu_stream *s, const struct copy *copy, size_t z)
{
    enum ist_status status = IST_OK;
    struct copy part;
    for (size_t y = 0; y < copy->rows && status == IST_OK; y += part.rows) {
        part = cut(copy, 0, y, z);
        status = copy_piece(s, &part);
        for (size_t x = part.row_bytes; x < copy->row_bytes && status == IST_OK;
             x += part.row_bytes) {
            part = cut(copy, x, y, z);
            part.rows = 1; /* as many as the first piece of so long a row had */
            status = copy_piece(s, &part);
        }
    }
    return status;
}

static enum ist_status copy_in(struct gpu_stream *s, const struct copy *copy)
{
    enum ist_status status = IST_OK;
    if (copy->row_bytes * copy->rows * copy->slices <= NV_STAGE_BYTES)
        status = copy_piece(s, copy);
    else
        for (size_t z = 0; z < copy->slices && status == IST_OK; z++)
            status = copy_slice(s, copy, z);
    enum ist_status end = nv_stage_end(s); /* after a failure, too: some pieces are in use */
    return status == IST_OK ? end : status;
}

enum ist_status nvidia_copy(struct gpu_stream *s, const struct copy *copy)
{
    if (!copy->row_bytes || !copy->rows || !copy->slices)
        return IST_OK;
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(s->nv, &scope);
    if (status == IST_OK)
        status = nv_stream_begin_work(s);
    if (status != IST_OK)
        return status;
    return copy->src.resource ? copy_rows(s, copy, NULL) : copy_in(s, copy);
}
