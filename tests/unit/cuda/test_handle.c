/* SPDX-License-Identifier: MIT */
/* Opaque handles: stale, foreign and made-up ones are refused, never followed. */
#include "rig.h"

#include <pthread.h>

#define FAKE(type, value) ((type)(uintptr_t)(value))

TEST(a_destroyed_handle_is_refused)
{
    cudaStream_t stream = rig_stream(0);
    OK(cudaStreamDestroy(stream));
    REFUSED(cudaStreamDestroy(stream), cudaErrorInvalidResourceHandle, "destroyed before");
    CHECK_EQ(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaMemcpyAsync(&stream, &stream, 0, cudaMemcpyHostToHost, stream),
             cudaErrorInvalidResourceHandle);
}

TEST(a_stale_handle_never_names_the_next_object)
{
    cudaEvent_t first = NULL, next[64];
    OK(cudaEventCreate(&first));
    OK(cudaEventDestroy(first));
    for (unsigned i = 0; i < 64; i++) {
        OK(cudaEventCreate(&next[i]));
        CHECK(next[i] != first);
    }
    CHECK_EQ(cudaEventQuery(first), cudaErrorInvalidResourceHandle);
    for (unsigned i = 0; i < 64; i++)
        OK(cudaEventDestroy(next[i]));
}

TEST(a_handle_of_another_kind_is_refused_by_name)
{
    cudaEvent_t event = NULL;
    OK(cudaEventCreate(&event));
    REFUSED(cudaStreamSynchronize((cudaStream_t)event), cudaErrorInvalidResourceHandle,
            "is of an event, a stream was expected");
    CHECK_EQ(cuDestroyExternalMemory((CUexternalMemory)event), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(cuDestroyExternalSemaphore((CUexternalSemaphore)event), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(cuArrayDestroy((CUarray)event), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(cuMipmappedArrayDestroy((CUmipmappedArray)event), CUDA_ERROR_INVALID_HANDLE);
    OK(cudaEventDestroy(event));
}

TEST(made_up_handles_are_refused)
{
    static const uint64_t values[] = {
        3,
        0x10,
        0x7fffffff,
        0xdeadbeefcafef00d,
        UINT64_MAX,
        1ULL << 63,
        0x1c75ULL << 48,
        0x1c75010000000000,
        0x1c75ff0000000001,
        0x1c750100ffffffff,
    };
    int local;
    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        CHECK_EQ(cudaStreamDestroy(FAKE(cudaStream_t, values[i])),
                 cudaErrorInvalidResourceHandle);
        CHECK_EQ(cudaEventQuery(FAKE(cudaEvent_t, values[i])), cudaErrorInvalidResourceHandle);
        CHECK_EQ(cuDestroyExternalMemory(FAKE(CUexternalMemory, values[i])),
                 CUDA_ERROR_INVALID_HANDLE);
    }
    CHECK_EQ(cudaEventQuery((cudaEvent_t)(void *)&local), cudaErrorInvalidResourceHandle);
}

TEST(handles_are_never_small_numbers)
{
    cudaStream_t stream = rig_stream(0);
    CHECK((uintptr_t)stream > 0xffff);
    OK(cudaStreamDestroy(stream));
}

static void *make_and_end(void *arg)
{
    for (unsigned i = 0; i < 500; i++) {
        cudaEvent_t event = NULL;
        if (cudaEventCreate(&event) != cudaSuccess || cudaEventQuery(event) != cudaSuccess ||
            cudaEventDestroy(event) != cudaSuccess ||
            cudaEventQuery(event) != cudaErrorInvalidResourceHandle)
            return arg;
    }
    return NULL;
}

TEST(many_threads_make_and_end_handles)
{
    pthread_t threads[4];
    void *failed = NULL, *result;
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, make_and_end, threads), 0);
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        failed = result ? result : failed;
    }
    CHECK(failed == NULL);
}
