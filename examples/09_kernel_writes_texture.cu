/* SPDX-License-Identifier: MIT */
/*
 * A CUDA kernel writes a D3D11 texture through a surface object, and D3D11 reads it: no copy in
 * between. Needs nvcc and an NVIDIA GPU:
 *   nvcc 09_kernel_writes_texture.cu $(pkg-config --cflags isthmus-d3d11) \
 *       $(pkg-config --libs isthmus-cuda13 isthmus-d3d11 isthmus)
 *   ISTHMUS_DEVICE=nvidia ./a.out
 */
#include <windows.h>

#include <d3d11_4.h>
#include <wrl/client.h>

#include <cuda_runtime.h>
#include <isthmus/interop.h>

#include <cstdio>
#include <cstdlib>

using Microsoft::WRL::ComPtr;

static const unsigned SIDE = 256;

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "09_kernel_writes_texture: %s failed: %s\n", what, ist_explain());
        exit(EXIT_FAILURE);
    }
}

/* x of a surface counts bytes. */
__global__ void checkerboard(cudaSurfaceObject_t surface)
{
    unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    unsigned char light = (x ^ y) & 32 ? 255 : 0;
    uchar4 colour = make_uchar4(light, light, light, 255);
    surf2Dwrite(colour, surface, (int)(x * sizeof(colour)), (int)y);
}

static D3D11_TEXTURE2D_DESC describe()
{
    D3D11_TEXTURE2D_DESC desc = {};
    desc.Width = desc.Height = SIDE;
    desc.MipLevels = desc.ArraySize = 1;
    desc.Format = DXGI_FORMAT_R8G8B8A8_UNORM;
    desc.SampleDesc.Count = 1;
    return desc;
}

/* The kernel, in the stream's order behind nothing: the texture is new. */
static void write_with_cuda(const ist_resource &shared, cudaStream_t stream)
{
    cudaResourceDesc what = {};
    cudaSurfaceObject_t surface = 0;
    what.resType = cudaResourceTypeArray;
    need(cudaGetMipmappedArrayLevel(&what.res.array.array,
                                    static_cast<cudaMipmappedArray_t>(shared.mipmapped),
                                    0) == cudaSuccess,
         "cudaGetMipmappedArrayLevel");
    need(cudaCreateSurfaceObject(&surface, &what) == cudaSuccess, "cudaCreateSurfaceObject");
    checkerboard<<<dim3(SIDE / 16, SIDE / 16), dim3(16, 16), 0, stream>>>(surface);
    need(cudaStreamSynchronize(stream) == cudaSuccess, "the kernel");
    cudaDestroySurfaceObject(surface);
}

static unsigned white_pixels(ID3D11Device *device, ID3D11DeviceContext *context,
                             ID3D11Texture2D *texture)
{
    ComPtr<ID3D11Texture2D> twin;
    D3D11_MAPPED_SUBRESOURCE mapped;
    D3D11_TEXTURE2D_DESC desc = describe();
    desc.Usage = D3D11_USAGE_STAGING;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    need(SUCCEEDED(device->CreateTexture2D(&desc, nullptr, &twin)), "the staging texture");
    context->CopyResource(twin.Get(), texture);
    need(SUCCEEDED(context->Map(twin.Get(), 0, D3D11_MAP_READ, 0, &mapped)), "Map");
    const unsigned char *pixels = static_cast<const unsigned char *>(mapped.pData);
    unsigned white = 0;
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++)
            white += pixels[y * mapped.RowPitch + 4 * x] == 255;
    context->Unmap(twin.Get(), 0);
    return white;
}

int main()
{
    ComPtr<ID3D11Device> device;
    ComPtr<ID3D11DeviceContext> context;
    ComPtr<ID3D11Texture2D> texture;
    ist_resource shared = IST_RESOURCE_INIT;
    ist_import_options options = IST_IMPORT_OPTIONS_INIT;
    cudaStream_t stream = nullptr;
    int ordinal = 0;
    need(SUCCEEDED(D3D11CreateDevice(nullptr, D3D_DRIVER_TYPE_HARDWARE, nullptr, 0, nullptr, 0,
                                     D3D11_SDK_VERSION, &device, nullptr, &context)),
         "D3D11CreateDevice");
    need(ist_device_from_d3d11(device.Get(), &ordinal) == IST_OK, "finding the GPU");
    need(cudaSetDevice(ordinal) == cudaSuccess && cudaFree(nullptr) == cudaSuccess,
         "cudaSetDevice");
    need(cudaStreamCreate(&stream) == cudaSuccess, "cudaStreamCreate");

    D3D11_TEXTURE2D_DESC desc = describe();
    desc.BindFlags = D3D11_BIND_SHADER_RESOURCE;
    desc.MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
    need(SUCCEEDED(device->CreateTexture2D(&desc, nullptr, &texture)), "CreateTexture2D");
    options.flags = IST_IMPORT_SURFACE;
    need(ist_import_resource(texture.Get(), &options, &shared) == IST_OK, "the import");

    write_with_cuda(shared, stream);
    unsigned white = white_pixels(device.Get(), context.Get(), texture.Get());
    need(white == SIDE * SIDE / 2, "the comparison");
    printf("D3D11 read %u white pixels that a kernel wrote\n", white);
    need(ist_release_resource(&shared) == IST_OK, "the release");
    cudaStreamDestroy(stream);
    return 0;
}
