/* SPDX-License-Identifier: MIT */
/* Events: a place in a stream, remembered as its ticket, and the time it was reached. */
#include <stdlib.h>
#include <time.h>

#include "fake.h"

struct event {
    struct object object;
    unsigned refs, flags;
    struct stream *stream; /* of the last record, or NULL */
    uint64_t ticket;
    uint64_t nanoseconds; /* when it was reached */
};

struct op_event {
    struct op op;
    struct event *event;
    struct stream *stream; /* a wait: that of the record */
    uint64_t ticket;
};

static void event_unref(struct event *event)
{
    if (--event->refs > 0)
        return;
    if (event->stream)
        stream_unref(event->stream);
    free(event);
}

static void event_destroy(struct object *object)
{
    event_unref((struct event *)object);
}

static struct event *event_find(CUevent handle)
{
    return object_find(FAKECUDA_EVENT, (uintptr_t)handle);
}

CUresult cuEventCreate(CUevent *phEvent, unsigned int Flags)
{
    struct call call = call_begin("cuEventCreate", CALL_CONTEXT);
    CUresult result = call.refused;
    if (!result && (!phEvent || Flags > 7))
        result = CUDA_ERROR_INVALID_VALUE;
    struct event *event =
        result ? NULL : object_new(FAKECUDA_EVENT, sizeof(*event), call.ctx, event_destroy);
    if (!result && !event)
        result = CUDA_ERROR_OUT_OF_MEMORY;
    if (event) {
        event->refs = 1;
        event->flags = Flags;
        *phEvent = (CUevent)event->object.handle;
    }
    return call_end(&call, result);
}

CUresult cuEventDestroy_v2(CUevent hEvent)
{
    struct call call = call_begin("cuEventDestroy", CALL_CONTEXT);
    struct event *event = event_find(hEvent);
    if (event)
        object_end(&event->object);
    return call_end(&call, event ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE);
}

static CUresult run_record(struct op *op)
{
    struct op_event *record = (struct op_event *)op;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&fake_lock);
    record->event->nanoseconds = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    pthread_mutex_unlock(&fake_lock);
    return CUDA_SUCCESS;
}

static void dispose_record(struct op *op)
{
    event_unref(((struct op_event *)op)->event);
}

static CUresult record(struct event *event, struct stream *stream)
{
    if (!event || !stream)
        return CUDA_ERROR_INVALID_HANDLE;
    if (event->object.ctx != stream->object.ctx)
        return CUDA_ERROR_INVALID_HANDLE;
    struct op_event *op = op_new(sizeof(*op), run_record);
    if (!op)
        return CUDA_ERROR_OUT_OF_MEMORY;
    op->event = event;
    op->op.dispose = dispose_record;
    event->refs++;
    CUresult result = stream_submit(stream, &op->op);
    if (result)
        return result;
    stream->refs++;
    if (event->stream)
        stream_unref(event->stream);
    event->stream = stream;
    event->ticket = stream->submitted;
    return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent hEvent, CUstream hStream)
{
    struct call call = call_begin("cuEventRecord", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    return CALL(&call, record(event_find(hEvent), stream));
}

static bool reached(const struct event *event)
{
    return !event->stream || event->stream->done >= event->ticket;
}

CUresult cuEventQuery(CUevent hEvent)
{
    struct call call = call_begin("cuEventQuery", CALL_UNSAFE);
    struct event *event = event_find(hEvent);
    return CALL(&call, !event           ? CUDA_ERROR_INVALID_HANDLE
                       : reached(event) ? CUDA_SUCCESS
                                        : CUDA_ERROR_NOT_READY);
}

CUresult cuEventSynchronize(CUevent hEvent)
{
    struct call call = call_begin("cuEventSynchronize", CALL_UNSAFE);
    struct event *event = event_find(hEvent);
    return CALL(&call, !event ? CUDA_ERROR_INVALID_HANDLE
                       : reached(event)
                           ? CUDA_SUCCESS
                           : stream_drain(event->stream, event->ticket, "cuEventSynchronize"));
}

CUresult cuEventElapsedTime(float *pMilliseconds, CUevent hStart, CUevent hEnd)
{
    struct call call = call_begin("cuEventElapsedTime", CALL_CONTEXT);
    struct event *start = event_find(hStart), *end = event_find(hEnd);
    CUresult result = call.refused;
    if (!result && (!pMilliseconds || !start || !end))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result && (!start->stream || !end->stream ||
                    ((start->flags | end->flags) & CU_EVENT_DISABLE_TIMING)))
        result = CUDA_ERROR_INVALID_HANDLE;
    if (!result && (!reached(start) || !reached(end)))
        result = CUDA_ERROR_NOT_READY;
    if (!result)
        *pMilliseconds =
            (float)((double)(int64_t)(end->nanoseconds - start->nanoseconds) / 1e6);
    return call_end(&call, result);
}

static bool wait_is_over(struct op_event *wait)
{
    return wait->stream->done >= wait->ticket;
}

static CUresult run_wait_event(struct op *op)
{
    struct op_event *wait = (struct op_event *)op;
    struct context *ctx = op->stream->connection->ctx;
    pthread_mutex_lock(&fake_lock);
    while (!wait_is_over(wait) && !ctx->lost)
        pthread_cond_wait(&fake_changed, &fake_lock);
    pthread_mutex_unlock(&fake_lock);
    return CUDA_SUCCESS;
}

static void dispose_wait(struct op *op)
{
    stream_unref(((struct op_event *)op)->stream);
}

static CUresult wait_event(struct stream *stream, struct event *event)
{
    if (!stream || !event)
        return CUDA_ERROR_INVALID_HANDLE;
    if (reached(event))
        return CUDA_SUCCESS;
    struct op_event *op = op_new(sizeof(*op), run_wait_event);
    if (!op)
        return CUDA_ERROR_OUT_OF_MEMORY;
    op->op.dispose = dispose_wait;
    op->stream = event->stream;
    op->ticket = event->ticket;
    op->stream->refs++;
    return stream_submit(stream, &op->op);
}

CUresult cuStreamWaitEvent(CUstream hStream, CUevent hEvent, unsigned int Flags)
{
    struct call call = call_begin("cuStreamWaitEvent", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    return CALL(&call,
                Flags > 1 ? CUDA_ERROR_INVALID_VALUE : wait_event(stream, event_find(hEvent)));
}
