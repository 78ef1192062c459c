/* SPDX-License-Identifier: MIT */
/*
 * Work in order: a CUDA stream or a D3D11 immediate context. An idle queue runs a copy in the
 * caller; behind a wait or a host function everything is kept and done later by a small pool of
 * threads, so neither the caller nor another queue is blocked. Any thread may submit.
 *
 * On a device that works by itself (core/gpu.h) operations are *issued* to its stream in the
 * caller, and done when the stream says so. What may not be issued yet, a wait for a signal
 * that nobody has submitted or a host function, parks the queue as it does elsewhere. Once the
 * device is lost everything that was submitted counts as done, and submitting and waiting
 * answer IST_DEVICE_LOST.
 */
#ifndef ISTHMUS_CORE_QUEUE_H
#define ISTHMUS_CORE_QUEUE_H

#include "core/place.h"

struct fence;
struct queue;

enum copy_source {
    COPY_SOURCE_STAYS,     /* the source may be read later (pinned memory, device memory) */
    COPY_SOURCE_TRANSIENT, /* the caller may change it on return: kept aside if need be */
};

/* Held once by the caller. */
enum ist_status queue_create(struct device *device, struct queue **out) FRONT_API(queue_create)
    MUST_CHECK;

/*
 * A queue over a stream of somebody else's on a device that works by itself; held once by the
 * caller. It never parks: a wait goes to the stream at once, also for what nobody has submitted
 * yet (once a fence the log warns of it), and a signal does not come before what the stream
 * holds already. Never idle, for nobody knows what else is there. No host functions, and no
 * waits for timelines without words of a GPU: IST_NOT_SUPPORTED. The stream outlives the queue.
 */
enum ist_status queue_wrap(struct device *device, void *native, struct queue **out)
    FRONT_API(queue_wrap) MUST_CHECK;

struct queue *queue_ref(struct queue *q) FRONT_API(queue_ref);
/* Work that was submitted still runs. NULL does nothing. */
void queue_unref(struct queue *q) FRONT_API(queue_unref);

/* Each: done in order after what was submitted before. IST_NO_MEMORY: nothing was submitted. */
enum ist_status queue_copy(struct queue *q, const struct copy *copy, enum copy_source source)
    FRONT_API(queue_copy) MUST_CHECK;
enum ist_status queue_fill(struct queue *q, const struct fill *fill) FRONT_API(queue_fill)
    MUST_CHECK;

/* Past all queues, and done on return: before anybody else may see the bytes. On a GPU blocks
 * until they are there; a plain place is read or written by then. IST_NO_MEMORY,
 * IST_DEVICE_LOST. */
enum ist_status queue_copy_now(struct device *device, const struct copy *copy)
    FRONT_API(queue_copy_now) MUST_CHECK;

/* `fn` on a thread of the pool, never in the caller. It may block the queue, not the caller. */
enum ist_status queue_host(struct queue *q, void (*fn)(void *user), void *user)
    FRONT_API(queue_host) MUST_CHECK;

/* `fn` in order, on whatever thread, the caller included: must be short (a time stamp, a
 * count). On a GPU after all that came before; what comes behind does not wait for it. */
enum ist_status queue_call(struct queue *q, void (*fn)(void *user), void *user)
    FRONT_API(queue_call) MUST_CHECK;

/* The fence is pinned, not owned: its last owner's end ends the wait, and makes a signal
 * void. */
enum ist_status queue_wait_fence(struct queue *q, struct fence *fence, uint64_t value)
    FRONT_API(queue_wait_fence) MUST_CHECK;
enum ist_status queue_signal_fence(struct queue *q, struct fence *fence, uint64_t value)
    FRONT_API(queue_signal_fence) MUST_CHECK;

/* For kmutex.c: the same on its order, which `object` keeps. */
enum ist_status queue_wait_order(struct queue *q, struct timeline *order, uint64_t value,
                                 struct object *object) MUST_CHECK;
enum ist_status queue_signal_order(struct queue *q, struct timeline *order, uint64_t value,
                                   struct object *object) MUST_CHECK;

/* A ticket stands for all that has been submitted so far. */
uint64_t queue_ticket(struct queue *q) FRONT_API(queue_ticket);
bool queue_reached(struct queue *q, uint64_t ticket) FRONT_API(queue_reached);
bool queue_idle(struct queue *q) FRONT_API(queue_idle);

/* True: it waits for what nobody has submitted yet; a guess, unless the caller knows more. */
bool queue_parked(struct queue *q) FRONT_API(queue_parked);

/*
 * False: nothing that was submitted to any queue, by a call that has returned, is left to do.
 * One load, whatever number of queues there is.
 */
bool queue_any_busy(void) FRONT_API(queue_any_busy);

/* Work submitted to `q` from now on waits for `ticket` of `other`. */
enum ist_status queue_wait_queue(struct queue *q, struct queue *other, uint64_t ticket)
    FRONT_API(queue_wait_queue) MUST_CHECK;

/* Blocks the caller until the ticket is reached. IST_TIMEOUT. Never from a host function. */
enum ist_status queue_sync(struct queue *q, uint64_t ticket, int64_t deadline_ns)
    FRONT_API(queue_sync) MUST_CHECK;

/* True on a thread of the pool while it runs a host function: calls from there are refused. */
bool queue_in_host_function(void) FRONT_API(queue_in_host_function);

#endif
