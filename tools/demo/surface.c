/* SPDX-License-Identifier: MIT */
/* A shared texture, imported in one call and released in one. */
#include "demo/surface.h"

#include "demo/check.h"
#include "demo/cuda.h"

/* NTHANDLE alone is refused: it says how SHARED is done. */
D3D11_TEXTURE2D_DESC surface_describe(UINT width, UINT height)
{
    return (D3D11_TEXTURE2D_DESC){
        .Width = width,
        .Height = height,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
}

bool surface_open(struct rig *rig, UINT width, UINT height, struct surface *out)
{
    D3D11_TEXTURE2D_DESC desc = surface_describe(width, height);
    struct ist_import_options options = IST_IMPORT_OPTIONS_INIT;
    options.flags = IST_IMPORT_SURFACE; /* the filter writes */
    out->import = (struct ist_resource)IST_RESOURCE_INIT;
    return HR(ID3D11Device5_CreateTexture2D(rig->device, &desc, NULL, &out->texture)) &&
           IST(ist_import_resource((ID3D11Resource *)out->texture, &options, &out->import));
}

bool surface_close(struct surface *surface)
{
    bool ok = IST(ist_release_resource(&surface->import));
    if (surface->texture)
        ID3D11Texture2D_Release(surface->texture);
    *surface = (struct surface){0};
    return ok;
}

bool surface_plane(const struct surface *surface, struct edge_plane *out)
{
    return CUDA(cuda_find_plane(surface->import.mipmapped, out));
}
