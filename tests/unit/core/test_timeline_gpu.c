/* SPDX-License-Identifier: MIT */
/*
 * Those who wait on a host for what streams set: threads, events and queues, whether the signal
 * is submitted before or after they come; the ends of a fence and of a device.
 */
#include "unit/core/gpu_rig.h"

#include <limits.h>
#include <sys/resource.h>

#define BYTES 4096U

/* A queue with work in its stream that lasts until `released`. */
static struct queue *busy_queue(struct resource *a, atomic_bool *released)
{
    struct queue *q = gpu_queue();
    hold_queue(q, released);
    gpu_fill(q, a, 1);
    return q;
}

struct sleeper {
    struct fence *fence;
    uint64_t value;
    enum ist_status status;
    atomic_bool done;
};

static void *sleep_on_fence(void *arg)
{
    struct sleeper *s = arg;
    s->status = fence_wait(s->fence, s->value, rig_late());
    atomic_store(&s->done, true);
    return NULL;
}

TEST(a_thread_that_came_first_is_woken)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    struct queue *q = busy_queue(a, &released);
    struct sleeper s = {.fence = fence, .value = 5};
    pthread_t thread = rig_start(sleep_on_fence, &s);
    rig_nap(5);
    signal_fence(q, fence, 5); /* issued: it looks from now on */
    rig_nap(5);
    CHECK(!atomic_load(&s.done));
    atomic_store(&released, true);
    rig_join(thread);
    CHECK_EQ(s.status, IST_OK);
    CHECK_EQ(fence_value(fence), 5);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

TEST(a_thread_that_comes_later_looks)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    struct queue *q = busy_queue(a, &released);
    struct sleeper s = {.fence = fence, .value = 5};
    signal_fence(q, fence, 5);
    CHECK_EQ(fence_wait(fence, 5, 0), IST_TIMEOUT);
    CHECK_EQ(fence_wait(fence, 5, rig_soon()), IST_TIMEOUT);
    pthread_t thread = rig_start(sleep_on_fence, &s);
    atomic_store(&released, true);
    rig_join(thread);
    CHECK_EQ(s.status, IST_OK);
    CHECK_EQ(fence_wait(fence, 5, 0), IST_OK);
    CHECK_EQ(fence_wait(fence, 6, rig_soon()), IST_TIMEOUT);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

TEST(a_host_signal_wakes_threads)
{
    struct fence *fence = gpu_fence(0);
    struct sleeper s = {.fence = fence, .value = 5};
    pthread_t thread = rig_start(sleep_on_fence, &s);
    rig_nap(5);
    fence_signal(fence, 4);
    rig_nap(5);
    CHECK(!atomic_load(&s.done));
    fence_signal(fence, 9);
    rig_join(thread);
    CHECK_EQ(s.status, IST_OK);
    rig_drop(&fence->object);
    check_clean();
}

/* Nobody's thread looks: the polling thread does, registered before or after the signal. */
TEST(events_are_set)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    struct event *before = rig_event(true), *after = rig_event(true), *never = rig_event(true);
    atomic_bool released = false;
    struct queue *q = busy_queue(a, &released);
    CHECK_EQ(fence_notify(fence, 5, before), IST_OK);
    signal_fence(q, fence, 5);
    CHECK_EQ(fence_notify(fence, 4, after), IST_OK);
    CHECK_EQ(fence_notify(fence, 6, never), IST_OK);
    rig_nap(5);
    CHECK(!rig_is_set(before));
    CHECK(!rig_is_set(after));
    atomic_store(&released, true);
    unsigned index;
    CHECK_EQ(event_wait(&before, 1, false, rig_late(), &index), IST_OK);
    CHECK_EQ(event_wait(&after, 1, false, rig_late(), &index), IST_OK);
    CHECK(!rig_is_set(never));
    fence_signal(fence, 6);
    CHECK(rig_is_set(never));
    rig_drop(&before->object);
    rig_drop(&after->object);
    rig_drop(&never->object);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

/* Who submits a signal tells those who stand in line, so that nobody has to find out. */
TEST(a_parked_queue_goes_on_as_soon_as_the_signal_is_issued)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    atomic_bool released = false;
    struct queue *p = busy_queue(a, &released), *q = gpu_queue();
    for (unsigned i = 1; i <= 8; i++) { /* the polling thread may be faster, now and then */
        struct fence *fence = gpu_fence(0);
        wait_fence(q, fence, 5);
        CHECK(queue_parked(q));
        signal_fence(p, fence, 5);
        CHECK(!queue_parked(q));
        CHECK_EQ(fence_value(fence), 0);
        while (load_acquire(&q->state) != IDLE) /* a job issues the wait */
            sched_yield();
        rig_drop(&fence->object);
    }
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    queue_unref(p);
    queue_unref(q);
    rig_drop(&a->object);
    check_clean();
}

