/* SPDX-License-Identifier: MIT */
/*
 * Factories and adapters. An adapter stands for one device of the session and holds its
 * factory; a factory holds nothing but the session, which never ends.
 */
#ifndef ISTHMUS_D3D11_DXGI_H
#define ISTHMUS_D3D11_DXGI_H

#include "base/atomics.h"
#include "core/session.h"
#include "d3d11/private_data.h"

#include <assert.h>

struct dxgi_factory {
    IDXGIFactory7 IDXGIFactory7_iface;
    atomic_uint refs;
    struct session *session;
    UINT flags; /* of CreateDXGIFactory2 */
    struct private_data data;
};

struct dxgi_adapter {
    IDXGIAdapter4 IDXGIAdapter4_iface;
    atomic_uint refs;
    struct dxgi_factory *factory; /* referenced */
    struct device *core;          /* of the session */
    struct private_data data;
};

extern const IDXGIFactory7Vtbl dxgi_factory_vtbl;
extern const IDXGIAdapter4Vtbl dxgi_adapter_vtbl;

static inline struct dxgi_factory *impl_from_IDXGIFactory7(IDXGIFactory7 *iface)
{
    assert(iface->lpVtbl == &dxgi_factory_vtbl);
    return container_of(iface, struct dxgi_factory, IDXGIFactory7_iface);
}

static inline struct dxgi_adapter *impl_from_IDXGIAdapter4(IDXGIAdapter4 *iface)
{
    assert(iface->lpVtbl == &dxgi_adapter_vtbl);
    return container_of(iface, struct dxgi_adapter, IDXGIAdapter4_iface);
}

/* One reference. NULL: no memory. */
struct dxgi_factory *dxgi_factory_create(UINT flags);
struct dxgi_adapter *dxgi_adapter_create(struct dxgi_factory *factory, struct device *core);

/* Ours behind any adapter pointer of a program; NULL (and a reason) if it is not one. */
struct dxgi_adapter *dxgi_adapter_from(IDXGIAdapter *iface);

/* The software device: what WARP stands for. NULL if the session has none. */
struct device *dxgi_software_device(struct session *session);

LUID dxgi_luid(const struct device *core);

#endif
