/* SPDX-License-Identifier: MIT */
/*
 * What mutexes and fences cost beside the bare thing in the same run: figures, not limits. A
 * loaded machine must not fail here; who wants the figures runs it on a quiet one with -v.
 */
#include "unit/core/sync_rig.h"

#include <limits.h>

static const char party_a, party_b;

enum { REPEATS = 7, CALLS = 100000 };

static double best(double (*once)(void *), void *arg)
{
    double least = once(arg);
    for (int i = 1; i < REPEATS; i++) {
        double now = once(arg);
        least = now < least ? now : least;
    }
    return least;
}

static double pthread_pair(void *arg)
{
    pthread_mutex_t *lock = arg;
    int64_t start = clock_now_ns();
    for (int i = 0; i < CALLS; i++) {
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
    }
    return (double)(clock_now_ns() - start) / CALLS;
}

static double kmutex_pair(void *arg)
{
    struct kmutex *km = arg;
    int64_t start = clock_now_ns();
    for (int i = 0; i < CALLS; i++) {
        CHECK_EQ(kmutex_acquire(km, &party_a, 0, DEADLINE_NEVER, NULL), IST_OK);
        CHECK_EQ(kmutex_release(km, &party_a, 0, NULL), IST_OK);
    }
    return (double)(clock_now_ns() - start) / CALLS;
}

