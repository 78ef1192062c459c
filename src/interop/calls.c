/* SPDX-License-Identifier: MIT */
/*
 * Finds the driver: on Linux what the program has loaded, or else libisthmus-cuda.so.0 beside
 * us; on Windows nvcuda.dll. The table is filled once under load_lock, published by `loaded`.
 */
#include "interop/calls.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#define DRIVER "nvcuda.dll"
#else
#include <dlfcn.h>
#define DRIVER "libisthmus-cuda.so.0"
#endif

#define MAX_TEXT 400
#define UNKNOWN IST_BAD_CALL /* what a number becomes that is not in the tables below */

static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static struct interop_calls table;

/* Stored once by the loader; publishes the table, which does not change after. */
static _Atomic(const struct interop_calls *) loaded;

#ifdef _WIN32
/* The one library that can have the functions; it stays loaded, as with NVIDIA's runtime. */
static HMODULE library_open(void)
{
    return LoadLibraryA(DRIVER);
}

static void *library_find(HMODULE library, const char *name)
{
    return (void *)(uintptr_t)GetProcAddress(library, name);
}

static void find_close(struct interop_calls *calls)
{
    calls->CloseHandle = CloseHandle;
}
#else
/* NULL, the program's own, is a library like any other for dlsym(). */
static void *library_open(void)
{
    if (dlsym(RTLD_DEFAULT, "cuImportExternalMemory"))
        return RTLD_DEFAULT;
    return dlopen(DRIVER, RTLD_NOW | RTLD_LOCAL);
}

static void *library_find(void *library, const char *name)
{
    return dlsym(library, name);
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
    __typeof__(library_open()) library = library_open();
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        void *found = library_find(library, entries[i].name);
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
    void *uuid = library_find(library, "cuDeviceGetUuid_v2");
    *(void **)&calls->cuDeviceGetUuid_v2 = uuid ? uuid
                                                : library_find(library, "cuDeviceGetUuid");
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

void interop_close(HANDLE handle)
{
    struct interop_calls calls;
    find_close(&calls);
    if (calls.CloseHandle && !calls.CloseHandle(handle))
        (void)answer(IST_BAD_HANDLE, "handle %p could not be closed", handle);
}
