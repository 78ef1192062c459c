/* SPDX-License-Identifier: MIT */
/*
 * Cells: buffers whose bytes are known to whoever holds their keyed mutex. Each turn finds the
 * version that the last owner left and leaves the next one, through D3D11 or CUDA. `version` is
 * a plain number on purpose: the mutex alone keeps the threads apart.
 */
#include "monkey.h"

#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NTHANDLE ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

static void open_cell(struct cell *c, bool kmt)
{
    IDXGIResource1 *dxgi = NULL;
    ALLOW(NULL,
          ID3D11Resource_QueryInterface(c->opened[0], &IID_IDXGIResource1, (void **)&dxgi),
          S_OK);
    if (kmt)
        ALLOW(NULL, IDXGIResource1_GetSharedHandle(dxgi, &c->handle), S_OK);
    else
        ALLOW(NULL,
              IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, NULL, &c->handle),
              S_OK);
    IDXGIResource1_Release(dxgi);
    ID3D11Device5 *other = world.devices[1].device5;
    ALLOW(NULL,
          kmt ? ID3D11Device5_OpenSharedResource(other, c->handle, &IID_ID3D11Resource,
                                                 (void **)&c->opened[1])
              : ID3D11Device5_OpenSharedResource1(other, c->handle, &IID_ID3D11Resource,
                                                  (void **)&c->opened[1]),
          S_OK);
}

void cells_make(void)
{
    unsigned char bytes[CELL_BYTES];
    for (unsigned i = 0; i < CELLS; i++) {
        bool kmt = i & 1;
        D3D11_BUFFER_DESC desc = {.ByteWidth = CELL_BYTES,
                                  .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                  .MiscFlags = kmt ? KEYED : KEYED | NTHANDLE};
        D3D11_SUBRESOURCE_DATA data = {bytes, 0, 0};
        pattern_fill(bytes, sizeof(bytes), i, 0);
        ALLOW(NULL,
              ID3D11Device_CreateBuffer(world.devices[0].device, &desc, &data,
                                        (ID3D11Buffer **)&world.cells[i].opened[0]),
              S_OK);
        open_cell(&world.cells[i], kmt);
    }
}

void cells_end(void)
{
    for (unsigned i = 0; i < CELLS; i++) {
        if (!(i & 1))
            MUST(NULL, CloseHandle(world.cells[i].handle));
        for (unsigned d = 0; d < DEVICES; d++)
            ID3D11Resource_Release(world.cells[i].opened[d]);
    }
}

static void import_cell(struct worker *w, unsigned i)
{
    bool kmt = i & 1;
    struct cudaExternalMemoryHandleDesc memory;
    struct cudaExternalSemaphoreHandleDesc mutex;
    struct cudaExternalMemoryBufferDesc buffer;
    memset(&memory, 0, sizeof(memory));
    memset(&mutex, 0, sizeof(mutex));
    memset(&buffer, 0, sizeof(buffer));
    memory.type = kmt ? cudaExternalMemoryHandleTypeD3D11ResourceKmt
                      : cudaExternalMemoryHandleTypeD3D11Resource;
    memory.handle.win32.handle = world.cells[i].handle;
    memory.size = buffer.size = CELL_BYTES;
    memory.flags = cudaExternalMemoryDedicated;
    mutex.type = kmt ? cudaExternalSemaphoreHandleTypeKeyedMutexKmt
                     : cudaExternalSemaphoreHandleTypeKeyedMutex;
    mutex.handle.win32.handle = world.cells[i].handle;
    ALLOW(w, cudaImportExternalMemory(&w->cell_memory[i], &memory), 0);
    ALLOW(w, cudaImportExternalSemaphore(&w->cell_mutex[i], &mutex), 0);
    ALLOW(w,
          cudaExternalMemoryGetMappedBuffer((void **)&w->cell_bytes[i], w->cell_memory[i],
                                            &buffer),
          0);
}

void worker_make(struct worker *w)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = CELL_BYTES,
                              .Usage = D3D11_USAGE_STAGING,
                              .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
    pthread_mutex_init(&w->holds.lock, NULL);
    atomic_store(&w->where, "starting");
    ALLOW(w, cudaStreamCreateWithFlags(&w->stream, cudaStreamNonBlocking), 0);
    for (unsigned i = 0; i < CELLS; i++)
        import_cell(w, i);
    for (unsigned d = 0; d < DEVICES; d++)
        ALLOW(w,
              ID3D11Device_CreateBuffer(world.devices[d].device, &desc, NULL,
                                        (ID3D11Buffer **)&w->staging[d]),
              S_OK);
}

void worker_end(struct worker *w)
{
    for (unsigned i = 0; i < CELLS; i++) {
        ALLOW(w, cudaFree(w->cell_bytes[i]), 0);
        ALLOW(w, cudaDestroyExternalSemaphore(w->cell_mutex[i]), 0);
        ALLOW(w, cudaDestroyExternalMemory(w->cell_memory[i]), 0);
    }
    for (unsigned d = 0; d < DEVICES; d++)
        ID3D11Resource_Release(w->staging[d]);
    ALLOW(w, cudaStreamDestroy(w->stream), 0);
}

