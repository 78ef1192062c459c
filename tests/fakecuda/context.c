/* SPDX-License-Identifier: MIT */
/*
 * Contexts: a primary one for each device, counted, and others; each thread's stack of current
 * ones. The last release or a reset ends everything that was made in a context.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "fake.h"

enum { STACK = 32 };

static _Thread_local struct {
    uintptr_t at[STACK];
    int depth;
} stack; /* the calling thread's own */

static struct context *primary[MAX_DEVICES];
static uintptr_t primary_handle[MAX_DEVICES]; /* the same one after a reset: measured */
static unsigned primary_flags[MAX_DEVICES];

struct context *context_from(CUcontext handle)
{
    return object_find(FAKECUDA_CONTEXT, (uintptr_t)handle);
}

/* A current context that ended is none: its handle finds nothing. */
struct context *context_current(void)
{
    return stack.depth ? context_from((CUcontext)stack.at[stack.depth - 1]) : NULL;
}

bool context_is_stale(void)
{
    return stack.depth && !context_current();
}

struct context *context_primary(int device)
{
    return primary[device];
}

void context_lose(struct context *ctx, CUresult code)
{
    if (!ctx->lost)
        ctx->lost = code;
    pthread_cond_broadcast(&fake_changed);
}

static void lose_all(int device, int code)
{
    if (primary[device])
        context_lose(primary[device], (CUresult)code);
}

void fakecuda_lose(int code)
{
    pthread_mutex_lock(&fake_lock);
    for (int i = 0; i < MAX_DEVICES; i++)
        lose_all(i, code ? code : CUDA_ERROR_LAUNCH_FAILED);
    pthread_mutex_unlock(&fake_lock);
}

size_t fakecuda_waiting(void)
{
    size_t waiting = 0;
    pthread_mutex_lock(&fake_lock);
    for (int i = 0; i < MAX_DEVICES; i++)
        waiting += primary[i] ? primary[i]->waiting : 0;
    pthread_mutex_unlock(&fake_lock);
    return waiting;
}

void wait_until(bool (*fn)(void *arg), void *arg, struct context *ctx, const char *what)
{
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += config()->deadlock_ms / 1000;
    limit.tv_nsec += (long)(config()->deadlock_ms % 1000) * 1000000;
    if (limit.tv_nsec >= 1000000000) {
        limit.tv_sec++;
        limit.tv_nsec -= 1000000000;
    }
    ctx->users++; /* it stays until we are out */
    while (!fn(arg) && !ctx->lost && !ctx->ending)
        if (pthread_cond_timedwait(&fake_changed, &fake_lock, &limit) == ETIMEDOUT && !fn(arg))
            stop_process("%s has been held up for %u ms by a stream that waits for a value "
                         "(%u streams wait)",
                         what, config()->deadlock_ms, ctx->waiting);
    ctx->users--;
    pthread_cond_broadcast(&fake_changed);
}

/* What stands in the table goes first, then the threads, which were told that all is lost. */
static void context_destroy(struct object *object)
{
    static const enum fakecuda_kind order[] = {
        FAKECUDA_SURFACE, FAKECUDA_FUNCTION, FAKECUDA_MODULE, FAKECUDA_GRAPH, FAKECUDA_EVENT,
        FAKECUDA_STREAM,  FAKECUDA_MIPMAP,   FAKECUDA_LEVEL,  FAKECUDA_ARRAY, FAKECUDA_EXTMEM,
    };
    struct context *ctx = (struct context *)object;
    ctx->ending = true;
    if (primary[ctx->device] == ctx)
        primary[ctx->device] = NULL; /* before the lock is given away */
    context_lose(ctx, CUDA_ERROR_CONTEXT_IS_DESTROYED);
    for (int i = 0; i < ALL_CONNECTIONS; i++)
        connection_stop(&ctx->connection[i]);
    while (ctx->users)
        pthread_cond_wait(&fake_changed, &fake_lock);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        object_end_all(ctx, order[i]);
    range_end_all(ctx);
    free(ctx);
}

