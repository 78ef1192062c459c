/* SPDX-License-Identifier: MIT */
/* Refusals: the number, the reason, and what a host function may not do. */
#include "rig.h"

TEST(null_out_pointers_are_invalid_values)
{
    REFUSED(cudaMalloc(NULL, 16), cudaErrorInvalidValue, "NULL");
    REFUSED(cudaStreamCreate(NULL), cudaErrorInvalidValue, "NULL");
    REFUSED(cudaEventCreate(NULL), cudaErrorInvalidValue, "NULL");
    REFUSED(cuImportExternalMemory(NULL, NULL), CUDA_ERROR_INVALID_VALUE, "NULL");
}

struct inside {
    cudaError_t malloc, stream, event, sync, wait, free;
    cudaEvent_t made;
    void *memory;
};

static void call_cuda(void *user)
{
    struct inside *in = (struct inside *)user;
    void *ptr = NULL;
    cudaStream_t stream = NULL;
    cudaEvent_t event = NULL;
    in->malloc = cudaMalloc(&ptr, 16);
    in->stream = cudaStreamCreate(&stream);
    in->event = cudaEventCreate(&event);
    in->sync = cudaDeviceSynchronize();
    in->wait = cudaEventSynchronize(in->made);
    in->free = cudaFree(in->memory);
}

TEST(a_host_function_may_not_call_cuda)
{
    struct inside in = {0};
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    OK(cudaEventCreate(&in.made));
    in.memory = rig_malloc(64);
    OK(cudaLaunchHostFunc(stream, call_cuda, &in));
    OK(cudaStreamSynchronize(stream));
    CHECK_EQ(in.malloc, cudaErrorNotPermitted);
    CHECK_EQ(in.stream, cudaErrorNotPermitted);
    CHECK_EQ(in.event, cudaErrorNotPermitted);
    CHECK_EQ(in.sync, cudaErrorNotPermitted);
    CHECK_EQ(in.wait, cudaErrorNotPermitted);
    CHECK_EQ(in.free, cudaErrorNotPermitted);
    OK(cudaFree(in.memory));
    OK(cudaEventDestroy(in.made));
    rig_stream_end(stream);
}
