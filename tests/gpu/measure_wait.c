/* SPDX-License-Identifier: MIT */
/* How long the host waits for a signal of CUDA's: while it spins, and when it sleeps. */
#include "gpu_rig.h"

#include <pthread.h>
#include <semaphore.h>
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

/* A thread that lets the stream go on after 20 ms: by then the waiter sleeps. */
struct late {
    struct word word;
    sem_t go;
    uint64_t value, stored;
};

#define LATE_ROUNDS 41

static void *store_late(void *arg)
{
    struct late *late = arg;
    for (unsigned i = 0; i < LATE_ROUNDS; i++) {
        sem_wait(&late->go);
        usleep(20000);
        late->stored = gpu_now_ns();
        atomic_store(late->word.host, late->value);
    }
    return NULL;
}

static double seconds_of(clockid_t clock)
{
    struct timespec used;
    clock_gettime(clock, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* How late `wait` is, and its share of a CPU: all that the process uses but for that thread. */
static double late_waits(void (*submit)(void *arg), void (*wait)(void *arg), void *arg,
                         double *share)
{
    uint64_t times[LATE_ROUNDS];
    struct late late = {.word = word_new()};
    pthread_t thread;
    clockid_t other;
    sem_init(&late.go, 0, 0);
    if (pthread_create(&thread, NULL, store_late, &late) != 0 ||
        pthread_getcpuclockid(thread, &other) != 0)
        abort();
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - seconds_of(other);
    uint64_t begin = gpu_now_ns();
    for (unsigned i = 0; i < LATE_ROUNDS; i++) {
        late.value = i + 1;
        CU(gpu.wait64(gpu.stream, late.word.device, late.value, 0));
        submit(arg);
        sem_post(&late.go);
        wait(arg);
        times[i] = gpu_now_ns() - late.stored;
        if (i == LATE_ROUNDS - 2) { /* in the last round the thread ends, and its clock */
            cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - seconds_of(other) - cpu;
            *share = cpu / ((double)(gpu_now_ns() - begin) / 1e9) * 100;
        }
    }
    pthread_join(thread, NULL);
    sem_destroy(&late.go);
    return (double)gpu_median(times, LATE_ROUNDS) / 1e3;
}

static void our_signal(void *arg)
{
    struct gpu_lane *lane = arg;
    gpu_signal(lane->cu_back, ++lane->at);
}

static void our_wait(void *arg)
{
    gpu_lane_wait(arg);
}

/* The driver's own way to sleep, by an interrupt of the GPU. */
static void raw_signal(void *event)
{
    CU(gpu.record(event, gpu.stream));
}

static void raw_wait(void *event)
{
    CU(gpu.event_sync(event));
}

/* What such sleeps cost without anything between them: the kernel's and the hypervisor's. */
static double bare_sleeps(void)
{
    struct timespec nap = {.tv_nsec = 150000}; /* as PACE_LONG_NAP_NS */
    double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    uint64_t begin = gpu_now_ns();
    while (gpu_now_ns() - begin < 500000000)
        nanosleep(&nap, NULL);
    cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
    return cpu / ((double)(gpu_now_ns() - begin) / 1e9) * 100;
}

static void all_late_waits(struct gpu_lane *lane)
{
    enum { BLOCKING = 1, NO_TIMING = 2 };
    void *event;
    double share, raw_share;
    CU(gpu.event(&event, BLOCKING | NO_TIMING));
    double raw = late_waits(raw_signal, raw_wait, event, &raw_share);
    double ours = late_waits(our_signal, our_wait, lane, &share);
    gpu_figure("host wait, asleep", ours, raw, 150, "us");
    gpu_figure("host wait, asleep: CPU used", share, raw_share, 5, "%");
    gpu_figure("such sleeps alone: CPU used", bare_sleeps(), 0, 0, "%");
}

void measure_waits(struct gpu_lane *lane)
{
    short_waits(lane);
    all_late_waits(lane);
}
