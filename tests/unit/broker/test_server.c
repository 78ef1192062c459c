/* SPDX-License-Identifier: MIT */
/* The loop: exactness, hostile connections, bounded work. */
#include "server_rig.h"

TEST(a_post_of_one_client_is_seen_before_a_later_request_of_another)
{
    struct server *server = rig_server();
    struct parcel p = rig_parcel();
    struct raw a = raw_client(server), b = raw_client(server), c = raw_client(server);
    for (unsigned i = 0; i < 50; i++) {
        CHECK_EQ(raw_bind(&a, "Lname", &p), IST_OK);
        CHECK_EQ(raw_find_name(&b, "Lname"), IST_OK);
        /* Both are in the sockets before the broker looks; b's socket comes first or last. */
        wire_start(&a.m, WIRE_DROP_NAME);
        strcpy(a.m.key, "Lname");
        memcpy(a.m.id, p.id, sizeof(a.m.id));
        a.m.seq = ++a.seq;
        CHECK_EQ(channel_send(a.sock, &a.m, NULL, MSG_DONTWAIT), CHANNEL_OK);
        struct raw *asker = i % 2 ? &b : &c;
        CHECK_EQ(raw_find_name(asker, "Lname"), IST_NOT_FOUND);
    }
    raw_close(&a);
    raw_close(&b);
    raw_close(&c);
    rig_drop(&p);
    rig_server_end(server);
}

/* A hundred posts behind one's own request are not lost to another's request either. */
TEST(posts_behind_a_request_are_seen_before_a_later_request_of_another)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server), b = raw_client(server);
    struct parcel p[100];
    char key[32];
    for (unsigned i = 0; i < 100; i++) {
        p[i] = rig_parcel();
        snprintf(key, sizeof(key), "Lname-%u", i);
        CHECK_EQ(raw_bind(&a, key, &p[i]), IST_OK);
    }
    wire_start(&a.m, WIRE_FIND_NUMBER);
    a.m.seq = ++a.seq;
    CHECK_EQ(channel_send(a.sock, &a.m, NULL, MSG_DONTWAIT), CHANNEL_OK);
    for (unsigned i = 0; i < 100; i++) {
        wire_start(&a.m, WIRE_DROP_NAME);
        snprintf(a.m.key, sizeof(a.m.key), "Lname-%u", i);
        memcpy(a.m.id, p[i].id, sizeof(a.m.id));
        a.m.seq = ++a.seq;
        CHECK_EQ(channel_send(a.sock, &a.m, NULL, MSG_DONTWAIT), CHANNEL_OK);
    }
    CHECK_EQ(raw_find_name(&b, "Lname-99"), IST_NOT_FOUND);
    CHECK_EQ(raw_receive(&a), WIRE_ANSWER);
    raw_close(&a);
    raw_close(&b);
    for (unsigned i = 0; i < 100; i++)
        rig_drop(&p[i]);
    rig_server_end(server);
}

TEST(an_object_ends_with_its_last_life_pipe_and_not_before)
{
    struct server *server = rig_server();
    struct parcel p = rig_parcel();
    struct raw a = raw_client(server), b = raw_client(server);
    uint32_t number = raw_publish(&a, &p);
    CHECK(number);
    CHECK(raw_find(&b, number)); /* b.fds hold it now */
    rig_drop(&p);
    CHECK(raw_find(&a, number));
    channel_close_fds(a.fds);
    channel_close_fds(b.fds);
    CHECK(!raw_find(&a, number));
    CHECK_EQ(raw_status(&a), IST_BAD_HANDLE);
    raw_close(&a);
    raw_close(&b);
    rig_server_end(server);
}

TEST(numbers_are_not_given_again_soon)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    uint32_t last = 0;
    for (unsigned i = 0; i < 3000; i++) {
        struct parcel p = rig_parcel();
        uint32_t number = raw_publish(&a, &p);
        CHECK(number > last); /* a counter: 2^20 of them before one comes back */
        CHECK_EQ(number & 0xc000003f, 0x40000002);
        last = number;
        rig_drop(&p);
    }
    raw_close(&a);
    rig_server_end(server);
}

