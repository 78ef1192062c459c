/* SPDX-License-Identifier: MIT */
/*
 * The 4K frame in one process: produced by D3D11, handed over, consumed by CUDA, handed back,
 * strictly in turns. The floor of each row is the same work on one stream, in memory of the
 * driver's own: a fill of the frame, then the same kernel or copy.
 */
#include "gpu_rig.h"

#include <stdio.h>

#define RAW_BYTES (48u << 20) /* the frame's tiles have room there */

/* What is produced: one of the views is NULL. */
struct frame {
    ID3D11RenderTargetView *view;
    ID3D11UnorderedAccessView *words;
    struct gpu_picture picture;
    CUdeviceptr filled; /* of a raw one: the same memory, as bytes */
    CUdeviceptr to;
    enum gpu_way way;
};

static uint64_t rounds(struct gpu_lane *lane, const struct frame *f)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < gpu.rounds; i++) {
        if (f->view)
            gpu_produce(f->view, i);
        else
            gpu_produce_words(f->words, i);
        gpu_lane_there(lane);
        gpu_consume(&f->picture, f->way, f->to);
        gpu_lane_back(lane);
    }
    gpu_lane_wait(lane);
    return (gpu_now_ns() - start) / gpu.rounds;
}

static uint64_t alone(struct gpu_lane *lane, const struct frame *f)
{
    (void)lane;
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < gpu.rounds; i++) {
        CU(gpu.set(f->filled, (unsigned char)i, FRAME_BYTES, gpu.stream));
        gpu_consume(&f->picture, f->way, f->to);
    }
    CU(gpu.sync(gpu.stream));
    return (gpu_now_ns() - start) / gpu.rounds;
}

static double median(uint64_t (*run)(struct gpu_lane *lane, const struct frame *f),
                     struct gpu_lane *lane, const struct frame *f)
{
    uint64_t times[MOST_REPEATS];
    for (unsigned i = 0; i < gpu.repeats; i++) /* until the GPU's clock is up */
        run(lane, f);
    for (unsigned i = 0; i < gpu.repeats; i++)
        times[i] = run(lane, f);
    return (double)gpu_median(times, gpu.repeats) / 1e3;
}

static struct frame texture_frame(CUdeviceptr to)
{
    ID3D11Texture2D *texture = gpu_frame();
    HANDLE handle = gpu_handle(texture, NULL);
    struct frame f = {.view = gpu_view(texture), .to = to};
    f.picture = gpu_map_frame(gpu_import(handle, NULL, FRAME_BYTES));
    CloseHandle(handle);
    ID3D11Texture2D_Release(texture); /* the view keeps it */
    return f;
}

static struct frame buffer_frame(CUdeviceptr to)
{
    ID3D11Buffer *buffer = gpu_buffer((UINT)FRAME_BYTES);
    HANDLE handle = gpu_handle(buffer, NULL);
    struct frame f = {.words = gpu_words(buffer), .to = to, .way = BY_COPY};
    f.picture.from = gpu_map(gpu_import(handle, NULL, FRAME_BYTES), FRAME_BYTES);
    CloseHandle(handle);
    ID3D11Buffer_Release(buffer);
    return f;
}

/* The driver's own memory, as bytes, and as an array over the same bytes. */
static struct frame raw_frame(CUdeviceptr to, bool array)
{
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC all = {.size = RAW_BYTES};
    CUexternalMemory memory = gpu_raw_import(gpu_raw_memory(RAW_BYTES), RAW_BYTES);
    struct frame f = {.to = to, .way = BY_COPY};
    CU(gpu.map(&f.filled, memory, &all));
    if (array)
        f.picture = gpu_raw_map_frame(memory);
    else
        f.picture.from = f.filled;
    return f;
}

