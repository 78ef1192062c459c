/* SPDX-License-Identifier: MIT */
/* Fences as Windows behaves: any order of waits and signals, rewinds, events, the end. */
#include "unit/core/rig.h"

static void notify(struct fence *fence, uint64_t value, struct event *event)
{
    CHECK_EQ(fence_notify(fence, value, event), IST_OK);
}

TEST(any_first_value_is_kept)
{
    const uint64_t values[] = {0, 99, UINT64_C(1) << 60, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        struct fence *fence = rig_fence(values[i]);
        CHECK_EQ(fence_value(fence), values[i]);
        CHECK_PTR_EQ(fence->device, rig_device());
        CHECK_PTR_EQ(fence_from_object(&fence->object), fence);
        CHECK_EQ(fence->object.kind, OBJECT_FENCE);
        rig_drop(&fence->object);
    }
}

TEST(signals_set_the_value_up_and_down)
{
    struct fence *fence = rig_fence(UINT64_C(1) << 60);
    for (unsigned i = 1; i <= 100; i++) {
        fence_signal(fence, (UINT64_C(1) << 60) + i);
        CHECK_EQ(fence_value(fence), (UINT64_C(1) << 60) + i);
    }
    fence_signal(fence, 0);
    CHECK_EQ(fence_value(fence), 0);
    CHECK_EQ(fence_wait(fence, 1, rig_soon()),
             IST_TIMEOUT); /* compares with the value of now */
    rig_drop(&fence->object);
}

TEST(reached_values_set_the_event_at_once)
{
    struct fence *fence = rig_fence(5);
    struct event *event = rig_event(false);
    for (uint64_t v = 0; v <= 5; v++) {
        notify(fence, v, event);
        CHECK(rig_is_set(event));
    }
    notify(fence, 6, event);
    CHECK(!rig_is_set(event));
    fence_signal(fence, 7);
    CHECK(rig_is_set(event));
    CHECK(!rig_is_set(event)); /* once */
    rig_drop(&event->object);
    rig_drop(&fence->object);
}

TEST(one_event_may_stand_for_many_values)
{
    struct fence *fence = rig_fence(0);
    struct event *event = rig_event(false);
    const uint64_t values[] = {3, 5, 9, 12, 12};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++)
        notify(fence, values[i], event);
    CHECK_EQ(object_held(&event->object, HOLDER_WORK), 5);
    for (uint64_t v = 1; v <= 13; v++) {
        fence_signal(fence, v);
        CHECK_EQ(rig_is_set(event), v == 3 || v == 5 || v == 9 || v == 12);
    }
    CHECK_EQ(object_held(&event->object, HOLDER_WORK), 0);
    rig_drop(&event->object);
    rig_drop(&fence->object);
}

TEST(two_events_at_one_value_are_both_set)
{
    struct fence *fence = rig_fence(0);
    struct event *a = rig_event(false), *b = rig_event(true);
    notify(fence, 1, a);
    notify(fence, 1, b);
    fence_signal(fence, 3);
    CHECK(rig_is_set(a));
    CHECK(rig_is_set(b));
    rig_drop(&a->object);
    rig_drop(&b->object);
    rig_drop(&fence->object);
}

TEST(rewinding_neither_cancels_nor_arms_again)
{
    struct fence *fence = rig_fence(0);
    struct event *fired = rig_event(false), *top = rig_event(false);
    notify(fence, 100, fired);
    notify(fence, UINT64_MAX, top);
    fence_signal(fence, 100);
    CHECK(rig_is_set(fired));
    fence_signal(fence, 0);
    fence_signal(fence, 100);
    CHECK(!rig_is_set(fired));
    CHECK(!rig_is_set(top));
    fence_signal(fence, UINT64_MAX - 1);
    CHECK(!rig_is_set(top));
    fence_signal(fence, UINT64_MAX);
    CHECK(rig_is_set(top));
    CHECK(!rig_is_set(fired));
    rig_drop(&fired->object);
    rig_drop(&top->object);
    rig_drop(&fence->object);
}

TEST(registering_does_not_unset_an_event)
{
    struct fence *fence = rig_fence(0);
    struct event *event = rig_event(true);
    event_set(event);
    notify(fence, 30, event);
    CHECK(rig_is_set(event));
    event_reset(event);
    fence_signal(fence, 29);
    CHECK(!rig_is_set(event));
    fence_signal(fence, 30);
    CHECK(rig_is_set(event));
    rig_drop(&event->object);
    rig_drop(&fence->object);
}

TEST(a_registration_keeps_its_event_until_it_fires)
{
    struct fence *fence = rig_fence(0);
    struct event *event = rig_event(false);
    size_t before = object_live_count();
    notify(fence, 1, event);
    rig_drop(&event->object);
    CHECK_EQ(object_live_count(), before);
    fence_signal(fence, 1);
    CHECK_EQ(object_live_count(), before - 1);
    rig_drop(&fence->object);
}

