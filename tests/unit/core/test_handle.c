/* SPDX-License-Identifier: MIT */
/* NT handles: their shape, what they refuse, what they keep alive, what threads do to them. */
#include "core/kmt.h"
#include "core/name.h"
#include "unit/core/rig.h"

#define ALL 0x1f0003U

static uint32_t handle_of(struct object *object)
{
    uint32_t h = 0;
    CHECK_EQ(handle_create(object, NULL, ALL, 0, &h), IST_OK);
    return h;
}

static enum ist_status get(uint64_t value, enum object_kind kind, uint32_t access,
                           struct object **out)
{
    return handle_get(rig_session(), value, kind, access, HOLDER_IMPORT, out);
}

static struct handle_info query(uint32_t h)
{
    struct handle_info info;
    CHECK_EQ(handle_query(rig_session(), h, &info), IST_OK);
    return info;
}

TEST(a_handle_is_a_small_multiple_of_four)
{
    struct fence *fence = rig_fence(0);
    for (int i = 0; i < 3000; i++) {
        uint32_t h = handle_of(&fence->object);
        CHECK(h != 0);
        CHECK_EQ(h % 4, 0);
        CHECK_EQ(h >> 30, 0);
        CHECK(!kmt_looks_like(h));
        CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    }
    rig_drop(&fence->object);
}

TEST(each_creation_gives_another_handle)
{
    struct fence *fence = rig_fence(0);
    uint32_t a = handle_of(&fence->object), b = handle_of(&fence->object);
    CHECK(a != b);
    CHECK_EQ(object_held(&fence->object, HOLDER_HANDLE), 2);
    CHECK_EQ(handle_close(rig_session(), a), IST_OK);
    CHECK_EQ(query(b).handle_count, 1);
    CHECK_EQ(handle_close(rig_session(), b), IST_OK);
    rig_drop(&fence->object);
}

TEST(a_handle_keeps_the_object_alive)
{
    struct fence *fence = rig_fence(41);
    struct object *found = NULL;
    uint32_t h = handle_of(&fence->object);
    rig_drop(&fence->object);
    CHECK_EQ(get(h, OBJECT_FENCE, 0, &found), IST_OK);
    CHECK_PTR_EQ(found, &fence->object);
    CHECK_EQ(object_held(found, HOLDER_IMPORT), 1);
    CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    CHECK_EQ(fence_value(fence), 41); /* the import keeps it now */
    object_drop(found, HOLDER_IMPORT);
}

static void check_dead(uint64_t value)
{
    struct object *found = (struct object *)1;
    struct handle_info info;
    uint32_t other = 77;
    CHECK_EQ(get(value, OBJECT_ANY, 0, &found), IST_BAD_HANDLE);
    CHECK_PTR_EQ(found, (struct object *)1);
    CHECK_EQ(handle_close(rig_session(), value), IST_BAD_HANDLE);
    CHECK_EQ(handle_query(rig_session(), value, &info), IST_BAD_HANDLE);
    CHECK_EQ(handle_set_flags(rig_session(), value, 1, 1), IST_BAD_HANDLE);
    CHECK_EQ(handle_duplicate(rig_session(), value, NULL, 0, &other), IST_BAD_HANDLE);
    CHECK_EQ(other, 77);
}

TEST(values_that_are_no_handle_are_refused)
{
    struct fence *fence = rig_fence(0);
    uint32_t h = handle_of(&fence->object);
    const uint64_t bad[] = {0,
                            4,
                            h + 1,
                            h + 2,
                            h + 3,
                            h | 1U << 30,
                            h | 1U << 31,
                            h | UINT64_C(1) << 32,
                            h | UINT64_C(0xffffffff) << 32,
                            UINT64_MAX,
                            UINT64_MAX - 1,
                            UINT32_MAX,
                            0x40000002,
                            UINT64_C(0x123456789abc)};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        check_dead(bad[i]);
    struct object *found;
    CHECK_EQ(get(h, OBJECT_ANY, 0, &found), IST_OK); /* unharmed */
    object_drop(found, HOLDER_IMPORT);
    CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    rig_drop(&fence->object);
}

