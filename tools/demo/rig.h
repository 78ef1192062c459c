/* SPDX-License-Identifier: MIT */
/*
 * The two sides on one device: a D3D11 device with its immediate context, CUDA's device for it
 * made current, and a stream. Used by one thread.
 */
#ifndef ISTHMUS_TOOLS_DEMO_RIG_H
#define ISTHMUS_TOOLS_DEMO_RIG_H

#include "demo/theirs.h"

#include <stdbool.h>

struct rig {
    ID3D11Device5 *device;
    ID3D11DeviceContext4 *context;
    ID3D11Fence *done; /* what rig_finish_d3d11() waits for */
    UINT64 done_value;
    bool gpu;            /* whose CUDA is the driver's (demo/cuda.h) */
    cudaStream_t stream; /* takes no part in the legacy stream's implicit order */
    unsigned names;      /* how many names rig_name() has made */
    char adapter[128];
    LUID luid;
};

/* False, with the reason on standard error and nothing left behind, if one side is missing. */
bool rig_open(struct rig *out);
/* The same on an adapter by number, as DXGI counts them. */
bool rig_open_on(unsigned adapter, struct rig *out);
/* Takes also a rig that was never opened, if it is zeroed. */
void rig_close(struct rig *rig);

/* Returns when everything submitted to the D3D11 context is done. */
bool rig_finish_d3d11(struct rig *rig);

/* Makes a name that no other object of this user has. */
void rig_name(struct rig *rig, WCHAR *out, size_t length);

#endif
