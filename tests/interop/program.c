/* SPDX-License-Identifier: MIT */
/*
 * A C program of NVIDIA's world: NVIDIA's headers, the shared runtime, a Direct3D 11 texture
 * and fences imported. It knows nothing of Isthmus but the D3D11 library it links.
 */
#define COBJMACROS
#include <initguid.h>
#include <d3d11_4.h>
#include <windows.h>

#include <cuda_runtime_api.h>

#include "check.h"

#include <string.h>

enum { WIDTH = 33, HEIGHT = 7, BYTES = WIDTH * HEIGHT * 4 };

struct side {
    ID3D11Device *device;
    ID3D11Device5 *device5;
    ID3D11DeviceContext *context;
    ID3D11DeviceContext4 *context4;
};

static struct side side_new(void)
{
    struct side s;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &s.device, NULL, &s.context),
             S_OK);
    CHECK_EQ(ID3D11Device_QueryInterface(s.device, &IID_ID3D11Device5, (void **)&s.device5),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(s.context, &IID_ID3D11DeviceContext4,
                                                (void **)&s.context4),
             S_OK);
    return s;
}

static void side_finish(struct side *s)
{
    ID3D11DeviceContext4_Release(s->context4);
    ID3D11DeviceContext_Release(s->context);
    ID3D11Device5_Release(s->device5);
    CHECK_EQ(ID3D11Device_Release(s->device), 0);
}

/* The properties of NVIDIA's struct, and the adapter of the D3D11 device by its LUID. */
static void check_properties(const struct side *s)
{
    struct cudaDeviceProp prop;
    IDXGIDevice *dxgi = NULL;
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc;
    int version = 0, count = 0, threads = 0;
    CHECK_EQ(cudaRuntimeGetVersion(&version), cudaSuccess);
    CHECK_EQ(version / 1000, CUDART_VERSION / 1000);
    CHECK_EQ(cudaGetDeviceCount(&count), cudaSuccess);
    CHECK(count >= 1);
    memset(&prop, 0xa5, sizeof(prop));
    CHECK_EQ(cudaGetDeviceProperties(&prop, 0), cudaSuccess);
    CHECK_EQ(cudaDeviceGetAttribute(&threads, cudaDevAttrMaxThreadsPerBlock, 0), cudaSuccess);
    CHECK_EQ(prop.maxThreadsPerBlock, threads);
    CHECK(prop.name[0] && prop.totalGlobalMem > 0);

    CHECK_EQ(ID3D11Device_QueryInterface(s->device, &IID_IDXGIDevice, (void **)&dxgi), S_OK);
    CHECK_EQ(IDXGIDevice_GetAdapter(dxgi, &adapter), S_OK);
    CHECK_EQ(IDXGIAdapter_GetDesc(adapter, &desc), S_OK);
    CHECK_EQ(memcmp(&desc.AdapterLuid.LowPart, prop.luid, 4), 0);
    CHECK_EQ(memcmp(&desc.AdapterLuid.HighPart, prop.luid + 4, 4), 0);
    IDXGIAdapter_Release(adapter);
    IDXGIDevice_Release(dxgi);
}

static void CUDART_CB double_bytes(void *user)
{
    unsigned char *bytes = (unsigned char *)user;
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(bytes[i] * 2);
}

/* Memory, stream, event, host function: what surrounds interop in every program. */
static void check_streams(void)
{
    static unsigned char in[BYTES];
    unsigned char *pinned = NULL;
    void *memory = NULL;
    cudaStream_t stream = NULL;
    cudaEvent_t start = NULL, end = NULL;
    struct cudaPointerAttributes attr;
    float ms = -1;
    for (int i = 0; i < BYTES; i++)
        in[i] = (unsigned char)i;
    CHECK_EQ(cudaMalloc(&memory, BYTES), cudaSuccess);
    CHECK_EQ(cudaMallocHost((void **)&pinned, BYTES), cudaSuccess);
    CHECK_EQ(cudaPointerGetAttributes(&attr, memory), cudaSuccess);
    CHECK_EQ(attr.type, cudaMemoryTypeDevice);
    CHECK_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    CHECK_EQ(cudaEventCreate(&start), cudaSuccess);
    CHECK_EQ(cudaEventCreate(&end), cudaSuccess);
    CHECK_EQ(cudaEventRecord(start, stream), cudaSuccess);
    CHECK_EQ(cudaMemcpyAsync(memory, in, BYTES, cudaMemcpyHostToDevice, stream), cudaSuccess);
    CHECK_EQ(cudaMemcpyAsync(pinned, memory, BYTES, cudaMemcpyDeviceToHost, stream),
             cudaSuccess);
    CHECK_EQ(cudaLaunchHostFunc(stream, double_bytes, pinned), cudaSuccess);
    CHECK_EQ(cudaEventRecord(end, stream), cudaSuccess);
    CHECK_EQ(cudaEventSynchronize(end), cudaSuccess);
    CHECK_EQ(cudaEventElapsedTime(&ms, start, end), cudaSuccess);
    CHECK(ms >= 0);
    for (int i = 0; i < BYTES; i++)
        CHECK_EQ(pinned[i], (unsigned char)(i * 2));
    CHECK_EQ(cudaEventDestroy(start), cudaSuccess);
    CHECK_EQ(cudaEventDestroy(end), cudaSuccess);
    CHECK_EQ(cudaStreamDestroy(stream), cudaSuccess);
    CHECK_EQ(cudaFreeHost(pinned), cudaSuccess);
    CHECK_EQ(cudaFree(memory), cudaSuccess);
}

