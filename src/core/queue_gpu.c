/* SPDX-License-Identifier: MIT */
/*
 * What goes to a stream, and when. Whoever submits issues it himself, under gpu->lock, so that
 * what a call has submitted is with the stream when it returns. Only what would have the stream
 * wait for something that may never be submitted, or is no work for a stream, parks the queue:
 * it is kept in the queue's own list with all that follows, and a job of the pool issues it
 * when it may be.
 *
 * Locks: gpu->lock, then a timeline's, then the queue's own, then those of the pool and the
 * polling thread. What may call into others (the end of an operation) is called under none.
 */
#include "core/queue_own.h"

#include "base/gate.h"
#include "base/log.h"

/* Operations without a ticket: what is pinned is let go of in time. */
#define MARK_EVERY 64
#define MARK_WRAPPED_EVERY 16

static enum ist_status refuse_lost(const struct queue *q)
{
    return refuse(IST_DEVICE_LOST,
                  "device %s is lost: release everything of it, and start again in a new "
                  "process",
                  q->device->description);
}

static enum ist_status check_alive(const struct queue *q)
{
    if (q->gpu->generation != gate_generation())
        return refuse(IST_DEVICE_LOST,
                      "device %s was opened before a fork, and works only in the parent: start "
                      "the child by exec or posix_spawn",
                      q->device->description);
    return load_relaxed(&q->device->lost) ? refuse_lost(q) : IST_OK;
}

enum ist_status queue_gpu_start(struct queue *q, void *native, bool wrap)
{
    _cleanup_(freep) struct gpu_queue *g = calloc(1, sizeof(*g));
    if (!g)
        return refuse(IST_NO_MEMORY, "no memory for a queue");
    g->queue = q;
    g->ops = q->device->ops->gpu;
    g->poll.look = queue_gpu_look;
    enum ist_status status = wrap ? g->ops->stream_wrap(q->device, native, &g->stream)
                                  : g->ops->stream_create(q->device, &g->stream);
    if (status != IST_OK)
        return status;
    g->wrapped = wrap;
    g->generation = gate_generation();
    g->tail = &g->head;
    pthread_mutex_init(&g->lock, NULL);
    atomic_init(&g->loans, 0);
    q->gpu = take(&g, NULL);
    return IST_OK;
}

