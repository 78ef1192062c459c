/* SPDX-License-Identifier: MIT */
/* What each request answers, to good clients and to bad ones. */
#include "broker/proc.h"
#include "server_rig.h"

TEST(an_older_or_newer_client_is_told_so_in_words)
{
    struct server *server = rig_server();
    static const struct {
        uint32_t low, high;
        const char *word;
    } cases[] = {{0, 0, "the program is older"},
                 {WIRE_VERSION + 1, WIRE_VERSION + 3, "the broker is older"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct raw a = raw_open_as(server, getpid());
        wire_start(&a.m, WIRE_HELLO);
        a.m.version_low = cases[i].low;
        a.m.version_high = cases[i].high;
        strcpy(a.m.words, "9.9.9");
        CHECK_EQ(raw_ask(&a, NULL), WIRE_ANSWER);
        CHECK_EQ(raw_status(&a), IST_VERSION);
        CHECK(strstr(a.m.words, cases[i].word));
        CHECK(strstr(a.m.words, "isthmus broker --stop"));
        raw_close(&a);
    }
    struct raw a = raw_open_as(server, getpid());
    wire_start(&a.m, WIRE_HELLO); /* one that speaks ours among others */
    a.m.version_low = 0;
    a.m.version_high = 99;
    CHECK_EQ(raw_ask(&a, NULL), WIRE_WELCOME);
    CHECK_EQ(a.m.number, WIRE_VERSION);
    raw_close(&a);
    rig_server_end(server);
}

/* One wrong thing at a time; the broker answers and goes on serving the same client. */
static enum ist_status publish_wrong(struct raw *a, unsigned place, int fd)
{
    struct parcel p = rig_parcel();
    close(p.fd[place]);
    p.fd[place] = fd;
    uint32_t number = raw_publish(a, &p);
    rig_drop(&p);
    return number ? IST_OK : raw_status(a);
}

TEST(wrong_file_descriptors_are_refused)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    for (unsigned place = 0; place < PARCEL_LIFE; place++) {
        CHECK_EQ(publish_wrong(&a, place, dup(ends[1])), IST_BAD_PARCEL);
        CHECK_EQ(publish_wrong(&a, place, open("/", O_RDONLY | O_CLOEXEC)), IST_BAD_PARCEL);
        /* A payload may be a driver's: whether it is memory, the importer's driver says. */
        CHECK_EQ(publish_wrong(&a, place, open("/dev/null", O_RDWR)),
                 place == PARCEL_PAYLOAD ? IST_OK : IST_BAD_PARCEL);
        CHECK_EQ(publish_wrong(&a, place, rig_memfd(RIG_BYTES, 0)), IST_BAD_PARCEL);
        CHECK_EQ(publish_wrong(&a, place, socket(AF_UNIX, SOCK_STREAM, 0)), IST_BAD_PARCEL);
        CHECK(strstr(a.m.words, "broker refuses"));
    }
    CHECK_EQ(publish_wrong(&a, PARCEL_DESCRIPTION, rig_memfd(64, RIG_SEALS)), IST_BAD_PARCEL);
    CHECK_EQ(publish_wrong(&a, PARCEL_DESCRIPTION, -1), IST_BAD_PARCEL);
    CHECK_EQ(publish_wrong(&a, PARCEL_SYNC, rig_memfd(8192, RIG_SEALS)), IST_BAD_PARCEL);
    CHECK_EQ(publish_wrong(&a, PARCEL_PAYLOAD, rig_memfd(RIG_BYTES - 1, RIG_SEALS)),
             IST_BAD_PARCEL);
    CHECK_EQ(publish_wrong(&a, PARCEL_LIFE, dup(ends[0])), IST_BAD_PARCEL); /* read end */
    CHECK_EQ(publish_wrong(&a, PARCEL_LIFE, rig_memfd(64, RIG_SEALS)), IST_BAD_PARCEL);
    CHECK_EQ(publish_wrong(&a, PARCEL_LIFE, -1), IST_BAD_PARCEL);
    CHECK_EQ(publish_wrong(&a, PARCEL_SYNC, -1), IST_OK); /* not every kind has one */
    close(ends[0]);
    close(ends[1]);
    raw_close(&a);
    rig_server_end(server);
}

