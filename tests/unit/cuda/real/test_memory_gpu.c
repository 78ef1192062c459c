/* SPDX-License-Identifier: MIT */
/* D3D11's memory in CUDA, byte for byte, on the fake driver. */
#include "rig_gpu.h"

#define SIZE 100000u

void test_warm_up(void)
{
    gpu_warm_up();
}

static ID3D11Resource *filled_buffer(const struct d3d *d, const unsigned char *bytes)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = SIZE,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = MISC_NT};
    D3D11_SUBRESOURCE_DATA data = {.pSysMem = bytes};
    ID3D11Buffer *buffer = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(d->device, &desc, &data, &buffer), S_OK);
    return (ID3D11Resource *)buffer;
}

static CUexternalMemory import_and_close(ID3D11Resource *resource, unsigned long long size)
{
    HANDLE handle = d3d_nt(resource, NULL);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, handle, size);
    CHECK(CloseHandle(handle));
    return memory;
}

/* What D3D11 sees of a buffer: a copy that the host maps. */
static void read_buffer(const struct d3d *d, ID3D11Resource *from, unsigned char *to)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = SIZE,
                              .Usage = D3D11_USAGE_STAGING,
                              .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
    ID3D11Buffer *staging = NULL;
    D3D11_MAPPED_SUBRESOURCE mapped;
    CHECK_EQ(ID3D11Device_CreateBuffer(d->device, &desc, NULL, &staging), S_OK);
    ID3D11DeviceContext_CopyResource(d->context, (ID3D11Resource *)staging, from);
    CHECK_EQ(ID3D11DeviceContext_Map(d->context, (ID3D11Resource *)staging, 0, D3D11_MAP_READ,
                                     0, &mapped),
             S_OK);
    memcpy(to, mapped.pData, SIZE);
    ID3D11DeviceContext_Unmap(d->context, (ID3D11Resource *)staging, 0);
    ID3D11Buffer_Release(staging);
}

TEST(a_buffer_is_one_piece_of_memory)
{
    static unsigned char wrote[SIZE], read[SIZE];
    struct d3d d = d3d_new();
    rig_pattern(wrote, SIZE, 1);
    ID3D11Resource *buffer = filled_buffer(&d, wrote);
    CUexternalMemory memory = import_and_close(buffer, SIZE);
    CUdeviceptr first, second;
    CU(map_buffer(&first, memory, 0, SIZE));
    CU(cuMemcpyDtoH_v2(read, first, SIZE));
    CHECK_MEM(read, wrote, SIZE);
    rig_pattern(wrote, SIZE, 2);
    CU(cuMemcpyHtoD_v2(first, wrote, SIZE));
    read_buffer(&d, buffer, read);
    CHECK_MEM(read, wrote, SIZE);

    CU(map_buffer(&second, memory, 4096, 4096));
    CHECK(second != first + 4096);
    CU(cuMemcpyDtoH_v2(read, second, 4096));
    CHECK_MEM(read, wrote + 4096, 4096);
    CU(cuMemFree_v2(first));
    CU(cuMemFree_v2(second));
    CU(cuDestroyExternalMemory(memory));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* Each plane is an array of its own; the program names the second by D3D11's layout. */
TEST(both_planes_of_a_planar_texture_are_mapped)
{
    enum { W = 64, H = 32, BYTES = W * H * 3 / 2 };
    static unsigned char wrote[BYTES], read[W * H];
    static const struct texture planar = {DXGI_FORMAT_NV12, W, H, 0, 0, 0, 0};
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, planar, MISC_NT);
    rig_pattern(wrote, BYTES, 4);
    ID3D11DeviceContext_UpdateSubresource(d.context, texture, 0, NULL, wrote, W, 0);
    ID3D11Fence *fence = d3d_fence(&d, 0);
    d3d_signal(&d, fence, 1);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, 1, NULL), S_OK);
    ID3D11Fence_Release(fence);
    CUexternalMemory memory = import_and_close(texture, BYTES);
    for (unsigned plane = 0; plane < 2; plane++) {
        CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc = {.numLevels = 1,
                                                          .offset = plane ? W * H : 0};
        unsigned rows = H >> plane;
        desc.arrayDesc = (CUDA_ARRAY3D_DESCRIPTOR){W >> plane, rows,
                                                   0,          CU_AD_FORMAT_UNSIGNED_INT8,
                                                   plane + 1,  0};
        CUmipmappedArray mipmap = NULL;
        CUarray level = NULL;
        CU(cuExternalMemoryGetMappedMipmappedArray(&mipmap, memory, &desc));
        CU(cuMipmappedArrayGetLevel(&level, mipmap, 0));
        CUDA_MEMCPY3D copy = {.srcMemoryType = CU_MEMORYTYPE_ARRAY,
                              .srcArray = level,
                              .dstMemoryType = CU_MEMORYTYPE_HOST,
                              .dstHost = read,
                              .dstPitch = W,
                              .dstHeight = rows,
                              .WidthInBytes = W,
                              .Height = rows,
                              .Depth = 1};
        CU(cuMemcpy3DAsync_v2(&copy, NULL));
        CU(cuStreamSynchronize(NULL));
        CHECK_MEM(read, wrote + (plane ? W * H : 0), W * rows);
        CU(cuMipmappedArrayDestroy(mipmap));
    }
    CU(cuDestroyExternalMemory(memory));
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

