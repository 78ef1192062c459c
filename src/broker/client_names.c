/* SPDX-License-Identifier: MIT */
/*
 * What the broker must be told again when it was killed: the objects (core knows them) and the
 * names that handles of this process hold.
 */
#include "broker/client.h"

#include "base/gate.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t hash_key(const struct client *client, const char *key)
{
    return table_hash(&client->names, key, strlen(key));
}

static struct client_name *find_locked(struct client *client, const char *key,
                                       const unsigned char id[16])
{
    struct table_link *item = NULL;
    if (!client->names.bucket) /* made with the first name */
        return NULL;
    uint64_t hash = hash_key(client, key);
    while ((item = table_find(&client->names, hash, item))) {
        struct client_name *name = container_of(item, struct client_name, by_key);
        if (strcmp(name->key, key) == 0 && memcmp(name->id, id, 16) == 0)
            return name;
    }
    return NULL;
}

static struct client_name *name_new(const struct wire_message *bound)
{
    size_t folded = strlen(bound->key) + 1, exact = strlen(bound->words) + 1;
    struct client_name *name = calloc(1, sizeof(*name) + folded + exact);
    if (!name)
        return NULL;
    memcpy(name->id, bound->id, sizeof(name->id));
    memcpy(name->key, bound->key, folded);
    name->exact = memcpy(name->key + folded, bound->words, exact);
    name->exact_case = bound->flags & WIRE_EXACT_CASE;
    name->access = bound->access;
    name->holds = 1;
    return name;
}

/* Under the state lock. What cannot be sent now never can: the connection is given up. */
static void post_locked(struct client *client, struct wire_message *post)
{
    if (client->requests < 0)
        return;
    post->seq = client->seq + 1;
    if (channel_send(client->requests, post, NULL, MSG_DONTWAIT) == CHANNEL_OK) {
        client->seq++;
        return;
    }
    shutdown(client->requests, SHUT_RDWR); /* the next question connects again */
    store_relaxed(&client->broken, true);
}

static void drop_message(const char *key, const unsigned char id[16], struct wire_message *out)
{
    wire_start(out, WIRE_DROP_NAME);
    memcpy(out->id, id, sizeof(out->id));
    strncpy(out->key, key, sizeof(out->key) - 1);
}

static void post_drop_locked(struct client *client, const char *key, const unsigned char id[16])
{
    struct wire_message post;
    drop_message(key, id, &post);
    post_locked(client, &post);
}

/*
 * Each answer that gives a hold is one hold with the broker, and an entry stands for one: what
 * is more is given back at once. So a hold that is on its way here outlives the last one that
 * another thread lets go of meanwhile.
 */
bool client_name_add(struct client *client, const struct wire_message *bound)
{
    struct client_name *name = name_new(bound);
    gate_lock(&client->state_lock);
    client->named = true;
    struct client_name *known = find_locked(client, bound->key, bound->id);
    bool is_new = !known && name && (client->names.bucket || table_init(&client->names));
    if (known)
        known->holds++;
    if (is_new) {
        table_add(&client->names, &name->by_key, hash_key(client, bound->key));
        list_append(&client->holding, &name->link);
    } else {
        post_drop_locked(client, bound->key, bound->id);
    }
    gate_unlock(&client->state_lock);
    if (!is_new)
        free(name);
    return known || is_new;
}

bool client_name_hold(struct client *client, const char *key, const unsigned char id[16])
{
    gate_lock(&client->state_lock);
    struct client_name *name = client->requests >= 0 ? find_locked(client, key, id) : NULL;
    if (name)
        name->holds++;
    gate_unlock(&client->state_lock);
    return name;
}

void client_name_decline(struct client *client, const char *key, const unsigned char id[16])
{
    gate_lock(&client->state_lock);
    post_drop_locked(client, key, id);
    gate_unlock(&client->state_lock);
}

void remote_drop_name(const char *key, const unsigned char id[16])
{
    struct client *client = client_get();
    struct wire_message post;
    drop_message(key, id, &post);
    gate_lock(&client->state_lock);
    struct client_name *name = find_locked(client, key, id);
    if (name && name->holds > 1) {
        name->holds--;
        name = NULL;
    }
    if (name) {
        table_remove(&client->names, &name->by_key);
        list_remove(&name->link);
        if (!client_keep_drop(&post))
            post_locked(client, &post);
    }
    gate_unlock(&client->state_lock);
    free(name);
}