TEST(an_id_cannot_be_taken_over)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server), b = raw_client(server);
    struct parcel p = rig_parcel(), thief = rig_parcel();
    uint32_t number = raw_publish(&a, &p);
    memcpy(thief.id, p.id, sizeof(thief.id));
    CHECK_EQ(raw_publish(&b, &thief), 0);
    CHECK_EQ(raw_status(&b), IST_BAD_PARCEL);
    CHECK(raw_find(&b, number));
    rig_drop(&p);
    rig_drop(&thief);
    raw_close(&a);
    raw_close(&b);
    rig_server_end(server);
}

TEST(publishing_again_gives_the_same_number_to_every_process)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server), b = raw_client_as(server, getppid());
    struct parcel p = rig_parcel();
    uint32_t number = raw_publish(&a, &p);
    CHECK(number);
    CHECK_EQ(raw_publish(&b, &p), number);
    raw_close(&a);
    raw_close(&b);
    rig_drop(&p);
    rig_server_end(server);
}

TEST(names_collide_whatever_the_case_rule_and_the_kind)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    struct parcel p = rig_parcel(), q = rig_parcel();
    CHECK_EQ(raw_bind(&a, "LABC", &p), IST_OK);
    CHECK_EQ(raw_bind(&a, "LABC", &q), IST_NAME_TAKEN);
    CHECK_EQ(raw_bind(&a, "GABC", &q), IST_OK);
    CHECK_EQ(raw_bind(&a, "LMORE", &p), IST_OK); /* one object may carry two */
    CHECK_EQ(raw_bind(&a, "", &p), IST_BAD_ARG);
    CHECK_EQ(raw_find_name(&a, "GABC"), IST_OK);
    CHECK_MEM(a.m.parcel.id, q.id, 16);
    raw_close(&a);
    rig_drop(&p);
    rig_drop(&q);
    rig_server_end(server);
}

TEST(a_push_to_nobody_or_a_stranger_is_refused)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    struct parcel p = rig_parcel();
    wire_start(&a.m, WIRE_PUSH);
    channel_put_parcel(&a.m.parcel, &p);
    a.m.pid = 0x3fffffff;
    CHECK_EQ(raw_ask(&a, p.fd), WIRE_ANSWER);
    CHECK_EQ(raw_status(&a), IST_NOT_FOUND);
    wire_start(&a.m, WIRE_PULL);
    a.m.pid = 0x3fffffff;
    CHECK_EQ(raw_ask(&a, NULL), WIRE_ANSWER);
    CHECK_EQ(raw_status(&a), IST_NOT_FOUND);
    raw_close(&a);
    rig_drop(&p);
    rig_server_end(server);
}

/* A process of another user: the first of all is, unless we are root and make one. */
static pid_t process_of_another(void)
{
    if (geteuid() != 0)
        return 1;
    int ends[2];
    char byte;
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        bool other = setresuid(65534, 65534, 65534) == 0; /* which forgets the next line */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        other = write(ends[1], "x", 1) == 1 && other;
        _exit(other ? pause() : 1);
    }
    close(ends[1]);
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return child;
}

TEST(another_users_process_is_no_target_and_no_source)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    struct parcel p = rig_parcel();
    pid_t other = process_of_another();
    enum ist_status status[2];
    bool said[2];
    for (unsigned i = 0; i < 2; i++) {
        wire_start(&a.m, i ? WIRE_PULL : WIRE_PUSH);
        channel_put_parcel(&a.m.parcel, &p);
        a.m.pid = (uint32_t)other;
        raw_ask(&a, i ? NULL : p.fd);
        status[i] = raw_status(&a);
        said[i] = strstr(a.m.words, "another user");
    }
    if (other != 1) { /* before anything is checked: it would not end by itself */
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(status[i], IST_ACCESS_DENIED);
        CHECK(said[i]);
    }
    raw_close(&a);
    rig_drop(&p);
    rig_server_end(server);
}