/* The words below 2^63 stand for all values. */
TEST(the_largest_value_is_reached_by_itself_only)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    struct queue *p = busy_queue(a, &released), *q = gpu_queue();
    CHECK_EQ(fence_wait(fence, UINT64_MAX, rig_soon()), IST_TIMEOUT);
    wait_fence(q, fence, UINT64_MAX);
    gpu_fill(q, a, 2);
    rig_nap(5);
    CHECK(!queue_reached(q, queue_ticket(q)));
    signal_fence(p, fence, UINT64_MAX);
    CHECK_EQ(load_acquire(&fence->timeline.gpu->issued), UINT64_MAX);
    atomic_store(&released, true);
    CHECK_EQ(fence_wait(fence, UINT64_MAX, rig_late()), IST_OK);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(load_acquire(&fence->timeline.gpu->word), SYNC_GPU_MAX);
    fence_signal(fence, 3);
    CHECK_EQ(fence_value(fence), 3);
    CHECK_EQ(load_acquire(&fence->timeline.gpu->word), 3);
    CHECK_EQ(load_acquire(&fence->timeline.gpu->issued), 3);
    queue_unref(p);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

/* The last owner's end: threads, events, parked queues, and a stream that waits already. */
TEST(the_end_of_a_fence_ends_all_waits)
{
    struct rig_stream *native = rig_stream_new();
    struct queue *q = gpu_queue(), *wrapped = gpu_wrap(native);
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    struct event *event = rig_event(true);
    struct sleeper s = {.fence = fence, .value = 5};
    pthread_t thread = rig_start(sleep_on_fence, &s);
    CHECK_EQ(fence_notify(fence, 5, event), IST_OK);
    wait_fence(q, fence, 5);
    gpu_fill(q, a, 1);
    wait_fence(wrapped, fence, 5);
    rig_nap(5);
    CHECK(!atomic_load(&s.done));
    rig_drop(&fence->object);
    rig_join(thread);
    CHECK_EQ(s.status, IST_OK);
    CHECK(rig_is_set(event));
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(rig_finish_queue(wrapped), IST_OK);
    CHECK(gpu_is_all(a, 1));
    rig_drop(&event->object);
    queue_unref(q);
    queue_unref(wrapped);
    rig_drop(&a->object);
    rig_stream_end(native);
    check_clean();
}

/* A signal that a stream still holds must not have the last word. */
TEST(a_late_signal_does_not_undo_the_end)
{
    struct rig_stream *native = rig_stream_new();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    struct queue *q = busy_queue(a, &released), *wrapped = gpu_wrap(native);
    atomic_bool first = false;
    signal_fence(q, fence, 3);
    hold_stream(native, &first);
    wait_fence(wrapped, fence, 8);
    rig_drop(&fence->object);
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    atomic_store(&first, true);
    CHECK_EQ(rig_finish_queue(wrapped), IST_OK);
    queue_unref(q);
    queue_unref(wrapped);
    rig_drop(&a->object);
    rig_stream_end(native);
    check_clean();
}

/* Down again, by a host and by a stream; each time what is issued goes down with it. */
TEST(a_fence_goes_down)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(9);
    atomic_bool released = false, held = false;
    struct queue *q = busy_queue(a, &released), *p = gpu_queue();
    fence_signal(fence, 2);
    CHECK_EQ(load_acquire(&fence->timeline.gpu->word), 2);
    CHECK_EQ(load_acquire(&fence->timeline.gpu->issued), 2);
    signal_fence(q, fence, 1);
    CHECK_EQ(fence_value(fence), 2);
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(fence_value(fence), 1);
    CHECK_EQ(load_acquire(&fence->timeline.gpu->issued), 1);
    wait_fence(p, fence, 2); /* was reached once: that is past */
    gpu_fill(p, a, 7);
    hold_queue(q, &held);
    gpu_fill(q, a, 6);
    signal_fence(q, fence, 2);
    CHECK_EQ(load_acquire(&fence->timeline.gpu->issued), 2);
    fence_signal(fence, 0); /* something is on its way to 2, whatever the host sets */
    CHECK_EQ(load_acquire(&fence->timeline.gpu->issued), 2);
    atomic_store(&held, true);
    CHECK_EQ(rig_finish_queue(p), IST_OK);
    CHECK(gpu_is_all(a, 7));
    CHECK_EQ(fence_value(fence), 2);
    queue_unref(p);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

