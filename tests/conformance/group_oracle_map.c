/* SPDX-License-Identifier: MIT */
/* O14 to O29: the oracle table's answers to mapping, and to the end of mappings. */
#include "group_oracle.h"

#include "probe.h"

#define RGBA8 DXGI_FORMAT_R8G8B8A8_UNORM
#define U8 CU_AD_FORMAT_UNSIGNED_INT8

CASE(O14, range_of_null, T, "Mapping a buffer with a NULL argument: 1, for each of the three")
{
    struct thing t;
    thing_buffer(&t);
    CUexternalMemory memory = import_thing(&t);
    CUdeviceptr ptr = 1;
    EXPECT_CU(map_at(memory, 0, 16, 0, NULL), INVALID);
    EXPECT_CU(cuExternalMemoryGetMappedBuffer(&ptr, memory, NULL), INVALID);
    EXPECT_CU(map_at(NULL, 0, 16, 0, &ptr), INVALID);
    EXPECT_EQ(ptr, 1);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O15, range_outside, T, "Size 0, beyond the end, at the end, overflow, flags: 1")
{
    struct thing t;
    thing_buffer(&t);
    CUexternalMemory memory = import_thing(&t);
    refuse_range(memory, 0, 0, 0);
    refuse_range(memory, 0, t.size + 1, 0);
    refuse_range(memory, 4096, t.size, 0);
    refuse_range(memory, t.size, 16, 0);
    refuse_range(memory, 4096, UINT64_MAX - 4095, 0); /* the sum is 0 */
    refuse_range(memory, UINT64_MAX - 4095, 8192, 0); /* the sum is 4096 */
    refuse_range(memory, 0, 16, 1);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O16, range_unaligned, T, "Offset 1, size 100: 1; offset 1000: 0")
{
    struct thing t;
    thing_buffer(&t);
    CUexternalMemory memory = import_thing(&t);
    CUdeviceptr ptr = 0;
    refuse_range(memory, 1, 100, 0);
    EXPECT_CU(map_at(memory, 1000, 100, 0, &ptr), CUDA_SUCCESS);
    EXPECT_CU(cuMemFree(ptr), CUDA_SUCCESS);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O17, range_twice, T, "The whole object mapped twice: two addresses, the same memory")
{
    struct thing t;
    thing_buffer(&t);
    CUexternalMemory memory = import_thing(&t);
    CUdeviceptr first = 0, second = 0;
    unsigned char seen[64] = {0}, wanted[64];
    memset(wanted, 0x5a, sizeof(wanted));
    REQUIRE_CU(map_at(memory, 0, t.size, 0, &first), CUDA_SUCCESS);
    REQUIRE_CU(map_at(memory, 0, t.size, 0, &second), CUDA_SUCCESS);
    EXPECT_TRUE(first != second);
    EXPECT_CUDA(cudaMemset((char *)(uintptr_t)first + t.size - 64, 0x5a, 64), cudaSuccess);
    EXPECT_CUDA(cudaMemcpy(seen, (char *)(uintptr_t)second + t.size - 64, 64,
                           cudaMemcpyDeviceToHost),
                cudaSuccess);
    EXPECT_BYTES(seen, wanted, sizeof(seen));
    EXPECT_CU(cuMemFree(first), CUDA_SUCCESS);
    EXPECT_CU(cuMemFree(second), CUDA_SUCCESS);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O18, array_of_null, T, "Mapping an array with a NULL argument: 1, for each of the three")
{
    struct thing t;
    thing_texture(&t, RGBA8, 64, 64, 1, 1, 64 * 64 * 4);
    CUexternalMemory memory = import_thing(&t);
    cu_array_desc desc = cu_array_of(U8, 4, 64, 64, 0, 1, 0);
    CUmipmappedArray array = UNTOUCHED;
    EXPECT_CU(cuExternalMemoryGetMappedMipmappedArray(NULL, memory, &desc), INVALID);
    EXPECT_CU(cuExternalMemoryGetMappedMipmappedArray(&array, memory, NULL), INVALID);
    refuse_array(NULL, desc);
    EXPECT_EQ(array, UNTOUCHED);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O19, array_of_depth_1, T, "A 2D texture may be mapped with depth 0 or 1: 0")
{
    struct thing t;
    thing_texture(&t, RGBA8, 64, 64, 1, 1, 64 * 64 * 4);
    CUexternalMemory memory = import_thing(&t);
    accept_array(memory, cu_array_of(U8, 4, 64, 64, 0, 1, 0));
    accept_array(memory, cu_array_of(U8, 4, 64, 64, 1, 1, 0));
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O20, array_mistakes, T, "Width 0, odd channels, no format, flags, sides, offset: 1")
{
    struct thing t;
    thing_texture(&t, RGBA8, 64, 32, 1, 6, 64 * 32 * 4 * 6);
    CUexternalMemory memory = import_thing(&t);
    const unsigned layered = CUDA_ARRAY3D_LAYERED, cube = CUDA_ARRAY3D_CUBEMAP;
    cu_array_desc at_end = cu_array_of(U8, 4, 64, 32, 6, 1, layered);
    at_end.offset = t.size;
    accept_array(memory, cu_array_of(U8, 4, 64, 32, 6, 1, layered)); /* the right one */
    refuse_array(memory, cu_array_of(U8, 4, 0, 32, 6, 1, layered));
    refuse_array(memory, cu_array_of(U8, 0, 64, 32, 6, 1, layered));
    refuse_array(memory, cu_array_of(U8, 3, 64, 32, 6, 1, layered));
    refuse_array(memory, cu_array_of(0, 4, 64, 32, 6, 1, layered));
    refuse_array(memory, cu_array_of(U8, 4, 64, 32, 6, 1, layered | 0x1000));
    refuse_array(memory, cu_array_of(U8, 4, 64, 32, 6, 1, cube)); /* not square */
    refuse_array(memory, cu_array_of(U8, 4, 8192, 8192, 6, 1, layered));
    refuse_array(memory, at_end);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

/* All levels of 64 x 64, four bytes each. */
#define BYTES_64 ((4096 + 1024 + 256 + 64 + 16 + 4 + 1) * 4)

CASE(O21, array_levels, T, "7 levels of 64 x 64: 0; 8 levels: 1")
{
    struct thing t;
    thing_texture(&t, RGBA8, 64, 64, 7, 1, BYTES_64);
    CUexternalMemory memory = import_thing(&t);
    accept_array(memory, cu_array_of(U8, 4, 64, 64, 0, 7, 0));
    refuse_array(memory, cu_array_of(U8, 4, 64, 64, 0, 8, 0));
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O22, array_of_0_levels, P, "0 levels corrupt the driver's heap; here they are refused")
{
    struct thing t;
#ifdef _WIN32
    SKIP("the driver was seen to corrupt its heap at 0 levels: never asked");
#endif
    thing_texture(&t, RGBA8, 64, 64, 1, 1, 64 * 64 * 4);
    CUexternalMemory memory = import_thing(&t);
    refuse_array(memory, cu_array_of(U8, 4, 64, 64, 0, 0, 0));
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

static void accept_texture(DXGI_FORMAT format, UINT slices, unsigned long long size,
                           cu_array_desc desc)
{
    struct thing t;
    thing_texture(&t, format, 64, 64, 1, slices, size);
    CUexternalMemory memory = import_thing(&t);
    accept_array(memory, desc);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

static void accept_layered_1d(void)
{
    D3D11_TEXTURE1D_DESC desc = {.Width = 64,
                                 .MipLevels = 1,
                                 .ArraySize = 4,
                                 .Format = RGBA8,
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                 .MiscFlags = SHARED};
    struct thing t;
    thing_open(&t);
    REQUIRE_HR(ID3D11Device_CreateTexture1D(t.rig.device, &desc, NULL,
                                            (ID3D11Texture1D **)&t.resource),
               S_OK);
    t.kmt = kmt_handle(t.resource);
    t.size = 64 * 4 * 4;
    CUexternalMemory memory = import_thing(&t);
    accept_array(memory, cu_array_of(U8, 4, 64, 0, 4, 1, CUDA_ARRAY3D_LAYERED));
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O23, array_kinds, T, "Cubemap, layered 1D, NV12, BC1 and normalized formats: 0")
{
    CONTEXT("cubemap"); /* TEXTURECUBE cannot be shared: six slices can */
    accept_texture(RGBA8, 6, 64 * 64 * 4 * 6,
                   cu_array_of(U8, 4, 64, 64, 6, 1, CUDA_ARRAY3D_CUBEMAP));
    CONTEXT("layered 1D");
    accept_layered_1d();
    CONTEXT("NV12");
    if (probe_on_gpu())
        DIFFERS("NV12: on a GPU each plane is an array of its own, and both as one are "
                "refused");
    else
        accept_texture(DXGI_FORMAT_NV12, 1, 64 * 64 * 3 / 2,
                       cu_array_of(CU_AD_FORMAT_NV12, 3, 64, 64, 0, 1, 0));
    CONTEXT("BC1");
    accept_texture(DXGI_FORMAT_BC1_UNORM, 1, 64 * 64 / 2,
                   cu_array_of(CU_AD_FORMAT_BC1_UNORM, 4, 64, 64, 0, 1, 0));
    CONTEXT("UNORM_INT8X4");
    accept_texture(RGBA8, 1, 64 * 64 * 4,
                   cu_array_of(CU_AD_FORMAT_UNORM_INT8X4, 4, 64, 64, 0, 1, 0));
}

CASE(O24, array_beside_a_buffer, T, "An array while a buffer mapping of the memory exists: 0")
{
    SKIP("measured on memory without a kind; a D3D11 resource is a buffer or a texture, and "
         "mapping it as the other is a mistake of its own (refused with 1)");
}

CASE(O25, level_beyond_the_last, T, "Level 1 of an array with 1 level: 1")
{
    struct thing t;
    thing_texture(&t, RGBA8, 64, 64, 1, 1, 64 * 64 * 4);
    CUexternalMemory memory = import_thing(&t);
    cu_array_desc desc = cu_array_of(U8, 4, 64, 64, 0, 1, 0);
    CUmipmappedArray array = NULL;
    CUarray level = UNTOUCHED;
    REQUIRE_CU(cuExternalMemoryGetMappedMipmappedArray(&array, memory, &desc), CUDA_SUCCESS);
    EXPECT_CU(cuMipmappedArrayGetLevel(&level, array, 1), INVALID);
    EXPECT_EQ(level, UNTOUCHED);
    EXPECT_CU(cuMipmappedArrayGetLevel(&level, array, 0), CUDA_SUCCESS);
    EXPECT_CU(cuMipmappedArrayDestroy(array), CUDA_SUCCESS);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O26, level_destroyed_first, T, "Destroying a level, then the mipmapped array: 0 and 0")
{
    struct thing t;
    thing_texture(&t, RGBA8, 64, 64, 7, 1, BYTES_64);
    CUexternalMemory memory = import_thing(&t);
    cu_array_desc desc = cu_array_of(U8, 4, 64, 64, 0, 7, 0);
    CUmipmappedArray array = NULL;
    CUarray level = NULL;
    REQUIRE_CU(cuExternalMemoryGetMappedMipmappedArray(&array, memory, &desc), CUDA_SUCCESS);
    REQUIRE_CU(cuMipmappedArrayGetLevel(&level, array, 3), CUDA_SUCCESS);
    EXPECT_CU(cuArrayDestroy(level), CUDA_SUCCESS);
    EXPECT_CU(cuMipmappedArrayDestroy(array), CUDA_SUCCESS);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O27, memory_destroyed_first, T, "A mapping works and is freed after its memory's destroy")
{
    struct thing t;
    thing_buffer(&t);
    CUexternalMemory memory = import_thing(&t);
    CUdeviceptr ptr = 0;
    REQUIRE_CU(map_at(memory, 0, t.size, 0, &ptr), CUDA_SUCCESS);
    write_buffer(&t.rig, (ID3D11Buffer *)t.resource, 31);
    rig_idle(&t.rig);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    expect_range((void *)(uintptr_t)ptr, t.size, 31); /* data intact */
    EXPECT_CUDA(cudaMemset((void *)(uintptr_t)ptr, 0, 16), cudaSuccess);
    EXPECT_CU(cuMemFree(ptr), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O28, ended_twice, T, "Freeing a mapping twice: 1; destroying NULL: 1")
{
    struct thing t;
    thing_buffer(&t);
    CUexternalMemory memory = import_thing(&t);
    CUdeviceptr ptr = 0;
    REQUIRE_CU(map_at(memory, 0, t.size, 0, &ptr), CUDA_SUCCESS);
    EXPECT_CU(cuMemFree(ptr), CUDA_SUCCESS);
    EXPECT_CU(cuMemFree(ptr), INVALID);
    EXPECT_CU(cuDestroyExternalMemory(NULL), INVALID);
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    thing_close(&t);
}

CASE(O29, runtime_channels, T, "The runtime: 24 bits in a channel, or 3 channels: 20")
{
    struct thing t;
    thing_texture(&t, RGBA8, 64, 64, 1, 1, 64 * 64 * 4);
    cudaExternalMemory_t memory = import_memory(MEMORY_KMT, t.kmt, t.size);
    const enum cudaChannelFormatKind kind = cudaChannelFormatKindUnsigned;
    array_desc odd = array_of(channels_of(24, 0, 0, 0, kind), 64, 64, 0, 1, 0);
    array_desc three = array_of(channels_of(8, 8, 8, 0, kind), 64, 64, 0, 1, 0);
    cudaMipmappedArray_t array = UNTOUCHED;
    EXPECT_CUDA(cudaExternalMemoryGetMappedMipmappedArray(&array, memory, &odd),
                cudaErrorInvalidChannelDescriptor);
    EXPECT_CUDA(cudaExternalMemoryGetMappedMipmappedArray(&array, memory, &three),
                cudaErrorInvalidChannelDescriptor);
    EXPECT_EQ(array, UNTOUCHED);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
    thing_close(&t);
}

CASE(O30, handles_are_interchangeable, T,
     "A runtime handle in driver calls, and the reverse: 0")
{
    struct thing t;
    thing_buffer(&t);
    cudaExternalMemory_t of_runtime = import_memory(MEMORY_KMT, t.kmt, t.size);
    CUexternalMemory of_driver = import_thing(&t);
    CUdeviceptr ptr = 0;
    EXPECT_CU(map_at((CUexternalMemory)of_runtime, 0, t.size, 0, &ptr), CUDA_SUCCESS);
    EXPECT_CUDA(cudaFree((void *)(uintptr_t)ptr), cudaSuccess);
    void *mapped = map_range((cudaExternalMemory_t)of_driver, 0, t.size);
    EXPECT_CU(cuMemFree((CUdeviceptr)(uintptr_t)mapped), CUDA_SUCCESS);
    EXPECT_CU(cuDestroyExternalMemory((CUexternalMemory)of_runtime), CUDA_SUCCESS);
    EXPECT_CUDA(cudaDestroyExternalMemory((cudaExternalMemory_t)of_driver), cudaSuccess);
    thing_close(&t);
}
