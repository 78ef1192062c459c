/* SPDX-License-Identifier: MIT */
/* Settings of device code read back as they were made. */
#include "test.h"

#include <cuda_runtime_api.h>

extern cudaError_t cudaProfilerStart(void);
extern cudaError_t cudaProfilerStop(void);

TEST(a_limit_reads_back)
{
    size_t value = 0;
    CHECK_EQ(cudaDeviceGetLimit(&value, cudaLimitStackSize), cudaSuccess);
    CHECK_EQ(value, 1024);
    CHECK_EQ(cudaDeviceSetLimit(cudaLimitStackSize, 4096), cudaSuccess);
    CHECK_EQ(cudaDeviceGetLimit(&value, cudaLimitStackSize), cudaSuccess);
    CHECK_EQ(value, 4096);
    CHECK_EQ(cudaDeviceGetLimit(&value, cudaLimitMallocHeapSize), cudaSuccess);
    CHECK_EQ(value, 8 << 20);
}

TEST(an_unknown_limit_answers_215)
{
    size_t value = 77;
    CHECK_EQ(cudaDeviceGetLimit(&value, (enum cudaLimit)99), cudaErrorUnsupportedLimit);
    CHECK_EQ(cudaDeviceSetLimit((enum cudaLimit) - 1, 1), cudaErrorUnsupportedLimit);
    CHECK_EQ(cudaDeviceGetLimit(NULL, cudaLimitStackSize), cudaErrorInvalidValue);
    CHECK_EQ(value, 77);
}

TEST(the_cache_preference_reads_back)
{
    enum cudaFuncCache config = cudaFuncCachePreferEqual;
    CHECK_EQ(cudaDeviceGetCacheConfig(&config), cudaSuccess);
    CHECK_EQ(config, cudaFuncCachePreferNone);
    CHECK_EQ(cudaDeviceSetCacheConfig(cudaFuncCachePreferL1), cudaSuccess);
    CHECK_EQ(cudaDeviceGetCacheConfig(&config), cudaSuccess);
    CHECK_EQ(config, cudaFuncCachePreferL1);
    CHECK_EQ(cudaDeviceSetCacheConfig((enum cudaFuncCache)4), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceGetCacheConfig(NULL), cudaErrorInvalidValue);
}

TEST(the_profiler_may_be_started_and_stopped)
{
    CHECK_EQ(cudaProfilerStart(), cudaSuccess);
    CHECK_EQ(cudaProfilerStop(), cudaSuccess);
}
