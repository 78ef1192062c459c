/* SPDX-License-Identifier: MIT */
/* KMT numbers in two processes: the number alone opens the resource. C15, G22 of the list. */
#include "actor.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <stdlib.h>

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define DEAD ((uint32_t)E_INVALIDARG)
#define CUDA_DEAD CUDA_CODE(400)

static struct actor *a, *b;

static uint64_t numbered(UINT misc, uint64_t seed)
{
    stage_open();
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_buffer, .a = misc, .b = seed), 0);
    return GET(a, kmt);
}

TEST(the_number_opens_in_d3d11_and_cuda)
{
    uint64_t number = numbered(KEYED, 1);
    CHECK_EQ(number & 0xc000003f, 0x40000002u);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    CHECK_EQ(ASK(b, cu_memory, .slot = 1, .b = number), 0);
    CHECK_EQ(ASK(b, cu_mutex, .slot = 1, .b = number), 0);
    CHECK_EQ(ASK(a, acquire, .a = 0, .b = 0), 0);
    CHECK_EQ(ASK(b, acquire, .a = 0, .b = 0), (uint32_t)WAIT_TIMEOUT);
    CHECK_EQ(ASK(b, cu_acquire, .slot = 1, .a = 0, .b = 0), CUDA_CODE(909));
    CHECK_EQ(ASK(a, write, .a = 2), 0);
    CHECK_EQ(ASK(a, release, .a = 3), 0);
    CHECK_EQ(ASK(b, cu_acquire, .slot = 1, .a = 3, .b = 10000), 0);
    CHECK_EQ(ASK(b, cu_read, .slot = 1, .a = 2), 0);
    CHECK_EQ(ASK(b, cu_write, .slot = 1, .a = 4), 0);
    CHECK_EQ(ASK(b, cu_release, .slot = 1, .a = 5), 0);
    CHECK_EQ(ASK(b, acquire, .a = 5, .b = 10000), 0);
    CHECK_EQ(ASK(b, read, .a = 4), 0);
    CHECK_EQ(ASK(b, release, .a = 6), 0);
    CHECK_EQ(ASK(a, acquire, .a = 6, .b = 10000), 0);
    CHECK_EQ(ASK(a, read, .a = 4), 0);
    CHECK_EQ(ASK(a, release, .a = 0), 0);
    stage_close();
}

TEST(one_number_in_every_process)
{
    uint64_t number = numbered(SHARED, 1);
    CHECK_EQ(GET(a, kmt), number);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    CHECK_EQ(GET(b, kmt), number);
    stage_close();
}

TEST(c15_the_number_lives_as_long_as_any_process_has_the_object)
{
    uint64_t number = numbered(SHARED, 7);
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK_EQ(ASK(b, read, .a = 7), 0);
    CHECK_EQ(ASK(a, open_kmt, .a = number), 0); /* found again with the other */
    CHECK_EQ(ASK(a, read, .a = 7), 0);
    CHECK_EQ(ASK(a, drop), 0);
    actor_kill(b); /* without having released it */
    CHECK_EQ(ASK(a, open_kmt, .a = number), DEAD);
    CHECK_EQ(ASK(a, cu_memory, .b = number), CUDA_DEAD);
    stage_close();
}

TEST(a_number_dies_with_the_last_reference)
{
    uint64_t number = numbered(SHARED, 8);
    CHECK_EQ(ASK(b, cu_memory, .b = number), 0);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK_EQ(ASK(a, open_kmt, .a = number), 0);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK_EQ(ASK(b, drop), 0);
    CHECK_EQ(ASK(b, open_kmt, .a = number), DEAD);
    CHECK_EQ(ASK(a, open_kmt, .a = number), DEAD);
    stage_close();
}

TEST(a_number_is_not_given_again_soon)
{
    enum { ROUNDS = 300 };
    static uint64_t given[ROUNDS];
    numbered(SHARED, 9);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct actor *who = i % 2 ? a : b;
        CHECK_EQ(ASK(who, make_buffer, .slot = 1, .a = SHARED), 0);
        given[i] = GET(who, kmt, .slot = 1);
        CHECK_EQ(ASK(who, drop, .slot = 1), 0);
        for (unsigned j = 0; j < i; j++)
            CHECK(given[j] != given[i]);
    }
    stage_close();
}

TEST(numbers_that_nobody_gave)
{
    static const uint64_t wrong[] = {0, 2, 0x40000000, 0x40000002, 0x7fffffc2, 0xc0000002};
    numbered(SHARED, 10);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CHECK_EQ(ASK(b, open_kmt, .a = wrong[i]), DEAD);
        if (wrong[i])
            CHECK_EQ(ASK(b, cu_memory, .b = wrong[i]), CUDA_DEAD);
    }
    stage_close();
}

TEST(g22_a_killed_importer_leaves_nothing)
{
    uint64_t number = numbered(KEYED, 11);
    CHECK_EQ(ASK(b, cu_memory, .b = number), 0);
    CHECK_EQ(ASK(b, cu_mutex, .b = number), 0);
    struct actor *c = actor_start();
    CHECK_EQ(ASK(c, open_kmt, .a = number), 0);
    CHECK_EQ(broker_holders(), 3);
    actor_kill(b);
    CHECK(EVENTUALLY(broker_holders() == 2));
    CHECK_EQ(ASK(a, acquire, .a = 0, .b = 10000), 0); /* the peers are unharmed */
    CHECK_EQ(ASK(a, write, .a = 12), 0);
    CHECK_EQ(ASK(a, release, .a = 1), 0);
    CHECK_EQ(ASK(c, acquire, .a = 1, .b = 10000), 0);
    CHECK_EQ(ASK(c, read, .a = 12), 0);
    CHECK_EQ(ASK(c, release, .a = 0), 0);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK_EQ(ASK(c, drop), 0);
    CHECK_EQ(ASK(c, open_kmt, .a = number), DEAD);
    stage_close();
}
