/* SPDX-License-Identifier: MIT */
/*
 * A process that shares is killed at each of its steps: every message, mapping, pipe, file and
 * thread on the way of names, numbers, handles, mutex and fence, in both roles. Whoever is left
 * gets an answer to everything it asks, what it had stays good, nothing of the dead is left.
 */
#include "multiprocess/actor.h"

#include "control.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <stdio.h>
#include <stdlib.h>

#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define NOT_FOUND 0x80070002u
enum { N_MAX = 1000, AT_REST = 1 /* the staging buffer */ };

static struct actor *victim, *survivor;
static struct fault_control *control;
static uint64_t number, handle; /* what both know */
static uint64_t pushed;         /* the survivor's handle, as far as anybody heard of it */
static bool was_pushing;        /* it may have one that nobody ever heard of */

/* A step of the victim; false: it died over it. */
#define VICTIM(what, ...)                                                       \
    do {                                                                        \
        struct order order_ = {.op = DO_##what, __VA_ARGS__};                   \
        uint32_t code_ = 0;                                                     \
        if (!actor_try(victim, &order_, &code_))                                \
            return false;                                                       \
        if (code_)                                                              \
            test_fail(TEST_HERE, #what ": 0x%08x %s", code_, victim->last.why); \
    } while (0)

/* ---- It owns, the survivor comes ---- */

static bool owner_lives(void)
{
    VICTIM(make_buffer, .a = KEYED, .b = 1);
    VICTIM(kmt);
    number = victim->last.value;
    VICTIM(make_buffer, .slot = 1, .a = NT, .b = 2);
    VICTIM(nt_handle, .slot = 1, .name = "of-the-victim");
    handle = victim->last.value;
    VICTIM(make_fence, .slot = 2);
    VICTIM(fence_handle, .slot = 2, .name = "its-fence");
    was_pushing = true;
    VICTIM(push, .a = handle, .b = (uint64_t)survivor->pid);
    pushed = victim->last.value;
    VICTIM(acquire, .a = 0, .b = 10000);
    VICTIM(write, .a = 3);
    VICTIM(release, .a = 1);
    VICTIM(signal, .slot = 2, .a = 1);
    VICTIM(fork_idle);
    VICTIM(end_child);
    VICTIM(close_all);
    VICTIM(drop);
    VICTIM(drop, .slot = 1);
    VICTIM(drop, .slot = 2);
    return true;
}

/* With the victim all that it had is gone, but for a handle that reached the survivor. */
static void look_after_owner(void)
{
    CHECK_EQ(ASK(survivor, open_kmt, .a = number), (uint32_t)E_INVALIDARG);
    CHECK_EQ(ASK(survivor, cu_fence, .slot = 1, .name = "its-fence"), CUDA_CODE(304));
    uint32_t code = ASK(survivor, open_name, .slot = 2, .name = "of-the-victim");
    CHECK(code == 0 || code == NOT_FOUND);
    if (code == 0)
        CHECK_EQ(ASK(survivor, read, .slot = 2, .a = 2), 0);
}

/* ---- The survivor owns, it comes ---- */

static bool guest_lives(void)
{
    VICTIM(open_kmt, .a = number);
    VICTIM(open_name, .slot = 1, .name = "of-the-survivor");
    VICTIM(pull, .a = handle, .b = (uint64_t)survivor->pid);
    VICTIM(open_nt, .slot = 2, .a = victim->last.value);
    VICTIM(cu_fence, .slot = 3, .name = "the-fence");
    VICTIM(cu_memory, .slot = 4, .name = "of-the-survivor");
    VICTIM(cu_memory, .slot = 5, .b = number);
    VICTIM(cu_mutex, .slot = 5, .b = number);
    VICTIM(acquire, .a = 0, .b = 10000);
    VICTIM(read, .a = 1);
    VICTIM(write, .a = 2);
    VICTIM(release, .a = 1);
    VICTIM(cu_acquire, .slot = 5, .a = 1, .b = 10000);
    VICTIM(cu_write, .slot = 5, .a = 3);
    VICTIM(cu_release, .slot = 5, .a = 2);
    VICTIM(cu_signal, .slot = 3, .a = 1);
    VICTIM(cu_sync);
    for (unsigned slot = 0; slot < 6; slot++)
        VICTIM(drop, .slot = slot);
    VICTIM(close_all);
    return true;
}

static void make_for_guest(void)
{
    CHECK_EQ(ASK(survivor, make_buffer, .a = KEYED, .b = 1), 0);
    number = GET(survivor, kmt);
    CHECK_EQ(ASK(survivor, make_buffer, .slot = 1, .a = NT, .b = 5), 0);
    handle = GET(survivor, nt_handle, .slot = 1, .name = "of-the-survivor");
    CHECK_EQ(ASK(survivor, make_fence, .slot = 2), 0);
    GET(survivor, fence_handle, .slot = 2, .name = "the-fence");
}

/* Free with one of the three keys, or abandoned; held by the dead it is not. */
static void look_after_guest(void)
{
    uint32_t code = (uint32_t)WAIT_TIMEOUT;
    for (uint64_t key = 0; key < 3 && code == (uint32_t)WAIT_TIMEOUT; key++)
        code = ASK(survivor, acquire, .a = key, .b = key < 2 ? 0 : 10000);
    CHECK(code == 0 || code == (uint32_t)WAIT_ABANDONED);
    CHECK(GET(survivor, completed, .slot = 2) <= 1);
    CHECK_EQ(ASK(survivor, signal, .slot = 2, .a = 2), 0);
    CHECK_EQ(ASK(survivor, host_wait, .slot = 2, .a = 2), 0);
    CHECK_EQ(ASK(survivor, open_name, .slot = 3, .name = "of-the-survivor"), 0);
    CHECK_EQ(ASK(survivor, read, .slot = 3, .a = 5), 0);
    CHECK_EQ(ASK(survivor, open_kmt, .slot = 4, .a = number), 0);
    if (code == 0)
        CHECK_EQ(ASK(survivor, release, .a = 9), 0);
}

/* ---- Both ---- */

static struct actor *start_victim(void)
{
    setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
    struct actor *actor = actor_start();
    unsetenv("LD_PRELOAD");
    CHECK_EQ(ASK(actor, live), 0); /* it is up: what it does from here on counts */
    return actor;
}

/*
 * Whoever pushes and dies before it tells of it leaves a handle that nobody will close, as on
 * Windows: that process then keeps the object until its own end, and nothing else.
 */
static void end_survivor(void)
{
    for (unsigned slot = 0; slot < SLOTS; slot++)
        CHECK_EQ(ASK(survivor, drop, .slot = slot), 0);
    if (pushed)
        CHECK_EQ(ASK(survivor, close, .a = pushed), 0);
    CHECK_EQ(ASK(survivor, close_all), 0);
    bool unheard = was_pushing && !pushed;
    if (!unheard) {
        actor_quit(survivor);
        return;
    }
    CHECK(EVENTUALLY(GET(survivor, live) <= AT_REST + 1));
    actor_kill(survivor);
}

/* True: there was an n-th step. */
static bool die_at(long n, void (*make)(void), bool (*lives)(void), void (*look)(void))
{
    stage_open();
    control = control_open("ISTHMUS_FAULT_CLIENT");
    survivor = actor_start();
    victim = start_victim();
    number = 0x40000002;
    pushed = 0;
    was_pushing = false;
    if (make)
        make();
    control_arm(control, FAULT_STEP, n, true);
    bool lived = lives();
    control_disarm(control);
    if (!lived)
        look();
    end_survivor();
    if (lived)
        actor_quit(victim);
    CHECK(EVENTUALLY(broker_objects() == 0));
    stage_close();
    control_close(control);
    return !lived;
}

static void die_at_all(const char *role, void (*make)(void), bool (*lives)(void),
                       void (*look)(void))
{
    long n = 1;
    while (n < N_MAX && die_at(n, make, lives, look))
        n++;
    printf("     %s was killed at %ld steps\n", role, n - 1);
    CHECK(n > 10 && n < N_MAX);
}

TEST(an_owner_is_killed_at_every_step)
{
    die_at_all("an owner", NULL, owner_lives, look_after_owner);
}

TEST(a_guest_is_killed_at_every_step)
{
    die_at_all("a guest", make_for_guest, guest_lives, look_after_guest);
}
