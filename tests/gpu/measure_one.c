/* SPDX-License-Identifier: MIT */
/* In one process: imports, bandwidth, round trips; then the other figures. */
#include "gpu_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the driver does for memory of its own: the same three calls on an fd. */
static uint64_t raw_import(int fd, size_t bytes)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc = {.type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD,
                                             .size = bytes};
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC part = {.size = bytes};
    CUexternalMemory memory;
    CUdeviceptr at;
    uint64_t start = gpu_now_ns();
    desc.handle.fd = dup(fd); /* the import takes it */
    CU(gpu.import(&memory, &desc));
    CU(gpu.map(&at, memory, &part));
    uint64_t took = gpu_now_ns() - start;
    CU(gpu.release(at));
    CU(gpu.destroy(memory));
    return took;
}

static uint64_t our_import(HANDLE handle, size_t bytes)
{
    uint64_t start = gpu_now_ns();
    CUexternalMemory memory = gpu_import(handle, NULL, bytes);
    CUdeviceptr at = gpu_map(memory, bytes);
    uint64_t took = gpu_now_ns() - start;
    CU(gpu.release(at));
    CU(cuDestroyExternalMemory(memory));
    return took;
}

static void imports(size_t bytes)
{
    char name[64];
    uint64_t ours[101], raw[101];
    ID3D11Buffer *buffer = gpu_buffer((UINT)bytes);
    HANDLE handle = gpu_handle(buffer, NULL);
    int fd = gpu_raw_memory(bytes);
    for (unsigned i = 0; i < 101; i++) {
        raw[i] = raw_import(fd, bytes);
        ours[i] = our_import(handle, bytes);
    }
    snprintf(name, sizeof(name), "import+map %zu MiB", bytes >> 20);
    double floor = (double)gpu_median(raw, 101) / 1e3;
    gpu_figure(name, (double)gpu_median(ours, 101) / 1e3, floor, 1.15 * floor, "us");
    close(fd);
    CloseHandle(handle);
    ID3D11Buffer_Release(buffer);
}

static double copy_rate(CUdeviceptr to, CUdeviceptr from, size_t bytes)
{
    void *start, *end;
    float ms;
    CU(gpu.event(&start, 0));
    CU(gpu.event(&end, 0));
    for (int i = 0; i < 3; i++)
        CU(gpu.within(to, from, bytes, gpu.stream));
    CU(gpu.record(start, gpu.stream));
    for (int i = 0; i < 20; i++)
        CU(gpu.within(to, from, bytes, gpu.stream));
    CU(gpu.record(end, gpu.stream));
    CU(gpu.sync(gpu.stream));
    CU(gpu.elapsed(&ms, start, end));
    return 2.0 * 20 * (double)bytes / 1e6 / ms; /* read and written, GB/s */
}

static void bandwidth(void)
{
    size_t bytes = 256u << 20;
    ID3D11Buffer *buffer = gpu_buffer((UINT)bytes);
    HANDLE handle = gpu_handle(buffer, NULL);
    CUexternalMemory memory = gpu_import(handle, NULL, bytes);
    CUdeviceptr ours = gpu_map(memory, bytes), own, to;
    CU(gpu.alloc(&own, bytes));
    CU(gpu.alloc(&to, bytes));
    double floor = copy_rate(to, own, bytes), found = copy_rate(to, ours, bytes);
    gpu_figure("bandwidth 256 MiB", found, floor, 0.99 * floor, "GB/s");
    CU(gpu.release(own));
    CU(gpu.release(to));
    CU(gpu.release(ours));
    CU(cuDestroyExternalMemory(memory));
    CloseHandle(handle);
    ID3D11Buffer_Release(buffer);
}

/* A round trip, and what its four calls cost the host; the GPU may be slower. In us. */
struct trip {
    double round, calls;
};

