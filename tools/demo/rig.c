/* SPDX-License-Identifier: MIT */
/* Opens both sides. Which CUDA device is the D3D11 device, the library says. */
#include "demo/rig.h"

#include "demo/cuda.h"

#define VENDOR_NVIDIA 0x10de

static bool find_adapter(unsigned number, IDXGIAdapter **out)
{
    IDXGIFactory *factory = NULL;
    if (!HR(CreateDXGIFactory(&IID_IDXGIFactory, (void **)&factory)))
        return false;
    bool ok = HR(IDXGIFactory_EnumAdapters(factory, number, out));
    IDXGIFactory_Release(factory);
    return ok;
}

/* Adapter names are plain ASCII; anything else is shown as a question mark. */
static bool describe(struct rig *rig, IDXGIAdapter *adapter)
{
    DXGI_ADAPTER_DESC desc;
    if (!HR(IDXGIAdapter_GetDesc(adapter, &desc)))
        return false;
    for (size_t i = 0; i + 1 < sizeof(rig->adapter) && desc.Description[i]; i++)
        rig->adapter[i] = desc.Description[i] < 128 ? (char)desc.Description[i] : '?';
    rig->luid = desc.AdapterLuid;
    rig->gpu = desc.VendorId == VENDOR_NVIDIA;
    return true;
}

/*
 * A named adapter rules out a kind of driver. Fences came with version 5 of the device and
 * version 4 of the context.
 */
static bool open_d3d11(struct rig *rig, IDXGIAdapter *adapter)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL;
    if (!HR(D3D11CreateDevice(adapter, D3D_DRIVER_TYPE_UNKNOWN, NULL, 0, NULL, 0,
                              D3D11_SDK_VERSION, &device, NULL, &context)))
        return false;
    bool ok =
        HR(ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&rig->device)) &&
        HR(ID3D11DeviceContext_QueryInterface(context, &IID_ID3D11DeviceContext4,
                                              (void **)&rig->context));
    ID3D11DeviceContext_Release(context);
    ID3D11Device_Release(device);
    return ok;
}

static bool open_cuda(struct rig *rig)
{
    int device = 0;
    return IST(ist_device_from_d3d11((ID3D11Device *)rig->device, &device)) &&
           cuda_open(rig->gpu, device) &&
           CUDA(cuda.stream_create(&rig->stream, cudaStreamNonBlocking));
}

bool rig_open(unsigned number, struct rig *out)
{
    IDXGIAdapter *adapter = NULL;
    struct rig rig = {0}; /* filled aside, so that *out is whole or untouched */
    bool ok = find_adapter(number, &adapter) && describe(&rig, adapter) &&
              open_d3d11(&rig, adapter) && open_cuda(&rig);
    if (adapter)
        IDXGIAdapter_Release(adapter);
    if (ok)
        *out = rig;
    else
        rig_close(&rig);
    return ok;
}

void rig_close(struct rig *rig)
{
    if (rig->stream)
        (void)CUDA(cuda.stream_destroy(rig->stream));
    if (rig->context)
        ID3D11DeviceContext4_Release(rig->context);
    if (rig->device)
        ID3D11Device5_Release(rig->device);
    *rig = (struct rig){0};
}
