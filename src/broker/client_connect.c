/* SPDX-License-Identifier: MIT */
/*
 * Making a connection: the folder, the socket, a broker if there is none, HELLO. A broker that
 * goes just then (idle, killed) makes it begin again, until the deadline. All functions run
 * under the request lock, outside the fork gate.
 */
#include "broker/client.h"

#include "base/futex.h"
#include "base/gate.h"
#include "base/log.h"
#include "broker/client_start.h"
#include "broker/folder.h"
#include "broker/proc.h"
#include "core/watch_fd.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define RETRY_NS 3000000
#define ROOM_WAIT_MS 50
#define TRIES 3
#define START_MS 20000 /* for a broker that is being started */

static enum ist_status no_broker(const char *why)
{
    log_once(LOG_WARN, "broker", "names and numbers stay within this process: %s", why);
    return answer(IST_NO_BROKER, "%s", why);
}

static bool switched_off(void)
{
    const char *setting = getenv("ISTHMUS_BROKER");
    return setting && strcmp(setting, "off") == 0;
}

/* No call on it lasts for ever. */
static int new_socket(void)
{
    const struct timeval limit = {.tv_sec = CLIENT_DEADLINE_MS / 1000};
    int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (sock < 0)
        return -1;
    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    return sock;
}

/* -1 with errno. */
static int connect_to(int folder)
{
    struct sockaddr_un address;
    socklen_t size = folder_address(folder, FOLDER_SOCKET, &address);
    int sock = new_socket();
    if (sock < 0 || connect(sock, (struct sockaddr *)&address, size) == 0)
        return sock;
    int reason = errno;
    close(sock);
    errno = reason;
    return -1;
}

static void set_sockets(struct client *client, int requests, int events)
{
    gate_lock(&client->state_lock);
    client->requests = requests;
    client->events = events;
    client->seq = client->event_seq = 0;
    store_relaxed(&client->broken, false);
    gate_unlock(&client->state_lock);
}

void client_disconnect(struct client *client)
{
    int requests = client->requests, events = client->events;
    if (events >= 0)
        watch_fd_remove(events); /* first: the io thread counts what it sends there */
    set_sockets(client, -1, -1);
    if (events >= 0)
        close(events);
    if (requests >= 0) {
        close(requests);
        client->restore = true;
    }
}

enum channel_result client_send(struct client *client, struct wire_message *message,
                                const int *fds)
{
    int64_t deadline = deadline_after_ms(CLIENT_DEADLINE_MS);
    enum channel_result result;
    struct pollfd room = {.fd = client->requests, .events = POLLOUT};
    for (;;) {
        gate_lock(&client->state_lock);
        message->seq = client->seq + 1;
        result = channel_send(client->requests, message, fds, MSG_DONTWAIT);
        if (result == CHANNEL_OK)
            client->seq++;
        gate_unlock(&client->state_lock);
        bool full = result == CHANNEL_LATER || result == CHANNEL_FULL;
        if (!full || clock_now_ns() > deadline)
            return result;
        if (poll(&room, 1, ROOM_WAIT_MS) > 0 && result == CHANNEL_FULL)
            usleep(1000); /* too many of our fds are under way: the broker is at it */
    }
}

static bool broker_can_answer(int sock)
{
    struct ucred who = {.pid = 0};
    socklen_t size = sizeof(who);
    return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && who.pid > 0 &&
           proc_can_answer(who.pid, 0);
}

enum channel_result client_receive(int sock, struct wire_message *message, int fds[PARCEL_FDS],
                                   const char **why)
{
    enum channel_result result = channel_receive(sock, message, fds, 0, why);
    for (unsigned i = 1; i < CLIENT_DEADLINES && result == CHANNEL_LATER; i++) {
        if (!broker_can_answer(sock))
            break;
        result = channel_receive(sock, message, fds, 0, why);
    }
    return result;
}

/* HELLO and its answer, with a message of its own: the caller's question is kept. */
static enum channel_result say_hello(int sock, struct wire_message *m, int *events)
{
    int fds[PARCEL_FDS];
    const char *why = NULL;
    wire_start(m, WIRE_HELLO);
    m->seq = 1;
    m->version_low = m->version_high = WIRE_VERSION;
    strcpy(m->words, ist_version());
    enum channel_result result = channel_send(sock, m, NULL, 0);
    if (result == CHANNEL_OK || result == CHANNEL_CLOSED) /* it may have said why */
        result = client_receive(sock, m, fds, &why);
    if (result != CHANNEL_OK)
        return result;
    if (m->type == WIRE_WELCOME)
        *events = take(&fds[0], -1);
    channel_close_fds(fds);
    return CHANNEL_OK;
}

