/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the CUDA front share: gates that hold a stream up for as long as a test
 * wants, and memory whose end cannot be read beyond. Programs see the runtime's and the
 * driver's names only, so every test runs with both stand-ins.
 */
#ifndef TESTS_UNIT_CUDA_RIG_H
#define TESTS_UNIT_CUDA_RIG_H

#include "test.h"

#include <cuda_runtime_api.h>

#include <cuda.h>
#include <isthmus/cuda.h>
#include <isthmus/isthmus.h>

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define OK(call) CHECK_EQ(call, cudaSuccess)

/* The call is refused with this number, and the reason names what matters. */
#define REFUSED(call, code, word)                                                    \
    do {                                                                             \
        CHECK_EQ(call, code);                                                        \
        if (!strstr(ist_explain(), word))                                            \
            test_fail(TEST_HERE, "\"%s\" does not say \"%s\"", ist_explain(), word); \
    } while (0)

/* Core's count of live objects, under the name that libisthmus gives to its own fronts. */
size_t core_live_count(void) __asm__("ist_private_object_live_count");

size_t test_live_objects(void)
{
    return core_live_count();
}

static inline int64_t rig_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static inline void rig_sleep_ms(unsigned ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

/* A host function that holds up its stream until the test opens the gate. */
struct gate {
    sem_t entered, open;
};

static inline void gate_run(void *user)
{
    struct gate *gate = (struct gate *)user;
    sem_post(&gate->entered);
    while (sem_wait(&gate->open) != 0)
        ;
}

static inline void gate_close(struct gate *gate, cudaStream_t stream)
{
    sem_init(&gate->entered, 0, 0);
    sem_init(&gate->open, 0, 0);
    OK(cudaLaunchHostFunc(stream, gate_run, gate));
}

static inline void gate_open(struct gate *gate)
{
    sem_post(&gate->open);
}

static inline cudaStream_t rig_stream(unsigned flags)
{
    cudaStream_t stream = NULL;
    OK(cudaStreamCreateWithFlags(&stream, flags));
    return stream;
}

/* Ends a stream after its work. */
static inline void rig_stream_end(cudaStream_t stream)
{
    OK(cudaStreamSynchronize(stream));
    OK(cudaStreamDestroy(stream));
}

static inline unsigned char *rig_malloc(size_t size)
{
    void *ptr = NULL;
    OK(cudaMalloc(&ptr, size));
    CHECK(ptr != NULL);
    return (unsigned char *)ptr;
}

/* Bytes that differ from their neighbours in rows of any width. */
static inline void rig_pattern(unsigned char *to, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(i * 7 + i / 251 + seed);
}

#endif
