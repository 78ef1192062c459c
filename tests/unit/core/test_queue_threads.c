/* SPDX-License-Identifier: MIT */
/* Many queues and many threads: who gets a thread of the pool, and that nobody goes without. */
#include "unit/core/queue_rig.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned count_threads(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/task");
    CHECK(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

enum { MANY = 1000 };

static void add_one_atomic(void *user)
{
    atomic_fetch_add((atomic_uint *)user, 1);
}

TEST(a_thousand_blocked_queues_need_few_threads)
{
    static struct queue *queues[MANY];
    struct fence *gate = rig_fence(0);
    atomic_uint count = 0;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    for (int i = 0; i < MANY; i++) {
        queues[i] = rig_queue();
        wait_fence(queues[i], gate, (uint64_t)i + 1);
        submit_host(queues[i], add_one_atomic, &count);
    }
    CHECK(count_threads() <= 2 * (unsigned)cpus + 4); /* the pool, this one, a sanitizer's */
    CHECK_EQ(atomic_load(&count), 0);
    for (int i = 0; i < MANY; i += 100) {
        fence_signal(gate, (uint64_t)i + 1);
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        CHECK(!queue_reached(queues[i + 1], 2));
    }
    fence_signal(gate, MANY);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        queue_unref(queues[i]);
    }
    CHECK_EQ(atomic_load(&count), MANY);
    CHECK(count_threads() <= 2 * (unsigned)cpus + 4);
    rig_drop(&gate->object);
}

/* Each queue waits for the next one: the last is let go first. */
TEST(a_long_chain_of_waits_comes_undone)
{
    enum { LINKS = 300 };
    static struct queue *queues[LINKS];
    struct fence *fence = rig_fence(0);
    for (uint64_t i = 0; i < LINKS; i++) {
        queues[i] = rig_queue();
        wait_fence(queues[i], fence, i + 1);
        signal_fence(queues[i], fence, i + 2);
    }
    fence_signal(fence, 1);
    CHECK_EQ(fence_wait(fence, LINKS + 1, rig_late()), IST_OK);
    for (int i = 0; i < LINKS; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        queue_unref(queues[i]);
    }
    rig_drop(&fence->object);
}

struct meeting {
    atomic_uint arrived;
    atomic_bool missed;
};

/* Goes on only when both have come: each needs a thread of its own. */
static void meet(void *user)
{
    struct meeting *m = user;
    atomic_fetch_add(&m->arrived, 1);
    for (int i = 0; atomic_load(&m->arrived) < 2; i++) {
        if (i > 20000) {
            atomic_store(&m->missed, true);
            return;
        }
        rig_nap(1);
    }
}

TEST(a_host_function_that_blocks_blocks_no_other_queue)
{
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        SKIP("one processor runs one host function at a time");
    struct queue *a = rig_queue(), *b = rig_queue();
    for (int i = 0; i < 50; i++) {
        struct meeting m = {0, false};
        submit_host(a, meet, &m);
        submit_host(b, meet, &m);
        CHECK_EQ(rig_finish_queue(a), IST_OK);
        CHECK_EQ(rig_finish_queue(b), IST_OK);
        CHECK(!atomic_load(&m.missed));
    }
    queue_unref(a);
    queue_unref(b);
}

/* The same, let go by one signal: both jobs reach the pool in one moment. */
TEST(jobs_that_come_together_get_a_thread_each)
{
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        SKIP("one processor runs one host function at a time");
    struct queue *a = rig_queue(), *b = rig_queue();
    struct fence *gate = rig_fence(0);
    for (uint64_t i = 1; i <= 50; i++) {
        struct meeting m = {0, false};
        wait_fence(a, gate, i);
        wait_fence(b, gate, i);
        submit_host(a, meet, &m);
        submit_host(b, meet, &m);
        fence_signal(gate, i);
        CHECK_EQ(rig_finish_queue(a), IST_OK);
        CHECK_EQ(rig_finish_queue(b), IST_OK);
        CHECK(!atomic_load(&m.missed));
    }
    queue_unref(a);
    queue_unref(b);
    rig_drop(&gate->object);
}

enum { LONG = 5000 };

struct race {
    atomic_bool all_here; /* the short queue stands in line, too */
    atomic_bool had_turn; /* the short queue */
};

struct racer {
    atomic_uint done;
    struct race *race;
};

static void await_flag(const atomic_bool *flag)
{
    for (int i = 0; i < 20000 && !atomic_load(flag); i++)
        rig_nap(1);
}

/* The first step is made when all are here, the last when the short one had its turn. */
static void run_a_little(void *user)
{
    struct racer *r = user;
    unsigned step = atomic_fetch_add(&r->done, 1) + 1;
    if (step == 1)
        await_flag(&r->race->all_here);
    if (step == LONG)
        await_flag(&r->race->had_turn);
}

