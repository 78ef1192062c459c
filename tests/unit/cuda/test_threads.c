/* SPDX-License-Identifier: MIT */
/* Many threads at once on the same objects: for the sanitizers, and for what is left over. */
#include "d3d_rig.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { THREADS = 4, ROUNDS = 150 };

struct shared {
    struct d3d d;
    ID3D11Fence *fence;
    ID3D11Resource *buffer;
    HANDLE fence_nt, kmt;
    CUexternalSemaphore semaphore;
};

struct worker {
    struct shared *shared;
    unsigned index, failures;
    pthread_t thread;
};

static struct shared shared_new(void)
{
    struct shared s = {.d = d3d_new()};
    s.fence = d3d_fence(&s.d, 0);
    s.buffer = d3d_buffer(&s.d, 8192, MISC_MUTEX_KMT);
    s.fence_nt = d3d_fence_nt(s.fence, NULL);
    s.kmt = d3d_kmt(s.buffer);
    s.semaphore = import_semaphore(TYPE_FENCE, s.fence_nt);
    return s;
}

static void shared_finish(struct shared *s)
{
    OK(cudaDeviceSynchronize());
    CHECK_EQ(cuDestroyExternalSemaphore(s->semaphore), CUDA_SUCCESS);
    CHECK(CloseHandle(s->fence_nt));
    ID3D11Fence_Release(s->fence);
    ID3D11Resource_Release(s->buffer);
    d3d_finish(&s->d);
}

static void run_workers(struct shared *shared, void *(*run)(void *))
{
    struct worker workers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.shared = shared, .index = i};
        CHECK_EQ(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQ(workers[i].failures, 0);
}

static void run_all(void *(*run)(void *))
{
    struct shared shared = shared_new();
    run_workers(&shared, run);
    shared_finish(&shared);
}

/* Imports, maps, writes and ends; each thread its own byte. */
static void *import_and_map(void *user)
{
    struct worker *w = (struct worker *)user;
    for (unsigned i = 0; i < ROUNDS; i++) {
        CUexternalMemory memory = NULL;
        CUdeviceptr ptr = 0;
        memory_desc desc = memory_by(TYPE_MEMORY_KMT, w->shared->kmt, NULL, 8192);
        w->failures += cuImportExternalMemory(&memory, &desc) != CUDA_SUCCESS;
        w->failures += map_buffer(&ptr, memory, 256 * w->index, 256) != CUDA_SUCCESS;
        w->failures += cuDestroyExternalMemory(memory) != CUDA_SUCCESS;
        w->failures += cudaMemset((void *)(uintptr_t)ptr, (int)i, 256) != cudaSuccess;
        w->failures += cuMemFree(ptr) != CUDA_SUCCESS;
    }
    return NULL;
}

TEST(threads_import_and_map_the_same_memory)
{
    run_all(import_and_map);
}

/* A stream of its own, in turn with the legacy stream that all share. */
static void *use_streams(void *user)
{
    struct worker *w = (struct worker *)user;
    cudaStream_t stream = NULL;
    void *memory = NULL;
    w->failures += cudaStreamCreate(&stream) != cudaSuccess;
    w->failures += cudaMalloc(&memory, 4096) != cudaSuccess;
    for (unsigned i = 0; i < ROUNDS; i++) {
        cudaEvent_t event = NULL;
        w->failures += cudaEventCreate(&event) != cudaSuccess;
        w->failures += cudaMemsetAsync(memory, (int)i, 4096, stream) != cudaSuccess;
        w->failures += cudaEventRecord(event, stream) != cudaSuccess;
        w->failures += cudaStreamWaitEvent(NULL, event, 0) != cudaSuccess;
        w->failures += cudaMemsetAsync(memory, (int)i + 1, 4096, NULL) != cudaSuccess;
        w->failures += cudaStreamWaitEvent(stream, event, 0) != cudaSuccess;
        w->failures += cudaEventDestroy(event) != cudaSuccess;
    }
    w->failures += cudaFree(memory) != cudaSuccess;
    w->failures += cudaStreamDestroy(stream) != cudaSuccess;
    return NULL;
}

TEST(threads_share_the_legacy_stream)
{
    run_all(use_streams);
}

/* Signals grow, so that every wait ends whoever comes first. */
static void *signal_and_wait(void *user)
{
    struct worker *w = (struct worker *)user;
    cudaStream_t stream = NULL;
    w->failures += cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) != cudaSuccess;
    for (unsigned i = 1; i <= ROUNDS; i++) {
        CUexternalSemaphore mine = NULL;
        semaphore_desc desc = semaphore_by(TYPE_FENCE, w->shared->fence_nt, NULL);
        w->failures += cuImportExternalSemaphore(&mine, &desc) != CUDA_SUCCESS;
        w->failures += signal_value(mine, i, stream) != CUDA_SUCCESS;
        w->failures += wait_value(w->shared->semaphore, i, 0, stream) != CUDA_SUCCESS;
        w->failures += cuDestroyExternalSemaphore(mine) != CUDA_SUCCESS;
    }
    w->failures += signal_value(w->shared->semaphore, ROUNDS, stream) != CUDA_SUCCESS;
    w->failures += cudaStreamSynchronize(stream) != cudaSuccess;
    w->failures += cudaStreamDestroy(stream) != cudaSuccess;
    return NULL;
}

