/* SPDX-License-Identifier: MIT */
/*
 * Everything a program can have when its GPU is lost, reset, or left behind: memory, textures,
 * imports, mappings, fences, a thread that waits. For children (child.h) over the fake driver
 * and on real GPUs, so nothing here asks the fake for anything. Only one kernel is ours, which
 * faults.
 */
#ifndef TESTS_NVIDIA_WORLD_H
#define TESTS_NVIDIA_WORLD_H

#include "child.h"

#include <pthread.h>
#include <stdatomic.h>

enum { WORLD_BYTES = 65536, WORLD_SIDE = 128 };

struct world {
    struct d3d d;
    CUcontext ctx;
    CUstream stream;
    CUmodule module;
    ID3D11Resource *buffer, *texture, *other, *staging;
    ID3D11RenderTargetView *view;
    ID3D11Fence *fence, *behind; /* behind: somebody waits for it, and it never comes */
    CUexternalMemory memory, picture;
    CUexternalSemaphore semaphore, late;
    CUdeviceptr at;
    CUmipmappedArray array;
    unsigned char *mapped; /* of the staging texture */
    pthread_t waiter;
    atomic_int waited; /* 0, or 1 and what it got */
    HRESULT result;
};

static const char world_ptx[] = ".version 6.0\n"
                                ".target sm_50\n"
                                ".address_size 64\n"
                                ".visible .entry ist_test_trap()\n"
                                "{\n"
                                " trap;\n"
                                " ret;\n"
                                "}\n"
                                ".visible .entry ist_test_bad_address()\n"
                                "{\n"
                                " .reg .b64 %a;\n"
                                " .reg .b32 %v;\n"
                                " mov.u64 %a, 16;\n"
                                " mov.u32 %v, 7;\n"
                                " st.global.u32 [%a], %v;\n"
                                " ret;\n"
                                "}\n";

static void *world_wait(void *arg)
{
    struct world *w = arg;
    w->result = ID3D11Fence_SetEventOnCompletion(w->behind, 1, NULL);
    atomic_store(&w->waited, 1);
    return NULL;
}

static inline ID3D11Fence *world_fence(struct world *w, CUexternalSemaphore *out)
{
    ID3D11Fence *fence = NULL;
    NEED(ID3D11Device5_CreateFence(w->d.device5, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                   (void **)&fence) == S_OK);
    *out = import_fence(fence);
    return fence;
}

static inline CUexternalMemory world_import(ID3D11Resource *resource, unsigned long long size)
{
    HANDLE handle = d3d_nt(resource, NULL);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, handle, size);
    NEED(CloseHandle(handle));
    return memory;
}

static inline void world_textures(struct world *w)
{
    const struct texture t = {.format = DXGI_FORMAT_R8G8B8A8_UNORM,
                              .width = WORLD_SIDE,
                              .height = WORLD_SIDE,
                              .bind = D3D11_BIND_RENDER_TARGET};
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc = {
        .arrayDesc = {.Width = WORLD_SIDE,
                      .Height = WORLD_SIDE,
                      .Format = CU_AD_FORMAT_UNSIGNED_INT8,
                      .NumChannels = 4,
                      .Flags = CUDA_ARRAY3D_COLOR_ATTACHMENT},
        .numLevels = 1,
    };
    struct both b = {.d3d = w->d};
    w->texture = d3d_texture(&w->d, t, MISC_NT);
    w->other = d3d_texture(&w->d, t, 0);
    w->staging = both_staging(&b, t);
    NEED(ID3D11Device_CreateRenderTargetView(w->d.device, w->texture, NULL, &w->view) == S_OK);
    w->picture = world_import(w->texture, WORLD_SIDE * WORLD_SIDE * 4);
    NEED(!cuExternalMemoryGetMappedMipmappedArray(&w->array, w->picture, &desc));
}