static struct trip one_run(void (*submit)(void *arg), void (*finish)(void *arg), void *arg)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < gpu.rounds; i++)
        submit(arg);
    uint64_t calls = gpu_now_ns() - start;
    finish(arg);
    return (struct trip){(double)(gpu_now_ns() - start) / 1e3 / gpu.rounds,
                         (double)calls / 1e3 / gpu.rounds};
}

static int by_round(const void *a, const void *b)
{
    double x = ((const struct trip *)a)->round, y = ((const struct trip *)b)->round;
    return x < y ? -1 : x > y;
}

/* The run in the middle of many; one before them is not counted. */
static struct trip median_run(void (*submit)(void *arg), void (*finish)(void *arg), void *arg)
{
    struct trip runs[MOST_REPEATS];
    one_run(submit, finish, arg);
    for (unsigned i = 0; i < gpu.repeats; i++)
        runs[i] = one_run(submit, finish, arg);
    qsort(runs, gpu.repeats, sizeof(runs[0]), by_round);
    return runs[gpu.repeats / 2];
}

static void our_round(void *lane)
{
    gpu_lane_there(lane);
    gpu_lane_back(lane);
}

static void our_end(void *lane)
{
    gpu_lane_wait(lane);
}

static struct trip our_trip(struct gpu_lane *lane, CUstream user)
{
    CUstream before = gpu.stream;
    gpu.stream = user;
    struct trip trip = median_run(our_round, our_end, lane);
    gpu.stream = before;
    return trip;
}

/* The driver's own: two streams, a word for each direction, the same four operations. */
struct raw_pair {
    CUstream other;
    CUdeviceptr words;
    uint64_t at;
};

static void raw_round(void *arg)
{
    struct raw_pair *p = arg;
    p->at++;
    CU(gpu.write64(p->other, p->words, p->at, 0));
    CU(gpu.wait64(gpu.stream, p->words, p->at, 0));
    CU(gpu.write64(gpu.stream, p->words + 64, p->at, 0));
    CU(gpu.wait64(p->other, p->words + 64, p->at, 0));
}

static void raw_end(void *arg)
{
    struct raw_pair *p = arg;
    CU(gpu.sync(p->other));
}

#define OTHERS 8

/*
 * Which two streams it is between makes a difference of 3 us to the driver's own as well: some
 * pairs share a part of the GPU that others do not. So the floors are of the fastest pair and
 * of the slowest.
 */
static void all_round_trips(struct gpu_lane *lane)
{
    struct raw_pair raw = {.other = NULL};
    struct trip fast = {1e9, 0}, slow = {0, 0}, worst = {0, 0};
    void *host;
    CU(gpu.host(&host, 4096, 2));
    memset(host, 0, 4096);
    CU(gpu.host_device(&raw.words, host, 0));
    struct trip first = our_trip(lane, gpu.stream), none = our_trip(lane, NULL);
    for (unsigned i = 0; i < OTHERS; i++) {
        CU(gpu.stream_new(&raw.other, 1));
        struct trip floor = median_run(raw_round, raw_end, &raw);
        struct trip ours = our_trip(lane, raw.other);
        fast = floor.round < fast.round ? floor : fast;
        slow = floor.round > slow.round ? floor : slow;
        worst = ours.round > worst.round ? ours : worst;
    }
    gpu_figure("round trip, one process", first.round, fast.round, 8, "us");
    gpu_figure("round trip: its calls on the host", first.calls, fast.calls, 0, "us");
    gpu_figure("round trip, default stream", none.round, fast.round, 0, "us");
    gpu_figure("round trip, slowest of 8 streams", worst.round, slow.round, 0, "us");
}

void measure_one(void)
{
    imports(2u << 20);
    imports(64u << 20);
    imports(256u << 20);
    bandwidth();
    struct gpu_lane lane = gpu_lane_open();
    all_round_trips(&lane);
    measure_waits(&lane);
    measure_frames(&lane);
}