TEST(the_last_owner_ends_every_wait)
{
    struct fence *fence = rig_fence(0);
    struct event *event = rig_event(false);
    struct queue *queue = rig_queue();
    uint32_t h = 0;
    notify(fence, UINT64_MAX, event);
    CHECK_EQ(queue_wait_fence(queue, fence, UINT64_MAX), IST_OK);
    CHECK_EQ(handle_create(&fence->object, NULL, 3, 0, &h), IST_OK);
    rig_drop(&fence->object);
    CHECK(!rig_is_set(event)); /* the handle still owns it */
    CHECK(!queue_reached(queue, queue_ticket(queue)));
    CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    CHECK(rig_is_set(event));
    CHECK_EQ(rig_finish_queue(queue), IST_OK);
    queue_unref(queue);
    rig_drop(&event->object);
}

TEST(an_ended_fence_has_the_highest_value_and_ignores_signals)
{
    struct fence *fence = rig_fence(3);
    object_hold(&fence->object, HOLDER_WORK);
    rig_drop(&fence->object);
    CHECK_EQ(fence_value(fence), UINT64_MAX);
    fence_signal(fence, 5);
    CHECK_EQ(fence_value(fence), UINT64_MAX);
    CHECK_EQ(fence_wait(fence, UINT64_MAX, DEADLINE_NEVER), IST_OK);
    object_drop(&fence->object, HOLDER_WORK);
}

static void *signal_later(void *arg)
{
    rig_nap(20);
    fence_signal(arg, 4);
    return NULL;
}

TEST(a_thread_waits_before_the_signal)
{
    struct fence *fence = rig_fence(0);
    pthread_t thread = rig_start(signal_later, fence);
    CHECK_EQ(fence_wait(fence, 4, rig_late()), IST_OK);
    CHECK_EQ(fence_value(fence), 4);
    rig_join(thread);
    rig_drop(&fence->object);
}

static void *wait_for_top(void *arg)
{
    return fence_wait(arg, UINT64_MAX, rig_late()) == IST_OK ? arg : NULL;
}

/* The waiting thread borrows its caller's hold, and that goes away while it sleeps. */
TEST(the_end_wakes_a_sleeping_thread_and_the_fence_outlives_the_wait)
{
    for (int i = 0; i < 30; i++) {
        struct fence *fence = rig_fence(0);
        void *woke;
        pthread_t thread = rig_start(wait_for_top, fence);
        bool sleeps = false;
        for (int n = 0; n < 20000 && !sleeps; n++) { /* it then stands in the list */
            rig_nap(1);
            pthread_mutex_lock(&fence->timeline.lock);
            sleeps = !list_empty(&fence->timeline.sleepers);
            pthread_mutex_unlock(&fence->timeline.lock);
        }
        CHECK(sleeps);
        rig_drop(&fence->object);
        CHECK_EQ(pthread_join(thread, &woke), 0);
        CHECK(woke != NULL);
    }
}

enum { WAITERS = 4, STEPS = 2000 };

static void *follow(void *arg)
{
    struct fence *fence = arg;
    for (uint64_t v = 1; v <= STEPS; v++)
        if (fence_wait(fence, v, rig_late()) != IST_OK)
            return arg;
    return NULL;
}

TEST(many_threads_follow_one_fence)
{
    struct fence *fence = rig_fence(0);
    pthread_t threads[WAITERS];
    for (int i = 0; i < WAITERS; i++)
        threads[i] = rig_start(follow, fence);
    for (uint64_t v = 1; v <= STEPS; v++)
        fence_signal(fence, v);
    for (int i = 0; i < WAITERS; i++) {
        void *failed;
        CHECK_EQ(pthread_join(threads[i], &failed), 0);
        CHECK(failed == NULL);
    }
    rig_drop(&fence->object);
}

static void *register_many(void *arg)
{
    struct fence *fence = arg;
    struct event *event = rig_event(true);
    unsigned index;
    for (uint64_t v = 1; v <= STEPS; v++) {
        if (fence_notify(fence, v, event) != IST_OK ||
            event_wait(&event, 1, false, rig_late(), &index) != IST_OK)
            return arg;
        event_reset(event);
    }
    rig_drop(&event->object);
    return NULL;
}

TEST(registrations_race_with_signals)
{
    struct fence *fence = rig_fence(0);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = rig_start(register_many, fence);
    for (uint64_t v = 1; v <= STEPS; v++)
        fence_signal(fence, v);
    for (int i = 0; i < 3; i++) {
        void *failed;
        CHECK_EQ(pthread_join(threads[i], &failed), 0);
        CHECK(failed == NULL);
    }
    rig_drop(&fence->object);
}
