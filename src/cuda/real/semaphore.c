/* SPDX-License-Identifier: MIT */
/*
 * External semaphores over NVIDIA's driver. Fences and keyed mutexes are core's, under handles
 * of ours; all others are the driver's. A call that names both kinds is checked as a whole and
 * then done in stretches of one kind, in the order of the arrays. No state.
 */
#include "core/resource.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/real/capture.h"
#include "cuda/real/entry.h"
#include "cuda/real/stream.h"

/* One call; without anything of ours it is the driver's and never gets here. */
struct call {
    struct real_stream stream;
    struct queue *queue; /* NULL: the stream is captured */
    struct cu_semaphores set;
    void *const *handles;
};

int real_import_semaphore(void **out, const semaphore_desc *desc)
{
    const struct real_driver *driver;
    if (!out || !desc)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "cuImportExternalSemaphore: %s is NULL",
                         out ? "semHandleDesc" : "extSem_out");
    bool ours = cu_semaphore_is_ours(desc->type);
    int code = real_driver(ours, &driver);
    if (code)
        return code;
    if (!ours)
        return driver->import_semaphore(out, desc);
    code = cu_enter();
    return code ? code : cu_semaphore_import(out, desc);
}

int real_destroy_semaphore(void *semaphore)
{
    const struct real_driver *driver;
    if (!semaphore || cu_handle_is_ours(semaphore))
        return cu_semaphore_destroy(semaphore);
    int code = real_driver(false, &driver);
    return code ? code : driver->destroy_semaphore(semaphore);
}

/* True if the driver has all of them. NULL is for cu_semaphores_get() to refuse. */
static bool is_drivers(void *const *handles, const void *params, unsigned count)
{
    if (!handles || !params || !count)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!handles[i] || cu_handle_is_ours(handles[i]))
            return false;
    return true;
}

static struct device *device_of(const struct cu_semaphore *s)
{
    return s->fence ? s->fence->device : resource_from_object(s->import)->device;
}

/* The words of a fence are known to one GPU; a graph may be launched again and again. */
static int check_place(const struct call *call)
{
    for (unsigned i = 0; i < call->set.count; i++) {
        const struct cu_semaphore *s = call->set.all[i];
        if (!s)
            continue;
        if (device_of(s) != call->stream.context.device)
            return cu_check_device(device_of(s), "semaphore");
        if (s->mutex && call->stream.captured)
            return cu_refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                             "extSemArray[%u]: a keyed mutex cannot be part of a graph: it is "
                             "acquired and released once, by the calls themselves",
                             i);
    }
    return CUDA_SUCCESS;
}

/* The set is dropped, and the queue, by call_end(), but not after a failure. */
static int call_begin(struct call *call, void *const *handles, const void *params,
                      unsigned count, void *stream)
{
    call->queue = NULL;
    call->handles = handles;
    int code = cu_enter();
    if (!code)
        code = cu_semaphores_get(&call->set, handles, params, count, true);
    if (code)
        return code;
    code = real_stream_get(stream, &call->stream);
    if (!code)
        code = check_place(call);
    if (!code && !call->stream.captured)
        code = real_stream_queue(&call->stream, &call->queue);
    if (code)
        cu_semaphores_drop(&call->set);
    return code;
}

static void call_end(struct call *call)
{
    queue_unref(call->queue);
    cu_semaphores_drop(&call->set);
}

/* The end of the stretch of one kind that begins at `first`. */
static unsigned stretch_end(const struct cu_semaphores *set, unsigned first)
{
    unsigned end = first + 1;
    while (end < set->count && !set->all[end] == !set->all[first])
        end++;
    return end;
}

static int signal_one(const struct call *call, struct cu_semaphore *s,
                      const signal_params *params)
{
    if (s->mutex)
        return cu_code(kmutex_release(s->mutex, s, params->params.keyedMutex.key, call->queue));
    if (!call->queue)
        return real_capture_signal(&call->stream, s->fence, params->params.fence.value);
    return cu_code(queue_signal_fence(call->queue, s->fence, params->params.fence.value));
}

