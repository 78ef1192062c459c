/* SPDX-License-Identifier: MIT */
/*
 * Resources of every dimension: what D3D11 writes CUDA reads where it lies, and the other way
 * round, in every level and slice.
 */
#include "nvidia_rig.h"

enum { BYTES = 65536 };

static unsigned char wrote[BYTES], found[BYTES];

void test_warm_up(void)
{
    both_warm_up();
}

struct shape {
    struct texture t;
    CUarray_format format;
    unsigned channels, texel;
};

static const struct shape shapes[] = {
    {{DXGI_FORMAT_R32_FLOAT, 100, 0, 0, 3, 1, 0}, CU_AD_FORMAT_FLOAT, 1, 4},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 0, 0, 1, 4, 0}, CU_AD_FORMAT_UNSIGNED_INT8, 4, 4},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 65, 33, 0, 1, 1, 0}, CU_AD_FORMAT_UNSIGNED_INT8, 4, 4},
    {{DXGI_FORMAT_B8G8R8A8_UNORM, 101, 77, 0, 1, 1, 0}, CU_AD_FORMAT_UNSIGNED_INT8, 4, 4},
    {{DXGI_FORMAT_R16G16B16A16_FLOAT, 48, 20, 0, 5, 1, 0}, CU_AD_FORMAT_HALF, 4, 8},
    {{DXGI_FORMAT_R32G32B32A32_FLOAT, 30, 17, 0, 1, 1, D3D11_BIND_RENDER_TARGET},
     CU_AD_FORMAT_FLOAT,
     4,
     16},
    {{DXGI_FORMAT_R8_UNORM, 33, 19, 0, 1, 1, 0}, CU_AD_FORMAT_UNSIGNED_INT8, 1, 1},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 32, 16, 0, 4, 4, 0}, CU_AD_FORMAT_UNSIGNED_INT8, 4, 4},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 16, 12, 8, 1, 1, 0}, CU_AD_FORMAT_UNSIGNED_INT8, 4, 4},
    {{DXGI_FORMAT_R32G32B32A32_FLOAT, 9, 7, 5, 3, 1, 0}, CU_AD_FORMAT_FLOAT, 4, 16},
};

/* One level: its rows in bytes, and how many there are of them. */
struct level {
    UINT row, rows, slices;
};

static UINT halve(UINT size, unsigned level)
{
    return size >> level ? size >> level : 1;
}

static struct level level_of(const struct shape *s, unsigned level)
{
    return (struct level){halve(s->t.width, level) * s->texel,
                          s->t.height ? halve(s->t.height, level) : 1,
                          s->t.depth ? halve(s->t.depth, level) : 1};
}

/* All that may be mapped of it. */
static unsigned long long size_of(const struct shape *s)
{
    unsigned long long size = 0;
    for (unsigned i = 0; i < s->t.levels; i++) {
        struct level l = level_of(s, i);
        size += (unsigned long long)l.row * l.rows * l.slices * s->t.slices;
    }
    return size;
}

/* Every subresource, with bytes of its own. */
static void d3d_write(struct both *b, ID3D11Resource *resource, const struct shape *s)
{
    for (UINT slice = 0; slice < s->t.slices; slice++)
        for (UINT level = 0; level < s->t.levels; level++) {
            struct level l = level_of(s, level);
            rig_bytes(wrote, (size_t)l.row * l.rows * l.slices, slice * 16 + level);
            ID3D11DeviceContext_UpdateSubresource(b->d3d.context, resource,
                                                  slice * s->t.levels + level, NULL, wrote,
                                                  l.row, l.row * l.rows);
        }
    both_flush(b);
}

static CUmipmappedArray map_array(const struct shape *s, CUexternalMemory memory)
{
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc = {.numLevels = s->t.levels};
    bool layered = s->t.slices > 1;
    desc.arrayDesc = (CUDA_ARRAY3D_DESCRIPTOR){
        .Width = s->t.width,
        .Height = s->t.height,
        .Depth = layered ? s->t.slices : s->t.depth,
        .Format = s->format,
        .NumChannels = s->channels,
        .Flags = layered ? CUDA_ARRAY3D_LAYERED : 0,
    };
    if (s->t.bind & D3D11_BIND_RENDER_TARGET)
        desc.arrayDesc.Flags |= CUDA_ARRAY3D_COLOR_ATTACHMENT;
    CUmipmappedArray mipmap = NULL;
    OK(cuExternalMemoryGetMappedMipmappedArray(&mipmap, memory, &desc));
    return mipmap;
}

