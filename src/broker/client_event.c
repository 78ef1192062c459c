/* SPDX-License-Identifier: MIT */
/*
 * The event channel: questions of the broker, answered on the io thread (inside the fork gate);
 * news that need a question of ours (mail, the broker's death) are left to a thread that is
 * started for them and ends when it is done: the io thread must not wait for answers.
 */
#include "broker/client.h"

#include "base/gate.h"
#include "base/log.h"
#include "core/watch_fd.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#define ROOM_WAIT_MS 100 /* for a broker that is busy; then this answer is given up */

/*
 * While a handle is given away and closed, its name must not be dropped before the broker has
 * the new holder: the drop follows on the same channel. Set by the io thread around give().
 */
static _Thread_local struct wire_message *kept_drop;

bool client_keep_drop(const struct wire_message *drop)
{
    if (!kept_drop || kept_drop->type)
        return false;
    *kept_drop = *drop;
    return true;
}

/* Only the io thread sends here, so the sequence needs no lock. */
static bool send_event(struct client *client, int fd, struct wire_message *message,
                       const int *fds)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    message->seq = client->event_seq + 1;
    enum channel_result result = channel_send(fd, message, fds, MSG_DONTWAIT);
    if (result == CHANNEL_LATER && poll(&room, 1, ROOM_WAIT_MS) > 0)
        result = channel_send(fd, message, fds, MSG_DONTWAIT);
    if (result == CHANNEL_OK)
        client->event_seq++;
    return result == CHANNEL_OK;
}

struct reporting {
    struct client *client;
    int fd;
    bool failed;
    struct wire_message message;
};

static void flush(struct reporting *r)
{
    if (r->message.report_count && !r->failed)
        r->failed = !send_event(r->client, r->fd, &r->message, NULL);
    r->message.report_count = 0;
}

static void add_report(void *arg, const struct remote_report *report)
{
    struct reporting *r = arg;
    r->message.report[r->message.report_count++] = *report;
    if (r->message.report_count == WIRE_REPORTS)
        flush(r);
}

static void report(struct client *client, int fd)
{
    _cleanup_(freep) struct reporting *r = calloc(1, sizeof(*r));
    if (!r)
        return;
    r->client = client;
    r->fd = fd;
    wire_start(&r->message, WIRE_REPORT);
    if (client->hooks)
        client->hooks->report(add_report, r);
    flush(r);
    wire_start(&r->message, WIRE_REPORT_END);
    send_event(client, fd, &r->message, NULL);
}

static void refuse_to_give(struct client *client, int fd, uint32_t token,
                           enum ist_status status)
{
    struct wire_message m;
    wire_start(&m, WIRE_REFUSE);
    m.number = token;
    m.status = wire_status_from(status);
    strncpy(m.words, status_reason(), sizeof(m.words) - 1);
    send_event(client, fd, &m, NULL);
}

static void give(struct client *client, int fd, const struct wire_message *ask)
{
    _cleanup_(freep) struct remote_handle *handle = malloc(sizeof(*handle));
    _cleanup_(freep) struct wire_message *m = malloc(sizeof(*m));
    struct wire_message drop;
    wire_start(&drop, 0);
    enum ist_status status = IST_NO_MEMORY;
    if (handle && m && client->hooks) {
        kept_drop = &drop;
        status = client->hooks->give(ask->value, ask->flags & WIRE_CLOSE_SOURCE, handle);
        kept_drop = NULL;
    }
    if (status != IST_OK) {
        refuse_to_give(client, fd, ask->number, status);
    } else {
        wire_start(m, WIRE_GIVE);
        m->number = ask->number;
        m->access = handle->access;
        m->flags = handle->flags;
        channel_put_parcel(&m->parcel, &handle->parcel);
        strcpy(m->key, handle->name_key);
        send_event(client, fd, m, handle->parcel.fd);
        channel_close_fds(handle->parcel.fd);
    }
    if (drop.type)
        send_event(client, fd, &drop, NULL);
}

static void on_event(int fd, bool hung_up, void *user)
{
    struct client *client = user;
    struct wire_message m;
    int fds[PARCEL_FDS];
    const char *why;
    while (!hung_up && channel_receive(fd, &m, fds, MSG_DONTWAIT, &why) == CHANNEL_OK) {
        channel_close_fds(fds);
        if (m.type == WIRE_ASK_REPORT)
            report(client, fd);
        else if (m.type == WIRE_ASK_HANDLE)
            give(client, fd, &m);
        else if (m.type == WIRE_MAIL)
            store_release(&client->has_mail, true);
    }
    if (hung_up)
        store_release(&client->broken, true);
    if (hung_up || load_acquire(&client->has_mail))
        client_attend(client);
}

bool client_listen(struct client *client, int events)
{
    return watch_fd_add(events, true, on_event, client) == IST_OK;
}

/* Once through: whoever sets a flag while this runs finds `attending` unset afterwards. */
static void attend_once(struct client *client)
{
    client_begin(client, WIRE_TAKE);
    bool lost = load_acquire(&client->broken);
    if (lost && client_holds_something(client)) {
        if (client_connect(client, true) != IST_OK)
            log_line(LOG_WARN, "broker", "no new broker: %s", status_reason());
    } else if (lost) {
        client_disconnect(client);
    }
    client_end(client);
    if (atomic_exchange(&client->has_mail, false) && client->hooks)
        client->hooks->mail();
}

static void *attend(void *arg)
{
    struct client *client = arg;
    attend_once(client);
    /* An exchange, not a store: news that found it set are seen by the looks behind it. */
    atomic_exchange(&client->attending, false);
    if (load_acquire(&client->has_mail) || load_acquire(&client->broken))
        client_attend(client);
    return NULL;
}

void client_attend(struct client *client)
{
    pthread_attr_t settings;
    pthread_t thread;
    sigset_t all, before;
    if (atomic_exchange(&client->attending, true))
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the program's handlers run elsewhere */
    pthread_attr_init(&settings);
    pthread_attr_setdetachstate(&settings, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &settings, attend, client) != 0) {
        store_release(&client->attending, false);
        log_line(LOG_WARN, "broker", "no thread to look after the broker's news");
    }
    pthread_attr_destroy(&settings);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