static ID3D11Texture2D *texture_new(const struct side *s, const void *texels, HANDLE *handle)
{
    D3D11_TEXTURE2D_DESC desc = {.Width = WIDTH,
                                 .Height = HEIGHT,
                                 .MipLevels = 1,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .SampleDesc = {.Count = 1},
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                 .MiscFlags = D3D11_RESOURCE_MISC_SHARED_NTHANDLE |
                                              D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX};
    D3D11_SUBRESOURCE_DATA init = {.pSysMem = texels, .SysMemPitch = WIDTH * 4};
    ID3D11Texture2D *texture = NULL;
    IDXGIResource1 *dxgi = NULL;
    CHECK_EQ(ID3D11Device_CreateTexture2D(s->device, &desc, &init, &texture), S_OK);
    CHECK_EQ(ID3D11Texture2D_QueryInterface(texture, &IID_IDXGIResource1, (void **)&dxgi),
             S_OK);
    CHECK_EQ(IDXGIResource1_CreateSharedHandle(dxgi, NULL,
                                               DXGI_SHARED_RESOURCE_READ |
                                                   DXGI_SHARED_RESOURCE_WRITE,
                                               NULL, handle),
             S_OK);
    IDXGIResource1_Release(dxgi);
    return texture;
}

static cudaMipmappedArray_t map(cudaExternalMemory_t memory)
{
    cudaMipmappedArray_t mipmapped = NULL;
    cudaExternalMemoryMipmappedArrayDesc desc;
    memset(&desc, 0, sizeof(desc));
    desc.formatDesc = cudaCreateChannelDesc(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    desc.extent.width = WIDTH;
    desc.extent.height = HEIGHT;
    desc.numLevels = 1;
    CHECK_EQ(cudaExternalMemoryGetMappedMipmappedArray(&mipmapped, memory, &desc), cudaSuccess);
    return mipmapped;
}

static void check_memory_import(const struct side *s)
{
    unsigned char texels[BYTES], found[BYTES];
    HANDLE handle = NULL;
    cudaExternalMemory_t memory = NULL;
    cudaExternalMemoryHandleDesc desc;
    cudaArray_t level = NULL;
    for (int i = 0; i < BYTES; i++)
        texels[i] = (unsigned char)(i * 7);
    ID3D11Texture2D *texture = texture_new(s, texels, &handle);
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalMemoryHandleTypeD3D11Resource;
    desc.handle.win32.handle = handle;
    desc.size = BYTES;
    desc.flags = cudaExternalMemoryDedicated;
    CHECK_EQ(cudaImportExternalMemory(&memory, &desc), cudaSuccess);
    CHECK(CloseHandle(handle));

    cudaMipmappedArray_t mipmapped = map(memory);
    CHECK_EQ(cudaGetMipmappedArrayLevel(&level, mipmapped, 0), cudaSuccess);
    CHECK_EQ(cudaMemcpy2DFromArray(found, WIDTH * 4, level, 0, 0, WIDTH * 4, HEIGHT,
                                   cudaMemcpyDeviceToHost),
             cudaSuccess);
    CHECK_EQ(memcmp(found, texels, BYTES), 0);
    CHECK_EQ(cudaFreeMipmappedArray(mipmapped), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    ID3D11Texture2D_Release(texture);
}

/* Two fences in one call: the stride of the parameters is that of this header. */
static void check_fences(const struct side *s)
{
    ID3D11Fence *fence[2];
    cudaExternalSemaphore_t semaphore[2];
    cudaExternalSemaphoreSignalParams signal[2];
    cudaExternalSemaphoreWaitParams wait[2];
    memset(signal, 0, sizeof(signal));
    memset(wait, 0, sizeof(wait));
    for (int i = 0; i < 2; i++) {
        HANDLE handle = NULL;
        cudaExternalSemaphoreHandleDesc desc;
        CHECK_EQ(ID3D11Device5_CreateFence(s->device5, 0, D3D11_FENCE_FLAG_SHARED,
                                           &IID_ID3D11Fence, (void **)&fence[i]),
                 S_OK);
        CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence[i], NULL, GENERIC_ALL, NULL, &handle),
                 S_OK);
        memset(&desc, 0, sizeof(desc));
        desc.type = cudaExternalSemaphoreHandleTypeD3D11Fence;
        desc.handle.win32.handle = handle;
        CHECK_EQ(cudaImportExternalSemaphore(&semaphore[i], &desc), cudaSuccess);
        CHECK(CloseHandle(handle));
        wait[i].params.fence.value = 10 + (unsigned)i;
        signal[i].params.fence.value = 20 + (unsigned)i;
        CHECK_EQ(ID3D11DeviceContext4_Signal(s->context4, fence[i], 10 + (unsigned)i), S_OK);
    }
    ID3D11DeviceContext_Flush(s->context);
    CHECK_EQ(cudaWaitExternalSemaphoresAsync(semaphore, wait, 2, 0), cudaSuccess);
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(semaphore, signal, 2, 0), cudaSuccess);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(ID3D11Fence_GetCompletedValue(fence[i]), 20 + i);
        CHECK_EQ(cudaDestroyExternalSemaphore(semaphore[i]), cudaSuccess);
        ID3D11Fence_Release(fence[i]);
    }
}

int main(void)
{
    struct side s = side_new();
    cudaGraph_t graph = NULL;
    check_properties(&s);
    check_streams();
    check_memory_import(&s);
    check_fences(&s);
    CHECK_EQ(cudaGraphCreate(&graph, 0), cudaErrorNotSupported);
    CHECK_EQ(cudaGetLastError(), cudaErrorNotSupported);
    side_finish(&s);
    puts("properties, streams, memory and fences work");
    return 0;
}
