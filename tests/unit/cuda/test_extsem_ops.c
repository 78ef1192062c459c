/* SPDX-License-Identifier: MIT */
/* Signals and waits in streams: fences and keyed mutexes between CUDA and D3D11. */
#include "d3d_rig.h"

#include <pthread.h>

struct fenced {
    struct d3d d;
    ID3D11Fence *fence;
    CUexternalSemaphore semaphore;
    cudaStream_t stream;
};

static struct fenced fenced_new(UINT64 value)
{
    struct fenced f = {.d = d3d_new()};
    f.fence = d3d_fence(&f.d, value);
    f.semaphore = import_fence(f.fence);
    f.stream = rig_stream(cudaStreamNonBlocking);
    return f;
}

static void fenced_finish(struct fenced *f)
{
    rig_stream_end(f->stream);
    CHECK_EQ(cuDestroyExternalSemaphore(f->semaphore), CUDA_SUCCESS);
    CHECK_EQ(ID3D11Fence_Release(f->fence), 0);
    d3d_finish(&f->d);
}

/* ---- what is checked before anything is done ---- */

TEST(arrays_and_counts_are_checked)
{
    struct fenced f = fenced_new(0);
    signal_params signal;
    wait_params wait;
    memset(&signal, 0, sizeof(signal));
    memset(&wait, 0, sizeof(wait));
    CUstream stream = (CUstream)f.stream;
    CHECK_EQ(cuSignalExternalSemaphoresAsync(&f.semaphore, &signal, 0, stream),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuSignalExternalSemaphoresAsync(NULL, &signal, 1, stream),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuSignalExternalSemaphoresAsync(&f.semaphore, NULL, 1, stream),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(&f.semaphore, &wait, 0, stream),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(NULL, &wait, 1, stream), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(&f.semaphore, NULL, 1, stream),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(&f.semaphore, &wait, 1, (CUstream)(void *)&wait),
             CUDA_ERROR_INVALID_HANDLE);
    signal.flags = 1;
    CHECK_EQ(cuSignalExternalSemaphoresAsync(&f.semaphore, &signal, 1, stream),
             CUDA_ERROR_INVALID_VALUE);
    wait.flags = 2;
    REFUSED(cuWaitExternalSemaphoresAsync(&f.semaphore, &wait, 1, stream),
            CUDA_ERROR_INVALID_VALUE, "flags 0x2");
    fenced_finish(&f);
}

/* Where NVIDIA's driver crashes. */
TEST(a_dead_semaphore_in_the_array_stops_the_whole_call)
{
    struct fenced f = fenced_new(0);
    signal_params signals[2];
    wait_params waits[2];
    memset(signals, 0, sizeof(signals));
    memset(waits, 0, sizeof(waits));
    signals[0].params.fence.value = 5;
    waits[0].params.fence.value = 100;
    CUexternalSemaphore ended = import_fence(f.fence);
    CHECK_EQ(cuDestroyExternalSemaphore(ended), CUDA_SUCCESS);
    CUexternalSemaphore bad[2] = {NULL, ended};
    for (unsigned i = 0; i < 2; i++) {
        CUexternalSemaphore both[2] = {f.semaphore, bad[i]};
        CHECK_EQ(cuSignalExternalSemaphoresAsync(both, signals, 2, (CUstream)f.stream),
                 CUDA_ERROR_INVALID_HANDLE);
        CHECK_EQ(cuWaitExternalSemaphoresAsync(both, waits, 2, (CUstream)f.stream),
                 CUDA_ERROR_INVALID_HANDLE);
    }
    OK(cudaStreamQuery(f.stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence), 0);
    signals[1].flags = 4;
    CUexternalSemaphore twice[2] = {f.semaphore, f.semaphore};
    CHECK_EQ(cuSignalExternalSemaphoresAsync(twice, signals, 2, (CUstream)f.stream),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence), 0);
    fenced_finish(&f);
}

