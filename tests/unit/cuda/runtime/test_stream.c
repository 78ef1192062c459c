/* SPDX-License-Identifier: MIT */
/* Streams, host functions and callbacks in them; capture is asked about and never on. */
#include "test.h"

#include <cuda_runtime_api.h>

#include <pthread.h>
#include <semaphore.h>

/* The names for a thread's own stream, which the header reaches only by its macros. */
cudaError_t cudaLaunchHostFunc_ptsz(cudaStream_t stream, cudaHostFn_t fn, void *userData);
cudaError_t cudaStreamQuery_ptsz(cudaStream_t stream);
cudaError_t cudaStreamGetId_ptsz(cudaStream_t stream, unsigned long long *id);

static void count_up(void *user)
{
    ++*(int *)user;
}

static void wait_for(void *user)
{
    sem_wait((sem_t *)user);
}

TEST(streams_tell_what_they_were_made_with)
{
    cudaStream_t stream = NULL;
    unsigned flags = 77;
    int priority = 77, device = 77, least = 77, greatest = 77;
    unsigned long long id = 0, other = 0;
    CHECK_EQ(cudaDeviceGetStreamPriorityRange(&least, &greatest), cudaSuccess);
    CHECK_EQ(least, 0);
    CHECK(greatest < 0);
    CHECK_EQ(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, greatest),
             cudaSuccess);
    CHECK_EQ(cudaStreamGetFlags(stream, &flags), cudaSuccess);
    CHECK_EQ(flags, cudaStreamNonBlocking);
    CHECK_EQ(cudaStreamGetPriority(stream, &priority), cudaSuccess);
    CHECK_EQ(priority, greatest);
    CHECK_EQ(cudaStreamGetDevice(stream, &device), cudaSuccess);
    CHECK_EQ(device, 0);
    CHECK_EQ(cudaStreamGetId(stream, &id), cudaSuccess);
    CHECK_EQ(cudaStreamGetId(cudaStreamLegacy, &other), cudaSuccess);
    CHECK(id != other);
    CHECK_EQ(cudaStreamDestroy(stream), cudaSuccess);
    CHECK_EQ(cudaStreamDestroy(stream), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaStreamCreateWithFlags(&stream, 8), cudaErrorInvalidValue);
    CHECK_EQ(cudaStreamCreate(NULL), cudaErrorInvalidValue);
}

TEST(host_functions_run_in_order)
{
    cudaStream_t stream = NULL;
    sem_t gate;
    int count = 0;
    sem_init(&gate, 0, 0);
    CHECK_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    CHECK_EQ(cudaLaunchHostFunc(stream, wait_for, &gate), cudaSuccess);
    CHECK_EQ(cudaLaunchHostFunc(stream, count_up, &count), cudaSuccess);
    CHECK_EQ(cudaStreamQuery(stream), cudaErrorNotReady);
    CHECK_EQ(cudaGetLastError(), cudaErrorNotReady);
    CHECK_EQ(count, 0);
    sem_post(&gate);
    CHECK_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    CHECK_EQ(count, 1);
    CHECK_EQ(cudaStreamQuery(stream), cudaSuccess);
    CHECK_EQ(cudaStreamDestroy(stream), cudaSuccess);
    CHECK_EQ(cudaLaunchHostFunc(0, NULL, NULL), cudaErrorInvalidValue);
    sem_destroy(&gate);
}

struct called {
    cudaStream_t stream;
    cudaError_t status;
    pthread_t thread;
    int times;
};

static void CUDART_CB callback(cudaStream_t stream, cudaError_t status, void *user)
{
    struct called *called = (struct called *)user;
    called->stream = stream;
    called->status = status;
    called->thread = pthread_self();
    called->times++;
}

