/* SPDX-License-Identifier: MIT */
/* Sleeping on a word: never early, never lost, and no deadline makes it spin. */
#include "test.h"

#include "base/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TEST(the_coarse_clock_is_the_same_and_never_ahead)
{
    int64_t before = clock_now_ns(), coarse = clock_coarse_ns(), after = clock_now_ns();
    CHECK(coarse <= after);
    CHECK(coarse > before - 1000000000);
}

TEST(clock_goes_forward)
{
    int64_t a = clock_now_ns();
    int64_t b = clock_now_ns();
    CHECK(a > 0);
    CHECK(b >= a);
}

TEST(deadline_counts_from_now_and_infinite_is_never)
{
    int64_t now = clock_now_ns();
    int64_t later = deadline_after_ms(1000);
    CHECK(later >= now + 1000000000);
    CHECK(later < now + 2000000000);
    CHECK_EQ(deadline_after_ms(0), 0); /* past, without a look at the clock */
    CHECK_EQ(deadline_after_ms(UINT32_MAX), DEADLINE_NEVER);
    CHECK(deadline_after_ms(UINT32_MAX - 1) < DEADLINE_NEVER);
    CHECK(deadline_after_ms(UINT32_MAX - 1) > now + INT64_C(4294967) * 1000000000);
}

TEST(another_value_returns_at_once)
{
    _Atomic uint32_t word = 7;
    CHECK(futex_wait_until(&word, 6, DEADLINE_NEVER));
}

TEST(deadline_ends_the_wait_and_not_before)
{
    _Atomic uint32_t word = 7;
    int64_t deadline = deadline_after_ms(50);
    while (futex_wait_until(&word, 7, deadline))
        ;
    CHECK(clock_now_ns() >= deadline);
}

/* Each would be refused by the kernel or lie in the past: all mean "only look". */
TEST(deadlines_of_the_past_are_over)
{
    const int64_t past[] = {0, 1, -1, -2000000001, INT64_MIN};
    for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
        _Atomic uint32_t word = 7;
        bool in_time = true;
        for (int tries = 0; tries < 100 && in_time; tries++)
            in_time = futex_wait_until(&word, 7, past[i]);
        CHECK(!in_time);
    }
}

struct ping {
    _Atomic uint32_t word;
    _Atomic bool woken;
};

static void *wait_for_ping(void *arg)
{
    struct ping *p = arg;
    while (atomic_load(&p->word) == 0)
        futex_wait_until(&p->word, 0, DEADLINE_NEVER);
    atomic_store(&p->woken, true);
    return NULL;
}

TEST(wake_reaches_a_sleeping_thread)
{
    for (int round = 0; round < 200; round++) {
        struct ping p = {0, false};
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, NULL, wait_for_ping, &p), 0);
        if (round % 4 == 0)
            nanosleep(&(struct timespec){0, 200000}, NULL);
        atomic_store(&p.word, 1);
        futex_wake(&p.word, 1);
        CHECK_EQ(pthread_join(thread, NULL), 0);
        CHECK(atomic_load(&p.woken));
    }
}

TEST(wake_all_wakes_all)
{
    enum { THREADS = 8 };
    struct ping p = {0, false};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, wait_for_ping, &p), 0);
    nanosleep(&(struct timespec){0, 5000000}, NULL);
    atomic_store(&p.word, 1);
    futex_wake(&p.word, INT_MAX);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

TEST(any_of_several_words_that_changed_returns_at_once)
{
    _Atomic uint32_t word[FUTEX_WORDS_MAX];
    struct futex_word words[FUTEX_WORDS_MAX];
    for (unsigned i = 0; i < FUTEX_WORDS_MAX; i++) {
        atomic_init(&word[i], i);
        words[i] = (struct futex_word){&word[i], i};
    }
    int64_t deadline = deadline_after_ms(30);
    while (futex_wait_any(words, FUTEX_WORDS_MAX, deadline))
        ;
    CHECK(clock_now_ns() >= deadline);
    atomic_store(&word[FUTEX_WORDS_MAX - 1], 7);
    CHECK(futex_wait_any(words, FUTEX_WORDS_MAX, DEADLINE_NEVER));
}

/* As in a container whose list of calls is older than futex_waitv. For this thread only. */
static bool forbid_waitv(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof(code) / sizeof(code[0]), code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static void *wait_without_waitv(void *arg)
{
    unsigned *sleeps = arg;
    _Atomic uint32_t word[2] = {1, 2};
    struct futex_word words[2] = {{&word[0], 1}, {&word[1], 2}};
    if (!forbid_waitv())
        return NULL;
    int64_t deadline = deadline_after_ms(30);
    do
        ++*sleeps;
    while (*sleeps < 1000000 && futex_wait_any(words, 2, deadline));
    return arg;
}

TEST(where_the_call_for_several_words_is_forbidden_nothing_spins)
{
    unsigned sleeps = 0;
    pthread_t thread;
    void *filtered;
    CHECK_EQ(pthread_create(&thread, NULL, wait_without_waitv, &sleeps), 0);
    CHECK_EQ(pthread_join(thread, &filtered), 0);
    if (!filtered)
        SKIP("no seccomp");
    CHECK(sleeps < 100);
}

/* Two words in memory that two processes share. */
struct shared {
    _Atomic uint32_t there, back;
};

static void child_answers(struct shared *s)
{
    while (atomic_load(&s->there) == 0)
        futex_wait_shared(&s->there, 0, deadline_after_ms(20000));
    atomic_store(&s->back, 1);
    futex_wake_shared(&s->back, INT_MAX);
    _exit(0);
}

TEST(another_process_is_woken)
{
    struct shared *s =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(s != MAP_FAILED);
    pid_t pid = fork();
    if (pid == 0)
        child_answers(s);
    struct timespec nap = {0, 20000000};
    nanosleep(&nap, NULL);
    atomic_store(&s->there, 1);
    futex_wake_shared(&s->there, 1);
    struct futex_word words[] = {{&s->there, 1}, {&s->back, 0}};
    int64_t deadline = deadline_after_ms(20000);
    while (atomic_load(&s->back) == 0)
        CHECK(futex_wait_any(words, 2, deadline));
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    munmap(s, 4096);
}
