/* SPDX-License-Identifier: MIT */
/*
 * What the tests of imports share: a D3D11 device with resources and fences to import, each
 * in one line, and the driver's descriptors. Include it instead of rig.h.
 */
#ifndef TESTS_UNIT_CUDA_D3D_RIG_H
#define TESTS_UNIT_CUDA_D3D_RIG_H

#define COBJMACROS
#include <initguid.h>
#include <d3d11_4.h>
#include <windows.h>

#include "gpu/primary.h"
#include "rig.h"

#define MISC_NT (D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define MISC_KMT D3D11_RESOURCE_MISC_SHARED
#define MISC_MUTEX_NT \
    (D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define MISC_MUTEX_KMT D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX

#define TYPE_MEMORY_NT CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE
#define TYPE_MEMORY_KMT CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE_KMT
#define TYPE_FENCE CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_FENCE
#define TYPE_MUTEX CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_KEYED_MUTEX
#define TYPE_MUTEX_KMT CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_KEYED_MUTEX_KMT

#define FOR_EVER 0xffffffffu

struct d3d {
    ID3D11Device *device;
    ID3D11Device5 *device5;
    ID3D11DeviceContext *context;
    ID3D11DeviceContext4 *context4;
};

static inline struct d3d d3d_new(void)
{
    struct d3d d;
    memset(&d, 0, sizeof(d));
    CHECK(gpu_primary_context());
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &d.device, NULL, &d.context),
             S_OK);
    CHECK_EQ(ID3D11Device_QueryInterface(d.device, &IID_ID3D11Device5, (void **)&d.device5),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(d.context, &IID_ID3D11DeviceContext4,
                                                (void **)&d.context4),
             S_OK);
    return d;
}

static inline void d3d_finish(struct d3d *d)
{
    ID3D11DeviceContext4_Release(d->context4);
    ID3D11DeviceContext_Release(d->context);
    ID3D11Device5_Release(d->device5);
    CHECK_EQ(ID3D11Device_Release(d->device), 0);
}

static inline ID3D11Resource *d3d_buffer(const struct d3d *d, UINT size, UINT misc)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = size,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = misc};
    ID3D11Buffer *buffer = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(d->device, &desc, NULL, &buffer), S_OK);
    return (ID3D11Resource *)buffer;
}

struct texture {
    DXGI_FORMAT format;
    UINT width, height, depth; /* height 0: 1D; depth 0: 1D or 2D */
    UINT levels, slices;       /* 0: 1 */
    UINT bind;                 /* besides shader resource */
};

static inline ID3D11Resource *d3d_texture(const struct d3d *d, struct texture t, UINT misc)
{
    UINT levels = t.levels ? t.levels : 1, slices = t.slices ? t.slices : 1;
    UINT bind = t.bind | D3D11_BIND_SHADER_RESOURCE;
    D3D11_TEXTURE1D_DESC one = {.Width = t.width,
                                .MipLevels = levels,
                                .ArraySize = slices,
                                .Format = t.format,
                                .BindFlags = bind,
                                .MiscFlags = misc};
    D3D11_TEXTURE2D_DESC two = {.Width = t.width,
                                .Height = t.height,
                                .MipLevels = levels,
                                .ArraySize = slices,
                                .Format = t.format,
                                .SampleDesc = {.Count = 1},
                                .BindFlags = bind,
                                .MiscFlags = misc};
    D3D11_TEXTURE3D_DESC three = {.Width = t.width,
                                  .Height = t.height,
                                  .Depth = t.depth,
                                  .MipLevels = levels,
                                  .Format = t.format,
                                  .BindFlags = bind,
                                  .MiscFlags = misc};
    ID3D11Resource *made = NULL;
    HRESULT hr;
    if (!t.height)
        hr = ID3D11Device_CreateTexture1D(d->device, &one, NULL, (ID3D11Texture1D **)&made);
    else if (!t.depth)
        hr = ID3D11Device_CreateTexture2D(d->device, &two, NULL, (ID3D11Texture2D **)&made);
    else
        hr = ID3D11Device_CreateTexture3D(d->device, &three, NULL, (ID3D11Texture3D **)&made);
    CHECK_EQ(hr, S_OK);
    return made;
}

static inline HANDLE d3d_nt(ID3D11Resource *resource, const WCHAR *name)
{
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource1, (void **)&dxgi),
             S_OK);
    CHECK_EQ(IDXGIResource1_CreateSharedHandle(dxgi, NULL,
                                               DXGI_SHARED_RESOURCE_READ |
                                                   DXGI_SHARED_RESOURCE_WRITE,
                                               name, &handle),
             S_OK);
    IDXGIResource1_Release(dxgi);
    return handle;
}

