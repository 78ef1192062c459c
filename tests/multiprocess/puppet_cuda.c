/* SPDX-License-Identifier: MIT */
/* The actor's CUDA part: imports by handle (a), KMT number (b) or name, and the stream. */
#include "puppet.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define OP(name)                                                             \
    uint32_t op_##name(struct thing *t UNUSED, const struct order *o UNUSED, \
                       struct answer *answer UNUSED)

/* The memory of a buffer, mapped. */
OP(cu_memory)
{
    WCHAR name[300];
    struct cudaExternalMemoryHandleDesc desc;
    struct cudaExternalMemoryBufferDesc buffer;
    memset(&desc, 0, sizeof(desc));
    memset(&buffer, 0, sizeof(buffer));
    desc.type = o->b ? cudaExternalMemoryHandleTypeD3D11ResourceKmt
                     : cudaExternalMemoryHandleTypeD3D11Resource;
    desc.handle.win32.handle = (void *)(uintptr_t)(o->b ? o->b : o->a);
    desc.handle.win32.name = wide(o->name, name);
    desc.size = buffer.size = ACTOR_BYTES;
    desc.flags = cudaExternalMemoryDedicated;
    cudaError_t e = cudaImportExternalMemory(&t->memory, &desc);
    if (e == cudaSuccess)
        e = cudaExternalMemoryGetMappedBuffer((void **)&t->bytes, t->memory, &buffer);
    return CUDA_CODE(e);
}

static uint32_t import_semaphore(struct thing *t, const struct order *o,
                                 enum cudaExternalSemaphoreHandleType type)
{
    WCHAR name[300];
    struct cudaExternalSemaphoreHandleDesc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = type;
    desc.handle.win32.handle = (void *)(uintptr_t)(o->b ? o->b : o->a);
    desc.handle.win32.name = wide(o->name, name);
    return CUDA_CODE(cudaImportExternalSemaphore(&t->semaphore, &desc));
}

OP(cu_fence)
{
    return import_semaphore(t, o, cudaExternalSemaphoreHandleTypeD3D11Fence);
}

OP(cu_mutex)
{
    return import_semaphore(t, o,
                            o->b ? cudaExternalSemaphoreHandleTypeKeyedMutexKmt
                                 : cudaExternalSemaphoreHandleTypeKeyedMutex);
}

/* ---- Bytes, in the order of the stream; reading waits for it ---- */

/* Pinned, so that a copy behind a wait does not hold up its caller; each copy has its own until
 * PINNED more were made, and no test has as many under way. */
static cudaError_t pinned(unsigned char **out)
{
    enum { PINNED = 512 };
    static unsigned next;
    cudaError_t e = cudaSuccess;
    if (!puppet.pinned)
        e = cudaMallocHost((void **)&puppet.pinned, (size_t)PINNED * ACTOR_BYTES);
    if (e == cudaSuccess)
        *out = puppet.pinned + (size_t)(next++ % PINNED) * ACTOR_BYTES;
    return e;
}

OP(cu_write)
{
    unsigned char *bytes;
    cudaError_t e = pinned(&bytes);
    if (e != cudaSuccess)
        return CUDA_CODE(e);
    bytes_fill(bytes, o->a);
    return CUDA_CODE(
        cudaMemcpyAsync(t->bytes, bytes, ACTOR_BYTES, cudaMemcpyHostToDevice, puppet.stream));
}

OP(cu_read)
{
    unsigned char *found;
    cudaError_t e = pinned(&found);
    if (e == cudaSuccess)
        e = cudaMemcpyAsync(found, t->bytes, ACTOR_BYTES, cudaMemcpyDeviceToHost,
                            puppet.stream);
    if (e == cudaSuccess)
        e = cudaStreamSynchronize(puppet.stream);
    int wrong = e == cudaSuccess ? bytes_differ(found, o->a) : -1;
    return wrong < 0 ? CUDA_CODE(e) : WRONG_BYTE + (unsigned)wrong;
}

/* ---- Keyed mutexes: a is the key, b the time in milliseconds ---- */

OP(cu_acquire)
{
    struct cudaExternalSemaphoreWaitParams params;
    memset(&params, 0, sizeof(params));
    params.params.keyedMutex.key = o->a;
    params.params.keyedMutex.timeoutMs = (unsigned)o->b;
    cudaError_t e = cudaWaitExternalSemaphoresAsync(&t->semaphore, &params, 1, puppet.stream);
    answer->value = now_ns();
    return CUDA_CODE(e);
}

OP(cu_release)
{
    struct cudaExternalSemaphoreSignalParams params;
    memset(&params, 0, sizeof(params));
    params.params.keyedMutex.key = o->a;
    return CUDA_CODE(
        cudaSignalExternalSemaphoresAsync(&t->semaphore, &params, 1, puppet.stream));
}

/* As op_pingpong; what is read is only known when the stream is done, so each turn waits. */
OP(cu_pingpong)
{
    for (uint64_t key = o->b; key < o->b + 2 * o->a; key += 2) {
        struct order turn = {.a = key, .b = INFINITE};
        uint32_t code = op_cu_acquire(t, &turn, answer);
        if (!code)
            code = op_cu_read(t, &turn, answer);
        turn.a = key + 1;
        if (!code)
            code = op_cu_write(t, &turn, answer);
        if (!code)
            code = op_cu_release(t, &turn, answer);
        answer->value = key;
        if (code)
            return code;
    }
    return op_cu_sync(t, o, answer);
}

/* ---- Fences: a is the value ---- */

OP(cu_signal)
{
    struct cudaExternalSemaphoreSignalParams params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = o->a;
    return CUDA_CODE(
        cudaSignalExternalSemaphoresAsync(&t->semaphore, &params, 1, puppet.stream));
}

OP(cu_wait)
{
    struct cudaExternalSemaphoreWaitParams params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = o->a;
    return CUDA_CODE(cudaWaitExternalSemaphoresAsync(&t->semaphore, &params, 1, puppet.stream));
}

/* ---- The stream ---- */

static atomic_bool held;

static void CUDART_CB stand(void *unused)
{
    (void)unused;
    while (atomic_load(&held))
        nap_ms(1);
}

/* What is queued from now on does not run until cu_let_go. */
OP(cu_hold)
{
    atomic_store(&held, true);
    return CUDA_CODE(cudaLaunchHostFunc(puppet.stream, stand, NULL));
}

OP(cu_let_go)
{
    atomic_store(&held, false);
    return 0;
}

OP(cu_sync)
{
    cudaError_t e = cudaStreamSynchronize(puppet.stream);
    answer->value = now_ns();
    return CUDA_CODE(e);
}

/* Lets go of CUDA's half only; what is queued still needs it. */
OP(cu_drop)
{
    thing_drop_cuda(t);
    return 0;
}

void thing_drop_cuda(struct thing *t)
{
    if (t->bytes)
        cudaFree(t->bytes);
    if (t->memory)
        cudaDestroyExternalMemory(t->memory);
    if (t->semaphore)
        cudaDestroyExternalSemaphore(t->semaphore);
    t->bytes = NULL;
    t->memory = NULL;
    t->semaphore = NULL;
}
