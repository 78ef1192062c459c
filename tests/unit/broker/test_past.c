/* SPDX-License-Identifier: MIT */
/* kill -9 the broker: what survivors hold comes back, and nobody else gets it meanwhile. */
#include "rig.h"

#define CLIENTS 10

struct survivor {
    struct rig_wire wire;
    unsigned index;
    uint32_t number;
    struct parcel parcel;
};

static struct remote_name name_of(unsigned index, char text[32])
{
    snprintf(text, 32, "Lsurvivor-%u", index);
    return rig_name(text);
}

/* Holds an object with a number and a name; does nothing until told to end. */
static int survive(void *arg)
{
    struct survivor *s = arg;
    char byte, text[32];
    uint32_t number;
    struct parcel *p = rig_hold(s->parcel);
    struct remote_name name = name_of(s->index, text);
    WANT(remote_publish(p, &number) == IST_OK);
    WANT(remote_bind(&name, p, 0) == IST_OK);
    rig_put(s->wire.to_test[1], &number, sizeof(number));
    WANT(rig_get(s->wire.to_child[0], &byte, 1));
    return 0;
}

static int newcomer(void *arg)
{
    struct survivor *all = arg;
    struct parcel found, own = rig_parcel();
    uint32_t number;
    char text[32];
    rig_hold(own);
    WANT(remote_publish(&own, &number) == IST_OK);
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct remote_name name = name_of(i, text);
        WANT(number != all[i].number);
        WANT(remote_bind(&name, &own, 0) == IST_NAME_TAKEN);
        WANT(remote_find_number(all[i].number, &found) == IST_OK);
        WANT(rig_same(&all[i].parcel, &found));
        parcel_close(&found);
        WANT(remote_find_name(&name, &found) == IST_OK);
        WANT(rig_same(&all[i].parcel, &found));
        parcel_close(&found);
    }
    return 0;
}

static void start(struct survivor *all, pid_t *pids)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        all[i] = (struct survivor){rig_wire_new(), i, 0, rig_parcel()};
        pids[i] = rig_child(survive, &all[i]);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        CHECK(rig_get(all[i].wire.to_test[0], &all[i].number, sizeof(all[i].number)));
        rig_drop(&all[i].parcel); /* from here only the child holds it */
        all[i].parcel = rig_parcel();
        rig_drop(&all[i].parcel);
    }
}

static void finish(struct survivor *all, const pid_t *pids)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        rig_put(all[i].wire.to_child[1], "x", 1);
        CHECK_EQ(rig_join(pids[i]), 0);
        rig_wire_end(&all[i].wire);
    }
}

/* The parcels must stay comparable: the test keeps copies without the life pipe. */
static void start_kept(struct survivor *all, pid_t *pids)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        all[i] = (struct survivor){rig_wire_new(), i, 0, rig_parcel()};
        pids[i] = rig_child(survive, &all[i]);
        close(all[i].parcel.fd[PARCEL_LIFE]);
        all[i].parcel.fd[PARCEL_LIFE] = -1;
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK(rig_get(all[i].wire.to_test[0], &all[i].number, sizeof(all[i].number)));
}

static void kill_broker(const struct rig_folder *folder)
{
    pid_t broker = rig_broker(folder);
    CHECK(broker > 1);
    CHECK_EQ(kill(broker, SIGKILL), 0);
    while (rig_broker(folder) == broker)
        rig_nap(1);
}

TEST(ten_idle_clients_register_again_after_the_broker_was_killed)
{
    struct rig_folder folder = rig_folder_new();
    struct survivor all[CLIENTS];
    pid_t pids[CLIENTS];
    start_kept(all, pids);
    for (unsigned round = 0; round < 3; round++) {
        CHECK_EQ(rig_join(rig_child(newcomer, all)), 0);
        kill_broker(&folder);
        CHECK_EQ(rig_join(rig_child(newcomer, all)), 0); /* at once: nobody had time */
    }
    finish(all, pids);
    for (unsigned i = 0; i < CLIENTS; i++)
        rig_drop(&all[i].parcel);
    rig_folder_end(&folder);
}

TEST(idle_clients_start_a_broker_by_themselves)
{
    struct rig_folder folder = rig_folder_new();
    struct survivor all[CLIENTS];
    pid_t pids[CLIENTS];
    start(all, pids);
    pid_t before = rig_broker(&folder);
    kill_broker(&folder);
    pid_t after = 0;
    for (unsigned i = 0; i < 2000 && (!after || after == before); i++) {
        rig_nap(5);
        after = rig_broker(&folder);
    }
    CHECK(after > 1 && after != before);
    finish(all, pids);
    rig_folder_end(&folder);
}

