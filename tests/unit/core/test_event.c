/* SPDX-License-Identifier: MIT */
/* Events: manual and auto reset, any and all, time, and many threads at once. */
#include "unit/core/rig.h"

static enum ist_status wait_any(struct event *const *events, unsigned count, unsigned *out)
{
    return event_wait(events, count, false, 0, out);
}

static enum ist_status wait_all(struct event *const *events, unsigned count, unsigned *out)
{
    return event_wait(events, count, true, 0, out);
}

TEST(a_manual_event_stays_set)
{
    struct event *e = rig_event(true);
    CHECK_EQ(e->object.kind, OBJECT_EVENT);
    CHECK_PTR_EQ(event_from_object(&e->object), e);
    CHECK(!rig_is_set(e));
    event_set(e);
    event_set(e);
    CHECK(rig_is_set(e));
    CHECK(rig_is_set(e));
    event_reset(e);
    CHECK(!rig_is_set(e));
    event_reset(e);
    rig_drop(&e->object);
}

TEST(an_auto_event_is_spent_by_one_wait)
{
    struct event *e = rig_event(false);
    event_set(e);
    event_set(e); /* no second one is kept */
    CHECK(rig_is_set(e));
    CHECK(!rig_is_set(e));
    event_set(e);
    event_reset(e);
    CHECK(!rig_is_set(e));
    rig_drop(&e->object);
}

TEST(an_event_may_be_born_set)
{
    struct event *e = NULL;
    CHECK_EQ(event_create(rig_session(), false, true, &e), IST_OK);
    CHECK(rig_is_set(e));
    CHECK(!rig_is_set(e));
    rig_drop(&e->object);
}

static void make(struct event **events, unsigned count, bool manual)
{
    for (unsigned i = 0; i < count; i++)
        events[i] = rig_event(manual);
}

static void drop(struct event **events, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        rig_drop(&events[i]->object);
}

TEST(any_gives_the_lowest_index_and_spends_only_that)
{
    struct event *e[4];
    unsigned index = 77;
    make(e, 4, false);
    CHECK_EQ(wait_any(e, 4, &index), IST_TIMEOUT);
    CHECK_EQ(index, 77);
    event_set(e[3]);
    event_set(e[1]);
    CHECK_EQ(wait_any(e, 4, &index), IST_OK);
    CHECK_EQ(index, 1);
    CHECK_EQ(wait_any(e, 4, &index), IST_OK);
    CHECK_EQ(index, 3);
    CHECK_EQ(wait_any(e, 4, &index), IST_TIMEOUT);
    drop(e, 4);
}

TEST(all_takes_all_or_nothing)
{
    struct event *e[3];
    unsigned index = 77;
    make(e, 3, false);
    event_set(e[0]);
    event_set(e[2]);
    CHECK_EQ(wait_all(e, 3, &index), IST_TIMEOUT);
    CHECK_EQ(index, 77);
    CHECK(e[0]->set && e[2]->set); /* not spent in vain */
    event_set(e[1]);
    CHECK_EQ(wait_all(e, 3, &index), IST_OK);
    CHECK_EQ(index, 0);
    for (int i = 0; i < 3; i++)
        CHECK(!rig_is_set(e[i]));
    drop(e, 3);
}

TEST(all_leaves_manual_events_set)
{
    struct event *e[2];
    unsigned index;
    e[0] = rig_event(true);
    e[1] = rig_event(false);
    event_set(e[0]);
    event_set(e[1]);
    CHECK_EQ(wait_all(e, 2, &index), IST_OK);
    CHECK(rig_is_set(e[0]));
    CHECK(!rig_is_set(e[1]));
    drop(e, 2);
}

TEST(the_same_event_twice_does_no_harm)
{
    struct event *e = rig_event(true), *twice[2] = {e, e};
    unsigned index = 77;
    CHECK_EQ(wait_any(twice, 2, &index), IST_TIMEOUT);
    CHECK_EQ(wait_all(twice, 2, &index), IST_TIMEOUT);
    event_set(e);
    CHECK_EQ(wait_all(twice, 2, &index), IST_OK);
    CHECK_EQ(wait_any(twice, 2, &index), IST_OK);
    CHECK_EQ(index, 0);
    CHECK(list_empty(&e->waiters));
    rig_drop(&e->object);
}

