/* SPDX-License-Identifier: MIT */
/*
 * Who takes too much of a real broker, or is not its user, is refused in words; the others go
 * on, and its memory stays bounded. Messages are written byte by byte as docs/wire.md says.
 */
#include "actor.h"
#include "gpu/primary.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define DENIED ((uint32_t)HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED))
enum { MESSAGE = 4096, EACH = 64, MOST_KIB = 65536 };
enum {
    HELLO = 1,
    LIST = 10,
    FORGET = 33,
    REPORT = 36,
    REPORT_END = 37,
    ANSWER = 64,
    WELCOME = 65
};

static struct actor *a, *b;

/* The broker of this stage gets a limit. */
static void two(const char *variable, const char *limit)
{
    stage_open();
    if (variable)
        setenv(variable, limit, 1);
    a = actor_start();
    b = actor_start();
    uint32_t made = ASK(a, make_buffer, .slot = 7, .a = SHARED);
    uint32_t numbered = ASK(a, kmt, .slot = 7); /* starts the broker */
    if (variable)
        unsetenv(variable); /* before a check that may end the test */
    CHECK_EQ(made, 0);
    CHECK_EQ(numbered, 0);
    CHECK_EQ(ASK(a, make_buffer, .slot = 6, .a = SHARED | NT), 0);
}

/* ---- Limits ---- */

/* `what` is refused with the variable's name; b can do it, and so can a when it let go. */
static void refused(enum actor_op op, const char *variable)
{
    struct order order = {.op = op, .slot = 6, .a = 6, .name = "one-too-many"};
    uint32_t code = actor_ask(a, &order);
    CHECK(code != 0);
    CHECK(strstr(a->last.why, variable));
    CHECK(strstr(a->last.why, "limit of"));
    CHECK_EQ(ASK(b, make_buffer, .slot = 6, .a = SHARED | NT), 0);
    CHECK_EQ(actor_ask(b, &order), 0);
    CHECK_EQ(ASK(b, crowd, .a = 0), 0);
    CHECK_EQ(ASK(b, close_all), 0);
    CHECK_EQ(ASK(a, crowd, .a = 0), 0);
    CHECK_EQ(ASK(a, close_all), 0);
    order.a = 1;
    CHECK_EQ(actor_ask(a, &order), 0);
    CHECK_EQ(ASK(a, crowd, .a = 0), 0);
}

TEST(too_many_objects)
{
    two("ISTHMUS_QUOTA_OBJECTS", "6"); /* a has one already */
    refused(DO_crowd, "ISTHMUS_QUOTA_OBJECTS");
    stage_close();
}

TEST(too_many_fds)
{
    two("ISTHMUS_QUOTA_FDS", "19"); /* three an object */
    refused(DO_crowd, "ISTHMUS_QUOTA_FDS");
    stage_close();
}

TEST(too_many_bytes)
{
    /* 64 KiB and a little an object; of a GPU's memory 2 MiB */
    two("ISTHMUS_QUOTA_BYTES", gpu_device_wanted() ? "12800000" : "400000");
    refused(DO_crowd, "ISTHMUS_QUOTA_BYTES");
    stage_close();
}

TEST(too_many_names)
{
    two("ISTHMUS_QUOTA_NAMES", "2");
    GET(a, nt_handle, .slot = 6, .name = "one");
    GET(a, nt_handle, .slot = 6, .name = "two");
    refused(DO_nt_handle, "ISTHMUS_QUOTA_NAMES");
    stage_close();
}

/* ---- Connections ---- */

/* A connection and the event channel that it was given: without that the broker drops it. */
struct raw {
    int fd, events; /* -1: none */
    char text[MESSAGE];
};

