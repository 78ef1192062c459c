/* SPDX-License-Identifier: MIT */
/*
 * Signal and wait. Their long parameters have the driver's layout; each element is copied field
 * by field, so that what a program left in `reserved` goes no further. Version
 * 12 has them under names with _v2, and under the plain names a shorter form with another
 * stride.
 */
#include "cuda/runtime/runtime.h"

#include <cuda.h>
#include <stdlib.h>

/* Calls of more semaphores than this allocate. */
#define ON_STACK 8

#if ISTCU_ABI == 12
#define SIGNAL cudaSignalExternalSemaphoresAsync_v2
#define WAIT cudaWaitExternalSemaphoresAsync_v2
#else
#define SIGNAL cudaSignalExternalSemaphoresAsync
#define WAIT cudaWaitExternalSemaphoresAsync
#endif

/* What one element becomes; `index` because only the converter knows the caller's stride. */
typedef void (*signal_reader)(CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *out, const void *params,
                              unsigned index);
typedef void (*wait_reader)(CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *out, const void *params,
                            unsigned index);

/* The core needs an array in the driver's layout for the time of the call. */
static void *place(void *stack, unsigned count, size_t size)
{
    return count <= ON_STACK ? stack : calloc(count, size);
}

static cudaError_t no_place(unsigned count)
{
    return rt_refuse(IST_NO_MEMORY, "no memory to copy the parameters of %u semaphores", count);
}

/* Without parameters the core gets NULL and explains; nothing is read before that. */
static cudaError_t signal_all(const cudaExternalSemaphore_t *semaphores, const void *params,
                              signal_reader read, unsigned count, cudaStream_t stream)
{
    CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS stack[ON_STACK] = {0}, *all = NULL;
    if (params && count) {
        all = place(stack, count, sizeof(*all));
        if (!all)
            return no_place(count);
        for (unsigned i = 0; i < count; i++)
            read(&all[i], params, i);
    }
    int code = istcu_signal_external_semaphores((void *const *)semaphores, all, count, stream);
    if (all != stack)
        free(all);
    return rt_done(code);
}

/* The same for waits. A keyed mutex may block in here, up to its timeout. */
static cudaError_t wait_all(const cudaExternalSemaphore_t *semaphores, const void *params,
                            wait_reader read, unsigned count, cudaStream_t stream)
{
    CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS stack[ON_STACK] = {0}, *all = NULL;
    if (params && count) {
        all = place(stack, count, sizeof(*all));
        if (!all)
            return no_place(count);
        for (unsigned i = 0; i < count; i++)
            read(&all[i], params, i);
    }
    int code = istcu_wait_external_semaphores((void *const *)semaphores, all, count, stream);
    if (all != stack)
        free(all);
    return rt_done(code);
}

/* All three members are copied: which one counts depends on the semaphore. */
static void read_signal(CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *out, const void *params,
                        unsigned index)
{
    const struct cudaExternalSemaphoreSignalParams *in = params;
    in += index;
    out->params.fence.value = in->params.fence.value;
    out->params.nvSciSync.reserved = in->params.nvSciSync.reserved;
    out->params.keyedMutex.key = in->params.keyedMutex.key;
    out->flags = in->flags;
}

static void read_wait(CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *out, const void *params,
                      unsigned index)
{
    const struct cudaExternalSemaphoreWaitParams *in = params;
    in += index;
    out->params.fence.value = in->params.fence.value;
    out->params.nvSciSync.reserved = in->params.nvSciSync.reserved;
    out->params.keyedMutex.key = in->params.keyedMutex.key;
    out->params.keyedMutex.timeoutMs = in->params.keyedMutex.timeoutMs;
    out->flags = in->flags;
}

cudaError_t SIGNAL(const cudaExternalSemaphore_t *extSemArray,
                   const struct cudaExternalSemaphoreSignalParams *paramsArray,
                   unsigned int numExtSems, cudaStream_t stream)
{
    return signal_all(extSemArray, paramsArray, read_signal, numExtSems, stream);
}

cudaError_t WAIT(const cudaExternalSemaphore_t *extSemArray,
                 const struct cudaExternalSemaphoreWaitParams *paramsArray,
                 unsigned int numExtSems, cudaStream_t stream)
{
    return wait_all(extSemArray, paramsArray, read_wait, numExtSems, stream);
}

/* RT_PTSZ() pastes names, so it must see them through one more expansion. */
#define PTSZ(name, PARAMS, ARGS) RT_PTSZ(name, PARAMS, ARGS)

PTSZ(SIGNAL,
     (const cudaExternalSemaphore_t *extSemArray,
      const struct cudaExternalSemaphoreSignalParams *paramsArray, unsigned int numExtSems,
      cudaStream_t stream),
     (extSemArray, paramsArray, numExtSems, stream))
PTSZ(WAIT,
     (const cudaExternalSemaphore_t *extSemArray,
      const struct cudaExternalSemaphoreWaitParams *paramsArray, unsigned int numExtSems,
      cudaStream_t stream),
     (extSemArray, paramsArray, numExtSems, stream))

#if ISTCU_ABI == 12
/* The short forms: 32 and 40 bytes an element, and nothing may be read beyond the last. */

static void read_signal_v1(CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *out, const void *params,
                           unsigned index)
{
    const struct cudaExternalSemaphoreSignalParams_v1 *in = params;
    in += index;
    out->params.fence.value = in->params.fence.value;
    out->params.nvSciSync.reserved = in->params.nvSciSync.reserved;
    out->params.keyedMutex.key = in->params.keyedMutex.key;
    out->flags = in->flags;
}

static void read_wait_v1(CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *out, const void *params,
                         unsigned index)
{
    const struct cudaExternalSemaphoreWaitParams_v1 *in = params;
    in += index;
    out->params.fence.value = in->params.fence.value;
    out->params.nvSciSync.reserved = in->params.nvSciSync.reserved;
    out->params.keyedMutex.key = in->params.keyedMutex.key;
    out->params.keyedMutex.timeoutMs = in->params.keyedMutex.timeoutMs;
    out->flags = in->flags;
}

cudaError_t cudaSignalExternalSemaphoresAsync(
    const cudaExternalSemaphore_t *extSemArray,
    const struct cudaExternalSemaphoreSignalParams_v1 *params, unsigned int numExtSems,
    cudaStream_t stream)
{
    return signal_all(extSemArray, params, read_signal_v1, numExtSems, stream);
}
RT_PTSZ(cudaSignalExternalSemaphoresAsync,
        (const cudaExternalSemaphore_t *extSemArray,
         const struct cudaExternalSemaphoreSignalParams_v1 *params, unsigned int numExtSems,
         cudaStream_t stream),
        (extSemArray, params, numExtSems, stream))

cudaError_t cudaWaitExternalSemaphoresAsync(
    const cudaExternalSemaphore_t *extSemArray,
    const struct cudaExternalSemaphoreWaitParams_v1 *params, unsigned int numExtSems,
    cudaStream_t stream)
{
    return wait_all(extSemArray, params, read_wait_v1, numExtSems, stream);
}
RT_PTSZ(cudaWaitExternalSemaphoresAsync,
        (const cudaExternalSemaphore_t *extSemArray,
         const struct cudaExternalSemaphoreWaitParams_v1 *params, unsigned int numExtSems,
         cudaStream_t stream),
        (extSemArray, params, numExtSems, stream))
#endif
