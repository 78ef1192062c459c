/* SPDX-License-Identifier: MIT */
/* B.3: sizes, formats, pitches and layouts. */
#include "problem.h"

#define U8 CU_AD_FORMAT_UNSIGNED_INT8
#define U16 CU_AD_FORMAT_UNSIGNED_INT16

struct shared {
    struct d3d d;
    ID3D11Resource *texture;
    HANDLE handle;
    CUexternalMemory memory;
};

static struct shared share(struct texture t, unsigned long long size)
{
    struct shared s = {.d = d3d_new()};
    s.texture = d3d_texture(&s.d, t, MISC_KMT);
    s.handle = d3d_kmt(s.texture);
    if (size)
        s.memory = import_memory(TYPE_MEMORY_KMT, s.handle, size);
    return s;
}

static void unshare(struct shared *s)
{
    if (s->memory)
        CHECK_EQ(cuDestroyExternalMemory(s->memory), CUDA_SUCCESS);
    ID3D11Resource_Release(s->texture);
    d3d_finish(&s->d);
}

static array_desc described(unsigned format, unsigned channels, size_t width, size_t height)
{
    array_desc desc = {.numLevels = 1};
    desc.arrayDesc = (CUDA_ARRAY3D_DESCRIPTOR){.Width = width,
                                               .Height = height,
                                               .Format = (CUarray_format)format,
                                               .NumChannels = channels};
    return desc;
}

/* Maps and gives back, if it can be mapped. */
static CUresult map(const struct shared *s, array_desc desc)
{
    CUmipmappedArray array = NULL;
    CUresult code = cuExternalMemoryGetMappedMipmappedArray(&array, s->memory, &desc);
    if (code == CUDA_SUCCESS)
        CHECK_EQ(cuMipmappedArrayDestroy(array), CUDA_SUCCESS);
    return code;
}

/* No API tells the size, and a driver takes one that is too large. */
TEST(problem_19_size_larger_than_the_resource)
{
    struct shared s = share(RGBA(100, 100), 0);
    EXPLAINED(import_as(TYPE_MEMORY_KMT, s.handle, 1 << 20), CUDA_ERROR_INVALID_VALUE,
              "size 1048576 is more than the resource has", "width x height x bytes");
    EXPLAINED(import_as(TYPE_MEMORY_KMT, s.handle, 1ULL << 62), CUDA_ERROR_INVALID_VALUE,
              "size 4611686018427387904 is more");
    unshare(&s);
}

/* NV12 guessed as four bytes a pixel; RGBA guessed as NV12's one and a half. */
TEST(problem_20_guessed_sizes)
{
    struct shared nv12 = share((struct texture){DXGI_FORMAT_NV12, 512, 512, 0, 1, 1, 0}, 0);
    EXPLAINED(import_as(TYPE_MEMORY_KMT, nv12.handle, 512 * 512 * 4), CUDA_ERROR_INVALID_VALUE,
              "size 1048576 is more", "393216 bytes");
    unshare(&nv12);

    struct shared rgba = share(RGBA(512, 512), 512 * 512 * 3 / 2);
    EXPLAINED(map(&rgba, described(U8, 4, 512, 512)), CUDA_ERROR_INVALID_VALUE,
              "imported with size 393216", "1048576 bytes");
    unshare(&rgba);
}

TEST(problem_21_texture_read_as_linear_buffer)
{
    struct shared s = share(RGBA(64, 64), 64 * 64 * 4);
    CUdeviceptr ptr = 0;
    EXPLAINED(map_buffer(&ptr, s.memory, 0, 64 * 64 * 4), CUDA_ERROR_INVALID_VALUE,
              "is a texture", "cudaExternalMemoryGetMappedMipmappedArray");
    unshare(&s);
}

/* "invalid argument", and nobody said which of nine. */
TEST(problem_22_the_field_that_differs_is_named)
{
    struct shared s = share((struct texture){DXGI_FORMAT_R8G8B8A8_UNORM, 64, 48, 0, 3, 1, 0},
                            64 * 48 * 4 * 21 / 16);
    array_desc desc = described(U8, 4, 64, 48);
    desc.numLevels = 3;
    CHECK_EQ(map(&s, desc), CUDA_SUCCESS);
    array_desc wrong = desc;
    wrong.arrayDesc.Width = 48;
    EXPLAINED(map(&s, wrong), CUDA_ERROR_INVALID_VALUE, "48 x 48 x 0", "width must be 64");
    wrong = desc;
    wrong.arrayDesc.Height = 64;
    EXPLAINED(map(&s, wrong), CUDA_ERROR_INVALID_VALUE, "64 x 64 x 0", "height must be 48");
    wrong = desc;
    wrong.arrayDesc.Depth = 3;
    EXPLAINED(map(&s, wrong), CUDA_ERROR_INVALID_VALUE, "64 x 48 x 3", "depth must be 0");
    wrong = desc;
    wrong.numLevels = 1;
    EXPLAINED(map(&s, wrong), CUDA_ERROR_INVALID_VALUE, "1 levels", "the texture has 3");
    wrong = desc;
    wrong.arrayDesc.NumChannels = 1;
    EXPLAINED(map(&s, wrong), CUDA_ERROR_INVALID_VALUE, "with 1 channels", "R8G8B8A8_UNORM");
    wrong = desc;
    wrong.arrayDesc.Flags = CUDA_ARRAY3D_SPARSE;
    EXPLAINED(map(&s, wrong), CUDA_ERROR_INVALID_VALUE, "flags 0x40");
    unshare(&s);
}

