/* SPDX-License-Identifier: MIT */
/*
 * Does an operation cost more when there is more of everything? The floor of these rows is the
 * same operation beside ten of its kind.
 */
#include "bench/bench.h"
#include "bench/parts.h"

#include "demo/check.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

#define FEW 10

/* What there is many of: made one by one, and one operation among them. */
struct crowd {
    struct rig *rig;
    struct shared_buffer probe;
    IDXGIResource1 *probe_dxgi; /* of a resource that has NT handles */
    struct shared_fence fence;
    size_t count;
    void *members[]; /* buffers, handles, streams, events: as the row says */
};

struct crowd_kind {
    bool (*add)(struct crowd *c, size_t index);
    void (*remove)(struct crowd *c, size_t index);
    void (*operate)(void *crowd, unsigned count);
};

/* Beside ten, then beside all: samples by turns would need a crowd to go and come. */
static bool run_crowd(const struct row *row, struct crowd *c, const struct crowd_kind *kind,
                      struct result *out)
{
    struct result few = {.note = ""}, many = few;
    bool ok = true;
    for (; ok && c->count < FEW; c->count++)
        ok = kind->add(c, c->count);
    if (ok)
        measure(&(struct pair){kind->operate, NULL, c}, &few);
    for (; ok && c->count < row->size; c->count++)
        ok = kind->add(c, c->count);
    if (ok)
        measure(&(struct pair){kind->operate, NULL, c}, &many);
    while (c->count > 0)
        kind->remove(c, --c->count);
    if (!ok)
        return false;
    *out = many;
    out->floor = few.ours;
    out->ratio = (struct figure){many.ours.median / few.ours.median,
                                 many.ours.low / few.ours.high, many.ours.high / few.ours.low};
    return true;
}

static struct crowd *crowd_new(struct rig *rig, size_t most)
{
    struct crowd *c = calloc(1, sizeof(*c) + (most + FEW) * sizeof(c->members[0]));
    if (!c)
        fail_row("no memory");
    c->rig = rig;
    return c;
}

/* Objects: import of one while there are many. */

/* As many have a number as the broker grants a process; the others are alive only. */
static bool add_buffer(struct crowd *c, size_t index)
{
    enum { NUMBERED = 4000 };
    D3D11_BUFFER_DESC desc = {.ByteWidth = 4096,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = D3D11_RESOURCE_MISC_SHARED};
    struct shared_buffer b;
    if (index >= NUMBERED)
        return HR(ID3D11Device5_CreateBuffer(c->rig->device, &desc, NULL,
                                             (ID3D11Buffer **)&c->members[index]));
    if (!shared_buffer_open(c->rig, D3D11_RESOURCE_MISC_SHARED, 4096, &b))
        return false;
    c->members[index] = b.buffer;
    c->probe = b;
    return true;
}

static void remove_buffer(struct crowd *c, size_t index)
{
    ID3D11Buffer_Release((ID3D11Buffer *)c->members[index]);
}

static void import_probe(void *crowd, unsigned count)
{
    ours_import(&((struct crowd *)crowd)->probe, count);
}

bool run_growth_objects(const struct row *row, struct rig *rig, struct result *out)
{
    static const struct crowd_kind kind = {add_buffer, remove_buffer, import_probe};
    _cleanup_(report_freep) struct crowd *c = crowd_new(rig, row->size);
    return run_crowd(row, c, &kind, out);
}

/* Handles and names: one more is made and closed while there are many. */

static bool open_probe_with_handles(struct crowd *c)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = 16,
        .Height = 16,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    ID3D11Texture2D *texture = NULL;
    if (!HR(ID3D11Device5_CreateTexture2D(c->rig->device, &desc, NULL, &texture)))
        return false;
    bool ok = HR(
        ID3D11Texture2D_QueryInterface(texture, &IID_IDXGIResource1, (void **)&c->probe_dxgi));
    ID3D11Texture2D_Release(texture);
    return ok;
}

static HANDLE new_handle(struct crowd *c, const WCHAR *name)
{
    HANDLE handle = NULL;
    if (FAILED(IDXGIResource1_CreateSharedHandle(c->probe_dxgi, NULL, DXGI_SHARED_RESOURCE_READ,
                                                 name, &handle)))
        fail_row("no handle");
    return handle;
}

static bool add_handle(struct crowd *c, size_t index)
{
    c->members[index] = new_handle(c, NULL);
    return true;
}

