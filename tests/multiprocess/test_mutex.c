/* SPDX-License-Identifier: MIT */
/*
 * Keyed mutexes between processes: handing over, and the death of the owner. E10 of the list.
 * Prints how long it takes until a waiter learns of a death.
 */
#include "actor.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define TIMEOUT ((uint32_t)WAIT_TIMEOUT)
#define ABANDONED ((uint32_t)WAIT_ABANDONED)
#define CUDA_ABANDONED CUDA_CODE(304) /* cudaErrorOperatingSystem */
enum { TURNS = 1000, FOREVER = 0xffffffff };

static struct actor *a, *b, *c;

/* A keyed buffer in a; b opens it in D3D11, c imports memory and mutex in CUDA. */
static uint64_t three(void)
{
    stage_open();
    a = actor_start();
    b = actor_start();
    c = actor_start();
    CHECK_EQ(ASK(a, make_buffer, .a = KEYED, .b = 0), 0);
    uint64_t number = GET(a, kmt);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    CHECK_EQ(ASK(c, cu_memory, .b = number), 0);
    CHECK_EQ(ASK(c, cu_mutex, .b = number), 0);
    return number;
}

TEST(a_thousand_turns_of_d3d11_and_d3d11)
{
    three();
    TELL(a, pingpong, .a = TURNS, .b = 0);
    TELL(b, pingpong, .a = TURNS, .b = 1);
    CHECK_EQ(actor_hear(a), 0);
    CHECK_EQ(actor_hear(b), 0);
    stage_close();
}

TEST(a_thousand_turns_of_d3d11_and_cuda)
{
    three();
    TELL(c, cu_pingpong, .a = TURNS, .b = 1);
    TELL(a, pingpong, .a = TURNS, .b = 0);
    CHECK_EQ(actor_hear(a), 0);
    CHECK_EQ(actor_hear(c), 0);
    stage_close();
}

TEST(e10_every_waiter_learns_of_the_owners_death)
{
    three();
    struct actor *d = actor_start();
    CHECK_EQ(ASK(d, open_kmt, .a = GET(a, kmt)), 0);
    CHECK_EQ(ASK(a, acquire, .a = 0, .b = 0), 0);
    TELL(b, acquire, .a = 5, .b = FOREVER); /* not even the key that it has */
    TELL(d, acquire, .a = 0, .b = FOREVER);
    TELL(c, cu_acquire, .a = 0, .b = FOREVER);
    CHECK(!actor_answers(b, 100));
    CHECK(!actor_answers(c, 0));
    CHECK(!actor_answers(d, 0));
    actor_kill(a);
    CHECK_EQ(actor_hear(b), ABANDONED);
    CHECK_EQ(actor_hear(d), ABANDONED);
    CHECK_EQ(actor_hear(c), CUDA_ABANDONED);
    CHECK_EQ(ASK(b, acquire, .a = 0, .b = 0), ABANDONED); /* for good */
    CHECK_EQ(ASK(c, cu_acquire, .a = 0, .b = 0), CUDA_ABANDONED);
    stage_close();
}

TEST(the_death_of_a_cuda_owner)
{
    three();
    CHECK_EQ(ASK(c, cu_acquire, .a = 0, .b = 0), 0);
    TELL(a, acquire, .a = 0, .b = FOREVER);
    CHECK(!actor_answers(a, 50));
    actor_kill(c);
    CHECK_EQ(actor_hear(a), ABANDONED);
    CHECK_EQ(ASK(b, acquire, .a = 0, .b = 0), ABANDONED);
    stage_close();
}

TEST(an_owner_that_ends_in_order_abandons_as_well)
{
    three();
    CHECK_EQ(ASK(b, acquire, .a = 0, .b = 0), 0);
    actor_quit(b);
    CHECK_EQ(ASK(a, acquire, .a = 0, .b = 10000), ABANDONED);
    stage_close();
}

TEST(whoever_does_not_own_may_die)
{
    three();
    CHECK_EQ(ASK(b, acquire, .a = 0, .b = 0), 0);
    TELL(a, acquire, .a = 1, .b = FOREVER);
    CHECK(!actor_answers(a, 50));
    actor_kill(a);
    CHECK_EQ(ASK(b, release, .a = 1), 0);
    CHECK_EQ(ASK(c, cu_acquire, .a = 1, .b = 10000), 0);
    CHECK_EQ(ASK(c, cu_release, .a = 0), 0);
    CHECK_EQ(ASK(b, acquire, .a = 0, .b = 10000), 0);
    CHECK_EQ(ASK(b, release, .a = 0), 0);
    stage_close();
}

