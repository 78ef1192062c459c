/* SPDX-License-Identifier: MIT */
/* Windows' calls that match devices, in both spellings. */
#include "d3d_rig.h"

#include <cudaD3D11.h>
#include <cuda_d3d11_interop.h>

static IDXGIAdapter *adapter_of(const struct d3d *d)
{
    IDXGIDevice *dxgi = NULL;
    IDXGIAdapter *adapter = NULL;
    CHECK_EQ(ID3D11Device_QueryInterface(d->device, &IID_IDXGIDevice, (void **)&dxgi), S_OK);
    CHECK_EQ(IDXGIDevice_GetAdapter(dxgi, &adapter), S_OK);
    IDXGIDevice_Release(dxgi);
    return adapter;
}

TEST(an_adapter_is_a_cuda_device)
{
    struct d3d d = d3d_new();
    IDXGIAdapter *adapter = adapter_of(&d);
    int device = -1;
    CUdevice same = -1;
    OK(cudaD3D11GetDevice(&device, adapter));
    CHECK_EQ(cuD3D11GetDevice(&same, adapter), CUDA_SUCCESS);
    CHECK_EQ(device, 0);
    CHECK_EQ(same, 0);
    IDXGIAdapter_Release(adapter);
    d3d_finish(&d);
}

/* The count is of all, whatever room there is. */
TEST(a_d3d11_device_is_one_cuda_device)
{
    struct d3d d = d3d_new();
    unsigned count = 0;
    int devices[2] = {-1, -1};
    OK(cudaD3D11GetDevices(&count, devices, 2, d.device, cudaD3D11DeviceListAll));
    CHECK_EQ(count, 1);
    CHECK_EQ(devices[0], 0);
    CHECK_EQ(devices[1], -1);
    count = 0;
    OK(cudaD3D11GetDevices(&count, NULL, 0, d.device, cudaD3D11DeviceListNextFrame));
    CHECK_EQ(count, 1);
    CHECK_EQ(cuD3D11GetDevices(&count, devices, 2, d.device,
                               CU_D3D11_DEVICE_LIST_CURRENT_FRAME),
             CUDA_SUCCESS);
    d3d_finish(&d);
}

/* ---- an adapter of somebody else's ------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE foreign_GetDesc(IDXGIAdapter *This, DXGI_ADAPTER_DESC *out)
{
    if (!This)
        return E_FAIL;
    memset(out, 0, sizeof(*out));
    out->AdapterLuid.LowPart = 0x12345678;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE broken_GetDesc(IDXGIAdapter *This, DXGI_ADAPTER_DESC *out)
{
    return This && out ? E_FAIL : S_OK;
}

TEST(adapters_that_are_no_cuda_device)
{
    IDXGIAdapterVtbl foreign_table = {.GetDesc = foreign_GetDesc};
    IDXGIAdapterVtbl broken_table = {.GetDesc = broken_GetDesc};
    IDXGIAdapter foreign = {&foreign_table}, broken = {&broken_table};
    int device = 7;
    REFUSED((int)cudaD3D11GetDevice(&device, &foreign), 100, "0x12345678");
    REFUSED((int)cuD3D11GetDevice(&device, &broken), 999, "GetDesc");
    CHECK_EQ(device, 7);
}

TEST(mistakes)
{
    struct d3d d = d3d_new();
    IDXGIAdapter *adapter = adapter_of(&d);
    unsigned count = 7;
    int device = 7;
    REFUSED((int)cudaD3D11GetDevice(NULL, adapter), 1, "NULL");
    REFUSED((int)cudaD3D11GetDevice(&device, NULL), 1, "adapter");
    REFUSED((int)cudaD3D11GetDevices(NULL, &device, 1, d.device, cudaD3D11DeviceListAll), 1,
            "count");
    REFUSED((int)cudaD3D11GetDevices(&count, NULL, 1, d.device, cudaD3D11DeviceListAll), 1,
            "array");
    REFUSED((int)cudaD3D11GetDevices(&count, &device, 1, NULL, cudaD3D11DeviceListAll), 1,
            "D3D11 device");
    REFUSED((int)cudaD3D11GetDevices(&count, &device, 1, d.device, (enum cudaD3D11DeviceList)4),
            1, "list 4");
    CHECK_EQ(count, 7);
    CHECK_EQ(device, 7);
    IDXGIAdapter_Release(adapter);
    d3d_finish(&d);
}
