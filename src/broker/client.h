/* SPDX-License-Identifier: MIT */
/*
 * The process's connection to the broker. Two locks:
 *   the request lock is held over a whole question and answer, outside the fork gate;
 *   the state lock, inside the gate and only for moments, guards the sockets' numbers, the
 *   sequence of messages, the names that are held and the handles that were fetched ahead.
 * Posts take only the state lock, so closing a handle never waits for somebody's question.
 */
#ifndef ISTHMUS_BROKER_CLIENT_H
#define ISTHMUS_BROKER_CLIENT_H

#include "broker/channel.h"
#include "broker/table.h"

#include <pthread.h>

#define CLIENT_DEADLINE_MS 5000 /* for a connection, and for each answer */
#define CLIENT_DEADLINES 4      /* so many for a broker that is slow, and not stopped */

struct client {
    pthread_mutex_t request_lock;
    struct wire_message message; /* under the request lock: question, then answer */
    int fds[PARCEL_FDS];         /* of the answer */

    pthread_mutex_t state_lock;
    const struct remote_hooks *hooks;
    int requests, events; /* sockets; -1: none. Changed under both locks */
    uint32_t seq, event_seq;
    bool restore;        /* there was a connection before: register again */
    bool named;          /* held a name since then: the journal may say that it still does */
    struct table names;  /* of struct client_name */
    struct list holding; /* the same */
    struct list unsent;  /* those of them that a new broker has not been told of yet */
    atomic_bool broken;  /* set when the broker hung up; read by who asks next */
    atomic_bool attending, has_mail;
};

/* A name that this process holds. */
struct client_name {
    struct table_link by_key;
    struct list link; /* in client.holding or client.unsent */
    unsigned char id[16];
    uint32_t access;
    unsigned holds; /* the broker hears of the last one's end; 0: inherited, nobody's yet */
    bool exact_case;
    const char *exact; /* behind the key; "": only the broker's journal knows */
    char key[];
};

/* The one client of the process; made by the first call. */
struct client *client_get(void);

/* Between these: client->message and client_ask(). */
void client_begin(struct client *client, enum wire_type type);
void client_end(struct client *client);

/*
 * Sends client->message with `fds` (NULL: none) and waits for an answer of type `wanted`, which
 * is then in client->message and client->fds (the caller's). Connects if need be; starts a
 * broker if `start`. Fails with the broker's reason, or IST_NO_BROKER.
 */
enum ist_status client_ask(struct client *client, const int *fds, enum wire_type wanted,
                           bool start) MUST_CHECK;

/* client_connect.c, under the request lock: a connection, registered again if it is new. */
enum ist_status client_connect(struct client *client, bool start) MUST_CHECK;
void client_disconnect(struct client *client);
/* One message on a fresh or standing connection; waits for room in the socket. */
enum channel_result client_send(struct client *client, struct wire_message *message,
                                const int *fds);

/* The next message of the broker; CHANNEL_LATER: it is stopped, or took all deadlines. */
enum channel_result client_receive(int sock, struct wire_message *message, int fds[PARCEL_FDS],
                                   const char **why);

/* client_names.c, under the request lock. An answer gave one hold; false: it is given back. */
bool client_name_add(struct client *client, const struct wire_message *bound);
/* By any thread: one more hold, if the broker notes us as a holder of that name already. */
bool client_name_hold(struct client *client, const char *key, const unsigned char id[16]);
/* For a handle that came and was not taken: gives back the hold that came with it. */
void client_name_decline(struct client *client, const char *key, const unsigned char id[16]);
bool client_restore_all(struct client *client);
bool client_holds_something(struct client *client);

/* client_event.c */
bool client_listen(struct client *client, int events);
void client_attend(struct client *client);
bool client_keep_drop(const struct wire_message *drop);

/* client_remote.c: out of an IS_HANDLE answer; takes its fds. */
void client_take_handle(struct client *client, struct remote_handle *out);

#endif
