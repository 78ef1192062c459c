/* SPDX-License-Identifier: MIT */
/* One list of jobs under one lock, which is held for a few instructions and never while a job runs. */
#include "core/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock; /* guards the rest; rank: last */
    pthread_cond_t more;
    struct job *head, **tail;
    unsigned threads, idle;
    unsigned jobs; /* in the list: each has taken one idle thread already */
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .more = PTHREAD_COND_INITIALIZER,
    .tail = &pool.head,
};

static unsigned max_threads(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus > 1 ? 2 * (unsigned)cpus : 2;
}

static struct job *next_job(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.idle++;
    while (!pool.head)
        pthread_cond_wait(&pool.more, &pool.lock);
    pool.idle--;
    pool.jobs--;
    struct job *job = pool.head;
    pool.head = job->next;
    if (!pool.head)
        pool.tail = &pool.head;
    pthread_mutex_unlock(&pool.lock);
    return job;
}

static void *work(void *unused)
{
    for (;;) {
        struct job *job = next_job();
        job->run(job);
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

enum ist_status pool_start(void)
{
    pthread_mutex_lock(&pool.lock);
    bool ok = pool.threads > 0 || add_thread_locked();
    pthread_mutex_unlock(&pool.lock);
    return ok ? IST_OK : refuse(IST_NO_RESOURCES, "no thread could be started for queued work");
}

void pool_submit(struct job *job)
{
    pthread_mutex_lock(&pool.lock);
    job->next = NULL;
    *pool.tail = job;
    pool.tail = &job->next;
    pool.jobs++;
    if (pool.jobs > pool.idle && pool.threads < max_threads())
        add_thread_locked(); /* without it the threads that are there take longer, no more */
    pthread_cond_signal(&pool.more);
    pthread_mutex_unlock(&pool.lock);
}
