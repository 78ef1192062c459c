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

int64_t clock_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t)NS_PER_S + now.tv_nsec;
}

int64_t deadline_after_ms(uint32_t ms)
{
    return ms == UINT32_MAX ? DEADLINE_NEVER : clock_now_ns() + ms * (int64_t)NS_PER_MS;
}

bool futex_wait_until(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
    int64_t ns = deadline_ns < 0 ? 0 : deadline_ns; /* the kernel would refuse less than 0 */
    struct timespec at = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    const struct timespec *limit = deadline_ns == DEADLINE_NEVER ? NULL : &at;
    long rc = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, limit, NULL,
                      FUTEX_BITSET_MATCH_ANY);
    return !(rc < 0 && errno == ETIMEDOUT);
}

void futex_wake(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}
