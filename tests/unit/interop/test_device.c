/* SPDX-License-Identifier: MIT */
/* From CUDA devices to adapters and back. */
#include "rig.h"

TEST(adapter_device_and_cuda_device_find_each_other)
{
    struct d3d d = d3d_new();
    IDXGIFactory *factory = NULL;
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc;
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    struct cudaDeviceProp properties;
    int device = -1;
    CHECK_EQ(ist_device_from_d3d11(d.device, &device), IST_OK);
    CHECK_EQ(device, 0);
    CHECK_EQ(CreateDXGIFactory(&IID_IDXGIFactory, (void **)&factory), S_OK);
    CHECK_EQ(ist_device_to_adapter(device, factory, &adapter), IST_OK);
    device = -1;
    CHECK_EQ(ist_device_from_adapter(adapter, &device), IST_OK);
    CHECK_EQ(device, 0);
    CHECK_EQ(IDXGIAdapter_GetDesc(adapter, &desc), S_OK);
    CHECK_EQ(ist_device_identify(device, &identity), IST_OK);
    OK(cudaGetDeviceProperties(&properties, device));
    CHECK_MEM(identity.luid, properties.luid, 8);
    CHECK_MEM(identity.luid, &desc.AdapterLuid, 8);
    CHECK_MEM(identity.uuid, &properties.uuid, 16);
    IDXGIAdapter_Release(adapter);
    IDXGIFactory_Release(factory);
    d3d_finish(&d);
}

TEST(numbers_of_no_device)
{
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    int device = 0;
    REFUSED(ist_device_identify(99, &identity), IST_WRONG_DEVICE, "99");
    REFUSED(ist_device_identify(-1, &identity), IST_WRONG_DEVICE, "-1");
    REFUSED(ist_device_identify(0, NULL), IST_BAD_POINTER, "NULL");
    REFUSED(ist_device_from_adapter(NULL, &device), IST_BAD_POINTER, "adapter");
    REFUSED(ist_device_from_d3d11(NULL, &device), IST_BAD_POINTER, "device");
    REFUSED(ist_device_to_adapter(0, NULL, NULL), IST_BAD_POINTER, "factory");
}
