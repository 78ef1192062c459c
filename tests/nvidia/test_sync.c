/* SPDX-License-Identifier: MIT */
/* Fences and keyed mutexes between a D3D11 context and a stream of the program's own. */
#include "nvidia_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

void test_warm_up(void)
{
    both_warm_up();
}

/* A counter in shared memory that both sides read and write in turn. */
struct pair {
    struct both b;
    ID3D11Resource *buffer, *staging;
    CUexternalMemory memory;
    CUdeviceptr at;
};

static struct pair pair_new(UINT misc)
{
    struct pair p = {.b = both_new()};
    p.buffer = d3d_buffer(&p.b.d3d, 4096, misc);
    p.staging = both_staging(&p.b, (struct texture){DXGI_FORMAT_UNKNOWN, 4096, 0, 0, 0, 0, 0});
    p.memory = both_import(p.buffer, 4096);
    OK(map_buffer(&p.at, p.memory, 0, 4096));
    return p;
}

static void pair_finish(struct pair *p)
{
    OK(cuMemFree_v2(p->at));
    OK(cuDestroyExternalMemory(p->memory));
    ID3D11Resource_Release(p->staging);
    ID3D11Resource_Release(p->buffer);
    both_finish(&p->b);
}

static void d3d_write(struct pair *p, unsigned value)
{
    unsigned bytes[1024] = {value};
    ID3D11DeviceContext_UpdateSubresource(p->b.d3d.context, p->buffer, 0, NULL, bytes, 0, 0);
}

static unsigned d3d_read(struct pair *p)
{
    D3D11_MAPPED_SUBRESOURCE map;
    ID3D11DeviceContext_CopyResource(p->b.d3d.context, p->staging, p->buffer);
    CHECK_EQ(ID3D11DeviceContext_Map(p->b.d3d.context, p->staging, 0, D3D11_MAP_READ, 0, &map),
             S_OK);
    unsigned value = *(unsigned *)map.pData;
    ID3D11DeviceContext_Unmap(p->b.d3d.context, p->staging, 0);
    return value;
}

/*
 * The value is there, the stream has yet to get there, and nobody else needs the fence: it goes
 * at once, its words when the driver has seen the stream pass.
 */
TEST(a_fence_may_go_before_a_stream_has_passed_its_wait)
{
    const char *fake = getenv("ISTHMUS_LIBCUDA");
    bool real = !fake || !*fake;
    size_t bytes = real ? 256U << 20 : 4096;
    struct both b = both_new();
    CUdeviceptr work;
    unsigned *seen;
    OK(cuMemAlloc_v2(&work, bytes));
    OK(cuMemHostAlloc((void **)&seen, 4, 0));
    for (unsigned n = 1; n <= 5; n++) {
        ID3D11Fence *fence = d3d_fence(&b.d3d, 0);
        CUexternalSemaphore semaphore = import_fence(fence);
        for (unsigned i = 0; i < (real ? 600 : 20); i++) /* 60 ms and more on a GPU */
            OK(cuMemsetD32Async(work, n, bytes / 4, b.stream));
        OK(wait_value(semaphore, 1, 0, (cudaStream_t)b.stream));
        OK(cuMemcpyDtoHAsync_v2(seen, work, 4, b.stream));
        d3d_signal(&b.d3d, fence, 1);
        OK(cuDestroyExternalSemaphore(semaphore));
        ID3D11Fence_Release(fence);
        both_flush(&b);
        usleep(30000); /* the polling thread has looked, and lets go of it */
        OK(cuStreamSynchronize(b.stream));
        CHECK_EQ(*seen, n);
    }
    OK(cuMemFreeHost(seen));
    OK(cuMemFree_v2(work));
    both_finish(&b);
}

