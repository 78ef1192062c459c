/* SPDX-License-Identifier: MIT */
/* The pool: every job runs, in the order of coming where one thread does, with no signals. */
#include "core/pool.h"
#include "unit/core/rig.h"

#include <signal.h>
#include <unistd.h>

struct counted_job {
    struct job job;
    atomic_uint *ran;
};

static void count_run(struct job *job)
{
    struct counted_job *c = container_of(job, struct counted_job, job);
    atomic_fetch_add(c->ran, 1);
}

static void await(atomic_uint *ran, unsigned count)
{
    for (int i = 0; i < 20000 && atomic_load(ran) < count; i++)
        rig_nap(1);
    CHECK_EQ(atomic_load(ran), count);
}

struct party_job {
    struct job job;
    struct party *party;
};

struct party {
    unsigned wanted;
    atomic_uint arrived, left, missed;
};

/* Leaves only when all have come. */
static void meet(struct job *job)
{
    struct party *p = container_of(job, struct party_job, job)->party;
    atomic_fetch_add(&p->arrived, 1);
    for (int i = 0; atomic_load(&p->arrived) < p->wanted; i++) {
        if (i > 20000) {
            atomic_fetch_add(&p->missed, 1);
            break;
        }
        rig_nap(1);
    }
    atomic_fetch_add(&p->left, 1);
}

static void hold_party(unsigned guests)
{
    struct party party = {.wanted = guests};
    struct party_job jobs[64];
    CHECK(guests <= 64);
    for (unsigned i = 0; i < guests; i++) {
        jobs[i] = (struct party_job){{.run = meet}, &party};
        pool_submit(&jobs[i].job);
    }
    await(&party.left, guests);
    CHECK_EQ(atomic_load(&party.missed), 0);
}

/*
 * The first test: there is one thread, and it is idle when the second job comes. It has been
 * promised to the first, so the second needs another.
 */
TEST(jobs_that_come_together_get_a_thread_each)
{
    rig_nap(20);
    hold_party(2);
}

TEST(two_threads_a_cpu_may_be_blocked_at_once)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    for (int i = 0; i < 20; i++)
        hold_party(cpus < 32 ? 2 * (unsigned)cpus : 64);
}

/* Jobs that may block get every thread but one, and short ones pass them. */
TEST(blocking_jobs_never_take_the_last_thread)
{
    enum { GUESTS = 100 };
    static struct party_job jobs[GUESTS];
    struct party party = {.wanted = GUESTS + 1};
    atomic_uint ran = 0;
    for (int i = 0; i < GUESTS; i++) {
        jobs[i] = (struct party_job){{.run = meet, .may_block = true}, &party};
        pool_submit(&jobs[i].job);
    }
    for (int i = 0; i < 100; i++) {
        struct counted_job brief = {{.run = count_run}, &ran};
        pool_submit(&brief.job);
        await(&ran, (unsigned)i + 1);
    }
    CHECK_EQ(atomic_load(&party.left), 0);
    atomic_fetch_add(&party.arrived, GUESTS); /* lets those inside go, and all that follow */
    await(&party.left, GUESTS);
    CHECK_EQ(atomic_load(&party.missed), 0);
}

TEST(starting_twice_is_fine)
{
    CHECK_EQ(pool_start(), IST_OK);
    CHECK_EQ(pool_start(), IST_OK);
}

TEST(every_job_runs_once)
{
    enum { JOBS = 5000 };
    static struct counted_job jobs[JOBS];
    atomic_uint ran = 0;
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct counted_job){{.run = count_run}, &ran};
        pool_submit(&jobs[i].job);
    }
    await(&ran, JOBS);
    rig_nap(5);
    CHECK_EQ(atomic_load(&ran), JOBS);
}

struct chain {
    struct job job;
    atomic_uint left;
};

static void submit_again(struct job *job)
{
    struct chain *c = container_of(job, struct chain, job);
    if (atomic_fetch_sub(&c->left, 1) > 1)
        pool_submit(job);
}

TEST(a_job_may_submit_itself_again)
{
    struct chain c = {{.run = submit_again}, 10000};
    pool_submit(&c.job);
    for (int i = 0; i < 20000 && atomic_load(&c.left); i++)
        rig_nap(1);
    CHECK_EQ(atomic_load(&c.left), 0);
    rig_nap(5); /* the last run may still be on its way out of the frame */
}

struct masked {
    struct job job;
    sigset_t mask;
    atomic_uint ran;
};

static void note_mask(struct job *job)
{
    struct masked *m = container_of(job, struct masked, job);
    pthread_sigmask(SIG_SETMASK, NULL, &m->mask);
    atomic_fetch_add(&m->ran, 1);
}

TEST(signals_are_left_to_the_programs_threads)
{
    struct masked m = {.job = {.run = note_mask}};
    sigset_t mine;
    pool_submit(&m.job);
    await(&m.ran, 1);
    CHECK(sigismember(&m.mask, SIGINT));
    CHECK(sigismember(&m.mask, SIGTERM));
    CHECK(sigismember(&m.mask, SIGUSR1));
    pthread_sigmask(SIG_SETMASK, NULL, &mine);
    CHECK(!sigismember(&mine, SIGINT));
}
