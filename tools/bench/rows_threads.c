/* SPDX-License-Identifier: MIT */
/*
 * Do threads disturb each other? Each row lets 1 to 8 threads do the same at once, on objects
 * of their own or all on one; beside them the same threads work as long with bare mutexes, of
 * their own or one. What the machine takes from both is no fault of ours.
 */
#include "bench/bench.h"
#include "bench/parts.h"

#include "demo/check.h"
#include "report.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 8, ROUNDS = 41, EACH = 2000 };

struct crew {
    pthread_barrier_t start, end;
    unsigned each; /* operations of each thread in this round; 0: go home */
    void (*work)(void *user, unsigned count);
};

/* One thread and what it works on; of threads that work together, all have the first's. */
struct hand {
    struct crew *crew;
    struct shared_buffer *buffer;
    struct shared_fence *fence;
    cudaStream_t stream;
    HANDLE handle;
    pthread_mutex_t *mutex;
    pthread_t thread;
    struct shared_buffer own_buffer;
    struct shared_fence own_fence;
    HANDLE own_handle;
    pthread_mutex_t own_mutex;
};

static struct crew crew;
static struct hand hands[MOST];

static void *hand_main(void *user)
{
    struct hand *h = user;
    for (;;) {
        pthread_barrier_wait(&h->crew->start);
        if (!h->crew->each)
            return NULL;
        h->crew->work(h, h->crew->each);
        pthread_barrier_wait(&h->crew->end);
    }
}

static void work_import(void *user, unsigned count)
{
    ours_import(((struct hand *)user)->buffer, count);
}

static void work_close(void *user, unsigned count)
{
    const struct hand *h = user;
    HANDLE self = GetCurrentProcess(), copy;
    for (unsigned i = 0; i < count; i++)
        if (!DuplicateHandle(self, h->handle, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) ||
            !CloseHandle(copy))
            fail_row("a handle could not be duplicated");
}

/* Values only grow; the threads' own counts may overtake each other on one fence. */
static void work_signal(void *user, unsigned count)
{
    struct hand *h = user;
    for (unsigned i = 0; i < count; i++)
        if (!shared_fence_signal(h->fence, ++h->own_fence.value, h->stream))
            fail_row("a fence could not be signalled");
}

static unsigned mutex_pairs; /* as much time as our operation takes on one thread */

static void work_mutex(void *user, unsigned count)
{
    struct hand *h = user;
    for (unsigned i = 0; i < mutex_pairs * count; i++) {
        pthread_mutex_lock(h->mutex);
        pthread_mutex_unlock(h->mutex);
    }
}

static double crew_round(unsigned each)
{
    crew.each = each;
    double start = now_us();
    pthread_barrier_wait(&crew.start);
    pthread_barrier_wait(&crew.end);
    return (now_us() - start) * 1e3 / each;
}

/* Figures are of one operation of all threads together: more CPUs make it cheaper. */
static void crew_measure(void (*work)(void *, unsigned), unsigned threads, struct result *out)
{
    double ours[ROUNDS], floor[ROUNDS], ratio[ROUNDS];
    for (unsigned i = 0; i < ROUNDS; i++) {
        crew.work = work;
        ours[i] = crew_round(EACH) / threads;
        crew.work = work_mutex;
        floor[i] = crew_round(EACH) / threads;
        ratio[i] = ours[i] / floor[i];
    }
    out->repetitions = ROUNDS;
    out->ours = figure_of(ours, ROUNDS);
    out->floor = figure_of(floor, ROUNDS);
    out->ratio = figure_of(ratio, ROUNDS);
    snprintf(out->note, sizeof(out->note), "floor: %u pairs, of all threads together",
             mutex_pairs);
}

static double time_of(void (*work)(void *, unsigned), struct hand *h)
{
    double best = 0;
    for (unsigned i = 0; i < 5; i++) {
        double start = now_us();
        work(h, EACH);
        double us = now_us() - start;
        best = i == 0 || us < best ? us : best;
    }
    return best;
}

static bool hand_open(struct rig *rig, struct hand *h, struct hand *like)
{
    h->crew = &crew;
    pthread_mutex_init(&h->own_mutex, NULL);
    if (!shared_buffer_open(rig, D3D11_RESOURCE_MISC_SHARED, 65536, &h->own_buffer) ||
        !shared_fence_open(rig, &h->own_fence) ||
        !CUDA(cudaStreamCreateWithFlags(&h->stream, cudaStreamNonBlocking)) ||
        !HR(ID3D11Fence_CreateSharedHandle(h->own_fence.fence, NULL, GENERIC_ALL, NULL,
                                           &h->own_handle)))
        return false;
    h->buffer = &like->own_buffer;
    h->fence = &like->own_fence;
    h->mutex = &like->own_mutex;
    h->handle = like->own_handle;
    return true;
}

static void hand_close(struct hand *h)
{
    CloseHandle(h->own_handle);
    (void)CUDA(cudaStreamDestroy(h->stream));
    shared_fence_close(&h->own_fence);
    shared_buffer_close(&h->own_buffer);
}

static void crew_go_home(unsigned count)
{
    crew.each = 0;
    pthread_barrier_wait(&crew.start);
    for (unsigned i = 0; i < count; i++)
        pthread_join(hands[i].thread, NULL);
}

static bool run_crew(const struct row *row, struct rig *rig,
                     void (*work)(void *user, unsigned count), struct result *out)
{
    bool together = row->size & THREADS_TOGETHER;
    unsigned count = (unsigned)(row->size & ~(size_t)THREADS_TOGETHER);
    pthread_barrier_init(&crew.start, NULL, count + 1);
    pthread_barrier_init(&crew.end, NULL, count + 1);
    for (unsigned i = 0; i < count; i++)
        if (!hand_open(rig, &hands[i], together ? &hands[0] : &hands[i]))
            return false;
    mutex_pairs = 1;
    mutex_pairs = (unsigned)(time_of(work, &hands[0]) / time_of(work_mutex, &hands[0])) + 1;
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&hands[i].thread, NULL, hand_main, &hands[i]))
            fail_row("no thread");
    crew_measure(work, count, out);
    crew_go_home(count);
    for (unsigned i = 0; i < count; i++)
        hand_close(&hands[i]);
    return true;
}

bool run_threads_import(const struct row *row, struct rig *rig, struct result *out)
{
    return run_crew(row, rig, work_import, out);
}

bool run_threads_close(const struct row *row, struct rig *rig, struct result *out)
{
    return run_crew(row, rig, work_close, out);
}

bool run_threads_signal(const struct row *row, struct rig *rig, struct result *out)
{
    return run_crew(row, rig, work_signal, out);
}
