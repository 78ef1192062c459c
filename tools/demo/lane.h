/* SPDX-License-Identifier: MIT */
/*
 * D3D11's side: a shared resource of any shape with a fence, and a staging twin from which the
 * host reads it. All subresources go at once, in the order of the context; on the host they lie
 * without gaps.
 */
#ifndef ISTHMUS_TOOLS_DEMO_LANE_H
#define ISTHMUS_TOOLS_DEMO_LANE_H

#include "demo/rig.h"

struct lane {
    struct rig *rig;
    size_t size; /* of all subresources on the host */
    ID3D11Resource *resource, *staging;
    ID3D11Fence *fence;
    IDXGIKeyedMutex *mutex; /* of the resource, if it has one */
};

/* After this, whatever it says, lane_close() takes what there is. */
bool lane_open(struct rig *rig, const struct ist_resource_desc *desc, struct lane *out);
void lane_close(struct lane *lane);

bool lane_upload(struct lane *lane, const void *bytes);
/* What is there now goes to the staging twin; */
void lane_fetch(struct lane *lane);
/* waits until it is there, and copies it out; NULL only waits. */
bool lane_download(struct lane *lane, void *bytes);

bool lane_signal(struct lane *lane, UINT64 value);
bool lane_wait(struct lane *lane, UINT64 value);

#endif
