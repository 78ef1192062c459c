/* SPDX-License-Identifier: MIT */
/* Devices: counts, facts, attributes, the LUID, waiting and resetting. */
#include "rig.h"

TEST(there_is_a_device_and_it_is_current)
{
    int count = 0, current = -1;
    OK(cudaGetDeviceCount(&count));
    CHECK(count >= 1);
    OK(cudaGetDevice(&current));
    CHECK_EQ(current, 0);
    OK(cudaSetDevice(0));
    CHECK_EQ(cudaSetDevice(count), cudaErrorInvalidDevice);
    CHECK_EQ(cudaSetDevice(-1), cudaErrorInvalidDevice);
    OK(cudaGetDevice(&current));
    CHECK_EQ(current, 0);
}

TEST(driver_and_runtime_tell_the_same_luid)
{
    char luid[8] = {0};
    unsigned mask = 0;
    static const char zero[8];
    struct cudaDeviceProp props;
    OK(cudaGetDeviceProperties(&props, 0));
    CHECK_EQ(cuDeviceGetLuid(luid, &mask, 0), CUDA_SUCCESS);
    CHECK_MEM(props.luid, luid, 8);
    CHECK(memcmp(luid, zero, 8) != 0);
    CHECK_EQ(mask, 1);
    CHECK_EQ(props.luidDeviceNodeMask, mask);
}

TEST(the_luid_needs_pointers_and_a_device)
{
    char luid[8];
    unsigned mask;
    CHECK_EQ(cuDeviceGetLuid(NULL, &mask, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDeviceGetLuid(luid, NULL, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDeviceGetLuid(luid, &mask, 99), CUDA_ERROR_INVALID_DEVICE);
}

TEST(attributes_agree_with_what_is_offered)
{
    int value = 0;
    OK(cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, 0));
    CHECK_EQ(value, 32);
    OK(cudaDeviceGetAttribute(&value, cudaDevAttrMaxTexture2DWidth, 0));
    CHECK_EQ(value, 16384);
    OK(cudaDeviceGetAttribute(&value, cudaDevAttrTimelineSemaphoreInteropSupported, 0));
    CHECK_EQ(value, 0);
    OK(cudaDeviceGetAttribute(&value, cudaDevAttrUnifiedAddressing, 0));
    CHECK_EQ(value, 1);
    CHECK_EQ(cudaDeviceGetAttribute(&value, (enum cudaDeviceAttr)0, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceGetAttribute(&value, (enum cudaDeviceAttr)5000, 0),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceGetAttribute(NULL, cudaDevAttrWarpSize, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, 7), cudaErrorInvalidDevice);
}

TEST(memory_info_is_plausible)
{
    size_t available = 0, total = 0;
    OK(cudaMemGetInfo(&available, &total));
    CHECK(total > 0);
    CHECK(available <= total);
    CHECK_EQ(cudaMemGetInfo(NULL, &total), cudaErrorInvalidValue);
}

TEST(device_synchronize_waits_for_every_stream)
{
    struct gate gates[2];
    cudaStream_t a = rig_stream(cudaStreamNonBlocking), b = rig_stream(cudaStreamNonBlocking);
    gate_close(&gates[0], a);
    gate_close(&gates[1], b);
    gate_open(&gates[0]);
    gate_open(&gates[1]);
    OK(cudaDeviceSynchronize());
    CHECK_EQ(cudaStreamQuery(a), cudaSuccess);
    CHECK_EQ(cudaStreamQuery(b), cudaSuccess);
    OK(cudaStreamDestroy(a));
    OK(cudaStreamDestroy(b));
}

TEST(device_synchronize_waits_for_destroyed_streams_too)
{
    struct gate gate;
    unsigned char *memory = rig_malloc(4096), seen = 0;
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    gate_close(&gate, stream);
    OK(cudaMemsetAsync(memory, 0x5a, 4096, stream));
    OK(cudaStreamDestroy(stream));
    gate_open(&gate);
    OK(cudaDeviceSynchronize());
    OK(cudaMemcpy(&seen, memory + 4095, 1, cudaMemcpyDeviceToHost));
    CHECK_EQ(seen, 0x5a);
    OK(cudaFree(memory));
}

TEST(reset_ends_everything)
{
    cudaStream_t stream = rig_stream(0);
    cudaEvent_t event = NULL;
    cudaArray_t array = NULL;
    struct cudaChannelFormatDesc format = {8, 8, 8, 8, cudaChannelFormatKindUnsigned};
    void *pinned = NULL;
    unsigned char *memory = rig_malloc(100000);
    OK(cudaEventCreate(&event));
    OK(cudaEventRecord(event, stream));
    OK(cudaMallocArray(&array, &format, 32, 32, 0));
    OK(cudaMallocHost(&pinned, 100000));
    OK(cudaDeviceReset());
    CHECK_EQ(cudaStreamQuery(stream), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaEventQuery(event), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaFreeArray(array), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaFree(memory), cudaErrorInvalidValue);
    CHECK_EQ(cudaFreeHost(pinned), cudaErrorInvalidValue);
    OK(cudaDeviceSynchronize());
}
