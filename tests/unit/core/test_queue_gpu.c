/* SPDX-License-Identifier: MIT */
/* Queues over streams: what is issued when, that order holds, that nothing waits in vain. */
#include "unit/core/gpu_rig.h"

#include <sys/wait.h>

#define BYTES 4096U

static void copy_all(struct queue *q, struct resource *dst, struct resource *src)
{
    struct copy copy = {
        .dst = {.resource = dst},
        .src = {.resource = src},
        .row_bytes = BYTES,
        .rows = 1,
        .slices = 1,
    };
    CHECK_EQ(queue_copy(q, &copy, COPY_SOURCE_STAYS), IST_OK);
}

static enum ist_status copy_in(struct queue *q, struct resource *dst, unsigned char *from)
{
    struct copy copy = {
        .dst = {.resource = dst},
        .src = {.memory = from, .row_pitch = BYTES, .slice_pitch = BYTES},
        .row_bytes = BYTES,
        .rows = 1,
        .slices = 1,
    };
    return queue_copy(q, &copy, COPY_SOURCE_TRANSIENT);
}

TEST(an_idle_queue_signals_by_the_host)
{
    struct queue *q = gpu_queue();
    struct fence *fence = gpu_fence(3);
    unsigned before = counted(&rig_counts.signals), count = 0;
    CHECK(queue_idle(q));
    CHECK_EQ(fence_value(fence), 3);
    signal_fence(q, fence, 7);
    CHECK_EQ(fence_value(fence), 7);
    wait_fence(q, fence, 7);
    submit_call(q, add_one, &count);
    CHECK_EQ(count, 1);
    CHECK(queue_idle(q));
    CHECK_EQ(counted(&rig_counts.signals), before);
    queue_unref(q);
    rig_drop(&fence->object);
    check_clean();
}

TEST(work_is_done_in_order_and_later)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct resource *b = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    hold_queue(q, &released);
    gpu_fill(q, a, 1);
    copy_all(q, b, a);
    gpu_fill(q, a, 2);
    signal_fence(q, fence, 5);
    CHECK(!queue_idle(q));
    CHECK(!queue_reached(q, 1));
    CHECK_EQ(queue_sync(q, queue_ticket(q), rig_soon()), IST_TIMEOUT);
    CHECK_EQ(fence_value(fence), 0);
    CHECK(queue_any_busy());
    atomic_store(&released, true);
    CHECK_EQ(fence_wait(fence, 5, rig_late()), IST_OK);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(gpu_is_all(a, 2));
    CHECK(gpu_is_all(b, 1));
    CHECK(queue_idle(q));
    CHECK(queue_reached(q, queue_ticket(q)));
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&b->object);
    rig_drop(&fence->object);
    check_clean();
}

TEST(a_wait_for_what_is_issued_goes_to_the_stream)
{
    struct queue *p = gpu_queue(), *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct resource *b = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    unsigned waits = counted(&rig_counts.waits), fills = counted(&rig_counts.fills);
    hold_queue(p, &released);
    gpu_fill(p, a, 9);
    signal_fence(p, fence, 5);
    wait_fence(q, fence, 4);
    copy_all(q, b, a);
    gpu_fill(q, a, 1);
    CHECK_EQ(counted(&rig_counts.waits), waits + 1);
    CHECK_EQ(counted(&rig_counts.fills), fills + 2);
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(gpu_is_all(b, 9));
    queue_unref(p);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&b->object);
    rig_drop(&fence->object);
    check_clean();
}

/* The caller is not blocked, and the stream gets nothing that it might wait for in vain. */
TEST(a_wait_for_what_is_not_issued_parks)
{
    struct queue *p = gpu_queue(), *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct resource *b = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    unsigned waits = counted(&rig_counts.waits), copies = counted(&rig_counts.copies);
    unsigned unissued = counted(&rig_counts.unissued);
    wait_fence(q, fence, 5);
    copy_all(q, b, a);
    rig_nap(5);
    CHECK_EQ(counted(&rig_counts.waits), waits);
    CHECK_EQ(counted(&rig_counts.copies), copies);
    hold_queue(p, &released);
    gpu_fill(p, a, 7);
    signal_fence(p, fence, 5); /* issued, not done: enough for the stream's wait */
    await_count(&rig_counts.waits, waits + 1);
    await_count(&rig_counts.copies, copies + 1);
    CHECK(!queue_reached(q, queue_ticket(q)));
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(gpu_is_all(b, 7));
    CHECK_EQ(counted(&rig_counts.unissued), unissued);
    queue_unref(p);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&b->object);
    rig_drop(&fence->object);
    check_clean();
}

