/* SPDX-License-Identifier: MIT */
/**
 * The driver API's part of Direct3D 11 interoperability that finds devices: Windows sources
 * call it to match an adapter or a D3D11 device with a CUDA device. Registering resources
 * without a handle (cuGraphicsD3D11RegisterResource) is not offered; share them instead. Needs
 * the Direct3D headers of isthmus-d3d11.
 */
#ifndef ISTHMUS_CUDA_CUDAD3D11_H
#define ISTHMUS_CUDA_CUDAD3D11_H

#include <cuda.h>

#include <d3d11.h>
#include <dxgi.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Of a D3D11 device that several GPUs render for: which of them. Here there is only one. */
typedef enum CUd3d11DeviceList_enum {
    CU_D3D11_DEVICE_LIST_ALL = 0x01,
    CU_D3D11_DEVICE_LIST_CURRENT_FRAME = 0x02,
    CU_D3D11_DEVICE_LIST_NEXT_FRAME = 0x03
} CUd3d11DeviceList;

/**
 * The CUDA device of an adapter.
 * @pCudaDevice  The result; untouched on failure. @pAdapter  Borrowed.
 * 1: a pointer is NULL. 100: the adapter is no CUDA device. 999: the adapter does not answer.
 */
CUresult CUDAAPI cuD3D11GetDevice(CUdevice *pCudaDevice, IDXGIAdapter *pAdapter);

/**
 * The CUDA devices of a D3D11 device: the one of its adapter.
 * @pCudaDeviceCount  How many there are, always all. @pCudaDevices  The first
 * @cudaDeviceCount of them. @pD3D11Device  Borrowed. @deviceList  One of the three.
 * 1: a pointer is NULL, or no such list. 100, 999: as above.
 */
CUresult CUDAAPI cuD3D11GetDevices(unsigned int *pCudaDeviceCount, CUdevice *pCudaDevices,
                                   unsigned int cudaDeviceCount, ID3D11Device *pD3D11Device,
                                   CUd3d11DeviceList deviceList);

#ifdef __cplusplus
}
#endif

#endif
