/* SPDX-License-Identifier: MIT */
/*
 * Pinned memory for bytes on their way. A stream fills a chunk from its start; when the next
 * piece does not fit, the chunk is busy until the stream has passed its last use, and another
 * is taken: one that is idle again, or a new one. So nobody ever waits for room. The stream's
 * lists belong to who submits; nv->lock guards the chunks that no stream has.
 */
#include "device/nvidia/nvidia.h"

#define CHUNK_BYTES (1UL << 20) /* small pieces share one */
#define KEEP_BYTES (64UL << 20) /* more than that is not kept for later */
#define PIECE_ALIGN 256U

struct nv_chunk {
    struct nv_grave grave;
    struct nv_chunk *next;
    unsigned char *at;
    size_t size, used;
    uint64_t last; /* the stream's count at its last use */
};

static void bury(struct nvidia *nv, struct nv_grave *grave)
{
    struct nv_chunk *chunk = container_of(grave, struct nv_chunk, grave);
    if (nv_alive(nv))
        (void)NV_CALL(nv, "the end of staging memory", host_free, chunk->at);
    free(chunk);
}

static bool is_over(const struct gpu_stream *s, const struct nv_chunk *chunk)
{
    return load_acquire(&s->words->staged) >= chunk->last;
}

static void give_back(struct nvidia *nv, struct nv_chunk *chunk)
{
    pthread_mutex_lock(&nv->lock);
    bool keep = nv->chunk_bytes + chunk->size <= KEEP_BYTES;
    if (keep) {
        chunk->next = nv->chunks;
        nv->chunks = chunk;
        nv->chunk_bytes += chunk->size;
    }
    pthread_mutex_unlock(&nv->lock);
    if (!keep)
        nv_free_later(nv, &chunk->grave);
}

/* The busy list is in order of age: behind one that is over, all are. */
static void reap(struct gpu_stream *s)
{
    struct nv_chunk **at = &s->busy, *next;
    while (*at && !is_over(s, *at))
        at = &(*at)->next;
    for (struct nv_chunk *chunk = take(at, NULL); chunk; chunk = next) {
        next = chunk->next;
        give_back(s->nv, chunk);
    }
}

static struct nv_chunk *take_idle(struct nvidia *nv, size_t bytes)
{
    pthread_mutex_lock(&nv->lock);
    struct nv_chunk **at = &nv->chunks;
    while (*at && (*at)->size < bytes)
        at = &(*at)->next;
    struct nv_chunk *chunk = *at;
    if (chunk) {
        *at = chunk->next;
        nv->chunk_bytes -= chunk->size;
    }
    pthread_mutex_unlock(&nv->lock);
    return chunk;
}

static enum ist_status make(struct nvidia *nv, size_t bytes, struct nv_chunk **out)
{
    struct nv_chunk *chunk = calloc(1, sizeof(*chunk));
    if (!chunk)
        return refuse(IST_NO_MEMORY, "no memory to describe staging memory");
    void *at;
    chunk->size = align_up(bytes, CHUNK_BYTES);
    chunk->grave.bury = bury;
    enum ist_status status = NV_CALL(nv, "staging memory", host_alloc, &at, chunk->size,
                                     NV_HOST_PORTABLE | NV_HOST_DEVICEMAP);
    if (status != IST_OK) {
        free(chunk);
        return status;
    }
    chunk->at = at;
    *out = chunk;
    return IST_OK;
}

static enum ist_status open_chunk(struct gpu_stream *s, size_t bytes)
{
    if (s->chunk) {
        s->chunk->next = s->busy;
        s->busy = take(&s->chunk, NULL);
    }
    reap(s);
    struct nv_chunk *chunk = take_idle(s->nv, bytes);
    enum ist_status status = chunk ? IST_OK : make(s->nv, bytes, &chunk);
    if (status != IST_OK)
        return status;
    chunk->used = 0;
    chunk->last = s->staged;
    chunk->next = NULL;
    s->chunk = chunk;
    return IST_OK;
}

enum ist_status nv_stage(struct gpu_stream *s, size_t bytes, unsigned char **out)
{
    struct nv_chunk *chunk = s->chunk;
    if (chunk && chunk->last <= s->staged && is_over(s, chunk))
        chunk->used = 0;
    if (!chunk || chunk->size - chunk->used < bytes) {
        enum ist_status status = open_chunk(s, bytes);
        if (status != IST_OK)
            return status;
        chunk = s->chunk;
    }
    *out = chunk->at + chunk->used;
    chunk->used = align_up(chunk->used + bytes, PIECE_ALIGN);
    chunk->last = s->staged + 1; /* over with the next nv_stage_end() */
    if (chunk->used > chunk->size)
        chunk->used = chunk->size;
    return IST_OK;
}

/* If the write fails, the memory stays busy until a later one succeeds. */
enum ist_status nv_stage_end(struct gpu_stream *s)
{
    enum ist_status status = NV_CALL(s->nv, "the end of staging", stream_write, s->cu,
                                     (uintptr_t)&s->words->staged, s->staged + 1, 0);
    if (status == IST_OK)
        s->staged++;
    return status;
}

/* A chunk that the stream may still use when it is given up goes the way of all memory. */
static void leave_chunk(struct gpu_stream *s, struct nv_chunk *chunk)
{
    if (nv_alive(s->nv) && is_over(s, chunk))
        give_back(s->nv, chunk);
    else
        nv_free_later(s->nv, &chunk->grave);
}

void nv_stage_leave(struct gpu_stream *s)
{
    struct nv_chunk *next;
    for (struct nv_chunk *chunk = take(&s->busy, NULL); chunk; chunk = next) {
        next = chunk->next;
        leave_chunk(s, chunk);
    }
    if (s->chunk)
        leave_chunk(s, take(&s->chunk, NULL));
}

void nv_stage_close(struct nvidia *nv)
{
    struct nv_chunk *next;
    for (struct nv_chunk *chunk = take(&nv->chunks, NULL); chunk; chunk = next) {
        next = chunk->next;
        bury(nv, &chunk->grave);
    }
    nv->chunk_bytes = 0;
}
