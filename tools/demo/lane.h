/* SPDX-License-Identifier: MIT */
/*
 * What bytes are sent through: a resource of any shape that both sides see, with its staging
 * twin, and a fence if one is asked for. All subresources are written and read at once; the
 * bytes come from a seed, so whoever reads knows what was written.
 */
#ifndef ISTHMUS_TOOLS_DEMO_LANE_H
#define ISTHMUS_TOOLS_DEMO_LANE_H

#include "demo/share.h"

struct lane {
    struct rig *rig;
    const char *name; /* of what is tried, for messages */
    struct ist_shape shape;
    struct ist_layout layout; /* of the bytes on the host: without gaps */
    ID3D11Resource *resource, *staging;
    IDXGIKeyedMutex *mutex; /* D3D11's side of the resource's, if it has one */
    ID3D11Fence *fence;
    struct ist_resource import;
    struct ist_fence counter;                          /* CUDA's side of the fence */
    unsigned char *wanted, *found, *outgoing, *landed; /* page-locked; the last for a stream */
    uint64_t checked;                                  /* bytes compared so far */
};

/* The host's part. After each of these, whatever it says, lane_close() takes what there is. */
bool lane_open(struct rig *rig, const char *name, const struct ist_shape *shape,
               struct lane *out);
bool lane_create(struct lane *lane, UINT misc_flags);
bool lane_create_fence(struct lane *lane);
/* The shared way there, through which the caller imports. */
bool lane_import(struct lane *lane, struct share *share);
bool lane_close(struct lane *lane);

/* In the order of the stream: what they copy may not have run yet. */
bool lane_stream_write(struct lane *lane, uint64_t seed);
bool lane_stream_read(struct lane *lane);

/* In the order of the D3D11 context. */
bool lane_d3d11_write(struct lane *lane, uint64_t seed);
void lane_d3d11_read(struct lane *lane);

/* Wait for what was read and compare it. */
bool lane_check_stream(struct lane *lane, uint64_t seed);
bool lane_check_d3d11(struct lane *lane, uint64_t seed);

#endif