/* One slice of a level between the array and host memory. */
static void cuda_copy(CUarray array, struct level l, UINT slice, unsigned char *host, bool in)
{
    CUDA_MEMCPY3D c = {.WidthInBytes = l.row, .Height = l.rows, .Depth = l.slices};
    c.srcMemoryType = in ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_ARRAY;
    c.dstMemoryType = in ? CU_MEMORYTYPE_ARRAY : CU_MEMORYTYPE_HOST;
    c.srcZ = in ? 0 : slice;
    c.dstZ = in ? slice : 0;
    c.srcHost = c.dstHost = host;
    c.srcArray = c.dstArray = array;
    c.srcPitch = c.dstPitch = l.row;
    c.srcHeight = c.dstHeight = l.rows;
    OK(cuMemcpy3D_v2(&c));
}

static void cuda_check_and_write(const struct shape *s, CUmipmappedArray mipmap)
{
    for (UINT slice = 0; slice < s->t.slices; slice++)
        for (UINT level = 0; level < s->t.levels; level++) {
            struct level l = level_of(s, level);
            size_t size = (size_t)l.row * l.rows * l.slices;
            CUarray array;
            OK(cuMipmappedArrayGetLevel(&array, mipmap, level));
            rig_bytes(wrote, size, slice * 16 + level);
            memset(found, 0, size);
            cuda_copy(array, l, slice, found, false);
            CHECK_MEM(found, wrote, size);
            rig_bytes(wrote, size, slice * 16 + level + 100);
            cuda_copy(array, l, slice, wrote, true);
        }
}

static void d3d_check(struct both *b, ID3D11Resource *resource, const struct shape *s)
{
    ID3D11Resource *staging = both_staging(b, s->t);
    ID3D11DeviceContext_CopyResource(b->d3d.context, staging, resource);
    for (UINT i = 0; i < s->t.slices * s->t.levels; i++) {
        struct level l = level_of(s, i % s->t.levels);
        D3D11_MAPPED_SUBRESOURCE map;
        rig_bytes(wrote, (size_t)l.row * l.rows * l.slices,
                  i / s->t.levels * 16 + i % s->t.levels + 100);
        CHECK_EQ(ID3D11DeviceContext_Map(b->d3d.context, staging, i, D3D11_MAP_READ, 0, &map),
                 S_OK);
        for (UINT z = 0; z < l.slices; z++)
            for (UINT y = 0; y < l.rows; y++)
                CHECK_MEM((char *)map.pData + z * map.DepthPitch + y * map.RowPitch,
                          wrote + (size_t)(z * l.rows + y) * l.row, l.row);
        ID3D11DeviceContext_Unmap(b->d3d.context, staging, i);
    }
    ID3D11Resource_Release(staging);
}

TEST(textures_are_the_same_bytes_on_both_sides)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        const struct shape *s = &shapes[i];
        struct both b = both_new();
        ID3D11Resource *texture = d3d_texture(&b.d3d, s->t, MISC_NT);
        d3d_write(&b, texture, s);
        CUexternalMemory memory = both_import(texture, size_of(s));
        CUmipmappedArray mipmap = map_array(s, memory);
        cuda_check_and_write(s, mipmap);
        OK(cuCtxSynchronize());
        d3d_check(&b, texture, s);
        OK(cuMipmappedArrayDestroy(mipmap));
        OK(cuDestroyExternalMemory(memory));
        ID3D11Resource_Release(texture);
        both_finish(&b);
    }
}

TEST(a_2d_texture_may_be_mapped_with_depth_1)
{
    struct shape s = shapes[2];
    struct both b = both_new();
    ID3D11Resource *texture = d3d_texture(&b.d3d, s.t, MISC_NT);
    d3d_write(&b, texture, &s);
    CUexternalMemory memory = both_import(texture, size_of(&s));
    s.t.depth = 1; /* only for the descriptor: the driver would lay it out as 3D */
    CUmipmappedArray mipmap = map_array(&s, memory);
    s.t.depth = 0;
    cuda_check_and_write(&s, mipmap);
    OK(cuMipmappedArrayDestroy(mipmap));
    OK(cuDestroyExternalMemory(memory));
    ID3D11Resource_Release(texture);
    both_finish(&b);
}

