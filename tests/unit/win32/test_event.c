/* SPDX-License-Identifier: MIT */
/* Making, naming and setting events. */
#include "win32_rig.h"

WIN32_RIG_HOOKS

static bool is_set(HANDLE event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

TEST(manual_reset_event_stays_set)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK(!is_set(event));
    CHECK(SetEvent(event));
    CHECK(is_set(event));
    CHECK(is_set(event));
    CHECK(ResetEvent(event));
    CHECK(!is_set(event));
    CHECK(CloseHandle(event));
}

TEST(auto_reset_event_is_spent_by_one_wait)
{
    HANDLE event = CreateEventW(NULL, FALSE, TRUE, NULL);
    CHECK(is_set(event));
    CHECK(!is_set(event));
    CHECK(SetEvent(event));
    CHECK(SetEvent(event)); /* twice set is set once */
    CHECK(is_set(event));
    CHECK(!is_set(event));
    CHECK(CloseHandle(event));
}

TEST(ex_takes_its_properties_as_flags)
{
    HANDLE event = CreateEventExA(NULL, NULL,
                                  CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET,
                                  EVENT_ALL_ACCESS);
    CHECK(is_set(event));
    CHECK(is_set(event));
    CHECK(CloseHandle(event));

    event = CreateEventExW(NULL, NULL, 0, SYNCHRONIZE);
    CHECK(!is_set(event));
    CHECK_FAILS(SetEvent(event), ERROR_ACCESS_DENIED);
    CHECK(CloseHandle(event));

    CHECK_FAILS(CreateEventExA(NULL, "x", 4, EVENT_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    CHECK_FAILS(CreateEventExW(NULL, L"x", 0x80, EVENT_ALL_ACCESS), ERROR_INVALID_PARAMETER);
}

TEST(new_event_clears_the_last_error_and_an_existing_one_says_so)
{
    SetLastError(UNTOUCHED);
    HANDLE first = CreateEventA(NULL, TRUE, FALSE, "ist-event");
    CHECK(first != NULL);
    CHECK_EQ(GetLastError(), NO_ERROR);

    /* State and reset mode of the second call are ignored: it is the same event. */
    HANDLE second = CreateEventA(NULL, FALSE, TRUE, "ist-event");
    CHECK(second != NULL);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK(second != first);
    CHECK(CompareObjectHandles(first, second));
    CHECK(!is_set(second));

    SetLastError(UNTOUCHED);
    HANDLE ex = CreateEventExW(NULL, L"ist-event", 0, EVENT_ALL_ACCESS);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK(CompareObjectHandles(first, ex));
    CHECK(CloseHandle(first));
    CHECK(CloseHandle(second));
    CHECK(CloseHandle(ex));
}

/* Events are found by their very name, unlike graphics objects. */
TEST(open_finds_by_name_with_regard_to_case)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, L"Ist-Event \u00e4");
    HANDLE wide = OpenEventW(EVENT_ALL_ACCESS, FALSE, L"Ist-Event \u00e4");
    HANDLE ansi = OpenEventA(SYNCHRONIZE, TRUE, "Ist-Event \xc3\xa4");
    HANDLE local = OpenEventA(EVENT_MODIFY_STATE, FALSE, "Local\\Ist-Event \xc3\xa4");
    CHECK_FAILS(OpenEventA(SYNCHRONIZE, TRUE, "IST-event \xc3\xa4"), ERROR_FILE_NOT_FOUND);
    HANDLE other = CreateEventA(NULL, TRUE, FALSE, "IST-EVENT \xc3\xa4");
    CHECK(other && GetLastError() == 0);
    CHECK(!CompareObjectHandles(event, other));
    CHECK(CloseHandle(other));
    DWORD flags = 0;
    CHECK(CompareObjectHandles(event, wide));
    CHECK(CompareObjectHandles(event, ansi));
    CHECK(CompareObjectHandles(event, local));
    CHECK(GetHandleInformation(ansi, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_INHERIT);

    CHECK_FAILS(SetEvent(ansi), ERROR_ACCESS_DENIED);
    CHECK(SetEvent(local));
    CHECK(is_set(ansi));
    CHECK_WAIT_FAILS(WaitForSingleObject(local, 0), ERROR_ACCESS_DENIED);
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(wide));
    CHECK(CloseHandle(ansi));
    CHECK(CloseHandle(local));
}

