/* SPDX-License-Identifier: MIT */
/*
 * Formats become elements of 1, 2, 4, 8 or 16 bytes; blocks are elements, too, where a chain of
 * levels allows that: levels of an array halve, blocks of a level are what its texels need,
 * rounded up. Block-compressed chains therefore use the driver's own formats for them.
 */
#include "device/nvidia/shape.h"

#include <string.h>

#define TILE_ROW 64U /* bytes of a row of a tile */
#define TILE_ROWS 8U /* rows of the smallest tile */
#define TILE_ROWS_MOST 128U
#define TILE_DEPTH_MOST 16U
#define PLANE_ALIGN 65536U

/* One channel would do for all, but the driver's largest is 4 bytes. */
static bool plain_element(unsigned bytes, CUarray_format *format, unsigned *channels)
{
    static const CUarray_format formats[] = {
        [1] = CU_AD_FORMAT_UNSIGNED_INT8,
        [2] = CU_AD_FORMAT_UNSIGNED_INT16,
        [4] = CU_AD_FORMAT_UNSIGNED_INT32,
    };
    if (bytes & (bytes - 1) || bytes > 16)
        return false;
    *format = formats[bytes < 4 ? bytes : 4];
    *channels = bytes < 4 ? 1 : bytes / 4;
    return true;
}

/* By the number of the format; typeless ones as UNORM. */
static bool block_format(unsigned number, CUarray_format *out)
{
    static const struct {
        unsigned char number;
        unsigned char format;
    } formats[] = {
        {70, CU_AD_FORMAT_BC1_UNORM},      {71, CU_AD_FORMAT_BC1_UNORM},
        {72, CU_AD_FORMAT_BC1_UNORM_SRGB}, {73, CU_AD_FORMAT_BC2_UNORM},
        {74, CU_AD_FORMAT_BC2_UNORM},      {75, CU_AD_FORMAT_BC2_UNORM_SRGB},
        {76, CU_AD_FORMAT_BC3_UNORM},      {77, CU_AD_FORMAT_BC3_UNORM},
        {78, CU_AD_FORMAT_BC3_UNORM_SRGB}, {79, CU_AD_FORMAT_BC4_UNORM},
        {80, CU_AD_FORMAT_BC4_UNORM},      {81, CU_AD_FORMAT_BC4_SNORM},
        {82, CU_AD_FORMAT_BC5_UNORM},      {83, CU_AD_FORMAT_BC5_UNORM},
        {84, CU_AD_FORMAT_BC5_SNORM},      {94, CU_AD_FORMAT_BC6H_UF16},
        {95, CU_AD_FORMAT_BC6H_UF16},      {96, CU_AD_FORMAT_BC6H_SF16},
        {97, CU_AD_FORMAT_BC7_UNORM},      {98, CU_AD_FORMAT_BC7_UNORM},
        {99, CU_AD_FORMAT_BC7_UNORM_SRGB},
    };
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        if (formats[i].number == number) {
            *out = (CUarray_format)formats[i].format;
            return true;
        }
    }
    return false;
}

static size_t half(size_t side, unsigned level)
{
    size_t result = side >> level;
    return result ? result : 1;
}

/* Whether each level of an array of this size has room for the layout's level. */
static bool chain_fits(const struct layout *layout, const struct nv_plane_shape *plane)
{
    uint32_t width = (uint32_t)plane->desc.Width, height = (uint32_t)plane->desc.Height;
    uint32_t depth = layout->level[0].depth;
    if (layout->levels > layout_full_chain(width, height, depth))
        return false;
    for (unsigned i = 0; i < layout->levels; i++) {
        if (half(width, i) * plane->unit < layout->level[i].row_bytes ||
            half(height, i) < layout->level[i].rows)
            return false;
    }
    return true;
}

/* What layers and the third dimension make of the descriptor of a level's row of elements. */
static void set_extent(const struct resource *r, struct nv_plane_shape *plane, size_t width,
                       size_t height)
{
    bool layered = r->layout.slices > 1;
    plane->desc.Width = width;
    plane->desc.Height = r->desc.shape.dimension == DIMENSION_1D ? 0 : height;
    plane->desc.Depth = r->desc.shape.dimension == DIMENSION_3D ? r->layout.level[0].depth
                        : layered                               ? r->layout.slices
                                                                : 0;
    plane->desc.Flags |= layered ? CUDA_ARRAY3D_LAYERED : 0;
    plane->levels = r->layout.levels;
}

