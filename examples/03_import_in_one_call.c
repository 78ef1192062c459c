/* SPDX-License-Identifier: MIT */
/*
 * A D3D11 texture in CUDA by one call: handle family, size, flags, format and device are its
 * business, and so is closing the handle. On Windows it runs with NVIDIA's driver.
 */
#define COBJMACROS
#include <windows.h>

#include <d3d11.h>

#include <cuda_runtime.h>
#include <isthmus/interop.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 64, HEIGHT = 32 };
static UINT pixels[HEIGHT][WIDTH], seen_by_cuda[HEIGHT][WIDTH];

/* The library says why; the program says where. */
static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "03_import_in_one_call: %s failed: %s\n", what, ist_explain());
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
        .Format = DXGI_FORMAT_B8G8R8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_RENDER_TARGET | D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    need(SUCCEEDED(ID3D11Device_CreateTexture2D(device, &desc, &data, &texture)), "CreateTextur"
                                                                                  "e2D");
    return texture;
}

int main(void)
{
    ID3D11Device *device = NULL;
    struct ist_resource shared = IST_RESOURCE_INIT;
    cudaArray_t level = NULL;
    for (UINT i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i / WIDTH][i % WIDTH] = 0xff000000u | i;
    need(SUCCEEDED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &device, NULL, NULL)),
         "D3D11CreateDevice");
    ID3D11Texture2D *texture = create_texture(device);
    need(cudaSetDevice(0) == cudaSuccess, "cudaSetDevice");

    need(ist_import_resource((ID3D11Resource *)texture, NULL, &shared) == IST_OK, "the import");

    need(cudaGetMipmappedArrayLevel(&level, (cudaMipmappedArray_t)shared.mipmapped, 0) ==
                 cudaSuccess &&
             cudaMemcpy2DFromArray(seen_by_cuda, sizeof(pixels[0]), level, 0, 0,
                                   sizeof(pixels[0]), HEIGHT,
                                   cudaMemcpyDeviceToHost) == cudaSuccess,
         "reading the array");
    need(memcmp(pixels, seen_by_cuda, sizeof(pixels)) == 0, "the comparison of the pixels");
    printf("CUDA read %d x %d pixels: %u channels, array flags 0x%x, %llu bytes\n", WIDTH,
           HEIGHT, shared.array_channels, shared.array_flags, (unsigned long long)shared.size);

    need(ist_release_resource(&shared) == IST_OK, "the release");
    ID3D11Texture2D_Release(texture);
    ID3D11Device_Release(device);
    return 0;
}
