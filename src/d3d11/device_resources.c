/* SPDX-License-Identifier: MIT */
/*
 * The Create methods for buffers, textures and queries. Each brings its description into the
 * common form. Without an out pointer they only check: S_FALSE if it could be created.
 */
#include "d3d11/convert.h"
#include "d3d11/device_methods.h"
#include "d3d11/query.h"
#include "d3d11/resource.h"

/* Creates, or only checks; `out` gets the common interface, which all kinds begin with. */
static HRESULT create(ID3D11Device5 *iface, const struct d3d11_desc *desc,
                      const D3D11_SUBRESOURCE_DATA *data, ID3D11Resource **out)
{
    struct d3d11_resource *resource;
    enum ist_status status = d3d11_resource_create(impl_from_ID3D11Device5(iface), desc, data,
                                                   out ? &resource : NULL);
    if (status != IST_OK)
        return d3d11_result(status);
    if (!out)
        return S_FALSE;
    *out = &resource->ID3D11Resource_iface;
    return S_OK;
}

static HRESULT no_desc(const char *method)
{
    return d3d11_result(refuse(IST_BAD_POINTER, "%s: the description is NULL", method));
}

static void desc_init(struct d3d11_desc *desc, D3D11_RESOURCE_DIMENSION dimension)
{
    memset(desc, 0, sizeof(*desc)); /* it is compared and travels as bytes */
    desc->magic = D3D11_DESC_MAGIC;
    desc->dimension = dimension;
}

DEV_METHOD(HRESULT, CreateBuffer)
(DEV, const D3D11_BUFFER_DESC *desc, const D3D11_SUBRESOURCE_DATA *data, ID3D11Buffer **out)
{
    struct d3d11_desc common;
    if (out)
        *out = NULL;
    if (!desc)
        return no_desc("CreateBuffer");
    desc_init(&common, D3D11_RESOURCE_DIMENSION_BUFFER);
    common.buffer = *desc;
    if (!(desc->MiscFlags & D3D11_RESOURCE_MISC_BUFFER_STRUCTURED))
        common.buffer.StructureByteStride = 0; /* it means nothing; GetDesc says 0 */
    return create(iface, &common, data, (ID3D11Resource **)out);
}

DEV_METHOD(HRESULT, CreateTexture1D)
(DEV, const D3D11_TEXTURE1D_DESC *desc, const D3D11_SUBRESOURCE_DATA *data,
 ID3D11Texture1D **out)
{
    struct d3d11_desc common;
    if (out)
        *out = NULL;
    if (!desc)
        return no_desc("CreateTexture1D");
    desc_init(&common, D3D11_RESOURCE_DIMENSION_TEXTURE1D);
    common.texture1d = *desc;
    return create(iface, &common, data, (ID3D11Resource **)out);
}

DEV_METHOD(HRESULT, CreateTexture2D)
(DEV, const D3D11_TEXTURE2D_DESC *desc, const D3D11_SUBRESOURCE_DATA *data,
 ID3D11Texture2D **out)
{
    struct d3d11_desc common;
    if (out)
        *out = NULL;
    if (!desc)
        return no_desc("CreateTexture2D");
    desc_init(&common, D3D11_RESOURCE_DIMENSION_TEXTURE2D);
    memcpy(&common.texture2d, desc, sizeof(*desc));
    return create(iface, &common, data, (ID3D11Resource **)out);
}

DEV_METHOD(HRESULT, CreateTexture2D1)
(DEV, const D3D11_TEXTURE2D_DESC1 *desc, const D3D11_SUBRESOURCE_DATA *data,
 ID3D11Texture2D1 **out)
{
    struct d3d11_desc common;
    if (out)
        *out = NULL;
    if (!desc)
        return no_desc("CreateTexture2D1");
    desc_init(&common, D3D11_RESOURCE_DIMENSION_TEXTURE2D);
    common.texture2d = *desc;
    return create(iface, &common, data, (ID3D11Resource **)out);
}

DEV_METHOD(HRESULT, CreateTexture3D)
(DEV, const D3D11_TEXTURE3D_DESC *desc, const D3D11_SUBRESOURCE_DATA *data,
 ID3D11Texture3D **out)
{
    struct d3d11_desc common;
    if (out)
        *out = NULL;
    if (!desc)
        return no_desc("CreateTexture3D");
    desc_init(&common, D3D11_RESOURCE_DIMENSION_TEXTURE3D);
    memcpy(&common.texture3d, desc, sizeof(*desc));
    return create(iface, &common, data, (ID3D11Resource **)out);
}

DEV_METHOD(HRESULT, CreateTexture3D1)
(DEV, const D3D11_TEXTURE3D_DESC1 *desc, const D3D11_SUBRESOURCE_DATA *data,
 ID3D11Texture3D1 **out)
{
    struct d3d11_desc common;
    if (out)
        *out = NULL;
    if (!desc)
        return no_desc("CreateTexture3D1");
    desc_init(&common, D3D11_RESOURCE_DIMENSION_TEXTURE3D);
    common.texture3d = *desc;
    return create(iface, &common, data, (ID3D11Resource **)out);
}

static HRESULT create_query(ID3D11Device5 *iface, const D3D11_QUERY_DESC1 *desc,
                            ID3D11Query1 **out)
{
    struct d3d11_query *query;
    enum ist_status status =
        d3d11_query_create(impl_from_ID3D11Device5(iface), desc, out ? &query : NULL);
    if (status != IST_OK)
        return d3d11_result(status);
    if (!out)
        return S_FALSE;
    *out = &query->ID3D11Query1_iface;
    return S_OK;
}

DEV_METHOD(HRESULT, CreateQuery)(DEV, const D3D11_QUERY_DESC *desc, ID3D11Query **out)
{
    if (out)
        *out = NULL;
    if (!desc)
        return no_desc("CreateQuery");
    D3D11_QUERY_DESC1 newer = {desc->Query, desc->MiscFlags, D3D11_CONTEXT_TYPE_ALL};
    return create_query(iface, &newer, (ID3D11Query1 **)out);
}

DEV_METHOD(HRESULT, CreateQuery1)(DEV, const D3D11_QUERY_DESC1 *desc, ID3D11Query1 **out)
{
    if (out)
        *out = NULL;
    if (!desc)
        return no_desc("CreateQuery1");
    return create_query(iface, desc, out);
}
