/* SPDX-License-Identifier: MIT */
/*
 * What arrays are allowed and where their bytes lie: in tiles of 64 bytes by 8 rows, each row
 * of a tile elsewhere than a plain copy expects. An array of depth 1 or more is laid out as a
 * 3D texture, with its rows in another order: measured, one layout for every descriptor but
 * that one. Layers, formats of one size, flags and further levels change nothing.
 */
#include "fake.h"

enum { TILE_WIDTH = 64, TILE_ROWS = 8, LEVEL_ALIGN = 4096, LAYER_ALIGN = 65536 };

enum { ARRAY_FLAGS = 0xff };

struct format {
    unsigned bytes; /* of one channel, or of a block */
    unsigned block; /* texels of a block's side */
    unsigned channels_from, channels_to;
};

static bool format_of(CUarray_format format, struct format *out)
{
    *out = (struct format){1, 1, 1, 4};
    switch ((int)format) {
    case CU_AD_FORMAT_UNSIGNED_INT8:
    case CU_AD_FORMAT_SIGNED_INT8: break;
    case CU_AD_FORMAT_UNSIGNED_INT16:
    case CU_AD_FORMAT_SIGNED_INT16:
    case CU_AD_FORMAT_HALF: out->bytes = 2; break;
    case CU_AD_FORMAT_UNSIGNED_INT32:
    case CU_AD_FORMAT_SIGNED_INT32:
    case CU_AD_FORMAT_FLOAT: out->bytes = 4; break;
    case CU_AD_FORMAT_UNORM_INT8X1:
    case CU_AD_FORMAT_SNORM_INT8X1: *out = (struct format){1, 1, 1, 1}; break;
    case CU_AD_FORMAT_UNORM_INT8X2:
    case CU_AD_FORMAT_SNORM_INT8X2: *out = (struct format){1, 1, 2, 2}; break;
    case CU_AD_FORMAT_UNORM_INT8X4:
    case CU_AD_FORMAT_SNORM_INT8X4: *out = (struct format){1, 1, 4, 4}; break;
    case CU_AD_FORMAT_UNORM_INT16X1:
    case CU_AD_FORMAT_SNORM_INT16X1: *out = (struct format){2, 1, 1, 1}; break;
    case CU_AD_FORMAT_UNORM_INT16X2:
    case CU_AD_FORMAT_SNORM_INT16X2: *out = (struct format){2, 1, 2, 2}; break;
    case CU_AD_FORMAT_UNORM_INT16X4:
    case CU_AD_FORMAT_SNORM_INT16X4: *out = (struct format){2, 1, 4, 4}; break;
    case CU_AD_FORMAT_UNORM_INT_101010_2: *out = (struct format){1, 1, 4, 4}; break;
    case CU_AD_FORMAT_NV12: *out = (struct format){1, 1, 3, 3}; break;
    case CU_AD_FORMAT_BC1_UNORM:
    case CU_AD_FORMAT_BC1_UNORM_SRGB: *out = (struct format){8, 4, 4, 4}; break;
    case CU_AD_FORMAT_BC4_UNORM:
    case CU_AD_FORMAT_BC4_SNORM: *out = (struct format){8, 4, 1, 1}; break;
    case CU_AD_FORMAT_BC5_UNORM:
    case CU_AD_FORMAT_BC5_SNORM: *out = (struct format){16, 4, 2, 2}; break;
    case CU_AD_FORMAT_BC6H_UF16:
    case CU_AD_FORMAT_BC6H_SF16: *out = (struct format){16, 4, 3, 3}; break;
    case CU_AD_FORMAT_BC2_UNORM:
    case CU_AD_FORMAT_BC2_UNORM_SRGB:
    case CU_AD_FORMAT_BC3_UNORM:
    case CU_AD_FORMAT_BC3_UNORM_SRGB:
    case CU_AD_FORMAT_BC7_UNORM:
    case CU_AD_FORMAT_BC7_UNORM_SRGB: *out = (struct format){16, 4, 4, 4}; break;
    default: return false;
    }
    return true;
}

static bool layered(const CUDA_ARRAY3D_DESCRIPTOR *desc)
{
    return desc->Flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP);
}

