/* SPDX-License-Identifier: MIT */
/*
 * A D3D11 device of the GPU and CUDA's driver beside it, as a program has them: memory and
 * semaphores come through libisthmus-cuda13, everything else is the (fake) driver's own.
 */
#ifndef TESTS_NVIDIA_RIG_H
#define TESTS_NVIDIA_RIG_H

#include "../unit/cuda/d3d_rig.h"

#include "cuda_driver.h"
#include "fakecuda.h"

#undef OK
#define OK(call) CHECK_EQ(call, CUDA_SUCCESS)

struct both {
    struct d3d d3d;
    CUcontext ctx;
    CUstream stream;
    ID3D11Fence *fence; /* what orders the two sides in both_flush() */
    UINT64 value;
};

static inline struct both both_new(void)
{
    struct both b = {.d3d = d3d_new()};
    OK(cuInit(0));
    OK(cuDevicePrimaryCtxRetain(&b.ctx, 0));
    OK(cuCtxPushCurrent_v2(b.ctx));
    OK(cuStreamCreate(&b.stream, CU_STREAM_NON_BLOCKING));
    b.fence = d3d_fence(&b.d3d, 0);
    return b;
}

static inline void both_finish(struct both *b)
{
    ID3D11Fence_Release(b->fence);
    d3d_finish(&b->d3d);
    OK(cuStreamSynchronize(b->stream));
    OK(cuStreamDestroy_v2(b->stream));
    OK(cuCtxPopCurrent_v2(NULL));
    OK(cuDevicePrimaryCtxRelease_v2(0));
}

/* Until all that the context was given is done. */
static inline void both_flush(struct both *b)
{
    d3d_signal(&b->d3d, b->fence, ++b->value);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(b->fence, b->value, NULL), S_OK);
}

/* What the device keeps for itself is made once. */
static inline void both_warm_up(void)
{
    struct both b = both_new();
    ID3D11Resource *buffer = d3d_buffer(&b.d3d, 4096, MISC_NT);
    both_flush(&b);
    ID3D11Resource_Release(buffer);
    both_finish(&b);
}

/* The resource's memory in CUDA: all of it, or as much as the importer says. */
static inline CUexternalMemory both_import(ID3D11Resource *resource, unsigned long long size)
{
    HANDLE handle = d3d_nt(resource, NULL);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, handle, size);
    CHECK(CloseHandle(handle));
    return memory;
}

static inline void rig_bytes(unsigned char *to, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(i * 7 + i / 251 + seed * 13);
}

/* A staging twin of a texture, or of a buffer (format UNKNOWN). */
static inline ID3D11Resource *both_staging(struct both *b, struct texture t)
{
    UINT access = D3D11_CPU_ACCESS_READ | D3D11_CPU_ACCESS_WRITE;
    UINT levels = t.levels ? t.levels : 1, slices = t.slices ? t.slices : 1;
    D3D11_BUFFER_DESC bytes = {.ByteWidth = t.width,
                               .Usage = D3D11_USAGE_STAGING,
                               .CPUAccessFlags = access};
    D3D11_TEXTURE1D_DESC one = {t.width, levels, slices, t.format, D3D11_USAGE_STAGING,
                                0,       access, 0};
    D3D11_TEXTURE2D_DESC two = {
        t.width, t.height, levels, slices, t.format, {1, 0}, D3D11_USAGE_STAGING, 0, access, 0};
    D3D11_TEXTURE3D_DESC three = {t.width, t.height, t.depth,
                                  levels,  t.format, D3D11_USAGE_STAGING,
                                  0,       access,   0};
    ID3D11Device *device = b->d3d.device;
    ID3D11Resource *made = NULL;
    HRESULT hr;
    if (t.format == DXGI_FORMAT_UNKNOWN)
        hr = ID3D11Device_CreateBuffer(device, &bytes, NULL, (ID3D11Buffer **)&made);
    else if (!t.height)
        hr = ID3D11Device_CreateTexture1D(device, &one, NULL, (ID3D11Texture1D **)&made);
    else if (!t.depth)
        hr = ID3D11Device_CreateTexture2D(device, &two, NULL, (ID3D11Texture2D **)&made);
    else
        hr = ID3D11Device_CreateTexture3D(device, &three, NULL, (ID3D11Texture3D **)&made);
    CHECK_EQ(hr, S_OK);
    return made;
}

#endif
