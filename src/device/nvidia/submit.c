/* SPDX-License-Identifier: MIT */
/*
 * What goes to a stream in one piece, and which waits may be open there. A submission costs the
 * host a microsecond and the GPU another, so a wait of a stream of ours is held back until
 * something comes behind it: alone it holds up nothing. What is held back, and what was
 * submitted, belongs to who submits; whether a wait is open may be asked by anybody.
 */
#include "device/nvidia/nvidia.h"

static bool is_over(const struct nv_wait *wait)
{
    _Atomic uint64_t *word = (void *)(uintptr_t)wait->at; /* where streams see it, we do, too */
    uint64_t now = load_acquire(word);
    return now >= wait->target && now <= SYNC_GPU_MAX;
}

void nv_batch_wait(struct nv_batch *b, const struct nv_wait *wait)
{
    b->ops[b->count++] = (struct nv_stream_operation){
        .operation = NV_OPERATION_WAIT_64,
        .address = wait->at,
        .value = wait->target,
        .flags = NV_WAIT_GEQ,
    };
    b->waits[b->wait_count++] = *wait;
}

/* No stream has to see its value: it may have gone down again since it was there. */
static bool is_over_or_was(const struct nv_wait *wait)
{
    return is_over(wait) || load_acquire(&wait->line->over) ||
           sync_line_peaked(wait->line, wait->target, wait->since);
}

void nv_batch_start(struct gpu_stream *s, struct nv_batch *b)
{
    b->count = b->wait_count = 0;
    if (s->held.at && is_over_or_was(&s->held))
        s->held.at = 0;
    if (s->held.at)
        nv_batch_wait(b, &s->held);
}

/* With a barrier before each: to leave it out is documented as unsupported in this version. */
void nv_batch_write(struct nv_batch *b, CUdeviceptr at, uint64_t value)
{
    b->ops[b->count++] = (struct nv_stream_operation){
        .operation = NV_OPERATION_WRITE_64,
        .address = at,
        .value = value,
    };
}

static enum ist_status submit(struct gpu_stream *s, struct nv_batch *b)
{
    const struct nv_stream_operation *op = b->ops;
    s->untold = true;
    if (b->count > 1)
        return NV_CALL(s->nv, "signals and waits of a stream", stream_batch, s->cu, b->count,
                       b->ops, 0);
    if (b->wait_count)
        return NV_CALL(s->nv, "a wait of a stream", stream_wait, s->cu, op->address, op->value,
                       op->flags);
    return NV_CALL(s->nv, "a signal of a stream", stream_write, s->cu, op->address, op->value,
                   0);
}

/* Before the submission: who frees something must not find the stream without them. */
static void note_waits(struct gpu_stream *s, const struct nv_batch *b)
{
    unsigned count = load_relaxed(&s->open_count);
    for (unsigned i = 0; i < b->wait_count; i++) {
        if (count < NV_OPEN_WAITS)
            s->open[count++] = b->waits[i];
        else
            store_seq_cst(&s->more_open, true);
    }
    store_seq_cst(&s->open_count, count);
}

static enum ist_status submit_waits(struct gpu_stream *s, struct nv_batch *b)
{
    pthread_rwlock_rdlock(&s->nv->free_lock);
    unsigned count = load_relaxed(&s->open_count);
    bool more = load_relaxed(&s->more_open);
    note_waits(s, b);
    enum ist_status status = submit(s, b);
    if (status != IST_OK) {
        store_seq_cst(&s->open_count, count);
        store_seq_cst(&s->more_open, more);
    }
    pthread_rwlock_unlock(&s->nv->free_lock);
    return status;
}

enum ist_status nv_batch_submit(struct gpu_stream *s, struct nv_batch *b, bool captured)
{
    enum ist_status status = b->wait_count && !captured ? submit_waits(s, b) : submit(s, b);
    if (status == IST_OK)
        s->held.at = 0;
    return status;
}

/* A fill or a copy follows: behind the wait. */
enum ist_status nv_stream_begin_work(struct gpu_stream *s)
{
    struct nv_batch b;
    nv_batch_start(s, &b);
    s->untold = true;
    return b.count ? nv_batch_submit(s, &b, false) : IST_OK;
}

void nv_stream_told(struct gpu_stream *s, uint64_t ticket)
{
    s->untold = false;
    store_release(&s->issued, ticket);
    if (load_relaxed(&s->open_count) || load_relaxed(&s->more_open)) {
        store_seq_cst(&s->wait_ticket, ticket);
        store_seq_cst(&s->open_count, 0);
        store_seq_cst(&s->more_open, false);
    }
}

/*
 * In the order opposite to nv_stream_told(): a wait is seen here or there. One whose word is
 * there already will pass without anybody's help.
 */
bool nv_stream_may_wait(struct gpu_stream *s)
{
    unsigned count = load_seq_cst(&s->open_count);
    for (unsigned i = 0; i < count; i++)
        if (!is_over(&s->open[i]))
            return true;
    if (load_seq_cst(&s->more_open))
        return true;
    uint64_t ticket = load_seq_cst(&s->wait_ticket);
    return nvidia_progress(s) < ticket;
}

void nv_stream_forget_waits(struct gpu_stream *s)
{
    store_seq_cst(&s->open_count, 0);
}

void nv_stream_leave_waits(struct gpu_stream *s)
{
    struct nvidia *nv = s->nv;
    pthread_rwlock_rdlock(&nv->free_lock); /* nobody forgets them meanwhile */
    unsigned count = load_relaxed(&s->open_count);
    pthread_mutex_lock(&nv->lock);
    for (unsigned i = 0; i < count && nv->orphan_count < NV_ORPHANS; i++)
        if (!is_over(&s->open[i]))
            nv->orphans[nv->orphan_count++] = s->open[i];
    pthread_mutex_unlock(&nv->lock);
    pthread_rwlock_unlock(&nv->free_lock);
}

/* Those that are over are forgotten: they pass. */
bool nv_orphans_may_wait(struct nvidia *nv)
{
    unsigned left = 0;
    for (unsigned i = 0; i < nv->orphan_count; i++)
        if (!is_over(&nv->orphans[i]))
            nv->orphans[left++] = nv->orphans[i];
    nv->orphan_count = left;
    return left > 0;
}
