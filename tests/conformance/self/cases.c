/* SPDX-License-Identifier: MIT */
/* Cases that end in every way there is. self/run.sh knows what must come of each. */
#include "conformance.h"

#include "probe.h"

#include <stdlib.h>

CASE(Z1, passes, T, "All is as expected")
{
    struct rig rig;
    rig_open(&rig);
    EXPECT_TRUE(true);
    EXPECT_EQ(7, 7);
    EXPECT_HR(S_OK, 0);
    rig_close(&rig);
}

CASE(Z2, differs_in_a_code, T + P, "A wrong code is named, found and wanted")
{
    CONTEXT("round %d", 1);
    EXPECT_HR(E_FAIL, E_INVALIDARG);
    EXPECT_CUDA(cudaErrorTimeout, cudaSuccess);
    EXPECT_EQ(0x1234, 0x1235);
}

CASE(Z3, differs_in_bytes, D, "A wrong byte is found")
{
    EXPECT_BYTES("abcdefgh", "abcdefgX", 8);
}

CASE(Z4, required_leaves, D, "REQUIRE leaves the case: the second difference is never made")
{
    REQUIRE_TRUE(false);
    EXPECT_TRUE(!"never reached");
}

CASE(Z5, skips, G, "A skip has its reason")
{
    SKIP("because \"quoted\" \\ and a\nsecond line");
}

CASE(Z6, known_gap, G, "A known gap that fails is todo")
{
    KNOWN_GAP("not built yet");
    EXPECT_TRUE(false);
}

CASE(Z7, known_gap_passes, P, "A known gap that passes is a failure")
{
    KNOWN_GAP("it was built meanwhile");
    EXPECT_TRUE(true);
}

CASE(Z8, crashes, P, "A crash is a failure, and what was seen before is kept")
{
    EXPECT_TRUE(!"seen before");
    abort();
}

CASE(Z9, hangs, P, "A hang is a failure")
{
    for (;;)
        sleep_ms(1000);
}

CASE(Z10, leaks_an_object, P, "What is left behind is a failure")
{
    (void)new_event();
}

static void fail_in_thread(void *user)
{
    (void)user;
    REQUIRE_TRUE(!"seen in a thread");
}

CASE(Z11, fails_in_a_thread, P, "A difference in another thread is recorded, and ends nothing")
{
    struct thread thread;
    thread_start(&thread, fail_in_thread, NULL);
    thread_join(&thread);
    EXPECT_TRUE(!"and the case goes on");
}

CASE(Z12, exits, P, "A process that ends before its case does is a failure")
{
    exit(0);
}

CASE(Z13, differs_from_windows, P, "Why an answer is not Windows' is kept")
{
    DIFFERS("for a reason");
    EXPECT_TRUE(true);
}

CASE(Z14, needs_a_process, P, "What waits for a second process is a skip")
{
    NEEDS_PROCESS("to see it");
}

CASE(Z15, exits_with_a_code, P, "An exit code after the case is a failure: leak checkers do so")
{
    static bool registered;
    if (!registered)
        atexit(abort);
    registered = true;
}
