/* SPDX-License-Identifier: MIT */
/*
 * Streams: waits and signals are operations of the stream on words of memory, so that neither a
 * thread nor a callback stands between two streams, or a stream and the host. Submissions to
 * one stream come one at a time; `progress` is asked by anybody.
 */
#include "device/nvidia/nvidia.h"

static void add_to_list(struct nvidia *nv, struct gpu_stream *s)
{
    pthread_mutex_lock(&nv->lock);
    s->next = nv->streams;
    s->back = &nv->streams;
    if (s->next)
        s->next->back = &s->next;
    nv->streams = s;
    pthread_mutex_unlock(&nv->lock);
}

static void remove_from_list(struct nvidia *nv, struct gpu_stream *s)
{
    pthread_mutex_lock(&nv->lock);
    *s->back = s->next;
    if (s->next)
        s->next->back = s->back;
    pthread_mutex_unlock(&nv->lock);
}

static enum ist_status stream_new(struct nvidia *nv, struct gpu_stream **out)
{
    struct gpu_stream *s = calloc(1, sizeof(*s));
    if (!s)
        return refuse(IST_NO_MEMORY, "no memory to describe a stream");
    enum ist_status status = nv_words_take(nv, &s->words);
    if (status != IST_OK) {
        free(s);
        return status;
    }
    s->nv = nv;
    *out = s;
    return IST_OK;
}

enum ist_status nvidia_stream_create(struct device *dev, struct gpu_stream **out)
{
    struct nvidia *nv = nvidia_from_device(dev);
    struct gpu_stream *s;
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(nv, &scope);
    if (status == IST_OK)
        status = stream_new(nv, &s);
    if (status != IST_OK)
        return status;
    status = NV_CALL(nv, "a queue", stream_create, &s->cu, NV_STREAM_NON_BLOCKING, 0);
    if (status != IST_OK) {
        nv_words_give(nv, s->words, 0, 0);
        free(s);
        return status;
    }
    add_to_list(nv, s);
    *out = s;
    return IST_OK;
}

enum ist_status nvidia_stream_wrap(struct device *dev, void *native, struct gpu_stream **out)
{
    struct nvidia *nv = nvidia_from_device(dev);
    struct gpu_stream *s;
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(nv, &scope);
    if (status == IST_OK)
        status = stream_new(nv, &s);
    if (status != IST_OK)
        return status;
    s->cu = native;
    s->wrapped = true;
    add_to_list(nv, s);
    *out = s;
    return IST_OK;
}

void nvidia_stream_destroy(struct gpu_stream *s)
{
    struct nvidia *nv = s->nv;
    if (!nv_same_process(nv)) {
        free(s);
        return;
    }
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    bool alive = nv_alive(nv) && nv_enter(nv, &scope) == IST_OK;
    if (alive && !s->wrapped)
        (void)NV_CALL(nv, "the end of a queue", stream_destroy, s->cu);
    remove_from_list(nv, s);
    nv_stage_leave(s);
    nv_words_give(nv, s->words, load_relaxed(&s->issued), s->staged);
    free(s);
    (void)nv_free_due(nv);
}

/* What is captured runs when its graph does; then nobody tells us. */
static bool is_captured(struct gpu_stream *s)
{
    int capturing = 0;
    return s->wrapped && driver.stream_capturing(s->cu, &capturing) == CUDA_SUCCESS &&
           capturing;
}

/* With a barrier before each: to leave it out is documented as unsupported in this version. */
static void add_write(struct nv_stream_operation *ops, unsigned *count, CUdeviceptr at,
                      uint64_t value)
{
    ops[*count] = (struct nv_stream_operation){
        .operation = NV_OPERATION_WRITE_64,
        .address = at,
        .value = value,
    };
    ++*count;
}

/* After the ticket's write is with the stream: what it says of waits before it. */
static void note_ticket(struct gpu_stream *s, uint64_t ticket)
{
    s->untold = false;
    store_release(&s->issued, ticket);
    if (load_relaxed(&s->open_wait)) {
        store_seq_cst(&s->wait_ticket, ticket);
        store_seq_cst(&s->open_wait, false);
    }
}

static enum ist_status submit(struct gpu_stream *s, struct nv_stream_operation *ops,
                              unsigned count)
{
    if (count == 1)
        return NV_CALL(s->nv, "a signal of a stream", stream_write, s->cu, ops->address,
                       ops->value, 0);
    return NV_CALL(s->nv, "a signal of a stream", stream_batch, s->cu, count, ops, 0);
}

/* The progress alone. */
static enum ist_status tell(struct gpu_stream *s, uint64_t ticket)
{
    struct nv_stream_operation op[1];
    unsigned count = 0;
    add_write(op, &count, (uintptr_t)&s->words->progress, ticket);
    enum ist_status status = submit(s, op, count);
    if (status == IST_OK)
        note_ticket(s, ticket);
    return status;
}

/* The wait, and what the program's stream tells behind it. */
static enum ist_status submit_wait(struct gpu_stream *s, CUdeviceptr at, uint64_t target,
                                   uint64_t ticket)
{
    struct nv_stream_operation ops[2] = {{
        .operation = NV_OPERATION_WAIT_64,
        .address = at,
        .value = target,
        .flags = NV_WAIT_GEQ,
    }};
    unsigned count = 1;
    s->untold = true;
    if (!ticket)
        return NV_CALL(s->nv, "a wait of a stream", stream_wait, s->cu, at, target,
                       NV_WAIT_GEQ);
    add_write(ops, &count, (uintptr_t)&s->words->progress, ticket);
    return NV_CALL(s->nv, "a wait of a stream", stream_batch, s->cu, count, ops, 0);
}