/* Accepted here in each reading of its bits; another number of bits is told. */
TEST(problem_23_typeless_textures)
{
    struct texture t = {DXGI_FORMAT_R8G8B8A8_TYPELESS, 64, 64, 0, 1, 1, 0};
    struct shared s = share(t, 64 * 64 * 4);
    CHECK_EQ(map(&s, described(U8, 4, 64, 64)), CUDA_SUCCESS);
    CHECK_EQ(map(&s, described(CU_AD_FORMAT_UNORM_INT8X4, 4, 64, 64)), CUDA_SUCCESS);
    EXPLAINED(map(&s, described(U16, 4, 64, 64)), CUDA_ERROR_INVALID_VALUE, "R8G8B8A8_TYPELESS",
              "4 bytes a texel");
    unshare(&s);
}

TEST(problem_24_unorm_and_uint_are_both_accepted)
{
    static const DXGI_FORMAT formats[] = {DXGI_FORMAT_R8G8B8A8_UNORM,
                                          DXGI_FORMAT_R8G8B8A8_UNORM_SRGB,
                                          DXGI_FORMAT_R8G8B8A8_UINT};
    for (unsigned i = 0; i < 3; i++) {
        struct shared s = share((struct texture){formats[i], 64, 64, 0, 1, 1, 0}, 64 * 64 * 4);
        CHECK_EQ(map(&s, described(U8, 4, 64, 64)), CUDA_SUCCESS);
        unshare(&s);
    }
}

TEST(problem_25_ten_bit_planes)
{
    struct shared s =
        share((struct texture){DXGI_FORMAT_P010, 64, 64, 0, 1, 1, 0}, 64 * 96 * 2);
    CHECK_EQ(map(&s, described(U16, 1, 64, 64)), CUDA_SUCCESS);
    if (gpu_device_wanted()) /* each plane is an array of its own there */
        EXPLAINED(map(&s, described(U16, 1, 64, 96)), CUDA_ERROR_NOT_SUPPORTED, "P010",
                  "plane");
    else
        CHECK_EQ(map(&s, described(U16, 1, 64, 96)), CUDA_SUCCESS);
    EXPLAINED(map(&s, described(U8, 1, 64, 64)), CUDA_ERROR_INVALID_VALUE, "P010");
    unshare(&s);
}

TEST(problem_26_nv12_planes_without_a_copy)
{
    struct shared s = share((struct texture){DXGI_FORMAT_NV12, 64, 64, 0, 1, 1, 0}, 64 * 96);
    array_desc chroma = described(U8, 2, 32, 32);
    chroma.offset = 64 * 64;
    CHECK_EQ(map(&s, described(U8, 1, 64, 64)), CUDA_SUCCESS);
    CHECK_EQ(map(&s, chroma), CUDA_SUCCESS);
    EXPLAINED(map(&s, described(U8, 4, 64, 64)), CUDA_ERROR_INVALID_VALUE, "NV12");
    unshare(&s);
}

/* A row is longer than its texels: both APIs tell the pitch, and a wrong one is refused. */
TEST(problem_28_row_pitch_assumed)
{
    if (gpu_device_wanted())
        SKIP("NVIDIA's own runtime answers, and a GPU's array has no rows to look at");
    struct shared s = share(RGBA(33, 7), 33 * 7 * 4);
    array_desc desc = described(U8, 4, 33, 7);
    CUmipmappedArray mipmapped = NULL;
    cudaArray_t level = NULL;
    unsigned char texels[33 * 7 * 4];
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&mipmapped, s.memory, &desc),
             CUDA_SUCCESS);
    OK(cudaGetMipmappedArrayLevel(&level, (cudaMipmappedArray_t)mipmapped, 0));
    EXPLAINED(cudaMemcpy2DFromArray(texels, 33, level, 0, 0, 33 * 4, 7, cudaMemcpyDeviceToHost),
              cudaErrorInvalidPitchValue, "pitch 33", "132 bytes");
    struct ist_array_view view;
    CHECK_EQ(ist_cuda_array_view(level, &view), IST_OK);
    CHECK(view.row_pitch >= 33 * 4);
    CHECK_EQ(cuMipmappedArrayDestroy(mipmapped), CUDA_SUCCESS);
    unshare(&s);
}
