/* SPDX-License-Identifier: MIT */
/* G12 to G18: D3D11 and CUDA wait for each other, by keyed mutex and by fence. */
#include "group_g.h"
#include "probe.h"

/* ---- keyed mutex ---- */

#define ROUNDS 1000

/* D3D11's side of the rounds: what it reads with, and what it writes. */
struct turns {
    struct locked l;
    ID3D11Buffer *staging;
    unsigned char *seen; /* what CUDA's copy found */
    unsigned char data[SHARED_BYTES];
};

static void turns_open(struct turns *t)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = SHARED_BYTES,
                              .Usage = D3D11_USAGE_STAGING,
                              .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
    locked_open(&t->l);
    t->staging = NULL;
    REQUIRE_HR(ID3D11Device_CreateBuffer(t->l.rig.device, &desc, NULL, &t->staging), S_OK);
    t->seen = new_host(SHARED_BYTES);
}

static void turns_close(struct turns *t)
{
    EXPECT_CUDA(cudaFreeHost(t->seen), cudaSuccess);
    EXPECT_EQ(release(t->staging), 0);
    locked_close(&t->l);
}

/* Reads what D3D11 wrote in the round before, and writes a byte all over. */
static bool cuda_turn(struct turns *t, unsigned round)
{
    struct locked *l = &t->l;
    bool good =
        EXPECT_CUDA(cuda_wait(l->semaphore, 2ULL * round, FOR_EVER, l->stream), cudaSuccess);
    EXPECT_CUDA(cudaMemcpyAsync(t->seen, l->ptr, SHARED_BYTES, cudaMemcpyDeviceToHost,
                                l->stream),
                cudaSuccess);
    EXPECT_CUDA(cudaMemsetAsync(l->ptr, (int)(round % 251), SHARED_BYTES, l->stream),
                cudaSuccess);
    EXPECT_CUDA(cuda_signal(l->semaphore, 2ULL * round + 1, l->stream), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(l->stream), cudaSuccess);
    if (round)
        good = EXPECT_BYTES(t->seen, t->data, SHARED_BYTES) && good;
    return good;
}

/* Reads what CUDA wrote in this round, and writes a pattern. */
static bool d3d_turn(struct turns *t, unsigned round)
{
    struct locked *l = &t->l;
    ID3D11DeviceContext *context = l->rig.context;
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    memset(t->data, (int)(round % 251), SHARED_BYTES);
    bool good =
        EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l->mutex, 2ULL * round + 1, INFINITE), S_OK);
    ID3D11DeviceContext_CopyResource(context, (ID3D11Resource *)t->staging,
                                     (ID3D11Resource *)l->buffer);
    REQUIRE_HR(ID3D11DeviceContext_Map(context, (ID3D11Resource *)t->staging, 0, D3D11_MAP_READ,
                                       0, &mapped),
               S_OK);
    good = EXPECT_BYTES(mapped.pData, t->data, SHARED_BYTES) && good;
    ID3D11DeviceContext_Unmap(context, (ID3D11Resource *)t->staging, 0);
    fill_pattern(t->data, SHARED_BYTES, round);
    ID3D11DeviceContext_UpdateSubresource(context, (ID3D11Resource *)l->buffer, 0, NULL,
                                          t->data, 0, 0);
    return EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l->mutex, 2ULL * round + 2), S_OK) && good;
}

CASE(G12, a_thousand_turns, G, "CUDA and D3D11 see each other's writes, in order, 1000 times")
{
    struct turns t;
    bool good = true;
    NEEDS_CUDA();
    turns_open(&t);
    for (unsigned round = 0; good && round < ROUNDS; round++) {
        CONTEXT("round %u", round);
        good = cuda_turn(&t, round) && d3d_turn(&t, round);
    }
    turns_close(&t);
}

