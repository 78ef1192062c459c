/* SPDX-License-Identifier: MIT */
/*
 * D3D11's side of what is shared: made by a description, written and read as bytes without
 * gaps. Public methods only. No state.
 */
#include "interop/calls.h"
#include "interop/com.h"
#include "interop/shape.h"

#include "api/structs.h"

#include <inttypes.h>
#include <string.h>

/* What a struct of D3D11's has no field for, by dimension: bit n is dimension n. */
static enum ist_status check_fields(const struct ist_resource_desc *d)
{
    const struct {
        const char *name;
        uint32_t found;
        unsigned dimensions;
    } fields[] = {
        {"height", d->height, 0x18}, {"depth", d->depth, 0x10},     {"levels", d->levels, 0x1c},
        {"slices", d->slices, 0xc},  {"samples", d->samples, 0x08},
    };
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (fields[i].found > 1 && !(fields[i].dimensions >> d->dimension & 1))
            return refuse(IST_BAD_ARG,
                          "%s %u: a resource of dimension %u has none, so 0 is "
                          "right",
                          fields[i].name, (unsigned)fields[i].found, (unsigned)d->dimension);
    if (d->reserved)
        return refuse(IST_BAD_ARG, "a reserved field is not 0: begin with the _INIT macro");
    if (d->width > UINT32_MAX)
        return refuse(IST_BAD_ARG, "width %" PRIu64 " is more than D3D11 can name", d->width);
    return IST_OK;
}

/* The rules on flags that D3D11 answers E_INVALIDARG for without a word. */
static enum ist_status check_flags(const struct ist_resource_desc *d)
{
    const UINT kinds = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX;
    UINT kind = d->misc_flags & kinds;
    if (kind == kinds)
        return refuse(IST_BAD_ARG,
                      "misc_flags 0x%x have SHARED (0x2) and SHARED_KEYEDMUTEX (0x100): a "
                      "resource is shared with one of them",
                      (unsigned)d->misc_flags);
    if (d->misc_flags & D3D11_RESOURCE_MISC_SHARED_NTHANDLE && !kind)
        return refuse(IST_BAD_ARG,
                      "misc_flags 0x%x have SHARED_NTHANDLE (0x800) alone: it says how SHARED "
                      "(0x2) or SHARED_KEYEDMUTEX (0x100) is done, and goes with one of them",
                      (unsigned)d->misc_flags);
    if (d->misc_flags & D3D11_RESOURCE_MISC_BUFFER_STRUCTURED)
        return refuse(IST_BAD_ARG,
                      "misc_flags 0x%x have BUFFER_STRUCTURED (0x40), but a description has no "
                      "stride: ID3D11Device::CreateBuffer() makes these",
                      (unsigned)d->misc_flags);
    if (kind && d->samples > 1)
        return refuse(IST_BAD_ARG, "samples %u: a multisampled resource cannot be shared",
                      (unsigned)d->samples);
    return IST_OK;
}

static UINT at_least_1(uint32_t count)
{
    return count ? count : 1;
}

static enum ist_status create(ID3D11Device *device, const struct ist_resource_desc *d,
                              ID3D11Resource **out)
{
    bool staging = !d->bind_flags && !d->misc_flags;
    UINT width = (UINT)d->width, bind = d->bind_flags, misc = d->misc_flags;
    UINT slices = at_least_1(d->slices), access = staging ? D3D11_CPU_ACCESS_READ : 0;
    D3D11_USAGE usage = staging ? D3D11_USAGE_STAGING : D3D11_USAGE_DEFAULT;
    DXGI_FORMAT format = (DXGI_FORMAT)d->format;
    D3D11_BUFFER_DESC buffer = {width, usage, bind, access, misc, 0};
    D3D11_TEXTURE1D_DESC one = {width, d->levels, slices, format, usage, bind, access, misc};
    D3D11_TEXTURE2D_DESC two = {width,  d->height, d->levels,
                                slices, format,    {at_least_1(d->samples), 0},
                                usage,  bind,      access,
                                misc};
    D3D11_TEXTURE3D_DESC three = {width, d->height, d->depth, d->levels, format,
                                  usage, bind,      access,   misc};
    switch (d->dimension) {
    case D3D11_RESOURCE_DIMENSION_BUFFER:
        return COM("ID3D11Device::CreateBuffer",
                   ID3D11Device_CreateBuffer(device, &buffer, NULL, (ID3D11Buffer **)out));
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D:
        return COM("ID3D11Device::CreateTexture1D",
                   ID3D11Device_CreateTexture1D(device, &one, NULL, (ID3D11Texture1D **)out));
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        return COM("ID3D11Device::CreateTexture2D",
                   ID3D11Device_CreateTexture2D(device, &two, NULL, (ID3D11Texture2D **)out));
    default:
        return COM("ID3D11Device::CreateTexture3D",
                   ID3D11Device_CreateTexture3D(device, &three, NULL, (ID3D11Texture3D **)out));
    }
}

enum ist_status ist_create_resource(ID3D11Device *device, const struct ist_resource_desc *desc,
                                    ID3D11Resource **out)
{
    _cleanup_(com_releasep) ID3D11Device *own = NULL;
    struct ist_resource_desc read;
    ID3D11Resource *made = NULL;
    enum ist_status status = struct_read("ist_resource_desc", desc, &read, sizeof(read));
    if (status == IST_OK && !out)
        status = refuse(IST_BAD_POINTER, "the result is NULL");
    if (status == IST_OK)
        status = com_query(device, &com_iid_device, "ID3D11Device", (void **)&own);
    if (status == IST_OK && (read.dimension < 1 || read.dimension > 4))
        status = refuse(IST_BAD_ARG, "dimension %u: there are 1 (buffer) .. 4 (3D)",
                        (unsigned)read.dimension);
    if (status == IST_OK)
        status = check_fields(&read);
    if (status == IST_OK)
        status = check_flags(&read);
    if (status == IST_OK)
        status = create(own, &read, &made);
    if (status == IST_OK)
        *out = made;
    return status;
}

