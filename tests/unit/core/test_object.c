/* SPDX-License-Identifier: MIT */
/* Owners and pins: the last owner ends the object, the last pin frees it, each exactly once. */
#include "unit/core/rig.h"

struct thing {
    struct object object;
    atomic_uint ended, destroyed;
};

static void thing_end(struct object *object)
{
    struct thing *t = container_of(object, struct thing, object);
    atomic_fetch_add(&t->ended, 1);
}

static void thing_destroy(struct object *object)
{
    struct thing *t = container_of(object, struct thing, object);
    atomic_fetch_add(&t->destroyed, 1);
}

static const struct object_ops thing_ops = {.end = thing_end, .destroy = thing_destroy};

static void thing_init(struct thing *t, enum holder first)
{
    memset(t, 0, sizeof(*t));
    object_init(&t->object, &thing_ops, rig_session(), OBJECT_FENCE, first);
}

static void check_state(struct thing *t, unsigned ended, unsigned destroyed)
{
    CHECK_EQ(atomic_load(&t->ended), ended);
    CHECK_EQ(atomic_load(&t->destroyed), destroyed);
}

TEST(a_new_object_has_one_owner_of_the_kind_asked_for)
{
    for (int kind = HOLDER_COM; kind < HOLDER_OWNER_KINDS; kind++) {
        struct thing t;
        size_t before = object_live_count();
        thing_init(&t, (enum holder)kind);
        CHECK_EQ(object_live_count(), before + 1);
        for (int i = 0; i < HOLDER_KINDS; i++)
            CHECK_EQ(object_held(&t.object, (enum holder)i), i == kind);
        object_drop(&t.object, (enum holder)kind);
        CHECK_EQ(object_live_count(), before);
        check_state(&t, 1, 1);
    }
}

TEST(the_last_owner_ends_it_whatever_its_kind)
{
    struct thing t;
    thing_init(&t, HOLDER_COM);
    object_hold(&t.object, HOLDER_HANDLE);
    object_hold(&t.object, HOLDER_IMPORT);
    object_hold(&t.object, HOLDER_HANDLE);
    CHECK_EQ(object_held(&t.object, HOLDER_HANDLE), 2);
    object_drop(&t.object, HOLDER_COM);
    object_drop(&t.object, HOLDER_HANDLE);
    object_drop(&t.object, HOLDER_IMPORT);
    check_state(&t, 0, 0);
    object_drop(&t.object, HOLDER_HANDLE);
    check_state(&t, 1, 1);
}

TEST(pins_keep_it_after_its_end)
{
    struct thing t;
    thing_init(&t, HOLDER_COM);
    object_hold(&t.object, HOLDER_WORK);
    object_hold(&t.object, HOLDER_MAPPING);
    object_drop(&t.object, HOLDER_COM);
    check_state(&t, 1, 0);
    CHECK(!object_try_hold(&t.object, HOLDER_HANDLE)); /* ended, for good */
    CHECK_EQ(object_held(&t.object, HOLDER_HANDLE), 0);
    object_drop(&t.object, HOLDER_WORK);
    check_state(&t, 1, 0);
    object_drop(&t.object, HOLDER_MAPPING);
    check_state(&t, 1, 1);
}

TEST(pins_that_go_first_change_nothing)
{
    struct thing t;
    thing_init(&t, HOLDER_IMPORT);
    object_hold(&t.object, HOLDER_WORK);
    object_drop(&t.object, HOLDER_WORK);
    check_state(&t, 0, 0);
    CHECK(object_try_hold(&t.object, HOLDER_COM));
    CHECK_EQ(object_held(&t.object, HOLDER_COM), 1);
    object_drop(&t.object, HOLDER_IMPORT);
    check_state(&t, 0, 0);
    object_drop(&t.object, HOLDER_COM);
    check_state(&t, 1, 1);
}

TEST(dropping_nothing_does_nothing)
{
    object_drop(NULL, HOLDER_COM);
    object_drop(NULL, HOLDER_WORK);
}

TEST(kinds_have_names)
{
    CHECK_STR(object_kind_name(OBJECT_RESOURCE), "a resource");
    CHECK_STR(object_kind_name(OBJECT_FENCE), "a fence");
    CHECK_STR(object_kind_name(OBJECT_EVENT), "an event");
    CHECK(object_kind_name(OBJECT_ANY) != NULL);
}

enum { THREADS = 4, ROUNDS = 30000 };

/* Comes by chance: owns if it can, pins meanwhile. */
static void *come_and_go(void *arg)
{
    struct thing *t = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (!object_try_hold(&t->object, HOLDER_HANDLE))
            break;
        object_hold(&t->object, HOLDER_WORK);
        object_drop(&t->object, HOLDER_HANDLE);
        object_drop(&t->object, HOLDER_WORK);
    }
    object_drop(&t->object, HOLDER_MAPPING); /* what let us look at it */
    return NULL;
}

TEST(threads_end_it_once_and_free_it_once)
{
    for (int round = 0; round < 20; round++) {
        struct thing t;
        pthread_t threads[THREADS];
        thing_init(&t, HOLDER_COM);
        for (int i = 0; i < THREADS; i++) {
            object_hold(&t.object, HOLDER_MAPPING);
            threads[i] = rig_start(come_and_go, &t);
        }
        object_drop(&t.object, HOLDER_COM);
        for (int i = 0; i < THREADS; i++)
            rig_join(threads[i]);
        check_state(&t, 1, 1);
    }
}
