/* SPDX-License-Identifier: MIT */
/* What a stream has done: who comes to know it, and what is let go of. */
#include "unit/core/gpu_rig.h"

#define BYTES 4096U

/* Nobody asks, and the queue is let go of: the polling thread sees to it all. */
TEST(calls_and_host_functions_come_without_a_waiting_thread)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    atomic_bool released = false;
    atomic_uint count = 0;
    hold_queue(q, &released);
    gpu_fill(q, a, 1);
    submit_call(q, count_one, &count);
    submit_host(q, count_one, &count);
    submit_call(q, count_one, &count);
    gpu_fill(q, a, 2);
    submit_call(q, count_one, &count);
    rig_drop(&a->object);
    queue_unref(q);
    rig_nap(5);
    CHECK_EQ(counted(&count), 0);
    atomic_store(&released, true);
    await_count(&count, 4);
    check_clean();
}

/* A pin for as long as the stream needs it, and no longer once somebody looks. */
TEST(work_keeps_what_it_uses)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    hold_queue(q, &released);
    gpu_fill(q, a, 1);
    signal_fence(q, fence, 1);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    CHECK_EQ(counted(&rig_counts.memories), 1);
    CHECK_EQ(counted(&rig_counts.pages), 1);
    CHECK(!queue_reached(q, 1));
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(counted(&rig_counts.memories), 0);
    CHECK_EQ(counted(&rig_counts.pages), 0);
    queue_unref(q);
    check_clean();
}

/* The queue lives on and nobody comes any more: the polling thread looks now and then. */
TEST(what_nobody_asks_for_is_let_go_of_all_the_same)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    gpu_fill(q, a, 1);
    rig_drop(&a->object);
    for (int i = 0; i < 5000 && counted(&rig_counts.memories); i++)
        rig_nap(1);
    CHECK_EQ(counted(&rig_counts.memories), 0);
    queue_unref(q);
    check_clean();
}

/* Without anybody who asks a ticket comes now and then, so that pins do not pile up. */
TEST(a_long_line_is_let_go_of_bit_by_bit)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(16, SHARING_NONE, false);
    unsigned marks = counted(&rig_counts.marks);
    for (int i = 0; i < 1000; i++)
        gpu_fill(q, a, 1);
    marks = counted(&rig_counts.marks) - marks;
    CHECK(marks >= 1000 / 64 && marks <= 1000 / 32);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    queue_unref(q);
    rig_drop(&a->object);
    check_clean();
}

static void *wait_and_note(void *arg)
{
    struct queue *q = arg;
    CHECK_EQ(queue_sync(q, 2, rig_late()), IST_OK);
    return NULL;
}

TEST(a_thread_waits_for_what_is_parked)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    wait_fence(q, fence, 1);
    gpu_fill(q, a, 1);
    pthread_t thread = rig_start(wait_and_note, q);
    rig_nap(5);
    fence_signal(fence, 1);
    rig_join(thread);
    CHECK(gpu_is_all(a, 1));
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}
