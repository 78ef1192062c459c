/* SPDX-License-Identifier: MIT */
/*
 * The four vtables of resources. Their common methods differ in the type of the interface
 * pointer only, so they are written once and generated for each.
 */
#include "d3d11/child_methods.h"
#include "d3d11/resource.h"

static struct d3d11_resource *from_buffer(ID3D11Buffer *iface)
{
    assert(iface->lpVtbl == &d3d11_buffer_vtbl);
    return container_of(iface, struct d3d11_resource, ID3D11Buffer_iface);
}

static struct d3d11_resource *from_texture1d(ID3D11Texture1D *iface)
{
    assert(iface->lpVtbl == &d3d11_texture1d_vtbl);
    return container_of(iface, struct d3d11_resource, ID3D11Texture1D_iface);
}

static struct d3d11_resource *from_texture2d(ID3D11Texture2D1 *iface)
{
    assert(iface->lpVtbl == &d3d11_texture2d_vtbl);
    return container_of(iface, struct d3d11_resource, ID3D11Texture2D1_iface);
}

static struct d3d11_resource *from_texture3d(ID3D11Texture3D1 *iface)
{
    assert(iface->lpVtbl == &d3d11_texture3d_vtbl);
    return container_of(iface, struct d3d11_resource, ID3D11Texture3D1_iface);
}

/* What ID3D11Resource has: seven methods of a child, and three of its own. */
#define RESOURCE_METHODS(kind, type)                                                          \
    D3D11_CHILD_METHODS(d3d11_##kind, type, &from_##kind(iface)->child)                       \
    static HRESULT STDMETHODCALLTYPE d3d11_##kind##_QueryInterface(type *iface, REFIID iid,   \
                                                                   void **out)                \
    {                                                                                         \
        return d3d11_resource_query(from_##kind(iface), iid, out);                            \
    }                                                                                         \
    static void STDMETHODCALLTYPE d3d11_##kind##_GetType(type *iface,                         \
                                                         D3D11_RESOURCE_DIMENSION *out)       \
    {                                                                                         \
        struct d3d11_resource *resource = from_##kind(iface);                                 \
        if (out)                                                                              \
            *out = (D3D11_RESOURCE_DIMENSION)resource->desc.dimension;                        \
    }                                                                                         \
    static void STDMETHODCALLTYPE d3d11_##kind##_SetEvictionPriority(type *iface, UINT value) \
    {                                                                                         \
        store_relaxed(&from_##kind(iface)->eviction, value);                                  \
    }                                                                                         \
    static UINT STDMETHODCALLTYPE d3d11_##kind##_GetEvictionPriority(type *iface)             \
    {                                                                                         \
        return load_relaxed(&from_##kind(iface)->eviction);                                   \
    }

RESOURCE_METHODS(buffer, ID3D11Buffer)
RESOURCE_METHODS(texture1d, ID3D11Texture1D)
RESOURCE_METHODS(texture2d, ID3D11Texture2D1)
RESOURCE_METHODS(texture3d, ID3D11Texture3D1)

static void STDMETHODCALLTYPE d3d11_buffer_GetDesc(ID3D11Buffer *iface, D3D11_BUFFER_DESC *out)
{
    if (out)
        *out = from_buffer(iface)->desc.buffer;
}

static void STDMETHODCALLTYPE d3d11_texture1d_GetDesc(ID3D11Texture1D *iface,
                                                      D3D11_TEXTURE1D_DESC *out)
{
    if (out)
        *out = from_texture1d(iface)->desc.texture1d;
}

/* The older descriptions are the newer ones without their last field. */
static void STDMETHODCALLTYPE d3d11_texture2d_GetDesc(ID3D11Texture2D1 *iface,
                                                      D3D11_TEXTURE2D_DESC *out)
{
    if (out)
        memcpy(out, &from_texture2d(iface)->desc.texture2d, sizeof(*out));
}

static void STDMETHODCALLTYPE d3d11_texture2d_GetDesc1(ID3D11Texture2D1 *iface,
                                                       D3D11_TEXTURE2D_DESC1 *out)
{
    if (out)
        *out = from_texture2d(iface)->desc.texture2d;
}

static void STDMETHODCALLTYPE d3d11_texture3d_GetDesc(ID3D11Texture3D1 *iface,
                                                      D3D11_TEXTURE3D_DESC *out)
{
    if (out)
        memcpy(out, &from_texture3d(iface)->desc.texture3d, sizeof(*out));
}

static void STDMETHODCALLTYPE d3d11_texture3d_GetDesc1(ID3D11Texture3D1 *iface,
                                                       D3D11_TEXTURE3D_DESC1 *out)
{
    if (out)
        *out = from_texture3d(iface)->desc.texture3d;
}

_Static_assert(offsetof(D3D11_TEXTURE2D_DESC1, TextureLayout) == sizeof(D3D11_TEXTURE2D_DESC),
               "one is the beginning of the other");
_Static_assert(offsetof(D3D11_TEXTURE3D_DESC1, TextureLayout) == sizeof(D3D11_TEXTURE3D_DESC),
               "one is the beginning of the other");

#define RESOURCE_SLOTS(kind)                                                    \
    .QueryInterface = d3d11_##kind##_QueryInterface, CHILD_SLOTS(d3d11_##kind), \
    .GetType = d3d11_##kind##_GetType,                                          \
    .SetEvictionPriority = d3d11_##kind##_SetEvictionPriority,                  \
    .GetEvictionPriority = d3d11_##kind##_GetEvictionPriority,                  \
    .GetDesc = d3d11_##kind##_GetDesc

const ID3D11BufferVtbl d3d11_buffer_vtbl = {RESOURCE_SLOTS(buffer)};
const ID3D11Texture1DVtbl d3d11_texture1d_vtbl = {RESOURCE_SLOTS(texture1d)};
const ID3D11Texture2D1Vtbl d3d11_texture2d_vtbl = {
    RESOURCE_SLOTS(texture2d),
    .GetDesc1 = d3d11_texture2d_GetDesc1,
};
const ID3D11Texture3D1Vtbl d3d11_texture3d_vtbl = {
    RESOURCE_SLOTS(texture3d),
    .GetDesc1 = d3d11_texture3d_GetDesc1,
};
