/* SPDX-License-Identifier: MIT */
/*
 * What opening costs beside what any program would pay that passes fds itself, what the broker
 * needs for an object, and that strangers on its socket change neither for the others. Figures
 * are printed; only what a loaded machine can hold is checked.
 */
#include "actor.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
enum { TIMES = 501, CROWD = 200, STRANGERS = 24 };

static struct actor *a, *b;

static int compare(const void *x, const void *y)
{
    double p = *(const double *)x, q = *(const double *)y;
    return (p > q) - (p < q);
}

/* The median of one order's round trip, in microseconds; what it made goes each time. */
static double median_us(struct actor *who, const struct order *order)
{
    static double us[TIMES];
    struct order drop = {.op = DO_drop, .slot = order->slot};
    for (unsigned i = 0; i < TIMES; i++) {
        uint64_t before = now_ns();
        CHECK_EQ(actor_ask(who, order), 0);
        us[i] = (double)(now_ns() - before) / 1e3;
        CHECK_EQ(actor_ask(who, &drop), 0);
    }
    qsort(us, TIMES, sizeof(us[0]), compare);
    return us[TIMES / 2];
}

/* Three fds there and back over a socket of one's own, in this process: the floor. */
static double raw_us(void)
{
    static double us[TIMES];
    int ends[2], fds[ACTOR_FDS] = {0, 1, 2}, got[ACTOR_FDS];
    unsigned count = 0;
    char byte = 0;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    for (unsigned i = 0; i < TIMES; i++) {
        uint64_t before = now_ns();
        for (unsigned way = 0; way < 2; way++) {
            CHECK(wire_send(ends[way], &byte, 1, fds, 3));
            CHECK(wire_receive(ends[1 - way], &byte, 1, got, &count));
            for (unsigned j = 0; j < count; j++)
                close(got[j]);
        }
        us[i] = (double)(now_ns() - before) / 1e3;
    }
    close(ends[0]);
    close(ends[1]);
    qsort(us, TIMES, sizeof(us[0]), compare);
    return us[TIMES / 2];
}

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

static void two(void)
{
    stage_open();
    a = actor_start();
    b = actor_start();
}

TEST(what_opening_costs)
{
    two();
    CHECK_EQ(ASK(a, make_buffer, .a = SHARED), 0);
    struct order number = {.op = DO_open_kmt, .a = GET(a, kmt)};
    CHECK_EQ(ASK(a, make_buffer, .slot = 1, .a = SHARED | NT), 0);
    CHECK_EQ(ASK(a, nt_handle, .slot = 1, .name = "cost"), 0);
    struct order name = {.op = DO_open_name, .slot = 1, .name = "cost"};
    struct order nothing = {.op = DO_close_all, .slot = 2};
    double base = median_us(b, &nothing);
    printf("     open by number %.1f us, by name %.1f us; SCM_RIGHTS there and back %.1f us "
           "(medians of %d, without the %.1f us that telling the actor takes)\n",
           median_us(b, &number) - base, median_us(b, &name) - base, raw_us(), TIMES, base);
    stage_close();
}

TEST(what_an_object_costs_the_broker)
{
    two();
    CHECK_EQ(ASK(a, crowd, .a = 8), 0);
    long before = broker_kib();
    CHECK_EQ(ASK(a, crowd, .a = CROWD), 0);
    CHECK_EQ(broker_objects(), CROWD);
    long after = broker_kib();
    printf("     the broker has %ld KiB, with %d objects %ld KiB: %ld KiB per 1000 objects\n",
           before, CROWD, after, (after - before) * 1000 / CROWD);
    CHECK(after - before < 16384);
    CHECK_EQ(ASK(a, crowd, .a = 0), 0);
    CHECK(EVENTUALLY(broker_objects() == 0));
    stage_close();
}

/* -1: the broker does not take one more, which it may. */
static int stranger(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", stage_folder());
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Rubbish with fds of no kind that anybody asked for, never a look at the answers. */
static void shout(int fd)
{
    static unsigned char rubbish[2048];
    int fds[] = {0, 1, 2, fd};
    for (unsigned i = 0; i < 200; i++) {
        for (size_t j = 0; j < sizeof(rubbish); j++)
            rubbish[j] = (unsigned char)(i * 31 + j * 7);
        if (!wire_send(fd, rubbish, 1 + (i * 37) % sizeof(rubbish), fds, i % 4) &&
            errno != EAGAIN)
            return;
    }
}

TEST(strangers_on_the_socket_disturb_nobody)
{
    int strangers[STRANGERS];
    two();
    CHECK_EQ(ASK(a, make_buffer, .a = D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX), 0);
    uint64_t number = GET(a, kmt);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    long before = broker_kib();
    pid_t broker = broker_pid();
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < STRANGERS; i++)
            if ((strangers[i] = stranger()) >= 0)
                shout(strangers[i]);
        TELL(a, pingpong, .a = 20, .b = 40 * round);
        TELL(b, pingpong, .a = 20, .b = 40 * round + 1);
        CHECK_EQ(actor_hear(a), 0);
        CHECK_EQ(actor_hear(b), 0);
        CHECK_EQ(ASK(b, open_kmt, .slot = 1, .a = number), 0);
        CHECK_EQ(ASK(b, drop, .slot = 1), 0);
        CHECK_EQ(ASK(a, crowd, .a = 4), 0);
        for (unsigned i = 0; i < STRANGERS; i++)
            if (strangers[i] >= 0)
                close(strangers[i]);
    }
    CHECK_EQ(broker_pid(), broker);
    CHECK(broker_kib() - before < 32768);
    CHECK_EQ(ASK(a, crowd, .a = 0), 0);
    stage_close();
}