static int impostor(void *arg)
{
    struct survivor *all = arg;
    struct parcel found, own = rig_parcel();
    char text[32];
    uint32_t number;
    struct remote_name name = name_of(0, text);
    WANT(remote_bind(&name, &own, 0) == IST_NAME_TAKEN);
    WANT(remote_find_name(&name, &found) == IST_NOT_FOUND);
    for (unsigned i = 0; i < 200; i++) {
        struct parcel more = rig_parcel();
        WANT(remote_publish(&more, &number) == IST_OK && number != all[0].number);
        rig_drop(&more);
    }
    return 0;
}

static int late_finder(void *arg)
{
    struct survivor *all = arg;
    struct parcel found;
    WANT(remote_find_number(all[0].number, &found) == IST_OK);
    WANT(memcmp(found.id, all[0].parcel.id, 16) == 0);
    return 0;
}

/* A survivor that cannot answer keeps its name and number all the same. */
TEST(a_stopped_survivor_loses_nothing)
{
    struct rig_folder folder = rig_folder_new();
    struct survivor one = {rig_wire_new(), 0, 0, rig_parcel()};
    pid_t pid = rig_child(survive, &one);
    CHECK(rig_get(one.wire.to_test[0], &one.number, sizeof(one.number)));
    rig_drop(&one.parcel);
    CHECK(rig_stop(pid));
    kill_broker(&folder);
    CHECK_EQ(rig_join(rig_child(impostor, &one)), 0);
    CHECK_EQ(kill(pid, SIGCONT), 0);
    int found = -1;
    for (unsigned i = 0; i < 500 && found != 0; i++) {
        found = rig_join(rig_child(late_finder, &one));
        rig_nap(20);
    }
    CHECK_EQ(found, 0);
    rig_put(one.wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(pid), 0);
    rig_wire_end(&one.wire);
    rig_folder_end(&folder);
}

static int publish_once(void *arg)
{
    (void)arg;
    uint32_t number;
    struct parcel own = rig_parcel();
    WANT(remote_publish(&own, &number) == IST_OK);
    rig_nap(50);
    return 0;
}

/* Exactly one broker: were there two, the second socket would hide the first's clients. */
TEST(processes_that_start_it_at_once_get_one_broker)
{
    for (unsigned round = 0; round < 3; round++) {
        struct rig_folder folder = rig_folder_new();
        pid_t pids[CLIENTS];
        for (unsigned i = 0; i < CLIENTS; i++)
            pids[i] = rig_child(publish_once, NULL);
        for (unsigned i = 0; i < CLIENTS; i++)
            CHECK_EQ(rig_join(pids[i]), 0);
        rig_folder_end(&folder);
    }
}

static int gap_user(void *arg)
{
    unsigned gap = *(unsigned *)arg;
    for (unsigned i = 0; i < 6; i++) {
        int failed = rig_join(rig_child(publish_once, NULL));
        WANT(failed == 0);
        rig_nap(gap + i);
    }
    return 0;
}

/* Clients that come in the moment in which an idle broker goes. */
TEST(a_client_that_meets_a_broker_about_to_end_gets_a_new_one)
{
    struct rig_folder folder = rig_folder_new();
    setenv("ISTHMUS_BROKER_IDLE_MS", "5", 1);
    unsigned gaps[] = {2, 3, 5, 8};
    pid_t pids[4];
    for (unsigned i = 0; i < 4; i++)
        pids[i] = rig_child(gap_user, &gaps[i]);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(rig_join(pids[i]), 0);
    rig_folder_end(&folder);
}

/* A broker that is told to end leaves its journal to the next one, as a killed one does. */
TEST(survivors_of_a_terminated_broker_keep_numbers_and_names)
{
    struct rig_folder folder = rig_folder_new();
    struct survivor all[CLIENTS];
    pid_t pids[CLIENTS];
    start_kept(all, pids);
    for (unsigned round = 0; round < 3; round++) {
        CHECK_EQ(rig_join(rig_child(newcomer, all)), 0);
        pid_t broker = rig_broker(&folder);
        CHECK_EQ(kill(broker, SIGTERM), 0);
        while (rig_broker(&folder) == broker)
            rig_nap(1);
    }
    CHECK_EQ(rig_join(rig_child(newcomer, all)), 0);
    finish(all, pids);
    for (unsigned i = 0; i < CLIENTS; i++)
        rig_drop(&all[i].parcel);
    rig_folder_end(&folder);
}
