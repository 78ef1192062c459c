/* SPDX-License-Identifier: MIT */
/* Names and their holders. */
#include "server_rig.h"

/* Two objects of a connection, with what names them. */
struct fixture {
    struct server *server;
    struct raw client;
    struct parcel p, q;
};

static struct fixture begin(void)
{
    struct fixture f = {.server = rig_server(), .p = rig_parcel(), .q = rig_parcel()};
    f.client = raw_client(f.server);
    return f;
}

static void end(struct fixture *f)
{
    raw_close(&f->client);
    rig_drop(&f->p);
    rig_drop(&f->q);
    rig_server_end(f->server);
}

TEST(names_that_mind_their_case_are_several_under_one_key)
{
    struct fixture f = begin();
    CHECK_EQ(raw_bind(&f.client, "LA", &f.p), IST_OK);
    struct name_key folded = {"LA", "a", false}, other = {"LA", "a", true};
    struct name_entry *name = name_find(&f.server->registry, &folded);
    CHECK(name);
    name->exact_case = true;
    CHECK_PTR_EQ(name_find(&f.server->registry, &other), NULL);
    CHECK_PTR_EQ(name_find(&f.server->registry, &folded), name);
    end(&f);
}

TEST(a_holder_is_one_however_often_it_holds_and_the_last_takes_the_name_along)
{
    struct fixture f = begin();
    CHECK_EQ(raw_bind(&f.client, "LA", &f.p), IST_OK);
    struct name_entry *name = name_of(&f.server->registry, "LA", f.p.id);
    struct list second;
    list_init(&second);
    CHECK(name);
    CHECK(hold_add(name, &second, 5, 6));
    CHECK(hold_add(name, &second, 5, 6));
    struct hold *hold = hold_find(name, &second);
    CHECK(hold && hold->pid == 5);
    CHECK_EQ(hold->count, 2);
    raw_close(&f.client);
    CHECK_PTR_EQ(name_of(&f.server->registry, "LA", f.p.id), name);
    hold_remove(hold);
    CHECK(list_empty(&second));
    CHECK_PTR_EQ(name_of(&f.server->registry, "LA", f.p.id), NULL);
    CHECK_EQ(f.server->registry.by_id.count, 0); /* nothing else led to it */
    end(&f);
}

TEST(names_go_with_their_object)
{
    struct fixture f = begin();
    CHECK_EQ(raw_bind(&f.client, "LA", &f.p), IST_OK);
    CHECK_EQ(raw_bind(&f.client, "LB", &f.p), IST_OK);
    CHECK_EQ(raw_bind(&f.client, "LC", &f.q), IST_OK);
    rig_drop(&f.p);
    struct name_key key = {"LA", "A", false};
    CHECK_PTR_EQ(name_find(&f.server->registry, &key), NULL);
    CHECK_EQ(f.server->registry.names.count, 1);
    CHECK_EQ(raw_bind(&f.client, "LA", &f.q), IST_OK);
    end(&f);
}
