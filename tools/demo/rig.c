/* SPDX-License-Identifier: MIT */
/* Opens both sides and finds out which CUDA device is the D3D11 device. */
#include "demo/rig.h"

#include "demo/check.h"
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* Fences came with version 5 of the device and version 4 of the context. */
static bool ask_for_interfaces(struct rig *rig, ID3D11Device *device,
                               ID3D11DeviceContext *context)
{
    return HR(ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&rig->device)) &&
           HR(ID3D11DeviceContext_QueryInterface(context, &IID_ID3D11DeviceContext4,
                                                 (void **)&rig->context));
}

static bool open_d3d11(struct rig *rig)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL;
    if (!HR(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                              D3D11_SDK_VERSION, &device, NULL, &context)))
        return false;
    bool ok = ask_for_interfaces(rig, device, context);
    ID3D11DeviceContext_Release(context);
    ID3D11Device_Release(device);
    return ok && HR(ID3D11Device5_CreateFence(rig->device, 0, D3D11_FENCE_FLAG_NONE,
                                              &IID_ID3D11Fence, (void **)&rig->done));
}

/* Adapter names are plain ASCII; anything else is shown as a question mark. */
static void take_description(struct rig *rig, const DXGI_ADAPTER_DESC *desc)
{
    size_t i = 0;
    for (; i + 1 < sizeof(rig->adapter) && desc->Description[i]; i++)
        rig->adapter[i] = desc->Description[i] < 128 ? (char)desc->Description[i] : '?';
    rig->adapter[i] = '\0';
    rig->luid = desc->AdapterLuid;
}

/* The guide's way from a device to the LUID: device, DXGI device, adapter, description. */
static bool describe_adapter(struct rig *rig)
{
    IDXGIDevice *dxgi = NULL;
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc;
    if (!HR(ID3D11Device5_QueryInterface(rig->device, &IID_IDXGIDevice, (void **)&dxgi)))
        return false;
    bool ok = HR(IDXGIDevice_GetAdapter(dxgi, &adapter));
    IDXGIDevice_Release(dxgi);
    if (!ok)
        return false;
    ok = HR(IDXGIAdapter_GetDesc(adapter, &desc));
    IDXGIAdapter_Release(adapter);
    if (ok)
        take_description(rig, &desc);
    return ok;
}

/* Numbers of devices mean nothing across the two APIs; only the LUID does. */
static bool find_cuda_device(struct rig *rig)
{
    int count = 0;
    if (!CUDA(cudaGetDeviceCount(&count)))
        return false;
    for (int i = 0; i < count; i++) {
        if (!CUDA(cudaGetDeviceProperties(&rig->cuda, i)))
            return false;
        if (memcmp(rig->cuda.luid, &rig->luid, sizeof(rig->luid)) == 0)
            return CUDA(cudaSetDevice(i));
    }
    complain("none of %d CUDA devices has the LUID %08x-%08x of the D3D11 device '%s'", count,
             (unsigned)rig->luid.HighPart, (unsigned)rig->luid.LowPart, rig->adapter);
    return false;
}

bool rig_open(struct rig *out)
{
    /* Filled aside, so that *out is whole or untouched. */
    struct rig rig = {0};
    if (open_d3d11(&rig) && describe_adapter(&rig) && find_cuda_device(&rig) &&
        CUDA(cudaStreamCreateWithFlags(&rig.stream, cudaStreamNonBlocking))) {
        *out = rig;
        return true;
    }
    rig_close(&rig);
    return false;
}

void rig_close(struct rig *rig)
{
    if (rig->stream)
        (void)CUDA(cudaStreamDestroy(rig->stream));
    if (rig->done)
        ID3D11Fence_Release(rig->done);
    if (rig->context)
        ID3D11DeviceContext4_Release(rig->context);
    if (rig->device)
        ID3D11Device5_Release(rig->device);
    *rig = (struct rig){0};
}

bool rig_finish_d3d11(struct rig *rig)
{
    UINT64 value = ++rig->done_value;
    if (!HR(ID3D11DeviceContext4_Signal(rig->context, rig->done, value)))
        return false;
    ID3D11DeviceContext4_Flush(rig->context);
    /* Without an event the call itself waits. */
    return HR(ID3D11Fence_SetEventOnCompletion(rig->done, value, NULL));
}

void rig_name(struct rig *rig, WCHAR *out, size_t length)
{
    swprintf(out, length, L"Local\\isthmus-%d-%u", (int)getpid(), rig->names++);
}
