/* SPDX-License-Identifier: MIT */
/*
 * Limits and cache preferences of device code. No device code runs, so they limit nothing; they
 * are kept because programs set them at start and expect to read them back. Atomics of the
 * process, as in device.c.
 */
#include "cuda/runtime/runtime.h"

#include <stdatomic.h>

/* Starting values of NVIDIA's runtime; 0 where the device has none. */
static atomic_size_t limits[] = {
    [cudaLimitStackSize] = 1024,
    [cudaLimitPrintfFifoSize] = 1 << 20,
    [cudaLimitMallocHeapSize] = 8 << 20,
    [cudaLimitDevRuntimeSyncDepth] = 2,
    [cudaLimitDevRuntimePendingLaunchCount] = 2048,
    [cudaLimitMaxL2FetchGranularity] = 64,
    [cudaLimitPersistingL2CacheSize] = 0,
};

/* 215 has no status of its own: only the runtime knows limits. */
static cudaError_t no_limit(enum cudaLimit limit)
{
    refuse(IST_BAD_ARG, "no limit is number %d", (int)limit);
    return rt_done(cudaErrorUnsupportedLimit);
}

cudaError_t cudaDeviceGetLimit(size_t *pValue, enum cudaLimit limit)
{
    if (!pValue)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the limit is NULL");
    if ((unsigned)limit >= sizeof(limits) / sizeof(*limits))
        return no_limit(limit);
    *pValue = atomic_load_explicit(&limits[limit], memory_order_relaxed);
    return rt_done(0);
}

cudaError_t cudaDeviceSetLimit(enum cudaLimit limit, size_t value)
{
    if ((unsigned)limit >= sizeof(limits) / sizeof(*limits))
        return no_limit(limit);
    atomic_store_explicit(&limits[limit], value, memory_order_relaxed);
    return rt_done(0);
}

/* How device code would like its caches divided. */
static atomic_int cache_config = cudaFuncCachePreferNone;

cudaError_t cudaDeviceGetCacheConfig(enum cudaFuncCache *pCacheConfig)
{
    if (!pCacheConfig)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the cache preference is NULL");
    *pCacheConfig =
        (enum cudaFuncCache)atomic_load_explicit(&cache_config, memory_order_relaxed);
    return rt_done(0);
}

cudaError_t cudaDeviceSetCacheConfig(enum cudaFuncCache cacheConfig)
{
    if ((unsigned)cacheConfig > cudaFuncCachePreferEqual)
        return rt_refuse(IST_BAD_ARG, "cache preference %d is none of 0 .. 3",
                         (int)cacheConfig);
    atomic_store_explicit(&cache_config, (int)cacheConfig, memory_order_relaxed);
    return rt_done(0);
}

/* A profiler that is not there may be started and stopped, as under NVIDIA's runtime. */
RT_EXPORT cudaError_t cudaProfilerStart(void);
RT_EXPORT cudaError_t cudaProfilerStop(void);

cudaError_t cudaProfilerStart(void)
{
    return rt_done(0);
}

cudaError_t cudaProfilerStop(void)
{
    return rt_done(0);
}
