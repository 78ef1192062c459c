/* SPDX-License-Identifier: MIT */
/*
 * All streams of the process are listed, for the legacy stream's order, for device-wide
 * waiting, and for memory that is freed while work may still use it. list_lock guards the
 * lists; rank: before queues. A destroyed stream stays among the leavers until its queue is
 * idle: a list of their own, so that looking for those who can go costs nothing for those who
 * stay.
 */
#include "cuda/stream.h"

#include "base/gate.h"
#include "core/session.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/istcu.h"

#include <pthread.h>

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list streams = {&streams, &streams};
static struct list leavers = {&leavers, &leavers};
static struct list *const both[] = {&streams, &leavers};

/* Walks `s` over all streams that may have work. list_lock is held. */
#define each_stream_locked(s)                                 \
    for (size_t list_ = 0; list_ < ARRAY_SIZE(both); list_++) \
        list_for_each (item, next, both[list_])               \
            for (struct cu_stream *s = container_of(item, struct cu_stream, link); s; s = NULL)

/* Made once, under list_lock; published to those who only look. */
static struct cu_stream *_Atomic legacy_stream;

static _Atomic uint64_t next_id = 1; /* only unique */

static pthread_key_t own_key; /* each thread's own stream */
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

/* The queue goes on by itself until its work is done. */
static void stream_destroy(struct cu_object *object)
{
    struct cu_stream *s = container_of(object, struct cu_stream, object);
    queue_unref(s->queue);
    free(s);
}

int cu_stream_new(unsigned flags, int priority, struct cu_stream **out)
{
    int code = cu_check_devices();
    if (code)
        return code;
    struct cu_stream *s = calloc(1, sizeof(*s));
    if (!s)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory for a stream");
    enum ist_status status = queue_create(cu_device(), &s->queue);
    if (status != IST_OK) {
        free(s);
        return cu_code(status);
    }
    cu_object_init(&s->object, CU_STREAM, stream_destroy);
    s->device = cu_device_ordinal();
    s->flags = flags;
    s->priority = priority;
    s->blocking = flags == 0;
    s->id = add_relaxed(&next_id, 1);
    *out = s;
    return CUDA_SUCCESS;
}

/*
 * Destroyed streams that have nothing left to do leave the list. The list's reference is then
 * the last one: a call that found the stream before its end may still submit work to it.
 */
static void prune_locked(void)
{
    list_for_each (item, next, &leavers) {
        struct cu_stream *s = container_of(item, struct cu_stream, link);
        if (load_acquire(&s->object.refs) == 1 && cu_stream_is_done(s)) {
            list_remove(item);
            cu_unref(&s->object);
        }
    }
}

/* Newcomers pay for the leavers, so the list does not grow with what was destroyed. */
static void enlist_locked(struct cu_stream *s)
{
    prune_locked();
    cu_ref(&s->object);
    list_append(&streams, &s->link);
}

void cu_stream_enlist(struct cu_stream *s)
{
    gate_lock(&list_lock);
    enlist_locked(s);
    gate_unlock(&list_lock);
}

/* The reference first: prune_locked() counts it, and the list's own keeps the stream. */
void cu_stream_leave(struct cu_object *object)
{
    struct cu_stream *s = container_of(object, struct cu_stream, object);
    gate_lock(&list_lock);
    list_remove(&s->link);
    list_append(&leavers, &s->link);
    cu_unref(object);
    prune_locked();
    gate_unlock(&list_lock);
}

void cu_streams_end(void)
{
    cu_handle_end_all(CU_STREAM, cu_stream_leave);
}

/* At the end of a thread. */
static void own_stream_end(void *stream)
{
    cu_stream_leave(&((struct cu_stream *)stream)->object);
}

static void own_key_make(void)
{
    pthread_key_create(&own_key, own_stream_end);
}

/* Made when a thread first asks for it: most never do. */
static int own_stream_get(struct cu_stream **out)
{
    pthread_once(&own_once, own_key_make);
    struct cu_stream *s = pthread_getspecific(own_key);
    if (!s) {
        int code = cu_stream_new(0, 0, &s);
        if (code)
            return code;
        if (pthread_setspecific(own_key, s) != 0) {
            cu_unref(&s->object);
            return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory for a thread's own stream");
        }
        cu_stream_enlist(s);
    }
    cu_ref(&s->object);
    *out = s;
    return CUDA_SUCCESS;
}

/* There is one for the process, and it never ends. */
static int legacy_make_locked(struct cu_stream **out)
{
    if (load_relaxed(&legacy_stream)) {
        *out = load_relaxed(&legacy_stream);
        return CUDA_SUCCESS;
    }
    int code = cu_stream_new(0, 0, out);
    if (code)
        return code;
    (*out)->legacy = true;
    enlist_locked(*out);
    store_release(&legacy_stream, *out); /* keeps the first reference for good */
    return CUDA_SUCCESS;
}