static inline HANDLE d3d_kmt(ID3D11Resource *resource)
{
    IDXGIResource *dxgi = NULL;
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource, (void **)&dxgi), S_OK);
    CHECK_EQ(IDXGIResource_GetSharedHandle(dxgi, &handle), S_OK);
    CHECK(handle != NULL);
    IDXGIResource_Release(dxgi);
    return handle;
}

static inline IDXGIKeyedMutex *d3d_mutex(ID3D11Resource *resource)
{
    IDXGIKeyedMutex *mutex = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(resource, &IID_IDXGIKeyedMutex, (void **)&mutex),
             S_OK);
    return mutex;
}

static inline ID3D11Fence *d3d_fence(const struct d3d *d, UINT64 value)
{
    ID3D11Fence *fence = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(d->device5, value, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    return fence;
}

static inline HANDLE d3d_fence_nt(ID3D11Fence *fence, const WCHAR *name)
{
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, name, &handle), S_OK);
    return handle;
}

/* Sets a fence from D3D11's side, in the order of its context. */
static inline void d3d_signal(const struct d3d *d, ID3D11Fence *fence, UINT64 value)
{
    CHECK_EQ(ID3D11DeviceContext4_Signal(d->context4, fence, value), S_OK);
}

/* ---- the driver's descriptors ------------------------------------------------------------ */

typedef CUDA_EXTERNAL_MEMORY_HANDLE_DESC memory_desc;
typedef CUDA_EXTERNAL_MEMORY_BUFFER_DESC buffer_desc;
typedef CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC array_desc;
typedef CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC semaphore_desc;
typedef CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS signal_params;
typedef CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS wait_params;

static inline memory_desc memory_by(unsigned type, HANDLE handle, const void *name,
                                    unsigned long long size)
{
    memory_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = (CUexternalMemoryHandleType)type;
    desc.handle.win32.handle = handle;
    desc.handle.win32.name = name;
    desc.size = size;
    desc.flags = CUDA_EXTERNAL_MEMORY_DEDICATED;
    return desc;
}

static inline semaphore_desc semaphore_by(unsigned type, HANDLE handle, const void *name)
{
    semaphore_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = (CUexternalSemaphoreHandleType)type;
    desc.handle.win32.handle = handle;
    desc.handle.win32.name = name;
    return desc;
}

static inline CUexternalMemory import_memory(unsigned type, HANDLE handle,
                                             unsigned long long size)
{
    CUexternalMemory memory = NULL;
    memory_desc desc = memory_by(type, handle, NULL, size);
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), CUDA_SUCCESS);
    return memory;
}

static inline CUexternalSemaphore import_semaphore(unsigned type, HANDLE handle)
{
    CUexternalSemaphore semaphore = NULL;
    semaphore_desc desc = semaphore_by(type, handle, NULL);
    CHECK_EQ(cuImportExternalSemaphore(&semaphore, &desc), CUDA_SUCCESS);
    return semaphore;
}

/* Imports a fence in one line; its handle is closed at once, as the guide does. */
static inline CUexternalSemaphore import_fence(ID3D11Fence *fence)
{
    HANDLE handle = d3d_fence_nt(fence, NULL);
    CUexternalSemaphore semaphore = import_semaphore(TYPE_FENCE, handle);
    CHECK(CloseHandle(handle));
    return semaphore;
}

static inline CUresult map_buffer(CUdeviceptr *out, CUexternalMemory memory,
                                  unsigned long long offset, unsigned long long size)
{
    buffer_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.offset = offset;
    desc.size = size;
    return cuExternalMemoryGetMappedBuffer(out, memory, &desc);
}

static inline CUresult signal_value(CUexternalSemaphore semaphore, unsigned long long value,
                                    cudaStream_t stream)
{
    signal_params params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = value;
    params.params.keyedMutex.key = value;
    return cuSignalExternalSemaphoresAsync(&semaphore, &params, 1, (CUstream)stream);
}

static inline CUresult wait_value(CUexternalSemaphore semaphore, unsigned long long value,
                                  unsigned timeout_ms, cudaStream_t stream)
{
    wait_params params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = value;
    params.params.keyedMutex.key = value;
    params.params.keyedMutex.timeoutMs = timeout_ms;
    return cuWaitExternalSemaphoresAsync(&semaphore, &params, 1, (CUstream)stream);
}

#endif
