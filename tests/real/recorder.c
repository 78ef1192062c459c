/* SPDX-License-Identifier: MIT */
/* One lock guards everything: the tests count, they do not measure. */
#include "recorder.h"

#define __CUDA_API_VERSION_INTERNAL
#include <cuda.h>

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define NAMES 64
#define HANDLES 4096

struct CUctx_st {
    unsigned long long id;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    const char *name;
    unsigned calls;
} counts[NAMES];
static struct recorder_call last;
static int answer;
static unsigned char device_uuid[16];
static unsigned long long ids;
static _Atomic unsigned long long inode; /* of the last fd; tests with threads do not ask */
static struct CUctx_st primary, other = {1000000};
static int primary_refs;
static _Thread_local struct CUctx_st *current;
static _Thread_local int mode;
static char handles[HANDLES][16]; /* addresses to hand out */
static unsigned handle_next;

static const char *const external[] = {
    "cuImportExternalMemory",
    "cuExternalMemoryGetMappedBuffer",
    "cuDestroyExternalMemory",
    "cuExternalMemoryGetMappedMipmappedArray",
    "cuImportExternalSemaphore",
    "cuSignalExternalSemaphoresAsync",
    "cuWaitExternalSemaphoresAsync",
    "cuDestroyExternalSemaphore",
    "cuDeviceGetLuid",
};

static void count(const char *name)
{
    unsigned i = 0;
    while (counts[i].name && strcmp(counts[i].name, name) != 0)
        i++;
    counts[i].name = name;
    counts[i].calls++;
}

static unsigned calls_locked(const char *name)
{
    for (unsigned i = 0; i < NAMES && counts[i].name; i++)
        if (strcmp(counts[i].name, name) == 0)
            return counts[i].calls;
    return 0;
}

unsigned EXPORT recorder_calls(const char *name)
{
    unsigned calls = 0;
    pthread_mutex_lock(&lock);
    if (name)
        calls = calls_locked(name);
    else
        for (size_t i = 0; i < sizeof(external) / sizeof(*external); i++)
            calls += calls_locked(external[i]);
    pthread_mutex_unlock(&lock);
    return calls;
}

EXPORT const struct recorder_call *recorder_last(void)
{
    return &last;
}

EXPORT void recorder_forget(void)
{
    pthread_mutex_lock(&lock);
    memset(counts, 0, sizeof(counts));
    memset(&last, 0, sizeof(last));
    answer = 0;
    pthread_mutex_unlock(&lock);
}

EXPORT void recorder_answer(int code)
{
    answer = code;
}

EXPORT void recorder_uuid(const unsigned char uuid[16])
{
    memcpy(device_uuid, uuid, 16);
}

EXPORT void recorder_reset(void)
{
    primary.id = 0;
    primary_refs = 0;
}

EXPORT void recorder_context(int which)
{
    current = which ? &other : NULL;
}

EXPORT unsigned long long recorder_imported_inode(void)
{
    return inode;
}

/* `desc` may be of any size that the caller says. */
static void record(const char *name, const void *a, const void *b, const void *c, const void *d,
                   const void *desc, size_t size)
{
    pthread_mutex_lock(&lock);
    count(name);
    last = (struct recorder_call){.name = name, .args = {a, b, c, d}};
    if (desc && size <= sizeof(last.desc)) {
        memcpy(last.desc, desc, size);
        last.desc_size = size;
    }
    pthread_mutex_unlock(&lock);
}

static void *new_handle(void)
{
    pthread_mutex_lock(&lock);
    void *handle = handles[handle_next++ % HANDLES];
    pthread_mutex_unlock(&lock);
    return handle;
}

static int plain(const char *name)
{
    pthread_mutex_lock(&lock);
    count(name);
    pthread_mutex_unlock(&lock);
    return 0;
}

/* ---- the eight --------------------------------------------------------------------------- */