/* Two fences cross between two queues: no wait in vain, none taken for the other. */
TEST(two_timelines_cross)
{
    struct queue *p = gpu_queue(), *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct resource *b = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *f = gpu_fence(0), *g = gpu_fence(0);
    for (unsigned i = 1; i <= 200; i++) {
        wait_fence(q, f, i);
        gpu_fill(q, b, (unsigned char)i);
        signal_fence(q, g, i);
        wait_fence(p, g, i - 1);
        gpu_fill(p, a, (unsigned char)i);
        signal_fence(p, f, i);
    }
    CHECK_EQ(fence_wait(g, 200, rig_late()), IST_OK);
    CHECK_EQ(fence_value(f), 200);
    CHECK(gpu_is_all(a, 200));
    CHECK(gpu_is_all(b, 200));
    queue_unref(p);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&b->object);
    rig_drop(&f->object);
    rig_drop(&g->object);
    check_clean();
}

/* The page of another process, here mapped a second time by this one. */
static struct fence *opened_again(struct fence *fence)
{
    int fd = -1;
    struct fence *other = NULL;
    CHECK_EQ(fence_share(fence, &fd), IST_OK);
    CHECK_EQ(fence_open(rig_session(), &rig_gpu, 0, dup(fd), HOLDER_COM, &other), IST_OK);
    return other;
}

TEST(what_others_issue_is_known_here)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(1), *other = opened_again(fence);
    struct event *event = rig_event(true);
    atomic_bool released = false;
    struct queue *theirs = busy_queue(a, &released), *ours = gpu_queue();
    struct sleeper s = {.fence = fence, .value = 5};
    unsigned unissued = counted(&rig_counts.unissued), waits = counted(&rig_counts.waits);
    CHECK_EQ(fence_value(other), 1);
    pthread_t thread = rig_start(sleep_on_fence, &s);
    CHECK_EQ(fence_notify(fence, 5, event), IST_OK);
    wait_fence(ours, fence, 5);
    gpu_fill(ours, a, 2);
    rig_nap(5);
    CHECK_EQ(counted(&rig_counts.waits), waits);
    signal_fence(theirs, other, 5);
    await_count(&rig_counts.waits, waits + 1);
    CHECK(!rig_is_set(event));
    CHECK(!atomic_load(&s.done));
    atomic_store(&released, true);
    rig_join(thread);
    unsigned index;
    CHECK_EQ(event_wait(&event, 1, false, rig_late(), &index), IST_OK);
    CHECK_EQ(rig_finish_queue(ours), IST_OK);
    CHECK(gpu_is_all(a, 2));
    CHECK_EQ(counted(&rig_counts.unissued), unissued);
    rig_drop(&event->object);
    queue_unref(theirs);
    queue_unref(ours);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    rig_drop(&other->object);
    check_clean();
}

/* ---- The device is lost ---- */

/* Whatever waits, for what is issued or not: all come back, and nothing hangs. */
TEST(a_lost_device_ends_all_waits)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0), *other = gpu_fence(0);
    struct event *soon = rig_event(true), *never = rig_event(true);
    atomic_bool released = false;
    atomic_uint calls = 0;
    struct queue *q = busy_queue(a, &released), *parked = gpu_queue();
    struct sleeper issued = {.fence = fence, .value = 5}, open = {.fence = other, .value = 5};
    signal_fence(q, fence, 5);
    submit_call(q, count_one, &calls);
    CHECK_EQ(fence_notify(fence, 5, soon), IST_OK);
    CHECK_EQ(fence_notify(other, 5, never), IST_OK);
    wait_fence(parked, other, 5);
    gpu_fill(parked, a, 2);
    submit_host(parked, count_one, &calls);
    signal_fence(parked, other, 6);
    pthread_t first = rig_start(sleep_on_fence, &issued);
    pthread_t second = rig_start(sleep_on_fence, &open);
    rig_nap(5);
    atomic_store(&rig_dead, true);
    CHECK_EQ(rig_finish_queue(q), IST_DEVICE_LOST);
    CHECK_EQ(rig_finish_queue(parked), IST_DEVICE_LOST);
    rig_join(first);
    rig_join(second);
    CHECK_EQ(issued.status, IST_DEVICE_LOST);
    CHECK_EQ(open.status, IST_DEVICE_LOST);
    unsigned index;
    CHECK_EQ(event_wait(&soon, 1, false, rig_late(), &index), IST_OK);
    CHECK_EQ(event_wait(&never, 1, false, rig_late(), &index), IST_OK);
    await_count(&calls, 2);
    CHECK_EQ(queue_signal_fence(q, fence, 7), IST_DEVICE_LOST);
    CHECK_EQ(fence_wait(fence, 7, rig_late()), IST_DEVICE_LOST);
    CHECK_EQ(fence_value(fence), 0);
    fence_signal(fence, 8); /* the word is a host's as well */
    CHECK_EQ(fence_wait(fence, 7, rig_late()), IST_OK);
    rig_drop(&soon->object);
    rig_drop(&never->object);
    queue_unref(q);
    queue_unref(parked);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    rig_drop(&other->object);
    check_clean();
    rig_repair();
}

