/* SPDX-License-Identifier: MIT */
/*
 * Signalling and waiting in streams. A whole call is checked before any of it is done. A
 * fence is the stream's business alone. A keyed mutex is acquired by the calling thread, and
 * its order is then the stream's: that goes through a queue of the call's own, so that a call
 * which times out leaves nothing in the stream. No state here.
 */
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/extsem.h"
#include "cuda/istcu.h"
#include "cuda/stream.h"

int istcu_import_external_semaphore(void **out, const semaphore_desc *desc)
{
    return cu_semaphore_import(out, desc);
}

int istcu_destroy_external_semaphore(void *semaphore)
{
    return cu_semaphore_destroy(semaphore);
}

/* In the order of the arrays; each takes effect when the stream gets there. */
static int signal_all(const struct cu_semaphores *set, const signal_params *params,
                      struct queue *queue)
{
    enum ist_status status = IST_OK;
    for (unsigned i = 0; status == IST_OK && i < set->count; i++) {
        struct cu_semaphore *s = set->all[i];
        status = s->fence ? queue_signal_fence(queue, s->fence, params[i].params.fence.value)
                          : kmutex_release(s->mutex, s, params[i].params.keyedMutex.key, queue);
    }
    return cu_code(status);
}

int istcu_signal_external_semaphores(void *const *semaphores, const signal_params *params,
                                     unsigned count, void *stream)
{
    struct cu_semaphores set;
    struct cu_stream *s;
    int code = cu_enter();
    if (!code)
        code = cu_semaphores_get(&set, semaphores, params, count, false);
    if (code)
        return code;
    code = cu_semaphores_check_signals(&set, params);
    if (!code)
        code = cu_stream_begin(stream, &s);
    if (!code) {
        code = signal_all(&set, params, s->queue);
        cu_unref(&s->object);
    }
    cu_semaphores_drop(&set);
    return code;
}

/* Takes back what this call acquired: the mutexes before `end`. */
static void undo(const struct cu_semaphores *set, unsigned end)
{
    for (unsigned i = 0; i < end; i++)
        if (set->all[i]->mutex)
            kmutex_undo(set->all[i]->mutex, set->all[i]);
}

/* All or none of the mutexes; `queue` waits for the work of their last owners. */
static int acquire_all(const struct cu_semaphores *set, const wait_params *params,
                       struct queue *queue)
{
    for (unsigned i = 0; i < set->count; i++) {
        struct cu_semaphore *s = set->all[i];
        if (!s->mutex)
            continue;
        enum ist_status status =
            kmutex_acquire(s->mutex, s, params[i].params.keyedMutex.key,
                           deadline_after_ms(params[i].params.keyedMutex.timeoutMs), queue);
        if (status != IST_OK) {
            undo(set, i);
            return cu_code(status);
        }
    }
    return CUDA_SUCCESS;
}

/* Only submits: a fence has no timeout, whatever keyedMutex.timeoutMs says. */
static int wait_for_fences(const struct cu_semaphores *set, const wait_params *params,
                           struct queue *queue)
{
    enum ist_status status = IST_OK;
    for (unsigned i = 0; status == IST_OK && i < set->count; i++)
        if (set->all[i]->fence)
            status = queue_wait_fence(queue, set->all[i]->fence, params[i].params.fence.value);
    return cu_code(status);
}

/* The waits of the call, in a stream that is known and a set that is checked. */
static int wait_all(const struct cu_semaphores *set, const wait_params *params,
                    struct cu_stream *s, struct queue *order)
{
    int code = order ? acquire_all(set, params, order) : CUDA_SUCCESS;
    if (code)
        return code;
    code = cu_stream_order(s);
    if (!code && order)
        code = cu_code(queue_wait_queue(s->queue, order, queue_ticket(order)));
    if (!code)
        code = wait_for_fences(set, params, s->queue);
    if (code)
        undo(set, set->count);
    return code;
}

static bool has_mutex(const struct cu_semaphores *set)
{
    for (unsigned i = 0; i < set->count; i++)
        if (set->all[i]->mutex)
            return true;
    return false;
}

/* The queue of its own is made only where a mutex takes part. */
static int check_and_wait(const struct cu_semaphores *set, const wait_params *params,
                          struct cu_stream *s)
{
    struct queue *order = NULL;
    int code = cu_semaphores_check_waits(set, params);
    if (!code && has_mutex(set))
        code = cu_code(queue_create(cu_device(), &order));
    if (!code)
        code = wait_all(set, params, s, order);
    queue_unref(order);
    return code;
}

int istcu_wait_external_semaphores(void *const *semaphores, const wait_params *params,
                                   unsigned count, void *stream)
{
    struct cu_semaphores set;
    struct cu_stream *s;
    int code = cu_enter();
    if (!code)
        code = cu_semaphores_get(&set, semaphores, params, count, false);
    if (code)
        return code;
    code = cu_stream_get(stream, &s);
    if (!code) {
        code = check_and_wait(&set, params, s);
        cu_unref(&s->object);
    }
    cu_semaphores_drop(&set);
    return code;
}