TEST(callbacks_learn_stream_and_status_on_another_thread)
{
    cudaStream_t stream = NULL;
    struct called called = {NULL, cudaErrorUnknown, pthread_self(), 0};
    CHECK_EQ(cudaStreamCreate(&stream), cudaSuccess);
    CHECK_EQ(cudaStreamAddCallback(stream, callback, &called, 0), cudaSuccess);
    CHECK_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    CHECK_EQ(called.times, 1);
    CHECK_PTR_EQ(called.stream, stream);
    CHECK_EQ(called.status, cudaSuccess);
    CHECK(!pthread_equal(called.thread, pthread_self()));
    CHECK_EQ(cudaStreamAddCallback(stream, callback, &called, 1), cudaErrorInvalidValue);
    CHECK_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST(ptsz_names_mean_the_threads_own_stream)
{
    sem_t gate;
    unsigned long long own = 0, named = 0, legacy = 0;
    sem_init(&gate, 0, 0);
    CHECK_EQ(cudaStreamGetId_ptsz(0, &own), cudaSuccess);
    CHECK_EQ(cudaStreamGetId(cudaStreamPerThread, &named), cudaSuccess);
    CHECK_EQ(cudaStreamGetId(0, &legacy), cudaSuccess);
    CHECK_EQ(own, named);
    CHECK(own != legacy);
    CHECK_EQ(cudaLaunchHostFunc_ptsz(0, wait_for, &gate), cudaSuccess);
    CHECK_EQ(cudaStreamQuery_ptsz(0), cudaErrorNotReady);
    CHECK_EQ(cudaStreamQuery(cudaStreamPerThread), cudaErrorNotReady);
    sem_post(&gate);
    CHECK_EQ(cudaStreamSynchronize(cudaStreamPerThread), cudaSuccess);
    sem_destroy(&gate);
}

TEST(a_stream_waits_for_an_event_of_another)
{
    cudaStream_t first = NULL, second = NULL;
    cudaEvent_t event = NULL;
    sem_t gate;
    int count = 0;
    sem_init(&gate, 0, 0);
    CHECK_EQ(cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking), cudaSuccess);
    CHECK_EQ(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking), cudaSuccess);
    CHECK_EQ(cudaEventCreate(&event), cudaSuccess);
    CHECK_EQ(cudaLaunchHostFunc(first, wait_for, &gate), cudaSuccess);
    CHECK_EQ(cudaEventRecord(event, first), cudaSuccess);
    CHECK_EQ(cudaStreamWaitEvent(second, event, 0), cudaSuccess);
    CHECK_EQ(cudaLaunchHostFunc(second, count_up, &count), cudaSuccess);
    CHECK_EQ(cudaStreamQuery(second), cudaErrorNotReady);
    sem_post(&gate);
    CHECK_EQ(cudaStreamSynchronize(second), cudaSuccess);
    CHECK_EQ(count, 1);
    CHECK_EQ(cudaStreamWaitEvent(second, event, 4), cudaErrorInvalidValue);
    CHECK_EQ(cudaEventDestroy(event), cudaSuccess);
    CHECK_EQ(cudaStreamDestroy(first), cudaSuccess);
    CHECK_EQ(cudaStreamDestroy(second), cudaSuccess);
    sem_destroy(&gate);
}

TEST(no_stream_is_ever_capturing)
{
    enum cudaStreamCaptureStatus status = cudaStreamCaptureStatusActive;
    CHECK_EQ(cudaStreamIsCapturing(0, &status), cudaSuccess);
    CHECK_EQ(status, cudaStreamCaptureStatusNone);
    CHECK_EQ(cudaStreamIsCapturing(0, NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaStreamIsCapturing((cudaStream_t)&status, &status),
             cudaErrorInvalidResourceHandle);
}

TEST(the_capture_mode_is_exchanged)
{
    enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    CHECK_EQ(cudaThreadExchangeStreamCaptureMode(&mode), cudaSuccess);
    CHECK_EQ(mode, cudaStreamCaptureModeGlobal);
    CHECK_EQ(cudaThreadExchangeStreamCaptureMode(&mode), cudaSuccess);
    CHECK_EQ(mode, cudaStreamCaptureModeRelaxed);
    mode = (enum cudaStreamCaptureMode)7;
    CHECK_EQ(cudaThreadExchangeStreamCaptureMode(&mode), cudaErrorInvalidValue);
    CHECK_EQ(cudaThreadExchangeStreamCaptureMode(NULL), cudaErrorInvalidValue);
}
