/* SPDX-License-Identifier: MIT */
/* Posts and what clients answer on their event channels. */
#include "server_rig.h"

static void send_event(struct raw *raw, const int *fds)
{
    raw->m.seq = ++raw->event_seq;
    CHECK_EQ(channel_send(raw->events, &raw->m, fds, MSG_DONTWAIT), CHANNEL_OK);
    rig_turn(raw->server);
}

TEST(letting_go_of_what_is_not_there_is_no_mistake)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    wire_start(&a.m, WIRE_DROP_NAME);
    strcpy(a.m.key, "Lnothing");
    raw_send(&a, NULL);
    wire_start(&a.m, WIRE_FORGET);
    a.m.number = 77;
    raw_send(&a, NULL);
    CHECK_EQ(raw_find_name(&a, "Lnothing"), IST_NOT_FOUND);
    raw_close(&a);
    rig_server_end(server);
}

TEST(another_clients_name_cannot_be_dropped)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server), b = raw_client(server);
    struct parcel p = rig_parcel();
    CHECK_EQ(raw_bind(&a, "LA", &p), IST_OK);
    wire_start(&b.m, WIRE_DROP_NAME);
    strcpy(b.m.key, "LA");
    memcpy(b.m.id, p.id, sizeof(b.m.id));
    raw_send(&b, NULL);
    CHECK_EQ(raw_find_name(&b, "LA"), IST_OK);
    raw_close(&a);
    raw_close(&b);
    rig_drop(&p);
    rig_server_end(server);
}

TEST(an_object_and_its_name_are_restored_and_a_name_without_object_is_not)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    struct parcel p = rig_parcel();
    wire_start(&a.m, WIRE_RESTORE_OBJECT);
    channel_put_parcel(&a.m.parcel, &p);
    raw_send(&a, p.fd);
    for (unsigned i = 0; i < 2; i++) {
        wire_start(&a.m, WIRE_RESTORE_NAME);
        strcpy(a.m.key, i ? "LA" : "LNONE");
        strcpy(a.m.words, "a");
        if (i)
            memcpy(a.m.id, p.id, sizeof(a.m.id));
        raw_send(&a, NULL);
    }
    wire_start(&a.m, WIRE_RESTORED);
    CHECK_EQ(raw_ask(&a, NULL), WIRE_ANSWER);
    CHECK_EQ(raw_find_name(&a, "LA"), IST_OK);
    CHECK_EQ(raw_find_name(&a, "LNONE"), IST_NOT_FOUND);
    raw_close(&a);
    rig_drop(&p);
    rig_server_end(server);
}

/* A pull by `to`, until `from` has been asked; answers the token. */
static uint32_t ask_handle(struct raw *from, struct raw *to, uint64_t value)
{
    const char *why;
    int fds[PARCEL_FDS];
    wire_start(&to->m, WIRE_PULL);
    to->m.pid = (uint32_t)getpid();
    to->m.value = value;
    raw_send(to, NULL);
    CHECK_EQ(channel_receive(from->events, &from->m, fds, MSG_DONTWAIT, &why), CHANNEL_OK);
    CHECK_EQ(from->m.type, WIRE_ASK_HANDLE);
    CHECK_EQ(from->m.value, value);
    return from->m.number;
}

TEST(a_handle_is_given_with_its_name_although_the_giver_drops_it)
{
    struct server *server = rig_server();
    struct raw from = raw_client(server), to = raw_client_as(server, getppid());
    struct parcel p = rig_parcel();
    CHECK_EQ(raw_bind(&from, "LA", &p), IST_OK);
    uint32_t token = ask_handle(&from, &to, 0x44);
    wire_start(&from.m, WIRE_GIVE);
    from.m.number = token;
    from.m.access = 9;
    strcpy(from.m.key, "LA");
    channel_put_parcel(&from.m.parcel, &p);
    send_event(&from, p.fd);
    wire_start(&from.m, WIRE_DROP_NAME);
    strcpy(from.m.key, "LA");
    memcpy(from.m.id, p.id, sizeof(from.m.id));
    send_event(&from, NULL);
    CHECK_EQ(raw_receive(&to), WIRE_IS_HANDLE);
    CHECK_EQ(to.m.access, 9);
    CHECK_STR(to.m.key, "LA");
    CHECK_EQ(raw_find_name(&from, "LA"), IST_OK); /* `to` holds it */
    raw_close(&to);
    CHECK_EQ(raw_find_name(&from, "LA"), IST_NOT_FOUND);
    raw_close(&from);
    rig_drop(&p);
    rig_server_end(server);
}

