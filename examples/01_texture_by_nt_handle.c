/* SPDX-License-Identifier: MIT */
/*
 * Direct3D 11 writes a texture, CUDA reads it: the same memory, by NT handle. Nothing here
 * knows of Isthmus; with the Windows SDK and the CUDA toolkit the file builds on Windows, too.
 */
#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11_1.h>
#include <dxgi1_2.h>

#include <cuda_runtime.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 64, HEIGHT = 32 };
static UINT pixels[HEIGHT][WIDTH], seen_by_cuda[HEIGHT][WIDTH];

/* An example may simply stop; it says where. */
static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "01_texture_by_nt_handle: %s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

static ID3D11Texture2D *create_texture(ID3D11Device *device)
{
    ID3D11Texture2D *texture = NULL;
    D3D11_SUBRESOURCE_DATA data = {pixels, sizeof(pixels[0]), 0};
    D3D11_TEXTURE2D_DESC desc = {
        .Width = WIDTH,
        .Height = HEIGHT,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        /* NTHANDLE needs a companion: SHARED, or SHARED_KEYEDMUTEX. */
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    need(SUCCEEDED(ID3D11Device_CreateTexture2D(device, &desc, &data, &texture)), "CreateTextur"
                                                                                  "e2D");
    return texture;
}

static HANDLE create_handle(ID3D11Texture2D *texture)
{
    IDXGIResource1 *resource = NULL;
    HANDLE handle = NULL;
    need(SUCCEEDED(
             ID3D11Texture2D_QueryInterface(texture, &IID_IDXGIResource1, (void **)&resource)),
         "QueryInterface for IDXGIResource1");
    need(SUCCEEDED(IDXGIResource1_CreateSharedHandle(resource, NULL,
                                                     DXGI_SHARED_RESOURCE_READ |
                                                         DXGI_SHARED_RESOURCE_WRITE,
                                                     NULL, &handle)),
         "CreateSharedHandle");
    IDXGIResource1_Release(resource);
    return handle;
}

static cudaExternalMemory_t import(HANDLE handle)
{
    cudaExternalMemory_t memory = NULL;
    struct cudaExternalMemoryHandleDesc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalMemoryHandleTypeD3D11Resource;
    desc.handle.win32.handle = handle;
    desc.size = sizeof(pixels);
    desc.flags = cudaExternalMemoryDedicated;
    need(cudaImportExternalMemory(&memory, &desc) == cudaSuccess, "cudaImportExternalMemory");
    return memory;
}

static void read_with_cuda(cudaExternalMemory_t memory)
{
    cudaMipmappedArray_t mipmaps = NULL;
    cudaArray_t level = NULL;
    struct cudaExternalMemoryMipmappedArrayDesc desc;
    memset(&desc, 0, sizeof(desc));
    desc.formatDesc = cudaCreateChannelDesc(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    desc.extent = make_cudaExtent(WIDTH, HEIGHT, 0);
    desc.numLevels = 1;
    need(cudaExternalMemoryGetMappedMipmappedArray(&mipmaps, memory, &desc) == cudaSuccess &&
             cudaGetMipmappedArrayLevel(&level, mipmaps, 0) == cudaSuccess,
         "mapping the array");
    need(cudaMemcpy2DFromArray(seen_by_cuda, sizeof(pixels[0]), level, 0, 0, sizeof(pixels[0]),
                               HEIGHT, cudaMemcpyDeviceToHost) == cudaSuccess,
         "cudaMemcpy2DFromArray");
    cudaFreeMipmappedArray(mipmaps);
}

int main(void)
{
    ID3D11Device *device = NULL;
    for (UINT i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i / WIDTH][i % WIDTH] = 0xff000000u | i;
    need(SUCCEEDED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &device, NULL, NULL)),
         "D3D11CreateDevice");
    ID3D11Texture2D *texture = create_texture(device);
    HANDLE handle = create_handle(texture);
    cudaExternalMemory_t memory = import(handle);
    CloseHandle(handle); /* the import holds the texture by itself */
    read_with_cuda(memory);
    need(memcmp(pixels, seen_by_cuda, sizeof(pixels)) == 0, "the comparison of the pixels");
    printf("CUDA read %d x %d pixels of a D3D11 texture, all as written\n", WIDTH, HEIGHT);
    cudaDestroyExternalMemory(memory);
    ID3D11Texture2D_Release(texture);
    ID3D11Device_Release(device);
    return 0;
}
