/* SPDX-License-Identifier: MIT */
/* The driver's questions about devices answer what the runtime's do. */
#include "rig.h"

TEST(driver_and_runtime_tell_the_same)
{
    struct cudaDeviceProp properties;
    CUdevice device = -1;
    CUuuid uuid;
    char name[256];
    int count = 0, same = 0;
    CHECK_EQ(cuInit(0), CUDA_SUCCESS);
    CHECK_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
    OK(cudaGetDeviceCount(&same));
    CHECK_EQ(count, same);
    CHECK_EQ(cuDeviceGet(&device, 0), CUDA_SUCCESS);
    OK(cudaGetDeviceProperties(&properties, device));
    CHECK_EQ(cuDeviceGetUuid(&uuid, device), CUDA_SUCCESS);
    CHECK_MEM(&uuid, &properties.uuid, sizeof(uuid));
    CHECK_EQ(cuDeviceGetName(name, sizeof(name), device), CUDA_SUCCESS);
    CHECK_STR(name, properties.name);
    CHECK_EQ(cuDeviceGetName(name, 4, device), CUDA_SUCCESS);
    CHECK_EQ(strlen(name), 3);
    CHECK_EQ(cuDriverGetVersion(&count), CUDA_SUCCESS);
    CHECK(count >= 12000);
}

TEST(current_device_is_that_of_the_runtime)
{
    CUdevice device = -1;
    OK(cudaSetDevice(0));
    CHECK_EQ(cuCtxGetDevice(&device), CUDA_SUCCESS);
    CHECK_EQ(device, 0);
}

TEST(mistakes)
{
    CUdevice device = 7;
    CUuuid uuid;
    char name[8];
    CHECK_EQ(cuInit(1), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDeviceGetCount(NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDeviceGet(NULL, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDeviceGet(&device, 99), CUDA_ERROR_INVALID_DEVICE);
    CHECK_EQ(device, 7);
    CHECK_EQ(cuDeviceGetUuid(NULL, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDeviceGetUuid(&uuid, 99), CUDA_ERROR_INVALID_DEVICE);
    CHECK_EQ(cuDeviceGetName(NULL, 8, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDeviceGetName(name, 0, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDeviceGetName(name, 8, 99), CUDA_ERROR_INVALID_DEVICE);
    CHECK_EQ(cuCtxGetDevice(NULL), CUDA_ERROR_INVALID_VALUE);
}