TEST(a_closed_handle_stays_closed)
{
    struct fence *fence = rig_fence(0);
    uint32_t stale = handle_of(&fence->object);
    CHECK_EQ(handle_close(rig_session(), stale), IST_OK);
    check_dead(stale);
    for (int i = 0; i < 5000; i++) { /* its slot has had other owners meanwhile */
        uint32_t h = handle_of(&fence->object);
        CHECK(h != stale);
        CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    }
    check_dead(stale);
    CHECK(strstr(status_reason(), "not open") != NULL);
    rig_drop(&fence->object);
}

TEST(a_global_number_is_told_apart_in_words)
{
    struct fence *fence = rig_fence(0);
    uint32_t kmt = 0;
    CHECK_EQ(kmt_number(&fence->object, &kmt), IST_OK);
    check_dead(kmt);
    CHECK_EQ(handle_close(rig_session(), kmt), IST_BAD_HANDLE);
    CHECK(strstr(status_reason(), "KMT") != NULL);
    rig_drop(&fence->object);
}

TEST(the_kind_must_fit)
{
    struct event *event = rig_event(true);
    struct object *found = (struct object *)1;
    uint32_t h = handle_of(&event->object);
    CHECK_EQ(get(h, OBJECT_FENCE, 0, &found), IST_WRONG_TYPE);
    CHECK(strstr(status_reason(), "event") && strstr(status_reason(), "fence"));
    CHECK_EQ(get(h, OBJECT_RESOURCE, 0, &found), IST_WRONG_TYPE);
    CHECK_PTR_EQ(found, (struct object *)1);
    CHECK_EQ(object_held(&event->object, HOLDER_IMPORT), 0);
    CHECK_EQ(query(h).kind, OBJECT_EVENT);
    CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    rig_drop(&event->object);
}

TEST(every_access_bit_must_be_there)
{
    struct fence *fence = rig_fence(0);
    struct object *found;
    uint32_t h = 0;
    CHECK_EQ(handle_create(&fence->object, NULL, 0x5, 0, &h), IST_OK);
    CHECK_EQ(get(h, OBJECT_FENCE, 0x2, &found), IST_ACCESS_DENIED);
    CHECK_EQ(get(h, OBJECT_FENCE, 0x7, &found), IST_ACCESS_DENIED);
    CHECK_EQ(object_held(&fence->object, HOLDER_IMPORT), 0);
    CHECK_EQ(get(h, OBJECT_FENCE, 0x5, &found), IST_OK);
    object_drop(found, HOLDER_IMPORT);
    CHECK_EQ(query(h).access, 0x5);
    CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    rig_drop(&fence->object);
}

TEST(a_protected_handle_is_not_closed)
{
    struct fence *fence = rig_fence(0);
    uint32_t h = 0;
    CHECK_EQ(handle_create(&fence->object, NULL, ALL, HANDLE_PROTECT_FROM_CLOSE, &h), IST_OK);
    CHECK_EQ(handle_close(rig_session(), h), IST_BAD_HANDLE); /* Windows: error 6 */
    CHECK(strstr(status_reason(), "protected") != NULL);
    CHECK_EQ(query(h).flags, HANDLE_PROTECT_FROM_CLOSE);
    CHECK_EQ(handle_set_flags(rig_session(), h, HANDLE_PROTECT_FROM_CLOSE, 0), IST_OK);
    CHECK_EQ(query(h).flags, 0);
    CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    rig_drop(&fence->object);
}

