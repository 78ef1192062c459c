/* SPDX-License-Identifier: MIT */
/*
 * DuplicateHandle: within this process, into another one (push), out of another one (pull), or
 * from one to another (a pull and a push). What crosses is core's (core/process.h); here are
 * Windows' rules: who is closed when, which rights, which value. Keeps nothing.
 */
#include "core/process.h"
#include "core/session.h"
#include "win32/error.h"
#include "win32/export.h"
#include "win32/handle.h"

#include <unistd.h>

/* The arguments, once the processes were checked. */
struct duplication {
    struct process *source_process, *target_process; /* NULL: this one */
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

static bool same_access(const struct duplication *d)
{
    return (d->options & DUPLICATE_SAME_ACCESS) != 0;
}

static bool close_source(const struct duplication *d)
{
    return (d->options & DUPLICATE_CLOSE_SOURCE) != 0;
}

/*
 * Same rights and source closed: Windows gives the very value back, with the new inheritance.
 * Not for a protected handle: it stays, and the duplicate is a new one (both tested there).
 */
static bool keeps_value(const struct duplication *d, const struct handle_info *info)
{
    return close_source(d) && same_access(d) && !(info->flags & HANDLE_PROTECT_FROM_CLOSE);
}

/* Beside another result, which counts; if somebody else was faster, gone is gone. */
static void close_quietly(uint64_t value)
{
    enum ist_status status = handle_close(session_default(), value);
    (void)status;
}

/* More rights than the source's may be asked for: the object's owner has them all. */
static enum ist_status duplicate_here(const struct duplication *d, uint64_t source,
                                      const struct handle_info *info, uint32_t *out)
{
    uint32_t access = win32_map_access(info->kind, d->access);
    return handle_duplicate(session_default(), source, same_access(d) ? NULL : &access,
                            duplicate_flags(d), out);
}

/* Consumes the source if the options say so, whatever became of the duplicate. */
static enum ist_status from_here(const struct duplication *d, uint32_t *out)
{
    struct session *session = session_default();
    uint64_t source = win32_value(d->source);
    struct handle_info info;
    enum ist_status status = handle_query(session, source, &info);
    if (status != IST_OK)
        return status;
    if (!d->target_process && keeps_value(d, &info)) {
        *out = (uint32_t)source;
        return handle_set_flags(session, source, HANDLE_INHERIT, duplicate_flags(d));
    }
    if (d->target_process) {
        uint32_t access = win32_map_access(info.kind, d->access);
        struct handle_copy copy = {same_access(d) ? NULL : &access, duplicate_flags(d)};
        status = handle_push(session, source, d->target_process, &copy, out);
    } else {
        status = duplicate_here(d, source, &info, out);
    }
    if (close_source(d) && !(info.flags & HANDLE_PROTECT_FROM_CLOSE))
        close_quietly(source);
    return status;
}

/* The kind, and so the meaning of generic rights, is known only when the handle is here. */
static enum ist_status narrow(const struct duplication *d, uint32_t pulled, uint32_t *out)
{
    struct handle_info info;
    if (same_access(d)) {
        *out = pulled;
        return IST_OK;
    }
    enum ist_status status = handle_query(session_default(), pulled, &info);
    if (status == IST_OK)
        status = duplicate_here(d, pulled, &info, out);
    close_quietly(pulled);
    return status;
}

static enum ist_status from_there(const struct duplication *d, uint32_t *out)
{
    const struct handle_copy copy = {NULL, duplicate_flags(d)};
    struct session *session = session_default();
    uint32_t pulled;
    enum ist_status status = handle_pull(session, d->source_process, win32_value(d->source),
                                         close_source(d), &copy, &pulled);
    if (status == IST_OK)
        status = narrow(d, pulled, &pulled);
    if (status != IST_OK || !d->target_process) {
        if (status == IST_OK)
            *out = pulled;
        return status;
    }
    status = handle_push(session, pulled, d->target_process, &copy, out);
    close_quietly(pulled);
    return status;
}

/* GetCurrentProcess() stands for a real handle that others may be given. */
static enum ist_status from_pseudo(const struct duplication *d, uint32_t *out)
{
    HANDLE handle;
    uint32_t access = same_access(d) ? PROCESS_ALL_ACCESS : d->access;
    if (d->source != WIN32_CURRENT_PROCESS || d->source_process || d->target_process)
        return refuse(IST_NOT_SUPPORTED,
                      "handle %p is a process or a thread: real handles of threads are not "
                      "offered, and those of processes stay in their process",
                      d->source);
    enum ist_status status = win32_open_process(getpid(), access, d->inherit, &handle);
    if (status == IST_OK)
        *out = (uint32_t)win32_value(handle);
    return status;
}

static enum ist_status duplicate(const struct duplication *d, uint32_t *out)
{
    if (win32_is_pseudo(d->source))
        return from_pseudo(d, out);
    return d->source_process ? from_there(d, out) : from_here(d, out);
}

/* NULL for this process, whether it is named by its constant or by a real handle. */
static enum ist_status find_process(const char *role, HANDLE handle, struct process **out)
{
    struct object *object;
    *out = NULL;
    if (handle == WIN32_CURRENT_PROCESS)
        return IST_OK;
    enum ist_status status = handle_get(session_default(), win32_value(handle), OBJECT_PROCESS,
                                        PROCESS_DUP_HANDLE, HOLDER_COM, &object);
    if (status != IST_OK)
        return refuse(status,
                      "the %s process is %p: GetCurrentProcess() or a handle from "
                      "OpenProcess() "
                      "with PROCESS_DUP_HANDLE was expected",
                      role, handle);
    if (process_is_self(process_from_object(object)))
        object_drop(object, HOLDER_COM);
    else
        *out = process_from_object(object);
    return IST_OK;
}

/* The documented way to close only: there is no target. */
static enum ist_status close_only(const struct duplication *d)
{
    uint32_t pulled;
    if (win32_is_pseudo(d->source))
        return IST_OK;
    if (!d->source_process)
        return handle_close(session_default(), win32_value(d->source));
    enum ist_status status = from_there(d, &pulled);
    if (status == IST_OK)
        close_quietly(pulled);
    return status;
}

/*
 * The order of the checks is the order in which the arguments matter: whose handle, which
 * handle, and only then where the new one goes.
 */
static enum ist_status run(struct duplication *d, HANDLE target_process, LPHANDLE target)
{
    uint32_t value;
    if (close_source(d) && !target)
        return close_only(d);
    enum ist_status status = find_process("target", target_process, &d->target_process);
    if (status != IST_OK) {
        if (close_source(d) && !d->source_process && !win32_is_pseudo(d->source))
            close_quietly(win32_value(d->source));
        return status;
    }
    if (!target)
        return refuse(IST_BAD_POINTER, "DuplicateHandle: target, the place of the result, is "
                                       "NULL");
    status = duplicate(d, &value);
    if (status == IST_OK)
        *target = win32_handle(value);
    return status;
}

static void drop_process(struct process *process)
{
    if (process)
        object_drop(&process->object, HOLDER_COM);
}

/* Nothing is written to *target on failure. */
WIN32_EXPORT BOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source,
                                         HANDLE target_process, LPHANDLE target, DWORD access,
                                         BOOL inherit, DWORD options)
{
    struct duplication d = {.source = source,
                            .access = access,
                            .inherit = inherit,
                            .options = options};
    if (!win32_result(find_process("source", source_process, &d.source_process)))
        return FALSE;
    BOOL done = win32_result(run(&d, target_process, target));
    drop_process(d.source_process);
    drop_process(d.target_process);
    return done;
}
