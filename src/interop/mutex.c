/* SPDX-License-Identifier: MIT */
/*
 * Keyed mutexes from CUDA's side, one or several, and from D3D11's. Whether an import holds its
 * mutex is kept in imports.c, so that a release without an acquire never reaches the driver.
 */
#include "interop/calls.h"
#include "interop/imports.h"

#include <isthmus/interop.h>

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FEW 8 /* mutexes of one call that need no memory */

/* Other results than these three are refusals, whose reason stands already. */
static enum ist_acquired acquired_of(enum ist_status status)
{
    switch (status) {
    case IST_OK: return IST_ACQUIRED;
    case IST_TIMEOUT: return IST_ACQUIRE_TIMEOUT;
    case IST_ABANDONED: return IST_ACQUIRE_ABANDONED;
    default: return IST_ACQUIRE_FAILED;
    }
}

/* A live import that has a mutex. */
static enum ist_status check_mutex(const struct ist_resource *r)
{
    if (!r)
        return refuse(IST_BAD_POINTER, "the ist_resource is NULL");
    enum ist_status status = imports_check(IMPORT_RESOURCE, r->id);
    if (status == IST_OK && !r->mutex)
        return refuse(IST_NO_INTERFACE,
                      "import %" PRIu64 " has no keyed mutex: MiscFlags 0x%" PRIx32
                      " of the resource lack SHARED_KEYEDMUTEX (0x100), or NO_MUTEX was asked",
                      r->id, r->desc.misc_flags);
    return status;
}

static enum ist_status check_not_held(const struct ist_resource *r)
{
    enum ist_status status = check_mutex(r);
    if (status == IST_OK && imports_held(r->id))
        return refuse(IST_ALREADY_OWNER,
                      "import %" PRIu64 " holds its keyed mutex already: acquiring it twice "
                      "would wait for itself",
                      r->id);
    return status;
}

/*
 * An owner that ended is no number of CUDA's: Isthmus answers it as a failure with a reason,
 * NVIDIA's driver is not documented.
 */
static enum ist_status wait_status(const struct ist_resource *r, uint64_t key, CUresult code)
{
    if (code == CUDA_ERROR_TIMEOUT)
        return answer(IST_TIMEOUT,
                      "nobody released the keyed mutex of import %" PRIu64 " with key %" PRIu64
                      " in time",
                      r->id, key);
    bool abandoned = code == CUDA_ERROR_OPERATING_SYSTEM && strstr(status_reason(), "abandone"
                                                                                    "d");
    enum ist_status status = interop_cuda("cuWaitExternalSemaphoresAsync", code);
    return abandoned ? IST_ABANDONED : status;
}

static enum ist_status acquire(const struct interop_calls *calls, const struct ist_resource *r,
                               uint64_t key, uint32_t timeout_ms, void *stream)
{
    CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS params;
    CUexternalSemaphore mutex = r->mutex;
    memset(&params, 0, sizeof(params));
    params.params.keyedMutex.key = key;
    params.params.keyedMutex.timeoutMs = timeout_ms;
    interop_before();
    CUresult code = calls->cuWaitExternalSemaphoresAsync(&mutex, &params, 1, stream);
    enum ist_status status = wait_status(r, key, code);
    if (status == IST_OK)
        imports_hold(r->id, true);
    return status;
}

/* Not held from before the signal on: after it another thread may hold it by this import. */
static enum ist_status release(const struct interop_calls *calls, const struct ist_resource *r,
                               uint64_t key, void *stream)
{
    if (!imports_hold(r->id, false))
        return refuse(IST_NOT_OWNER,
                      "import %" PRIu64 " does not hold its keyed mutex: a release follows an "
                      "acquire that answered IST_ACQUIRED",
                      r->id);
    CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS params;
    CUexternalSemaphore mutex = r->mutex;
    memset(&params, 0, sizeof(params));
    params.params.keyedMutex.key = key;
    enum ist_status status =
        CU(calls, cuSignalExternalSemaphoresAsync, &mutex, &params, 1, stream);
    if (status != IST_OK)
        imports_hold(r->id, true);
    return status;
}

enum ist_acquired ist_keyed_mutex_acquire(const struct ist_resource *resource, uint64_t key,
                                          uint32_t timeout_ms, void *stream)
{
    const struct interop_calls *calls;
    enum ist_status status = check_not_held(resource);
    if (status == IST_OK)
        status = interop_calls_get(&calls);
    if (status == IST_OK)
        status = acquire(calls, resource, key, timeout_ms, stream);
    return acquired_of(status);
}

enum ist_acquired ist_keyed_mutex_try_acquire(const struct ist_resource *resource, uint64_t key,
                                              void *stream)
{
    return ist_keyed_mutex_acquire(resource, key, 0, stream);
}

enum ist_status ist_keyed_mutex_release(const struct ist_resource *resource, uint64_t key,
                                        void *stream)
{
    const struct interop_calls *calls;
    enum ist_status status = check_mutex(resource);
    if (status == IST_OK)
        status = interop_calls_get(&calls);
    return status == IST_OK ? release(calls, resource, key, stream) : status;
}

/* ---- several --------------------------------------------------------------------------- */

struct wanted {
    const struct ist_resource *resource;
    uint64_t key;
    bool held;
};

