/* SPDX-License-Identifier: MIT */
/* Timelines: satisfied once, rewound freely, waits that end in time and never early. */
#include "core/timeline.h"
#include "unit/core/rig.h"

struct counted {
    struct waiter waiter;
    unsigned fired;
};

static void count_fire(struct waiter *waiter)
{
    container_of(waiter, struct counted, waiter)->fired++;
}

static bool watch(struct timeline *t, struct counted *w, uint64_t target)
{
    memset(w, 0, sizeof(*w));
    return timeline_watch(t, &w->waiter, target, count_fire);
}

TEST(the_value_is_what_was_set_last)
{
    struct timeline t;
    timeline_init(&t, 99);
    CHECK_EQ(timeline_value(&t), 99);
    timeline_set(&t, UINT64_C(1) << 60);
    CHECK_EQ(timeline_value(&t), UINT64_C(1) << 60);
    timeline_set(&t, 0);
    CHECK_EQ(timeline_value(&t), 0);
    CHECK(timeline_reached(&t, 0));
    CHECK(!timeline_reached(&t, 1));
    timeline_finish(&t);
}

TEST(a_watch_fires_once_at_the_first_value_that_reaches_it)
{
    struct timeline t;
    struct counted w;
    timeline_init(&t, 4);
    CHECK(watch(&t, &w, 6));
    timeline_set(&t, 5);
    CHECK_EQ(w.fired, 0);
    timeline_set(&t, 7);
    CHECK_EQ(w.fired, 1);
    timeline_set(&t, 0);
    timeline_set(&t, 8);
    CHECK_EQ(w.fired, 1);
    timeline_finish(&t);
}

TEST(what_is_reached_is_not_watched)
{
    struct timeline t;
    struct counted w;
    timeline_init(&t, 5);
    CHECK(!watch(&t, &w, 5));
    CHECK(!watch(&t, &w, 0));
    CHECK_EQ(w.fired, 0);
    timeline_finish(&t);
}

TEST(rewinding_cancels_nothing)
{
    struct timeline t;
    struct counted w;
    timeline_init(&t, 50);
    CHECK(watch(&t, &w, 60));
    timeline_set(&t, 10);
    CHECK_EQ(w.fired, 0);
    timeline_set(&t, 60);
    CHECK_EQ(w.fired, 1);
    timeline_finish(&t);
}

TEST(values_are_compared_without_sign)
{
    struct timeline t;
    struct counted top, half;
    timeline_init(&t, 0);
    CHECK(watch(&t, &top, UINT64_MAX));
    CHECK(watch(&t, &half, UINT64_C(1) << 63));
    timeline_set(&t, INT64_MAX);
    CHECK_EQ(half.fired, 0);
    timeline_set(&t, UINT64_MAX - 1);
    CHECK_EQ(half.fired, 1);
    CHECK_EQ(top.fired, 0);
    timeline_set(&t, UINT64_MAX);
    CHECK_EQ(top.fired, 1);
    timeline_finish(&t);
}

TEST(a_watch_taken_back_does_not_fire)
{
    struct timeline t;
    struct counted a, b;
    timeline_init(&t, 0);
    CHECK(watch(&t, &a, 1));
    CHECK(watch(&t, &b, 1));
    CHECK(timeline_unwatch(&t, &a.waiter));
    CHECK(!timeline_unwatch(&t, &a.waiter));
    timeline_set(&t, 1);
    CHECK_EQ(a.fired, 0);
    CHECK_EQ(b.fired, 1);
    CHECK(!timeline_unwatch(&t, &b.waiter));
    timeline_finish(&t);
}

TEST(the_end_satisfies_all_present_and_future)
{
    struct timeline t;
    struct counted w;
    timeline_init(&t, 0);
    CHECK(watch(&t, &w, UINT64_MAX));
    timeline_end(&t);
    CHECK_EQ(w.fired, 1);
    CHECK(!watch(&t, &w, UINT64_MAX));
    CHECK(timeline_reached(&t, UINT64_MAX));
    CHECK_EQ(timeline_wait(&t, UINT64_MAX, DEADLINE_NEVER), IST_OK);
    timeline_finish(&t);
}

