/* SPDX-License-Identifier: MIT */
/* From D3D11's description to CUDA's extent and flags: the guide's table of dimensions. */
#include "test.h"

#include "interop/shape.h"

#include <string.h>

#define RGBA8 DXGI_FORMAT_R8G8B8A8_UINT

static const struct ist_import_options usual = IST_IMPORT_OPTIONS_INIT;

static struct ist_resource_desc texture(unsigned dimension, uint64_t width, uint32_t height,
                                        uint32_t depth, uint32_t slices)
{
    struct ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    desc.dimension = dimension;
    desc.width = width;
    desc.height = height;
    desc.depth = depth;
    desc.slices = slices;
    desc.levels = dimension == 1 ? 0 : 1;
    desc.format = dimension == 1 ? 0 : RGBA8;
    desc.misc_flags = D3D11_RESOURCE_MISC_SHARED;
    return desc;
}

static struct ist_import_options with(unsigned flags)
{
    struct ist_import_options options = usual;
    options.flags = flags;
    return options;
}

/* Section 6.2.16.4.4: extent and flags of each view dimension. */
TEST(dimensions_of_the_guide)
{
    static const struct {
        unsigned dimension, width, height, depth, slices, options;
        unsigned want_height, want_depth, want_flags;
    } rows[] = {
        {2, 16, 0, 0, 1, 0, 0, 0, 0},
        {3, 16, 8, 0, 1, 0, 8, 0, 0},
        {4, 16, 8, 4, 0, 0, 8, 4, 0},
        {2, 16, 0, 0, 3, 0, 0, 3, CUDA_ARRAY3D_LAYERED},
        {3, 16, 8, 0, 3, 0, 8, 3, CUDA_ARRAY3D_LAYERED},
        {3, 16, 16, 0, 6, IST_IMPORT_CUBE, 16, 6, CUDA_ARRAY3D_CUBEMAP},
        {3, 16, 16, 0, 12, IST_IMPORT_CUBE, 16, 12,
         CUDA_ARRAY3D_CUBEMAP | CUDA_ARRAY3D_LAYERED},
        {3, 16, 8, 0, 1, IST_IMPORT_LAYERED, 8, 1, CUDA_ARRAY3D_LAYERED},
        {3, 16, 8, 0, 1, IST_IMPORT_SURFACE, 8, 0, CUDA_ARRAY3D_SURFACE_LDST},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ist_resource_desc desc = texture(rows[i].dimension, rows[i].width,
                                                rows[i].height, rows[i].depth, rows[i].slices);
        struct ist_import_options options = with(rows[i].options);
        struct shape shape;
        CHECK_EQ(shape_of(&desc, &options, &shape), IST_OK);
        CHECK_EQ(shape.array.Width, 16);
        CHECK_EQ(shape.array.Height, rows[i].want_height);
        CHECK_EQ(shape.array.Depth, rows[i].want_depth);
        CHECK_EQ(shape.array.Flags, rows[i].want_flags);
        CHECK_EQ(shape.levels, 1);
    }
}

TEST(bind_flags_become_array_flags)
{
    struct ist_resource_desc desc = texture(3, 16, 8, 0, 1);
    struct shape shape;
    desc.bind_flags = D3D11_BIND_RENDER_TARGET | D3D11_BIND_SHADER_RESOURCE;
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK_EQ(shape.array.Flags, CUDA_ARRAY3D_COLOR_ATTACHMENT);
    desc.bind_flags = D3D11_BIND_UNORDERED_ACCESS;
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK_EQ(shape.array.Flags, CUDA_ARRAY3D_SURFACE_LDST);
}

/* Bytes of the texels alone: what programs tell CUDA, without padding of any driver. */
TEST(sizes_are_those_of_the_texels)
{
    struct shape shape;
    struct ist_resource_desc desc = texture(1, 4097, 0, 0, 0);
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK_EQ(shape.size, 4097);
    CHECK(shape.buffer);
    desc = texture(3, 33, 7, 0, 2);
    desc.levels = 3; /* 33 x 7, 16 x 3, 8 x 1 */
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK_EQ(shape.size, 2u * 4u * (33 * 7 + 16 * 3 + 8));
    desc = texture(3, 16, 8, 0, 1);
    desc.format = DXGI_FORMAT_NV12;
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK_EQ(shape.size, 16u * 8 * 3 / 2);
    desc.format = DXGI_FORMAT_BC1_UNORM;
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK_EQ(shape.size, 4u * 2 * 8);
}

TEST(flags_of_sharing_decide_family_and_mutex)
{
    struct ist_resource_desc desc = texture(3, 16, 8, 0, 1);
    struct ist_import_options options = with(IST_IMPORT_NO_MUTEX);
    struct shape shape;
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK(shape.family == HANDLES_KMT && !shape.mutex);
    desc.misc_flags |= D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK(shape.family == HANDLES_NT && !shape.mutex);
    desc.misc_flags = D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX;
    CHECK_EQ(shape_of(&desc, &usual, &shape), IST_OK);
    CHECK(shape.family == HANDLES_KMT && shape.mutex);
    CHECK_EQ(shape_of(&desc, &options, &shape), IST_OK);
    CHECK(!shape.mutex);
}
