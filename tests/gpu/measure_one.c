/* SPDX-License-Identifier: MIT */
/* In one process: imports, bandwidth, round trips; then the other figures. */
#include "gpu_rig.h"

#include <stdio.h>
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

/* What the four calls of a round trip cost the host; the GPU may be slower. */
static uint64_t calls_ns;

static uint64_t round_trips(struct gpu_lane *lane)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < gpu.rounds; i++) {
        gpu_lane_there(lane);
        gpu_lane_back(lane);
    }
    calls_ns = (gpu_now_ns() - start) / gpu.rounds;
    gpu_lane_wait(lane);
    return (gpu_now_ns() - start) / gpu.rounds;
}

/* The driver's own: two streams, a word for each direction, the same four operations. */
static uint64_t raw_calls_ns;

static uint64_t raw_round_trips(CUstream other, CUdeviceptr words)
{
    static uint64_t at;
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < gpu.rounds; i++) {
        at++;
        CU(gpu.write64(other, words, at, 0));
        CU(gpu.wait64(gpu.stream, words, at, 0));
        CU(gpu.write64(gpu.stream, words + 64, at, 0));
        CU(gpu.wait64(other, words + 64, at, 0));
    }
    raw_calls_ns = (gpu_now_ns() - start) / gpu.rounds;
    CU(gpu.sync(other));
    return (gpu_now_ns() - start) / gpu.rounds;
}

static void all_round_trips(struct gpu_lane *lane)
{
    uint64_t ours[MOST_REPEATS], raw[MOST_REPEATS];
    CUstream other;
    CUdeviceptr words;
    void *host;
    CU(gpu.stream_new(&other, 1));
    CU(gpu.host(&host, 4096, 2));
    memset(host, 0, 4096);
    CU(gpu.host_device(&words, host, 0));
    round_trips(lane);
    raw_round_trips(other, words);
    for (unsigned i = 0; i < gpu.repeats; i++) {
        raw[i] = raw_round_trips(other, words);
        ours[i] = round_trips(lane);
    }
    gpu_figure("round trip, one process", (double)gpu_median(ours, gpu.repeats) / 1e3,
               (double)gpu_median(raw, gpu.repeats) / 1e3, 8, "us");
    gpu_figure("round trip: its calls on the host", (double)calls_ns / 1e3,
               (double)raw_calls_ns / 1e3, 0, "us");
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
