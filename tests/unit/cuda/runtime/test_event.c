/* SPDX-License-Identifier: MIT */
/* Events: recorded, waited for, measured. */
#include "test.h"

#include <cuda_runtime_api.h>

#include <semaphore.h>
#include <time.h>

static void wait_for(void *user)
{
    sem_wait((sem_t *)user);
}

static void sleep_20ms(void *user)
{
    struct timespec nap = {0, 20000000};
    (void)user;
    nanosleep(&nap, NULL);
}

TEST(an_event_is_done_when_what_it_followed_is)
{
    cudaStream_t stream = NULL;
    cudaEvent_t event = NULL;
    sem_t gate;
    sem_init(&gate, 0, 0);
    CHECK_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    CHECK_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
    CHECK_EQ(cudaEventQuery(event), cudaSuccess);
    CHECK_EQ(cudaLaunchHostFunc(stream, wait_for, &gate), cudaSuccess);
    CHECK_EQ(cudaEventRecordWithFlags(event, stream, cudaEventRecordExternal), cudaSuccess);
    CHECK_EQ(cudaEventQuery(event), cudaErrorNotReady);
    sem_post(&gate);
    CHECK_EQ(cudaEventSynchronize(event), cudaSuccess);
    CHECK_EQ(cudaEventQuery(event), cudaSuccess);
    CHECK_EQ(cudaEventDestroy(event), cudaSuccess);
    CHECK_EQ(cudaEventDestroy(event), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaStreamDestroy(stream), cudaSuccess);
    sem_destroy(&gate);
}

TEST(the_time_between_two_events_is_measured)
{
    cudaEvent_t start = NULL, end = NULL;
    float ms = -1;
    CHECK_EQ(cudaEventCreate(&start), cudaSuccess);
    CHECK_EQ(cudaEventCreate(&end), cudaSuccess);
    CHECK_EQ(cudaEventRecord(start, cudaStreamPerThread), cudaSuccess);
    CHECK_EQ(cudaEventElapsedTime(&ms, start, end), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaLaunchHostFunc(cudaStreamPerThread, sleep_20ms, NULL), cudaSuccess);
    CHECK_EQ(cudaEventRecord(end, cudaStreamPerThread), cudaSuccess);
    CHECK_EQ(cudaEventSynchronize(end), cudaSuccess);
    CHECK_EQ(cudaEventElapsedTime(&ms, start, end), cudaSuccess);
    CHECK(ms >= 20.0f && ms < 20000.0f); /* not microseconds, on any load */
    CHECK_EQ(cudaEventElapsedTime(NULL, start, end), cudaErrorInvalidValue);
    CHECK_EQ(cudaEventDestroy(start), cudaSuccess);
    CHECK_EQ(cudaEventDestroy(end), cudaSuccess);
}

TEST(bad_flags_and_handles_are_refused)
{
    cudaEvent_t event = NULL;
    CHECK_EQ(cudaEventCreateWithFlags(&event, 0x40), cudaErrorInvalidValue);
    CHECK_EQ(cudaEventCreate(NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaEventRecord(NULL, 0), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaEventSynchronize(NULL), cudaErrorInvalidResourceHandle);
    CHECK_PTR_EQ(event, NULL);
}
