/* SPDX-License-Identifier: MIT */
/* S: the rules of section 6 by their numbers, where the rows of group F leave something open:
 * S7 is F16, S12 is F10 and F11, S14 is F20. */
#include "group_f.h"

CASE(S1, any_initial_value, T, "Every 64-bit value may be the first")
{
    static const UINT64 values[] = {
        0, 1, UINT32_MAX, (UINT64)1 << 32, (UINT64)1 << 63, UINT64_MAX - 1, UINT64_MAX};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        ID3D11Fence *fence = rig_fence(&rig, values[i], 0);
        EXPECT_EQ(value_of(fence), values[i]);
        EXPECT_EQ(release(fence), 0);
    }
    rig_close(&rig);
}

CASE(S2, shared_fences_rewind_too, T, "A shared fence goes down, and all who opened it see it")
{
    struct joint j;
    joint_open(&j, (UINT64)1 << 60);
    signal_now(&j.b, j.at_b, 0);
    EXPECT_EQ(value_of(j.at_a), 0);
    EXPECT_EQ(value_of(j.at_b), 0);
    signal_now(&j.a, j.at_a, 12);
    EXPECT_EQ(value_of(j.at_b), 12);
    signal_now(&j.a, j.at_a, 11);
    EXPECT_EQ(value_of(j.at_b), 11);
    joint_close(&j);
}

CASE(S3, new_waits_compare_with_the_lower_value, T, "After a rewind new waits and events wait")
{
    struct joint j;
    struct mark before, after;
    joint_open(&j, 10);
    HANDLE event = new_event();
    wait_fence(&j.a, j.at_a, 10); /* satisfied, and stays so */
    mark_set(&before, &j.a);
    EXPECT_TRUE(comes(before.event));
    signal_now(&j.b, j.at_b, 2);
    wait_fence(&j.a, j.at_a, 10);
    mark_set(&after, &j.a);
    notify_at(j.at_a, 10, event);
    EXPECT_TRUE(stays_away(after.event));
    EXPECT_TRUE(stays_away(event));
    signal_fence(&j.b, j.at_b, 10);
    EXPECT_TRUE(comes(after.event));
    EXPECT_TRUE(comes(event));
    EXPECT_TRUE(CloseHandle(event));
    mark_end(&before);
    mark_end(&after);
    joint_close(&j);
}

CASE(S4, a_chain_of_waits_before_signals, T, "Contexts wait for each other, the last one first")
{
    enum { LINKS = 12 };
    struct rig rigs[LINKS];
    ID3D11Fence *fences[LINKS];
    struct mark mark = {NULL, NULL};
    for (unsigned i = 0; i < LINKS; i++) {
        rig_open(&rigs[i]);
        fences[i] = i ? open_on(&rigs[i], fences[0]) : rig_fence(&rigs[0], 0, FENCE_SHARED);
    }
    for (unsigned i = LINKS; i-- > 1;) {
        wait_fence(&rigs[i], fences[i], i);
        if (i == LINKS - 1)
            mark_set(&mark, &rigs[i]);
        signal_fence(&rigs[i], fences[i], i + 1);
    }
    EXPECT_TRUE(stays_away(mark.event));
    signal_fence(&rigs[0], fences[0], 1);
    EXPECT_TRUE(comes(mark.event));
    rig_idle(&rigs[LINKS - 1]);
    EXPECT_EQ(value_of(fences[0]), LINKS);
    mark_end(&mark);
    for (unsigned i = 0; i < LINKS; i++) {
        release(fences[i]);
        rig_close(&rigs[i]);
    }
}

CASE(S5, above_is_reached, T, "A wait ends at its value or above, also across 2^63")
{
    struct joint j;
    struct mark mark;
    joint_open(&j, 0);
    wait_fence(&j.a, j.at_a, 5);
    mark_set(&mark, &j.a);
    signal_now(&j.b, j.at_b, 4);
    EXPECT_TRUE(stays_away(mark.event));
    signal_fence(&j.b, j.at_b, ((UINT64)1 << 63) + 9);
    EXPECT_TRUE(comes(mark.event));
    mark_end(&mark);
    wait_fence(&j.a, j.at_a, (UINT64)1 << 63);
    mark_set(&mark, &j.a);
    EXPECT_TRUE(comes(mark.event));
    mark_end(&mark);
    wait_fence(&j.a, j.at_a, UINT64_MAX); /* far ahead is not behind */
    mark_set(&mark, &j.a);
    EXPECT_TRUE(stays_away(mark.event));
    signal_fence(&j.b, j.at_b, UINT64_MAX);
    EXPECT_TRUE(comes(mark.event));
    mark_end(&mark);
    joint_close(&j);
}

