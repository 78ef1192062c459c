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

PEER(sleeper)
{
    peer_say("sleeps");
    for (;;)
        sleep_ms(1000);
}

CASE(Z9, hangs, P, "A hang is a failure, and its peer goes with it")
{
    REQUIRE_SAYS(peer_start("sleeper", "z"), "sleeps");
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

PEER(echo)
{
    peer_say("%s %llu", peer_word(), peer_number() + 1);
    peer_wait();
    peer_say("goes on");
    peer_wait();
}

CASE(Z14, talks_to_peers, P, "A peer has its word, waits, and ends or is killed")
{
    struct peer *first = peer_start("echo", "41");
    struct peer *second = peer_start("sleeper", "z");
    EXPECT_SAYS(first, "41 42");
    EXPECT_SAYS(second, "sleeps");
    peer_go(first);
    EXPECT_SAYS(first, "goes on");
    peer_kill(second);
    peer_end(first);
}

CASE(Z15, exits_with_a_code, P, "An exit code after the case is a failure: leak checkers do so")
{
    static bool registered;
    if (!registered)
        atexit(abort);
    registered = true;
}

PEER(failing)
{
    EXPECT_EQ(0x77, 0x78);
    peer_say("this");
    peer_wait();
    peer_say("too much");
    exit(5);
}

CASE(Z16, fails_in_a_peer, P, "What differs in a peer, and how it ends, is recorded")
{
    struct peer *peer = peer_start("failing", "z");
    EXPECT_SAYS(peer, "that");
    peer_end(peer);
}

PEER(crashing)
{
    peer_wait();
    abort();
}

CASE(Z17, a_peer_crashes, P, "A peer that is gone has nothing to say, and is not killed")
{
    struct peer *peer = peer_start("crashing", "z");
    peer_go(peer);
    EXPECT_SAYS(peer, "more");
    peer_kill(peer);
    peer_start("sleeper", "left"); /* goes with the case */
    REQUIRE_SAYS(peer_start("failing", "z"), "nothing of the kind");
}
