/* SPDX-License-Identifier: MIT */
/* Names in two processes: what opens by them, how long they live. D1 to D13 of the list. */
#include "actor.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <signal.h>
#include <string.h>

#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define KEYED_NT \
    ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define NOT_FOUND 0x80070002u
#define CUDA_NOT_FOUND CUDA_CODE(304)

static struct actor *a, *b;

static void two(void)
{
    stage_open();
    a = actor_start();
    b = actor_start();
}

/* A named buffer in a, slot 0; its handle. */
static uint64_t named(const char *name, uint64_t seed)
{
    struct order make = {.op = DO_make_buffer, .a = NT, .b = seed};
    struct order share = {.op = DO_nt_handle};
    strcpy(share.name, name);
    CHECK_EQ(actor_ask(a, &make), 0);
    CHECK_EQ(actor_ask(a, &share), 0);
    return a->last.value;
}

static uint32_t opens(struct actor *who, const char *name)
{
    struct order open = {.op = DO_open_name, .slot = 7};
    strcpy(open.name, name);
    uint32_t code = actor_ask(who, &open);
    if (!code)
        ASK(who, drop, .slot = 7);
    return code;
}

TEST(d1_a_texture_opens_by_name_in_the_other_process)
{
    two();
    uint64_t handle = named("d1", 11);
    CHECK_EQ(ASK(b, open_name, .name = "d1"), 0);
    CHECK_EQ(ASK(b, read, .a = 11), 0);
    CHECK_EQ(ASK(b, write, .a = 12), 0);
    CHECK_EQ(ASK(b, flush), 0);
    CHECK_EQ(ASK(a, read, .a = 12), 0);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    stage_close();
}

TEST(d1_cuda_imports_memory_fence_and_mutex_by_name)
{
    two();
    CHECK_EQ(ASK(a, make_buffer, .a = KEYED_NT, .b = 21), 0);
    uint64_t buffer = GET(a, nt_handle, .name = "both");
    CHECK_EQ(ASK(a, make_fence, .slot = 1, .a = 5), 0);
    uint64_t fence = GET(a, fence_handle, .slot = 1, .name = "Local\\fence");
    CHECK_EQ(ASK(b, cu_memory, .name = "both"), 0);
    CHECK_EQ(ASK(b, cu_mutex, .name = "BOTH"), 0);
    CHECK_EQ(ASK(b, cu_fence, .slot = 1, .name = "fence"), 0);
    CHECK_EQ(ASK(b, cu_acquire, .a = 0, .b = 10000), 0);
    CHECK_EQ(ASK(a, acquire, .a = 0, .b = 0), (uint32_t)WAIT_TIMEOUT);
    CHECK_EQ(ASK(b, cu_read, .a = 21), 0);
    CHECK_EQ(ASK(b, cu_write, .a = 22), 0);
    CHECK_EQ(ASK(b, cu_release, .a = 1), 0);
    CHECK_EQ(ASK(b, cu_signal, .slot = 1, .a = 6), 0);
    CHECK_EQ(ASK(a, host_wait, .slot = 1, .a = 6), 0);
    CHECK_EQ(ASK(a, acquire, .a = 1, .b = 10000), 0);
    CHECK_EQ(ASK(a, read, .a = 22), 0);
    CHECK_EQ(ASK(a, release, .a = 0), 0);
    CHECK_EQ(ASK(a, close, .a = buffer), 0);
    CHECK_EQ(ASK(a, close, .a = fence), 0);
    stage_close();
}

TEST(d2_d3_a_name_dies_with_its_handle_and_is_free_again)
{
    two();
    uint64_t handle = named("d2", 31);
    CHECK_EQ(ASK(b, open_name, .name = "d2"), 0);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK_EQ(opens(b, "d2"), NOT_FOUND); /* the close came before the look-up: exactly */
    CHECK_EQ(opens(a, "d2"), NOT_FOUND);
    CHECK_EQ(ASK(a, write, .a = 32), 0);
    CHECK_EQ(ASK(a, flush), 0);
    CHECK_EQ(ASK(b, read, .a = 32), 0); /* without a name it is what it was */
    CHECK_EQ(ASK(b, make_buffer, .slot = 1, .a = NT, .b = 33), 0);
    handle = GET(b, nt_handle, .slot = 1, .name = "d2");
    CHECK_EQ(ASK(a, open_name, .slot = 2, .name = "d2"), 0);
    CHECK_EQ(ASK(a, read, .slot = 2, .a = 33), 0);
    CHECK_EQ(ASK(b, close, .a = handle), 0);
    stage_close();
}

TEST(d4_a_name_of_another_process_is_taken)
{
    two();
    uint64_t handle = named("d4", 41);
    CHECK_EQ(ASK(b, make_buffer, .a = NT), 0);
    CHECK_EQ(ASK(b, nt_handle, .name = "D4"), (uint32_t)DXGI_ERROR_NAME_ALREADY_EXISTS);
    CHECK_EQ(b->last.value, 0);
    CHECK_EQ(ASK(b, make_fence, .slot = 1), 0);
    CHECK_EQ(ASK(b, fence_handle, .slot = 1, .name = "d4"),
             (uint32_t)DXGI_ERROR_NAME_ALREADY_EXISTS);
    CHECK_EQ(opens(b, "d4"), 0);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    stage_close();
}

