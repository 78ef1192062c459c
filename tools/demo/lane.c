/* SPDX-License-Identifier: MIT */
/* One walk over the subresources; how each of them is written, read, compared. */
#include "demo/lane.h"

#include "demo/check.h"
#include "demo/cuda.h"
#include "demo/pattern.h"

#include <stdio.h>
#include <string.h>

bool lane_open(struct rig *rig, const char *name, const struct ist_shape *shape,
               struct lane *out)
{
    *out = (struct lane){rig, name, *shape, .layout = IST_LAYOUT_INIT};
    out->import = (struct ist_resource)IST_RESOURCE_INIT;
    out->counter = (struct ist_fence)IST_FENCE_INIT;
    if (!IST(ist_query_layout(shape, &out->layout)) ||
        !CUDA(cuda->malloc_host((void **)&out->wanted, 4 * out->layout.size)))
        return false;
    out->found = out->wanted + out->layout.size;
    out->outgoing = out->found + out->layout.size;
    out->landed = out->outgoing + out->layout.size;
    return true;
}

/* D3D11 has one call for each dimension. Nothing but staging is not shared. */
static HRESULT create(ID3D11Device *device, const struct ist_shape *s, UINT misc,
                      ID3D11Resource **out)
{
    UINT width = (UINT)s->width, bind = misc ? D3D11_BIND_SHADER_RESOURCE : 0;
    UINT access = misc ? 0 : D3D11_CPU_ACCESS_READ;
    D3D11_USAGE usage = misc ? D3D11_USAGE_DEFAULT : D3D11_USAGE_STAGING;
    D3D11_BUFFER_DESC buffer = {width, usage, bind, access, misc, 0};
    D3D11_TEXTURE1D_DESC one = {width, s->levels, s->slices, s->format,
                                usage, bind,      access,    misc};
    D3D11_TEXTURE2D_DESC two = {width,  s->height, s->levels, s->slices, s->format,
                                {1, 0}, usage,     bind,      access,    misc};
    D3D11_TEXTURE3D_DESC three = {width, s->height, s->depth, s->levels, s->format,
                                  usage, bind,      access,   misc};
    switch (s->dimension) {
    case D3D11_RESOURCE_DIMENSION_BUFFER:
        return ID3D11Device_CreateBuffer(device, &buffer, NULL, (ID3D11Buffer **)out);
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D:
        return ID3D11Device_CreateTexture1D(device, &one, NULL, (ID3D11Texture1D **)out);
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        return ID3D11Device_CreateTexture2D(device, &two, NULL, (ID3D11Texture2D **)out);
    default: return ID3D11Device_CreateTexture3D(device, &three, NULL, (ID3D11Texture3D **)out);
    }
}

bool lane_create(struct lane *lane, UINT misc_flags)
{
    ID3D11Device *device = (ID3D11Device *)lane->rig->device;
    bool keyed = misc_flags & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX;
    return HR(create(device, &lane->shape, misc_flags, &lane->resource)) &&
           HR(create(device, &lane->shape, 0, &lane->staging)) &&
           (!keyed || HR(ID3D11Resource_QueryInterface(lane->resource, &IID_IDXGIKeyedMutex,
                                                       (void **)&lane->mutex)));
}

bool lane_create_fence(struct lane *lane)
{
    return HR(ID3D11Device5_CreateFence(lane->rig->device, 0, D3D11_FENCE_FLAG_SHARED,
                                        &IID_ID3D11Fence, (void **)&lane->fence));
}

bool lane_import(struct lane *lane, struct share *share)
{
    struct ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    bool ok = IST(ist_describe_resource(lane->resource, &desc)) &&
              share_import(share, &desc, &lane->import);
    return share_close(share) && ok;
}

/* What the stream uses goes after the stream has come to its end. */
bool lane_close(struct lane *lane)
{
    IUnknown *objects[] = {(IUnknown *)lane->mutex, (IUnknown *)lane->fence,
                           (IUnknown *)lane->staging, (IUnknown *)lane->resource};
    bool ok = CUDA(cuda->stream_synchronize(lane->rig->stream));
    ok = IST(ist_release_resource(&lane->import)) && ok;
    ok = IST(ist_release_fence(&lane->counter)) && ok;
    ok = (!lane->wanted || CUDA(cuda->free_host(lane->wanted))) && ok;
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
        if (objects[i])
            IUnknown_Release(objects[i]);
    return ok;
}

/* One subresource; its bytes on the host are at `at.offset`. */
struct part {
    struct lane *lane;
    UINT number, level, slice;
    struct ist_subresource at;
    bool d3d11; /* whose bytes they are */
};

