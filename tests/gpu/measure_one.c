/* SPDX-License-Identifier: MIT */
/* In one process: imports, bandwidth, round trips, host waits, the 4K frame. */
#include "gpu_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 200
#define REPEATS 15

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

static int raw_memory(size_t bytes)
{
    struct gpu_alloc_prop prop = {.type = 1, .handle_types = 1, .location_type = 1};
    uint64_t handle;
    int fd;
    CU(gpu.create(&handle, bytes, &prop, 0));
    CU(gpu.export(&fd, handle, 1, 0));
    return fd;
}

static void imports(size_t bytes)
{
    char name[64];
    uint64_t ours[101], raw[101];
    ID3D11Buffer *buffer = gpu_buffer((UINT)bytes);
    HANDLE handle = gpu_handle(buffer, NULL);
    int fd = raw_memory(bytes);
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

struct lane {
    ID3D11Fence *there, *back;
    CUexternalSemaphore cu_there, cu_back;
    uint64_t at;
};

static struct lane lane_open(void)
{
    struct lane lane = {.there = gpu_fence(NULL), .back = gpu_fence(NULL)};
    HANDLE handle;
    HR(ID3D11Fence_CreateSharedHandle(lane.there, NULL, GENERIC_ALL, NULL, &handle));
    lane.cu_there = gpu_import_fence(handle, NULL);
    CloseHandle(handle);
    HR(ID3D11Fence_CreateSharedHandle(lane.back, NULL, GENERIC_ALL, NULL, &handle));
    lane.cu_back = gpu_import_fence(handle, NULL);
    CloseHandle(handle);
    return lane;
}

static void host_wait(struct lane *lane)
{
    HR(ID3D11Fence_SetEventOnCompletion(lane->back, lane->at, NULL));
}

/* What the four calls of a round trip cost the host; the GPU may be slower. */
static uint64_t calls_ns;

static uint64_t round_trips(struct lane *lane)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < ROUNDS; i++) {
        lane->at++;
        HR(ID3D11DeviceContext4_Signal(gpu.context, lane->there, lane->at));
        gpu_wait(lane->cu_there, lane->at);
        gpu_signal(lane->cu_back, lane->at);
        HR(ID3D11DeviceContext4_Wait(gpu.context, lane->back, lane->at));
    }
    calls_ns = (gpu_now_ns() - start) / ROUNDS;
    host_wait(lane);
    return (gpu_now_ns() - start) / ROUNDS;
}

static uint64_t frames(struct lane *lane, ID3D11RenderTargetView *view, CUarray array,
                       CUdeviceptr to)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < ROUNDS; i++) {
        lane->at++;
        gpu_produce(view, i);
        HR(ID3D11DeviceContext4_Signal(gpu.context, lane->there, lane->at));
        gpu_wait(lane->cu_there, lane->at);
        gpu_consume(array, to);
        gpu_signal(lane->cu_back, lane->at);
        HR(ID3D11DeviceContext4_Wait(gpu.context, lane->back, lane->at));
    }
    host_wait(lane);
    return (gpu_now_ns() - start) / ROUNDS;
}

/* The same bytes over pinned memory of the host, as programs do that cannot share. */
static uint64_t staging(CUdeviceptr from, CUdeviceptr to)
{
    void *host;
    uint64_t times[REPEATS];
    CU(gpu.host(&host, FRAME_BYTES, 0));
    for (unsigned i = 0; i < REPEATS; i++) {
        uint64_t start = gpu_now_ns();
        CU(gpu.to_host(host, from, FRAME_BYTES, gpu.stream));
        CU(gpu.to_device(to, host, FRAME_BYTES, gpu.stream));
        CU(gpu.sync(gpu.stream));
        times[i] = gpu_now_ns() - start;
    }
    return gpu_median(times, REPEATS);
}

