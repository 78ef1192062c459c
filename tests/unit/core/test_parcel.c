/* SPDX-License-Identifier: MIT */
/* Parcels between two processes: bytes, keyed mutexes and fences work on both sides. */
#include "unit/core/parcel_rig.h"

static void fill(struct resource *r, unsigned char seed)
{
    for (size_t i = 0; i < r->layout.size; i++)
        r->memory.base[i] = (unsigned char)(seed + i * 7);
}

static bool is_filled(const struct resource *r, unsigned char seed)
{
    for (size_t i = 0; i < r->layout.size; i++)
        if (r->memory.base[i] != (unsigned char)(seed + i * 7))
            return false;
    return true;
}

/* Opens what comes; NULL if that fails. */
static struct object *open_next(int socket)
{
    struct parcel parcel;
    struct object *object = NULL;
    if (!rig_receive_parcel(socket, &parcel) ||
        parcel_open(rig_session(), &parcel, HOLDER_IMPORT, &object) != IST_OK)
        return NULL;
    return object;
}

static int bytes_role(int socket)
{
    struct object *object = open_next(socket);
    if (!object)
        return 1;
    struct resource *r = resource_from_object(object);
    if (r->desc.shape.width != 64 || r->desc.creator[5] != 0x5a || r->layout.levels != 1)
        return 2;
    if (!is_filled(r, 3))
        return 3;
    fill(r, 11);
    rig_say(socket);
    object_drop(object, HOLDER_IMPORT);
    return 0;
}

TEST(another_process_sees_the_same_bytes_and_description)
{
    struct rig_peer peer = rig_fork(bytes_role);
    struct resource_desc desc = {
        .shape = {.dimension = DIMENSION_2D,
                  .format = 28,
                  .width = 64,
                  .height = 32,
                  .levels = 1,
                  .slices = 1},
        .sharing = SHARING_NT,
    };
    struct resource *r = NULL;
    memset(desc.creator, 0x5a, sizeof(desc.creator));
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_COM, &r), IST_OK);
    fill(r, 3);
    struct parcel parcel = rig_parcel(&r->object);
    CHECK_EQ(parcel.kind, OBJECT_RESOURCE);
    CHECK_EQ(parcel.bytes, r->memory.size);
    CHECK_EQ(parcel.fd[PARCEL_SYNC], -1);
    CHECK(rig_send_parcel(peer.socket, &parcel));
    parcel_close(&parcel);
    CHECK(rig_hear(peer.socket));
    CHECK(is_filled(r, 11));
    CHECK_EQ(rig_reap(&peer), 0);
    rig_drop(&r->object);
}

/* The mutex goes to and fro; each side adds one under it. */
#define ROUNDS 50

static int mutex_role(int socket)
{
    struct object *object = open_next(socket);
    if (!object)
        return 1;
    struct resource *r = resource_from_object(object);
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (kmutex_acquire(&r->kmutex, &socket, 1, rig_late(), NULL) != IST_OK)
            return 2;
        if (r->memory.base[0] != 2 * i + 1)
            return 3;
        r->memory.base[0]++;
        if (kmutex_release(&r->kmutex, &socket, 0, NULL) != IST_OK)
            return 4;
    }
    object_drop(object, HOLDER_IMPORT);
    return 0;
}

TEST(a_keyed_mutex_is_handed_over_between_processes)
{
    struct rig_peer peer = rig_fork(mutex_role);
    struct resource *r = rig_keyed_texture();
    struct parcel parcel = rig_parcel(&r->object);
    CHECK(rig_send_parcel(peer.socket, &parcel));
    parcel_close(&parcel);
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_EQ(kmutex_acquire(&r->kmutex, r, 0, rig_late(), NULL), IST_OK);
        CHECK_EQ(r->memory.base[0], 2 * i);
        r->memory.base[0]++;
        CHECK_EQ(kmutex_release(&r->kmutex, r, 1, NULL), IST_OK);
    }
    CHECK_EQ(kmutex_acquire(&r->kmutex, r, 0, rig_late(), NULL), IST_OK);
    CHECK_EQ(r->memory.base[0], 2 * ROUNDS);
    CHECK_EQ(kmutex_release(&r->kmutex, r, 0, NULL), IST_OK);
    CHECK_EQ(rig_reap(&peer), 0);
    rig_drop(&r->object);
}

static int dying_owner_role(int socket)
{
    struct object *object = open_next(socket);
    if (!object)
        return 1;
    struct resource *r = resource_from_object(object);
    if (kmutex_acquire(&r->kmutex, &socket, 0, rig_late(), NULL) != IST_OK)
        return 2;
    rig_say(socket);
    raise(SIGKILL);
    return 3;
}

TEST(an_owner_that_is_killed_abandons_the_mutex)
{
    struct rig_peer peer = rig_fork(dying_owner_role);
    struct resource *r = rig_keyed_texture();
    struct parcel parcel = rig_parcel(&r->object);
    CHECK(rig_send_parcel(peer.socket, &parcel));
    parcel_close(&parcel);
    CHECK(rig_hear(peer.socket));
    CHECK_EQ(kmutex_acquire(&r->kmutex, r, 0, rig_late(), NULL), IST_ABANDONED);
    CHECK_EQ(rig_reap(&peer), 128 + SIGKILL);
    rig_drop(&r->object);
}

