/* SPDX-License-Identifier: MIT */
/* Textures as arrays: which descriptors agree with them, and the bytes of every level. */
#include "d3d_rig.h"

struct shared {
    struct d3d d;
    ID3D11Resource *resource;
    CUexternalMemory memory;
};

/* Imported with more than it can have: the limit is not what is tested here. */
static struct shared share(struct texture t, unsigned long long size)
{
    struct shared s = {.d = d3d_new()};
    s.resource = d3d_texture(&s.d, t, MISC_KMT);
    s.memory = import_memory(TYPE_MEMORY_KMT, d3d_kmt(s.resource), size);
    return s;
}

static void share_finish(struct shared *s)
{
    CHECK_EQ(cuDestroyExternalMemory(s->memory), CUDA_SUCCESS);
    ID3D11Resource_Release(s->resource);
    d3d_finish(&s->d);
}

static array_desc described(unsigned format, unsigned channels, size_t width, size_t height,
                            size_t depth, unsigned levels, unsigned flags)
{
    array_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.arrayDesc.Width = width;
    desc.arrayDesc.Height = height;
    desc.arrayDesc.Depth = depth;
    desc.arrayDesc.Format = (CUarray_format)format;
    desc.arrayDesc.NumChannels = channels;
    desc.arrayDesc.Flags = flags;
    desc.numLevels = levels;
    return desc;
}

static CUresult try_map(const struct shared *s, array_desc desc)
{
    CUmipmappedArray array = (CUmipmappedArray)(uintptr_t)0x1234;
    CUresult code = cuExternalMemoryGetMappedMipmappedArray(&array, s->memory, &desc);
    if (code == CUDA_SUCCESS)
        CHECK_EQ(cuMipmappedArrayDestroy(array), CUDA_SUCCESS);
    else
        CHECK_EQ((uintptr_t)array, 0x1234);
    return code;
}

#define U8 CU_AD_FORMAT_UNSIGNED_INT8
#define RGBA8 DXGI_FORMAT_R8G8B8A8_UNORM

TEST(mapping_wants_its_pointers)
{
    struct shared s = share((struct texture){RGBA8, 64, 64, 0, 1, 1, 0}, 16384);
    CUmipmappedArray array = NULL;
    array_desc desc = described(U8, 4, 64, 64, 0, 1, 0);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(NULL, s.memory, &desc),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, s.memory, NULL),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, NULL, &desc),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array,
                                                     (CUexternalMemory)(uintptr_t)0x5678,
                                                     &desc),
             CUDA_ERROR_INVALID_HANDLE);
    share_finish(&s);
}

TEST(a_plain_2d_texture)
{
    struct shared s = share((struct texture){RGBA8, 64, 48, 0, 1, 1, 0}, 64 * 48 * 4);
    CHECK_EQ(try_map(&s, described(U8, 4, 64, 48, 0, 1, 0)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 4, 64, 48, 1, 1, 0)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 4, 64, 48, 1, 1, CUDA_ARRAY3D_SURFACE_LDST)),
             CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 4, 64, 48, 0, 1, CUDA_ARRAY3D_COLOR_ATTACHMENT)),
             CUDA_SUCCESS);
    static const size_t wrong[][3] = {{0, 48, 0}, {65, 48, 0},      {64, 47, 0}, {64, 49, 0},
                                      {64, 0, 0}, {64, 48, 2},      {48, 64, 0}, {128, 24, 0},
                                      {1, 1, 1},  {1u << 31, 48, 0}};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        CHECK_EQ(try_map(&s, described(U8, 4, wrong[i][0], wrong[i][1], wrong[i][2], 1, 0)),
                 CUDA_ERROR_INVALID_VALUE);
    REFUSED(try_map(&s, described(U8, 4, 65, 48, 0, 1, 0)), CUDA_ERROR_INVALID_VALUE,
            "the texture is 64 x 48");
    share_finish(&s);
}

