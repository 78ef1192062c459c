/* SPDX-License-Identifier: MIT */
/* Properties agree with the attributes, the driver's LUID and, in version 12, the old form. */
#include "test.h"

#include <cuda.h>
#include <cuda_runtime_api.h>

#include <string.h>

static struct cudaDeviceProp properties(void)
{
    struct cudaDeviceProp prop;
    memset(&prop, 0xa5, sizeof(prop));
    CHECK_EQ(cudaGetDeviceProperties(&prop, 0), cudaSuccess);
    return prop;
}

static int attribute(enum cudaDeviceAttr attr)
{
    int value = -12345;
    CHECK_EQ(cudaDeviceGetAttribute(&value, attr, 0), cudaSuccess);
    return value;
}

TEST(the_device_has_a_name_and_an_identity)
{
    static const char zero[16] = {0};
    struct cudaDeviceProp prop = properties();
    CHECK(strlen(prop.name) > 0 && strlen(prop.name) < sizeof(prop.name));
    CHECK(memcmp(prop.uuid.bytes, zero, 16) != 0);
    CHECK(memcmp(prop.luid, zero, 8) != 0);
    CHECK(prop.totalGlobalMem > 0);
}

TEST(the_luid_is_the_drivers)
{
    struct cudaDeviceProp prop = properties();
    char luid[8];
    unsigned mask = 77;
    CHECK_EQ(cuDeviceGetLuid(luid, &mask, 0), CUDA_SUCCESS);
    CHECK_MEM(prop.luid, luid, sizeof(luid));
    CHECK_EQ(prop.luidDeviceNodeMask, mask);
}

/* First, middle and last members, arrays, and those that are size_t. */
TEST(members_show_their_attributes)
{
    struct cudaDeviceProp prop = properties();
    CHECK_EQ(prop.warpSize, attribute(cudaDevAttrWarpSize));
    CHECK_EQ(prop.maxThreadsPerBlock, attribute(cudaDevAttrMaxThreadsPerBlock));
    CHECK_EQ(prop.maxThreadsDim[2], attribute(cudaDevAttrMaxBlockDimZ));
    CHECK_EQ(prop.maxGridSize[0], attribute(cudaDevAttrMaxGridDimX));
    CHECK_EQ(prop.major, attribute(cudaDevAttrComputeCapabilityMajor));
    CHECK_EQ(prop.minor, attribute(cudaDevAttrComputeCapabilityMinor));
    CHECK_EQ(prop.multiProcessorCount, attribute(cudaDevAttrMultiProcessorCount));
    CHECK_EQ(prop.maxTexture2D[1], attribute(cudaDevAttrMaxTexture2DHeight));
    CHECK_EQ(prop.maxTexture3D[2], attribute(cudaDevAttrMaxTexture3DDepth));
    CHECK_EQ(prop.maxSurface2DLayered[2], attribute(cudaDevAttrMaxSurface2DLayeredLayers));
    CHECK_EQ(prop.unifiedAddressing, attribute(cudaDevAttrUnifiedAddressing));
    CHECK_EQ(prop.streamPrioritiesSupported, attribute(cudaDevAttrStreamPrioritiesSupported));
    CHECK_EQ(prop.sharedMemPerMultiprocessor,
             (size_t)attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor));
    CHECK_EQ(prop.reservedSharedMemPerBlock,
             (size_t)attribute(cudaDevAttrReservedSharedMemoryPerBlock));
    CHECK_EQ(prop.timelineSemaphoreInteropSupported,
             attribute(cudaDevAttrTimelineSemaphoreInteropSupported));
    CHECK_EQ(prop.clusterLaunch, attribute(cudaDevAttrClusterLaunch));
#if CUDART_VERSION >= 13000
    CHECK_EQ(prop.hostNumaId, attribute(cudaDevAttrHostNumaId));
#else
    CHECK_EQ(prop.clockRate, attribute(cudaDevAttrClockRate));
    CHECK_EQ(prop.maxTexture1DLinear, attribute(cudaDevAttrMaxTexture1DLinearWidth));
#endif
}

TEST(bad_questions_leave_the_struct_alone)
{
    struct cudaDeviceProp prop, before;
    int value = 77;
    memset(&prop, 0x5a, sizeof(prop));
    before = prop;
    CHECK_EQ(cudaGetDeviceProperties(&prop, 1000), cudaErrorInvalidDevice);
    CHECK_EQ(cudaGetDeviceProperties(&prop, -1), cudaErrorInvalidDevice);
    CHECK_EQ(cudaGetDeviceProperties(NULL, 0), cudaErrorInvalidValue);
    CHECK_MEM(&prop, &before, sizeof(prop));
    CHECK_EQ(cudaDeviceGetAttribute(&value, (enum cudaDeviceAttr)0, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, 1000), cudaErrorInvalidDevice);
    CHECK_EQ(cudaDeviceGetAttribute(NULL, cudaDevAttrWarpSize, 0), cudaErrorInvalidValue);
    CHECK_EQ(value, 77);
}

#if CUDART_VERSION < 13000

/* The plain name of version 12: the layout of version 11, which is shorter. */
cudaError_t properties_v1(void *prop, int device) __asm__("cudaGetDeviceProperties");

TEST(the_old_form_fills_728_bytes)
{
    struct cudaDeviceProp prop = properties();
    unsigned char old[1032], untouched[1032 - 728];
    memset(old, 0x5a, sizeof(old));
    memset(untouched, 0x5a, sizeof(untouched));
    CHECK_EQ(properties_v1(old, 0), cudaSuccess);
    CHECK_MEM(old, &prop, 728);
    CHECK_MEM(old + 728, untouched, sizeof(untouched));
}

#endif
