/* SPDX-License-Identifier: MIT */
/*
 * How a device gets at what was shared: by global number, by NT handle, by name. Each open
 * makes a new object over the same thing. And how it makes the fences that are shared.
 */
#include "d3d11/convert.h"
#include "d3d11/desc.h"
#include "d3d11/device_methods.h"
#include "d3d11/fence.h"
#include "d3d11/resource.h"
#include "d3d11/share.h"

#include "core/handle.h"
#include "core/kmt.h"
#include "core/name.h"
#include "win32/handle.h"
#include "win32/string.h"

/* Starts an open: the out pointer is NULL unless all goes well. */
static HRESULT check_out(struct d3d11_device *device, void **out)
{
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "opening a shared object: the out pointer "
                                                    "is NULL"));
    *out = NULL;
    if (d3d11_device_is_9(device))
        return d3d11_result(refuse(IST_BAD_ARG,
                                   "feature level 0x%x shares nothing, 0xa000 and above do",
                                   device->level));
    return S_OK;
}

static enum ist_status check_device(const struct d3d11_device *device,
                                    const struct device *core)
{
    if (core == device->core)
        return IST_OK;
    return refuse(IST_WRONG_DEVICE, "the object belongs to \"%s\", this device is \"%s\"",
                  core->description, device->core->description);
}

static bool same_layout(const struct layout *a, const struct layout *b)
{
    return a->size == b->size && a->levels == b->levels && a->slices == b->slices &&
           a->level[0].width == b->level[0].width && a->level[0].height == b->level[0].height &&
           a->level[0].depth == b->level[0].depth;
}

/*
 * It may come from another process: what D3D11 would tell the program must be what core has
 * checked, or the program would reach beyond the memory.
 */
static enum ist_status check_creator(const struct resource *core, const struct d3d11_desc *desc)
{
    bool known = desc->dimension >= D3D11_RESOURCE_DIMENSION_BUFFER &&
                 desc->dimension <= D3D11_RESOURCE_DIMENSION_TEXTURE3D;
    struct resource_desc said = known ? d3d11_core_desc(desc) : core->desc;
    struct layout layout;
    if (known && layout_compute(&said.shape, &layout) == IST_OK &&
        said.shape.dimension == core->desc.shape.dimension &&
        said.shape.format == core->desc.shape.format && same_layout(&layout, &core->layout) &&
        said.sharing == core->desc.sharing && said.keyed_mutex == core->desc.keyed_mutex)
        return IST_OK;
    return refuse(IST_BAD_PARCEL, "the creator's description does not fit the resource that it "
                                  "came with");
}

/* The creator's description; a resource that another API made has none. */
static enum ist_status read_desc(const struct resource *core, struct d3d11_desc *out)
{
    memcpy(out, core->desc.creator, sizeof(*out));
    if (out->magic != D3D11_DESC_MAGIC)
        return refuse(IST_WRONG_TYPE, "the resource was not made by a D3D11 device");
    return check_creator(core, out);
}

/* A COM object over `object`, whose hold it takes over, as the interface that was asked for. */
static HRESULT wrap_resource(struct d3d11_device *device, struct object *object, REFIID iid,
                             void **out)
{
    struct resource *core = resource_from_object(object);
    struct d3d11_resource *resource;
    struct d3d11_desc desc;
    enum ist_status status = check_device(device, core->device);
    if (status == IST_OK)
        status = read_desc(core, &desc);
    if (status != IST_OK) {
        object_drop(object, HOLDER_COM);
        return d3d11_result(status);
    }
    status = d3d11_resource_wrap(device, core, &desc, &resource);
    if (status != IST_OK)
        return d3d11_result(status);
    HRESULT hr = d3d11_resource_query(resource, iid, out);
    d3d11_child_release(&resource->child);
    return hr;
}

DEV_METHOD(HRESULT, OpenSharedResource)(DEV, HANDLE handle, REFIID iid, void **out)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    struct object *object;
    HRESULT hr = check_out(device, out);
    if (hr != S_OK)
        return hr;
    enum ist_status status =
        kmt_get(device->session, win32_value(handle), OBJECT_RESOURCE, HOLDER_COM, &object);
    if (status != IST_OK)
        return d3d11_result(status);
    return wrap_resource(device, object, iid, out);
}

