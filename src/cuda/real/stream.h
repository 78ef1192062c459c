/* SPDX-License-Identifier: MIT */
/* A program's CUDA streams as queues of core. */
#ifndef ISTHMUS_CUDA_REAL_STREAM_H
#define ISTHMUS_CUDA_REAL_STREAM_H

#include "core/queue.h"
#include "cuda/real/context.h"

struct real_stream {
    const struct real_driver *driver;
    struct real_context context;
    void *native;  /* 1 and 2 are the legacy stream and the thread's own */
    bool captured; /* what is submitted becomes part of a graph */
};

/*
 * The stream of a call, NULL being the legacy one. 201, 101 (core has no such device), 801 (a
 * context's own default streams), and what the driver answers.
 */
int real_stream_get(void *stream, struct real_stream *out) MUST_CHECK;

/* Its queue, with a reference for the caller: the same one at each call while it is in use. */
int real_stream_queue(const struct real_stream *stream, struct queue **out) MUST_CHECK;

#endif
