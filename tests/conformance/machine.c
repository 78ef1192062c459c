/* SPDX-License-Identifier: MIT */
/* The facts about the machine that both systems tell in the same way: adapter, driver, CUDA. */
#include "conformance.h"

#include "probe.h"

#include <stdio.h>
#include <stdlib.h>

#define NVIDIA 0x10de

IDXGIAdapter *rig_adapter(void)
{
    IDXGIFactory1 *factory = NULL;
    IDXGIAdapter *adapter = NULL;
    IDXGIAdapter *first = NULL;
    if (CreateDXGIFactory1(&IID_IDXGIFactory1, (void **)&factory) != S_OK)
        return NULL;
    for (UINT i = 0; IDXGIFactory1_EnumAdapters(factory, i, &adapter) == S_OK; i++) {
        DXGI_ADAPTER_DESC desc;
        bool wanted = IDXGIAdapter_GetDesc(adapter, &desc) == S_OK && desc.VendorId == NVIDIA;
        if (wanted) {
            release(first);
            first = adapter;
            break;
        }
        if (!first)
            first = adapter;
        else
            release(adapter);
    }
    release(factory);
    return first;
}

static void tell_adapter(struct probe_machine *out, IDXGIAdapter *adapter)
{
    DXGI_ADAPTER_DESC desc;
    LARGE_INTEGER v;
    if (IDXGIAdapter_GetDesc(adapter, &desc) == S_OK) {
        desc.Description[ARRAYSIZE(desc.Description) - 1] = 0;
        wcstombs(out->device, desc.Description, sizeof(out->device) - 1);
    }
    if (IDXGIAdapter_CheckInterfaceSupport(adapter, &IID_IDXGIDevice, &v) == S_OK)
        snprintf(out->driver, sizeof(out->driver), "%u.%u.%u.%u",
                 (unsigned)v.HighPart >> 16 & 0xffff, (unsigned)v.HighPart & 0xffff,
                 (unsigned)v.LowPart >> 16 & 0xffff, (unsigned)v.LowPart & 0xffff);
}

static void tell_cuda(struct probe_machine *out)
{
    const char *missing = probe_cuda_missing();
    int runtime = 0, driver = 0;
    if (missing) {
        snprintf(out->cuda, sizeof(out->cuda), "%s", missing);
        return;
    }
    if (cudaRuntimeGetVersion(&runtime) == cudaSuccess &&
        cudaDriverGetVersion(&driver) == cudaSuccess)
        snprintf(out->cuda, sizeof(out->cuda), "runtime %d.%d, driver %d.%d", runtime / 1000,
                 runtime % 1000 / 10, driver / 1000, driver % 1000 / 10);
}

void probe_machine(struct probe_machine *out)
{
    *out = (struct probe_machine){"unknown", "unknown", "unknown", "unknown", "unknown"};
    snprintf(out->tool, sizeof(out->tool), "%s", probe_tool());
    probe_system(out->system, sizeof(out->system));
    IDXGIAdapter *adapter = rig_adapter();
    if (adapter)
        tell_adapter(out, adapter);
    release(adapter);
    tell_cuda(out);
}
