/* SPDX-License-Identifier: MIT */
/* What the cases of the oracle table share: things to import, and the driver's descriptors. */
#ifndef ISTHMUS_CONFORMANCE_GROUP_ORACLE_H
#define ISTHMUS_CONFORMANCE_GROUP_ORACLE_H

#include "group_g.h"

#define TYPE_NT CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE
#define TYPE_KMT CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE_KMT
#define TYPE_FENCE CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_FENCE

#define INVALID CUDA_ERROR_INVALID_VALUE
#define OBJECT_BYTES (4ULL << 20) /* as large as what was measured with */

typedef CUDA_EXTERNAL_MEMORY_HANDLE_DESC cu_memory_desc;
typedef CUDA_EXTERNAL_MEMORY_BUFFER_DESC cu_range_desc;
typedef CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC cu_array_desc;
typedef CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC cu_semaphore_desc;
typedef CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS cu_signal_params;
typedef CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS cu_wait_params;

/* Something of D3D11 to import by its KMT handle. */
struct thing {
    struct rig rig;
    ID3D11Resource *resource;
    HANDLE kmt;
    unsigned long long size;
};

static inline void thing_open(struct thing *t)
{
    NEEDS_CUDA();
    rig_open(&t->rig);
    REQUIRE_CUDA(cudaSetDevice(0), cudaSuccess); /* the driver's calls need its context */
}

static inline void thing_buffer(struct thing *t)
{
    thing_open(t);
    t->size = OBJECT_BYTES;
    t->resource = (ID3D11Resource *)rig_buffer(&t->rig, (UINT)t->size, SHARED);
    t->kmt = kmt_handle(t->resource);
}

/* A 2D texture of a byte size that the case says (it depends on the format). */
static inline void thing_texture(struct thing *t, DXGI_FORMAT format, UINT width, UINT height,
                                 UINT levels, UINT slices, unsigned long long size)
{
    D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED);
    ID3D11Texture2D *texture = NULL;
    desc.Width = width;
    desc.Height = height;
    desc.MipLevels = levels;
    desc.ArraySize = slices;
    desc.Format = format;
    thing_open(t);
    REQUIRE_HR(ID3D11Device_CreateTexture2D(t->rig.device, &desc, NULL, &texture), S_OK);
    t->resource = (ID3D11Resource *)texture;
    t->kmt = kmt_handle(texture);
    t->size = size;
}

static inline void thing_close(struct thing *t)
{
    EXPECT_EQ(release(t->resource), 0);
    rig_close(&t->rig);
}

static inline cu_memory_desc cu_memory_by(unsigned type, HANDLE handle, unsigned long long size)
{
    cu_memory_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = (CUexternalMemoryHandleType)type;
    desc.handle.win32.handle = handle;
    desc.size = size;
    desc.flags = CUDA_EXTERNAL_MEMORY_DEDICATED;
    return desc;
}

/* What the table calls good. */
static inline cu_memory_desc good_desc(const struct thing *t)
{
    return cu_memory_by(TYPE_KMT, t->kmt, t->size);
}

static inline CUexternalMemory import_thing(const struct thing *t)
{
    CUexternalMemory memory = NULL;
    cu_memory_desc desc = good_desc(t);
    REQUIRE_CU(cuImportExternalMemory(&memory, &desc), CUDA_SUCCESS);
    return memory;
}

/* The import is refused with this code and leaves its out parameter alone. */
static inline void refuse_import(cu_memory_desc desc, CUresult wanted)
{
    CUexternalMemory memory = UNTOUCHED;
    EXPECT_CU(cuImportExternalMemory(&memory, &desc), wanted);
    EXPECT_EQ(memory, UNTOUCHED);
}

/* The handle is as good as before: what the table calls "fd stays open". */
static inline void expect_importable(const struct thing *t)
{
    EXPECT_CU(cuDestroyExternalMemory(import_thing(t)), CUDA_SUCCESS);
}

static inline CUresult map_at(CUexternalMemory memory, unsigned long long offset,
                              unsigned long long size, unsigned flags, CUdeviceptr *out)
{
    cu_range_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.offset = offset;
    desc.size = size;
    desc.flags = flags;
    return cuExternalMemoryGetMappedBuffer(out, memory, &desc);
}

static inline void refuse_range(CUexternalMemory memory, unsigned long long offset,
                                unsigned long long size, unsigned flags)
{
    CUdeviceptr ptr = 1;
    EXPECT_CU(map_at(memory, offset, size, flags, &ptr), INVALID);
    EXPECT_EQ(ptr, 1);
}

static inline cu_array_desc cu_array_of(unsigned format, unsigned channels, size_t width,
                                        size_t height, size_t depth, unsigned levels,
                                        unsigned flags)
{
    cu_array_desc desc;
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

static inline void refuse_array(CUexternalMemory memory, cu_array_desc desc)
{
    CUmipmappedArray array = UNTOUCHED;
    EXPECT_CU(cuExternalMemoryGetMappedMipmappedArray(&array, memory, &desc), INVALID);
    EXPECT_EQ(array, UNTOUCHED);
}

static inline void accept_array(CUexternalMemory memory, cu_array_desc desc)
{
    CUmipmappedArray array = NULL;
    if (EXPECT_CU(cuExternalMemoryGetMappedMipmappedArray(&array, memory, &desc), CUDA_SUCCESS))
        EXPECT_CU(cuMipmappedArrayDestroy(array), CUDA_SUCCESS);
}

#endif
