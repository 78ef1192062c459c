/* SPDX-License-Identifier: MIT */
/* Opens both sides. Which CUDA device is the D3D11 device, the library says. */
#include "demo/rig.h"

#include "demo/check.h"
#include "demo/cuda.h"

#include <unistd.h>
#include <wchar.h>

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

/* A named adapter rules out a kind of driver. */
static bool create_d3d11(unsigned number, ID3D11Device **device, ID3D11DeviceContext **context)
{
    IDXGIAdapter *adapter = NULL;
    if (!find_adapter(number, &adapter))
        return false;
    bool ok = HR(D3D11CreateDevice(adapter, D3D_DRIVER_TYPE_UNKNOWN, NULL, 0, NULL, 0,
                                   D3D11_SDK_VERSION, device, NULL, context));
    IDXGIAdapter_Release(adapter);
    return ok;
}

/* Fences came with version 5 of the device and version 4 of the context. */
static bool open_d3d11(struct rig *rig, unsigned adapter)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL;
    if (!create_d3d11(adapter, &device, &context))
        return false;
    bool ok =
        HR(ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&rig->device)) &&
        HR(ID3D11DeviceContext_QueryInterface(context, &IID_ID3D11DeviceContext4,
                                              (void **)&rig->context));
    ID3D11DeviceContext_Release(context);
    ID3D11Device_Release(device);
    return ok && HR(ID3D11Device5_CreateFence(rig->device, 0, D3D11_FENCE_FLAG_NONE,
                                              &IID_ID3D11Fence, (void **)&rig->done));
}

static bool open_cuda(struct rig *rig)
{
    int device = 0;
    return IST(ist_device_from_d3d11((ID3D11Device *)rig->device, &device)) &&
           cuda_choose(rig->gpu) && CUDA(cuda->set_device(device)) &&
           CUDA(cuda->stream_create(&rig->stream));
}

/* Adapter names are plain ASCII; anything else is shown as a question mark. */
static bool describe_adapter(struct rig *rig)
{
    IDXGIDevice *dxgi = NULL;
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc = {0};
    bool ok = HR(ID3D11Device5_QueryInterface(rig->device, &IID_IDXGIDevice, (void **)&dxgi)) &&
              HR(IDXGIDevice_GetAdapter(dxgi, &adapter)) &&
              HR(IDXGIAdapter_GetDesc(adapter, &desc));
    for (size_t i = 0; i + 1 < sizeof(rig->adapter) && desc.Description[i]; i++)
        rig->adapter[i] = desc.Description[i] < 128 ? (char)desc.Description[i] : '?';
    rig->luid = desc.AdapterLuid;
    rig->gpu = desc.VendorId == VENDOR_NVIDIA;
    if (adapter)
        IDXGIAdapter_Release(adapter);
    if (dxgi)
        IDXGIDevice_Release(dxgi);
    return ok;
}

bool rig_open(struct rig *out)
{
    return rig_open_on(0, out);
}

bool rig_open_on(unsigned adapter, struct rig *out)
{
    struct rig rig = {0}; /* filled aside, so that *out is whole or untouched */
    bool ok = open_d3d11(&rig, adapter) && describe_adapter(&rig) && open_cuda(&rig);
    if (ok)
        *out = rig;
    else
        rig_close(&rig);
    return ok;
}

void rig_close(struct rig *rig)
{
    if (rig->stream)
        (void)CUDA(cuda->stream_destroy(rig->stream));
    if (rig->done)
        ID3D11Fence_Release(rig->done);
    if (rig->context)
        ID3D11DeviceContext4_Release(rig->context);
    if (rig->device)
        ID3D11Device5_Release(rig->device);
    *rig = (struct rig){0};
}

/* Without an event the wait is the call itself. */
bool rig_finish_d3d11(struct rig *rig)
{
    UINT64 value = ++rig->done_value;
    bool ok = HR(ID3D11DeviceContext4_Signal(rig->context, rig->done, value));
    ID3D11DeviceContext4_Flush(rig->context);
    return ok && HR(ID3D11Fence_SetEventOnCompletion(rig->done, value, NULL));
}

void rig_name(struct rig *rig, WCHAR *out, size_t length)
{
    swprintf(out, length, L"Local\\isthmus-%d-%u", (int)getpid(), rig->names++);
}