static bool raw_open(struct raw *raw)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", stage_folder());
    raw->events = -1;
    raw->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return connect(raw->fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static void raw_close(struct raw *raw)
{
    close(raw->fd);
    if (raw->events >= 0)
        close(raw->events);
}

/* The next message into raw->text, with blanks for its zeros; its type, 0: it hung up. */
static unsigned raw_hear(struct raw *raw)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec bytes = {raw->text, MESSAGE - 1};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t got;
    do
        got = recvmsg(raw->fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == ECONNRESET); /* what it had said before comes behind that */
    if (got < 16)
        return 0;
    if (message.msg_controllen >= CMSG_LEN(sizeof(int)))
        memcpy(&raw->events, CMSG_DATA(&control.head), sizeof(int));
    for (ssize_t i = 0; i < got; i++)
        raw->text[i] = raw->text[i] ? raw->text[i] : ' ';
    raw->text[got] = 0;
    return (unsigned char)raw->text[2];
}

static void put32(unsigned char *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (8 * i));
}

/* A message with a body of zeros; its size. */
static size_t message(unsigned char *to, unsigned type, uint32_t seq, size_t body)
{
    memset(to, 0, 64);
    put32(to, 0x5349 | type << 16);
    put32(to + 4, (uint32_t)(16 + body));
    put32(to + 8, seq);
    return 16 + body;
}

/* Says HELLO; the type of the answer, 0 if it hung up. */
static unsigned greet(struct raw *raw, uint32_t version)
{
    unsigned char hello[64];
    size_t size = message(hello, HELLO, 1, 14);
    put32(hello + 20, version);
    put32(hello + 24, version);
    if (send(raw->fd, hello, size, MSG_NOSIGNAL) < 0 && errno != EPIPE)
        return 0;
    return raw_hear(raw);
}

TEST(older_and_newer_ones_are_told_so)
{
    struct raw raw;
    two(NULL, NULL);
    static const struct {
        uint32_t version;
        const char *words;
    } cases[] = {{0, "the program is older"}, {2, "the broker is older"}};
    for (unsigned i = 0; i < 2; i++) {
        CHECK(raw_open(&raw));
        CHECK_EQ(greet(&raw, cases[i].version), ANSWER);
        CHECK(strstr(raw.text, cases[i].words));
        raw_close(&raw);
    }
    stage_close();
}

static struct raw many[EACH], more;

static void close_many(void)
{
    for (unsigned i = 0; i < EACH; i++)
        raw_close(&many[i]);
}

static bool one_more_is_welcome(void)
{
    bool welcome = raw_open(&more) && greet(&more, 1) == WELCOME;
    raw_close(&more);
    return welcome;
}

/* A process has one connection; sixty-four of them leave room for all others. */
TEST(one_process_does_not_shut_out_the_others)
{
    two(NULL, NULL);
    uint64_t number = GET(a, kmt, .slot = 7);
    for (unsigned i = 0; i < EACH; i++) {
        CHECK(raw_open(&many[i]));
        CHECK_EQ(greet(&many[i], 1), WELCOME);
    }
    CHECK(raw_open(&more));
    CHECK_EQ(greet(&more, 1), ANSWER);
    CHECK(strstr(more.text, "64 connections"));
    raw_close(&more);
    struct actor *newcomer = actor_start();
    CHECK_EQ(ASK(newcomer, open_kmt, .a = number), 0);
    close_many();
    CHECK(EVENTUALLY(one_more_is_welcome()));
    stage_close();
}

/* ---- Memory ---- */

static long broker_kib(void)
{
    char path[64], line[128];
    long kib = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)broker_pid());
    FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    if (status)
        fclose(status);
    return kib;
}

/* Welcome, then one kind of message after the other and never a look at what comes back. */
static void flood(struct raw *raw, unsigned type, size_t body)
{
    unsigned char bytes[64];
    CHECK(raw_open(raw));
    CHECK_EQ(greet(raw, 1), WELCOME);
    for (uint32_t seq = 2; seq < 3000; seq++)
        if (send(raw->fd, bytes, message(bytes, type, seq, body), MSG_NOSIGNAL | MSG_DONTWAIT) <
                0 &&
            errno != EAGAIN)
            return;
}