static enum ist_status wait_locked(struct gpu_stream *s, CUdeviceptr at, uint64_t target,
                                   bool captured, uint64_t ticket)
{
    bool before = load_relaxed(&s->open_wait);
    if (!captured)
        store_seq_cst(&s->open_wait, true);
    enum ist_status status = submit_wait(s, at, target, ticket);
    if (status != IST_OK)
        store_seq_cst(&s->open_wait, before);
    else if (ticket)
        note_ticket(s, ticket);
    return status;
}

/* A wait that is over before it begins costs the stream nothing but what it tells. */
enum ist_status nvidia_wait(struct gpu_stream *s, struct sync_gpu *gpu, uint64_t value,
                            uint64_t ticket)
{
    uint64_t target = sync_gpu_value(value);
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(s->nv, &scope);
    if (status != IST_OK)
        return status;
    bool captured = is_captured(s);
    uint64_t now = load_acquire(&gpu->word);
    if (!captured && now >= target && now <= SYNC_GPU_MAX)
        return ticket ? tell(s, ticket) : IST_OK;
    CUdeviceptr at = nv_page_word(&gpu->word);
    if (!at)
        return refuse(IST_BAD_CALL, "a stream is to wait for a page that was not given to it");
    pthread_rwlock_rdlock(&s->nv->free_lock);
    status = wait_locked(s, at, target, captured, ticket);
    pthread_rwlock_unlock(&s->nv->free_lock);
    return status;
}

/* The line's value first: who sees the word, or the progress, finds it there. */
static bool add_signal(struct nv_stream_operation *ops, unsigned *count,
                       const struct gpu_signal *signal)
{
    CUdeviceptr line = signal->line ? nv_page_word(&signal->line->value) : 0;
    CUdeviceptr word = nv_page_word(&signal->gpu->word);
    if (!word || (signal->line && !line))
        return false;
    if (line)
        add_write(ops, count, line, signal->value);
    add_write(ops, count, word, sync_gpu_value(signal->value));
    return true;
}

/*
 * A signal behind nothing is the host's: it is there at once, and also where the GPU does none
 * of the streams' work, because a stream waits for just this signal and another thread is
 * loading a module meanwhile (measured: writes of other streams are then accepted, and not
 * done; H100, driver 580.159.04, 2026-11-21).
 */
static bool is_idle(const struct gpu_stream *s)
{
    return !s->wrapped && !s->untold &&
           load_acquire(&s->words->progress) >= load_relaxed(&s->issued);
}

static void signal_at_once(struct gpu_stream *s, const struct gpu_signal *signal,
                           uint64_t ticket)
{
    if (signal->line)
        store_seq_cst(&signal->line->value, signal->value);
    store_seq_cst(&signal->gpu->word, sync_gpu_value(signal->value));
    if (ticket) {
        store_release(&s->words->progress, ticket);
        note_ticket(s, ticket);
    }
}

enum ist_status nvidia_signal(struct gpu_stream *s, const struct gpu_signal *signal,
                              uint64_t ticket)
{
    struct nv_stream_operation ops[3];
    unsigned count = 0;
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(s->nv, &scope);
    if (status != IST_OK)
        return status;
    if (signal && signal->gpu && !add_signal(ops, &count, signal))
        return refuse(IST_BAD_CALL, "a stream is to signal a page that was not given to it");
    if (count && is_idle(s)) {
        signal_at_once(s, signal, ticket);
        return IST_OK;
    }
    s->untold = true;
    if (ticket)
        add_write(ops, &count, (uintptr_t)&s->words->progress, ticket);
    if (count)
        status = submit(s, ops, count);
    if (status == IST_OK && ticket)
        note_ticket(s, ticket);
    return status;
}

/*
 * A fault ends a stream's work without a word. The service stream is asked, which no program
 * captures: any call of a broken context answers with its error.
 */
bool nvidia_lost(struct device *dev)
{
    struct nvidia *nv = nvidia_from_device(dev);
    if (!nv_alive(nv))
        return true;
    struct nv_scope scope = {.nv = NULL};
    if (!load_acquire(&nv->context)) /* nothing was ever asked of it */
        return false;
    if (nv_enter(nv, &scope) == IST_OK) {
        CUresult result = driver.stream_query(nv->service);
        if (nv_result_is_fatal(result))
            (void)nv_answer(nv, result, driver_names.stream_query, "a sign of life");
    }
    nv_leave(&scope);
    return !nv_alive(nv);
}

/* Never back: a captured signal is written again whenever its graph runs. */
static uint64_t never_back(struct gpu_stream *s, uint64_t now)
{
    uint64_t seen = load_relaxed(&s->seen);
    while (now > seen && !cas_acq_rel(&s->seen, &seen, now))
        ;
    return now > seen ? now : seen;
}

uint64_t nvidia_progress(struct gpu_stream *s)
{
    if (!nv_alive(s->nv))
        return UINT64_MAX;
    uint64_t now = load_acquire(&s->words->progress);
    return s->wrapped ? never_back(s, now) : now;
}

/* In the order opposite to note_ticket(): a wait is seen here or there. */
bool nv_stream_may_wait(struct gpu_stream *s)
{
    return load_seq_cst(&s->open_wait) ||
           load_acquire(&s->words->progress) < load_seq_cst(&s->wait_ticket);
}
