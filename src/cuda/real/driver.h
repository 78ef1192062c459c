/* SPDX-License-Identifier: MIT */
/*
 * The functions of NVIDIA's driver that this front uses, found by name at the first call: no
 * toolkit is needed to build, and our own names of the same functions are never in the way.
 */
#ifndef ISTHMUS_CUDA_REAL_DRIVER_H
#define ISTHMUS_CUDA_REAL_DRIVER_H

#include "base/cleanup.h"

#include <cuda.h>
#include <stdbool.h>

struct CUctx_st;

/*
 * X(member, exported name, parameters). All answer a CUresult. The first block is what every
 * program of CUDA 10.2 and later may call; the second, which the imports of D3D11 objects
 * need as well, is complete from version 12.0 on.
 */
#define REAL_PASSED_ON(X)                                                               \
    X(import_memory, cuImportExternalMemory,                                            \
      (void **, const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *))                              \
    X(map_buffer, cuExternalMemoryGetMappedBuffer,                                      \
      (CUdeviceptr *, void *, const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *))                \
    X(map_array, cuExternalMemoryGetMappedMipmappedArray,                               \
      (void **, void *, const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *))             \
    X(destroy_memory, cuDestroyExternalMemory, (void *))                                \
    X(import_semaphore, cuImportExternalSemaphore,                                      \
      (void **, const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC *))                           \
    X(signal, cuSignalExternalSemaphoresAsync,                                          \
      (void *const *, const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *, unsigned, void *)) \
    X(wait, cuWaitExternalSemaphoresAsync,                                              \
      (void *const *, const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *, unsigned, void *))   \
    X(destroy_semaphore, cuDestroyExternalSemaphore, (void *))                          \
    X(device_luid, cuDeviceGetLuid, (char *, unsigned *, int))                          \
    X(init, cuInit, (unsigned))                                                         \
    X(context_current, cuCtxGetCurrent, (struct CUctx_st **))                           \
    X(context_set, cuCtxSetCurrent, (struct CUctx_st *))                                \
    X(primary_retain, cuDevicePrimaryCtxRetain, (struct CUctx_st **, int))

#define REAL_FOR_OURS(X)                                                   \
    X(context_device, cuCtxGetDevice, (int *))                             \
    X(context_id, cuCtxGetId, (struct CUctx_st *, unsigned long long *))   \
    X(device_uuid, cuDeviceGetUuid_v2, (unsigned char[16], int))           \
    X(device_name, cuDeviceGetName, (char *, int, int))                    \
    X(primary_release, cuDevicePrimaryCtxRelease_v2, (int))                \
    X(primary_state, cuDevicePrimaryCtxGetState, (int, unsigned *, int *)) \
    X(stream_id, cuStreamGetId, (void *, unsigned long long *))            \
    X(stream_capturing, cuStreamIsCapturing, (void *, int *))              \
    X(exchange_capture_mode, cuThreadExchangeStreamCaptureMode, (int *))

struct real_driver {
#define MEMBER(member, name, parameters) int(*member) parameters;
    REAL_PASSED_ON(MEMBER)
    REAL_FOR_OURS(MEMBER)
#undef MEMBER
    const char *missing; /* a name that was not found; NULL: all are there */
};

/*
 * The driver; it is never unloaded. 100: there is none, or it lacks a function that is needed;
 * `ours`: all of them are.
 */
int real_driver(bool ours, const struct real_driver **out) MUST_CHECK;

#endif