static struct context *context_new(int device, bool is_primary)
{
    struct context *ctx = object_new(FAKECUDA_CONTEXT, sizeof(*ctx), NULL, context_destroy);
    if (!ctx)
        return NULL;
    static unsigned long long ids;
    ctx->id = ++ids;
    ctx->device = device;
    ctx->primary = is_primary;
    if (is_primary && primary_handle[device])
        object_rename(&ctx->object, primary_handle[device]);
    else if (is_primary)
        primary_handle[device] = ctx->object.handle;
    for (int i = 0; i < ALL_CONNECTIONS; i++) {
        ctx->connection[i].ctx = ctx;
        ctx->connection[i].last = &ctx->connection[i].first;
        pthread_cond_init(&ctx->connection[i].work, NULL);
    }
    return ctx;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *pctx, CUdevice dev)
{
    struct call call = call_begin("cuDevicePrimaryCtxRetain", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && !pctx)
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result && !device_ok(dev))
        result = CUDA_ERROR_INVALID_DEVICE;
    if (!result && !primary[dev])
        primary[dev] = context_new(dev, true);
    if (!result && !primary[dev])
        result = CUDA_ERROR_OUT_OF_MEMORY;
    if (!result) {
        primary[dev]->refs++;
        *pctx = (CUcontext)primary[dev]->object.handle;
    }
    return call_end(&call, result);
}

static CUresult primary_check(CUdevice dev)
{
    if (!device_ok(dev))
        return CUDA_ERROR_INVALID_DEVICE;
    return primary[dev] ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev)
{
    struct call call = call_begin("cuDevicePrimaryCtxRelease", CALL_DRIVER);
    CUresult result = primary_check(dev);
    if (!result && primary[dev]->refs > 0 && --primary[dev]->refs == 0)
        object_end(&primary[dev]->object);
    return call_end(&call, result);
}

/* Ends what was made; who retained the context keeps that right, and its handle. */
CUresult cuDevicePrimaryCtxReset_v2(CUdevice dev)
{
    struct call call = call_begin("cuDevicePrimaryCtxReset", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && !device_ok(dev))
        result = CUDA_ERROR_INVALID_DEVICE;
    if (!result && primary[dev])
        object_end(&primary[dev]->object);
    return call_end(&call, result);
}

CUresult cuDevicePrimaryCtxGetState(CUdevice dev, unsigned int *flags, int *active)
{
    struct call call = call_begin("cuDevicePrimaryCtxGetState", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && (!flags || !active))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result && !device_ok(dev))
        result = CUDA_ERROR_INVALID_DEVICE;
    if (!result) {
        *flags = primary_flags[dev];
        *active = primary[dev] != NULL;
    }
    return call_end(&call, result);
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice dev, unsigned int flags)
{
    struct call call = call_begin("cuDevicePrimaryCtxSetFlags", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && !device_ok(dev))
        result = CUDA_ERROR_INVALID_DEVICE;
    if (!result)
        primary_flags[dev] = flags;
    return call_end(&call, result);
}

/* Also while it is reset: measured. */
static bool is_primary_handle(uintptr_t handle)
{
    bool found = false;
    for (int i = 0; i < MAX_DEVICES; i++)
        found = found || primary_handle[i] == handle;
    return found;
}

static CUresult push(uintptr_t handle)
{
    if (!object_find(FAKECUDA_CONTEXT, handle) && !is_primary_handle(handle))
        return CUDA_ERROR_INVALID_CONTEXT;
    if (stack.depth == STACK)
        stop_process("more than %d contexts were pushed: who does not pop?", STACK);
    stack.at[stack.depth++] = handle;
    return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v2(CUcontext *pctx, unsigned int flags, CUdevice dev)
{
    struct call call = call_begin("cuCtxCreate", CALL_DRIVER);
    CUresult result = call.refused;
    struct context *ctx = NULL;
    if (!result && !pctx)
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result && !device_ok(dev))
        result = CUDA_ERROR_INVALID_DEVICE;
    if (!result && !(ctx = context_new(dev, false)))
        result = CUDA_ERROR_OUT_OF_MEMORY;
    if (!result) {
        ctx->flags = flags;
        *pctx = (CUcontext)ctx->object.handle;
        result = push(ctx->object.handle);
    }
    return call_end(&call, result);
}

