/* SPDX-License-Identifier: MIT */
/*
 * Streams: labels on work, with a ticket for each operation. The legacy default stream and
 * streams that were not made non-blocking wait for each other, through operations that wait for
 * tickets; these only look back, so they cannot make a deadlock of their own.
 */
#include <stdlib.h>
#include <unistd.h>

#include "fake.h"

void stream_unref(struct stream *stream)
{
    if (--stream->refs == 0)
        free(stream);
}

static void stream_destroy(struct object *object)
{
    struct stream *stream = (struct stream *)object;
    capture_forget(stream);
    if (stream->owner)
        live_add(FAKECUDA_STREAM, 1); /* was never counted */
    stream_unref(stream);             /* submitted work is done all the same */
}

static struct stream *stream_new(struct context *ctx, unsigned flags, int priority)
{
    struct stream *stream = object_new(FAKECUDA_STREAM, sizeof(*stream), ctx, stream_destroy);
    if (!stream)
        return NULL;
    stream->refs = 1;
    stream->flags = flags;
    stream->priority = priority;
    stream->id = ++ctx->streams;
    unsigned first = priority < 0 ? MAX_CONNECTIONS : 0;
    stream->connection = &ctx->connection[first + stream->id % (unsigned)config()->connections];
    return stream;
}

/* The default streams are made when they are first used, and do not count. */
static struct stream *default_stream(struct context *ctx, pid_t owner)
{
    struct stream *stream = stream_new(ctx, 0, 0);
    if (!stream)
        return NULL;
    stream->owner = owner;
    live_add(FAKECUDA_STREAM, -1);
    return stream;
}

static struct stream *legacy_stream(struct context *ctx)
{
    if (!ctx->legacy)
        ctx->legacy = default_stream(ctx, -1);
    return ctx->legacy;
}

struct each {
    struct context *ctx;
    pid_t owner;
    struct stream *found;
};

static void match_owner(struct object *object, void *arg)
{
    struct each *each = arg;
    struct stream *stream = (struct stream *)object;
    if (object->ctx == each->ctx && stream->owner == each->owner)
        each->found = stream;
}

static struct stream *thread_stream(struct context *ctx)
{
    struct each each = {ctx, gettid(), NULL};
    object_each(FAKECUDA_STREAM, match_owner, &each);
    return each.found ? each.found : default_stream(ctx, each.owner);
}

struct stream *stream_find(struct context *ctx, CUstream handle)
{
    if (!handle || handle == CU_STREAM_LEGACY)
        return legacy_stream(ctx);
    if (handle == CU_STREAM_PER_THREAD)
        return thread_stream(ctx);
    return object_find(FAKECUDA_STREAM, (uintptr_t)handle);
}

struct stream *stream_of(const struct call *call, CUstream handle)
{
    if (handle && handle != CU_STREAM_LEGACY && handle != CU_STREAM_PER_THREAD)
        check_alive(call, FAKECUDA_STREAM, (uintptr_t)handle);
    return call->refused ? NULL : stream_find(call->ctx, handle);
}

void *op_new(size_t size, CUresult (*run)(struct op *op))
{
    struct op *op = calloc(1, size);
    if (op) {
        op->size = size;
        op->run = run;
    }
    return op;
}

/* ---- the order between the legacy stream and the blocking ones ---- */

struct op_after {
    struct op op;
    struct stream *stream;
    uint64_t ticket;
};

static bool after_is_done(void *arg)
{
    struct op_after *after = arg;
    return after->stream->done >= after->ticket;
}

static CUresult run_after(struct op *op)
{
    struct op_after *after = (struct op_after *)op;
    struct context *ctx = op->stream->connection->ctx;
    pthread_mutex_lock(&fake_lock);
    while (!after_is_done(after) && !ctx->lost)
        pthread_cond_wait(&fake_changed, &fake_lock);
    pthread_mutex_unlock(&fake_lock);
    return CUDA_SUCCESS;
}

static void dispose_after(struct op *op)
{
    stream_unref(((struct op_after *)op)->stream);
}

static CUresult submit_one(struct stream *stream, struct op *op)
{
    op->stream = stream;
    op->ticket = stream->submitted + 1;
    CUresult result = connection_add(stream->connection, op);
    if (result) {
        if (op->dispose)
            op->dispose(op);
        free(op);
        return result;
    }
    stream->submitted++;
    stream->refs++;
    return CUDA_SUCCESS;
}

static CUresult submit_after(struct stream *stream, struct stream *other)
{
    if (stream == other || other->done == other->submitted)
        return CUDA_SUCCESS;
    struct op_after *after = op_new(sizeof(*after), run_after);
    if (!after)
        return CUDA_ERROR_OUT_OF_MEMORY;
    after->op.dispose = dispose_after;
    after->stream = other;
    after->ticket = other->submitted;
    other->refs++;
    return submit_one(stream, &after->op);
}

struct legacy {
    struct stream *stream;
    CUresult result;
};

static void after_blocking(struct object *object, void *arg)
{
    struct legacy *legacy = arg;
    struct stream *other = (struct stream *)object;
    if (object->ctx == legacy->stream->object.ctx && !legacy->result &&
        !(other->flags & CU_STREAM_NON_BLOCKING))
        legacy->result = submit_after(legacy->stream, other);
}

/* What a stream's next operation waits for without having asked. */
static CUresult submit_order(struct stream *stream)
{
    struct stream *legacy = stream->object.ctx->legacy;
    if (stream->flags & CU_STREAM_NON_BLOCKING)
        return CUDA_SUCCESS;
    if (stream != legacy)
        return legacy ? submit_after(stream, legacy) : CUDA_SUCCESS;
    struct legacy all = {stream, CUDA_SUCCESS};
    object_each(FAKECUDA_STREAM, after_blocking, &all);
    return all.result;
}