TEST(flags_change_only_where_the_mask_says_so)
{
    struct fence *fence = rig_fence(0);
    uint32_t h = 0;
    CHECK_EQ(handle_create(&fence->object, NULL, ALL, HANDLE_INHERIT, &h), IST_OK);
    CHECK_EQ(handle_set_flags(rig_session(), h, HANDLE_PROTECT_FROM_CLOSE, 3), IST_OK);
    CHECK_EQ(query(h).flags, 3);
    CHECK_EQ(handle_set_flags(rig_session(), h, 3, HANDLE_INHERIT), IST_OK);
    CHECK_EQ(query(h).flags, HANDLE_INHERIT);
    CHECK_EQ(handle_set_flags(rig_session(), h, 0, 3), IST_OK);
    CHECK_EQ(query(h).flags, HANDLE_INHERIT);
    CHECK_EQ(handle_set_flags(rig_session(), h, 4, 4), IST_BAD_ARG);
    CHECK_EQ(query(h).flags, HANDLE_INHERIT);
    CHECK_EQ(handle_close(rig_session(), h), IST_OK);
    rig_drop(&fence->object);
}

TEST(duplicates_live_on_their_own)
{
    struct fence *fence = rig_fence(9);
    struct object *found;
    uint32_t a = handle_of(&fence->object), b = 0, c = 0;
    const uint32_t less = 0x2;
    CHECK_EQ(handle_duplicate(rig_session(), a, NULL, HANDLE_INHERIT, &b), IST_OK);
    CHECK_EQ(handle_duplicate(rig_session(), a, &less, 0, &c), IST_OK);
    CHECK(a != b && b != c && a != c);
    CHECK_EQ(query(b).access, ALL);
    CHECK_EQ(query(b).flags, HANDLE_INHERIT);
    CHECK_EQ(query(c).access, 0x2);
    CHECK_EQ(query(c).flags, 0);
    CHECK_EQ(query(a).handle_count, 3);
    CHECK_EQ(query(a).owner_count, 4);
    rig_drop(&fence->object);
    CHECK_EQ(handle_close(rig_session(), a), IST_OK);
    CHECK_EQ(handle_close(rig_session(), c), IST_OK);
    CHECK_EQ(get(b, OBJECT_FENCE, 0, &found), IST_OK);
    CHECK_EQ(fence_value(fence_from_object(found)), 9);
    object_drop(found, HOLDER_IMPORT);
    CHECK_EQ(handle_close(rig_session(), b), IST_OK);
}

TEST(a_name_that_is_refused_leaves_no_handle)
{
    struct fence *fence = rig_fence(0);
    uint32_t h = 77;
    CHECK_EQ(handle_create(&fence->object, "", ALL, 0, &h), IST_BAD_NAME);
    CHECK_EQ(handle_create(&fence->object, "a\\b", ALL, 0, &h), IST_BAD_NAME);
    CHECK_EQ(h, 77);
    CHECK_EQ(object_held(&fence->object, HOLDER_HANDLE), 0);
    rig_drop(&fence->object);
}

TEST(a_full_table_is_refused_and_recovers)
{
    enum { MORE_THAN_ALL = 140000 };
    uint32_t *handles = calloc(MORE_THAN_ALL, sizeof(*handles)), last = 77;
    struct fence *fence = rig_fence(0);
    unsigned count = 0;
    enum ist_status status = IST_OK;
    CHECK(handles != NULL);
    for (; count < MORE_THAN_ALL; count++) {
        status = handle_create(&fence->object, NULL, ALL, 0, &handles[count]);
        if (status != IST_OK)
            break;
    }
    CHECK_EQ(status, IST_NO_RESOURCES);
    CHECK(count >= 100000);
    CHECK_EQ(handle_duplicate(rig_session(), handles[0], NULL, 0, &last), IST_NO_RESOURCES);
    CHECK_EQ(handle_create(&fence->object, "full", ALL, 0, &last), IST_NO_RESOURCES);
    CHECK_EQ(last, 77);
    CHECK_EQ(object_held(&fence->object, HOLDER_HANDLE), count);
    struct object *found;
    CHECK_EQ(name_get(rig_session(), "full", OBJECT_ANY, HOLDER_COM, &found), IST_NOT_FOUND);
    for (unsigned i = 0; i < count; i++)
        CHECK_EQ(handle_close(rig_session(), handles[i]), IST_OK);
    free(handles);
    CHECK_EQ(handle_create(&fence->object, NULL, ALL, 0, &last), IST_OK);
    CHECK_EQ(handle_close(rig_session(), last), IST_OK);
    rig_drop(&fence->object);
}

