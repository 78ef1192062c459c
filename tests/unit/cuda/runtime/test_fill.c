/* SPDX-License-Identifier: MIT */
/* Every form of cudaMemset fills what it names and nothing beside it. */
#include "test.h"

#include <cuda_runtime_api.h>

#include <string.h>

enum { PITCH = 32, ROWS = 4, SIZE = PITCH * ROWS * 2 };

cudaError_t cudaMemset_ptds(void *devPtr, int value, size_t count);

/* The memory as the host sees it, against `filled` bytes 7 in each of `rows` rows. */
static void check(const void *memory, size_t filled, size_t rows)
{
    unsigned char found[SIZE], wanted[SIZE] = {0};
    for (size_t y = 0; y < rows; y++)
        memset(wanted + y * PITCH, 7, filled);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    CHECK_EQ(cudaMemcpy(found, memory, SIZE, cudaMemcpyDeviceToHost), cudaSuccess);
    CHECK_MEM(found, wanted, SIZE);
}

TEST(all_forms_fill_what_they_name)
{
    void *memory = NULL;
    CHECK_EQ(cudaMalloc(&memory, SIZE), cudaSuccess);
    struct cudaPitchedPtr pitched = {memory, PITCH, PITCH, ROWS};
    struct cudaExtent extent = {5, ROWS, 2};
    CHECK_EQ(cudaMemset(memory, 0, SIZE), cudaSuccess);
    CHECK_EQ(cudaMemset(memory, 0x107, PITCH), cudaSuccess); /* only the low byte counts */
    check(memory, PITCH, 1);
    CHECK_EQ(cudaMemset_ptds(memory, 0, SIZE), cudaSuccess);
    CHECK_EQ(cudaMemsetAsync(memory, 7, PITCH, 0), cudaSuccess);
    check(memory, PITCH, 1);

    CHECK_EQ(cudaMemset(memory, 0, SIZE), cudaSuccess);
    CHECK_EQ(cudaMemset2D(memory, PITCH, 7, 3, ROWS), cudaSuccess);
    check(memory, 3, ROWS);
    CHECK_EQ(cudaMemset2DAsync(memory, PITCH, 7, 4, ROWS, 0), cudaSuccess);
    check(memory, 4, ROWS);

    CHECK_EQ(cudaMemset(memory, 0, SIZE), cudaSuccess);
    CHECK_EQ(cudaMemset3D(pitched, 7, extent), cudaSuccess);
    check(memory, 5, ROWS * 2);
    extent.width = 6;
    CHECK_EQ(cudaMemset3DAsync(pitched, 7, extent, 0), cudaSuccess);
    check(memory, 6, ROWS * 2);
    CHECK_EQ(cudaFree(memory), cudaSuccess);
}

TEST(memory_that_is_not_the_devices_is_refused)
{
    void *memory = NULL;
    CHECK_EQ(cudaMalloc(&memory, 10), cudaSuccess);
    CHECK_EQ(cudaMemset(memory, 0, 100000), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemset(NULL, 0, 1), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemset2D(memory, 2, 0, 3, 2), cudaErrorInvalidPitchValue);
    CHECK_EQ(cudaFree(memory), cudaSuccess);
}