CUresult cuCtxDestroy_v2(CUcontext ctx)
{
    struct call call = call_begin("cuCtxDestroy", CALL_DRIVER);
    struct context *found = context_from(ctx);
    CUresult result = found && !found->primary ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
    if (!result && found == context_current())
        stack.depth--;
    if (!result)
        object_end(&found->object);
    return call_end(&call, result);
}

CUresult cuCtxPushCurrent_v2(CUcontext ctx)
{
    struct call call = call_begin("cuCtxPushCurrent", CALL_DRIVER);
    return CALL(&call, push((uintptr_t)ctx));
}

CUresult cuCtxPopCurrent_v2(CUcontext *pctx)
{
    struct call call = call_begin("cuCtxPopCurrent", CALL_DRIVER);
    CUresult result = stack.depth ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
    if (!result) {
        stack.depth--;
        if (pctx)
            *pctx = (CUcontext)stack.at[stack.depth];
    }
    return call_end(&call, result);
}

CUresult cuCtxSetCurrent(CUcontext ctx)
{
    struct call call = call_begin("cuCtxSetCurrent", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && ctx && !context_from(ctx) && !is_primary_handle((uintptr_t)ctx))
        result = CUDA_ERROR_INVALID_CONTEXT;
    if (!result && stack.depth)
        stack.depth--;
    if (!result && ctx)
        result = push((uintptr_t)ctx);
    return call_end(&call, result);
}

CUresult cuCtxGetCurrent(CUcontext *pctx)
{
    struct call call = call_begin("cuCtxGetCurrent", CALL_DRIVER);
    if (!call.refused && pctx)
        *pctx = stack.depth ? (CUcontext)stack.at[stack.depth - 1] : NULL;
    return CALL(&call, pctx ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuCtxGetDevice(CUdevice *device)
{
    struct call call = call_begin("cuCtxGetDevice", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && !device)
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result && !call.ctx)
        result = context_is_stale() ? CUDA_ERROR_CONTEXT_IS_DESTROYED
                                    : CUDA_ERROR_INVALID_CONTEXT;
    if (!result)
        *device = call.ctx->device;
    return call_end(&call, result);
}

CUresult cuCtxGetId(CUcontext ctx, unsigned long long *ctxId)
{
    struct call call = call_begin("cuCtxGetId", CALL_DRIVER);
    struct context *found = ctx ? context_from(ctx) : call.ctx;
    if (!call.refused && found && ctxId)
        *ctxId = found->id;
    return CALL(&call, !ctxId  ? CUDA_ERROR_INVALID_VALUE
                       : found ? CUDA_SUCCESS
                               : CUDA_ERROR_CONTEXT_IS_DESTROYED);
}

CUresult cuCtxGetApiVersion(CUcontext ctx, unsigned int *version)
{
    struct call call = call_begin("cuCtxGetApiVersion", CALL_DRIVER);
    struct context *found = ctx ? context_from(ctx) : call.ctx;
    if (!call.refused && found && version)
        *version = (unsigned)config()->version;
    return CALL(&call, !version ? CUDA_ERROR_INVALID_VALUE
                       : found  ? CUDA_SUCCESS
                                : CUDA_ERROR_INVALID_CONTEXT);
}

CUresult cuCtxGetFlags(unsigned int *flags)
{
    struct call call = call_begin("cuCtxGetFlags", CALL_CONTEXT);
    if (!call.refused && flags)
        *flags = call.ctx->flags;
    return CALL(&call, flags ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

/* Held up by any stream that waits for a value: measured. */
CUresult cuCtxSynchronize(void)
{
    struct call call = call_begin("cuCtxSynchronize", CALL_UNSAFE);
    return CALL(&call, context_drain(call.ctx, "cuCtxSynchronize"));
}

CUresult cuCtxGetStreamPriorityRange(int *leastPriority, int *greatestPriority)
{
    struct call call = call_begin("cuCtxGetStreamPriorityRange", CALL_CONTEXT);
    if (!call.refused && leastPriority)
        *leastPriority = 0;
    if (!call.refused && greatestPriority)
        *greatestPriority = -5;
    return call_end(&call, call.refused);
}
