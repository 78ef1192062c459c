/* SPDX-License-Identifier: MIT */
/*
 * One frame of the main job, and the loop around it. Values of the fence: 2n + 1 when D3D11 has
 * uploaded frame n, 2n + 2 when CUDA has filtered it.
 */
#include "demo/pipeline.h"

#include "demo/check.h"
#include "demo/surface.h"
#include "edge.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* What the host function needs; the stream writes the times, the fence publishes them. */
struct edge_job {
    struct edge_plane from;
    struct edge_plane to;
    size_t width;
    size_t height;
    int16_t *scratch;
    double began;
    double ended;
};

struct pipeline {
    struct rig *rig;
    struct surface source; /* D3D11 writes, CUDA reads */
    struct surface result; /* CUDA writes, D3D11 reads */
    ID3D11Texture2D *staging;
    ID3D11Fence *fence;
    cudaExternalSemaphore_t semaphore; /* the same fence */
    struct edge_job job;
};

static void CUDART_CB edge_job_run(void *user)
{
    struct edge_job *job = user;
    job->began = now_us();
    edge_filter(job->from, job->to, job->width, job->height, job->scratch);
    job->ended = now_us();
}

/* The planes stay where they are as long as the arrays are mapped: asked for once. */
static bool prepare_job(struct pipeline *p, const struct picture *picture)
{
    p->job.width = picture->width;
    p->job.height = picture->height;
    p->job.scratch = calloc(edge_scratch_length(picture->width), sizeof(*p->job.scratch));
    if (!p->job.scratch) {
        complain("there is no memory for three rows of the filter");
        return false;
    }
    return surface_plane(&p->source, &p->job.from) && surface_plane(&p->result, &p->job.to);
}

/* Both sides hold the same 64-bit counter from here on. */
static bool share_the_fence(struct pipeline *p)
{
    struct share share;
    if (!HR(ID3D11Device5_CreateFence(p->rig->device, 0, D3D11_FENCE_FLAG_SHARED,
                                      &IID_ID3D11Fence, (void **)&p->fence)) ||
        !share_fence(p->rig, p->fence, SHARE_BY_NT_HANDLE, &share))
        return false;
    bool ok = import_fence(&share, &p->semaphore);
    return share_close(&share) && ok;
}

static bool pipeline_open(struct pipeline *p, const struct picture *picture)
{
    UINT width = picture->width;
    UINT height = picture->height;
    return surface_open(p->rig, width, height, &p->source) &&
           surface_open(p->rig, width, height, &p->result) &&
           surface_create_staging(p->rig, width, height, &p->staging) && share_the_fence(p) &&
           prepare_job(p, picture);
}

/* The stream comes to its end before anything that it uses goes away. */
static bool pipeline_close(struct pipeline *p)
{
    bool ok = CUDA(cudaStreamSynchronize(p->rig->stream));
    ok = (!p->semaphore || CUDA(cudaDestroyExternalSemaphore(p->semaphore))) && ok;
    if (p->fence)
        ID3D11Fence_Release(p->fence);
    if (p->staging)
        ID3D11Texture2D_Release(p->staging);
    ok = surface_close(&p->source) && ok;
    ok = surface_close(&p->result) && ok;
    free(p->job.scratch);
    return ok;
}

/* D3D11: the picture into the shared texture, then the signal for CUDA. */
static bool upload(struct pipeline *p, const struct picture *from, UINT64 value)
{
    ID3D11DeviceContext4 *context = p->rig->context;
    ID3D11DeviceContext4_UpdateSubresource(context, (ID3D11Resource *)p->source.texture, 0,
                                           NULL, from->pixels, (UINT)picture_pitch(from), 0);
    if (!HR(ID3D11DeviceContext4_Signal(context, p->fence, value)))
        return false;
    ID3D11DeviceContext4_Flush(context);
    return true;
}

/* CUDA, in stream order: wait for the upload, filter, signal. Nothing here blocks. */
static bool filter(struct pipeline *p, UINT64 value)
{
    cudaStream_t stream = p->rig->stream;
    struct cudaExternalSemaphoreWaitParams wait = {.params.fence.value = value};
    struct cudaExternalSemaphoreSignalParams signal = {.params.fence.value = value + 1};
    return CUDA(cudaWaitExternalSemaphoresAsync(&p->semaphore, &wait, 1, stream)) &&
           CUDA(cudaLaunchHostFunc(stream, edge_job_run, &p->job)) &&
           CUDA(cudaSignalExternalSemaphoresAsync(&p->semaphore, &signal, 1, stream));
}

/*
 * D3D11 again: wait for CUDA, copy to the staging texture, map it. Map() is the first to
 * block.
 */
static bool read_back(struct pipeline *p, struct picture *to, UINT64 value)
{
    ID3D11DeviceContext4 *context = p->rig->context;
    D3D11_MAPPED_SUBRESOURCE mapped;
    if (!HR(ID3D11DeviceContext4_Wait(context, p->fence, value)))
        return false;
    ID3D11DeviceContext4_CopyResource(context, (ID3D11Resource *)p->staging,
                                      (ID3D11Resource *)p->result.texture);
    if (!HR(ID3D11DeviceContext4_Map(context, (ID3D11Resource *)p->staging, 0, D3D11_MAP_READ,
                                     0, &mapped)))
        return false;
    for (size_t y = 0; y < to->height; y++)
        memcpy(to->pixels + y * picture_pitch(to),
               (const char *)mapped.pData + y * mapped.RowPitch, picture_pitch(to));
    ID3D11DeviceContext4_Unmap(context, (ID3D11Resource *)p->staging, 0);
    return true;
}

/* The host function has ended when the fence let D3D11's copy go: its times may be read. */
static bool frame(struct pipeline *p, const struct picture *from, struct picture *to,
                  uint64_t number, struct pipeline_times *times)
{
    UINT64 value = 2 * number + 1;
    double started = now_us();
    if (!upload(p, from, value))
        return false;
    double uploaded = now_us();
    if (!filter(p, value) || !read_back(p, to, value + 1))
        return false;
    double finished = now_us();
    times->upload += uploaded - started;
    times->handover += p->job.began - uploaded;
    times->filter += p->job.ended - p->job.began;
    times->readback += finished - p->job.ended;
    times->total += finished - started;
    return true;
}

static bool all_frames(struct pipeline *p, const struct picture *from, struct picture *to,
                       uint64_t frames, struct pipeline_times *times)
{
    struct progress progress = progress_start("frame", frames);
    bool ok = true;
    for (uint64_t i = 0; ok && i < frames; i++) {
        ok = frame(p, from, to, i, times);
        progress_show(&progress, i + 1);
    }
    progress_end(&progress);
    return ok;
}

bool pipeline_run(struct rig *rig, const struct picture *from, struct picture *to,
                  uint64_t frames, struct pipeline_times *times)
{
    struct pipeline p = {.rig = rig};
    *times = (struct pipeline_times){0};
    bool ok = pipeline_open(&p, from) && all_frames(&p, from, to, frames, times);
    return pipeline_close(&p) && ok;
}
