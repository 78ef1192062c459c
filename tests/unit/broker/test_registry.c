/* SPDX-License-Identifier: MIT */
/* Objects and numbers, without any connection. */
#include "server_rig.h"

static struct entry *add(struct server *server, struct account *account, struct parcel *p)
{
    struct wire_parcel what;
    struct entry *entry = NULL;
    int fds[PARCEL_FDS];
    char why[512];
    channel_put_parcel(&what, p);
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        fds[i] = fcntl(p->fd[i], F_DUPFD_CLOEXEC, 3);
    CHECK_EQ(entry_get(&server->registry, account, &what, fds, &entry, why, sizeof(why)),
             IST_OK);
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        CHECK_EQ(fds[i], -1);
    return entry;
}

TEST(an_entry_is_found_by_id_and_number_until_its_object_ends)
{
    struct server *server = rig_server();
    struct account *account = account_get(&server->quota, 1, 1);
    struct parcel p = rig_parcel();
    struct entry *entry = add(server, account, &p);
    CHECK_PTR_EQ(entry_by_id(&server->registry, p.id), entry);
    CHECK_PTR_EQ(add(server, account, &p), entry);
    CHECK(entry_give_number(entry));
    uint32_t number = entry->number;
    CHECK(entry_give_number(entry));
    CHECK_EQ(entry->number, number);
    CHECK_PTR_EQ(entry_by_number(&server->registry, number), entry);
    CHECK_PTR_EQ(entry_by_number(&server->registry, number + 64), NULL);
    rig_drop(&p);
    CHECK_PTR_EQ(entry_by_number(&server->registry, number), NULL);
    CHECK_PTR_EQ(entry_by_id(&server->registry, p.id), NULL);
    account_drop(account);
    rig_server_end(server);
}

static bool reserve_even(void *user, uint32_t number)
{
    (void)user;
    return number >> 6 & 1;
}

TEST(numbers_that_survivors_hold_are_not_given)
{
    struct server *server = rig_server();
    struct account *account = account_get(&server->quota, 1, 1);
    struct parcel p = rig_parcel(), q = rig_parcel();
    server->registry.is_reserved = reserve_even;
    struct entry *a = add(server, account, &p), *b = add(server, account, &q);
    CHECK(entry_give_number(a) && entry_give_number(b));
    CHECK_EQ(a->number >> 6 & 1, 0);
    CHECK_EQ(b->number - a->number, 2 << 6);
    struct parcel r = rig_parcel();
    struct entry *c = add(server, account, &r);
    CHECK(!entry_restore_number(c, a->number));
    CHECK(entry_restore_number(c, 0x7fffffc2));
    CHECK(entry_restore_number(c, 0x7fffffc2));
    CHECK(!entry_restore_number(c, 0x7fffff82)); /* it has one */
    rig_drop(&p);
    rig_drop(&q);
    rig_drop(&r);
    rig_turn(server);
    account_drop(account);
    rig_server_end(server);
}

TEST(the_counter_goes_round_and_skips_what_lives)
{
    struct server *server = rig_server();
    struct account *account = account_get(&server->quota, 1, 1);
    struct parcel p = rig_parcel(), q = rig_parcel();
    struct entry *a = add(server, account, &p);
    CHECK(entry_give_number(a));
    server->registry.counter = (a->number >> 6 & 0xfffff) - 1; /* as after 2^20 numbers */
    struct entry *b = add(server, account, &q);
    CHECK(entry_give_number(b));
    CHECK_EQ(b->number, a->number + 64);
    rig_drop(&p);
    rig_drop(&q);
    rig_turn(server);
    account_drop(account);
    rig_server_end(server);
}

TEST(what_leads_to_nothing_is_tidied_away)
{
    struct server *server = rig_server();
    struct account *account = account_get(&server->quota, 1, 1);
    struct parcel p = rig_parcel();
    entry_tidy(add(server, account, &p));
    CHECK_PTR_EQ(entry_by_id(&server->registry, p.id), NULL);
    struct entry *entry = add(server, account, &p);
    CHECK(entry_give_number(entry));
    entry_tidy(entry);
    CHECK_PTR_EQ(entry_by_id(&server->registry, p.id), entry);
    rig_drop(&p);
    account_drop(account);
    rig_server_end(server);
}
