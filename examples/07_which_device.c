/* SPDX-License-Identifier: MIT */
/*
 * On a machine with several GPUs, both APIs must use one: from a D3D11 device to the CUDA
 * device, and from a CUDA device to the adapter to create a D3D11 device on.
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

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "07_which_device: %s failed: %s\n", what, ist_explain());
        exit(EXIT_FAILURE);
    }
}

static void print_bytes(const char *name, const uint8_t *bytes, int count)
{
    printf("  %s ", name);
    for (int i = 0; i < count; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

/* A D3D11 device on the adapter of this CUDA device. */
static ID3D11Device *create_on(int cuda_device)
{
    IDXGIFactory *factory = NULL;
    IDXGIAdapter *adapter = NULL;
    ID3D11Device *device = NULL;
    need(SUCCEEDED(CreateDXGIFactory(&IID_IDXGIFactory, (void **)&factory)), "CreateDXGIFactor"
                                                                             "y");
    need(ist_device_to_adapter(cuda_device, factory, &adapter) == IST_OK, "the adapter");
    /* With an adapter, the driver type must be UNKNOWN. */
    need(SUCCEEDED(D3D11CreateDevice(adapter, D3D_DRIVER_TYPE_UNKNOWN, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &device, NULL, NULL)),
         "D3D11CreateDevice");
    IDXGIAdapter_Release(adapter);
    IDXGIFactory_Release(factory);
    return device;
}

int main(void)
{
    int count = 0;
    need(cudaGetDeviceCount(&count) == cudaSuccess, "cudaGetDeviceCount");
    for (int i = 0; i < count; i++) {
        struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
        int found = -1;
        need(ist_device_identify(i, &identity) == IST_OK, "the identity");
        printf("CUDA device %d\n", i);
        print_bytes("LUID", identity.luid, sizeof(identity.luid));
        print_bytes("UUID", identity.uuid, sizeof(identity.uuid));
        ID3D11Device *device = create_on(i);
        need(ist_device_from_d3d11(device, &found) == IST_OK && found == i, "the way back");
        need(cudaSetDevice(found) == cudaSuccess, "cudaSetDevice");
        ID3D11Device_Release(device);
    }
    printf("%d device(s), each found from both sides\n", count);
    return 0;
}
