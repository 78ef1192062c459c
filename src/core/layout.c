/* SPDX-License-Identifier: MIT */
/*
 * Computes layouts: slices one after the other, in each slice the levels, in each level the
 * depth slices, in each of them rows of blocks. Pure functions. Extents come from programs, so
 * every product is checked.
 */
#include "core/layout.h"

#include <inttypes.h>
#include <string.h>

/* Levels and slices start on their own cache lines, whatever the alignment of rows. */
#define START_ALIGN 64U

/* The extent that counts in this dimension; what a dimension lacks is 1. */
struct extent {
    uint32_t width, height, depth;
};

/* What lies in one block of the level, and how many blocks a row has. */
struct shape {
    const struct format *format;
    struct extent extent;
    uint32_t levels, slices;
    size_t row_align;
};

static uint32_t at_least_one(uint32_t value)
{
    return value ? value : 1;
}

uint32_t layout_full_chain(uint32_t width, uint32_t height, uint32_t depth)
{
    uint32_t side = width | height | depth; /* as many bits as the longest side */
    uint32_t levels = 1;
    while (side >>= 1)
        levels++;
    return levels;
}

size_t layout_offset(const struct layout *layout, uint32_t level, uint32_t slice)
{
    return layout->level[level].offset + slice * layout->slice_stride;
}

/* One side against 1 .. limit. */
static enum ist_status check_side(const char *name, uint64_t found, uint32_t limit)
{
    if (found >= 1 && found <= limit)
        return IST_OK;
    return refuse(IST_BAD_ARG, "%s %" PRIu64 " is not within 1 .. %" PRIu32, name, found,
                  limit);
}

/* A side that the dimension does not have: callers leave it at 0 or say 1. */
static enum ist_status check_unused(const char *name, uint32_t found)
{
    if (found <= 1)
        return IST_OK;
    return refuse(IST_BAD_ARG, "%s %" PRIu32 " in a texture that has no %s: 0 or 1 is right",
                  name, found, name);
}

static enum ist_status check_extent(const struct layout_request *request, struct extent *out)
{
    bool cube = request->dimension == DIMENSION_3D;
    uint32_t limit = cube ? LAYOUT_MAX_DEPTH : LAYOUT_MAX_SIDE;
    enum ist_status status = check_side("width", request->width, limit);
    if (status == IST_OK)
        status = request->dimension == DIMENSION_1D
                     ? check_unused("height", request->height)
                     : check_side("height", request->height, limit);
    if (status == IST_OK)
        status = cube ? check_side("depth", request->depth, limit)
                      : check_unused("depth", request->depth);
    if (status == IST_OK)
        status = check_side("slices", request->slices, cube ? 1 : LAYOUT_MAX_SLICES);
    if (status != IST_OK)
        return status;

    out->width = (uint32_t)request->width;
    out->height = at_least_one(request->height);
    out->depth = at_least_one(request->depth);
    return IST_OK;
}

static enum ist_status check_levels(uint32_t found, struct extent e, uint32_t *out)
{
    uint32_t full = layout_full_chain(e.width, e.height, e.depth);
    if (found > full)
        return refuse(IST_BAD_ARG,
                      "%" PRIu32 " levels, but %" PRIu32 " x %" PRIu32 " x %" PRIu32
                      " texels have at most %" PRIu32,
                      found, e.width, e.height, e.depth, full);
    *out = found ? found : full;
    return IST_OK;
}

/* The sides of the first level must be whole blocks; chroma of 4:2:0 makes blocks of 2 x 2. */
static enum ist_status check_blocks(const struct format *f, struct extent e)
{
    bool planar = f->traits & FORMAT_PLANAR;
    uint32_t width = planar ? 2 : f->block_width;
    uint32_t height = planar ? 2 : f->block_height;
    if (e.width % width == 0 && e.height % height == 0)
        return IST_OK;
    return refuse(IST_BAD_ARG,
                  "%" PRIu32 " x %" PRIu32 " texels of %s are no multiple of %" PRIu32
                  " x %" PRIu32,
                  e.width, e.height, f->name, width, height);
}

static enum ist_status check_format(const struct layout_request *request,
                                    const struct format **out)
{
    const struct format *f = format_get(request->format);
    if (!f)
        return refuse(IST_BAD_FORMAT, "format %" PRIu32 " is no format of a texel",
                      request->format);
    if (!f->block_bytes)
        return refuse(IST_BAD_FORMAT, "format %s has planes of a shape that is not offered",
                      f->name);
    if (f->traits & FORMAT_PLANAR && request->dimension != DIMENSION_2D)
        return refuse(IST_BAD_FORMAT, "format %s has planes: only 2D textures can have it",
                      f->name);
    *out = f;
    return IST_OK;
}

static enum ist_status check_row_align(uint32_t found, size_t *out)
{
    if (found & (found - 1))
        return refuse(IST_BAD_ARG, "row alignment %" PRIu32 " is no power of two", found);
    *out = found ? found : LAYOUT_ROW_ALIGN;
    return IST_OK;
}

