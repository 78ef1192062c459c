/* SPDX-License-Identifier: MIT */
/*
 * The main job: a picture goes into a D3D11 texture, CUDA filters it on the same memory into a
 * second texture, D3D11 reads that back. Shared fences hand the work over, one each way.
 */
#ifndef ISTHMUS_TOOLS_DEMO_PIPELINE_H
#define ISTHMUS_TOOLS_DEMO_PIPELINE_H

#include "demo/rig.h"
#include "picture.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Microseconds of all frames together. Frames overlap, so with more than one of them the parts
 * may sum to more than the total.
 */
struct pipeline_times {
    double upload;   /* UpdateSubresource() and the context's signal */
    double handover; /* from that signal, or the end of the frame before, to the filter */
    double filter;   /* CUDA's part */
    double readback; /* from the end of the filter until the picture is mapped */
    double total;
};

/*
 * Sends a picture through `frames` times. The last result replaces the pixels of *to, which has
 * the same size. False, with a sentence on standard error, at the first call that fails.
 */
bool pipeline_run(struct rig *rig, const struct picture *from, struct picture *to,
                  uint64_t frames, struct pipeline_times *times);

#endif
