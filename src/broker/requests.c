/* SPDX-License-Identifier: MIT */
/*
 * What each request asks for. A handler answers, or leaves the request waiting; it runs again
 * when what it waits for may have come. After an answer the peer may be gone: nothing follows.
 */
#include "broker/channel.h"
#include "broker/inspect.h"
#include "broker/listing.h"
#include "broker/proc.h"
#include "broker/server.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GIVE_WAIT_MS 2000
#define LOOK_AGAIN_MS 100 /* at whether who is slow has been stopped meanwhile */
#define END_LOOK_MS 5     /* at whether who hung up has ended */
#define GIVES_AT_ONCE 16  /* questions under way to one process: they fit into its socket */
#define WHY 512

static const char *kind_name(uint32_t kind)
{
    return kind == OBJECT_FENCE ? "a fence" : "a resource";
}

/* A survivor of the last broker may have what is asked for: waits, or false. */
static bool wait_for_past(struct peer *peer)
{
    int left = peer_patience_ms(peer);
    if (!left || !past_may_wait(&peer->server->past))
        return false;
    peer_wait_for(peer, WAIT_PAST, left < LOOK_AGAIN_MS ? left : LOOK_AGAIN_MS);
    return true;
}

/* Answers with the object's parcel. */
static void answer_parcel(struct peer *peer, struct entry *entry)
{
    struct wire_message *answer = &peer->server->out;
    int fds[PARCEL_FDS];
    wire_start(answer, WIRE_IS_PARCEL);
    if (!entry_lend(entry, &answer->parcel, fds)) {
        peer_say(peer, IST_NO_RESOURCES, "the broker has no file descriptor left");
        return;
    }
    peer_note(peer);
    int life = fds[PARCEL_LIFE];
    peer_answer(peer, answer, fds);
    close(life);
}

static bool answer_number(struct peer *peer, uint32_t number)
{
    struct wire_message *answer = &peer->server->out;
    wire_start(answer, WIRE_IS_NUMBER);
    answer->number = number;
    return peer_answer(peer, answer, NULL);
}

static bool versions_meet(struct peer *peer)
{
    const struct wire_message *hello = peer->request;
    if (hello->version_low <= WIRE_VERSION && WIRE_VERSION <= hello->version_high)
        return true;
    bool older = hello->version_high < WIRE_VERSION;
    peer_say(peer, IST_VERSION,
             "this program's isthmus (%.64s) speaks version %u of the broker's protocol, the "
             "broker that runs (pid %d, isthmus %d.%d.%d) speaks %u: the %s is older. End the "
             "programs that use it, or `isthmus broker --stop`, and use one version for all",
             hello->words, hello->version_high, getpid(), IST_VERSION_MAJOR, IST_VERSION_MINOR,
             IST_VERSION_PATCH, WIRE_VERSION, older ? "program" : "broker");
    return false;
}

/* A client has an event channel, a tool needs none. False: no memory or no fd for it. */
static bool admit(struct peer *peer, int *events)
{
    struct server *server = peer->server;
    peer->tool = peer->request->flags & WIRE_TOOL;
    peer->account = account_get(&server->quota, peer->pid, peer->start);
    *events = -1;
    if (peer->account && !peer->tool)
        *events = peer_open_events(peer);
    if (!peer->account || (!peer->tool && *events < 0))
        return false;
    peer->welcome = true;
    if (!peer->tool)
        server->client_count++;
    return true;
}

static void handle_hello(struct peer *peer)
{
    struct server *server = peer->server;
    struct wire_message *answer = &server->out;
    int fds[PARCEL_FDS] = {-1, -1, -1, -1};
    if (!versions_meet(peer))
        return;
    if (!admit(peer, &fds[0])) {
        peer_drop(peer, "the broker has no memory or no file descriptor for it");
        return;
    }
    wire_start(answer, WIRE_WELCOME);
    answer->number = WIRE_VERSION;
    answer->pid = (uint32_t)getpid();
    answer->parcel.fds = fds[0] >= 0; /* the event channel, in the first place */
    if (peer_answer(peer, answer, fds)) {
        struct mailbox *box = mailbox_find(&server->mail, peer->pid, peer->start);
        wire_start(answer, WIRE_MAIL);
        if (box && !peer->tool && !list_empty(&box->mail))
            peer->mail_told = peer_tell(peer, answer);
    }
    if (fds[0] >= 0)
        close(fds[0]);
}

