/* SPDX-License-Identifier: MIT */
/*
 * The frames of the main job. Two fences count them, as a fence of both would run ahead: n + 1
 * when D3D11 has uploaded frame n, and n + 1 when CUDA has filtered it. There are two sets of
 * textures, taken by turns: while CUDA filters one frame, D3D11 uploads the next one and reads
 * the one before back.
 */
#include "demo/pipeline.h"

#include "demo/check.h"
#include "demo/cuda.h"
#include "demo/surface.h"
#include "report.h"

#include <string.h>

/* What one frame needs while it is under way; the fence publishes the filter's times. */
struct turn {
    struct surface source, result; /* D3D11 writes and CUDA reads; the other way round */
    struct cuda_filter filter;
    double uploaded; /* when D3D11's part was done */
};

/* A fence, as both sides know it. */
struct counter {
    ID3D11Fence *fence;
    struct ist_fence import;
};

#define TURNS 2

struct pipeline {
    struct rig *rig;
    struct turn turn[TURNS]; /* frame n has turn n % TURNS */
    ID3D11Texture2D *staging;
    struct counter uploads, results;
    double filtered; /* when the last frame that was read back had been filtered */
};

static bool turn_open(struct rig *rig, const struct picture *picture, struct turn *t)
{
    if (!surface_open(rig, picture->width, picture->height, &t->source) ||
        !surface_open(rig, picture->width, picture->height, &t->result))
        return false;
    t->filter = (struct cuda_filter){.from.mipmapped = t->source.import.mipmapped,
                                     .to.mipmapped = t->result.import.mipmapped,
                                     .width = picture->width,
                                     .height = picture->height};
    return CUDA(cuda->filter_open(&t->filter));
}

static bool turn_close(struct turn *t)
{
    cuda->filter_close(&t->filter); /* before the imports that it looks at */
    bool ok = surface_close(&t->source);
    return surface_close(&t->result) && ok;
}

static bool counter_open(struct rig *rig, struct counter *c)
{
    c->import = (struct ist_fence)IST_FENCE_INIT;
    return HR(ID3D11Device5_CreateFence(rig->device, 0, D3D11_FENCE_FLAG_SHARED,
                                        &IID_ID3D11Fence, (void **)&c->fence)) &&
           IST(ist_import_fence(c->fence, &c->import));
}

static bool counter_close(struct counter *c)
{
    if (c->fence)
        ID3D11Fence_Release(c->fence);
    return IST(ist_release_fence(&c->import));
}

/* One frame needs one turn only. The staging texture is one that the CPU may read. */
static bool pipeline_open(struct pipeline *p, const struct picture *picture, uint64_t frames)
{
    D3D11_TEXTURE2D_DESC desc = surface_describe(picture->width, picture->height);
    desc.Usage = D3D11_USAGE_STAGING;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    desc.BindFlags = desc.MiscFlags = 0;
    for (unsigned i = 0; i < TURNS && i < frames; i++)
        if (!turn_open(p->rig, picture, &p->turn[i]))
            return false;
    return HR(ID3D11Device5_CreateTexture2D(p->rig->device, &desc, NULL, &p->staging)) &&
           counter_open(p->rig, &p->uploads) && counter_open(p->rig, &p->results);
}

/* The stream comes to its end before anything that it uses goes away. */
static bool pipeline_close(struct pipeline *p)
{
    bool ok = CUDA(cuda->stream_synchronize(p->rig->stream));
    ok = counter_close(&p->uploads) && ok;
    ok = counter_close(&p->results) && ok;
    if (p->staging)
        ID3D11Texture2D_Release(p->staging);
    for (unsigned i = 0; i < TURNS; i++)
        ok = turn_close(&p->turn[i]) && ok;
    return ok;
}

/* D3D11: the picture into the shared texture, then the signal for CUDA. */
static bool upload(struct pipeline *p, struct turn *t, const struct picture *from, UINT64 value)
{
    ID3D11DeviceContext4 *context = p->rig->context;
    ID3D11DeviceContext4_UpdateSubresource(context, (ID3D11Resource *)t->source.texture, 0,
                                           NULL, from->pixels, (UINT)picture_pitch(from), 0);
    if (!HR(ID3D11DeviceContext4_Signal(context, p->uploads.fence, value)))
        return false;
    ID3D11DeviceContext4_Flush(context);
    return true;
}

