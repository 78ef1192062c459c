/* SPDX-License-Identifier: MIT */
/* Where each description keeps its fields, as tables in the form of switches; and the
 * defaults. */
#include "d3d11/view_desc.h"

#define DIMENSION(kind) out->dimension = D3D11_RESOURCE_DIMENSION_##kind

static enum ist_status bad_dimension(const char *kind, UINT dimension)
{
    return refuse(IST_BAD_ARG, "ViewDimension %u cannot be used for %s here", dimension, kind);
}

/* Levels of one texture, from the most detailed one that the view shows. */
#define LEVELS(part) out->level = &(part).MostDetailedMip, out->levels = &(part).MipLevels
#define SLICES(part) \
    out->array = true, out->slice = &(part).FirstArraySlice, out->slices = &(part).ArraySize
#define ELEMENTS(part) out->element = &(part).FirstElement, out->elements = &(part).NumElements

enum ist_status view_fields_srv(D3D11_SHADER_RESOURCE_VIEW_DESC1 *desc, struct view_fields *out)
{
    *out = (struct view_fields){.kind = D3D11_VIEW_SHADER_RESOURCE, .format = &desc->Format};
    switch (desc->ViewDimension) {
    case D3D11_SRV_DIMENSION_BUFFER: DIMENSION(BUFFER), ELEMENTS(desc->Buffer); return IST_OK;
    case D3D11_SRV_DIMENSION_BUFFEREX:
        DIMENSION(BUFFER), ELEMENTS(desc->BufferEx), out->flags = &desc->BufferEx.Flags;
        return IST_OK;
    case D3D11_SRV_DIMENSION_TEXTURE1D:
        DIMENSION(TEXTURE1D), LEVELS(desc->Texture1D);
        return IST_OK;
    case D3D11_SRV_DIMENSION_TEXTURE1DARRAY:
        DIMENSION(TEXTURE1D), LEVELS(desc->Texture1DArray), SLICES(desc->Texture1DArray);
        return IST_OK;
    case D3D11_SRV_DIMENSION_TEXTURE2D:
        DIMENSION(TEXTURE2D), LEVELS(desc->Texture2D), out->plane = &desc->Texture2D.PlaneSlice;
        return IST_OK;
    case D3D11_SRV_DIMENSION_TEXTURE2DARRAY:
        DIMENSION(TEXTURE2D), LEVELS(desc->Texture2DArray), SLICES(desc->Texture2DArray);
        out->plane = &desc->Texture2DArray.PlaneSlice;
        return IST_OK;
    case D3D11_SRV_DIMENSION_TEXTURE3D:
        DIMENSION(TEXTURE3D), LEVELS(desc->Texture3D);
        return IST_OK;
    case D3D11_SRV_DIMENSION_TEXTURECUBE:
        DIMENSION(TEXTURE2D), LEVELS(desc->TextureCube), out->cube = true;
        return IST_OK;
    case D3D11_SRV_DIMENSION_TEXTURECUBEARRAY:
        DIMENSION(TEXTURE2D), LEVELS(desc->TextureCubeArray), out->cube = true;
        out->slice = &desc->TextureCubeArray.First2DArrayFace;
        out->slices = &desc->TextureCubeArray.NumCubes;
        return IST_OK;
    default: return bad_dimension("a shader resource view", desc->ViewDimension);
    }
}

#define LEVEL(part) out->level = &(part).MipSlice
#define DEPTHS(part) out->slice = &(part).FirstWSlice, out->slices = &(part).WSize