CASE(G13, cuda_wait_times_out, D + P, "A CUDA wait for a held mutex times out after its time")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    uint64_t start = now_ms();
    EXPECT_CUDA(cuda_wait(l.semaphore, 3, 50, l.stream), cudaErrorTimeout);
    uint64_t took = now_ms() - start;
    EXPECT_TRUE(took >= 50);
    EXPECT_TRUE(took < LONG_MS);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), DXGI_ERROR_INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 3), S_OK); /* D3D11 still owned it */
    EXPECT_CUDA(cuda_wait(l.semaphore, 3, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(l.semaphore, 0, l.stream), cudaSuccess);
    locked_close(&l);
}

struct late_release {
    struct thread thread;
    IDXGIKeyedMutex *mutex;
    volatile bool released;
};

static void release_late(void *user)
{
    struct late_release *late = user;
    sleep_ms(QUIET_MS);
    late->released = true;
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(late->mutex, 8), S_OK);
}

CASE(G14, cuda_wait_for_ever, D, "timeoutMs 0xFFFFFFFF waits until the mutex is released")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    struct late_release late = {.mutex = l.mutex};
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), S_OK);
    thread_start(&late.thread, release_late, &late);
    EXPECT_CUDA(cuda_wait(l.semaphore, 8, FOR_EVER, l.stream), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(l.stream), cudaSuccess);
    EXPECT_TRUE(late.released);
    thread_join(&late.thread);
    EXPECT_CUDA(cuda_signal(l.semaphore, 0, l.stream), cudaSuccess);
    locked_close(&l);
}

CASE(G15, destroyed_owner_abandons, P, "A semaphore that is destroyed while owning abandons")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    EXPECT_CUDA(cuda_wait(l.semaphore, 0, 0, l.stream), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(l.stream), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(l.semaphore), cudaSuccess);
    l.semaphore = NULL;
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 0, 0), WAIT_ABANDONED);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(l.mutex, 1, INFINITE), WAIT_ABANDONED);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(l.mutex, 0), DXGI_ERROR_INVALID_CALL);
    locked_close(&l);
}

/* ---- fences ---- */

/* A buffer that CUDA has mapped, and a fence that CUDA has imported. */
struct fenced {
    struct rig rig;
    ID3D11Buffer *buffer;
    ID3D11Fence *fence;
    cudaExternalMemory_t memory;
    cudaExternalSemaphore_t semaphore;
    void *ptr;
    cudaStream_t stream;
};

static void fenced_open(struct fenced *f)
{
    rig_open(&f->rig);
    f->buffer = rig_buffer(&f->rig, SHARED_BYTES, SHARED);
    f->fence = rig_fence(&f->rig, 0, FENCE_SHARED);
    f->memory = import_memory(MEMORY_KMT, kmt_handle(f->buffer), SHARED_BYTES);
    f->semaphore = import_fence(f->fence);
    f->ptr = map_range(f->memory, 0, SHARED_BYTES);
    f->stream = new_stream();
}

static void fenced_close(struct fenced *f)
{
    end_stream(f->stream);
    EXPECT_CUDA(cudaFree(f->ptr), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(f->memory), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(f->semaphore), cudaSuccess);
    release(f->fence);
    EXPECT_EQ(release(f->buffer), 0);
    rig_close(&f->rig);
}

CASE(G16, stream_waits_for_d3d11, G, "A stream goes on only after D3D11's work and its signal")
{
    struct fenced f;
    struct gate gate;
    NEEDS_CUDA();
    fenced_open(&f);
    gate_make(&gate, &f.rig);
    unsigned char *seen = new_host(SHARED_BYTES), wanted[SHARED_BYTES];
    fill_pattern(wanted, SHARED_BYTES, 9);
    gate_context(&gate, &f.rig); /* the work takes long */
    write_buffer(&f.rig, f.buffer, 9);
    EXPECT_HR(ID3D11DeviceContext4_Signal(f.rig.context4, f.fence, 4), S_OK);
    ID3D11DeviceContext_Flush(f.rig.context);
    EXPECT_CUDA(cuda_wait(f.semaphore, 4, 0, f.stream), cudaSuccess);
    EXPECT_CUDA(cudaMemcpyAsync(seen, f.ptr, SHARED_BYTES, cudaMemcpyDeviceToHost, f.stream),
                cudaSuccess);
    EXPECT_TRUE(stream_waits(f.stream));
    gate_open(&gate);
    EXPECT_CUDA(cudaStreamSynchronize(f.stream), cudaSuccess);
    EXPECT_BYTES(seen, wanted, SHARED_BYTES);
    EXPECT_EQ(ID3D11Fence_GetCompletedValue(f.fence), 4);
    EXPECT_CUDA(cudaFreeHost(seen), cudaSuccess);
    gate_end(&gate);
    fenced_close(&f);
}

