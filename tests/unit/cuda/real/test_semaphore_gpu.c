/* SPDX-License-Identifier: MIT */
/* D3D11's fences and keyed mutexes in a program's CUDA streams, on the fake driver. */
#include "rig_gpu.h"

#define FOREIGN ((CUexternalSemaphore)0x1230)

void test_warm_up(void)
{
    gpu_warm_up();
}

static CUresult signal_on(CUexternalSemaphore semaphore, unsigned long long value,
                          CUstream stream)
{
    return signal_value(semaphore, value, (cudaStream_t)stream);
}

static CUresult wait_on(CUexternalSemaphore semaphore, unsigned long long value, unsigned ms,
                        CUstream stream)
{
    return wait_value(semaphore, value, ms, (cudaStream_t)stream);
}

TEST(a_signal_comes_when_the_stream_gets_there)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    CUstream stream = gpu_stream();
    CU(signal_on(semaphore, 7, stream));
    CU(cuStreamSynchronize(stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 7);
    CU(cuStreamDestroy_v2(stream));
    CU(cuDestroyExternalSemaphore(semaphore));
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

TEST(a_wait_holds_the_stream_up_until_d3d11_signals)
{
    struct d3d d = d3d_new();
    ID3D11Fence *first = d3d_fence(&d, 0), *second = d3d_fence(&d, 0);
    CUexternalSemaphore in = import_fence(first), out = import_fence(second);
    CUstream stream = gpu_stream();
    CU(wait_on(in, 5, 0, stream));
    CU(signal_on(out, 9, stream));
    rig_sleep_ms(20);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(second), 0);
    d3d_signal(&d, first, 5);
    CU(cuStreamSynchronize(stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(second), 9);
    CU(cuStreamDestroy_v2(stream));
    CU(cuDestroyExternalSemaphore(in));
    CU(cuDestroyExternalSemaphore(out));
    ID3D11Fence_Release(first);
    ID3D11Fence_Release(second);
    d3d_finish(&d);
}

TEST(several_semaphores_take_effect_in_their_order)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fences[3];
    CUexternalSemaphore all[3];
    signal_params signal[3];
    wait_params wait[3];
    CUstream stream = gpu_stream();
    memset(signal, 0, sizeof(signal));
    memset(wait, 0, sizeof(wait));
    for (unsigned i = 0; i < 3; i++) {
        fences[i] = d3d_fence(&d, 0);
        all[i] = import_fence(fences[i]);
        signal[i].params.fence.value = 3 + i;
        wait[i].params.fence.value = 3 + i;
    }
    CU(cuSignalExternalSemaphoresAsync(all, signal, 3, stream));
    CU(cuWaitExternalSemaphoresAsync(all, wait, 3, stream));
    CU(cuStreamSynchronize(stream));
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(ID3D11Fence_GetCompletedValue(fences[i]), 3 + i);
        CU(cuDestroyExternalSemaphore(all[i]));
        ID3D11Fence_Release(fences[i]);
    }
    CU(cuStreamDestroy_v2(stream));
    d3d_finish(&d);
}

/* The fake has no semaphores of its own: it refuses, and what comes after is not done. */
TEST(mixed_arrays_are_done_in_stretches_of_one_kind)
{
    struct d3d d = d3d_new();
    ID3D11Fence *first = d3d_fence(&d, 0), *last = d3d_fence(&d, 0);
    CUexternalSemaphore all[4];
    signal_params signal[4];
    CUstream stream = gpu_stream();
    size_t calls = fakecuda_calls("cuSignalExternalSemaphoresAsync");
    memset(signal, 0, sizeof(signal));
    for (unsigned i = 0; i < 4; i++)
        signal[i].params.fence.value = 2;
    all[0] = import_fence(first);
    all[1] = all[2] = FOREIGN;
    all[3] = import_fence(last);
    CHECK_EQ(cuSignalExternalSemaphoresAsync(all, signal, 4, stream), 400);
    CHECK_EQ(fakecuda_calls("cuSignalExternalSemaphoresAsync"), calls + 1);
    CU(cuStreamSynchronize(stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(first), 2);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(last), 0);

    /* A mistake in what is ours is seen before any of it is done. */
    signal[3].flags = 1;
    signal[0].params.fence.value = 3;
    REFUSED(cuSignalExternalSemaphoresAsync(all, signal, 4, stream), 1, "paramsArray[3]");
    CHECK_EQ(fakecuda_calls("cuSignalExternalSemaphoresAsync"), calls + 1);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(first), 2);
    CU(cuStreamDestroy_v2(stream));
    CU(cuDestroyExternalSemaphore(all[0]));
    CU(cuDestroyExternalSemaphore(all[3]));
    ID3D11Fence_Release(first);
    ID3D11Fence_Release(last);
    d3d_finish(&d);
}

TEST(a_keyed_mutex_is_handed_over_both_ways)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 65536, MISC_MUTEX_NT);
    IDXGIKeyedMutex *mutex = d3d_mutex(buffer);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalSemaphore semaphore = import_semaphore(TYPE_MUTEX, handle);
    CUstream stream = gpu_stream();
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), S_OK);
    CHECK_EQ(wait_on(semaphore, 1, 20, stream), 909);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, 1), S_OK);
    CU(wait_on(semaphore, 1, FOR_EVER, stream));
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 2, 0), WAIT_TIMEOUT);
    CU(signal_on(semaphore, 2, stream));
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 2, 5000), S_OK);
    CHECK_EQ(signal_on(semaphore, 3, stream), 400); /* is not the owner any more */
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, 0), S_OK);
    CU(cuStreamSynchronize(stream));
    CU(cuStreamDestroy_v2(stream));
    CU(cuDestroyExternalSemaphore(semaphore));
    CHECK(CloseHandle(handle));
    IDXGIKeyedMutex_Release(mutex);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* The first is given back when the second cannot be had. */
TEST(of_two_keyed_mutexes_both_or_none_are_acquired)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffers[2];
    CUexternalSemaphore all[2];
    wait_params wait[2];
    IDXGIKeyedMutex *mutex;
    CUstream stream = gpu_stream();
    memset(wait, 0, sizeof(wait));
    for (unsigned i = 0; i < 2; i++) {
        buffers[i] = d3d_buffer(&d, 4096, MISC_MUTEX_NT);
        HANDLE handle = d3d_nt(buffers[i], NULL);
        all[i] = import_semaphore(TYPE_MUTEX, handle);
        CHECK(CloseHandle(handle));
    }
    wait[1].params.keyedMutex.key = 4; /* nobody released it so */
    wait[1].params.keyedMutex.timeoutMs = 10;
    CHECK_EQ(cuWaitExternalSemaphoresAsync(all, wait, 2, stream), 909);
    mutex = d3d_mutex(buffers[0]);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, 0), S_OK);
    IDXGIKeyedMutex_Release(mutex);
    CU(cuStreamDestroy_v2(stream));
    for (unsigned i = 0; i < 2; i++) {
        CU(cuDestroyExternalSemaphore(all[i]));
        ID3D11Resource_Release(buffers[i]);
    }
    d3d_finish(&d);
}