TEST(a_refusal_is_passed_on_and_a_death_is_told)
{
    struct server *server = rig_server();
    struct raw from = raw_client(server), to = raw_client_as(server, getppid());
    uint32_t token = ask_handle(&from, &to, 8);
    wire_start(&from.m, WIRE_REFUSE);
    from.m.number = token;
    from.m.status = wire_status_from(IST_BAD_HANDLE);
    strcpy(from.m.words, "handle 0x8 was closed");
    send_event(&from, NULL);
    CHECK_EQ(raw_receive(&to), WIRE_ANSWER);
    CHECK_EQ(raw_status(&to), IST_BAD_HANDLE);
    CHECK(strstr(to.m.words, "handle 0x8 was closed"));
    ask_handle(&from, &to, 8);
    raw_close(&from);
    rig_turn(server); /* it may just be ending: that is looked at for a while */
    CHECK_EQ(raw_receive(&to), 0);
    container_of(server->peers.next, struct peer, link)->asked_ns = 0;
    for (uint32_t got = 0; !got; got = raw_receive(&to))
        server_turn(server, 1000);
    CHECK_EQ(to.m.type, WIRE_ANSWER);
    CHECK_EQ(raw_status(&to), IST_TIMEOUT); /* its connection has gone, it has not */
    CHECK(strstr(to.m.words, "lost its connection"));
    raw_close(&to);
    rig_server_end(server);
}

TEST(answers_that_nobody_asked_for_end_their_sender)
{
    struct server *server = rig_server();
    static const uint32_t types[] = {WIRE_GIVE, WIRE_REFUSE, WIRE_REPORT, WIRE_REPORT_END,
                                     WIRE_FORGET};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct raw a = raw_client(server);
        wire_start(&a.m, types[i]);
        send_event(&a, NULL);
        CHECK_EQ(raw_receive(&a), 1);
        raw_close(&a);
    }
    rig_server_end(server);
}

/* Only into the socket: the broker has not looked yet. */
static void put_name_message(struct raw *raw, enum wire_type type, const struct parcel *p)
{
    wire_start(&raw->m, type);
    strcpy(raw->m.key, "LA");
    memcpy(raw->m.id, p->id, sizeof(raw->m.id));
    raw->m.seq = ++raw->seq;
    CHECK_EQ(channel_send(raw->sock, &raw->m, NULL, MSG_DONTWAIT), CHANNEL_OK);
}

static void post_name(struct raw *raw, enum wire_type type, const struct parcel *p)
{
    put_name_message(raw, type, p);
    rig_turn(raw->server);
}

/* One sweep reads up to a request; what was posted behind it is read before it is answered. */
TEST(a_post_behind_a_request_is_read_in_the_next_sweep_and_before_the_answer)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    struct parcel p = rig_parcel();
    CHECK_EQ(raw_bind(&a, "LA", &p), IST_OK);
    put_name_message(&a, WIRE_HOLD_NAME, &p);
    put_name_message(&a, WIRE_DROP_NAME, &p); /* another thread's, the last hold */
    server_turn(server, 0);
    CHECK_EQ(server->registry.names.count, 1);
    CHECK_EQ(raw_receive(&a), 0);
    server_turn(server, 0);
    CHECK_EQ(raw_receive(&a), WIRE_ANSWER);
    CHECK_EQ(raw_status(&a), IST_NOT_FOUND); /* it went before: nobody holds it unknowingly */
    CHECK_EQ(server->registry.names.count, 0);
    raw_close(&a);
    rig_drop(&p);
    rig_server_end(server);
}

/* The answer is on its way to one thread when another one drops what the process had before. */
TEST(each_answer_that_gives_a_name_is_one_hold_and_each_drop_ends_one)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server), b = raw_client_as(server, getppid());
    struct parcel p = rig_parcel();
    CHECK_EQ(raw_bind(&a, "LA", &p), IST_OK);
    post_name(&a, WIRE_HOLD_NAME, &p);
    post_name(&a, WIRE_DROP_NAME, &p);
    CHECK_EQ(raw_receive(&a), WIRE_ANSWER);
    CHECK_EQ(raw_status(&a), IST_OK);
    CHECK_EQ(raw_find_name(&b, "LA"), IST_OK);
    post_name(&a, WIRE_DROP_NAME, &p);
    CHECK_EQ(raw_find_name(&b, "LA"), IST_NOT_FOUND);

    CHECK_EQ(raw_bind(&a, "LA", &p), IST_OK);
    wire_start(&a.m, WIRE_PUSH);
    a.m.pid = (uint32_t)getpid();
    strcpy(a.m.key, "LA");
    channel_put_parcel(&a.m.parcel, &p);
    CHECK_EQ(raw_ask(&a, p.fd), WIRE_IS_NUMBER);
    wire_start(&a.m, WIRE_TAKE);
    raw_send(&a, NULL);
    post_name(&a, WIRE_DROP_NAME, &p);
    CHECK_EQ(raw_receive(&a), WIRE_IS_HANDLE);
    CHECK_STR(a.m.key, "LA");
    CHECK_EQ(raw_find_name(&b, "LA"), IST_OK);
    post_name(&a, WIRE_RESTORE_NAME, &p); /* makes it one, whatever it was */
    post_name(&a, WIRE_DROP_NAME, &p);
    CHECK_EQ(raw_find_name(&b, "LA"), IST_NOT_FOUND);
    raw_close(&a);
    raw_close(&b);
    rig_drop(&p);
    rig_server_end(server);
}