TEST(a_mapping_outlives_import_and_resource)
{
    static unsigned char wrote[SIZE], read[SIZE];
    struct d3d d = d3d_new();
    rig_pattern(wrote, SIZE, 3);
    ID3D11Resource *buffer = filled_buffer(&d, wrote);
    CUexternalMemory memory = import_and_close(buffer, SIZE);
    CUdeviceptr pointer;
    CU(map_buffer(&pointer, memory, 0, SIZE));
    CU(cuDestroyExternalMemory(memory));
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    d3d_finish(&d);
    CHECK_EQ(core_live_count(), 0);
    CU(cuMemcpyDtoH_v2(read, pointer, SIZE));
    CHECK_MEM(read, wrote, SIZE);
    CU(cuMemFree_v2(pointer));
    CHECK_EQ(cuMemFree_v2(pointer), 1);
}

TEST(one_memory_is_imported_twice)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    CUexternalMemory first = import_and_close(buffer, SIZE);
    CUexternalMemory second = import_and_close(buffer, SIZE);
    CHECK(first != second);
    CU(cuDestroyExternalMemory(first));
    CU(cuDestroyExternalMemory(second));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* One texture, its bytes, and what CUDA reads of it. */
#define WIDTH 61u
#define HEIGHT 33u
#define ROW (WIDTH * 4)

static ID3D11Resource *filled_texture(const struct d3d *d, const unsigned char *bytes)
{
    D3D11_TEXTURE2D_DESC desc = {.Width = WIDTH,
                                 .Height = HEIGHT,
                                 .MipLevels = 1,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .SampleDesc = {.Count = 1},
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                 .MiscFlags = MISC_NT};
    D3D11_SUBRESOURCE_DATA data = {.pSysMem = bytes, .SysMemPitch = ROW};
    ID3D11Texture2D *texture = NULL;
    CHECK_EQ(ID3D11Device_CreateTexture2D(d->device, &desc, &data, &texture), S_OK);
    return (ID3D11Resource *)texture;
}

static void read_level(CUmipmappedArray array, unsigned char *to)
{
    CUarray level = NULL;
    CUDA_MEMCPY3D copy;
    memset(&copy, 0, sizeof(copy));
    CU(cuMipmappedArrayGetLevel(&level, array, 0));
    copy.srcMemoryType = CU_MEMORYTYPE_ARRAY;
    copy.srcArray = level;
    copy.dstMemoryType = CU_MEMORYTYPE_HOST;
    copy.dstHost = to;
    copy.dstPitch = ROW;
    copy.WidthInBytes = ROW;
    copy.Height = HEIGHT;
    copy.Depth = 1;
    CU(cuMemcpy3D_v2(&copy));
}

