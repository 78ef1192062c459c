/* SPDX-License-Identifier: MIT */
/* What can be done to any handle, and what answers a value that is none. */
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

/* What looks like a D3DKMT number: bit 30 or 31, low six bits 2; also with its sign
 * extended. */
static const LONG_PTR numbers[] = {0x40000002, 0xc0000042, (int32_t)0xc0000042};

TEST(values_are_multiples_of_four_without_the_top_bits)
{
    HANDLE a = new_event(), b = new_event();
    CHECK_EQ((ULONG_PTR)a % 4, 0);
    CHECK_EQ((ULONG_PTR)a & ~(ULONG_PTR)0x3fffffff, 0);
    CHECK(a != b);
    CHECK(CloseHandle(a));
    CHECK(CloseHandle(b));
}

TEST(close_refuses_what_is_no_open_handle)
{
    CHECK_FAILS(CloseHandle(NULL), ERROR_INVALID_HANDLE);
    CHECK_FAILS(CloseHandle((HANDLE)1), ERROR_INVALID_HANDLE);
    CHECK_FAILS(CloseHandle((HANDLE)0x0ffffff4), ERROR_INVALID_HANDLE);
    CHECK_FAILS(CloseHandle((HANDLE)(ULONG_PTR)0x123456789abcdef0), ERROR_INVALID_HANDLE);
    CHECK_FAILS(CloseHandle((HANDLE)(LONG_PTR)-3), ERROR_INVALID_HANDLE);
}

TEST(second_close_is_refused_and_hits_no_stranger)
{
    HANDLE first = new_event();
    CHECK(CloseHandle(first));
    CHECK_FAILS(CloseHandle(first), ERROR_INVALID_HANDLE);

    /* Whatever takes the freed place, the old value does not reach it. */
    HANDLE others[64];
    for (int i = 0; i < 64; i++)
        others[i] = new_event();
    CHECK_FAILS(CloseHandle(first), ERROR_INVALID_HANDLE);
    for (int i = 0; i < 64; i++)
        CHECK(CloseHandle(others[i]));
}

TEST(kmt_number_is_no_handle_for_any_call)
{
    DWORD flags = 7;
    for (int i = 0; i < 3; i++) {
        HANDLE kmt = (HANDLE)numbers[i], out = NULL;
        CHECK_FAILS(CloseHandle(kmt), ERROR_INVALID_HANDLE);
        CHECK_FAILS(DuplicateHandle(GetCurrentProcess(), kmt, GetCurrentProcess(), &out, 0,
                                    FALSE, DUPLICATE_SAME_ACCESS),
                    ERROR_INVALID_HANDLE);
        CHECK_PTR_EQ(out, NULL);
        CHECK_FAILS(GetHandleInformation(kmt, &flags), ERROR_INVALID_HANDLE);
        CHECK_EQ(flags, 7);
        CHECK_FAILS(SetHandleInformation(kmt, HANDLE_FLAG_INHERIT, 0), ERROR_INVALID_HANDLE);
        CHECK_FAILS(CompareObjectHandles(kmt, kmt), ERROR_INVALID_HANDLE);
        CHECK_FAILS(SetEvent(kmt), ERROR_INVALID_HANDLE);
        CHECK_WAIT_FAILS(WaitForSingleObject(kmt, 0), ERROR_INVALID_HANDLE);
    }
}

TEST(closing_a_pseudo_handle_has_no_effect)
{
    CHECK(CloseHandle(GetCurrentProcess()));
    CHECK(CloseHandle(GetCurrentThread()));
    CHECK(CloseHandle(INVALID_HANDLE_VALUE)); /* the same value as the process' */
    CHECK_EQ(flags_of(GetCurrentProcess()), 0);
}

TEST(only_the_flags_in_the_mask_change)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    HANDLE event = CreateEventA(&inherit, TRUE, FALSE, NULL);
    CHECK_EQ(flags_of(event), HANDLE_FLAG_INHERIT);
    CHECK(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE, 3));
    CHECK_EQ(flags_of(event), HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE);
    CHECK(SetHandleInformation(event, HANDLE_FLAG_INHERIT, 0));
    CHECK_EQ(flags_of(event), HANDLE_FLAG_PROTECT_FROM_CLOSE);

    CHECK_FAILS(CloseHandle(event), ERROR_INVALID_HANDLE);
    CHECK(SetEvent(event)); /* still open */
    CHECK(SetHandleInformation(event, 3, 0));
    CHECK(CloseHandle(event));
    CHECK_FAILS(SetHandleInformation(event, 3, 0), ERROR_INVALID_HANDLE);
}

TEST(information_needs_a_place)
{
    HANDLE event = new_event();
    CHECK_FAILS(GetHandleInformation(event, NULL), ERROR_INVALID_PARAMETER);
    CHECK_FAILS(SetHandleInformation(event, 0x10, 0), ERROR_INVALID_PARAMETER);
    CHECK(CloseHandle(event));
}

TEST(compare_tells_objects_apart)
{
    HANDLE a = new_event(), b = new_event();
    CHECK(!CompareObjectHandles(a, b));
    CHECK(CompareObjectHandles(a, a));
    CHECK(CompareObjectHandles(GetCurrentProcess(), GetCurrentProcess()));
    CHECK(!CompareObjectHandles(GetCurrentProcess(), GetCurrentThread()));
    CHECK_FAILS(CompareObjectHandles(a, NULL), ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(a));
    CHECK_FAILS(CompareObjectHandles(b, a), ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(b));
}

/* Threads close and duplicate one handle at random moments; each object ends exactly once. */
static void *duplicate_and_close(void *arg)
{
    HANDLE self = GetCurrentProcess();
    for (int i = 0; i < 2000; i++) {
        HANDLE copy = NULL;
        CHECK(DuplicateHandle(self, arg, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
        CHECK(CompareObjectHandles(copy, arg));
        CHECK(CloseHandle(copy));
        CHECK(!CloseHandle(copy));
    }
    return NULL;
}

TEST(four_threads_share_the_table)
{
    HANDLE event = new_event();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = rig_thread(duplicate_and_close, event);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK(CloseHandle(event));
}
