/* SPDX-License-Identifier: MIT */
/*
 * Reading what a connection sends, in order and within its rules: HELLO first, sequence numbers
 * that only rise, one request at a time, nothing that only the broker may send.
 */
#include "broker/peer.h"

#include "base/futex.h"
#include "base/log.h"
#include "broker/channel.h"
#include "broker/listing.h"
#include "broker/proc.h"
#include "broker/server.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGES_IN_TURN \
    512 /* more than a socket's buffer holds: an honest client is read dry */
#define NS_PER_MS INT64_C(1000000)
#define PATIENCE_MS 4500 /* of who asks: less than a client's deadline for an answer */

static void on_requests(struct source *source);

struct peer *peer_new(struct server *server, int sock, pid_t pid, uid_t uid)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    struct wire_message *request = malloc(sizeof(*request));
    if (!peer || !request) {
        free(peer);
        free(request);
        close(sock);
        return NULL;
    }
    peer->server = server;
    peer->pid = pid;
    peer->uid = uid;
    peer->start = proc_start(pid, NULL);
    peer->request = request;
    peer->events.fd = -1;
    peer->requests.ready = on_requests;
    memset(peer->fds, -1, sizeof(peer->fds));
    list_init(&peer->holds);
    proc_program(pid, peer->program, sizeof(peer->program));
    list_append(&server->peers, &peer->link);
    server->peer_count++;
    if (!loop_add(&server->loop, &peer->requests, sock, true)) {
        peer_drop(peer, "the broker cannot watch one more socket");
        return NULL;
    }
    return peer;
}

/* Whoever waits for a handle of this process gets its answer in the next turn. */
static void disappoint(struct peer *peer)
{
    list_for_each (item, next, &peer->server->waiting) {
        struct peer *other = container_of(item, struct peer, turn);
        if (other->wait == WAIT_GIVE && other->from == peer) {
            other->from = NULL;
            other->deadline = 0;
        }
    }
}

static void leave_turn(struct peer *peer)
{
    if (peer->turn.next)
        list_remove(&peer->turn);
    peer->wait = WAIT_NONE;
}

void peer_drop(struct peer *peer, const char *why)
{
    struct server *server = peer->server;
    if (why)
        log_line(LOG_WARN, "broker", "process %d (%s) is disconnected: %s", peer->pid,
                 peer->program, why);
    leave_turn(peer);
    disappoint(peer);
    channel_close_fds(peer->fds);
    list_remove(&peer->link);
    server->peer_count--;
    loop_remove(&server->loop, &peer->requests);
    loop_remove(&server->loop, &peer->events);
    list_for_each (item, next, &peer->holds)
        hold_remove(container_of(item, struct hold, in_owner));
    if (peer->welcome && !peer->tool && --server->client_count == 0)
        server->idle_since = clock_now_ns();
    if (peer->in_journal)
        journal_process(&server->journal, WIRE_J_GONE, peer->pid, peer->start);
    account_drop(peer->account);
    listing_free(peer->listing);
    listing_free(peer->reports);
    free(peer->request);
    free(peer);
}

bool peer_answer(struct peer *peer, struct wire_message *message, const int fds[PARCEL_FDS])
{
    message->seq = peer->request->seq;
    leave_turn(peer);
    channel_close_fds(peer->fds);
    if (channel_send(peer->requests.fd, message, fds, MSG_DONTWAIT) == CHANNEL_OK)
        return true;
    peer_drop(peer, "it does not read its answers");
    return false;
}

bool peer_say(struct peer *peer, enum ist_status status, const char *fmt, ...)
{
    struct wire_message *answer = &peer->server->out;
    va_list args;
    wire_start(answer, WIRE_ANSWER);
    answer->status = wire_status_from(status);
    va_start(args, fmt);
    vsnprintf(answer->words, sizeof(answer->words), fmt, args);
    va_end(args);
    return peer_answer(peer, answer, NULL);
}

bool peer_tell(struct peer *peer, struct wire_message *message)
{
    if (peer->events.fd < 0)
        return false;
    if (channel_send(peer->events.fd, message, NULL, MSG_DONTWAIT) == CHANNEL_OK)
        return true;
    peer_drop(peer, "it does not read its events");
    return false;
}

