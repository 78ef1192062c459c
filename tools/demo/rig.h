/* SPDX-License-Identifier: MIT */
/*
 * The two sides on one device: a D3D11 device with its immediate context, CUDA's device for it
 * made current, and a stream. Used by one thread.
 */
#ifndef ISTHMUS_TOOLS_DEMO_RIG_H
#define ISTHMUS_TOOLS_DEMO_RIG_H

#include "demo/check.h"

struct rig {
    ID3D11Device5 *device;
    ID3D11DeviceContext4 *context;
    bool gpu;            /* whose CUDA is the driver's (demo/cuda.h) */
    cudaStream_t stream; /* takes no part in the legacy stream's implicit order */
    char adapter[128];
    LUID luid;
};

/*
 * By the adapter's number, as DXGI counts. False, with the reason on standard error and nothing
 * left behind, if one side is missing.
 */
bool rig_open(unsigned adapter, struct rig *out);
/* Takes also a rig that was never opened, if it is zeroed. */
void rig_close(struct rig *rig);

#endif