TEST(the_arrays_are_read_by_the_call)
{
    enum { MANY = 40 };
    struct fenced f = fenced_new(0);
    struct gate gate;
    CUexternalSemaphore semaphores[MANY];
    signal_params signals[MANY];
    memset(signals, 0, sizeof(signals));
    for (unsigned i = 0; i < MANY; i++) {
        semaphores[i] = f.semaphore;
        signals[i].params.fence.value = i + 1;
    }
    gate_close(&gate, f.stream);
    CHECK_EQ(cuSignalExternalSemaphoresAsync(semaphores, signals, MANY, (CUstream)f.stream),
             CUDA_SUCCESS);
    memset(semaphores, 0xee, sizeof(semaphores));
    memset(signals, 0xee, sizeof(signals));
    gate_open(&gate);
    OK(cudaStreamSynchronize(f.stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence), MANY);
    fenced_finish(&f);
}

/* ---- fences ---- */

/* G17 */
TEST(a_signal_comes_in_stream_order_and_releases_d3d11)
{
    struct fenced f = fenced_new(0);
    struct gate gate;
    gate_close(&gate, f.stream);
    CHECK_EQ(signal_value(f.semaphore, 5, f.stream), CUDA_SUCCESS);
    CHECK_EQ(ID3D11DeviceContext4_Wait(f.d.context4, f.fence, 5), S_OK);
    d3d_signal(&f.d, f.fence, 6); /* behind the wait */
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence), 0);
    gate_open(&gate);
    CHECK_EQ(wait_value(f.semaphore, 6, 0, f.stream), CUDA_SUCCESS);
    OK(cudaStreamSynchronize(f.stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence), 6);
    fenced_finish(&f);
}

/* G16 and a wait that stands before its signal. */
TEST(a_wait_parks_the_stream_and_not_the_caller)
{
    struct fenced f = fenced_new(0);
    unsigned char *memory = rig_malloc(16), seen = 9;
    cudaStream_t other = rig_stream(cudaStreamNonBlocking);
    CHECK_EQ(wait_value(f.semaphore, 4, 0, f.stream), CUDA_SUCCESS);
    OK(cudaMemsetAsync(memory, 1, 16, f.stream));
    rig_sleep_ms(5);
    CHECK_EQ(cudaStreamQuery(f.stream), cudaErrorNotReady);
    OK(cudaMemcpyAsync(&seen, memory, 1, cudaMemcpyDeviceToHost, other));
    OK(cudaStreamSynchronize(other));
    CHECK_EQ(seen, 0);
    d3d_signal(&f.d, f.fence, 3);
    rig_sleep_ms(5);
    CHECK_EQ(cudaStreamQuery(f.stream), cudaErrorNotReady);
    d3d_signal(&f.d, f.fence, 4);
    OK(cudaStreamSynchronize(f.stream));
    OK(cudaMemcpy(&seen, memory, 1, cudaMemcpyDeviceToHost));
    CHECK_EQ(seen, 1);
    OK(cudaFree(memory));
    OK(cudaStreamDestroy(other));
    fenced_finish(&f);
}

TEST(a_value_is_set_and_may_go_down)
{
    struct fenced f = fenced_new(100);
    CHECK_EQ(wait_value(f.semaphore, 7, 0, f.stream), CUDA_SUCCESS);
    OK(cudaStreamSynchronize(f.stream));
    CHECK_EQ(signal_value(f.semaphore, 5, f.stream), CUDA_SUCCESS);
    OK(cudaStreamSynchronize(f.stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence), 5);
    CHECK_EQ(wait_value(f.semaphore, 7, 0, f.stream), CUDA_SUCCESS);
    rig_sleep_ms(5);
    CHECK_EQ(cudaStreamQuery(f.stream), cudaErrorNotReady);
    d3d_signal(&f.d, f.fence, UINT64_MAX - 1);
    fenced_finish(&f);
}