/* The entry of the request's parcel; false: answered. */
static bool get_entry(struct peer *peer, struct entry **out)
{
    char why[WHY];
    enum ist_status status = entry_get(&peer->server->registry, peer->account,
                                       &peer->request->parcel, peer->fds, out, why,
                                       sizeof(why));
    if (status != IST_OK)
        peer_say(peer, status, "%s", why);
    return status == IST_OK;
}

static void handle_publish(struct peer *peer)
{
    struct entry *entry;
    if (!get_entry(peer, &entry))
        return;
    uint32_t old = past_number(&peer->server->past, entry->id);
    bool restored = old && entry_restore_number(entry, old);
    if (!restored && !entry_give_number(entry)) {
        entry_tidy(entry);
        peer_say(peer, IST_NO_RESOURCES, "the broker has no global number left");
        return;
    }
    peer_note(peer);
    answer_number(peer, entry->number);
}

static void handle_find_number(struct peer *peer)
{
    struct server *server = peer->server;
    uint32_t number = peer->request->number;
    struct entry *entry = entry_by_number(&server->registry, number);
    if (entry)
        answer_parcel(peer, entry);
    else if (!past_has_number(&server->past, number) || !wait_for_past(peer))
        peer_say(peer, IST_BAD_HANDLE,
                 "global handle 0x%x names no live object in any process: it holds no "
                 "reference, and dies with the last one",
                 number);
}

static struct name_key key_of(const struct wire_message *message)
{
    return (struct name_key){message->key, message->words, message->flags & WIRE_EXACT_CASE};
}

/* Nobody has the name, or it was answered (or waits). */
static bool name_is_free(struct peer *peer)
{
    struct server *server = peer->server;
    struct name_key key = key_of(peer->request);
    struct name_entry *taken = name_find(&server->registry, &key);
    pid_t holder;
    if (taken) {
        peer_say(peer, IST_NAME_TAKEN, "name \"%s\" belongs to %s that is alive", key.exact,
                 kind_name(taken->entry->kind));
        return false;
    }
    if (!past_name(&server->past, key.key, &holder))
        return true;
    if (!wait_for_past(peer))
        peer_say(peer, IST_NAME_TAKEN,
                 "name \"%s\" is held by process %d, which has not answered since the broker "
                 "was started again",
                 key.exact, holder);
    return false;
}

static void handle_bind(struct peer *peer)
{
    struct entry *entry;
    struct name_entry *name;
    char why[WHY] = "the broker has no memory for one more name";
    if (!peer->request->key[0]) {
        peer_say(peer, IST_BAD_ARG, "the name is empty");
        return;
    }
    if (!name_is_free(peer) || !get_entry(peer, &entry))
        return;
    struct name_key key = key_of(peer->request);
    enum ist_status status =
        name_add(entry, &key, peer->request->access, peer->account, &name, why, sizeof(why));
    if (status == IST_OK && !hold_add(name, &peer->holds, peer->pid, peer->start)) {
        name_remove(name);
        status = IST_NO_MEMORY;
    }
    if (status == IST_OK)
        peer_note(peer);
    else
        entry_tidy(entry);
    peer_say(peer, status, "%s", status == IST_OK ? "" : why);
}

/* The name is not there: wait for a survivor that may have it, or say so. */
static void miss_name(struct peer *peer)
{
    struct server *server = peer->server;
    const char *name = peer->request->words[0] ? peer->request->words : peer->request->key;
    pid_t holder;
    if (!past_name(&server->past, peer->request->key, &holder))
        peer_say(peer, IST_NOT_FOUND,
                 "no object is named \"%s\" in any process: a name lives only while a handle "
                 "made with it is open",
                 name);
    else if (!wait_for_past(peer))
        peer_say(peer, IST_NOT_FOUND,
                 "the object named \"%s\" cannot be had: its holder, process %d, has not "
                 "answered since the broker was started again",
                 name, holder);
}

static void handle_find_name(struct peer *peer)
{
    struct name_key key = key_of(peer->request);
    struct name_entry *name = name_find(&peer->server->registry, &key);
    if (name)
        answer_parcel(peer, name->entry);
    else
        miss_name(peer);
}

static void handle_hold_name(struct peer *peer)
{
    struct name_entry *name =
        name_of(&peer->server->registry, peer->request->key, peer->request->id);
    if (!name) {
        miss_name(peer);
        return;
    }
    bool held = hold_add(name, &peer->holds, peer->pid, peer->start);
    peer_note(peer);
    peer_say(peer, held ? IST_OK : IST_NO_MEMORY, "%s",
             held ? "" : "the broker has no memory for one more holder");
}

