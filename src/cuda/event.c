/* SPDX-License-Identifier: MIT */
/*
 * Events. Each record is a thing of its own: a fence that goes from 0 to 1 when the stream
 * gets there, and the time at which it did. So a wait for an older record is not let go by a
 * newer one. An event's lock guards which record is its last; nothing else is locked.
 */
#include "base/gate.h"
#include "core/fence.h"
#include "core/session.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/istcu.h"
#include "cuda/stream.h"

#define FLAG_NO_TIMING 2U
#define FLAG_INTERPROCESS 4U
#define FLAGS_ALL 7U

struct record {
    atomic_uint refs;        /* the event's, the stream's, and one for each call that looks */
    struct fence *fence;     /* owned as HOLDER_COM */
    _Atomic int64_t time_ns; /* written before the fence is signalled, which publishes it */
};

struct cu_event {
    struct cu_object object;
    unsigned flags;
    pthread_mutex_t lock; /* held inside the fork gate */
    struct record *last;  /* NULL: never recorded */
};

static void record_unref(struct record *r)
{
    if (!r || !count_down(&r->refs))
        return;
    object_drop(&r->fence->object, HOLDER_COM);
    free(r);
}

static void record_unrefp(struct record **r)
{
    record_unref(*r);
}

/* Two references: one for the stream, one for the event. */
static int record_new(struct record **out)
{
    struct record *r = calloc(1, sizeof(*r));
    if (!r)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to record an event");
    enum ist_status status = fence_create(session_default(), cu_device(), 0, 0, &r->fence);
    if (status != IST_OK) {
        free(r);
        return cu_code(status);
    }
    atomic_init(&r->refs, 2);
    *out = r;
    return CUDA_SUCCESS;
}

/* In stream order, on whatever thread. */
static void record_reached(void *user)
{
    struct record *r = user;
    store_relaxed(&r->time_ns, clock_now_ns());
    fence_signal(r->fence, 1);
    record_unref(r);
}

/* The fence tells it and orders the time stamp before the answer. */
static bool record_done(struct record *r)
{
    return fence_value(r->fence) != 0;
}

/* Only for objects that were found as CU_EVENT. */
static struct cu_event *event_of(struct cu_object *object)
{
    return container_of(object, struct cu_event, object);
}

/* The record lives on while a stream has yet to reach it. */
static void event_destroy(struct cu_object *object)
{
    struct cu_event *e = event_of(object);
    record_unref(e->last);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

/* The last record with a reference; NULL if there is none. */
static struct record *event_last(struct cu_event *e)
{
    gate_lock(&e->lock);
    struct record *r = e->last;
    if (r)
        count_up(&r->refs);
    gate_unlock(&e->lock);
    return r;
}

/* Consumes a reference of the new record. */
static void event_replace(struct cu_event *e, struct record *r)
{
    gate_lock(&e->lock);
    struct record *before = take(&e->last, r);
    gate_unlock(&e->lock);
    record_unref(before);
}

int istcu_event_create(void **out, unsigned flags)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaEventCreate");
    if (flags & ~FLAGS_ALL || (flags & FLAG_INTERPROCESS && !(flags & FLAG_NO_TIMING)))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "event flags 0x%x: 1 (blocking sync) and 2 (no timing) are possible, "
                         "4 (interprocess) only with 2",
                         flags);
    if (flags & FLAG_INTERPROCESS)
        return cu_refuse(CUDA_ERROR_NOT_SUPPORTED, "event flag 4: events of several processes "
                                                   "are not offered; share a "
                                                   "D3D11 fence");
    struct cu_event *e = calloc(1, sizeof(*e));
    if (!e)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory for an event");
    cu_object_init(&e->object, CU_EVENT, event_destroy);
    pthread_mutex_init(&e->lock, NULL);
    e->flags = flags;
    void *handle = cu_handle_add(&e->object);
    if (!handle) {
        cu_unref(&e->object);
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no further event: the table is full");
    }
    *out = handle;
    return CUDA_SUCCESS;
}

int istcu_event_destroy(void *event)
{
    int code = cu_enter();
    if (code)
        return code;
    struct cu_object *object;
    code = cu_handle_remove(event, CU_EVENT, &object);
    if (code)
        return code;
    cu_unref(object);
    return CUDA_SUCCESS;
}

