/* SPDX-License-Identifier: MIT */
/* A program that calls nothing of CUDA and nothing of Win32: interop.h finds both inside it. */
#define COBJMACROS
#include <d3d11_4.h>
#include <isthmus/interop.h>
#include <stdio.h>

int main(void)
{
    const struct ist_resource_desc desc = {
        .struct_size = sizeof(desc),
        .dimension = D3D11_RESOURCE_DIMENSION_BUFFER,
        .width = 256,
        .bind_flags = D3D11_BIND_SHADER_RESOURCE,
        .misc_flags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    ID3D11Device *device = NULL;
    ID3D11Resource *buffer = NULL;
    struct ist_resource import = IST_RESOURCE_INIT;
    if (FAILED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_WARP, NULL, 0, NULL, 0,
                                 D3D11_SDK_VERSION, &device, NULL, NULL)))
        return 1;
    if (ist_create_resource(device, &desc, &buffer) != IST_OK ||
        ist_import_resource(buffer, NULL, &import) != IST_OK) {
        printf("%s\n", ist_explain());
        return 2;
    }
    printf("isthmus %s, %u bytes imported\n", ist_version(), (unsigned)import.size);
    ID3D11Resource_Release(buffer);
    ID3D11Device_Release(device);
    return ist_release_resource(&import) == IST_OK ? 0 : 3;
}