/* False: answered. `start` tells the process from a later one of its pid. */
static bool may_reach(struct peer *peer, pid_t pid, uint64_t *start)
{
    uid_t uid;
    *start = proc_start(pid, &uid);
    if (*start && uid == peer->uid)
        return true;
    if (*start)
        peer_say(peer, IST_ACCESS_DENIED, "process %d belongs to another user", pid);
    else
        peer_say(peer, IST_NOT_FOUND, "there is no process %d", pid);
    return false;
}

/* The mail of a push, charged to the sender; false: answered. */
static bool post_mail(struct peer *peer, struct mailbox *box, struct mail **out)
{
    char why[WHY];
    struct inspect_facts facts;
    struct parcel parcel;
    channel_get_parcel(&peer->request->parcel, peer->fds, &parcel);
    const char *wrong = inspect_parcel(&parcel, &facts);
    if (wrong) {
        peer_say(peer, IST_BAD_PARCEL, "the broker refuses what was sent: %s", wrong);
        return false;
    }
    struct charge charge = {
        .amount = {[QUOTA_OBJECTS] = 1, [QUOTA_FDS] = facts.fds, [QUOTA_BYTES] = facts.bytes}};
    enum ist_status status = quota_charge(peer->account, &charge, why, sizeof(why));
    if (status != IST_OK) {
        peer_say(peer, status, "%s", why);
        return false;
    }
    *out = mail_add(box, peer->request, peer->fds, peer->account, &charge);
    if (!*out)
        peer_say(peer, IST_NO_MEMORY, "the broker has no memory for one more handle");
    return *out;
}

static void tell_mail(struct server *server, const struct mailbox *box)
{
    struct peer *target = peer_of_process(server, box->pid, box->start);
    if (!target || target->mail_told)
        return;
    target->mail_told = true;
    wire_start(&server->out, WIRE_MAIL);
    peer_tell(target, &server->out);
}

static void handle_push(struct peer *peer)
{
    struct server *server = peer->server;
    pid_t pid = (pid_t)peer->request->pid;
    uint64_t start;
    struct mail *mail;
    if (!may_reach(peer, pid, &start))
        return;
    struct mailbox *box = mailbox_get(&server->mail, pid, start);
    if (!box) {
        peer_say(peer, IST_NO_RESOURCES, "the broker cannot watch process %d", pid);
        return;
    }
    if (!post_mail(peer, box, &mail))
        return;
    struct name_entry *name =
        mail->key[0] ? name_of(&server->registry, mail->key, mail->what.id) : NULL;
    if (!name || !hold_add(name, &mail->holds, pid, start))
        mail->key[0] = 0; /* the name went meanwhile: a handle without it */
    if (answer_number(peer, mail->value))
        tell_mail(server, box);
    else /* the sender never learns the value, so nobody would ever close the handle */
        mail_remove(mail);
}

static void answer_mail(struct peer *peer, struct mail *mail, bool last)
{
    struct server *server = peer->server;
    struct wire_message *answer = &server->out;
    struct name_entry *name =
        mail->key[0] ? name_of(&server->registry, mail->key, mail->what.id) : NULL;
    wire_start(answer, WIRE_IS_HANDLE);
    answer->number = mail->value;
    answer->access = mail->access;
    answer->flags = mail->flags;
    answer->parcel = mail->what;
    if (name && hold_add(name, &peer->holds, peer->pid, peer->start))
        strcpy(answer->key, mail->key);
    peer_note(peer);
    if (peer_answer(peer, answer, mail->fds) && last)
        mail_remove(mail);
}

static void handle_take(struct peer *peer)
{
    uint32_t value = peer->request->number;
    struct mailbox *box = mailbox_find(&peer->server->mail, peer->pid, peer->start);
    struct mail *mail = box ? mail_find(box, value) : NULL;
    if (mail) {
        answer_mail(peer, mail, true);
        return;
    }
    if (!value)
        peer->mail_told = false;
    peer_say(peer, IST_BAD_HANDLE,
             "handle 0x%x is not open: no process has put a handle of that value here", value);
}

/* A handle that was pushed there and has not arrived yet; NULL: none of that value. */
static struct mail *pushed_to(struct server *server, pid_t pid, uint64_t start, uint64_t value)
{
    struct mailbox *box = mailbox_find(&server->mail, pid, start);
    return box && value && value <= UINT32_MAX ? mail_find(box, (uint32_t)value) : NULL;
}

