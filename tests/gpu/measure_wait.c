/* SPDX-License-Identifier: MIT */
/* How long the host waits for a signal of CUDA's: while it spins, and when it sleeps. */
#include "gpu_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

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

static void short_waits(struct gpu_lane *lane)
{
    uint64_t ours[101], raw[101];
    struct word word = word_new();
    for (unsigned i = 0; i < 101; i++) {
        raw[i] = raw_host_wait(word.host, word.device, i + 1);
        lane->at++;
        uint64_t start = gpu_now_ns();
        gpu_signal(lane->cu_back, lane->at);
        gpu_lane_wait(lane);
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

static void late_waits(struct gpu_lane *lane)
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
        gpu_lane_wait(lane);
        uint64_t end = gpu_now_ns();
        pthread_join(thread, NULL);
        ours[i] = end - late.stored;
    }
    double share = (cpu_seconds() - cpu) / ((double)(gpu_now_ns() - begin) / 1e9) * 100;
    gpu_figure("host wait, asleep", (double)gpu_median(ours, 41) / 1e3, 0, 150, "us");
    gpu_figure("host wait, asleep: CPU used", share, 0, 5, "%");
}

void measure_waits(struct gpu_lane *lane)
{
    short_waits(lane);
    late_waits(lane);
}
