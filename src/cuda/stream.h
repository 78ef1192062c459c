/* SPDX-License-Identifier: MIT */
/*
 * Streams: a queue of core, and CUDA's rule about the legacy stream, which is in order with
 * every blocking stream.
 */
#ifndef ISTHMUS_CUDA_STREAM_H
#define ISTHMUS_CUDA_STREAM_H

#include "base/list.h"
#include "core/queue.h"
#include "cuda/handle.h"

#define CU_STREAM_PRIORITY_GREATEST (-5)

struct cu_stream {
    struct cu_object object;
    struct list link; /* in a list of all streams, which holds a reference */
    struct queue *queue;
    int device; /* ordinal */
    int priority;
    unsigned flags;
    bool blocking; /* in order with the legacy stream */
    bool legacy;
    unsigned long long id;
    uint64_t seen_by_legacy;      /* guarded by the list's lock: ticket that legacy waits for */
    _Atomic uint64_t legacy_seen; /* ticket of the legacy stream that this one waits for */
};

/*
 * The stream behind a handle, with one more reference. NULL and 1 are the legacy stream, 2 is
 * the thread's own; both are made when they are first needed. 400, 304, 2.
 */
int cu_stream_get(void *handle, struct cu_stream **out) MUST_CHECK;

/* Before work is submitted: lets it wait for what CUDA's legacy stream orders it after. */
int cu_stream_order(struct cu_stream *stream) MUST_CHECK;

/* cu_stream_get() and cu_stream_order(). */
int cu_stream_begin(void *handle, struct cu_stream **out) MUST_CHECK;

/* True if nothing is left to do. A queue is a moment late to call itself idle; this is not. */
static inline bool cu_stream_is_done(const struct cu_stream *stream)
{
    return queue_idle(stream->queue) ||
           queue_reached(stream->queue, queue_ticket(stream->queue));
}

/* Blocks until everything submitted so far is done. */
int cu_stream_drain(struct cu_stream *stream) MUST_CHECK;

/* The same for every stream that there is. */
int cu_streams_drain(void) MUST_CHECK;

/*
 * Consumes a reference of what has been ended (memory, an array): the work of all streams
 * that was submitted before may still use it, so each of them lets go of it in its order.
 */
void cu_streams_retire(struct cu_object *object);

/* One reference for the caller; in no list yet. */
int cu_stream_new(unsigned flags, int priority, struct cu_stream **out) MUST_CHECK;

/* Into the list of all streams, which takes a reference of its own. */
void cu_stream_enlist(struct cu_stream *stream);

/* Out of it once its queue is idle. Consumes a reference. */
void cu_stream_leave(struct cu_object *object);

/* For the device's reset: ends the handles of all streams. */
void cu_streams_end(void);

#endif
