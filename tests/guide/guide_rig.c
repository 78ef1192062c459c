/* SPDX-License-Identifier: MIT */
/* See guide_rig.h. Everything fails the running test by itself; nobody checks a result
 * twice. */
#define INITGUID
#include "guide_rig.h"

/* CUDA's device is the one with the adapter's LUID, as on Windows. */
static void select_cuda_device(ID3D11Device *device)
{
    IDXGIDevice *dxgi = NULL;
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc;
    int count = 0, chosen = -1;
    CHECK_EQ(ID3D11Device_QueryInterface(device, &IID_IDXGIDevice, (void **)&dxgi), S_OK);
    CHECK_EQ(IDXGIDevice_GetAdapter(dxgi, &adapter), S_OK);
    CHECK_EQ(IDXGIAdapter_GetDesc(adapter, &desc), S_OK);
    IDXGIAdapter_Release(adapter);
    IDXGIDevice_Release(dxgi);

    CHECK_EQ(cudaGetDeviceCount(&count), cudaSuccess);
    for (int i = 0; i < count; i++) {
        struct cudaDeviceProp prop;
        CHECK_EQ(cudaGetDeviceProperties(&prop, i), cudaSuccess);
        if (memcmp(prop.luid, &desc.AdapterLuid, sizeof(prop.luid)) == 0)
            chosen = i;
    }
    CHECK(chosen >= 0);
    CHECK_EQ(cudaSetDevice(chosen), cudaSuccess);
}

void rig_start(struct rig *rig)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL;
    D3D_FEATURE_LEVEL level;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &device, &level, &context),
             S_OK);
    CHECK_EQ(ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&rig->device),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(context, &IID_ID3D11DeviceContext4,
                                                (void **)&rig->context),
             S_OK);
    select_cuda_device(device);
    ID3D11Device_Release(device);
    ID3D11DeviceContext_Release(context);
    CHECK_EQ(cudaStreamCreateWithFlags(&rig->stream, cudaStreamNonBlocking), cudaSuccess);
}

void rig_finish(struct rig *rig)
{
    CHECK_EQ(cudaStreamSynchronize(rig->stream), cudaSuccess);
    CHECK_EQ(cudaStreamDestroy(rig->stream), cudaSuccess);
    ID3D11DeviceContext4_Release(rig->context);
    CHECK_EQ(ID3D11Device5_Release(rig->device), 0);
}

void rig_flush(struct rig *rig)
{
    D3D11_QUERY_DESC desc = {D3D11_QUERY_EVENT, 0};
    ID3D11Query *query = NULL;
    WINBOOL done = FALSE;
    HRESULT hr;
    CHECK_EQ(ID3D11Device5_CreateQuery(rig->device, &desc, &query), S_OK);
    ID3D11DeviceContext4_End(rig->context, (ID3D11Asynchronous *)query);
    ID3D11DeviceContext4_Flush(rig->context);
    do {
        hr = ID3D11DeviceContext4_GetData(rig->context, (ID3D11Asynchronous *)query, &done,
                                          sizeof(done), 0);
    } while (hr == S_FALSE);
    CHECK_EQ(hr, S_OK);
    CHECK_EQ(done, TRUE);
    ID3D11Query_Release(query);
}

void rig_pattern(unsigned char *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7 + (i >> 8) * 13 + seed);
}

ID3D11Resource *rig_buffer(struct rig *rig, UINT size, UINT misc)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = size,
                              .Usage = D3D11_USAGE_DEFAULT,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = misc};
    ID3D11Buffer *buffer = NULL;
    CHECK_EQ(ID3D11Device5_CreateBuffer(rig->device, &desc, NULL, &buffer), S_OK);
    return (ID3D11Resource *)buffer;
}

ID3D11Resource *rig_texture1d(struct rig *rig, UINT width, UINT misc)
{
    D3D11_TEXTURE1D_DESC desc = {.Width = width,
                                 .MipLevels = 1,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                 .MiscFlags = misc};
    ID3D11Texture1D *texture = NULL;
    CHECK_EQ(ID3D11Device5_CreateTexture1D(rig->device, &desc, NULL, &texture), S_OK);
    return (ID3D11Resource *)texture;
}

ID3D11Resource *rig_texture2d(struct rig *rig, UINT width, UINT height, UINT misc)
{
    D3D11_TEXTURE2D_DESC desc = {.Width = width,
                                 .Height = height,
                                 .MipLevels = 1,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .SampleDesc = {1, 0},
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                 .MiscFlags = misc};
    ID3D11Texture2D *texture = NULL;
    CHECK_EQ(ID3D11Device5_CreateTexture2D(rig->device, &desc, NULL, &texture), S_OK);
    return (ID3D11Resource *)texture;
}

