/* SPDX-License-Identifier: MIT */
/* The event channel: handles are fetched when the broker tells of them, and outlive it. */
#include "broker/client.h"
#include "rig.h"

#define HANDLES 40

struct mail_test {
    struct rig_wire wire;
    struct parcel parcel;
    struct rig_folder folder;
    pid_t target;
};

static int receive_late(void *arg)
{
    struct mail_test *t = arg;
    uint32_t values[HANDLES], number;
    char byte;
    WANT(remote_publish(rig_hold(rig_parcel()), &number) == IST_OK);
    rig_put(t->wire.to_test[1], "x", 1);
    WANT(rig_get(t->wire.to_child[0], values, sizeof(values)));
    while (atomic_load(&rig_fetched_count) < HANDLES)
        rig_nap(1);
    rig_put(t->wire.to_test[1], "x", 1);
    WANT(rig_get(t->wire.to_child[0], &byte, 1));
    for (unsigned i = 0; i < HANDLES; i++) {
        struct remote_handle *got = &rig_fetched[i];
        WANT(got->value == values[i] && got->access == i);
        WANT(rig_same(&t->parcel, &got->parcel));
        parcel_close(&got->parcel);
    }
    WANT(remote_publish(&rig_held[0], &number) == IST_OK);
    return 0;
}

static int send_many(void *arg)
{
    struct mail_test *t = arg;
    uint32_t values[HANDLES];
    char byte;
    for (unsigned i = 0; i < HANDLES; i++)
        WANT(remote_push(t->target, &t->parcel, i, 0, NULL, &values[i]) == IST_OK);
    rig_put(t->wire.to_child[1], values, sizeof(values));
    WANT(rig_get(t->wire.to_test[0], &byte, 1)); /* it was told and has fetched them */
    pid_t broker = rig_broker(&t->folder);
    WANT(broker > 1 && kill(broker, SIGKILL) == 0);
    while (rig_broker(&t->folder) == broker)
        rig_nap(1);
    rig_put(t->wire.to_child[1], "x", 1);
    return 0;
}

TEST(handles_that_were_announced_survive_the_broker)
{
    struct mail_test t = {.wire = rig_wire_new(), .parcel = rig_parcel()};
    char byte;
    t.folder = rig_folder_new();
    t.target = rig_child(receive_late, &t);
    CHECK(rig_get(t.wire.to_test[0], &byte, 1));
    CHECK_EQ(rig_join(rig_child(send_many, &t)), 0);
    CHECK_EQ(rig_join(t.target), 0);
    rig_drop(&t.parcel);
    rig_wire_end(&t.wire);
    rig_folder_end(&t.folder);
}

static int wait_unconnected(void *arg)
{
    struct mail_test *t = arg;
    struct remote_handle got;
    uint32_t value;
    WANT(rig_get(t->wire.to_child[0], &value, sizeof(value)));
    WANT(remote_take(value, &got) == IST_OK); /* its first use of the library */
    WANT(rig_same(&t->parcel, &got.parcel));
    parcel_close(&got.parcel);
    rig_put(t->wire.to_test[1], "x", 1);
    return 0;
}

static int send_one(void *arg)
{
    struct mail_test *t = arg;
    uint32_t value;
    char byte;
    WANT(remote_push(t->target, &t->parcel, 1, 0, NULL, &value) == IST_OK);
    rig_put(t->wire.to_child[1], &value, sizeof(value));
    WANT(rig_get(t->wire.to_test[0], &byte, 1)); /* our connection keeps the broker till then */
    return 0;
}

TEST(a_process_that_used_nothing_yet_gets_its_mail)
{
    struct mail_test t = {.wire = rig_wire_new(), .parcel = rig_parcel()};
    t.folder = rig_folder_new();
    t.target = rig_child(wait_unconnected, &t);
    CHECK_EQ(rig_join(rig_child(send_one, &t)), 0);
    CHECK_EQ(rig_join(t.target), 0);
    rig_drop(&t.parcel);
    rig_wire_end(&t.wire);
    rig_folder_end(&t.folder);
}
