/* SPDX-License-Identifier: MIT */
/*
 * An RGBA8 texture that both sides see: the D3D11 texture, its CUDA import, its mapped level.
 */
#ifndef ISTHMUS_TOOLS_DEMO_SURFACE_H
#define ISTHMUS_TOOLS_DEMO_SURFACE_H

#include "demo/rig.h"
#include "demo/share.h"
#include "edge.h"

#include <stdbool.h>

struct surface {
    ID3D11Texture2D *texture;
    cudaExternalMemory_t memory;
    cudaMipmappedArray_t mipmaps;
    cudaArray_t level; /* belongs to mipmaps */
};

/* Fills *out step by step; on failure surface_close() takes what there is. */
bool surface_open(struct rig *rig, UINT width, UINT height, struct surface *out);
bool surface_close(struct surface *surface);

/* A texture of the same kind that the CPU may read. */
bool surface_create_staging(struct rig *rig, UINT width, UINT height, ID3D11Texture2D **out);

/*
 * Where a host function finds the pixels. The one call of the demo that is neither Microsoft's
 * nor NVIDIA's: on a GPU a kernel would get a surface object of the level in its place.
 */
bool surface_plane(const struct surface *surface, struct edge_plane *out);

#endif