/* D3D11's side does all that it can do. */
static inline void world_use_d3d(struct world *w)
{
    static const unsigned char bytes[WORLD_BYTES];
    const float red[4] = {1, 0, 0, 1};
    ID3D11DeviceContext *context = w->d.context;
    ID3D11DeviceContext_UpdateSubresource(context, w->buffer, 0, NULL, bytes, 0, 0);
    ID3D11DeviceContext_ClearRenderTargetView(context, w->view, red);
    ID3D11DeviceContext_CopyResource(context, w->other, w->texture);
    ID3D11DeviceContext_CopyResource(context, w->staging, w->other);
    ID3D11DeviceContext_Flush(context);
}

static inline void world_map(struct world *w)
{
    D3D11_MAPPED_SUBRESOURCE map;
    NEED(ID3D11DeviceContext_Map(w->d.context, w->staging, 0, D3D11_MAP_READ_WRITE, 0, &map) ==
         S_OK);
    w->mapped = map.pData;
    NEED(memcmp(w->mapped, "\xff\x00\x00\xff", 4) == 0);
}

static inline void world_make(struct world *w)
{
    memset(w, 0, sizeof(*w));
    NEED(!cuInit(0) && !cuDevicePrimaryCtxRetain(&w->ctx, 0) && !cuCtxSetCurrent(w->ctx));
    NEED(!cuModuleLoadData(&w->module, world_ptx)); /* now: no stream waits yet */
    NEED(!cuStreamCreate(&w->stream, CU_STREAM_NON_BLOCKING));
    NEED(try_device(NULL, &w->d) == S_OK);
    w->buffer = d3d_buffer(&w->d, WORLD_BYTES, MISC_NT);
    w->fence = world_fence(w, &w->semaphore);
    w->behind = world_fence(w, &w->late);
    w->memory = world_import(w->buffer, WORLD_BYTES);
    NEED(!map_buffer(&w->at, w->memory, 0, WORLD_BYTES));
    world_textures(w);
    world_use_d3d(w);
    NEED(ID3D11DeviceContext4_Signal(w->d.context4, w->fence, 1) == S_OK);
    NEED(!wait_value(w->semaphore, 1, 0, (cudaStream_t)w->stream));
    NEED(!cuMemsetD8Async(w->at, 7, WORLD_BYTES, w->stream));
    NEED(!signal_value(w->semaphore, 2, (cudaStream_t)w->stream));
    NEED(ID3D11Fence_SetEventOnCompletion(w->fence, 2, NULL) == S_OK);
    world_map(w);
    NEED(pthread_create(&w->waiter, NULL, world_wait, w) == 0);
}

/*
 * A stream that waits for a word which nobody writes, and then signals `behind`. Not where a
 * kernel is to fault or the context is to be reset: with such a stream the GPU does not come to
 * the fault, and the reset does not return (H100, driver 580.159.04, 2026-11-21).
 */
static inline void world_get_stuck(struct world *w)
{
    void *word;
    NEED(!cuMemHostAlloc(&word, 4096, 2));
    memset(word, 0, 4096);
    NEED(!cuStreamWaitValue64_v2(w->stream, (CUdeviceptr)(uintptr_t)word, 1, 0));
    NEED(!signal_value(w->late, 1, (cudaStream_t)w->stream));
}

enum world_end { END_TRAP, END_BAD_ADDRESS, END_RESET, ENDS };

/*
 * The kernel's fault is seen by whoever asks next; here that is nobody. The signal behind the
 * kernel is submitted, and never comes.
 */
static inline void world_end(struct world *w, enum world_end how)
{
    static const char *const names[] = {"ist_test_trap", "ist_test_bad_address"};
    CUfunction function;
    if (how == END_RESET) {
        NEED(!cuDevicePrimaryCtxReset_v2(0));
        return;
    }
    NEED(!cuModuleGetFunction(&function, w->module, names[how]));
    NEED(!cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, w->stream, NULL, NULL));
    (void)signal_value(w->late, 1, (cudaStream_t)w->stream);
}

static inline HRESULT world_try_buffer(struct world *w)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = 4096,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = MISC_NT};
    ID3D11Buffer *buffer = NULL;
    HRESULT hr = ID3D11Device_CreateBuffer(w->d.device, &desc, NULL, &buffer);
    if (SUCCEEDED(hr))
        ID3D11Buffer_Release(buffer);
    return hr;
}

#endif