/* Each stream takes its turn after the one before; the last one is submitted first. */
TEST(ten_streams_share_a_fence)
{
    enum { STREAMS = 10 };
    struct fenced f = fenced_new(0);
    cudaStream_t streams[STREAMS];
    unsigned char *memory = rig_malloc(1), seen = 0xff;
    for (unsigned turn = STREAMS; turn-- > 0;) {
        streams[turn] = rig_stream(cudaStreamNonBlocking);
        CHECK_EQ(wait_value(f.semaphore, turn + 1, 0, streams[turn]), CUDA_SUCCESS);
        OK(cudaMemsetAsync(memory, (int)turn, 1, streams[turn]));
        CHECK_EQ(signal_value(f.semaphore, turn + 2, streams[turn]), CUDA_SUCCESS);
    }
    CHECK_EQ(wait_value(f.semaphore, STREAMS + 1, 0, f.stream), CUDA_SUCCESS);
    OK(cudaMemcpyAsync(&seen, memory, 1, cudaMemcpyDeviceToHost, f.stream));
    d3d_signal(&f.d, f.fence, 1);
    OK(cudaStreamSynchronize(f.stream));
    CHECK_EQ(seen, STREAMS - 1);
    for (unsigned i = 0; i < STREAMS; i++)
        rig_stream_end(streams[i]);
    OK(cudaFree(memory));
    fenced_finish(&f);
}

TEST(a_hundred_streams_wait_for_one_value)
{
    enum { STREAMS = 100 };
    struct fenced f = fenced_new(0);
    cudaStream_t streams[STREAMS];
    for (unsigned i = 0; i < STREAMS; i++) {
        streams[i] = rig_stream(cudaStreamNonBlocking);
        CHECK_EQ(wait_value(f.semaphore, 1, 0, streams[i]), CUDA_SUCCESS);
    }
    for (unsigned i = 0; i < STREAMS; i++)
        CHECK_EQ(cudaStreamQuery(streams[i]), cudaErrorNotReady);
    d3d_signal(&f.d, f.fence, 1);
    for (unsigned i = 0; i < STREAMS; i++)
        rig_stream_end(streams[i]);
    fenced_finish(&f);
}

TEST(the_last_owner_s_end_ends_the_wait)
{
    struct fenced f = fenced_new(0);
    cudaStream_t stream = f.stream;
    CHECK_EQ(wait_value(f.semaphore, 1, 0, stream), CUDA_SUCCESS);
    CHECK_EQ(ID3D11Fence_Release(f.fence), 0);
    CHECK_EQ(cudaStreamQuery(stream), cudaErrorNotReady);
    CHECK_EQ(cuDestroyExternalSemaphore(f.semaphore), CUDA_SUCCESS);
    rig_stream_end(stream);
    d3d_finish(&f.d);
}

TEST(the_legacy_stream_waits_like_any_other)
{
    struct fenced f = fenced_new(0);
    cudaStream_t blocking = rig_stream(0);
    CHECK_EQ(wait_value(f.semaphore, 1, 0, NULL), CUDA_SUCCESS);
    OK(cudaMemsetAsync(NULL, 0, 0, blocking));
    CHECK_EQ(signal_value(f.semaphore, 2, blocking), CUDA_SUCCESS);
    CHECK_EQ(cudaStreamQuery(blocking), cudaErrorNotReady);
    CHECK_EQ(cudaStreamQuery(f.stream), cudaSuccess);
    d3d_signal(&f.d, f.fence, 1);
    OK(cudaDeviceSynchronize());
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence), 2);
    OK(cudaStreamDestroy(blocking));
    fenced_finish(&f);
}

TEST(the_ptsz_names_use_the_thread_s_own_stream)
{
    struct fenced f = fenced_new(0);
    CUresult (*wait)(const CUexternalSemaphore *, const wait_params *, unsigned, CUstream);
    extern CUresult cuWaitExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *,
                                                       const wait_params *, unsigned, CUstream);
    wait_params params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = 1;
    wait = cuWaitExternalSemaphoresAsync_ptsz;
    CHECK_EQ(wait(&f.semaphore, &params, 1, NULL), CUDA_SUCCESS);
    CHECK_EQ(cudaStreamQuery(cudaStreamPerThread), cudaErrorNotReady);
    d3d_signal(&f.d, f.fence, 1);
    OK(cudaStreamSynchronize(cudaStreamPerThread));
    fenced_finish(&f);
}

/* ---- keyed mutexes ---- */