/* Reads what Map shows of the staging buffer; it waits for the copy. */
static void check_staging(struct worker *w, unsigned d, unsigned cell, unsigned version)
{
    ID3D11DeviceContext *context = world.devices[d].context;
    D3D11_MAPPED_SUBRESOURCE mapped = {NULL, 0, 0};
    if (!ALLOW(w,
               ID3D11DeviceContext_Map(context, w->staging[d], 0, D3D11_MAP_READ, 0, &mapped),
               S_OK))
        return;
    size_t wrong = pattern_check(mapped.pData, CELL_BYTES, cell, version);
    if (wrong != CELL_BYTES)
        monkey_fail(w, __FILE__, __LINE__,
                    "D3D11 device %u, cell %u: byte %zu is not of version %u", d, cell, wrong,
                    version);
    else
        MUST(w, true);
    ID3D11DeviceContext_Unmap(context, w->staging[d], 0);
}

/* The mutex is let go before the copies are looked at, as a pipeline does. */
static void do_d3d11_turn(struct worker *w)
{
    unsigned char bytes[CELL_BYTES];
    unsigned d = below(&w->rng, DEVICES), i = below(&w->rng, CELLS);
    struct cell *c = &world.cells[i];
    ID3D11DeviceContext *context = world.devices[d].context;
    IDXGIKeyedMutex *mutex = NULL;
    ALLOW(w, ID3D11Resource_QueryInterface(c->opened[d], &IID_IDXGIKeyedMutex, (void **)&mutex),
          S_OK);
    HRESULT hr = IDXGIKeyedMutex_AcquireSync(mutex, 0, below(&w->rng, 20));
    ALLOW(w, hr, S_OK, WAIT_TIMEOUT, DXGI_ERROR_INVALID_CALL);
    if (hr == S_OK) {
        unsigned version = c->version++;
        pattern_fill(bytes, sizeof(bytes), i, version + 1);
        ID3D11DeviceContext_CopyResource(context, w->staging[d], c->opened[d]);
        ID3D11DeviceContext_UpdateSubresource(context, c->opened[d], 0, NULL, bytes, 0, 0);
        ALLOW(w, IDXGIKeyedMutex_ReleaseSync(mutex, 0), S_OK);
        check_staging(w, d, i, version);
    }
    IDXGIKeyedMutex_Release(mutex);
}

/* What a stream read, looked at in stream order. */
struct reading {
    unsigned cell, version;
    unsigned char bytes[CELL_BYTES];
};

static void CUDART_CB check_reading(void *reading)
{
    struct reading *r = reading;
    size_t wrong = pattern_check(r->bytes, CELL_BYTES, r->cell, r->version);
    if (wrong != CELL_BYTES)
        monkey_fail(NULL, __FILE__, __LINE__, "CUDA, cell %u: byte %zu is not of version %u",
                    r->cell, wrong, r->version);
    else
        MUST(NULL, true);
    free(r);
}

static void use_cell(struct worker *w, unsigned i)
{
    unsigned char bytes[CELL_BYTES];
    struct reading *r = malloc(sizeof(*r));
    r->cell = i;
    r->version = world.cells[i].version++;
    pattern_fill(bytes, sizeof(bytes), i, r->version + 1);
    ALLOW(w,
          cudaMemcpyAsync(r->bytes, w->cell_bytes[i], CELL_BYTES, cudaMemcpyDeviceToHost,
                          w->stream),
          0);
    ALLOW(w, cudaLaunchHostFunc(w->stream, check_reading, r), 0);
    ALLOW(w,
          cudaMemcpyAsync(w->cell_bytes[i], bytes, CELL_BYTES, cudaMemcpyHostToDevice,
                          w->stream),
          0);
}

static void do_cuda_turn(struct worker *w)
{
    unsigned i = below(&w->rng, CELLS);
    struct cudaExternalSemaphoreWaitParams wait;
    struct cudaExternalSemaphoreSignalParams signal;
    memset(&wait, 0, sizeof(wait));
    memset(&signal, 0, sizeof(signal));
    wait.params.keyedMutex.timeoutMs = below(&w->rng, 20);
    unsigned code = cudaWaitExternalSemaphoresAsync(&w->cell_mutex[i], &wait, 1, w->stream);
    ALLOW(w, code, 0, cudaErrorTimeout);
    if (code)
        return;
    use_cell(w, i);
    ALLOW(w, cudaSignalExternalSemaphoresAsync(&w->cell_mutex[i], &signal, 1, w->stream), 0);
}

const struct operation cell_ops[] = {
    {"cell.d3d11", do_d3d11_turn, 8},
    {"cell.cuda", do_cuda_turn, 8},
    {NULL, NULL, 0},
};
