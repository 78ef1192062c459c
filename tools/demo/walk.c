/* SPDX-License-Identifier: MIT */
/*
 * Memory, fences and keyed mutexes, by each way that they have. Memory: every mip of every
 * slice is written by one side and read by the other. Order: each side copies old bytes, and
 * shows, if it does not wait for the other.
 */
#include "demo/walk.h"

#include "demo/check.h"
#include "demo/cuda.h"
#include "demo/lane.h"
#include "report.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define GATE_LIMIT_US 5e6 /* a gate that nobody opens must not stop the program for good */
#define PATIENCE_MS 5000u
#define ROUNDS 2u

enum { KEY_D3D11, KEY_CUDA, KEY_BACK }; /* a new mutex is released with key 0 */

/* What a row is about, and how it is gone. */
struct path {
    const char *what;
    const char *object;
    struct ist_shape shape;
    bool (*pass)(struct lane *lane, uint64_t seed);
};

/* ---- memory ---- */

/* All levels are written before the first is read: one that lands in another shows. */
static bool pass_memory(struct lane *lane, uint64_t seed)
{
    bool ok = lane_d3d11_write(lane, seed) && rig_finish_d3d11(lane->rig) &&
              lane_stream_read(lane) && lane_check_stream(lane, seed) &&
              lane_stream_write(lane, seed + 1) &&
              CUDA(cuda->stream_synchronize(lane->rig->stream));
    if (ok)
        lane_d3d11_read(lane);
    return ok && lane_check_d3d11(lane, seed + 1);
}

/* ---- fences ---- */

/* Holds the stream until everything behind it has been queued. */
struct gate {
    atomic_bool open; /* the main thread stores, a host function of the stream loads */
    atomic_bool late; /* the host function stores, the main thread loads */
};

/* Nothing is published by the gate: the fences order the data. */
static void CUDART_CB stand_at_gate(void *user)
{
    struct gate *gate = user;
    const struct timespec nap = {0, 20 * 1000};
    double started = now_us();
    while (!atomic_load_explicit(&gate->open, memory_order_relaxed)) {
        if (now_us() - started > GATE_LIMIT_US) {
            atomic_store_explicit(&gate->late, true, memory_order_relaxed);
            return;
        }
        nanosleep(&nap, NULL);
    }
}

/*
 * CUDA writes, D3D11 reads and writes, CUDA reads; nothing of it may run yet. D3D11's wait
 * comes after CUDA's signal was queued: the order that the guide asks for.
 */
static bool queue_round(struct lane *lane, struct gate *gate, UINT64 value)
{
    ID3D11DeviceContext4 *context = lane->rig->context;
    cudaStream_t stream = lane->rig->stream;
    if (!CUDA(cuda->launch_host(stream, stand_at_gate, gate)) ||
        !lane_stream_write(lane, value) ||
        !IST(ist_fence_signal(&lane->counter, value, stream)) ||
        !HR(ID3D11DeviceContext4_Wait(context, lane->fence, value)))
        return false;
    lane_d3d11_read(lane);
    if (!lane_d3d11_write(lane, value + 1) ||
        !HR(ID3D11DeviceContext4_Signal(context, lane->fence, value + 1)))
        return false;
    ID3D11DeviceContext4_Flush(context);
    return IST(ist_fence_wait(&lane->counter, value + 1, stream)) && lane_stream_read(lane);
}

/* The value tells how far the chain got: before the gate opens it must not have moved. */
static bool fence_stands_at(struct lane *lane, UINT64 value)
{
    UINT64 found = ID3D11Fence_GetCompletedValue(lane->fence);
    if (found != value)
        complain("%s: the fence is at %llu and should be at %llu", lane->name,
                 (unsigned long long)found, (unsigned long long)value);
    return found == value;
}

/* The data may be right all the same; but no call that only queues may hold its caller up. */
static bool gate_was_in_time(const struct lane *lane, struct gate *gate)
{
    bool late = atomic_load_explicit(&gate->late, memory_order_relaxed);
    if (late)
        complain("%s: a call that should only queue its work blocked for %.0f s", lane->name,
                 GATE_LIMIT_US / 1e6);
    return !late;
}

