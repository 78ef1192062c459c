/* SPDX-License-Identifier: MIT */
/* The identity of the caller. */
#include "win32_rig.h"

#include <unistd.h>

WIN32_RIG_HOOKS

TEST(pseudo_handles_are_the_constants_of_windows)
{
    CHECK_EQ((LONG_PTR)GetCurrentProcess(), -1);
    CHECK_EQ((LONG_PTR)GetCurrentThread(), -2);
}

static void *store_thread_id(void *arg)
{
    *(DWORD *)arg = GetCurrentThreadId();
    return NULL;
}

TEST(ids_are_those_of_the_kernel)
{
    DWORD other = 0;
    CHECK_EQ(GetCurrentProcessId(), getpid());
    CHECK_EQ(GetCurrentThreadId(), gettid());
    pthread_join(rig_thread(store_thread_id, &other), NULL);
    CHECK(other != 0);
    CHECK(other != GetCurrentThreadId());
}
