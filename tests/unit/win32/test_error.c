/* SPDX-License-Identifier: MIT */
/* The last-error code. */
#include "win32_rig.h"

WIN32_RIG_HOOKS

TEST(holds_what_was_set)
{
    SetLastError(ERROR_ACCESS_DENIED);
    CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    SetLastError(0xffffffff);
    CHECK_EQ(GetLastError(), 0xffffffff);
    SetLastError(0);
    CHECK_EQ(GetLastError(), NO_ERROR);
}

static void *other_thread(void *arg)
{
    CHECK_EQ(GetLastError(), 0);
    CHECK(!CloseHandle(NULL));
    *(DWORD *)arg = GetLastError();
    return NULL;
}

TEST(belongs_to_one_thread)
{
    DWORD other = 0;
    SetLastError(1234);
    pthread_join(rig_thread(other_thread, &other), NULL);
    CHECK_EQ(other, ERROR_INVALID_HANDLE);
    CHECK_EQ(GetLastError(), 1234);
}

TEST(success_leaves_it_alone)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK_SILENT(SetEvent(event));
    CHECK_SILENT(ResetEvent(event));
    CHECK_SILENT(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    CHECK_SILENT(CompareObjectHandles(event, event));
    CHECK_SILENT(CloseHandle(event));
}
