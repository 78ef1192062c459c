/* SPDX-License-Identifier: MIT */
/*
 * A queue is IDLE (nothing to do), RUNNING (one thread executes its operations: the submitter
 * itself or one of the pool), or PARKED (its first operation is a wait that is not satisfied).
 * Only the thread that made it RUNNING executes and counts `completed`; the lock hands that
 * over. A queue that is not idle holds a reference to itself, so the user may let go of it at
 * any time.
 */
#include "core/queue.h"

#include "core/fence.h"
#include "core/op.h"
#include "core/pool.h"

#define BATCH \
    64 /* operations that one queue may run before others of the pool have their turn */

enum queue_state { IDLE, RUNNING, PARKED };

struct queue {
    atomic_uint refs;
    struct device *device;
    pthread_mutex_t lock; /* guards head, tail, submitted; rank: after timelines, before pool */
    _Atomic int state;    /* changed under the lock; IDLE publishes the work done before */
    struct op *head, **tail;
    uint64_t submitted;
    uint64_t completed;   /* of the running thread */
    struct timeline done; /* == completed, for those who wait */
    struct job job;
};

static _Thread_local bool in_host_function;

static void queue_job(struct job *job);

enum ist_status queue_create(struct device *device, struct queue **out)
{
    enum ist_status status = pool_start();
    if (status != IST_OK)
        return status;
    struct queue *q = calloc(1, sizeof(*q));
    if (!q)
        return refuse(IST_NO_MEMORY, "no memory for a queue");
    atomic_init(&q->refs, 1);
    atomic_init(&q->state, IDLE);
    pthread_mutex_init(&q->lock, NULL);
    timeline_init(&q->done, 0);
    q->device = device;
    q->tail = &q->head;
    q->job.run = queue_job;
    *out = q;
    return IST_OK;
}

struct queue *queue_ref(struct queue *q)
{
    count_up(&q->refs);
    return q;
}

