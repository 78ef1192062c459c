/* SPDX-License-Identifier: MIT */
/* The native doors: an object's fds make a handle of the same object, here and elsewhere. */
#include "unit/core/parcel_rig.h"

static void *handle_of(struct object *object)
{
    uint32_t value = 0;
    CHECK_EQ(handle_create(object, NULL, 1, 0, &value), IST_OK);
    return (void *)(uintptr_t)value;
}

static void close_handle(void *handle)
{
    CHECK_EQ(ist_handle_close(handle), IST_OK);
}

static struct object *object_of(void *handle, enum holder as)
{
    struct object *object = NULL;
    CHECK_EQ(handle_get(rig_session(), (uintptr_t)handle, OBJECT_ANY, 0, as, &object), IST_OK);
    return object;
}

TEST(fds_of_each_kind_come_back_as_a_handle_of_the_same_object)
{
    struct object *objects[] = {&rig_fence(1)->object, &rig_keyed_texture()->object,
                                &rig_buffer(100, SHARING_NT)->object};
    unsigned counts[] = {3, 4, 3};
    for (unsigned i = 0; i < ARRAY_SIZE(objects); i++) {
        void *handle = handle_of(objects[i]), *again = NULL;
        int fds[IST_HANDLE_FDS];
        unsigned count = 0;
        CHECK_EQ(ist_handle_export_fds(handle, fds, &count), IST_OK);
        CHECK_EQ(count, counts[i]);
        for (unsigned k = 0; k < count; k++)
            CHECK(fcntl(fds[k], F_GETFD) & FD_CLOEXEC);
        CHECK_EQ(ist_handle_import_fds(fds, count, &again), IST_OK);
        CHECK(again != handle);
        CHECK_PTR_EQ(object_of(again, HOLDER_COM), objects[i]);
        rig_drop(objects[i]);
        close_handle(handle);
        close_handle(again);
        rig_drop(objects[i]);
    }
}

static int importing_role(int socket)
{
    int fds[IST_HANDLE_FDS];
    void *handle;
    int count = rig_receive(socket, fds);
    if (count != 4 || ist_handle_import_fds(fds, (unsigned)count, &handle) != IST_OK)
        return 1;
    struct resource *r = resource_from_object(object_of(handle, HOLDER_IMPORT));
    if (kmutex_acquire(&r->kmutex, r, 3, rig_late(), NULL) != IST_OK)
        return 2;
    r->memory.base[0] = (unsigned char)(r->memory.base[0] + 1);
    return kmutex_release(&r->kmutex, r, 4, NULL) == IST_OK ? 0 : 3;
}

TEST(a_program_passes_a_texture_over_its_own_socket)
{
    struct rig_peer peer = rig_fork(importing_role);
    struct resource *r = rig_keyed_texture();
    void *handle = handle_of(&r->object);
    int fds[IST_HANDLE_FDS];
    unsigned count = 0;
    CHECK_EQ(ist_handle_export_fds(handle, fds, &count), IST_OK);
    CHECK(rig_send(peer.socket, fds, count));
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &peer, 0, rig_late(), NULL), IST_OK);
    r->memory.base[0] = 10;
    CHECK_EQ(kmutex_release(&r->kmutex, &peer, 3, NULL), IST_OK);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &peer, 4, rig_late(), NULL), IST_OK);
    CHECK_EQ(r->memory.base[0], 11);
    CHECK_EQ(kmutex_release(&r->kmutex, &peer, 0, NULL), IST_OK);
    CHECK_EQ(rig_reap(&peer), 0);
    close_handle(handle);
    rig_drop(&r->object);
}

TEST(what_is_no_object_is_refused_and_closed)
{
    int fds[IST_HANDLE_FDS + 1] = {0};
    void *handle = &fds;
    for (unsigned count = 0; count <= IST_HANDLE_FDS + 1; count++) {
        for (unsigned i = 0; i < count; i++)
            fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        enum ist_status wanted = count > IST_HANDLE_FDS ? IST_BAD_ARG : IST_BAD_PARCEL;
        CHECK_EQ(ist_handle_import_fds(fds, count, &handle), wanted);
        CHECK_PTR_EQ(handle, &fds);
        for (unsigned i = 0; i < count; i++)
            CHECK_EQ(fcntl(fds[i], F_GETFD), -1);
    }
    fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_EQ(ist_handle_import_fds(fds, 1, NULL), IST_BAD_ARG);
    CHECK_EQ(ist_handle_import_fds(NULL, 1, &handle), IST_BAD_POINTER);
}

TEST(too_few_fds_are_refused)
{
    for (unsigned given = 1; given < 4; given++) {
        struct resource *r = rig_keyed_texture();
        void *handle = handle_of(&r->object), *again = NULL;
        int fds[IST_HANDLE_FDS];
        unsigned count = 0;
        CHECK_EQ(ist_handle_export_fds(handle, fds, &count), IST_OK);
        for (unsigned i = given; i < count; i++)
            close(fds[i]);
        CHECK_EQ(ist_handle_import_fds(fds, given, &again), IST_BAD_PARCEL);
        close_handle(handle);
        rig_drop(&r->object);
    }
}

TEST(events_stay_in_their_process)
{
    struct event *event = rig_event(true);
    void *handle = handle_of(&event->object);
    int fds[IST_HANDLE_FDS] = {-7, -7, -7, -7};
    unsigned count = 99;
    CHECK_EQ(ist_handle_export_fds(handle, fds, &count), IST_NOT_SUPPORTED);
    CHECK_EQ(count, 99);
    CHECK_EQ(fds[0], -7);
    CHECK_EQ(ist_handle_export_fds(handle, NULL, &count), IST_BAD_POINTER);
    CHECK_EQ(ist_handle_export_fds((void *)4, fds, &count), IST_BAD_HANDLE);
    close_handle(handle);
    CHECK_EQ(ist_handle_close(handle), IST_BAD_HANDLE);
    rig_drop(&event->object);
}
