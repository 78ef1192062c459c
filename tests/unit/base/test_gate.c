/* SPDX-License-Identifier: MIT */
/* The fork gate: who is inside is waited for, who comes waits, the child opens it again. */
#include "fork.h"

#include "base/gate.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Who sleeps on `cond` may have this lock outside the gate, so a child makes both anew. */
static pthread_mutex_t turns_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static unsigned first, second; /* equal whenever the lock is free */
static atomic_bool stop;
static atomic_uint prepared, told_parent, told_child, adopted;

static void on_prepare(void)
{
    prepared++;
}

static void on_parent(void)
{
    told_parent++;
}

static void on_child(void)
{
    pthread_mutex_init(&turns_lock, NULL);
    pthread_cond_init(&cond, NULL);
    told_child++;
}

static void on_adopt(void)
{
    adopted++;
    gate_lock(&lock); /* what adopts may use everything */
    gate_unlock(&lock);
}

void test_warm_up(void)
{
    static const struct gate_hooks hooks = {on_prepare, on_parent, on_child, on_adopt};
    gate_on_fork(&hooks);
}

static int reap(pid_t pid)
{
    int status = -1;
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void *change_both(void *unused)
{
    while (!atomic_load(&stop)) {
        gate_lock(&lock);
        first++;
        sched_yield(); /* half done for long */
        second++;
        gate_unlock(&lock);
    }
    return unused;
}

static pthread_t start(void *(*fn)(void *))
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, fn, NULL), 0);
    return thread;
}

static void child_checks(void)
{
    alarm(20);
    gate_lock(&lock);
    int wrong = first != second || adopted != 1 || told_child != 1;
    gate_unlock(&lock);
    _exit(wrong);
}

TEST(a_child_finds_nothing_half_done)
{
    SKIP_UNLESS_PROCESSES();
    pthread_t a, b;
    unsigned before = told_parent;
    atomic_store(&stop, false);
    a = start(change_both);
    b = start(change_both);
    for (int i = 0; i < 50; i++) {
        pid_t pid = fork();
        if (pid == 0)
            child_checks();
        CHECK_EQ(reap(pid), 0);
    }
    atomic_store(&stop, true);
    CHECK_EQ(pthread_join(a, NULL), 0);
    CHECK_EQ(pthread_join(b, NULL), 0);
    CHECK_EQ(told_parent - before, 50);
    CHECK(prepared >= 50);
    CHECK_EQ(adopted, 0);
}

TEST(a_child_that_does_nothing_adopts_nothing)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(adopted != 0 || told_child != 1);
    CHECK_EQ(reap(pid), 0);
}

static void *fork_often(void *unused)
{
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();
        if (pid == 0)
            child_checks();
        if (reap(pid) != 0)
            return &stop;
    }
    return unused;
}

TEST(threads_may_fork_at_once)
{
    SKIP_UNLESS_PROCESSES();
    void *wrong;
    pthread_t a, b, c;
    atomic_store(&stop, false);
    a = start(change_both);
    b = start(fork_often);
    c = start(fork_often);
    CHECK_EQ(pthread_join(b, &wrong), 0);
    CHECK(wrong == NULL);
    CHECK_EQ(pthread_join(c, &wrong), 0);
    CHECK(wrong == NULL);
    atomic_store(&stop, true);
    CHECK_EQ(pthread_join(a, NULL), 0);
}

static unsigned turns;

static void *wait_for_turns(void *unused)
{
    gate_lock(&turns_lock);
    while (turns < 30)
        gate_cond_wait(&cond, &turns_lock);
    gate_unlock(&turns_lock);
    return unused;
}

static void child_takes_turns(void)
{
    alarm(20);
    gate_lock(&turns_lock);
    pthread_cond_broadcast(&cond);
    gate_unlock(&turns_lock);
    child_checks();
}

/* Who sleeps on a condition is outside, and comes back in by the gate. */
TEST(a_sleeper_keeps_no_fork_waiting)
{
    SKIP_UNLESS_PROCESSES();
    turns = 0;
    pthread_t a = start(wait_for_turns), b = start(wait_for_turns);
    for (int i = 0; i < 30; i++) {
        gate_lock(&turns_lock);
        turns++;
        pthread_cond_broadcast(&cond);
        gate_unlock(&turns_lock);
        pid_t pid = fork();
        if (pid == 0)
            child_takes_turns();
        CHECK_EQ(reap(pid), 0);
    }
    CHECK_EQ(pthread_join(a, NULL), 0);
    CHECK_EQ(pthread_join(b, NULL), 0);
}

TEST(passages_nest)
{
    gate_enter();
    gate_lock(&lock);
    gate_unlock(&lock);
    pid_t pid = fork(); /* from inside: one does not wait for oneself */
    gate_leave();
    if (pid == 0)
        child_checks();
    CHECK_EQ(reap(pid), 0);
}
