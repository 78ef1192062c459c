/* SPDX-License-Identifier: MIT */
/* Connections that cannot be had, and those that go wrong. */
#include "broker/channel.h"
#include "broker/folder.h"
#include "rig.h"

#include <sys/socket.h>

static int expect_none(void *arg)
{
    const char *word = arg;
    struct parcel p = rig_parcel(), found;
    uint32_t number;
    struct remote_name name = rig_name("La");
    for (unsigned i = 0; i < 3; i++) {
        WANT(remote_publish(&p, &number) == IST_NO_BROKER);
        WANT(strstr(ist_explain(), word));
        WANT(remote_find_number(0x44000042, &found) == IST_NO_BROKER);
        WANT(remote_bind(&name, &p, 0) == IST_NO_BROKER);
        WANT(remote_find_name(&name, &found) == IST_NO_BROKER);
        remote_drop_name("La", p.id);
    }
    rig_drop(&p);
    return 0;
}

static void expect(const char *word)
{
    CHECK_EQ(rig_join(rig_child(expect_none, (void *)(uintptr_t)word)), 0);
}

TEST(no_broker_is_an_answer_of_its_own)
{
    struct rig_folder folder = rig_folder_new();
    setenv("ISTHMUS_LOG", "off", 1);
    setenv("ISTHMUS_BROKER", "off", 1);
    expect("ISTHMUS_BROKER=off");
    unsetenv("ISTHMUS_BROKER");
    setenv("ISTHMUS_BROKER_PATH", "/nowhere/broker", 1);
    expect("ISTHMUS_BROKER_PATH");
    unsetenv("ISTHMUS_BROKER_PATH");
    setenv("ISTHMUS_RUNTIME_DIR", "/nowhere/at/all", 1);
    expect("cannot be");
    setenv("ISTHMUS_RUNTIME_DIR", folder.path, 1);
    CHECK_EQ(chmod(folder.path, 0711), 0);
    expect("mode 0700");
    CHECK_EQ(chmod(folder.path, 0700), 0);
    rig_folder_end(&folder);
}

static int look_only(void *arg)
{
    (void)arg;
    struct parcel found;
    WANT(remote_find_number(0x44000042, &found) == IST_NO_BROKER);
    return 0;
}

TEST(looking_something_up_starts_no_broker)
{
    struct rig_folder folder = rig_folder_new();
    CHECK_EQ(rig_join(rig_child(look_only, NULL)), 0);
    CHECK_EQ(rig_broker(&folder), 0);
    rig_folder_end(&folder);
}

static int meet_old_broker(void *arg)
{
    (void)arg;
    struct parcel p = rig_parcel();
    uint32_t number;
    WANT(remote_publish(&p, &number) == IST_VERSION);
    WANT(strstr(ist_explain(), "speak to me in version 7"));
    rig_drop(&p);
    return 0;
}

/* A broker that the test plays. */
struct played {
    int dir, listener, sock;
    uint32_t seq; /* of HELLO */
};

static struct played play_broker(void)
{
    struct played b = {.sock = -1};
    struct sockaddr_un address;
    char why[512];
    b.dir = folder_open(true, why, sizeof(why));
    socklen_t size = folder_address(b.dir, FOLDER_SOCKET, &address);
    b.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    CHECK_EQ(bind(b.listener, (struct sockaddr *)&address, size), 0);
    CHECK_EQ(listen(b.listener, 4), 0);
    return b;
}

static void hear_hello(struct played *b)
{
    struct wire_message m;
    int fds[PARCEL_FDS];
    const char *bad = NULL;
    b->sock = accept4(b->listener, NULL, NULL, SOCK_CLOEXEC);
    CHECK_EQ(channel_receive(b->sock, &m, fds, 0, &bad), CHANNEL_OK);
    CHECK_EQ(m.type, WIRE_HELLO);
    CHECK_EQ(m.version_high, WIRE_VERSION);
    b->seq = m.seq;
}

static void refuse_hello(struct played *b)
{
    struct wire_message m;
    wire_start(&m, WIRE_ANSWER);
    m.seq = b->seq;
    m.status = wire_status_from(IST_VERSION);
    strcpy(m.words, "speak to me in version 7");
    CHECK_EQ(channel_send(b->sock, &m, NULL, 0), CHANNEL_OK);
}

static void end_play(struct played *b)
{
    close(b->sock);
    close(b->listener);
    close(b->dir);
}

TEST(a_broker_of_another_version_is_reported_in_its_words)
{
    struct rig_folder folder = rig_folder_new();
    struct played broker = play_broker();
    pid_t child = rig_child(meet_old_broker, NULL);
    hear_hello(&broker);
    refuse_hello(&broker);
    CHECK_EQ(rig_join(child), 0);
    end_play(&broker);
    rig_folder_end(&folder);
}

static int give_up_on_stopped(void *arg)
{
    struct rig_folder *folder = arg;
    struct parcel p = rig_parcel();
    uint32_t number;
    WANT(remote_publish(&p, &number) == IST_OK);
    pid_t broker = rig_broker(folder);
    WANT(rig_stop(broker));
    WANT(remote_publish(&p, &number) == IST_NO_BROKER);
    WANT(strstr(ist_explain(), "does not answer"));
    WANT(kill(broker, SIGCONT) == 0);
    WANT(remote_publish(&p, &number) == IST_OK);
    rig_drop(&p);
    return 0;
}

/* One that is slow is waited for longer: its answer comes when the stopped one is given up. */
TEST(a_stopped_broker_does_not_stop_its_clients)
{
    struct rig_folder slow_folder = rig_folder_new();
    struct played slow = play_broker();
    pid_t patient = rig_child(meet_old_broker, NULL);
    hear_hello(&slow);
    setenv("ISTHMUS_LOG", "off", 1);
    char path[96];
    snprintf(path, sizeof(path), "%s/stopped", slow_folder.path);
    CHECK_EQ(mkdir(path, 0700), 0);
    setenv("ISTHMUS_RUNTIME_DIR", path, 1);
    struct rig_folder folder;
    CHECK(snprintf(folder.path, sizeof(folder.path), "%s", path) > 0);
    CHECK_EQ(rig_join(rig_child(give_up_on_stopped, &folder)), 0);
    refuse_hello(&slow);
    CHECK_EQ(rig_join(patient), 0);
    end_play(&slow);
    rig_folder_end(&folder);
    rig_folder_end(&slow_folder);
}
