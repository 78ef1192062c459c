/* SPDX-License-Identifier: MIT */
/* core/remote.h over the wire: each call fills a message, asks, and reads the answer. */
#include "core/remote.h"

#include "base/gate.h"
#include "broker/client.h"

#include <string.h>
#include <time.h>

#define ARRIVAL_NAP_NS 500000
#define ARRIVAL_NAPS 4000 /* two seconds: as long as the broker waits for a process */

void remote_start(const struct remote_hooks *hooks)
{
    struct client *client = client_get();
    gate_lock(&client->state_lock);
    client->hooks = hooks;
    gate_unlock(&client->state_lock);
}

static void put_text(char out[WIRE_TEXT], const char *text)
{
    strncpy(out, text ? text : "", WIRE_TEXT - 1); /* keys fit: name.c bounds them */
    out[WIRE_TEXT - 1] = 0;
}

static void put_name(struct wire_message *message, const struct remote_name *name)
{
    put_text(message->key, name->key);
    put_text(message->words, name->exact);
    message->flags = name->exact_case ? WIRE_EXACT_CASE : 0;
}

/* Out of the answer, whose fds go to the caller. */
static void take_parcel(struct client *client, struct parcel *out)
{
    channel_get_parcel(&client->message.parcel, client->fds, out);
    memset(client->fds, -1, sizeof(client->fds));
}

/* The broker made us a holder of the name, if the handle has one: the caller drops it. */
void client_take_handle(struct client *client, struct remote_handle *out)
{
    struct wire_message *m = &client->message;
    take_parcel(client, &out->parcel);
    out->access = m->access;
    out->flags = m->flags;
    out->value = m->number;
    memcpy(out->name_key, m->key, sizeof(out->name_key));
    memcpy(m->id, out->parcel.id, sizeof(m->id));
    m->access = m->flags = 0;
    m->words[0] = 0;
    if (m->key[0] && !client_name_add(client, m))
        out->name_key[0] = 0;
}

enum ist_status remote_publish(const struct parcel *parcel, uint32_t *kmt)
{
    struct client *client = client_get();
    client_begin(client, WIRE_PUBLISH);
    channel_put_parcel(&client->message.parcel, parcel);
    enum ist_status status = client_ask(client, parcel->fd, WIRE_IS_NUMBER, true);
    if (status == IST_OK)
        *kmt = client->message.number;
    client_end(client);
    return status;
}

enum ist_status remote_find_number(uint32_t kmt, struct parcel *out)
{
    struct client *client = client_get();
    client_begin(client, WIRE_FIND_NUMBER);
    client->message.number = kmt;
    enum ist_status status = client_ask(client, NULL, WIRE_IS_PARCEL, false);
    if (status == IST_OK)
        take_parcel(client, out);
    client_end(client);
    return status;
}

enum ist_status remote_bind(const struct remote_name *name, const struct parcel *parcel,
                            uint32_t access)
{
    struct client *client = client_get();
    struct wire_message *m = &client->message;
    client_begin(client, WIRE_BIND);
    put_name(m, name);
    m->access = access;
    channel_put_parcel(&m->parcel, parcel);
    enum ist_status status = client_ask(client, parcel->fd, WIRE_ANSWER, true);
    if (status == IST_OK) {
        wire_start(m, WIRE_BIND);
        put_name(m, name);
        m->access = access;
        memcpy(m->id, parcel->id, sizeof(m->id));
        if (!client_name_add(client, m))
            status = refuse(IST_NO_MEMORY, "no memory for the name \"%s\"", name->exact);
    }
    client_end(client);
    return status;
}

enum ist_status remote_find_name(const struct remote_name *name, struct parcel *out)
{
    struct client *client = client_get();
    client_begin(client, WIRE_FIND_NAME);
    put_name(&client->message, name);
    enum ist_status status = client_ask(client, NULL, WIRE_IS_PARCEL, false);
    if (status == IST_OK)
        take_parcel(client, out);
    client_end(client);
    return status;
}

enum ist_status remote_hold_name(const char *key, const unsigned char id[16])
{
    struct client *client = client_get();
    struct wire_message *m = &client->message;
    if (client_name_hold(client, key, id))
        return IST_OK;
    client_begin(client, WIRE_HOLD_NAME);
    put_text(m->key, key);
    memcpy(m->id, id, sizeof(m->id));
    enum ist_status status = client_ask(client, NULL, WIRE_ANSWER, false);
    if (status == IST_OK) {
        wire_start(m, WIRE_HOLD_NAME);
        put_text(m->key, key);
        memcpy(m->id, id, sizeof(m->id));
        if (!client_name_add(client, m))
            status = refuse(IST_NO_MEMORY, "no memory for a name of this process");
    }
    client_end(client);
    return status;
}

enum ist_status remote_push(pid_t target, const struct parcel *parcel, uint32_t access,
                            unsigned flags, const char *name_key, uint32_t *value)
{
    struct client *client = client_get();
    struct wire_message *m = &client->message;
    client_begin(client, WIRE_PUSH);
    m->pid = (uint32_t)target;
    m->access = access;
    m->flags = flags;
    put_text(m->key, name_key);
    channel_put_parcel(&m->parcel, parcel);
    enum ist_status status = client_ask(client, parcel->fd, WIRE_IS_NUMBER, true);
    if (status == IST_OK)
        *value = m->number;
    client_end(client);
    return status;
}

enum ist_status remote_take(uint32_t value, struct remote_handle *out)
{
    struct client *client = client_get();
    client_begin(client, WIRE_TAKE);
    client->message.number = value;
    enum ist_status status = client_ask(client, NULL, WIRE_IS_HANDLE, false);
    if (status == IST_OK)
        client_take_handle(client, out);
    client_end(client);
    return status;
}

static enum ist_status pull_once(struct client *client, pid_t source, uint64_t value,
                                 bool close_source, struct remote_handle *out)
{
    struct wire_message *m = &client->message;
    client_begin(client, WIRE_PULL);
    m->pid = (uint32_t)source;
    m->value = value;
    m->flags = close_source ? WIRE_CLOSE_SOURCE : 0;
    enum ist_status status = client_ask(client, NULL, WIRE_IS_HANDLE, false);
    if (status == IST_OK)
        client_take_handle(client, out);
    client_end(client);
    return status;
}

/* A handle that was pushed there may be on its way from the broker to its new process. */
enum ist_status remote_pull(pid_t source, uint64_t value, bool close_source,
                            struct remote_handle *out)
{
    const struct timespec nap = {.tv_nsec = ARRIVAL_NAP_NS};
    struct client *client = client_get();
    enum ist_status status = pull_once(client, source, value, close_source, out);
    for (unsigned i = 0; status == IST_BUSY && i < ARRIVAL_NAPS; i++) {
        nanosleep(&nap, NULL);
        status = pull_once(client, source, value, close_source, out);
    }
    return status == IST_BUSY ? refuse(IST_TIMEOUT, "process %d does not take handle 0x%llx in",
                                       (int)source, (unsigned long long)value)
                              : status;
}
