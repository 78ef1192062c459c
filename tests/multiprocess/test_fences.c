/* SPDX-License-Identifier: MIT */
/* Fences between processes: signalled in one, waited for in the other by host, queue,
 * stream. */
#include "actor.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

static struct actor *a, *b;

/*
 * A fence (slot 0) and a buffer (slot 1) in both: of D3D11 in a; b has D3D11's in slots 0 and
 * 1, CUDA's in slots 2 and 3.
 */
static void shared(void)
{
    stage_open();
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_fence, .a = 0), 0);
    CHECK_EQ(ASK(a, make_buffer, .slot = 1, .a = NT, .b = 1), 0);
    uint64_t fence = GET(a, fence_handle, .name = "fence");
    uint64_t buffer = GET(a, nt_handle, .slot = 1, .name = "buffer");
    uint64_t pushed = GET(a, push, .a = fence, .b = (uint64_t)b->pid);
    CHECK_EQ(ASK(b, open_fence, .a = pushed), 0);
    CHECK_EQ(ASK(b, close, .a = pushed), 0);
    CHECK_EQ(ASK(b, open_name, .slot = 1, .name = "buffer"), 0);
    CHECK_EQ(ASK(b, cu_fence, .slot = 2, .name = "fence"), 0);
    CHECK_EQ(ASK(b, cu_memory, .slot = 3, .name = "buffer"), 0);
    CHECK_EQ(ASK(a, close, .a = fence), 0);
    CHECK_EQ(ASK(a, close, .a = buffer), 0);
}

TEST(a_host_waits_for_the_other_process)
{
    shared();
    TELL(b, host_wait, .a = 3);
    CHECK(!actor_answers(b, 50));
    CHECK_EQ(ASK(a, signal, .a = 2), 0);
    CHECK(!actor_answers(b, 50));
    CHECK_EQ(ASK(a, signal, .a = 3), 0);
    CHECK_EQ(actor_hear(b), 0);
    CHECK_EQ(GET(b, completed), 3);
    stage_close();
}

TEST(a_context_waits_for_the_other_process)
{
    shared();
    CHECK_EQ(ASK(b, context_wait, .a = 1), 0); /* queued before it is signalled */
    TELL(b, read, .slot = 1, .a = 50);
    CHECK(!actor_answers(b, 100));
    CHECK_EQ(ASK(a, write, .slot = 1, .a = 50), 0);
    CHECK_EQ(ASK(a, signal, .a = 1), 0);
    CHECK_EQ(actor_hear(b), 0);
    stage_close();
}

TEST(a_stream_waits_for_the_other_process)
{
    shared();
    CHECK_EQ(ASK(b, cu_wait, .slot = 2, .a = 1), 0);
    TELL(b, cu_read, .slot = 3, .a = 51);
    CHECK(!actor_answers(b, 100));
    CHECK_EQ(ASK(a, write, .slot = 1, .a = 51), 0);
    CHECK_EQ(ASK(a, signal, .a = 1), 0);
    CHECK_EQ(actor_hear(b), 0);
    stage_close();
}

TEST(a_stream_signals_the_other_process)
{
    shared();
    CHECK_EQ(ASK(b, cu_hold), 0);
    CHECK_EQ(ASK(b, cu_write, .slot = 3, .a = 52), 0);
    CHECK_EQ(ASK(b, cu_signal, .slot = 2, .a = 7), 0);
    CHECK_EQ(ASK(a, context_wait, .a = 7), 0);
    TELL(a, read, .slot = 1, .a = 52);
    CHECK(!actor_answers(a, 100));
    CHECK_EQ(ASK(b, cu_let_go), 0);
    CHECK_EQ(actor_hear(a), 0);
    CHECK_EQ(GET(a, completed), 7);
    stage_close();
}

TEST(a_chain_of_a_hundred_links)
{
    shared();
    for (unsigned i = 0; i < 100; i++) {
        CHECK_EQ(ASK(b, cu_wait, .slot = 2, .a = 2 * i + 1), 0);
        CHECK_EQ(ASK(b, cu_write, .slot = 3, .a = 1000 + i), 0);
        CHECK_EQ(ASK(b, cu_signal, .slot = 2, .a = 2 * i + 2), 0);
        CHECK_EQ(ASK(a, write, .slot = 1, .a = 2000 + i), 0);
        CHECK_EQ(ASK(a, signal, .a = 2 * i + 1), 0);
        CHECK_EQ(ASK(a, context_wait, .a = 2 * i + 2), 0);
        CHECK_EQ(ASK(a, read, .slot = 1, .a = 1000 + i), 0);
    }
    stage_close();
}

/* The broker's list says so: some process sleeps on a fence. */
static bool somebody_waits(void)
{
    char *text = broker_says("--ls-json");
    const char *count = strstr(text, "\"waiters\":");
    bool waits = count && count[strlen("\"waiters\":")] != '0';
    free(text);
    return waits;
}

TEST(a_rewind_is_seen_by_the_other_process)
{
    shared();
    CHECK_EQ(ASK(a, signal, .a = 9), 0);
    CHECK_EQ(GET(b, completed), 9);
    CHECK_EQ(ASK(a, signal, .a = 4), 0);
    CHECK_EQ(GET(b, completed), 4);
    TELL(b, host_wait, .a = 5);
    CHECK(EVENTUALLY(somebody_waits())); /* who comes later waits for the next time */
    CHECK(!actor_answers(b, 50));
    CHECK_EQ(ASK(a, signal, .a = 8), 0); /* reached and taken back: that is for good */
    CHECK_EQ(ASK(a, signal, .a = 1), 0);
    CHECK_EQ(actor_hear(b), 0);
    stage_close();
}

/* The signaller dies, others still own the fence: they may signal, so nothing ends. */
TEST(a_waiter_that_owns_the_fence_goes_on_waiting)
{
    shared();
    struct actor *c = actor_start();
    uint64_t handle = GET(a, fence_handle);
    uint64_t pushed = GET(a, push, .a = handle, .b = (uint64_t)c->pid);
    CHECK_EQ(ASK(c, open_fence, .a = pushed), 0);
    CHECK_EQ(ASK(c, close, .a = pushed), 0);
    TELL(b, host_wait, .a = 3);
    actor_kill(a);
    CHECK(!actor_answers(b, 300));
    CHECK_EQ(ASK(c, signal, .a = 3), 0);
    CHECK_EQ(actor_hear(b), 0);
    stage_close();
}

/* Queued waits own nothing. When the last owner of any process has gone, they end. */
TEST(the_last_reference_in_any_process_ends_waits)
{
    shared();
    CHECK_EQ(ASK(b, drop), 0);
    CHECK_EQ(ASK(b, cu_wait, .slot = 2, .a = 100), 0);
    CHECK_EQ(ASK(b, cu_drop, .slot = 2), 0);
    TELL(b, cu_sync);
    CHECK(!actor_answers(b, 200)); /* a has it still */
    CHECK_EQ(ASK(a, drop), 0);
    actor_hear(b);
    stage_close();
}

TEST(the_last_owner_killed_ends_waits)
{
    shared();
    CHECK_EQ(ASK(b, drop), 0);
    CHECK_EQ(ASK(b, cu_wait, .slot = 2, .a = 100), 0);
    CHECK_EQ(ASK(b, cu_drop, .slot = 2), 0);
    TELL(b, cu_sync);
    CHECK(!actor_answers(b, 200));
    actor_kill(a);
    actor_hear(b);
    stage_close();
}
