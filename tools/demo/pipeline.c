/* SPDX-License-Identifier: MIT */
/*
 * The frames of the main job. Two fences count them, as a fence of both would run ahead: n + 1
 * when D3D11 has uploaded frame n, and n + 1 when CUDA has filtered it. There are two sets of
 * textures, taken by turns: while CUDA filters one frame, D3D11 uploads the next one and reads
 * the one before back.
 */
#include "demo/pipeline.h"

#include "demo/cuda.h"
#include "demo/lane.h"
#include "report.h"

/* A texture and its import. */
struct surface {
    struct lane lane;
    struct ist_resource import;
};

/* What one frame needs while it is under way; the fence publishes the filter's times. */
struct turn {
    struct surface source, result; /* D3D11 writes and CUDA reads; the other way round */
    struct filter filter;
    double uploaded; /* when D3D11's part was done */
};

#define TURNS 2

/* The fences are those of the first turn's textures. */
struct pipeline {
    struct rig *rig;
    struct turn turn[TURNS]; /* frame n has turn n % TURNS */
    struct ist_fence uploads, results;
    double filtered; /* when the last frame that was read back had been filtered */
};

/* The filter writes: SURFACE. */
static bool surface_open(struct rig *rig, const struct picture *picture, struct surface *out)
{
    struct ist_import_options options = IST_IMPORT_OPTIONS_INIT;
    struct ist_resource_desc desc = {
        .struct_size = sizeof(desc),
        .dimension = D3D11_RESOURCE_DIMENSION_TEXTURE2D,
        .width = picture->width,
        .height = picture->height,
        .levels = 1,
        .slices = 1,
        .format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .bind_flags = D3D11_BIND_SHADER_RESOURCE,
        .misc_flags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    options.flags = IST_IMPORT_SURFACE;
    out->import = (struct ist_resource)IST_RESOURCE_INIT;
    return lane_open(rig, &desc, &out->lane) &&
           IST(ist_import_resource(out->lane.resource, &options, &out->import));
}

static bool surface_close(struct surface *s)
{
    lane_close(&s->lane);
    return IST(ist_release_resource(&s->import));
}

/* One frame needs one turn only. */
static bool pipeline_open(struct pipeline *p, const struct picture *picture, uint64_t frames)
{
    p->uploads = p->results = (struct ist_fence)IST_FENCE_INIT;
    for (unsigned i = 0; i < TURNS && i < frames; i++) {
        struct turn *t = &p->turn[i];
        if (!surface_open(p->rig, picture, &t->source) ||
            !surface_open(p->rig, picture, &t->result) ||
            !filter_open(&t->filter, &t->source.import, &t->result.import))
            return false;
    }
    return IST(ist_import_fence(p->turn->source.lane.fence, &p->uploads)) &&
           IST(ist_import_fence(p->turn->result.lane.fence, &p->results));
}

/* The stream comes to its end before anything that it uses goes away. */
static bool pipeline_close(struct pipeline *p)
{
    bool ok = CUDA(cuda.stream_synchronize(p->rig->stream));
    ok = IST(ist_release_fence(&p->uploads)) && ok;
    ok = IST(ist_release_fence(&p->results)) && ok;
    for (struct turn *t = p->turn; t < p->turn + TURNS; t++) {
        filter_close(&t->filter); /* before the imports that it looks at */
        ok = surface_close(&t->source) && ok;
        ok = surface_close(&t->result) && ok;
    }
    return ok;
}

/*
 * D3D11: the picture into the shared texture, then the signal for CUDA. CUDA, in stream order:
 * wait for the upload, filter, signal. Nothing of it blocks. The textures of this turn are
 * free: their last frame was read back before.
 */
static bool begin_frame(struct pipeline *p, const struct picture *from, uint64_t number,
                        struct pipeline_times *times)
{
    struct turn *t = &p->turn[number % TURNS];
    cudaStream_t stream = p->rig->stream;
    UINT64 value = number + 1;
    double started = now_us();
    if (!lane_upload(&t->source.lane, from->pixels) ||
        !lane_signal(&p->turn->source.lane, value))
        return false;
    t->uploaded = now_us();
    times->upload += t->uploaded - started;
    return IST(ist_fence_wait(&p->uploads, value, stream)) && filter_run(&t->filter, stream) &&
           IST(ist_fence_signal(&p->results, value, stream));
}

static double later(double a, double b)
{
    return a > b ? a : b;
}

/*
 * D3D11 again: wait for CUDA, copy to the staging texture, map it: there the picture is. That
 * is the first to block; the filter has ended by then, so its times may be read. What a frame
 * waits for the one before it is nobody's hand-over. `to` is NULL for frames that another one
 * would replace at once.
 */
static bool end_frame(struct pipeline *p, struct picture *to, uint64_t number,
                      struct pipeline_times *times)
{
    struct turn *t = &p->turn[number % TURNS];
    const struct filter *f = &t->filter;
    double started = now_us();
    if (!lane_wait(&p->turn->result.lane, number + 1))
        return false;
    lane_fetch(&t->result.lane);
    if (!lane_download(&t->result.lane, to ? to->pixels : NULL))
        return false;
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
