/* SPDX-License-Identifier: MIT */
/*
 * Two lines of jobs under one lock, which is held for a few instructions and never while a job
 * runs: one for short jobs, one for those that may block.
 */
#include "core/pool.h"

#include "core/fork.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct line {
    struct job *head, **tail;
    unsigned count;
};

static struct {
    pthread_mutex_t lock; /* guards the rest; rank: last */
    pthread_cond_t more;
    struct line brief, blocking;
    unsigned threads, idle, most; /* `most` is asked once: the system reads a file for it */
    unsigned in_blocking;         /* threads that run a job of the second line */
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .more = PTHREAD_COND_INITIALIZER,
    .brief.tail = &pool.brief.head,
    .blocking.tail = &pool.blocking.head,
};

static unsigned two_threads_a_cpu(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus > 1 ? 2 * (unsigned)cpus : 2;
}

/* How many jobs could start now if there were threads enough. */
static unsigned startable_locked(void)
{
    unsigned room = pool.most - 1 - pool.in_blocking;
    return pool.brief.count + (pool.blocking.count < room ? pool.blocking.count : room);
}

static void line_append(struct line *line, struct job *job)
{
    job->next = NULL;
    *line->tail = job;
    line->tail = &job->next;
    line->count++;
}

static struct job *line_take(struct line *line)
{
    struct job *job = line->head;
    line->head = job->next;
    if (!line->head)
        line->tail = &line->head;
    line->count--;
    return job;
}

/* Short jobs first: they are done before one could tell. */
static struct job *next_job(void)
{
    gate_lock(&pool.lock);
    pool.idle++;
    while (!startable_locked())
        gate_cond_wait(&pool.more, &pool.lock);
    pool.idle--;
    struct job *job = line_take(pool.brief.head ? &pool.brief : &pool.blocking);
    if (job->may_block)
        pool.in_blocking++;
    if (startable_locked() && pool.idle)
        pthread_cond_signal(&pool.more); /* room may have come free without a submission */
    gate_unlock(&pool.lock);
    return job;
}

/* The room that a blocking job took is free again; the thread looks for the next job itself. */
static void leave_blocking(void)
{
    gate_lock(&pool.lock);
    pool.in_blocking--;
    gate_unlock(&pool.lock);
}

static void *work(void *unused)
{
    for (;;) {
        struct job *job = next_job();
        bool may_block = job->may_block; /* the job may be gone, or submitted again */
        job->run(job);
        if (may_block)
            leave_blocking();
    }
    return unused;
}

/* Signals are the program's: our threads take none. Caller holds the lock. */
static bool add_thread_locked(void)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = pthread_create(&thread, NULL, work, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!ok)
        return false;
    pthread_setname_np(thread, "isthmus");
    pthread_detach(thread);
    pool.threads++;
    return true;
}

/* In the child of a fork: threads and jobs stay with the parent, whatever they were at. */
static void forget_parent(void)
{
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.more, NULL);
    pool.brief = (struct line){.tail = &pool.brief.head};
    pool.blocking = (struct line){.tail = &pool.blocking.head};
    pool.threads = pool.idle = pool.in_blocking = 0;
}

static void hook_fork(void)
{
    fork_on_child(forget_parent);
}

enum ist_status pool_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, hook_fork);
    gate_lock(&pool.lock);
    if (!pool.most)
        pool.most = two_threads_a_cpu();
    bool ok = pool.threads > 0 || add_thread_locked();
    gate_unlock(&pool.lock);
    return ok ? IST_OK : refuse(IST_NO_RESOURCES, "no thread could be started for queued work");
}

void pool_submit(struct job *job)
{
    gate_lock(&pool.lock);
    line_append(job->may_block ? &pool.blocking : &pool.brief, job);
    if (startable_locked() > pool.idle && pool.threads < pool.most)
        add_thread_locked(); /* without it the threads that are there take longer, no more */
    pthread_cond_signal(&pool.more);
    gate_unlock(&pool.lock);
}