TEST(a_buffer_is_zeroed_shared_and_outlives_its_resource)
{
    struct both b = both_new();
    ID3D11Resource *buffer = d3d_buffer(&b.d3d, 4096, MISC_NT);
    CUexternalMemory memory = both_import(buffer, 4096);
    CUdeviceptr at;
    OK(map_buffer(&at, memory, 0, 4096));
    memset(wrote, 0, 4096);
    OK(cuMemcpyDtoH_v2(found, at, 4096));
    CHECK_MEM(found, wrote, 4096);
    rig_bytes(wrote, 4096, 1);
    ID3D11DeviceContext_UpdateSubresource(b.d3d.context, buffer, 0, NULL, wrote, 0, 0);
    both_flush(&b);
    OK(cuMemcpyDtoH_v2(found, at, 4096));
    CHECK_MEM(found, wrote, 4096);
    OK(cuDestroyExternalMemory(memory));
    ID3D11Resource_Release(buffer);
    OK(cuMemcpyDtoH_v2(found, at, 4096)); /* the mapping keeps the bytes */
    CHECK_MEM(found, wrote, 4096);
    OK(cuMemFree_v2(at));
    both_finish(&b);
}

/* Every clear that D3D11 has for a render target reaches CUDA's side. */
TEST(clears_fill_what_cuda_sees)
{
    struct shape s = shapes[2];
    struct both b = both_new();
    const float colour[4] = {1.0f, 0.0f, 1.0f, 1.0f};
    s.t.bind = D3D11_BIND_RENDER_TARGET;
    ID3D11Resource *texture = d3d_texture(&b.d3d, s.t, MISC_NT);
    ID3D11RenderTargetView *view;
    CHECK_EQ(ID3D11Device_CreateRenderTargetView(b.d3d.device, texture, NULL, &view), S_OK);
    ID3D11DeviceContext_ClearRenderTargetView(b.d3d.context, view, colour);
    both_flush(&b);
    CUexternalMemory memory = both_import(texture, size_of(&s));
    CUmipmappedArray mipmap = map_array(&s, memory);
    CUarray array;
    struct level l = level_of(&s, 0);
    OK(cuMipmappedArrayGetLevel(&array, mipmap, 0));
    cuda_copy(array, l, 0, found, false);
    for (size_t i = 0; i < (size_t)l.row * l.rows; i += 4)
        CHECK_MEM(found + i, "\xff\x00\xff\xff", 4);
    OK(cuMipmappedArrayDestroy(mipmap));
    OK(cuDestroyExternalMemory(memory));
    ID3D11RenderTargetView_Release(view);
    ID3D11Resource_Release(texture);
    both_finish(&b);
}

/* Host sources are read before the call returns, and the call does not wait for the GPU. */
TEST(an_update_reads_its_source_at_once_and_does_not_block)
{
    struct both b = both_new();
    ID3D11Fence *gate = d3d_fence(&b.d3d, 0);
    CUexternalSemaphore semaphore = import_fence(gate);
    ID3D11Resource *buffer = d3d_buffer(&b.d3d, 4096, MISC_NT);
    CUexternalMemory memory = both_import(buffer, 4096);
    CUdeviceptr at;
    OK(map_buffer(&at, memory, 0, 4096));
    CHECK_EQ(ID3D11DeviceContext4_Wait(b.d3d.context4, gate, 1), S_OK);
    rig_bytes(wrote, 4096, 3);
    ID3D11DeviceContext_UpdateSubresource(b.d3d.context, buffer, 0, NULL, wrote, 0, 0);
    memset(wrote, 0xee, 4096);
    OK(signal_value(semaphore, 1, (cudaStream_t)b.stream)); /* only now may it go on */
    both_flush(&b);
    rig_bytes(wrote, 4096, 3);
    OK(cuMemcpyDtoH_v2(found, at, 4096));
    CHECK_MEM(found, wrote, 4096);
    OK(cuMemFree_v2(at));
    OK(cuDestroyExternalMemory(memory));
    OK(cuDestroyExternalSemaphore(semaphore));
    ID3D11Fence_Release(gate);
    ID3D11Resource_Release(buffer);
    both_finish(&b);
}