enum ist_status view_fields_rtv(D3D11_RENDER_TARGET_VIEW_DESC1 *desc, struct view_fields *out)
{
    *out = (struct view_fields){.kind = D3D11_VIEW_RENDER_TARGET, .format = &desc->Format};
    switch (desc->ViewDimension) {
    case D3D11_RTV_DIMENSION_BUFFER: DIMENSION(BUFFER), ELEMENTS(desc->Buffer); return IST_OK;
    case D3D11_RTV_DIMENSION_TEXTURE1D:
        DIMENSION(TEXTURE1D), LEVEL(desc->Texture1D);
        return IST_OK;
    case D3D11_RTV_DIMENSION_TEXTURE1DARRAY:
        DIMENSION(TEXTURE1D), LEVEL(desc->Texture1DArray), SLICES(desc->Texture1DArray);
        return IST_OK;
    case D3D11_RTV_DIMENSION_TEXTURE2D:
        DIMENSION(TEXTURE2D), LEVEL(desc->Texture2D), out->plane = &desc->Texture2D.PlaneSlice;
        return IST_OK;
    case D3D11_RTV_DIMENSION_TEXTURE2DARRAY:
        DIMENSION(TEXTURE2D), LEVEL(desc->Texture2DArray), SLICES(desc->Texture2DArray);
        out->plane = &desc->Texture2DArray.PlaneSlice;
        return IST_OK;
    case D3D11_RTV_DIMENSION_TEXTURE3D:
        DIMENSION(TEXTURE3D), LEVEL(desc->Texture3D), DEPTHS(desc->Texture3D);
        return IST_OK;
    default: return bad_dimension("a render target view", desc->ViewDimension);
    }
}

enum ist_status view_fields_dsv(D3D11_DEPTH_STENCIL_VIEW_DESC *desc, struct view_fields *out)
{
    *out = (struct view_fields){.kind = D3D11_VIEW_DEPTH_STENCIL, .format = &desc->Format};
    if (desc->Flags & ~((UINT)D3D11_DSV_READ_ONLY_DEPTH | (UINT)D3D11_DSV_READ_ONLY_STENCIL))
        return refuse(IST_BAD_ARG, "Flags 0x%x of a depth view: 0 .. 3 are right", desc->Flags);
    switch (desc->ViewDimension) {
    case D3D11_DSV_DIMENSION_TEXTURE1D:
        DIMENSION(TEXTURE1D), LEVEL(desc->Texture1D);
        return IST_OK;
    case D3D11_DSV_DIMENSION_TEXTURE1DARRAY:
        DIMENSION(TEXTURE1D), LEVEL(desc->Texture1DArray), SLICES(desc->Texture1DArray);
        return IST_OK;
    case D3D11_DSV_DIMENSION_TEXTURE2D:
        DIMENSION(TEXTURE2D), LEVEL(desc->Texture2D);
        return IST_OK;
    case D3D11_DSV_DIMENSION_TEXTURE2DARRAY:
        DIMENSION(TEXTURE2D), LEVEL(desc->Texture2DArray), SLICES(desc->Texture2DArray);
        return IST_OK;
    default: return bad_dimension("a depth stencil view", desc->ViewDimension);
    }
}

enum ist_status view_fields_uav(D3D11_UNORDERED_ACCESS_VIEW_DESC1 *desc,
                                struct view_fields *out)
{
    *out = (struct view_fields){.kind = D3D11_VIEW_UNORDERED_ACCESS, .format = &desc->Format};
    switch (desc->ViewDimension) {
    case D3D11_UAV_DIMENSION_BUFFER:
        DIMENSION(BUFFER), ELEMENTS(desc->Buffer), out->flags = &desc->Buffer.Flags;
        return IST_OK;
    case D3D11_UAV_DIMENSION_TEXTURE1D:
        DIMENSION(TEXTURE1D), LEVEL(desc->Texture1D);
        return IST_OK;
    case D3D11_UAV_DIMENSION_TEXTURE1DARRAY:
        DIMENSION(TEXTURE1D), LEVEL(desc->Texture1DArray), SLICES(desc->Texture1DArray);
        return IST_OK;
    case D3D11_UAV_DIMENSION_TEXTURE2D:
        DIMENSION(TEXTURE2D), LEVEL(desc->Texture2D), out->plane = &desc->Texture2D.PlaneSlice;
        return IST_OK;
    case D3D11_UAV_DIMENSION_TEXTURE2DARRAY:
        DIMENSION(TEXTURE2D), LEVEL(desc->Texture2DArray), SLICES(desc->Texture2DArray);
        out->plane = &desc->Texture2DArray.PlaneSlice;
        return IST_OK;
    case D3D11_UAV_DIMENSION_TEXTURE3D:
        DIMENSION(TEXTURE3D), LEVEL(desc->Texture3D), DEPTHS(desc->Texture3D);
        return IST_OK;
    default: return bad_dimension("an unordered access view", desc->ViewDimension);
    }
}