TEST(threads_signal_and_wait_for_one_fence)
{
    run_all(signal_and_wait);
}

/* The byte is guarded by nothing but the mutex. */
static void *take_turns(void *user)
{
    struct worker *w = (struct worker *)user;
    CUexternalMemory memory = NULL;
    CUexternalSemaphore mutex = NULL;
    CUdeviceptr ptr = 0;
    cudaStream_t stream = NULL;
    memory_desc memory_by_kmt = memory_by(TYPE_MEMORY_KMT, w->shared->kmt, NULL, 8192);
    semaphore_desc mutex_by_kmt = semaphore_by(TYPE_MUTEX_KMT, w->shared->kmt, NULL);
    w->failures += cuImportExternalMemory(&memory, &memory_by_kmt) != CUDA_SUCCESS;
    w->failures += cuImportExternalSemaphore(&mutex, &mutex_by_kmt) != CUDA_SUCCESS;
    w->failures += map_buffer(&ptr, memory, 0, 4) != CUDA_SUCCESS;
    w->failures += cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) != cudaSuccess;
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned count = 0;
        w->failures += wait_value(mutex, 0, FOR_EVER, stream) != CUDA_SUCCESS;
        w->failures += cudaMemcpyAsync(&count, (void *)(uintptr_t)ptr, 4,
                                       cudaMemcpyDeviceToHost, stream) != cudaSuccess;
        w->failures += cudaStreamSynchronize(stream) != cudaSuccess;
        count++;
        w->failures += cudaMemcpyAsync((void *)(uintptr_t)ptr, &count, 4,
                                       cudaMemcpyHostToDevice, stream) != cudaSuccess;
        w->failures += signal_value(mutex, 0, stream) != CUDA_SUCCESS;
    }
    w->failures += cudaStreamSynchronize(stream) != cudaSuccess;
    w->failures += cuMemFree(ptr) != CUDA_SUCCESS;
    w->failures += cuDestroyExternalSemaphore(mutex) != CUDA_SUCCESS;
    w->failures += cuDestroyExternalMemory(memory) != CUDA_SUCCESS;
    w->failures += cudaStreamDestroy(stream) != cudaSuccess;
    return NULL;
}

TEST(threads_count_under_a_keyed_mutex)
{
    struct shared shared = shared_new();
    unsigned count = 0;
    CUdeviceptr ptr = 0;
    run_workers(&shared, take_turns);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_KMT, shared.kmt, 8192);
    CHECK_EQ(map_buffer(&ptr, memory, 0, 4), CUDA_SUCCESS);
    OK(cudaMemcpy(&count, (void *)(uintptr_t)ptr, 4, cudaMemcpyDeviceToHost));
    CHECK_EQ(count, THREADS * ROUNDS);
    CHECK_EQ(cuMemFree(ptr), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    shared_finish(&shared);
}

/* What one thread asks for while another ends it: the handle goes round by this. */
struct ending {
    _Atomic(void *) mipmapped; /* NULL: wait; the asker takes it */
    atomic_bool over;
};

static void *ask_for_levels(void *arg)
{
    struct ending *e = arg;
    while (!atomic_load(&e->over)) {
        CUmipmappedArray m = atomic_exchange(&e->mipmapped, NULL);
        CUarray level;
        if (m)
            (void)cuMipmappedArrayGetLevel(&level, m, 0); /* 0 or 400, as it happens */
        else
            sched_yield();
    }
    return NULL;
}

/* A round is a time slice of all others on a busy CPU: five seconds of them are enough. */
static bool goes_on(unsigned round, int64_t start)
{
    return round < 1000 || rig_now_ms() - start < 5000;
}

TEST(a_level_that_is_asked_for_during_the_end_is_not_left_over)
{
    struct cudaExtent extent = {16, 16, 0};
    struct cudaChannelFormatDesc format = {8, 8, 8, 8, cudaChannelFormatKindUnsigned};
    struct ending e = {.over = false};
    pthread_t asker;
    CHECK_EQ(pthread_create(&asker, NULL, ask_for_levels, &e), 0);
    int64_t start = rig_now_ms();
    for (unsigned i = 0; i < 20000 && goes_on(i, start); i++) {
        cudaMipmappedArray_t m;
        OK(cudaMallocMipmappedArray(&m, &format, extent, 1, 0));
        atomic_store(&e.mipmapped, m);
        while (atomic_load(&e.mipmapped))
            sched_yield(); /* on one CPU a spin would cost a time slice a round */
        OK(cudaFreeMipmappedArray(m));
    }
    atomic_store(&e.over, true);
    pthread_join(asker, NULL);
    CHECK_EQ(core_live_count(), 0);
}
