/* SPDX-License-Identifier: MIT */
/*
 * Turns by a keyed mutex, the protocol of NVIDIA's simpleD3D11: each side acquires with the
 * present key and releases with the next. No test for success takes a timeout for it.
 */
#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11.h>
#include <dxgi.h>

#include <cuda_runtime.h>
#include <isthmus/interop.h>

#include <stdio.h>
#include <stdlib.h>

#define TURNS 5

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "06_keyed_mutex: %s failed: %s\n", what, ist_explain());
        exit(EXIT_FAILURE);
    }
}

static ID3D11Buffer *create_buffer(ID3D11Device *device)
{
    ID3D11Buffer *buffer = NULL;
    D3D11_BUFFER_DESC desc = {
        .ByteWidth = 4096,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX,
    };
    need(SUCCEEDED(ID3D11Device_CreateBuffer(device, &desc, NULL, &buffer)), "CreateBuffer");
    return buffer;
}

/* The mutex is D3D11's as long as it does not release: CUDA is told "not now", at once. */
static void show_timeout(const struct ist_resource *shared, IDXGIKeyedMutex *mutex,
                         cudaStream_t stream, uint64_t key)
{
    need(ist_d3d11_mutex_acquire(mutex, key, 1000) == IST_ACQUIRED, "D3D11's acquire");
    enum ist_acquired answer = ist_keyed_mutex_try_acquire(shared, key, stream);
    need(answer == IST_ACQUIRE_TIMEOUT && !SUCCEEDED((HRESULT)answer), "the timeout");
    printf("while D3D11 holds it, CUDA hears: %s\n", ist_explain());
    need(ist_d3d11_mutex_release(mutex, key) == IST_OK, "D3D11's release");
}

int main(void)
{
    ID3D11Device *device = NULL;
    IDXGIKeyedMutex *mutex = NULL;
    struct ist_resource shared = IST_RESOURCE_INIT;
    cudaStream_t stream = NULL;
    uint64_t key = 0; /* of a new mutex */
    need(SUCCEEDED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &device, NULL, NULL)),
         "D3D11CreateDevice");
    ID3D11Buffer *buffer = create_buffer(device);
    need(SUCCEEDED(ID3D11Buffer_QueryInterface(buffer, &IID_IDXGIKeyedMutex, (void **)&mutex)),
         "QueryInterface for IDXGIKeyedMutex");
    need(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess, "a stream");
    need(ist_import_resource((ID3D11Resource *)buffer, NULL, &shared) == IST_OK, "the import");

    for (int turn = 0; turn < TURNS; turn++, key += 2) {
        need(ist_keyed_mutex_acquire(&shared, key, 1000, stream) == IST_ACQUIRED, "CUDA's "
                                                                                  "acquire");
        need(cudaMemsetAsync((void *)(size_t)shared.pointer, turn, 4096, stream) == cudaSuccess,
             "CUDA's work");
        need(ist_keyed_mutex_release(&shared, key + 1, stream) == IST_OK, "CUDA's release");
        need(ist_d3d11_mutex_acquire(mutex, key + 1, 1000) == IST_ACQUIRED, "D3D11's acquire");
        need(ist_d3d11_mutex_release(mutex, key + 2) == IST_OK, "D3D11's release");
    }
    show_timeout(&shared, mutex, stream, key);
    printf("%d turns each; the next key is %d\n", TURNS, (int)key);

    need(cudaStreamSynchronize(stream) == cudaSuccess, "cudaStreamSynchronize");
    need(ist_release_resource(&shared) == IST_OK, "the release");
    cudaStreamDestroy(stream);
    IDXGIKeyedMutex_Release(mutex);
    ID3D11Buffer_Release(buffer);
    ID3D11Device_Release(device);
    return 0;
}