/* Nobody is there to be asked for a handle: not yet, or not at all. */
static void miss_process(struct peer *peer, pid_t pid, uint64_t start)
{
    uint64_t value = peer->request->value;
    if (past_awaits(&peer->server->past, pid, start)) {
        if (!wait_for_past(peer))
            peer_say(peer, IST_TIMEOUT,
                     "process %d has not answered since the broker was started again", pid);
    } else if (value <= UINT32_MAX && (value & REMOTE_VALUE_BIT)) {
        peer_say(peer, IST_BAD_HANDLE, "handle 0x%x of process %d is not open", (uint32_t)value,
                 pid);
    } else {
        peer_say(peer, IST_NOT_SUPPORTED,
                 "process %d has shared nothing with other processes yet, so it cannot be "
                 "asked for a handle: let it duplicate the handle to this process instead",
                 pid);
    }
}

static void ask_for_handle(struct peer *peer, struct peer *from)
{
    struct server *server = peer->server;
    wire_start(&server->out, WIRE_ASK_HANDLE);
    server->out.number = ++server->next_token;
    server->out.value = peer->request->value;
    server->out.flags = peer->request->flags & WIRE_CLOSE_SOURCE;
    peer->token = server->next_token;
    peer->from = from;
    peer_wait_for(peer, WAIT_GIVE, GIVE_WAIT_MS);
    from->gives_due++;
    peer_tell(from, &server->out); /* if it goes by that, the next turn says so */
}

static void handle_pull(struct peer *peer)
{
    pid_t pid = (pid_t)peer->request->pid;
    uint64_t start;
    if (!may_reach(peer, pid, &start))
        return;
    struct mail *mail = pushed_to(peer->server, pid, start, peer->request->value);
    struct peer *from = peer_of_process(peer->server, pid, start);
    if (mail)
        answer_mail(peer, mail, peer->request->flags & WIRE_CLOSE_SOURCE);
    else if (!from || from == peer)
        miss_process(peer, pid, start);
    else if (from->gives_due >= GIVES_AT_ONCE)
        peer_say(peer, IST_TIMEOUT, "process %d does not answer", pid);
    else
        ask_for_handle(peer, from);
}

static bool reports_are_in(const struct server *server)
{
    list_for_each (item, next, (struct list *)(uintptr_t)&server->peers)
        if (container_of(item, struct peer, link)->asked)
            return false;
    return true;
}

/* What the clients reported goes as soon as nobody else is waiting for it. */
static void forget_reports(struct server *server, const struct peer *but)
{
    list_for_each (item, next, &server->peers) {
        struct peer *peer = container_of(item, struct peer, link);
        if (peer != but && peer->wait == WAIT_REPORTS)
            return;
    }
    list_for_each (item, next, &server->peers) {
        struct peer *peer = container_of(item, struct peer, link);
        listing_free(take(&peer->reports, NULL));
    }
}

/* A list is as long as everybody's reports: 64 connections of one process have one. */
static bool reads_another_list(const struct peer *peer)
{
    list_for_each (item, next, &peer->server->peers) {
        const struct peer *other = container_of(item, struct peer, link);
        if (other != peer && other->listing && other->pid == peer->pid &&
            other->start == peer->start)
            return true;
    }
    return false;
}

static void finish_list(struct peer *peer)
{
    bool refused = reads_another_list(peer);
    listing_free(peer->listing);
    peer->listing = refused ? NULL : listing_make(peer->server);
    forget_reports(peer->server, peer);
    if (refused)
        peer_say(peer, IST_QUOTA, "this process is reading another list of the broker's");
    else
        peer_say(peer, peer->listing ? IST_OK : IST_NO_MEMORY, "%s",
                 peer->listing ? "" : "the broker has no memory for a list");
}

/* False: the peer is gone by that. */
static bool ask_report(struct peer *peer)
{
    struct server *server = peer->server;
    if (!peer->welcome || peer->tool || peer->asked)
        return true;
    listing_free(peer->reports);
    peer->reports = listing_new();
    peer->asked = true;
    wire_start(&server->out, WIRE_ASK_REPORT);
    return peer_tell(peer, &server->out);
}

static void handle_list(struct peer *peer)
{
    struct server *server = peer->server;
    if (peer->listing) { /* asked again before its end */
        listing_free(peer->listing);
        peer->listing = NULL;
    }
    peer_wait_for(peer, WAIT_REPORTS, LISTING_WAIT_MS);
    list_for_each (item, next, &server->peers) {
        struct peer *other = container_of(item, struct peer, link);
        if (!ask_report(other) && other == peer)
            return; /* a client may list, too */
    }
    if (reports_are_in(server))
        finish_list(peer);
}

