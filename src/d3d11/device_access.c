/* SPDX-License-Identifier: MIT */
/*
 * WriteToSubresource and ReadFromSubresource: the program's own access to a texture of
 * USAGE_DEFAULT that it has mapped. It goes past the queue, as documented: mapping has waited
 * for the queue.
 */
#include "core/queue.h"
#include "d3d11/context_object.h"
#include "d3d11/context_region.h"
#include "d3d11/device_methods.h"
#include "d3d11/resource.h"

static enum ist_status check_access(struct d3d11_device *device,
                                    struct d3d11_resource *resource, UINT cpu)
{
    if (!resource)
        return refuse(IST_BAD_POINTER, "access to a subresource: the resource is NULL");
    if (resource->child.device != device)
        return refuse(IST_WRONG_DEVICE, "the resource belongs to another D3D11 device");
    if (d3d11_resource_is_buffer(resource) || resource->usage != D3D11_USAGE_DEFAULT ||
        !(resource->cpu & cpu))
        return refuse(IST_BAD_CALL,
                      "access to a resource of Usage %u and CPUAccessFlags 0x%x: a texture of "
                      "USAGE_DEFAULT with 0x%x is right",
                      resource->usage, resource->cpu, cpu);
    return IST_OK;
}

/* The place and size of a box (NULL: all) in a subresource. */
static enum ist_status locate(struct d3d11_resource *resource, UINT number,
                              const D3D11_BOX *box, struct place *place, struct region *region)
{
    struct subresource sub;
    enum ist_status status = subresource_get(resource->core, number, &sub);
    if (status != IST_OK)
        return status;
    if (box) {
        struct texel_box texels = {box->left,  box->top,    box->front,
                                   box->right, box->bottom, box->back};
        if (box_is_empty(&texels))
            return answer(IST_BAD_ARG, "the box is empty: there is nothing to do");
        status = region_from_box(&sub, &texels, region);
    } else {
        *region = region_whole(&sub);
    }
    *place = status == IST_OK ? region_place(&sub, region) : (struct place){0};
    return status;
}

static void move(struct d3d11_device *device, struct place dst, struct place src,
                 const struct region *region, const char *call)
{
    struct copy copy = {
        .dst = dst,
        .src = src,
        .row_bytes = region->row_bytes,
        .rows = region->rows,
        .slices = region->slices,
    };
    context_dropped(queue_copy_now(device->core, &copy), call);
}

DEV_METHOD(void, WriteToSubresource)
(DEV, ID3D11Resource *resource, UINT number, const D3D11_BOX *box, const void *data,
 UINT row_pitch, UINT depth_pitch)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    struct d3d11_resource *dst = impl_from_ID3D11Resource(resource);
    struct place place;
    struct region region;
    enum ist_status status = check_access(device, dst, D3D11_CPU_ACCESS_WRITE);
    if (status == IST_OK && !data)
        status = refuse(IST_BAD_POINTER, "WriteToSubresource: the data pointer is NULL");
    if (status == IST_OK)
        status = locate(dst, number, box, &place, &region);
    if (status != IST_OK)
        return; /* the reason is in the log; the method returns nothing */
    struct place memory = {.memory = (void *)(uintptr_t)data, /* only read */
                           .row_pitch = row_pitch,
                           .slice_pitch = depth_pitch};
    move(device, place, memory, &region, "WriteToSubresource");
}

DEV_METHOD(void, ReadFromSubresource)
(DEV, void *data, UINT row_pitch, UINT depth_pitch, ID3D11Resource *resource, UINT number,
 const D3D11_BOX *box)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    struct d3d11_resource *src = impl_from_ID3D11Resource(resource);
    struct place place;
    struct region region;
    enum ist_status status = check_access(device, src, D3D11_CPU_ACCESS_READ);
    if (status == IST_OK && !data)
        status = refuse(IST_BAD_POINTER, "ReadFromSubresource: the data pointer is NULL");
    if (status == IST_OK)
        status = locate(src, number, box, &place, &region);
    if (status != IST_OK)
        return; /* as above */
    struct place memory = {.memory = data, .row_pitch = row_pitch, .slice_pitch = depth_pitch};
    move(device, memory, place, &region, "ReadFromSubresource");
}
