/* SPDX-License-Identifier: MIT */
/* Resource objects: life, identity, and what a device and its resources know of each other. */
#include "d3d11/resource.h"

#include "d3d11/context.h"
#include "d3d11/convert.h"
#include "d3d11/desc.h"

struct d3d11_resource *impl_from_ID3D11Resource(ID3D11Resource *iface)
{
    if (!iface)
        return NULL;
    const void *vtbl = iface->lpVtbl;
    assert(vtbl == &d3d11_buffer_vtbl || vtbl == &d3d11_texture1d_vtbl ||
           vtbl == &d3d11_texture2d_vtbl || vtbl == &d3d11_texture3d_vtbl);
    (void)vtbl;
    return container_of(iface, struct d3d11_resource, ID3D11Resource_iface);
}

/* True if the device has no other object over the same thing. Its lock is held. */
static bool is_last_locked(const struct d3d11_resource *resource)
{
    list_for_each (link, next, &resource->child.device->resources) {
        if (container_of(link, struct d3d11_resource, link)->core == resource->core)
            return false;
    }
    return true;
}

/*
 * A device that ends its last object over a resource while it owns the keyed mutex abandons it.
 * Under the lock: an object that is opened meanwhile must not lose what it acquires then.
 */
static void leave_device(struct d3d11_resource *resource)
{
    struct d3d11_device *device = resource->child.device;
    gate_lock(&device->lock);
    list_remove(&resource->link);
    if (resource->core->desc.keyed_mutex && is_last_locked(resource))
        kmutex_abandon(&resource->core->kmutex, device);
    gate_unlock(&device->lock);
}

static void resource_destroy(struct d3d11_child *child)
{
    struct d3d11_resource *resource = container_of(child, struct d3d11_resource, child);
    d3d11_context_forget_resource(child->device->context, resource);
    leave_device(resource);
    d3d11_child_finish(child);
    object_drop_by(&resource->core->object, HOLDER_COM, resource);
    free(resource);
}

static void set_vtbls(struct d3d11_resource *resource)
{
    switch (resource->desc.dimension) {
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D:
        resource->ID3D11Texture1D_iface.lpVtbl = &d3d11_texture1d_vtbl;
        break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        resource->ID3D11Texture2D1_iface.lpVtbl = &d3d11_texture2d_vtbl;
        break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE3D:
        resource->ID3D11Texture3D1_iface.lpVtbl = &d3d11_texture3d_vtbl;
        break;
    default: resource->ID3D11Buffer_iface.lpVtbl = &d3d11_buffer_vtbl; break;
    }
    resource->IDXGIResource1_iface.lpVtbl = &d3d11_dxgi_resource_vtbl;
    resource->IDXGISurface2_iface.lpVtbl = &d3d11_surface_vtbl;
    resource->IDXGIKeyedMutex_iface.lpVtbl = &d3d11_keyed_mutex_vtbl;
}

static void set_facts(struct d3d11_resource *resource)
{
    struct d3d11_traits t = d3d11_desc_traits(&resource->desc);
    const struct layout *layout = &resource->core->layout;
    d3d11_desc_complete(&resource->desc, layout);
    resource->usage = t.usage;
    resource->bind = t.bind;
    resource->cpu = t.cpu;
    resource->misc = t.misc;
    resource->format = t.format;
    resource->subresources = layout->levels * layout->slices;
    atomic_init(&resource->eviction, DXGI_RESOURCE_PRIORITY_NORMAL);
}

enum ist_status d3d11_resource_wrap(struct d3d11_device *device, struct resource *core,
                                    const struct d3d11_desc *desc, struct d3d11_resource **out)
{
    struct d3d11_resource *resource = calloc(1, sizeof(*resource));
    if (!resource) {
        object_drop(&core->object, HOLDER_COM);
        return refuse(IST_NO_MEMORY, "no memory for a resource object");
    }
    resource->core = core;
    live_name_holder(&core->object, HOLDER_COM, resource);
    resource->desc = *desc;
    set_vtbls(resource);
    set_facts(resource);
    d3d11_child_init(&resource->child, device, resource_destroy);

    gate_lock(&device->lock);
    list_append(&device->resources, &resource->link);
    gate_unlock(&device->lock);
    *out = resource;
    return IST_OK;
}

/* The D3D11 side of the object: its own kind and what that derives from. */
static bool is_own_iid(const struct d3d11_resource *resource, REFIID iid)
{
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_ID3D11DeviceChild) ||
        IsEqualGUID(iid, &IID_ID3D11Resource))
        return true;
    switch (resource->desc.dimension) {
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D: return IsEqualGUID(iid, &IID_ID3D11Texture1D);
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        return IsEqualGUID(iid, &IID_ID3D11Texture2D) ||
               IsEqualGUID(iid, &IID_ID3D11Texture2D1);
    case D3D11_RESOURCE_DIMENSION_TEXTURE3D:
        return IsEqualGUID(iid, &IID_ID3D11Texture3D) ||
               IsEqualGUID(iid, &IID_ID3D11Texture3D1);
    default: return IsEqualGUID(iid, &IID_ID3D11Buffer);
    }
}

static bool is_dxgi_resource_iid(REFIID iid)
{
    return IsEqualGUID(iid, &IID_IDXGIObject) || IsEqualGUID(iid, &IID_IDXGIDeviceSubObject) ||
           IsEqualGUID(iid, &IID_IDXGIResource) || IsEqualGUID(iid, &IID_IDXGIResource1);
}

static bool is_surface_iid(REFIID iid)
{
    return IsEqualGUID(iid, &IID_IDXGISurface) || IsEqualGUID(iid, &IID_IDXGISurface1) ||
           IsEqualGUID(iid, &IID_IDXGISurface2);
}

/* A 2D texture of one level and one slice is a surface too. */
static bool is_surface(const struct d3d11_resource *resource)
{
    return resource->desc.dimension == D3D11_RESOURCE_DIMENSION_TEXTURE2D &&
           resource->subresources == 1;
}

HRESULT d3d11_resource_query(struct d3d11_resource *resource, REFIID iid, void **out)
{
    IUnknown *found = NULL;
    if (!out || !iid)
        return d3d11_refuse_query(iid, "this resource");
    if (is_own_iid(resource, iid))
        found = (IUnknown *)&resource->ID3D11Resource_iface;
    else if (is_dxgi_resource_iid(iid))
        found = (IUnknown *)&resource->IDXGIResource1_iface;
    else if (is_surface_iid(iid) && is_surface(resource))
        found = (IUnknown *)&resource->IDXGISurface2_iface;
    else if (IsEqualGUID(iid, &IID_IDXGIKeyedMutex) && resource->core->desc.keyed_mutex)
        found = (IUnknown *)&resource->IDXGIKeyedMutex_iface;
    return d3d11_query_result(found, iid, "this resource", out);
}