/* Stress: threads make, share, look up and close each other's handles. */
enum { THREADS = 4, ROUNDS = 10000, SHARED = 16 };

struct market {
    struct object *objects[2]; /* a fence and an event */
    _Atomic uint32_t offered[SHARED];
    atomic_uint made, closed, wrong;
};

static void trade(struct market *m, uint64_t *seed)
{
    unsigned spot = rig_random(seed) % SHARED;
    uint32_t h = atomic_load(&m->offered[spot]), fresh = 0;
    struct object *found = NULL;
    switch (rig_random(seed) % 4) {
    case 0:
        if (handle_create(m->objects[rig_random(seed) % 2], NULL, ALL, 0, &fresh) == IST_OK)
            atomic_fetch_add(&m->made, 1);
        h = atomic_exchange(&m->offered[spot], fresh);
        break;
    case 1:
        if (handle_duplicate(rig_session(), h, NULL, 0, &fresh) != IST_OK)
            return;
        atomic_fetch_add(&m->made, 1);
        h = fresh;
        break;
    case 2:
        if (handle_get(rig_session(), h, OBJECT_FENCE, 0, HOLDER_IMPORT, &found) == IST_OK) {
            if (found != m->objects[0])
                atomic_fetch_add(&m->wrong, 1);
            object_drop(found, HOLDER_IMPORT);
        }
        return;
    }
    if (handle_close(rig_session(), h) == IST_OK)
        atomic_fetch_add(&m->closed, 1);
}

static void *trader(void *arg)
{
    struct market *m = arg;
    uint64_t seed = (uintptr_t)pthread_self();
    for (int i = 0; i < ROUNDS; i++)
        trade(m, &seed);
    return NULL;
}

TEST(threads_may_close_each_others_handles)
{
    struct fence *fence = rig_fence(0);
    struct event *event = rig_event(true);
    struct market m = {.objects = {&fence->object, &event->object}};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = rig_start(trader, &m);
    for (int i = 0; i < THREADS; i++)
        rig_join(threads[i]);
    for (int i = 0; i < SHARED; i++)
        if (handle_close(rig_session(), atomic_load(&m.offered[i])) == IST_OK)
            atomic_fetch_add(&m.closed, 1);
    CHECK_EQ(atomic_load(&m.wrong), 0);
    CHECK_EQ(atomic_load(&m.made), atomic_load(&m.closed));
    CHECK_EQ(object_held(&fence->object, HOLDER_HANDLE), 0);
    CHECK_EQ(object_held(&event->object, HOLDER_HANDLE), 0);
    rig_drop(&fence->object);
    rig_drop(&event->object);
}

static void *close_it(void *arg)
{
    return handle_close(rig_session(), *(uint32_t *)arg) == IST_OK ? arg : NULL;
}

TEST(of_two_threads_that_close_a_handle_one_succeeds)
{
    for (int i = 0; i < 300; i++) {
        struct fence *fence = rig_fence(0);
        uint32_t h = handle_of(&fence->object);
        void *a, *b;
        pthread_t ta = rig_start(close_it, &h), tb = rig_start(close_it, &h);
        CHECK_EQ(pthread_join(ta, &a), 0);
        CHECK_EQ(pthread_join(tb, &b), 0);
        CHECK((a != NULL) + (b != NULL) == 1);
        rig_drop(&fence->object);
    }
}
