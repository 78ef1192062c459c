/* SPDX-License-Identifier: MIT */
/* A GPU that is lost: every call says so, everybody who waits goes on, and nothing hangs. */
#include "child.h"

#include <pthread.h>

void test_warm_up(void)
{
}

static ID3D11Fence *need_fence(struct d3d *d)
{
    ID3D11Fence *fence = NULL;
    NEED(ID3D11Device5_CreateFence(d->device5, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                   (void **)&fence) == S_OK);
    return fence;
}

static HRESULT try_buffer(struct d3d *d)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = 4096,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = MISC_NT};
    ID3D11Buffer *buffer = NULL;
    HRESULT hr = ID3D11Device_CreateBuffer(d->device, &desc, NULL, &buffer);
    if (SUCCEEDED(hr))
        ID3D11Buffer_Release(buffer);
    return hr;
}

static int calls_after_a_loss(const void *arg)
{
    const int *code = arg;
    struct d3d d;
    ID3D11Fence *fence;
    NEED(try_device(NULL, &d) == S_OK);
    NEED(try_buffer(&d) == S_OK);
    fence = need_fence(&d);
    fakecuda_lose(*code);
    NEED(try_buffer(&d) == DXGI_ERROR_DEVICE_REMOVED);
    NEED(*ist_explain());
    NEED(FAILED(ID3D11Device_GetDeviceRemovedReason(d.device)));
    NEED(ID3D11DeviceContext4_Signal(d.context4, fence, 1) != E_INVALIDARG);
    ID3D11Fence_Release(fence);
    end_device(&d);
    return CHILD_GOOD;
}

TEST(every_call_after_a_loss_says_removed)
{
    const int codes[] = {CUDA_ERROR_LAUNCH_FAILED, CUDA_ERROR_ILLEGAL_ADDRESS};
    for (size_t i = 0; i < 2; i++)
        CHECK_EQ(in_child(calls_after_a_loss, &codes[i]), CHILD_GOOD);
}

static void *lose_later(void *arg)
{
    (void)arg;
    rig_sleep_ms(50);
    fakecuda_lose(0);
    return NULL;
}

/* The fence would be reached behind work that never ends. */
static int waiters_of_a_lost_gpu(const void *arg)
{
    (void)arg;
    struct d3d d;
    pthread_t thread;
    CUcontext ctx;
    CUstream stream;
    static uint64_t word[512] __attribute__((aligned(4096)));
    NEED(try_device(NULL, &d) == S_OK);
    NEED(try_buffer(&d) == S_OK);
    NEED(!cuDevicePrimaryCtxRetain(&ctx, 0) && !cuCtxPushCurrent_v2(ctx));
    NEED(!cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    NEED(!cuMemHostRegister_v2(word, sizeof(word), 0));
    ID3D11Fence *fence = need_fence(&d);
    CUexternalSemaphore semaphore = import_fence(fence);
    NEED(!cuStreamWaitValue64_v2(stream, (CUdeviceptr)(uintptr_t)word, 1, 0));
    NEED(!signal_value(semaphore, 1, (cudaStream_t)stream)); /* issued, never reached */
    NEED(pthread_create(&thread, NULL, lose_later, NULL) == 0);
    HRESULT hr = ID3D11Fence_SetEventOnCompletion(fence, 1, NULL); /* returns: that is it */
    NEED(hr == S_OK || hr == DXGI_ERROR_DEVICE_REMOVED);
    pthread_join(thread, NULL);
    NEED(signal_value(semaphore, 2, (cudaStream_t)stream) != CUDA_SUCCESS);
    NEED(cuDestroyExternalSemaphore(semaphore) == CUDA_SUCCESS);
    ID3D11Fence_Release(fence);
    end_device(&d);
    return CHILD_GOOD;
}

TEST(who_waits_for_a_lost_gpu_goes_on)
{
    CHECK_EQ(in_child(waiters_of_a_lost_gpu, NULL), CHILD_GOOD);
}

/* cudaDeviceReset() with live imports: clear codes afterwards, and no crash. */
static int reset_with_imports(const void *arg)
{
    (void)arg;
    struct d3d d;
    CUcontext ctx;
    CUexternalMemory memory = NULL;
    CUdeviceptr at = 0;
    NEED(try_device(NULL, &d) == S_OK);
    NEED(!cuDevicePrimaryCtxRetain(&ctx, 0) && !cuCtxPushCurrent_v2(ctx));
    D3D11_BUFFER_DESC desc = {.ByteWidth = 4096,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = MISC_NT};
    ID3D11Buffer *buffer;
    NEED(ID3D11Device_CreateBuffer(d.device, &desc, NULL, &buffer) == S_OK);
    HANDLE handle = d3d_nt((ID3D11Resource *)buffer, NULL);
    memory_desc import = memory_by(TYPE_MEMORY_NT, handle, NULL, 4096);
    NEED(!cuImportExternalMemory(&memory, &import));
    NEED(!map_buffer(&at, memory, 0, 4096));
    NEED(!cuDevicePrimaryCtxReset_v2(0));
    CUresult result = map_buffer(&at, memory, 0, 4096);
    NEED(result == CUDA_ERROR_INVALID_HANDLE || result == CUDA_ERROR_CONTEXT_IS_DESTROYED ||
         result == CUDA_ERROR_INVALID_CONTEXT);
    NEED(cuDestroyExternalMemory(memory) != CUDA_ERROR_UNKNOWN);
    ID3D11Buffer *second = NULL;
    NEED(FAILED(ID3D11Device_CreateBuffer(d.device, &desc, NULL, &second)));
    CloseHandle(handle);
    ID3D11Buffer_Release(buffer);
    end_device(&d);
    return CHILD_GOOD;
}

TEST(a_reset_with_live_imports_leaves_clear_codes)
{
    CHECK_EQ(in_child(reset_with_imports, NULL), CHILD_GOOD);
}