static bool pass_fence(struct lane *lane, uint64_t seed)
{
    struct gate gate = {false, false};
    bool ok = queue_round(lane, &gate, seed) && fence_stands_at(lane, seed - 1);
    atomic_store_explicit(&gate.open, true, memory_order_relaxed);
    ok = CUDA(cuda->stream_synchronize(lane->rig->stream)) && ok; /* the gate ends here */
    return ok && gate_was_in_time(lane, &gate) && lane_check_stream(lane, seed + 1) &&
           lane_check_d3d11(lane, seed) && fence_stands_at(lane, seed + 1);
}

/* ---- keyed mutexes ---- */

static bool is_kept_out(const struct lane *lane, const char *who, enum ist_acquired found)
{
    if (found != IST_ACQUIRE_TIMEOUT)
        complain("%s: %s is not kept out while the other side owns: %d, not %d, timeout",
                 lane->name, who, (int)found, (int)IST_ACQUIRE_TIMEOUT);
    return found == IST_ACQUIRE_TIMEOUT;
}

/* Gives whoever does not wait for the stream the time to be wrong. */
static void CUDART_CB nap(void *user)
{
    const struct timespec half_a_millisecond = {0, 500 * 1000};
    (void)user;
    nanosleep(&half_a_millisecond, NULL);
}

/* D3D11 writes; CUDA must not get in before the release with its key. */
static bool d3d11_turn(struct lane *l, uint64_t seed)
{
    return ACQUIRED(ist_d3d11_mutex_acquire(l->mutex, KEY_D3D11, PATIENCE_MS)) &&
           is_kept_out(l, "CUDA",
                       ist_keyed_mutex_acquire(&l->import, KEY_CUDA, 1, l->rig->stream)) &&
           lane_d3d11_write(l, seed) && IST(ist_d3d11_mutex_release(l->mutex, KEY_CUDA));
}

/* CUDA reads and overwrites. Its copies are queued, so the release must wait for them. */
static bool cuda_turn(struct lane *l, uint64_t seed)
{
    cudaStream_t stream = l->rig->stream;
    return ACQUIRED(ist_keyed_mutex_acquire(&l->import, KEY_CUDA, PATIENCE_MS, stream)) &&
           is_kept_out(l, "D3D11", ist_d3d11_mutex_acquire(l->mutex, KEY_BACK, 0)) &&
           lane_stream_read(l) && CUDA(cuda->launch_host(stream, nap, NULL)) &&
           lane_stream_write(l, seed) &&
           IST(ist_keyed_mutex_release(&l->import, KEY_BACK, stream));
}

/* Ownership may come before CUDA's copies are done; D3D11's copy must not run before them. */
static bool pass_mutex(struct lane *l, uint64_t seed)
{
    if (!d3d11_turn(l, seed) || !cuda_turn(l, seed + 1) ||
        !ACQUIRED(ist_d3d11_mutex_acquire(l->mutex, KEY_BACK, PATIENCE_MS)))
        return false;
    lane_d3d11_read(l);
    return IST(ist_d3d11_mutex_release(l->mutex, KEY_D3D11)) && lane_check_d3d11(l, seed + 1) &&
           lane_check_stream(l, seed);
}

/* ---- all of them ---- */

#define SHAPE(dimension, ...)                                                        \
    {                                                                                \
        sizeof(struct ist_shape), D3D11_RESOURCE_DIMENSION_##dimension, __VA_ARGS__, \
            IST_PACKING_TIGHT                                                        \
    }