/* Sends bytes that are no message; the broker must hang up on this one and serve the others. */
static void send_bytes(struct server *server, const void *bytes, size_t size, bool welcome)
{
    struct raw bad = welcome ? raw_client(server) : raw_open_as(server, getpid());
    struct raw good = raw_client(server);
    CHECK_EQ(channel_send_bytes(bad.sock, bytes, size, NULL, 0, MSG_DONTWAIT), CHANNEL_OK);
    rig_turn(server);
    CHECK_EQ(raw_receive(&bad), 1);
    CHECK_EQ(raw_find_name(&good, "Lnothing"), IST_NOT_FOUND);
    raw_close(&bad);
    raw_close(&good);
}

TEST(every_truncation_of_every_request_ends_only_its_sender)
{
    struct server *server = rig_server();
    struct wire_message m;
    unsigned char bytes[WIRE_MAX];
    for (uint32_t type = 1; type < 160; type++) {
        wire_start(&m, type);
        m.seq = 2;
        size_t size = wire_encode(&m, bytes);
        for (size_t cut = 1; size && cut < size; cut += cut < 24 ? 1 : 7)
            send_bytes(server, bytes, cut, true);
    }
    rig_server_end(server);
}

TEST(oversized_messages_and_noise_end_only_their_sender)
{
    struct server *server = rig_server();
    static unsigned char noise[3 * WIRE_MAX];
    memset(noise, 0xa5, sizeof(noise));
    send_bytes(server, noise, sizeof(noise), true);
    send_bytes(server, noise, sizeof(noise), false);
    send_bytes(server, noise, 1, false);
    srand(4);
    for (unsigned i = 0; i < 200; i++) {
        for (unsigned at = 0; at < 64; at++)
            noise[at] = (unsigned char)rand();
        send_bytes(server, noise, 16 + i % 48, true);
    }
    rig_server_end(server);
}

static void expect_hangup(struct raw *raw)
{
    CHECK_EQ(raw_receive(raw), 1);
    raw_close(raw);
}

TEST(replayed_and_reordered_messages_end_their_sender)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    wire_start(&a.m, WIRE_FIND_NUMBER);
    CHECK_EQ(raw_ask(&a, NULL), WIRE_ANSWER);
    wire_start(&a.m, WIRE_FIND_NUMBER);
    a.seq--; /* the same number again */
    raw_send(&a, NULL);
    expect_hangup(&a);
    a = raw_client(server);
    a.seq = 100;
    wire_start(&a.m, WIRE_FIND_NUMBER);
    CHECK_EQ(raw_ask(&a, NULL), WIRE_ANSWER);
    a.seq = 50;
    wire_start(&a.m, WIRE_FIND_NUMBER);
    raw_send(&a, NULL);
    expect_hangup(&a);
    rig_server_end(server);
}

TEST(messages_out_of_place_end_their_sender)
{
    struct server *server = rig_server();
    static const uint32_t types[] = {WIRE_HELLO,      WIRE_ANSWER,   WIRE_WELCOME,
                                     WIRE_ASK_REPORT, WIRE_REPORT,   WIRE_REPORT_END,
                                     WIRE_GIVE,       WIRE_LINE_END, WIRE_J_CLIENT,
                                     WIRE_J_NAME};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct raw a = raw_client(server);
        wire_start(&a.m, types[i]);
        raw_send(&a, NULL);
        expect_hangup(&a);
    }
    for (uint32_t type = 2; type < 64; type++) { /* nothing before HELLO */
        struct raw a = raw_open_as(server, getpid());
        wire_start(&a.m, type);
        unsigned char bytes[WIRE_MAX];
        if (wire_encode(&a.m, bytes)) {
            raw_send(&a, NULL);
            CHECK_EQ(raw_receive(&a), 1);
        }
        raw_close(&a);
    }
    rig_server_end(server);
}

TEST(two_requests_at_once_end_their_sender)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    for (unsigned i = 0; i < 2; i++) {
        wire_start(&a.m, WIRE_FIND_NUMBER);
        a.m.seq = ++a.seq;
        CHECK_EQ(channel_send(a.sock, &a.m, NULL, MSG_DONTWAIT), CHANNEL_OK);
    }
    rig_turn(server);
    expect_hangup(&a);
    rig_server_end(server);
}

