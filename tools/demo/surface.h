/* SPDX-License-Identifier: MIT */
/* An RGBA8 texture that both sides see: D3D11's and its import. */
#ifndef ISTHMUS_TOOLS_DEMO_SURFACE_H
#define ISTHMUS_TOOLS_DEMO_SURFACE_H

#include "demo/rig.h"
#include "edge.h"

#include <isthmus/interop.h>

struct surface {
    ID3D11Texture2D *texture;
    struct ist_resource import;
};

D3D11_TEXTURE2D_DESC surface_describe(UINT width, UINT height);
/* Fills a zeroed *out; surface_close() takes it also on failure. */
bool surface_open(struct rig *rig, UINT width, UINT height, struct surface *out);
bool surface_close(struct surface *surface);

/* Where a host function finds the pixels. Of the cpu device only: a GPU has no such place. */
bool surface_plane(const struct surface *surface, struct edge_plane *out);

#endif