/* Odd sizes: whoever confuses pitch and width, or rounds a mip up, is found out. */
static const struct path paths[] = {
    {"memory", "buffer, 65521 bytes", SHAPE(BUFFER, 65521, 0, 0, 1, 1, 0), pass_memory},
    {"memory", "Texture1D 1021, 3 mips",
     SHAPE(TEXTURE1D, 1021, 1, 1, 3, 1, DXGI_FORMAT_R32_FLOAT), pass_memory},
    {"memory", "Texture2D 101x67, 4 mips, 3 slices",
     SHAPE(TEXTURE2D, 101, 67, 1, 4, 3, DXGI_FORMAT_R8G8B8A8_UNORM), pass_memory},
    {"memory", "Texture3D 33x17x9, 3 mips",
     SHAPE(TEXTURE3D, 33, 17, 9, 3, 1, DXGI_FORMAT_R16G16_UINT), pass_memory},
    {"fence", "order of both sides, by data", SHAPE(BUFFER, 4096, 0, 0, 1, 1, 0), pass_fence},
    {"keyed mutex", "order and exclusion, by data", SHAPE(BUFFER, 4096, 0, 0, 1, 1, 0),
     pass_mutex},
};

static bool import_fence(struct lane *lane, enum share_by by)
{
    struct share share;
    if (!lane_create_fence(lane) || !share_fence(lane->rig, lane->fence, by, &share))
        return false;
    bool ok = share_import_fence(&share, &lane->counter);
    return share_close(&share) && ok;
}

/* What a fence is tried with comes by NT handle. A keyed mutex comes with its resource. */
static bool import(struct lane *lane, const struct path *path, enum share_by by)
{
    struct share share;
    bool fence = path->pass == pass_fence;
    enum share_by memory = fence ? SHARE_BY_NT_HANDLE : by;
    return lane_create(lane, share_flags(memory, path->pass == pass_mutex)) &&
           share_resource(lane->rig, lane->resource, memory, &share) &&
           lane_import(lane, &share) && (!fence || import_fence(lane, by));
}

/* Another seed for each path and round: nothing left over can pass. Fences count from 1. */
static bool pass_all(struct lane *lane, const struct path *path, enum share_by by)
{
    uint64_t seed = (uint64_t)by << 32 | (uint64_t)(path - paths) << 16;
    if (path->pass == pass_memory)
        return pass_memory(lane, seed);
    for (unsigned round = 0; round < ROUNDS; round++)
        if (!path->pass(lane, 2 * round + 1))
            return false;
    return true;
}

static bool walk_one(struct rig *rig, const struct path *path, enum share_by by,
                     const struct walk_listener *listener)
{
    char name[64];
    double started = now_us();
    struct lane lane;
    snprintf(name, sizeof(name), "%s by %s", path->what, share_way(by));
    bool ok = lane_open(rig, name, &path->shape, &lane) && import(&lane, path, by) &&
              pass_all(&lane, path, by);
    ok = lane_close(&lane) && ok;
    struct walk_row row = {path->what, share_way(by), path->object, lane.checked,
                           now_us() - started};
    if (ok)
        listener->row(listener->user, &row);
    else
        complain("%s failed: %s", name, path->object);
    return ok;
}

static bool walk(struct rig *rig, bool (*pass)(struct lane *, uint64_t), unsigned ways,
                 const struct walk_listener *listener)
{
    for (enum share_by by = 0; by < ways; by++)
        for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
            if (paths[i].pass == pass && !walk_one(rig, &paths[i], by, listener))
                return false;
    return true;
}

bool walk_memory(struct rig *rig, const struct walk_listener *listener)
{
    return walk(rig, pass_memory, SHARE_WAYS, listener);
}

/* Fences have no KMT handle. */
bool walk_fences(struct rig *rig, const struct walk_listener *listener)
{
    return walk(rig, pass_fence, SHARE_BY_KMT_HANDLE, listener);
}

bool walk_keyed_mutexes(struct rig *rig, const struct walk_listener *listener)
{
    return walk(rig, pass_mutex, SHARE_WAYS, listener);
}

bool walk_all(struct rig *rig, const struct walk_listener *listener)
{
    return walk_memory(rig, listener) && walk_fences(rig, listener) &&
           walk_keyed_mutexes(rig, listener);
}