static int signal_stretches(const struct call *call, const signal_params *params)
{
    const struct cu_semaphores *set = &call->set;
    int code = CUDA_SUCCESS;
    for (unsigned i = 0, end; !code && i < set->count; i = end) {
        end = stretch_end(set, i);
        if (!set->all[i])
            code = call->stream.driver->signal(call->handles + i, params + i, end - i,
                                               call->stream.native);
        for (unsigned j = i; set->all[i] && !code && j < end; j++)
            code = signal_one(call, set->all[j], &params[j]);
    }
    return code;
}

int real_signal(void *const *semaphores, const signal_params *params, unsigned count,
                void *stream)
{
    const struct real_driver *driver;
    struct call call;
    int code;
    if (is_drivers(semaphores, params, count)) {
        code = real_driver(false, &driver);
        return code ? code : driver->signal(semaphores, params, count, stream);
    }
    code = call_begin(&call, semaphores, params, count, stream);
    if (code)
        return code;
    code = cu_semaphores_check_signals(&call.set, params);
    if (!code)
        code = signal_stretches(&call, params);
    call_end(&call);
    return code;
}

/* Takes back what this call acquired: the mutexes before `end`. */
static void undo(const struct cu_semaphores *set, unsigned end)
{
    for (unsigned i = 0; i < end; i++)
        if (set->all[i] && set->all[i]->mutex)
            kmutex_undo(set->all[i]->mutex, set->all[i]);
}

/*
 * All or none of the mutexes, and before anything else: they may block and time out. What a
 * call that times out leaves in the stream is only the order after work which has been
 * submitted already.
 */
static int acquire_all(const struct call *call, const wait_params *params)
{
    for (unsigned i = 0; i < call->set.count; i++) {
        struct cu_semaphore *s = call->set.all[i];
        if (!s || !s->mutex)
            continue;
        enum ist_status status =
            kmutex_acquire(s->mutex, s, params[i].params.keyedMutex.key,
                           deadline_after_ms(params[i].params.keyedMutex.timeoutMs),
                           call->queue);
        if (status != IST_OK) {
            undo(&call->set, i);
            return cu_code(status);
        }
    }
    return CUDA_SUCCESS;
}

static int wait_one(const struct call *call, struct cu_semaphore *s, const wait_params *params)
{
    if (s->mutex)
        return CUDA_SUCCESS;
    if (!call->queue)
        return real_capture_wait(&call->stream, s->fence, params->params.fence.value);
    return cu_code(queue_wait_fence(call->queue, s->fence, params->params.fence.value));
}

static int wait_stretches(const struct call *call, const wait_params *params)
{
    const struct cu_semaphores *set = &call->set;
    int code = CUDA_SUCCESS;
    for (unsigned i = 0, end; !code && i < set->count; i = end) {
        end = stretch_end(set, i);
        if (!set->all[i])
            code = call->stream.driver->wait(call->handles + i, params + i, end - i,
                                             call->stream.native);
        for (unsigned j = i; set->all[i] && !code && j < end; j++)
            code = wait_one(call, set->all[j], &params[j]);
    }
    return code;
}

int real_wait(void *const *semaphores, const wait_params *params, unsigned count, void *stream)
{
    const struct real_driver *driver;
    struct call call;
    int code;
    if (is_drivers(semaphores, params, count)) {
        code = real_driver(false, &driver);
        return code ? code : driver->wait(semaphores, params, count, stream);
    }
    code = call_begin(&call, semaphores, params, count, stream);
    if (code)
        return code;
    code = cu_semaphores_check_waits(&call.set, params);
    if (!code)
        code = acquire_all(&call, params);
    if (!code) {
        code = wait_stretches(&call, params);
        if (code)
            undo(&call.set, call.set.count);
    }
    call_end(&call);
    return code;
}
