/* SPDX-License-Identifier: MIT */
/* What a user writes first, in C and in C++: one call of each library. */
#define COBJMACROS
#include <cuda_runtime_api.h>
#include <d3d11_4.h>
#include <isthmus/interop.h>
#include <stdio.h>

#ifdef __cplusplus
#define RELEASE(device) (device)->Release()
#else
#define RELEASE(device) ID3D11Device_Release(device)
#endif

int main(void)
{
    ID3D11Device *device = NULL;
    int found = -1, count = 0, runtime = 0;
    HRESULT hr = D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_WARP, NULL, 0, NULL, 0,
                                   D3D11_SDK_VERSION, &device, NULL, NULL);
    if (FAILED(hr) || cudaGetDeviceCount(&count) != cudaSuccess || count < 1 ||
        cudaRuntimeGetVersion(&runtime) != cudaSuccess)
        return 1;
    if (ist_device_from_d3d11(device, &found) != IST_OK)
        return 2;
    RELEASE(device);
    printf("isthmus %s, CUDA %d, device %d of %d\n", ist_version(), runtime / 1000, found,
           count);
    return runtime / 1000 == ISTHMUS_CUDART_MAJOR ? 0 : 3;
}
