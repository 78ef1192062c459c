/* SPDX-License-Identifier: MIT */
/*
 * The eight imports as a table of functions. One file fills it with the guide's own functions,
 * another with ours; the driver (test_imports.c) knows only the table. Names as the guide's.
 */
#ifndef TESTS_GUIDE_CALLS_H
#define TESTS_GUIDE_CALLS_H

#include <cuda_runtime_api.h>
#include <windows.h>

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct import_calls {
    cudaExternalMemory_t (*memory_nt)(HANDLE handle, unsigned long long size);
    cudaExternalMemory_t (*memory_name)(LPCWSTR name, unsigned long long size);
    cudaExternalMemory_t (*memory_kmt)(HANDLE handle, unsigned long long size);
    cudaExternalSemaphore_t (*fence_nt)(HANDLE handle);
    cudaExternalSemaphore_t (*fence_name)(LPCWSTR name);
    cudaExternalSemaphore_t (*mutex_nt)(HANDLE handle);
    cudaExternalSemaphore_t (*mutex_name)(LPCWSTR name);
    cudaExternalSemaphore_t (*mutex_kmt)(HANDLE handle);
};

extern const struct import_calls import_calls;

#ifdef __cplusplus
}
#endif

#endif
