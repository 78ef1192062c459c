/* SPDX-License-Identifier: MIT */
/*
 * Fills. Linear memory is the driver's work, and so is a whole texture with a linear address
 * whose bytes are all alike, in whatever order they lie. Other arrays take the kernel, or a
 * filled piece of pinned memory and copies of it; where a box begins or ends inside an element
 * (the stencil of a depth texture), its elements are read, changed and written back, all by the
 * stream.
 */
#include "device/nvidia/nvidia.h"

#include <string.h>

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What a fill by copies works with. */
struct work {
    struct gpu_stream *stream;
    const struct fill *fill;
    struct nv_side array; /* the box's first element */
    size_t lead, width;   /* bytes before the box in its first element; whole elements */
    size_t band;          /* rows of a piece */
    unsigned char *piece;
};

static struct nv_side piece_side(const struct work *w)
{
    return (struct nv_side){
        .side = {.type = NV_MEMORY_UNIFIED,
                 .device = (uintptr_t)w->piece,
                 .host = w->piece,
                 .pitch = w->width},
        .rows = SIZE_MAX,
    };
}

static void fill_piece(const struct work *w)
{
    const struct fill *fill = w->fill;
    unsigned char *row = w->piece;
    for (size_t i = 0; i < w->width; i++)
        row[i] = fill->pattern[i % fill->pattern_bytes];
    for (size_t y = 1; y < w->band; y++)
        memcpy(row + y * w->width, row, w->width);
}

/* Whole elements: one piece, made by the host, serves all bands. */
static enum ist_status write_band(const struct work *w, const struct nv_side *at, size_t rows)
{
    struct nv_side piece = piece_side(w);
    return nv_copy_sides(w->stream, at, &piece, w->width, rows, 1);
}

/* The bytes beside the box come from the array, when the stream is there. */
static enum ist_status change_band(struct work *w, const struct nv_side *at, size_t rows)
{
    enum ist_status status = nv_stage(w->stream, w->width * rows, &w->piece);
    if (status != IST_OK)
        return status;
    struct nv_side piece = piece_side(w);
    status = nv_copy_sides(w->stream, &piece, at, w->width, rows, 1);
    if (status == IST_OK)
        status = nv_fill_linear(w->stream, piece.side.device + w->lead, w->width,
                                w->fill->row_bytes, rows, w->fill->pattern,
                                w->fill->pattern_bytes);
    return status == IST_OK ? write_band(w, at, rows) : status;
}

static enum ist_status fill_bands(struct work *w, size_t rows, bool whole)
{
    enum ist_status status = IST_OK;
    for (size_t z = 0; z < w->fill->slices; z++) {
        for (size_t y = 0; y < rows && status == IST_OK; y += w->band) {
            struct nv_side at = w->array;
            size_t count = lesser(w->band, rows - y);
            at.side.y += y;
            at.side.z += z;
            status = whole ? write_band(w, &at, count) : change_band(w, &at, count);
        }
    }
    return status;
}

static enum ist_status fill_by_copies(struct gpu_stream *s, const struct fill *fill,
                                      const struct nv_side *at, size_t rows)
{
    unsigned unit = at->plane->shape.unit;
    struct work w = {.stream = s, .fill = fill, .array = *at};
    w.lead = at->side.x % unit;
    w.array.side.x -= w.lead;
    w.width = (w.lead + fill->row_bytes + unit - 1) / unit * unit;
    w.band = lesser(rows, NV_STAGE_BYTES / w.width);
    bool whole = w.width == fill->row_bytes;
    enum ist_status status = IST_OK;
    if (whole)
        status = nv_stage(s, w.width * w.band, &w.piece);
    if (status == IST_OK && whole)
        fill_piece(&w);
    if (status == IST_OK)
        status = fill_bands(&w, rows, whole);
    enum ist_status end = nv_stage_end(s);
    return status == IST_OK ? end : status;
}