static int fence_role(int socket)
{
    struct object *object = open_next(socket);
    if (!object)
        return 1;
    struct fence *fence = fence_from_object(object);
    if (fence_value(fence) != 4 || fence->flags != 6)
        return 2;
    fence_signal(fence, 5);
    if (fence_wait(fence, 6, rig_late()) != IST_OK)
        return 3;
    object_drop(object, HOLDER_IMPORT);
    return 0;
}

TEST(a_fence_is_signalled_from_both_sides)
{
    struct rig_peer peer = rig_fork(fence_role);
    struct fence *fence = NULL;
    CHECK_EQ(fence_create(rig_session(), rig_device(), 4, 6, &fence), IST_OK);
    struct parcel parcel = rig_parcel(&fence->object);
    CHECK_EQ(parcel.fd[PARCEL_PAYLOAD], -1);
    CHECK(rig_send_parcel(peer.socket, &parcel));
    parcel_close(&parcel);
    CHECK_EQ(fence_wait(fence, 5, rig_late()), IST_OK);
    fence_signal(fence, 6);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK_EQ(fence_value(fence), 6);
    rig_drop(&fence->object);
}

static int twice_role(int socket)
{
    struct object *first = open_next(socket), *second = open_next(socket);
    if (!first || first != second || object_held(first, HOLDER_IMPORT) != 2)
        return 1;
    object_drop(first, HOLDER_IMPORT);
    rig_say(socket);
    struct object *third = open_next(socket);
    if (third != first)
        return 2;
    object_drop(second, HOLDER_IMPORT);
    object_drop(third, HOLDER_IMPORT);
    return 0;
}

TEST(a_process_has_one_object_however_often_it_is_opened)
{
    struct rig_peer peer = rig_fork(twice_role);
    struct fence *fence = rig_fence(1);
    struct parcel parcel = rig_parcel(&fence->object);
    CHECK(rig_send_parcel(peer.socket, &parcel));
    CHECK(rig_send_parcel(peer.socket, &parcel));
    CHECK(rig_hear(peer.socket));
    CHECK(rig_send_parcel(peer.socket, &parcel));
    parcel_close(&parcel);
    CHECK_EQ(rig_reap(&peer), 0);
    rig_drop(&fence->object);
}

TEST(a_parcel_opened_where_it_was_made_is_the_same_object)
{
    struct resource *r = rig_keyed_texture();
    struct parcel parcel = rig_parcel(&r->object);
    struct object *again = NULL;
    CHECK_EQ(parcel_open(rig_session(), &parcel, HOLDER_IMPORT, &again), IST_OK);
    CHECK_PTR_EQ(again, &r->object);
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        CHECK_EQ(parcel.fd[i], -1);
    object_drop(again, HOLDER_IMPORT);
    rig_drop(&r->object);
}

/* A parcel in flight owns the object, as a handle in flight does on Windows. */
TEST(a_parcel_keeps_the_object_that_its_maker_drops)
{
    struct fence *fence = rig_fence(9);
    struct parcel parcel = rig_parcel(&fence->object);
    rig_drop(&fence->object);
    struct object *object = NULL;
    CHECK_EQ(parcel_open(rig_session(), &parcel, HOLDER_COM, &object), IST_OK);
    CHECK_EQ(fence_value(fence_from_object(object)), 9);
    rig_drop(object);
}

TEST(events_and_private_resources_do_not_cross)
{
    struct event *event = rig_event(true);
    struct resource *r = rig_buffer(100, SHARING_NONE);
    struct parcel parcel;
    CHECK_EQ(parcel_make(&event->object, &parcel), IST_NOT_SUPPORTED);
    CHECK_EQ(parcel_make(&r->object, &parcel), IST_NOT_SUPPORTED);
    rig_drop(&event->object);
    rig_drop(&r->object);
}

static void *open_all(void *arg)
{
    struct parcel *parcels = arg;
    struct object *first = NULL;
    for (unsigned i = 0; i < 8; i++) {
        struct object *object = NULL;
        if (parcel_open(rig_session(), &parcels[i], HOLDER_IMPORT, &object) != IST_OK)
            return NULL;
        if (first && object != first)
            return NULL;
        first = object;
    }
    return first;
}

/* Two threads race for who makes the object of a parcel that nobody here has. */
TEST(threads_that_open_at_once_share_one_object)
{
    for (unsigned round = 0; round < 50; round++) {
        struct resource *r = rig_keyed_texture();
        struct parcel parcels[2][8];
        for (unsigned i = 0; i < 16; i++)
            parcels[i / 8][i % 8] = rig_parcel(&r->object);
        rig_drop(&r->object); /* only the parcels have it now */
        void *a, *b;
        pthread_t ta = rig_start(open_all, parcels[0]), tb = rig_start(open_all, parcels[1]);
        CHECK_EQ(pthread_join(ta, &a), 0);
        CHECK_EQ(pthread_join(tb, &b), 0);
        CHECK(a != NULL);
        CHECK_PTR_EQ(a, b);
        CHECK_EQ(object_held(a, HOLDER_IMPORT), 16);
        for (unsigned i = 0; i < 16; i++)
            object_drop(a, HOLDER_IMPORT);
    }
}
