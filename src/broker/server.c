/* SPDX-License-Identifier: MIT */
/*
 * The loop's turn: sweep, answer what was read before the sweep, see what is due. The sweep
 * does not sleep while somebody waits for an answer.
 */
#include "broker/server.h"

#include "base/futex.h"
#include "base/log.h"
#include "broker/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
#define PEERS_MAX 1024
#define PEERS_OF_ONE 64 /* a process needs one; tests have some more */
#define ACCEPT_AT_ONCE 64

static void on_listener(struct source *source);

static void read_past(struct server *server, int folder)
{
    past_begin(&server->past);
    uint32_t epoch = journal_epoch(folder);
    server->registry.epoch = epoch;
    mailboxes_init(&server->mail, &server->loop, epoch);
}

static int spare_fd(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool number_is_reserved(void *user, uint32_t number)
{
    return past_has_number(user, number);
}

/* Each part is ended by server_free(), begun or not. */
static bool start_parts(struct server *server, const struct server_options *options)
{
    quota_init(&server->quota, options->fd_limit);
    if (!loop_init(&server->loop) || !past_init(&server->past, &server->loop) ||
        !registry_init(&server->registry, &server->loop, &server->journal) ||
        !journal_open(&server->journal, options->folder, past_record, &server->past))
        return false;
    server->registry.is_reserved = number_is_reserved;
    server->registry.user = &server->past;
    read_past(server, options->folder);
    server->listener.ready = on_listener;
    int listener = options->listener;
    if (listener >= 0)
        server->spare = spare_fd();
    return listener < 0 || loop_add(&server->loop, &server->listener, listener, true);
}

static void write_journal(struct server *server);

struct server *server_new(const struct server_options *options)
{
    struct server *server = calloc(1, sizeof(*server));
    if (!server)
        return NULL;
    server->listener.fd = server->loop.epoll = server->journal.fd = server->spare = -1;
    server->idle_ns = options->idle_ms * NS_PER_MS;
    server->first_ns = options->first_ms > options->idle_ms ? options->first_ms * NS_PER_MS
                                                            : server->idle_ns;
    server->started = clock_now_ns();
    /* Whoever started us is on its way, however loaded the machine is. */
    server->idle_since = server->started + server->first_ns - server->idle_ns;
    list_init(&server->peers);
    list_init(&server->arrived);
    list_init(&server->waiting);
    list_init(&server->mail.boxes);
    list_init(&server->past.processes);
    list_init(&server->quota.accounts);
    if (start_parts(server, options)) {
        if (!past_may_wait(&server->past))
            write_journal(server);
        return server;
    }
    server_free(server);
    return NULL;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    journal_stop(&server->journal); /* whoever is connected still has what it has */
    list_for_each (item, next, &server->peers)
        peer_drop(container_of(item, struct peer, link), NULL);
    mailboxes_finish(&server->mail);
    if (server->registry.loop)
        registry_finish(&server->registry);
    past_finish(&server->past);
    loop_remove(&server->loop, &server->listener);
    if (server->spare >= 0)
        close(server->spare);
    journal_close(&server->journal);
    loop_finish(&server->loop);
    free(server);
}

static bool refuse_peer(struct server *server, int sock, enum ist_status status,
                        const char *why)
{
    wire_start(&server->out, WIRE_ANSWER);
    server->out.status = wire_status_from(status);
    strcpy(server->out.words, why);
    channel_send(sock, &server->out, NULL, MSG_DONTWAIT);
    close(sock);
    return false;
}

static unsigned count_peers(const struct server *server, pid_t pid)
{
    unsigned count = 0;
    for (struct list *at = server->peers.next; at != &server->peers; at = at->next)
        count += container_of(at, struct peer, link)->pid == pid;
    return count;
}

bool server_add(struct server *server, int sock, pid_t pid, uid_t uid)
{
    if (uid != geteuid())
        return refuse_peer(server, sock, IST_ACCESS_DENIED,
                           "this broker serves another user: objects are shared among the "
                           "processes of one user");
    if (server->peer_count >= PEERS_MAX)
        return refuse_peer(server, sock, IST_QUOTA,
                           "1024 processes use the broker; it serves no more at a time");
    if (count_peers(server, pid) >= PEERS_OF_ONE)
        return refuse_peer(server, sock, IST_QUOTA,
                           "this process has 64 connections to the broker, and may have no "
                           "more; one is enough");
    return peer_new(server, sock, pid, uid);
}

/* Without an fd for it, who connects would wait in vain, and wake us again and again. */
static bool turn_away(struct server *server)
{
    if ((errno != EMFILE && errno != ENFILE) || server->spare < 0)
        return false;
    close(server->spare);
    int sock = accept4(server->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (sock >= 0)
        refuse_peer(server, sock, IST_NO_RESOURCES,
                    "the broker has no file descriptor left for one more process");
    server->spare = spare_fd();
    return sock >= 0;
}

static void on_listener(struct source *source)
{
    struct server *server = container_of(source, struct server, listener);
    for (unsigned i = 0; i < ACCEPT_AT_ONCE; i++) {
        int sock = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (sock < 0 && turn_away(server))
            continue;
        if (sock < 0)
            return;
        struct ucred who;
        socklen_t size = sizeof(who);
        if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0)
            server_add(server, sock, who.pid, who.uid);
        else
            close(sock);
    }
}

static void journal_entry(struct table_link *item, void *arg)
{
    struct entry *entry = container_of(item, struct entry, by_id);
    struct journal *journal = arg;
    if (entry->number)
        journal_object(journal, entry->id, entry->number);
    list_for_each (at, next, &entry->names) {
        struct name_entry *name = container_of(at, struct name_entry, link);
        journal_name(journal, entry->id, name->key, name->exact, name->access,
                     name->exact_case);
        list_for_each (holder, after, &name->holds) {
            struct hold *hold = container_of(holder, struct hold, in_name);
            journal_hold(journal, WIRE_J_HOLD, entry->id, name->key, hold->pid, hold->start);
        }
    }
}

/* Only what is true now, and what those have who are still awaited. */
static void write_journal(struct server *server)
{
    if (!journal_anew_begin(&server->journal))
        return;
    past_write(&server->past, &server->journal);
    list_for_each (item, next, &server->peers) {
        struct peer *peer = container_of(item, struct peer, link);
        if (peer->in_journal)
            journal_process(&server->journal, WIRE_J_CLIENT, peer->pid, peer->start);
    }
    table_each(&server->registry.by_id, journal_entry, &server->journal);
    journal_anew_end(&server->journal);
}

/* Everything that was read before the sweep that has just ended. */
static void answer_all(struct list *ready)
{
    while (!list_empty(ready)) {
        struct peer *peer = container_of(ready->next, struct peer, turn);
        list_remove(&peer->turn);
        peer->wait = WAIT_NONE;
        request_handle(peer);
    }
}

/* Requests whose time is over, and those that wait for the past when something came of it. */
static void answer_due(struct server *server)
{
    struct list due;
    int64_t now = clock_now_ns();
    bool changed = server->past.changed;
    server->past.changed = false;
    list_init(&due);
    list_for_each (item, next, &server->waiting) {
        struct peer *peer = container_of(item, struct peer, turn);
        if (peer->deadline <= now || (changed && peer->wait == WAIT_PAST)) {
            list_remove(item);
            list_append(&due, item);
        }
    }
    while (!list_empty(&due)) {
        struct peer *peer = container_of(due.next, struct peer, turn);
        list_remove(&peer->turn);
        request_expired(peer);
    }
}

/*
 * Nobody is connected, and nothing would be lost: no object that a process holds without a
 * connection (a forked child, a receiver of fds) has a number, no handle waits for its target.
 */
static bool is_idle(const struct server *server)
{
    return !server->client_count && !server->registry.by_id.count &&
           mailboxes_empty(&server->mail);
}

/* How long the sweep may sleep: until the next thing is due. */
static int sleep_ms(const struct server *server, int ms)
{
    int64_t next = INT64_MAX;
    for (struct list *at = server->waiting.next; at != &server->waiting; at = at->next) {
        int64_t deadline = container_of(at, struct peer, turn)->deadline;
        next = deadline < next ? deadline : next;
    }
    if (is_idle(server) && server->idle_since + server->idle_ns < next)
        next = server->idle_since + server->idle_ns;
    if (next == INT64_MAX)
        return ms;
    int64_t left = (next - clock_now_ns() + NS_PER_MS - 1) / NS_PER_MS;
    left = left < 0 ? 0 : left > 60000 ? 60000 : left;
    return ms >= 0 && ms < left ? ms : (int)left;
}

void server_turn(struct server *server, int ms)
{
    struct list ready;
    list_init(&ready);
    list_splice(&ready, &server->arrived);
    loop_sweep(&server->loop, list_empty(&ready) ? sleep_ms(server, ms) : 0);
    answer_all(&ready);
    answer_due(server);
    if (journal_is_long(&server->journal))
        write_journal(server);
}

bool server_is_over(const struct server *server)
{
    if (server->stop)
        return true;
    return is_idle(server) && server->idle_ns >= 0 &&
           clock_now_ns() - server->idle_since >= server->idle_ns;
}