TEST(flags_offsets_levels_and_reserved_words)
{
    struct shared s = share((struct texture){RGBA8, 64, 64, 0, 3, 1, 0}, 65536);
    array_desc desc = described(U8, 4, 64, 64, 0, 3, 0);
    CHECK_EQ(try_map(&s, desc), CUDA_SUCCESS);
    desc.arrayDesc.Flags = 0x1000;
    CHECK_EQ(try_map(&s, desc), CUDA_ERROR_INVALID_VALUE);
    desc.arrayDesc.Flags = CUDA_ARRAY3D_SPARSE;
    CHECK_EQ(try_map(&s, desc), CUDA_ERROR_INVALID_VALUE);
    desc.arrayDesc.Flags = CUDA_ARRAY3D_CUBEMAP;
    CHECK_EQ(try_map(&s, desc), CUDA_ERROR_INVALID_VALUE);
    desc.arrayDesc.Flags = 0;
    desc.offset = 65536;
    CHECK_EQ(try_map(&s, desc), CUDA_ERROR_INVALID_VALUE);
    desc.offset = UINT64_MAX;
    CHECK_EQ(try_map(&s, desc), CUDA_ERROR_INVALID_VALUE);
    desc.offset = 0;
    desc.reserved[3] = 1;
    CHECK_EQ(try_map(&s, desc), CUDA_ERROR_INVALID_VALUE);
    desc.reserved[3] = 0;
    static const unsigned wrong[] = {0, 1, 2, 4, 7, 8, 0xffffffff};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        desc.numLevels = wrong[i];
        CHECK_EQ(try_map(&s, desc), CUDA_ERROR_INVALID_VALUE);
    }
    share_finish(&s);
}

TEST(a_full_chain_of_64_has_7_levels)
{
    struct shared s = share((struct texture){RGBA8, 64, 64, 0, 7, 1, 0}, 32768);
    CHECK_EQ(try_map(&s, described(U8, 4, 64, 64, 0, 7, 0)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 4, 64, 64, 0, 8, 0)), CUDA_ERROR_INVALID_VALUE);
    share_finish(&s);
}

/* A texture of one level of 16 x 16 texels, and what it may be mapped as. */
static const struct {
    DXGI_FORMAT texture;
    unsigned format, channels;
    CUresult code;
} agreements[] = {
    {DXGI_FORMAT_R8G8B8A8_UNORM, U8, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R8G8B8A8_UNORM, CU_AD_FORMAT_SIGNED_INT8, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R8G8B8A8_UNORM, CU_AD_FORMAT_UNORM_INT8X4, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R8G8B8A8_UNORM_SRGB, U8, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R8G8B8A8_TYPELESS, U8, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_B8G8R8A8_UNORM, U8, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_B8G8R8A8_UNORM, CU_AD_FORMAT_UNORM_INT8X4, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R16G16B16A16_FLOAT, CU_AD_FORMAT_HALF, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R16G16B16A16_FLOAT, CU_AD_FORMAT_UNSIGNED_INT16, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R32G32B32A32_FLOAT, CU_AD_FORMAT_FLOAT, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R32_FLOAT, CU_AD_FORMAT_FLOAT, 1, CUDA_SUCCESS},
    {DXGI_FORMAT_A8_UNORM, U8, 1, CUDA_SUCCESS},
    {DXGI_FORMAT_R10G10B10A2_UNORM, CU_AD_FORMAT_UNORM_INT_101010_2, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R10G10B10A2_UNORM, CU_AD_FORMAT_UNSIGNED_INT32, 1, CUDA_SUCCESS},
    {DXGI_FORMAT_R11G11B10_FLOAT, CU_AD_FORMAT_UNSIGNED_INT32, 1, CUDA_SUCCESS},
    {DXGI_FORMAT_BC1_UNORM, CU_AD_FORMAT_BC1_UNORM, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_BC7_UNORM_SRGB, CU_AD_FORMAT_BC7_UNORM, 4, CUDA_SUCCESS},
    {DXGI_FORMAT_R8G8B8A8_UNORM, U8, 2, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_R8G8B8A8_UNORM, U8, 1, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_R8G8B8A8_UNORM, U8, 3, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_R8G8B8A8_UNORM, U8, 0, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_R8G8B8A8_UNORM, 0, 4, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_R8G8B8A8_UNORM, CU_AD_FORMAT_UNSIGNED_INT16, 4, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_R8G8B8A8_UNORM, CU_AD_FORMAT_UNSIGNED_INT16, 2, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_R8G8B8A8_UNORM, CU_AD_FORMAT_UNSIGNED_INT32, 1, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_BC1_UNORM, CU_AD_FORMAT_BC4_UNORM, 1, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_BC1_UNORM, CU_AD_FORMAT_UNSIGNED_INT32, 2, CUDA_ERROR_INVALID_VALUE},
    {DXGI_FORMAT_BC2_UNORM, CU_AD_FORMAT_BC3_UNORM, 4, CUDA_ERROR_INVALID_VALUE},
};

