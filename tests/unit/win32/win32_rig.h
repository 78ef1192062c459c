/* SPDX-License-Identifier: MIT */
/* What the tests of the Win32 front share: objects are counted, threads are started in one
 * line. */
#ifndef TESTS_UNIT_WIN32_RIG_H
#define TESTS_UNIT_WIN32_RIG_H

#include "test.h"

#include <pthread.h>
#include <time.h>
#include <windows.h>

/* Core's counter, under the name that it is exported by: tests of a front see no core
 * header. */
size_t win32_rig_live(void) __asm__("ist_private_object_live_count");

#define WIN32_RIG_HOOKS                                                                   \
    size_t test_live_objects(void)                                                        \
    {                                                                                     \
        return win32_rig_live();                                                          \
    }                                                                                     \
    void test_warm_up(void)                                                               \
    {                                                                                     \
        CloseHandle(CreateEventA(NULL, FALSE, FALSE, "warm-up")); /* makes the session */ \
    }

/* What is left in the last error by a call that must not touch it. */
#define UNTOUCHED 0xdeadbeef

/* The call fails with this code. */
#define CHECK_FAILS(call, code)         \
    do {                                \
        SetLastError(UNTOUCHED);        \
        CHECK(!(call));                 \
        CHECK_EQ(GetLastError(), code); \
    } while (0)

#define CHECK_WAIT_FAILS(call, code)    \
    do {                                \
        SetLastError(UNTOUCHED);        \
        CHECK_EQ(call, WAIT_FAILED);    \
        CHECK_EQ(GetLastError(), code); \
    } while (0)

/* The call leaves the last error alone. */
#define CHECK_SILENT(call)                   \
    do {                                     \
        SetLastError(UNTOUCHED);             \
        CHECK(call);                         \
        CHECK_EQ(GetLastError(), UNTOUCHED); \
    } while (0)

static inline int64_t rig_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline pthread_t rig_thread(void *(*run)(void *), void *arg)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, run, arg), 0);
    return thread;
}

#endif
