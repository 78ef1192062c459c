/* SPDX-License-Identifier: MIT */
/*
 * K: keyed mutexes from CUDA's side, to the letter of section 5.3: an acquire blocks the
 * calling thread, a timeout enqueues nothing and takes back what the same call acquired.
 */
#include "group_g.h"

#include "probe.h"

#define KEY_64 0x100000001ULL
#define BUSY cudaErrorTimeout

/* Hands the mutex on with a key, by D3D11. */
static void set_key(const struct locked *l, UINT64 now, UINT64 next)
{
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l->mutex, now, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l->mutex, next), S_OK);
}

CASE(K20, cuda_keys_have_64_bits, D, "CUDA waits and signals with all 64 bits of a key")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    EXPECT_CUDA(cuda_wait(l.semaphore, 1ULL << 32, 0, l.stream), BUSY);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(l.semaphore, KEY_64, l.stream), cudaSuccess);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 1, 0), WAIT_TIMEOUT);
    set_key(&l, KEY_64, UINT64_MAX);
    EXPECT_CUDA(cuda_wait(l.semaphore, UINT32_MAX, 0, l.stream), BUSY);
    EXPECT_CUDA(cuda_wait(l.semaphore, UINT64_MAX, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(l.semaphore, 0, l.stream), cudaSuccess);
    locked_close(&l);
}

struct cuda_acquirer {
    struct thread thread;
    cudaExternalSemaphore_t semaphore;
    unsigned long long key;
    cudaStream_t stream;
    cudaError_t code;
    HANDLE done;
};

static void acquire(void *user)
{
    struct cuda_acquirer *q = user;
    q->code = cuda_wait(q->semaphore, q->key, FOR_EVER, q->stream);
    SetEvent(q->done);
}

static void acquirer_start(struct cuda_acquirer *q, const struct locked *l,
                           unsigned long long key)
{
    q->semaphore = l->semaphore;
    q->key = key;
    q->stream = l->stream;
    q->code = cudaErrorUnknown;
    q->done = new_event();
    thread_start(&q->thread, acquire, q);
}

static bool acquirer_blocks(const struct cuda_acquirer *q)
{
    return WaitForSingleObject(q->done, QUIET_MS) == WAIT_TIMEOUT;
}

static cudaError_t acquirer_end(struct cuda_acquirer *q)
{
    thread_join(&q->thread);
    EXPECT_TRUE(CloseHandle(q->done));
    return q->code;
}

CASE(K21, acquire_blocks_the_caller, P, "A CUDA acquire returns when it owns, not before")
{
    struct locked l;
    struct cuda_acquirer q;
    NEEDS_CUDA();
    locked_open(&l);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    acquirer_start(&q, &l, 2);
    EXPECT_TRUE(acquirer_blocks(&q));
    EXPECT_CUDA(cudaStreamQuery(l.stream), cudaSuccess); /* it stands in the call */
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 1), S_OK);
    EXPECT_TRUE(acquirer_blocks(&q)); /* another key */
    set_key(&l, 1, 2);
    EXPECT_CUDA(acquirer_end(&q), cudaSuccess);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 2, 0), WAIT_TIMEOUT);
    EXPECT_CUDA(cuda_signal(l.semaphore, 0, l.stream), cudaSuccess);
    locked_close(&l);
}

CASE(K22, timeout_zero_polls, P, "timeoutMs 0 looks once: held or another key is a timeout")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    EXPECT_CUDA(cuda_wait(l.semaphore, 1, 0, l.stream), BUSY); /* free, with key 0 */
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, 0, l.stream), BUSY); /* held */
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 0), S_OK);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(l.semaphore, 0, l.stream), cudaSuccess);
    locked_close(&l);
}

CASE(K23, timeout_enqueues_nothing, D + P, "A call that times out leaves no wait in the stream")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    ID3D11Fence *fence = rig_fence(&l.rig, 0, FENCE_SHARED);
    cudaExternalSemaphore_t never = import_fence(fence);
    cudaExternalSemaphore_t both[2] = {never, l.semaphore};
    wait_params params[2] = {wait_with(1, 0), wait_with(0, 20)};
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    EXPECT_CUDA(cudaWaitExternalSemaphoresAsync(both, params, 2, l.stream), BUSY);
    EXPECT_CUDA(cudaStreamQuery(l.stream), cudaSuccess); /* neither mutex nor fence */
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, 20, l.stream), BUSY);
    EXPECT_CUDA(cudaMemsetAsync(l.ptr, 1, 16, l.stream), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(l.stream), cudaSuccess); /* while D3D11 still owns */
    /* NVIDIA's runtime keeps what its own functions answer, and the wait is ours. */
    EXPECT_CUDA(cudaGetLastError(), probe_on_gpu() ? cudaSuccess : BUSY);
    EXPECT_CUDA(cudaGetLastError(), cudaSuccess);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK); /* nobody stands in line */
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 0), S_OK);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(never), cudaSuccess);
    EXPECT_EQ(release(fence), 0);
    locked_close(&l);
}