TEST(formats_agree_by_bits_and_channels)
{
    for (unsigned i = 0; i < sizeof(agreements) / sizeof(agreements[0]); i++) {
        struct shared s =
            share((struct texture){agreements[i].texture, 16, 16, 0, 1, 1, 0}, 4096);
        CHECK_EQ(try_map(&s, described(agreements[i].format, agreements[i].channels, 16, 16, 0,
                                       1, 0)),
                 agreements[i].code);
        share_finish(&s);
    }
}

TEST(video_planes_as_one_or_as_rows)
{
    struct shared s = share((struct texture){DXGI_FORMAT_NV12, 32, 16, 0, 1, 1, 0}, 32 * 24);
    CHECK_EQ(try_map(&s, described(CU_AD_FORMAT_NV12, 3, 32, 16, 0, 1, 0)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 1, 32, 24, 0, 1, 0)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 1, 32, 16, 0, 1, 0)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 1, 32, 17, 0, 1, 0)), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_map(&s, described(U8, 2, 16, 24, 0, 1, 0)), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_map(&s, described(U8, 2, 16, 8, 0, 1, 0)), CUDA_ERROR_INVALID_VALUE);
    share_finish(&s);
}

/* The offset of the second plane, with what the layout adds to a row and without. */
TEST(the_chroma_plane_is_an_array_of_its_own)
{
    unsigned char texels[32 * 24];
    struct shared s = share((struct texture){DXGI_FORMAT_NV12, 32, 16, 0, 1, 1, 0}, 32 * 24);
    array_desc desc = described(U8, 2, 16, 8, 0, 1, 0);
    rig_pattern(texels, sizeof(texels), 9);
    ID3D11DeviceContext_UpdateSubresource(s.d.context, s.resource, 0, NULL, texels, 32, 0);
    static const unsigned offsets[] = {32 * 16, 64 * 16};
    for (unsigned i = 0; i < 2; i++) {
        struct ist_array_view view;
        CUmipmappedArray mipmapped = NULL;
        CUarray level = NULL;
        desc.offset = offsets[i];
        CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&mipmapped, s.memory, &desc),
                 CUDA_SUCCESS);
        CHECK_EQ(cuMipmappedArrayGetLevel(&level, mipmapped, 0), CUDA_SUCCESS);
        CHECK_EQ(ist_cuda_array_view(level, &view), IST_OK);
        CHECK_EQ(view.width, 16);
        CHECK_EQ(view.height, 8);
        for (unsigned y = 0; y < 8; y++)
            CHECK_MEM((unsigned char *)view.data + y * view.row_pitch, texels + (16 + y) * 32,
                      32);
        unsigned char copied[32];
        CHECK_EQ(cudaMemcpy2DFromArray(copied, 32, (cudaArray_t)level, 0, 7, 32, 1,
                                       cudaMemcpyDeviceToHost),
                 cudaSuccess);
        CHECK_MEM(copied, texels + 23 * 32, sizeof(copied));
        CHECK_EQ(cuMipmappedArrayDestroy(mipmapped), CUDA_SUCCESS);
    }
    desc.offset = 100;
    CHECK_EQ(try_map(&s, desc), CUDA_ERROR_INVALID_VALUE);
    share_finish(&s);
}

TEST(one_dimension_and_layers)
{
    struct shared s = share((struct texture){DXGI_FORMAT_R32_FLOAT, 100, 0, 0, 1, 1, 0}, 400);
    CHECK_EQ(try_map(&s, described(CU_AD_FORMAT_FLOAT, 1, 100, 0, 0, 1, 0)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(CU_AD_FORMAT_FLOAT, 1, 100, 2, 0, 1, 0)),
             CUDA_ERROR_INVALID_VALUE);
    share_finish(&s);

    s = share((struct texture){DXGI_FORMAT_R32_FLOAT, 100, 0, 0, 1, 5, 0}, 2000);
    unsigned layered = CUDA_ARRAY3D_LAYERED;
    CHECK_EQ(try_map(&s, described(CU_AD_FORMAT_FLOAT, 1, 100, 0, 5, 1, layered)),
             CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(CU_AD_FORMAT_FLOAT, 1, 100, 0, 4, 1, layered)),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_map(&s, described(CU_AD_FORMAT_FLOAT, 1, 100, 0, 5, 1, 0)),
             CUDA_ERROR_INVALID_VALUE);
    share_finish(&s);
}