TEST(counts_out_of_range_are_refused)
{
    struct event *e[EVENT_WAIT_MAX + 1];
    unsigned index = 77;
    make(e, EVENT_WAIT_MAX + 1, true);
    CHECK_EQ(wait_any(e, 0, &index), IST_BAD_ARG);
    CHECK_EQ(wait_any(e, EVENT_WAIT_MAX + 1, &index), IST_BAD_ARG);
    CHECK_EQ(wait_all(e, UINT32_MAX, &index), IST_BAD_ARG);
    CHECK_EQ(index, 77);
    event_set(e[EVENT_WAIT_MAX - 1]);
    CHECK_EQ(wait_any(e, EVENT_WAIT_MAX, &index), IST_OK);
    CHECK_EQ(index, EVENT_WAIT_MAX - 1);
    drop(e, EVENT_WAIT_MAX + 1);
}

TEST(a_deadline_is_never_early_and_leaves_no_trace)
{
    struct event *e[2];
    unsigned index;
    make(e, 2, false);
    for (int all = 0; all <= 1; all++) {
        int64_t deadline = deadline_after_ms(25);
        CHECK_EQ(event_wait(e, 2, all, deadline, &index), IST_TIMEOUT);
        CHECK(clock_now_ns() >= deadline);
        CHECK(clock_now_ns() < deadline + INT64_C(5000000000));
        CHECK(list_empty(&e[0]->waiters) && list_empty(&e[1]->waiters));
        CHECK_EQ(event_wait(e, 2, all, -1, &index), IST_TIMEOUT);
    }
    drop(e, 2);
}

struct sleeper {
    struct event *const *events;
    unsigned count, index;
    bool all;
    enum ist_status status;
};

static void *sleep_on(void *arg)
{
    struct sleeper *s = arg;
    s->status = event_wait(s->events, s->count, s->all, rig_late(), &s->index);
    return NULL;
}

/* Until `count` threads stand in the event's list. */
static void await_waiters(struct event *event, unsigned count)
{
    for (int i = 0; i < 5000; i++) {
        unsigned found = 0;
        pthread_mutex_lock(&event->lock);
        list_for_each (item, next, &event->waiters)
            found++;
        pthread_mutex_unlock(&event->lock);
        if (found == count)
            return;
        rig_nap(1);
    }
    CHECK(!"the waiters never came");
}

TEST(a_manual_event_wakes_everybody)
{
    struct event *e = rig_event(true);
    struct sleeper s[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        s[i] = (struct sleeper){.events = &e, .count = 1, .index = 77};
        threads[i] = rig_start(sleep_on, &s[i]);
    }
    await_waiters(e, 4);
    event_set(e);
    for (int i = 0; i < 4; i++) {
        rig_join(threads[i]);
        CHECK_EQ(s[i].status, IST_OK);
        CHECK_EQ(s[i].index, 0);
    }
    CHECK(rig_is_set(e));
    rig_drop(&e->object);
}

TEST(an_auto_event_wakes_one_for_each_set)
{
    struct event *e = rig_event(false);
    struct sleeper s[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        s[i] = (struct sleeper){.events = &e, .count = 1};
        threads[i] = rig_start(sleep_on, &s[i]);
    }
    await_waiters(e, 4);
    for (unsigned left = 4; left > 0; left--) {
        event_set(e);
        CHECK(!e->set); /* handed on, not kept */
        await_waiters(e, left - 1);
    }
    for (int i = 0; i < 4; i++) {
        rig_join(threads[i]);
        CHECK_EQ(s[i].status, IST_OK);
    }
    CHECK(!rig_is_set(e));
    rig_drop(&e->object);
}

TEST(a_wait_for_all_sleeps_until_the_last_one)
{
    struct event *e[3];
    pthread_t thread;
    make(e, 3, false);
    struct sleeper s = {.events = e, .count = 3, .all = true, .status = IST_BUSY};
    thread = rig_start(sleep_on, &s);
    await_waiters(e[2], 1);
    event_set(e[2]);
    event_set(e[0]);
    rig_nap(10);
    CHECK(e[2]->set);
    event_set(e[1]);
    rig_join(thread);
    CHECK_EQ(s.status, IST_OK);
    CHECK_EQ(s.index, 0);
    for (int i = 0; i < 3; i++)
        CHECK(!rig_is_set(e[i]));
    drop(e, 3);
}