CASE(K24, timeout_takes_acquires_back, D + P,
     "What the call had acquired is free again, same key")
{
    struct locked a, b, c;
    NEEDS_CUDA();
    locked_open(&a);
    locked_open(&b);
    locked_open(&c);
    set_key(&a, 0, KEY_64);
    cudaExternalSemaphore_t all[3] = {a.semaphore, b.semaphore, c.semaphore};
    wait_params params[3] = {wait_with(KEY_64, 0), wait_with(0, 0), wait_with(0, 30)};
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(c.mutex, 0, 0), S_OK);
    EXPECT_CUDA(cudaWaitExternalSemaphoresAsync(all, params, 3, a.stream), BUSY);
    EXPECT_CUDA(cuda_signal(a.semaphore, 7, a.stream), cudaErrorInvalidResourceHandle);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(a.mutex, 0, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(a.mutex, KEY_64, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(b.mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(a.mutex, KEY_64), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(b.mutex, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(c.mutex, 0), S_OK);

    signal_params back[3] = {signal_with(0), signal_with(0), signal_with(0)};
    EXPECT_CUDA(cudaWaitExternalSemaphoresAsync(all, params, 3, a.stream), cudaSuccess);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(a.mutex, KEY_64, 0), WAIT_TIMEOUT);
    EXPECT_CUDA(cudaSignalExternalSemaphoresAsync(all, back, 3, a.stream), cudaSuccess);
    locked_close(&a);
    locked_close(&b);
    locked_close(&c);
}

CASE(K25, taken_back_wakes_others, P, "A thread that waits for what is taken back gets it")
{
    struct locked a, b;
    struct cuda_acquirer q;
    NEEDS_CUDA();
    locked_open(&a);
    locked_open(&b);
    cudaExternalSemaphore_t other = locked_import(&a);
    cudaExternalSemaphore_t both[2] = {other, b.semaphore};
    wait_params params[2] = {wait_with(0, 0), wait_with(0, 4 * QUIET_MS)};
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(b.mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(a.mutex, 0, 0), S_OK);
    acquirer_start(&q, &a, 0);
    EXPECT_TRUE(acquirer_blocks(&q));
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(a.mutex, 0), S_OK); /* the oldest waiter: q */
    EXPECT_CUDA(acquirer_end(&q), cudaSuccess);
    EXPECT_CUDA(cuda_signal(a.semaphore, 0, a.stream), cudaSuccess);
    EXPECT_CUDA(cudaWaitExternalSemaphoresAsync(both, params, 2, b.stream), BUSY);
    acquirer_start(&q, &a, 0);
    EXPECT_CUDA(acquirer_end(&q), cudaSuccess);
    EXPECT_CUDA(cuda_signal(a.semaphore, 0, a.stream), cudaSuccess);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(b.mutex, 0), S_OK);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(other), cudaSuccess);
    locked_close(&a);
    locked_close(&b);
}

CASE(K26, signal_needs_ownership, P, "A signal by who does not own is refused and does nothing")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    cudaExternalSemaphore_t other = locked_import(&l);
    EXPECT_CUDA(cuda_signal(l.semaphore, 1, l.stream), cudaErrorInvalidResourceHandle);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    EXPECT_CUDA(cuda_signal(l.semaphore, 1, l.stream), cudaErrorInvalidResourceHandle);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 2), S_OK);
    EXPECT_CUDA(cuda_wait(l.semaphore, 2, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(other, 3, l.stream), cudaErrorInvalidResourceHandle);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 3), DXGI_ERROR_INVALID_CALL);
    EXPECT_CUDA(cuda_signal(l.semaphore, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(other), cudaSuccess);
    locked_close(&l);
}

CASE(K27, imports_are_parties, P, "Two imports are two owners; one is not recursive")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    cudaExternalSemaphore_t other = locked_import(&l);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_wait(other, 0, 10, l.stream), BUSY);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, FOR_EVER, l.stream), cudaErrorInvalidResourceHandle);
    EXPECT_CUDA(cuda_signal(l.semaphore, 5, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_wait(other, 5, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(other, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(other), cudaSuccess); /* owns nothing */
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 0), S_OK);
    locked_close(&l);
}

