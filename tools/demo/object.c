/* SPDX-License-Identifier: MIT */
/* Creates, writes and reads resources of all four dimensions by one description. */
#include "demo/object.h"

#include "demo/check.h"

#include <string.h>

/* Mips round down, but no side gets shorter than 1. */
static UINT halved(UINT size, UINT times)
{
    return size >> times > 1 ? size >> times : 1;
}

struct object_extent object_level(const struct object_kind *kind, UINT level)
{
    return (struct object_extent){halved(kind->width, level), halved(kind->height, level),
                                  halved(kind->depth, level)};
}

size_t object_row_bytes(const struct object_kind *kind, UINT level)
{
    return (size_t)object_level(kind, level).width * kind->element_bytes;
}

size_t object_slice_bytes(const struct object_kind *kind, UINT level)
{
    struct object_extent extent = object_level(kind, level);
    return object_row_bytes(kind, level) * extent.height * extent.depth;
}

size_t object_level_bytes(const struct object_kind *kind, UINT level)
{
    return object_slice_bytes(kind, level) * kind->slices;
}

size_t object_bytes(const struct object_kind *kind)
{
    size_t sum = 0;
    for (UINT level = 0; level < kind->levels; level++)
        sum += object_level_bytes(kind, level);
    return sum;
}

/* What differs between a shared resource and its staging twin. */
struct object_use {
    D3D11_USAGE usage;
    UINT bind_flags;
    UINT cpu_access_flags;
    UINT misc_flags;
};

static HRESULT create_buffer(ID3D11Device *device, const struct object_kind *kind,
                             struct object_use use, ID3D11Resource **out)
{
    D3D11_BUFFER_DESC desc = {kind->width,          use.usage,      use.bind_flags,
                              use.cpu_access_flags, use.misc_flags, 0};
    return ID3D11Device_CreateBuffer(device, &desc, NULL, (ID3D11Buffer **)out);
}

static HRESULT create_texture1d(ID3D11Device *device, const struct object_kind *kind,
                                struct object_use use, ID3D11Resource **out)
{
    D3D11_TEXTURE1D_DESC desc = {kind->width,          kind->levels,  kind->slices,
                                 kind->format,         use.usage,     use.bind_flags,
                                 use.cpu_access_flags, use.misc_flags};
    return ID3D11Device_CreateTexture1D(device, &desc, NULL, (ID3D11Texture1D **)out);
}

static HRESULT create_texture2d(ID3D11Device *device, const struct object_kind *kind,
                                struct object_use use, ID3D11Resource **out)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = kind->width,
        .Height = kind->height,
        .MipLevels = kind->levels,
        .ArraySize = kind->slices,
        .Format = kind->format,
        .SampleDesc = {1, 0},
        .Usage = use.usage,
        .BindFlags = use.bind_flags,
        .CPUAccessFlags = use.cpu_access_flags,
        .MiscFlags = use.misc_flags,
    };
    return ID3D11Device_CreateTexture2D(device, &desc, NULL, (ID3D11Texture2D **)out);
}

static HRESULT create_texture3d(ID3D11Device *device, const struct object_kind *kind,
                                struct object_use use, ID3D11Resource **out)
{
    D3D11_TEXTURE3D_DESC desc = {kind->width,    kind->height,         kind->depth,
                                 kind->levels,   kind->format,         use.usage,
                                 use.bind_flags, use.cpu_access_flags, use.misc_flags};
    return ID3D11Device_CreateTexture3D(device, &desc, NULL, (ID3D11Texture3D **)out);
}

/* D3D11 has one call for each dimension, and one description for each call. */
static ID3D11Resource *create(struct rig *rig, const struct object_kind *kind,
                              struct object_use use)
{
    ID3D11Device *device = (ID3D11Device *)rig->device;
    ID3D11Resource *made = NULL;
    bool ok = false;
    switch (kind->dimension) {
    case D3D11_RESOURCE_DIMENSION_BUFFER:
        ok = HR(create_buffer(device, kind, use, &made));
        break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D:
        ok = HR(create_texture1d(device, kind, use, &made));
        break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        ok = HR(create_texture2d(device, kind, use, &made));
        break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE3D:
        ok = HR(create_texture3d(device, kind, use, &made));
        break;
    default: break;
    }
    return ok ? made : NULL;
}

ID3D11Resource *object_create(struct rig *rig, const struct object_kind *kind, UINT misc_flags)
{
    return create(rig, kind,
                  (struct object_use){D3D11_USAGE_DEFAULT, D3D11_BIND_SHADER_RESOURCE, 0,
                                      misc_flags});
}

ID3D11Resource *object_create_staging(struct rig *rig, const struct object_kind *kind)
{
    return create(rig, kind,
                  (struct object_use){D3D11_USAGE_STAGING, 0, D3D11_CPU_ACCESS_READ, 0});
}

void object_release(ID3D11Resource *resource)
{
    if (resource)
        ID3D11Resource_Release(resource);
}

/* The number that D3D11CalcSubresource() gives; C has no such function. */
static UINT subresource_of(const struct object_kind *kind, UINT level, UINT slice)
{
    return level + slice * kind->levels;
}

void object_upload(struct rig *rig, ID3D11Resource *resource, const struct object_kind *kind,
                   UINT level, const void *bytes)
{
    struct object_extent extent = object_level(kind, level);
    /* Each slice is a subresource; the depth of a 3D texture lies within one. */
    size_t row = object_row_bytes(kind, level);
    for (UINT slice = 0; slice < kind->slices; slice++) {
        UINT subresource = subresource_of(kind, level, slice);
        const char *from = (const char *)bytes + slice * object_slice_bytes(kind, level);
        ID3D11DeviceContext4_UpdateSubresource(rig->context, resource, subresource, NULL, from,
                                               (UINT)row, (UINT)(row * extent.height));
    }
}

/* The pitches are D3D11's choice; only they say where the next row and slice begin. */
static void copy_mapped(const D3D11_MAPPED_SUBRESOURCE *mapped, struct object_extent extent,
                        size_t row, char *to)
{
    for (UINT z = 0; z < extent.depth; z++) {
        const char *plane = (const char *)mapped->pData + (size_t)z * mapped->DepthPitch;
        for (UINT y = 0; y < extent.height; y++) {
            memcpy(to, plane + (size_t)y * mapped->RowPitch, row);
            to += row;
        }
    }
}

/* Without D3D11_MAP_FLAG_DO_NOT_WAIT, Map() returns when the copies before it are done. */
bool object_read(struct rig *rig, ID3D11Resource *staging, const struct object_kind *kind,
                 UINT level, void *bytes)
{
    for (UINT slice = 0; slice < kind->slices; slice++) {
        D3D11_MAPPED_SUBRESOURCE mapped;
        UINT subresource = subresource_of(kind, level, slice);
        if (!HR(ID3D11DeviceContext4_Map(rig->context, staging, subresource, D3D11_MAP_READ, 0,
                                         &mapped)))
            return false;
        copy_mapped(&mapped, object_level(kind, level), object_row_bytes(kind, level),
                    (char *)bytes + slice * object_slice_bytes(kind, level));
        ID3D11DeviceContext4_Unmap(rig->context, staging, subresource);
    }
    return true;
}
