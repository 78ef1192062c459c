/* SPDX-License-Identifier: MIT */
/* NtQueryObject: types, counts and the codes of buffers that are too small. */
#include "win32_rig.h"

#include <winternl.h>

WIN32_RIG_HOOKS

/* Room for a type and its name. */
union type_buffer {
    OBJECT_TYPE_INFORMATION info;
    char bytes[sizeof(OBJECT_TYPE_INFORMATION) + 64 * sizeof(WCHAR)];
};

static void check_type(HANDLE handle, const WCHAR *name)
{
    union type_buffer buffer;
    ULONG needed = 0,
          wanted = (ULONG)(sizeof(buffer.info) + (wcslen(name) + 1) * sizeof(WCHAR));
    memset(&buffer, 0xee, sizeof(buffer));
    CHECK_EQ(NtQueryObject(handle, ObjectTypeInformation, &buffer, sizeof(buffer), &needed),
             STATUS_SUCCESS);
    CHECK_EQ(needed, wanted);
    CHECK_EQ(buffer.info.TypeName.Length, wcslen(name) * sizeof(WCHAR));
    CHECK_EQ(buffer.info.TypeName.MaximumLength, (wcslen(name) + 1) * sizeof(WCHAR));
    CHECK_PTR_EQ(buffer.info.TypeName.Buffer, buffer.bytes + sizeof(buffer.info));
    CHECK_MEM(buffer.info.TypeName.Buffer, name, (wcslen(name) + 1) * sizeof(WCHAR));
    CHECK_EQ((unsigned char)buffer.bytes[wanted], 0xee); /* not one byte more */
}

TEST(type_of_an_event_and_of_pseudo_handles)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    check_type(event, L"Event");
    check_type(GetCurrentProcess(), L"Process");
    check_type(GetCurrentThread(), L"Thread");
    CHECK(CloseHandle(event));
}

TEST(too_small_a_buffer_is_told_what_would_do)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    union type_buffer buffer;
    const ULONG wanted = (ULONG)(sizeof(buffer.info) + sizeof(L"Event"));
    const ULONG lengths[] = {0, 4, sizeof(buffer.info), wanted - 1};
    for (size_t i = 0; i < ARRAYSIZE(lengths); i++) {
        ULONG needed = 0;
        memset(&buffer, 0xee, sizeof(buffer));
        CHECK_EQ(NtQueryObject(event, ObjectTypeInformation, &buffer, lengths[i], &needed),
                 STATUS_INFO_LENGTH_MISMATCH);
        CHECK_EQ(needed, wanted);
        CHECK_EQ((unsigned char)buffer.bytes[0], 0xee);
    }
    CHECK_EQ(NtQueryObject(event, ObjectTypeInformation, NULL, 0, NULL),
             STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQ(NtQueryObject(event, ObjectTypeInformation, NULL, wanted, NULL),
             STATUS_ACCESS_VIOLATION);
    CHECK_EQ(NtQueryObject(event, ObjectTypeInformation, &buffer, wanted, NULL),
             STATUS_SUCCESS);
    CHECK(CloseHandle(event));
}

TEST(basic_information_counts_handles)
{
    OBJECT_BASIC_INFORMATION info;
    ULONG needed = 0;
    HANDLE event = CreateEventExA(NULL, NULL, 0, SYNCHRONIZE), copy = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy,
                          EVENT_ALL_ACCESS, FALSE, 0));
    CHECK_EQ(NtQueryObject(event, ObjectBasicInformation, &info, sizeof(info), &needed),
             STATUS_SUCCESS);
    CHECK_EQ(needed, sizeof(info));
    CHECK_EQ(info.HandleCount, 2);
    CHECK_EQ(info.GrantedAccess, SYNCHRONIZE);
    CHECK(CloseHandle(event));
    CHECK_EQ(NtQueryObject(copy, ObjectBasicInformation, &info, sizeof(info), NULL),
             STATUS_SUCCESS);
    CHECK_EQ(info.HandleCount, 1);
    CHECK_EQ(info.GrantedAccess, EVENT_ALL_ACCESS);
    CHECK_EQ(NtQueryObject(copy, ObjectBasicInformation, &info, sizeof(info) - 1, &needed),
             STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQ(needed, sizeof(info));
    CHECK(CloseHandle(copy));
}

TEST(bad_handles_and_classes)
{
    union type_buffer buffer;
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK_EQ(NtQueryObject(event, (OBJECT_INFORMATION_CLASS)99, &buffer, sizeof(buffer), NULL),
             STATUS_INVALID_INFO_CLASS);
    CHECK_EQ(NtQueryObject(event, ObjectNameInformation, &buffer, sizeof(buffer), NULL),
             STATUS_NOT_IMPLEMENTED);
    SetLastError(UNTOUCHED);
    CHECK_EQ(NtQueryObject(NULL, ObjectTypeInformation, &buffer, sizeof(buffer), NULL),
             STATUS_INVALID_HANDLE);
    CHECK_EQ(NtQueryObject((HANDLE)0x40000002, ObjectTypeInformation, &buffer, sizeof(buffer),
                           NULL),
             STATUS_INVALID_HANDLE);
    CHECK(CloseHandle(event));
    CHECK_EQ(NtQueryObject(event, ObjectTypeInformation, &buffer, sizeof(buffer), NULL),
             STATUS_INVALID_HANDLE);
    CHECK_EQ(GetLastError(), UNTOUCHED); /* NT functions set none */
}
