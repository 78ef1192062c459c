/* SPDX-License-Identifier: MIT */
/*
 * A program with NVIDIA's real runtime, inside it (libcudart_static.a, with the --wrap list) or
 * beside it (linked after ours): D3D11's types reach us, the bytes are the same on both sides,
 * other types reach the driver.
 */
#define COBJMACROS
#define INITGUID
#include <cuda_runtime_api.h>
#include <d3d11_4.h>
#include <windows.h>

#include <isthmus/isthmus.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 65536u

static void need(const char *what, bool ok, long code)
{
    printf("%-4s %s (%ld)\n", ok ? "ok" : "FAIL", what, code);
    if (ok)
        return;
    printf("     %s\n", ist_explain());
    exit(1);
}

#define CUDA(call) need_zero(#call, (long)(call))
#define HR(call) need_zero(#call, (long)(call))

static void need_zero(const char *what, long code)
{
    need(what, code == 0, code);
}

static unsigned char bytes[BYTES], found[BYTES];

static ID3D11Buffer *shared_buffer(ID3D11Device *device, UINT misc)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = BYTES,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = misc};
    D3D11_SUBRESOURCE_DATA data = {.pSysMem = bytes};
    ID3D11Buffer *buffer = NULL;
    HR(ID3D11Device_CreateBuffer(device, &desc, &data, &buffer));
    return buffer;
}

static HANDLE handle_of(ID3D11Buffer *buffer, bool nt)
{
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    HR(ID3D11Buffer_QueryInterface(buffer, &IID_IDXGIResource1, (void **)&dxgi));
    if (nt)
        HR(IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, NULL, &handle));
    else
        HR(IDXGIResource1_GetSharedHandle(dxgi, &handle));
    IDXGIResource1_Release(dxgi);
    return handle;
}

/* Types 6 and 7: imported, mapped, read. */
static void import(ID3D11Device *device, bool nt)
{
    ID3D11Buffer *buffer =
        shared_buffer(device, D3D11_RESOURCE_MISC_SHARED |
                                  (nt ? (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE : 0));
    struct cudaExternalMemoryHandleDesc desc;
    struct cudaExternalMemoryBufferDesc part;
    cudaExternalMemory_t memory = NULL;
    void *at = NULL;
    memset(&desc, 0, sizeof(desc));
    memset(&part, 0, sizeof(part));
    desc.type = nt ? cudaExternalMemoryHandleTypeD3D11Resource
                   : cudaExternalMemoryHandleTypeD3D11ResourceKmt;
    desc.handle.win32.handle = handle_of(buffer, nt);
    desc.size = part.size = BYTES;
    desc.flags = cudaExternalMemoryDedicated;
    CUDA(cudaImportExternalMemory(&memory, &desc));
    CUDA(cudaExternalMemoryGetMappedBuffer(&at, memory, &part));
    memset(found, 0, BYTES);
    CUDA(cudaMemcpy(found, at, BYTES, cudaMemcpyDeviceToHost));
    need("the bytes are D3D11's", memcmp(found, bytes, BYTES) == 0, 0);
    CUDA(cudaFree(at));
    CUDA(cudaDestroyExternalMemory(memory));
    if (nt)
        need("CloseHandle", CloseHandle(desc.handle.win32.handle), 0);
    ID3D11Buffer_Release(buffer);
}

/* Type 5 of semaphores: a stream's signal is D3D11's value. */
static void fence(ID3D11Device *device)
{
    ID3D11Device5 *device5 = NULL;
    ID3D11Fence *made = NULL;
    struct cudaExternalSemaphoreHandleDesc desc;
    struct cudaExternalSemaphoreSignalParams signal;
    cudaExternalSemaphore_t semaphore = NULL;
    memset(&desc, 0, sizeof(desc));
    memset(&signal, 0, sizeof(signal));
    HR(ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&device5));
    HR(ID3D11Device5_CreateFence(device5, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                 (void **)&made));
    desc.type = cudaExternalSemaphoreHandleTypeD3D11Fence;
    HR(ID3D11Fence_CreateSharedHandle(made, NULL, GENERIC_ALL, NULL,
                                      &desc.handle.win32.handle));
    CUDA(cudaImportExternalSemaphore(&semaphore, &desc));
    signal.params.fence.value = 7;
    CUDA(cudaSignalExternalSemaphoresAsync(&semaphore, &signal, 1, 0));
    CUDA(cudaDeviceSynchronize());
    need("the value is the stream's", ID3D11Fence_GetCompletedValue(made) == 7, 7);
    CUDA(cudaDestroyExternalSemaphore(semaphore));
    CloseHandle(desc.handle.win32.handle);
    ID3D11Fence_Release(made);
    ID3D11Device5_Release(device5);
}

/* A type that is not ours: the driver refuses the fd in its own way. */
static void others(void)
{
    struct cudaExternalMemoryHandleDesc desc;
    cudaExternalMemory_t memory = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalMemoryHandleTypeOpaqueFd;
    desc.handle.fd = -1;
    desc.size = BYTES;
    cudaError_t result = cudaImportExternalMemory(&memory, &desc);
    need("type 1 with fd -1 is the driver's 999", result == cudaErrorUnknown, (long)result);
}

int main(void)
{
    ID3D11Device *device = NULL;
    struct cudaDeviceProp prop;
    unsigned char zero[sizeof(prop.luid)] = {0};
    for (unsigned i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251);
    CUDA(cudaSetDevice(0));
    HR(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0, D3D11_SDK_VERSION,
                         &device, NULL, NULL));
    CUDA(cudaGetDeviceProperties(&prop, 0));
    need("the LUID is there", memcmp(prop.luid, zero, sizeof(zero)) != 0, 0);
    import(device, true);
    import(device, false);
    fence(device);
    others();
    ID3D11Device_Release(device);
    return 0;
}
