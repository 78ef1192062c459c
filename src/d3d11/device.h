/* SPDX-License-Identifier: MIT */
/*
 * The device object: ID3D11Device up to 5, IDXGIDevice up to 4 and ID3D11Multithread (whose IID
 * is ID3D10Multithread's too) are one COM object. All methods may be called by any thread.
 */
#ifndef ISTHMUS_D3D11_DEVICE_H
#define ISTHMUS_D3D11_DEVICE_H

#include "base/atomics.h"
#include "base/gate.h"
#include "base/list.h"
#include "core/queue.h"
#include "core/session.h"
#include "d3d11/private_data.h"

#include <assert.h>

struct d3d11_context;
struct dxgi_adapter;

struct d3d11_device {
    ID3D11Device5 ID3D11Device5_iface;
    IDXGIDevice4 IDXGIDevice4_iface;
    ID3D11Multithread ID3D11Multithread_iface;
    atomic_uint refs; /* the program's, and one for each child that has references */

    /* Fixed after creation. */
    struct session *session;
    struct device *core;           /* of the session */
    struct queue *queue;           /* owned; what the immediate context submits to */
    struct d3d11_context *context; /* owned; see context.h */
    struct dxgi_adapter *adapter;  /* referenced */
    D3D_FEATURE_LEVEL level;
    UINT flags; /* D3D11_CREATE_DEVICE_* */

    _Atomic uint32_t removed; /* HRESULT, 0: present. Stored once, by device_removed.c */

    struct private_data data;
    pthread_mutex_t lock;  /* guards what follows; held for moments, inside the fork gate */
    struct list resources; /* of struct d3d11_resource: who may own keyed mutexes for us */
    struct list events;    /* of struct removed_event (device_events.c) */
    struct list fences;    /* of struct d3d11_fence: what a removal ends */
    DWORD last_cookie;
    UINT exception_mode;
    UINT frame_latency;
    INT priority;
};

extern const ID3D11Device5Vtbl d3d11_device_vtbl;
extern const IDXGIDevice4Vtbl d3d11_dxgi_device_vtbl;
extern const ID3D11MultithreadVtbl d3d11_device_multithread_vtbl;

static inline struct d3d11_device *impl_from_ID3D11Device5(ID3D11Device5 *iface)
{
    assert(iface->lpVtbl == &d3d11_device_vtbl); /* a foreign object stops here */
    return container_of(iface, struct d3d11_device, ID3D11Device5_iface);
}

/* For code that was given the base interface. */
static inline struct d3d11_device *impl_from_ID3D11Device(ID3D11Device *iface)
{
    return impl_from_ID3D11Device5((ID3D11Device5 *)iface);
}

ULONG d3d11_device_addref(struct d3d11_device *device);
ULONG d3d11_device_release(struct d3d11_device *device);
HRESULT d3d11_device_query(struct d3d11_device *device, REFIID iid, void **out);

/* Ends what RegisterDeviceRemovedEvent() left. The device is ending. */
void d3d11_device_drop_events(struct d3d11_device *device);

/* Sets those events: the device was removed. */
void d3d11_device_set_events(struct d3d11_device *device);

/* Why the device was removed; S_OK while it is there. Takes device->lock if it was lost. */
HRESULT d3d11_device_removed_reason(struct d3d11_device *device);

/* The same as far as it is known; device->lock may be held. */
HRESULT d3d11_device_removed_yet(struct d3d11_device *device);

/* IST_DEVICE_LOST, with `call` in the reason, once the device was removed. */
enum ist_status d3d11_device_check_present(struct d3d11_device *device, const char *call)
    MUST_CHECK;

/* True for 9_x, where nothing can be shared and formats and sizes are fewer. */
static inline bool d3d11_device_is_9(const struct d3d11_device *device)
{
    return device->level < D3D_FEATURE_LEVEL_10_0;
}

#endif
