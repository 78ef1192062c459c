/* SPDX-License-Identifier: MIT */
/* Every call of core/remote.h between processes, through a broker that starts by itself. */
#include "rig.h"

/* What goes from one process to the other beside the broker. */
struct note {
    struct rig_wire wire;
    uint32_t number;
    struct parcel parcel;
};

static int publisher(void *arg)
{
    struct note *note = arg;
    char byte;
    struct parcel *p = rig_hold(note->parcel);
    uint32_t number, again;
    WANT(remote_publish(p, &number) == IST_OK);
    WANT(remote_publish(p, &again) == IST_OK && again == number);
    rig_put(note->wire.to_test[1], &number, sizeof(number));
    WANT(rig_get(note->wire.to_child[0], &byte, 1));
    return 0;
}

static int finder(void *arg)
{
    struct note *note = arg;
    struct parcel found;
    WANT(remote_find_number(note->number, &found) == IST_OK);
    WANT(rig_same(&note->parcel, &found));
    WANT(found.kind == OBJECT_RESOURCE && found.bytes == RIG_BYTES);
    parcel_close(&found);
    return 0;
}

static int not_finder(void *arg)
{
    struct note *note = arg;
    struct parcel found;
    enum ist_status status = remote_find_number(note->number, &found);
    WANT(status == IST_BAD_HANDLE || status == IST_NO_BROKER);
    return 0;
}

TEST(a_number_is_found_by_another_process_and_dies_with_its_last_holder)
{
    struct rig_folder folder = rig_folder_new();
    struct note note = {.wire = rig_wire_new(), .parcel = rig_parcel()};
    pid_t a = rig_child(publisher, &note);
    CHECK(rig_get(note.wire.to_test[0], &note.number, sizeof(note.number)));
    CHECK_EQ(note.number & 0xc000003f, 0x40000002);
    CHECK_EQ(rig_join(rig_child(finder, &note)), 0);
    rig_put(note.wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(a), 0);
    /* This process has the life pipe still: number and broker live, without any client. */
    rig_nap(300); /* twice its idle time */
    CHECK_EQ(rig_join(rig_child(finder, &note)), 0);
    rig_drop(&note.parcel);
    CHECK_EQ(rig_join(rig_child(not_finder, &note)), 0);
    rig_wire_end(&note.wire);
    rig_folder_end(&folder);
}

static int binder(void *arg)
{
    struct note *note = arg;
    char byte;
    struct parcel *p = rig_hold(note->parcel), other = rig_parcel();
    struct remote_name name = rig_name("Lpicture");
    WANT(remote_bind(&name, p, 7) == IST_OK);
    WANT(remote_bind(&name, &other, 7) == IST_NAME_TAKEN);
    rig_put(note->wire.to_test[1], "x", 1);
    WANT(rig_get(note->wire.to_child[0], &byte, 1));
    remote_drop_name("Lpicture", p->id);
    rig_put(note->wire.to_test[1], "x", 1);
    WANT(rig_get(note->wire.to_child[0], &byte, 1));
    return 0;
}

static int name_user(void *arg)
{
    struct note *note = arg;
    struct parcel found;
    char byte;
    struct remote_name name = rig_name("Lpicture");
    WANT(remote_find_name(&name, &found) == IST_OK);
    WANT(rig_same(&note->parcel, &found));
    WANT(remote_hold_name("Lpicture", found.id) == IST_OK);
    WANT(remote_hold_name("Lother", found.id) == IST_NOT_FOUND);
    rig_put(note->wire.to_test[1], "x", 1);
    WANT(rig_get(note->wire.to_child[0], &byte, 1));
    remote_drop_name("Lpicture", found.id);
    parcel_close(&found);
    return 0;
}

static int name_misser(void *arg)
{
    (void)arg;
    struct parcel found;
    struct remote_name name = rig_name("Lpicture");
    enum ist_status status = remote_find_name(&name, &found);
    WANT(status == IST_NOT_FOUND || status == IST_NO_BROKER);
    return 0;
}

static int name_finder(void *arg)
{
    (void)arg;
    struct parcel found;
    struct remote_name name = rig_name("Lpicture");
    WANT(remote_find_name(&name, &found) == IST_OK);
    parcel_close(&found);
    return 0;
}

TEST(a_name_lives_with_its_last_holder_in_any_process)
{
    struct rig_folder folder = rig_folder_new();
    struct note a = {.wire = rig_wire_new(), .parcel = rig_parcel()}, b = a;
    b.wire = rig_wire_new();
    char byte;
    pid_t binds = rig_child(binder, &a);
    CHECK(rig_get(a.wire.to_test[0], &byte, 1));
    pid_t uses = rig_child(name_user, &b);
    CHECK(rig_get(b.wire.to_test[0], &byte, 1));
    rig_put(a.wire.to_child[1], "x", 1); /* the binder drops: the user still holds it */
    CHECK(rig_get(a.wire.to_test[0], &byte, 1));
    CHECK_EQ(rig_join(rig_child(name_finder, &a)), 0);
    rig_put(b.wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(uses), 0);
    CHECK_EQ(rig_join(rig_child(name_misser, &a)), 0);
    rig_put(a.wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(binds), 0);
    rig_drop(&a.parcel);
    rig_wire_end(&a.wire);
    rig_wire_end(&b.wire);
    rig_folder_end(&folder);
}

