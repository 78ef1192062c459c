/* SPDX-License-Identifier: MIT */
/*
 * What can be done to any handle. The table and its locks are core's (core/handle.c); here are
 * Windows' rules around it: pseudo handles and generic rights. DuplicateHandle is in
 * duplicate.c.
 */
#include "win32/handle.h"

#include "base/log.h"
#include "core/kmt.h"
#include "core/session.h"
#include "core/strict.h"
#include "win32/error.h"
#include "win32/export.h"

/* Generic rights of one kind, and all that it has. */
struct rights {
    uint32_t read, write, execute, all;
};

/*
 * Events: the rights that Windows reports for the type. Graphics objects: the masks that Wine's
 * server gives its types; their read and write rights are ours.
 */
static const struct rights rights_of[] = {
    [OBJECT_RESOURCE] = {READ_CONTROL, READ_CONTROL | 1, READ_CONTROL | SYNCHRONIZE, 0x1f0001},
    [OBJECT_FENCE] = {READ_CONTROL | 1, READ_CONTROL | 2, READ_CONTROL | SYNCHRONIZE, 0x1f0003},
    [OBJECT_EVENT] = {READ_CONTROL | 1, READ_CONTROL | 2, READ_CONTROL | SYNCHRONIZE, 0x1f0003},
    [OBJECT_PROCESS] = {READ_CONTROL | PROCESS_QUERY_INFORMATION, READ_CONTROL | 0x0bea,
                        READ_CONTROL | SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION,
                        PROCESS_ALL_ACCESS},
};

uint32_t win32_all_access(enum object_kind kind)
{
    return rights_of[kind].all;
}

uint32_t win32_map_access(enum object_kind kind, uint32_t wanted)
{
    const struct rights *rights = &rights_of[kind];
    uint32_t granted = wanted & ~(GENERIC_ALL | GENERIC_EXECUTE | GENERIC_WRITE | GENERIC_READ |
                                  MAXIMUM_ALLOWED);
    if (wanted & (GENERIC_ALL | MAXIMUM_ALLOWED))
        granted |= rights->all;
    if (wanted & GENERIC_READ)
        granted |= rights->read;
    if (wanted & GENERIC_WRITE)
        granted |= rights->write;
    if (wanted & GENERIC_EXECUTE)
        granted |= rights->execute;
    return granted;
}

unsigned win32_handle_flags(const SECURITY_ATTRIBUTES *attributes)
{
    return attributes && attributes->bInheritHandle ? HANDLE_INHERIT : 0;
}

/*
 * NVIDIA's guide closes a global (KMT) handle. On Windows that is a failure which harms nobody,
 * so it is said once; with ISTHMUS_STRICT each time, as any other refusal.
 */
static enum ist_status refuse_to_close_kmt(uint64_t value)
{
    static const char text[] = "CloseHandle: handle 0x%x is a global (KMT) handle from "
                               "GetSharedHandle, which holds no reference: it is never closed";
    uint32_t number = (uint32_t)value;
    if (strict_enabled())
        return refuse(IST_BAD_HANDLE, text, number);
    log_once(LOG_WARN, "strict", text, number);
    return answer(IST_BAD_HANDLE, text, number);
}

/* Every failure to close is ERROR_INVALID_HANDLE, on Windows too for a protected handle. */
WIN32_EXPORT BOOL WINAPI CloseHandle(HANDLE object)
{
    if (win32_is_pseudo(object))
        return TRUE; /* documented as being without effect */
    if (kmt_looks_like(win32_value(object)))
        return win32_result(refuse_to_close_kmt(win32_value(object)));
    return win32_result(handle_close(session_default(), win32_value(object)));
}

/* A NULL pointer is an invalid parameter, not a crash. */
WIN32_EXPORT BOOL WINAPI GetHandleInformation(HANDLE object, LPDWORD flags)
{
    struct handle_info info = {.flags = 0};
    if (!flags)
        return win32_result(refuse(IST_BAD_POINTER, "GetHandleInformation: flags is NULL"));
    if (!win32_is_pseudo(object) &&
        !win32_result(handle_query(session_default(), win32_value(object), &info)))
        return FALSE;
    *flags = info.flags;
    return TRUE;
}

/* A pseudo handle has no entry that could keep flags, so it fails as an unknown handle does. */
WIN32_EXPORT BOOL WINAPI SetHandleInformation(HANDLE object, DWORD mask, DWORD flags)
{
    return win32_result(handle_set_flags(session_default(), win32_value(object), mask, flags));
}

/* That two objects differ is an answer: only a bad handle sets the last error. */
WIN32_EXPORT BOOL WINAPI CompareObjectHandles(HANDLE first, HANDLE second)
{
    struct session *session = session_default();
    struct object *a = NULL, *b = NULL;
    if (win32_is_pseudo(first) && first == second)
        return TRUE;
    /* Both are held while they are compared: an address may be given out again. */
    bool found =
        win32_result(handle_get(session, win32_value(first), OBJECT_ANY, 0, HOLDER_COM, &a)) &&
        win32_result(handle_get(session, win32_value(second), OBJECT_ANY, 0, HOLDER_COM, &b));
    BOOL same = found && a == b;
    object_drop(a, HOLDER_COM);
    object_drop(b, HOLDER_COM);
    return same;
}
