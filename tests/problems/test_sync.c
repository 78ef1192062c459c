/* SPDX-License-Identifier: MIT */
/* B.6 and B.7: the device that fits, and fences. */
#include "problem.h"

#include <dxgi1_2.h>

static LUID adapter_luid(const struct d3d *d)
{
    IDXGIDevice *dxgi = NULL;
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc;
    CHECK_EQ(ID3D11Device_QueryInterface(d->device, &IID_IDXGIDevice, (void **)&dxgi), S_OK);
    CHECK_EQ(IDXGIDevice_GetAdapter(dxgi, &adapter), S_OK);
    CHECK_EQ(IDXGIAdapter_GetDesc(adapter, &desc), S_OK);
    IDXGIAdapter_Release(adapter);
    IDXGIDevice_Release(dxgi);
    return desc.AdapterLuid;
}

/* The match that the guide asks for is possible: both sides tell one LUID, and it is not 0. */
TEST(problem_53_zero_luid)
{
    struct d3d d = d3d_new();
    LUID luid = adapter_luid(&d), none = {0, 0};
    struct cudaDeviceProp prop;
    OK(cudaGetDeviceProperties(&prop, 0));
    CHECK(memcmp(&luid, &none, sizeof(luid)) != 0);
    CHECK_MEM(prop.luid, &luid, sizeof(luid));
    CHECK_EQ(prop.luidDeviceNodeMask, 1);
    d3d_finish(&d);
}

/* Stable: a second D3D11 device and a second look have the same. */
TEST(problem_54_linux_has_no_luid)
{
    struct d3d a = d3d_new(), b = d3d_new();
    LUID first = adapter_luid(&a), second = adapter_luid(&b);
    CHECK_MEM(&first, &second, sizeof(first));
    d3d_finish(&a);
    d3d_finish(&b);
}

TEST(problem_55_ordinal_that_is_no_device)
{
    int count = 0;
    if (gpu_device_wanted())
        SKIP("NVIDIA's own runtime answers, and we are not asked");
    OK(cudaGetDeviceCount(&count));
    EXPLAINED(cudaSetDevice(count), cudaErrorInvalidDevice, "device");
    (void)cudaGetLastError();
}

/* The one that a signal is for waits: with the guide's order nothing runs without it. */
TEST(problem_56_the_wait_needs_its_signal)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    CHECK_EQ(wait_value(semaphore, 1, 0, stream), CUDA_SUCCESS);
    CHECK_EQ(cudaStreamQuery(stream), cudaErrorNotReady);
    d3d_signal(&d, fence, 1);
    rig_stream_end(stream);
    (void)cudaGetLastError();
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

/* A fence may go back: lost devices elsewhere, an ordinary value here. */
TEST(problem_63_fence_reset_to_zero)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    CHECK_EQ(signal_value(semaphore, 15, NULL), CUDA_SUCCESS);
    OK(cudaDeviceSynchronize());
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 15);
    CHECK_EQ(signal_value(semaphore, 0, NULL), CUDA_SUCCESS);
    OK(cudaDeviceSynchronize());
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 0);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

TEST(problem_64_wait_before_signal)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    cudaStream_t waiting = rig_stream(cudaStreamNonBlocking);
    cudaStream_t signalling = rig_stream(cudaStreamNonBlocking);
    CHECK_EQ(wait_value(semaphore, 1, 0, waiting), CUDA_SUCCESS);
    CHECK_EQ(ID3D11DeviceContext4_Wait(d.context4, fence, 2), S_OK);
    CHECK_EQ(signal_value(semaphore, 2, signalling), CUDA_SUCCESS);
    rig_stream_end(waiting);
    rig_stream_end(signalling);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, 2, NULL), S_OK);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

TEST(problem_65_wait_for_one_ends_at_one)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    cudaStream_t one = rig_stream(cudaStreamNonBlocking);
    cudaStream_t two = rig_stream(cudaStreamNonBlocking);
    CHECK_EQ(wait_value(semaphore, 1, 0, one), CUDA_SUCCESS);
    CHECK_EQ(wait_value(semaphore, 2, 0, two), CUDA_SUCCESS);
    d3d_signal(&d, fence, 1);
    OK(cudaStreamSynchronize(one));
    CHECK_EQ(cudaStreamQuery(two), cudaErrorNotReady);
    d3d_signal(&d, fence, 2);
    rig_stream_end(one);
    rig_stream_end(two);
    (void)cudaGetLastError();
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

/* The wait has its value from the call on: neither the parameters nor a reset change it. */
TEST(problem_66_reset_does_not_move_the_target)
{
    if (gpu_device_wanted())
        SKIP("a GPU's stream looks when it reaches the wait: what came and went is not seen");
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    wait_params params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = 8;
    CHECK_EQ(cuWaitExternalSemaphoresAsync(&semaphore, &params, 1, (CUstream)stream),
             CUDA_SUCCESS);
    params.params.fence.value = 99;
    d3d_signal(&d, fence, 8);
    d3d_signal(&d, fence, 0);
    rig_stream_end(stream);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 0);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}