static void robust_pthread(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

TEST(uncontended_beside_a_robust_pthread_mutex)
{
    struct kmutex km;
    struct peer peer;
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    robust_pthread(memory);
    shared_mutex(&km, &peer);
    double bare = best(pthread_pair, memory), ours = best(kmutex_pair, &km);
    printf("     acquire + release %.1f ns, robust shared pthread mutex %.1f ns: %.1f x\n",
           ours, bare, ours / bare);
    kmutex_finish(&km);
    pthread_mutex_destroy(memory);
    munmap(memory, 4096);
}

static double set_and_wait(void *arg)
{
    struct fence *fence = arg;
    uint64_t first = fence_value(fence) + 1;
    int64_t start = clock_now_ns();
    for (uint64_t v = first; v < first + CALLS; v++) {
        fence_signal(fence, v);
        CHECK_EQ(fence_wait(fence, v, DEADLINE_NEVER), IST_OK);
    }
    return (double)(clock_now_ns() - start) / CALLS;
}

TEST(a_fence_set_and_awaited)
{
    struct fence *fence = rig_fence(0);
    int fd;
    double own = best(set_and_wait, fence);
    CHECK_EQ(fence_share(fence, &fd), IST_OK);
    double shared = best(set_and_wait, fence);
    printf("     set + wait %.1f ns, of a shared fence %.1f ns\n", own, shared);
    rig_drop(&fence->object);
}

/* Bare words with the same spin: whose turn it is, and whether somebody sleeps. */
struct bare {
    _Atomic uint32_t turn, waiters;
};

static void bare_wait(struct bare *b, struct spin *spin, uint32_t mine)
{
    unsigned looks = spin_looks(spin), used = 0;
    for (; used < looks && load_acquire(&b->turn) != mine; used++)
        spin_relax();
    spin_learn(spin, looks, used, load_acquire(&b->turn) == mine);
    if (load_acquire(&b->turn) == mine)
        return;
    add_seq_cst(&b->waiters, 1);
    while (load_seq_cst(&b->turn) != mine)
        futex_wait_shared(&b->turn, !mine, DEADLINE_NEVER);
    sub_relaxed(&b->waiters, 1);
}

static void bare_pass(struct bare *b, uint32_t theirs)
{
    store_seq_cst(&b->turn, theirs);
    if (load_seq_cst(&b->waiters))
        futex_wake_shared(&b->turn, INT_MAX);
}

enum { TURNS = 3000 };

enum contest { BARE, MUTEX, FENCE };

/* One side of a contest; `side` 0 begins. */
struct player {
    enum contest contest;
    struct bare *bare;
    struct kmutex km;
    struct fence *fence;
    struct spin spin;
};

static void play(struct player *p, uint32_t side, unsigned turns)
{
    for (uint64_t i = 0; i < turns; i++) {
        if (p->contest == BARE) {
            bare_wait(p->bare, &p->spin, side);
            bare_pass(p->bare, !side);
        } else if (p->contest == MUTEX) {
            CHECK_EQ(kmutex_acquire(&p->km, &party_b, side, DEADLINE_NEVER, NULL), IST_OK);
            CHECK_EQ(kmutex_release(&p->km, &party_b, !side, NULL), IST_OK);
        } else {
            CHECK_EQ(fence_wait(p->fence, 2 * i + side, DEADLINE_NEVER), IST_OK);
            fence_signal(p->fence, 2 * i + side + 1);
        }
    }
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

struct match {
    struct peer peer; /* first: the child gets this */
    enum contest contest;
    int cpu;
    struct bare *bare;
};

static void play_second(struct peer *peer)
{
    struct match *m = container_of(peer, struct match, peer);
    struct player p = {.contest = m->contest, .bare = m->bare};
    pin(m->cpu);
    if (p.contest == MUTEX)
        open_mutex(&p.km, peer);
    if (p.contest == FENCE)
        EXPECT(peer, fence_open(rig_session(), rig_device(), 0, dup(peer->fd), HOLDER_COM,
                                &p.fence) == IST_OK);
    play(&p, 1, TURNS);
}

/* Microseconds there and back. */
static double round_trip(enum contest contest, int cpu)
{
    struct match m = {.contest = contest, .cpu = cpu};
    struct player p = {.contest = contest};
    m.bare = p.bare =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (contest == MUTEX)
        shared_mutex(&p.km, &m.peer);
    if (contest == FENCE)
        CHECK_EQ(fence_share(p.fence = rig_fence(0), &m.peer.fd), IST_OK);
    peer_start(&m.peer, play_second);
    play(&p, 0, 100); /* warm */
    int64_t start = clock_now_ns();
    if (contest == FENCE) { /* goes on counting */
        for (uint64_t i = 100; i < TURNS; i++) {
            CHECK_EQ(fence_wait(p.fence, 2 * i, DEADLINE_NEVER), IST_OK);
            fence_signal(p.fence, 2 * i + 1);
        }
    } else {
        play(&p, 0, TURNS - 100);
    }
    double us = (double)(clock_now_ns() - start) / 1e3 / (TURNS - 100);
    peer_end_well(&m.peer);
    if (contest == MUTEX)
        kmutex_finish(&p.km);
    if (contest == FENCE)
        rig_drop(&p.fence->object);
    munmap(m.bare, 4096);
    return us;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void compare(const char *where, int cpu)
{
    double us[3][REPEATS];
    for (int i = 0; i < REPEATS; i++) /* in turn: what loads the machine loads all alike */
        for (unsigned c = BARE; c <= FENCE; c++)
            us[c][i] = round_trip(c, cpu);
    for (unsigned c = BARE; c <= FENCE; c++)
        qsort(us[c], REPEATS, sizeof(us[c][0]), by_value);
    double bare = us[BARE][REPEATS / 2];
    printf("     %s: bare futex %.2f us there and back, mutex %.2f us (%.2f x), fence %.2f us "
           "(%.2f x)\n",
           where, bare, us[MUTEX][REPEATS / 2], us[MUTEX][REPEATS / 2] / bare,
           us[FENCE][REPEATS / 2], us[FENCE][REPEATS / 2] / bare);
}

TEST(hand_over_beside_a_bare_futex)
{
    cpu_set_t before;
    SKIP_UNLESS_PROCESSES();
    CHECK_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
    int first = 0, last = CPU_SETSIZE - 1;
    while (!CPU_ISSET((unsigned)first, &before))
        first++;
    while (!CPU_ISSET((unsigned)last, &before))
        last--;
    pin(first);
    compare("same CPU", first);
    if (last != first)
        compare("two CPUs", last);
    sched_setaffinity(0, sizeof(before), &before);
}
