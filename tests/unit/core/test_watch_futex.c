/* SPDX-License-Identifier: MIT */
/*
 * Shared timelines: set by another process (or another mapping of the page), awaited by
 * threads, by events and by queues.
 */
#include "unit/core/sync_rig.h"

/* A fence of this process, and a second one over another mapping of the same page. */
struct twins {
    struct fence *mine, *theirs;
};

static struct fence *open_fence(int fd)
{
    struct fence *fence = NULL;
    CHECK_EQ(fence_open(rig_session(), rig_device(), 0, dup(fd), HOLDER_COM, &fence), IST_OK);
    return fence;
}

static struct twins twins_new(uint64_t value)
{
    struct twins t = {.mine = rig_fence(value)};
    int fd = -1;
    CHECK_EQ(fence_share(t.mine, &fd), IST_OK);
    t.theirs = open_fence(fd);
    return t;
}

static void twins_free(struct twins *t)
{
    rig_drop(&t->mine->object);
    rig_drop(&t->theirs->object);
}

/* The watching thread takes a moment. */
static bool comes_to_be_set(struct event *event)
{
    unsigned index = 99;
    return event_wait(&event, 1, false, rig_late(), &index) == IST_OK;
}

TEST(both_see_one_value)
{
    struct twins t = twins_new(5);
    CHECK_EQ(fence_value(t.theirs), 5);
    fence_signal(t.theirs, UINT64_C(1) << 60);
    CHECK_EQ(fence_value(t.mine), UINT64_C(1) << 60);
    fence_signal(t.mine, 2);
    CHECK_EQ(fence_value(t.theirs), 2);
    CHECK_EQ(fence_wait(t.theirs, 2, 0), IST_OK);
    CHECK_EQ(fence_wait(t.theirs, 3, 0), IST_TIMEOUT);
    int64_t deadline = deadline_after_ms(30);
    CHECK_EQ(fence_wait(t.theirs, 3, deadline), IST_TIMEOUT);
    CHECK(clock_now_ns() >= deadline);
    CHECK_EQ(load_relaxed(&t.mine->page->fence.waiters), 0);
    twins_free(&t);
}

TEST(a_fence_is_shared_once)
{
    struct fence *fence = rig_fence(1);
    int a = -1, b = -1;
    CHECK_EQ(fence->page_fd, -1);
    CHECK_EQ(fence_share(fence, &a), IST_OK);
    CHECK_EQ(fence_share(fence, &b), IST_OK);
    CHECK_EQ(a, b);
    rig_drop(&fence->object);
}

TEST(events_are_set_by_others)
{
    struct twins t = twins_new(0);
    struct event *event = rig_event(false);
    for (uint64_t v = 1; v <= 50; v++) {
        CHECK_EQ(fence_notify(t.mine, v, event), IST_OK);
        CHECK(!rig_is_set(event));
        fence_signal(t.theirs, v);
        CHECK(comes_to_be_set(event));
    }
    rig_drop(&event->object);
    twins_free(&t);
}

TEST(queues_go_on_when_others_signal)
{
    struct twins t = twins_new(0);
    struct queue *a = rig_queue(), *b = rig_queue();
    for (uint64_t v = 1; v <= 200; v += 2) { /* there and back */
        CHECK_EQ(queue_wait_fence(a, t.mine, v), IST_OK);
        CHECK_EQ(queue_signal_fence(a, t.mine, v + 1), IST_OK);
        CHECK_EQ(queue_wait_fence(b, t.theirs, v + 1), IST_OK);
        fence_signal(t.theirs, v);
        CHECK_EQ(rig_finish_queue(b), IST_OK);
    }
    CHECK_EQ(rig_finish_queue(a), IST_OK);
    queue_unref(a);
    queue_unref(b);
    twins_free(&t);
}

TEST(what_waits_when_a_fence_is_shared_goes_on_waiting)
{
    struct fence *fence = rig_fence(0);
    struct event *event = rig_event(false);
    int fd = -1;
    CHECK_EQ(fence_notify(fence, 3, event), IST_OK);
    CHECK_EQ(fence_share(fence, &fd), IST_OK);
    struct fence *theirs = open_fence(fd);
    fence_signal(theirs, 2);
    rig_nap(5);
    CHECK(!rig_is_set(event));
    fence_signal(theirs, 3);
    CHECK(comes_to_be_set(event));
    rig_drop(&event->object);
    rig_drop(&fence->object);
    rig_drop(&theirs->object);
}

