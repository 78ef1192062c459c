/* SPDX-License-Identifier: MIT */
/* Events: what they stand for, when they are reached, and what time they tell. */
#include "rig.h"

TEST(an_event_that_was_never_recorded_holds_up_nothing)
{
    cudaEvent_t event = NULL;
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    OK(cudaEventCreate(&event));
    OK(cudaEventQuery(event));
    OK(cudaEventSynchronize(event));
    OK(cudaStreamWaitEvent(stream, event, 0));
    OK(cudaStreamQuery(stream));
    OK(cudaEventDestroy(event));
    OK(cudaStreamDestroy(stream));
}

TEST(flags_are_checked)
{
    cudaEvent_t event = NULL;
    CHECK_EQ(cudaEventCreateWithFlags(&event, 8), cudaErrorInvalidValue);
    CHECK_EQ(cudaEventCreateWithFlags(&event, cudaEventInterprocess), cudaErrorInvalidValue);
    CHECK_EQ(cudaEventCreateWithFlags(&event, cudaEventInterprocess | cudaEventDisableTiming),
             cudaErrorNotSupported);
    OK(cudaEventCreateWithFlags(&event, cudaEventBlockingSync | cudaEventDisableTiming));
    CHECK_EQ(cudaEventRecordWithFlags(event, NULL, 2), cudaErrorInvalidValue);
    CHECK_EQ(cudaStreamWaitEvent(NULL, event, 2), cudaErrorInvalidValue);
    OK(cudaEventDestroy(event));
}

TEST(an_event_is_reached_with_the_work_before_it)
{
    struct gate gate;
    cudaEvent_t event = NULL;
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    OK(cudaEventCreate(&event));
    gate_close(&gate, stream);
    OK(cudaEventRecord(event, stream));
    CHECK_EQ(cudaEventQuery(event), cudaErrorNotReady);
    gate_open(&gate);
    OK(cudaEventSynchronize(event));
    OK(cudaEventQuery(event));
    OK(cudaEventDestroy(event));
    rig_stream_end(stream);
}

/* The second record ends the wait of nobody who waits for the first. */
TEST(a_wait_keeps_the_record_that_it_was_made_for)
{
    struct gate gate;
    cudaEvent_t event = NULL;
    cudaStream_t held = rig_stream(1), waiting = rig_stream(1), free_one = rig_stream(1);
    OK(cudaEventCreate(&event));
    gate_close(&gate, held);
    OK(cudaEventRecord(event, held));
    OK(cudaStreamWaitEvent(waiting, event, 0));
    OK(cudaEventRecord(event, free_one));
    OK(cudaEventSynchronize(event));
    rig_sleep_ms(5);
    CHECK_EQ(cudaStreamQuery(waiting), cudaErrorNotReady);
    gate_open(&gate);
    rig_stream_end(waiting);
    rig_stream_end(held);
    rig_stream_end(free_one);
    OK(cudaEventDestroy(event));
}

TEST(an_event_may_be_destroyed_while_it_is_waited_for)
{
    struct gate gate;
    cudaEvent_t event = NULL;
    cudaStream_t held = rig_stream(1), waiting = rig_stream(1);
    OK(cudaEventCreate(&event));
    gate_close(&gate, held);
    OK(cudaEventRecord(event, held));
    OK(cudaStreamWaitEvent(waiting, event, 0));
    OK(cudaEventDestroy(event));
    rig_sleep_ms(5);
    CHECK_EQ(cudaStreamQuery(waiting), cudaErrorNotReady);
    gate_open(&gate);
    rig_stream_end(waiting);
    rig_stream_end(held);
}

static void sleep_20_ms(void *user)
{
    (void)user;
    rig_sleep_ms(20);
}

TEST(elapsed_time_is_that_of_the_work_between)
{
    float ms = -1;
    struct gate gate;
    cudaEvent_t start = NULL, end = NULL;
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    OK(cudaEventCreate(&start));
    OK(cudaEventCreate(&end));
    CHECK_EQ(cudaEventElapsedTime(&ms, start, end), cudaErrorInvalidResourceHandle);
    int64_t before = rig_now_ms();
    OK(cudaEventRecord(start, stream));
    gate_close(&gate, stream);
    OK(cudaLaunchHostFunc(stream, sleep_20_ms, NULL));
    OK(cudaEventRecord(end, stream));
    CHECK_EQ(cudaEventElapsedTime(&ms, start, end), cudaErrorNotReady);
    gate_open(&gate);
    OK(cudaEventSynchronize(end));
    int64_t whole = rig_now_ms() - before;
    OK(cudaEventElapsedTime(&ms, start, end));
    CHECK(ms >= 19.0f && ms <= (float)whole + 1.5f);
    OK(cudaEventElapsedTime(&ms, end, start));
    CHECK(ms <= -19.0f);
    CHECK_EQ(cudaEventElapsedTime(NULL, start, end), cudaErrorInvalidValue);
    OK(cudaEventDestroy(start));
    OK(cudaEventDestroy(end));
    rig_stream_end(stream);
}

TEST(an_event_without_timing_has_no_time)
{
    float ms = 0;
    cudaEvent_t timed = NULL, untimed = NULL;
    OK(cudaEventCreate(&timed));
    OK(cudaEventCreateWithFlags(&untimed, cudaEventDisableTiming));
    OK(cudaEventRecord(timed, NULL));
    OK(cudaEventRecord(untimed, NULL));
    OK(cudaDeviceSynchronize());
    REFUSED(cudaEventElapsedTime(&ms, timed, untimed), cudaErrorInvalidResourceHandle,
            "no timing");
    OK(cudaEventDestroy(timed));
    OK(cudaEventDestroy(untimed));
}