/* The same fill and copy on one stream: nothing is handed over. */
static uint64_t work_alone(CUdeviceptr filled, CUarray array, CUdeviceptr to)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < ROUNDS; i++) {
        CU(gpu.set(filled, (unsigned char)i, FRAME_BYTES, gpu.stream));
        if (array)
            gpu_consume(array, to);
        else
            CU(gpu.within(to, filled, FRAME_BYTES, gpu.stream));
    }
    CU(gpu.sync(gpu.stream));
    return (gpu_now_ns() - start) / ROUNDS;
}

static double median_alone(CUdeviceptr filled, CUarray array, CUdeviceptr to)
{
    uint64_t times[REPEATS];
    for (unsigned i = 0; i < REPEATS; i++)
        times[i] = work_alone(filled, array, to);
    return (double)gpu_median(times, REPEATS) / 1e3;
}

/* The frame in a buffer, as many programs keep it: D3D11 clears it, CUDA copies it. */
static uint64_t buffer_frames(struct lane *lane, ID3D11UnorderedAccessView *view,
                              CUdeviceptr from, CUdeviceptr to)
{
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < ROUNDS; i++) {
        const UINT value[4] = {i, i, i, i};
        lane->at++;
        ID3D11DeviceContext4_ClearUnorderedAccessViewUint(gpu.context, view, value);
        HR(ID3D11DeviceContext4_Signal(gpu.context, lane->there, lane->at));
        gpu_wait(lane->cu_there, lane->at);
        CU(gpu.within(to, from, FRAME_BYTES, gpu.stream));
        gpu_signal(lane->cu_back, lane->at);
        HR(ID3D11DeviceContext4_Wait(gpu.context, lane->back, lane->at));
    }
    host_wait(lane);
    return (gpu_now_ns() - start) / ROUNDS;
}

static void buffer_frame_figure(struct lane *lane, CUdeviceptr to, CUdeviceptr other)
{
    uint64_t times[REPEATS];
    D3D11_UNORDERED_ACCESS_VIEW_DESC desc = {
        .Format = DXGI_FORMAT_R32_UINT,
        .ViewDimension = D3D11_UAV_DIMENSION_BUFFER,
        .Buffer = {.NumElements = (UINT)(FRAME_BYTES / 4)},
    };
    ID3D11UnorderedAccessView *view;
    ID3D11Buffer *frame = gpu_buffer((UINT)FRAME_BYTES);
    HANDLE handle = gpu_handle(frame, NULL);
    CUexternalMemory memory = gpu_import(handle, NULL, FRAME_BYTES);
    CUdeviceptr from = gpu_map(memory, FRAME_BYTES);
    HR(ID3D11Device5_CreateUnorderedAccessView(gpu.device, (ID3D11Resource *)frame, &desc,
                                               &view));
    buffer_frames(lane, view, from, to);
    for (unsigned i = 0; i < REPEATS; i++)
        times[i] = buffer_frames(lane, view, from, to);
    gpu_figure("4K frame in a buffer", (double)gpu_median(times, REPEATS) / 1e3,
               median_alone(other, NULL, to), 45, "us");
    ID3D11UnorderedAccessView_Release(view);
    CU(gpu.release(from));
    CU(cuDestroyExternalMemory(memory));
    CloseHandle(handle);
    ID3D11Buffer_Release(frame);
}

static void frame_figures(struct lane *lane)
{
    uint64_t times[REPEATS];
    ID3D11Texture2D *frame = gpu_frame();
    HANDLE handle = gpu_handle(frame, NULL);
    CUexternalMemory memory = gpu_import(handle, NULL, FRAME_BYTES);
    CUarray array = gpu_map_frame(memory);
    CUdeviceptr to, other;
    CU(gpu.alloc(&to, FRAME_BYTES));
    CU(gpu.alloc(&other, FRAME_BYTES));
    ID3D11RenderTargetView *view = gpu_view(frame);
    frames(lane, view, array, to);
    for (unsigned i = 0; i < REPEATS; i++)
        times[i] = frames(lane, view, array, to);
    gpu_figure("4K frame, one process", (double)gpu_median(times, REPEATS) / 1e3,
               median_alone(other, array, to), 45, "us");
    printf("     floor: the same work on one stream\n");
    gpu_figure("4K frame over the host", (double)staging(to, other) / 1e3, 0, 0, "us");
    buffer_frame_figure(lane, to, other);
    ID3D11RenderTargetView_Release(view);
    CU(cuDestroyExternalMemory(memory));
    CloseHandle(handle);
    ID3D11Texture2D_Release(frame);
}

