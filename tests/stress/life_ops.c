/* SPDX-License-Identifier: MIT */
/*
 * Ends that come early: devices, threads, streams and memory that go while others still use
 * what they made, or while their own work stands in line.
 */
#include "monkey.h"

enum { BYTES = 1024 };

#define KEYED_NT \
    ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

/* A buffer with a keyed mutex on a device of its own, and the same on a device of the world. */
struct visitor {
    ID3D11Device *device;
    ID3D11DeviceContext *context;
    ID3D11Resource *buffer, *twin;
    IDXGIKeyedMutex *mutex, *twin_mutex;
};

static void visitor_make(struct worker *w, struct visitor *v)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = BYTES,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = KEYED_NT};
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    ALLOW(w,
          D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_WARP, NULL, 0, NULL, 0, D3D11_SDK_VERSION,
                            &v->device, NULL, &v->context),
          S_OK);
    ALLOW(w, ID3D11Device_CreateBuffer(v->device, &desc, NULL, (ID3D11Buffer **)&v->buffer),
          S_OK);
    ALLOW(w, ID3D11Resource_QueryInterface(v->buffer, &IID_IDXGIResource1, (void **)&dxgi),
          S_OK);
    ALLOW(w, IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, NULL, &handle), S_OK);
    IDXGIResource1_Release(dxgi);
    ALLOW(w,
          ID3D11Device5_OpenSharedResource1(world.devices[below(&w->rng, DEVICES)].device5,
                                            handle, &IID_ID3D11Resource, (void **)&v->twin),
          S_OK);
    MUST(w, CloseHandle(handle));
    ALLOW(w, ID3D11Resource_QueryInterface(v->buffer, &IID_IDXGIKeyedMutex, (void **)&v->mutex),
          S_OK);
    ALLOW(w,
          ID3D11Resource_QueryInterface(v->twin, &IID_IDXGIKeyedMutex, (void **)&v->twin_mutex),
          S_OK);
}

/* The order of the releases is random; the last one ends the device. */
static void visitor_end(struct worker *w, struct visitor *v)
{
    IUnknown *all[] = {(IUnknown *)v->mutex, (IUnknown *)v->buffer, (IUnknown *)v->context,
                       (IUnknown *)v->device};
    ULONG left = 0;
    for (unsigned n = 4; n > 0; n--) {
        unsigned i = below(&w->rng, n);
        left = IUnknown_Release(all[i]);
        all[i] = all[n - 1];
    }
    MUST(w, left == 0);
}

/* An owner that ends without a release abandons the mutex, and only then. */
static void do_device(struct worker *w)
{
    struct visitor v = {.device = NULL};
    unsigned char bytes[BYTES];
    bool release = one_in(&w->rng, 2);
    visitor_make(w, &v);
    pattern_fill(bytes, BYTES, 1, 1);
    ALLOW(w, IDXGIKeyedMutex_AcquireSync(v.mutex, 0, INFINITE), S_OK);
    ID3D11DeviceContext_UpdateSubresource(v.context, v.buffer, 0, NULL, bytes, 0, 0);
    if (release)
        ALLOW(w, IDXGIKeyedMutex_ReleaseSync(v.mutex, 7), S_OK);
    visitor_end(w, &v);
    ALLOW(w, IDXGIKeyedMutex_AcquireSync(v.twin_mutex, 7, 5),
          release ? (uint32_t)S_OK : (uint32_t)WAIT_ABANDONED);
    if (release)
        ALLOW(w, IDXGIKeyedMutex_ReleaseSync(v.twin_mutex, 0), S_OK);
    IDXGIKeyedMutex_Release(v.twin_mutex);
    ID3D11Resource_Release(v.twin);
}

/* Work in a thread's own stream, which goes with the thread before the work is done. */
static void *short_life(void *worker)
{
    struct worker *w = worker;
    void *memory = NULL;
    unsigned char bytes[BYTES] = {1};
    ALLOW(NULL, cudaMalloc(&memory, BYTES), 0);
    stream_host(w, cudaStreamPerThread);
    ALLOW(NULL,
          cudaMemcpyAsync(memory, bytes, BYTES, cudaMemcpyHostToDevice, cudaStreamPerThread),
          0);
    ALLOW(NULL, cudaFree(memory), 0);
    stream_host(w, cudaStreamPerThread);
    return NULL;
}

static void do_thread(struct worker *w)
{
    pthread_t thread;
    MUST(w, pthread_create(&thread, NULL, short_life, w) == 0);
    pthread_join(thread, NULL);
}

static cudaExternalSemaphore_t import_fence(struct worker *w, ID3D11Fence *fence)
{
    struct cudaExternalSemaphoreHandleDesc desc;
    cudaExternalSemaphore_t semaphore = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalSemaphoreHandleTypeD3D11Fence;
    ALLOW(w,
          ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL,
                                         &desc.handle.win32.handle),
          S_OK);
    ALLOW(w, cudaImportExternalSemaphore(&semaphore, &desc), 0);
    MUST(w, CloseHandle(desc.handle.win32.handle));
    return semaphore;
}

/*
 * Stream, memory and import are ended at once; the work that stands in line is done all the
 * same. No blocking stream: the legacy stream would put others behind a signal that is yet to
 * come.
 */
