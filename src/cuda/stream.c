/* SPDX-License-Identifier: MIT */
/* What programs call on streams. What streams are to each other: stream_list.c. */
#include "cuda/stream.h"

#include "cuda/error.h"
#include "cuda/istcu.h"

#define FLAGS_ALL 1U /* cudaStreamNonBlocking */

/* Priorities are kept and told, and change nothing: a queue has no rank here. */
static int clamp_priority(int priority)
{
    if (priority > 0)
        return 0;
    return priority < CU_STREAM_PRIORITY_GREATEST ? CU_STREAM_PRIORITY_GREATEST : priority;
}

int istcu_stream_create(void **out, unsigned flags, int priority)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaStreamCreate");
    if (flags & ~FLAGS_ALL)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "stream flags 0x%x: 0 and cudaStreamNonBlocking (1) are possible",
                         flags);

    struct cu_stream *s;
    code = cu_stream_new(flags, clamp_priority(priority), &s);
    if (code)
        return code;
    cu_stream_enlist(s);
    void *handle = cu_handle_add(&s->object);
    if (!handle) {
        cu_stream_leave(&s->object);
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no further stream: the table is full");
    }
    *out = handle;
    return CUDA_SUCCESS;
}

int istcu_stream_destroy(void *stream)
{
    int code = cu_enter();
    if (code)
        return code;
    struct cu_object *object;
    code = cu_handle_remove(stream, CU_STREAM, &object);
    if (code)
        return code;
    cu_stream_leave(object);
    return CUDA_SUCCESS;
}

/* The legacy stream has work as long as any blocking stream has. */
int istcu_stream_query(void *stream)
{
    int code = cu_enter();
    if (code)
        return code;
    struct cu_stream *s;
    code = cu_stream_begin(stream, &s);
    if (code)
        return code;
    code = cu_stream_is_done(s) ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
    cu_unref(&s->object);
    return code;
}

/* Waits for what is submitted now, not for what other threads add meanwhile. */
int istcu_stream_synchronize(void *stream)
{
    int code = cu_enter();
    if (code)
        return code;
    struct cu_stream *s;
    code = cu_stream_begin(stream, &s);
    if (code)
        return code;
    code = cu_stream_drain(s);
    cu_unref(&s->object);
    return code;
}

/* Looks at a stream that nothing is asked of: allowed in host functions too. */
static int look(void *stream, const void *out, struct cu_stream **found)
{
    if (!out)
        return cu_refuse_out("cudaStreamGet...");
    return cu_stream_get(stream, found);
}

int istcu_stream_flags(void *stream, unsigned *out)
{
    struct cu_stream *s;
    int code = look(stream, out, &s);
    if (code)
        return code;
    *out = s->flags;
    cu_unref(&s->object);
    return CUDA_SUCCESS;
}

int istcu_stream_priority(void *stream, int *out)
{
    struct cu_stream *s;
    int code = look(stream, out, &s);
    if (code)
        return code;
    *out = s->priority;
    cu_unref(&s->object);
    return CUDA_SUCCESS;
}

int istcu_stream_device(void *stream, int *out)
{
    struct cu_stream *s;
    int code = look(stream, out, &s);
    if (code)
        return code;
    *out = s->device;
    cu_unref(&s->object);
    return CUDA_SUCCESS;
}

int istcu_stream_id(void *stream, unsigned long long *out)
{
    struct cu_stream *s;
    int code = look(stream, out, &s);
    if (code)
        return code;
    *out = s->id;
    cu_unref(&s->object);
    return CUDA_SUCCESS;
}

int istcu_stream_priority_range(int *least, int *greatest)
{
    if (least)
        *least = 0;
    if (greatest)
        *greatest = CU_STREAM_PRIORITY_GREATEST;
    return CUDA_SUCCESS;
}