/* Pushes messages until the socket is full, and never reads an answer. */
TEST(a_flood_is_bounded_and_a_client_that_never_reads_is_dropped)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server), good = raw_client(server);
    bool dropped = false;
    for (unsigned i = 0; i < 100000 && !dropped; i++) {
        wire_start(&a.m, WIRE_FIND_NUMBER);
        a.m.seq = ++a.seq;
        dropped = channel_send(a.sock, &a.m, NULL, MSG_DONTWAIT) == CHANNEL_CLOSED;
        server_turn(server, 0);
        server_turn(server, 0);
    }
    CHECK(dropped);
    CHECK_EQ(raw_find_name(&good, "Lnothing"), IST_NOT_FOUND);
    raw_close(&a);
    raw_close(&good);
    rig_server_end(server);
}

TEST(a_flood_of_posts_does_not_keep_others_from_being_answered)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server), good = raw_client(server);
    for (unsigned round = 0; round < 50; round++) {
        enum channel_result sent = CHANNEL_OK;
        while (sent == CHANNEL_OK) {
            wire_start(&a.m, WIRE_FORGET);
            a.m.seq = a.seq + 1;
            sent = channel_send(a.sock, &a.m, NULL, MSG_DONTWAIT);
            a.seq += sent == CHANNEL_OK;
        }
        CHECK_EQ(sent, CHANNEL_LATER);
        CHECK_EQ(raw_find_name(&good, "Lnothing"), IST_NOT_FOUND);
    }
    raw_close(&a);
    raw_close(&good);
    rig_server_end(server);
}

TEST(another_users_process_is_refused_in_words)
{
    struct server *server = rig_server();
    struct raw raw = {.server = server, .events = -1, .fds = {-1, -1, -1, -1}};
    int pair[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    raw.sock = pair[0];
    CHECK(!server_add(server, pair[1], 1, geteuid() + 1));
    CHECK_EQ(raw_receive(&raw), WIRE_ANSWER);
    CHECK_EQ(raw_status(&raw), IST_ACCESS_DENIED);
    CHECK(strstr(raw.m.words, "another user"));
    raw_close(&raw);
    rig_server_end(server);
}

static struct server *impatient_server(int64_t first_ms)
{
    struct server_options options = {
        .folder = -1, .listener = -1, .fd_limit = 1024, .idle_ms = 0, .first_ms = first_ms};
    struct server *server = server_new(&options);
    CHECK(server);
    return server;
}

TEST(the_server_is_over_when_idle_and_not_while_a_client_is_there)
{
    struct server *server = impatient_server(0);
    CHECK(server_is_over(server));
    struct raw a = raw_client(server);
    CHECK(!server_is_over(server));
    raw_close(&a);
    CHECK(server_is_over(server));
    server_free(server);
}

TEST(the_first_client_may_be_slow_to_come)
{
    struct server *server = impatient_server(3600000);
    CHECK(!server_is_over(server));
    struct raw a = raw_client(server);
    raw_close(&a);
    CHECK(server_is_over(server));
    server_free(server);
}

/* A number works as long as the object lives, whoever holds it and speaks to us or not. */
TEST(the_server_stays_with_an_object_that_has_a_number)
{
    struct server *server = impatient_server(0);
    struct parcel p = rig_parcel();
    struct raw a = raw_client(server);
    uint32_t number = raw_publish(&a, &p);
    raw_close(&a);
    CHECK(!server_is_over(server));
    struct raw b = raw_client(server);
    CHECK(raw_find(&b, number));
    raw_close(&b);
    CHECK(!server_is_over(server));
    rig_drop(&p);
    rig_turn(server);
    CHECK(server_is_over(server));
    server_free(server);
}

TEST(the_server_stays_with_a_handle_that_waits_for_its_target)
{
    struct server *server = impatient_server(0);
    struct parcel p = rig_parcel();
    struct raw a = raw_client(server);
    wire_start(&a.m, WIRE_PUSH);
    channel_put_parcel(&a.m.parcel, &p);
    a.m.pid = (uint32_t)getpid();
    CHECK_EQ(raw_ask(&a, p.fd), WIRE_IS_NUMBER);
    rig_drop(&p);
    raw_close(&a);
    CHECK(!server_is_over(server));
    struct raw b = raw_client(server);
    wire_start(&b.m, WIRE_TAKE);
    CHECK_EQ(raw_ask(&b, NULL), WIRE_IS_HANDLE);
    raw_close(&b);
    CHECK(server_is_over(server));
    server_free(server);
}