/* What it wrote never came: nobody may take the old bytes for the new ones. */
TEST(released_and_died_before_its_work_ran)
{
    three();
    CHECK_EQ(ASK(c, cu_acquire, .a = 0, .b = 0), 0);
    CHECK_EQ(ASK(c, cu_hold), 0);
    CHECK_EQ(ASK(c, cu_write, .a = 77), 0);
    CHECK_EQ(ASK(c, cu_release, .a = 1), 0);
    CHECK_EQ(ASK(a, acquire, .a = 1, .b = 10000), 0); /* ownership passes at the call */
    TELL(a, flush);                                   /* the order does not yet */
    CHECK(!actor_answers(a, 100));
    actor_kill(c);
    actor_hear(a);
    CHECK_EQ(ASK(b, acquire, .a = 1, .b = 10000), ABANDONED);
    stage_close();
}

TEST(released_and_died_while_nobody_looked)
{
    three();
    CHECK_EQ(ASK(c, cu_acquire, .a = 0, .b = 0), 0);
    CHECK_EQ(ASK(c, cu_hold), 0);
    CHECK_EQ(ASK(c, cu_write, .a = 77), 0);
    CHECK_EQ(ASK(c, cu_release, .a = 1), 0);
    actor_kill(c);
    CHECK_EQ(ASK(b, acquire, .a = 1, .b = 10000), ABANDONED);
    CHECK_EQ(ASK(a, acquire, .a = 1, .b = 0), ABANDONED);
    stage_close();
}

TEST(released_and_its_work_ran_before_it_died)
{
    three();
    CHECK_EQ(ASK(c, cu_acquire, .a = 0, .b = 0), 0);
    CHECK_EQ(ASK(c, cu_hold), 0);
    CHECK_EQ(ASK(c, cu_write, .a = 78), 0);
    CHECK_EQ(ASK(c, cu_release, .a = 1), 0);
    CHECK_EQ(ASK(c, cu_let_go), 0);
    CHECK_EQ(ASK(c, cu_sync), 0);
    actor_kill(c);
    CHECK_EQ(ASK(b, acquire, .a = 1, .b = 10000), 0);
    CHECK_EQ(ASK(b, read, .a = 78), 0);
    CHECK_EQ(ASK(b, release, .a = 0), 0);
    stage_close();
}

/* The order of one process' queue holds in another's: its bytes come before ours. */
TEST(queued_work_of_one_process_is_in_order_before_the_others)
{
    three();
    CHECK_EQ(ASK(c, cu_acquire, .a = 0, .b = 0), 0);
    CHECK_EQ(ASK(c, cu_hold), 0);
    CHECK_EQ(ASK(c, cu_write, .a = 79), 0);
    CHECK_EQ(ASK(c, cu_release, .a = 1), 0);
    CHECK_EQ(ASK(a, acquire, .a = 1, .b = 10000), 0);
    TELL(a, read, .a = 79);
    CHECK(!actor_answers(a, 100));
    CHECK_EQ(ASK(c, cu_let_go), 0);
    CHECK_EQ(actor_hear(a), 0);
    CHECK_EQ(ASK(a, release, .a = 0), 0);
    stage_close();
}

/* ---- How soon a death is noticed ---- */

static int compare(const void *x, const void *y)
{
    double p = *(const double *)x, q = *(const double *)y;
    return (p > q) - (p < q);
}

static double detect_ms(unsigned mib)
{
    stage_open();
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_buffer, .a = KEYED), 0);
    CHECK_EQ(ASK(b, open_kmt, .a = GET(a, kmt)), 0);
    if (mib)
        CHECK_EQ(ASK(a, touch, .a = mib), 0);
    CHECK_EQ(ASK(a, acquire, .a = 0, .b = 0), 0);
    TELL(b, acquire, .a = 0, .b = FOREVER);
    CHECK(!actor_answers(b, 30));
    uint64_t killed = now_ns();
    kill(a->pid, SIGKILL);
    CHECK_EQ(actor_hear(b), ABANDONED);
    double ms = (double)(b->last.value - killed) / 1e6;
    actor_kill(a);
    stage_close();
    return ms;
}

static void detection(const char *what, unsigned mib, unsigned times)
{
    double ms[64];
    for (unsigned i = 0; i < times; i++)
        ms[i] = detect_ms(mib);
    qsort(ms, times, sizeof(ms[0]), compare);
    printf("     a dead owner is noticed after %.2f ms (median of %u), worst %.2f ms: %s\n",
           ms[times / 2], times, ms[times - 1], what);
}

TEST(detection_time_small_process)
{
    detection("a small process", 0, 11);
}

TEST(detection_time_large_process)
{
    if (sysconf(_SC_AVPHYS_PAGES) / 256 < 3072)
        SKIP("needs 3 GiB of free memory");
    detection("1 GiB of its own touched", 1024, 3);
}