/* CUDA, in stream order: wait for the upload, filter, signal. Nothing here blocks. */
static bool filter(struct pipeline *p, struct turn *t, UINT64 value)
{
    cudaStream_t stream = p->rig->stream;
    return IST(ist_fence_wait(&p->uploads.import, value, stream)) &&
           CUDA(cuda->filter_run(&t->filter, stream)) &&
           IST(ist_fence_signal(&p->results.import, value, stream));
}

static void copy_out(const D3D11_MAPPED_SUBRESOURCE *mapped, struct picture *to)
{
    for (size_t y = 0; y < to->height; y++)
        memcpy(to->pixels + y * picture_pitch(to),
               (const char *)mapped->pData + y * mapped->RowPitch, picture_pitch(to));
}

/*
 * D3D11 again: wait for CUDA, copy to the staging texture, map it: there the picture is. Map()
 * is the first to block. `to` is NULL for frames that another one would replace at once.
 */
static bool read_back(struct pipeline *p, struct turn *t, struct picture *to, UINT64 value)
{
    ID3D11DeviceContext4 *context = p->rig->context;
    D3D11_MAPPED_SUBRESOURCE mapped;
    if (!HR(ID3D11DeviceContext4_Wait(context, p->results.fence, value)))
        return false;
    ID3D11DeviceContext4_CopyResource(context, (ID3D11Resource *)p->staging,
                                      (ID3D11Resource *)t->result.texture);
    if (!HR(ID3D11DeviceContext4_Map(context, (ID3D11Resource *)p->staging, 0, D3D11_MAP_READ,
                                     0, &mapped)))
        return false;
    if (to)
        copy_out(&mapped, to);
    ID3D11DeviceContext4_Unmap(context, (ID3D11Resource *)p->staging, 0);
    return true;
}

/* The textures of this turn are free: their last frame was read back before. */
static bool begin_frame(struct pipeline *p, const struct picture *from, uint64_t number,
                        struct pipeline_times *times)
{
    struct turn *t = &p->turn[number % TURNS];
    UINT64 value = number + 1;
    double started = now_us();
    if (!upload(p, t, from, value))
        return false;
    t->uploaded = now_us();
    times->upload += t->uploaded - started;
    return filter(p, t, value);
}

static double later(double a, double b)
{
    return a > b ? a : b;
}

/*
 * The filter has ended when the fence let D3D11's copy go: its times may be read. What a
 * frame waits for the one before it is nobody's hand-over.
 */
static bool end_frame(struct pipeline *p, struct picture *to, uint64_t number,
                      struct pipeline_times *times)
{
    struct turn *t = &p->turn[number % TURNS];
    double started = now_us();
    if (!read_back(p, t, to, number + 1))
        return false;
    const struct cuda_filter *f = &t->filter;
    times->handover += f->began - later(t->uploaded, p->filtered);
    times->filter += f->ended - f->began;
    times->readback += now_us() - later(f->ended, started);
    p->filtered = f->ended;
    return true;
}

static bool all_frames(struct pipeline *p, const struct picture *from, struct picture *to,
                       uint64_t frames, struct pipeline_times *times)
{
    struct progress progress = progress_start("frame", frames);
    double started = now_us();
    bool ok = begin_frame(p, from, 0, times);
    for (uint64_t i = 0; ok && i < frames; i++) {
        ok = (i + 1 == frames || begin_frame(p, from, i + 1, times)) &&
             end_frame(p, i + 1 == frames ? to : NULL, i, times);
        progress_show(&progress, i + 1);
    }
    times->total = now_us() - started;
    progress_end(&progress);
    return ok;
}

bool pipeline_run(struct rig *rig, const struct picture *from, struct picture *to,
                  uint64_t frames, struct pipeline_times *times)
{
    struct pipeline p = {.rig = rig};
    *times = (struct pipeline_times){0};
    bool ok = pipeline_open(&p, from, frames) && all_frames(&p, from, to, frames, times);
    return pipeline_close(&p) && ok;
}
