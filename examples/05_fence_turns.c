/* SPDX-License-Identifier: MIT */
/*
 * Turns by one fence, as in 02, with the import and the parameters done by the library: D3D11
 * signals odd values, CUDA even ones, and nobody waits on the CPU until the end.
 */
#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11_4.h>

#include <cuda_runtime.h>
#include <isthmus/interop.h>

#include <stdio.h>
#include <stdlib.h>

#define TURNS 5

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "05_fence_turns: %s failed: %s\n", what, ist_explain());
        exit(EXIT_FAILURE);
    }
}

struct d3d {
    ID3D11Device5 *device;
    ID3D11DeviceContext4 *context;
    ID3D11Fence *fence;
};

static struct d3d create(void)
{
    struct d3d d = {0};
    ID3D11Device *first = NULL;
    ID3D11DeviceContext *immediate = NULL;
    need(SUCCEEDED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &first, NULL, &immediate)),
         "D3D11CreateDevice");
    need(SUCCEEDED(
             ID3D11Device_QueryInterface(first, &IID_ID3D11Device5, (void **)&d.device)) &&
             SUCCEEDED(ID3D11DeviceContext_QueryInterface(immediate, &IID_ID3D11DeviceContext4,
                                                          (void **)&d.context)),
         "QueryInterface for fences");
    need(SUCCEEDED(ID3D11Device5_CreateFence(d.device, 0, D3D11_FENCE_FLAG_SHARED,
                                             &IID_ID3D11Fence, (void **)&d.fence)),
         "CreateFence");
    ID3D11DeviceContext_Release(immediate);
    ID3D11Device_Release(first);
    return d;
}

int main(void)
{
    struct d3d d = create();
    struct ist_fence fence = IST_FENCE_INIT;
    cudaStream_t stream = NULL;
    need(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess, "a stream");
    need(ist_import_fence(d.fence, &fence) == IST_OK, "the import");

    for (UINT64 value = 0; value < 2 * TURNS; value += 2) {
        need(SUCCEEDED(ID3D11DeviceContext4_Wait(d.context, d.fence, value)) &&
                 SUCCEEDED(ID3D11DeviceContext4_Signal(d.context, d.fence, value + 1)),
             "D3D11's turn");
        ID3D11DeviceContext4_Flush(d.context);
        /* Kernels and copies of CUDA's turn would stand between these two. */
        need(ist_fence_wait(&fence, value + 1, stream) == IST_OK &&
                 ist_fence_signal(&fence, value + 2, stream) == IST_OK,
             "CUDA's turn");
    }
    need(cudaStreamSynchronize(stream) == cudaSuccess, "cudaStreamSynchronize");
    need(ID3D11Fence_GetCompletedValue(d.fence) == 2 * TURNS, "the last value");
    printf("%d turns each; the fence stands at %d\n", TURNS, 2 * TURNS);

    need(ist_release_fence(&fence) == IST_OK, "the release");
    cudaStreamDestroy(stream);
    ID3D11Fence_Release(d.fence);
    ID3D11DeviceContext4_Release(d.context);
    ID3D11Device5_Release(d.device);
    return 0;
}
