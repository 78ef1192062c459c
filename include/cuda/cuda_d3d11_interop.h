/* SPDX-License-Identifier: MIT */
/**
 * The runtime API's part of Direct3D 11 interoperability that finds devices: see cudaD3D11.h,
 * which says the same in the driver's words. The functions are in libisthmus-cuda.so, one for
 * all versions of the runtime, so they leave nothing for cudaGetLastError().
 */
#ifndef ISTHMUS_CUDA_D3D11_INTEROP_H
#define ISTHMUS_CUDA_D3D11_INTEROP_H

#include <cuda_runtime_api.h>

#include <d3d11.h>
#include <dxgi.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Of a D3D11 device that several GPUs render for: which of them. Here there is only one. */
enum cudaD3D11DeviceList {
    cudaD3D11DeviceListAll = 1,
    cudaD3D11DeviceListCurrentFrame = 2,
    cudaD3D11DeviceListNextFrame = 3
};

/** The CUDA device of an adapter: what to give cudaSetDevice(). 0, 1, 100 or 999. */
cudaError_t CUDARTAPI cudaD3D11GetDevice(int *device, IDXGIAdapter *pAdapter);

/** The CUDA devices of a D3D11 device: all are counted, at most @cudaDeviceCount written. */
cudaError_t CUDARTAPI cudaD3D11GetDevices(unsigned int *pCudaDeviceCount, int *pCudaDevices,
                                          unsigned int cudaDeviceCount,
                                          ID3D11Device *pD3D11Device,
                                          enum cudaD3D11DeviceList deviceList);

#ifdef __cplusplus
}
#endif

#endif
