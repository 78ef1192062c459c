/* SPDX-License-Identifier: MIT */
/* Values: the bit of the reserved range, the epoch, a counter; multiples of 4 below 2^30. */
#include "broker/mailbox.h"

#include "broker/channel.h"
#include "broker/registry.h"

#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNTER_BITS 23U
#define EPOCH_SHIFT (COUNTER_BITS + 2)

void mailboxes_init(struct mailboxes *all, struct loop *loop, uint32_t epoch)
{
    *all = (struct mailboxes){.loop = loop, .epoch = epoch};
    list_init(&all->boxes);
    /* Epochs come again after fifteen brokers: not with the same values, which may be open. */
    if (getrandom(&all->counter, sizeof(all->counter), GRND_NONBLOCK) < 0)
        all->counter = (uint32_t)getpid() << 8;
}

static void box_free(struct mailbox *box)
{
    list_for_each (item, next, &box->mail)
        mail_remove(container_of(item, struct mail, link));
    loop_remove(box->all->loop, &box->process);
    list_remove(&box->link);
    free(box);
}

void mailboxes_finish(struct mailboxes *all)
{
    list_for_each (item, next, &all->boxes)
        box_free(container_of(item, struct mailbox, link));
}

/* A pidfd is readable when its process has ended. */
static void on_process(struct source *source)
{
    box_free(container_of(source, struct mailbox, process));
}

struct mailbox *mailbox_find(struct mailboxes *all, pid_t pid, uint64_t start)
{
    list_for_each (item, next, &all->boxes) {
        struct mailbox *box = container_of(item, struct mailbox, link);
        if (box->pid == pid && box->start == start)
            return box;
    }
    return NULL;
}

struct mailbox *mailbox_get(struct mailboxes *all, pid_t pid, uint64_t start)
{
    struct mailbox *box = mailbox_find(all, pid, start);
    int fd = box ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (box || fd < 0)
        return box;
    box = calloc(1, sizeof(*box));
    if (!box) {
        close(fd);
        return NULL;
    }
    box->all = all;
    box->pid = pid;
    box->start = start;
    box->process.ready = on_process;
    list_init(&box->mail);
    list_append(&all->boxes, &box->link);
    if (loop_add(all->loop, &box->process, fd, true))
        return box;
    box_free(box);
    return NULL;
}

struct mail *mail_add(struct mailbox *box, const struct wire_message *message,
                      int fds[PARCEL_FDS], struct account *account, const struct charge *charge)
{
    size_t key = strlen(message->key) + 1;
    struct mail *mail = calloc(1, sizeof(*mail) + key);
    if (!mail) {
        channel_close_fds(fds);
        quota_give_back(account, charge);
        return NULL;
    }
    uint32_t count = ++box->all->counter & ((1U << COUNTER_BITS) - 1);
    mail->value = REMOTE_VALUE_BIT | box->all->epoch << EPOCH_SHIFT | count << 2;
    mail->access = message->access;
    mail->flags = message->flags;
    mail->what = message->parcel;
    mail->account = account;
    mail->charge = *charge;
    memcpy(mail->key, message->key, key);
    memcpy(mail->fds, fds, sizeof(mail->fds));
    memset(fds, -1, sizeof(mail->fds));
    list_init(&mail->holds);
    list_append(&box->mail, &mail->link);
    return mail;
}

bool mailboxes_empty(const struct mailboxes *all)
{
    for (const struct list *at = all->boxes.next; at != &all->boxes; at = at->next)
        if (!list_empty(&container_of(at, const struct mailbox, link)->mail))
            return false;
    return true;
}

struct mail *mail_find(struct mailbox *box, uint32_t value)
{
    list_for_each (item, next, &box->mail) {
        struct mail *mail = container_of(item, struct mail, link);
        if (!value || mail->value == value)
            return mail;
    }
    return NULL;
}

void mail_remove(struct mail *mail)
{
    list_for_each (item, next, &mail->holds)
        hold_remove(container_of(item, struct hold, in_owner));
    channel_close_fds(mail->fds);
    list_remove(&mail->link);
    quota_give_back(mail->account, &mail->charge);
    free(mail);
}
