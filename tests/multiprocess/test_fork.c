/* SPDX-License-Identifier: MIT */
/* Children of fork: one that uses the library, one that does not. */
#include "actor.h"
#include "gpu/primary.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)

static struct actor *a, *b;

#define NEEDS_FORK()         \
    if (gpu_device_wanted()) \
    SKIP("CUDA does not live in forked children: the nvidia device refuses there until exec")

static uint64_t numbered(UINT misc, uint64_t seed)
{
    stage_open();
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_buffer, .a = misc, .b = seed), 0);
    return GET(a, kmt);
}

TEST(a_child_uses_what_it_inherited)
{
    NEEDS_FORK();
    uint64_t number = numbered(KEYED, 1);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    CHECK_EQ(ASK(a, fork_user, .a = 0, .b = 1, .c = 2), 0);
    CHECK_EQ(ASK(b, acquire, .a = 1, .b = 10000), 0);
    CHECK_EQ(ASK(b, read, .a = 2), 0);
    CHECK_EQ(ASK(b, write, .a = 3), 0);
    CHECK_EQ(ASK(b, release, .a = 5), 0);
    CHECK_EQ(ASK(a, acquire, .a = 5, .b = 10000), 0); /* the parent is as it was */
    CHECK_EQ(ASK(a, read, .a = 3), 0);
    CHECK_EQ(ASK(a, release, .a = 0), 0);
    CHECK_EQ(ASK(a, end_child), 0);
    stage_close();
}

TEST(a_child_that_uses_it_holds_it)
{
    NEEDS_FORK();
    uint64_t number = numbered(SHARED, 1);
    CHECK_EQ(ASK(a, fork_user, .a = 0, .b = 1, .c = 2), 0);
    pid_t child = (pid_t)a->last.value;
    CHECK_EQ(kill(child, SIGSTOP), 0); /* it would go with its parent */
    actor_kill(a);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0); /* the child has it */
    CHECK_EQ(ASK(b, read, .a = 2), 0);
    CHECK_EQ(ASK(b, drop), 0);
    CHECK_EQ(kill(child, SIGCONT), 0);
    CHECK(EVENTUALLY(ASK(b, open_kmt, .slot = 1, .a = number) == (uint32_t)E_INVALIDARG ||
                     (ASK(b, drop, .slot = 1), false)));
    stage_close();
}

TEST(a_child_that_does_not_hides_nobodys_death)
{
    uint64_t number = numbered(KEYED, 1);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    CHECK_EQ(ASK(b, fork_idle), 0);
    CHECK_EQ(ASK(b, end_child), 0);
    CHECK_EQ(ASK(a, fork_idle), 0);
    pid_t child = (pid_t)a->last.value;
    CHECK_EQ(kill(child, SIGSTOP), 0); /* it lives on after its parent */
    CHECK_EQ(ASK(a, acquire, .a = 0, .b = 0), 0);
    TELL(b, acquire, .a = 0, .b = 0xffffffff);
    CHECK(!actor_answers(b, 50));
    actor_kill(a);
    CHECK_EQ(actor_hear(b), (uint32_t)WAIT_ABANDONED);
    CHECK_EQ(ASK(b, drop), 0);
    CHECK_EQ(ASK(b, open_kmt, .a = number), (uint32_t)E_INVALIDARG);
    kill(child, SIGKILL);
    kill(child, SIGCONT);
    stage_close();
}

static unsigned count_in(pid_t pid, const char *what)
{
    char path[48];
    unsigned count = 0;
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
    DIR *dir = opendir(path);
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

/* No thread, no connection, no fd more than it inherited, no reference. */
TEST(a_child_that_does_not_costs_nothing)
{
    enum { DOTS = 2, OWN_PIPES = 2 };
    uint64_t number = numbered(KEYED, 1);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    CHECK_EQ(broker_holders(), 2);
    CHECK_EQ(ASK(a, fork_idle), 0);
    pid_t child = (pid_t)a->last.value;
    CHECK_EQ(count_in(child, "task"), DOTS + 1);
    CHECK(count_in(child, "fd") <= count_in(a->pid, "fd") + OWN_PIPES);
    CHECK_EQ(broker_holders(), 2);
    char *text = broker_says("--status");
    CHECK(strstr(text, "clients   2\n"));
    free(text);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK_EQ(ASK(b, drop), 0);
    CHECK(EVENTUALLY(broker_objects() == 0)); /* although the child lives */
    CHECK_EQ(ASK(a, end_child), 0);
    stage_close();
}

TEST(a_child_of_a_fences_owner_ends_no_waits_and_hides_no_end)
{
    stage_open();
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_fence), 0);
    uint64_t handle = GET(a, fence_handle, .name = "forked");
    CHECK_EQ(ASK(b, cu_fence, .name = "forked"), 0);
    CHECK_EQ(ASK(a, fork_idle), 0);
    pid_t child = (pid_t)a->last.value;
    CHECK_EQ(kill(child, SIGSTOP), 0);
    CHECK_EQ(ASK(b, cu_wait, .a = 1), 0);
    CHECK_EQ(ASK(b, cu_drop), 0);
    TELL(b, cu_sync);
    CHECK(!actor_answers(b, 100));
    CHECK_EQ(ASK(a, signal, .a = 1), 0);
    CHECK_EQ(actor_hear(b), 0);
    CHECK_EQ(ASK(b, cu_fence, .name = "forked"), 0);
    CHECK_EQ(ASK(b, cu_wait, .a = 2), 0);
    CHECK_EQ(ASK(b, cu_drop), 0);
    TELL(b, cu_sync);
    CHECK(!actor_answers(b, 100));
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK_EQ(ASK(a, drop), 0);
    actor_hear(b); /* although the child still runs */
    kill(child, SIGKILL);
    kill(child, SIGCONT);
    CHECK(ASK(a, end_child) != 0); /* killed */
    stage_close();
}