void queue_unref(struct queue *q)
{
    if (!q || !count_down(&q->refs))
        return;
    timeline_finish(&q->done);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

bool queue_in_host_function(void)
{
    return in_host_function;
}

bool queue_idle(struct queue *q)
{
    return load_acquire(&q->state) == IDLE;
}

static void execute(struct queue *q, struct op *op)
{
    switch (op->kind) {
    case OP_COPY: q->device->ops->copy(q->device, &op->copy); break;
    case OP_FILL: q->device->ops->fill(q->device, &op->fill); break;
    case OP_HOST:
        in_host_function = true;
        op->call.fn(op->call.user);
        in_host_function = false;
        break;
    case OP_CALL: op->call.fn(op->call.user); break;
    case OP_SIGNAL: timeline_set(op->sync.timeline, op->sync.value); break;
    case OP_WAIT: break; /* satisfied, or it would not be here */
    }
}

static void count_done(struct queue *q)
{
    timeline_set(&q->done, ++q->completed);
}

/* The pool goes on with the queue: in a thread that may block, if a host function is next. */
static void hand_over_locked(struct queue *q)
{
    const struct op *next = q->head;
    while (next && next->kind == OP_WAIT && next->sync.satisfied)
        next = next->next;
    q->job.may_block = next && next->kind == OP_HOST;
    pool_submit(&q->job);
}

/* What a queue does next, decided under its lock: true if the pool has to go on with it. */
static bool settle_locked(struct queue *q)
{
    int state = !q->head ? IDLE : op_blocks(q->head) ? PARKED : RUNNING;
    store_release(&q->state, state); /* IDLE pairs with the acquire in queue_idle() */
    return state == RUNNING;
}

/* An idle queue becomes the caller's for one operation. */
static bool begin_inline(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool idle = load_relaxed(&q->state) == IDLE;
    if (idle) {
        store_relaxed(&q->state, RUNNING);
        q->submitted++;
    }
    pthread_mutex_unlock(&q->lock);
    return idle;
}

/* Others may have submitted meanwhile: that is the pool's, not the caller's. */
static void end_inline(struct queue *q)
{
    count_done(q);
    pthread_mutex_lock(&q->lock);
    if (settle_locked(q))
        hand_over_locked(q);
    if (q->head)
        queue_ref(q);
    pthread_mutex_unlock(&q->lock);
}

static void append(struct queue *q, struct op *op)
{
    op->queue = q;
    pthread_mutex_lock(&q->lock);
    bool was_idle = load_relaxed(&q->state) == IDLE;
    *q->tail = op;
    q->tail = &op->next;
    q->submitted++;
    if (was_idle) {
        queue_ref(q);
        if (settle_locked(q))
            hand_over_locked(q);
    }
    pthread_mutex_unlock(&q->lock);
}

/* True: the queue's turn is over, and the pool has it again. */
static bool yield_turn_locked(struct queue *q, unsigned done)
{
    bool host = q->head->kind == OP_HOST && !q->job.may_block;
    if (!host && done < BATCH)
        return false;
    hand_over_locked(q);
    return true;
}

/* The next operation to run; NULL when the queue parked, has nothing left or had its turn. */
static struct op *pop(struct queue *q, unsigned done, bool *idle)
{
    struct op *op = NULL;
    pthread_mutex_lock(&q->lock);
    bool more = settle_locked(q);
    *idle = load_relaxed(&q->state) ==
            IDLE; /* read here: a queue that was handed over is gone */
    if (more && !yield_turn_locked(q, done)) {
        op = q->head;
        q->head = op->next;
        if (!q->head)
            q->tail = &q->head;
    }
    pthread_mutex_unlock(&q->lock);
    return op;
}

static void queue_job(struct job *job)
{
    struct queue *q = container_of(job, struct queue, job);
    bool idle = false;
    struct op *op;
    for (unsigned done = 0; (op = pop(q, done, &idle)); done++) {
        execute(q, op);
        op_free(op);
        count_done(q);
    }
    if (idle)
        queue_unref(q);
}

static enum ist_status run_or_append(struct queue *q, const struct op *op, size_t aside_bytes)
{
    if (op->kind != OP_HOST && begin_inline(q)) {
        struct op now = *op;
        execute(q, &now);
        end_inline(q);
        return IST_OK;
    }
    struct op *kept = op_keep(op, aside_bytes);
    if (!kept)
        return refuse(IST_NO_MEMORY, "no memory to queue an operation");
    append(q, kept);
    return IST_OK;
}

enum ist_status queue_copy(struct queue *q, const struct copy *copy, enum copy_source source)
{
    struct op op = {.kind = OP_COPY, .copy = *copy};
    bool stays = source == COPY_SOURCE_STAYS || copy->src.resource; /* resources are pinned */
    return run_or_append(q, &op, stays ? 0 : copy->row_bytes * copy->rows * copy->slices);
}

enum ist_status queue_fill(struct queue *q, const struct fill *fill)
{
    struct op op = {.kind = OP_FILL, .fill = *fill};
    return run_or_append(q, &op, 0);
}

enum ist_status queue_host(struct queue *q, void (*fn)(void *user), void *user)
{
    struct op op = {.kind = OP_HOST, .call = {fn, user}};
    return run_or_append(q, &op, 0);
}

enum ist_status queue_call(struct queue *q, void (*fn)(void *user), void *user)
{
    struct op op = {.kind = OP_CALL, .call = {fn, user}};
    return run_or_append(q, &op, 0);
}

/* Called by the one who satisfies the wait, under the timeline's lock. */
static void wait_fired(struct waiter *waiter)
{
    struct op *op = container_of(waiter, struct op, sync.waiter);
    struct queue *q = op->queue;
    pthread_mutex_lock(&q->lock);
    op->sync.satisfied = true;
    if (load_relaxed(&q->state) == PARKED && q->head == op) {
        store_relaxed(&q->state, RUNNING);
        hand_over_locked(q);
    }
    pthread_mutex_unlock(&q->lock);
}

/* Registered with the timeline at once, not when the queue gets there: a value that was reached
 * while the wait stood in line satisfies it, though the value may go down again (ticketed). */
static enum ist_status wait_on(struct queue *q, struct op *op)
{
    if (queue_idle(q) && timeline_reached(op->sync.timeline, op->sync.value))
        return IST_OK;
    struct op *kept = op_keep(op, 0);
    if (!kept)
        return refuse(IST_NO_MEMORY, "no memory to queue a wait");
    append(q, kept);
    if (!timeline_watch(kept->sync.timeline, &kept->sync.waiter, kept->sync.value, wait_fired))
        wait_fired(&kept->sync.waiter);
    return IST_OK;
}

enum ist_status queue_wait_fence(struct queue *q, struct fence *fence, uint64_t value)
{
    return queue_wait_order(q, &fence->timeline, value, &fence->object);
}

enum ist_status queue_signal_fence(struct queue *q, struct fence *fence, uint64_t value)
{
    return queue_signal_order(q, &fence->timeline, value, &fence->object);
}

enum ist_status queue_wait_order(struct queue *q, struct timeline *order, uint64_t value,
                                 struct object *object)
{
    struct op op = {.kind = OP_WAIT, .sync = {.timeline = order, .value = value}};
    op.pinned_object = object;
    return wait_on(q, &op);
}

enum ist_status queue_signal_order(struct queue *q, struct timeline *order, uint64_t value,
                                   struct object *object)
{
    struct op op = {.kind = OP_SIGNAL, .sync = {.timeline = order, .value = value}};
    op.pinned_object = object;
    return run_or_append(q, &op, 0);
}

uint64_t queue_ticket(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    uint64_t ticket = q->submitted;
    pthread_mutex_unlock(&q->lock);
    return ticket;
}

bool queue_reached(struct queue *q, uint64_t ticket)
{
    return timeline_value(&q->done) >= ticket;
}

enum ist_status queue_wait_queue(struct queue *q, struct queue *other, uint64_t ticket)
{
    struct op op = {.kind = OP_WAIT, .sync = {.timeline = &other->done, .value = ticket}};
    if (q == other)
        return IST_OK; /* a queue is in order with itself */
    op.pinned_queue = other;
    return wait_on(q, &op);
}

enum ist_status queue_sync(struct queue *q, uint64_t ticket, int64_t deadline_ns)
{
    return timeline_wait(&q->done, ticket, deadline_ns);
}