/* All subresources of a resource, and the host's bytes for them. */
struct bytes {
    ID3D11DeviceContext *context;
    ID3D11Resource *resource;
    unsigned char *host; /* NULL: none */
};

typedef enum ist_status step_fn(const struct bytes *b, UINT number,
                                const struct ist_subresource *at);

static enum ist_status check_bytes(const struct bytes *b, uint64_t size,
                                   struct ist_shape *shape, struct ist_layout *layout)
{
    struct ist_resource_desc desc;
    enum ist_status status = com_describe(b->resource, &desc);
    if (status == IST_OK)
        status = com_check_context(b->context, b->resource);
    if (status == IST_OK)
        status = shape_without_gaps(&desc, shape);
    *layout = (struct ist_layout)IST_LAYOUT_INIT;
    if (status == IST_OK)
        status = ist_query_layout(shape, layout);
    if (status == IST_OK && size != layout->size)
        return refuse(IST_BAD_ARG,
                      "%" PRIu64 " bytes for a resource that has %" PRIu64
                      " without gaps: ist_query_resource() says how many",
                      size, layout->size);
    return status;
}

static enum ist_status each(const struct bytes *b, uint64_t size, step_fn *step)
{
    struct ist_shape shape;
    struct ist_layout layout;
    enum ist_status status = check_bytes(b, size, &shape, &layout);
    for (UINT i = 0; status == IST_OK && i < layout.subresources; i++) {
        struct ist_subresource at = IST_SUBRESOURCE_INIT;
        status = ist_query_subresource(&shape, i % layout.levels, i / layout.levels, &at);
        if (status == IST_OK)
            status = step(b, i, &at);
    }
    return status;
}

/* What the pointers are said to be, they are asked for. */
static enum ist_status begin(ID3D11DeviceContext *context, ID3D11Resource *resource,
                             struct bytes *out)
{
    enum ist_status status =
        com_query(context, &com_iid_context, "ID3D11DeviceContext", (void **)&out->context);
    if (status == IST_OK)
        status =
            com_query(resource, &com_iid_resource, "ID3D11Resource", (void **)&out->resource);
    return status;
}

static void end(struct bytes *b)
{
    com_releasep(&b->resource);
    com_releasep(&b->context);
}

/* UpdateSubresource() has no answer: what it would drop must not begin. */
static enum ist_status check_update(const struct bytes *b)
{
    struct ist_resource_desc desc;
    D3D11_USAGE usage = com_usage(b->resource);
    enum ist_status status = com_describe(b->resource, &desc);
    if (status == IST_OK && usage != D3D11_USAGE_DEFAULT && usage != D3D11_USAGE_STAGING)
        return refuse(IST_BAD_ARG,
                      "Usage %d: UpdateSubresource() takes DEFAULT (0) and STAGING (3)",
                      (int)usage);
    if (status == IST_OK && desc.bind_flags & D3D11_BIND_DEPTH_STENCIL)
        return refuse(IST_BAD_ARG,
                      "BindFlags 0x%x have DEPTH_STENCIL (0x40): D3D11 updates "
                      "such a texture by CopyResource() only",
                      (unsigned)desc.bind_flags);
    return status;
}

static enum ist_status update(const struct bytes *b, UINT number,
                              const struct ist_subresource *at)
{
    ID3D11DeviceContext_UpdateSubresource(b->context, b->resource, number, NULL,
                                          b->host + at->offset, (UINT)at->row_pitch,
                                          (UINT)at->depth_pitch);
    return IST_OK;
}

/* Map() returns when the copies before it are done, and only it knows the pitches. */
static enum ist_status map(const struct bytes *b, UINT number, const struct ist_subresource *at)
{
    D3D11_MAPPED_SUBRESOURCE mapped;
    enum ist_status status =
        COM("ID3D11DeviceContext::Map", ID3D11DeviceContext_Map(b->context, b->resource, number,
                                                                D3D11_MAP_READ, 0, &mapped));
    if (status != IST_OK)
        return status;
    for (size_t z = 0; b->host && z < at->depth; z++)
        for (size_t y = 0; y < at->rows; y++)
            memcpy(b->host + at->offset + z * at->depth_pitch + y * at->row_pitch,
                   (const char *)mapped.pData + z * mapped.DepthPitch + y * mapped.RowPitch,
                   at->row_bytes);
    ID3D11DeviceContext_Unmap(b->context, b->resource, number);
    return IST_OK;
}

enum ist_status ist_d3d11_write_resource(ID3D11DeviceContext *context, ID3D11Resource *resource,
                                         const void *bytes, uint64_t size)
{
    _cleanup_(end) struct bytes b = {.host = (unsigned char *)bytes}; /* are only read */
    if (!bytes)
        return refuse(IST_BAD_POINTER, "the bytes on the host are at NULL");
    enum ist_status status = begin(context, resource, &b);
    if (status == IST_OK)
        status = check_update(&b);
    return status == IST_OK ? each(&b, size, update) : status;
}

enum ist_status ist_d3d11_read_resource(ID3D11DeviceContext *context, ID3D11Resource *staging,
                                        void *bytes, uint64_t size)
{
    _cleanup_(end) struct bytes b = {.host = bytes};
    enum ist_status status = begin(context, staging, &b);
    return status == IST_OK ? each(&b, size, map) : status;
}
