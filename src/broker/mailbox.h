/* SPDX-License-Identifier: MIT */
/*
 * Handles on their way: what one process duplicated into another and that did not fetch yet.
 * Such a handle is an owner: the write end of the life pipe stays open here. A mailbox belongs
 * to a process, connected or not, and goes with it.
 */
#ifndef ISTHMUS_BROKER_MAILBOX_H
#define ISTHMUS_BROKER_MAILBOX_H

#include "broker/quota.h"
#include "broker/source.h"
#include "broker/wire.h"

struct mailboxes {
    struct list boxes;
    struct loop *loop;
    uint32_t epoch, counter; /* together a value that is not used again soon */
};

struct mailbox {
    struct source process; /* its pidfd */
    struct list link;
    struct list mail; /* oldest first */
    struct mailboxes *all;
    pid_t pid;
    uint64_t start;
};

struct mail {
    struct list link;
    struct list holds; /* of struct hold.in_owner: its name, at most one */
    uint32_t value, access, flags;
    struct wire_parcel what;
    int fds[PARCEL_FDS]; /* owned */
    struct account *account;
    struct charge charge;
    char key[];
};

void mailboxes_init(struct mailboxes *all, struct loop *loop, uint32_t epoch);
void mailboxes_finish(struct mailboxes *all);

struct mailbox *mailbox_find(struct mailboxes *all, pid_t pid, uint64_t start);
/* The same, made if there is none. NULL: no memory, no fd, or the process has gone. */
struct mailbox *mailbox_get(struct mailboxes *all, pid_t pid, uint64_t start);

/* Takes the fds (sets them to -1) and the charge, also on failure (NULL: no memory). */
struct mail *mail_add(struct mailbox *box, const struct wire_message *message,
                      int fds[PARCEL_FDS], struct account *account,
                      const struct charge *charge);
/* No handle is on its way to anybody. */
bool mailboxes_empty(const struct mailboxes *all);
/* By value; 0 is the oldest. NULL: none. */
struct mail *mail_find(struct mailbox *box, uint32_t value);
void mail_remove(struct mail *mail);

#endif
