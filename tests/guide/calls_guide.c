/* SPDX-License-Identifier: MIT */
/* The guide's functions, extracted at build time and compiled as they stand, as C or as C++. */
#include "calls.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The guide writes definitions only; our warnings want to see a declaration first. */
cudaExternalMemory_t importD3D11ResourceFromNTHandle(HANDLE, unsigned long long);
cudaExternalMemory_t importD3D11ResourceFromNamedNTHandle(LPCWSTR, unsigned long long);
cudaExternalMemory_t importD3D11ResourceFromKMTHandle(HANDLE, unsigned long long);
cudaExternalSemaphore_t importD3D11FenceFromNTHandle(HANDLE);
cudaExternalSemaphore_t importD3D11FenceFromNamedNTHandle(LPCWSTR);
cudaExternalSemaphore_t importD3D11KeyedMutexFromNTHandle(HANDLE);
cudaExternalSemaphore_t importD3D11KeyedMutexFromNamedNTHandle(LPCWSTR);
cudaExternalSemaphore_t importD3D11FenceFromKMTHandle(HANDLE);

#include "guide_blocks.inc"

/* The last one is called a fence in the guide but imports a keyed mutex: fences have no
 * number. */
const struct import_calls import_calls = {
    importD3D11ResourceFromNTHandle,        importD3D11ResourceFromNamedNTHandle,
    importD3D11ResourceFromKMTHandle,       importD3D11FenceFromNTHandle,
    importD3D11FenceFromNamedNTHandle,      importD3D11KeyedMutexFromNTHandle,
    importD3D11KeyedMutexFromNamedNTHandle, importD3D11FenceFromKMTHandle,
};

#ifdef __cplusplus
}
#endif
