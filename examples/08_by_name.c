/* SPDX-License-Identifier: MIT */
/*
 * What goes from a producer to a consumer: a name, or a handle with its ownership said, and a
 * description, because neither of them tells what it is of. One process here; nothing but the
 * two arguments of consume() would go from one to another.
 */
#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11.h>
#include <dxgi1_2.h>

#include <cuda_runtime.h>
#include <isthmus/interop.h>

#include <stdio.h>
#include <stdlib.h>

#define NAME L"isthmus example 08"
#define BYTES 4096

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "08_by_name: %s failed: %s\n", what, ist_explain());
        exit(EXIT_FAILURE);
    }
}

static ID3D11Buffer *produce(ID3D11Device *device, HANDLE *handle)
{
    ID3D11Buffer *buffer = NULL;
    IDXGIResource1 *dxgi = NULL;
    static const unsigned char bytes[BYTES] = {'x'};
    D3D11_SUBRESOURCE_DATA data = {bytes, 0, 0};
    D3D11_BUFFER_DESC desc = {
        .ByteWidth = BYTES,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    need(SUCCEEDED(ID3D11Device_CreateBuffer(device, &desc, &data, &buffer)), "CreateBuffer");
    need(SUCCEEDED(ID3D11Buffer_QueryInterface(buffer, &IID_IDXGIResource1, (void **)&dxgi)),
         "QueryInterface");
    need(SUCCEEDED(IDXGIResource1_CreateSharedHandle(
             dxgi, NULL, DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE, NAME, handle)),
         "CreateSharedHandle");
    IDXGIResource1_Release(dxgi);
    return buffer;
}

/* A name lives as long as its handle; the import needs neither afterwards. */
static void consume(const wchar_t *name, HANDLE handle, const struct ist_resource_desc *desc)
{
    struct ist_resource named = IST_RESOURCE_INIT, taken = IST_RESOURCE_INIT;
    char first = 0;
    need(ist_import_name_borrow(name, desc, NULL, &named) == IST_OK, "the import by name");
    need(ist_import_handle_take(handle, desc, NULL, &taken) == IST_OK, "the import by handle");
    need(cudaMemcpy(&first, (void *)(size_t)named.pointer, 1, cudaMemcpyDeviceToHost) ==
                 cudaSuccess &&
             first == 'x',
         "the first byte by name");
    printf("%llu bytes by name and by handle; the handle is closed\n",
           (unsigned long long)named.size);
    need(ist_import_name_borrow(name, desc, NULL, &named) != IST_OK, "a second import into "
                                                                     "one");
    printf("refused: %s\n", ist_explain());
    need(ist_release_resource(&named) == IST_OK, "the first release");
    need(ist_release_resource(&taken) == IST_OK, "the second release");
}

int main(void)
{
    ID3D11Device *device = NULL;
    HANDLE handle = NULL;
    struct ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    need(SUCCEEDED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &device, NULL, NULL)),
         "D3D11CreateDevice");
    ID3D11Buffer *buffer = produce(device, &handle);
    need(ist_describe_resource((ID3D11Resource *)buffer, &desc) == IST_OK, "the description");
    need(cudaSetDevice(0) == cudaSuccess, "cudaSetDevice");
    consume(NAME, handle, &desc);
    ID3D11Buffer_Release(buffer);
    ID3D11Device_Release(device);
    return 0;
}
