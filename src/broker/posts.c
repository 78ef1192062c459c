/* SPDX-License-Identifier: MIT */
/*
 * What needs no answer: a client lets go of something, or registers again after a broker's
 * death; and what clients answer on their event channels. A post about something that is not
 * there any more is no mistake: both sides may have let go at once.
 */
#include "broker/channel.h"
#include "broker/listing.h"
#include "broker/server.h"

#include "base/log.h"

#include <string.h>

#define WHY 512

static void drop_name(struct peer *peer, const struct wire_message *message)
{
    struct name_entry *name = name_of(&peer->server->registry, message->key, message->id);
    struct hold *hold = name ? hold_find(name, &peer->holds) : NULL;
    if (hold && --hold->count == 0)
        hold_remove(hold);
}

static void forget_mail(struct peer *peer, const struct wire_message *message)
{
    struct mailbox *box = mailbox_find(&peer->server->mail, peer->pid, peer->start);
    struct mail *mail = box && message->number ? mail_find(box, message->number) : NULL;
    if (mail)
        mail_remove(mail);
}

/* An object comes back; its number with it, if the journal knew one. */
static void restore_object(struct peer *peer, struct wire_message *message, int fds[PARCEL_FDS])
{
    struct server *server = peer->server;
    struct entry *entry;
    char why[WHY];
    peer->restoring = true;
    if (entry_get(&server->registry, peer->account, &message->parcel, fds, &entry, why,
                  sizeof(why)) != IST_OK) {
        log_line(LOG_WARN, "broker", "process %d registers again in vain: %s", peer->pid, why);
        return;
    }
    uint32_t number = past_number(&server->past, entry->id);
    if (number && !entry_restore_number(entry, number))
        log_line(LOG_WARN, "broker", "number 0x%x is another object's now", number);
    peer_note(peer);
}

/* The name as its holder knows it, and as the journal does where the holder knows less. */
static struct name_entry *restore_entry(struct peer *peer, const struct wire_message *message)
{
    struct server *server = peer->server;
    struct name_key key = {message->key, message->words, message->flags & WIRE_EXACT_CASE};
    uint32_t access = message->access;
    struct name_entry *name = NULL;
    char why[WHY] = "the name is another object's now, or its object has gone";
    pid_t holder;
    const struct past_name *past = past_name(&server->past, message->key, &holder);
    if (past && memcmp(past->id, message->id, sizeof(past->id)) == 0) {
        key.exact = past->exact;
        key.exact_case = past->exact_case;
        access = past->access;
    }
    struct entry *entry = entry_by_id(&server->registry, message->id);
    if (entry && !name_find(&server->registry, &key) &&
        name_add(entry, &key, access, peer->account, &name, why, sizeof(why)) == IST_OK)
        return name;
    log_line(LOG_WARN, "broker", "process %d registers a name again in vain: %s", peer->pid,
             why);
    return NULL;
}

static void restore_name(struct peer *peer, const struct wire_message *message)
{
    struct name_entry *name = name_of(&peer->server->registry, message->key, message->id);
    if (!name && message->key[0])
        name = restore_entry(peer, message);
    if (name && !hold_find(name, &peer->holds) &&
        !hold_add(name, &peer->holds, peer->pid, peer->start) && list_empty(&name->holds))
        name_remove(name);
    peer_note(peer);
}

const char *post_handle(struct peer *peer, struct wire_message *message, int fds[PARCEL_FDS])
{
    switch (message->type) {
    case WIRE_DROP_NAME: drop_name(peer, message); return NULL;
    case WIRE_FORGET: forget_mail(peer, message); return NULL;
    case WIRE_RESTORE_OBJECT: restore_object(peer, message, fds); return NULL;
    case WIRE_RESTORE_NAME: restore_name(peer, message); return NULL;
    default: return "it sends on one socket what belongs to the other";
    }
}

static const char *take_report(struct peer *peer, struct wire_message *message)
{
    if (!peer->asked)
        return "it reports without being asked";
    message->type = WIRE_LINE_REPORT; /* ready to be sent on */
    message->pid = (uint32_t)peer->pid;
    if (peer->reports && !listing_add(peer->reports, message, LISTING_REPORTS))
        return "its report is longer than any report can be";
    return NULL;
}

/* Whoever listens to all clients may have been waiting for this one. */
static void end_report(struct peer *peer)
{
    struct server *server = peer->server;
    peer->asked = false;
    list_for_each (item, next, &server->peers)
        if (container_of(item, struct peer, link)->asked)
            return;
    list_for_each (item, next, &server->waiting) {
        struct peer *tool = container_of(item, struct peer, turn);
        if (tool->wait == WAIT_REPORTS)
            tool->deadline = 0; /* this turn's end answers it */
    }
}

/* Who asked this process for that handle; NULL: it gave up. */
static struct peer *asker_of(const struct peer *from, uint32_t token)
{
    list_for_each (item, next, &from->server->waiting) {
        struct peer *asker = container_of(item, struct peer, turn);
        if (asker->wait == WAIT_GIVE && asker->from == from && asker->token == token)
            return asker;
    }
    return NULL;
}

static void give(struct peer *from, const struct wire_message *message, int fds[PARCEL_FDS])
{
    struct server *server = from->server;
    struct peer *asker = asker_of(from, message->number);
    struct wire_message *answer = &server->out;
    if (!asker)
        return;
    wire_start(answer, WIRE_IS_HANDLE);
    answer->access = message->access;
    answer->flags = message->flags;
    answer->parcel = message->parcel;
    struct name_entry *name =
        message->key[0] ? name_of(&server->registry, message->key, message->parcel.id) : NULL;
    if (name && hold_add(name, &asker->holds, asker->pid, asker->start))
        strcpy(answer->key, message->key);
    peer_note(asker);
    peer_answer(asker, answer, fds);
}

static void refuse_to_give(struct peer *from, const struct wire_message *message)
{
    struct peer *asker = asker_of(from, message->number);
    if (asker)
        peer_say(asker, wire_status_to(message->status), "process %d: %s", from->pid,
                 message->words);
}

const char *event_answer_handle(struct peer *peer, struct wire_message *message,
                                int fds[PARCEL_FDS])
{
    switch (message->type) {
    case WIRE_REPORT: return take_report(peer, message);
    case WIRE_REPORT_END:
        if (!peer->asked)
            return "it reports without being asked";
        end_report(peer);
        return NULL;
    case WIRE_DROP_NAME: /* behind GIVE: the name of a handle that was given away */
        drop_name(peer, message);
        return NULL;
    case WIRE_GIVE:
    case WIRE_REFUSE:
        if (!peer->gives_due)
            return "it gives what nobody asked for";
        peer->gives_due--;
        if (message->type == WIRE_GIVE)
            give(peer, message, fds);
        else
            refuse_to_give(peer, message);
        return NULL;
    default: return "it sends on one socket what belongs to the other";
    }
}