CUresult stream_submit(struct stream *stream, struct op *op)
{
    if (!op)
        return CUDA_ERROR_OUT_OF_MEMORY;
    if (capture_take(stream, op))
        return CUDA_SUCCESS;
    CUresult result = submit_order(stream);
    if (!result)
        return submit_one(stream, op);
    if (op->dispose)
        op->dispose(op);
    free(op);
    return result;
}

/* ---- waiting for streams on the host ---- */

CUresult stream_drain(struct stream *stream, uint64_t ticket, const char *what)
{
    struct context *ctx = stream->object.ctx;
    struct op_after after = {.stream = stream, .ticket = ticket};
    stream->refs++;
    wait_until(after_is_done, &after, ctx, what);
    stream_unref(stream);
    return ctx->lost;
}

static bool all_idle(void *arg)
{
    struct context *ctx = arg;
    for (int i = 0; i < ALL_CONNECTIONS; i++)
        if (ctx->connection[i].first)
            return false;
    return true;
}

CUresult context_drain(struct context *ctx, const char *what)
{
    wait_until(all_idle, ctx, ctx, what);
    return ctx->lost;
}

/* ---- the calls ---- */

static CUresult create(struct context *ctx, CUstream *out, unsigned flags, int priority)
{
    if (!out || flags > CU_STREAM_NON_BLOCKING)
        return CUDA_ERROR_INVALID_VALUE;
    struct stream *stream = stream_new(ctx, flags, priority);
    if (!stream)
        return CUDA_ERROR_OUT_OF_MEMORY;
    *out = (CUstream)stream->object.handle;
    return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream *phStream, unsigned int Flags)
{
    struct call call = call_begin("cuStreamCreate", CALL_CONTEXT);
    return CALL(&call, create(call.ctx, phStream, Flags, 0));
}

CUresult cuStreamCreateWithPriority(CUstream *phStream, unsigned int flags, int priority)
{
    struct call call = call_begin("cuStreamCreateWithPriority", CALL_CONTEXT);
    return CALL(&call, create(call.ctx, phStream, flags, priority));
}

/* Returns at once, whatever the stream still does. */
CUresult cuStreamDestroy_v2(CUstream hStream)
{
    struct call call = call_begin("cuStreamDestroy", CALL_CONTEXT);
    check_alive(&call, FAKECUDA_STREAM, (uintptr_t)hStream);
    struct object *object = object_find(FAKECUDA_STREAM, (uintptr_t)hStream);
    if (object && ((struct stream *)object)->owner)
        object = NULL;
    if (object)
        object_end(object);
    return call_end(&call, object ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE);
}

CUresult cuStreamQuery(CUstream hStream)
{
    struct call call = call_begin("cuStreamQuery", CALL_UNSAFE);
    struct stream *stream = stream_of(&call, hStream);
    return CALL(&call, !stream                             ? CUDA_ERROR_INVALID_HANDLE
                       : stream->done == stream->submitted ? CUDA_SUCCESS
                                                           : CUDA_ERROR_NOT_READY);
}

CUresult cuStreamSynchronize(CUstream hStream)
{
    struct call call = call_begin("cuStreamSynchronize", CALL_UNSAFE);
    struct stream *stream = stream_of(&call, hStream);
    return CALL(&call, stream ? stream_drain(stream, stream->submitted, "cuStreamSynchronize")
                              : CUDA_ERROR_INVALID_HANDLE);
}

CUresult cuStreamGetFlags(CUstream hStream, unsigned int *flags)
{
    struct call call = call_begin("cuStreamGetFlags", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    if (stream && flags)
        *flags = stream->flags;
    return CALL(&call, stream && flags ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuStreamGetPriority(CUstream hStream, int *priority)
{
    struct call call = call_begin("cuStreamGetPriority", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    if (stream && priority)
        *priority = stream->priority;
    return CALL(&call, stream && priority ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuStreamGetId(CUstream hStream, unsigned long long *streamId)
{
    struct call call = call_begin("cuStreamGetId", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    if (stream && streamId)
        *streamId = stream->object.handle / 16; /* never used again, in any context */
    return CALL(&call, stream && streamId ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuStreamGetCtx(CUstream hStream, CUcontext *pctx)
{
    struct call call = call_begin("cuStreamGetCtx", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    if (stream && pctx)
        *pctx = (CUcontext)stream->object.ctx->object.handle;
    return CALL(&call, stream && pctx ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuStreamGetDevice(CUstream hStream, CUdevice *device)
{
    struct call call = call_begin("cuStreamGetDevice", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    if (stream && device)
        *device = stream->object.ctx->device;
    return CALL(&call, stream && device ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

struct op_host {
    struct op op;
    CUhostFn fn;
    void *data;
};

static CUresult run_host(struct op *op)
{
    struct op_host *host = (struct op_host *)op;
    host->fn(host->data);
    return CUDA_SUCCESS;
}

CUresult cuLaunchHostFunc(CUstream hStream, CUhostFn fn, void *userData)
{
    struct call call = call_begin("cuLaunchHostFunc", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    CUresult result = !stream ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
    if (!result && !fn)
        result = CUDA_ERROR_INVALID_VALUE;
    struct op_host *host = result ? NULL : op_new(sizeof(*host), run_host);
    if (host) {
        host->fn = fn;
        host->data = userData;
    }
    return CALL(&call, result ? result : stream_submit(stream, &host->op));
}
