/* SPDX-License-Identifier: MIT */
/*
 * A broker inside the test, and raw connections to it: what a client of ours never sends can be
 * sent here. Every exchange turns the server's loop by hand.
 */
#ifndef ISTHMUS_TESTS_BROKER_SERVER_RIG_H
#define ISTHMUS_TESTS_BROKER_SERVER_RIG_H

#include "broker/channel.h"
#include "broker/server.h"
#include "rig.h"

#include <sys/socket.h>

struct raw {
    struct server *server;
    int sock, events;
    uint32_t seq, event_seq;
    struct wire_message m; /* the last answer */
    int fds[PARCEL_FDS];   /* that came with it */
};

__attribute__((unused)) static struct server *rig_server(void)
{
    struct server_options options = {.folder = -1,
                                     .listener = -1,
                                     .fd_limit = 1024,
                                     .idle_ms = 1000};
    struct server *server = server_new(&options);
    CHECK(server);
    return server;
}

__attribute__((unused)) static void rig_turn(struct server *server)
{
    for (unsigned i = 0; i < 4; i++)
        server_turn(server, 0);
}

/* A connection that has said nothing yet, as if from process `pid`. */
__attribute__((unused)) static struct raw raw_open_as(struct server *server, pid_t pid)
{
    struct raw raw = {.server = server, .events = -1, .fds = {-1, -1, -1, -1}};
    int pair[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    raw.sock = pair[0];
    CHECK(server_add(server, pair[1], pid, geteuid()));
    return raw;
}

/* Sends raw->m (its type and fields are set) and turns the loop. */
__attribute__((unused)) static void raw_send(struct raw *raw, const int *fds)
{
    raw->m.seq = ++raw->seq;
    CHECK_EQ(channel_send(raw->sock, &raw->m, fds, MSG_DONTWAIT), CHANNEL_OK);
    rig_turn(raw->server);
}

/* The next answer's type; 0: none, 1: the broker hung up. */
__attribute__((unused)) static uint32_t raw_receive(struct raw *raw)
{
    const char *why;
    channel_close_fds(raw->fds);
    switch (channel_receive(raw->sock, &raw->m, raw->fds, MSG_DONTWAIT, &why)) {
    case CHANNEL_OK: return raw->m.type;
    case CHANNEL_LATER: return 0;
    default: return 1;
    }
}

__attribute__((unused)) static uint32_t raw_ask(struct raw *raw, const int *fds)
{
    raw_send(raw, fds);
    return raw_receive(raw);
}

__attribute__((unused)) static struct raw raw_client_as(struct server *server, pid_t pid)
{
    struct raw raw = raw_open_as(server, pid);
    wire_start(&raw.m, WIRE_HELLO);
    raw.m.version_low = raw.m.version_high = WIRE_VERSION;
    CHECK_EQ(raw_ask(&raw, NULL), WIRE_WELCOME);
    raw.events = raw.fds[0];
    raw.fds[0] = -1;
    return raw;
}

__attribute__((unused)) static struct raw raw_client(struct server *server)
{
    return raw_client_as(server, getpid());
}

__attribute__((unused)) static void raw_close(struct raw *raw)
{
    channel_close_fds(raw->fds);
    if (raw->sock >= 0)
        close(raw->sock);
    if (raw->events >= 0)
        close(raw->events);
    raw->sock = raw->events = -1;
    rig_turn(raw->server);
}

/* The status of the last answer, as core knows it. */
__attribute__((unused)) static enum ist_status raw_status(const struct raw *raw)
{
    return raw->m.type == WIRE_ANSWER ? wire_status_to(raw->m.status) : IST_OK;
}

__attribute__((unused)) static uint32_t raw_publish(struct raw *raw,
                                                    const struct parcel *parcel)
{
    wire_start(&raw->m, WIRE_PUBLISH);
    channel_put_parcel(&raw->m.parcel, parcel);
    return raw_ask(raw, parcel->fd) == WIRE_IS_NUMBER ? raw->m.number : 0;
}

__attribute__((unused)) static bool raw_find(struct raw *raw, uint32_t number)
{
    wire_start(&raw->m, WIRE_FIND_NUMBER);
    raw->m.number = number;
    return raw_ask(raw, NULL) == WIRE_IS_PARCEL;
}

__attribute__((unused)) static enum ist_status raw_bind(struct raw *raw, const char *key,
                                                        const struct parcel *parcel)
{
    wire_start(&raw->m, WIRE_BIND);
    strcpy(raw->m.key, key);
    strcpy(raw->m.words, *key ? key + 1 : "");
    channel_put_parcel(&raw->m.parcel, parcel);
    CHECK_EQ(raw_ask(raw, parcel->fd), WIRE_ANSWER);
    return raw_status(raw);
}

__attribute__((unused)) static enum ist_status raw_find_name(struct raw *raw, const char *key)
{
    wire_start(&raw->m, WIRE_FIND_NAME);
    strcpy(raw->m.key, key);
    strcpy(raw->m.words, *key ? key + 1 : "");
    raw_ask(raw, NULL);
    return raw_status(raw);
}

/* The broker still serves others, and keeps nothing of what was there. */
__attribute__((unused)) static void rig_server_end(struct server *server)
{
    struct parcel parcel = rig_parcel();
    struct raw other = raw_client(server);
    CHECK(raw_publish(&other, &parcel) != 0);
    CHECK(raw_find(&other, other.m.number));
    raw_close(&other);
    rig_drop(&parcel);
    rig_turn(server);
    CHECK_EQ(server->registry.by_id.count, 0);
    CHECK_EQ(server->registry.names.count, 0);
    CHECK_EQ(server->peer_count, 0);
    for (unsigned i = 0; i < QUOTA_KINDS; i++)
        CHECK_EQ(server->quota.used[i], 0);
    server_free(server);
}

#endif
