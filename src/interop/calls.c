/* SPDX-License-Identifier: MIT */
/*
 * Finds the driver. On Windows nvcuda.dll; on Linux, with the cpu device, what the program has
 * loaded, or else libisthmus-cuda.so.0 beside us; with a GPU NVIDIA's driver, whose functions
 * for external resources come from libisthmus-cuda12 or 13, which knows D3D11's objects. The
 * table is filled once under load_lock, published by `loaded`.
 */
#include "interop/calls.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#define DRIVER "nvcuda.dll"
#else
#include "core/session.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#define DRIVER "libisthmus-cuda.so.0"
#define FRONT13 "libisthmus-cuda13.so.0"
#define FRONT12 "libisthmus-cuda12.so.0"
#define NVIDIA_DRIVER "libcuda.so.1"
#endif

#define MAX_TEXT 400
#define UNKNOWN IST_BAD_CALL /* what a number becomes that is not in the tables below */

static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static struct interop_calls table;

/* Stored once by the loader; publishes the table, which does not change after. */
static _Atomic(const struct interop_calls *) loaded;

#ifdef _WIN32
struct driver {
    HMODULE library;
};

/* The one library that can have the functions; it stays loaded, as with NVIDIA's runtime. */
static enum ist_status driver_open(struct driver *out)
{
    out->library = LoadLibraryA(DRIVER);
    return IST_OK; /* that it is missing shows by its first function */
}

static void *driver_find(const struct driver *driver, const char *name)
{
    return (void *)(uintptr_t)GetProcAddress(driver->library, name);
}

static void find_close(struct interop_calls *calls)
{
    calls->CloseHandle = CloseHandle;
}
#else
/* Of dlopen(); NULL, the program's own, is a library like any other for dlsym(). */
struct driver {
    void *first;
    void *rest; /* what `first` lacks; only where `two` */
    bool two;
};

static bool device_is_gpu(void)
{
    const struct session *session = session_default();
    return session->device_count && session->devices[0]->ops->gpu;
}

/* A library that lies beside this one, or where the linker looks anyhow. */
static void *beside_open(const char *name)
{
    char path[PATH_MAX];
    Dl_info self;
    const char *slash = NULL;
    if (dladdr(&table, &self) && self.dli_fname)
        slash = strrchr(self.dli_fname, '/');
    if (slash && snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - self.dli_fname),
                          self.dli_fname, name) < (int)sizeof(path)) {
        void *found = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (found)
            return found;
    }
    return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

/* The one whose imports the program makes already; the driver's names are the same in both. */
static void *front_open(void)
{
    void *found = dlopen(FRONT13, RTLD_NOW | RTLD_NOLOAD);
    if (!found)
        found = dlopen(FRONT12, RTLD_NOW | RTLD_NOLOAD);
    return found ? found : beside_open(FRONT13);
}

/* The program's own names may be a stand-in's, or none: a runtime loads libcuda by itself. */
static enum ist_status driver_open_gpu(struct driver *out)
{
    const char *named = getenv("ISTHMUS_LIBCUDA"); /* as the device reads it */
    struct driver driver = {.two = true};
    driver.first = front_open();
    if (driver.first)
        driver.rest = dlopen(named && *named ? named : NVIDIA_DRIVER, RTLD_NOW | RTLD_LOCAL);
    if (!driver.first || !driver.rest)
        return refuse(IST_NOT_SUPPORTED, "no CUDA driver for the GPU: %s", dlerror());
    *out = driver;
    return IST_OK;
}

static enum ist_status driver_open(struct driver *out)
{
    if (device_is_gpu())
        return driver_open_gpu(out);
    *out = (struct driver){RTLD_DEFAULT, NULL, false};
    if (!dlsym(RTLD_DEFAULT, "cuImportExternalMemory"))
        out->first = beside_open(DRIVER);
    return IST_OK; /* that it is missing shows by its first function */
}

static void *driver_find(const struct driver *driver, const char *name)
{
    void *found = dlsym(driver->first, name);
    return found || !driver->two ? found : dlsym(driver->rest, name);
}

static void find_close(struct interop_calls *calls)
{
    *(void **)&calls->CloseHandle = dlsym(RTLD_DEFAULT, "CloseHandle");
}
#endif

/* Where each function is kept: pointers to functions have one size everywhere we run. */
struct entry {
    const char *name;
    size_t place;
};

static const struct entry entries[] = {
#define CALL(name) {#name, offsetof(struct interop_calls, name)},
    INTEROP_CALLS(CALL)
#undef CALL
};

static enum ist_status fill(struct interop_calls *calls)
{
    struct driver driver = {0};
    enum ist_status status = driver_open(&driver);
    if (status != IST_OK)
        return status;
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        void *found = driver_find(&driver, entries[i].name);
        if (!found && i == 0)
            return refuse(IST_NOT_SUPPORTED,
                          "no CUDA driver: neither the program nor " DRIVER " has cuInit()");
        if (!found)
            return refuse(IST_NOT_SUPPORTED,
                          "the CUDA driver has no %s(): it is older than CUDA 10.2, or lacks "
                          "external resources",
                          entries[i].name);
        memcpy((char *)calls + entries[i].place, &found, sizeof(found));
    }
    void *uuid = driver_find(&driver, "cuDeviceGetUuid_v2");
    *(void **)&calls->cuDeviceGetUuid_v2 = uuid ? uuid
                                                : driver_find(&driver, "cuDeviceGetUuid");
    *(void **)&calls->cuMipmappedArrayGetLevel = driver_find(&driver, "cuMipmappedArrayGetLeve"
                                                                      "l");
    *(void **)&calls->cuMemcpy3DAsync_v2 = driver_find(&driver, "cuMemcpy3DAsync_v2");
    find_close(calls);
    return CU(calls, cuInit, 0);
}

