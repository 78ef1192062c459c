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

TEST(a_process_handle_knows_its_number)
{
    DWORD flags = 7;
    HANDLE parent = OpenProcess(PROCESS_DUP_HANDLE, TRUE, (DWORD)getppid());
    CHECK(parent != NULL);
    CHECK_EQ(GetProcessId(parent), getppid());
    CHECK(GetHandleInformation(parent, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_INHERIT);
    CHECK_WAIT_FAILS(WaitForSingleObject(parent, 0), ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(parent));
    CHECK_FAILS(GetProcessId(parent), ERROR_INVALID_HANDLE);
    CHECK_EQ(GetProcessId(GetCurrentProcess()), getpid());
}

TEST(processes_that_are_not_there_are_an_invalid_parameter)
{
    CHECK_FAILS(OpenProcess(PROCESS_DUP_HANDLE, FALSE, 0), ERROR_INVALID_PARAMETER);
    CHECK_FAILS(OpenProcess(PROCESS_DUP_HANDLE, FALSE, 0x7ffffff0), ERROR_INVALID_PARAMETER);
    CHECK_FAILS(OpenProcess(PROCESS_DUP_HANDLE, FALSE, 0xffffffff), ERROR_INVALID_PARAMETER);
}

TEST(the_own_process_is_named_by_a_real_handle_too)
{
    HANDLE self = GetCurrentProcess(), real = NULL, copy = NULL;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK(DuplicateHandle(self, self, self, &real, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK_EQ(GetProcessId(real), getpid());
    CHECK(DuplicateHandle(real, event, real, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(SetEvent(event));
    CHECK_EQ(WaitForSingleObject(copy, 0), WAIT_OBJECT_0);
    CHECK(CloseHandle(copy));
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(real));
}

TEST(duplicating_needs_the_right_to_do_it)
{
    HANDLE self = GetCurrentProcess(), copy = (HANDLE)0x77;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE parent = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, (DWORD)getppid());
    CHECK(parent != NULL);
    CHECK_FAILS(DuplicateHandle(self, event, parent, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_ACCESS_DENIED);
    CHECK_FAILS(DuplicateHandle(parent, event, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_ACCESS_DENIED);
    CHECK_FAILS(DuplicateHandle(self, event, event, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(parent));
    CHECK_PTR_EQ(copy, (HANDLE)0x77);
    CHECK(CloseHandle(event));
}

TEST(events_do_not_cross_and_the_source_is_closed_all_the_same)
{
    HANDLE self = GetCurrentProcess(), copy = NULL;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE parent = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)getppid());
    CHECK(parent != NULL);
    CHECK_FAILS(DuplicateHandle(self, event, parent, &copy, 0, FALSE,
                                DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE),
                ERROR_NOT_SUPPORTED);
    CHECK_FAILS(CloseHandle(event), ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(parent));
}
