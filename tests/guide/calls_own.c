/* SPDX-License-Identifier: MIT */
/*
 * The same eight imports in our words: they stand in for the guide's functions where its text
 * is not at hand, and look at every result, which the guide's samples do not.
 */
#include "calls.h"
#include "test.h"

#ifdef __cplusplus
extern "C" {
#endif

static cudaExternalMemory_t import_memory(enum cudaExternalMemoryHandleType type, HANDLE handle,
                                          LPCWSTR name, unsigned long long size)
{
    struct cudaExternalMemoryHandleDesc wanted;
    cudaExternalMemory_t memory = NULL;
    memset(&wanted, 0, sizeof(wanted));
    wanted.type = type;
    wanted.handle.win32.handle = handle;
    wanted.handle.win32.name = name;
    wanted.size = size;
    wanted.flags = cudaExternalMemoryDedicated;
    CHECK(cudaImportExternalMemory(&memory, &wanted) == cudaSuccess);
    return memory;
}

static cudaExternalSemaphore_t import_semaphore(enum cudaExternalSemaphoreHandleType type,
                                                HANDLE handle, LPCWSTR name)
{
    struct cudaExternalSemaphoreHandleDesc wanted;
    cudaExternalSemaphore_t semaphore = NULL;
    memset(&wanted, 0, sizeof(wanted));
    wanted.type = type;
    wanted.handle.win32.handle = handle;
    wanted.handle.win32.name = name;
    CHECK(cudaImportExternalSemaphore(&semaphore, &wanted) == cudaSuccess);
    return semaphore;
}

static cudaExternalMemory_t memory_nt(HANDLE handle, unsigned long long size)
{
    cudaExternalMemory_t memory =
        import_memory(cudaExternalMemoryHandleTypeD3D11Resource, handle, NULL, size);
    CHECK(CloseHandle(handle)); /* the import holds the memory by itself */
    return memory;
}

static cudaExternalMemory_t memory_name(LPCWSTR name, unsigned long long size)
{
    return import_memory(cudaExternalMemoryHandleTypeD3D11Resource, NULL, name, size);
}

static cudaExternalMemory_t memory_kmt(HANDLE handle, unsigned long long size)
{
    return import_memory(cudaExternalMemoryHandleTypeD3D11ResourceKmt, handle, NULL, size);
}

static cudaExternalSemaphore_t fence_nt(HANDLE handle)
{
    cudaExternalSemaphore_t semaphore =
        import_semaphore(cudaExternalSemaphoreHandleTypeD3D11Fence, handle, NULL);
    CHECK(CloseHandle(handle));
    return semaphore;
}

static cudaExternalSemaphore_t fence_name(LPCWSTR name)
{
    return import_semaphore(cudaExternalSemaphoreHandleTypeD3D11Fence, NULL, name);
}

static cudaExternalSemaphore_t mutex_nt(HANDLE handle)
{
    cudaExternalSemaphore_t semaphore =
        import_semaphore(cudaExternalSemaphoreHandleTypeKeyedMutex, handle, NULL);
    CHECK(CloseHandle(handle));
    return semaphore;
}

static cudaExternalSemaphore_t mutex_name(LPCWSTR name)
{
    return import_semaphore(cudaExternalSemaphoreHandleTypeKeyedMutex, NULL, name);
}

/* The guide closes the number too. It is no handle: the call fails and harms nothing. */
static cudaExternalSemaphore_t mutex_kmt(HANDLE handle)
{
    cudaExternalSemaphore_t semaphore =
        import_semaphore(cudaExternalSemaphoreHandleTypeKeyedMutexKmt, handle, NULL);
    CHECK(!CloseHandle(handle));
    CHECK(GetLastError() == ERROR_INVALID_HANDLE);
    return semaphore;
}

const struct import_calls import_calls = {
    memory_nt, memory_name, memory_kmt, fence_nt, fence_name, mutex_nt, mutex_name, mutex_kmt,
};

#ifdef __cplusplus
}
#endif
