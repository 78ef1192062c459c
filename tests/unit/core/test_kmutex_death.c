/* SPDX-License-Identifier: MIT */
/*
 * Keyed mutexes of two processes, one of which is killed, stopped or hostile: who waits is
 * told, in bounded time, and nobody hangs or crashes.
 */
#include "unit/core/sync_rig.h"

static const char party_a, party_b;

/* Owns the mutex and touches stage.counter mebibytes; then sleeps, or spins if told to. */
static void hold(struct peer *peer, bool spin)
{
    struct kmutex km;
    size_t bytes = (size_t)atomic_load(&peer->stage->counter) << 20;
    if (bytes)
        memset(malloc(bytes), 1, bytes);
    open_mutex(&km, peer);
    EXPECT(peer, kmutex_acquire(&km, &party_a, 0, rig_late(), NULL) == IST_OK);
    atomic_store(&peer->stage->child, 1);
    while (spin)
        atomic_fetch_add(&peer->stage->counter, 1);
    for (;;)
        pause();
}

static void hold_asleep(struct peer *peer)
{
    hold(peer, false);
}

static void hold_spinning(struct peer *peer)
{
    hold(peer, true);
}

/* Kills an owner while two threads sleep. The later one's time from the kill on. */
static int64_t kill_owner(void (*run)(struct peer *), size_t mebibytes)
{
    struct kmutex km;
    struct peer peer = {.stage = stage_new()};
    shared_mutex(&km, &peer);
    atomic_store(&peer.stage->counter, mebibytes);
    peer_start(&peer, run);
    CHECK(stage_await(&peer.stage->child, 1));
    struct waiting a = {.km = &km, .party = &party_a, .key = 0, .ms = UINT32_MAX}, b = a;
    b.party = &party_b;
    b.key = 77;
    pthread_t ta = rig_start(wait_for_it, &a), tb = rig_start(wait_for_it, &b);
    await_waiting(&km, 2);
    int64_t start = clock_now_ns();
    CHECK_EQ(kill(peer.pid, SIGKILL), 0);
    rig_join(ta);
    rig_join(tb);
    peer_reap(&peer);
    CHECK_EQ(a.status, IST_ABANDONED);
    CHECK_EQ(b.status, IST_ABANDONED);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(kmutex_acquire(&km, &party_b, 0, 0, NULL), IST_ABANDONED);
    CHECK_EQ(kmutex_release(&km, &party_b, 0, NULL), IST_NOT_OWNER);
    kmutex_finish(&km);
    stage_free(peer.stage);
    return (a.done > b.done ? a.done : b.done) - start;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void print_times(const char *what, int64_t *ns, size_t count)
{
    qsort(ns, count, sizeof(*ns), by_size);
    printf("     %s: %zu kills, both waiters told after %.0f us (median), %.0f us (worst)\n",
           what, count, (double)ns[count / 2] / 1e3, (double)ns[count - 1] / 1e3);
}

TEST(waiters_learn_of_an_owner_that_was_killed_asleep)
{
    int64_t ns[21];
    SKIP_UNLESS_PROCESSES();
    for (size_t i = 0; i < ARRAY_SIZE(ns); i++)
        ns[i] = kill_owner(hold_asleep, 0);
    print_times("asleep", ns, ARRAY_SIZE(ns));
}

TEST(waiters_learn_of_an_owner_that_was_killed_spinning)
{
    int64_t ns[11];
    SKIP_UNLESS_PROCESSES();
    for (size_t i = 0; i < ARRAY_SIZE(ns); i++)
        ns[i] = kill_owner(hold_spinning, 0);
    print_times("spinning", ns, ARRAY_SIZE(ns));
}

static bool has_memory(size_t mebibytes)
{
    long pages = sysconf(_SC_AVPHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    return (double)pages * (double)bytes > 1.5 * 1048576 * (double)mebibytes;
}

TEST(the_size_of_the_dead_does_not_matter)
{
    int64_t ns[1];
    SKIP_UNLESS_PROCESSES();
    if (!has_memory(1024))
        SKIP("less than 1.5 GiB of memory");
    for (size_t i = 0; i < ARRAY_SIZE(ns); i++)
        ns[i] = kill_owner(hold_asleep, 1024);
    print_times("1 GiB touched", ns, ARRAY_SIZE(ns));
}

static void hold_and_exit(struct peer *peer)
{
    struct kmutex km;
    open_mutex(&km, peer);
    EXPECT(peer, kmutex_acquire(&km, &party_a, 0, rig_late(), NULL) == IST_OK);
}

TEST(who_exits_while_it_owns_abandons)
{
    struct kmutex km;
    struct peer peer = {.stage = NULL};
    SKIP_UNLESS_PROCESSES();
    shared_mutex(&km, &peer);
    peer_start(&peer, hold_and_exit);
    peer_end_well(&peer);
    CHECK_EQ(kmutex_acquire(&km, &party_b, 0, rig_late(), NULL), IST_ABANDONED);
    CHECK(kmutex_look(&km).abandoned);
    kmutex_finish(&km);
}

/* Waits for key 5 for ever; gets it or is killed. */
static void wait_for_five(struct peer *peer)
{
    struct kmutex km;
    open_mutex(&km, peer);
    atomic_store(&peer->stage->child, 1);
    EXPECT(peer, kmutex_acquire(&km, &party_a, 5, DEADLINE_NEVER, NULL) == IST_OK);
    pause();
}

TEST(a_waiter_that_dies_when_it_was_woken_takes_nothing_with_it)
{
    struct kmutex km;
    struct peer peer = {.stage = stage_new()};
    SKIP_UNLESS_PROCESSES();
    shared_mutex(&km, &peer);
    peer_start(&peer, wait_for_five);
    CHECK_EQ(kmutex_acquire(&km, &party_b, 0, 0, NULL), IST_OK);
    CHECK(stage_await(&peer.stage->child, 1));
    rig_nap(20); /* asleep */
    struct waiting w = {.km = &km, .party = &party_a, .key = 5, .ms = UINT32_MAX};
    pthread_t thread = rig_start(wait_for_it, &w);
    await_waiting(&km, 1);
    peer_stop(&peer);
    CHECK_EQ(kmutex_release(&km, &party_b, 5, NULL), IST_OK);
    peer_kill(&peer);
    rig_join(thread);
    CHECK_EQ(w.status, IST_OK);
    CHECK_EQ(kmutex_release(&km, &party_a, 6, NULL), IST_OK);
    kmutex_finish(&km);
    stage_free(peer.stage);
}

TEST(the_one_that_the_kernel_wakes_may_die_too)
{
    struct kmutex km;
    struct peer owner = {.stage = stage_new()}, waiter = {.stage = stage_new()};
    SKIP_UNLESS_PROCESSES();
    shared_mutex(&km, &owner);
    waiter.fd = owner.fd;
    peer_start(&owner, hold_asleep);
    CHECK(stage_await(&owner.stage->child, 1));
    peer_start(&waiter, wait_for_five); /* first in the kernel's line */
    CHECK(stage_await(&waiter.stage->child, 1));
    rig_nap(20);
    struct waiting w = {.km = &km, .party = &party_b, .key = 7, .ms = UINT32_MAX};
    pthread_t thread = rig_start(wait_for_it, &w);
    await_waiting(&km, 1);
    peer_stop(&waiter);
    int64_t start = clock_now_ns();
    peer_kill(&owner);
    peer_kill(&waiter);
    rig_join(thread);
    printf("     told after %.0f us\n", (double)(w.done - start) / 1e3);
    CHECK_EQ(w.status, IST_ABANDONED);
    kmutex_finish(&km);
    stage_free(owner.stage);
    stage_free(waiter.stage);
}

static void hold_and_release(struct peer *peer)
{
    struct kmutex km;
    open_mutex(&km, peer);
    EXPECT(peer, kmutex_acquire(&km, &party_a, 0, rig_late(), NULL) == IST_OK);
    atomic_store(&peer->stage->child, 1);
    EXPECT(peer, stage_await(&peer->stage->parent, 1));
    EXPECT(peer, kmutex_release(&km, &party_a, 1, NULL) == IST_OK);
    kmutex_finish(&km);
}

TEST(a_stopped_owner_is_not_dead)
{
    struct kmutex km;
    struct peer peer = {.stage = stage_new()};
    SKIP_UNLESS_PROCESSES();
    shared_mutex(&km, &peer);
    peer_start(&peer, hold_and_release);
    CHECK(stage_await(&peer.stage->child, 1));
    peer_stop(&peer);
    CHECK_EQ(kmutex_acquire(&km, &party_b, 1, deadline_after_ms(300), NULL), IST_TIMEOUT);
    CHECK_EQ(kill(peer.pid, SIGCONT), 0);
    atomic_store(&peer.stage->parent, 1);
    CHECK_EQ(kmutex_acquire(&km, &party_b, 1, rig_late(), NULL), IST_OK);
    peer_end_well(&peer);
    CHECK_EQ(kmutex_release(&km, &party_b, 0, NULL), IST_OK);
    kmutex_finish(&km);
    stage_free(peer.stage);
}

enum { TURNS = 2000 };

static unsigned take_turns(struct kmutex *km, struct stage *stage, uint64_t mine,
                           uint64_t theirs)
{
    unsigned failed = 0;
    for (unsigned i = 0; i < TURNS; i++) {
        failed += kmutex_acquire(km, &party_a, mine, rig_late(), NULL) != IST_OK;
        stage->plain++;
        failed += kmutex_release(km, &party_a, theirs, NULL) != IST_OK;
    }
    return failed;
}

static void turn_from_one(struct peer *peer)
{
    struct kmutex km;
    open_mutex(&km, peer);
    EXPECT(peer, take_turns(&km, peer->stage, 1, 0) == 0);
    kmutex_finish(&km);
}

TEST(two_processes_take_turns_by_their_keys)
{
    struct kmutex km;
    struct peer peer = {.stage = stage_new()};
    SKIP_UNLESS_PROCESSES();
    shared_mutex(&km, &peer);
    peer_start(&peer, turn_from_one);
    CHECK_EQ(take_turns(&km, peer.stage, 0, 1), 0);
    peer_end_well(&peer);
    CHECK_EQ(peer.stage->plain, 2 * TURNS);
    kmutex_finish(&km);
    stage_free(peer.stage);
}

static void share_key_zero(struct peer *peer)
{
    struct kmutex km;
    open_mutex(&km, peer);
    EXPECT(peer, take_turns(&km, peer->stage, 0, 0) == 0);
    kmutex_finish(&km);
}

TEST(many_processes_share_one_key)
{
    struct kmutex km;
    struct stage *stage = stage_new();
    struct peer peers[3];
    SKIP_UNLESS_PROCESSES();
    shared_mutex(&km, &peers[0]);
    for (int i = 0; i < 3; i++) {
        peers[i] = (struct peer){.stage = stage, .fd = peers[0].fd};
        peer_start(&peers[i], share_key_zero);
    }
    CHECK_EQ(take_turns(&km, stage, 0, 0), 0);
    for (int i = 0; i < 3; i++)
        peer_end_well(&peers[i]);
    CHECK_EQ(stage->plain, 4 * TURNS);
    kmutex_finish(&km);
    stage_free(stage);
}

/* Acquires and releases until it is killed: at any instruction. */
static void churn(struct peer *peer)
{
    struct kmutex km;
    open_mutex(&km, peer);
    for (;;) {
        atomic_store(&peer->stage->child, 1);
        if (kmutex_acquire(&km, &party_a, 0, rig_late(), NULL) != IST_OK)
            continue;
        peer->stage->plain++;
        if (kmutex_release(&km, &party_a, 0, NULL) != IST_OK)
            break;
    }
}

/* A kill at any moment leaves the mutex free or abandoned: never held by the dead. */
TEST(a_kill_at_any_instruction_leaves_no_lock_behind)
{
    unsigned abandoned = 0, rounds = 100;
    uint64_t seed = 1;
    SKIP_UNLESS_PROCESSES();
    for (unsigned i = 0; i < rounds; i++) {
        struct kmutex km;
        struct peer peer = {.stage = stage_new()};
        shared_mutex(&km, &peer);
        peer_start(&peer, churn);
        CHECK(stage_await(&peer.stage->child, 1));
        int64_t until = clock_now_ns() + rig_random(&seed) % 300000;
        while (clock_now_ns() < until)
            if (kmutex_acquire(&km, &party_b, 0, 0, NULL) == IST_OK)
                CHECK_EQ(kmutex_release(&km, &party_b, 0, NULL), IST_OK);
        peer_kill(&peer);
        enum ist_status status = kmutex_acquire(&km, &party_b, 0, rig_late(), NULL);
        CHECK(status == IST_OK || status == IST_ABANDONED);
        abandoned += status == IST_ABANDONED;
        kmutex_finish(&km);
        stage_free(peer.stage);
    }
    printf("     %u kills, %u while it owned the mutex\n", rounds, abandoned);
}

static void own_in_child(struct peer *peer)
{
    struct kmutex *km = (struct kmutex *)(uintptr_t)atomic_load(&peer->stage->counter);
    EXPECT(peer, !kmutex_owned_by(km, &party_a)); /* the parent does */
    EXPECT(peer, kmutex_acquire(km, &party_a, 0, rig_soon(), NULL) == IST_TIMEOUT);
    EXPECT(peer, kmutex_release(km, &party_a, 0, NULL) == IST_NOT_OWNER);
    kmutex_abandon(km, &party_a);
    atomic_store(&peer->stage->child, 1);
    EXPECT(peer, kmutex_acquire(km, &party_a, 1, rig_late(), NULL) == IST_OK);
    EXPECT(peer, kmutex_owned_by(km, &party_a));
    EXPECT(peer, kmutex_release(km, &party_a, 2, NULL) == IST_OK);
    kmutex_finish(km);
}

TEST(after_a_fork_the_parent_owns_and_the_child_may_acquire)
{
    struct kmutex km;
    struct peer peer = {.stage = stage_new()};
    SKIP_UNLESS_PROCESSES();
    shared_mutex(&km, &peer);
    CHECK_EQ(kmutex_acquire(&km, &party_a, 0, 0, NULL), IST_OK);
    atomic_store(&peer.stage->counter, (uintptr_t)&km);
    peer_start(&peer, own_in_child);
    CHECK(stage_await(&peer.stage->child, 1));
    CHECK(kmutex_owned_by(&km, &party_a));
    CHECK_EQ(kmutex_release(&km, &party_a, 1, NULL), IST_OK);
    CHECK_EQ(kmutex_acquire(&km, &party_b, 2, rig_late(), NULL), IST_OK);
    peer_end_well(&peer);
    CHECK_EQ(kmutex_release(&km, &party_b, 0, NULL), IST_OK);
    kmutex_finish(&km);
    stage_free(peer.stage);
}

/* Random bytes, and now and then values that look right, all over the page. */
static void scribble(struct peer *peer)
{
    uint64_t seed = atomic_load(&peer->stage->counter);
    uint32_t *page =
        mmap(NULL, SYNC_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, peer->fd, 0);
    static const uint32_t likely[] = {0, SYNC_FREE, SYNC_DIED, SYNC_WAITERS, UINT32_MAX, 1, 2};
    while (atomic_load(&peer->stage->parent) == 0) {
        uint32_t where = rig_random(&seed), what = rig_random(&seed);
        bool odd = rig_random(&seed) % 2;
        page[where % 416] = odd ? what : likely[what % ARRAY_SIZE(likely)];
        if (what % 64 == 0)
            rig_nap(0);
    }
}

/* What the honest side does meanwhile. It may get any answer, but each in time. */
static void use_mutex(struct kmutex *km, struct queue *queue, uint64_t *seed)
{
    int64_t deadline = clock_now_ns() + rig_random(seed) % 1000000;
    uint64_t key = load_relaxed(&km->mutex->key);
    if (kmutex_acquire(km, &party_a, key, deadline, rig_random(seed) % 2 ? queue : NULL) ==
        IST_OK)
        (void)!kmutex_release(km, &party_a, rig_random(seed) % 2,
                              rig_random(seed) % 2 ? queue : NULL);
    CHECK(clock_now_ns() < deadline + INT64_C(15000000000));
}

static void use_fence(struct fence *fence, uint64_t *seed)
{
    int64_t deadline = clock_now_ns() + rig_random(seed) % 1000000;
    fence_signal(fence, rig_random(seed) % 8);
    (void)!fence_wait(fence, rig_random(seed), deadline);
    (void)fence_value(fence);
    CHECK(clock_now_ns() < deadline + INT64_C(15000000000));
}

TEST(a_hostile_page_costs_time_and_nothing_else)
{
    struct peer peer = {.stage = stage_new()};
    uint64_t seed = 7;
    SKIP_UNLESS_PROCESSES();
    for (unsigned round = 0; round < 20; round++) {
        struct kmutex km;
        struct fence *fence;
        struct queue *queue = rig_queue();
        shared_mutex(&km, &peer);
        CHECK_EQ(fence_open(rig_session(), rig_device(), 0, dup(peer.fd), HOLDER_COM, &fence),
                 IST_OK); /* both on one page: more to scribble on */
        atomic_store(&peer.stage->parent, 0);
        atomic_store(&peer.stage->counter, round);
        peer_start(&peer, scribble);
        int64_t until = clock_now_ns() + 50000000;
        while (clock_now_ns() < until) {
            use_mutex(&km, queue, &seed);
            use_fence(fence, &seed);
        }
        atomic_store(&peer.stage->parent, 1);
        peer_end_well(&peer);
        timeline_end(&km.order); /* as the end of the object does: what is queued goes on */
        CHECK_EQ(rig_finish_queue(queue), IST_OK);
        queue_unref(queue);
        rig_nap(1);
        kmutex_finish(&km);
        rig_drop(&fence->object);
    }
    stage_free(peer.stage);
}