static void *wait_for_seven(void *arg)
{
    struct fence *fence = arg;
    return fence_wait(fence, 7, rig_late()) == IST_OK ? NULL : arg;
}

TEST(threads_that_sleep_over_the_sharing_are_woken)
{
    struct fence *fence = rig_fence(0);
    int fd = -1;
    void *failed;
    pthread_t before = rig_start(wait_for_seven, fence), after;
    rig_nap(20);
    CHECK_EQ(fence_share(fence, &fd), IST_OK);
    after = rig_start(wait_for_seven, fence);
    struct fence *theirs = open_fence(fd);
    rig_nap(20);
    fence_signal(theirs, 7);
    CHECK_EQ(pthread_join(before, &failed), 0);
    CHECK(failed == NULL);
    CHECK_EQ(pthread_join(after, &failed), 0);
    CHECK(failed == NULL);
    rig_drop(&fence->object);
    rig_drop(&theirs->object);
}

TEST(a_value_that_was_taken_back_at_once_satisfies)
{
    struct twins t = twins_new(0);
    struct event *event = rig_event(false), *never = rig_event(false);
    for (unsigned i = 0; i < 200; i++) {
        CHECK_EQ(fence_notify(t.mine, 8, event), IST_OK);
        CHECK_EQ(fence_notify(t.mine, 9, never), IST_OK);
        fence_signal(t.theirs, 8);
        fence_signal(t.theirs, 0);
        CHECK(comes_to_be_set(event));
        CHECK(!rig_is_set(never));
        fence_signal(t.mine, 9);
        CHECK(comes_to_be_set(never));
        fence_signal(t.mine, 0);
    }
    rig_drop(&event->object);
    rig_drop(&never->object);
    twins_free(&t);
}

TEST(the_end_of_the_page_ends_all_waits)
{
    struct twins t = twins_new(0);
    struct event *event = rig_event(false);
    struct queue *queue = rig_queue();
    CHECK_EQ(fence_notify(t.mine, UINT64_MAX, event), IST_OK);
    CHECK_EQ(queue_wait_fence(queue, t.mine, 5), IST_OK);
    pthread_t thread = rig_start(wait_for_seven, t.mine);
    rig_nap(10);
    timeline_end(&t.theirs->timeline);
    CHECK(comes_to_be_set(event));
    CHECK_EQ(rig_finish_queue(queue), IST_OK);
    rig_join(thread);
    CHECK_EQ(fence_value(t.mine), UINT64_MAX);
    queue_unref(queue);
    rig_drop(&event->object);
    twins_free(&t);
}

enum { CROWD = 400 };

/* More lines than one thread can sleep on. */
TEST(a_crowd_of_fences_is_watched)
{
    static struct twins t[CROWD];
    static struct event *event[CROWD];
    for (unsigned i = 0; i < CROWD; i++) {
        t[i] = twins_new(0);
        event[i] = rig_event(true);
        CHECK_EQ(fence_notify(t[i].mine, 1, event[i]), IST_OK);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        unsigned k = i * 77 % CROWD;
        fence_signal(t[k].theirs, 1);
        if (i % 16 == 0)
            CHECK(comes_to_be_set(event[k]));
    }
    for (unsigned i = 0; i < CROWD; i++) {
        CHECK(comes_to_be_set(event[i]));
        rig_drop(&event[i]->object);
        twins_free(&t[i]);
    }
}

/* Fences come and go while the thread looks at them. */
static void *come_and_go(void *arg)
{
    for (unsigned i = 0; i < 200; i++) {
        struct twins t = twins_new(0);
        struct event *event = rig_event(false);
        CHECK_EQ(fence_notify(t.mine, 1, event), IST_OK);
        if (i % 2)
            fence_signal(t.theirs, 1);
        twins_free(&t); /* the end sets the event at the latest */
        CHECK(comes_to_be_set(event));
        rig_drop(&event->object);
    }
    return arg;
}

TEST(finishing_races_with_looking)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = rig_start(come_and_go, NULL);
    for (int i = 0; i < 3; i++)
        rig_join(threads[i]);
}

enum { ROUNDS = 1000 };

