/* SPDX-License-Identifier: MIT */
/*
 * A C++ program as it is written for Windows: classes, ComPtr, __uuidof, and the import
 * functions of calls.h. One texture goes through CUDA and back, ordered by a shared fence.
 */
#include "calls.h"
#include "test.h"

#include <cuda_runtime.h>
#include <d3d11_4.h>
#include <dxgi1_2.h>
#include <wrl/client.h>

#include <vector>

using Microsoft::WRL::ComPtr;

size_t rig_live_objects(void) __asm__("ist_private_object_live_count");

size_t test_live_objects(void)
{
    return rig_live_objects();
}

struct Devices {
    ComPtr<ID3D11Device5> device;
    ComPtr<ID3D11DeviceContext4> context;

    Devices()
    {
        ComPtr<ID3D11Device> first;
        ComPtr<ID3D11DeviceContext> immediate;
        CHECK(
            SUCCEEDED(D3D11CreateDevice(nullptr, D3D_DRIVER_TYPE_HARDWARE, nullptr, 0, nullptr,
                                        0, D3D11_SDK_VERSION, &first, nullptr, &immediate)));
        CHECK(SUCCEEDED(first.As(&device)));
        CHECK(SUCCEEDED(immediate.As(&context)));
    }
};

void test_warm_up(void)
{
    Devices devices;
    CHECK(cudaFree(nullptr) == cudaSuccess);
}

TEST(frame_goes_through_cuda_and_back)
{
    const UINT width = 40, height = 25, row = width * 4;
    std::vector<unsigned char> wrote(row * height), seen(row * height);
    for (size_t i = 0; i < wrote.size(); i++)
        wrote[i] = static_cast<unsigned char>(i * 31 + 7);

    Devices devices;
    CD3D11_TEXTURE2D_DESC desc(DXGI_FORMAT_R8G8B8A8_UNORM, width, height, 1, 1);
    desc.MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
    ComPtr<ID3D11Texture2D> texture, opened;
    ComPtr<IDXGIResource1> shared;
    HANDLE handle = nullptr, sync = nullptr;
    CHECK(devices.device->CreateTexture2D(&desc, nullptr, &texture) == S_OK);
    CHECK(texture.As(&shared) == S_OK);
    CHECK(shared->CreateSharedHandle(nullptr, GENERIC_ALL, nullptr, &handle) == S_OK);
    CHECK(devices.device->OpenSharedResource1(handle, IID_PPV_ARGS(&opened)) == S_OK);
    cudaExternalMemory_t memory = import_calls.memory_nt(handle, row * height);

    ComPtr<ID3D11Fence> fence;
    CHECK(devices.device->CreateFence(7, D3D11_FENCE_FLAG_SHARED, IID_PPV_ARGS(&fence)) ==
          S_OK);
    CHECK(fence->GetCompletedValue() == 7); /* 64 bits come back whole */
    CHECK(fence->CreateSharedHandle(nullptr, GENERIC_ALL, nullptr, &sync) == S_OK);
    cudaExternalSemaphore_t semaphore = import_calls.fence_nt(sync);

    cudaExternalMemoryMipmappedArrayDesc array_desc = {};
    array_desc.formatDesc = cudaCreateChannelDesc(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    array_desc.extent = make_cudaExtent(width, height, 0);
    array_desc.numLevels = 1;
    cudaMipmappedArray_t mipmaps = nullptr;
    cudaArray_t array = nullptr;
    cudaStream_t stream = nullptr;
    CHECK(cudaExternalMemoryGetMappedMipmappedArray(&mipmaps, memory, &array_desc) ==
          cudaSuccess);
    CHECK(cudaGetMipmappedArrayLevel(&array, mipmaps, 0) == cudaSuccess);
    CHECK(cudaStreamCreate(&stream) == cudaSuccess);

    /* Written through the one D3D11 object, read by CUDA, changed by CUDA. */
    devices.context->UpdateSubresource(texture.Get(), 0, nullptr, wrote.data(), row, 0);
    CHECK(devices.context->Signal(fence.Get(), 8) == S_OK);
    devices.context->Flush();
    cudaExternalSemaphoreWaitParams wait = {};
    wait.params.fence.value = 8;
    CHECK(cudaWaitExternalSemaphoresAsync(&semaphore, &wait, 1, stream) == cudaSuccess);
    CHECK(cudaMemcpy2DFromArrayAsync(seen.data(), row, array, 0, 0, row, height,
                                     cudaMemcpyDeviceToHost, stream) == cudaSuccess);
    CHECK(cudaStreamSynchronize(stream) == cudaSuccess);
    CHECK_MEM(seen.data(), wrote.data(), wrote.size());
    for (size_t i = 0; i < wrote.size(); i++)
        wrote[i] ^= 0xff;
    CHECK(cudaMemcpy2DToArrayAsync(array, 0, 0, wrote.data(), row, row, height,
                                   cudaMemcpyHostToDevice, stream) == cudaSuccess);
    cudaExternalSemaphoreSignalParams signal = {};
    signal.params.fence.value = 9;
    CHECK(cudaSignalExternalSemaphoresAsync(&semaphore, &signal, 1, stream) == cudaSuccess);

    /* Read through the other one, behind the fence. */
    CD3D11_TEXTURE2D_DESC staging_desc(DXGI_FORMAT_R8G8B8A8_UNORM, width, height, 1, 1, 0,
                                       D3D11_USAGE_STAGING, D3D11_CPU_ACCESS_READ);
    ComPtr<ID3D11Texture2D> staging;
    D3D11_MAPPED_SUBRESOURCE mapped;
    CHECK(devices.device->CreateTexture2D(&staging_desc, nullptr, &staging) == S_OK);
    CHECK(devices.context->Wait(fence.Get(), 9) == S_OK);
    devices.context->CopyResource(staging.Get(), opened.Get());
    CHECK(devices.context->Map(staging.Get(), 0, D3D11_MAP_READ, 0, &mapped) == S_OK);
    for (UINT y = 0; y < height; y++)
        CHECK_MEM(static_cast<const char *>(mapped.pData) + y * mapped.RowPitch,
                  &wrote[y * row], row);
    devices.context->Unmap(staging.Get(), 0);

    CHECK(cudaStreamDestroy(stream) == cudaSuccess);
    CHECK(cudaFreeMipmappedArray(mipmaps) == cudaSuccess);
    CHECK(cudaDestroyExternalSemaphore(semaphore) == cudaSuccess);
    CHECK(cudaDestroyExternalMemory(memory) == cudaSuccess);
}
