/* SPDX-License-Identifier: MIT */
/*
 * A buffer or texture object. Several such objects, of one device or of many, may stand over
 * one core resource: each open makes one. A resource of D3D11 and its DXGI interfaces
 * (resource, surface, keyed mutex) are one COM object with one count.
 */
#ifndef ISTHMUS_D3D11_RESOURCE_H
#define ISTHMUS_D3D11_RESOURCE_H

#include "core/resource.h"
#include "d3d11/child.h"
#include "d3d11/device.h"

/* What the creator asked for; travels with the core resource to those who open it. */
struct d3d11_desc {
    uint32_t magic;     /* D3D11_DESC_MAGIC: a D3D11 device made the resource */
    uint32_t dimension; /* D3D11_RESOURCE_DIMENSION */
    union {
        D3D11_BUFFER_DESC buffer;
        D3D11_TEXTURE1D_DESC texture1d;
        D3D11_TEXTURE2D_DESC1 texture2d;
        D3D11_TEXTURE3D_DESC1 texture3d;
    };
};

#define D3D11_DESC_MAGIC 0x31443344U

_Static_assert(sizeof(struct d3d11_desc) <= RESOURCE_CREATOR_BYTES, "travels in desc.creator");

struct d3d11_resource {
    struct d3d11_child child;
    union {
        ID3D11Resource ID3D11Resource_iface; /* the common part of the four */
        ID3D11Buffer ID3D11Buffer_iface;
        ID3D11Texture1D ID3D11Texture1D_iface;
        ID3D11Texture2D1 ID3D11Texture2D1_iface;
        ID3D11Texture3D1 ID3D11Texture3D1_iface;
    };
    IDXGIResource1 IDXGIResource1_iface;
    IDXGISurface2 IDXGISurface2_iface;     /* for 2D with one subresource */
    IDXGIKeyedMutex IDXGIKeyedMutex_iface; /* with a keyed mutex */

    /* Fixed after creation. */
    struct resource *core;  /* held as HOLDER_COM */
    struct d3d11_desc desc; /* with all fields filled in: MipLevels is never 0 */
    D3D11_USAGE usage;      /* the same in each description ... */
    UINT bind, cpu, misc;   /* ... so they are here for all */
    UINT subresources;      /* levels x slices */
    DXGI_FORMAT format;     /* DXGI_FORMAT_UNKNOWN for buffers */

    struct list link;          /* in device->resources, guarded by device->lock */
    _Atomic uint32_t eviction; /* the priority: kept for the program only */
};

extern const ID3D11BufferVtbl d3d11_buffer_vtbl;
extern const ID3D11Texture1DVtbl d3d11_texture1d_vtbl;
extern const ID3D11Texture2D1Vtbl d3d11_texture2d_vtbl;
extern const ID3D11Texture3D1Vtbl d3d11_texture3d_vtbl;
extern const IDXGIResource1Vtbl d3d11_dxgi_resource_vtbl;
extern const IDXGISurface2Vtbl d3d11_surface_vtbl;
extern const IDXGIKeyedMutexVtbl d3d11_keyed_mutex_vtbl;

/* Checked: one of our four kinds, else the program stops here. NULL gives NULL. */
struct d3d11_resource *impl_from_ID3D11Resource(ID3D11Resource *iface);

static inline struct d3d11_resource *impl_from_IDXGIResource1(IDXGIResource1 *iface)
{
    assert(iface->lpVtbl == &d3d11_dxgi_resource_vtbl);
    return container_of(iface, struct d3d11_resource, IDXGIResource1_iface);
}

static inline struct d3d11_resource *impl_from_IDXGISurface2(IDXGISurface2 *iface)
{
    assert(iface->lpVtbl == &d3d11_surface_vtbl);
    return container_of(iface, struct d3d11_resource, IDXGISurface2_iface);
}

static inline struct d3d11_resource *impl_from_IDXGIKeyedMutex(IDXGIKeyedMutex *iface)
{
    assert(iface->lpVtbl == &d3d11_keyed_mutex_vtbl);
    return container_of(iface, struct d3d11_resource, IDXGIKeyedMutex_iface);
}

/* The level and slice of a subresource number; false if the resource has fewer. */
static inline bool d3d11_resource_subresource(const struct d3d11_resource *resource, UINT index,
                                              uint32_t *level, uint32_t *slice)
{
    uint32_t levels = resource->core->layout.levels;
    if (index >= resource->subresources)
        return false;
    *level = index % levels;
    *slice = index / levels;
    return true;
}

static inline bool d3d11_resource_is_buffer(const struct d3d11_resource *resource)
{
    return resource->desc.dimension == D3D11_RESOURCE_DIMENSION_BUFFER;
}

/*
 * A new object of `device` over `core`, whose HOLDER_COM it takes over (also on failure). One
 * public reference. `desc` is complete.
 */
enum ist_status d3d11_resource_wrap(struct d3d11_device *device, struct resource *core,
                                    const struct d3d11_desc *desc, struct d3d11_resource **out)
    MUST_CHECK;

/*
 * Checks `desc`, creates, and fills with `data` (may be NULL): all that Create* have in common.
 * `out` NULL: only checks.
 */
enum ist_status d3d11_resource_create(struct d3d11_device *device,
                                      const struct d3d11_desc *desc,
                                      const D3D11_SUBRESOURCE_DATA *data,
                                      struct d3d11_resource **out) MUST_CHECK;

/* QueryInterface of the whole object. */
HRESULT d3d11_resource_query(struct d3d11_resource *resource, REFIID iid, void **out);

#endif
