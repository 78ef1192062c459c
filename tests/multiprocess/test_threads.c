/* SPDX-License-Identifier: MIT */
/* Names, numbers and handles of another process, asked for by two threads of one at once. */
#include "actor.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define NT (SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
enum { ROUNDS = 40, AT_REST = 1 /* the staging buffer */ };

static struct actor *a, *b;

static void two(void)
{
    stage_open();
    a = actor_start();
    b = actor_start();
}

/* Both opened it: one object, in both threads the right one. */
static void opened(uint64_t seed)
{
    CHECK_EQ(GET(b, live), AT_REST + 1);
    for (unsigned slot = 0; slot < 2; slot++) {
        CHECK_EQ(ASK(b, read, .slot = slot, .a = seed), 0);
        CHECK_EQ(ASK(b, drop, .slot = slot), 0);
    }
    CHECK(EVENTUALLY(GET(b, live) == AT_REST));
}

TEST(one_number_for_both)
{
    two();
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_EQ(ASK(a, make_buffer, .a = SHARED, .b = i), 0);
        CHECK_EQ(GET(a, twice, .c = DO_kmt), 2);
        uint64_t number = GET(a, kmt);
        CHECK_EQ(GET(b, twice, .a = number, .c = DO_open_kmt), 2);
        opened(i);
        CHECK_EQ(ASK(a, drop), 0);
        CHECK_EQ(GET(b, twice, .a = number, .c = DO_open_kmt), 0);
    }
    stage_close();
}

TEST(one_of_two_gets_the_name)
{
    two();
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_EQ(ASK(a, make_buffer, .a = NT, .b = i), 0);
        CHECK_EQ(GET(a, twice, .name = "wanted", .c = DO_nt_handle), 1);
        CHECK_EQ(GET(b, twice, .name = "wanted", .c = DO_open_name), 2);
        opened(i);
        CHECK_EQ(ASK(a, drop), 0);
        CHECK_EQ(ASK(a, close_all), 0);
        CHECK_EQ(GET(b, twice, .name = "wanted", .c = DO_open_name), 0);
    }
    stage_close();
}

TEST(a_pushed_handle_is_fetched_once_and_closed_once)
{
    two();
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_EQ(ASK(a, make_buffer, .a = NT, .b = i), 0);
        uint64_t handle = GET(a, nt_handle);
        uint64_t used = GET(a, push, .a = handle, .b = (uint64_t)b->pid);
        uint64_t unused = GET(a, push, .a = handle, .b = (uint64_t)b->pid);
        CHECK_EQ(GET(b, twice, .a = used, .c = DO_open_nt), 2);
        CHECK_EQ(GET(b, twice, .a = used, .c = DO_close), 1);
        CHECK_EQ(GET(b, twice, .a = unused, .c = DO_close), 1);
        opened(i);
        CHECK_EQ(ASK(b, open_nt, .a = used), (uint32_t)E_INVALIDARG);
        CHECK_EQ(ASK(a, close_all), 0);
        CHECK_EQ(ASK(a, drop), 0);
    }
    stage_close();
}

TEST(of_two_that_take_a_handle_away_one_has_it)
{
    two();
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_EQ(ASK(a, make_buffer, .a = NT, .b = i), 0);
        uint64_t handle = GET(a, nt_handle, .name = "taken-away");
        CHECK_EQ(GET(b, twice, .a = handle, .b = (uint64_t)a->pid, .c = DO_pull), 1);
        CHECK_EQ(ASK(b, open_name, .name = "taken-away"), 0); /* by the handle that b has now */
        CHECK_EQ(ASK(b, read, .a = i), 0);
        CHECK_EQ(ASK(b, drop), 0);
        CHECK_EQ(ASK(b, close_all), 0);
        CHECK_EQ(ASK(b, open_name, .name = "taken-away"), 0x80070002u);
        CHECK_EQ(ASK(a, drop), 0);
    }
    stage_close();
}