CASE(S6, tickets_in_eight_contexts, T, "Eight contexts that wait for 1 to 8 all go on")
{
    enum { WAITERS = 8 };
    struct joint j;
    struct rig rigs[WAITERS];
    struct mark marks[WAITERS];
    ID3D11Fence *fences[WAITERS], *gates[WAITERS];
    joint_open(&j, 0);
    ID3D11Fence *gate = rig_fence(&j.a, 0, FENCE_SHARED);
    for (unsigned i = 0; i < WAITERS; i++) {
        rig_open(&rigs[i]);
        fences[i] = open_on(&rigs[i], j.at_a);
        gates[i] = open_on(&rigs[i], gate);
        if (i % 2) /* every second one stands behind another wait */
            wait_fence(&rigs[i], gates[i], 1);
        wait_fence(&rigs[i], fences[i], i + 1);
        mark_set(&marks[i], &rigs[i]);
    }
    EXPECT_TRUE(stays_away(marks[0].event));
    signal_now(&j.b, j.at_b, 8);
    signal_now(&j.b, j.at_b, 0);
    for (unsigned i = 0; i < WAITERS; i += 2)
        EXPECT_TRUE(comes(marks[i].event));
    EXPECT_TRUE(stays_away(marks[1].event));
    signal_fence(&j.a, gate, 1);
    for (unsigned i = 1; i < WAITERS; i += 2)
        EXPECT_TRUE(comes(marks[i].event));
    EXPECT_EQ(value_of(j.at_a), 0);
    for (unsigned i = 0; i < WAITERS; i++) {
        mark_end(&marks[i]);
        release(gates[i]);
        release(fences[i]);
        rig_close(&rigs[i]);
    }
    release(gate);
    joint_close(&j);
}

CASE(S8, registrations_fire_once_each, T, "Equal registrations are one set; each fires once")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 0, 0);
    HANDLE event = new_event(), other = new_event();
    notify_at(fence, 4, event);
    notify_at(fence, 4, event); /* the same again */
    notify_at(fence, 4, other);
    notify_at(fence, 6, event); /* one event, two values */
    signal_now(&rig, fence, 4);
    EXPECT_TRUE(comes(event));
    EXPECT_TRUE(comes(other));
    EXPECT_TRUE(stays_away(event));
    signal_now(&rig, fence, 6);
    EXPECT_TRUE(comes(event));
    EXPECT_TRUE(stays_away(event));
    EXPECT_TRUE(!event_is_set(other));
    notify_at(fence, 6, event); /* reached: once more, at once */
    EXPECT_TRUE(event_is_set(event));
    notify_at(fence, 8, event);
    EXPECT_TRUE(CloseHandle(event)); /* the registration keeps what it sets */
    signal_now(&rig, fence, 8);
    EXPECT_TRUE(CloseHandle(other));
    release(fence);
    rig_close(&rig);
}

CASE(S9, rewinding_cancels_no_registration, T, "What has not fired before a rewind fires later")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 50, 0);
    HANDLE open = new_event(), fired = new_event();
    notify_at(fence, 100, open);
    notify_at(fence, 60, fired);
    signal_now(&rig, fence, 60);
    EXPECT_TRUE(comes(fired));
    signal_now(&rig, fence, 0);
    EXPECT_TRUE(stays_away(open));
    signal_now(&rig, fence, 99);
    EXPECT_TRUE(stays_away(open));
    EXPECT_TRUE(stays_away(fired)); /* passed once more: not armed again */
    signal_fence(&rig, fence, 100);
    EXPECT_TRUE(comes(open));
    EXPECT_TRUE(CloseHandle(open));
    EXPECT_TRUE(CloseHandle(fired));
    release(fence);
    rig_close(&rig);
}

CASE(S10, the_largest_value_is_a_value, T, "UINT64_MAX fires at UINT64_MAX and not below")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 0, 0);
    HANDLE event = new_event();
    notify_at(fence, UINT64_MAX, event);
    signal_now(&rig, fence, UINT64_MAX - 1);
    EXPECT_TRUE(stays_away(event));
    signal_now(&rig, fence, (UINT64)1 << 63);
    EXPECT_TRUE(stays_away(event));
    signal_fence(&rig, fence, UINT64_MAX);
    EXPECT_TRUE(comes(event));
    EXPECT_TRUE(CloseHandle(event));
    release(fence);
    rig_close(&rig);
}