TEST(tools_keep_nothing_alive_and_may_only_look)
{
    struct server *server = rig_server();
    struct raw tool = raw_open_as(server, getpid());
    wire_start(&tool.m, WIRE_HELLO);
    tool.m.version_low = tool.m.version_high = WIRE_VERSION;
    tool.m.flags = WIRE_TOOL;
    CHECK_EQ(raw_ask(&tool, NULL), WIRE_WELCOME);
    CHECK_EQ(server->client_count, 0);
    wire_start(&tool.m, WIRE_LIST);
    CHECK_EQ(raw_ask(&tool, NULL), WIRE_ANSWER);
    wire_start(&tool.m, WIRE_NEXT);
    CHECK_EQ(raw_ask(&tool, NULL), WIRE_LINE_BROKER);
    wire_start(&tool.m, WIRE_NEXT);
    CHECK_EQ(raw_ask(&tool, NULL), WIRE_LINE_END);
    wire_start(&tool.m, WIRE_FIND_NUMBER);
    CHECK_EQ(raw_ask(&tool, NULL), 1);
    raw_close(&tool);
    rig_server_end(server);
}

TEST(stop_is_refused_while_objects_are_shared)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server), tool = raw_client(server);
    struct parcel p = rig_parcel();
    CHECK(raw_publish(&a, &p));
    wire_start(&tool.m, WIRE_STOP);
    CHECK_EQ(raw_ask(&tool, NULL), WIRE_ANSWER);
    CHECK_EQ(raw_status(&tool), IST_BUSY);
    CHECK(!server_is_over(server));
    raw_close(&a);
    rig_drop(&p);
    wire_start(&tool.m, WIRE_STOP);
    CHECK_EQ(raw_ask(&tool, NULL), WIRE_ANSWER);
    CHECK_EQ(raw_status(&tool), IST_OK);
    CHECK(server_is_over(server));
    raw_close(&tool);
    server_free(server);
}

/* A client that is asked what it holds and says nothing is shown as silent after a while. */
TEST(a_silent_client_does_not_block_the_list)
{
    struct server *server = rig_server();
    struct raw silent = raw_client(server), tool = raw_client(server);
    wire_start(&tool.m, WIRE_LIST);
    raw_send(&tool, NULL);
    uint32_t type = 0;
    /* The second connection is a client, too, and as silent. */
    for (unsigned i = 0; i < 400 && !type; i++) {
        server_turn(server, 10);
        type = raw_receive(&tool);
    }
    CHECK_EQ(type, WIRE_ANSWER);
    unsigned clients = 0;
    do {
        wire_start(&tool.m, WIRE_NEXT);
        type = raw_ask(&tool, NULL);
        if (type == WIRE_LINE_CLIENT) {
            CHECK_EQ(tool.m.flags, WIRE_SILENT);
            CHECK_EQ(tool.m.pid, (uint32_t)getpid());
            clients++;
        }
    } while (type != WIRE_LINE_END);
    CHECK_EQ(clients, 2);
    raw_close(&silent);
    raw_close(&tool);
    rig_server_end(server);
}

/* Its own question to itself finds no room: whoever asked may be the one that goes by it. */
TEST(a_client_that_lists_and_reads_no_events_ends_alone)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    uint32_t got = WIRE_ANSWER;
    for (unsigned i = 0; i < 20000 && got == WIRE_ANSWER; i++) {
        wire_start(&a.m, WIRE_LIST);
        raw_send(&a, NULL);
        wire_start(&a.m, WIRE_REPORT_END);
        a.m.seq = ++a.event_seq;
        channel_send(a.events, &a.m, NULL, MSG_DONTWAIT);
        rig_turn(server);
        got = raw_receive(&a);
    }
    CHECK_EQ(got, 1);
    raw_close(&a);
    rig_server_end(server);
}

