/* SPDX-License-Identifier: MIT */
/*
 * One connection. A client has at most one request under way; anything else it sends is a post.
 * Breaking a rule of the protocol ends the connection, with one line in the log.
 */
#ifndef ISTHMUS_BROKER_PEER_H
#define ISTHMUS_BROKER_PEER_H

#include "broker/quota.h"
#include "broker/source.h"
#include "broker/wire.h"

struct server;
struct listing;

#define PEER_NAME 32

/* Why a request is not answered yet. */
enum peer_wait {
    WAIT_NONE,
    WAIT_SWEEP,  /* on server.arrived */
    WAIT_PAST,   /* a survivor of the last broker may hold what it asks for */
    WAIT_GIVE,   /* another process is asked for a handle */
    WAIT_REPORTS /* the clients are asked what they hold */
};

struct peer {
    struct source requests, events;
    struct server *server;
    struct list link;  /* in server.peers */
    struct list turn;  /* in server.arrived or .waiting */
    struct list holds; /* of struct hold.in_owner */
    pid_t pid;
    uint64_t start;
    uid_t uid;
    char program[PEER_NAME];
    uint32_t last_seq, last_event;
    bool welcome, tool, in_journal, mail_told;
    bool asked;     /* its report is under way */
    bool restoring; /* some of its objects are here again, their names may not be yet */
    unsigned gives_due;
    struct account *account;

    enum peer_wait wait;
    int64_t deadline, asked_ns;
    uint32_t token;    /* WAIT_GIVE: what the answer carries */
    struct peer *from; /* WAIT_GIVE: who is asked; NULL: it has gone */
    struct wire_message *request;
    int fds[PARCEL_FDS]; /* of the request */

    struct listing *listing; /* between LIST and the last NEXT */
    struct listing *reports; /* what this client reported for a listing under way */
};

/* Takes the socket, also on failure. NULL: no memory. */
struct peer *peer_new(struct server *server, int sock, pid_t pid, uid_t uid);
/* Everything that it held goes. */
void peer_drop(struct peer *peer, const char *why);

/* Answers the request under way. False: the peer is gone. */
bool peer_answer(struct peer *peer, struct wire_message *message, const int fds[PARCEL_FDS]);
bool peer_say(struct peer *peer, enum ist_status status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Sends on the event channel. False: the peer is gone, or has none. */
bool peer_tell(struct peer *peer, struct wire_message *message);

/* Keeps the request until `ms` from now at most. */
void peer_wait_for(struct peer *peer, enum peer_wait wait, int ms);

/* How much longer the request under way may be kept at all; 0: answer now. */
int peer_patience_ms(const struct peer *peer);

/* It holds something now: a successor of ours must wait for it. */
void peer_note(struct peer *peer);

struct peer *peer_of_process(struct server *server, pid_t pid, uint64_t start);

/* Makes the event channel; the client's end is the caller's. -1: no fd is free. */
int peer_open_events(struct peer *peer);

/* requests.c: what a request asks for. It is answered, or waits; the peer may be gone. */
void request_handle(struct peer *peer);
void request_expired(struct peer *peer);

/*
 * posts.c: what needs no answer, and the answers on the event channel. NULL, or which rule was
 * broken. The fds that they take they set to -1.
 */
const char *post_handle(struct peer *peer, struct wire_message *message, int fds[PARCEL_FDS]);
const char *event_answer_handle(struct peer *peer, struct wire_message *message,
                                int fds[PARCEL_FDS]);

#endif
