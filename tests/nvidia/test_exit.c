/* SPDX-License-Identifier: MIT */
/*
 * Processes that end with everything in use: memory imported and mapped, a stream that waits
 * for ever, a thread that waits for the stream; with the GPU as it was, lost, or reset. The
 * driver ends before our destructors do. Over the fake driver and on GPUs.
 */
#include "world.h"

#if TEST_THREAD_SANITIZER
/* Threads are left at the end on purpose. */
__attribute__((used, visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_thread_leaks=0";
}
#endif

void test_warm_up(void)
{
}

static struct world w; /* what is left can be reached, and is no leak */

/* By exit(), so that what runs at the end of a process does. */
static int end_as(const void *arg)
{
    const int *how = arg;
    world_make(&w);
    if (*how < ENDS)
        world_end(&w, (enum world_end) * how);
    else
        world_get_stuck(&w);
    exit(CHILD_GOOD);
}

static void check_end(int how)
{
    CHECK_EQ(in_child(end_as, &how), CHILD_GOOD);
}

TEST(with_everything_in_use)
{
    check_end(ENDS);
}

TEST(after_a_trap_that_nobody_saw)
{
    check_end(END_TRAP);
}

TEST(after_a_bad_address_that_nobody_saw)
{
    check_end(END_BAD_ADDRESS);
}

TEST(after_a_reset)
{
    check_end(END_RESET);
}

/* The other way round: the process ends in a function that runs at its end. */
static void use_late(void)
{
    (void)world_try_buffer(&w);
    world_use_d3d(&w);
    (void)signal_value(w.semaphore, 70, NULL);
    ID3D11Resource_Release(w.buffer);
}

static int end_late(const void *arg)
{
    NEED(atexit(use_late) == 0); /* before CUDA's own: runs after them */
    return end_as(arg);
}

TEST(with_calls_after_the_drivers_end)
{
    int how = ENDS;
    CHECK_EQ(in_child(end_late, &how), CHILD_GOOD);
}