/* Parked twice, by a host and by another queue's stream; the last signal is the host's. */
TEST(parked_work_goes_on_by_a_host_signal)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    unsigned char from[BYTES];
    memset(from, 3, sizeof(from));
    wait_fence(q, fence, 1);
    CHECK_EQ(copy_in(q, a, from), IST_OK);
    memset(from, 4, sizeof(from)); /* it was kept aside */
    wait_fence(q, fence, 2);
    signal_fence(q, fence, 3);
    fence_signal(fence, 1);
    CHECK_EQ(queue_sync(q, 2, rig_late()), IST_OK);
    CHECK(gpu_is_all(a, 3));
    CHECK_EQ(fence_wait(fence, 3, rig_soon()), IST_TIMEOUT);
    fence_signal(fence, 2);
    CHECK_EQ(fence_wait(fence, 3, rig_late()), IST_OK);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

/* Satisfied while it stood in line: going down takes nothing back. */
TEST(a_parked_wait_keeps_what_it_has_seen)
{
    struct queue *q = gpu_queue();
    struct fence *first = gpu_fence(0), *second = gpu_fence(0);
    wait_fence(q, first, 1);
    wait_fence(q, second, 8);
    fence_signal(second, 8);
    fence_signal(second, 0);
    fence_signal(first, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    queue_unref(q);
    rig_drop(&first->object);
    rig_drop(&second->object);
    check_clean();
}

TEST(a_transient_source_is_read_before_the_call_returns)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    unsigned char from[BYTES];
    atomic_bool released = false;
    memset(from, 6, sizeof(from));
    hold_queue(q, &released);
    CHECK_EQ(copy_in(q, a, from), IST_OK);
    memset(from, 0, sizeof(from));
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(gpu_is_all(a, 6));
    queue_unref(q);
    rig_drop(&a->object);
    check_clean();
}

struct host_note {
    const struct resource *r;
    bool inside, after_the_fill;
};

static void look_at_buffer(void *user)
{
    struct host_note *note = user;
    note->inside = queue_in_host_function();
    note->after_the_fill = gpu_is_all(note->r, 1);
}

/* What was before it is done, what is behind it has not begun. */
TEST(a_host_function_stands_in_line)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    for (int i = 0; i < 50; i++) {
        struct host_note note = {.r = a};
        gpu_fill(q, a, 1);
        submit_host(q, look_at_buffer, &note);
        gpu_fill(q, a, 2);
        CHECK_EQ(rig_finish_queue(q), IST_OK);
        CHECK(note.inside);
        CHECK(note.after_the_fill);
        CHECK(gpu_is_all(a, 2));
    }
    queue_unref(q);
    rig_drop(&a->object);
    check_clean();
}

TEST(what_a_device_refuses_was_not_submitted)
{
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    unsigned char from[BYTES] = {0};
    gpu_fill(q, a, 1);
    uint64_t ticket = queue_ticket(q);
    atomic_store(&rig_fail, IST_NO_MEMORY);
    CHECK_EQ(copy_in(q, a, from), IST_NO_MEMORY);
    CHECK_EQ(queue_ticket(q), ticket);
    CHECK_EQ(object_held(&a->object, HOLDER_COM), 1);
    CHECK_EQ(copy_in(q, a, from), IST_OK);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(object_held(&a->object, HOLDER_WORK), 0);
    queue_unref(q);
    rig_drop(&a->object);
    check_clean();
}

/* The host never waits here, nor do the streams. */
TEST(queues_wait_for_queues)
{
    struct queue *p = gpu_queue(), *q = gpu_queue(), *cpu = rig_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct resource *b = gpu_buffer(BYTES, SHARING_NONE, false);
    atomic_bool released = false, seen = false;
    hold_queue(p, &released);
    gpu_fill(p, a, 5);
    CHECK_EQ(queue_wait_queue(q, p, queue_ticket(p)), IST_OK);
    copy_all(q, b, a);
    CHECK_EQ(queue_wait_queue(cpu, q, queue_ticket(q)), IST_OK);
    submit_call(cpu, note_true, &seen);
    rig_nap(5);
    CHECK(!atomic_load(&seen));
    atomic_store(&released, true);
    await_true(&seen);
    CHECK(gpu_is_all(b, 5));
    queue_unref(p);
    queue_unref(q);
    queue_unref(cpu);
    rig_drop(&a->object);
    rig_drop(&b->object);
    check_clean();
}

