/* SPDX-License-Identifier: MIT */
/* The event channel: mail that was fetched ahead outlives the broker. */
#include "broker/client.h"
#include "rig.h"

#define HANDLES 40

struct mail_test {
    struct rig_wire wire;
    struct parcel parcel;
    struct rig_folder folder;
    pid_t target;
};

static void wait_for_mail(uint32_t value)
{
    struct client *client = client_get();
    bool there = false;
    while (!there) {
        pthread_mutex_lock(&client->state_lock);
        there = client_find_mail(client, value);
        pthread_mutex_unlock(&client->state_lock);
        rig_nap(1);
    }
}

static int receive_late(void *arg)
{
    struct mail_test *t = arg;
    struct remote_handle got;
    uint32_t values[HANDLES], number;
    char byte;
    WANT(remote_publish(rig_hold(rig_parcel()), &number) == IST_OK);
    rig_put(t->wire.to_test[1], "x", 1);
    WANT(rig_get(t->wire.to_child[0], values, sizeof(values)));
    for (unsigned i = 0; i < HANDLES; i++)
        wait_for_mail(values[i]);
    rig_put(t->wire.to_test[1], "x", 1);
    WANT(rig_get(t->wire.to_child[0], &byte, 1));
    for (unsigned i = 0; i < HANDLES; i++) {
        WANT(remote_take(values[i], &got) == IST_OK);
        WANT(rig_same(&t->parcel, &got.parcel) && got.access == i);
        parcel_close(&got.parcel);
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

/* Fetched ahead and not looked at yet: the last other handle of its name here goes. */
static int get_named_mail(void *arg)
{
    struct rig_wire *wire = arg;
    struct remote_name name = rig_name("Lmail");
    struct parcel found;
    uint32_t value;
    char byte;
    WANT(rig_get(wire->to_child[0], &byte, 1)); /* the name is there */
    WANT(remote_find_name(&name, &found) == IST_OK);
    WANT(remote_hold_name("Lmail", found.id) == IST_OK);
    rig_put(wire->to_test[1], "x", 1);
    WANT(rig_get(wire->to_child[0], &value, sizeof(value)));
    wait_for_mail(value);
    remote_drop_name("Lmail", found.id);
    rig_put(wire->to_test[1], "x", 1);
    WANT(rig_get(wire->to_child[0], &byte, 1));
    struct remote_handle handle;
    WANT(remote_take(value, &handle) == IST_OK);
    WANT(strcmp(handle.name_key, "Lmail") == 0);
    WANT(remote_hold_name("Lmail", found.id) == IST_OK);
    remote_drop_name("Lmail", found.id); /* with the handle */
    WANT(remote_hold_name("Lmail", found.id) == IST_NOT_FOUND);
    parcel_close(&handle.parcel);
    parcel_close(&found);
    return 0;
}

struct sending {
    struct rig_wire *wire;
    pid_t target;
};

static int send_named_mail(void *arg)
{
    struct sending *s = arg;
    struct remote_name name = rig_name("Lmail");
    struct parcel p = rig_parcel();
    uint32_t value;
    char byte;
    WANT(remote_bind(&name, &p, 0) == IST_OK);
    rig_put(s->wire->to_child[1], "x", 1);
    WANT(rig_get(s->wire->to_test[0], &byte, 1));
    WANT(remote_push(s->target, &p, 1, 0, "Lmail", &value) == IST_OK);
    remote_drop_name("Lmail", p.id);
    rig_put(s->wire->to_child[1], &value, sizeof(value));
    WANT(rig_get(s->wire->to_test[0], &byte, 1));
    struct parcel found;
    WANT(remote_find_name(&name, &found) == IST_OK);
    parcel_close(&found);
    rig_put(s->wire->to_child[1], "x", 1);
    rig_drop(&p);
    return 0;
}

TEST(a_handle_that_nobody_looked_at_yet_keeps_its_name)
{
    struct rig_folder folder = rig_folder_new();
    struct rig_wire wire = rig_wire_new();
    struct sending s = {.wire = &wire};
    s.target =
        rig_child(get_named_mail, &wire); /* by us: a client's child has its threads' locks */
    CHECK_EQ(rig_join(rig_child(send_named_mail, &s)), 0);
    CHECK_EQ(rig_join(s.target), 0);
    rig_wire_end(&wire);
    rig_folder_end(&folder);
}
