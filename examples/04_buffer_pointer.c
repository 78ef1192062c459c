/* SPDX-License-Identifier: MIT */
/*
 * A D3D11 buffer is an ordinary CUDA pointer: CUDA writes vertices, D3D11 reads them back. Who
 * comes first is decided by hand here, with a synchronise; 05 and 06 show how it is done.
 */
#define COBJMACROS
#include <windows.h>

#include <d3d11.h>

#include <cuda_runtime.h>
#include <isthmus/interop.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 1024
static float vertices[COUNT][4];

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "04_buffer_pointer: %s failed: %s\n", what, ist_explain());
        exit(EXIT_FAILURE);
    }
}

static ID3D11Buffer *create_buffer(ID3D11Device *device, D3D11_BUFFER_DESC desc)
{
    ID3D11Buffer *buffer = NULL;
    desc.ByteWidth = sizeof(vertices);
    need(SUCCEEDED(ID3D11Device_CreateBuffer(device, &desc, NULL, &buffer)), "CreateBuffer");
    return buffer;
}

/* D3D11 reads what it shares through a twin that the CPU may look into. */
static void check_with_d3d11(ID3D11Device *device, ID3D11DeviceContext *context,
                             ID3D11Buffer *buffer)
{
    D3D11_MAPPED_SUBRESOURCE mapped;
    ID3D11Buffer *twin = create_buffer(device, (D3D11_BUFFER_DESC){
                                                   .Usage = D3D11_USAGE_STAGING,
                                                   .CPUAccessFlags = D3D11_CPU_ACCESS_READ,
                                               });
    ID3D11DeviceContext_CopyResource(context, (ID3D11Resource *)twin, (ID3D11Resource *)buffer);
    need(SUCCEEDED(ID3D11DeviceContext_Map(context, (ID3D11Resource *)twin, 0, D3D11_MAP_READ,
                                           0, &mapped)),
         "Map");
    need(memcmp(mapped.pData, vertices, sizeof(vertices)) == 0, "the comparison");
    ID3D11DeviceContext_Unmap(context, (ID3D11Resource *)twin, 0);
    ID3D11Buffer_Release(twin);
}

int main(void)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL;
    struct ist_resource shared = IST_RESOURCE_INIT;
    need(SUCCEEDED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &device, NULL, &context)),
         "D3D11CreateDevice");
    /* Plain SHARED: the family of KMT numbers. The import finds that out by itself. */
    ID3D11Buffer *buffer = create_buffer(device, (D3D11_BUFFER_DESC){
                                                     .BindFlags = D3D11_BIND_VERTEX_BUFFER,
                                                     .MiscFlags = D3D11_RESOURCE_MISC_SHARED,
                                                 });
    need(cudaSetDevice(0) == cudaSuccess, "cudaSetDevice");
    need(ist_import_resource((ID3D11Resource *)buffer, NULL, &shared) == IST_OK, "the import");

    for (int i = 0; i < COUNT; i++)
        vertices[i][0] = (float)i;
    void *pointer = (void *)(size_t)shared.pointer;
    need(cudaMemcpy(pointer, vertices, sizeof(vertices), cudaMemcpyHostToDevice) ==
                 cudaSuccess &&
             cudaDeviceSynchronize() == cudaSuccess,
         "writing with CUDA");
    check_with_d3d11(device, context, buffer);
    printf("D3D11 read %d vertices that CUDA wrote through a pointer\n", COUNT);

    need(ist_release_resource(&shared) == IST_OK, "the release");
    ID3D11Buffer_Release(buffer);
    ID3D11DeviceContext_Release(context);
    ID3D11Device_Release(device);
    return 0;
}