/* Both the handle on its way and the process that takes it are holders, with one pid. */
TEST(who_took_a_handle_is_known_to_hold_its_name)
{
    struct rig_folder path = rig_folder_new();
    int folder = open(path.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct server_options options = {.folder = folder,
                                     .listener = -1,
                                     .fd_limit = 1024,
                                     .idle_ms = 1000};
    struct server *server = server_new(&options);
    struct raw a = raw_client(server), b = raw_client_as(server, getppid());
    struct parcel p = rig_parcel();
    CHECK_EQ(raw_bind(&a, "LA", &p), IST_OK);
    wire_start(&a.m, WIRE_PUSH);
    channel_put_parcel(&a.m.parcel, &p);
    a.m.pid = (uint32_t)getppid();
    strcpy(a.m.key, "LA");
    CHECK_EQ(raw_ask(&a, p.fd), WIRE_IS_NUMBER);
    wire_start(&b.m, WIRE_TAKE);
    CHECK_EQ(raw_ask(&b, NULL), WIRE_IS_HANDLE);
    CHECK_STR(b.m.key, "LA");
    raw_close(&a);

    struct loop loop;
    struct past past;
    struct journal journal;
    pid_t holder = 0;
    CHECK(loop_init(&loop));
    CHECK(past_init(&past, &loop));
    CHECK(journal_open(&journal, folder, past_record, &past));
    CHECK(past_name(&past, "LA", &holder));
    CHECK_EQ(holder, getppid());
    journal_close(&journal);
    past_finish(&past);
    loop_finish(&loop);
    raw_close(&b);
    rig_drop(&p);
    rig_server_end(server);
    close(folder);
    rig_folder_end(&path);
}

/* ---- Waiting for who is slow, and not for who cannot answer ---- */

static int wait_for_word(void *arg)
{
    struct rig_wire *wire = arg;
    char byte;
    WANT(rig_get(wire->to_child[0], &byte, 1));
    return 0;
}

/* The predecessor's journal says that the process holds the name "LOLD". */
static void had_a_name(struct server *server, pid_t pid)
{
    struct wire_message record;
    wire_start(&record, WIRE_J_CLIENT);
    record.pid = (uint32_t)pid;
    record.value = proc_start(pid, NULL);
    past_record(&record, &server->past);
    record.type = WIRE_J_NAME;
    strcpy(record.key, "LOLD");
    past_record(&record, &server->past);
    record.type = WIRE_J_HOLD;
    past_record(&record, &server->past);
    past_begin(&server->past);
}

static void ask_name(struct raw *raw)
{
    wire_start(&raw->m, WIRE_FIND_NAME);
    strcpy(raw->m.key, "LOLD");
    raw_send(raw, NULL);
}

/* The answer, however long it takes. */
static uint32_t wait_for_answer(struct raw *raw)
{
    uint32_t got;
    while ((got = raw_receive(raw)) == 0)
        server_turn(raw->server, 1000);
    return got;
}

TEST(a_slow_survivor_is_waited_for_and_a_stopped_one_is_not)
{
    struct server *server = rig_server();
    struct rig_wire wire = rig_wire_new();
    struct raw a = raw_client(server);
    pid_t child = rig_child(wait_for_word, &wire);
    had_a_name(server, child);
    server->past.deadline = 0; /* time enough for who cannot answer */
    ask_name(&a);
    CHECK_EQ(raw_receive(&a), 0);
    CHECK(rig_stop(child));
    CHECK_EQ(wait_for_answer(&a), WIRE_ANSWER);
    CHECK_EQ(raw_status(&a), IST_NOT_FOUND);
    CHECK(strstr(a.m.words, "has not answered"));
    CHECK_EQ(kill(child, SIGCONT), 0);
    ask_name(&a);
    CHECK_EQ(raw_receive(&a), 0);
    container_of(server->peers.next, struct peer, link)->asked_ns = 0; /* it waited for long */
    CHECK_EQ(wait_for_answer(&a), WIRE_ANSWER);
    CHECK(strstr(a.m.words, "has not answered"));
    ask_name(&a);
    CHECK_EQ(raw_receive(&a), 0);
    rig_put(wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(child), 0);
    CHECK_EQ(wait_for_answer(&a), WIRE_ANSWER);
    CHECK(strstr(a.m.words, "no object is named"));
    raw_close(&a);
    rig_wire_end(&wire);
    rig_server_end(server);
}

TEST(a_slow_giver_is_waited_for_and_a_stopped_one_is_not)
{
    struct server *server = rig_server();
    struct rig_wire wire = rig_wire_new();
    pid_t child = rig_child(wait_for_word, &wire);
    struct raw a = raw_client(server), b = raw_client_as(server, child);
    struct peer *asker = container_of(server->peers.next, struct peer, link);
    wire_start(&a.m, WIRE_PULL);
    a.m.pid = (uint32_t)child;
    raw_send(&a, NULL);
    asker->deadline = 0;
    rig_turn(server);
    CHECK_EQ(raw_receive(&a), 0);
    CHECK(rig_stop(child));
    CHECK_EQ(wait_for_answer(&a), WIRE_ANSWER);
    CHECK_EQ(raw_status(&a), IST_TIMEOUT);
    CHECK_EQ(kill(child, SIGCONT), 0);
    rig_put(wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(child), 0);
    raw_close(&a);
    raw_close(&b);
    rig_wire_end(&wire);
    rig_server_end(server);
}

/* Whoever shared something with the last broker can be asked as soon as it is back. */
TEST(a_giver_that_is_not_back_yet_is_waited_for)
{
    struct server *server = rig_server();
    struct rig_wire wire = rig_wire_new();
    pid_t child = rig_child(wait_for_word, &wire);
    struct raw a = raw_client(server);
    had_a_name(server, child);
    wire_start(&a.m, WIRE_PULL);
    a.m.pid = (uint32_t)child;
    a.m.value = 8;
    raw_send(&a, NULL);
    CHECK_EQ(raw_receive(&a), 0);
    struct raw b = raw_client_as(server, child);
    wire_start(&b.m, WIRE_RESTORED);
    CHECK_EQ(raw_ask(&b, NULL), WIRE_ANSWER);
    const char *why;
    CHECK_EQ(channel_receive(b.events, &b.m, b.fds, MSG_DONTWAIT, &why), CHANNEL_OK);
    CHECK_EQ(b.m.type, WIRE_ASK_HANDLE);
    CHECK_EQ(b.m.value, 8);
    rig_put(wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(child), 0);
    raw_close(&b);
    CHECK_EQ(wait_for_answer(&a), WIRE_ANSWER);
    CHECK_EQ(raw_status(&a), IST_NOT_FOUND); /* it has ended */
    raw_close(&a);
    rig_wire_end(&wire);
    rig_server_end(server);
}

/* One that cannot answer is not waited for any longer than for a name. */
TEST(a_giver_that_does_not_come_back_is_named)
{
    struct server *server = rig_server();
    struct rig_wire wire = rig_wire_new();
    pid_t child = rig_child(wait_for_word, &wire);
    struct raw a = raw_client(server);
    had_a_name(server, child);
    CHECK(rig_stop(child));
    server->past.deadline = 0;
    wire_start(&a.m, WIRE_PULL);
    a.m.pid = (uint32_t)child;
    CHECK_EQ(raw_ask(&a, NULL), WIRE_ANSWER);
    CHECK_EQ(raw_status(&a), IST_TIMEOUT);
    CHECK(strstr(a.m.words, "since the broker was started again"));
    CHECK_EQ(kill(child, SIGCONT), 0);
    rig_put(wire.to_child[1], "x", 1);
    CHECK_EQ(rig_join(child), 0);
    raw_close(&a);
    rig_wire_end(&wire);
    rig_server_end(server);
}