void remote_names_adopted(void)
{
    struct client *client = client_get();
    gate_lock(&client->state_lock);
    list_for_each (item, next, &client->holding) {
        struct client_name *name = container_of(item, struct client_name, link);
        if (name->holds)
            continue;
        post_drop_locked(client, name->key, name->id);
        table_remove(&client->names, &name->by_key);
        list_remove(&name->link);
        free(name);
    }
    gate_unlock(&client->state_lock);
}

struct restoring {
    struct client *client;
    bool failed;
    unsigned count;
};

static void restore_object(void *arg, const struct parcel *parcel)
{
    struct restoring *r = arg;
    _cleanup_(freep) struct wire_message *post = malloc(sizeof(*post));
    if (!post) {
        r->failed = true;
        return;
    }
    wire_start(post, WIRE_RESTORE_OBJECT);
    channel_put_parcel(&post->parcel, parcel);
    if (!r->failed)
        r->failed = client_send(r->client, post, parcel->fd) != CHANNEL_OK;
    r->count++;
}

static void name_message(const struct client_name *name, struct wire_message *out)
{
    wire_start(out, WIRE_RESTORE_NAME);
    memcpy(out->id, name->id, sizeof(out->id));
    strcpy(out->key, name->key);
    strcpy(out->words, name->exact);
    out->access = name->access;
    out->flags = name->exact_case ? WIRE_EXACT_CASE : 0;
}

/*
 * One unsent name, back among those that are held. Sent under the lock, so that a name that is
 * let go meanwhile is either not sent or dropped behind it.
 */
static enum channel_result restore_one(struct client *client, struct wire_message *post)
{
    enum channel_result result = CHANNEL_OK;
    gate_lock(&client->state_lock);
    if (!list_empty(&client->unsent)) {
        struct client_name *name = container_of(client->unsent.next, struct client_name, link);
        name_message(name, post);
        post->seq = client->seq + 1;
        result = channel_send(client->requests, post, NULL, MSG_DONTWAIT);
        if (result == CHANNEL_OK) {
            client->seq++;
            list_remove(&name->link);
            list_append(&client->holding, &name->link);
        }
    }
    gate_unlock(&client->state_lock);
    return result;
}

static bool restore_names(struct client *client, struct wire_message *post)
{
    enum channel_result result = CHANNEL_OK;
    unsigned naps = 0;
    gate_lock(&client->state_lock);
    list_splice(&client->unsent, &client->holding);
    gate_unlock(&client->state_lock);
    bool more = true;
    while (more && (result == CHANNEL_OK || (result == CHANNEL_LATER && naps++ < 5000))) {
        if (result == CHANNEL_LATER)
            usleep(1000);
        result = restore_one(client, post);
        gate_lock(&client->state_lock);
        more = !list_empty(&client->unsent);
        gate_unlock(&client->state_lock);
    }
    gate_lock(&client->state_lock);
    list_splice(&client->holding, &client->unsent); /* what could not be sent is still held */
    gate_unlock(&client->state_lock);
    return !more;
}

bool client_restore_all(struct client *client)
{
    struct restoring r = {.client = client};
    _cleanup_(freep) struct wire_message *m = malloc(sizeof(*m));
    int fds[PARCEL_FDS];
    const char *why;
    if (!m)
        return false;
    if (client->hooks)
        client->hooks->each_crossed(restore_object, &r);
    if (r.failed || !restore_names(client, m))
        return false;
    wire_start(m, WIRE_RESTORED);
    if (client_send(client, m, NULL) != CHANNEL_OK ||
        client_receive(client->requests, m, fds, &why) != CHANNEL_OK)
        return false;
    channel_close_fds(fds);
    gate_lock(&client->state_lock);
    client->named = !list_empty(&client->holding);
    gate_unlock(&client->state_lock);
    return m->type == WIRE_ANSWER;
}

static void count_object(void *arg, const struct parcel *parcel)
{
    (void)parcel;
    ++*(unsigned *)arg;
}

bool client_holds_something(struct client *client)
{
    unsigned count = 0;
    gate_lock(&client->state_lock);
    bool names = client->named || !list_empty(&client->holding);
    gate_unlock(&client->state_lock);
    if (!names && client->hooks)
        client->hooks->each_crossed(count_object, &count);
    return names || count;
}
