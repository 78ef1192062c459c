/* SPDX-License-Identifier: MIT */
/*
 * A queue is IDLE (nothing to do), RUNNING (one thread executes its operations: the submitter
 * itself or one of the pool), or PARKED (its first operation is a wait that is not satisfied).
 * Only the thread that made it RUNNING executes and counts `completed`; the lock hands that
 * over. A queue that is not idle holds a reference to itself, so the user may let go of it at
 * any time.
 *
 * A queue of a device that works by itself is the same to its users; what differs is in
 * queue_gpu.c and queue_done.c, which every function here that submits or asks turns to first.
 *
 * What a parent of a fork had queued is the parent's: in the child all queues are emptied
 * before their first use there. For that they are listed, under `all.lock`.
 */
#include "core/queue_own.h"

#include "base/gate.h"
#include "base/list.h"
#include "core/fence.h"
#include "core/fork.h"

#define BATCH \
    64 /* operations that one queue may run before others of the pool have their turn */

static _Thread_local bool in_host_function;

/* Queues that keep themselves; zero publishes what their operations did. */
static atomic_uint busy_queues;

static struct {
    pthread_mutex_t lock; /* guards the list; rank: before queues */
    struct list queues;
} all = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .queues = {&all.queues, &all.queues},
};

static void queue_job(struct job *job);
static void forget_parents_work(void);

static void hook_fork(void)
{
    fork_on_adopt(forget_parents_work);
}

static void enlist(struct queue *q)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, hook_fork);
    gate_lock(&all.lock);
    list_append(&all.queues, &q->link);
    gate_unlock(&all.lock);
}

/* `native`: the stream of somebody else's that it wraps. */
static enum ist_status start(struct device *device, void *native, bool wrap, struct queue **out)
{
    enum ist_status status = pool_start();
    if (status != IST_OK)
        return status;
    struct queue *q = calloc(1, sizeof(*q));
    if (!q)
        return refuse(IST_NO_MEMORY, "no memory for a queue");
    q->device = device;
    if (device->ops->gpu)
        status = queue_gpu_start(q, native, wrap);
    if (status != IST_OK) {
        free(q);
        return status;
    }
    atomic_init(&q->refs, 1);
    atomic_init(&q->state, IDLE);
    pthread_mutex_init(&q->lock, NULL);
    timeline_init(&q->done, 0);
    q->tail = &q->head;
    q->job.run = queue_job;
    enlist(q);
    *out = q;
    return IST_OK;
}

enum ist_status queue_create(struct device *device, struct queue **out)
{
    return start(device, NULL, false, out);
}

enum ist_status queue_wrap(struct device *device, void *native, struct queue **out)
{
    if (!device->ops->gpu)
        return refuse(IST_NOT_SUPPORTED,
                      "device %s has no streams of its own that a queue could stand for",
                      device->description);
    return start(device, native, true, out);
}

struct queue *queue_ref(struct queue *q)
{
    count_up(&q->refs);
    return q;
}

void queue_unref(struct queue *q)
{
    if (q && q->gpu && !q->gpu->wrapped)
        queue_gpu_want(q, UINT64_MAX); /* nobody else may ask any more */
    if (q)
        queue_put(q);
}

