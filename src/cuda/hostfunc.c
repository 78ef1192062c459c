/* SPDX-License-Identifier: MIT */
/* Host functions and callbacks: what stands in for kernels on a device that runs none. */
#include "cuda/error.h"
#include "cuda/istcu.h"
#include "cuda/stream.h"

static int submit(void *stream, void (*fn)(void *user), void *user)
{
    struct cu_stream *s;
    int code = cu_stream_begin(stream, &s);
    if (code)
        return code;
    code = cu_code(queue_host(s->queue, fn, user));
    cu_unref(&s->object);
    return code;
}

int istcu_launch_host(void *stream, void (*fn)(void *user), void *user)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!fn)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "the host function is NULL");
    return submit(stream, fn, user);
}

/* One callback: owned by the queue from its submission on, freed after it ran. */
struct callback {
    istcu_stream_callback fn;
    void *stream, *user;
};

/* Work on this device cannot fail, so the status is always success. */
static void callback_run(void *user)
{
    struct callback *c = user;
    c->fn(c->stream, CUDA_SUCCESS, c->user);
    free(c);
}

int istcu_stream_add_callback(void *stream, istcu_stream_callback fn, void *user,
                              unsigned flags)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!fn || flags)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "callback %s, flags 0x%x: a function and flags 0 are right",
                         fn ? "given" : "NULL", flags);
    struct callback *c = malloc(sizeof(*c));
    if (!c)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory for a callback");
    *c = (struct callback){fn, stream, user};
    code = submit(stream, callback_run, c);
    if (code)
        free(c);
    return code;
}