static bool add_name(struct crowd *c, size_t index)
{
    WCHAR name[64];
    swprintf(name, ARRAY_LENGTH(name), L"Local\\isthmus-%d-%zu", (int)getpid(), index);
    c->members[index] = new_handle(c, name);
    return true;
}

static void remove_handle(struct crowd *c, size_t index)
{
    CloseHandle(c->members[index]);
}

static void handle_probe(void *crowd, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        CloseHandle(new_handle(crowd, NULL));
}

static void name_probe(void *crowd, unsigned count)
{
    struct crowd *c = crowd;
    for (unsigned i = 0; i < count; i++)
        CloseHandle(new_handle(c, L"Local\\isthmus-bench-probe"));
}

static bool run_handles(const struct row *row, struct rig *rig, const struct crowd_kind *kind,
                        struct result *out)
{
    _cleanup_(report_freep) struct crowd *c = crowd_new(rig, row->size);
    if (!open_probe_with_handles(c))
        return false;
    bool ok = run_crowd(row, c, kind, out);
    IDXGIResource1_Release(c->probe_dxgi);
    return ok;
}

bool run_growth_handles(const struct row *row, struct rig *rig, struct result *out)
{
    static const struct crowd_kind kind = {add_handle, remove_handle, handle_probe};
    return run_handles(row, rig, &kind, out);
}

bool run_growth_names(const struct row *row, struct rig *rig, struct result *out)
{
    static const struct crowd_kind kind = {add_name, remove_handle, name_probe};
    return run_handles(row, rig, &kind, out);
}

/* Streams: work on one while there are many idle ones. */

static bool add_stream(struct crowd *c, size_t index)
{
    return CUDA(
        cudaStreamCreateWithFlags((cudaStream_t *)&c->members[index], cudaStreamNonBlocking));
}

static void remove_stream(struct crowd *c, size_t index)
{
    (void)CUDA(cudaStreamDestroy(c->members[index]));
}

static void stream_probe(void *crowd, unsigned count)
{
    struct crowd *c = crowd;
    for (unsigned i = 0; i < count; i++) {
        cudaStream_t stream;
        if (cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) != cudaSuccess ||
            cudaStreamSynchronize(c->members[0]) != cudaSuccess ||
            cudaStreamDestroy(stream) != cudaSuccess)
            fail_row("a stream call failed");
    }
}

bool run_growth_streams(const struct row *row, struct rig *rig, struct result *out)
{
    static const struct crowd_kind kind = {add_stream, remove_stream, stream_probe};
    _cleanup_(report_freep) struct crowd *c = crowd_new(rig, row->size);
    return run_crowd(row, c, &kind, out);
}

/* Waiters: each on a fence of its own; signals go to another fence. */

static bool add_waiter(struct crowd *c, size_t index)
{
    struct shared_fence f;
    cudaStream_t stream;
    if (!shared_fence_open(c->rig, &f) ||
        !CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking)) ||
        !shared_fence_wait(&f, 1, stream))
        return false;
    /* The fence ends with its references, the wait with the fence: so only the stream stays. */
    (void)CUDA(cudaDestroyExternalSemaphore(f.semaphore));
    c->members[index] = f.fence;
    (void)CUDA(cudaStreamDestroy(stream));
    return true;
}

static void remove_waiter(struct crowd *c, size_t index)
{
    ID3D11Fence_Release((ID3D11Fence *)c->members[index]);
}

static void signal_probe(void *crowd, unsigned count)
{
    struct crowd *c = crowd;
    for (unsigned i = 0; i < count; i++) {
        UINT64 value = ++c->fence.value;
        if (!shared_fence_wait(&c->fence, value, c->rig->stream) ||
            FAILED(ID3D11DeviceContext4_Signal(c->rig->context, c->fence.fence, value)) ||
            cudaStreamSynchronize(c->rig->stream) != cudaSuccess)
            fail_row("a fence call failed");
    }
}

bool run_growth_waiters(const struct row *row, struct rig *rig, struct result *out)
{
    static const struct crowd_kind kind = {add_waiter, remove_waiter, signal_probe};
    _cleanup_(report_freep) struct crowd *c = crowd_new(rig, row->size);
    if (!shared_fence_open(rig, &c->fence))
        return false;
    bool ok = run_crowd(row, c, &kind, out);
    shared_fence_close(&c->fence);
    return ok;
}
