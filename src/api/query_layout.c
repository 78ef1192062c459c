/* SPDX-License-Identifier: MIT */
/*
 * How many bytes a resource has and where they lie: core's layout, or the same without its
 * gaps. Pure functions.
 */
#include "api/structs.h"
#include "core/layout.h"

#ifndef _WIN32 /* there is no model there, only its layouts */
#include "core/resource.h"
#endif

#include <inttypes.h>

_Static_assert(sizeof(struct ist_shape) == 40, "part of the ABI: grows at its end only");
_Static_assert(sizeof(struct ist_layout) == 40, "part of the ABI: grows at its end only");
_Static_assert(sizeof(struct ist_subresource) == 64, "part of the ABI: grows at its end only");

enum { D3D_DIMENSION_BUFFER = 1, D3D_DIMENSION_TEXTURE3D = 4 };

/* What shareable memory comes in multiples of. */
#define GRANULARITY UINT64_C(65536)
#ifndef _WIN32
_Static_assert(GRANULARITY == RESOURCE_GRANULARITY, "two places, one number");
#endif

/* One level of all slices, in bytes that are checked: core refuses what overflows. */
static uint64_t level_bytes(const struct layout_level *level)
{
    return (uint64_t)level->depth_pitch * level->depth;
}

/* Takes the gaps out: no sum can overflow that did not overflow with them. */
static void tighten(struct layout *layout)
{
    size_t end = 0;
    for (uint32_t i = 0; i < layout->levels; i++) {
        struct layout_level *level = &layout->level[i];
        level->row_pitch = level->row_bytes;
        level->depth_pitch = level->row_bytes * level->rows;
        level->offset = end;
        end += level_bytes(level);
    }
    layout->slice_stride = end;
    layout->size = end * layout->slices;
}

static enum ist_status check_shape(const struct ist_shape *shape)
{
    if (shape->dimension < D3D_DIMENSION_BUFFER || shape->dimension > D3D_DIMENSION_TEXTURE3D)
        return refuse(IST_BAD_ARG,
                      "dimension %" PRIu32 ": 1 is a buffer, 2, 3 and 4 are textures 1D, 2D "
                      "and 3D",
                      shape->dimension);
    if (shape->packing > IST_PACKING_ISTHMUS)
        return refuse(IST_BAD_ARG, "packing %" PRIu32 ": 0 is tight, 1 is that of Isthmus",
                      shape->packing);
    if (shape->dimension == D3D_DIMENSION_BUFFER &&
        (shape->height > 1 || shape->depth > 1 || shape->levels > 1 || shape->slices > 1))
        return refuse(IST_BAD_ARG, "a buffer has a width alone; height, depth, levels and "
                                   "slices are 0 or 1");
    return IST_OK;
}

/* *limit: what Isthmus' own layout comes to, rounded as shareable memory is. */
static enum ist_status compute(const struct ist_shape *from, struct layout *out,
                               uint64_t *limit)
{
    struct ist_shape shape;
    enum ist_status status = struct_read("ist_shape", from, &shape, sizeof(shape));
    if (status == IST_OK)
        status = check_shape(&shape);
    if (status != IST_OK)
        return status;
    struct layout_request request = {
        .dimension = (enum dimension)(shape.dimension - D3D_DIMENSION_BUFFER),
        .format = shape.format,
        .width = shape.width,
        .height = shape.height,
        .depth = shape.depth,
        .levels = shape.levels,
        .slices = shape.slices ? shape.slices : 1,
    };
    status = layout_compute(&request, out);
    if (status != IST_OK)
        return status;
    *limit = (out->size + GRANULARITY - 1) & ~(GRANULARITY - 1);
    if (shape.packing == IST_PACKING_TIGHT)
        tighten(out);
    return IST_OK;
}

enum ist_status ist_query_layout(const struct ist_shape *shape, struct ist_layout *out)
{
    struct layout layout;
    uint64_t limit;
    enum ist_status status = struct_check("ist_layout", out, sizeof(*out));
    if (status == IST_OK)
        status = compute(shape, &layout, &limit);
    if (status != IST_OK)
        return status;
    struct ist_layout found = {
        .levels = layout.levels,
        .slices = layout.slices,
        .subresources = layout.levels * layout.slices,
        .size = layout.size,
        .slice_pitch = layout.slice_stride,
        .import_limit = limit,
    };
    struct_write(out, &found, sizeof(found));
    return IST_OK;
}

enum ist_status ist_query_subresource(const struct ist_shape *shape, uint32_t level,
                                      uint32_t slice, struct ist_subresource *out)
{
    struct layout layout;
    uint64_t limit;
    enum ist_status status = struct_check("ist_subresource", out, sizeof(*out));
    if (status == IST_OK)
        status = compute(shape, &layout, &limit);
    if (status != IST_OK)
        return status;
    if (level >= layout.levels || slice >= layout.slices)
        return refuse(IST_BAD_ARG,
                      "level %" PRIu32 ", slice %" PRIu32 ": there are %" PRIu32 " levels and "
                      "%" PRIu32 " slices, counted from 0",
                      level, slice, layout.levels, layout.slices);
    const struct layout_level *l = &layout.level[level];
    struct ist_subresource found = {
        .width = l->width,
        .height = l->height,
        .depth = l->depth,
        .offset = layout_offset(&layout, level, slice),
        .row_bytes = l->row_bytes,
        .row_pitch = l->row_pitch,
        .rows = l->rows,
        .depth_pitch = l->depth_pitch,
        .size = level_bytes(l),
    };
    struct_write(out, &found, sizeof(found));
    return IST_OK;
}