/* The stream's word, read by the host as soon as it is there. */
static uint64_t raw_host_wait(_Atomic uint64_t *word, CUdeviceptr at, uint64_t value)
{
    uint64_t start = gpu_now_ns();
    CU(gpu.write64(gpu.stream, at, value, 0));
    while (atomic_load(word) < value)
        __builtin_ia32_pause();
    return gpu_now_ns() - start;
}

struct word {
    _Atomic uint64_t *host;
    CUdeviceptr device;
};

static struct word word_new(void)
{
    struct word word;
    void *host;
    CU(gpu.host(&host, 4096, 2));
    CU(gpu.host_device(&word.device, host, 0));
    word.host = host;
    atomic_store(word.host, 0);
    return word;
}

static void short_waits(struct lane *lane)
{
    uint64_t ours[101], raw[101];
    struct word word = word_new();
    for (unsigned i = 0; i < 101; i++) {
        raw[i] = raw_host_wait(word.host, word.device, i + 1);
        lane->at++;
        uint64_t start = gpu_now_ns();
        gpu_signal(lane->cu_back, lane->at);
        host_wait(lane);
        ours[i] = gpu_now_ns() - start;
    }
    gpu_figure("host wait after a signal", (double)gpu_median(ours, 101) / 1e3,
               (double)gpu_median(raw, 101) / 1e3, 15, "us");
}

struct late {
    struct word word;
    uint64_t value, stored;
};

/* Lets the stream go on after 20 ms: by then the waiter sleeps. */
static void *store_late(void *arg)
{
    struct late *late = arg;
    usleep(20000);
    late->stored = gpu_now_ns();
    atomic_store(late->word.host, late->value);
    return NULL;
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void late_waits(struct lane *lane)
{
    uint64_t ours[41];
    struct late late = {.word = word_new()};
    double cpu = cpu_seconds();
    uint64_t begin = gpu_now_ns();
    for (unsigned i = 0; i < 41; i++) {
        pthread_t thread;
        late.value = i + 1;
        CU(gpu.wait64(gpu.stream, late.word.device, late.value, 0));
        gpu_signal(lane->cu_back, ++lane->at);
        if (pthread_create(&thread, NULL, store_late, &late) != 0)
            abort();
        host_wait(lane);
        uint64_t end = gpu_now_ns();
        pthread_join(thread, NULL);
        ours[i] = end - late.stored;
    }
    double share = (cpu_seconds() - cpu) / ((double)(gpu_now_ns() - begin) / 1e9) * 100;
    gpu_figure("host wait, asleep", (double)gpu_median(ours, 41) / 1e3, 0, 150, "us");
    gpu_figure("host wait, asleep: CPU used", share, 0, 5, "%");
}

void measure_frame(void)
{
    struct lane lane = lane_open();
    frame_figures(&lane);
}

void measure_one(void)
{
    uint64_t times[REPEATS];
    imports(2u << 20);
    imports(64u << 20);
    imports(256u << 20);
    bandwidth();
    struct lane lane = lane_open();
    round_trips(&lane);
    for (unsigned i = 0; i < REPEATS; i++)
        times[i] = round_trips(&lane);
    gpu_figure("round trip, one process", (double)gpu_median(times, REPEATS) / 1e3, 0, 8, "us");
    gpu_figure("round trip: its calls on the host", (double)calls_ns / 1e3, 0, 0, "us");
    short_waits(&lane);
    late_waits(&lane);
    frame_figures(&lane);
}
