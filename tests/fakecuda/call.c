/* SPDX-License-Identifier: MIT */
/*
 * What every function does first and last: it counts, asks whether it is to fail, takes the
 * lock and finds the thread's context. Nothing is answered in a forked child, nor after the
 * process began to end.
 */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"

_Static_assert(sizeof(CUDA_MEMCPY2D) == 128, "the driver's layout");
_Static_assert(sizeof(CUDA_MEMCPY3D) == 200, "the driver's layout");
_Static_assert(sizeof(CUmemAllocationProp) == 32, "the driver's layout");
_Static_assert(sizeof(CUmemAccessDesc) == 12, "the driver's layout");
_Static_assert(sizeof(CUstreamBatchMemOpParams) == 48, "the driver's layout");
_Static_assert(sizeof(CUDA_RESOURCE_DESC) == 144, "the driver's layout");

pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t fake_changed = PTHREAD_COND_INITIALIZER;

static bool ready;               /* cuInit() succeeded; once */
static atomic_bool forked, over; /* in a child; after exit() began */

/* A process that forks before its first call has nothing to lose. */
static void in_child(void)
{
    if (ready)
        atomic_store(&forked, true);
}

__attribute__((constructor)) static void begin(void)
{
    pthread_atfork(NULL, NULL, in_child);
}

/* The connections' threads end before what they use is taken down. */
__attribute__((destructor)) static void end(void)
{
    atomic_store(&over, true);
    if (atomic_load(&forked))
        return;
    pthread_mutex_lock(&fake_lock);
    object_end_all(NULL, FAKECUDA_CONTEXT);
    pthread_mutex_unlock(&fake_lock);
}

static CUresult why_refused(const char *name, enum call_kind kind, struct context *ctx)
{
    if (kind != CALL_FREE && !ready)
        return CUDA_ERROR_NOT_INITIALIZED;
    if (kind == CALL_FREE || kind == CALL_DRIVER || (kind == CALL_MEMORY && !ctx))
        return fail_check(name);
    if (!ctx)
        return context_is_stale() ? CUDA_ERROR_CONTEXT_IS_DESTROYED
                                  : CUDA_ERROR_INVALID_CONTEXT;
    CUresult failed = fail_check(name);
    if (!failed)
        return ctx->lost;
    if (code_loses(failed))
        context_lose(ctx, failed);
    return failed;
}

struct call call_begin(const char *name, enum call_kind kind)
{
    struct call call = {CUDA_SUCCESS, NULL};
    if (atomic_load(&forked) || atomic_load(&over)) {
        call.refused = atomic_load(&forked) ? CUDA_ERROR_NOT_INITIALIZED
                                            : CUDA_ERROR_DEINITIALIZED;
        if (!atomic_load(&forked)) /* nobody may hold it for ever in a child */
            pthread_mutex_lock(&fake_lock);
        return call;
    }
    count_call(name);
    pthread_mutex_lock(&fake_lock);
    call.ctx = context_current();
    call.refused = why_refused(name, kind, call.ctx);
    if (!call.refused && kind == CALL_UNSAFE)
        call.refused = capture_check(call.ctx);
    if (!call.refused && strcmp(name, "cuInit") == 0)
        ready = config()->devices > 0;
    return call;
}

CUresult call_end(const struct call *call, CUresult result)
{
    if (!atomic_load(&forked))
        pthread_mutex_unlock(&fake_lock);
    return call->refused ? call->refused : result;
}

void check_alive(const struct call *call, enum fakecuda_kind kind, uintptr_t handle)
{
    bool answers = call->refused != CUDA_ERROR_DEINITIALIZED &&
                   call->refused != CUDA_ERROR_NOT_INITIALIZED;
    if (answers && !call->ctx && context_is_stale() && !object_find(kind, handle))
        stop_process("a handle of a context that was reset: the driver crashes");
}

void stop_process(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "fakecuda: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    abort();
}
