/* SPDX-License-Identifier: MIT */
/* Every way to get memory, and what is known of its pointers. */
#include "test.h"

#include <cuda_runtime_api.h>

#include <stdlib.h>
#include <string.h>

static struct cudaPointerAttributes attributes(const void *pointer)
{
    struct cudaPointerAttributes attr;
    memset(&attr, 0xa5, sizeof(attr));
    CHECK_EQ(cudaPointerGetAttributes(&attr, pointer), cudaSuccess);
    return attr;
}

TEST(device_memory_is_known_as_such)
{
    char *memory = NULL;
    CHECK_EQ(cudaMalloc((void **)&memory, 1000), cudaSuccess);
    struct cudaPointerAttributes attr = attributes(memory + 10);
    CHECK_EQ(attr.type, cudaMemoryTypeDevice);
    CHECK_EQ(attr.device, 0);
    CHECK_PTR_EQ(attr.devicePointer, memory + 10);
    CHECK_PTR_EQ(attr.hostPointer, NULL);
    CHECK_EQ(cudaFree(memory), cudaSuccess);
    CHECK_EQ(cudaFree(memory), cudaErrorInvalidValue);
    CHECK_EQ(cudaFree(NULL), cudaSuccess);
}

TEST(pitched_memory_has_room_for_its_rows)
{
    void *memory = NULL;
    size_t pitch = 0;
    struct cudaPitchedPtr pitched;
    struct cudaExtent extent = {100, 20, 3};
    CHECK_EQ(cudaMallocPitch(&memory, &pitch, 100, 20), cudaSuccess);
    CHECK(pitch >= 100);
    CHECK_EQ(cudaMemset2D(memory, pitch, 1, 100, 20), cudaSuccess);
    CHECK_EQ(cudaFree(memory), cudaSuccess);

    CHECK_EQ(cudaMalloc3D(&pitched, extent), cudaSuccess);
    CHECK(pitched.pitch >= 100);
    CHECK_EQ(pitched.xsize, 100);
    CHECK_EQ(pitched.ysize, 20);
    CHECK_EQ(cudaMemset3D(pitched, 1, extent), cudaSuccess);
    CHECK_EQ(cudaFree(pitched.ptr), cudaSuccess);
    CHECK_EQ(cudaMalloc3D(NULL, extent), cudaErrorInvalidValue);
    CHECK_EQ(cudaMallocPitch(&memory, NULL, 100, 20), cudaErrorInvalidValue);
}

TEST(managed_memory_is_one_for_both_sides)
{
    int *memory = NULL;
    CHECK_EQ(cudaMallocManaged((void **)&memory, sizeof(int), cudaMemAttachGlobal),
             cudaSuccess);
    *memory = 5;
    struct cudaPointerAttributes attr = attributes(memory);
    CHECK_EQ(attr.type, cudaMemoryTypeManaged);
    CHECK_PTR_EQ(attr.hostPointer, memory);
    CHECK_PTR_EQ(attr.devicePointer, memory);
    CHECK_EQ(cudaFree(memory), cudaSuccess);
    CHECK_EQ(cudaMallocManaged((void **)&memory, 4, 64), cudaErrorInvalidValue);
}

TEST(memory_in_stream_order_comes_and_goes)
{
    void *memory = NULL;
    char back = 0;
    CHECK_EQ(cudaMallocAsync(&memory, 100, cudaStreamPerThread), cudaSuccess);
    CHECK_EQ(cudaMemsetAsync(memory, 9, 100, cudaStreamPerThread), cudaSuccess);
    CHECK_EQ(cudaMemcpyAsync(&back, memory, 1, cudaMemcpyDeviceToHost, cudaStreamPerThread),
             cudaSuccess);
    CHECK_EQ(cudaFreeAsync(memory, cudaStreamPerThread), cudaSuccess);
    CHECK_EQ(cudaStreamSynchronize(cudaStreamPerThread), cudaSuccess);
    CHECK_EQ(back, 9);
}

TEST(pinned_memory_is_host_and_device_memory)
{
    void *memory = NULL, *device = NULL;
    unsigned flags = 77;
    CHECK_EQ(cudaHostAlloc(&memory, 100, cudaHostAllocMapped), cudaSuccess);
    CHECK_EQ(cudaHostGetDevicePointer(&device, memory, 0), cudaSuccess);
    CHECK_PTR_EQ(device, memory);
    CHECK_EQ(cudaHostGetFlags(&flags, memory), cudaSuccess);
    CHECK((flags & cudaHostAllocMapped) != 0);
    CHECK_EQ(attributes(memory).type, cudaMemoryTypeHost);
    CHECK_EQ(cudaFreeHost(memory), cudaSuccess);
    CHECK_EQ(cudaFreeHost(NULL), cudaSuccess);
    CHECK_EQ(cudaMallocHost(&memory, 100), cudaSuccess);
    CHECK_EQ(cudaFreeHost(memory), cudaSuccess);
    CHECK_EQ(cudaHostAlloc(&memory, 100, 0x80), cudaErrorInvalidValue);
}

TEST(memory_of_the_program_can_be_registered)
{
    static char memory[8192];
    void *device = NULL;
    CHECK_EQ(cudaHostRegister(memory, sizeof(memory), cudaHostRegisterMapped), cudaSuccess);
    CHECK_EQ(attributes(memory).type, cudaMemoryTypeHost);
    CHECK_EQ(cudaHostGetDevicePointer(&device, memory, 0), cudaSuccess);
    CHECK_EQ(cudaHostRegister(memory, 10, 0), cudaErrorHostMemoryAlreadyRegistered);
    CHECK_EQ(cudaHostUnregister(memory), cudaSuccess);
    CHECK_EQ(cudaHostUnregister(memory), cudaErrorHostMemoryNotRegistered);
    CHECK_EQ(attributes(memory).type, cudaMemoryTypeUnregistered);
}

TEST(the_sizes_of_memory_are_told)
{
    size_t left = 0, total = 0;
    CHECK_EQ(cudaMemGetInfo(&left, &total), cudaSuccess);
    CHECK(left > 0 && left <= total);
    CHECK_EQ(cudaPointerGetAttributes(NULL, &left), cudaErrorInvalidValue);
}
