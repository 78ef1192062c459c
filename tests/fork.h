/* SPDX-License-Identifier: MIT */
#ifndef ISTHMUS_TEST_FORK_H
#define ISTHMUS_TEST_FORK_H

#include "test.h"

#include <sys/types.h>

/*
 * fork() for a child that goes on with the program. Under AddressSanitizer it first waits until
 * the other threads sleep, for five seconds at most: its malloc can hang such a child (fork.c).
 */
pid_t test_fork(void);

/*
 * For a test with a child that goes on, before it starts anything: what is skipped later leaves
 * it running.
 */
#define SKIP_UNLESS_PROCESSES()                                                              \
    do {                                                                                     \
        if (TEST_THREAD_SANITIZER)                                                           \
            SKIP("ThreadSanitizer allows no thread in the child of a process with threads"); \
    } while (0)

/* For a test whose other threads allocate all the time, so that no moment suits. */
#define SKIP_UNLESS_FORKS_AT_WORK()                                                        \
    do {                                                                                   \
        if (TEST_ADDRESS_SANITIZER)                                                        \
            SKIP("AddressSanitizer's malloc passes no fork while other threads allocate"); \
    } while (0)

#endif