static void have_a_turn(void *user)
{
    atomic_store((atomic_bool *)user, true);
}

/*
 * As many long queues as there are threads: a short one behind them has its turn meanwhile. No
 * long one ends before that, so a pool that served each to its end would have no thread left.
 */
TEST(a_long_queue_gives_others_their_turn)
{
    struct racer racers[16];
    struct race race = {false, false};
    struct queue *queues[16], *q = rig_queue();
    struct fence *gate = rig_fence(0);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = cpus < 8 ? 2 * (unsigned)cpus : 16;
    for (unsigned i = 0; i < count; i++) {
        racers[i] = (struct racer){0, &race};
        queues[i] = rig_queue();
        wait_fence(queues[i], gate, 1);
        for (unsigned n = 0; n < LONG; n++)
            submit_call(queues[i], run_a_little, &racers[i]);
    }
    wait_fence(q, gate, 1);
    submit_call(q, have_a_turn, &race.had_turn);
    fence_signal(gate, 1);
    atomic_store(&race.all_here, true);
    enum ist_status status = queue_sync(q, queue_ticket(q), deadline_after_ms(10000));
    atomic_store(&race.had_turn, true);
    CHECK_EQ(status, IST_OK);
    for (unsigned i = 0; i < count; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        CHECK_EQ(atomic_load(&racers[i].done), LONG);
        queue_unref(queues[i]);
    }
    queue_unref(q);
    rig_drop(&gate->object);
}

struct door {
    atomic_uint inside;
    atomic_bool open;
};

static void stand_in_door(void *user)
{
    struct door *d = user;
    atomic_fetch_add(&d->inside, 1);
    for (int i = 0; i < 20000 && !atomic_load(&d->open); i++)
        rig_nap(1);
}

/*
 * Host functions that all block until the program goes on, and the program waits for a copy in
 * another queue first: as many of them as there may be, the copy must find a thread.
 */
TEST(blocked_host_functions_leave_a_thread_for_other_work)
{
    enum { BLOCKED = 200 };
    static struct queue *queues[BLOCKED];
    struct door door = {0, false};
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    unsigned count = 0;
    for (int i = 0; i < BLOCKED; i++) {
        queues[i] = rig_queue();
        submit_host(queues[i], stand_in_door, &door);
    }
    while (!atomic_load(&door.inside))
        rig_nap(1);
    rig_nap(20);
    for (uint64_t i = 1; i <= 20; i++) {
        wait_fence(q, gate, i);
        submit_call(q, add_one, &count);
        fence_signal(gate, i);
        enum ist_status status = queue_sync(q, queue_ticket(q), rig_late());
        if (status != IST_OK)
            atomic_store(&door.open, true);
        CHECK_EQ(status, IST_OK);
    }
    atomic_store(&door.open, true);
    for (int i = 0; i < BLOCKED; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        queue_unref(queues[i]);
    }
    CHECK_EQ(atomic_load(&door.inside), BLOCKED);
    CHECK_EQ(count, 20);
    queue_unref(q);
    rig_drop(&gate->object);
}

/* A host function behind other work must not slip into a thread lent for short work. */
TEST(host_functions_behind_a_wait_leave_a_thread_too)
{
    enum { BLOCKED = 50 };
    static struct queue *queues[BLOCKED];
    struct door door = {0, false};
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    unsigned counts[BLOCKED] = {0}, count = 0;
    for (int i = 0; i < BLOCKED; i++) {
        queues[i] = rig_queue();
        wait_fence(queues[i], gate, 1);
        submit_call(queues[i], add_one, &counts[i]);
        submit_host(queues[i], stand_in_door, &door);
        submit_call(queues[i], add_one, &counts[i]);
    }
    wait_fence(q, gate, 1);
    submit_call(q, add_one, &count);
    fence_signal(gate, 1);
    enum ist_status status = queue_sync(q, queue_ticket(q), rig_late());
    atomic_store(&door.open, true);
    CHECK_EQ(status, IST_OK);
    for (int i = 0; i < BLOCKED; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        CHECK_EQ(counts[i], 2);
        queue_unref(queues[i]);
    }
    queue_unref(q);
    rig_drop(&gate->object);
}

/* What the child of a fork does; it must not use the harness, which belongs to the parent. */
static bool works_in_child(struct queue *old)
{
    struct queue *fresh = NULL;
    atomic_uint count = 0;
    if (queue_host(old, add_one_atomic, &count) != IST_OK ||
        queue_sync(old, queue_ticket(old), rig_late()) != IST_OK)
        return false;
    if (queue_create(rig_device(), &fresh) != IST_OK ||
        queue_host(fresh, add_one_atomic, &count) != IST_OK ||
        queue_sync(fresh, queue_ticket(fresh), rig_late()) != IST_OK)
        return false;
    queue_unref(fresh);
    return atomic_load(&count) == 2;
}

