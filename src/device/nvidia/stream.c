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
    if (alive && s->wrapped)
        nv_stream_leave_waits(s); /* before it is off the list: somebody may be freeing */
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

/* With what the stream tells behind it, if anything. */
static enum ist_status submit_and_tell(struct gpu_stream *s, struct nv_batch *b,
                                       uint64_t ticket, bool captured)
{
    if (ticket)
        nv_batch_write(b, (uintptr_t)&s->words->progress, ticket);
    enum ist_status status = nv_batch_submit(s, b, captured);
    if (status == IST_OK && ticket)
        nv_stream_told(s, ticket);
    return status;
}

/* The progress alone, or behind what is held back. */
static enum ist_status tell(struct gpu_stream *s, uint64_t ticket)
{
    struct nv_batch b;
    nv_batch_start(s, &b);
    return submit_and_tell(s, &b, ticket, false);
}

/* Of a stream of ours it is enough to know it until something follows. */
static enum ist_status hold(struct gpu_stream *s, const struct nv_wait *wait)
{
    struct nv_batch b;
    nv_batch_start(s, &b);
    enum ist_status status = b.count ? nv_batch_submit(s, &b, false) : IST_OK;
    if (status == IST_OK)
        s->held = *wait;
    return status;
}

static enum ist_status submit_wait(struct gpu_stream *s, const struct nv_wait *wait,
                                   uint64_t ticket, bool captured)
{
    struct nv_batch b;
    nv_batch_start(s, &b);
    nv_batch_wait(&b, wait);
    return submit_and_tell(s, &b, ticket, captured);
}

/* A wait that is over before it begins costs the stream nothing but what it tells. */
enum ist_status nvidia_wait(struct gpu_stream *s, struct sync_gpu *gpu, uint64_t value,
                            uint64_t ticket)
{
    struct nv_wait wait = {.target = sync_gpu_value(value)};
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(s->nv, &scope);
    if (status != IST_OK)
        return status;
    wait.at = nv_page_word(&gpu->word);
    if (!wait.at)
        return refuse(IST_BAD_CALL, "a stream is to wait for a page that was not given to it");
    wait.line = sync_gpu_line(gpu);
    wait.since = sync_line_since(wait.line); /* before the look */
    bool captured = is_captured(s);
    uint64_t now = load_acquire(&gpu->word);
    if (!captured && now >= wait.target && now <= SYNC_GPU_MAX)
        return ticket ? tell(s, ticket) : IST_OK;
    return ticket || s->wrapped ? submit_wait(s, &wait, ticket, captured) : hold(s, &wait);
}

/* The line's value first: who sees the word, or the progress, finds it there. */
static bool add_signal(struct nv_batch *b, const struct gpu_signal *signal)
{
    CUdeviceptr line = signal->line ? nv_page_word(&signal->line->value) : 0;
    CUdeviceptr word = nv_page_word(&signal->gpu->word);
    if (!word || (signal->line && !line))
        return false;
    if (line)
        nv_batch_write(b, line, signal->value);
    nv_batch_write(b, word, sync_gpu_value(signal->value));
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
        nv_stream_told(s, ticket);
    }
}

enum ist_status nvidia_signal(struct gpu_stream *s, const struct gpu_signal *signal,
                              uint64_t ticket)
{
    struct nv_batch b;
    bool signals = signal && signal->gpu;
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(s->nv, &scope);
    if (status != IST_OK || (!signals && !ticket))
        return status;
    nv_batch_start(s, &b);
    if (signals && !add_signal(&b, signal))
        return refuse(IST_BAD_CALL, "a stream is to signal a page that was not given to it");
    if (signals && !b.wait_count && is_idle(s)) {
        signal_at_once(s, signal, ticket);
        return IST_OK;
    }
    return submit_and_tell(s, &b, ticket, false);
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
