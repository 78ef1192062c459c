/* SPDX-License-Identifier: MIT */
/* The loop: exactness, hostile connections, bounded work. */
#include "broker/proc.h"
#include "server_rig.h"

#include <sys/resource.h>
#include <sys/un.h>

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

/* However many a hostile process opens, others get in. */
TEST(one_process_does_not_take_all_connections)
{
    struct server *server = rig_server();
    struct raw many[64], other;
    for (unsigned i = 0; i < 64; i++)
        many[i] = raw_open_as(server, getpid());
    int pair[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    struct raw more = {.server = server,
                       .sock = pair[0],
                       .events = -1,
                       .fds = {-1, -1, -1, -1}};
    CHECK(!server_add(server, pair[1], getpid(), geteuid()));
    CHECK_EQ(raw_receive(&more), WIRE_ANSWER);
    CHECK_EQ(raw_status(&more), IST_QUOTA);
    CHECK(strstr(more.m.words, "64 connections"));
    other = raw_client_as(server, getppid());
    CHECK_EQ(raw_find_name(&other, "Lnothing"), IST_NOT_FOUND);
    raw_close(&more);
    raw_close(&other);
    for (unsigned i = 0; i < 64; i++)
        raw_close(&many[i]);
    rig_server_end(server);
}

static int listen_in(struct sockaddr_un *address, socklen_t *size)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX}; /* the kernel chooses a name */
    CHECK_EQ(bind(fd, (struct sockaddr *)address, sizeof(address->sun_family)), 0);
    *size = sizeof(*address);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)address, size), 0);
    CHECK_EQ(listen(fd, 8), 0);
    return fd;
}

