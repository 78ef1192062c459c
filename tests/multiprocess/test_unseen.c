/* SPDX-License-Identifier: MIT */
/*
 * NT handles that were put into a process which has not heard of them yet. Others may know the
 * value before it does, and do with it what they could with any other handle of that process.
 */
#include "actor.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <signal.h>

#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define SAME DUPLICATE_SAME_ACCESS
#define MOVE (DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE)
#define BAD_HANDLE ((uint32_t)HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE))

static struct actor *a, *b;
static uint64_t handle;

/* A buffer in a, slot 0, with its handle. */
static void two(const char *name)
{
    struct order share = {.op = DO_nt_handle};
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_buffer, .a = NT, .b = 1), 0);
    for (unsigned i = 0; name && name[i]; i++)
        share.name[i] = name[i];
    CHECK_EQ(actor_ask(a, &share), 0);
    handle = a->last.value;
}

static uint64_t push(void)
{
    return GET(a, push, .a = handle, .b = (uint64_t)b->pid, .c = SAME);
}

/* At once, so while it lies with the broker, travels, or has just arrived. */
static void take_back_often(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t there = push();
        uint64_t back = GET(a, pull, .a = there, .b = (uint64_t)b->pid, .c = MOVE);
        CHECK_EQ(ASK(a, close, .a = back), 0);
    }
}

TEST(taken_back)
{
    stage_open();
    two(NULL);
    CHECK_EQ(ASK(b, make_buffer, .a = NT), 0);
    CHECK_EQ(ASK(b, nt_handle, .name = "so that the broker knows b"), 0);
    take_back_often(300);
    uint64_t there = push();
    uint64_t back = GET(a, pull, .a = there, .b = (uint64_t)b->pid, .c = MOVE);
    CHECK_EQ(ASK(b, close, .a = there), BAD_HANDLE);
    CHECK_EQ(ASK(a, pull, .a = there, .b = (uint64_t)b->pid, .c = SAME), BAD_HANDLE);
    CHECK_EQ(ASK(a, open_nt, .slot = 2, .a = back), 0);
    CHECK_EQ(ASK(a, read, .slot = 2, .a = 1), 0);
    CHECK_EQ(ASK(a, close, .a = back), 0);
    stage_close();
}

/* It has asked the broker for nothing, so there is nobody to ask. */
TEST(taken_back_from_one_that_the_broker_does_not_know)
{
    stage_open();
    two(NULL);
    take_back_often(20);
    uint64_t there = push();
    uint64_t back = GET(a, pull, .a = there, .b = (uint64_t)b->pid, .c = MOVE);
    CHECK_EQ(ASK(a, close, .a = back), 0);
    CHECK_EQ(ASK(b, close, .a = there), BAD_HANDLE);
    stage_close();
}

TEST(copied)
{
    stage_open();
    two(NULL);
    for (unsigned i = 0; i < 100; i++) {
        uint64_t there = push();
        uint64_t copy = GET(a, pull, .a = there, .b = (uint64_t)b->pid, .c = SAME);
        CHECK_EQ(ASK(a, close, .a = copy), 0);
        CHECK_EQ(ASK(b, close, .a = there), 0);
        CHECK_EQ(ASK(b, close, .a = there), BAD_HANDLE);
    }
    stage_close();
}

/* Stopped, it takes nothing in: the broker knows the value all the same. */
TEST(taken_back_from_a_process_that_is_stopped)
{
    stage_open();
    two(NULL);
    CHECK_EQ(ASK(b, make_buffer, .a = NT), 0);
    CHECK_EQ(ASK(b, nt_handle, .name = "so that the broker knows b"), 0);
    CHECK_EQ(kill(b->pid, SIGSTOP), 0);
    take_back_often(20);
    CHECK_EQ(kill(b->pid, SIGCONT), 0);
    stage_close();
}

TEST(passed_on)
{
    stage_open();
    two(NULL);
    struct actor *c = actor_start();
    uint64_t there = push();
    uint64_t further = GET(b, push, .a = there, .b = (uint64_t)c->pid, .c = MOVE);
    CHECK_EQ(ASK(c, open_nt, .a = further), 0);
    CHECK_EQ(ASK(c, read, .a = 1), 0);
    CHECK_EQ(ASK(b, close, .a = there), BAD_HANDLE);
    CHECK_EQ(ASK(c, close, .a = further), 0);
    stage_close();
}

/* It is a handle like any other: name and object live by it, also without a broker. */
TEST(keeps_name_and_object)
{
    stage_open();
    two("unseen");
    CHECK_EQ(ASK(b, open_name, .slot = 3, .name = "unseen"), 0); /* the broker knows b */
    CHECK_EQ(ASK(b, drop, .slot = 3), 0);
    uint64_t there = push();
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK(EVENTUALLY(broker_holders() == 1)); /* b has taken it in */
    CHECK_EQ(kill(broker_pid(), SIGKILL), 0);
    CHECK_EQ(ASK(a, open_name, .slot = 1, .name = "unseen"), 0);
    CHECK_EQ(ASK(a, read, .slot = 1, .a = 1), 0);
    CHECK_EQ(ASK(a, drop, .slot = 1), 0);
    CHECK_EQ(ASK(b, close, .a = there), 0);
    CHECK(ASK(a, open_name, .slot = 1, .name = "unseen") != 0);
    stage_close();
}