void queue_put(struct queue *q)
{
    if (!count_down(&q->refs))
        return;
    gate_lock(&all.lock);
    list_remove(&q->link);
    gate_unlock(&all.lock);
    timeline_finish(&q->done);
    if (q->gpu)
        queue_gpu_finish(q);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

bool queue_in_host_function(void)
{
    return in_host_function;
}

bool queue_idle(struct queue *q)
{
    fork_child_adopt();
    return q->gpu ? queue_gpu_idle(q) : load_acquire(&q->state) == IDLE;
}

bool queue_parked(struct queue *q)
{
    gate_lock(&q->lock);
    bool parked = load_relaxed(&q->state) == PARKED && q->head->kind == OP_WAIT;
    gate_unlock(&q->lock);
    return parked;
}

void queue_run_host(struct op *op)
{
    switch (op->kind) {
    case OP_HOST:
        in_host_function = true;
        op->call.fn(op->call.user);
        in_host_function = false;
        break;
    case OP_CALL: op->call.fn(op->call.user); break;
    case OP_SIGNAL: timeline_set(op->sync.timeline, op->sync.value); break;
    default: break; /* a wait is satisfied, or it would not be here; the rest is the device's */
    }
}

static void execute(struct queue *q, struct op *op)
{
    switch (op->kind) {
    case OP_COPY: q->device->ops->copy(q->device, &op->copy); break;
    case OP_FILL: q->device->ops->fill(q->device, &op->fill); break;
    default: queue_run_host(op); break;
    }
}

static void count_done(struct queue *q)
{
    timeline_set(&q->done, ++q->completed);
}

void queue_hand_over_locked(struct queue *q)
{
    const struct op *next = q->head;
    while (next && next->kind == OP_WAIT && next->sync.satisfied)
        next = next->next;
    q->job.may_block = next && next->kind == OP_HOST;
    if (q->gpu)
        queue_gpu_lend(q);
    pool_submit(&q->job);
}

/* What a queue does next, decided under its lock: true if the pool has to go on with it. */
static bool settle_locked(struct queue *q)
{
    int state = !q->head ? IDLE : op_blocks(q->head) ? PARKED : RUNNING;
    store_release(&q->state, state); /* IDLE pairs with the acquire in queue_idle() */
    return state == RUNNING;
}

static void count_submitted_locked(struct queue *q)
{
    store_relaxed(&q->submitted, load_relaxed(&q->submitted) + 1);
}

/* An idle queue becomes the caller's for one operation. */
static bool begin_inline(struct queue *q)
{
    gate_lock(&q->lock);
    bool idle = load_relaxed(&q->state) == IDLE;
    if (idle) {
        store_relaxed(&q->state, RUNNING);
        count_submitted_locked(q);
    }
    gate_unlock(&q->lock);
    return idle;
}

void queue_keep_locked(struct queue *q)
{
    if (q->keeps_itself)
        return;
    queue_ref(q);
    q->keeps_itself = true;
    count_up(&busy_queues);
}

bool queue_unkeep_locked(struct queue *q)
{
    bool kept = take(&q->keeps_itself, false);
    if (kept)
        count_down(&busy_queues);
    return kept;
}

bool queue_any_busy(void)
{
    fork_child_adopt();
    return load_acquire(&busy_queues) !=
           0; /* pairs with count_down() in queue_unkeep_locked() */
}

/* Others may have submitted meanwhile: that is the pool's, not the caller's. */
static void end_inline(struct queue *q)
{
    count_done(q);
    gate_lock(&q->lock);
    if (settle_locked(q))
        queue_hand_over_locked(q);
    gate_unlock(&q->lock);
}

static void append(struct queue *q, struct op *op)
{
    op->queue = q;
    gate_lock(&q->lock);
    bool was_idle = load_relaxed(&q->state) == IDLE;
    *q->tail = op;
    q->tail = &op->next;
    count_submitted_locked(q);
    queue_keep_locked(q);
    if (was_idle && settle_locked(q))
        queue_hand_over_locked(q);
    gate_unlock(&q->lock);
}

/* True: the queue's turn is over, and the pool has it again. */
static bool yield_turn_locked(struct queue *q, unsigned done)
{
    bool host = q->head->kind == OP_HOST && !q->job.may_block;
    if (!host && done < BATCH)
        return false;
    queue_hand_over_locked(q);
    return true;
}

/* The next operation to run; NULL when the queue parked, has nothing left or had its turn. */
static struct op *pop(struct queue *q, unsigned done, bool *idle)
{
    struct op *op = NULL;
    gate_lock(&q->lock);
    bool more = settle_locked(q);
    *idle = load_relaxed(&q->state) ==
            IDLE; /* read here: a queue that was handed over is gone */
    if (more && !yield_turn_locked(q, done)) {
        op = q->running = q->head;
        q->head = op->next;
        if (!q->head)
            q->tail = &q->head;
    }
    if (*idle)
        queue_unkeep_locked(q); /* the reference is the caller's now */
    gate_unlock(&q->lock);
    return op;
}

/* In one stretch, so that the child of a fork finds the operation either here or done. */
static void finish(struct queue *q, struct op *op)
{
    gate_enter();
    q->running = NULL;
    op_free(op);
    count_done(q);
    gate_leave();
}

static void queue_job(struct job *job)
{
    struct queue *q = container_of(job, struct queue, job);
    bool idle = false;
    struct op *op;
    if (q->gpu) {
        queue_gpu_job(q);
        return;
    }
    for (unsigned done = 0; (op = pop(q, done, &idle)); done++) {
        execute(q, op);
        finish(q, op);
    }
    if (idle)
        queue_put(q);
}

static enum ist_status run_or_append(struct queue *q, const struct op *op, size_t aside_bytes)
{
    if (q->gpu)
        return queue_gpu_submit(q, op, aside_bytes);
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
void queue_wait_fired(struct waiter *waiter)
{
    struct op *op = container_of(waiter, struct op, sync.waiter);
    struct queue *q = op->queue;
    gate_lock(&q->lock);
    op->sync.satisfied = true;
    if (load_relaxed(&q->state) == PARKED && q->head == op) {
        store_relaxed(&q->state, RUNNING);
        queue_hand_over_locked(q);
    }
    gate_unlock(&q->lock);
}

/* Registered with the timeline at once, not when the queue gets there: a value that was reached
 * while the wait stood in line satisfies it, though the value may go down again (ticketed). */
static enum ist_status wait_on(struct queue *q, struct op *op)
{
    if (q->gpu)
        return queue_gpu_submit(q, op, 0);
    if (queue_idle(q) && timeline_reached(op->sync.timeline, op->sync.value))
        return IST_OK;
    enum ist_status status = timeline_prepare(op->sync.timeline);
    if (status != IST_OK)
        return status;
    struct op *kept = op_keep(op, 0);
    if (!kept)
        return refuse(IST_NO_MEMORY, "no memory to queue a wait");
    append(q, kept);
    if (!timeline_watch(kept->sync.timeline, &kept->sync.waiter, kept->sync.value,
                        queue_wait_fired))
        queue_wait_fired(&kept->sync.waiter);
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
    gate_lock(&q->lock);
    uint64_t ticket = load_relaxed(&q->submitted);
    gate_unlock(&q->lock);
    return ticket;
}

bool queue_reached(struct queue *q, uint64_t ticket)
{
    fork_child_adopt();
    return q->gpu ? queue_gpu_reached(q, ticket) : timeline_value(&q->done) >= ticket;
}

enum ist_status queue_wait_queue(struct queue *q, struct queue *other, uint64_t ticket)
{
    struct op op = {.kind = OP_WAIT, .sync = {.timeline = &other->done, .value = ticket}};
    if (q == other)
        return IST_OK; /* a queue is in order with itself */
    op.pinned_queue = other;
    enum ist_status status = wait_on(q, &op);
    if (status == IST_OK && other->gpu)
        queue_gpu_want(other, ticket);
    return status;
}

enum ist_status queue_sync(struct queue *q, uint64_t ticket, int64_t deadline_ns)
{
    return q->gpu ? queue_gpu_sync(q, ticket, deadline_ns)
                  : timeline_wait(&q->done, ticket, deadline_ns);
}

/* ---- In the child of a fork ---- */

static struct op *take_all(struct queue *q)
{
    struct op *first = q->head;
    if (q->running) { /* a thread of the parent is at it */
        q->running->next = first;
        first = q->running;
    }
    q->running = q->head = NULL;
    q->tail = &q->head;
    store_release(&q->state, IDLE);
    return q->gpu ? queue_gpu_forget(q, first) : first;
}

/* A wait is taken off its timeline first: what fires there would go on with the queue. */
static void forget_ops(struct op *op)
{
    while (op) {
        struct op *next = op->next;
        if (op->kind == OP_WAIT && list_linked(&op->sync.waiter.link))
            list_remove(&op->sync.waiter.link);
        op_free(op);
        op = next;
    }
}

/*
 * Alone in the process, inside the gate: no lock is held by anybody. All queues are emptied
 * before the first is declared done, and each is kept until the last is.
 */
static void forget_parents_work(void)
{
    list_for_each (item, next, &all.queues)
        queue_ref(container_of(item, struct queue, link));
    list_for_each (item, next, &all.queues)
        forget_ops(take_all(container_of(item, struct queue, link)));
    list_for_each (item, next, &all.queues) {
        struct queue *q = container_of(item, struct queue, link);
        q->completed = load_relaxed(&q->submitted);
        timeline_set(&q->done, q->completed);
    }
    list_for_each (item, next, &all.queues) {
        struct queue *q = container_of(item, struct queue, link);
        unsigned more = queue_unkeep_locked(q);
        if (q->gpu)
            more += atomic_exchange_explicit(&q->gpu->loans, 0, memory_order_relaxed);
        for (; more > 0; more--)
            queue_put(q); /* not the last */
        queue_put(q);
    }
}