TEST(d5_d6_d7_case_local_and_global)
{
    two();
    uint64_t handle = named("Local\\Abc", 51);
    CHECK_EQ(opens(b, "abc"), 0);
    CHECK_EQ(opens(b, "Local\\aBC"), 0);
    CHECK_EQ(opens(b, "Global\\Abc"), NOT_FOUND);
    CHECK_EQ(ASK(b, make_buffer, .a = NT, .b = 52), 0);
    uint64_t global = GET(b, nt_handle, .name = "Global\\Abc");
    CHECK_EQ(ASK(a, open_name, .slot = 1, .name = "Global\\abc"), 0);
    CHECK_EQ(ASK(a, read, .slot = 1, .a = 52), 0);
    CHECK_EQ(ASK(b, open_name, .slot = 1, .name = "Abc"), 0);
    CHECK_EQ(ASK(b, read, .slot = 1, .a = 51), 0);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK_EQ(ASK(b, close, .a = global), 0);
    stage_close();
}

TEST(d8_d9_d11_d13_what_is_refused)
{
    two();
    uint64_t handle = named("d9", 61);
    CHECK_EQ(ASK(a, make_fence, .slot = 1), 0);
    uint64_t fence = GET(a, fence_handle, .slot = 1, .name = "d11");
    CHECK_EQ(ASK(b, open_name, .a = 0x10000, .name = "d9"), 0); /* DELETE: some right */
    CHECK(opens(b, "d11") != 0);
    CHECK(opens(b, "d11") != NOT_FOUND); /* it is there, but no resource */
    CHECK(ASK(b, cu_memory, .slot = 2, .name = "d11") != 0);
    CHECK(ASK(b, cu_fence, .slot = 2, .name = "d9") != 0);
    CHECK_EQ(opens(b, "nobody"), NOT_FOUND);
    CHECK_EQ(ASK(b, cu_memory, .slot = 2, .name = "nobody"), CUDA_NOT_FOUND);
    CHECK_EQ(ASK(b, nt_handle, .slot = 0, .name = "Local\\d\\8"),
             (uint32_t)DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK_EQ(ASK(a, close, .a = fence), 0);
    stage_close();
}

TEST(d10_a_duplicate_in_another_process_keeps_the_name)
{
    two();
    uint64_t handle = named("d10", 71);
    uint64_t copy = GET(a, push, .a = handle, .b = (uint64_t)b->pid);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK_EQ(opens(a, "d10"), 0);
    CHECK_EQ(opens(b, "d10"), 0);
    CHECK_EQ(ASK(b, close, .a = copy), 0);
    CHECK_EQ(opens(a, "d10"), NOT_FOUND);
    CHECK_EQ(opens(b, "d10"), NOT_FOUND);
    stage_close();
}

TEST(d12_a_killed_process_takes_its_names_along)
{
    two();
    named("d12", 81);
    CHECK_EQ(opens(b, "d12"), 0);
    actor_kill(a);
    CHECK_EQ(opens(b, "d12"), NOT_FOUND); /* at once, not some time later */
    CHECK_EQ(ASK(b, make_buffer, .slot = 1, .a = NT), 0);
    uint64_t again = GET(b, nt_handle, .slot = 1, .name = "d12");
    CHECK_EQ(ASK(b, close, .a = again), 0);
    stage_close();
}

/* The name goes, but whoever opened the object has it still. */
TEST(d12_what_others_opened_outlives_the_killed)
{
    two();
    named("d12", 82);
    CHECK_EQ(ASK(b, open_name, .name = "d12"), 0);
    CHECK_EQ(ASK(b, cu_memory, .slot = 1, .name = "d12"), 0);
    actor_kill(a);
    CHECK_EQ(opens(b, "d12"), NOT_FOUND);
    CHECK_EQ(ASK(b, read, .a = 82), 0);
    CHECK_EQ(ASK(b, cu_write, .slot = 1, .a = 83), 0);
    CHECK_EQ(ASK(b, cu_sync), 0);
    CHECK_EQ(ASK(b, read, .a = 83), 0);
    stage_close();
}

TEST(two_names_of_one_buffer)
{
    two();
    uint64_t one = named("one", 91);
    uint64_t two_ = GET(a, nt_handle, .name = "two");
    CHECK_EQ(ASK(b, open_name, .name = "one"), 0);
    CHECK_EQ(ASK(a, close, .a = one), 0);
    CHECK_EQ(opens(b, "one"), NOT_FOUND);
    CHECK_EQ(opens(b, "two"), 0);
    CHECK_EQ(ASK(a, close, .a = two_), 0);
    stage_close();
}