struct locked {
    struct d3d d;
    ID3D11Resource *buffer;
    IDXGIKeyedMutex *mutex;
    CUexternalMemory memory;
    CUexternalSemaphore semaphore;
    CUdeviceptr ptr;
    cudaStream_t stream;
};

static struct locked locked_new(void)
{
    struct locked l = {.d = d3d_new()};
    l.buffer = d3d_buffer(&l.d, 256, MISC_MUTEX_KMT);
    l.mutex = d3d_mutex(l.buffer);
    HANDLE kmt = d3d_kmt(l.buffer);
    l.memory = import_memory(TYPE_MEMORY_KMT, kmt, 256);
    l.semaphore = import_semaphore(TYPE_MUTEX_KMT, kmt);
    CHECK_EQ(map_buffer(&l.ptr, l.memory, 0, 256), CUDA_SUCCESS);
    l.stream = rig_stream(cudaStreamNonBlocking);
    return l;
}

static void locked_finish(struct locked *l)
{
    rig_stream_end(l->stream);
    CHECK_EQ(cuMemFree(l->ptr), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(l->memory), CUDA_SUCCESS);
    if (l->semaphore)
        CHECK_EQ(cuDestroyExternalSemaphore(l->semaphore), CUDA_SUCCESS);
    IDXGIKeyedMutex_Release(l->mutex);
    ID3D11Resource_Release(l->buffer);
    d3d_finish(&l->d);
}

/* G12: each side adds one, a thousand times in turn. */
static void add_one(void *user)
{
    ++*(volatile unsigned *)user;
}

static unsigned d3d_add_one(struct locked *l, ID3D11Resource *staging)
{
    D3D11_MAPPED_SUBRESOURCE mapped;
    unsigned value;
    ID3D11DeviceContext_CopyResource(l->d.context, staging, l->buffer);
    CHECK_EQ(ID3D11DeviceContext_Map(l->d.context, staging, 0, D3D11_MAP_READ_WRITE, 0,
                                     &mapped),
             S_OK);
    value = ++*(unsigned *)mapped.pData;
    ID3D11DeviceContext_Unmap(l->d.context, staging, 0);
    ID3D11DeviceContext_CopyResource(l->d.context, l->buffer, staging);
    return value;
}

TEST(both_sides_take_turns_a_thousand_times)
{
    struct locked l = locked_new();
    D3D11_BUFFER_DESC desc = {.ByteWidth = 256,
                              .Usage = D3D11_USAGE_STAGING,
                              .CPUAccessFlags = D3D11_CPU_ACCESS_READ | D3D11_CPU_ACCESS_WRITE};
    ID3D11Buffer *staging = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(l.d.device, &desc, NULL, &staging), S_OK);
    for (unsigned k = 0; k < 2000; k += 2) {
        CHECK_EQ(wait_value(l.semaphore, k, FOR_EVER, l.stream), CUDA_SUCCESS);
        OK(cudaLaunchHostFunc(l.stream, add_one, (void *)(uintptr_t)l.ptr));
        CHECK_EQ(signal_value(l.semaphore, k + 1, l.stream), CUDA_SUCCESS);
        CHECK_EQ(IDXGIKeyedMutex_AcquireSync(l.mutex, k + 1, INFINITE), S_OK);
        CHECK_EQ(d3d_add_one(&l, (ID3D11Resource *)staging), k + 2);
        CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(l.mutex, k + 2), S_OK);
    }
    ID3D11Buffer_Release(staging);
    locked_finish(&l);
}

/* G13 */
TEST(a_wait_for_a_held_mutex_times_out_and_changes_nothing)
{
    struct locked l = locked_new();
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    int64_t start = rig_now_ms();
    CHECK_EQ(wait_value(l.semaphore, 1, 50, l.stream), CUDA_ERROR_TIMEOUT);
    int64_t took = rig_now_ms() - start;
    CHECK(took >= 49 && took < 30000); /* not 50 s, on any load */
    CHECK_EQ(wait_value(l.semaphore, 1, 0, l.stream), CUDA_ERROR_TIMEOUT);
    CHECK_EQ(cudaStreamQuery(l.stream), cudaSuccess);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(l.mutex, 1), S_OK);
    CHECK_EQ(wait_value(l.semaphore, 0, 0, l.stream), CUDA_ERROR_TIMEOUT);
    CHECK_EQ(wait_value(l.semaphore, 1, 0, l.stream), CUDA_SUCCESS);
    CHECK_EQ(signal_value(l.semaphore, 2, l.stream), CUDA_SUCCESS);
    locked_finish(&l);
}

