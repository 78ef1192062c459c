/* SPDX-License-Identifier: MIT */
/* Encoded messages, one behind the other: a header gives each one's size. */
#include "broker/listing.h"

#include "base/futex.h"
#include "broker/server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct listing *listing_new(void)
{
    return calloc(1, sizeof(struct listing));
}

void listing_free(struct listing *listing)
{
    if (listing)
        free(listing->bytes);
    free(listing);
}

static bool make_room(struct listing *listing, size_t more)
{
    if (listing->room - listing->size >= more)
        return true;
    size_t room = (listing->room + more) * 2;
    unsigned char *wider = realloc(listing->bytes, room);
    if (!wider)
        return false;
    listing->bytes = wider;
    listing->room = room;
    return true;
}

bool listing_add(struct listing *listing, const struct wire_message *message, size_t limit)
{
    if (listing->size + WIRE_MAX > limit || !make_room(listing, WIRE_MAX))
        return false;
    listing->size += wire_encode(message, listing->bytes + listing->size);
    return true;
}

bool listing_next(struct listing *listing, struct wire_message *out)
{
    if (listing->size - listing->at < WIRE_HEADER)
        return false;
    const unsigned char *bytes = listing->bytes + listing->at;
    size_t size = bytes[4] | (size_t)bytes[5] << 8;
    if (wire_decode(bytes, size, out))
        return false;
    listing->at += size;
    return true;
}

void listing_rewind(struct listing *listing)
{
    listing->at = 0;
}

/* The listing being made, and whether everything went into it. */
struct making {
    struct server *server;
    struct listing *out;
    bool whole;
};

static void line(struct making *making, const struct wire_message *message)
{
    making->whole = making->whole && listing_add(making->out, message, SIZE_MAX);
}

static void broker_line(struct making *making)
{
    struct wire_message *message = &making->server->out;
    wire_start(message, WIRE_LINE_BROKER);
    message->number = WIRE_VERSION;
    message->pid = (uint32_t)getpid();
    message->value = (uint64_t)(clock_now_ns() - making->server->started);
    snprintf(message->words, sizeof(message->words), "%d.%d.%d", IST_VERSION_MAJOR,
             IST_VERSION_MINOR, IST_VERSION_PATCH);
    line(making, message);
}

static void client_lines(struct making *making)
{
    struct wire_message *message = &making->server->out;
    list_for_each (item, next, &making->server->peers) {
        struct peer *peer = container_of(item, struct peer, link);
        if (!peer->welcome || peer->tool)
            continue;
        wire_start(message, WIRE_LINE_CLIENT);
        message->pid = (uint32_t)peer->pid;
        message->flags = peer->asked ? WIRE_SILENT : 0;
        snprintf(message->words, sizeof(message->words), "%s", peer->program);
        line(making, message);
        if (peer->reports)
            listing_rewind(peer->reports); /* another tool may have read it */
        while (peer->reports && listing_next(peer->reports, message))
            line(making, message);
    }
}

static void name_lines(struct making *making, const struct name_entry *name)
{
    struct wire_message *message = &making->server->out;
    wire_start(message, WIRE_LINE_NAME);
    memcpy(message->id, name->entry->id, sizeof(message->id));
    message->access = name->access;
    snprintf(message->key, sizeof(message->key), "%s", name->key);
    snprintf(message->words, sizeof(message->words), "%s", name->exact);
    line(making, message);
    list_for_each (item, next, (struct list *)(uintptr_t)&name->holds) {
        struct hold *hold = container_of(item, struct hold, in_name);
        message->type = WIRE_LINE_HOLDER;
        message->pid = (uint32_t)hold->pid;
        line(making, message);
    }
}

static void object_lines(struct table_link *item, void *arg)
{
    struct making *making = arg;
    struct entry *entry = container_of(item, struct entry, by_id);
    struct wire_message *message = &making->server->out;
    wire_start(message, WIRE_LINE_OBJECT);
    memcpy(message->parcel.id, entry->id, sizeof(entry->id));
    message->parcel.kind = entry->kind;
    message->parcel.bytes = entry->bytes;
    message->number = entry->number;
    message->pid = (uint32_t)entry->account->pid;
    line(making, message);
    list_for_each (at, next, &entry->names)
        name_lines(making, container_of(at, struct name_entry, link));
}

static void mail_lines(struct making *making)
{
    struct wire_message *message = &making->server->out;
    list_for_each (item, next, &making->server->mail.boxes) {
        struct mailbox *box = container_of(item, struct mailbox, link);
        list_for_each (at, after, &box->mail) {
            struct mail *mail = container_of(at, struct mail, link);
            wire_start(message, WIRE_LINE_MAIL);
            message->pid = (uint32_t)box->pid;
            message->number = mail->value;
            memcpy(message->id, mail->what.id, sizeof(message->id));
            line(making, message);
        }
    }
}

struct listing *listing_make(struct server *server)
{
    struct making making = {server, listing_new(), true};
    if (!making.out)
        return NULL;
    broker_line(&making);
    client_lines(&making);
    table_each(&server->registry.by_id, object_lines, &making);
    mail_lines(&making);
    wire_start(&server->out, WIRE_LINE_END);
    line(&making, &server->out);
    if (making.whole)
        return making.out;
    listing_free(making.out);
    return NULL;
}
