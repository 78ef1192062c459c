/* SPDX-License-Identifier: MIT */
/* Many names and objects come back after the broker's death, dropped ones do not. */
#include "rig.h"

#define NAMES 300

struct many {
    struct rig_wire wire;
    struct rig_folder folder;
};

static int hold_many(void *arg)
{
    struct many *m = arg;
    char byte, key[32];
    struct parcel *p = rig_hold(rig_parcel());
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(key, sizeof(key), "Lmany-%u", i);
        struct remote_name name = rig_name(key);
        WANT(remote_bind(&name, p, 0) == IST_OK);
    }
    for (unsigned i = 0; i < NAMES; i += 2) {
        snprintf(key, sizeof(key), "Lmany-%u", i);
        remote_drop_name(key, p->id);
    }
    pid_t broker = rig_broker(&m->folder);
    WANT(broker > 1 && kill(broker, SIGKILL) == 0);
    remote_drop_name("Lmany-1", p->id); /* while nobody listens */
    rig_put(m->wire.to_test[1], "x", 1);
    WANT(rig_get(m->wire.to_child[0], &byte, 1));
    return 0;
}

static int look_at_all(void *arg)
{
    (void)arg;
    char key[32];
    struct parcel found;
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(key, sizeof(key), "Lmany-%u", i);
        struct remote_name name = rig_name(key);
        enum ist_status status = remote_find_name(&name, &found);
        for (unsigned again = 0; status == IST_NO_BROKER && again < 2000; again++) {
            rig_nap(10); /* looking up starts no broker: the holder does */
            status = remote_find_name(&name, &found);
        }
        WANT(status == (i % 2 && i != 1 ? IST_OK : IST_NOT_FOUND));
        if (status == IST_OK)
            parcel_close(&found);
    }
    return 0;
}

TEST(three_hundred_names_come_back_without_those_that_were_dropped)
{
    struct many m = {.wire = rig_wire_new()};
    char byte;
    m.folder = rig_folder_new();
    setenv("ISTHMUS_LOG", "off", 1);
    pid_t holder = rig_child(hold_many, &m);
    CHECK(rig_get(m.wire.to_test[0], &byte, 1));
    CHECK_EQ(rig_join(rig_child(look_at_all, NULL)), 0);
    rig_put(m.wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(holder), 0);
    rig_wire_end(&m.wire);
    rig_folder_end(&m.folder);
}

struct last_name {
    struct rig_wire wire;
    struct rig_folder folder;
};

/* Its only name goes while the broker cannot read, and then the broker dies. */
static int lose_last_name(void *arg)
{
    struct last_name *l = arg;
    char byte;
    struct parcel p = rig_parcel();
    struct remote_name name = rig_name("Llast");
    WANT(remote_bind(&name, &p, 0) == IST_OK);
    pid_t broker = rig_broker(&l->folder);
    WANT(rig_stop(broker));
    remote_drop_name("Llast", p.id);
    rig_drop(&p);
    WANT(kill(broker, SIGKILL) == 0);
    while (rig_broker(&l->folder) == broker)
        rig_nap(1);
    rig_put(l->wire.to_test[1], "x", 1);
    WANT(rig_get(l->wire.to_child[0], &byte, 1));
    return 0;
}

static int bind_last_name(void *arg)
{
    (void)arg;
    struct parcel p = rig_parcel();
    struct remote_name name = rig_name("Llast");
    WANT(remote_bind(&name, &p, 0) == IST_OK);
    rig_drop(&p);
    return 0;
}

TEST(a_name_dropped_while_the_broker_died_is_free)
{
    struct last_name l = {.wire = rig_wire_new()};
    char byte;
    l.folder = rig_folder_new();
    setenv("ISTHMUS_LOG", "off", 1);
    pid_t holder = rig_child(lose_last_name, &l);
    CHECK(rig_get(l.wire.to_test[0], &byte, 1));
    CHECK_EQ(rig_join(rig_child(bind_last_name, NULL)), 0);
    rig_put(l.wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(holder), 0);
    rig_wire_end(&l.wire);
    rig_folder_end(&l.folder);
}
