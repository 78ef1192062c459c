/* SPDX-License-Identifier: MIT */
/* F1 to F11: values, events and sharing of fences. What contexts do with them is in
 * group_f_contexts.c, the rules behind the rows (section 6) in group_f_rules.c. */
#include "group_f.h"

/* One device and one fence of its own. */
struct own {
    struct rig rig;
    ID3D11Fence *fence;
};

static void own_open(struct own *o, UINT64 value)
{
    rig_open(&o->rig);
    o->fence = rig_fence(&o->rig, value, 0);
    REQUIRE_TRUE(o->fence);
}

static void own_close(struct own *o)
{
    EXPECT_EQ(release(o->fence), 0);
    rig_close(&o->rig);
}

CASE(F1, initial_value, T, "A fence starts with the value that it was created with")
{
    struct own o;
    own_open(&o, 99);
    EXPECT_EQ(value_of(o.fence), 99);
    own_close(&o);
}

CASE(F2, each_signal_is_seen, T, "A hundred signals from 2^60 on, each seen when it is done")
{
    struct own o;
    const UINT64 start = (UINT64)1 << 60;
    own_open(&o, start);
    EXPECT_EQ(value_of(o.fence), start);
    for (unsigned i = 1; i <= 100; i++) {
        signal_now(&o.rig, o.fence, start + i);
        EXPECT_EQ(value_of(o.fence), start + i);
    }
    own_close(&o);
}

CASE(F3, reached_values_notify_at_once, T,
     "An event for a value that is reached is set at once")
{
    struct own o;
    own_open(&o, 5);
    HANDLE event = new_event();
    for (UINT64 value = 0; value <= 5; value++) {
        EXPECT_TRUE(!event_is_set(event));
        notify_at(o.fence, value, event);
        EXPECT_TRUE(event_is_set(event));
    }
    EXPECT_TRUE(CloseHandle(event));
    own_close(&o);
}

CASE(F4, passing_the_value_notifies_once, T, "A signal above the value sets the event, once")
{
    struct own o;
    own_open(&o, 5);
    HANDLE event = new_event();
    notify_at(o.fence, 6, event);
    EXPECT_TRUE(stays_away(event));
    signal_fence(&o.rig, o.fence, 7);
    EXPECT_TRUE(comes(event));
    signal_now(&o.rig, o.fence, 8);
    EXPECT_TRUE(stays_away(event));
    EXPECT_TRUE(CloseHandle(event));
    own_close(&o);
}

CASE(F5, one_event_for_many_values, T, "An event for 3, 5, 9, 12 and 12 is set at those only")
{
    static const UINT64 values[] = {3, 5, 9, 12, 12};
    struct own o;
    own_open(&o, 0);
    HANDLE event = new_event();
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        notify_at(o.fence, values[i], event);
    for (UINT64 value = 1; value <= 12; value++) {
        bool wanted = value == 3 || value == 5 || value == 9 || value == 12;
        CONTEXT("signal %u", (unsigned)value);
        signal_now(&o.rig, o.fence, value);
        EXPECT_TRUE(wanted ? comes(event) : !event_is_set(event));
    }
    EXPECT_TRUE(stays_away(event));
    EXPECT_TRUE(CloseHandle(event));
    own_close(&o);
}

CASE(F6, two_events_for_one_value, T, "Two events at one value are both set")
{
    struct own o;
    own_open(&o, 0);
    HANDLE first = new_event(), second = new_event();
    notify_at(o.fence, 1, first);
    notify_at(o.fence, 1, second);
    EXPECT_TRUE(!event_is_set(first));
    EXPECT_TRUE(!event_is_set(second));
    signal_fence(&o.rig, o.fence, 3);
    EXPECT_TRUE(comes(first));
    EXPECT_TRUE(comes(second));
    EXPECT_TRUE(CloseHandle(first));
    EXPECT_TRUE(CloseHandle(second));
    own_close(&o);
}

CASE(F7, rewinding_re_arms_nothing, T, "What fired does not fire again; UINT64_MAX fires last")
{
    struct own o;
    own_open(&o, 0);
    HANDLE fired = new_event(), last = new_event();
    notify_at(o.fence, 100, fired);
    signal_now(&o.rig, o.fence, 100);
    EXPECT_TRUE(comes(fired));
    notify_at(o.fence, UINT64_MAX, last);
    signal_now(&o.rig, o.fence, 0);
    EXPECT_EQ(value_of(o.fence), 0);
    EXPECT_TRUE(stays_away(fired));
    signal_now(&o.rig, o.fence, 100);
    EXPECT_TRUE(stays_away(fired));
    EXPECT_TRUE(stays_away(last));
    signal_now(&o.rig, o.fence, UINT64_MAX);
    EXPECT_TRUE(comes(last));
    EXPECT_TRUE(stays_away(fired));
    EXPECT_TRUE(CloseHandle(fired));
    EXPECT_TRUE(CloseHandle(last));
    own_close(&o);
}

CASE(F8, registering_resets_nothing, T,
     "An event that is set stays set, and fires at its value")
{
    struct own o;
    own_open(&o, 0);
    HANDLE event = new_event();
    EXPECT_TRUE(SetEvent(event));
    notify_at(o.fence, 30, event);
    EXPECT_TRUE(event_is_set(event)); /* by hand; looking uses it up */
    signal_now(&o.rig, o.fence, 29);
    EXPECT_TRUE(stays_away(event));
    signal_fence(&o.rig, o.fence, 30);
    EXPECT_TRUE(comes(event));
    EXPECT_TRUE(CloseHandle(event));
    own_close(&o);
}

CASE(F9, unshared_fence_has_no_handle, P, "CreateSharedHandle of an unshared fence is refused")
{
    struct own o;
    own_open(&o, 1);
    HANDLE handle = UNTOUCHED;
    EXPECT_HR(ID3D11Fence_CreateSharedHandle(o.fence, NULL, GENERIC_ALL, NULL, &handle),
              E_INVALIDARG);
    EXPECT_EQ(handle, NULL);
    own_close(&o);
}

CASE(F10, value_is_kept_by_the_handle, T, "An NT handle keeps fence and value without objects")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 7, FENCE_SHARED);
    signal_now(&rig, fence, 42);
    HANDLE handle = fence_handle(fence, NULL);
    EXPECT_EQ(release(fence), 0);
    fence = open_fence(&rig, handle);
    REQUIRE_TRUE(fence);
    EXPECT_EQ(value_of(fence), 42);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(value_of(fence), 42);
    EXPECT_EQ(release(fence), 0);
    rig_close(&rig);
}

CASE(F11, opened_twice_is_one_counter, T, "What one opened fence gets, the other one shows")
{
    struct joint j;
    joint_open(&j, 3);
    ID3D11Fence *second = open_on(&j.b, j.at_a);
    EXPECT_EQ(release(j.at_a), 0); /* the original is gone; two opened ones are left */
    j.at_a = NULL;
    EXPECT_TRUE(second != j.at_b);
    signal_now(&j.b, j.at_b, 11);
    EXPECT_EQ(value_of(second), 11);
    signal_now(&j.b, second, 12);
    EXPECT_EQ(value_of(j.at_b), 12);
    EXPECT_EQ(release(second), 0);
    joint_close(&j);
}
