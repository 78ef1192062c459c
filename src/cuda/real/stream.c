/* SPDX-License-Identifier: MIT */
/*
 * The queues over a program's streams, kept by the stream's id: that never comes again, so a
 * stream which was destroyed is never taken for a new one, and its queue leaves the cache when
 * others need the room. Each shard has a lock of its own; a queue is made outside of it.
 */
#include "cuda/real/stream.h"

#include "base/gate.h"
#include "cuda/error.h"

#include <pthread.h>

#define SHARDS 16U
#define WAYS 16U
#define CAPTURE_RELAXED 2
#define CAPTURE_NONE 0

struct slot {
    struct queue *queue; /* referenced; NULL: free */
    unsigned long long context, stream;
    unsigned long long used; /* the shard's clock at the last use */
};

struct shard {
    _Alignas(64) pthread_mutex_t lock; /* guards the rest */
    unsigned long long clock;
    struct slot slots[WAYS];
};

static struct shard shards[SHARDS];
static pthread_once_t shards_once = PTHREAD_ONCE_INIT;

static void shards_start(void)
{
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_init(&shards[i].lock, NULL);
}

static struct shard *shard_of(unsigned long long stream)
{
    pthread_once(&shards_once, shards_start);
    return &shards[stream * 0x9e3779b97f4a7c15U >> 60];
}

/* The slot of this stream, or the one to be used for it: free, or not used for longest. */
static struct slot *find_locked(struct shard *shard, unsigned long long context,
                                unsigned long long stream)
{
    struct slot *oldest = &shard->slots[0];
    for (unsigned i = 0; i < WAYS; i++) {
        struct slot *slot = &shard->slots[i];
        if (slot->queue && slot->stream == stream && slot->context == context)
            return slot;
        if (!slot->queue || (oldest->queue && slot->used < oldest->used))
            oldest = slot;
    }
    return oldest;
}

static bool is_slot_of(const struct slot *slot, unsigned long long context,
                       unsigned long long stream)
{
    return slot->queue && slot->stream == stream && slot->context == context;
}

static struct queue *find(struct shard *shard, unsigned long long context,
                          unsigned long long stream)
{
    struct queue *queue = NULL;
    gate_lock(&shard->lock);
    struct slot *slot = find_locked(shard, context, stream);
    if (is_slot_of(slot, context, stream)) {
        slot->used = ++shard->clock;
        queue = queue_ref(slot->queue);
    }
    gate_unlock(&shard->lock);
    return queue;
}

/* Another thread may have been faster: then its queue is the stream's, and `made` goes. */
static struct queue *keep(struct shard *shard, unsigned long long context,
                          unsigned long long stream, struct queue *made)
{
    struct queue *left;
    gate_lock(&shard->lock);
    struct slot *slot = find_locked(shard, context, stream);
    if (is_slot_of(slot, context, stream)) {
        left = made;
    } else {
        left = slot->queue;
        *slot = (struct slot){made, context, stream, 0};
    }
    slot->used = ++shard->clock;
    struct queue *queue = queue_ref(slot->queue);
    gate_unlock(&shard->lock);
    queue_unref(left);
    return queue;
}

/* Asked in relaxed mode: a question must not end somebody's capture. */
static int ask(struct real_stream *stream)
{
    const struct real_driver *driver = stream->driver;
    int mode = CAPTURE_RELAXED, status = CAPTURE_NONE;
    int code = driver->exchange_capture_mode(&mode);
    if (code)
        return code;
    code = driver->stream_capturing(stream->native, &status);
    int back = driver->exchange_capture_mode(&mode);
    stream->captured = status != CAPTURE_NONE;
    return code ? code : back;
}

/* The device works in the primary context, where 1 and 2 are streams of that one. */
static int check_default(const struct real_stream *stream)
{
    if (stream->context.primary || (uintptr_t)stream->native > 2)
        return CUDA_SUCCESS;
    return cu_refuse(CUDA_ERROR_NOT_SUPPORTED,
                     "the default streams of a context that is not the device's primary one: "
                     "make a stream, or use the context that the runtime uses");
}

int real_stream_get(void *stream, struct real_stream *out)
{
    struct real_stream found = {.native = stream ? stream : CU_STREAM_LEGACY};
    int code = real_driver(true, &found.driver);
    if (!code)
        code = real_context_get(found.driver, &found.context);
    if (!code && !found.context.device)
        code = cu_refuse(CUDA_ERROR_INVALID_DEVICE, "the current context is on a device that "
                                                    "D3D11 does not have here");
    if (!code)
        code = check_default(&found);
    if (!code)
        code = ask(&found);
    if (!code)
        *out = found;
    return code;
}

int real_stream_queue(const struct real_stream *stream, struct queue **out)
{
    unsigned long long id;
    struct queue *made = NULL;
    int code = stream->driver->stream_id(stream->native, &id);
    if (code)
        return code;
    struct shard *shard = shard_of(id);
    *out = find(shard, stream->context.id, id);
    if (*out)
        return CUDA_SUCCESS;
    code = cu_code(queue_wrap(stream->context.device, stream->native, &made));
    if (!code)
        *out = keep(shard, stream->context.id, id, made);
    return code;
}
