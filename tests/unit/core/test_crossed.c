/* SPDX-License-Identifier: MIT */
/*
 * What crosses by the broker, seen from core: numbers, names, handles pushed and pulled. With a
 * broker of its own, in a runtime folder of its own.
 */
static void rig_start_broker(void);
#define RIG_WARM_UP rig_start_broker
#include "unit/core/parcel_rig.h"

#include "core/kmt.h"
#include "core/name.h"
#include "core/process.h"
#include "core/remote.h"

#include <dirent.h>
#include <stdio.h>

static char folder[] = "/tmp/isthmus-test-XXXXXX";
static pid_t owner;

/* Before the session starts: it reads the environment. */
__attribute__((constructor)) static void choose_folder(void)
{
    owner = getpid();
    if (mkdtemp(folder) && setenv("ISTHMUS_RUNTIME_DIR", folder, 1) == 0 &&
        setenv("ISTHMUS_BROKER_IDLE_MS", "50", 1) == 0)
        unsetenv("ISTHMUS_BROKER");
}

/* The broker goes by itself; what it leaves in the folder goes here. */
__attribute__((destructor)) static void remove_folder(void)
{
    DIR *dir = getpid() == owner ? opendir(folder) : NULL;
    struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(folder);
}

/* The connection stays; it is no leak of a test's. */
static void rig_start_broker(void)
{
    uint32_t number;
    rig_warm_crossing();
    struct resource *r = rig_keyed_texture();
    CHECK_EQ(kmt_number(&r->object, &number), IST_OK);
    rig_drop(&r->object);
}

static uint32_t handle_of(struct object *object, const char *name)
{
    uint32_t value = 0;
    CHECK_EQ(handle_create(object, name, 3, 0, &value), IST_OK);
    return value;
}

/* 0 if `name` finds `wanted`; NULL: finds nothing. */
static int look_up(const char *name, const struct object *wanted)
{
    struct object *found;
    enum ist_status status = name_get(rig_session(), name, OBJECT_FENCE, HOLDER_IMPORT, &found);
    if (status != IST_OK)
        return !wanted && status == IST_NOT_FOUND ? 0 : 1;
    object_drop(found, HOLDER_IMPORT);
    return found == wanted ? 0 : 1;
}

static int number_role(int socket)
{
    uint32_t number;
    struct object *object, *again;
    if (read(socket, &number, sizeof(number)) != sizeof(number) ||
        kmt_get(rig_session(), number, OBJECT_FENCE, HOLDER_IMPORT, &object) != IST_WRONG_TYPE)
        return 1;
    if (kmt_get(rig_session(), number, OBJECT_RESOURCE, HOLDER_IMPORT, &object) != IST_OK)
        return 2;
    struct resource *r = resource_from_object(object);
    if (kmutex_acquire(&r->kmutex, r, 1, rig_late(), NULL) != IST_OK || r->memory.base[0] != 77)
        return 3;
    r->memory.base[0] = 78;
    if (kmutex_release(&r->kmutex, r, 2, NULL) != IST_OK)
        return 4;
    if (kmt_get(rig_session(), number, OBJECT_ANY, HOLDER_COM, &again) != IST_OK ||
        again != object)
        return 5;
    object_drop(again, HOLDER_COM);
    rig_say(socket);
    if (!rig_hear(socket)) /* the parent has let go: the number lives on with us */
        return 6;
    if (kmt_get(rig_session(), number, OBJECT_ANY, HOLDER_COM, &again) != IST_OK)
        return 7;
    object_drop(again, HOLDER_COM);
    object_drop(object, HOLDER_IMPORT);
    return kmt_get(rig_session(), number, OBJECT_ANY, HOLDER_COM, &again) == IST_BAD_HANDLE ? 0
                                                                                            : 8;
}

