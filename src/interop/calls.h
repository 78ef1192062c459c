/* SPDX-License-Identifier: MIT */
/*
 * The functions of others that interop calls, found at run time: the CUDA driver's names and
 * CloseHandle(). Nothing here is linked with a driver, so one build serves every version.
 */
#ifndef ISTHMUS_INTEROP_CALLS_H
#define ISTHMUS_INTEROP_CALLS_H

#include "interop/theirs.h"

#include "core/status.h"

/* All of the driver's that is used; a driver that lacks one of them is too old (10.2). */
#define INTEROP_CALLS(CALL)                       \
    CALL(cuInit)                                  \
    CALL(cuDeviceGetCount)                        \
    CALL(cuDeviceGet)                             \
    CALL(cuDeviceGetLuid)                         \
    CALL(cuCtxGetDevice)                          \
    CALL(cuImportExternalMemory)                  \
    CALL(cuExternalMemoryGetMappedBuffer)         \
    CALL(cuExternalMemoryGetMappedMipmappedArray) \
    CALL(cuDestroyExternalMemory)                 \
    CALL(cuImportExternalSemaphore)               \
    CALL(cuSignalExternalSemaphoresAsync)         \
    CALL(cuWaitExternalSemaphoresAsync)           \
    CALL(cuDestroyExternalSemaphore)              \
    CALL(cuMemFree_v2)                            \
    CALL(cuMipmappedArrayDestroy)

/* Half of the driver's CUDA_MEMCPY3D, and the whole: our <cuda.h> does not declare it. */
struct interop_side {
    size_t x_bytes, y, z, level;
    unsigned type; /* CU_MEMORYTYPE: 1 host, 2 device, 3 array */
    const void *host;
    CUdeviceptr device;
    CUarray array;
    void *reserved;
    size_t pitch, height;
};
struct interop_box {
    struct interop_side from, to;
    size_t width_bytes, height, depth;
};

struct interop_calls {
#define CALL(name) __typeof__(name) *name;
    INTEROP_CALLS(CALL)
#undef CALL
    /* Older drivers have it without the number, with the same parameters. */
    __typeof__(cuDeviceGetUuid_v2) *cuDeviceGetUuid_v2;
    /* For copies only; a driver that lacks them imports all the same. */
    __typeof__(cuMipmappedArrayGetLevel) *cuMipmappedArrayGetLevel;
    CUresult(CUDAAPI *cuMemcpy3DAsync_v2)(const struct interop_box *box, CUstream stream);
    BOOL(WINAPI *CloseHandle)(HANDLE); /* NULL where no Win32 layer is loaded (Linux) */
};

/*
 * The table, found by the first call that succeeds and the same ever after; until then each
 * call looks again. IST_NOT_SUPPORTED: there is no driver, or it lacks a function.
 */
enum ist_status interop_calls_get(const struct interop_calls **out) MUST_CHECK;

/* The current device of this thread, after which imports are compared. */
enum ist_status interop_current_device(const struct interop_calls *calls, CUdevice *out)
    MUST_CHECK;

/*
 * What a call of the driver or of D3D11 answered, as a status and a sentence: with the callee's
 * own reason where it is Isthmus. interop_before() comes right before the call.
 */
void interop_before(void);
enum ist_status interop_cuda(const char *function, CUresult code) MUST_CHECK;
enum ist_status interop_com(const char *method, HRESULT hr) MUST_CHECK;
enum ist_status interop_win32(const char *function, DWORD error) MUST_CHECK;

#define CU(calls, function, ...) \
    interop_cuda(#function, (interop_before(), (calls)->function(__VA_ARGS__)))
#define COM(method, ...) interop_com(method, (interop_before(), __VA_ARGS__))

/* Closes an NT handle that is ours; needs no driver. IST_BAD_HANDLE: it is not open. */
enum ist_status interop_close(HANDLE handle);

#endif
