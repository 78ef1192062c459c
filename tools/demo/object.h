/* SPDX-License-Identifier: MIT */
/*
 * One D3D11 resource of any dimension, seen as a list of levels. The bytes of a level lie
 * without gaps, slice after slice; a buffer is one level with one row.
 */
#ifndef ISTHMUS_TOOLS_DEMO_OBJECT_H
#define ISTHMUS_TOOLS_DEMO_OBJECT_H

#include "demo/rig.h"

#include <stdbool.h>

struct object_kind {
    const char *name; /* as it stands in the table */
    D3D11_RESOURCE_DIMENSION dimension;
    UINT width;  /* of a buffer: bytes */
    UINT height; /* 1 where the dimension has none, also depth, levels and slices */
    UINT depth;
    UINT levels;
    UINT slices;
    DXGI_FORMAT format;
    UINT element_bytes;
    struct cudaChannelFormatDesc channels; /* what CUDA calls the format */
};

/* The size of one level in elements. */
struct object_extent {
    UINT width, height, depth;
};

struct object_extent object_level(const struct object_kind *kind, UINT level);
size_t object_row_bytes(const struct object_kind *kind, UINT level);
size_t object_slice_bytes(const struct object_kind *kind, UINT level);
size_t object_level_bytes(const struct object_kind *kind, UINT level);
size_t object_bytes(const struct object_kind *kind);

/* A resource in default memory that can be shared; released by the caller. */
ID3D11Resource *object_create(struct rig *rig, const struct object_kind *kind, UINT misc_flags);
/* Its twin that the CPU may read. */
ID3D11Resource *object_create_staging(struct rig *rig, const struct object_kind *kind);
/* Takes NULL. */
void object_release(ID3D11Resource *resource);

/* Writes a whole level through the D3D11 context. */
void object_upload(struct rig *rig, ID3D11Resource *resource, const struct object_kind *kind,
                   UINT level, const void *bytes);
/* Reads a whole level of a staging resource. Waits until it is ready. */
bool object_read(struct rig *rig, ID3D11Resource *staging, const struct object_kind *kind,
                 UINT level, void *bytes);

#endif
