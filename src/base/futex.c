/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC deadline, so early wake-ups cost nothing.
 */
#include "base/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000
#define NS_PER_MS 1000000
#define FALLBACK_NS (2 * NS_PER_MS)

int64_t clock_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t)NS_PER_S + now.tv_nsec;
}

int64_t clock_coarse_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * (int64_t)NS_PER_S + now.tv_nsec;
}

int64_t deadline_after_ms(uint32_t ms)
{
    if (ms == 0)
        return 0; /* long past, and the clock need not be read */
    return ms == UINT32_MAX ? DEADLINE_NEVER : clock_now_ns() + ms * (int64_t)NS_PER_MS;
}

static struct timespec at(int64_t deadline_ns)
{
    int64_t ns = deadline_ns < 0 ? 0 : deadline_ns; /* the kernel would refuse less than 0 */
    return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

static bool wait_until(_Atomic uint32_t *word, int op, uint32_t expected, int64_t deadline_ns)
{
    struct timespec limit = at(deadline_ns);
    long rc = syscall(SYS_futex, word, op, expected,
                      deadline_ns == DEADLINE_NEVER ? NULL : &limit, NULL,
                      FUTEX_BITSET_MATCH_ANY);
    return !(rc < 0 && errno == ETIMEDOUT);
}

bool futex_wait_until(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
    return wait_until(word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline_ns);
}

void futex_wake(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

bool futex_wait_shared(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
    return wait_until(word, FUTEX_WAIT_BITSET, expected, deadline_ns);
}

void futex_wake_shared(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

/* Not there: an older kernel, or a sandbox that knows only older calls and says EPERM. */
static bool is_no_call(int error)
{
    return error != EAGAIN && error != EINTR && error != ETIMEDOUT && error != EFAULT;
}

/* Then the others are looked at after a short sleep on the first. */
static bool wait_first(const struct futex_word *words, int64_t deadline_ns)
{
    int64_t soon = clock_now_ns() + FALLBACK_NS;
    int64_t until = deadline_ns < soon ? deadline_ns : soon;
    return futex_wait_shared(words->word, words->expected, until) || until != deadline_ns;
}

bool futex_wait_any(const struct futex_word *words, unsigned count, int64_t deadline_ns)
{
    struct futex_waitv vector[FUTEX_WORDS_MAX];
    struct timespec limit = at(deadline_ns);
    for (unsigned i = 0; i < count; i++)
        vector[i] = (struct futex_waitv){.val = words[i].expected,
                                         .uaddr = (uintptr_t)words[i].word,
                                         .flags = FUTEX_32};
    long rc = syscall(SYS_futex_waitv, vector, count, 0,
                      deadline_ns == DEADLINE_NEVER ? NULL : &limit, CLOCK_MONOTONIC);
    if (rc < 0 && is_no_call(errno))
        return wait_first(words, deadline_ns);
    return !(rc < 0 && errno == ETIMEDOUT);
}
