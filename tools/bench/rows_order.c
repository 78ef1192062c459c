/* SPDX-License-Identifier: MIT */
/* Keyed mutex, fences and streams. */
#include "bench/bench.h"
#include "bench/parts.h"

#include "demo/check.h"
#include "report.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Uncontended keyed mutex beside an uncontended robust mutex that processes share. */

struct locks {
    IDXGIKeyedMutex *keyed;
    pthread_mutex_t *robust;
};

static void ours_acquire(void *user, unsigned count)
{
    const struct locks *l = user;
    for (unsigned i = 0; i < count; i++)
        if (IDXGIKeyedMutex_AcquireSync(l->keyed, 0, 0) != S_OK ||
            IDXGIKeyedMutex_ReleaseSync(l->keyed, 0) != S_OK)
            fail_row("the keyed mutex was not free");
}

static void floor_robust(void *user, unsigned count)
{
    const struct locks *l = user;
    for (unsigned i = 0; i < count; i++)
        if (pthread_mutex_lock(l->robust) || pthread_mutex_unlock(l->robust))
            fail_row("the robust mutex was not free");
}

static pthread_mutex_t *robust_open(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t *mutex =
        mmap(NULL, sizeof(*mutex), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mutex == MAP_FAILED)
        fail_row("no memory for a mutex");
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(mutex, &attributes);
    return mutex;
}

bool run_acquire_release(const struct row *row, struct rig *rig, struct result *out)
{
    struct shared_buffer buffer;
    struct locks locks = {.robust = robust_open()};
    if (!shared_buffer_open(rig, D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX, (UINT)row->size,
                            &buffer))
        return false;
    bool ok = HR(ID3D11Buffer_QueryInterface(buffer.buffer, &IID_IDXGIKeyedMutex,
                                             (void **)&locks.keyed));
    if (ok) {
        measure(&(struct pair){ours_acquire, floor_robust, &locks}, out);
        IDXGIKeyedMutex_Release(locks.keyed);
    }
    shared_buffer_close(&buffer);
    munmap(locks.robust, sizeof(*locks.robust));
    return ok;
}

/* Fences. */

bool shared_fence_open(struct rig *rig, struct shared_fence *out)
{
    HANDLE handle = NULL;
    struct shared_fence f = {0};
    if (!HR(ID3D11Device5_CreateFence(rig->device, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                      (void **)&f.fence)))
        return false;
    bool ok = HR(ID3D11Fence_CreateSharedHandle(f.fence, NULL, GENERIC_ALL, NULL, &handle));
    struct cudaExternalSemaphoreHandleDesc import = {
        .type = cudaExternalSemaphoreHandleTypeD3D11Fence, .handle.win32.handle = handle};
    ok = ok && CUDA(cudaImportExternalSemaphore(&f.semaphore, &import));
    if (handle)
        CloseHandle(handle);
    *out = f;
    if (!ok)
        shared_fence_close(out);
    return ok;
}

void shared_fence_close(struct shared_fence *f)
{
    if (f->semaphore)
        (void)CUDA(cudaDestroyExternalSemaphore(f->semaphore));
    if (f->fence)
        ID3D11Fence_Release(f->fence);
    *f = (struct shared_fence){0};
}

bool shared_fence_wait(struct shared_fence *f, UINT64 value, cudaStream_t stream)
{
    struct cudaExternalSemaphoreWaitParams params = {.params.fence.value = value};
    return cudaWaitExternalSemaphoresAsync(&f->semaphore, &params, 1, stream) == cudaSuccess;
}

bool shared_fence_signal(struct shared_fence *f, UINT64 value, cudaStream_t stream)
{
    struct cudaExternalSemaphoreSignalParams params = {.params.fence.value = value};
    return cudaSignalExternalSemaphoresAsync(&f->semaphore, &params, 1, stream) == cudaSuccess;
}

/* Two words and a thread: the raw turn. Even: ours to move; odd: the other's; STOP ends it. */

#define STOP UINT32_MAX

struct turns {
    struct rig *rig;
    struct shared_fence go, done;
    _Atomic uint32_t word;
    pthread_t partner;
};

