/* SPDX-License-Identifier: MIT */
/*
 * Which CUDA device is an adapter or a D3D11 device: the one with its LUID. The objects are
 * asked through their own methods, so those of another implementation will do. No state.
 */
#define COBJMACROS
#include <windows.h>

#include <d3d11.h>
#include <dxgi.h>

#include "cuda/error.h"
#include "cuda/istcu.h"

#include <string.h>

#pragma GCC visibility push(default)
#include <cudaD3D11.h>
#include <cuda_d3d11_interop.h>
#pragma GCC visibility pop

/* Microsoft's published number, so that no library of GUIDs is needed. */
static const GUID iid_dxgi_device = {0x54ec77fa,
                                     0x1377,
                                     0x44e6,
                                     {0x8c, 0x32, 0x88, 0xfd, 0x5f, 0x44, 0xc8, 0x4c}};

/* LowPart and HighPart, as CUDA shows them. */
static int find_luid(const LUID *luid, int *out)
{
    struct istcu_device_facts facts;
    unsigned char wanted[8];
    int count = 0;
    int code = istcu_device_count(&count);
    memcpy(wanted, &luid->LowPart, 4);
    memcpy(wanted + 4, &luid->HighPart, 4);
    for (int i = 0; !code && i < count; i++) {
        code = istcu_device_facts(i, &facts);
        if (!code && memcmp(facts.luid, wanted, sizeof(wanted)) == 0) {
            *out = i;
            return CUDA_SUCCESS;
        }
    }
    return code ? code
                : cu_refuse(CUDA_ERROR_NO_DEVICE,
                            "the adapter's LUID 0x%08x, 0x%08x is that of none of %d CUDA "
                            "devices",
                            (unsigned)luid->LowPart, (unsigned)luid->HighPart, count);
}

static int device_of_adapter(IDXGIAdapter *adapter, int *out)
{
    DXGI_ADAPTER_DESC desc;
    HRESULT hr = IDXGIAdapter_GetDesc(adapter, &desc);
    if (FAILED(hr))
        return cu_refuse(CUDA_ERROR_UNKNOWN, "IDXGIAdapter::GetDesc answered 0x%08x",
                         (unsigned)hr);
    return find_luid(&desc.AdapterLuid, out);
}

static int device_of_device(ID3D11Device *device, int *out)
{
    IDXGIDevice *dxgi = NULL;
    IDXGIAdapter *adapter = NULL;
    HRESULT hr = ID3D11Device_QueryInterface(device, &iid_dxgi_device, (void **)&dxgi);
    if (SUCCEEDED(hr)) {
        hr = IDXGIDevice_GetAdapter(dxgi, &adapter);
        IDXGIDevice_Release(dxgi);
    }
    if (FAILED(hr))
        return cu_refuse(CUDA_ERROR_UNKNOWN,
                         "the D3D11 device has no adapter: it answered 0x%08x", (unsigned)hr);
    int code = device_of_adapter(adapter, out);
    IDXGIAdapter_Release(adapter);
    return code;
}

static int get_device(int *out, IDXGIAdapter *adapter)
{
    if (!out || !adapter)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "cuD3D11GetDevice: %s is NULL",
                         out ? "the adapter" : "the pointer to the device");
    return device_of_adapter(adapter, out);
}

/* One adapter is one device, so all three lists are the same. */
static int get_devices(unsigned *count, int *devices, unsigned room, ID3D11Device *device,
                       unsigned list)
{
    int found;
    if (!count || !device || (room && !devices))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "cuD3D11GetDevices: %s is NULL",
                         !count    ? "the pointer to the count"
                         : !device ? "the D3D11 device"
                                   : "the array of devices");
    if (list < CU_D3D11_DEVICE_LIST_ALL || list > CU_D3D11_DEVICE_LIST_NEXT_FRAME)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cuD3D11GetDevices: list %u: all (1), current frame (2) and next "
                         "frame (3) are known",
                         list);
    int code = device_of_device(device, &found);
    if (code)
        return code;
    *count = 1;
    if (room)
        devices[0] = found;
    return CUDA_SUCCESS;
}

CUresult cuD3D11GetDevice(CUdevice *pCudaDevice, IDXGIAdapter *pAdapter)
{
    return (CUresult)get_device(pCudaDevice, pAdapter);
}

CUresult cuD3D11GetDevices(unsigned int *pCudaDeviceCount, CUdevice *pCudaDevices,
                           unsigned int cudaDeviceCount, ID3D11Device *pD3D11Device,
                           CUd3d11DeviceList deviceList)
{
    return (CUresult)get_devices(pCudaDeviceCount, pCudaDevices, cudaDeviceCount, pD3D11Device,
                                 deviceList);
}

cudaError_t cudaD3D11GetDevice(int *device, IDXGIAdapter *pAdapter)
{
    return (cudaError_t)get_device(device, pAdapter);
}

cudaError_t cudaD3D11GetDevices(unsigned int *pCudaDeviceCount, int *pCudaDevices,
                                unsigned int cudaDeviceCount, ID3D11Device *pD3D11Device,
                                enum cudaD3D11DeviceList deviceList)
{
    return (cudaError_t)get_devices(pCudaDeviceCount, pCudaDevices, cudaDeviceCount,
                                    pD3D11Device, deviceList);
}