TEST(a_number_opens_the_object_elsewhere_and_dies_with_the_last)
{
    struct rig_peer peer = rig_fork(number_role);
    struct resource *r = rig_keyed_texture();
    struct object *found;
    uint32_t number = 0;
    CHECK_EQ(kmutex_acquire(&r->kmutex, r, 0, rig_late(), NULL), IST_OK);
    CHECK_EQ(kmt_number(&r->object, &number), IST_OK);
    CHECK(kmt_looks_like(number));
    r->memory.base[0] = 77;
    CHECK_EQ(kmutex_release(&r->kmutex, r, 1, NULL), IST_OK);
    CHECK_EQ(write(peer.socket, &number, sizeof(number)), sizeof(number));
    CHECK_EQ(kmutex_acquire(&r->kmutex, r, 2, rig_late(), NULL), IST_OK);
    CHECK_EQ(r->memory.base[0], 78);
    CHECK_EQ(kmutex_release(&r->kmutex, r, 0, NULL), IST_OK);
    CHECK(rig_hear(peer.socket));
    rig_drop(&r->object);
    rig_say(peer.socket);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK_EQ(kmt_get(rig_session(), number, OBJECT_ANY, HOLDER_COM, &found), IST_BAD_HANDLE);
}

static int name_role(int socket)
{
    struct object *object;
    uint32_t mine, other;
    if (!rig_hear(socket) || name_get(rig_session(), "Global\\Thin", OBJECT_RESOURCE,
                                      HOLDER_COM, &object) != IST_WRONG_TYPE)
        return 1;
    if (name_get(rig_session(), "Global\\Thin", OBJECT_FENCE, HOLDER_IMPORT, &object) != IST_OK)
        return 2;
    if (fence_value(fence_from_object(object)) != 3 || look_up("Thin", NULL))
        return 3;
    if (name_open_handle(rig_session(), "Global\\THIN", OBJECT_FENCE, 1, 0, &mine) != IST_OK)
        return 4;
    if (handle_create(&rig_fence(1)->object, "Global\\thin", 1, 0, &other) != IST_NAME_TAKEN)
        return 5;
    fence_signal(fence_from_object(object), 4);
    if (!rig_hear(socket) || look_up("Global\\thin", object)) /* the parent closed its handle */
        return 6;
    if (handle_close(rig_session(), mine) != IST_OK || look_up("Global\\thin", NULL))
        return 7;
    rig_say(socket);
    return 0;
}

TEST(a_name_lives_with_the_last_handle_of_any_process)
{
    struct rig_peer peer = rig_fork(name_role);
    struct fence *fence = rig_fence(3);
    uint32_t handle = handle_of(&fence->object, "Global\\thin");
    rig_say(peer.socket);
    CHECK_EQ(fence_wait(fence, 4, rig_late()), IST_OK);
    CHECK_EQ(handle_close(rig_session(), handle), IST_OK);
    CHECK_EQ(look_up("Global\\Thin", &fence->object), 0); /* the child has a handle of it */
    rig_say(peer.socket);
    CHECK(rig_hear(peer.socket));
    CHECK_EQ(look_up("Global\\Thin", NULL), 0);
    CHECK_EQ(rig_reap(&peer), 0);
    handle = handle_of(&fence->object, "Global\\thin"); /* free again */
    CHECK_EQ(handle_close(rig_session(), handle), IST_OK);
    rig_drop(&fence->object);
}

static int killed_role(int socket)
{
    handle_of(&rig_fence(3)->object, "doomed");
    rig_say(socket);
    rig_hear(socket);
    return 1;
}

TEST(a_name_dies_with_its_process)
{
    struct rig_peer peer = rig_fork(killed_role);
    CHECK(rig_hear(peer.socket));
    struct object *found = NULL;
    CHECK_EQ(name_get(rig_session(), "DOOMED", OBJECT_FENCE, HOLDER_COM, &found), IST_OK);
    CHECK_EQ(kill(peer.pid, SIGKILL), 0);
    CHECK_EQ(rig_reap(&peer), 128 + SIGKILL);
    CHECK_EQ(look_up("doomed", NULL), 0); /* though the object lives on here */
    CHECK_EQ(fence_value(fence_from_object(found)), 3);
    rig_drop(found);
}

static int pushed_role(int socket)
{
    uint32_t value;
    struct object *object;
    struct session *session = rig_session();
    if (read(socket, &value, sizeof(value)) != sizeof(value) || !(value & REMOTE_VALUE_BIT))
        return 1;
    if (handle_get(session, value, OBJECT_FENCE, 1, HOLDER_IMPORT, &object) != IST_OK)
        return 2;
    if (handle_get(session, value, OBJECT_FENCE, 2, HOLDER_COM, &object) != IST_ACCESS_DENIED)
        return 3;
    struct handle_info info;
    if (handle_query(session, value, &info) != IST_OK || info.access != 1 ||
        info.flags != HANDLE_INHERIT)
        return 4;
    if (!rig_hear(socket) || look_up("pushed", object)) /* the name came along */
        return 5;
    if (handle_close(session, value) != IST_OK || handle_close(session, value) == IST_OK)
        return 6;
    if (look_up("pushed", NULL))
        return 7;
    fence_signal(fence_from_object(object), 9);
    return 0;
}