/* Threads do not survive a fork: the child starts its own. */
TEST(queues_work_in_the_child_of_a_fork)
{
    SKIP_UNLESS_PROCESSES();
    struct queue *q = rig_queue();
    bool inside = false;
    submit_host(q, note_in_host_function, &inside);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    while (!queue_idle(q))
        rig_nap(1);
    CHECK_EQ(queue_ticket(q), 1); /* and its lock is free: a fork would copy it as it is */
    pid_t child = test_fork();
    CHECK(child >= 0);
    if (child == 0)
        _exit(works_in_child(q) ? 0 : 1);
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    queue_unref(q);
}

/* Stress: threads submit to one queue; each sees its own work in order. */
enum { THREADS = 4, OPS = 3000 };

struct submitter {
    struct queue *q;
    unsigned next_expected; /* touched only by the queue's work */
    unsigned wrong, refused;
    struct numbered {
        struct submitter *owner;
        unsigned number;
    } ops[OPS];
};

static void check_number(void *user)
{
    struct numbered *n = user;
    if (n->owner->next_expected++ != n->number)
        n->owner->wrong++;
}

static void *submit_many(void *arg)
{
    struct submitter *s = arg;
    for (unsigned i = 0; i < OPS; i++) {
        s->ops[i] = (struct numbered){s, i};
        enum ist_status status = i % 16 ? queue_call(s->q, check_number, &s->ops[i])
                                        : queue_host(s->q, check_number, &s->ops[i]);
        s->refused += status != IST_OK;
        if (i % 100 == 0)
            s->refused += queue_sync(s->q, queue_ticket(s->q), rig_late()) != IST_OK;
    }
    return NULL;
}

TEST(threads_submit_to_one_queue)
{
    static struct submitter s[THREADS];
    struct queue *q = rig_queue();
    pthread_t threads[THREADS];
    memset(s, 0, sizeof(s));
    for (int i = 0; i < THREADS; i++) {
        s[i].q = q;
        threads[i] = rig_start(submit_many, &s[i]);
    }
    for (int i = 0; i < THREADS; i++)
        rig_join(threads[i]);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(queue_ticket(q), THREADS * OPS);
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(s[i].wrong, 0);
        CHECK_EQ(s[i].refused, 0);
        CHECK_EQ(s[i].next_expected, OPS);
    }
    queue_unref(q);
}

/* Two queues hand a plain counter to each other through two fences. */
TEST(two_queues_play_ping_pong)
{
    enum { ROUNDS = 2000 };
    struct queue *a = rig_queue(), *b = rig_queue();
    struct fence *there = rig_fence(0), *back = rig_fence(0);
    unsigned plain = 0;
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        submit_call(a, add_one, &plain);
        signal_fence(a, there, i);
        wait_fence(a, back, i);
        wait_fence(b, there, i);
        submit_host(b, add_one, &plain);
        signal_fence(b, back, i);
    }
    CHECK_EQ(rig_finish_queue(a), IST_OK);
    CHECK_EQ(rig_finish_queue(b), IST_OK);
    CHECK_EQ(plain, 2 * ROUNDS);
    queue_unref(a);
    queue_unref(b);
    rig_drop(&there->object);
    rig_drop(&back->object);
}

/* Queues are made, used and let go in the middle of things by several threads. */
static void *live_shortly(void *arg)
{
    struct fence *fence = arg;
    unsigned done = 0;
    for (unsigned i = 0; i < 500; i++) {
        struct queue *q = NULL;
        if (queue_create(rig_device(), &q) != IST_OK ||
            queue_wait_fence(q, fence, timeline_value(&fence->timeline) + 1) != IST_OK ||
            queue_host(q, add_one, &done) != IST_OK ||
            queue_signal_fence(q, fence, timeline_value(&fence->timeline) + 2) != IST_OK)
            return arg;
        fence_signal(fence, UINT64_MAX); /* lets all go that wait now */
        if (queue_sync(q, queue_ticket(q), rig_late()) != IST_OK)
            return arg;
        queue_unref(q);
        fence_signal(fence, i);
    }
    return done == 500 ? NULL : arg;
}

TEST(queues_come_and_go)
{
    struct fence *fence = rig_fence(0);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = rig_start(live_shortly, fence);
    for (int i = 0; i < 3; i++) {
        void *failed;
        CHECK_EQ(pthread_join(threads[i], &failed), 0);
        CHECK(failed == NULL);
    }
    rig_drop(&fence->object);
}