static void queue_and_end(struct worker *w, ID3D11Fence *fence, unsigned char *seen)
{
    struct cudaExternalSemaphoreWaitParams wait;
    struct cudaExternalSemaphoreSignalParams signal;
    cudaExternalSemaphore_t semaphore = import_fence(w, fence);
    cudaStream_t stream = NULL;
    void *memory = NULL;
    unsigned char bytes[BYTES];
    memset(&wait, 0, sizeof(wait));
    memset(&signal, 0, sizeof(signal));
    wait.params.fence.value = 1;
    signal.params.fence.value = 2;
    pattern_fill(bytes, BYTES, 2, w->index);
    ALLOW(w, cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), 0);
    ALLOW(w, cudaMalloc(&memory, BYTES), 0);
    ALLOW(w, cudaWaitExternalSemaphoresAsync(&semaphore, &wait, 1, stream), 0);
    ALLOW(w, cudaMemcpyAsync(memory, bytes, BYTES, cudaMemcpyHostToDevice, stream), 0);
    ALLOW(w, cudaMemcpyAsync(seen, memory, BYTES, cudaMemcpyDeviceToHost, stream), 0);
    stream_host(w, stream);
    ALLOW(w, cudaSignalExternalSemaphoresAsync(&semaphore, &signal, 1, stream), 0);
    ALLOW(w, cudaFree(memory), 0);
    ALLOW(w, cudaDestroyExternalSemaphore(semaphore), 0);
    ALLOW(w, cudaStreamDestroy(stream), 0);
}

static void do_stream(struct worker *w)
{
    const struct monkey_device *d = &world.devices[below(&w->rng, DEVICES)];
    unsigned char *seen = calloc(1, BYTES);
    ID3D11Fence *fence = NULL;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    ALLOW(w,
          ID3D11Device5_CreateFence(d->device5, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                    (void **)&fence),
          S_OK);
    queue_and_end(w, fence, seen);
    ALLOW(w, ID3D11Fence_SetEventOnCompletion(fence, 2, event), S_OK);
    ALLOW(w, ID3D11DeviceContext4_Signal(d->context4, fence, 1), S_OK);
    MUST(w, WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0);
    MUST(w, pattern_check(seen, BYTES, 2, w->index) == BYTES);
    MUST(w, CloseHandle(event));
    ID3D11Fence_Release(fence);
    free(seen);
}

/* A view holds its resource, also after the program has let go of it. */
static void do_view(struct worker *w)
{
    struct com com = com_borrow(SLOT(w, resources));
    ID3D11ShaderResourceView *view = NULL;
    ID3D11Resource *back = NULL;
    if (!com.object)
        return;
    HRESULT hr = ID3D11Device_CreateShaderResourceView(world.devices[com.device].device,
                                                       (ID3D11Resource *)com.object, NULL,
                                                       &view);
    ALLOW(w, hr, S_OK, E_INVALIDARG);
    ID3D11Resource *same = (ID3D11Resource *)com.object;
    com_release(com);
    if (hr != S_OK)
        return;
    ID3D11ShaderResourceView_GetResource(view, &back);
    MUST(w, back == same);
    ID3D11Resource_Release(back);
    ID3D11ShaderResourceView_Release(view);
}

static void do_query(struct worker *w)
{
    const struct monkey_device *d = &world.devices[below(&w->rng, DEVICES)];
    D3D11_QUERY_DESC desc = {D3D11_QUERY_EVENT, 0};
    ID3D11Query *query = NULL;
    BOOL done = FALSE;
    ALLOW(w, ID3D11Device_CreateQuery(d->device, &desc, &query), S_OK);
    ID3D11DeviceContext_End(d->context, (ID3D11Asynchronous *)query);
    HRESULT hr = ID3D11DeviceContext_GetData(d->context, (ID3D11Asynchronous *)query, &done,
                                             sizeof(done), 0);
    ALLOW(w, hr, S_OK, S_FALSE);
    MUST(w, done == (hr == S_OK));
    ID3D11DeviceContext4_Flush1(d->context4, D3D11_CONTEXT_TYPE_ALL,
                                (HANDLE)atomic_load(SLOT(w, handles)));
    ID3D11Query_Release(query);
}

/* Memory of the program's own, pinned while a stream uses it. */
static void do_pin(struct worker *w)
{
    unsigned char *bytes = malloc(4 * BYTES), *host = NULL;
    ALLOW(w, cudaHostRegister(bytes, 4 * BYTES, 0), 0);
    ALLOW(w, cudaMallocHost((void **)&host, 4 * BYTES), 0);
    pattern_fill(bytes, 4 * BYTES, 3, w->index);
    ALLOW(w, cudaMemcpyAsync(host, bytes, 4 * BYTES, cudaMemcpyDefault, w->stream), 0);
    ALLOW(w, cudaStreamSynchronize(w->stream), 0);
    MUST(w, pattern_check(host, 4 * BYTES, 3, w->index) == 4 * BYTES);
    ALLOW(w, cudaHostUnregister(bytes), 0);
    ALLOW(w, cudaFreeHost(host), 0);
    free(bytes);
}

const struct operation life_ops[] = {
    {"life.device", do_device, 4},
    {"life.thread", do_thread, 2},
    {"life.stream", do_stream, 6},
    {"life.view", do_view, 4},
    {"life.query", do_query, 3},
    {"life.pin", do_pin, 2},
    {NULL, NULL, 0},
};