TEST(global_and_local_are_two_directories)
{
    HANDLE local = CreateEventA(NULL, TRUE, FALSE, "Local\\ist-two");
    HANDLE global = CreateEventA(NULL, TRUE, FALSE, "Global\\ist-two");
    CHECK_EQ(GetLastError(), NO_ERROR);
    CHECK(!CompareObjectHandles(local, global));
    HANDLE bare = OpenEventA(EVENT_ALL_ACCESS, FALSE, "ist-two");
    CHECK(CompareObjectHandles(bare, local));
    CHECK(CloseHandle(local));
    CHECK(CloseHandle(global));
    CHECK(CloseHandle(bare));
}

TEST(name_lives_as_long_as_a_handle)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "ist-life"), copy = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(event));
    HANDLE again = OpenEventA(EVENT_ALL_ACCESS, FALSE, "ist-life");
    CHECK(again != NULL);
    CHECK(CloseHandle(copy));
    CHECK(CloseHandle(again));
    CHECK_FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, "ist-life"), ERROR_FILE_NOT_FOUND);
    event = CreateEventA(NULL, TRUE, FALSE, "ist-life");
    CHECK_EQ(GetLastError(), NO_ERROR);
    CHECK(CloseHandle(event));
}

TEST(open_refuses_what_it_cannot_find)
{
    CHECK_FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, "ist-nobody"), ERROR_FILE_NOT_FOUND);
    CHECK_FAILS(OpenEventW(EVENT_ALL_ACCESS, FALSE, L"ist-nobody"), ERROR_FILE_NOT_FOUND);
    CHECK_FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, NULL), ERROR_INVALID_PARAMETER);
    CHECK_FAILS(OpenEventW(EVENT_ALL_ACCESS, FALSE, NULL), ERROR_INVALID_PARAMETER);
    CHECK_FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, ""), ERROR_INVALID_NAME);

    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "ist-rights");
    CHECK_FAILS(OpenEventA(0, FALSE, "ist-rights"), ERROR_ACCESS_DENIED);
    CHECK(CloseHandle(event));
}

TEST(bad_names_are_refused)
{
    char long_name[MAX_PATH + 8];
    memset(long_name, 'x', sizeof(long_name));
    long_name[MAX_PATH] = '\0';
    HANDLE longest = CreateEventA(NULL, TRUE, FALSE, long_name);
    CHECK(longest != NULL);
    CHECK(CloseHandle(longest));

    long_name[MAX_PATH] = 'x';
    long_name[MAX_PATH + 1] = '\0';
    CHECK_FAILS(CreateEventA(NULL, TRUE, FALSE, long_name), ERROR_FILENAME_EXCED_RANGE);
    CHECK_FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, long_name), ERROR_FILENAME_EXCED_RANGE);
    CHECK_FAILS(CreateEventA(NULL, TRUE, FALSE, "no\\such\\folder"), ERROR_PATH_NOT_FOUND);
    CHECK_FAILS(CreateEventW(NULL, TRUE, FALSE, L"Local\\a\\b"), ERROR_PATH_NOT_FOUND);
    CHECK_FAILS(CreateEventA(NULL, TRUE, FALSE, "\xff\xfe"), ERROR_INVALID_NAME);
}

TEST(empty_name_is_no_name)
{
    HANDLE a = CreateEventA(NULL, TRUE, FALSE, "");
    HANDLE b = CreateEventW(NULL, TRUE, FALSE, L"");
    CHECK(a != NULL);
    CHECK_EQ(GetLastError(), NO_ERROR);
    CHECK(!CompareObjectHandles(a, b));
    CHECK(CloseHandle(a));
    CHECK(CloseHandle(b));
}

TEST(set_and_reset_refuse_what_is_no_event)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK(CloseHandle(event));
    CHECK_FAILS(SetEvent(event), ERROR_INVALID_HANDLE);
    CHECK_FAILS(ResetEvent(event), ERROR_INVALID_HANDLE);
    CHECK_FAILS(SetEvent(NULL), ERROR_INVALID_HANDLE);
    CHECK_FAILS(SetEvent(INVALID_HANDLE_VALUE), ERROR_INVALID_HANDLE);
}

/* Two threads create and end one name over and over: each call gives a handle to some event. */
static void *create_and_close(void *arg)
{
    for (int i = 0; i < 3000; i++) {
        HANDLE event = CreateEventA(NULL, TRUE, FALSE, arg);
        DWORD error = GetLastError();
        CHECK(event != NULL);
        CHECK(error == NO_ERROR || error == ERROR_ALREADY_EXISTS);
        CHECK(CloseHandle(event));
    }
    return NULL;
}

TEST(create_always_succeeds_while_the_name_comes_and_goes)
{
    static char name[] = "ist-race";
    pthread_t a = rig_thread(create_and_close, name), b = rig_thread(create_and_close, name);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    CHECK_FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, name), ERROR_FILE_NOT_FOUND);
}
