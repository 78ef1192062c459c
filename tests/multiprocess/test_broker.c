/* SPDX-License-Identifier: MIT */
/* The broker's death, with ten clients that hold objects; and its birth, by two at once. */
#include "actor.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
enum { CLIENTS = 10 };

static struct actor *clients[CLIENTS];
static uint64_t numbers[CLIENTS], handles[CLIENTS];

static const char *name_of(unsigned i)
{
    static char name[CLIENTS][16];
    snprintf(name[i], sizeof(name[i]), "client-%u", i);
    return name[i];
}

static uint32_t by_name(struct actor *who, enum actor_op op, unsigned slot, const char *name)
{
    struct order order = {.op = op, .slot = slot};
    strcpy(order.name, name);
    return actor_ask(who, &order);
}

/* Each has a keyed buffer with a number (slot 0), a named one (1), a named fence (2). */
static void ten_clients(void)
{
    char fence[24];
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct actor *c = clients[i] = actor_start();
        CHECK_EQ(ASK(c, make_buffer, .a = KEYED, .b = 100 + i), 0);
        numbers[i] = GET(c, kmt);
        CHECK_EQ(ASK(c, make_buffer, .slot = 1, .a = NT, .b = 200 + i), 0);
        CHECK_EQ(by_name(c, DO_nt_handle, 1, name_of(i)), 0);
        handles[i] = c->last.value;
        CHECK_EQ(ASK(c, make_fence, .slot = 2, .a = i), 0);
        snprintf(fence, sizeof(fence), "fence-%u", i);
        CHECK_EQ(by_name(c, DO_fence_handle, 2, fence), 0);
    }
}

/* Each opens its right neighbour's things: slots 3 (buffer), 4 (buffer, CUDA), 5 (fence). */
static void neighbours(void)
{
    char fence[24];
    for (unsigned i = 0; i < CLIENTS; i++) {
        unsigned n = (i + 1) % CLIENTS;
        snprintf(fence, sizeof(fence), "fence-%u", n);
        CHECK_EQ(ASK(clients[i], open_kmt, .slot = 3, .a = numbers[n]), 0);
        CHECK_EQ(by_name(clients[i], DO_cu_memory, 4, name_of(n)), 0);
        CHECK_EQ(by_name(clients[i], DO_cu_fence, 5, fence), 0);
    }
}

static void let_go_of_neighbours(void)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        for (unsigned slot = 3; slot < 6; slot++)
            CHECK_EQ(ASK(clients[i], drop, .slot = slot), 0);
}

/* Memory, mutex and fence pass something on; `seed` is of this round. */
static void neighbours_work(uint64_t seed)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct actor *c = clients[i], *n = clients[(i + 1) % CLIENTS];
        CHECK_EQ(ASK(c, acquire, .slot = 3, .a = 0, .b = 10000), 0);
        CHECK_EQ(ASK(c, write, .slot = 3, .a = seed + i), 0);
        CHECK_EQ(ASK(c, release, .slot = 3, .a = 1), 0);
        CHECK_EQ(ASK(n, acquire, .slot = 0, .a = 1, .b = 10000), 0);
        CHECK_EQ(ASK(n, read, .slot = 0, .a = seed + i), 0);
        CHECK_EQ(ASK(n, release, .slot = 0, .a = 0), 0);
        CHECK_EQ(ASK(c, cu_write, .slot = 4, .a = 2 * seed + i), 0);
        CHECK_EQ(ASK(c, cu_signal, .slot = 5, .a = seed), 0);
        CHECK_EQ(ASK(n, host_wait, .slot = 2, .a = seed), 0);
        CHECK_EQ(ASK(n, read, .slot = 1, .a = 2 * seed + i), 0);
    }
}

