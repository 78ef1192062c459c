// SPDX-License-Identifier: MIT
// A program with kernels, built by nvcc with the shared runtime: everything around the launch
// works, and the launch itself is refused, visibly.
#include <cuda_runtime.h>

#include "check.h"

#include <cstring>

__device__ int weights[4];
__managed__ int shared_value;

__global__ void add_one(int *values, int n)
{
    if (threadIdx.x < unsigned(n))
        values[threadIdx.x] += 1 + weights[0];
}

int main()
{
    int in[4] = {1, 2, 3, 4}, out[4] = {0, 0, 0, 0}, *memory = nullptr;
    CHECK_EQ(cudaMalloc(&memory, sizeof(in)), cudaSuccess);
    CHECK_EQ(cudaMemcpy(memory, in, sizeof(in), cudaMemcpyHostToDevice), cudaSuccess);

    add_one<<<1, 32>>>(memory, 4);
    CHECK_EQ(cudaGetLastError(), cudaErrorNotSupported);
    CHECK_EQ(cudaGetLastError(), cudaSuccess);

    int n = 4;
    void *args[] = {&memory, &n};
    CHECK_EQ(cudaLaunchKernel(add_one, dim3(1), dim3(32), args, 0, 0), cudaErrorNotSupported);
    cudaFuncAttributes attributes;
    CHECK_EQ(cudaFuncGetAttributes(&attributes, add_one), cudaErrorNotSupported);
    CHECK_EQ(cudaMemcpyToSymbol(weights, in, sizeof(in)), cudaErrorNotSupported);
    cudaGetLastError();

    // The launch left no trace in the data.
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    CHECK_EQ(cudaMemcpy(out, memory, sizeof(out), cudaMemcpyDeviceToHost), cudaSuccess);
    CHECK_EQ(std::memcmp(in, out, sizeof(in)), 0);
    CHECK_EQ(cudaFree(memory), cudaSuccess);

    shared_value = 3; // the host's side of a managed variable is memory
    CHECK_EQ(shared_value, 3);
    puts("the kernel is refused by name, the rest works");
    return 0;
}