CASE(G17, d3d11_waits_for_the_stream, G,
     "A context's copy sees what CUDA did before its signal")
{
    struct fenced f;
    struct gate gate;
    NEEDS_CUDA();
    fenced_open(&f);
    gate_make(&gate, &f.rig);
    ID3D11Buffer *copy = rig_buffer(&f.rig, SHARED_BYTES, 0);
    unsigned char *source = new_host(SHARED_BYTES);
    fill_pattern(source, SHARED_BYTES, 10);
    gate_stream(&gate, f.stream); /* CUDA's work takes long */
    EXPECT_CUDA(cudaMemcpyAsync(f.ptr, source, SHARED_BYTES, cudaMemcpyHostToDevice, f.stream),
                cudaSuccess);
    EXPECT_CUDA(cuda_signal(f.semaphore, 5, f.stream), cudaSuccess);
    EXPECT_HR(ID3D11DeviceContext4_Wait(f.rig.context4, f.fence, 5), S_OK);
    ID3D11DeviceContext_CopyResource(f.rig.context, (ID3D11Resource *)copy,
                                     (ID3D11Resource *)f.buffer);
    ID3D11DeviceContext_Flush(f.rig.context);
    EXPECT_TRUE(stream_waits(f.stream));
    EXPECT_EQ(ID3D11Fence_GetCompletedValue(f.fence), 0);
    gate_open(&gate);
    expect_buffer(&f.rig, copy, 10);
    EXPECT_EQ(ID3D11Fence_GetCompletedValue(f.fence), 5);
    EXPECT_CUDA(cudaStreamSynchronize(f.stream), cudaSuccess);
    EXPECT_CUDA(cudaFreeHost(source), cudaSuccess);
    EXPECT_EQ(release(copy), 0);
    gate_end(&gate);
    fenced_close(&f);
}

CASE(G18, import_outlives_the_fence, G, "A semaphore works without handle and D3D11 fence")
{
    struct rig rig;
    NEEDS_CUDA();
    size_t before = probe_available() ? probe_live() : 0;
    rig_open(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 1, FENCE_SHARED);
    cudaExternalSemaphore_t semaphore = import_fence(fence); /* closes the handle */
    EXPECT_EQ(release(fence), 0);
    rig_close(&rig);

    cudaStream_t first = new_stream(), second = new_stream();
    EXPECT_CUDA(cuda_wait(semaphore, 1, 0, first), cudaSuccess); /* the value it had */
    EXPECT_CUDA(cudaStreamSynchronize(first), cudaSuccess);
    EXPECT_CUDA(cuda_wait(semaphore, 7, 0, second), cudaSuccess);
    EXPECT_TRUE(stream_waits(second)); /* it did not end with the D3D11 object */
    EXPECT_CUDA(cuda_signal(semaphore, 7, first), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(second), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(first), cudaSuccess);
    if (probe_available())
        EXPECT_EQ(probe_live(), before + 1);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(semaphore), cudaSuccess);
    end_stream(first);
    end_stream(second);
    /* On a GPU a stream's last use ends when somebody next looks at its progress. */
    for (int i = 0; i < 200 && probe_on_gpu() && probe_live() != before; i++)
        sleep_ms(10);
    if (probe_available())
        EXPECT_EQ(probe_live(), before);
}