static int legacy_get(struct cu_stream **out)
{
    struct cu_stream *s = load_acquire(&legacy_stream);
    if (!s) {
        gate_lock(&list_lock);
        int code = legacy_make_locked(&s);
        gate_unlock(&list_lock);
        if (code)
            return code;
    }
    cu_ref(&s->object);
    *out = s;
    return CUDA_SUCCESS;
}

int cu_stream_get(void *handle, struct cu_stream **out)
{
    if (!handle || handle == ISTCU_STREAM_LEGACY)
        return legacy_get(out);
    if (handle == ISTCU_STREAM_PER_THREAD)
        return own_stream_get(out);

    struct cu_object *object;
    int code = cu_handle_get(handle, CU_STREAM, &object);
    if (code)
        return code;
    *out = container_of(object, struct cu_stream, object);
    return CUDA_SUCCESS;
}

/* A blocking stream comes after what the legacy stream holds. The ticket is noted only once the
 * wait stands in the queue: another thread that finds it may rely on that. */
static enum ist_status order_after_legacy(struct cu_stream *s)
{
    struct cu_stream *legacy = load_acquire(&legacy_stream);
    if (!legacy || queue_idle(legacy->queue))
        return IST_OK;
    uint64_t ticket = queue_ticket(legacy->queue);
    if (load_acquire(&s->legacy_seen) == ticket)
        return IST_OK;
    enum ist_status status = queue_wait_queue(s->queue, legacy->queue, ticket);
    if (status == IST_OK)
        store_release(&s->legacy_seen, ticket);
    return status;
}

/* The legacy stream comes after what all blocking streams hold. */
static enum ist_status order_after_blocking_locked(struct cu_stream *legacy)
{
    each_stream_locked (s) {
        if (s == legacy || !s->blocking || queue_idle(s->queue))
            continue;
        uint64_t ticket = queue_ticket(s->queue);
        if (ticket == s->seen_by_legacy)
            continue;
        enum ist_status status = queue_wait_queue(legacy->queue, s->queue, ticket);
        if (status != IST_OK)
            return status;
        s->seen_by_legacy = ticket;
    }
    return IST_OK;
}

/* Nearly always nothing: only a legacy stream in use orders anything. */
int cu_stream_order(struct cu_stream *stream)
{
    if (!stream->blocking)
        return CUDA_SUCCESS;
    if (!stream->legacy)
        return cu_code(order_after_legacy(stream));

    gate_lock(&list_lock);
    enum ist_status status = order_after_blocking_locked(stream);
    gate_unlock(&list_lock);
    return cu_code(status);
}

int cu_stream_begin(void *handle, struct cu_stream **out)
{
    struct cu_stream *s;
    int code = cu_stream_get(handle, &s);
    if (code)
        return code;
    code = cu_stream_order(s);
    if (code) {
        cu_unref(&s->object);
        return code;
    }
    *out = s;
    return CUDA_SUCCESS;
}

int cu_stream_drain(struct cu_stream *stream)
{
    return cu_code(queue_sync(stream->queue, queue_ticket(stream->queue), DEADLINE_NEVER));
}

/* A stream that had work, and how far it has to come. */
struct busy {
    struct cu_stream *stream;
    uint64_t ticket;
};

/* All streams that have work now, each with a reference. */
static int find_busy(struct busy **out, size_t *count)
{
    size_t n = 0;
    gate_lock(&list_lock);
    prune_locked();
    each_stream_locked (s)
        n++;
    struct busy *all = malloc((n + 1) * sizeof(*all));
    *count = 0;
    each_stream_locked (s) {
        if (!all || cu_stream_is_done(s))
            continue;
        cu_ref(&s->object);
        all[(*count)++] = (struct busy){s, queue_ticket(s->queue)};
    }
    gate_unlock(&list_lock);
    if (!all)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to wait for %zu streams", n);
    *out = all;
    return CUDA_SUCCESS;
}

int cu_streams_drain(void)
{
    _cleanup_(freep) struct busy *all = NULL;
    size_t count;
    int code = find_busy(&all, &count);
    if (code)
        return code;
    for (size_t i = 0; i < count; i++) {
        struct cu_stream *s = all[i].stream;
        if (code == CUDA_SUCCESS)
            code = cu_code(queue_sync(s->queue, all[i].ticket, DEADLINE_NEVER));
        cu_unref(&s->object);
    }
    return code;
}

/* Nearly always all queues are idle: then freeing shares no lock with anybody. */
void cu_streams_retire(struct cu_object *object)
{
    if (!queue_any_busy()) {
        cu_unref(object);
        return;
    }
    gate_lock(&list_lock);
    each_stream_locked (s) {
        if (cu_stream_is_done(s))
            continue;
        cu_ref(object);
        /* Without memory the reference stays: better lost than used after its end. */
        enum ist_status ignored = queue_call(s->queue, cu_unref, object);
        (void)ignored;
    }
    gate_unlock(&list_lock);
    cu_unref(object);
}