CASE(K28, cuda_learns_of_abandonment, P, "A CUDA acquire of an abandoned mutex fails at once")
{
    struct locked l, spare;
    struct cuda_acquirer q;
    NEEDS_CUDA();
    locked_open(&l);
    locked_open(&spare);
    cudaExternalSemaphore_t owner = locked_import(&l);
    EXPECT_CUDA(cuda_wait(owner, 0, 0, spare.stream), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(spare.stream), cudaSuccess);
    acquirer_start(&q, &l, 4);
    EXPECT_TRUE(acquirer_blocks(&q));
    EXPECT_CUDA(cudaDestroyExternalSemaphore(owner), cudaSuccess);
    EXPECT_CUDA(acquirer_end(&q), cudaErrorOperatingSystem);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, FOR_EVER, l.stream), cudaErrorOperatingSystem);
    EXPECT_CUDA(cuda_signal(l.semaphore, 0, l.stream), cudaErrorInvalidResourceHandle);

    cudaExternalSemaphore_t both[2] = {spare.semaphore, l.semaphore};
    wait_params params[2] = {wait_with(0, 0), wait_with(0, FOR_EVER)};
    EXPECT_CUDA(cudaWaitExternalSemaphoresAsync(both, params, 2, l.stream),
                cudaErrorOperatingSystem);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(spare.mutex, 0, 0), S_OK); /* taken back */
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(spare.mutex, 0), S_OK);
    locked_close(&l);
    locked_close(&spare);
}

CASE(K29, cuda_release_passes_order, D, "D3D11 sees what the stream did before its signal")
{
    struct locked l;
    struct gate gate;
    NEEDS_CUDA();
    locked_open(&l);
    gate_make(&gate, &l.rig);
    unsigned char *source = new_host(SHARED_BYTES);
    fill_pattern(source, SHARED_BYTES, 21);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, FOR_EVER, l.stream), cudaSuccess);
    gate_stream(&gate, l.stream);
    EXPECT_CUDA(cudaMemcpyAsync(l.ptr, source, SHARED_BYTES, cudaMemcpyHostToDevice, l.stream),
                cudaSuccess);
    EXPECT_CUDA(cuda_signal(l.semaphore, 1, l.stream), cudaSuccess);
    EXPECT_TRUE(stream_waits(l.stream));
    gate_open(&gate);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 1, INFINITE), S_OK);
    expect_buffer(&l.rig, l.buffer, 21);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 0), S_OK);
    EXPECT_CUDA(cudaStreamSynchronize(l.stream), cudaSuccess);
    EXPECT_CUDA(cudaFreeHost(source), cudaSuccess);
    gate_end(&gate);
    locked_close(&l);
}

CASE(K30, ownership_passes_before_the_work, P, "The next owner acquires while work is pending")
{
    struct locked l;
    struct gate gate;
    NEEDS_CUDA();
    locked_open(&l);
    gate_make(&gate, &l.rig);
    cudaStream_t other = new_stream();
    cudaExternalSemaphore_t second = locked_import(&l);
    unsigned char *seen = new_host(SHARED_BYTES), wanted[SHARED_BYTES];
    memset(wanted, 0x61, SHARED_BYTES);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, FOR_EVER, l.stream), cudaSuccess);
    gate_stream(&gate, l.stream);
    EXPECT_CUDA(cudaMemsetAsync(l.ptr, 0x61, SHARED_BYTES, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(l.semaphore, 1, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_wait(second, 1, LONG_MS, other), cudaSuccess); /* the gate is closed */
    EXPECT_CUDA(cudaMemcpyAsync(seen, l.ptr, SHARED_BYTES, cudaMemcpyDeviceToHost, other),
                cudaSuccess);
    EXPECT_TRUE(stream_waits(other)); /* its work is in order behind the first one's */
    gate_open(&gate);
    EXPECT_CUDA(cudaStreamSynchronize(other), cudaSuccess);
    EXPECT_BYTES(seen, wanted, SHARED_BYTES);
    EXPECT_CUDA(cuda_signal(second, 0, other), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(second), cudaSuccess);
    end_stream(other);
    EXPECT_CUDA(cudaFreeHost(seen), cudaSuccess);
    gate_end(&gate);
    locked_close(&l);
}

CASE(K31, d3d11_release_passes_order, D,
     "A stream sees what the context did before its release")
{
    struct locked l;
    struct gate gate;
    NEEDS_CUDA();
    locked_open(&l);
    gate_make(&gate, &l.rig);
    unsigned char *seen = new_host(SHARED_BYTES), wanted[SHARED_BYTES];
    fill_pattern(wanted, SHARED_BYTES, 22);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    gate_context(&gate, &l.rig);
    write_buffer(&l.rig, l.buffer, 22);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 1), S_OK);
    EXPECT_CUDA(cuda_wait(l.semaphore, 1, LONG_MS, l.stream), cudaSuccess);
    EXPECT_CUDA(cudaMemcpyAsync(seen, l.ptr, SHARED_BYTES, cudaMemcpyDeviceToHost, l.stream),
                cudaSuccess);
    EXPECT_TRUE(stream_waits(l.stream));
    gate_open(&gate);
    EXPECT_CUDA(cudaStreamSynchronize(l.stream), cudaSuccess);
    EXPECT_BYTES(seen, wanted, SHARED_BYTES);
    EXPECT_CUDA(cuda_signal(l.semaphore, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cudaFreeHost(seen), cudaSuccess);
    gate_end(&gate);
    locked_close(&l);
}