/* Whoever comes then is told, at once, and does not keep the broker busy. */
TEST(without_a_file_descriptor_left_who_connects_is_told)
{
    struct sockaddr_un address;
    socklen_t size;
    struct server_options options = {.folder = -1,
                                     .listener = listen_in(&address, &size),
                                     .fd_limit = 1024,
                                     .idle_ms = 1000};
    struct server *server = server_new(&options);
    struct raw raw = {.server = server, .events = -1, .fds = {-1, -1, -1, -1}};
    struct rlimit before, low;
    raw.sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = (rlim_t)raw.sock + 1; /* the lowest that is free is above */
    int held[64];
    unsigned count = 0;
    while (count < 64 && (held[count] = dup(0)) >= 0 && held[count] < raw.sock)
        count++;
    close(held[count]);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    int connected = connect(raw.sock, (struct sockaddr *)&address, size);
    server_turn(server, 0);
    uint32_t got = raw_receive(&raw);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    CHECK_EQ(connected, 0);
    CHECK_EQ(got, WIRE_ANSWER);
    CHECK_EQ(raw_status(&raw), IST_NO_RESOURCES);
    CHECK(strstr(raw.m.words, "file descriptor"));
    CHECK_EQ(server->peer_count, 0);
    close(raw.sock);
    while (count)
        close(held[--count]);
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

/* ---- The journal ---- */

static void ignore(const struct wire_message *record, void *arg)
{
    (void)record;
    (void)arg;
}

/* The predecessor's: our parent has the name "LOLD" and an object with a number. */
static void write_past(int folder, const struct parcel *old, uint32_t number)
{
    struct journal journal;
    uint64_t start = proc_start(getppid(), NULL);
    CHECK(journal_open(&journal, folder, ignore, NULL));
    CHECK(journal_anew_begin(&journal));
    journal_process(&journal, WIRE_J_CLIENT, getppid(), start);
    journal_object(&journal, old->id, number);
    journal_name(&journal, old->id, "LOLD", "old", 7, true);
    journal_hold(&journal, WIRE_J_HOLD, old->id, "LOLD", getppid(), start);
    journal_anew_end(&journal);
    journal_close(&journal);
}

/* What a successor would read of the past. */
static void check_past(int folder, const struct parcel *old)
{
    struct loop loop;
    struct past past;
    struct journal journal;
    pid_t holder = 0;
    CHECK(loop_init(&loop) && past_init(&past, &loop));
    CHECK(journal_open(&journal, folder, past_record, &past));
    past_begin(&past);
    const struct past_name *name = past_name(&past, "LOLD", &holder);
    CHECK(name);
    CHECK_EQ(holder, getppid());
    CHECK_STR(name->exact, "old");
    CHECK_EQ(name->access, 7);
    CHECK(name->exact_case);
    CHECK_EQ(past_number(&past, old->id), 0x41000042);
    journal_close(&journal);
    past_finish(&past);
    loop_finish(&loop);
}

/* Fifteen brokers later the epoch is the survivor's again, and the counter begins anew. */
TEST(no_newcomer_gets_the_number_of_who_is_awaited)
{
    struct rig_folder path = rig_folder_new();
    int folder = open(path.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int epoch = openat(folder, "epoch", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct parcel old = rig_parcel(), p = rig_parcel();
    CHECK_EQ(write(epoch, "15\n", 3), 3); /* the next one is 1 */
    close(epoch);
    write_past(folder, &old, 0x44000042);
    struct server_options options = {.folder = folder,
                                     .listener = -1,
                                     .fd_limit = 1024,
                                     .idle_ms = 1000};
    struct server *server = server_new(&options);
    struct raw a = raw_client(server);
    CHECK_EQ(raw_publish(&a, &p), 0x44000082);
    CHECK_EQ(raw_publish(&a, &old), 0x44000042);
    raw_close(&a);
    rig_drop(&p);
    rig_drop(&old);
    rig_server_end(server);
    close(folder);
    rig_folder_end(&path);
}

static void drop_name(struct raw *raw, const char *key, const struct parcel *parcel)
{
    wire_start(&raw->m, WIRE_DROP_NAME);
    strcpy(raw->m.key, key);
    memcpy(raw->m.id, parcel->id, sizeof(raw->m.id));
    raw_send(raw, NULL);
}

/* Somebody who never comes back must not let the file grow with what others do. */
TEST(the_journal_stays_short_while_a_survivor_is_awaited)
{
    struct rig_folder path = rig_folder_new();
    int folder = open(path.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct parcel p = rig_parcel(), old = rig_parcel();
    write_past(folder, &old, 0x41000042);
    struct server_options options = {.folder = folder,
                                     .listener = -1,
                                     .fd_limit = 1024,
                                     .idle_ms = 1000};
    struct server *server = server_new(&options);
    struct raw a = raw_client(server);
    CHECK(!list_empty(&server->past.processes));
    for (unsigned i = 0; i < 6000; i++) {
        CHECK_EQ(raw_bind(&a, "Lnew", &p), IST_OK);
        drop_name(&a, "Lnew", &p);
    }
    CHECK(server->journal.records < 6000);
    CHECK_EQ(raw_bind(&a, "Lnew", &p), IST_OK);
    check_past(folder, &old);
    raw_close(&a);
    rig_drop(&p);
    rig_drop(&old);
    rig_server_end(server);
    close(folder);
    rig_folder_end(&path);
}

static void restore_object(struct raw *raw, const struct parcel *parcel)
{
    wire_start(&raw->m, WIRE_RESTORE_OBJECT);
    channel_put_parcel(&raw->m.parcel, parcel);
    raw_send(raw, parcel->fd);
}

/* It dropped its name when the last broker was dead. Another death must not bring it back. */
TEST(what_a_survivor_no_longer_has_is_not_in_the_journal)
{
    enum { NOTHING, ANOTHER_OBJECT, THE_NAME, CASES };
    struct rig_folder path = rig_folder_new();
    int folder = open(path.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (unsigned keeps = NOTHING; keeps < CASES; keeps++) {
        struct parcel old = rig_parcel();
        write_past(folder, &old, 0x41000042);
        struct server_options options = {.folder = folder,
                                         .listener = -1,
                                         .fd_limit = 1024,
                                         .idle_ms = 1000};
        struct server *server = server_new(&options);
        struct raw a = raw_client_as(server, getppid());
        if (keeps)
            restore_object(&a, &old);
        if (keeps == THE_NAME) {
            wire_start(&a.m, WIRE_RESTORE_NAME);
            memcpy(a.m.id, old.id, sizeof(a.m.id));
            strcpy(a.m.key, "LOLD");
            raw_send(&a, NULL);
        }
        wire_start(&a.m, WIRE_RESTORED);
        CHECK_EQ(raw_ask(&a, NULL), WIRE_ANSWER);
        struct loop loop;
        struct past past;
        struct journal journal;
        pid_t holder = 0;
        CHECK(loop_init(&loop) && past_init(&past, &loop));
        CHECK(journal_open(&journal, folder, past_record, &past));
        past_begin(&past);
        CHECK_EQ(past_name(&past, "LOLD", &holder) != NULL, keeps == THE_NAME);
        CHECK_EQ(list_empty(&past.processes), keeps == NOTHING);
        journal_close(&journal);
        past_finish(&past);
        loop_finish(&loop);
        raw_close(&a);
        rig_drop(&old);
        rig_server_end(server);
    }
    close(folder);
    rig_folder_end(&path);
}
