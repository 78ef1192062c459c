/* SPDX-License-Identifier: MIT */
/*
 * What a removed device is. The cpu device is never lost (it is the process), so removal only
 * comes from d3d11_device_remove(). The kernel of Windows sets the fences of a lost device to
 * their largest value, so that nobody waits for ever.
 */
#include "d3d11/device_removed.h"

#include "base/log.h"
#include "d3d11/device.h"
#include "d3d11/fence.h"

HRESULT d3d11_device_removed_reason(struct d3d11_device *device)
{
    return (HRESULT)load_acquire(&device->removed); /* pairs with end_fences() */
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

/*
 * At once for those who wait, and once more behind what the context still holds: a signal that
 * stands in line must not have the last word. Under the lock, so that no fence is missed: one
 * that is made later finds the device removed.
 */
static void end_fences(struct d3d11_device *device, HRESULT reason)
{
    bool failed = false;
    gate_lock(&device->lock);
    store_release(&device->removed, (uint32_t)reason);
    list_for_each (link, next, &device->fences) {
        struct fence *core = container_of(link, struct d3d11_fence, link)->core;
        fence_signal(core, UINT64_MAX);
        failed |= queue_signal_fence(device->queue, core, UINT64_MAX) != IST_OK;
    }
    gate_unlock(&device->lock);
    if (failed)
        log_line(LOG_ERROR, "d3d11", "removal of a device: %s", status_reason());
}

void d3d11_device_remove(ID3D11Device *iface, HRESULT reason)
{
    struct d3d11_device *device = impl_from_ID3D11Device(iface);
    if (d3d11_device_removed_reason(device) != S_OK)
        return;
    end_fences(device, reason);
    d3d11_device_set_events(device);
}