/* The fake lays 2D with depth 1 out otherwise, as NVIDIA's driver does. */
TEST(a_texture_is_the_same_texels_whatever_its_missing_side_is_called)
{
    static unsigned char wrote[ROW * HEIGHT], read[ROW * HEIGHT];
    struct d3d d = d3d_new();
    rig_pattern(wrote, sizeof(wrote), 5);
    ID3D11Resource *texture = filled_texture(&d, wrote);
    CUexternalMemory memory = import_and_close(texture, sizeof(wrote));
    for (size_t depth = 0; depth < 2; depth++) {
        CUmipmappedArray array = NULL;
        array_desc desc;
        memset(&desc, 0, sizeof(desc));
        desc.arrayDesc.Width = WIDTH;
        desc.arrayDesc.Height = HEIGHT;
        desc.arrayDesc.Depth = depth;
        desc.arrayDesc.Format = CU_AD_FORMAT_UNSIGNED_INT8;
        desc.arrayDesc.NumChannels = 4;
        desc.arrayDesc.Flags = CUDA_ARRAY3D_SURFACE_LDST;
        desc.numLevels = 1;
        CU(cuExternalMemoryGetMappedMipmappedArray(&array, memory, &desc));
        memset(read, 0, sizeof(read));
        read_level(array, read);
        CHECK_MEM(read, wrote, sizeof(read));
        CU(cuMipmappedArrayDestroy(array));
    }
    CU(cuDestroyExternalMemory(memory));
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

TEST(an_import_while_a_stream_is_captured_is_the_drivers_to_refuse)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, SIZE);
    CUexternalMemory memory;
    CUgraph graph = NULL;
    CUstream stream = gpu_stream();
    CU(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), 900);
    CHECK_EQ(cuStreamEndCapture(stream, &graph), 901);
    CU(cuStreamDestroy_v2(stream));
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    CHECK_EQ(core_live_count(), 0);
    d3d_finish(&d);
}

TEST(the_other_gpu_is_refused_with_both_names)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL), fence_handle;
    ID3D11Fence *fence = d3d_fence(&d, 0);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, SIZE);
    semaphore_desc other;
    CUexternalMemory memory;
    CUexternalSemaphore semaphore;
    char names[2][64];
    for (int i = 0; i < 2; i++)
        CU(cuDeviceGetName(names[i], sizeof(names[i]), i));
    fence_handle = d3d_fence_nt(fence, NULL);
    other = semaphore_by(TYPE_FENCE, fence_handle, NULL);
    gpu_context(1);
    REFUSED(cuImportExternalMemory(&memory, &desc), 101, names[0]);
    CHECK(strstr(ist_explain(), names[1]) != NULL);
    REFUSED(cuImportExternalSemaphore(&semaphore, &other), 101, names[0]);
    gpu_context(0);
    CHECK(CloseHandle(handle));
    CHECK(CloseHandle(fence_handle));
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

TEST(each_gpu_has_the_luid_of_its_adapter)
{
    char luid[2][8];
    unsigned mask = 0;
    CU(cuDeviceGetLuid(luid[0], &mask, 0));
    CHECK_EQ(mask, 1);
    CU(cuDeviceGetLuid(luid[1], &mask, 1));
    CHECK(memcmp(luid[0], luid[1], 8) != 0);
    CHECK_EQ(fakecuda_calls("cuDeviceGetLuid"), 0);
}

/* Whatever fails, nothing is left; and then it works. */
TEST(every_failure_of_the_driver_leaves_nothing)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, SIZE);
    CUexternalMemory memory;
    CUdeviceptr pointer;
    fakecuda_fail("cuImportExternalMemory", 1, 2);
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), 2);
    fakecuda_fail("cuCtxGetId", 1, 3);
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), 3);
    fakecuda_fail(NULL, 0, 0);
    CU(cuImportExternalMemory(&memory, &desc));
    fakecuda_fail("cuExternalMemoryGetMappedBuffer", 1, 2);
    CHECK_EQ(map_buffer(&pointer, memory, 0, SIZE), 2);
    fakecuda_fail(NULL, 0, 0);
    CU(cuDestroyExternalMemory(memory));
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    d3d_finish(&d);
}