static void echo(struct peer *peer)
{
    struct fence *fence = NULL;
    EXPECT(peer, fence_open(rig_session(), rig_device(), 0, dup(peer->fd), HOLDER_COM,
                            &fence) == IST_OK);
    for (uint64_t i = 1; i < 2 * ROUNDS; i += 2) {
        EXPECT(peer, fence_wait(fence, i, rig_late()) == IST_OK);
        fence_signal(fence, i + 1);
    }
    rig_drop(&fence->object);
}

TEST(two_processes_hand_over_and_no_wake_up_is_lost)
{
    struct fence *fence = rig_fence(0);
    struct peer peer = {.stage = NULL};
    SKIP_UNLESS_PROCESSES();
    CHECK_EQ(fence_share(fence, &peer.fd), IST_OK);
    peer_start(&peer, echo);
    int64_t start = clock_now_ns();
    for (uint64_t i = 1; i < 2 * ROUNDS; i += 2) {
        fence_signal(fence, i);
        CHECK_EQ(fence_wait(fence, i + 1, rig_late()), IST_OK);
    }
    CHECK(clock_now_ns() - start < (int64_t)ROUNDS * 20000000); /* not by slices */
    peer_end_well(&peer);
    rig_drop(&fence->object);
}

static void signal_and_die(struct peer *peer)
{
    struct fence *fence = NULL;
    EXPECT(peer, fence_open(rig_session(), rig_device(), 0, dup(peer->fd), HOLDER_COM,
                            &fence) == IST_OK);
    for (uint64_t i = 1;; i++) {
        atomic_store(&peer->stage->counter, i);
        fence_signal(fence, i);
        if (i % 100 == 0)
            fence_signal(fence, i - 50); /* killed while it lowers, too */
        atomic_store(&peer->stage->child, 1);
    }
}

TEST(a_setter_killed_at_any_instruction_stops_nobody)
{
    SKIP_UNLESS_PROCESSES();
    for (unsigned round = 0; round < 30; round++) {
        struct fence *fence = rig_fence(0);
        struct event *event = rig_event(false);
        struct peer peer = {.stage = stage_new()};
        CHECK_EQ(fence_share(fence, &peer.fd), IST_OK);
        CHECK_EQ(fence_notify(fence, UINT64_MAX, event), IST_OK);
        peer_start(&peer, signal_and_die);
        CHECK(stage_await(&peer.stage->child, 1));
        rig_nap(round % 3);
        peer_kill(&peer);
        uint64_t sent = atomic_load(&peer.stage->counter);
        CHECK(fence_value(fence) + 51 >= sent && fence_value(fence) <= sent);
        fence_signal(fence, 1);
        CHECK_EQ(fence_value(fence), 1);
        fence_signal(fence, UINT64_MAX);
        CHECK(comes_to_be_set(event));
        rig_drop(&event->object);
        rig_drop(&fence->object);
        stage_free(peer.stage);
    }
}

/* A child that goes on using what it inherited: watches of its own, the parent's unharmed. */
static void wait_in_child(struct peer *peer)
{
    struct fence *fence = (struct fence *)(uintptr_t)atomic_load(&peer->stage->counter);
    struct event *event = NULL;
    EXPECT(peer, event_create(rig_session(), false, false, &event) == IST_OK);
    EXPECT(peer, fence_notify(fence, 5, event) == IST_OK);
    atomic_store(&peer->stage->child, 1);
    unsigned index;
    EXPECT(peer, event_wait(&event, 1, false, rig_late(), &index) == IST_OK);
    fence_signal(fence, 9);
}

TEST(after_a_fork_both_are_served)
{
    struct fence *fence = rig_fence(0);
    struct event *event = rig_event(false);
    struct peer peer = {.stage = stage_new()};
    SKIP_UNLESS_PROCESSES();
    CHECK_EQ(fence_share(fence, &peer.fd), IST_OK);
    CHECK_EQ(fence_notify(fence, 9, event), IST_OK);
    atomic_store(&peer.stage->counter, (uintptr_t)fence);
    peer_start(&peer, wait_in_child);
    CHECK(stage_await(&peer.stage->child, 1));
    fence_signal(fence, 5);
    CHECK(comes_to_be_set(event));
    peer_end_well(&peer);
    rig_drop(&event->object);
    rig_drop(&fence->object);
    stage_free(peer.stage);
}
