/* SPDX-License-Identifier: MIT */
/* ID3D11Fence: one object of a device over a fence of core, which others may have opened
 * too. */
#ifndef ISTHMUS_D3D11_FENCE_H
#define ISTHMUS_D3D11_FENCE_H

#include "core/fence.h"
#include "d3d11/child.h"
#include "d3d11/device.h"

struct d3d11_fence {
    struct d3d11_child child;
    ID3D11Fence ID3D11Fence_iface;
    struct fence *core; /* held as HOLDER_COM */
    struct list link;   /* in device->fences, guarded by device->lock */
};

extern const ID3D11FenceVtbl d3d11_fence_vtbl;

static inline struct d3d11_fence *impl_from_ID3D11Fence(ID3D11Fence *iface)
{
    assert(iface->lpVtbl == &d3d11_fence_vtbl);
    return container_of(iface, struct d3d11_fence, ID3D11Fence_iface);
}

/* Takes the HOLDER_COM of `core` over (also on failure). One public reference.
 * IST_DEVICE_LOST. */
enum ist_status d3d11_fence_wrap(struct d3d11_device *device, struct fence *core,
                                 struct d3d11_fence **out) MUST_CHECK;

#endif