void queue_gpu_finish(struct queue *q)
{
    struct gpu_queue *g = q->gpu;
    g->ops->stream_destroy(g->stream);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

void queue_gpu_lend(struct queue *q)
{
    count_up(&q->gpu->loans);
    queue_ref(q);
}

void queue_gpu_return(struct queue *q)
{
    gate_enter(); /* the child of a fork finds both or neither */
    sub_relaxed(&q->gpu->loans, 1);
    queue_put(q);
    gate_leave();
}

/* ---- One operation ---- */

static void ignore(struct waiter *waiter)
{
    (void)waiter; /* the stream waits for itself */
}

/*
 * A releaser that dies leaves its signal undone, and the stream would wait for ever: whoever
 * watches the order breaks the mutex then, which ends the wait.
 */
static void watch_for_death(struct op *op)
{
    struct timeline *t = op->sync.timeline;
    if (!t->pending || timeline_prepare(t) != IST_OK)
        return;
    op->sync.watched = true;
    if (!timeline_watch_idly(t, &op->sync.waiter, op->sync.value, ignore))
        return; /* there already: nobody has to be watched */
}

static void warn_once(struct gpu_queue *g, const struct op *op)
{
    struct timeline *t = op->sync.timeline;
    if (!g->wrapped || timeline_coming(t, op->sync.value) || exchange_acq_rel(&t->warned, true))
        return;
    log_line(LOG_WARN, "sync",
             "a stream waits for value %llu, and no signal to it has been submitted yet: until "
             "then streams that share its connection stand still, and so do cudaFree and the "
             "loading of modules. Submit the signal first",
             (unsigned long long)op->sync.value);
}

/*
 * Each word costs a stream a microsecond. A queue of ours tells when somebody asks. Somebody
 * else's stream may be gone by then: there a signal is seen by its own value, if that is news,
 * and a wait by the value that it waits for, until a signal behind it tells. All else tells at
 * once, and so does what waits for a value that may have gone down again when somebody looks.
 */
static bool is_mark_due(const struct gpu_queue *g, const struct op *op, uint64_t before)
{
    uint64_t untold = op->ticket - g->marked;
    if (!g->wrapped)
        return untold >= MARK_EVERY;
    bool seen = op->kind == OP_WAIT ||
                (op->kind == OP_SIGNAL && op->sync.value > before && g->waited <= g->marked);
    return untold >= MARK_WRAPPED_EVERY || !seen;
}

static enum ist_status put_wait(struct gpu_queue *g, struct op *op)
{
    struct timeline *t = op->sync.timeline;
    uint64_t value = op->sync.value;
    bool reached = op->sync.waiter.reached || timeline_reached(t, value);
    if (!g->wrapped && (!t->gpu || reached)) { /* somebody else's stream may be captured */
        op->on_stream = false;
        return IST_OK;
    }
    warn_once(g, op);
    struct sync_line *line = load_relaxed(&t->line);
    op->sync.waiter.since = sync_line_since(line);
    uint64_t ticket = sync_line_falls(line) || is_mark_due(g, op, 0) ? op->ticket : 0;
    enum ist_status status = g->ops->wait(g->stream, t->gpu, value, ticket);
    if (status != IST_OK)
        return status;
    if (ticket)
        g->marked = ticket;
    else
        g->waited = op->ticket;
    watch_for_death(op);
    return IST_OK;
}

/* A stream notes no peak when it lowers a value; from now on nobody relies on seeing it. */
static void note_fall(struct sync_line *line)
{
    if (sync_line_falls(line))
        return;
    sync_rewind_begin(line);
    sync_rewind_note(line, 0);
    sync_rewind_end(line);
}

/* What no stream reaches is set by a host, in turn. After the end a signal is void. */
static enum ist_status put_signal(struct gpu_queue *g, struct op *op)
{
    struct timeline *t = op->sync.timeline;
    if (timeline_ended(t))
        op->kind = OP_VOID;
    op->on_stream = op->kind == OP_SIGNAL && t->gpu;
    if (!op->on_stream)
        return IST_OK;
    uint64_t before = timeline_last_issued(t);
    bool tells = is_mark_due(g, op, before);
    struct sync_line *line = load_relaxed(&t->line);
    struct gpu_signal signal = {op->sync.value < SYNC_GPU_MAX ? NULL : line, t->gpu,
                                op->sync.value};
    op->sync.waiter.since = sync_line_since(line);
    if (op->sync.value < before)
        note_fall(line);
    enum ist_status status = g->ops->signal(g->stream, &signal, tells ? op->ticket : 0);
    if (status != IST_OK)
        return status;
    if (tells)
        g->marked = op->ticket;
    timeline_issued(t, before, op->sync.value);
    return IST_OK;
}

static enum ist_status put_on_stream(struct gpu_queue *g, struct op *op)
{
    op->on_stream = true;
    switch (op->kind) {
    case OP_COPY: return g->ops->copy(g->stream, &op->copy);
    case OP_FILL: return g->ops->fill(g->stream, &op->fill);
    case OP_WAIT: return put_wait(g, op);
    case OP_SIGNAL: return put_signal(g, op);
    default: /* its turn is when all before it is done; elsewhere only the stream knows */
        op->on_stream = g->wrapped;
        return IST_OK;
    }
}

void queue_gpu_mark_locked(struct gpu_queue *g)
{
    struct gpu_signal nothing = {0};
    if (g->marked < g->issued && g->ops->signal(g->stream, &nothing, g->issued) == IST_OK)
        g->marked = g->issued;
}

/* Into the list of what was issued, with what somebody must come to know. */
static void enter_locked(struct queue *q, struct op *op)
{
    struct gpu_queue *g = q->gpu;
    op->next = NULL;
    *g->tail = op;
    g->tail = &op->next;
    g->issued = op->ticket;
    bool signals = op->kind == OP_SIGNAL && op->on_stream; /* put_signal() has decided */
    if (!signals && is_mark_due(g, op, 0))
        queue_gpu_mark_locked(g);
    op->told = g->marked == op->ticket;
    /* What a host does in turn has no word that anybody looks at. */
    if (op->kind == OP_CALL || (op->kind == OP_SIGNAL && !op->on_stream))
        queue_gpu_want_locked(q, op->ticket);
}

/* ---- Submitting ---- */

/* A wait for what another submission will bring, or what is done on a thread of the pool. */
static bool must_park(const struct gpu_queue *g, const struct op *op)
{
    if (g->wrapped || (op->kind != OP_WAIT && op->kind != OP_HOST))
        return false;
    return op->kind == OP_HOST || !timeline_coming(op->sync.timeline, op->sync.value);
}

/*
 * Of an idle queue nothing has to be kept: a wait for what is reached is over, and the host is
 * faster with a signal than a stream, and wakes those who sleep.
 */
static bool is_done_at_once(struct gpu_queue *g, const struct op *op)
{
    if (g->wrapped)
        return false; /* others submit there, or capture what is submitted */
    if (op->kind == OP_WAIT)
        return timeline_reached(op->sync.timeline, op->sync.value);
    if (op->kind != OP_SIGNAL || g->head || g->retiring)
        return false;
    if (!timeline_ended(op->sync.timeline))
        timeline_set(op->sync.timeline, op->sync.value);
    return true;
}

static enum ist_status issue_new_locked(struct queue *q, const struct op *op)
{
    struct gpu_queue *g = q->gpu;
    if (is_done_at_once(g, op))
        return IST_OK;
    struct op *kept = op_keep(op, 0); /* a device reads a transient source at once */
    if (!kept)
        return refuse(IST_NO_MEMORY, "no memory to queue an operation");
    kept->ticket = load_relaxed(&q->submitted) + 1; /* all who submit hold gpu->lock */
    enum ist_status status = put_on_stream(g, kept);
    if (status != IST_OK) {
        op_free(kept);
        return status;
    }
    if (!q->keeps_itself) {
        pthread_mutex_lock(&q->lock);
        queue_keep_locked(q);
        pthread_mutex_unlock(&q->lock);
    }
    store_relaxed(&q->submitted, kept->ticket);
    enter_locked(q, kept);
    return IST_OK;
}

/* What the queue's own list waits for. */
static bool head_blocks_locked(struct queue *q)
{
    if (q->head->kind == OP_HOST) /* until all before it is done */
        return timeline_value(&q->done) < q->head->ticket - 1;
    return op_blocks(q->head);
}

static bool settle_locked(struct queue *q)
{
    int state = !q->head ? IDLE : head_blocks_locked(q) ? PARKED : RUNNING;
    store_release(&q->state, state);
    return state == RUNNING;
}

/* A host function that stands first: those before it must be seen to be done. */
static void want_before_host_locked(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    uint64_t before = q->head && q->head->kind == OP_HOST ? q->head->ticket - 1 : 0;
    pthread_mutex_unlock(&q->lock);
    queue_gpu_want_locked(q, before);
}

static void append_locked(struct queue *q, struct op *op)
{
    pthread_mutex_lock(&q->lock);
    bool was_idle = load_relaxed(&q->state) == IDLE;
    op->queue = q;
    op->ticket = load_relaxed(&q->submitted) + 1;
    store_relaxed(&q->submitted, op->ticket);
    *q->tail = op;
    q->tail = &op->next;
    queue_keep_locked(q);
    if (was_idle && settle_locked(q))
        queue_hand_over_locked(q);
    pthread_mutex_unlock(&q->lock);
    want_before_host_locked(q);
}

/* The wait stands in line already, so whoever satisfies it finds the queue. */
static void await(struct op *op)
{
    op->sync.watched = true;
    if (!timeline_watch_coming(op->sync.timeline, &op->sync.waiter, op->sync.value,
                               queue_wait_fired))
        queue_wait_fired(&op->sync.waiter);
}

static enum ist_status keep(struct queue *q, const struct op *op, size_t aside_bytes)
{
    enum ist_status status = op->kind == OP_WAIT ? timeline_prepare(op->sync.timeline) : IST_OK;
    if (status != IST_OK)
        return status;
    struct op *kept = op_keep(op, aside_bytes);
    if (!kept)
        return refuse(IST_NO_MEMORY, "no memory to queue an operation");
    gate_lock(&q->gpu->lock);
    append_locked(q, kept);
    gate_unlock(&q->gpu->lock);
    if (op->kind == OP_WAIT) /* it blocks until this call: nobody frees it before */
        await(kept);
    return IST_OK;
}

static enum ist_status check_wrapped(const struct gpu_queue *g, const struct op *op)
{
    bool sync = op->kind == OP_WAIT || op->kind == OP_SIGNAL;
    if (g->wrapped && op->kind == OP_HOST)
        return refuse(IST_NOT_SUPPORTED, "a host function in a stream of somebody else's");
    if (g->wrapped && sync && !op->sync.timeline->gpu)
        return refuse(IST_NOT_SUPPORTED, "a stream cannot wait for, or signal, what lies on "
                                         "another device");
    return IST_OK;
}

enum ist_status queue_gpu_submit(struct queue *q, const struct op *op, size_t aside_bytes)
{
    struct gpu_queue *g = q->gpu;
    gate_lock(&g->lock);
    enum ist_status status = check_alive(q);
    if (status == IST_OK)
        status = check_wrapped(g, op);
    bool park = load_relaxed(&q->state) != IDLE || must_park(g, op);
    if (status == IST_OK && !park)
        status = issue_new_locked(q, op);
    if (status == IST_OK && !park) {
        queue_gpu_retire_locked(q);
        return IST_OK;
    }
    gate_unlock(&g->lock);
    if (status == IST_OK)
        status = keep(q, op, aside_bytes);
    if (status == IST_DEVICE_LOST)
        (void)gpu_lost(q->device); /* those who wait come to know it */
    queue_gpu_retire(q);
    return status;
}

/* ---- What was kept ---- */

/* The next to go on with; NULL: none, parked, or the pool goes on in another thread. */
static struct op *pop_locked(struct queue *q)
{
    struct op *op = NULL;
    pthread_mutex_lock(&q->lock);
    if (settle_locked(q) && q->head->kind == OP_HOST && !q->job.may_block) {
        queue_hand_over_locked(q);
    } else if (load_relaxed(&q->state) == RUNNING) {
        op = q->head;
        q->head = op->next;
        if (!q->head)
            q->tail = &q->head;
        q->running = op->kind == OP_HOST ? op : NULL;
    }
    pthread_mutex_unlock(&q->lock);
    return op;
}

/*
 * The wait was let through because its signal was issued, and a lower one has been issued
 * since: whether the value is still to come cannot be told, so it waits for it once more.
 */
static bool park_again_locked(struct queue *q, struct op *op)
{
    if (op->kind != OP_WAIT || op->sync.waiter.reached ||
        timeline_coming(op->sync.timeline, op->sync.value))
        return false;
    pthread_mutex_lock(&q->lock);
    op->next = q->head;
    if (!q->head)
        q->tail = &op->next;
    q->head = op;
    op->sync.satisfied = false;
    store_release(&q->state, PARKED);
    pthread_mutex_unlock(&q->lock);
    await(op);
    return true;
}

/* It was taken: what fails now is lost, and only the log can say so. */
static void issue_kept_locked(struct queue *q, struct op *op)
{
    enum ist_status status = put_on_stream(q->gpu, op);
    if (status != IST_OK)
        op->on_stream = false;
    if (status != IST_OK && op->kind == OP_SIGNAL)
        op->kind = OP_VOID; /* nobody may take it for done */
    if (status == IST_NO_MEMORY)
        log_line(LOG_ERROR, "queue", "queued work is lost: %s", status_reason());
    enter_locked(q, op);
}

/* The host function that is next; NULL: nothing more to do. */
static struct op *go_on(struct queue *q)
{
    struct op *op;
    gate_lock(&q->gpu->lock);
    while ((op = pop_locked(q)) && op->kind != OP_HOST && !park_again_locked(q, op))
        issue_kept_locked(q, op);
    if (op && op->kind != OP_HOST)
        op = NULL;
    if (!op)
        want_before_host_locked(q);
    gate_unlock(&q->gpu->lock);
    return op;
}

/* In one stretch, so that the child of a fork finds it either running or done. */
static void finish_host(struct queue *q, struct op *op)
{
    gate_lock(&q->gpu->lock);
    q->running = NULL;
    q->gpu->issued = op->ticket;
    q->gpu->marked = op->ticket; /* all before it is done, and nothing behind it is issued */
    pthread_mutex_unlock(&q->gpu->lock);
    timeline_set(&q->done, op->ticket);
    op_free(op);
    gate_leave();
}

void queue_gpu_job(struct queue *q)
{
    struct op *host;
    while ((host = go_on(q))) {
        queue_run_host(host);
        finish_host(q, host);
    }
    queue_gpu_retire(q);
    queue_gpu_return(q);
}
