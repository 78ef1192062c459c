/* SPDX-License-Identifier: MIT */
/* Host functions and callbacks: in stream order, never in the caller. */
#include "rig.h"

#include <pthread.h>

struct seen {
    pthread_t thread;
    unsigned char byte;
    const unsigned char *memory;
    cudaStream_t stream;
    cudaError_t status;
};

static void look(void *user)
{
    struct seen *seen = (struct seen *)user;
    seen->thread = pthread_self();
    seen->byte = seen->memory[0];
}

TEST(a_host_function_runs_in_order_and_elsewhere)
{
    unsigned char *memory = rig_malloc(64);
    struct seen seen = {.memory = memory};
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    OK(cudaMemsetAsync(memory, 1, 64, stream));
    OK(cudaLaunchHostFunc(stream, look, &seen));
    OK(cudaMemsetAsync(memory, 2, 64, stream));
    rig_stream_end(stream);
    CHECK_EQ(seen.byte, 1);
    CHECK(!pthread_equal(seen.thread, pthread_self()));
    OK(cudaFree(memory));
}

static void CUDART_CB called_back(cudaStream_t stream, cudaError_t status, void *user)
{
    struct seen *seen = (struct seen *)user;
    seen->stream = stream;
    seen->status = status;
}

TEST(a_callback_is_told_its_stream_and_status)
{
    struct seen seen = {.status = cudaErrorUnknown};
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    OK(cudaStreamAddCallback(stream, called_back, &seen, 0));
    OK(cudaStreamSynchronize(stream));
    CHECK_PTR_EQ(seen.stream, stream);
    CHECK_EQ(seen.status, cudaSuccess);
    CHECK_EQ(cudaStreamAddCallback(stream, called_back, &seen, 1), cudaErrorInvalidValue);
    CHECK_EQ(cudaStreamAddCallback(stream, NULL, &seen, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaLaunchHostFunc(stream, NULL, NULL), cudaErrorInvalidValue);
    OK(cudaStreamDestroy(stream));
    CHECK_EQ(cudaLaunchHostFunc(stream, look, &seen), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaStreamAddCallback(stream, called_back, &seen, 0),
             cudaErrorInvalidResourceHandle);
}
