/* SPDX-License-Identifier: MIT */
/*
 * Direct3D 11 and a CUDA stream take turns through one fence, and no call but the last waits on
 * the CPU. D3D11 signals the odd values, CUDA the even ones. Builds on Windows, too.
 */
#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11_4.h>

#include <cuda_runtime.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS 5

static ID3D11Device5 *device;
static ID3D11DeviceContext4 *context;
static UINT64 value_seen[TURNS]; /* by CUDA, in its turn */
static ID3D11Fence *fence;

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "02_fence_handoff: %s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

static void create_device(void)
{
    ID3D11Device *first = NULL;
    ID3D11DeviceContext *immediate = NULL;
    need(SUCCEEDED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &first, NULL, &immediate)),
         "D3D11CreateDevice");
    need(SUCCEEDED(ID3D11Device_QueryInterface(first, &IID_ID3D11Device5, (void **)&device)),
         "QueryInterface for ID3D11Device5");
    need(SUCCEEDED(ID3D11DeviceContext_QueryInterface(immediate, &IID_ID3D11DeviceContext4,
                                                      (void **)&context)),
         "QueryInterface for ID3D11DeviceContext4");
    ID3D11DeviceContext_Release(immediate);
    ID3D11Device_Release(first);
}

static cudaExternalSemaphore_t share_fence(void)
{
    HANDLE handle = NULL;
    cudaExternalSemaphore_t semaphore = NULL;
    struct cudaExternalSemaphoreHandleDesc desc;
    need(SUCCEEDED(ID3D11Device5_CreateFence(device, 0, D3D11_FENCE_FLAG_SHARED,
                                             &IID_ID3D11Fence, (void **)&fence)),
         "CreateFence");
    need(SUCCEEDED(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &handle)),
         "CreateSharedHandle");
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalSemaphoreHandleTypeD3D11Fence;
    desc.handle.win32.handle = handle;
    need(cudaImportExternalSemaphore(&semaphore, &desc) == cudaSuccess, "cudaImportExternalSema"
                                                                        "phore");
    CloseHandle(handle);
    return semaphore;
}

/* Stands in for a kernel: runs in stream order, between CUDA's wait and its signal. */
static void CUDART_CB take_turn(void *seen)
{
    *(UINT64 *)seen = ID3D11Fence_GetCompletedValue(fence);
}

static void cuda_turn(cudaExternalSemaphore_t semaphore, cudaStream_t stream, int turn)
{
    struct cudaExternalSemaphoreWaitParams wait;
    struct cudaExternalSemaphoreSignalParams signal;
    memset(&wait, 0, sizeof(wait));
    memset(&signal, 0, sizeof(signal));
    wait.params.fence.value = 2u * (unsigned)turn + 1;
    signal.params.fence.value = 2u * (unsigned)turn + 2;
    need(cudaWaitExternalSemaphoresAsync(&semaphore, &wait, 1, stream) == cudaSuccess &&
             cudaLaunchHostFunc(stream, take_turn, &value_seen[turn]) == cudaSuccess &&
             cudaSignalExternalSemaphoresAsync(&semaphore, &signal, 1, stream) == cudaSuccess,
         "CUDA's turn");
}

int main(void)
{
    cudaStream_t stream = NULL;
    create_device();
    need(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess, "the "
                                                                                   "stream");
    cudaExternalSemaphore_t semaphore = share_fence();
    for (int turn = 0; turn < TURNS; turn++) {
        UINT64 value = 2u * (unsigned)turn;
        need(SUCCEEDED(ID3D11DeviceContext4_Wait(context, fence, value)) &&
                 SUCCEEDED(ID3D11DeviceContext4_Signal(context, fence, value + 1)),
             "D3D11's turn");
        ID3D11DeviceContext4_Flush(context);
        cuda_turn(semaphore, stream, turn);
    }
    need(cudaStreamSynchronize(stream) == cudaSuccess, "cudaStreamSynchronize");
    for (int turn = 0; turn < TURNS; turn++) {
        need(value_seen[turn] == 2u * (unsigned)turn + 1, "the order of the turns");
        printf("turn %d: CUDA ran when the fence stood at %llu\n", turn,
               (unsigned long long)value_seen[turn]);
    }
    cudaDestroyExternalSemaphore(semaphore);
    cudaStreamDestroy(stream);
    ID3D11Fence_Release(fence);
    ID3D11DeviceContext4_Release(context);
    ID3D11Device5_Release(device);
    return 0;
}