TEST(a_wait_that_is_satisfied_does_not_look_at_the_clock)
{
    struct timeline t;
    timeline_init(&t, 5);
    CHECK_EQ(timeline_wait(&t, 5, 0), IST_OK);
    CHECK_EQ(timeline_wait(&t, 0, INT64_MIN), IST_OK);
    CHECK_EQ(timeline_wait(&t, 6, 0), IST_TIMEOUT);
    CHECK_EQ(timeline_wait(&t, 6, -5), IST_TIMEOUT);
    timeline_finish(&t);
}

TEST(a_wait_ends_at_its_deadline_and_not_before)
{
    struct timeline t;
    timeline_init(&t, 0);
    for (int i = 0; i < 5; i++) {
        int64_t deadline = deadline_after_ms(20);
        CHECK_EQ(timeline_wait(&t, 1, deadline), IST_TIMEOUT);
        CHECK(clock_now_ns() >= deadline);
        CHECK(clock_now_ns() < deadline + INT64_C(5000000000));
    }
    CHECK(list_empty(&t.sleepers));
    timeline_finish(&t);
}

struct pair {
    struct timeline there, back;
    unsigned rounds;
};

static void *echo(void *arg)
{
    struct pair *p = arg;
    for (unsigned i = 1; i <= p->rounds; i++) {
        if (timeline_wait(&p->there, i, rig_late()) != IST_OK)
            return arg;
        timeline_set(&p->back, i);
    }
    return NULL;
}

TEST(two_threads_hand_over_and_no_wake_up_is_lost)
{
    struct pair p = {.rounds = 10000};
    void *failed;
    timeline_init(&p.there, 0);
    timeline_init(&p.back, 0);
    pthread_t thread = rig_start(echo, &p);
    for (unsigned i = 1; i <= p.rounds; i++) {
        timeline_set(&p.there, i);
        CHECK_EQ(timeline_wait(&p.back, i, rig_late()), IST_OK);
    }
    CHECK_EQ(pthread_join(thread, &failed), 0);
    CHECK(failed == NULL);
    timeline_finish(&p.there);
    timeline_finish(&p.back);
}

/* Waits with deadlines that just pass or just do not: the answer must be true either way. */
static void *wait_shortly(void *arg)
{
    struct timeline *t = arg;
    uint64_t seed = (uintptr_t)pthread_self();
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t target = timeline_value(t) + 1 + rig_random(&seed) % 3;
        int64_t deadline = clock_now_ns() + rig_random(&seed) % 50000;
        enum ist_status status = timeline_wait(t, target, deadline);
        if (status == IST_OK && timeline_value(t) < target)
            return arg;
        if (status == IST_TIMEOUT && clock_now_ns() < deadline)
            return arg;
    }
    return NULL;
}

TEST(deadlines_race_with_signals)
{
    struct timeline t;
    pthread_t threads[3];
    timeline_init(&t, 0);
    for (int i = 0; i < 3; i++)
        threads[i] = rig_start(wait_shortly, &t);
    for (unsigned i = 1; i <= 20000; i++)
        timeline_set(&t, i);
    for (int i = 0; i < 3; i++) {
        void *failed;
        CHECK_EQ(pthread_join(threads[i], &failed), 0);
        CHECK(failed == NULL);
    }
    CHECK(list_empty(&t.sleepers));
    timeline_finish(&t);
}

static void *watch_and_take_back(void *arg)
{
    struct timeline *t = arg;
    for (unsigned i = 0; i < 20000; i++) {
        struct counted w; /* on the stack: gone after this round */
        bool open = watch(t, &w, timeline_value(t) + 1);
        bool back = open && timeline_unwatch(t, &w.waiter);
        if (w.fired != (open && !back))
            return arg;
    }
    return NULL;
}

TEST(taking_back_races_with_firing)
{
    struct timeline t;
    pthread_t threads[2];
    timeline_init(&t, 0);
    for (int i = 0; i < 2; i++)
        threads[i] = rig_start(watch_and_take_back, &t);
    for (unsigned i = 1; i <= 50000; i++)
        timeline_set(&t, i);
    for (int i = 0; i < 2; i++) {
        void *failed;
        CHECK_EQ(pthread_join(threads[i], &failed), 0);
        CHECK(failed == NULL);
    }
    timeline_finish(&t);
}
