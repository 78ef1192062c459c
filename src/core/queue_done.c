/* SPDX-License-Identifier: MIT */
/*
 * What a stream has done. Its operations end in order: what they pinned is let go of, calls are
 * made, and the timeline `done` goes on. One thread at a time does that, outside gpu->lock,
 * and whoever else finds it there may go: it looks again before it stops. Nothing tells us that
 * a stream got on, so each submission looks, and whoever waits; for what nobody's thread waits
 * for, the polling thread does: soon for calls and host functions, now and then for the rest,
 * so that what is pinned goes even if nobody comes any more.
 */
#include "core/queue_own.h"

#include "base/gate.h"
#include "core/pace.h"

#define SLICE_NS 100000000 /* asleep while the queue is parked: nobody tells of a lost device */

static bool is_there(const struct op *op)
{
    struct timeline *t = op->sync.timeline;
    return sync_gpu_reached(t->gpu, load_relaxed(&t->line), op->sync.value,
                            op->sync.waiter.since);
}

/*
 * A signal in somebody else's stream may have no ticket, and that stream may be gone: if its
 * value was reached since, it has come that far. Nothing is done behind what only its ticket
 * tells, as long as that has not come.
 */
static uint64_t last_seen_locked(const struct gpu_queue *g)
{
    uint64_t last = g->ops->progress(g->stream);
    if (!g->wrapped)
        return last;
    for (const struct op *op = g->head; op; op = op->next) {
        bool syncs = op->kind == OP_WAIT || op->kind == OP_SIGNAL;
        if (op->ticket > last && (op->told || !syncs))
            break;
        if (op->kind == OP_SIGNAL && op->on_stream && op->ticket > last && is_there(op))
            last = op->ticket;
    }
    return last;
}

/* Likewise a wait, when it is first: nobody has to do anything more for it. */
static bool will_pass(const struct gpu_queue *g, const struct op *op)
{
    return g->wrapped && op->kind == OP_WAIT && !op->told && is_there(op);
}

/* All that is done, as a list; what is no work of the stream's is done when it stands first. */
static struct op *take_done_locked(struct gpu_queue *g)
{
    struct op *first = g->head, **end = &first;
    uint64_t reached = first ? last_seen_locked(g) : 0;
    while (g->head &&
           (!g->head->on_stream || g->head->ticket <= reached || will_pass(g, g->head))) {
        end = &g->head->next;
        g->head = *end;
    }
    if (!g->head)
        g->tail = &g->head;
    *end = NULL;
    return first;
}

static void end_one(struct queue *q, struct op *op)
{
    uint64_t ticket = op->ticket;
    if (op->kind == OP_WAIT && op->sync.watched) /* whoever fires may be at it still */
        (void)timeline_unwatch(op->sync.timeline, &op->sync.waiter);
    else if (op->kind == OP_SIGNAL && op->on_stream)
        timeline_landed(op->sync.timeline);
    else if (op->kind == OP_CALL || op->kind == OP_SIGNAL)
        queue_run_host(op);
    op_free(op);
    timeline_step(&q->done, ticket);
}

static void end_all(struct queue *q, struct op *op)
{
    while (op) {
        struct op *next = op->next;
        end_one(q, op);
        op = next;
    }
}

/* A host function that stood first waited for this. */
static void wake_host_locked(struct queue *q)
{
    const struct op *head = q->head;
    if (load_relaxed(&q->state) != PARKED || head->kind != OP_HOST ||
        timeline_value(&q->done) < head->ticket - 1)
        return;
    store_relaxed(&q->state, RUNNING);
    queue_hand_over_locked(q);
}

/* True: nothing is left, and the caller has the queue's own reference. */
static bool settle_locked(struct queue *q)
{
    struct gpu_queue *g = q->gpu;
    if (g->head && load_relaxed(&q->state) == IDLE) /* who parks it has gpu->lock */
        return false;
    pthread_mutex_lock(&q->lock);
    wake_host_locked(q);
    bool rest = g->head || g->retiring || q->running || load_relaxed(&q->state) != IDLE;
    bool kept = !rest && queue_unkeep_locked(q);
    pthread_mutex_unlock(&q->lock);
    return kept;
}

static enum poll_next next_look_locked(const struct gpu_queue *g)
{
    if (!g->head)
        return POLL_DONE;
    return g->wanted >= g->head->ticket ? POLL_SOON : POLL_LATER;
}

/* What is issued is looked at from now on, as soon as somebody wants it. */
static void see_to_rest_locked(struct queue *q)
{
    struct gpu_queue *g = q->gpu;
    enum poll_next next = next_look_locked(g);
    if (next == POLL_DONE)
        return;
    if (next == POLL_SOON && g->marked < g->wanted && !g->wrapped)
        queue_gpu_mark_locked(g);
    if (g->polled == POLL_DONE) {
        queue_gpu_lend(q);
        watch_poll_add(&g->poll, next);
        g->polled = next;
    } else if (next == POLL_SOON && g->polled == POLL_LATER) {
        watch_poll_hurry(&g->poll);
        g->polled = next;
    }
}