TEST(those_who_flood_and_never_read_cost_the_broker_little)
{
    two(NULL, NULL);
    uint64_t number = GET(a, kmt, .slot = 7);
    CHECK_EQ(ASK(a, crowd, .a = 200), 0);
    long before = broker_kib(), most = before;
    pid_t broker = broker_pid();
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < EACH; i++)
            flood(&many[i], i % 2 ? LIST : FORGET, i % 2 ? 0 : 4);
        CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
        CHECK_EQ(ASK(b, drop), 0);
        long now = broker_kib();
        most = now > most ? now : most;
        close_many();
        CHECK(EVENTUALLY(one_more_is_welcome()));
    }
    printf("     the broker with 200 objects: %ld KiB, under a flood at most %ld KiB\n", before,
           most);
    CHECK_EQ(broker_pid(), broker);
    CHECK(most - before < 16384);
    CHECK_EQ(ASK(a, crowd, .a = 0), 0);
    stage_close();
}

/*
 * One that knows the protocol: it lists, round after round, from all its connections, answers
 * every question about what it has at the greatest length, and reads as little as it can.
 */
TEST(those_who_list_and_report_without_end_cost_it_little)
{
    unsigned char end[64], list[64];
    static unsigned char report[MESSAGE];
    two(NULL, NULL);
    CHECK_EQ(ASK(a, crowd, .a = 200), 0);
    long before = broker_kib(), most = before;
    for (unsigned i = 0; i < EACH; i++) {
        CHECK(raw_open(&many[i]));
        CHECK_EQ(greet(&many[i], 1), WELCOME);
    }
    uint32_t seq = 1;
    size_t size = message(report, REPORT, 0, 2 + 24 * 84);
    memset(report + 16, 0, sizeof(report) - 16);
    report[16] = 24;
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < EACH; i++)
            send(many[i].fd, list, message(list, LIST, round + 2, 0), MSG_NOSIGNAL);
        nap_ms(5); /* they are all asked; nothing here waits for that */
        for (unsigned i = 0; i < EACH; i++) {
            for (unsigned n = 0; n < 40; n++) {
                put32(report + 8, seq + n);
                send(many[i].events, report, size, MSG_NOSIGNAL | MSG_DONTWAIT);
            }
            send(many[i].events, end, message(end, REPORT_END, seq + 40, 0),
                 MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        seq += 41;
        long now = broker_kib();
        most = now > most ? now : most;
    }
    close_many();
    CHECK(EVENTUALLY(one_more_is_welcome()));
    printf("     while %d list and report without end: %ld KiB, before %ld KiB\n", EACH, most,
           before);
    CHECK_EQ(ASK(b, open_kmt, .a = GET(a, kmt, .slot = 7)), 0);
    CHECK(most - before < MOST_KIB);
    CHECK_EQ(ASK(a, crowd, .a = 0), 0);
    stage_close();
}

/* ---- Another user ---- */

/* As nobody, with the socket open to all: what the broker says to it. */
static int ask_as_nobody(void)
{
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
        return 2;
    if (!raw_open(&more))
        return 3;
    if (greet(&more, 1) != ANSWER)
        return 4;
    return strstr(more.text, "another user") ? 0 : 5;
}

TEST(another_users_process_is_refused)
{
    char path[96];
    int status;
    if (geteuid() != 0)
        SKIP("only root can be somebody else");
    two(NULL, NULL);
    uint64_t handle = GET(a, nt_handle, .slot = 6, .name = "mine");
    CHECK_EQ(chmod(stage_folder(), 0755), 0); /* the folder alone would keep it out */
    snprintf(path, sizeof(path), "%s/socket", stage_folder());
    CHECK_EQ(chmod(path, 0777), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(ask_as_nobody());
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(chmod(stage_folder(), 0700), 0);

    child = fork();
    if (child == 0) {
        bool other = setresuid(65534, 65534, 65534) == 0; /* which forgets the next line */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(other ? pause() : 1);
    }
    CHECK(EVENTUALLY(ASK(a, push, .a = handle, .b = (uint64_t)child) == DENIED));
    CHECK(strstr(a->last.why, "another user"));
    CHECK_EQ(ASK(a, pull, .a = 4, .b = (uint64_t)child), DENIED);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    stage_close();
}