/* Blocks of one level, texels of any number of them. 12 bytes are three elements. */
static enum ist_status shape_plain(const struct resource *r, struct nv_plane_shape *plane)
{
    const struct layout_level *level = &r->layout.level[0];
    unsigned bytes = r->format->block_bytes;
    plane->unit = bytes == 12 ? 4 : bytes;
    if (!plain_element(plane->unit, &plane->desc.Format, &plane->desc.NumChannels))
        return refuse(IST_NOT_SUPPORTED, "%s: no array has elements of %u bytes",
                      r->format->name, bytes);
    plane->desc.Flags = CUDA_ARRAY3D_SURFACE_LDST;
    plane->rows = SIZE_MAX;
    set_extent(r, plane, level->row_bytes / plane->unit, level->rows);
    if (!chain_fits(&r->layout, plane))
        return refuse(IST_NOT_SUPPORTED,
                      "%s with %u levels: an array of its %zu x %zu blocks has no such chain",
                      r->format->name, r->layout.levels, plane->desc.Width, plane->desc.Height);
    return IST_OK;
}

/* Sizes in texels: the driver knows what a block is. */
static enum ist_status shape_blocks(const struct resource *r, struct nv_plane_shape *plane)
{
    if (!block_format(r->format->number, &plane->desc.Format))
        return refuse(IST_NOT_SUPPORTED, "%s is no format of an array", r->format->name);
    plane->desc.NumChannels = r->format->channels;
    plane->unit = r->format->block_bytes;
    plane->rows = SIZE_MAX;
    set_extent(r, plane, r->layout.level[0].width, r->layout.level[0].height);
    return IST_OK;
}

static size_t tile(size_t rows, size_t least, size_t most)
{
    size_t tile = least;
    while (tile < rows && tile < most)
        tile *= 2;
    return align_up(rows ? rows : 1, tile);
}

static bool is_block_format(const struct nv_plane_shape *plane)
{
    return !(plane->desc.Flags & CUDA_ARRAY3D_SURFACE_LDST);
}

/* What a level, then a layer is padded to. */
struct padding {
    size_t row, rows_most, layer;
};

/* Level by level, each padded to tiles of its own. */
static uint64_t plane_bytes(const struct nv_plane_shape *plane, const struct padding *padding)
{
    bool layered = plane->desc.Flags & CUDA_ARRAY3D_LAYERED;
    size_t depth = layered ? 1 : plane->desc.Depth, block = is_block_format(plane) ? 4 : 1;
    uint64_t sum = 0;
    for (unsigned i = 0; i < plane->levels; i++) {
        uint64_t row = (half(plane->desc.Width, i) + block - 1) / block * plane->unit;
        uint64_t rows = (half(plane->desc.Height, i) + block - 1) / block;
        sum += align_up(row, padding->row) * tile(rows, TILE_ROWS, padding->rows_most) *
               tile(half(depth, i), 1, TILE_DEPTH_MOST);
    }
    return align_up(sum, padding->layer) * (layered ? plane->desc.Depth : 1);
}

static const struct padding least = {TILE_ROW, TILE_ROWS_MOST, TILE_ROW};
static const struct padding most = {4 * TILE_ROW, 4 * TILE_ROWS_MOST, 2 * PLANE_ALIGN};

/* A second plane begins where no first one can reach: the driver would not notice. */
static void shape_planar(const struct resource *r, struct nv_shape *shape)
{
    const struct layout_level *level = &r->layout.level[0];
    struct nv_plane_shape *luma = &shape->plane[0], *chroma = &shape->plane[1];
    luma->unit = r->format->block_bytes;
    plain_element(luma->unit, &luma->desc.Format, &luma->desc.NumChannels);
    luma->desc.Flags = CUDA_ARRAY3D_SURFACE_LDST;
    *chroma = *luma;
    set_extent(r, luma, level->width, level->height);
    luma->rows = level->height;
    chroma->unit *= 2;
    chroma->desc.NumChannels = 2;
    set_extent(r, chroma, level->width / 2, level->height / 2);
    chroma->first_row = level->height;
    chroma->rows = level->height / 2;
    chroma->offset = align_up(plane_bytes(luma, &most), PLANE_ALIGN);
    shape->planes = 2;
}

enum ist_status nv_shape_compute(const struct resource *r, struct nv_shape *out)
{
    struct nv_shape shape = {.planes = 1};
    enum ist_status status = IST_OK;
    if (r->format->traits & FORMAT_PLANAR) {
        if (r->layout.levels > 1)
            return refuse(IST_NOT_SUPPORTED, "%s with %u levels: planes have one here",
                          r->format->name, r->layout.levels);
        shape_planar(r, &shape);
    } else if (r->format->traits & FORMAT_BLOCK && r->layout.levels > 1) {
        status = shape_blocks(r, &shape.plane[0]);
    } else {
        status = shape_plain(r, &shape.plane[0]);
    }
    if (status == IST_OK)
        *out = shape;
    return status;
}

uint64_t nv_shape_bytes(const struct nv_shape *shape, unsigned attempt)
{
    static const unsigned quarters[NV_SHAPE_ATTEMPTS] = {4, 5, 6, 8, 8};
    const struct nv_plane_shape *last = &shape->plane[shape->planes - 1];
    const struct padding *padding = attempt + 1 < NV_SHAPE_ATTEMPTS ? &least : &most;
    return last->offset + plane_bytes(last, padding) / 4 * quarters[attempt];
}