TEST(six_slices_are_a_cubemap_or_layers)
{
    struct shared s = share((struct texture){RGBA8, 32, 32, 0, 1, 6, 0}, 32 * 32 * 24);
    CHECK_EQ(try_map(&s, described(U8, 4, 32, 32, 6, 1, CUDA_ARRAY3D_CUBEMAP)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 4, 32, 32, 6, 1, CUDA_ARRAY3D_LAYERED)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 4, 32, 32, 6, 1,
                                   CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP)),
             CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 4, 32, 32, 6, 1, 0)), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_map(&s, described(U8, 4, 32, 32, 0, 1, 0)), CUDA_ERROR_INVALID_VALUE);
    share_finish(&s);

    s = share((struct texture){RGBA8, 32, 16, 0, 1, 6, 0}, 32 * 16 * 24);
    REFUSED(try_map(&s, described(U8, 4, 32, 16, 6, 1, CUDA_ARRAY3D_CUBEMAP)),
            CUDA_ERROR_INVALID_VALUE, "cubemap");
    share_finish(&s);
}

TEST(three_dimensions_have_no_layers)
{
    struct shared s = share((struct texture){RGBA8, 16, 8, 4, 1, 1, 0}, 16 * 8 * 16);
    CHECK_EQ(try_map(&s, described(U8, 4, 16, 8, 4, 1, 0)), CUDA_SUCCESS);
    CHECK_EQ(try_map(&s, described(U8, 4, 16, 8, 4, 1, CUDA_ARRAY3D_LAYERED)),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_map(&s, described(U8, 4, 16, 8, 0, 1, 0)), CUDA_ERROR_INVALID_VALUE);
    share_finish(&s);
}

TEST(a_buffer_is_no_array_and_small_imports_map_nothing)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_KMT);
    struct shared s = {.memory = import_memory(TYPE_MEMORY_KMT, d3d_kmt(buffer), 4096)};
    REFUSED(try_map(&s, described(U8, 4, 32, 32, 0, 1, 0)), CUDA_ERROR_INVALID_VALUE, "buffer");
    CHECK_EQ(cuDestroyExternalMemory(s.memory), CUDA_SUCCESS);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);

    s = share((struct texture){RGBA8, 33, 7, 0, 1, 1, 0}, 33 * 7 * 4 - 1);
    REFUSED(try_map(&s, described(U8, 4, 33, 7, 0, 1, 0)), CUDA_ERROR_INVALID_VALUE,
            "924 bytes");
    share_finish(&s);
    s = share((struct texture){RGBA8, 33, 7, 0, 1, 1, 0}, 33 * 7 * 4);
    CHECK_EQ(try_map(&s, described(U8, 4, 33, 7, 0, 1, 0)), CUDA_SUCCESS);
    share_finish(&s);
}

/* ---- bytes: G21 -------------------------------------------------------------------------- */

struct shape {
    struct texture texture;
    size_t height, depth; /* as CUDA is told */
    unsigned flags;
};

static UINT shrink(UINT side, UINT level)
{
    return side >> level ? side >> level : 1;
}

/* Writes every level and slice from D3D11 and reads it through CUDA's arrays, then back. */
static void check_bytes(const struct shape *shape, unsigned format, unsigned channels,
                        UINT bytes)
{
    struct texture t = shape->texture;
    struct shared s = share(t, 65536);
    CUmipmappedArray mipmapped = NULL;
    array_desc desc = described(format, channels, t.width, shape->height, shape->depth,
                                t.levels, shape->flags);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&mipmapped, s.memory, &desc),
             CUDA_SUCCESS);
    for (UINT level = 0; level < t.levels; level++)
        for (UINT slice = 0; slice < t.slices; slice++) {
            UINT width = shrink(t.width, level) * bytes, height = shrink(t.height, level);
            UINT depth = shrink(t.depth, level), sub = level + slice * t.levels;
            size_t all = (size_t)width * height * depth;
            unsigned char wanted[8192], found[8192];
            CHECK(all <= sizeof(wanted));
            rig_pattern(wanted, all, sub);
            ID3D11DeviceContext_UpdateSubresource(s.d.context, s.resource, sub, NULL, wanted,
                                                  width, width * height);
            CUarray array = NULL;
            CHECK_EQ(cuMipmappedArrayGetLevel(&array, mipmapped, level), CUDA_SUCCESS);
            struct cudaMemcpy3DParms out = {.srcArray = (cudaArray_t)array,
                                            .srcPos = {0, 0, slice},
                                            .dstPtr = {found, width, width, height},
                                            .extent = {width / bytes, height, depth},
                                            .kind = cudaMemcpyDeviceToHost};
            OK(cudaMemcpy3D(&out));
            CHECK_MEM(found, wanted, all);
        }
    CHECK_EQ(cuMipmappedArrayDestroy(mipmapped), CUDA_SUCCESS);
    share_finish(&s);
}

