/* SPDX-License-Identifier: MIT */
/*
 * What can be done to any handle. The table and its locks are core's (core/handle.c); here are
 * Windows' rules around it: pseudo handles, generic rights, the options of DuplicateHandle.
 */
#include "win32/handle.h"

#include "core/session.h"
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

/* Every failure to close is ERROR_INVALID_HANDLE, on Windows too for a protected handle. */
WIN32_EXPORT BOOL WINAPI CloseHandle(HANDLE object)
{
    if (win32_is_pseudo(object))
        return TRUE; /* documented as being without effect */
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

/* The arguments of DuplicateHandle, once the processes were checked. */
struct duplication {
    HANDLE source;
    DWORD access;
    BOOL inherit;
    DWORD options;
};

/* Nothing comes from the source: protection from closing does not travel. */
static unsigned duplicate_flags(const struct duplication *d)
{
    return d->inherit ? HANDLE_INHERIT : 0;
}

/*
 * Same rights and source closed: Windows gives the very value back, with the new inheritance.
 * Not for a protected handle: it stays, and the duplicate is a new one (both tested there).
 */
static bool keeps_value(const struct duplication *d, const struct handle_info *info)
{
    const DWORD both = DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS;
    return (d->options & both) == both && !(info->flags & HANDLE_PROTECT_FROM_CLOSE);
}

/* Beside another result, which counts; if somebody else was faster, gone is gone. */
static void close_quietly(HANDLE handle)
{
    enum ist_status status = handle_close(session_default(), win32_value(handle));
    (void)status;
}

/* Consumes the source if the options say so, whatever became of the duplicate. */
static enum ist_status duplicate(const struct duplication *d, uint32_t *out)
{
    struct session *session = session_default();
    uint64_t source = win32_value(d->source);
    struct handle_info info;
    enum ist_status status = handle_query(session, source, &info);
    if (status != IST_OK)
        return status;
    if (keeps_value(d, &info)) {
        *out = (uint32_t)source;
        return handle_set_flags(session, source, HANDLE_INHERIT, duplicate_flags(d));
    }

    /* More rights than the source's may be asked for: the object's owner has them all. */
    uint32_t access = win32_map_access(info.kind, d->access);
    bool same = (d->options & DUPLICATE_SAME_ACCESS) != 0;
    status = handle_duplicate(session, source, same ? NULL : &access, duplicate_flags(d), out);
    if ((d->options & DUPLICATE_CLOSE_SOURCE) && !(info.flags & HANDLE_PROTECT_FROM_CLOSE))
        close_quietly(d->source);
    return status;
}

/* There is no OpenProcess(), so whatever is not the constant cannot be a process. */
static enum ist_status check_process(const char *role, HANDLE process)
{
    if (process == WIN32_CURRENT_PROCESS)
        return IST_OK;
    return refuse(IST_BAD_HANDLE,
                  "the %s process is %p, GetCurrentProcess() was expected: "
                  "handles do not cross processes yet",
                  role, process);
}

/*
 * The order of the checks is the order in which the arguments matter: whose handle, which
 * handle, and only then where the new one goes. Nothing is written to *target on failure.
 */
WIN32_EXPORT BOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source,
                                         HANDLE target_process, LPHANDLE target, DWORD access,
                                         BOOL inherit, DWORD options)
{
    const struct duplication d = {source, access, inherit, options};
    if (!win32_result(check_process("source", source_process)))
        return FALSE;
    if (win32_is_pseudo(source))
        return win32_result(refuse(IST_NOT_SUPPORTED,
                                   "handle %p is the process or the thread: "
                                   "real handles of those are not offered",
                                   source));
    if ((options & DUPLICATE_CLOSE_SOURCE) && !target) /* the documented way to close only */
        return CloseHandle(source);
    if (!win32_result(check_process("target", target_process))) {
        if (options & DUPLICATE_CLOSE_SOURCE)
            close_quietly(source);
        return FALSE;
    }
    if (!target)
        return win32_result(refuse(IST_BAD_POINTER, "DuplicateHandle: target, the place of the "
                                                    "result, is NULL"));

    uint32_t value;
    if (!win32_result(duplicate(&d, &value)))
        return FALSE;
    *target = win32_handle(value);
    return TRUE;
}