/* The same bytes over pinned memory of the host, as programs do that cannot share. */
static double staging(CUdeviceptr from, CUdeviceptr to)
{
    void *host;
    uint64_t times[MOST_REPEATS];
    CU(gpu.host(&host, FRAME_BYTES, 0));
    for (unsigned i = 0; i < gpu.repeats; i++) {
        uint64_t start = gpu_now_ns();
        CU(gpu.to_host(host, from, FRAME_BYTES, gpu.stream));
        CU(gpu.to_device(to, host, FRAME_BYTES, gpu.stream));
        CU(gpu.sync(gpu.stream));
        times[i] = gpu_now_ns() - start;
    }
    return (double)gpu_median(times, gpu.repeats) / 1e3;
}

/* ---- D3D11's own copy between two textures, beside the driver's between two arrays ---- */

struct copies {
    ID3D11Texture2D *from, *to;
    struct gpu_copy raw;
};

static uint64_t our_copies(struct gpu_lane *lane, struct copies *c)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < gpu.rounds; i++)
        ID3D11DeviceContext4_CopyResource(gpu.context, (ID3D11Resource *)c->to,
                                          (ID3D11Resource *)c->from);
    gpu_lane_there(lane);
    gpu_lane_back(lane);
    gpu_lane_wait(lane);
    return (gpu_now_ns() - start) / gpu.rounds;
}

static uint64_t raw_copies(struct copies *c)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < gpu.rounds; i++)
        CU(gpu.copy(&c->raw, gpu.stream));
    CU(gpu.sync(gpu.stream));
    return (gpu_now_ns() - start) / gpu.rounds;
}

static void copies(struct gpu_lane *lane, CUarray from, CUarray to)
{
    uint64_t ours[MOST_REPEATS], raw[MOST_REPEATS];
    struct copies c = {
        .from = gpu_frame(),
        .to = gpu_frame(),
        .raw = {.src = {.type = 3, .array = from},
                .dst = {.type = 3, .array = to},
                .width_bytes = FRAME_WIDTH * 4,
                .height = FRAME_HEIGHT,
                .depth = 1},
    };
    our_copies(lane, &c);
    for (unsigned i = 0; i < gpu.repeats; i++) {
        raw[i] = raw_copies(&c);
        ours[i] = our_copies(lane, &c);
    }
    gpu_figure("4K texture, CopyResource", (double)gpu_median(ours, gpu.repeats) / 1e3,
               (double)gpu_median(raw, gpu.repeats) / 1e3, 0, "us");
    ID3D11Texture2D_Release(c.from);
    ID3D11Texture2D_Release(c.to);
}

void measure_frames(struct gpu_lane *lane)
{
    CUdeviceptr to, other;
    CU(gpu.alloc(&to, FRAME_BYTES));
    CU(gpu.alloc(&other, FRAME_BYTES));
    struct frame texture = texture_frame(to), buffer = buffer_frame(to);
    struct frame raw = raw_frame(to, true), raw_bytes = raw_frame(to, false);
    texture.way = raw.way = BY_KERNEL;
    gpu_figure("4K texture, read by a kernel", median(rounds, lane, &texture),
               median(alone, lane, &raw), 45, "us");
    gpu_figure("4K buffer, copied", median(rounds, lane, &buffer),
               median(alone, lane, &raw_bytes), 45, "us");
    texture.way = raw.way = BY_COPY;
    gpu_figure("4K texture, copied by cuMemcpy", median(rounds, lane, &texture),
               median(alone, lane, &raw), 0, "us");
    gpu_figure("4K frame over the host", staging(to, other), 0, 0, "us");
    copies(lane, raw.picture.array, texture.picture.array);
}

/* One way of clearing, as the environment says. */
void measure_clear(void)
{
    CUdeviceptr to;
    struct gpu_lane lane = gpu_lane_open();
    CU(gpu.alloc(&to, FRAME_BYTES));
    struct frame texture = texture_frame(to);
    gpu_figure("4K texture, read by a kernel", median(rounds, &lane, &texture), 0, 45, "us");
}