TEST(a_sleeping_any_says_which_one_woke_it)
{
    struct event *e[3];
    make(e, 3, false);
    for (unsigned i = 0; i < 3; i++) {
        struct sleeper s = {.events = e, .count = 3};
        pthread_t thread = rig_start(sleep_on, &s);
        await_waiters(e[2], 1);
        event_set(e[i]);
        rig_join(thread);
        CHECK_EQ(s.status, IST_OK);
        CHECK_EQ(s.index, i);
        CHECK(!rig_is_set(e[i]));
    }
    drop(e, 3);
}

/* Stress: what is set equals what is taken, however threads wait. */
enum { SETS = 20000, TAKERS = 3 };

struct exchange {
    struct event *events[2], *stop;
    atomic_uint taken, wrong;
};

static void *take_any(void *arg)
{
    struct exchange *x = arg;
    struct event *all[3] = {x->events[0], x->events[1], x->stop};
    for (;;) {
        unsigned index = 77;
        if (event_wait(all, 3, false, rig_late(), &index) != IST_OK || index > 2) {
            atomic_fetch_add(&x->wrong, 1);
            return NULL;
        }
        if (index == 2)
            return NULL;
        atomic_fetch_add(&x->taken, 1);
    }
}

TEST(no_set_is_lost_and_none_is_taken_twice)
{
    struct exchange x = {{rig_event(false), rig_event(false)}, rig_event(true), 0, 0};
    pthread_t threads[TAKERS];
    unsigned set = 0;
    for (int i = 0; i < TAKERS; i++)
        threads[i] = rig_start(take_any, &x);
    for (unsigned i = 0; i < SETS; i++) {
        struct event *e = x.events[i % 2];
        event_set(e);
        set++;
        while (atomic_load(&x.taken) != set && i % 50 == 0) /* each is taken in the end */
            sched_yield();
        if (i % 50) { /* a set on a set event is one set: take it back if nobody did */
            while (atomic_load(&x.taken) != set) {
                pthread_mutex_lock(&e->lock);
                bool ours = e->set;
                e->set = false;
                pthread_mutex_unlock(&e->lock);
                if (ours) {
                    set--;
                    break;
                }
                sched_yield();
            }
        }
    }
    event_set(x.stop);
    for (int i = 0; i < TAKERS; i++)
        rig_join(threads[i]);
    CHECK_EQ(atomic_load(&x.wrong), 0);
    CHECK_EQ(atomic_load(&x.taken), set);
    drop(x.events, 2);
    rig_drop(&x.stop->object);
}

struct pair {
    struct event *a, *b;
    atomic_uint wrong;
    unsigned rounds;
};

/* The two sides name the events in opposite order: no deadlock, and each has all or nothing. */
static void *all_in_order(void *arg)
{
    struct pair *p = arg;
    struct event *both[2] = {p->a, p->b};
    for (unsigned i = 0; i < p->rounds; i++) {
        unsigned index;
        if (event_wait(both, 2, true, rig_late(), &index) != IST_OK)
            atomic_fetch_add(&p->wrong, 1);
        event_set(p->a);
        event_set(p->b);
    }
    return NULL;
}

static void *all_in_reverse(void *arg)
{
    struct pair *p = arg;
    struct event *both[2] = {p->b, p->a};
    for (unsigned i = 0; i < p->rounds; i++) {
        unsigned index;
        if (event_wait(both, 2, true, rig_late(), &index) != IST_OK)
            atomic_fetch_add(&p->wrong, 1);
        event_set(p->b);
        event_set(p->a);
    }
    return NULL;
}

TEST(two_waits_for_all_share_two_events)
{
    struct pair p = {rig_event(false), rig_event(false), 0, 3000};
    pthread_t t[4];
    event_set(p.a);
    event_set(p.b);
    t[0] = rig_start(all_in_order, &p);
    t[1] = rig_start(all_in_reverse, &p);
    t[2] = rig_start(all_in_order, &p);
    t[3] = rig_start(all_in_reverse, &p);
    for (int i = 0; i < 4; i++)
        rig_join(t[i]);
    CHECK_EQ(atomic_load(&p.wrong), 0);
    CHECK(rig_is_set(p.a));
    CHECK(rig_is_set(p.b));
    rig_drop(&p.a->object);
    rig_drop(&p.b->object);
}