static void *release_later(void *user)
{
    struct locked *l = (struct locked *)user;
    rig_sleep_ms(30);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(l->mutex, 8), S_OK);
    return NULL;
}

/* G14 */
TEST(a_wait_for_ever_ends_with_the_release)
{
    struct locked l = locked_new();
    pthread_t thread;
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    CHECK_EQ(pthread_create(&thread, NULL, release_later, &l), 0);
    CHECK_EQ(wait_value(l.semaphore, 8, FOR_EVER, l.stream), CUDA_SUCCESS);
    pthread_join(thread, NULL);
    CHECK_EQ(signal_value(l.semaphore, 0, l.stream), CUDA_SUCCESS);
    locked_finish(&l);
}

/* G15 */
TEST(a_semaphore_destroyed_while_it_owns_abandons_the_mutex)
{
    struct locked l = locked_new();
    CUexternalSemaphore other = import_semaphore(TYPE_MUTEX_KMT, d3d_kmt(l.buffer));
    CHECK_EQ(wait_value(l.semaphore, 0, 0, l.stream), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(l.semaphore), CUDA_SUCCESS);
    l.semaphore = NULL;
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, INFINITE), WAIT_ABANDONED);
    REFUSED(wait_value(other, 0, FOR_EVER, l.stream), CUDA_ERROR_OPERATING_SYSTEM, "abandoned");
    CHECK_EQ(cuDestroyExternalSemaphore(other), CUDA_SUCCESS);
    locked_finish(&l);
}