/* IST_BUSY: that broker is going away, try again. */
static enum ist_status greet(struct client *client, int sock)
{
    _cleanup_(freep) struct wire_message *m = malloc(sizeof(*m));
    int events = -1;
    if (!m)
        return refuse(IST_NO_MEMORY, "no memory for a message to the broker");
    enum channel_result result = say_hello(sock, m, &events);
    if (result == CHANNEL_CLOSED)
        return IST_BUSY;
    if (result == CHANNEL_BAD)
        return refuse(IST_VERSION, "what answers on the broker's socket is no broker of ours");
    if (result != CHANNEL_OK)
        return no_broker("the broker does not answer");
    if (m->type == WIRE_ANSWER)
        return refuse(wire_status_to(m->status), "%s", m->words);
    if (events < 0)
        return refuse(IST_VERSION, "the broker gave no event channel");
    set_sockets(client, sock, events);
    client->seq = 1;
    return IST_OK;
}

struct patience {
    bool start;       /* one that is not there */
    int64_t deadline; /* for one that is there, or comes */
    int64_t latest;   /* and however long starting it takes */
};

/* A loaded disk may hold up its files: that time is no time in which it did not answer. */
static enum ist_status start_broker(struct patience *patience)
{
    int64_t before = clock_now_ns();
    enum ist_status status = client_start_broker(patience->latest);
    patience->deadline += clock_now_ns() - before;
    if (patience->deadline > patience->latest)
        patience->deadline = patience->latest;
    return status;
}

/*
 * IST_BUSY: not yet. A socket that nobody listens on is of a broker that was killed: others may
 * hold what is looked for, and register again with the next broker. So then it is started.
 */
static enum ist_status try(struct client *client, int folder, struct patience *patience)
{
    int sock = connect_to(folder);
    if (sock >= 0) {
        enum ist_status status = greet(client, sock);
        if (status != IST_OK)
            close(sock);
        return status;
    }
    if (errno == EMFILE || errno == ENFILE)
        return refuse(IST_NO_RESOURCES, "no file descriptor left for a socket");
    if (errno != ENOENT && errno != ECONNREFUSED && errno != EAGAIN && errno != EINTR)
        return no_broker(strerror(errno));
    patience->start |= errno == ECONNREFUSED;
    if (!patience->start)
        return answer(IST_NO_BROKER, "no broker runs");
    enum ist_status status = errno == EAGAIN ? IST_OK : start_broker(patience);
    if (status == IST_OK)
        return IST_BUSY;
    char why[512]; /* the reason's own place is written anew */
    snprintf(why, sizeof(why), "%s", status_reason());
    return no_broker(why);
}

/* However slow they are, a few. */
static bool more_tries(unsigned done, int64_t deadline)
{
    return done < TRIES || clock_now_ns() < deadline;
}

static enum ist_status reach(struct client *client, bool start)
{
    const struct timespec nap = {.tv_nsec = RETRY_NS};
    struct patience patience = {.start = start,
                                .deadline = deadline_after_ms(CLIENT_DEADLINE_MS),
                                .latest = deadline_after_ms(START_MS)};
    char why[512];
    int folder = folder_open(start, why, sizeof(why));
    if (folder < 0)
        return start ? no_broker(why) : answer(IST_NO_BROKER, "%s", why);
    enum ist_status status = try(client, folder, &patience);
    for (unsigned i = 1; status == IST_BUSY && more_tries(i, patience.deadline); i++) {
        status = try(client, folder, &patience);
        if (status == IST_BUSY)
            nanosleep(&nap, NULL);
    }
    close(folder);
    return status == IST_BUSY ? no_broker("no broker could be reached in time") : status;
}

/* A new connection on which everything is registered. IST_BUSY: that broker has gone, too. */
static enum ist_status connect_once(struct client *client, bool start)
{
    enum ist_status status = reach(client, start);
    if (status != IST_OK)
        return status;
    bool again = client->restore;
    if (!client_listen(client, client->events)) {
        client_disconnect(client);
        return IST_NO_RESOURCES; /* the reason was given */
    }
    if (again && !client_restore_all(client)) {
        client_disconnect(client);
        return IST_BUSY;
    }
    client->restore = false;
    return IST_OK;
}

enum ist_status client_connect(struct client *client, bool start)
{
    int64_t deadline = deadline_after_ms(CLIENT_DEADLINE_MS);
    enum ist_status status = IST_BUSY;
    if (client->requests >= 0 && !load_relaxed(&client->broken))
        return IST_OK;
    client_disconnect(client);
    if (switched_off())
        return answer(IST_NO_BROKER, "ISTHMUS_BROKER=off: no broker is used");
    /* Whoever was connected and still has something must be registered again. */
    start = start || (client->restore && client_holds_something(client));
    for (unsigned i = 0; status == IST_BUSY && more_tries(i, deadline); i++)
        status = connect_once(client, start);
    return status == IST_BUSY ? refuse(IST_NO_BROKER, "registering at the broker failed")
                              : status;
}