/*
 * Defaults. All enumerations but that of depth views number 1D to 3D alike, starting behind
 * BUFFER: so kind and array are enough to choose.
 */
#define ALL UINT32_MAX

static bool is_array(const struct d3d11_resource *resource)
{
    return resource->core->layout.slices > 1;
}

/* Picks by dimension; `cube` is where that differs. */
#define CHOOSE(resource, prefix)                                                            \
    ((resource)->desc.dimension == D3D11_RESOURCE_DIMENSION_BUFFER      ? prefix##BUFFER    \
     : (resource)->desc.dimension == D3D11_RESOURCE_DIMENSION_TEXTURE3D ? prefix##TEXTURE3D \
     : (resource)->desc.dimension == D3D11_RESOURCE_DIMENSION_TEXTURE1D                     \
         ? (is_array(resource) ? prefix##TEXTURE1DARRAY : prefix##TEXTURE1D)                \
         : (is_array(resource) ? prefix##TEXTURE2DARRAY : prefix##TEXTURE2D))

/* In the defaults "the rest" is written where a description has such a field. */
static void fill_rest(const struct view_fields *fields)
{
    if (fields->levels)
        *fields->levels = ALL;
    if (fields->slices)
        *fields->slices = ALL;
    if (fields->elements)
        *fields->elements = ALL;
}

D3D11_SHADER_RESOURCE_VIEW_DESC1 view_default_srv(const struct d3d11_resource *resource)
{
    D3D11_SHADER_RESOURCE_VIEW_DESC1 desc = {
        .Format = resource->format,
        .ViewDimension = CHOOSE(resource, D3D11_SRV_DIMENSION_),
    };
    struct view_fields fields;
    if (resource->core->desc.cube)
        desc.ViewDimension = resource->core->layout.slices == 6
                                 ? D3D11_SRV_DIMENSION_TEXTURECUBE
                                 : D3D11_SRV_DIMENSION_TEXTURECUBEARRAY;
    if (view_fields_srv(&desc, &fields) == IST_OK)
        fill_rest(&fields);
    return desc;
}

D3D11_RENDER_TARGET_VIEW_DESC1 view_default_rtv(const struct d3d11_resource *resource)
{
    D3D11_RENDER_TARGET_VIEW_DESC1 desc = {
        .Format = resource->format,
        .ViewDimension = CHOOSE(resource, D3D11_RTV_DIMENSION_),
    };
    struct view_fields fields;
    if (view_fields_rtv(&desc, &fields) == IST_OK)
        fill_rest(&fields);
    return desc;
}

D3D11_UNORDERED_ACCESS_VIEW_DESC1 view_default_uav(const struct d3d11_resource *resource)
{
    D3D11_UNORDERED_ACCESS_VIEW_DESC1 desc = {
        .Format = resource->format,
        .ViewDimension = CHOOSE(resource, D3D11_UAV_DIMENSION_),
    };
    struct view_fields fields;
    if (view_fields_uav(&desc, &fields) == IST_OK)
        fill_rest(&fields);
    return desc;
}

/* Buffers and 3D textures cannot be bound as depth, so they need no dimension here. */
D3D11_DEPTH_STENCIL_VIEW_DESC view_default_dsv(const struct d3d11_resource *resource)
{
    bool one = resource->desc.dimension == D3D11_RESOURCE_DIMENSION_TEXTURE1D;
    D3D11_DEPTH_STENCIL_VIEW_DESC desc = {.Format = resource->format};
    struct view_fields fields;
    if (is_array(resource))
        desc.ViewDimension = one ? D3D11_DSV_DIMENSION_TEXTURE1DARRAY
                                 : D3D11_DSV_DIMENSION_TEXTURE2DARRAY;
    else
        desc.ViewDimension = one ? D3D11_DSV_DIMENSION_TEXTURE1D
                                 : D3D11_DSV_DIMENSION_TEXTURE2D;
    if (view_fields_dsv(&desc, &fields) == IST_OK)
        fill_rest(&fields);
    return desc;
}
