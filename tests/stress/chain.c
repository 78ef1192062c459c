/* SPDX-License-Identifier: MIT */
/*
 * Chains: a buffer of this thread's own goes to and fro between D3D11 and a stream in the order
 * of a fence, sometimes with the wait before the signal. Every byte is known.
 */
#include "monkey.h"

enum { BYTES = 4096, LINKS_MAX = 6 };

struct chain {
    struct worker *w;
    const struct monkey_device *d;
    ID3D11Buffer *buffer;
    ID3D11Buffer *staging;
    ID3D11Fence *fence;
    cudaExternalMemory_t memory;
    cudaExternalSemaphore_t semaphore;
    unsigned char *bytes;
    unsigned salt, links;
    unsigned char seen[LINKS_MAX][BYTES]; /* by CUDA, in its turns */
};

static void make_d3d11(struct chain *c)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = BYTES,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = (UINT)D3D11_RESOURCE_MISC_SHARED |
                                           (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE};
    D3D11_BUFFER_DESC staging = {.ByteWidth = BYTES,
                                 .Usage = D3D11_USAGE_STAGING,
                                 .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
    ALLOW(c->w, ID3D11Device_CreateBuffer(c->d->device, &desc, NULL, &c->buffer), S_OK);
    ALLOW(c->w, ID3D11Device_CreateBuffer(c->d->device, &staging, NULL, &c->staging), S_OK);
    ALLOW(c->w,
          ID3D11Device5_CreateFence(c->d->device5, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                    (void **)&c->fence),
          S_OK);
}

/* The handles are closed before the imports are used. */
static void import_all(struct chain *c)
{
    struct cudaExternalMemoryHandleDesc memory;
    struct cudaExternalSemaphoreHandleDesc fence;
    struct cudaExternalMemoryBufferDesc buffer;
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    memset(&memory, 0, sizeof(memory));
    memset(&fence, 0, sizeof(fence));
    memset(&buffer, 0, sizeof(buffer));
    ALLOW(c->w, ID3D11Buffer_QueryInterface(c->buffer, &IID_IDXGIResource1, (void **)&dxgi),
          S_OK);
    ALLOW(c->w, IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, NULL, &handle),
          S_OK);
    IDXGIResource1_Release(dxgi);
    memory.type = cudaExternalMemoryHandleTypeD3D11Resource;
    memory.handle.win32.handle = handle;
    memory.size = buffer.size = BYTES;
    memory.flags = cudaExternalMemoryDedicated;
    ALLOW(c->w, cudaImportExternalMemory(&c->memory, &memory), 0);
    MUST(c->w, CloseHandle(handle));
    ALLOW(c->w, ID3D11Fence_CreateSharedHandle(c->fence, NULL, GENERIC_ALL, NULL, &handle),
          S_OK);
    fence.type = cudaExternalSemaphoreHandleTypeD3D11Fence;
    fence.handle.win32.handle = handle;
    ALLOW(c->w, cudaImportExternalSemaphore(&c->semaphore, &fence), 0);
    MUST(c->w, CloseHandle(handle));
    ALLOW(c->w, cudaExternalMemoryGetMappedBuffer((void **)&c->bytes, c->memory, &buffer), 0);
}

static void d3d11_turn(struct chain *c, unsigned link)
{
    unsigned char bytes[BYTES];
    pattern_fill(bytes, BYTES, c->salt, 2 * link);
    if (link)
        ALLOW(c->w, ID3D11DeviceContext4_Wait(c->d->context4, c->fence, 2 * link), S_OK);
    ID3D11DeviceContext_UpdateSubresource(c->d->context, (ID3D11Resource *)c->buffer, 0, NULL,
                                          bytes, 0, 0);
    ALLOW(c->w, ID3D11DeviceContext4_Signal(c->d->context4, c->fence, 2 * link + 1), S_OK);
}

static void cuda_turn(struct chain *c, unsigned link)
{
    unsigned char bytes[BYTES];
    struct cudaExternalSemaphoreWaitParams wait;
    struct cudaExternalSemaphoreSignalParams signal;
    memset(&wait, 0, sizeof(wait));
    memset(&signal, 0, sizeof(signal));
    pattern_fill(bytes, BYTES, c->salt, 2 * link + 1);
    wait.params.fence.value = 2 * link + 1;
    signal.params.fence.value = 2 * link + 2;
    cudaStream_t stream = c->w->stream;
    ALLOW(c->w, cudaWaitExternalSemaphoresAsync(&c->semaphore, &wait, 1, stream), 0);
    ALLOW(c->w, cudaMemcpyAsync(c->seen[link], c->bytes, BYTES, cudaMemcpyDeviceToHost, stream),
          0);
    ALLOW(c->w, cudaMemcpyAsync(c->bytes, bytes, BYTES, cudaMemcpyHostToDevice, stream), 0);
    ALLOW(c->w, cudaSignalExternalSemaphoresAsync(&c->semaphore, &signal, 1, stream), 0);
}

static void check_bytes(struct chain *c, const unsigned char *at, unsigned version)
{
    size_t wrong = pattern_check(at, BYTES, c->salt, version);
    if (wrong != BYTES)
        monkey_fail(c->w, __FILE__, __LINE__, "a chain of %u: byte %zu is not of version %u",
                    c->links, wrong, version);
    else
        MUST(c->w, true);
}

static void check_last(struct chain *c)
{
    D3D11_MAPPED_SUBRESOURCE mapped = {NULL, 0, 0};
    ALLOW(c->w, ID3D11DeviceContext4_Wait(c->d->context4, c->fence, 2 * c->links), S_OK);
    ID3D11DeviceContext_CopyResource(c->d->context, (ID3D11Resource *)c->staging,
                                     (ID3D11Resource *)c->buffer);
    if (!ALLOW(c->w,
               ID3D11DeviceContext_Map(c->d->context, (ID3D11Resource *)c->staging, 0,
                                       D3D11_MAP_READ, 0, &mapped),
               S_OK))
        return;
    check_bytes(c, mapped.pData, 2 * c->links - 1);
    ID3D11DeviceContext_Unmap(c->d->context, (ID3D11Resource *)c->staging, 0);
}

/* Mapping last but one: it must outlive import and resource. */
static void end_chain(struct chain *c)
{
    ALLOW(c->w, cudaDestroyExternalMemory(c->memory), 0);
    ID3D11Buffer_Release(c->buffer);
    ALLOW(c->w, cudaFree(c->bytes), 0);
    ALLOW(c->w, cudaDestroyExternalSemaphore(c->semaphore), 0);
    ID3D11Fence_Release(c->fence);
    ID3D11Buffer_Release(c->staging);
}

static void do_chain(struct worker *w)
{
    struct chain *c = calloc(1, sizeof(*c));
    c->w = w;
    c->d = &world.devices[below(&w->rng, DEVICES)];
    c->salt = below(&w->rng, 256);
    c->links = 1 + below(&w->rng, LINKS_MAX);
    bool early = one_in(&w->rng, 2);
    make_d3d11(c);
    import_all(c);
    for (unsigned link = 0; link < c->links; link++) {
        if (early)
            cuda_turn(c, link);
        d3d11_turn(c, link);
        if (!early)
            cuda_turn(c, link);
    }
    check_last(c);
    ALLOW(w, cudaStreamSynchronize(w->stream), 0);
    for (unsigned link = 0; link < c->links; link++)
        check_bytes(c, c->seen[link], 2 * link);
    end_chain(c);
    free(c);
}

const struct operation chain_ops[] = {
    {"chain", do_chain, 6},
    {NULL, NULL, 0},
};
