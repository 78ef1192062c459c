/* SPDX-License-Identifier: MIT */
/* DuplicateHandle within one process; between two: test_process.c and tests/multiprocess. */
#include "win32_rig.h"

WIN32_RIG_HOOKS

static HANDLE new_event(void)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK(event != NULL);
    return event;
}

static DWORD flags_of(HANDLE handle)
{
    DWORD flags = 0x5555;
    CHECK(GetHandleInformation(handle, &flags));
    return flags;
}

TEST(duplicate_is_another_handle_of_the_same_object)
{
    HANDLE event = new_event(), copy = NULL;
    CHECK_SILENT(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0,
                                 FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(copy != event);
    CHECK(CompareObjectHandles(event, copy));
    CHECK(SetEvent(event));
    CHECK(CloseHandle(event));
    CHECK_EQ(WaitForSingleObject(copy, 0), WAIT_OBJECT_0);
    CHECK(CloseHandle(copy));
}

TEST(duplicate_takes_the_rights_and_the_inheritance_it_is_given)
{
    HANDLE event = new_event(), waiter = NULL, setter = NULL, same = NULL;
    HANDLE self = GetCurrentProcess();
    CHECK(DuplicateHandle(self, event, self, &waiter, SYNCHRONIZE, TRUE, 0));
    CHECK(DuplicateHandle(self, event, self, &setter, EVENT_MODIFY_STATE, FALSE, 0));
    CHECK(DuplicateHandle(self, waiter, self, &same, EVENT_ALL_ACCESS, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_EQ(flags_of(waiter), HANDLE_FLAG_INHERIT);
    CHECK_EQ(flags_of(setter), 0);

    CHECK_FAILS(SetEvent(waiter), ERROR_ACCESS_DENIED);
    CHECK_FAILS(SetEvent(same), ERROR_ACCESS_DENIED); /* SAME_ACCESS ignores what is asked */
    CHECK_WAIT_FAILS(WaitForSingleObject(setter, 0), ERROR_ACCESS_DENIED);
    CHECK(SetEvent(setter));
    CHECK_EQ(WaitForSingleObject(waiter, 0), WAIT_OBJECT_0);
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(waiter));
    CHECK(CloseHandle(setter));
    CHECK(CloseHandle(same));
}

TEST(generic_rights_become_those_of_events)
{
    HANDLE event = new_event(), h = NULL, self = GetCurrentProcess();
    CHECK(
        DuplicateHandle(self, event, self, &h, GENERIC_EXECUTE, FALSE, DUPLICATE_CLOSE_SOURCE));
    CHECK_EQ(WaitForSingleObject(h, 0), WAIT_TIMEOUT);
    CHECK_FAILS(SetEvent(h), ERROR_ACCESS_DENIED);
    CHECK_FAILS(CloseHandle(event), ERROR_INVALID_HANDLE);

    HANDLE all = NULL;
    CHECK(DuplicateHandle(self, h, self, &all, GENERIC_ALL, FALSE, DUPLICATE_CLOSE_SOURCE));
    CHECK(SetEvent(all));
    CHECK_EQ(WaitForSingleObject(all, 0), WAIT_OBJECT_0);
    CHECK(CloseHandle(all));
}

TEST(same_access_and_close_source_keeps_the_value)
{
    HANDLE event = new_event(), out = NULL, self = GetCurrentProcess();
    const DWORD both = DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE;
    CHECK(DuplicateHandle(self, event, self, &out, 0, TRUE, both));
    CHECK_PTR_EQ(out, event);
    CHECK_EQ(flags_of(out), HANDLE_FLAG_INHERIT);
    CHECK(DuplicateHandle(self, event, self, &out, 0, FALSE, both));
    CHECK_PTR_EQ(out, event);
    CHECK_EQ(flags_of(out), 0);

    /* Protected from closing: it stays, and the duplicate is a new one. */
    CHECK(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE,
                               HANDLE_FLAG_PROTECT_FROM_CLOSE));
    CHECK(DuplicateHandle(self, event, self, &out, 0, TRUE, both));
    CHECK(out != event);
    CHECK_EQ(flags_of(out), HANDLE_FLAG_INHERIT);
    CHECK_EQ(flags_of(event), HANDLE_FLAG_PROTECT_FROM_CLOSE);
    CHECK(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(out));
}

TEST(close_source_without_a_target_only_closes)
{
    HANDLE event = new_event();
    CHECK(DuplicateHandle(GetCurrentProcess(), event, NULL, NULL, 0, FALSE,
                          DUPLICATE_CLOSE_SOURCE));
    CHECK_FAILS(CloseHandle(event), ERROR_INVALID_HANDLE);
}

TEST(duplicate_refuses_bad_arguments)
{
    HANDLE event = new_event(), self = GetCurrentProcess(), out = (HANDLE)0x77;
    CHECK_FAILS(DuplicateHandle(NULL, event, self, &out, 0, FALSE, 0), ERROR_INVALID_HANDLE);
    CHECK_FAILS(DuplicateHandle(self, event, event, &out, 0, FALSE, 0), ERROR_INVALID_HANDLE);
    CHECK_FAILS(DuplicateHandle(self, NULL, self, &out, 0, FALSE, 0), ERROR_INVALID_HANDLE);
    CHECK_FAILS(DuplicateHandle(self, event, self, NULL, 0, FALSE, 0), ERROR_INVALID_PARAMETER);
    CHECK_FAILS(DuplicateHandle(self, GetCurrentThread(), self, &out, 0, FALSE, 0),
                ERROR_NOT_SUPPORTED);
    CHECK_PTR_EQ(out, (HANDLE)0x77);

    /* The source is closed even by a call that fails. */
    CHECK_FAILS(DuplicateHandle(self, event, event, &out, 0, FALSE, DUPLICATE_CLOSE_SOURCE),
                ERROR_INVALID_HANDLE);
    CHECK_FAILS(CloseHandle(event), ERROR_INVALID_HANDLE);
    CHECK_FAILS(DuplicateHandle(self, event, self, &out, 0, FALSE, 0), ERROR_INVALID_HANDLE);
}
