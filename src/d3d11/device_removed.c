/* SPDX-License-Identifier: MIT */
/*
 * What a removed device is. The cpu device is never lost (it is the process), so removal only
 * comes from d3d11_device_remove(). A GPU is lost by a fault in anybody's kernel: the first
 * call that asks finds it out. The kernel of Windows sets the fences of a lost device to their
 * largest value, so that nobody waits for ever.
 */
#include "d3d11/device_removed.h"

#include "base/gate.h"
#include "base/log.h"
#include "core/gpu.h"
#include "d3d11/device.h"
#include "d3d11/fence.h"

HRESULT d3d11_device_removed_yet(struct d3d11_device *device)
{
    return (HRESULT)load_acquire(&device->removed); /* pairs with end_fences() */
}

/*
 * At once for those who wait, and once more behind what the context still holds: a signal that
 * stands in line must not have the last word. A lost GPU holds nothing any more. Under the
 * lock, so that no fence is missed: one that is made later finds the device removed.
 */
static bool end_fences(struct d3d11_device *device, HRESULT reason)
{
    gate_lock(&device->lock);
    bool first = d3d11_device_removed_yet(device) == S_OK;
    if (first)
        store_release(&device->removed, (uint32_t)reason);
    list_for_each (link, next, &device->fences) {
        struct fence *core = container_of(link, struct d3d11_fence, link)->core;
        if (!first)
            break;
        fence_signal(core, UINT64_MAX);
        enum ist_status status = queue_signal_fence(device->queue, core, UINT64_MAX);
        if (status != IST_OK && status != IST_DEVICE_LOST)
            log_line(LOG_ERROR, "d3d11", "removal of a device: %s", status_reason());
    }
    gate_unlock(&device->lock);
    return first;
}

static void remove_for(struct d3d11_device *device, HRESULT reason)
{
    if (end_fences(device, reason))
        d3d11_device_set_events(device);
}

static void notice_loss(struct d3d11_device *device)
{
    struct device *core = device->core;
    if (core->ops->gpu && gpu_lost_by_now(core))
        remove_for(device, DXGI_ERROR_DEVICE_REMOVED);
}

HRESULT d3d11_device_removed_reason(struct d3d11_device *device)
{
    HRESULT reason = d3d11_device_removed_yet(device);
    if (reason != S_OK)
        return reason;
    notice_loss(device);
    return d3d11_device_removed_yet(device);
}

enum ist_status d3d11_device_check_present(struct d3d11_device *device, const char *call)
{
    HRESULT reason = d3d11_device_removed_reason(device);
    if (reason == S_OK)
        return IST_OK;
    return refuse(IST_DEVICE_LOST,
                  "%s: the device was removed (0x%08x): release everything of it and create "
                  "a new one",
                  call, (unsigned)reason);
}

void d3d11_device_remove(ID3D11Device *iface, HRESULT reason)
{
    remove_for(impl_from_ID3D11Device(iface), reason);
}
