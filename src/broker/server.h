/* SPDX-License-Identifier: MIT */
/*
 * The broker's state and its one loop. Single-threaded; nothing in it waits for a client: a
 * reply that does not fit into the client's socket drops the client.
 *
 * The rule that makes hand-overs exact: a request is answered only after one whole sweep over
 * all sockets and pipes that began when the request had already been read. So what any process
 * posted, closed or lost by its death before that request was sent has been seen.
 */
#ifndef ISTHMUS_BROKER_SERVER_H
#define ISTHMUS_BROKER_SERVER_H

#include "broker/mailbox.h"
#include "broker/past.h"
#include "broker/peer.h"
#include "broker/registry.h"

struct server {
    struct loop loop;
    struct quota quota;
    struct journal journal;
    struct registry registry;
    struct mailboxes mail;
    struct past past;
    struct source listener; /* -1: peers are added by hand */
    int spare; /* an fd for telling somebody that none is left; -1: without listener */
    struct list peers;
    struct list arrived; /* peers whose request was read and must wait for a sweep */
    struct list waiting; /* peers whose request waits for somebody, until its deadline */
    unsigned peer_count, client_count; /* clients: welcome ones, without tools */
    bool stop;
    int64_t idle_since; /* the last client went then; only while there is none */
    int64_t idle_ns, first_ns, started;
    uint32_t next_token;
    struct wire_message in, out; /* scratch: being received, being sent */
};

struct server_options {
    int folder;        /* -1: no journal */
    int listener;      /* taken; -1: none */
    uint64_t fd_limit; /* what this process may open */
    int64_t idle_ms;   /* without clients for so long: over */
    int64_t first_ms;  /* the same for the very first one, if longer */
};

struct server *server_new(const struct server_options *options);
void server_free(struct server *server);

/* Takes the socket of a process that the kernel vouches for. False: refused and closed. */
bool server_add(struct server *server, int sock, pid_t pid, uid_t uid);

/* One turn of the loop, waiting at most `ms` (-1: as long as nothing is due). */
void server_turn(struct server *server, int ms);

/* Told to stop, or idle for long enough. */
bool server_is_over(const struct server *server);

#endif
