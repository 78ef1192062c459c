/* SPDX-License-Identifier: MIT */
/* Whichever stream a call names, on the fake driver. */
#include "rig_gpu.h"

#include <pthread.h>

CUresult cuSignalExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *all,
                                              const signal_params *params, unsigned int n,
                                              CUstream stream);

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

/* The legacy stream, the thread's own by both of its names, and one of the program's. */
TEST(every_kind_of_stream_signals)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    CUstream streams[4] = {NULL, CU_STREAM_LEGACY, CU_STREAM_PER_THREAD, gpu_stream()};
    signal_params params;
    for (unsigned i = 0; i < 4; i++) {
        CU(signal_on(semaphore, i + 1, streams[i]));
        CU(cuStreamSynchronize(streams[i]));
        CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), i + 1);
    }
    memset(&params, 0, sizeof(params));
    params.params.fence.value = 10;
    CU(cuSignalExternalSemaphoresAsync_ptsz(&semaphore, &params, 1, NULL));
    CU(cuStreamSynchronize(CU_STREAM_PER_THREAD));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 10);
    CU(cuStreamDestroy_v2(streams[3]));
    CU(cuDestroyExternalSemaphore(semaphore));
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

/* The device works in the primary context, where these names are other streams. */
TEST(default_streams_of_a_context_of_the_programs_own_are_refused)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    CUcontext context = NULL;
    CU(cuCtxCreate_v2(&context, 0, 0));
    REFUSED(signal_on(semaphore, 1, NULL), 801, "default streams");
    REFUSED(wait_on(semaphore, 1, 0, CU_STREAM_PER_THREAD), 801, "default streams");
    CU(cuCtxDestroy_v2(context));
    gpu_context(0);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 0);
    CU(cuDestroyExternalSemaphore(semaphore));
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

/* More streams than the front keeps queues for, each used once and gone. */
TEST(streams_come_and_go)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    for (unsigned i = 1; i <= 600; i++) {
        CUstream stream = gpu_stream();
        CU(signal_on(semaphore, i, stream));
        CU(cuStreamSynchronize(stream));
        CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), i);
        CU(cuStreamDestroy_v2(stream));
    }
    CU(cuDestroyExternalSemaphore(semaphore));
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

struct side {
    CUexternalSemaphore in, out;
    unsigned step; /* 1: answers with the next value */
    int failed;
};

#define ROUNDS 200

static void *play(void *arg)
{
    struct side *side = (struct side *)arg;
    CUcontext context = NULL;
    side->failed = cuDevicePrimaryCtxRetain(&context, 0) || cuCtxSetCurrent(context);
    for (unsigned i = 1; !side->failed && i <= ROUNDS; i++)
        side->failed = wait_on(side->in, i, 0, CU_STREAM_PER_THREAD) ||
                       signal_on(side->out, i + side->step, CU_STREAM_PER_THREAD);
    side->failed |= cuStreamSynchronize(CU_STREAM_PER_THREAD) != CUDA_SUCCESS;
    return NULL;
}

TEST(two_threads_hand_over_on_streams_of_their_own)
{
    struct d3d d = d3d_new();
    ID3D11Fence *ping = d3d_fence(&d, 0), *pong = d3d_fence(&d, 0);
    struct side sides[2] = {{.in = import_fence(ping), .out = import_fence(pong)}, {0}};
    pthread_t threads[2];
    sides[1] = (struct side){.in = sides[0].out, .out = import_fence(ping), .step = 1};
    for (unsigned i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, play, &sides[i]), 0);
    d3d_signal(&d, ping, 1);
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(sides[i].failed, 0);
    }
    CHECK_EQ(ID3D11Fence_GetCompletedValue(pong), ROUNDS);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(ping), ROUNDS + 1);
    CU(cuDestroyExternalSemaphore(sides[0].in));
    CU(cuDestroyExternalSemaphore(sides[0].out));
    CU(cuDestroyExternalSemaphore(sides[1].out));
    ID3D11Fence_Release(ping);
    ID3D11Fence_Release(pong);
    d3d_finish(&d);
}