/* D3D11 writes 2n, CUDA copies it aside and writes 2n + 1, D3D11 reads that. */
TEST(a_fence_orders_both_sides_a_hundred_times)
{
    struct pair p = pair_new(MISC_NT);
    ID3D11Fence *fence = d3d_fence(&p.b.d3d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    unsigned *seen;
    OK(cuMemHostAlloc((void **)&seen, 400, 0));
    for (unsigned n = 0; n < 100; n++) {
        d3d_write(&p, 2 * n);
        d3d_signal(&p.b.d3d, fence, 2 * n + 1);
        OK(wait_value(semaphore, 2 * n + 1, 0, (cudaStream_t)p.b.stream));
        OK(cuMemcpyDtoHAsync_v2(&seen[n], p.at, 4, p.b.stream));
        OK(cuMemsetD32Async(p.at, 2 * n + 1, 1, p.b.stream));
        OK(signal_value(semaphore, 2 * n + 2, (cudaStream_t)p.b.stream));
        CHECK_EQ(ID3D11DeviceContext4_Wait(p.b.d3d.context4, fence, 2 * n + 2), S_OK);
        CHECK_EQ(d3d_read(&p), 2 * n + 1);
    }
    for (unsigned n = 0; n < 100; n++)
        CHECK_EQ(seen[n], 2 * n);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 200);
    OK(cuMemFreeHost(seen));
    OK(cuDestroyExternalSemaphore(semaphore));
    ID3D11Fence_Release(fence);
    pair_finish(&p);
}

TEST(a_keyed_mutex_hands_the_memory_over)
{
    struct pair p = pair_new(MISC_MUTEX_NT);
    IDXGIKeyedMutex *mutex = d3d_mutex(p.buffer);
    HANDLE handle = d3d_nt(p.buffer, NULL);
    CUexternalSemaphore semaphore = import_semaphore(TYPE_MUTEX, handle);
    CHECK(CloseHandle(handle));
    for (unsigned n = 0; n < 20; n++) {
        unsigned found = 0;
        CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 0, 20000), S_OK);
        d3d_write(&p, n);
        CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, 1), S_OK);
        OK(wait_value(semaphore, 1, 20000, (cudaStream_t)p.b.stream));
        OK(cuMemcpyDtoHAsync_v2(&found, p.at, 4, p.b.stream));
        CHECK_EQ(found, n);
        OK(cuMemsetD32Async(p.at, n + 100, 1, p.b.stream));
        OK(signal_value(semaphore, 0, (cudaStream_t)p.b.stream));
        CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 0, 20000), S_OK);
        CHECK_EQ(d3d_read(&p), n + 100);
        CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, 0), S_OK);
    }
    CHECK_EQ(wait_value(semaphore, 7, 1, (cudaStream_t)p.b.stream), CUDA_ERROR_TIMEOUT);
    OK(cuDestroyExternalSemaphore(semaphore));
    IDXGIKeyedMutex_Release(mutex);
    pair_finish(&p);
}

/* An event that is set when the fence gets there, through a signal of CUDA's. */
TEST(an_event_follows_a_signal_of_the_stream)
{
    struct pair p = pair_new(MISC_NT);
    ID3D11Fence *fence = d3d_fence(&p.b.d3d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, 5, event), S_OK);
    CHECK_EQ(WaitForSingleObject(event, 10), WAIT_TIMEOUT);
    OK(signal_value(semaphore, 5, (cudaStream_t)p.b.stream));
    CHECK_EQ(WaitForSingleObject(event, 20000), WAIT_OBJECT_0);
    CHECK(CloseHandle(event));
    OK(cuDestroyExternalSemaphore(semaphore));
    ID3D11Fence_Release(fence);
    pair_finish(&p);
}

/* What the driver holds up while any stream waits: in a thread of its own. */
struct held {
    CUcontext ctx;
    CUdeviceptr at;
    CUresult (*call)(struct held *h);
    atomic_bool over;
};

static CUresult call_free(struct held *h)
{
    return cuMemFree_v2(h->at);
}

static CUresult call_synchronize(struct held *h)
{
    (void)h;
    return cuCtxSynchronize();
}

static CUresult call_load(struct held *h)
{
    CUmodule module;
    (void)h;
    CUresult result = cuModuleLoadData(&module, ".version 6.0\n"
                                                ".target sm_50\n"
                                                ".address_size 64\n"
                                                ".visible .entry ist_test_nothing()\n"
                                                "{\n"
                                                " ret;\n"
                                                "}\n");
    return result ? result : cuModuleUnload(module);
}

static void *call_held(void *arg)
{
    struct held *h = arg;
    CHECK_EQ(cuCtxPushCurrent_v2(h->ctx), CUDA_SUCCESS);
    CHECK_EQ(h->call(h), CUDA_SUCCESS);
    CHECK_EQ(cuCtxPopCurrent_v2(NULL), CUDA_SUCCESS);
    atomic_store(&h->over, true);
    return NULL;
}

