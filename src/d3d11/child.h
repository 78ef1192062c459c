/* SPDX-License-Identifier: MIT */
/*
 * What all children of a device share: reference counts, private data, the way to the device.
 *
 * Two counts, as on Windows. `refs` is what AddRef and Release return. All of them together are
 * one of `holds`; a view holds its resource with another, so a resource whose last reference
 * has been released lives on below its views, and a view's GetResource() brings its references
 * back. While `refs` is not 0, the child has one reference on its device.
 */
#ifndef ISTHMUS_D3D11_CHILD_H
#define ISTHMUS_D3D11_CHILD_H

#include "base/atomics.h"
#include "d3d11/private_data.h"

struct d3d11_device;

struct d3d11_child {
    struct d3d11_device *device; /* never changes; referenced while refs > 0 */
    atomic_uint refs;            /* public references; any thread */
    atomic_uint holds;           /* 1 for all refs together, 1 for each holder inside */
    struct private_data data;
    void (*destroy)(struct d3d11_child *child); /* holds is 0: frees the object around it */
};

/* A child with one public reference, which takes one on the device. */
void d3d11_child_init(struct d3d11_child *child, struct d3d11_device *device,
                      void (*destroy)(struct d3d11_child *child));

/* Called by destroy(), last before the memory is freed. */
void d3d11_child_finish(struct d3d11_child *child);

/* AddRef and Release. The device's reference goes last, after the child itself. */
ULONG d3d11_child_addref(struct d3d11_child *child);
ULONG d3d11_child_release(struct d3d11_child *child);

/* A holder inside: a view of a resource, a mapping. The caller already has the child. */
void d3d11_child_hold(struct d3d11_child *child);
void d3d11_child_unhold(struct d3d11_child *child);

/* ID3D11DeviceChild::GetDevice and IDXGIDeviceSubObject::GetDevice. */
void d3d11_child_get_device(struct d3d11_child *child, ID3D11Device **out);
HRESULT d3d11_child_query_device(struct d3d11_child *child, REFIID iid, void **out);

/* E_POINTER for a question without a place for the answer; `iid` tells which one is NULL. */
HRESULT d3d11_refuse_query(REFIID iid, const char *what);

/*
 * The end of each QueryInterface. With an interface: one more reference by its own AddRef,
 * S_OK. With NULL: E_NOINTERFACE and *out NULL, `what` ("ID3D11Fence") in the reason.
 */
HRESULT d3d11_query_result(IUnknown *found, REFIID iid, const char *what, void **out);

#endif
