/* SPDX-License-Identifier: MIT */
/*
 * Two threads hand a buffer to and fro by the keys of its mutex, each wait without a timeout:
 * one through D3D11, one through CUDA or another device. A lost wake-up would hang here.
 */
#include "monkey.h"

enum { BYTES = 512, TURNS = 8 };

struct handoff {
    const struct monkey_device *first, *second;
    ID3D11Resource *here, *there;
    HANDLE number;
    unsigned step; /* guarded by the keyed mutex */
    bool cuda;
};

static void d3d11_side(struct handoff *h, const struct monkey_device *d, ID3D11Resource *buffer,
                       unsigned parity)
{
    unsigned char bytes[BYTES];
    IDXGIKeyedMutex *mutex = NULL;
    ALLOW(NULL, ID3D11Resource_QueryInterface(buffer, &IID_IDXGIKeyedMutex, (void **)&mutex),
          S_OK);
    for (unsigned turn = parity; turn < 2 * TURNS; turn += 2) {
        ALLOW(NULL, IDXGIKeyedMutex_AcquireSync(mutex, turn, INFINITE), S_OK);
        MUST(NULL, h->step == turn);
        h->step = turn + 1;
        pattern_fill(bytes, BYTES, 5, turn);
        ID3D11DeviceContext_UpdateSubresource(d->context, buffer, 0, NULL, bytes, 0, 0);
        ALLOW(NULL, IDXGIKeyedMutex_ReleaseSync(mutex, turn + 1), S_OK);
    }
    IDXGIKeyedMutex_Release(mutex);
}

struct imported {
    cudaStream_t stream;
    cudaExternalMemory_t memory;
    cudaExternalSemaphore_t mutex;
    unsigned char *bytes;
};

static struct imported import_number(HANDLE number)
{
    struct imported i = {.stream = NULL};
    struct cudaExternalMemoryHandleDesc memory;
    struct cudaExternalSemaphoreHandleDesc mutex;
    struct cudaExternalMemoryBufferDesc buffer;
    memset(&memory, 0, sizeof(memory));
    memset(&mutex, 0, sizeof(mutex));
    memset(&buffer, 0, sizeof(buffer));
    memory.type = cudaExternalMemoryHandleTypeD3D11ResourceKmt;
    memory.handle.win32.handle = mutex.handle.win32.handle = number;
    memory.size = buffer.size = BYTES;
    memory.flags = cudaExternalMemoryDedicated;
    mutex.type = cudaExternalSemaphoreHandleTypeKeyedMutexKmt;
    ALLOW(NULL, cudaStreamCreateWithFlags(&i.stream, cudaStreamNonBlocking), 0);
    ALLOW(NULL, cudaImportExternalMemory(&i.memory, &memory), 0);
    ALLOW(NULL, cudaImportExternalSemaphore(&i.mutex, &mutex), 0);
    ALLOW(NULL, cudaExternalMemoryGetMappedBuffer((void **)&i.bytes, i.memory, &buffer), 0);
    return i;
}

static void cuda_turn(struct handoff *h, const struct imported *i, unsigned turn,
                      unsigned char *seen)
{
    struct cudaExternalSemaphoreWaitParams wait;
    struct cudaExternalSemaphoreSignalParams signal;
    memset(&wait, 0, sizeof(wait));
    memset(&signal, 0, sizeof(signal));
    wait.params.keyedMutex.key = turn;
    wait.params.keyedMutex.timeoutMs = INFINITE;
    signal.params.keyedMutex.key = turn + 1;
    ALLOW(NULL, cudaWaitExternalSemaphoresAsync(&i->mutex, &wait, 1, i->stream), 0);
    MUST(NULL, h->step == turn);
    h->step = turn + 1;
    ALLOW(NULL, cudaMemcpyAsync(seen, i->bytes, BYTES, cudaMemcpyDeviceToHost, i->stream), 0);
    ALLOW(NULL, cudaSignalExternalSemaphoresAsync(&i->mutex, &signal, 1, i->stream), 0);
}

static void cuda_side(struct handoff *h)
{
    struct imported i = import_number(h->number);
    unsigned char(*seen)[BYTES] = calloc(TURNS, BYTES);
    for (unsigned turn = 1; turn < 2 * TURNS; turn += 2)
        cuda_turn(h, &i, turn, seen[turn / 2]);
    ALLOW(NULL, cudaStreamSynchronize(i.stream), 0);
    for (unsigned turn = 1; turn < 2 * TURNS; turn += 2)
        MUST(NULL, pattern_check(seen[turn / 2], BYTES, 5, turn - 1) == BYTES);
    ALLOW(NULL, cudaFree(i.bytes), 0);
    ALLOW(NULL, cudaDestroyExternalMemory(i.memory), 0);
    ALLOW(NULL, cudaDestroyExternalSemaphore(i.mutex), 0);
    ALLOW(NULL, cudaStreamDestroy(i.stream), 0);
    free(seen);
}

static void *partner(void *handoff)
{
    struct handoff *h = handoff;
    if (h->cuda)
        cuda_side(h);
    else
        d3d11_side(h, h->second, h->there, 1);
    return NULL;
}

static void handoff_make(struct worker *w, struct handoff *h)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = BYTES,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX};
    IDXGIResource *dxgi = NULL;
    unsigned first = below(&w->rng, DEVICES);
    h->first = &world.devices[first];
    h->second = &world.devices[(first + 1) % DEVICES];
    h->cuda = one_in(&w->rng, 2);
    ALLOW(w,
          ID3D11Device_CreateBuffer(h->first->device, &desc, NULL, (ID3D11Buffer **)&h->here),
          S_OK);
    ALLOW(w, ID3D11Resource_QueryInterface(h->here, &IID_IDXGIResource, (void **)&dxgi), S_OK);
    ALLOW(w, IDXGIResource_GetSharedHandle(dxgi, &h->number), S_OK);
    IDXGIResource_Release(dxgi);
    ALLOW(w,
          ID3D11Device5_OpenSharedResource(h->second->device5, h->number, &IID_ID3D11Resource,
                                           (void **)&h->there),
          S_OK);
}

static void do_handoff(struct worker *w)
{
    struct handoff h = {.step = 0};
    pthread_t thread;
    handoff_make(w, &h);
    MUST(w, pthread_create(&thread, NULL, partner, &h) == 0);
    d3d11_side(&h, h.first, h.here, 0);
    pthread_join(thread, NULL);
    ID3D11Resource_Release(h.here);
    ID3D11Resource_Release(h.there);
}

const struct operation handoff_ops[] = {
    {"handoff", do_handoff, 3},
    {NULL, NULL, 0},
};