static void handle_next(struct peer *peer)
{
    struct wire_message *answer = &peer->server->out;
    if (!peer->listing || !listing_next(peer->listing, answer))
        wire_start(answer, WIRE_LINE_END);
    if (answer->type == WIRE_LINE_END) {
        listing_free(peer->listing);
        peer->listing = NULL;
    }
    peer_answer(peer, answer, NULL);
}

static void handle_stop(struct peer *peer)
{
    struct server *server = peer->server;
    unsigned users = 0;
    list_for_each (item, next, &server->peers)
        users += container_of(item, struct peer, link)->in_journal;
    if (users) {
        peer_say(peer, IST_BUSY,
                 "%u process%s %s objects through the broker; `isthmus ls` shows them", users,
                 users == 1 ? "" : "es", users == 1 ? "shares" : "share");
        return;
    }
    server->stop = true;
    peer_say(peer, IST_OK, "%s", "");
}

static void tidy_entry(struct table_link *item, void *arg)
{
    (void)arg;
    entry_tidy(container_of(item, struct entry, by_id));
}

/* It let go of the name when nobody listened: the journal must not say for ever that it has. */
static void drop_old_name(const struct past_name *old, void *arg)
{
    struct peer *peer = arg;
    struct server *server = peer->server;
    const struct name_entry *name = name_of(&server->registry, old->key, old->id);
    if (!name || !name_is_held_by(name, peer->pid, peer->start))
        journal_hold(&server->journal, WIRE_J_DROP, old->id, old->key, peer->pid, peer->start);
}

/*
 * All that the client has is registered again: what led to nothing can go. Not while another
 * one is at it: the names of objects that are back may still be under way.
 */
static void handle_restored(struct peer *peer)
{
    struct server *server = peer->server;
    bool others = false;
    peer->restoring = false;
    list_for_each (item, next, &server->peers)
        others |= container_of(item, struct peer, link)->restoring;
    if (!others)
        table_each(&server->registry.by_id, tidy_entry, NULL);
    past_each_name(&server->past, peer->pid, peer->start, drop_old_name, peer);
    if (!peer->in_journal) /* it has nothing any more, so no successor need wait for it */
        journal_process(&server->journal, WIRE_J_GONE, peer->pid, peer->start);
    past_returned(&server->past, peer->pid, peer->start);
    peer_say(peer, IST_OK, "%s", "");
}

/* table */
void request_handle(struct peer *peer)
{
    bool tool = peer->tool;
    switch (peer->request->type) {
    case WIRE_HELLO: handle_hello(peer); return;
    case WIRE_LIST: handle_list(peer); return;
    case WIRE_NEXT: handle_next(peer); return;
    case WIRE_STOP: handle_stop(peer); return;
    default: break;
    }
    if (tool) {
        peer_drop(peer, "a tool asks what only clients may ask");
        return;
    }
    switch (peer->request->type) {
    case WIRE_PUBLISH: handle_publish(peer); return;
    case WIRE_FIND_NUMBER: handle_find_number(peer); return;
    case WIRE_BIND: handle_bind(peer); return;
    case WIRE_FIND_NAME: handle_find_name(peer); return;
    case WIRE_HOLD_NAME: handle_hold_name(peer); return;
    case WIRE_PUSH: handle_push(peer); return;
    case WIRE_TAKE: handle_take(peer); return;
    case WIRE_PULL: handle_pull(peer); return;
    case WIRE_RESTORED: handle_restored(peer); return;
    default: peer_drop(peer, "it asks what nobody can answer"); return;
    }
}

void request_expired(struct peer *peer)
{
    pid_t pid = (pid_t)peer->request->pid;
    switch (peer->wait) {
    case WAIT_REPORTS: finish_list(peer); break;
    case WAIT_GIVE:
        if (peer->from && proc_can_answer(peer->from->pid, peer->from->start) &&
            peer_patience_ms(peer))
            peer_wait_for(peer, WAIT_GIVE, LOOK_AGAIN_MS);
        else if (peer->from)
            peer_say(peer, IST_TIMEOUT, "process %d does not answer", pid);
        else if (proc_has_ended(pid))
            peer_say(peer, IST_NOT_FOUND, "process %d has ended", pid);
        else if (peer_patience_ms(peer)) /* who ends closes its sockets first */
            peer_wait_for(peer, WAIT_GIVE, END_LOOK_MS);
        else
            peer_say(peer, IST_TIMEOUT,
                     "process %d lost its connection to the broker before it answered", pid);
        break;
    default: request_handle(peer); break;
    }
}