CASE(S11, a_set_event_stays_set, T, "Registering resets neither kind of event")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 0, 0);
    HANDLE automatic = CreateEventW(NULL, FALSE, TRUE, NULL);
    HANDLE manual = CreateEventW(NULL, TRUE, TRUE, NULL);
    notify_at(fence, 2, automatic);
    notify_at(fence, 2, manual);
    EXPECT_TRUE(event_is_set(manual));
    EXPECT_TRUE(event_is_set(automatic));
    EXPECT_TRUE(event_is_set(manual));
    EXPECT_TRUE(ResetEvent(manual));
    signal_fence(&rig, fence, 2);
    EXPECT_TRUE(comes(manual));
    EXPECT_TRUE(event_is_set(manual)); /* manual: looking takes nothing */
    EXPECT_TRUE(comes(automatic));
    EXPECT_TRUE(CloseHandle(automatic));
    EXPECT_TRUE(CloseHandle(manual));
    release(fence);
    rig_close(&rig);
}

CASE(S12, a_fence_lives_by_what_opened_it, T, "Handle or opened object keep a fence alive")
{
    struct joint j;
    struct mark mark;
    joint_open(&j, 5);
    HANDLE handle = fence_handle(j.at_a, NULL);
    wait_fence(&j.a, j.at_a, 9);
    mark_set(&mark, &j.a);
    EXPECT_EQ(release(j.at_a), 0);
    EXPECT_EQ(release(j.at_b), 0);
    EXPECT_TRUE(stays_away(mark.event)); /* the handle alone keeps it */
    j.at_b = open_fence(&j.b, handle);
    REQUIRE_TRUE(j.at_b);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_TRUE(stays_away(mark.event)); /* the opened object alone keeps it */
    EXPECT_EQ(value_of(j.at_b), 5);
    signal_fence(&j.b, j.at_b, 9);
    EXPECT_TRUE(comes(mark.event));
    j.at_a = NULL;
    mark_end(&mark);
    joint_close(&j);
}

/* Each wait that a fence of two devices has, all for a value that never comes. */
struct waits {
    struct mark a, b;
    HANDLE event;
};

static void waits_start(struct waits *w, const struct joint *j)
{
    w->event = new_event();
    notify_at(j->at_b, UINT64_MAX, w->event);
    wait_fence(&j->a, j->at_a, UINT64_MAX);
    wait_fence(&j->b, j->at_b, 1000);
    mark_set(&w->a, &j->a);
    mark_set(&w->b, &j->b);
}

static bool waits_last(const struct waits *w)
{
    return stays_away(w->event) && !event_is_set(w->a.event) && !event_is_set(w->b.event);
}

static void waits_end(struct waits *w)
{
    EXPECT_TRUE(comes(w->event));
    EXPECT_TRUE(comes(w->a.event));
    EXPECT_TRUE(comes(w->b.event));
    EXPECT_TRUE(CloseHandle(w->event));
    mark_end(&w->a);
    mark_end(&w->b);
}

CASE(S13, every_kind_of_last_reference, T, "Waits end with the last of objects and handles")
{
    for (unsigned by_handle = 0; by_handle < 2; by_handle++) {
        struct joint j;
        struct waits waits;
        CONTEXT(by_handle ? "a handle is last" : "an object is last");
        joint_open(&j, 0);
        HANDLE handle = fence_handle(j.at_a, NULL);
        waits_start(&waits, &j);
        EXPECT_TRUE(waits_last(&waits));
        EXPECT_EQ(release(j.at_a), 0);
        EXPECT_TRUE(waits_last(&waits));
        if (by_handle) {
            EXPECT_EQ(release(j.at_b), 0);
            EXPECT_TRUE(waits_last(&waits));
            EXPECT_TRUE(CloseHandle(handle));
        } else {
            EXPECT_TRUE(CloseHandle(handle));
            EXPECT_TRUE(waits_last(&waits));
            EXPECT_EQ(release(j.at_b), 0);
        }
        waits_end(&waits);
        j.at_a = j.at_b = NULL;
        joint_close(&j);
    }
}

CASE(S15, a_done_signal_is_visible, T, "After a done signal every fence object shows its value")
{
    struct joint j;
    joint_open(&j, 0);
    for (UINT64 value = 1; value <= 200; value++) {
        const struct rig *rig = value % 2 ? &j.a : &j.b;
        signal_now(rig, value % 2 ? j.at_a : j.at_b, value);
        EXPECT_EQ(value_of(j.at_a), value);
        EXPECT_EQ(value_of(j.at_b), value);
    }
    joint_close(&j);
}
