/* SPDX-License-Identifier: MIT */
/* NtQueryObject: programs and tests ask it for the kind of a handle. Keeps nothing. */
#include "base/log.h"
#include "core/session.h"
#include "win32/export.h"
#include "win32/handle.h"

#include <winternl.h>

/* The names that Windows gives these types. */
static const WCHAR *const type_names[] = {
    [OBJECT_RESOURCE] = L"DxgkSharedResource",
    [OBJECT_FENCE] = L"DxgkSharedSyncObject",
    [OBJECT_EVENT] = L"Event",
    [OBJECT_PROCESS] = L"Process",
};

/* What is known of a handle, pseudo handles included. */
struct queried {
    const WCHAR *type;
    ACCESS_MASK access, all_access;
    ULONG handles, references;
};

/* Pseudo handles have no entry; they have every right, and one holder: the process. */
static NTSTATUS look_up(HANDLE handle, struct queried *out)
{
    struct handle_info info;
    if (win32_is_pseudo(handle)) {
        *out = (struct queried){L"Process", STANDARD_RIGHTS_ALL | SPECIFIC_RIGHTS_ALL,
                                STANDARD_RIGHTS_ALL | SPECIFIC_RIGHTS_ALL, 1, 1};
        if (handle == WIN32_CURRENT_THREAD)
            out->type = L"Thread";
        return STATUS_SUCCESS;
    }
    if (handle_query(session_default(), win32_value(handle), &info) != IST_OK)
        return STATUS_INVALID_HANDLE;
    *out = (struct queried){type_names[info.kind], info.access, win32_all_access(info.kind),
                            info.handle_count, info.owner_count};
    return STATUS_SUCCESS;
}

/* Every class: says what would do, then whether it is there. */
static NTSTATUS check_buffer(const void *buffer, ULONG length, ULONG wanted, ULONG *needed)
{
    if (needed)
        *needed = wanted;
    if (length < wanted)
        return STATUS_INFO_LENGTH_MISMATCH;
    return buffer ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

/* What Windows knows about memory pools and times stays zero. */
static NTSTATUS query_basic(const struct queried *q, void *buffer, ULONG length, ULONG *needed)
{
    OBJECT_BASIC_INFORMATION info = {.GrantedAccess = q->access,
                                     .HandleCount = q->handles,
                                     .PointerCount = q->references};
    NTSTATUS status = check_buffer(buffer, length, sizeof(info), needed);
    if (status == STATUS_SUCCESS)
        memcpy(buffer, &info, sizeof(info));
    return status;
}

/* The characters and their terminator follow the structure, in the caller's buffer. */
static NTSTATUS query_type(const struct queried *q, void *buffer, ULONG length, ULONG *needed)
{
    OBJECT_TYPE_INFORMATION info = {.ValidAccessMask = q->all_access};
    size_t bytes = wcslen(q->type) * sizeof(WCHAR);
    NTSTATUS status =
        check_buffer(buffer, length, (ULONG)(sizeof(info) + bytes + sizeof(WCHAR)), needed);
    if (status != STATUS_SUCCESS)
        return status;
    info.TypeName.Buffer = (WCHAR *)((char *)buffer + sizeof(info));
    info.TypeName.Length = (USHORT)bytes;
    info.TypeName.MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    memcpy(buffer, &info, sizeof(info));
    memcpy(info.TypeName.Buffer, q->type, bytes + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* The handle is judged first, then the class, then the buffer. Sets no last error. */
WIN32_EXPORT NTSTATUS NTAPI NtQueryObject(HANDLE object, OBJECT_INFORMATION_CLASS what,
                                          PVOID buffer, ULONG length, PULONG needed)
{
    struct queried q;
    NTSTATUS status = look_up(object, &q);
    if (status != STATUS_SUCCESS)
        return status;
    switch ((int)what) {
    case ObjectBasicInformation: return query_basic(&q, buffer, length, needed);
    case ObjectTypeInformation: return query_type(&q, buffer, length, needed);
    case ObjectNameInformation:
        log_once(LOG_WARN, "win32", "NtQueryObject: ObjectNameInformation is not offered");
        return STATUS_NOT_IMPLEMENTED;
    default: return STATUS_INVALID_INFO_CLASS;
    }
}
