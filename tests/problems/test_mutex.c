/* SPDX-License-Identifier: MIT */
/* B.8: keyed mutexes. */
#include "problem.h"

#include <pthread.h>

struct keyed {
    struct d3d d;
    ID3D11Resource *texture;
    IDXGIKeyedMutex *mutex;
    HANDLE handle;
};

static struct keyed keyed_new(void)
{
    struct keyed k = {.d = d3d_new()};
    k.texture = d3d_texture(&k.d, RGBA(64, 64), MISC_MUTEX_KMT);
    k.mutex = d3d_mutex(k.texture);
    k.handle = d3d_kmt(k.texture);
    return k;
}

static void keyed_finish(struct keyed *k)
{
    IDXGIKeyedMutex_Release(k->mutex);
    ID3D11Resource_Release(k->texture);
    d3d_finish(&k->d);
}

/* SUCCEEDED() is true for WAIT_TIMEOUT; who goes on then is told at the release. */
TEST(problem_69_timeout_taken_as_success)
{
    struct keyed k = keyed_new();
    HRESULT hr;
    EXPLAINED(hr = IDXGIKeyedMutex_AcquireSync(k.mutex, 3, 0), WAIT_TIMEOUT, "key 3",
              "free with key 0");
    CHECK(SUCCEEDED(hr));
    EXPLAINED(IDXGIKeyedMutex_ReleaseSync(k.mutex, 4), DXGI_ERROR_INVALID_CALL, "not held");
    keyed_finish(&k);
}

TEST(problem_70_abandoned_looks_like_success)
{
    struct keyed k = keyed_new();
    CUexternalSemaphore semaphore = import_semaphore(TYPE_MUTEX_KMT, k.handle);
    CHECK_EQ(wait_value(semaphore, 0, 0, NULL), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    HRESULT hr;
    EXPLAINED(hr = IDXGIKeyedMutex_AcquireSync(k.mutex, 0, 0), WAIT_ABANDONED, "abandoned",
              "make resource and mutex anew");
    CHECK(SUCCEEDED(hr));
    keyed_finish(&k);
}

/* An acquire that must not stall the frame: timeout 0 answers at once, and says who holds. */
TEST(problem_71_try_acquire_in_the_frame_loop)
{
    struct keyed k = keyed_new();
    CUexternalSemaphore semaphore = import_semaphore(TYPE_MUTEX_KMT, k.handle);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(k.mutex, 0, 0), S_OK);
    EXPLAINED(wait_value(semaphore, 0, 0, NULL), CUDA_ERROR_TIMEOUT, "held", "key 0");
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(k.mutex, 0), S_OK);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    keyed_finish(&k);
}

/* Two mutexes in one wait, of which the second is not to be had: the first is free again. */
TEST(problem_72_partial_acquire)
{
    struct keyed k = keyed_new(), other = keyed_new();
    CUexternalSemaphore both[] = {import_semaphore(TYPE_MUTEX_KMT, k.handle),
                                  import_semaphore(TYPE_MUTEX_KMT, other.handle)};
    wait_params params[2];
    memset(params, 0, sizeof(params));
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(other.mutex, 0, 0), S_OK);
    EXPLAINED(cuWaitExternalSemaphoresAsync(both, params, 2, NULL), CUDA_ERROR_TIMEOUT, "held");
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(k.mutex, 0, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(k.mutex, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(other.mutex, 0), S_OK);
    CHECK_EQ(cuDestroyExternalSemaphore(both[0]), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(both[1]), CUDA_SUCCESS);
    keyed_finish(&k);
    keyed_finish(&other);
}

/* The hand-over goes through the queues: nobody drains a stream for it. */
TEST(problem_75_hand_over_without_draining)
{
    struct keyed k = keyed_new();
    CUexternalSemaphore semaphore = import_semaphore(TYPE_MUTEX_KMT, k.handle);
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    struct gate gate;
    CHECK_EQ(wait_value(semaphore, 0, 0, stream), CUDA_SUCCESS);
    gate_close(&gate, stream);
    CHECK_EQ(signal_value(semaphore, 1, stream), CUDA_SUCCESS);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(k.mutex, 1, 0), S_OK); /* the gate is still closed */
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(k.mutex, 0), S_OK);
    gate_open(&gate);
    rig_stream_end(stream);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    keyed_finish(&k);
}

static void *release_later(void *arg)
{
    struct keyed *k = (struct keyed *)arg;
    rig_sleep_ms(50);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(k->mutex, 7), S_OK);
    return NULL;
}

/* Milliseconds whose nanoseconds, and whose microseconds, do not fit into 32 bits. */
TEST(problem_76_long_timeout_ends_at_once)
{
    struct keyed k = keyed_new();
    CUexternalSemaphore semaphore = import_semaphore(TYPE_MUTEX_KMT, k.handle);
    static const unsigned timeouts[] = {4295, 4294968, 0xfffffffe};
    for (unsigned i = 0; i < 3; i++) {
        pthread_t thread;
        CHECK_EQ(IDXGIKeyedMutex_AcquireSync(k.mutex, i ? 7 : 0, 0), S_OK);
        CHECK_EQ(pthread_create(&thread, NULL, release_later, &k), 0);
        CUresult code = wait_value(semaphore, 7, timeouts[i], NULL);
        pthread_join(thread, NULL);
        CHECK_EQ(code, CUDA_SUCCESS);
        CHECK_EQ(signal_value(semaphore, 7, NULL), CUDA_SUCCESS);
        OK(cudaDeviceSynchronize());
    }
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    keyed_finish(&k);
}