static void never_fired(struct waiter *waiter)
{
    (void)waiter;
    CHECK(!"somebody whose value was there has no turn");
}

/* Who comes too late to stand in line leaves those alone who do. */
TEST(a_queue_tells_those_who_stand_in_line)
{
    struct queue *q = gpu_queue(), *cpu = rig_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    atomic_bool released = false;
    struct waiter late;
    hold_queue(q, &released);
    gpu_fill(q, a, 1);
    CHECK_EQ(queue_wait_queue(cpu, q, queue_ticket(q)), IST_OK);
    CHECK(!timeline_watch_own(&q->done, &late, 0, never_fired));
    CHECK(!queue_idle(cpu));
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(cpu), IST_OK);
    CHECK(gpu_is_all(a, 1));
    queue_unref(q);
    queue_unref(cpu);
    rig_drop(&a->object);
    check_clean();
}

/* Fences of a device without streams are a host's business on both sides. */
TEST(fences_of_the_cpu_device_work_as_well)
{
    struct queue *q = gpu_queue(), *cpu = rig_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = rig_fence(0), *on_gpu = gpu_fence(0);
    atomic_bool released = false;
    hold_queue(q, &released);
    gpu_fill(q, a, 1);
    signal_fence(q, fence, 1);
    wait_fence(cpu, fence, 1);
    signal_fence(cpu, on_gpu, 1);
    CHECK_EQ(fence_value(fence), 0);
    atomic_store(&released, true);
    CHECK_EQ(fence_wait(on_gpu, 1, rig_late()), IST_OK);
    queue_unref(q);
    queue_unref(cpu);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    rig_drop(&on_gpu->object);
    check_clean();
}

/* ---- Streams of somebody else's ---- */

static atomic_uint warnings;

static void count_warnings(void *user, int level, const char *channel, const char *text)
{
    (void)user;
    (void)channel;
    if (level == LOG_WARN && strstr(text, "no signal to it has been submitted"))
        add_relaxed(&warnings, 1);
}

TEST(a_wrapped_stream_never_parks)
{
    struct rig_stream *native = rig_stream_new();
    struct queue *q = gpu_wrap(native);
    struct fence *fence = gpu_fence(0);
    unsigned waits = counted(&rig_counts.waits), unissued = counted(&rig_counts.unissued);
    log_set_sink(count_warnings, NULL);
    atomic_store(&warnings, 0);
    wait_fence(q, fence, 1);
    wait_fence(q, fence, 2);
    log_set_sink(rig_quiet, NULL);
    CHECK_EQ(counted(&warnings), 1);
    CHECK_EQ(counted(&rig_counts.waits), waits + 2);
    CHECK_EQ(counted(&rig_counts.unissued), unissued + 2);
    CHECK(!queue_idle(q));
    CHECK_EQ(queue_host(q, count_one, NULL), IST_NOT_SUPPORTED);
    fence_signal(fence, 2);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(!queue_idle(q));
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 0);
    queue_unref(q);
    rig_drop(&fence->object);
    rig_stream_end(native);
    check_clean();
}

/* A kernel of the program's own comes first, although the queue knows nothing of it. */
TEST(a_signal_comes_behind_the_streams_own_work)
{
    struct rig_stream *native = rig_stream_new();
    struct queue *q = gpu_wrap(native), *own = gpu_queue();
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    atomic_uint count = 0;
    unsigned unissued = counted(&rig_counts.unissued);
    hold_stream(native, &released);
    signal_fence(q, fence, 4);
    submit_call(q, count_one, &count);
    wait_fence(own, fence, 4);
    CHECK_EQ(fence_value(fence), 0);
    CHECK_EQ(counted(&count), 0);
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(own), IST_OK);
    CHECK_EQ(fence_value(fence), 4);
    await_count(&count, 1);
    CHECK_EQ(counted(&rig_counts.unissued), unissued);
    queue_unref(q);
    queue_unref(own);
    rig_drop(&fence->object);
    rig_stream_end(native);
    check_clean();
}

