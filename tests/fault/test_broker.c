/* SPDX-License-Identifier: MIT */
/*
 * The same for a broker from its start on: the n-th call of a kind fails in it, for every n
 * until there is no n-th. Two clients share by number, name and pushed handle meanwhile: they
 * may be refused, with a reason, but afterwards everything succeeds, and nothing is left. (What
 * fails later in its life, and what it is killed at: test_fault.c.)
 */
#include "multiprocess/actor.h"

#include "control.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define N_MAX 400

static struct actor *a, *b;

#define DO(who, what, ...)                  \
    do {                                    \
        code = ASK(who, what, __VA_ARGS__); \
        if (code) {                         \
            CHECK(who->last.why[0] != 0);   \
            return code;                    \
        }                                   \
    } while (0)

static uint32_t share_all(void)
{
    uint32_t code;
    DO(a, make_buffer, .a = SHARED, .b = 1);
    DO(a, kmt);
    DO(b, open_kmt, .a = a->last.value);
    DO(b, read, .a = 1);
    DO(a, make_buffer, .slot = 1, .a = SHARED | NT, .b = 2);
    DO(a, nt_handle, .slot = 1, .name = "fault");
    uint64_t handle = a->last.value;
    DO(b, open_name, .slot = 1, .name = "fault");
    DO(b, read, .slot = 1, .a = 2);
    DO(a, push, .a = handle, .b = (uint64_t)b->pid);
    uint64_t there = a->last.value;
    DO(b, open_nt, .slot = 2, .a = there);
    DO(b, close, .a = there);
    DO(b, pull, .a = handle, .b = (uint64_t)a->pid);
    return 0;
}

static void let_go(void)
{
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(ASK(a, drop, .slot = i), 0);
        CHECK_EQ(ASK(b, drop, .slot = i), 0);
    }
    CHECK_EQ(ASK(a, close_all), 0);
    CHECK_EQ(ASK(b, close_all), 0);
}

/* True: there was an n-th call. */
static bool fail_one(enum fault_kind kind, long n)
{
    stage_open();
    struct fault_control *control = control_open("ISTHMUS_FAULT_BROKER");
    control_arm(control, kind, n, false);
    setenv("ISTHMUS_LOG", "off", 1);
    setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
    a = actor_start();
    b = actor_start();
    unsetenv("LD_PRELOAD");
    share_all();
    bool fired = control_disarm(control);
    let_go();
    uint32_t code = fired ? share_all() : 0; /* whatever was refused: now it is not */
    if (code)
        test_fail(TEST_HERE, "after call %ld of kind %d failed in the broker: 0x%08x %s %s", n,
                  (int)kind, code, a->last.why, b->last.why);
    let_go();
    stage_close();
    control_close(control);
    return fired;
}

static void fail_all(enum fault_kind kind, const char *what)
{
    long n = 1;
    while (n < N_MAX && fail_one(kind, n))
        n++;
    printf("     the broker's %s: failed at %ld places\n", what, n - 1);
    CHECK(n < N_MAX);
}

TEST(allocations_of_the_broker)
{
    fail_all(FAULT_ALLOCATION, "allocation");
}

TEST(messages_of_the_broker)
{
    fail_all(FAULT_SENDMSG, "sendmsg");
    fail_all(FAULT_RECVMSG, "recvmsg");
}

TEST(the_rest_of_the_broker)
{
    fail_all(FAULT_MMAP, "mmap");
    fail_all(FAULT_MEMFD, "memfd_create");
    fail_all(FAULT_SPAWN, "fork");
    fail_all(FAULT_PIPE, "pipe2");
    fail_all(FAULT_WRITE, "write");
}