static unsigned longest_chain(const CUDA_ARRAY3D_DESCRIPTOR *desc)
{
    size_t side = desc->Width > desc->Height ? desc->Width : desc->Height;
    if (!layered(desc) && desc->Depth > side)
        side = desc->Depth;
    unsigned levels = 1;
    while (side >>= 1)
        levels++;
    return levels;
}

CUresult array_check(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels)
{
    struct format format;
    if (!format_of(desc->Format, &format) || desc->NumChannels < format.channels_from ||
        desc->NumChannels > format.channels_to ||
        (desc->NumChannels == 3 && format.channels_from != 3))
        return CUDA_ERROR_INVALID_VALUE;
    bool solid = !layered(desc) && desc->Depth;
    size_t limit = solid ? 16384 : layered(desc) ? 32768 : 131072;
    if (!desc->Width || desc->Width > limit || desc->Height > (solid ? 16384u : 65536u) ||
        desc->Depth > (solid ? 16384u : 2048u) || desc->Flags & ~(unsigned)ARRAY_FLAGS ||
        (layered(desc) && !desc->Depth) || (solid && !desc->Height))
        return CUDA_ERROR_INVALID_VALUE;
    if (desc->Flags & CUDA_ARRAY3D_CUBEMAP &&
        (desc->Width != desc->Height || desc->Depth % 6 ||
         (!(desc->Flags & CUDA_ARRAY3D_LAYERED) && desc->Depth != 6)))
        return CUDA_ERROR_INVALID_VALUE;
    return levels >= 1 && levels <= longest_chain(desc) && levels <= MAX_LEVELS
               ? CUDA_SUCCESS
               : CUDA_ERROR_INVALID_VALUE;
}

static size_t at_level(size_t size, unsigned level)
{
    size >>= level;
    return size ? size : 1;
}

static size_t ceil_div(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

struct array_shape array_shape(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned level)
{
    struct format format;
    struct array_shape shape = {.element = 1};
    if (!format_of(desc->Format, &format))
        return shape;
    bool planar = desc->Format == CU_AD_FORMAT_NV12;
    shape.element = format.block > 1 || planar ? format.bytes
                                               : format.bytes * desc->NumChannels;
    shape.row_bytes = ceil_div(at_level(desc->Width, level), format.block) * shape.element;
    shape.rows = ceil_div(at_level(desc->Height, level), format.block);
    if (planar)
        shape.rows += ceil_div(shape.rows, 2);
    shape.solid = desc->Depth && !layered(desc);
    shape.slices = layered(desc) ? desc->Depth : at_level(desc->Depth, level);
    shape.tile_rows = ceil_div(shape.row_bytes, TILE_WIDTH) * TILE_WIDTH * TILE_ROWS;
    shape.slice_size = shape.tile_rows * ceil_div(shape.rows, TILE_ROWS);
    return shape;
}

/* Of a layer, or of all slices of a 3D texture. */
static size_t level_size(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned level)
{
    struct array_shape shape = array_shape(desc, level);
    size_t size = shape.slice_size * (shape.solid ? shape.slices : 1);
    return ceil_div(size, LEVEL_ALIGN) * LEVEL_ALIGN;
}

/* Within the layer: further levels do not move what is before them. */
size_t array_offset(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned level)
{
    size_t offset = 0;
    for (unsigned i = 0; i < level; i++)
        offset += level_size(desc, i);
    return offset;
}

static size_t layer_size(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels)
{
    return ceil_div(array_offset(desc, levels), LAYER_ALIGN) * LAYER_ALIGN;
}

size_t array_size(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels)
{
    return layer_size(desc, levels) * (layered(desc) ? desc->Depth : 1);
}

char *array_cell(const struct array *array, size_t x, size_t y, size_t z, size_t *run)
{
    const struct array_shape *shape = &array->shape;
    size_t slice = shape->solid ? shape->slice_size : array->layer;
    size_t row = y % TILE_ROWS;
    row = shape->solid ? row ^ 5 : row ^ 2; /* rows of a tile lie in an order of their own */
    *run = TILE_WIDTH - x % TILE_WIDTH;
    return array->backing->base + array->offset + z * slice + y / TILE_ROWS * shape->tile_rows +
           x / TILE_WIDTH * TILE_WIDTH * TILE_ROWS + row * TILE_WIDTH + x % TILE_WIDTH;
}
