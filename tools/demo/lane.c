/* SPDX-License-Identifier: MIT */
/* The buffer, the gate and the copies of the walk over fences and keyed mutexes. */
#include "demo/lane.h"

#include "demo/check.h"
#include "demo/pattern.h"
#include "report.h"

#include <time.h>

#define GATE_LIMIT_US 5e6 /* a gate that nobody opens must not stop the program for good */

static const struct object_kind lane_kind = {"buffer, 4096 bytes",
                                             D3D11_RESOURCE_DIMENSION_BUFFER,
                                             LANE_BYTES,
                                             1,
                                             1,
                                             1,
                                             1,
                                             DXGI_FORMAT_UNKNOWN,
                                             1,
                                             {8, 0, 0, 0, cudaChannelFormatKindUnsigned}};

bool lane_open(struct lane *lane, struct rig *rig, const char *name, UINT misc_flags)
{
    lane->rig = rig;
    lane->name = name;
    lane->buffer = object_create(rig, &lane_kind, misc_flags);
    lane->staging = lane->buffer ? object_create_staging(rig, &lane_kind) : NULL;
    return lane->staging && CUDA(cudaMallocHost((void **)&lane->to_cuda, LANE_BYTES)) &&
           CUDA(cudaMallocHost((void **)&lane->landing, LANE_BYTES));
}

/*
 * The gate first: a stream that stands at it never ends. Then what the stream used, the
 * imports, and last the buffer itself.
 */
bool lane_close(struct lane *lane)
{
    lane_open_gate(lane);
    bool ok = CUDA(cudaStreamSynchronize(lane->rig->stream));
    ok = mapping_close(&lane->mapping) && ok;
    ok = (!lane->to_cuda || CUDA(cudaFreeHost(lane->to_cuda))) && ok;
    ok = (!lane->landing || CUDA(cudaFreeHost(lane->landing))) && ok;
    object_release(lane->staging);
    object_release(lane->buffer);
    return ok;
}

bool lane_import(struct lane *lane, const struct share *share)
{
    return mapping_open(share, &lane_kind, &lane->mapping);
}

/*
 * A host function, so it must not call CUDA: holds the stream until everything behind it has
 * been queued.
 */
static void CUDART_CB stand_at_gate(void *user)
{
    struct lane *lane = user;
    const struct timespec nap = {0, 20 * 1000};
    double started = now_us();
    /* Nothing is published by the gate: it only holds the stream, the fences order the data. */
    while (!atomic_load_explicit(&lane->gate_open, memory_order_relaxed)) {
        if (now_us() - started > GATE_LIMIT_US) {
            atomic_store_explicit(&lane->gate_late, true, memory_order_relaxed);
            return;
        }
        nanosleep(&nap, NULL);
    }
}

bool lane_stream_gate(struct lane *lane)
{
    atomic_store_explicit(&lane->gate_open, false, memory_order_relaxed);
    return CUDA(cudaLaunchHostFunc(lane->rig->stream, stand_at_gate, lane));
}

void lane_open_gate(struct lane *lane)
{
    atomic_store_explicit(&lane->gate_open, true, memory_order_relaxed);
}

/* Page-locked memory: from any other, an asynchronous copy may wait for the stream. */
bool lane_stream_write(struct lane *lane, uint64_t seed)
{
    pattern_fill(lane->to_cuda, LANE_BYTES, seed);
    return CUDA(cudaMemcpyAsync(lane->mapping.pointer, lane->to_cuda, LANE_BYTES,
                                cudaMemcpyHostToDevice, lane->rig->stream));
}

bool lane_stream_read(struct lane *lane)
{
    return CUDA(cudaMemcpyAsync(lane->landing, lane->mapping.pointer, LANE_BYTES,
                                cudaMemcpyDeviceToHost, lane->rig->stream));
}

void lane_d3d11_write(struct lane *lane, uint64_t seed)
{
    pattern_fill(lane->expected, LANE_BYTES, seed);
    object_upload(lane->rig, lane->buffer, &lane_kind, 0, lane->expected);
}

void lane_d3d11_read(struct lane *lane)
{
    ID3D11DeviceContext4_CopyResource(lane->rig->context, lane->staging, lane->buffer);
}

/* The data may be right all the same; but no call that only queues may hold its caller up. */
static bool gate_was_in_time(const struct lane *lane)
{
    if (!atomic_load_explicit(&lane->gate_late, memory_order_relaxed))
        return true;
    complain("%s: a call that should only queue its work blocked for %.0f s", lane->name,
             GATE_LIMIT_US / 1e6);
    return false;
}

bool lane_check_stream(struct lane *lane, uint64_t seed)
{
    if (!CUDA(cudaStreamSynchronize(lane->rig->stream)) || !gate_was_in_time(lane))
        return false;
    pattern_fill(lane->expected, LANE_BYTES, seed);
    lane->bytes += LANE_BYTES;
    return pattern_same(lane->landing, lane->expected, LANE_BYTES, lane->name, "D3D11", "CUDA");
}

bool lane_check_d3d11(struct lane *lane, uint64_t seed)
{
    if (!object_read(lane->rig, lane->staging, &lane_kind, 0, lane->found))
        return false;
    pattern_fill(lane->expected, LANE_BYTES, seed);
    lane->bytes += LANE_BYTES;
    return pattern_same(lane->found, lane->expected, LANE_BYTES, lane->name, "CUDA", "D3D11");
}