/* While a stream waits, D3D11 goes on, making and ending resources included. */
static void use_d3d(struct pair *p)
{
    for (unsigned i = 0; i < 10; i++) {
        ID3D11Resource *texture =
            d3d_texture(&p->b.d3d,
                        (struct texture){DXGI_FORMAT_R8G8B8A8_UNORM, 64, 64, 0, 1, 1, 0}, 0);
        ID3D11Resource *buffer = d3d_buffer(&p->b.d3d, 4096, i % 2 ? MISC_NT : 0);
        d3d_write(p, i);
        CHECK_EQ(d3d_read(p), i);
        ID3D11Resource_Release(texture);
        ID3D11Resource_Release(buffer);
    }
}

/*
 * A stream waits for a fence that D3D11 has not signalled, and a thread is in a call that
 * blocks until then. The signal must get through, or it never ends.
 */
static void check_held(CUresult (*call)(struct held *h))
{
    struct pair p = pair_new(MISC_NT);
    ID3D11Fence *fence = d3d_fence(&p.b.d3d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    struct held h = {.ctx = p.b.ctx, .call = call};
    pthread_t thread;
    OK(cuMemAlloc_v2(&h.at, 64));
    OK(wait_value(semaphore, 1, 0, (cudaStream_t)p.b.stream));
    CHECK_EQ(cuStreamQuery(p.b.stream), CUDA_ERROR_NOT_READY);
    use_d3d(&p);
    CHECK_EQ(pthread_create(&thread, NULL, call_held, &h), 0);
    rig_sleep_ms(100);
    CHECK(!atomic_load(&h.over)); /* the driver does hold it up */
    d3d_signal(&p.b.d3d, fence, 1);
    ID3D11DeviceContext_Flush(p.b.d3d.context);
    pthread_join(thread, NULL);
    use_d3d(&p);
    OK(call == call_free ? CUDA_SUCCESS : cuMemFree_v2(h.at));
    OK(cuDestroyExternalSemaphore(semaphore));
    ID3D11Fence_Release(fence);
    pair_finish(&p);
}

TEST(a_free_that_a_waiting_stream_holds_up_ends)
{
    check_held(call_free);
}

TEST(a_synchronize_that_a_waiting_stream_holds_up_ends)
{
    check_held(call_synchronize);
}

TEST(a_load_of_a_module_that_a_waiting_stream_holds_up_ends)
{
    check_held(call_load);
}

/*
 * Twenty contexts wait before anything is signalled: none of them may sit in a stream, of which
 * a GPU runs eight at a time. So another stream's work goes on, and nothing blocks.
 */
TEST(contexts_that_wait_for_nothing_issued_take_no_connection)
{
    struct both b = both_new();
    ID3D11Fence *fence = d3d_fence(&b.d3d, 0), *done = d3d_fence(&b.d3d, 0);
    HANDLE handle = d3d_fence_nt(fence, NULL), done_handle = d3d_fence_nt(done, NULL);
    struct d3d others[20];
    ID3D11Fence *opened[20], *ends[20];
    for (unsigned i = 0; i < 20; i++) {
        others[i] = d3d_new();
        CHECK_EQ(ID3D11Device5_OpenSharedFence(others[i].device5, handle, &IID_ID3D11Fence,
                                               (void **)&opened[i]),
                 S_OK);
        ends[i] = d3d_fence(&others[i], 0);
        CHECK_EQ(ID3D11DeviceContext4_Wait(others[i].context4, opened[i], 1), S_OK);
        d3d_signal(&others[i], ends[i], 1);
    }
    OK(cuCtxSynchronize());
    d3d_signal(&b.d3d, fence, 1);
    for (unsigned i = 0; i < 20; i++) {
        CHECK_EQ(ID3D11Fence_SetEventOnCompletion(ends[i], 1, NULL), S_OK);
        ID3D11Fence_Release(ends[i]);
        ID3D11Fence_Release(opened[i]);
        d3d_finish(&others[i]);
    }
    CHECK(CloseHandle(handle) && CloseHandle(done_handle));
    ID3D11Fence_Release(fence);
    ID3D11Fence_Release(done);
    both_finish(&b);
}
