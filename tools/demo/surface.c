/* SPDX-License-Identifier: MIT */
/* Creates a shared texture and brings it to CUDA as the guide's sections on D3D11 do. */
#include "demo/surface.h"

#include "demo/check.h"
#include "report.h"

#include <isthmus/cuda.h>

/* NTHANDLE alone is refused: it says how SHARED is done. */
static D3D11_TEXTURE2D_DESC describe(UINT width, UINT height)
{
    return (D3D11_TEXTURE2D_DESC){
        .Width = width,
        .Height = height,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
}

/* The handle is closed at once, as in the guide: the import holds the texture by itself. */
static bool import_texture(struct rig *rig, struct surface *s, UINT64 size)
{
    struct share share;
    if (!share_resource(rig, (ID3D11Resource *)s->texture, SHARE_BY_NT_HANDLE, &share))
        return false;
    bool ok = import_memory(&share, size, &s->memory);
    return share_close(&share) && ok;
}

/* UNORM is imported as unsigned bytes: CUDA compares bits and channels, not names. */
static bool map_level(struct surface *s, UINT width, UINT height)
{
    struct cudaExternalMemoryMipmappedArrayDesc desc = {
        .formatDesc = {8, 8, 8, 8, cudaChannelFormatKindUnsigned},
        .extent = make_cudaExtent(width, height, 0), /* depth 1 would be a 3D array */
        .flags = cudaArraySurfaceLoadStore,
        .numLevels = 1,
    };
    return CUDA(cudaExternalMemoryGetMappedMipmappedArray(&s->mipmaps, s->memory, &desc)) &&
           CUDA(cudaGetMipmappedArrayLevel(&s->level, s->mipmaps, 0));
}

bool surface_open(struct rig *rig, UINT width, UINT height, struct surface *out)
{
    D3D11_TEXTURE2D_DESC desc = describe(width, height);
    return HR(ID3D11Device5_CreateTexture2D(rig->device, &desc, NULL, &out->texture)) &&
           import_texture(rig, out, (UINT64)width * height * 4) &&
           map_level(out, width, height);
}

/* Mapping, import, texture: each is freed by its own side, last come first gone. */
bool surface_close(struct surface *surface)
{
    struct surface s = *surface;
    *surface = (struct surface){0};
    bool ok = !s.mipmaps || CUDA(cudaFreeMipmappedArray(s.mipmaps));
    ok = (!s.memory || CUDA(cudaDestroyExternalMemory(s.memory))) && ok;
    if (s.texture)
        ID3D11Texture2D_Release(s.texture);
    return ok;
}

bool surface_create_staging(struct rig *rig, UINT width, UINT height, ID3D11Texture2D **out)
{
    D3D11_TEXTURE2D_DESC desc = describe(width, height);
    desc.Usage = D3D11_USAGE_STAGING;
    desc.BindFlags = 0;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    desc.MiscFlags = 0;
    return HR(ID3D11Device5_CreateTexture2D(rig->device, &desc, NULL, out));
}

bool surface_plane(const struct surface *surface, struct edge_plane *out)
{
    struct ist_array_view view;
    enum ist_status status = ist_cuda_array_view(surface->level, &view);
    if (status != IST_OK) {
        complain("a host function cannot reach the memory of this array: %s (%s)",
                 ist_explain(), ist_status_name(status));
        return false;
    }
    *out = (struct edge_plane){view.data, view.row_pitch};
    return true;
}