/* The stream's reference is given back by record_reached(), or here if it never will be. */
static int record_on(struct cu_event *e, struct cu_stream *s)
{
    struct record *r = NULL;
    int code = record_new(&r);
    if (code)
        return code;
    code = cu_code(queue_call(s->queue, record_reached, r));
    if (code) {
        record_unref(r);
        record_unref(r);
        return code;
    }
    event_replace(e, r);
    return CUDA_SUCCESS;
}

/* External records and waits are for graphs; outside of them they are the ordinary ones. */
static int check_flags(const char *function, unsigned flags)
{
    if (flags <= 1)
        return CUDA_SUCCESS;
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "%s: flags 0x%x: 0 and 1 (external) are possible", function, flags);
}

int istcu_event_record(void *event, void *stream, unsigned flags)
{
    _cleanup_(cu_unrefp) struct cu_object *object = NULL;
    int code = cu_enter();
    if (!code)
        code = check_flags("cudaEventRecord", flags);
    if (!code)
        code = cu_handle_get(event, CU_EVENT, &object);
    if (code)
        return code;
    struct cu_stream *s;
    code = cu_stream_begin(stream, &s);
    if (code)
        return code;
    code = record_on(event_of(object), s);
    cu_unref(&s->object);
    return code;
}

int istcu_stream_wait_event(void *stream, void *event, unsigned flags)
{
    _cleanup_(cu_unrefp) struct cu_object *object = NULL;
    int code = cu_enter();
    if (!code)
        code = check_flags("cudaStreamWaitEvent", flags);
    if (!code)
        code = cu_handle_get(event, CU_EVENT, &object);
    if (code)
        return code;
    struct cu_stream *s;
    code = cu_stream_begin(stream, &s);
    if (code)
        return code;
    _cleanup_(record_unrefp) struct record *r = event_last(event_of(object));
    if (r && !record_done(r))
        code = cu_code(queue_wait_fence(s->queue, r->fence, 1));
    cu_unref(&s->object);
    return code;
}

int istcu_event_query(void *event)
{
    _cleanup_(cu_unrefp) struct cu_object *object = NULL;
    int code = cu_enter();
    if (!code)
        code = cu_handle_get(event, CU_EVENT, &object);
    if (code)
        return code;
    _cleanup_(record_unrefp) struct record *r = event_last(event_of(object));
    return !r || record_done(r) ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

int istcu_event_synchronize(void *event)
{
    _cleanup_(cu_unrefp) struct cu_object *object = NULL;
    int code = cu_enter();
    if (!code)
        code = cu_handle_get(event, CU_EVENT, &object);
    if (code)
        return code;
    _cleanup_(record_unrefp) struct record *r = event_last(event_of(object));
    return r ? cu_code(fence_wait(r->fence, 1, DEADLINE_NEVER)) : CUDA_SUCCESS;
}

/* The time of an event's last record; 400 or 600 if there is none. */
static int event_time(void *event, int64_t *out)
{
    _cleanup_(cu_unrefp) struct cu_object *object = NULL;
    int code = cu_handle_get(event, CU_EVENT, &object);
    if (code)
        return code;
    struct cu_event *e = event_of(object);
    _cleanup_(record_unrefp) struct record *r = event_last(e);
    if (!r || e->flags & FLAG_NO_TIMING)
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE, "event %p %s: it has no time", event,
                         r ? "was made with flag 2 (no timing)" : "was never recorded");
    if (!record_done(r))
        return CUDA_ERROR_NOT_READY;
    *out = load_relaxed(&r->time_ns);
    return CUDA_SUCCESS;
}

int istcu_event_elapsed(float *ms, void *start, void *end)
{
    int64_t from, to;
    int code = cu_enter();
    if (!code && !ms)
        code = cu_refuse_out("cudaEventElapsedTime");
    if (!code)
        code = event_time(start, &from);
    if (!code)
        code = event_time(end, &to);
    if (code)
        return code;
    *ms = (float)((double)(to - from) / 1e6);
    return CUDA_SUCCESS;
}