static void kill_broker(void)
{
    pid_t pid = broker_pid();
    CHECK(pid > 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK(EVENTUALLY(broker_pid() != pid));
}

TEST(a_killed_broker_is_not_missed)
{
    stage_open();
    ten_clients();
    neighbours();
    neighbours_work(1000);
    kill_broker();
    neighbours_work(2000);
    stage_close();
}

TEST(numbers_and_names_are_found_again)
{
    stage_open();
    ten_clients();
    for (unsigned round = 0; round < 3; round++) {
        neighbours();
        neighbours_work(1000 * (round + 3));
        let_go_of_neighbours();
        kill_broker();
    }
    neighbours(); /* asked by each, though nobody did a thing since the kill */
    neighbours_work(9000);
    stage_close();
}

/* The first request of all comes from a newcomer; the ten stand idle in their own calls. */
TEST(a_newcomer_finds_what_idle_clients_hold)
{
    stage_open();
    ten_clients();
    kill_broker();
    struct actor *newcomer = actor_start();
    for (unsigned i = 0; i < CLIENTS; i++) {
        CHECK_EQ(ASK(newcomer, open_kmt, .a = numbers[i]), 0);
        CHECK_EQ(ASK(newcomer, acquire, .a = 0, .b = 10000), 0);
        CHECK_EQ(ASK(newcomer, read, .a = 100 + i), 0);
        CHECK_EQ(ASK(newcomer, release, .a = 0), 0);
        CHECK_EQ(ASK(newcomer, drop), 0);
        CHECK_EQ(by_name(newcomer, DO_open_name, 0, name_of(i)), 0);
        CHECK_EQ(ASK(newcomer, read, .a = 200 + i), 0);
        CHECK_EQ(ASK(newcomer, drop), 0);
    }
    stage_close();
}

TEST(no_newcomer_gets_what_a_survivor_holds)
{
    enum { TRIES = 60 };
    stage_open();
    ten_clients();
    kill_broker();
    struct actor *newcomer = actor_start();
    CHECK_EQ(ASK(newcomer, make_buffer, .slot = 1, .a = NT), 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK_EQ(by_name(newcomer, DO_nt_handle, 1, name_of(i)),
                 (uint32_t)DXGI_ERROR_NAME_ALREADY_EXISTS);
    for (unsigned i = 0; i < TRIES; i++) {
        CHECK_EQ(ASK(newcomer, make_buffer, .a = KEYED), 0);
        uint64_t number = GET(newcomer, kmt);
        for (unsigned j = 0; j < CLIENTS; j++)
            CHECK(number != numbers[j]);
        CHECK_EQ(ASK(newcomer, drop), 0);
    }
    stage_close();
}

/* Both die: what the dead client had is free again, and the rest is found. */
TEST(a_client_that_died_with_the_broker_is_forgotten)
{
    stage_open();
    ten_clients();
    kill(clients[0]->pid, SIGSTOP);
    kill_broker();
    actor_kill(clients[0]);
    struct actor *newcomer = actor_start();
    CHECK_EQ(by_name(newcomer, DO_open_name, 0, name_of(0)), 0x80070002u);
    CHECK_EQ(ASK(newcomer, open_kmt, .a = numbers[0]), (uint32_t)E_INVALIDARG);
    CHECK_EQ(ASK(newcomer, make_buffer, .slot = 1, .a = NT), 0);
    CHECK_EQ(by_name(newcomer, DO_nt_handle, 1, name_of(0)), 0);
    CHECK_EQ(ASK(newcomer, open_kmt, .a = numbers[1]), 0);
    stage_close();
}

/* A pushed handle that nobody had taken is lost with the broker; one that was used is not. */
TEST(pushed_handles_and_the_brokers_death)
{
    stage_open();
    ten_clients();
    struct actor *from = clients[1], *to = clients[2];
    uint64_t used = GET(from, push, .a = handles[1], .b = (uint64_t)to->pid);
    CHECK_EQ(ASK(to, open_nt, .slot = 6, .a = used), 0);
    kill_broker();
    CHECK_EQ(ASK(to, open_nt, .slot = 7, .a = used), 0);
    CHECK_EQ(ASK(to, read, .slot = 7, .a = 201), 0);
    CHECK_EQ(ASK(to, close, .a = used), 0);
    uint64_t again = GET(from, push, .a = handles[1], .b = (uint64_t)to->pid);
    CHECK(again != used);
    CHECK_EQ(ASK(to, close, .a = again), 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK_EQ(ASK(clients[i], close, .a = handles[i]), 0);
    stage_close();
}

/* A name that was let go while no broker listened is free, however often brokers die then. */
TEST(a_name_that_was_let_go_between_two_deaths_is_free)
{
    stage_open();
    struct actor *had = actor_start(), *wants = actor_start();
    CHECK_EQ(ASK(had, make_buffer, .a = NT), 0);
    CHECK_EQ(ASK(had, make_buffer, .slot = 1, .a = KEYED), 0);
    GET(had, kmt, .slot = 1);
    CHECK_EQ(ASK(wants, make_buffer, .a = NT), 0);
    for (unsigned round = 0; round < 3; round++) {
        uint64_t handle = GET(had, nt_handle, .name = "let-go");
        CHECK_EQ(kill(broker_pid(), SIGSTOP), 0); /* it never reads of the close */
        CHECK_EQ(ASK(had, close, .a = handle), 0);
        kill_broker();
        CHECK_EQ(ASK(had, open_name, .slot = 2, .name = "nobody"),
                 0x80070002u); /* it is back */
        kill_broker();
        CHECK_EQ(kill(had->pid, SIGSTOP), 0); /* and not once more */
        handle = GET(wants, nt_handle, .name = "let-go");
        CHECK_EQ(ASK(wants, close, .a = handle), 0);
        CHECK_EQ(kill(had->pid, SIGCONT), 0);
    }
    stage_close();
}

TEST(two_that_start_it_at_once_get_one)
{
    for (unsigned round = 0; round < 5; round++) {
        stage_open();
        struct actor *a = actor_start(), *b = actor_start();
        CHECK_EQ(ASK(a, make_buffer, .a = KEYED, .b = 1), 0);
        CHECK_EQ(ASK(b, make_buffer, .a = KEYED, .b = 2), 0);
        TELL(a, kmt);
        TELL(b, kmt);
        CHECK_EQ(actor_hear(a), 0);
        CHECK_EQ(actor_hear(b), 0);
        uint64_t first = a->last.value, second = b->last.value;
        CHECK(first != second);
        CHECK_EQ(ASK(a, open_kmt, .slot = 1, .a = second), 0);
        CHECK_EQ(ASK(b, open_kmt, .slot = 1, .a = first), 0);
        stage_close();
    }
}

/* The first that ask it are stopped for a while: nobody else waits for them. */
TEST(a_stopped_client_holds_nobody_up)
{
    stage_open();
    ten_clients();
    CHECK_EQ(kill(clients[0]->pid, SIGSTOP), 0);
    struct actor *newcomer = actor_start();
    uint64_t before = now_ns();
    for (unsigned i = 1; i < CLIENTS; i++) {
        CHECK_EQ(ASK(newcomer, open_kmt, .a = numbers[i]), 0);
        CHECK_EQ(ASK(newcomer, drop), 0);
    }
    printf("     %u look-ups beside a stopped client: %.1f ms\n", CLIENTS - 1,
           (double)(now_ns() - before) / 1e6);
    CHECK_EQ(ASK(newcomer, open_kmt, .a = numbers[0]), 0); /* not even for what it holds */
    CHECK_EQ(kill(clients[0]->pid, SIGCONT), 0);
    stage_close();
}