ID3D11Fence *rig_fence(struct rig *rig, UINT64 value)
{
    ID3D11Fence *fence = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(rig->device, value, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    return fence;
}

void rig_d3d_write(struct rig *rig, ID3D11Resource *to, const void *bytes, UINT row_bytes)
{
    ID3D11DeviceContext4_UpdateSubresource(rig->context, to, 0, NULL, bytes, row_bytes, 0);
}

/* A staging object of the same shape. */
static ID3D11Resource *staging_of(struct rig *rig, ID3D11Resource *resource)
{
    D3D11_RESOURCE_DIMENSION dimension;
    ID3D11Resource_GetType(resource, &dimension);
    if (dimension == D3D11_RESOURCE_DIMENSION_BUFFER) {
        D3D11_BUFFER_DESC desc;
        ID3D11Buffer *buffer = NULL;
        ID3D11Buffer_GetDesc((ID3D11Buffer *)resource, &desc);
        desc.Usage = D3D11_USAGE_STAGING;
        desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
        desc.BindFlags = desc.MiscFlags = 0;
        CHECK_EQ(ID3D11Device5_CreateBuffer(rig->device, &desc, NULL, &buffer), S_OK);
        return (ID3D11Resource *)buffer;
    }
    if (dimension == D3D11_RESOURCE_DIMENSION_TEXTURE1D) {
        D3D11_TEXTURE1D_DESC desc;
        ID3D11Texture1D *texture = NULL;
        ID3D11Texture1D_GetDesc((ID3D11Texture1D *)resource, &desc);
        desc.Usage = D3D11_USAGE_STAGING;
        desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
        desc.BindFlags = desc.MiscFlags = 0;
        CHECK_EQ(ID3D11Device5_CreateTexture1D(rig->device, &desc, NULL, &texture), S_OK);
        return (ID3D11Resource *)texture;
    }
    D3D11_TEXTURE2D_DESC desc;
    ID3D11Texture2D *texture = NULL;
    CHECK_EQ(dimension, D3D11_RESOURCE_DIMENSION_TEXTURE2D);
    ID3D11Texture2D_GetDesc((ID3D11Texture2D *)resource, &desc);
    desc.Usage = D3D11_USAGE_STAGING;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    desc.BindFlags = desc.MiscFlags = 0;
    CHECK_EQ(ID3D11Device5_CreateTexture2D(rig->device, &desc, NULL, &texture), S_OK);
    return (ID3D11Resource *)texture;
}

void rig_d3d_read(struct rig *rig, ID3D11Resource *from, void *bytes, UINT row_bytes, UINT rows)
{
    ID3D11Resource *staging = staging_of(rig, from);
    D3D11_MAPPED_SUBRESOURCE mapped;
    ID3D11DeviceContext4_CopyResource(rig->context, staging, from);
    CHECK_EQ(ID3D11DeviceContext4_Map(rig->context, staging, 0, D3D11_MAP_READ, 0, &mapped),
             S_OK);
    for (UINT y = 0; y < rows; y++)
        memcpy((char *)bytes + (size_t)y * row_bytes,
               (const char *)mapped.pData + (size_t)y * mapped.RowPitch, row_bytes);
    ID3D11DeviceContext4_Unmap(rig->context, staging, 0);
    ID3D11Resource_Release(staging);
}

HANDLE rig_nt_handle(ID3D11Resource *resource, LPCWSTR name)
{
    IDXGIResource1 *shared = NULL;
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource1, (void **)&shared),
             S_OK);
    CHECK_EQ(IDXGIResource1_CreateSharedHandle(shared, NULL,
                                               DXGI_SHARED_RESOURCE_READ |
                                                   DXGI_SHARED_RESOURCE_WRITE,
                                               name, &handle),
             S_OK);
    CHECK(handle != NULL);
    IDXGIResource1_Release(shared);
    return handle;
}

HANDLE rig_kmt_handle(ID3D11Resource *resource)
{
    IDXGIResource *shared = NULL;
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource, (void **)&shared),
             S_OK);
    CHECK_EQ(IDXGIResource_GetSharedHandle(shared, &handle), S_OK);
    CHECK_EQ((ULONG_PTR)handle & 0x3f, 2);
    IDXGIResource_Release(shared);
    return handle;
}

void *rig_map_buffer(cudaExternalMemory_t memory, size_t size)
{
    struct cudaExternalMemoryBufferDesc desc;
    void *pointer = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.size = size;
    CHECK_EQ(cudaExternalMemoryGetMappedBuffer(&pointer, memory, &desc), cudaSuccess);
    CHECK(pointer != NULL);
    return pointer;
}

struct rig_array rig_map_array(cudaExternalMemory_t memory, size_t width, size_t height)
{
    struct cudaExternalMemoryMipmappedArrayDesc desc;
    struct rig_array array = {NULL, NULL};
    memset(&desc, 0, sizeof(desc));
    desc.formatDesc = cudaCreateChannelDesc(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    desc.extent.width = width;
    desc.extent.height = height;
    desc.numLevels = 1;
    CHECK_EQ(cudaExternalMemoryGetMappedMipmappedArray(&array.mipmaps, memory, &desc),
             cudaSuccess);
    CHECK_EQ(cudaGetMipmappedArrayLevel(&array.level, array.mipmaps, 0), cudaSuccess);
    return array;
}

static void signal(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long value,
                   unsigned long long key)
{
    struct cudaExternalSemaphoreSignalParams params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = value;
    params.params.keyedMutex.key = key;
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(&sem, &params, 1, rig->stream), cudaSuccess);
}

static void wait(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long value,
                 unsigned long long key)
{
    struct cudaExternalSemaphoreWaitParams params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = value;
    params.params.keyedMutex.key = key;
    params.params.keyedMutex.timeoutMs = RIG_TIMEOUT_MS;
    CHECK_EQ(cudaWaitExternalSemaphoresAsync(&sem, &params, 1, rig->stream), cudaSuccess);
}

void rig_signal_fence(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long value)
{
    signal(rig, sem, value, 0);
}

void rig_wait_fence(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long value)
{
    wait(rig, sem, value, 0);
}

void rig_signal_key(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long key)
{
    signal(rig, sem, 0, key);
}

void rig_wait_key(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long key)
{
    wait(rig, sem, 0, key);
}
