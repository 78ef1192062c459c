/* SPDX-License-Identifier: MIT */
/* From boxes of texels to bytes and rows of blocks. No state. */
#include "d3d11/context_region.h"

/* How many texels share a block, and its bytes; a buffer is a row of single bytes. */
struct grain {
    uint32_t width, height, bytes;
    bool planar;
};

/* Planar formats have blocks of one texel in each plane; check_grain() knows of the pairs. */
static struct grain grain_of(const struct resource *resource)
{
    const struct format *f = resource->format;
    if (!f)
        return (struct grain){.width = 1, .height = 1, .bytes = 1};
    return (struct grain){f->block_width, f->block_height, f->block_bytes,
                          (f->traits & FORMAT_PLANAR) != 0};
}

static const struct layout_level *level_of(const struct subresource *sub)
{
    return &sub->resource->layout.level[sub->level];
}

/* Rows of the first plane. The second one has half as many, below. */
static size_t first_plane_rows(const struct subresource *sub)
{
    const struct layout_level *level = level_of(sub);
    return grain_of(sub->resource).planar ? level->height : level->rows;
}

/* In 64 bits: a number from a program may be anything, a product must not wrap to fit it. */
enum ist_status subresource_get(struct resource *resource, uint32_t number,
                                struct subresource *out)
{
    const struct layout *layout = &resource->layout;
    if (number >= (uint64_t)layout->levels * layout->slices)
        return refuse(IST_BAD_ARG, "subresource %u: the resource has %u levels of %u slices",
                      number, layout->levels, layout->slices);
    *out = (struct subresource){resource, number % layout->levels, number / layout->levels};
    return IST_OK;
}

/* Crossed sides count as empty, as documented. */
bool box_is_empty(const struct texel_box *box)
{
    return box->left >= box->right || box->top >= box->bottom || box->front >= box->back;
}

/* For callers without a box; in bytes there is nothing left to check. */
struct region region_whole(const struct subresource *sub)
{
    const struct layout_level *level = level_of(sub);
    return (struct region){.row_bytes = level->row_bytes,
                           .rows = first_plane_rows(sub),
                           .slices = level->depth};
}

/* Starts on a block; ends on one, or at the edge of a level that ends within a block. */
static bool whole_blocks(uint32_t from, uint32_t to, uint32_t side, uint32_t grain)
{
    return from % grain == 0 && (to % grain == 0 || to == side);
}

static enum ist_status check_grain(const struct subresource *sub, const struct texel_box *box)
{
    struct grain g = grain_of(sub->resource);
    const struct layout_level *level = level_of(sub);
    if (g.planar) /* a texel of the second plane stands for two by two of the first */
        g.width = g.height = 2;
    if (!sub->resource->format ||
        (whole_blocks(box->left, box->right, level->width, g.width) &&
         whole_blocks(box->top, box->bottom, level->height, g.height)))
        return IST_OK;
    return refuse(IST_BAD_ARG, "box %u,%u .. %u,%u cuts blocks of %u x %u texels of %s",
                  box->left, box->top, box->right, box->bottom, g.width, g.height,
                  sub->resource->format->name);
}

/* For sides that were checked: no overflow. */
static uint32_t up(uint32_t side, uint32_t grain)
{
    return (side + grain - 1) / grain * grain;
}

/* A level of 2 x 2 texels of a block format is as large as its one block of 4 x 4. */
static enum ist_status check_inside(const struct subresource *sub, const struct texel_box *box)
{
    const struct layout_level *level = level_of(sub);
    struct grain g = grain_of(sub->resource);
    uint64_t width = sub->resource->format ? up(level->width, g.width) : level->row_bytes;
    if (box->right <= width && box->bottom <= up(level->height, g.height) &&
        box->back <= level->depth)
        return IST_OK;
    return refuse(IST_BAD_ARG, "box ends at %u, %u, %u: the subresource is %llu x %u x %u",
                  box->right, box->bottom, box->back, (unsigned long long)width, level->height,
                  level->depth);
}

/* Inside first: the arithmetic below relies on it. */
enum ist_status region_from_box(const struct subresource *sub, const struct texel_box *box,
                                struct region *out)
{
    enum ist_status status = check_inside(sub, box);
    if (status == IST_OK)
        status = check_grain(sub, box);
    if (status != IST_OK)
        return status;
    struct grain g = grain_of(sub->resource);
    size_t right = up(box->right, g.width) / g.width;
    size_t bottom = up(box->bottom, g.height) / g.height;
    out->x = (size_t)(box->left / g.width) * g.bytes;
    out->y = box->top / g.height;
    out->z = box->front;
    out->row_bytes = right * g.bytes - out->x;
    out->rows = bottom - out->y;
    out->slices = box->back - box->front;
    return IST_OK;
}

/* Compared in bytes and rows, which is right across formats of one group. */
enum ist_status region_at(const struct subresource *sub, uint32_t x, uint32_t y, uint32_t z,
                          const struct region *size, struct region *out)
{
    struct grain g = grain_of(sub->resource);
    const struct layout_level *level = level_of(sub);
    size_t rows = first_plane_rows(sub);
    uint32_t even = g.planar ? 2 : 1;
    if (x % (g.width * even) || y % (g.height * even))
        return refuse(IST_BAD_ARG, "destination %u, %u is not at a block of %u x %u texels", x,
                      y, g.width * even, g.height * even);
    struct region to = {(size_t)(x / g.width) * g.bytes,
                        y / g.height,
                        z,
                        size->row_bytes,
                        size->rows,
                        size->slices};
    if (to.x + to.row_bytes > level->row_bytes || to.y + to.rows > rows ||
        to.z + to.slices > level->depth)
        return refuse(IST_BAD_ARG,
                      "%zu bytes by %zu rows by %zu at texel %u, %u, %u do not fit into %zu "
                      "bytes by %zu rows by %u",
                      to.row_bytes, to.rows, to.slices, x, y, z, level->row_bytes, rows,
                      level->depth);
    *out = to;
    return IST_OK;
}

bool region_second_plane(const struct subresource *sub, const struct region *first,
                         struct region *out)
{
    if (!grain_of(sub->resource).planar)
        return false;
    *out = *first;
    out->y = first_plane_rows(sub) + first->y / 2;
    out->rows = first->rows / 2;
    return true;
}

static bool ranges_overlap(size_t a, size_t a_size, size_t b, size_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

bool region_overlaps(const struct region *a, const struct region *b)
{
    return ranges_overlap(a->x, a->row_bytes, b->x, b->row_bytes) &&
           ranges_overlap(a->y, a->rows, b->y, b->rows) &&
           ranges_overlap(a->z, a->slices, b->z, b->slices);
}

struct place region_place(const struct subresource *sub, const struct region *region)
{
    return (struct place){.resource = sub->resource,
                          .level = sub->level,
                          .slice = sub->slice,
                          .x = region->x,
                          .y = region->y,
                          .z = region->z};
}
