/* SPDX-License-Identifier: MIT */
/*
 * The consumer: imports into CUDA what the producer offers, checks its bytes and writes its
 * own. It learns nothing but the offer.
 */
#include "demo/check.h"
#include "demo/mapping.h"
#include "demo/pair.h"
#include "demo/pattern.h"
#include "report.h"

#include <string.h>
#include <sys/socket.h>

#define PATIENCE_MS 20000u

struct consumer {
    struct rig *rig;
    int socket;
    struct pair_offer offer;
    struct mapping mapping;
    cudaExternalSemaphore_t semaphore;
    unsigned char *out; /* page-locked: what the stream copies from and to */
    unsigned char *in;
    unsigned char wanted[PAIR_BYTES];
};

/* All handles are ours: closed as soon as the imports hold the objects. */
static bool open_offer(struct consumer *c)
{
    bool ok = mapping_open(&c->offer.memory, &pair_kind, &c->mapping);
    if (ok && c->offer.what == PAIR_FENCE)
        ok = import_fence(&c->offer.sync, &c->semaphore);
    if (ok && c->offer.what == PAIR_MUTEX)
        ok = import_keyed_mutex(&c->offer.memory, &c->semaphore);
    if (c->offer.memory.by == SHARE_BY_NT_HANDLE)
        ok = share_close(&c->offer.memory) && ok;
    if (c->offer.sync.by == SHARE_BY_NT_HANDLE)
        ok = share_close(&c->offer.sync) && ok;
    return ok;
}

static bool finish(struct consumer *c)
{
    bool ok = CUDA(cudaStreamSynchronize(c->rig->stream));
    ok = mapping_close(&c->mapping) && ok;
    return (!c->semaphore || CUDA(cudaDestroyExternalSemaphore(c->semaphore))) && ok;
}

/* In the order of the stream: the producer's bytes out, ours in. */
static bool queue_copies(struct consumer *c)
{
    cudaStream_t stream = c->rig->stream;
    pattern_fill(c->out, PAIR_BYTES, c->offer.seed + 1);
    return CUDA(cudaMemcpyAsync(c->in, c->mapping.pointer, PAIR_BYTES, cudaMemcpyDeviceToHost,
                                stream)) &&
           CUDA(cudaMemcpyAsync(c->mapping.pointer, c->out, PAIR_BYTES, cudaMemcpyHostToDevice,
                                stream));
}

static bool check_bytes(struct consumer *c)
{
    if (!CUDA(cudaStreamSynchronize(c->rig->stream)))
        return false;
    pattern_fill(c->wanted, PAIR_BYTES, c->offer.seed);
    return pattern_same(c->in, c->wanted, PAIR_BYTES, "in two processes", "D3D11", "CUDA");
}

static bool pass_memory(struct consumer *c)
{
    if (!pair_meet(c->socket, true))
        return false;
    bool ok = queue_copies(c) && check_bytes(c);
    return pair_meet(c->socket, ok);
}

static bool pass_fence(struct consumer *c)
{
    struct cudaExternalSemaphoreWaitParams wait = {.params.fence.value = 1};
    struct cudaExternalSemaphoreSignalParams signal = {.params.fence.value = 2};
    cudaStream_t stream = c->rig->stream;
    bool ok = CUDA(cudaWaitExternalSemaphoresAsync(&c->semaphore, &wait, 1, stream)) &&
              queue_copies(c) &&
              CUDA(cudaSignalExternalSemaphoresAsync(&c->semaphore, &signal, 1, stream));
    return pair_meet(c->socket, ok) && check_bytes(c);
}

static bool pass_mutex(struct consumer *c)
{
    struct cudaExternalSemaphoreWaitParams wait = {
        .params.keyedMutex = {.key = 1, .timeoutMs = PATIENCE_MS}};
    struct cudaExternalSemaphoreSignalParams signal = {.params.keyedMutex.key = 2};
    cudaStream_t stream = c->rig->stream;
    return pair_meet(c->socket, true) &&
           CUDA(cudaWaitExternalSemaphoresAsync(&c->semaphore, &wait, 1, stream)) &&
           queue_copies(c) &&
           CUDA(cudaSignalExternalSemaphoresAsync(&c->semaphore, &signal, 1, stream)) &&
           check_bytes(c);
}

static bool pass(struct consumer *c)
{
    switch (c->offer.what) {
    case PAIR_FENCE: return pass_fence(c);
    case PAIR_MUTEX: return pass_mutex(c);
    default: return pass_memory(c);
    }
}

static bool take_one(struct consumer *c)
{
    bool ok = pair_meet(c->socket, open_offer(c));
    ok = ok && pair_meet(c->socket, pass(c));
    return finish(c) && ok;
}

/* The next offer; 0 bytes: the producer has no more. */
static bool next_offer(struct consumer *c)
{
    c->semaphore = NULL;
    return recv(c->socket, &c->offer, sizeof(c->offer), 0) == (ssize_t)sizeof(c->offer);
}

bool pair_consume(int socket)
{
    static struct consumer c;
    struct rig rig;
    c.rig = &rig;
    c.socket = socket;
    if (!rig_open(&rig))
        return false;
    bool ok = CUDA(cudaMallocHost((void **)&c.out, PAIR_BYTES)) &&
              CUDA(cudaMallocHost((void **)&c.in, PAIR_BYTES));
    while (ok && next_offer(&c))
        ok = take_one(&c);
    ok = (!c.out || CUDA(cudaFreeHost(c.out))) && ok;
    ok = (!c.in || CUDA(cudaFreeHost(c.in))) && ok;
    rig_close(&rig);
    return ok;
}