/* Looks of the polling thread may ask a queue for its progress, now and then. */
static unsigned looks_since(int64_t since)
{
    return (unsigned)((clock_now_ns() - since) / 10000000) + 2;
}

/*
 * A frame goes to the program's stream and back: each operation of a stream costs it about a
 * microsecond. The queue is held, so that nothing is done at once by a host.
 */
TEST(a_hand_over_is_two_waits_and_three_writes)
{
    enum { FRAMES = 32 };
    struct rig_stream *native = rig_stream_new();
    struct queue *theirs = gpu_wrap(native), *q = gpu_queue();
    struct resource *a = gpu_buffer(64, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    unsigned waits = counted(&rig_counts.waits), writes = counted(&rig_counts.writes);
    int64_t since = clock_now_ns();
    hold_queue(q, &released);
    for (unsigned i = 0; i < FRAMES; i++) {
        gpu_fill(q, a, (unsigned char)i);
        signal_fence(q, fence, 2 * i + 1);
        wait_fence(theirs, fence, 2 * i + 1);
        signal_fence(theirs, fence, 2 * i + 2);
        wait_fence(q, fence, 2 * i + 2);
    }
    waits = counted(&rig_counts.waits) - waits;
    writes = counted(&rig_counts.writes) - writes;
    unsigned looks = looks_since(since);
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(fence_value(fence), 2 * FRAMES);
    CHECK_EQ(waits, 2 * FRAMES);
    CHECK(writes >= 3 * FRAMES); /* the third tells, behind the signal that is waited for */
    CHECK(writes <= 3 * FRAMES + looks);
    queue_unref(theirs);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    rig_stream_end(native);
    check_clean();
}

/* Queued work has let go of it; what the polling thread sees comes late. */
static void await_unpinned(struct fence *fence)
{
    for (unsigned n = 0; n < 5000 && object_held(&fence->object, HOLDER_WORK); n++)
        rig_nap(1);
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 0);
}

/* A program ends its stream when it likes: what a signal pinned goes without it. */
TEST(a_signal_is_seen_to_be_done_without_the_stream)
{
    for (unsigned i = 0; i < 3; i++) {
        struct rig_stream *native = rig_stream_new();
        struct queue *q = gpu_wrap(native);
        struct fence *fence = gpu_fence(i == 2 ? 9 : 0);
        signal_fence(q, fence, 5);
        if (i == 1)
            wait_fence(q, fence, 5);
        rig_stream_end(native);
        CHECK_EQ(fence_value(fence), 5);
        fence_signal(fence, 1); /* lowered before anybody looked */
        queue_unref(q);
        await_unpinned(fence);
        rig_drop(&fence->object);
        check_clean();
    }
}

/* The last thing in a stream is a wait, and the stream has gone: its value tells. */
TEST(a_wait_is_seen_to_be_done_without_the_stream)
{
    for (unsigned i = 0; i < 3; i++) {
        struct rig_stream *native = rig_stream_new();
        struct queue *q = gpu_wrap(native);
        struct fence *fence = gpu_fence(0);
        atomic_bool released = false;
        unsigned writes = counted(&rig_counts.writes);
        hold_stream(native, &released);
        wait_fence(q, fence, 5);
        CHECK_EQ(counted(&rig_counts.writes), writes);
        rig_nap(i == 2 ? 50 : 0); /* the polling thread has looked */
        CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 1);
        fence_signal(fence, 6);
        if (i == 1)
            fence_signal(fence, 1); /* lowered before anybody looked */
        queue_unref(q);
        await_unpinned(fence);
        rig_drop(&fence->object); /* ends the wait that missed its value */
        atomic_store(&released, true);
        rig_stream_end(native);
        check_clean();
    }
}

/* What the fence was before the wait came is no news of the stream. */
TEST(a_wait_is_not_over_by_what_was_before_it)
{
    struct rig_stream *native = rig_stream_new();
    struct queue *q = gpu_wrap(native);
    struct fence *fence = gpu_fence(9);
    fence_signal(fence, 1);
    wait_fence(q, fence, 5);
    rig_nap(50); /* the polling thread has looked */
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 1);
    fence_signal(fence, 5);
    await_unpinned(fence);
    queue_unref(q);
    rig_drop(&fence->object);
    rig_stream_end(native);
    check_clean();
}