static enum ist_status check_texture(const struct layout_request *request, struct shape *out)
{
    struct shape shape = {.slices = request->slices};
    enum ist_status status = check_format(request, &shape.format);
    if (status == IST_OK)
        status = check_extent(request, &shape.extent);
    if (status == IST_OK)
        status = check_levels(request->levels, shape.extent, &shape.levels);
    if (status == IST_OK)
        status = check_blocks(shape.format, shape.extent);
    if (status == IST_OK)
        status = check_row_align(request->row_align, &shape.row_align);
    if (status == IST_OK)
        *out = shape;
    return status;
}

/* Rounds *size up to a power of two. False: overflow. */
static bool round_up(size_t *size, size_t align)
{
    size_t sum;
    if (__builtin_add_overflow(*size, align - 1, &sum))
        return false;
    *size = sum & ~(align - 1);
    return true;
}

static uint32_t half(uint32_t side, uint32_t level)
{
    return at_least_one(side >> level);
}

/*
 * Rows and bytes of a level. The second plane of 4:2:0 has a pair of values for each two texels
 * of each two rows: its rows are as long as the first plane's, rounded up to pairs, and half as
 * many.
 */
static void measure_rows(const struct format *f, struct layout_level *level)
{
    size_t blocks = (level->width + f->block_width - 1U) / f->block_width;
    if (f->traits & FORMAT_PLANAR) {
        blocks = (blocks + 1) & ~(size_t)1;
        level->rows = level->height + (level->height + 1U) / 2;
    } else {
        level->rows = (level->height + f->block_height - 1U) / f->block_height;
    }
    level->row_bytes = blocks * f->block_bytes;
}

/* Appends level `index` at *end of its slice. False: overflow. */
static bool place_level(const struct shape *shape, uint32_t index, size_t *end,
                        struct layout_level *out)
{
    struct layout_level level = {
        .width = half(shape->extent.width, index),
        .height = half(shape->extent.height, index),
        .depth = half(shape->extent.depth, index),
    };
    size_t bytes;
    measure_rows(shape->format, &level);
    level.row_pitch = level.row_bytes;
    level.offset = *end;
    if (!round_up(&level.row_pitch, shape->row_align) ||
        !round_up(&level.offset, START_ALIGN) ||
        __builtin_mul_overflow(level.row_pitch, level.rows, &level.depth_pitch) ||
        __builtin_mul_overflow(level.depth_pitch, level.depth, &bytes) ||
        __builtin_add_overflow(level.offset, bytes, end))
        return false;
    *out = level;
    return true;
}

static bool place_slices(const struct shape *shape, struct layout *out)
{
    size_t end = 0;
    for (uint32_t i = 0; i < shape->levels; i++) {
        if (!place_level(shape, i, &end, &out->level[i]))
            return false;
    }
    out->levels = shape->levels;
    out->slices = shape->slices;
    out->slice_stride = end;
    return round_up(&out->slice_stride, START_ALIGN) &&
           !__builtin_mul_overflow(out->slice_stride, (size_t)out->slices, &out->size);
}

/* A buffer is one row; its width in 32 bits saturates, row_bytes is what counts. */
static enum ist_status layout_buffer(uint64_t width, struct layout *out)
{
    size_t stride = width;
    if (!width || stride != width || !round_up(&stride, START_ALIGN) || stride > PTRDIFF_MAX)
        return refuse(IST_BAD_ARG, "a buffer of %" PRIu64 " bytes: 1 .. %zu are possible",
                      width, (size_t)PTRDIFF_MAX - START_ALIGN + 1);

    memset(out, 0, sizeof(*out));
    out->size = width;
    out->slice_stride = stride;
    out->levels = out->slices = 1;
    out->level[0] = (struct layout_level){
        .row_bytes = width,
        .row_pitch = width,
        .rows = 1,
        .depth_pitch = width,
        .width = width > UINT32_MAX ? UINT32_MAX : (uint32_t)width,
        .height = 1,
        .depth = 1,
    };
    return IST_OK;
}

enum ist_status layout_compute(const struct layout_request *request, struct layout *out)
{
    if (request->dimension == DIMENSION_BUFFER)
        return layout_buffer(request->width, out);
    if (request->dimension > DIMENSION_3D)
        return refuse(IST_BAD_ARG, "dimension %d is none of buffer, 1D, 2D, 3D",
                      request->dimension);

    struct shape shape;
    enum ist_status status = check_texture(request, &shape);
    if (status != IST_OK)
        return status;

    struct layout layout;
    memset(&layout, 0, sizeof(layout));
    if (!place_slices(&shape, &layout) || layout.size > PTRDIFF_MAX)
        return refuse(IST_BAD_ARG,
                      "%" PRIu32 " slices of %" PRIu32 " x %" PRIu32 " x %" PRIu32
                      " texels of %s with rows aligned to %zu bytes overflow",
                      shape.slices, shape.extent.width, shape.extent.height, shape.extent.depth,
                      shape.format->name, shape.row_align);
    *out = layout;
    return IST_OK;
}