TEST(a_mutex_is_not_recursive_and_only_its_owner_releases)
{
    struct locked l = locked_new();
    CUexternalSemaphore other = import_semaphore(TYPE_MUTEX_KMT, d3d_kmt(l.buffer));
    REFUSED(signal_value(l.semaphore, 1, l.stream), CUDA_ERROR_INVALID_HANDLE, "not held");
    CHECK_EQ(wait_value(l.semaphore, 0, 0, l.stream), CUDA_SUCCESS);
    CHECK_EQ(wait_value(l.semaphore, 0, 0, l.stream), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(signal_value(other, 1, l.stream), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(wait_value(other, 0, 10, l.stream), CUDA_ERROR_TIMEOUT);
    CHECK_EQ(signal_value(l.semaphore, 1, l.stream), CUDA_SUCCESS);
    CHECK_EQ(wait_value(other, 1, 0, l.stream), CUDA_SUCCESS);
    CHECK_EQ(signal_value(other, 0, l.stream), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(other), CUDA_SUCCESS);
    locked_finish(&l);
}

/* Ownership passes at the call, order through the stream: the next owner's work comes later. */
TEST(a_release_passes_order_after_the_work_of_the_stream)
{
    struct locked l = locked_new();
    struct gate gate;
    unsigned char seen = 0;
    cudaStream_t other = rig_stream(cudaStreamNonBlocking);
    CUexternalSemaphore second = import_semaphore(TYPE_MUTEX_KMT, d3d_kmt(l.buffer));
    CHECK_EQ(wait_value(l.semaphore, 0, 0, l.stream), CUDA_SUCCESS);
    gate_close(&gate, l.stream);
    OK(cudaMemsetAsync((void *)(uintptr_t)l.ptr, 0x61, 256, l.stream));
    CHECK_EQ(signal_value(l.semaphore, 1, l.stream), CUDA_SUCCESS);
    CHECK_EQ(wait_value(second, 1, 1000, other), CUDA_SUCCESS);
    OK(cudaMemcpyAsync(&seen, (void *)(uintptr_t)l.ptr, 1, cudaMemcpyDeviceToHost, other));
    rig_sleep_ms(5);
    CHECK_EQ(cudaStreamQuery(other), cudaErrorNotReady);
    gate_open(&gate);
    OK(cudaStreamSynchronize(other));
    CHECK_EQ(seen, 0x61);
    CHECK_EQ(signal_value(second, 0, other), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(second), CUDA_SUCCESS);
    rig_stream_end(other);
    locked_finish(&l);
}

/* Two mutexes and a fence in one call: the second mutex is held, so nothing happens at all. */
TEST(a_timeout_takes_back_the_whole_call)
{
    struct locked a = locked_new(), b = locked_new();
    ID3D11Fence *fence = d3d_fence(&a.d, 0);
    CUexternalSemaphore set[3] = {import_fence(fence), a.semaphore, b.semaphore};
    wait_params waits[3];
    memset(waits, 0, sizeof(waits));
    waits[0].params.fence.value = 1;
    waits[1].params.keyedMutex.timeoutMs = 20;
    waits[2].params.keyedMutex.timeoutMs = 20;
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(b.mutex, 0, 0), S_OK);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(set, waits, 3, (CUstream)a.stream),
             CUDA_ERROR_TIMEOUT);
    CHECK_EQ(cudaStreamQuery(a.stream), cudaSuccess);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(a.mutex, 0, 0), S_OK); /* free, with its old key */
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(a.mutex, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(b.mutex, 0), S_OK);

    CHECK_EQ(cuWaitExternalSemaphoresAsync(set, waits, 3, (CUstream)a.stream), CUDA_SUCCESS);
    CHECK_EQ(cudaStreamQuery(a.stream), cudaErrorNotReady);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(a.mutex, 0, 0), WAIT_TIMEOUT);
    d3d_signal(&a.d, fence, 1);
    signal_params signals[3];
    memset(signals, 0, sizeof(signals));
    signals[0].params.fence.value = 2;
    CHECK_EQ(cuSignalExternalSemaphoresAsync(set, signals, 3, (CUstream)a.stream),
             CUDA_SUCCESS);
    OK(cudaStreamSynchronize(a.stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 2);
    CHECK_EQ(cuDestroyExternalSemaphore(set[0]), CUDA_SUCCESS);
    ID3D11Fence_Release(fence);
    locked_finish(&a);
    locked_finish(&b);
}

TEST(the_same_mutex_twice_in_one_call_is_refused_and_undone)
{
    struct locked l = locked_new();
    CUexternalSemaphore twice[2] = {l.semaphore, l.semaphore};
    wait_params waits[2];
    signal_params signals[2];
    memset(waits, 0, sizeof(waits));
    memset(signals, 0, sizeof(signals));
    CHECK_EQ(cuWaitExternalSemaphoresAsync(twice, waits, 2, (CUstream)l.stream),
             CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(l.mutex, 0), S_OK);
    CHECK_EQ(wait_value(l.semaphore, 0, 0, l.stream), CUDA_SUCCESS);
    REFUSED(cuSignalExternalSemaphoresAsync(twice, signals, 2, (CUstream)l.stream),
            CUDA_ERROR_INVALID_HANDLE, "the same keyed mutex");
    CHECK_EQ(signal_value(l.semaphore, 0, l.stream), CUDA_SUCCESS);
    locked_finish(&l);
}

struct forbidden {
    CUexternalSemaphore semaphore;
    CUresult wait, signal;
};

static void call_from_host_function(void *user)
{
    struct forbidden *f = (struct forbidden *)user;
    f->wait = wait_value(f->semaphore, 0, 0, NULL);
    f->signal = signal_value(f->semaphore, 1, NULL);
}

TEST(host_functions_may_not_signal_or_wait)
{
    struct fenced f = fenced_new(0);
    struct forbidden calls = {.semaphore = f.semaphore};
    OK(cudaLaunchHostFunc(f.stream, call_from_host_function, &calls));
    OK(cudaStreamSynchronize(f.stream));
    CHECK_EQ(calls.wait, CUDA_ERROR_NOT_PERMITTED);
    CHECK_EQ(calls.signal, CUDA_ERROR_NOT_PERMITTED);
    fenced_finish(&f);
}
