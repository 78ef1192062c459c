/* SPDX-License-Identifier: MIT */
/* cuGetProcAddress(): functions by their name without a version; and errors as words. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "fake.h"

/* This library alone: a program's own functions of the same names are not ours to give. */
static void *ourselves(void)
{
    static void *handle; /* never closed; guarded by fake_lock */
    Dl_info info;
    if (!handle && dladdr((void *)(uintptr_t)cuInit, &info))
        handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    return handle;
}

static void *newest(const char *symbol, bool per_thread)
{
    static const char *const endings[] = {"_v3", "_v2", ""};
    char name[128];
    void *self = ourselves(), *found = NULL;
    for (size_t i = 0; self && !found && i < 3 && per_thread; i++) {
        snprintf(name, sizeof(name), "%s%s_ptsz", symbol, endings[i]);
        found = dlsym(self, name);
    }
    for (size_t i = 0; self && !found && i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", symbol, endings[i]);
        found = dlsym(self, name);
    }
    return found;
}

static CUresult look_up(const struct call *call, const char *symbol, void **pfn,
                        cuuint64_t flags, int *status)
{
    if (call->refused)
        return call->refused;
    if (!symbol || !pfn || flags > 3)
        return CUDA_ERROR_INVALID_VALUE;
    *pfn = newest(symbol, flags & CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM);
    if (status)
        *status = *pfn ? CU_GET_PROC_ADDRESS_SUCCESS : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
    return *pfn ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}

CUresult cuGetProcAddress_v2(const char *symbol, void **pfn, int cudaVersion, cuuint64_t flags,
                             int *symbolStatus)
{
    (void)cudaVersion;
    struct call call = call_begin("cuGetProcAddress", CALL_FREE);
    return call_end(&call, look_up(&call, symbol, pfn, flags, symbolStatus));
}

CUresult cuGetProcAddress(const char *symbol, void **pfn, int cudaVersion, cuuint64_t flags)
{
    (void)cudaVersion;
    struct call call = call_begin("cuGetProcAddress", CALL_FREE);
    return call_end(&call, look_up(&call, symbol, pfn, flags, NULL));
}

static const struct {
    CUresult code;
    const char *name, *words;
} errors[] = {
    {CUDA_SUCCESS, "CUDA_SUCCESS", "no error"},
    {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUDA_ERROR_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {CUDA_ERROR_DEINITIALIZED, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {CUDA_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {CUDA_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {CUDA_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {CUDA_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access"},
    {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {CUDA_ERROR_NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {CUDA_ERROR_UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

static size_t error_index(CUresult code)
{
    size_t i = 0;
    while (i < sizeof(errors) / sizeof(errors[0]) && errors[i].code != code)
        i++;
    return i;
}

/* These two are safe everywhere, so they are not calls that could fail. */
CUresult cuGetErrorName(CUresult error, const char **pStr)
{
    size_t i = error_index(error);
    if (!pStr)
        return CUDA_ERROR_INVALID_VALUE;
    *pStr = i < sizeof(errors) / sizeof(errors[0]) ? errors[i].name : NULL;
    return *pStr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorString(CUresult error, const char **pStr)
{
    size_t i = error_index(error);
    if (!pStr)
        return CUDA_ERROR_INVALID_VALUE;
    *pStr = i < sizeof(errors) / sizeof(errors[0]) ? errors[i].words : NULL;
    return *pStr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
