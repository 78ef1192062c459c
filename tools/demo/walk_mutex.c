/* SPDX-License-Identifier: MIT */
/*
 * Keyed mutexes by NT handle, by name and by KMT handle: memory and mutex come from one handle.
 * Each side must be kept out while the other owns, and see the other's bytes when it is let in.
 */
#include "demo/walk.h"

#include "demo/check.h"
#include "demo/lane.h"
#include "report.h"

#include <stdio.h>
#include <time.h>

#define PATIENCE_MS 5000u
#define KEY_D3D11 0u /* a new mutex is released with key 0 */
#define KEY_CUDA 1u
#define KEY_BACK 2u

struct mutex_pass {
    struct rig *rig;
    struct lane lane;
    IDXGIKeyedMutex *mutex;
    cudaExternalSemaphore_t semaphore;
};

/* The only wait of CUDA that can block its caller, for at most this time. */
static cudaError_t cuda_acquire(struct mutex_pass *p, UINT64 key, unsigned timeout_ms)
{
    struct cudaExternalSemaphoreWaitParams params = {
        .params.keyedMutex = {.key = key, .timeoutMs = timeout_ms}};
    return cudaWaitExternalSemaphoresAsync(&p->semaphore, &params, 1, p->rig->stream);
}

static bool cuda_release(struct mutex_pass *p, UINT64 key)
{
    struct cudaExternalSemaphoreSignalParams params = {.params.keyedMutex.key = key};
    return CUDA(cudaSignalExternalSemaphoresAsync(&p->semaphore, &params, 1, p->rig->stream));
}

static bool cuda_is_kept_out(struct mutex_pass *p)
{
    cudaError_t result = cuda_acquire(p, KEY_CUDA, 1);
    (void)cudaGetLastError(); /* this one was wanted: nobody shall find it later */
    if (result == cudaErrorTimeout)
        return true;
    complain("%s: CUDA's wait for what D3D11 owns answered %d (%s), not %d (cudaErrorTimeout)",
             p->lane.name, (int)result, cudaGetErrorName(result), (int)cudaErrorTimeout);
    return false;
}

static bool d3d11_is_kept_out(struct mutex_pass *p)
{
    HRESULT result = IDXGIKeyedMutex_AcquireSync(p->mutex, KEY_BACK, 0);
    if (result == WAIT_TIMEOUT)
        return true;
    complain("%s: AcquireSync of what CUDA owns answered 0x%08x, not 0x%08x (WAIT_TIMEOUT)",
             p->lane.name, (unsigned)result, (unsigned)WAIT_TIMEOUT);
    return false;
}

/* Gives whoever does not wait for the stream the time to be wrong. */
static void CUDART_CB nap(void *user)
{
    const struct timespec half_a_millisecond = {0, 500 * 1000};
    (void)user;
    nanosleep(&half_a_millisecond, NULL);
}

/* D3D11 writes; CUDA must not get in before the release with its key. */
static bool d3d11_turn(struct mutex_pass *p, uint64_t seed)
{
    if (!HR(IDXGIKeyedMutex_AcquireSync(p->mutex, KEY_D3D11, PATIENCE_MS)) ||
        !cuda_is_kept_out(p))
        return false;
    lane_d3d11_write(&p->lane, seed);
    return HR(IDXGIKeyedMutex_ReleaseSync(p->mutex, KEY_CUDA));
}

/* CUDA reads and overwrites. Its copies are queued, so the release must wait for them. */
static bool cuda_turn(struct mutex_pass *p, uint64_t seed)
{
    return CUDA(cuda_acquire(p, KEY_CUDA, PATIENCE_MS)) && d3d11_is_kept_out(p) &&
           lane_stream_read(&p->lane) && CUDA(cudaLaunchHostFunc(p->rig->stream, nap, NULL)) &&
           lane_stream_write(&p->lane, seed) && cuda_release(p, KEY_BACK);
}

/* Ownership may come before CUDA's copies are done; D3D11's copy must not run before them. */
static bool d3d11_turn_again(struct mutex_pass *p)
{
    if (!HR(IDXGIKeyedMutex_AcquireSync(p->mutex, KEY_BACK, PATIENCE_MS)))
        return false;
    lane_d3d11_read(&p->lane);
    return HR(IDXGIKeyedMutex_ReleaseSync(p->mutex, KEY_D3D11));
}

static bool run_round(struct mutex_pass *p, uint64_t seed)
{
    return d3d11_turn(p, seed) && cuda_turn(p, seed + 1) && d3d11_turn_again(p) &&
           lane_check_d3d11(&p->lane, seed + 1) && lane_check_stream(&p->lane, seed);
}

/* The guide: the handle of the resource serves both imports. */
static bool import_both(struct mutex_pass *p, enum share_by by)
{
    struct share share;
    if (!HR(ID3D11Resource_QueryInterface(p->lane.buffer, &IID_IDXGIKeyedMutex,
                                          (void **)&p->mutex)) ||
        !share_resource(p->rig, p->lane.buffer, by, &share))
        return false;
    bool ok = lane_import(&p->lane, &share) && import_keyed_mutex(&share, &p->semaphore);
    return share_close(&share) && ok;
}

static bool finish(struct mutex_pass *p)
{
    bool ok = lane_close(&p->lane);
    ok = (!p->semaphore || CUDA(cudaDestroyExternalSemaphore(p->semaphore))) && ok;
    if (p->mutex)
        IDXGIKeyedMutex_Release(p->mutex);
    return ok;
}

static bool walk_one(struct rig *rig, enum share_by by, const struct walk_listener *listener)
{
    char name[64];
    double started = now_us();
    struct mutex_pass p = {.rig = rig};
    snprintf(name, sizeof(name), "keyed mutex by %s", share_way(by));
    bool ok = lane_open(&p.lane, rig, name, share_flags(by, true)) && import_both(&p, by) &&
              run_round(&p, 1) && run_round(&p, 3);
    ok = finish(&p) && ok;
    if (!ok) {
        complain("%s failed", name);
        return false;
    }
    struct walk_row row = {"keyed mutex", share_way(by), "order and exclusion, by data",
                           p.lane.bytes, now_us() - started};
    listener->row(listener->user, &row);
    return true;
}

bool walk_keyed_mutexes(struct rig *rig, const struct walk_listener *listener)
{
    return walk_one(rig, SHARE_BY_NT_HANDLE, listener) &&
           walk_one(rig, SHARE_BY_NAME, listener) &&
           walk_one(rig, SHARE_BY_KMT_HANDLE, listener);
}