/* A host may set what a stream's signal is to set: that says nothing of the work before it. */
TEST(work_is_not_done_by_the_value_of_a_later_signal)
{
    struct rig_stream *native = rig_stream_new();
    struct queue *q = gpu_wrap(native);
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    atomic_bool released = false;
    hold_stream(native, &released);
    gpu_fill(q, a, 1);
    signal_fence(q, fence, 5);
    fence_signal(fence, 6);
    rig_nap(50); /* the polling thread has looked */
    CHECK_EQ(object_held(&a->object, HOLDER_WORK), 1);
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 1);
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(gpu_is_all(a, 1));
    CHECK_EQ(object_held(&a->object, HOLDER_WORK), 0);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    rig_stream_end(native);
    check_clean();
}

/* A wait that is not over keeps all behind it, and one that is keeps nothing. */
TEST(waits_of_others_streams_end_in_turn)
{
    enum { WAITS = 40 };
    struct rig_stream *native = rig_stream_new();
    struct queue *q = gpu_wrap(native);
    struct fence *fence = gpu_fence(0);
    for (unsigned i = 1; i <= WAITS; i++)
        wait_fence(q, fence, i % 2 ? i : WAITS + 1);
    fence_signal(fence, WAITS);
    for (unsigned n = 0; n < 5000 && object_held(&fence->object, HOLDER_WORK) == WAITS; n++)
        rig_nap(1);
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), WAITS - 1); /* the second blocks */
    fence_signal(fence, WAITS + 1);
    await_unpinned(fence);
    queue_unref(q);
    rig_drop(&fence->object);
    rig_stream_end(native);
    check_clean();
}