/* Nobody of ours waits, and still the pins go once somebody looks. */
TEST(a_loss_is_noticed_by_a_submission)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    atomic_bool released = false;
    struct queue *q = busy_queue(a, &released);
    struct fill fill = {.dst = {.resource = a}, .row_bytes = 1, .rows = 1, .slices = 1};
    fill.pattern_bytes = 1;
    atomic_store(&rig_dead, true);
    atomic_store(&rig_fail, IST_DEVICE_LOST);
    CHECK_EQ(queue_fill(q, &fill), IST_DEVICE_LOST);
    CHECK(atomic_load(&rig_gpu.lost));
    CHECK_EQ(object_held(&a->object, HOLDER_WORK), 0);
    CHECK_EQ(queue_fill(q, &fill), IST_DEVICE_LOST);
    queue_unref(q);
    rig_drop(&a->object);
    check_clean();
    rig_repair();
}

/* ---- What it costs ---- */

static int64_t used_ns(void)
{
    struct rusage r;
    getrusage(RUSAGE_THREAD, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * INT64_C(1000000000) +
           (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * INT64_C(1000);
}

/* A long wait for what is issued costs a few percent of a CPU; any machine holds this limit. */
TEST(a_long_wait_does_not_spin)
{
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    struct queue *q = busy_queue(a, &released);
    signal_fence(q, fence, 1);
    int64_t before = used_ns();
    CHECK_EQ(fence_wait(fence, 1, deadline_after_ms(200)), IST_TIMEOUT);
    CHECK(used_ns() - before < 100000000);
    atomic_store(&released, true);
    CHECK_EQ(fence_wait(fence, 1, rig_late()), IST_OK);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

static void *signal_in_turn(void *arg)
{
    struct fence **fences = arg;
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(64, SHARING_NONE, false);
    for (uint64_t i = 1; i <= 200; i++) {
        CHECK_EQ(fence_wait(fences[0], i, rig_late()), IST_OK);
        gpu_fill(q, a, 1);
        signal_fence(q, fences[1], i);
    }
    rig_drop(&a->object);
    queue_unref(q);
    return NULL;
}

/* Eight threads hand over to a thread each, through streams, by waits and by events. */
TEST(many_threads_wait_at_once)
{
    struct fence *fences[8][2];
    pthread_t threads[8];
    for (unsigned i = 0; i < 8; i++) {
        fences[i][0] = gpu_fence(0);
        fences[i][1] = gpu_fence(0);
        threads[i] = rig_start(signal_in_turn, fences[i]);
    }
    struct event *event = rig_event(false);
    for (uint64_t round = 1; round <= 200; round++) {
        for (unsigned i = 0; i < 8; i++)
            fence_signal(fences[i][0], round);
        for (unsigned i = 0; i < 8; i++) {
            unsigned index;
            CHECK_EQ(fence_notify(fences[i][1], round, event), IST_OK);
            if (i % 2)
                CHECK_EQ(fence_wait(fences[i][1], round, rig_late()), IST_OK);
            CHECK_EQ(event_wait(&event, 1, false, rig_late(), &index), IST_OK);
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        rig_join(threads[i]);
        rig_drop(&fences[i][0]->object);
        rig_drop(&fences[i][1]->object);
    }
    rig_drop(&event->object);
    check_clean();
}