void queue_gpu_retire(struct queue *q)
{
    gate_lock(&q->gpu->lock);
    queue_gpu_retire_locked(q);
}

void queue_gpu_retire_locked(struct queue *q)
{
    struct gpu_queue *g = q->gpu;
    struct op *done;
    while (!g->retiring && (done = take_done_locked(g))) {
        g->retiring = true;
        pthread_mutex_unlock(&g->lock);
        end_all(q, done);
        pthread_mutex_lock(&g->lock);
        g->retiring = false;
    }
    bool kept = settle_locked(q);
    see_to_rest_locked(q);
    gate_unlock(&g->lock);
    if (kept)
        queue_put(q);
}

enum poll_next queue_gpu_look(struct poll *poll)
{
    struct gpu_queue *g = container_of(poll, struct gpu_queue, poll);
    struct queue *q = g->queue;
    (void)gpu_lost_by_now(q->device);
    queue_gpu_retire(q);
    gate_lock(&g->lock);
    enum poll_next next = g->polled = next_look_locked(g);
    if (next == POLL_LATER && !g->wrapped)
        queue_gpu_mark_locked(g); /* and the look after this one knows */
    gate_unlock(&g->lock);
    if (next == POLL_DONE)
        queue_gpu_return(q);
    return next;
}

void queue_gpu_want_locked(struct queue *q, uint64_t ticket)
{
    if (ticket > q->gpu->wanted)
        q->gpu->wanted = ticket;
}

void queue_gpu_want(struct queue *q, uint64_t ticket)
{
    gate_lock(&q->gpu->lock);
    uint64_t submitted = load_relaxed(&q->submitted);
    bool rest = q->keeps_itself; /* all who change it hold gpu->lock, too */
    if (!q->gpu->wrapped)        /* that one tells by itself, or not before it is given more */
        queue_gpu_want_locked(q, ticket < submitted ? ticket : submitted);
    gate_unlock(&q->gpu->lock);
    if (rest)
        queue_gpu_retire(q);
}

/* Is told once it is there. True: it is with the stream, or done. */
static bool ask(struct queue *q, uint64_t ticket)
{
    struct gpu_queue *g = q->gpu;
    gate_lock(&g->lock);
    bool issued = g->issued >= ticket;
    if (g->marked < ticket && g->head)
        queue_gpu_mark_locked(g);
    if (!issued)
        queue_gpu_want_locked(q, ticket);
    gate_unlock(&g->lock);
    return issued;
}

static bool is_done(struct queue *q, uint64_t ticket)
{
    return timeline_value(&q->done) >= ticket;
}

bool queue_gpu_reached(struct queue *q, uint64_t ticket)
{
    if (is_done(q, ticket))
        return true;
    ask(q, ticket);
    queue_gpu_retire(q);
    return is_done(q, ticket);
}

/* Nobody knows what else is in a stream of somebody else's. */
bool queue_gpu_idle(struct queue *q)
{
    return !q->gpu->wrapped && queue_gpu_reached(q, queue_ticket(q));
}

static enum ist_status answer_done(struct queue *q)
{
    if (!load_relaxed(&q->device->lost))
        return IST_OK;
    return refuse(IST_DEVICE_LOST, "device %s is lost, and its queued work with it",
                  q->device->description);
}

/* Parked before the ticket: whoever issues it has it looked at. False: out of time. */
static bool sleep_while_parked(struct queue *q, uint64_t ticket, int64_t deadline_ns)
{
    int64_t slice = clock_now_ns() + SLICE_NS;
    int64_t until = deadline_ns < slice ? deadline_ns : slice;
    queue_gpu_retire(q);
    return timeline_wait(&q->done, ticket, until) == IST_OK || until != deadline_ns;
}

enum ist_status queue_gpu_sync(struct queue *q, uint64_t ticket, int64_t deadline_ns)
{
    struct pace pace = {0};
    for (bool in_time = true;;) {
        (void)gpu_lost_by_now(q->device);
        if (queue_gpu_reached(q, ticket))
            return answer_done(q);
        if (!in_time)
            return answer(IST_TIMEOUT, "the time was over before the queue's work was done");
        if (ask(q, ticket)) {
            in_time = pace_step(&pace, deadline_ns);
            continue;
        }
        in_time = sleep_while_parked(q, ticket, deadline_ns);
        pace = (struct pace){0};
    }
}

struct op *queue_gpu_forget(struct queue *q, struct op *rest)
{
    struct gpu_queue *g = q->gpu;
    *g->tail = rest;
    struct op *first = g->head;
    g->head = NULL;
    g->tail = &g->head;
    g->issued = g->marked = load_relaxed(&q->submitted);
    g->polled = POLL_DONE;
    watch_poll_remove(&g->poll);
    return first;
}
