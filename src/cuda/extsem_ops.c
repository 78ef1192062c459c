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

typedef struct CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS_st signal_params;
typedef struct CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS_st wait_params;

/* The only flags there are belong to NvSciSync. */
static int check_flags(unsigned flags, unsigned index)
{
    if (!flags)
        return CUDA_SUCCESS;
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "paramsArray[%u]: flags 0x%x: they must be 0 for fences and keyed mutexes",
                     index, flags);
}

/* After this a release cannot fail, short of memory, unless another thread is in between. */
static int check_signals(const struct cu_semaphores *set, const signal_params *params)
{
    for (unsigned i = 0; i < set->count; i++) {
        struct cu_semaphore *s = set->all[i];
        int code = check_flags(params[i].flags, i);
        if (!code && s->mutex && !kmutex_owned_by(s->mutex, s))
            code = cu_code(refuse(IST_NOT_OWNER,
                                  "extSemArray[%u]: its keyed mutex is not held by it: wait "
                                  "for it first (release follows acquire)",
                                  i));
        for (unsigned j = 0; !code && s->mutex && j < i; j++)
            if (set->all[j] == s)
                code = cu_code(refuse(IST_NOT_OWNER,
                                      "extSemArray[%u] and [%u] are the same keyed mutex: it "
                                      "can be released once",
                                      j, i));
        if (code)
            return code;
    }
    return CUDA_SUCCESS;
}

static int check_waits(const struct cu_semaphores *set, const wait_params *params)
{
    int code = CUDA_SUCCESS;
    for (unsigned i = 0; !code && i < set->count; i++)
        code = check_flags(params[i].flags, i);
    return code;
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
        code = cu_semaphores_get(&set, semaphores, params, count);
    if (code)
        return code;
    code = check_signals(&set, params);
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
    int code = check_waits(set, params);
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
        code = cu_semaphores_get(&set, semaphores, params, count);
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
