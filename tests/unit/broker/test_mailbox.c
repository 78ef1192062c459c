/* SPDX-License-Identifier: MIT */
/* Handles on their way: their values, their order, their end with the process. */
#include "broker/proc.h"
#include "server_rig.h"

static int wait_for_end(void *arg)
{
    struct rig_wire *wire = arg;
    char byte;
    WANT(rig_get(wire->to_child[0], &byte, 1));
    return 0;
}

static struct mail *post(struct server *server, struct mailbox *box, struct parcel *p)
{
    struct wire_message m;
    int fds[PARCEL_FDS];
    char why[512];
    struct account *account = account_get(&server->quota, 7, 7);
    struct charge charge = {.amount = {[QUOTA_OBJECTS] = 1}};
    wire_start(&m, WIRE_PUSH);
    channel_put_parcel(&m.parcel, p);
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        fds[i] = fcntl(p->fd[i], F_DUPFD_CLOEXEC, 3);
    CHECK_EQ(quota_charge(account, &charge, why, sizeof(why)), IST_OK);
    struct mail *mail = mail_add(box, &m, fds, account, &charge);
    account_drop(account);
    return mail;
}

TEST(mail_waits_in_order_and_goes_with_its_process)
{
    struct server *server = rig_server();
    struct rig_wire wire = rig_wire_new();
    struct parcel p = rig_parcel();
    pid_t child = rig_child(wait_for_end, &wire);
    uint64_t start = proc_start(child, NULL);
    CHECK(start);
    struct mailbox *box = mailbox_get(&server->mail, child, start);
    CHECK(box);
    CHECK_PTR_EQ(mailbox_get(&server->mail, child, start), box);
    struct mail *first = post(server, box, &p), *second = post(server, box, &p);
    CHECK_EQ(second->value, first->value + 4);
    CHECK_EQ(first->value & 0xe0000003, REMOTE_VALUE_BIT);
    CHECK_PTR_EQ(mail_find(box, 0), first);
    CHECK_PTR_EQ(mail_find(box, second->value), second);
    CHECK_PTR_EQ(mail_find(box, second->value + 4), NULL);
    mail_remove(first);
    CHECK_PTR_EQ(mail_find(box, 0), second);
    rig_put(wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(child), 0);
    rig_turn(server);
    CHECK_PTR_EQ(mailbox_find(&server->mail, child, start), NULL);
    CHECK_EQ(server->quota.used[QUOTA_OBJECTS], 0);
    CHECK_PTR_EQ(mailbox_get(&server->mail, child, start), NULL); /* nobody is there */
    rig_drop(&p);
    rig_wire_end(&wire);
    rig_server_end(server);
}

/* The epoch is one of fifteen: a later broker of the same one must not begin with what an
 * earlier one gave to a process that still has it open. */
TEST(two_brokers_of_one_epoch_begin_with_different_values)
{
    struct mailboxes all;
    struct loop loop = {.epoll = -1};
    uint32_t first = 0, same = 0;
    for (unsigned i = 0; i < 20; i++) {
        mailboxes_init(&all, &loop, 3);
        same += all.counter == first;
        first = all.counter;
    }
    CHECK(same < 2);
}