TEST(every_level_and_slice_is_the_texture_s)
{
    static const struct shape shapes[] = {
        {{RGBA8, 33, 7, 0, 1, 1, 0}, 7, 0, 0},
        {{RGBA8, 33, 7, 0, 1, 1, 0}, 7, 1, 0},
        {{RGBA8, 32, 16, 0, 6, 1, 0}, 16, 0, 0},
        {{RGBA8, 24, 20, 0, 3, 4, 0}, 20, 4, CUDA_ARRAY3D_LAYERED},
        {{RGBA8, 16, 16, 0, 2, 6, 0}, 16, 6, CUDA_ARRAY3D_CUBEMAP},
        {{RGBA8, 100, 0, 0, 4, 1, 0}, 0, 0, 0},
        {{RGBA8, 100, 0, 0, 2, 3, 0}, 0, 3, CUDA_ARRAY3D_LAYERED},
        {{RGBA8, 16, 8, 8, 3, 1, 0}, 8, 8, 0},
        {{DXGI_FORMAT_B8G8R8A8_UNORM, 33, 7, 0, 1, 1, D3D11_BIND_RENDER_TARGET},
         7,
         1,
         CUDA_ARRAY3D_SURFACE_LDST | CUDA_ARRAY3D_COLOR_ATTACHMENT},
    };
    for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        check_bytes(&shapes[i], U8, 4, 4);
    static const struct shape wide = {{DXGI_FORMAT_R16G16B16A16_FLOAT, 20, 10, 0, 3, 2, 0},
                                      10,
                                      2,
                                      CUDA_ARRAY3D_LAYERED};
    check_bytes(&wide, CU_AD_FORMAT_HALF, 4, 8);
}

/* Unreal Engine's order: the level's array, then the mipmapped one, then the memory. */
TEST(a_level_may_be_destroyed_before_its_array)
{
    struct shared s = share((struct texture){DXGI_FORMAT_B8G8R8A8_UNORM, 64, 64, 0, 1, 1,
                                             D3D11_BIND_RENDER_TARGET},
                            16384);
    CUmipmappedArray mipmapped = NULL;
    CUarray level = NULL;
    array_desc desc = described(U8, 4, 64, 64, 1, 1,
                                CUDA_ARRAY3D_SURFACE_LDST | CUDA_ARRAY3D_COLOR_ATTACHMENT);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&mipmapped, s.memory, &desc),
             CUDA_SUCCESS);
    CHECK_EQ(cuMipmappedArrayGetLevel(&level, mipmapped, 1), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuMipmappedArrayGetLevel(&level, mipmapped, 0), CUDA_SUCCESS);
    CHECK_EQ(cuArrayDestroy(level), CUDA_SUCCESS);
    CHECK_EQ(cuMipmappedArrayDestroy(mipmapped), CUDA_SUCCESS);
    CHECK_EQ(cuMipmappedArrayDestroy(mipmapped), CUDA_ERROR_INVALID_HANDLE);
    share_finish(&s);
}

TEST(an_array_outlives_the_import_and_the_texture)
{
    unsigned char texels[16 * 16 * 4];
    struct ist_array_view view;
    struct shared s = share((struct texture){RGBA8, 16, 16, 0, 1, 1, 0}, 1024);
    CUmipmappedArray mipmapped = NULL;
    CUarray level = NULL;
    array_desc desc = described(U8, 4, 16, 16, 0, 1, 0);
    rig_pattern(texels, sizeof(texels), 6);
    ID3D11DeviceContext_UpdateSubresource(s.d.context, s.resource, 0, NULL, texels, 64, 0);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&mipmapped, s.memory, &desc),
             CUDA_SUCCESS);
    share_finish(&s);
    CHECK_EQ(cuMipmappedArrayGetLevel(&level, mipmapped, 0), CUDA_SUCCESS);
    CHECK_EQ(ist_cuda_array_view(level, &view), IST_OK);
    CHECK_MEM((unsigned char *)view.data + 15 * view.row_pitch, texels + 15 * 64, 64);
    CHECK_EQ(core_live_count(), 1);
    CHECK_EQ(cuMipmappedArrayDestroy(mipmapped), CUDA_SUCCESS);
    CHECK_EQ(core_live_count(), 0);
}
