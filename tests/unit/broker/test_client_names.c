/* SPDX-License-Identifier: MIT */
/* Many names and objects come back after the broker's death, dropped ones do not. */
#include "rig.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

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

/* Mail is taken by the test itself. */
static void leave_mail(void)
{
}

struct crossing_drop {
    const unsigned char *id;
    atomic_int go; /* 1: let go of the hold; 0: done */
    unsigned delay;
};

static void *drop_when_told(void *arg)
{
    struct crossing_drop *c = arg;
    for (;; sched_yield()) {
        int go = atomic_load(&c->go);
        if (go < 0)
            return NULL;
        if (!go)
            continue;
        for (unsigned i = 0; i < c->delay; i++)
            atomic_load(&c->go);
        remote_drop_name("Ltwice", c->id);
        atomic_store(&c->go, 0);
    }
}

/* One thread takes a handle with a name while another drops the process's hold of that name. */
static int take_while_dropping(void *arg)
{
    struct remote_hooks hooks = rig_hooks;
    struct parcel *p = rig_hold(rig_parcel()), found;
    struct remote_name name = rig_name("Ltwice");
    struct crossing_drop c = {.id = p->id};
    pthread_t thread;
    (void)arg;
    hooks.mail = leave_mail;
    remote_start(&hooks);
    WANT(remote_bind(&name, p, 0) == IST_OK);
    WANT(pthread_create(&thread, NULL, drop_when_told, &c) == 0);
    for (unsigned i = 0; i < 2000; i++) {
        struct remote_handle got;
        uint32_t value;
        WANT(remote_push(getpid(), p, 3, 0, "Ltwice", &value) == IST_OK);
        c.delay = i * 37 % 40000;
        atomic_store(&c.go, 1);
        WANT(remote_take(value, &got) == IST_OK);
        WANT(strcmp(got.name_key, "Ltwice") == 0);
        parcel_close(&got.parcel);
        while (atomic_load(&c.go))
            sched_yield();
        WANT(remote_find_name(&name, &found) == IST_OK); /* the hold that came is left */
        parcel_close(&found);
    }
    atomic_store(&c.go, -1);
    WANT(pthread_join(thread, NULL) == 0);
    remote_drop_name("Ltwice", p->id);
    WANT(remote_find_name(&name, &found) == IST_NOT_FOUND);
    return 0;
}

TEST(a_hold_that_is_just_arriving_outlives_another_one_that_goes)
{
    struct rig_folder folder = rig_folder_new();
    CHECK_EQ(rig_join(rig_child(take_while_dropping, NULL)), 0);
    rig_folder_end(&folder);
}