enum ist_status interop_calls_get(const struct interop_calls **out)
{
    const struct interop_calls *calls = atomic_load_explicit(&loaded, memory_order_acquire);
    enum ist_status status = IST_OK;
    if (!calls) {
        pthread_mutex_lock(&load_lock);
        calls = atomic_load_explicit(&loaded, memory_order_relaxed); /* stored under the lock */
        if (!calls && (status = fill(&table)) == IST_OK) {
            calls = &table;
            /* Release: pairs with the acquire above, publishes the table. */
            atomic_store_explicit(&loaded, calls, memory_order_release);
        }
        pthread_mutex_unlock(&load_lock);
    }
    if (status == IST_OK)
        *out = calls;
    return status;
}

/* Only NVIDIA's driver has contexts; there the answer without one is a number. */
enum ist_status interop_current_device(const struct interop_calls *calls, CUdevice *out)
{
    CUdevice device = 0;
    interop_before();
    CUresult code = calls->cuCtxGetDevice(&device);
    if (code == CUDA_ERROR_INVALID_CONTEXT)
        return refuse(IST_BAD_CALL, "no CUDA context is current in this thread: cudaFree(0) of "
                                    "the runtime or "
                                    "cuCtxSetCurrent() makes one current");
    enum ist_status status = interop_cuda("cuCtxGetDevice", code);
    if (status == IST_OK)
        *out = device;
    return status;
}

/* Where the callee is Isthmus, the reason of this thread is the callee's from here on. */
void interop_before(void)
{
    (void)answer(IST_OK, "%s", "");
}

/*
 * refuse() writes where the callee's reason stands, so that is copied first. A number of no
 * meaning (999, E_FAIL) gets none.
 */
static enum ist_status refuse_answer(enum ist_status status, const char *function,
                                     const char *number)
{
    char reason[MAX_TEXT];
    snprintf(reason, sizeof(reason), "%s", status_reason());
    if (reason[0])
        return refuse(status, "%s() answered %s: %s", function, number, reason);
    if (status == UNKNOWN)
        return refuse(status, "%s() answered %s, which says no more", function, number);
    return refuse(status, "%s() answered %s (%s)", function, number,
                  status_codes(status)->meaning);
}

static enum ist_status status_of_cuda(CUresult code)
{
    switch ((int)code) {
    case CUDA_SUCCESS: return IST_OK;
    case CUDA_ERROR_INVALID_VALUE: return IST_BAD_ARG;
    case CUDA_ERROR_OUT_OF_MEMORY: return IST_NO_MEMORY;
    case CUDA_ERROR_NO_DEVICE:
    case CUDA_ERROR_STUB_LIBRARY:
    case CUDA_ERROR_NOT_SUPPORTED: return IST_NOT_SUPPORTED;
    case CUDA_ERROR_INVALID_DEVICE: return IST_WRONG_DEVICE;
    case CUDA_ERROR_OPERATING_SYSTEM:
    case CUDA_ERROR_NOT_FOUND: return IST_NOT_FOUND;
    case CUDA_ERROR_INVALID_HANDLE: return IST_BAD_HANDLE;
    case CUDA_ERROR_NOT_READY: return IST_BUSY;
    case CUDA_ERROR_TIMEOUT: return IST_TIMEOUT;
    case CUDA_ERROR_DEVICE_UNAVAILABLE:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_ECC_UNCORRECTABLE: return IST_DEVICE_LOST;
    default: return UNKNOWN;
    }
}

enum ist_status interop_cuda(const char *function, CUresult code)
{
    char number[16];
    if (code == CUDA_SUCCESS)
        return IST_OK;
    snprintf(number, sizeof(number), "%d", (int)code);
    return refuse_answer(status_of_cuda(code), function, number);
}

static enum ist_status status_of_com(HRESULT hr)
{
    for (unsigned i = 1; i < IST_STATUS_COUNT; i++)
        if (status_codes((enum ist_status)i)->hresult == (uint32_t)hr)
            return (enum ist_status)i;
    return UNKNOWN;
}

enum ist_status interop_com(const char *method, HRESULT hr)
{
    char number[16];
    if (SUCCEEDED(hr))
        return IST_OK;
    snprintf(number, sizeof(number), "0x%08x", (unsigned)hr);
    return refuse_answer(status_of_com(hr), method, number);
}

enum ist_status interop_close(HANDLE handle)
{
    struct interop_calls calls;
    find_close(&calls);
    if (calls.CloseHandle && !calls.CloseHandle(handle))
        return answer(IST_BAD_HANDLE, "handle %p could not be closed", handle);
    return IST_OK;
}

/* By the front's number where Windows' own meaning is one of ours. */
static enum ist_status status_of_win32(DWORD error)
{
    for (unsigned i = 1; i < IST_STATUS_COUNT; i++)
        if (status_codes((enum ist_status)i)->win32 == error)
            return (enum ist_status)i;
    return UNKNOWN;
}

enum ist_status interop_win32(const char *function, DWORD error)
{
    char number[24];
    snprintf(number, sizeof(number), "error %u", (unsigned)error);
    return refuse_answer(status_of_win32(error), function, number);
}
