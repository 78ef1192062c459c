/* SPDX-License-Identifier: MIT */
/*
 * The one client of the process: asking, and what a fork does to it. A child closes both
 * sockets at once, so that the broker sees each process for itself, and registers what it
 * inherited when it uses the library first.
 */
#include "broker/client.h"

#include "base/futex.h"
#include "base/gate.h"
#include "base/log.h"
#include "core/fork.h"

#include <string.h>
#include <unistd.h>

#define RECEIVE_NAPS 8 /* 28 ms in all */

static struct client the_client;
static pthread_once_t client_once = PTHREAD_ONCE_INIT;

/* Only what cannot wait: our copies of sockets and life pipes would hide a death. */
static void child_close(void)
{
    struct client *client = &the_client;
    if (client->requests >= 0)
        close(client->requests);
    if (client->events >= 0)
        close(client->events);
}

/*
 * What was pushed to the parent and not fetched is the parent's. Names are ours, too, but holds
 * that its threads were just taking or letting go are nobody's: they are counted anew.
 */
static void child_adopt(void)
{
    struct client *client = &the_client;
    pthread_mutex_init(&client->request_lock, NULL);
    list_splice(&client->holding, &client->unsent);
    list_for_each (item, next, &client->holding)
        container_of(item, struct client_name, link)->holds = 0;
    client->requests = client->events = -1;
    client->restore = true;
    store_relaxed(&client->broken, false);
    store_relaxed(&client->attending, false);
    store_relaxed(&client->has_mail, false);
}

static void client_init(void)
{
    struct client *client = &the_client;
    pthread_mutex_init(&client->request_lock, NULL);
    pthread_mutex_init(&client->state_lock, NULL);
    client->requests = client->events = -1;
    list_init(&client->holding);
    list_init(&client->unsent);
    fork_on_child(child_close);
    fork_on_adopt(child_adopt);
}

struct client *client_get(void)
{
    pthread_once(&client_once, client_init);
    return &the_client;
}

void client_begin(struct client *client, enum wire_type type)
{
    fork_child_adopt();
    pthread_mutex_lock(&client->request_lock);
    wire_start(&client->message, type);
    memset(client->fds, -1, sizeof(client->fds));
}

void client_end(struct client *client)
{
    channel_close_fds(client->fds);
    pthread_mutex_unlock(&client->request_lock);
}

/* A handle that nobody takes gives up the name that the broker noted for us with it. */
static void decline(struct client *client)
{
    const struct wire_message *m = &client->message;
    channel_close_fds(client->fds);
    if (m->type == WIRE_IS_HANDLE && m->key[0])
        client_name_decline(client, m->key, m->parcel.id);
}

/* One message. The kernel may lack memory for a moment: then the message is still there. */
static enum channel_result receive_one(struct client *client, const char **why)
{
    enum channel_result result = CHANNEL_FULL;
    for (unsigned ms = 0; ms < RECEIVE_NAPS && result == CHANNEL_FULL; ms++) {
        if (ms)
            usleep(1000 * ms);
        client->message.type = 0;
        result = client_receive(client->requests, &client->message, client->fds, why);
        if (client->message.type)
            break; /* it came, whether its fds were lost or not */
    }
    if (result == CHANNEL_FULL)
        decline(client);
    return result;
}

/*
 * The answer to the question with number `seq`. An older one is what could not be received when
 * it was asked for (no memory just then): nobody waits for it any more.
 */
static enum channel_result receive(struct client *client, uint32_t seq)
{
    const char *why = NULL;
    enum channel_result result;
    for (;;) {
        result = receive_one(client, &why);
        if (result != CHANNEL_OK || (int32_t)(client->message.seq - seq) >= 0)
            break;
        decline(client);
    }
    if (result == CHANNEL_OK && client->message.seq != seq) {
        channel_close_fds(client->fds);
        result = CHANNEL_BAD;
        why = "it answers another question";
    }
    if (result == CHANNEL_BAD)
        log_line(LOG_ERROR, "broker", "what the broker sent is not understood: %s", why);
    return result;
}

static enum channel_result ask_once(struct client *client, const struct wire_message *question,
                                    const int *fds)
{
    client->message = *question;
    enum channel_result sent = client_send(client, &client->message, fds);
    return sent == CHANNEL_OK ? receive(client, client->message.seq) : sent;
}

static enum ist_status judge(struct client *client, enum wire_type wanted)
{
    struct wire_message *m = &client->message;
    enum ist_status status = m->type == WIRE_ANSWER ? wire_status_to(m->status) : IST_OK;
    if (status == IST_OK && m->type == wanted)
        return IST_OK;
    channel_close_fds(client->fds);
    if (status == IST_OK)
        return refuse(IST_NO_BROKER, "the broker answers %s where %s was expected",
                      wire_type_name(m->type), wire_type_name(wanted));
    /* Misses are for the caller to judge: it may know better places to look. */
    if (status == IST_NOT_FOUND || status == IST_BAD_HANDLE)
        return answer(status, "%s", m->words);
    return refuse(status, "%s", m->words);
}

static enum ist_status explain(struct client *client, enum channel_result result)
{
    if (result == CHANNEL_FULL)
        return refuse(IST_NO_RESOURCES, "this process has no file descriptor left for what the "
                                        "broker sent");
    client_disconnect(client);
    if (result == CHANNEL_LATER)
        return refuse(IST_NO_BROKER, "the broker does not answer");
    return refuse(IST_NO_BROKER, "the connection to the broker is lost");
}

enum ist_status client_ask(struct client *client, const int *fds, enum wire_type wanted,
                           bool start)
{
    _cleanup_(freep) struct wire_message *question = malloc(sizeof(*question));
    enum channel_result result = CHANNEL_CLOSED;
    if (!question)
        return refuse(IST_NO_MEMORY, "no memory for a question to the broker");
    *question = client->message;
    /* Once more after a hang-up: the broker may have died a moment ago. */
    for (unsigned attempt = 0; attempt < 2 && result == CHANNEL_CLOSED; attempt++) {
        enum ist_status status = client_connect(client, start);
        if (status != IST_OK)
            return status;
        result = ask_once(client, question, fds);
        if (result == CHANNEL_CLOSED)
            client_disconnect(client);
    }
    return result == CHANNEL_OK ? judge(client, wanted) : explain(client, result);
}