/* A holder that is killed holds nothing: exact as soon as its death is known. */
TEST(the_name_of_a_killed_process_is_free_at_once)
{
    struct rig_folder folder = rig_folder_new();
    struct note a = {.wire = rig_wire_new(), .parcel = rig_parcel()};
    char byte;
    for (int i = 0; i < 20; i++) {
        pid_t binds = rig_child(binder, &a);
        CHECK(rig_get(a.wire.to_test[0], &byte, 1));
        CHECK_EQ(rig_join(rig_child(name_finder, &a)), 0);
        kill(binds, SIGKILL);
        CHECK_EQ(rig_join(binds), 1000 + SIGKILL);
        CHECK_EQ(rig_join(rig_child(name_misser, &a)), 0);
    }
    rig_drop(&a.parcel);
    rig_wire_end(&a.wire);
    rig_folder_end(&folder);
}

struct push {
    struct rig_wire wire;
    struct parcel parcel;
    pid_t target;
    uint32_t value;
};

static int receiver(void *arg)
{
    struct push *push = arg;
    struct remote_handle got;
    uint32_t value, number;
    struct parcel *own = rig_hold(rig_parcel());
    WANT(remote_publish(own, &number) == IST_OK); /* connected */
    rig_put(push->wire.to_test[1], "x", 1);
    WANT(rig_get(push->wire.to_child[0], &value, sizeof(value)));
    WANT(value & REMOTE_VALUE_BIT && value % 4 == 0 && value < 0x40000000);
    WANT(remote_take(value + 4000, &got) == IST_BAD_HANDLE);
    rig_take(value, &got);
    WANT(rig_same(&push->parcel, &got.parcel));
    WANT(got.access == 3 && got.flags == 1 && strcmp(got.name_key, "Lpicture") == 0);
    WANT(remote_take(value, &got) == IST_BAD_HANDLE);
    WANT(remote_hold_name("Lpicture", push->parcel.id) == IST_OK); /* a second hold of it */
    remote_drop_name("Lpicture", push->parcel.id);
    struct parcel found;
    struct remote_name name = rig_name("Lpicture");
    WANT(remote_find_name(&name, &found) == IST_OK);
    parcel_close(&found);
    parcel_close(&got.parcel);
    WANT(rig_get(push->wire.to_child[0], &value, sizeof(value)));
    rig_take(value, &got);
    WANT(got.name_key[0] == 0);
    parcel_close(&got.parcel);
    WANT(remote_take(value, &got) == IST_BAD_HANDLE);
    rig_put(push->wire.to_test[1], "x", 1);
    WANT(rig_get(push->wire.to_child[0], &value, sizeof(value)));
    return 0;
}

static int sender(void *arg)
{
    struct push *push = arg;
    uint32_t value;
    struct remote_name name = rig_name("Lpicture");
    rig_hold(push->parcel);
    WANT(remote_bind(&name, &push->parcel, 0) == IST_OK);
    WANT(remote_push(push->target, &push->parcel, 3, 1, "Lpicture", &value) == IST_OK);
    rig_put(push->wire.to_child[1], &value, sizeof(value));
    WANT(remote_push(push->target, &push->parcel, 3, 1, NULL, &value) == IST_OK);
    rig_put(push->wire.to_child[1], &value, sizeof(value));
    WANT(remote_push(0x3fffffff, &push->parcel, 3, 1, NULL, &value) == IST_NOT_FOUND);
    return 0;
}

TEST(a_pushed_handle_is_taken_once_with_its_name)
{
    struct rig_folder folder = rig_folder_new();
    struct push push = {.wire = rig_wire_new(), .parcel = rig_parcel()};
    char byte;
    push.target = rig_child(receiver, &push);
    CHECK(rig_get(push.wire.to_test[0], &byte, 1));
    CHECK_EQ(rig_join(rig_child(sender, &push)), 0);
    CHECK(rig_get(push.wire.to_test[0], &byte, 1));
    struct note note = {.parcel = push.parcel};
    CHECK_EQ(rig_join(rig_child(name_finder, &note)), 0); /* held by the receiver now */
    rig_put(push.wire.to_child[1], "xxxx", 4);
    CHECK_EQ(rig_join(push.target), 0);
    rig_drop(&push.parcel);
    rig_wire_end(&push.wire);
    rig_folder_end(&folder);
}

/* One process's end, and the other's, of a pull. */
static int puller(void *arg)
{
    struct push *push = arg;
    struct remote_handle got;
    uint32_t number;
    WANT(remote_publish(rig_hold(rig_parcel()), &number) == IST_OK);
    WANT(remote_pull(push->target, 0, true, &got) == IST_OK);
    WANT(got.access == 5 && got.flags == 1 && got.name_key[0] == 0);
    WANT(memcmp(got.parcel.id, push->parcel.id, 16) == 0);
    parcel_close(&got.parcel);
    WANT(remote_pull(push->target, 400, false, &got) == IST_BAD_HANDLE);
    WANT(remote_pull(getppid(), 4, false, &got) == IST_NOT_SUPPORTED);
    WANT(remote_pull(0x3fffffff, 4, false, &got) == IST_NOT_FOUND);
    WANT(rig_stop(push->target));
    WANT(remote_pull(push->target, 0, false, &got) == IST_TIMEOUT);
    WANT(remote_publish(&rig_held[0], &number) == IST_OK);
    WANT(kill(push->target, SIGCONT) == 0);
    return 0;
}

TEST(a_handle_is_pulled_out_of_a_process_and_a_stopped_one_blocks_nobody)
{
    struct rig_folder folder = rig_folder_new();
    struct push push = {.wire = rig_wire_new(), .parcel = rig_parcel()};
    struct note note = {.wire = push.wire, .parcel = push.parcel};
    uint32_t number;
    push.target = rig_child(publisher, &note);
    CHECK(rig_get(push.wire.to_test[0], &number, sizeof(number)));
    CHECK_EQ(rig_join(rig_child(puller, &push)), 0);
    rig_put(push.wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(push.target), 0);
    rig_drop(&push.parcel);
    rig_wire_end(&push.wire);
    rig_folder_end(&folder);
}