DEV_METHOD(HRESULT, OpenSharedResource1)(DEV, HANDLE handle, REFIID iid, void **out)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    struct object *object;
    HRESULT hr = check_out(device, out);
    if (hr != S_OK)
        return hr;
    enum ist_status status = handle_get(device->session, win32_value(handle), OBJECT_RESOURCE,
                                        D3D11_OPEN_ACCESS, HOLDER_COM, &object);
    if (status != IST_OK)
        return d3d11_result(status);
    return wrap_resource(device, object, iid, out);
}

static enum ist_status find_name(struct d3d11_device *device, const WCHAR *name, DWORD access,
                                 struct object **out)
{
    _cleanup_(freep) char *utf8 = NULL;
    if (!name)
        return refuse(IST_BAD_POINTER, "OpenSharedResourceByName: the name is NULL");
    if (!access)
        return refuse(IST_ACCESS_DENIED, "OpenSharedResourceByName: access 0 allows nothing; "
                                         "GENERIC_ALL "
                                         "0x10000000 is right");
    enum ist_status status = win32_utf8_from_wide(name, &utf8);
    if (status != IST_OK)
        return status;
    return name_get(device->session, utf8, OBJECT_RESOURCE, HOLDER_COM, out);
}

DEV_METHOD(HRESULT, OpenSharedResourceByName)
(DEV, LPCWSTR name, DWORD access, REFIID iid, void **out)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    struct object *object;
    HRESULT hr = check_out(device, out);
    if (hr != S_OK)
        return hr;
    enum ist_status status = find_name(device, name, access, &object);
    if (status != IST_OK)
        return d3d11_result(status);
    return wrap_resource(device, object, iid, out);
}

static HRESULT wrap_fence(struct d3d11_device *device, struct fence *core, REFIID iid,
                          void **out)
{
    struct d3d11_fence *fence;
    enum ist_status status = d3d11_fence_wrap(device, core, &fence);
    if (status != IST_OK)
        return d3d11_result(status);
    HRESULT hr = ID3D11Fence_QueryInterface(&fence->ID3D11Fence_iface, iid, out);
    d3d11_child_release(&fence->child);
    return hr;
}

DEV_METHOD(HRESULT, OpenSharedFence)(DEV, HANDLE handle, REFIID iid, void **out)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    struct object *object;
    HRESULT hr = check_out(device, out);
    if (hr != S_OK)
        return hr;
    enum ist_status status = handle_get(device->session, win32_value(handle), OBJECT_FENCE,
                                        D3D11_OPEN_ACCESS, HOLDER_COM, &object);
    if (status != IST_OK)
        return d3d11_result(status);

    struct fence *core = fence_from_object(object);
    status = check_device(device, core->device);
    if (status != IST_OK) {
        object_drop(object, HOLDER_COM);
        return d3d11_result(status);
    }
    return wrap_fence(device, core, iid, out);
}

#define FENCE_FLAGS                                                        \
    ((unsigned)D3D11_FENCE_FLAG_NONE | (unsigned)D3D11_FENCE_FLAG_SHARED | \
     (unsigned)D3D11_FENCE_FLAG_SHARED_CROSS_ADAPTER |                     \
     (unsigned)D3D11_FENCE_FLAG_NON_MONITORED)

DEV_METHOD(HRESULT, CreateFence)
(DEV, UINT64 value, D3D11_FENCE_FLAG flags, REFIID iid, void **out)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    struct fence *core;
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "CreateFence: the out pointer is NULL"));
    *out = NULL;
    if ((unsigned)flags & ~FENCE_FLAGS)
        return d3d11_result(refuse(IST_BAD_ARG, "CreateFence: flags 0x%x: only 0x%x exist",
                                   (unsigned)flags, FENCE_FLAGS));
    enum ist_status status =
        fence_create(device->session, device->core, value, (unsigned)flags, &core);
    if (status != IST_OK)
        return d3d11_result(status);
    return wrap_fence(device, core, iid, out);
}
