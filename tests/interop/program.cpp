// SPDX-License-Identifier: MIT
// A C++ program of NVIDIA's world, built for per-thread default streams: every call below goes
// to a name with _ptsz or _ptds.
#include <cuda_runtime.h>

#include "check.h"

#include <cstring>
#include <semaphore.h>
#include <vector>

static void CUDART_CB wait_for(void *user)
{
    sem_wait(static_cast<sem_t *>(user));
}

// Stream 0 is this thread's own: blocking the legacy stream's work does not hold it up.
static void check_default_stream()
{
    sem_t gate;
    cudaStream_t other = nullptr;
    sem_init(&gate, 0, 0);
    CHECK_EQ(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
    CHECK_EQ(cudaLaunchHostFunc(other, wait_for, &gate), cudaSuccess);
    CHECK_EQ(cudaStreamSynchronize(0), cudaSuccess);
    CHECK_EQ(cudaStreamQuery(other), cudaErrorNotReady);
    CHECK_EQ(cudaGetLastError(), cudaErrorNotReady);

    sem_t own;
    sem_init(&own, 0, 0);
    CHECK_EQ(cudaLaunchHostFunc(0, wait_for, &own), cudaSuccess);
    CHECK_EQ(cudaStreamQuery(cudaStreamPerThread), cudaErrorNotReady);
    sem_post(&own);
    CHECK_EQ(cudaStreamSynchronize(cudaStreamPerThread), cudaSuccess);
    sem_post(&gate);
    CHECK_EQ(cudaStreamSynchronize(other), cudaSuccess);
    CHECK_EQ(cudaStreamDestroy(other), cudaSuccess);
    sem_destroy(&gate);
    sem_destroy(&own);
}

static void check_arrays()
{
    const size_t width = 16, height = 4;
    std::vector<float> in(width * height), out(width * height);
    for (size_t i = 0; i < in.size(); i++)
        in[i] = float(i) / 3;
    cudaChannelFormatDesc format = cudaCreateChannelDesc<float>();
    cudaArray_t array = nullptr;
    CHECK_EQ(cudaMallocArray(&array, &format, width, height), cudaSuccess);
    CHECK_EQ(cudaMemcpy2DToArray(array, 0, 0, in.data(), width * sizeof(float),
                                 width * sizeof(float), height, cudaMemcpyHostToDevice),
             cudaSuccess);
    cudaMemcpy3DParms copy{};
    copy.srcArray = array;
    copy.dstPtr = make_cudaPitchedPtr(out.data(), width * sizeof(float), width, height);
    copy.extent = make_cudaExtent(width, height, 1);
    copy.kind = cudaMemcpyDeviceToHost;
    CHECK_EQ(cudaMemcpy3D(&copy), cudaSuccess);
    CHECK_EQ(std::memcmp(in.data(), out.data(), in.size() * sizeof(float)), 0);
    CHECK_EQ(cudaFreeArray(array), cudaSuccess);
}

int main()
{
    float *memory = nullptr;
    unsigned char back[64];
    CHECK_EQ(cudaMalloc(&memory, 64), cudaSuccess);
    CHECK_EQ(cudaMemset(memory, 5, 64), cudaSuccess);
    CHECK_EQ(cudaMemsetAsync(memory, 6, 32, 0), cudaSuccess);
    CHECK_EQ(cudaMemcpyAsync(back, memory, 64, cudaMemcpyDeviceToHost, 0), cudaSuccess);
    CHECK_EQ(cudaStreamSynchronize(0), cudaSuccess);
    CHECK_EQ(back[31], 6);
    CHECK_EQ(back[32], 5);
    check_default_stream();
    check_arrays();
    CHECK_EQ(std::strcmp(cudaGetErrorName(cudaErrorTimeout), "cudaErrorTimeout"), 0);
    CHECK_EQ(cudaFree(memory), cudaSuccess);
    CHECK_EQ(cudaFree(memory), cudaErrorInvalidValue);
    puts("C++ with per-thread default streams works");
    return 0;
}
