/* SPDX-License-Identifier: MIT */
/*
 * What the files of queues have of each other: queue.c (all of a queue that does its work
 * itself), queue_gpu.c (what goes to a stream, and when), queue_done.c (what a stream did).
 */
#ifndef ISTHMUS_CORE_QUEUE_OWN_H
#define ISTHMUS_CORE_QUEUE_OWN_H

#include "core/gpu.h"
#include "core/op.h"
#include "core/pool.h"

enum queue_state { IDLE, RUNNING, PARKED };

struct queue {
    atomic_uint refs;
    struct device *device;
    struct gpu_queue *gpu; /* NULL: the device does as it is told, at once */
    pthread_mutex_t lock; /* guards head, tail, submitted; rank: after timelines, before pool */
    _Atomic int state;    /* changed under the lock; IDLE publishes the work done before */
    struct op *head, **tail;
    _Atomic uint64_t submitted; /* of a GPU's: written under gpu->lock, too */
    uint64_t completed;         /* of the running thread */
    struct op *running;         /* what a thread of the pool is at; guarded by the gate */
    bool keeps_itself;          /* a reference, while it has kept operations; under the lock */
    struct list link;           /* in all.queues */
    struct timeline done;       /* == completed, for those who wait */
    struct job job;
};

/*
 * The stream of a queue. Operations that were issued stay in a list until they are done. What
 * may not be issued yet, and all behind it, is kept in the queue's own list; `state` speaks of
 * that one: RUNNING is a job of the pool that issues it.
 */
struct gpu_queue {
    struct queue *queue;
    const struct gpu_ops *ops;
    struct gpu_stream *stream;
    bool wrapped;        /* somebody else's: others submit there, too */
    unsigned generation; /* gate_generation() of its process; a child has no streams */
    pthread_mutex_t
        lock; /* guards the rest, and calls for the stream; rank: before timelines */
    struct op *head, **tail;
    uint64_t issued;       /* ticket of the last operation that was issued */
    uint64_t marked;       /* the last one that the stream will tell; <= issued */
    uint64_t waited;       /* the last wait that the stream does not tell by itself */
    uint64_t wanted;       /* the last one that somebody waits for */
    bool retiring;         /* a thread is at what is done, and looks again before it stops */
    enum poll_next polled; /* unless POLL_DONE the polling thread has `poll`, and a loan */
    atomic_uint loans;     /* references of jobs and the poll; a child gives them back */
    struct poll poll;
};

/* A device's own stream, or somebody else's. On failure the queue has none. */
enum ist_status queue_gpu_start(struct queue *q, void *native, bool wrap) MUST_CHECK;
void queue_gpu_finish(struct queue *q);

/* Whatever the operation is; a wait, too. */
enum ist_status queue_gpu_submit(struct queue *q, const struct op *op, size_t aside_bytes)
    MUST_CHECK;

/* Has the pool's thread, and a loan. */
void queue_gpu_job(struct queue *q);

/*
 * What the stream has done is let go of, and what somebody wants of the rest is seen to. After
 * each submission. The caller has a reference.
 */
void queue_gpu_retire(struct queue *q);
/* The same by who has locked gpu->lock, in the gate; gives it back. */
void queue_gpu_retire_locked(struct queue *q);

/* On the polling thread. */
enum poll_next queue_gpu_look(struct poll *poll);

bool queue_gpu_idle(struct queue *q);
bool queue_gpu_reached(struct queue *q, uint64_t ticket);
enum ist_status queue_gpu_sync(struct queue *q, uint64_t ticket, int64_t deadline_ns)
    MUST_CHECK;

/*
 * Somebody waits for the ticket by the timeline `done`, or without any: the polling thread sees
 * to it, from the next queue_gpu_retire() on.
 */
void queue_gpu_want_locked(struct queue *q, uint64_t ticket);

/* The same at once, and no more than has been submitted so far. */
void queue_gpu_want(struct queue *q, uint64_t ticket);

/* The stream is to tell when it has done all that was issued. */
void queue_gpu_mark_locked(struct gpu_queue *g);

/* A reference for a job or the poll, and its return. */
void queue_gpu_lend(struct queue *q);
void queue_gpu_return(struct queue *q);

/* In the child of a fork, alone: all that was issued, as one list before `rest`. */
struct op *queue_gpu_forget(struct queue *q, struct op *rest);

/* ---- queue.c ---- */

/* One reference less, without a look at what is left to do. */
void queue_put(struct queue *q);

/* From its first kept operation on; who submitted it may rely on that: queue_any_busy(). */
void queue_keep_locked(struct queue *q);
bool queue_unkeep_locked(struct queue *q); /* true: the caller has the queue's own reference */

/* The pool goes on with the queue: in a thread that may block, if a host function is next. */
void queue_hand_over_locked(struct queue *q);

/* The end of a wait in the queue's own list. Under the timeline's lock. */
void queue_wait_fired(struct waiter *waiter);

/* What waits and signals do elsewhere: on the thread that is at the queue. */
void queue_run_host(struct op *op);

#endif