static enum ist_status fill_by_kernel(struct gpu_stream *s, const struct fill *fill,
                                      const struct nv_side *at, CUsurfObject surface,
                                      size_t rows, unsigned n)
{
    struct nv_fill_box box = {
        .x = at->side.x,
        .y = at->side.y,
        .z = at->side.z,
        .row_bytes = fill->row_bytes,
        .rows = rows,
        .slices = fill->slices,
    };
    return nv_kernel_fill(s, at->plane, surface, &box, fill->pattern, n);
}

/* 0: this fill goes by copies; also if no surface can be made. */
static CUsurfObject surface_for(struct gpu_stream *s, const struct fill *fill,
                                const struct nv_side *at)
{
    struct nv_resource *res = fill->dst.resource->gpu;
    if (!s->nv->module || !nv_kernel_fits(at->plane, at->side.x, fill->row_bytes))
        return 0;
    return nv_plane_surface(s->nv, &res->plane[at->plane - res->plane], at->level);
}

/* A second plane's rows are cut off: they lie in another array. */
static enum ist_status fill_array(struct gpu_stream *s, const struct fill *fill, unsigned n)
{
    enum ist_status status = IST_OK;
    size_t rows;
    for (size_t row = 0; row < fill->rows && status == IST_OK; row += rows) {
        struct nv_side at = nv_side_at(&fill->dst, row, 0);
        CUsurfObject surface = surface_for(s, fill, &at);
        rows = lesser(fill->rows - row, at.rows);
        status = surface ? fill_by_kernel(s, fill, &at, surface, rows, n)
                         : fill_by_copies(s, fill, &at, rows);
    }
    return status;
}

/* All of a texture that is one array of one level, with a pattern that each element starts. */
static bool is_whole(const struct fill *fill, unsigned n)
{
    const struct resource *r = fill->dst.resource;
    const struct nv_resource *res = r->gpu;
    const struct layout_level *level = &r->layout.level[0];
    bool deep = r->desc.shape.dimension == DIMENSION_3D;
    return res->mapped && res->planes == 1 && r->layout.levels == 1 && n <= 4 &&
           res->plane[0].shape.unit % n == 0 && fill->row_bytes == level->row_bytes &&
           fill->rows == level->rows &&
           fill->slices == (deep ? level->depth : r->layout.slices);
}

static enum ist_status fill_whole(struct gpu_stream *s, const struct fill *fill)
{
    const struct nv_resource *res = fill->dst.resource->gpu;
    return nv_fill_linear(s, res->at, res->size, res->size, 1, fill->pattern,
                          fill->pattern_bytes);
}

static enum ist_status fill_linear(struct gpu_stream *s, const struct fill *fill)
{
    enum ist_status status = IST_OK;
    for (size_t z = 0; z < fill->slices && status == IST_OK; z++) {
        struct nv_side at = nv_side_at(&fill->dst, 0, z);
        status = nv_fill_linear(s, at.side.device, at.side.pitch, fill->row_bytes, fill->rows,
                                fill->pattern, fill->pattern_bytes);
    }
    return status;
}

enum ist_status nvidia_fill(struct gpu_stream *s, const struct fill *fill)
{
    if (!fill->row_bytes || !fill->rows || !fill->slices)
        return IST_OK;
    if (!fill->dst.resource)
        return refuse(IST_NOT_SUPPORTED, "a stream cannot fill plain memory of the host");
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(s->nv, &scope);
    if (status == IST_OK)
        status = nv_stream_begin_work(s);
    if (status != IST_OK)
        return status;
    const struct nv_resource *res = fill->dst.resource->gpu;
    if (!res->planes)
        return fill_linear(s, fill);
    unsigned n = nv_pattern_period(fill->pattern, fill->pattern_bytes);
    return s->nv->linear_clears && is_whole(fill, n) ? fill_whole(s, fill)
                                                     : fill_array(s, fill, n);
}