static bool each(struct lane *lane, unsigned char *bytes, bool d3d11,
                 bool (*step)(const struct part *p, unsigned char *bytes))
{
    struct part p = {lane, 0, 0, 0, IST_SUBRESOURCE_INIT, d3d11};
    for (; p.number < lane->layout.subresources; p.number++) {
        p.level = p.number % lane->layout.levels; /* as D3D11CalcSubresource() counts */
        p.slice = p.number / lane->layout.levels;
        if (!IST(ist_query_subresource(&lane->shape, p.level, p.slice, &p.at)) ||
            !step(&p, bytes + p.at.offset))
            return false;
    }
    return true;
}

static bool upload(const struct part *p, unsigned char *bytes)
{
    ID3D11DeviceContext4_UpdateSubresource(p->lane->rig->context, p->lane->resource, p->number,
                                           NULL, bytes, (UINT)p->at.row_pitch,
                                           (UINT)p->at.depth_pitch);
    return true;
}

/* Map() returns when the copies before it are done, and only it knows the pitches. */
static bool download(const struct part *p, unsigned char *bytes)
{
    ID3D11DeviceContext4 *context = p->lane->rig->context;
    D3D11_MAPPED_SUBRESOURCE mapped;
    if (!HR(ID3D11DeviceContext4_Map(context, p->lane->staging, p->number, D3D11_MAP_READ, 0,
                                     &mapped)))
        return false;
    for (size_t z = 0; z < p->at.depth; z++)
        for (size_t y = 0; y < p->at.rows; y++)
            memcpy(bytes + z * p->at.depth_pitch + y * p->at.row_pitch,
                   (const char *)mapped.pData + z * mapped.DepthPitch + y * mapped.RowPitch,
                   p->at.row_bytes);
    ID3D11DeviceContext4_Unmap(context, p->lane->staging, p->number);
    return true;
}

/* A buffer is a pointer; a level of a texture is an array that belongs to its mipmaps. */
static bool copy(const struct part *p, unsigned char *bytes)
{
    const struct ist_resource *import = &p->lane->import;
    cudaStream_t stream = p->lane->rig->stream;
    bool in = !p->d3d11;
    enum cudaMemcpyKind kind = in ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost;
    void *pointer = (void *)(uintptr_t)import->pointer;
    cudaArray_t array = NULL;
    if (pointer)
        return CUDA(
            cuda->copy(in ? pointer : bytes, in ? bytes : pointer, p->at.size, kind, stream));
    if (!CUDA(cuda->level(&array, import->mipmapped, p->level)))
        return false;
    struct cudaMemcpy3DParms parms = {.extent = make_cudaExtent(p->at.width, p->at.height,
                                                                p->at.depth),
                                      .kind = kind};
    *(in ? &parms.srcPtr : &parms.dstPtr) =
        make_cudaPitchedPtr(bytes, p->at.row_pitch, p->at.width, p->at.height);
    *(in ? &parms.dstArray : &parms.srcArray) = array;
    *(in ? &parms.dstPos.z : &parms.srcPos.z) = p->slice;
    return CUDA(cuda->copy_3d(&parms, stream));
}

/* Each by itself, so that a wrong byte is named with its place. */
static bool compare(const struct part *p, unsigned char *found)
{
    char where[128];
    snprintf(where, sizeof(where), "%s, mip %u, slice %u", p->lane->name, p->level, p->slice);
    p->lane->checked += p->at.size;
    return pattern_same(found, p->lane->wanted + p->at.offset, p->at.size, where,
                        p->d3d11 ? "D3D11" : "CUDA", p->d3d11 ? "CUDA" : "D3D11");
}

bool lane_stream_write(struct lane *lane, uint64_t seed)
{
    pattern_fill(lane->outgoing, lane->layout.size, seed);
    return each(lane, lane->outgoing, false, copy);
}

bool lane_stream_read(struct lane *lane)
{
    return each(lane, lane->landed, true, copy);
}

bool lane_d3d11_write(struct lane *lane, uint64_t seed)
{
    pattern_fill(lane->wanted, lane->layout.size, seed);
    return each(lane, lane->wanted, true, upload);
}

void lane_d3d11_read(struct lane *lane)
{
    ID3D11DeviceContext4_CopyResource(lane->rig->context, lane->staging, lane->resource);
}

bool lane_check_stream(struct lane *lane, uint64_t seed)
{
    pattern_fill(lane->wanted, lane->layout.size, seed);
    return CUDA(cuda->stream_synchronize(lane->rig->stream)) &&
           each(lane, lane->landed, true, compare);
}

bool lane_check_d3d11(struct lane *lane, uint64_t seed)
{
    pattern_fill(lane->wanted, lane->layout.size, seed);
    return each(lane, lane->found, false, download) && each(lane, lane->found, false, compare);
}