EXPORT CUresult cuImportExternalMemory(CUexternalMemory *out,
                                       const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *desc)
{
    struct stat file;
    record("cuImportExternalMemory", out, desc, NULL, NULL, desc, sizeof(*desc));
    if (answer)
        return (CUresult)answer;
    if (desc->type == CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD &&
        fstat(desc->handle.fd, &file) == 0) {
        inode = file.st_ino;
        close(desc->handle.fd); /* what is imported is the driver's */
    }
    *out = new_handle();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuExternalMemoryGetMappedBuffer(CUdeviceptr *out, CUexternalMemory memory,
                                                const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *desc)
{
    record("cuExternalMemoryGetMappedBuffer", out, memory, desc, NULL, desc, sizeof(*desc));
    if (!answer)
        *out = 0x7000;
    return (CUresult)answer;
}

EXPORT CUresult
cuExternalMemoryGetMappedMipmappedArray(CUmipmappedArray *out, CUexternalMemory memory,
                                        const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *desc)
{
    record("cuExternalMemoryGetMappedMipmappedArray", out, memory, desc, NULL, desc,
           sizeof(*desc));
    if (!answer)
        *out = new_handle();
    return (CUresult)answer;
}

EXPORT CUresult cuDestroyExternalMemory(CUexternalMemory memory)
{
    record("cuDestroyExternalMemory", memory, NULL, NULL, NULL, NULL, 0);
    return (CUresult)answer;
}

EXPORT CUresult cuImportExternalSemaphore(CUexternalSemaphore *out,
                                          const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC *desc)
{
    record("cuImportExternalSemaphore", out, desc, NULL, NULL, desc, sizeof(*desc));
    if (!answer)
        *out = new_handle();
    return (CUresult)answer;
}

EXPORT CUresult cuSignalExternalSemaphoresAsync(
    const CUexternalSemaphore *all, const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *params,
    unsigned int n, CUstream stream)
{
    record("cuSignalExternalSemaphoresAsync", all, params, (void *)(uintptr_t)n, stream, params,
           n * sizeof(*params));
    return (CUresult)answer;
}

EXPORT CUresult cuWaitExternalSemaphoresAsync(const CUexternalSemaphore *all,
                                              const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *params,
                                              unsigned int n, CUstream stream)
{
    record("cuWaitExternalSemaphoresAsync", all, params, (void *)(uintptr_t)n, stream, params,
           n * sizeof(*params));
    return (CUresult)answer;
}

EXPORT CUresult cuDestroyExternalSemaphore(CUexternalSemaphore semaphore)
{
    record("cuDestroyExternalSemaphore", semaphore, NULL, NULL, NULL, NULL, 0);
    return (CUresult)answer;
}

/* ---- devices and contexts: one of each, and one that is not primary ---------------------- */

EXPORT int cuCtxGetCurrent(struct CUctx_st **out);
EXPORT int cuCtxSetCurrent(struct CUctx_st *context);
EXPORT int cuCtxGetId(struct CUctx_st *context, unsigned long long *out);
EXPORT int cuDevicePrimaryCtxRetain(struct CUctx_st **out, int device);
EXPORT int cuDevicePrimaryCtxRelease_v2(int device);
EXPORT int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active);
EXPORT int cuStreamGetId(CUstream stream, unsigned long long *out);
EXPORT int cuStreamIsCapturing(CUstream stream, int *out);
EXPORT int cuThreadExchangeStreamCaptureMode(int *exchanged);

EXPORT CUresult cuDeviceGetLuid(char *luid, unsigned int *mask, CUdevice device)
{
    record("cuDeviceGetLuid", luid, mask, (void *)(intptr_t)device, NULL, NULL, 0);
    return CUDA_ERROR_NOT_SUPPORTED;
}

EXPORT CUresult cuInit(unsigned int flags)
{
    (void)flags;
    return (CUresult)plain("cuInit");
}

EXPORT CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice device) /* _v2 by the header's macro */
{
    if (device)
        return CUDA_ERROR_INVALID_DEVICE;
    memcpy(uuid->bytes, device_uuid, 16);
    return (CUresult)plain("cuDeviceGetUuid");
}

EXPORT CUresult cuDeviceGetName(char *name, int size, CUdevice device)
{
    (void)device;
    strncpy(name, "Recorder", (size_t)size);
    return CUDA_SUCCESS;
}

EXPORT int cuCtxGetCurrent(struct CUctx_st **out)
{
    *out = current;
    return 0;
}

EXPORT int cuCtxSetCurrent(struct CUctx_st *context)
{
    current = context;
    return plain("cuCtxSetCurrent");
}

EXPORT CUresult cuCtxGetDevice(CUdevice *out)
{
    *out = 0;
    return current ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

EXPORT int cuCtxGetId(struct CUctx_st *context, unsigned long long *out)
{
    *out = context->id;
    return context->id ? 0 : CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

EXPORT int cuDevicePrimaryCtxRetain(struct CUctx_st **out, int device)
{
    if (device)
        return CUDA_ERROR_INVALID_DEVICE;
    pthread_mutex_lock(&lock);
    if (!primary.id)
        primary.id = ++ids;
    primary_refs++;
    *out = &primary;
    pthread_mutex_unlock(&lock);
    return plain("cuDevicePrimaryCtxRetain");
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int device)
{
    (void)device;
    pthread_mutex_lock(&lock);
    if (--primary_refs == 0)
        primary.id = 0;
    pthread_mutex_unlock(&lock);
    return plain("cuDevicePrimaryCtxRelease");
}

EXPORT int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active)
{
    (void)device;
    *flags = 0;
    *active = primary.id != 0;
    return 0;
}

EXPORT int cuStreamGetId(CUstream stream, unsigned long long *out)
{
    *out = (uintptr_t)stream + 1;
    return 0;
}

EXPORT int cuStreamIsCapturing(CUstream stream, int *out)
{
    (void)stream;
    *out = 0;
    return 0;
}

EXPORT int cuThreadExchangeStreamCaptureMode(int *exchanged)
{
    int now = mode;
    mode = *exchanged;
    *exchanged = now;
    return 0;
}