/* Everything that can be known before the first of them is acquired. */
static enum ist_status check_all(const struct wanted *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (all[i].resource == all[j].resource ||
                (all[i].resource && all[j].resource &&
                 all[i].resource->id == all[j].resource->id))
                return refuse(IST_BAD_ARG,
                              "resources %zu and %zu are the same import: each may stand "
                              "there once",
                              j, i);
    for (size_t i = 0; i < count; i++) {
        enum ist_status status = check_not_held(all[i].resource);
        if (status != IST_OK)
            return status;
    }
    return IST_OK;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What is left of the time for all. */
static uint32_t rest(uint64_t started, uint32_t timeout_ms)
{
    uint64_t passed = now_ms() - started;
    if (timeout_ms == IST_FOR_EVER)
        return IST_FOR_EVER;
    return passed < timeout_ms ? timeout_ms - (uint32_t)passed : 0;
}

/* As if none of them had been acquired; the reason why comes from the one that failed. */
static enum ist_status give_back(const struct interop_calls *calls, struct wanted *all,
                                 size_t count, void *stream, enum ist_status failed)
{
    char reason[512];
    snprintf(reason, sizeof(reason), "%s", status_reason());
    for (size_t i = 0; i < count; i++) {
        if (!all[i].held)
            continue;
        all[i].held = false;
        enum ist_status status = release(calls, all[i].resource, all[i].key, stream);
        if (status != IST_OK)
            return status; /* worse than the failure: it is still held */
    }
    return answer(failed, "%s", reason);
}

/*
 * Waits for number *first while holding none, then takes the others only if they are free. The
 * one that was not is waited for in the next round: so two callers that want the same mutexes
 * in different orders never wait for each other, whoever they are.
 */
static enum ist_status acquire_round(const struct interop_calls *calls, struct wanted *all,
                                     size_t count, uint32_t timeout_ms, void *stream,
                                     size_t *first)
{
    size_t started = *first;
    for (size_t n = 0; n < count; n++) {
        size_t i = (started + n) % count;
        enum ist_status status =
            acquire(calls, all[i].resource, all[i].key, n ? 0 : timeout_ms, stream);
        if (status != IST_OK) {
            *first = i;
            return give_back(calls, all, count, stream, status);
        }
        all[i].held = true;
    }
    return IST_OK;
}

static enum ist_status acquire_all(struct wanted *all, size_t count, uint32_t timeout_ms,
                                   void *stream)
{
    const struct interop_calls *calls;
    uint64_t started = now_ms();
    size_t first = 0;
    enum ist_status status = check_all(all, count);
    if (status == IST_OK)
        status = interop_calls_get(&calls);
    if (status != IST_OK)
        return status;
    for (;;) {
        uint32_t left = rest(started, timeout_ms);
        size_t waited_for = first;
        status = acquire_round(calls, all, count, left, stream, &first);
        /* No time is left, or all of it went by in the wait for one. */
        if (status != IST_TIMEOUT || !left || first == waited_for)
            return status;
        sched_yield(); /* whoever holds it needs the processor more than we do */
    }
}

enum ist_acquired ist_keyed_mutex_acquire_all(const struct ist_resource *const *resources,
                                              const uint64_t *keys, size_t count,
                                              uint32_t timeout_ms, void *stream)
{
    struct wanted few[FEW];
    struct wanted *all = few;
    if (!count || !resources || !keys)
        return acquired_of(refuse(IST_BAD_POINTER,
                                  "%zu keyed mutexes, resources %s, keys %s: at least one of "
                                  "each is needed",
                                  count, resources ? "given" : "NULL",
                                  keys ? "given" : "NULL"));
    if (count > FEW)
        all = calloc(count, sizeof(*all));
    if (!all)
        return acquired_of(refuse(IST_NO_MEMORY, "no memory for %zu keyed mutexes", count));
    for (size_t i = 0; i < count; i++)
        all[i] = (struct wanted){resources[i], keys[i], false};
    enum ist_status status = acquire_all(all, count, timeout_ms, stream);
    if (all != few)
        free(all);
    return acquired_of(status);
}

/* ---- D3D11's side ---------------------------------------------------------------------- */

#define HR_ABANDONED 0x80
#define HR_TIMEOUT 0x102

enum ist_acquired ist_d3d11_mutex_acquire(IDXGIKeyedMutex *mutex, uint64_t key,
                                          uint32_t timeout_ms)
{
    if (!mutex)
        return acquired_of(refuse(IST_BAD_POINTER, "the IDXGIKeyedMutex is NULL"));
    interop_before();
    HRESULT hr = IDXGIKeyedMutex_AcquireSync(mutex, key, timeout_ms);
    if (hr == HR_TIMEOUT)
        return acquired_of(
            answer(IST_TIMEOUT, "nobody released the keyed mutex with key %" PRIu64 " in time",
                   key));
    if (hr == HR_ABANDONED)
        return acquired_of(refuse(IST_ABANDONED, "the owner of the keyed mutex ended without a "
                                                 "release: make resource and mutex anew"));
    if (SUCCEEDED(hr) && hr != S_OK)
        return acquired_of(refuse(IST_BAD_CALL,
                                  "IDXGIKeyedMutex::AcquireSync answered 0x%08x, which says "
                                  "neither that it is held nor why not",
                                  (unsigned)hr));
    return acquired_of(interop_com("IDXGIKeyedMutex::AcquireSync", hr));
}

/* DXGI answers INVALID_CALL, which has no other cause here. */
enum ist_status ist_d3d11_mutex_release(IDXGIKeyedMutex *mutex, uint64_t key)
{
    if (!mutex)
        return refuse(IST_BAD_POINTER, "the IDXGIKeyedMutex is NULL");
    interop_before();
    enum ist_status status =
        interop_com("IDXGIKeyedMutex::ReleaseSync", IDXGIKeyedMutex_ReleaseSync(mutex, key));
    return status == IST_BAD_CALL ? IST_NOT_OWNER : status;
}