static void futex_sleep(_Atomic uint32_t *word, uint32_t expected)
{
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_rouse(_Atomic uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *partner_main(void *user)
{
    struct turns *t = user;
    for (;;) {
        uint32_t now = atomic_load(&t->word);
        if (now == STOP)
            return NULL;
        if (now % 2 == 0) {
            futex_sleep(&t->word, now);
            continue;
        }
        if (atomic_compare_exchange_strong(&t->word, &now, now + 1))
            futex_rouse(&t->word);
    }
}

/* A hand-over there and back, twice: as many as a fence there and a fence back take. */
static void floor_turns(void *user, unsigned count)
{
    struct turns *t = user;
    for (unsigned i = 0; i < 2 * count; i++) {
        uint32_t odd = atomic_load(&t->word) + 1;
        atomic_store(&t->word, odd);
        futex_rouse(&t->word);
        while (atomic_load(&t->word) == odd)
            futex_sleep(&t->word, odd);
    }
}

static void ours_turns(void *user, unsigned count)
{
    struct turns *t = user;
    for (unsigned i = 0; i < count; i++) {
        UINT64 value = ++t->go.value;
        if (!shared_fence_wait(&t->go, value, t->rig->stream) ||
            !shared_fence_signal(&t->done, value, t->rig->stream) ||
            FAILED(ID3D11DeviceContext4_Signal(t->rig->context, t->go.fence, value)) ||
            FAILED(ID3D11Fence_SetEventOnCompletion(t->done.fence, value, NULL)))
            fail_row("a fence call failed");
    }
}

static void partner_stop(struct turns *t)
{
    atomic_store(&t->word, STOP);
    futex_rouse(&t->word);
    pthread_join(t->partner, NULL);
}

bool run_fence_turn(const struct row *row, struct rig *rig, struct result *out)
{
    (void)row;
    struct turns t = {.rig = rig};
    if (!shared_fence_open(rig, &t.go) || !shared_fence_open(rig, &t.done))
        return false;
    if (row->placement == OTHER_CPU)
        (void)pin_to(1); /* new threads inherit it: the partner and the pool */
    if (pthread_create(&t.partner, NULL, partner_main, &t))
        fail_row("no thread");
    ours_turns(&t, 10);
    (void)pin_to(0);
    measure(&(struct pair){ours_turns, floor_turns, &t}, out);
    partner_stop(&t);
    shared_fence_close(&t.go);
    shared_fence_close(&t.done);
    return true;
}

/* What submitting costs while the stream stands. */

struct busy {
    struct rig *rig;
    struct shared_fence gate;
    void *memory;
};

static void ours_enqueue(void *user, unsigned count)
{
    struct busy *b = user;
    for (unsigned i = 0; i < count; i++)
        if (cudaMemsetAsync(b->memory, (int)i, 64, b->rig->stream) != cudaSuccess)
            fail_row("a memset could not be queued");
}

/* The line is emptied between samples, out of the time. */
static void drain(struct busy *b)
{
    UINT64 value = b->gate.value++;
    ID3D11DeviceContext4_Signal(b->rig->context, b->gate.fence, value);
    if (cudaStreamSynchronize(b->rig->stream) != cudaSuccess ||
        !shared_fence_wait(&b->gate, value + 1, b->rig->stream))
        fail_row("the stream does not end");
}

bool run_enqueue(const struct row *row, struct rig *rig, struct result *out)
{
    enum { SAMPLES = 101 };
    double ns[SAMPLES];
    struct busy b = {.rig = rig};
    if (!shared_fence_open(rig, &b.gate) || !CUDA(cudaMalloc(&b.memory, 64)))
        return false;
    b.gate.value = 1;
    if (!shared_fence_wait(&b.gate, 1, rig->stream))
        return false;
    for (unsigned i = 0; i < SAMPLES; i++) {
        double start = now_us();
        ours_enqueue(&b, (unsigned)row->size);
        ns[i] = (now_us() - start) * 1e3 / (double)row->size;
        drain(&b);
    }
    out->ours = figure_of(ns, SAMPLES);
    out->repetitions = SAMPLES;
    ID3D11DeviceContext4_Signal(rig->context, b.gate.fence, UINT64_MAX);
    (void)CUDA(cudaStreamSynchronize(rig->stream));
    (void)CUDA(cudaFree(b.memory));
    shared_fence_close(&b.gate);
    return true;
}

/* Many streams that one signal releases, beside as many wake-ups of a sleeping thread. */

struct many {
    struct rig *rig;
    struct shared_fence gate;
    cudaStream_t *streams;
    void *memory;
    size_t count;
    struct turns sleeper;
};

static void ours_switch(void *user, unsigned count)
{
    struct many *m = user;
    for (unsigned i = 0; i < count; i++) {
        UINT64 value = ++m->gate.value;
        for (size_t k = 0; k < m->count; k++)
            if (!shared_fence_wait(&m->gate, value, m->streams[k]) ||
                cudaMemsetAsync(m->memory, 1, 64, m->streams[k]) != cudaSuccess)
                fail_row("a stream refused a wait");
        ID3D11DeviceContext4_Signal(m->rig->context, m->gate.fence, value);
        for (size_t k = 0; k < m->count; k++)
            if (cudaStreamSynchronize(m->streams[k]) != cudaSuccess)
                fail_row("a stream did not end");
    }
}

static void floor_wakes(void *user, unsigned count)
{
    struct many *m = user;
    for (unsigned i = 0; i < count; i++)
        floor_turns(&m->sleeper, (unsigned)m->count / 2);
}

static unsigned threads_now(void)
{
    char line[128];
    unsigned threads = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Threads: %u", &threads) == 1)
            break;
    if (file)
        fclose(file);
    return threads;
}

static bool streams_open(struct many *m)
{
    m->streams = calloc(m->count, sizeof(cudaStream_t));
    for (size_t i = 0; m->streams && i < m->count; i++)
        if (!CUDA(cudaStreamCreateWithFlags(&m->streams[i], cudaStreamNonBlocking)))
            return false;
    return m->streams && CUDA(cudaMalloc(&m->memory, 64));
}

bool run_stream_switch(const struct row *row, struct rig *rig, struct result *out)
{
    struct many m = {.rig = rig, .count = row->size};
    if (!shared_fence_open(rig, &m.gate) || !streams_open(&m))
        return false;
    if (pthread_create(&m.sleeper.partner, NULL, partner_main, &m.sleeper))
        fail_row("no thread");
    measure(&(struct pair){ours_switch, floor_wakes, &m}, out);
    snprintf(out->note, sizeof(out->note), "%u threads in the process, of them 2 the bench's",
             threads_now());
    partner_stop(&m.sleeper);
    for (size_t i = 0; i < m.count; i++)
        (void)CUDA(cudaStreamDestroy(m.streams[i]));
    free(m.streams);
    (void)CUDA(cudaFree(m.memory));
    shared_fence_close(&m.gate);
    return true;
}
