/* SPDX-License-Identifier: MIT */
/* Global numbers: their shape, that they are weak, that a dead one names nobody. */
#include "core/kmt.h"
#include "unit/core/rig.h"

static uint32_t number_of(struct object *object)
{
    uint32_t number = 0;
    CHECK_EQ(kmt_number(object, &number), IST_OK);
    return number;
}

static enum ist_status get(uint64_t value, enum object_kind kind, struct object **out)
{
    return kmt_get(rig_session(), value, kind, HOLDER_IMPORT, out);
}

TEST(a_number_has_bit_thirty_and_ends_in_two)
{
    for (int i = 0; i < 2000; i++) {
        struct fence *fence = rig_fence(0);
        uint32_t n = number_of(&fence->object);
        CHECK_EQ(n & 0xc0000000U, 0x40000000U);
        CHECK_EQ(n & 0x3f, 2);
        CHECK(kmt_looks_like(n));
        rig_drop(&fence->object);
    }
}

TEST(only_that_shape_looks_like_a_number)
{
    CHECK(kmt_looks_like(0x40000002));
    CHECK(kmt_looks_like(0x80000042));
    CHECK(kmt_looks_like(0xc0000fc2));
    CHECK(kmt_looks_like(UINT64_C(0xffffffff80000042))); /* sign-extended by a cast */
    CHECK(!kmt_looks_like(0));
    CHECK(!kmt_looks_like(2));
    CHECK(!kmt_looks_like(0x40000000));
    CHECK(!kmt_looks_like(0x40000004));
    CHECK(!kmt_looks_like(0x3fffffc2));
    CHECK(!kmt_looks_like(UINT64_C(0x140000002)));
    CHECK(!kmt_looks_like(UINT64_MAX));
}

TEST(the_number_stays_the_same)
{
    struct fence *fence = rig_fence(0), *other = rig_fence(0);
    uint32_t n = number_of(&fence->object);
    CHECK_EQ(number_of(&fence->object), n);
    CHECK(number_of(&other->object) != n);
    CHECK_EQ(number_of(&fence->object), n);
    rig_drop(&fence->object);
    rig_drop(&other->object);
}

TEST(a_number_holds_nothing_and_dies_with_the_last_owner)
{
    struct fence *fence = rig_fence(0);
    struct object *found = (struct object *)1;
    uint32_t n = number_of(&fence->object);
    CHECK_EQ(object_held(&fence->object, HOLDER_COM), 1);
    object_hold(&fence->object, HOLDER_WORK); /* a pin keeps the memory, not the number */
    rig_drop(&fence->object);
    CHECK_EQ(get(n, OBJECT_FENCE, &found), IST_BAD_HANDLE);
    CHECK_PTR_EQ(found, (struct object *)1);
    object_drop(&fence->object, HOLDER_WORK);
    CHECK_EQ(get(n, OBJECT_FENCE, &found), IST_BAD_HANDLE);
}

TEST(whoever_opens_it_owns_it)
{
    struct fence *fence = rig_fence(3);
    struct object *found = NULL, *again = NULL;
    uint32_t n = number_of(&fence->object);
    CHECK_EQ(get(n, OBJECT_FENCE, &found), IST_OK);
    CHECK_PTR_EQ(found, &fence->object);
    rig_drop(&fence->object);
    CHECK_EQ(fence_value(fence), 3);
    CHECK_EQ(get(n, OBJECT_ANY, &again), IST_OK); /* alive through the import */
    object_drop(again, HOLDER_IMPORT);
    object_drop(found, HOLDER_IMPORT);
    CHECK_EQ(get(n, OBJECT_FENCE, &found), IST_BAD_HANDLE);
}

TEST(a_dead_number_never_names_the_next_object)
{
    struct object *found;
    struct fence *fence = rig_fence(0);
    uint32_t stale = number_of(&fence->object);
    rig_drop(&fence->object);
    for (int i = 0; i < 5000; i++) {
        fence = rig_fence(0);
        CHECK(number_of(&fence->object) != stale);
        CHECK_EQ(get(stale, OBJECT_FENCE, &found), IST_BAD_HANDLE);
        rig_drop(&fence->object);
    }
}

TEST(wrong_kinds_and_wrong_values_are_refused)
{
    struct event *event = rig_event(true);
    struct object *found = (struct object *)1;
    uint32_t n = number_of(&event->object);
    CHECK_EQ(get(n, OBJECT_FENCE, &found), IST_WRONG_TYPE);
    CHECK(strstr(status_reason(), "event") != NULL);
    const uint64_t bad[] = {0, 4, 2, n + 1, n ^ 64, n & 0x3fffffffU, UINT64_MAX, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        CHECK_EQ(get(bad[i], OBJECT_ANY, &found), IST_BAD_HANDLE);
    CHECK_PTR_EQ(found, (struct object *)1);
    CHECK_EQ(object_held(&event->object, HOLDER_IMPORT), 0);
    rig_drop(&event->object);
}

/* Bit 31 may mark a number too, but none was ever given out with it. */
TEST(the_top_bits_are_part_of_the_number)
{
    struct fence *fence = rig_fence(0);
    struct object *found = NULL;
    uint32_t n = number_of(&fence->object);
    CHECK_EQ(get(n ^ 0xc0000000U, OBJECT_FENCE, &found), IST_BAD_HANDLE);
    CHECK_EQ(get(n | 0x80000000U, OBJECT_FENCE, &found), IST_BAD_HANDLE);
    CHECK_EQ(get(n | UINT64_C(0xffffffff) << 32, OBJECT_FENCE, &found), IST_BAD_HANDLE);
    CHECK_EQ(get(n, OBJECT_FENCE, &found), IST_OK);
    object_drop(found, HOLDER_IMPORT);
    rig_drop(&fence->object);
}

struct race {
    struct object *object;
    uint32_t number;
};

static void *ask_number(void *arg)
{
    struct race *r = arg;
    uint32_t n = 0;
    if (kmt_number(r->object, &n) != IST_OK)
        n = 0;
    return (void *)(uintptr_t)n;
}

TEST(threads_that_ask_at_once_get_the_same_number)
{
    for (int i = 0; i < 200; i++) {
        struct fence *fence = rig_fence(0);
        struct race r = {&fence->object, 0};
        void *a, *b;
        pthread_t ta = rig_start(ask_number, &r), tb = rig_start(ask_number, &r);
        CHECK_EQ(pthread_join(ta, &a), 0);
        CHECK_EQ(pthread_join(tb, &b), 0);
        CHECK(a != NULL);
        CHECK_PTR_EQ(a, b);
        CHECK_EQ(atomic_load(&rig_session()->kmts.count), 1);
        rig_drop(&fence->object);
        CHECK_EQ(atomic_load(&rig_session()->kmts.count), 0);
    }
}

static void *open_until_dead(void *arg)
{
    struct race *r = arg;
    struct object *found;
    unsigned opened = 0;
    while (get(r->number, OBJECT_FENCE, &found) == IST_OK) {
        opened += fence_value(fence_from_object(found)) == 5; /* alive, or this is freed */
        object_drop(found, HOLDER_IMPORT);
    }
    return (void *)(uintptr_t)opened;
}

TEST(opening_races_with_the_last_owner)
{
    for (int i = 0; i < 300; i++) {
        struct fence *fence = rig_fence(5);
        struct race r = {NULL, number_of(&fence->object)};
        pthread_t a = rig_start(open_until_dead, &r), b = rig_start(open_until_dead, &r);
        if (i % 3 == 0)
            rig_nap(1);
        rig_drop(&fence->object);
        rig_join(a);
        rig_join(b);
    }
}