/* From 63 bits on the line has the value; the word only says so. */
TEST(a_stream_signals_values_of_64_bits)
{
    static const uint64_t values[] = {5, UINT64_MAX, (uint64_t)INT64_MAX + 7, 3};
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(64, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    for (unsigned i = 0; i < 4; i++) {
        atomic_bool released = false;
        hold_queue(q, &released);
        gpu_fill(q, a, 1);
        signal_fence(q, fence, values[i]);
        atomic_store(&released, true);
        CHECK_EQ(rig_finish_queue(q), IST_OK);
        CHECK_EQ(fence_value(fence), values[i]);
    }
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

TEST(what_a_stream_cannot_do_is_refused)
{
    struct rig_stream *native = rig_stream_new();
    struct queue *q = NULL;
    struct fence *fence = rig_fence(0);
    CHECK_EQ(queue_wrap(rig_device(), native, &q), IST_NOT_SUPPORTED);
    CHECK(!q);
    q = gpu_wrap(native);
    CHECK_EQ(queue_wait_fence(q, fence, 1), IST_NOT_SUPPORTED);
    CHECK_EQ(queue_signal_fence(q, fence, 1), IST_NOT_SUPPORTED);
    queue_unref(q);
    rig_drop(&fence->object);
    rig_stream_end(native);
    check_clean();
}

/* ---- After a fork ---- */

static int use_in_child(struct queue *q, struct resource *a, struct fence *fence)
{
    struct fill fill = {
        .dst = {.resource = a}, .row_bytes = 1, .rows = 1, .slices = 1, .pattern_bytes = 1};
    int bad = 0;
    atomic_store(&rig_dead, true); /* as the contract has it for a child */
    bad += queue_fill(q, &fill) != IST_DEVICE_LOST;
    bad += strstr(status_reason(), "fork") == NULL;
    bad += queue_signal_fence(q, fence, 9) != IST_DEVICE_LOST;
    bad += !queue_reached(q, queue_ticket(q));
    bad += queue_any_busy();
    object_drop(&a->object, HOLDER_COM);
    object_drop(&fence->object, HOLDER_COM);
    queue_unref(q);
    bad += counted(&rig_counts.memories) != 0;
    bad += counted(&rig_counts.pages) != 0;
    return bad;
}

TEST(a_child_of_a_fork_has_no_streams)
{
    SKIP_UNLESS_PROCESSES();
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0), *never = gpu_fence(0);
    atomic_bool released = false;
    atomic_uint count = 0;
    hold_queue(q, &released);
    gpu_fill(q, a, 1);
    submit_call(q, count_one, &count);
    signal_fence(q, fence, 1);
    wait_fence(q, never, 1);
    gpu_fill(q, a, 2);
    object_drop(&never->object, HOLDER_COM);
    pid_t pid = test_fork();
    if (pid == 0)
        _exit(use_in_child(q, a, fence));
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(counted(&count), 1);
    queue_unref(q);
    rig_drop(&a->object);
    rig_drop(&fence->object);
    check_clean();
}

/* ---- Many at once ---- */

#define THREADS 8
#define ROUNDS 100

struct ring {
    struct fence *fence[THREADS];
    unsigned last; /* in turn: whoever's turn it is may touch it */
    atomic_uint wrong, calls;
};

struct member {
    struct ring *ring;
    unsigned me;
};

struct turn {
    struct ring *ring;
    unsigned wanted;
};

static void take_turn(void *user)
{
    struct turn *turn = user;
    if (turn->ring->last >= turn->wanted)
        add_relaxed(&turn->ring->wrong, 1);
    turn->ring->last = turn->wanted;
    free(turn);
}

static void *run_member(void *arg)
{
    struct member *m = arg;
    struct ring *ring = m->ring;
    struct queue *q = gpu_queue();
    struct resource *a = gpu_buffer(64, SHARING_NONE, false);
    uint64_t seed = m->me;
    for (unsigned i = 0; i < ROUNDS; i++) {
        wait_fence(q, ring->fence[m->me], i + 1);
        gpu_fill(q, a, (unsigned char)i);
        if (rig_random(&seed) % 2) {
            struct turn *turn = malloc(sizeof(*turn));
            *turn = (struct turn){ring, i * THREADS + m->me + 1};
            submit_host(q, take_turn, turn);
        }
        submit_call(q, count_one, &ring->calls);
        if (rig_random(&seed) % 8 == 0)
            CHECK_EQ(queue_sync(q, queue_ticket(q), rig_late()), IST_OK);
        signal_fence(q, ring->fence[(m->me + 1) % THREADS], i + 1 + (m->me + 1) / THREADS);
    }
    rig_drop(&a->object);
    queue_unref(q);
    return NULL;
}

/* Eight queues hand one thing round and round; no stream ever waits for what is not issued. */
TEST(streams_hand_over_in_turn)
{
    struct ring ring = {.last = 0};
    struct member members[THREADS];
    pthread_t threads[THREADS];
    unsigned unissued = counted(&rig_counts.unissued);
    for (unsigned i = 0; i < THREADS; i++)
        ring.fence[i] = gpu_fence(0);
    for (unsigned i = 0; i < THREADS; i++) {
        members[i] = (struct member){&ring, i};
        threads[i] = rig_start(run_member, &members[i]);
    }
    fence_signal(ring.fence[0], 1);
    for (unsigned i = 0; i < THREADS; i++)
        rig_join(threads[i]);
    CHECK_EQ(fence_wait(ring.fence[0], ROUNDS + 1, rig_late()), IST_OK);
    await_count(&ring.calls, THREADS * ROUNDS);
    CHECK_EQ(counted(&ring.wrong), 0);
    CHECK_EQ(counted(&rig_counts.unissued), unissued);
    for (unsigned i = 0; i < THREADS; i++)
        rig_drop(&ring.fence[i]->object);
    check_clean();
}

static void *use_shared_queue(void *arg)
{
    struct queue *q = arg;
    struct resource *a = gpu_buffer(64, SHARING_NONE, false);
    atomic_uint count = 0;
    for (unsigned i = 0; i < 200; i++) {
        gpu_fill(q, a, (unsigned char)i);
        submit_call(q, count_one, &count);
        if (i % 16 == 0)
            submit_host(q, count_one, &count);
    }
    await_count(&count, 200 + 13);
    CHECK(gpu_is_all(a, 199));
    rig_drop(&a->object);
    return NULL;
}

TEST(threads_share_a_queue)
{
    struct queue *q = gpu_queue();
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = rig_start(use_shared_queue, q);
    for (unsigned i = 0; i < THREADS; i++)
        rig_join(threads[i]);
    queue_unref(q);
    check_clean();
}