int peer_patience_ms(const struct peer *peer)
{
    int64_t left = peer->asked_ns + PATIENCE_MS * NS_PER_MS - clock_now_ns();
    return left > 0 ? (int)((left + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

void peer_wait_for(struct peer *peer, enum peer_wait wait, int ms)
{
    leave_turn(peer);
    peer->wait = wait;
    peer->deadline = clock_now_ns() + ms * NS_PER_MS;
    list_append(&peer->server->waiting, &peer->turn);
}

void peer_note(struct peer *peer)
{
    if (peer->in_journal || peer->tool)
        return;
    peer->in_journal = true;
    journal_process(&peer->server->journal, WIRE_J_CLIENT, peer->pid, peer->start);
}

struct peer *peer_of_process(struct server *server, pid_t pid, uint64_t start)
{
    list_for_each (item, next, &server->peers) {
        struct peer *peer = container_of(item, struct peer, link);
        if (peer->pid == pid && peer->start == start && peer->welcome && !peer->tool)
            return peer;
    }
    return NULL;
}

/* The request waits for a sweep that begins after now. */
static const char *take_request(struct peer *peer, const struct wire_message *message,
                                int fds[PARCEL_FDS])
{
    if (peer->wait != WAIT_NONE)
        return "it asks again before it was answered";
    if (!peer->welcome && message->type != WIRE_HELLO)
        return "its first message is not HELLO";
    if (peer->welcome && message->type == WIRE_HELLO)
        return "it says HELLO twice";
    *peer->request = *message;
    peer->asked_ns = clock_now_ns();
    memcpy(peer->fds, fds, sizeof(peer->fds));
    memset(fds, -1, sizeof(peer->fds));
    peer->wait = WAIT_SWEEP;
    list_append(&peer->server->arrived, &peer->turn);
    return NULL;
}

static const char *take_message(struct peer *peer, struct wire_message *message,
                                int fds[PARCEL_FDS])
{
    if (message->type >= WIRE_FIRST_ANSWER)
        return "it sends what only the broker may send";
    if (message->seq <= peer->last_seq)
        return "it repeats a message or sends them out of order";
    peer->last_seq = message->seq;
    if (message->type < WIRE_FIRST_POST)
        return take_request(peer, message, fds);
    if (!peer->welcome || peer->tool)
        return "it posts without being a client";
    return post_handle(peer, message, fds);
}

/* One message; false: nothing more for this sweep, or the peer is gone. */
static bool read_one(struct peer *peer)
{
    struct server *server = peer->server;
    int fds[PARCEL_FDS];
    const char *wrong = NULL;
    switch (channel_receive(peer->requests.fd, &server->in, fds, MSG_DONTWAIT, &wrong)) {
    case CHANNEL_OK: wrong = take_message(peer, &server->in, fds); break;
    case CHANNEL_LATER: return false;
    case CHANNEL_BAD: break;
    case CHANNEL_FULL: wrong = "the broker has no file descriptor left for it"; break;
    case CHANNEL_CLOSED: peer_drop(peer, NULL); return false;
    }
    channel_close_fds(fds);
    if (wrong) {
        peer_drop(peer, wrong);
        return false;
    }
    return server->in.type >= WIRE_FIRST_POST; /* behind a request, posts come next sweep */
}

static void on_requests(struct source *source)
{
    struct peer *peer = container_of(source, struct peer, requests);
    for (unsigned i = 0; i < MESSAGES_IN_TURN; i++)
        if (!read_one(peer))
            return;
}

static const char *take_event_answer(struct peer *peer, struct wire_message *message,
                                     int fds[PARCEL_FDS])
{
    if (message->seq <= peer->last_event)
        return "it repeats an answer or sends them out of order";
    peer->last_event = message->seq;
    return event_answer_handle(peer, message, fds);
}

/* What a client answers on its event channel. */
static void on_events(struct source *source)
{
    struct peer *peer = container_of(source, struct peer, events);
    struct server *server = peer->server;
    for (unsigned i = 0; i < MESSAGES_IN_TURN; i++) {
        int fds[PARCEL_FDS];
        const char *wrong = NULL;
        switch (channel_receive(source->fd, &server->in, fds, MSG_DONTWAIT, &wrong)) {
        case CHANNEL_OK: wrong = take_event_answer(peer, &server->in, fds); break;
        case CHANNEL_LATER: return;
        case CHANNEL_BAD: break;
        case CHANNEL_FULL: wrong = "the broker has no file descriptor left for it"; break;
        case CHANNEL_CLOSED: peer_drop(peer, NULL); return;
        }
        channel_close_fds(fds);
        if (wrong) {
            peer_drop(peer, wrong);
            return;
        }
    }
}

int peer_open_events(struct peer *peer)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return -1;
    peer->events.ready = on_events;
    if (loop_add(&peer->server->loop, &peer->events, pair[0], true))
        return pair[1];
    close(pair[1]);
    return -1;
}