TEST(a_pushed_handle_is_valid_in_the_target_only)
{
    struct rig_peer peer = rig_fork(pushed_role);
    struct fence *fence = rig_fence(8);
    struct process *target = NULL;
    struct object *object;
    uint32_t handle = handle_of(&fence->object, "pushed"), value = 0, access = 1;
    struct handle_copy copy = {&access, HANDLE_INHERIT};
    CHECK_EQ(process_open(rig_session(), peer.pid, HOLDER_COM, &target), IST_OK);
    CHECK_EQ(handle_push(rig_session(), handle, target, &copy, &value), IST_OK);
    CHECK_EQ(handle_get(rig_session(), value, OBJECT_ANY, 0, HOLDER_COM, &object),
             IST_BAD_HANDLE);
    CHECK_EQ(write(peer.socket, &value, sizeof(value)), sizeof(value));
    CHECK_EQ(handle_close(rig_session(), handle), IST_OK);
    rig_say(peer.socket);
    CHECK_EQ(fence_wait(fence, 9, rig_late()), IST_OK);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK(!process_is_alive(target));
    handle = handle_of(&fence->object, NULL);
    CHECK_EQ(handle_push(rig_session(), handle, target, &copy, &value), IST_ACCESS_DENIED);
    CHECK_EQ(handle_close(rig_session(), handle), IST_OK);
    rig_drop(&target->object);
    rig_drop(&fence->object);
}

static int source_role(int socket)
{
    uint32_t handle = handle_of(&rig_fence(100)->object, "pulled");
    if (write(socket, &handle, sizeof(handle)) != sizeof(handle) || !rig_hear(socket))
        return 1;
    return handle_close(rig_session(), handle) == IST_BAD_HANDLE ? 0 : 2; /* the pull did */
}

TEST(a_handle_is_pulled_out_of_another_process)
{
    struct rig_peer peer = rig_fork(source_role);
    struct process *source = NULL;
    struct object *object = NULL;
    uint32_t theirs = 0, ours = 0;
    const struct handle_copy copy = {NULL, 0};
    CHECK_EQ(read(peer.socket, &theirs, sizeof(theirs)), sizeof(theirs));
    CHECK_EQ(process_open(rig_session(), peer.pid, HOLDER_COM, &source), IST_OK);
    CHECK_EQ(handle_pull(rig_session(), source, theirs + 4096, true, &copy, &ours),
             IST_BAD_HANDLE);
    CHECK_EQ(handle_pull(rig_session(), source, theirs, true, &copy, &ours), IST_OK);
    CHECK_EQ(handle_pull(rig_session(), source, theirs, true, &copy, &theirs), IST_BAD_HANDLE);
    CHECK_EQ(handle_get(rig_session(), ours, OBJECT_FENCE, 3, HOLDER_COM, &object), IST_OK);
    CHECK_EQ(fence_value(fence_from_object(object)), 100);
    rig_say(peer.socket);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK_EQ(look_up("pulled", object), 0); /* our handle keeps the name */
    CHECK_EQ(handle_close(rig_session(), ours), IST_OK);
    CHECK_EQ(look_up("pulled", NULL), 0);
    rig_drop(object);
    rig_drop(&source->object);
}

static int inheriting_role(int socket)
{
    struct object *object;
    if (name_get(rig_session(), "inherited", OBJECT_FENCE, HOLDER_IMPORT, &object) != IST_OK)
        return 1;
    rig_say(socket);
    if (!rig_hear(
            socket)) /* the parent has closed its handle; ours, inherited, holds the name */
        return 2;
    return look_up("inherited", object);
}

TEST(an_inherited_handle_holds_its_name)
{
    struct fence *fence = rig_fence(1);
    uint32_t handle = handle_of(&fence->object, "inherited");
    struct rig_peer peer = rig_fork(inheriting_role);
    CHECK(rig_hear(peer.socket));
    CHECK_EQ(handle_close(rig_session(), handle), IST_OK);
    CHECK_EQ(look_up("inherited", &fence->object), 0);
    rig_say(peer.socket);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK_EQ(look_up("inherited", NULL), 0);
    rig_drop(&fence->object);
}
