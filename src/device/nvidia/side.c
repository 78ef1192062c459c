/* SPDX-License-Identifier: MIT */
/* Places as the driver's copies want them, and one copy between two of them. */
#include "device/nvidia/nvidia.h"

static struct nv_side linear_side(uintptr_t at, int type, size_t row_pitch, size_t slice_pitch)
{
    return (struct nv_side){
        .side = {.type = type, .host = (void *)at, .device = at, .pitch = row_pitch},
        .rows = SIZE_MAX,
        .slice_pitch = slice_pitch,
    };
}

static struct nv_side linear_place(const struct place *p, const struct nv_resource *res,
                                   size_t row, size_t slice)
{
    const struct layout *layout = &p->resource->layout;
    const struct layout_level *level = &layout->level[p->level];
    bool deep = p->resource->desc.shape.dimension == DIMENSION_3D;
    size_t slice_pitch = deep ? level->depth_pitch : layout->slice_stride;
    size_t at = layout_offset(layout, p->level, p->slice) + p->x +
                (p->y + row) * level->row_pitch + (p->z + slice) * slice_pitch;
    return linear_side(res->at + at, NV_MEMORY_UNIFIED, level->row_pitch, slice_pitch);
}

/* A row that lies in the second plane counts from that plane's first. */
static struct nv_side array_place(const struct place *p, const struct nv_resource *res,
                                  size_t row, size_t slice)
{
    const struct nv_plane *plane = &res->plane[0];
    size_t y = p->y + row;
    if (res->planes > 1 && y >= res->plane[1].shape.first_row)
        plane = &res->plane[1];
    y -= plane->shape.first_row;
    return (struct nv_side){
        .side = {.type = NV_MEMORY_ARRAY,
                 .array = plane->level[p->level],
                 .x = p->x,
                 .y = y,
                 .z = p->slice + p->z + slice},
        .plane = plane,
        .level = p->level,
        .rows = plane->shape.rows == SIZE_MAX ? SIZE_MAX : plane->shape.rows - y,
    };
}

struct nv_side nv_side_at(const struct place *p, size_t row, size_t slice)
{
    if (p->resource) {
        const struct nv_resource *res = p->resource->gpu;
        return res->planes ? array_place(p, res, row, slice) : linear_place(p, res, row, slice);
    }
    uintptr_t at = (uintptr_t)p->memory + p->x + (p->y + row) * p->row_pitch +
                   (p->z + slice) * p->slice_pitch;
    return linear_side(at, NV_MEMORY_HOST, p->row_pitch, p->slice_pitch);
}

static bool is_linear(const struct nv_side *side)
{
    return side->side.type != NV_MEMORY_ARRAY;
}

/* The driver says a slice's pitch in rows. False: it cannot say this one. */
static bool set_pitches(struct nv_copy_side *out, const struct nv_side *side, size_t row_bytes,
                        size_t rows, size_t slices)
{
    if (!is_linear(side))
        return true;
    if (rows == 1 && out->pitch < row_bytes)
        out->pitch = row_bytes; /* it counts for nothing, but must be possible */
    out->height = slices == 1 ? rows : side->slice_pitch / out->pitch;
    return slices == 1 ||
           (out->height >= rows && side->slice_pitch == out->height * out->pitch);
}

static void next_slice(struct nv_copy_side *at, const struct nv_side *side)
{
    at->z += !is_linear(side);
    at->device += side->slice_pitch;
    at->host = (void *)((uintptr_t)at->host + side->slice_pitch); /* NULL for arrays */
}

static enum ist_status copy_boxes(struct gpu_stream *s, const struct nv_side *dst,
                                  const struct nv_side *src, const struct nv_copy_box *shape)
{
    struct nv_copy_box box = *shape;
    bool whole = set_pitches(&box.dst, dst, box.width, box.height, box.depth);
    whole = set_pitches(&box.src, src, box.width, box.height, box.depth) && whole;
    size_t count = whole ? 1 : box.depth;
    enum ist_status status = IST_OK;
    if (!whole) {
        box.depth = 1;
        (void)set_pitches(&box.dst, dst, box.width, box.height, 1);
        (void)set_pitches(&box.src, src, box.width, box.height, 1);
    }
    for (size_t i = 0; i < count && status == IST_OK; i++) {
        status = NV_CALL(s->nv, "a copy", copy_box, &box, s->cu);
        next_slice(&box.dst, dst);
        next_slice(&box.src, src);
    }
    return status;
}

/* Whether rows follow each other without a gap. */
static bool is_tight(const struct nv_side *side, size_t row_bytes, size_t rows)
{
    return is_linear(side) && (rows == 1 || side->side.pitch == row_bytes);
}

enum ist_status nv_copy_sides(struct gpu_stream *s, const struct nv_side *dst,
                              const struct nv_side *src, size_t row_bytes, size_t rows,
                              size_t slices)
{
    if (slices == 1 && is_tight(dst, row_bytes, rows) && is_tight(src, row_bytes, rows))
        return NV_CALL(s->nv, "a copy", copy_bytes, dst->side.device, src->side.device,
                       row_bytes * rows, s->cu);
    struct nv_copy_box shape = {.src = src->side,
                                .dst = dst->side,
                                .width = row_bytes,
                                .height = rows,
                                .depth = slices};
    return copy_boxes(s, dst, src, &shape);
}
