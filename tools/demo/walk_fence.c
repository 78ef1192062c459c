/* SPDX-License-Identifier: MIT */
/*
 * Fences by NT handle and by name. Each round queues the whole chain CUDA, D3D11, CUDA while
 * the stream is held at a gate: a side that does not wait for the other copies old bytes, and
 * shows.
 */
#include "demo/walk.h"

#include "demo/check.h"
#include "demo/lane.h"
#include "report.h"

#include <stdio.h>

#define ROUNDS 2u

struct fence_pass {
    struct rig *rig;
    struct lane lane;
    ID3D11Fence *fence;
    cudaExternalSemaphore_t semaphore;
};

static bool cuda_signal(struct fence_pass *p, UINT64 value)
{
    struct cudaExternalSemaphoreSignalParams params = {.params.fence.value = value};
    return CUDA(cudaSignalExternalSemaphoresAsync(&p->semaphore, &params, 1, p->rig->stream));
}

static bool cuda_wait(struct fence_pass *p, UINT64 value)
{
    struct cudaExternalSemaphoreWaitParams params = {.params.fence.value = value};
    return CUDA(cudaWaitExternalSemaphoresAsync(&p->semaphore, &params, 1, p->rig->stream));
}

/* CUDA writes, D3D11 reads and writes, CUDA reads; nothing of it may run yet. */
static bool queue_round(struct fence_pass *p, UINT64 value)
{
    struct rig *rig = p->rig;
    if (!lane_stream_gate(&p->lane) || !lane_stream_write(&p->lane, value) ||
        !cuda_signal(p, value))
        return false;
    /* Issued after CUDA's signal was queued: the order that the guide asks for. */
    if (!HR(ID3D11DeviceContext4_Wait(rig->context, p->fence, value)))
        return false;
    lane_d3d11_read(&p->lane);
    lane_d3d11_write(&p->lane, value + 1);
    if (!HR(ID3D11DeviceContext4_Signal(rig->context, p->fence, value + 1)))
        return false;
    ID3D11DeviceContext4_Flush(rig->context);
    return cuda_wait(p, value + 1) && lane_stream_read(&p->lane);
}

/* The value tells how far the chain got: before the gate opens it must not have moved. */
static bool fence_stands_at(struct fence_pass *p, UINT64 value)
{
    UINT64 found = ID3D11Fence_GetCompletedValue(p->fence);
    if (found == value)
        return true;
    complain("%s: the fence is at %llu and should be at %llu", p->lane.name,
             (unsigned long long)found, (unsigned long long)value);
    return false;
}

static bool run_round(struct fence_pass *p, UINT64 value)
{
    bool ok = queue_round(p, value) && fence_stands_at(p, value - 1);
    lane_open_gate(&p->lane);
    return ok && lane_check_stream(&p->lane, value + 1) && lane_check_d3d11(&p->lane, value) &&
           fence_stands_at(p, value + 1);
}

/* A new fence for each path: its value starts at 0, and its name is gone with the handle. */
static bool import_shared_fence(struct fence_pass *p, enum share_by by)
{
    struct share share;
    if (!HR(ID3D11Device5_CreateFence(p->rig->device, 0, D3D11_FENCE_FLAG_SHARED,
                                      &IID_ID3D11Fence, (void **)&p->fence)) ||
        !share_fence(p->rig, p->fence, by, &share))
        return false;
    bool ok = import_fence(&share, &p->semaphore);
    return share_close(&share) && ok;
}

static bool import_buffer(struct fence_pass *p)
{
    struct share share;
    if (!share_resource(p->rig, p->lane.buffer, SHARE_BY_NT_HANDLE, &share))
        return false;
    bool ok = lane_import(&p->lane, &share);
    return share_close(&share) && ok;
}

/* lane_close() lets the stream end first; only then may the semaphore go. */
static bool finish(struct fence_pass *p)
{
    bool ok = lane_close(&p->lane);
    ok = (!p->semaphore || CUDA(cudaDestroyExternalSemaphore(p->semaphore))) && ok;
    if (p->fence)
        ID3D11Fence_Release(p->fence);
    return ok;
}

static bool walk_one(struct rig *rig, enum share_by by, const struct walk_listener *listener)
{
    char name[64];
    double started = now_us();
    struct fence_pass p = {.rig = rig};
    snprintf(name, sizeof(name), "fence by %s", share_way(by));
    bool ok = lane_open(&p.lane, rig, name, share_flags(SHARE_BY_NT_HANDLE, false)) &&
              import_buffer(&p) && import_shared_fence(&p, by);
    for (UINT64 round = 0; ok && round < ROUNDS; round++)
        ok = run_round(&p, 2 * round + 1);
    ok = finish(&p) && ok;
    if (!ok) {
        complain("%s failed", name);
        return false;
    }
    struct walk_row row = {"fence", share_way(by), "order of both sides, by data", p.lane.bytes,
                           now_us() - started};
    listener->row(listener->user, &row);
    return true;
}

bool walk_fences(struct rig *rig, const struct walk_listener *listener)
{
    return walk_one(rig, SHARE_BY_NT_HANDLE, listener) &&
           walk_one(rig, SHARE_BY_NAME, listener); /* fences have no KMT handle */
}
