/* SPDX-License-Identifier: MIT */
/* Messages with fds over a socket: in their places, none left open when something is wrong. */
#include "broker/channel.h"
#include "rig.h"

#include <sys/socket.h>

static void open_pair(int pair[2])
{
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
}

TEST(a_parcel_arrives_in_its_places)
{
    int pair[2], fds[PARCEL_FDS];
    struct wire_message m, got;
    struct parcel p = rig_parcel(), back;
    const char *why = NULL;
    open_pair(pair);
    close(p.fd[PARCEL_SYNC]);
    p.fd[PARCEL_SYNC] = -1;
    wire_start(&m, WIRE_PUBLISH);
    channel_put_parcel(&m.parcel, &p);
    CHECK_EQ(m.parcel.fds, 0xd);
    CHECK_EQ(channel_send(pair[0], &m, p.fd, 0), CHANNEL_OK);
    CHECK_EQ(channel_receive(pair[1], &got, fds, 0, &why), CHANNEL_OK);
    channel_get_parcel(&got.parcel, fds, &back);
    CHECK(rig_same(&p, &back));
    CHECK_EQ(back.fd[PARCEL_SYNC], -1);
    CHECK_EQ(fcntl(back.fd[PARCEL_PAYLOAD], F_GETFD), FD_CLOEXEC);
    CHECK_EQ(channel_receive(pair[1], &got, fds, 0, &why), CHANNEL_LATER);
    rig_drop(&back);
    rig_drop(&p);
    close(pair[0]);
    CHECK_EQ(channel_receive(pair[1], &got, fds, 0, &why), CHANNEL_CLOSED);
    CHECK_EQ(channel_send(pair[1], &m, p.fd, MSG_DONTWAIT), CHANNEL_CLOSED);
    close(pair[1]);
}

/* The harness counts fds: none of these may stay open. */
TEST(another_number_of_fds_than_said_is_refused)
{
    int pair[2], fds[PARCEL_FDS], list[12];
    struct wire_message m, got;
    unsigned char bytes[WIRE_MAX];
    const char *why;
    open_pair(pair);
    wire_start(&m, WIRE_PUBLISH);
    m.parcel.fds = 3;
    size_t size = wire_encode(&m, bytes);
    for (unsigned i = 0; i < 12; i++)
        list[i] = pair[0];
    for (unsigned count = 0; count <= 12; count++) {
        if (count == 2)
            continue;
        why = NULL;
        CHECK_EQ(channel_send_bytes(pair[0], bytes, size, list, count, 0), CHANNEL_OK);
        CHECK_EQ(channel_receive(pair[1], &got, fds, 0, &why), CHANNEL_BAD);
        CHECK(strstr(why, "file descriptors"));
        CHECK_EQ(fds[0], -1);
    }
    close(pair[0]);
    close(pair[1]);
}

static int without_fds(void *arg)
{
    int *sock = arg, fds[PARCEL_FDS];
    struct wire_message got;
    const char *why = NULL;
    for (int fd; (fd = dup(0)) >= 0;)
        WANT(fd < 100000);
    WANT(channel_receive(*sock, &got, fds, 0, &why) == CHANNEL_FULL);
    WANT(fds[0] == -1 && fds[1] == -1);
    return 0;
}

TEST(a_full_table_of_fds_is_told_apart_from_a_bad_message)
{
    int pair[2];
    struct wire_message m;
    struct parcel p = rig_parcel();
    open_pair(pair);
    wire_start(&m, WIRE_PUBLISH);
    channel_put_parcel(&m.parcel, &p);
    CHECK_EQ(channel_send(pair[0], &m, p.fd, 0), CHANNEL_OK);
    CHECK_EQ(rig_join(rig_child(without_fds, &pair[1])), 0);
    rig_drop(&p);
    close(pair[0]);
    close(pair[1]);
}

/* Closed with something unread: the kernel tells of that before it gives out what was sent. */
TEST(the_last_words_of_who_did_not_listen_arrive)
{
    struct wire_message m;
    int pair[2], fds[PARCEL_FDS];
    const char *why;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    wire_start(&m, WIRE_HELLO);
    CHECK_EQ(channel_send(pair[0], &m, NULL, 0), CHANNEL_OK);
    wire_start(&m, WIRE_ANSWER);
    strcpy(m.words, "no");
    CHECK_EQ(channel_send(pair[1], &m, NULL, 0), CHANNEL_OK);
    close(pair[1]);
    CHECK_EQ(channel_receive(pair[0], &m, fds, 0, &why), CHANNEL_OK);
    CHECK_STR(m.words, "no");
    CHECK_EQ(channel_receive(pair[0], &m, fds, 0, &why), CHANNEL_CLOSED);
    close(pair[0]);
}
