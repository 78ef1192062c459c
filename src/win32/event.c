/* SPDX-License-Identifier: MIT */
/* Events by their Windows names. The event itself and its lock are core's (core/event.c). */
#include "core/event.h"

#include "core/name.h"
#include "core/session.h"
#include "win32/error.h"
#include "win32/export.h"
#include "win32/handle.h"
#include "win32/string.h"

/* What CreateEvent and its three relatives ask for; the name is owned. */
struct event_request {
    char *name; /* UTF-8; NULL: none */
    bool manual_reset, set;
    uint32_t access;
    unsigned flags; /* HANDLE_* */
};

/* Fails a call that makes handles. A path into a directory that does not exist has a code of
 * its own on Windows; to core it is one more bad name. */
static HANDLE fail(enum ist_status status, const char *name)
{
    win32_result(status);
    if (status == IST_BAD_NAME && name && strchr(name, '\\'))
        SetLastError(ERROR_PATH_NOT_FOUND);
    return NULL;
}

/* The handle is made with the name in one step, so nobody ever finds a name without a
 * handle. */
static enum ist_status create_new(const struct event_request *req, uint32_t *out)
{
    struct event *event;
    enum ist_status status =
        event_create(session_default(), req->manual_reset, req->set, &event);
    if (status != IST_OK)
        return status;
    status = handle_create(&event->object, req->name, req->access, req->flags, out);
    object_drop(&event->object, HOLDER_COM); /* from here the handle alone owns it */
    return status;
}

/*
 * A new event, or the one that has the name already (*existed). Between the two attempts the
 * other one may come or go, so they alternate until one of them fits.
 */
static enum ist_status create_or_open(const struct event_request *req, uint32_t *out,
                                      bool *existed)
{
    enum ist_status status;
    do {
        *existed = false;
        status = create_new(req, out);
        if (status == IST_NAME_TAKEN) {
            *existed = true;
            status = name_open_handle(session_default(), req->name, OBJECT_EVENT, req->access,
                                      req->flags, out);
        }
    } while (status == IST_NOT_FOUND);
    return status;
}

/* The end of all forms: consumes the name, sets the last error in either case. */
static HANDLE create_named(struct event_request *req, enum ist_status name_status)
{
    _cleanup_(freep) char *name = req->name;
    uint32_t value;
    bool existed;
    if (name_status != IST_OK)
        return fail(name_status, NULL);
    if (name && !*name)
        req->name = NULL; /* an empty name is none */
    enum ist_status status = create_or_open(req, &value, &existed);
    if (status != IST_OK)
        return fail(status, name);
    /* The only way for the caller to learn which of the two it got. */
    SetLastError(existed ? ERROR_ALREADY_EXISTS : NO_ERROR);
    return win32_handle(value);
}

/* These two ask for all rights; the Ex forms say which. */
WIN32_EXPORT HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
                                        BOOL initially_set, LPCSTR name)
{
    struct event_request req = {NULL, manual_reset, initially_set, EVENT_ALL_ACCESS,
                                win32_handle_flags(attributes)};
    return create_named(&req, win32_utf8_from_ansi(name, &req.name));
}

WIN32_EXPORT HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
                                        BOOL initially_set, LPCWSTR name)
{
    struct event_request req = {NULL, manual_reset, initially_set, EVENT_ALL_ACCESS,
                                win32_handle_flags(attributes)};
    return create_named(&req, win32_utf8_from_wide(name, &req.name));
}

/* Fills in what both Ex forms share. */
static enum ist_status request_ex(struct event_request *req,
                                  const SECURITY_ATTRIBUTES *attributes, DWORD flags,
                                  DWORD access)
{
    const DWORD known = CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET;
    if (flags & ~known)
        return refuse(IST_BAD_ARG, "CreateEventEx: flags 0x%x, only 0x%x exist", flags, known);
    req->name = NULL;
    req->manual_reset = flags & CREATE_EVENT_MANUAL_RESET;
    req->set = flags & CREATE_EVENT_INITIAL_SET;
    req->access = win32_map_access(OBJECT_EVENT, access);
    req->flags = win32_handle_flags(attributes);
    return IST_OK;
}

WIN32_EXPORT HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name,
                                          DWORD flags, DWORD access)
{
    struct event_request req;
    enum ist_status status = request_ex(&req, attributes, flags, access);
    if (status != IST_OK)
        return fail(status, NULL);
    return create_named(&req, win32_utf8_from_ansi(name, &req.name));
}

WIN32_EXPORT HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name,
                                          DWORD flags, DWORD access)
{
    struct event_request req;
    enum ist_status status = request_ex(&req, attributes, flags, access);
    if (status != IST_OK)
        return fail(status, NULL);
    return create_named(&req, win32_utf8_from_wide(name, &req.name));
}

/*
 * A missing name is an invalid parameter (tested on Windows for events), and a handle without
 * any right is denied (tested there for mutexes).
 */
static HANDLE open_named(const char *name, enum ist_status name_status, DWORD access,
                         BOOL inherit)
{
    uint32_t value;
    if (name_status != IST_OK)
        return fail(name_status, NULL);
    if (!name)
        return fail(refuse(IST_BAD_POINTER, "OpenEvent: the name is NULL"), NULL);
    if (access == 0)
        return fail(refuse(IST_ACCESS_DENIED, "OpenEvent: access 0 asks for no right at all"),
                    NULL);
    enum ist_status status = name_open_handle(session_default(), name, OBJECT_EVENT,
                                              win32_map_access(OBJECT_EVENT, access),
                                              inherit ? HANDLE_INHERIT : 0, &value);
    return status == IST_OK ? win32_handle(value) : fail(status, name);
}

WIN32_EXPORT HANDLE WINAPI OpenEventA(DWORD access, BOOL inherit, LPCSTR name)
{
    _cleanup_(freep) char *utf8 = NULL;
    enum ist_status status = win32_utf8_from_ansi(name, &utf8);
    return open_named(utf8, status, access, inherit);
}

WIN32_EXPORT HANDLE WINAPI OpenEventW(DWORD access, BOOL inherit, LPCWSTR name)
{
    _cleanup_(freep) char *utf8 = NULL;
    enum ist_status status = win32_utf8_from_wide(name, &utf8);
    return open_named(utf8, status, access, inherit);
}

/* Applies `change` to the event behind the handle, which must carry the right to modify. */
static BOOL change(HANDLE handle, void (*apply)(struct event *event))
{
    struct object *object;
    if (!win32_result(handle_get(session_default(), win32_value(handle), OBJECT_EVENT,
                                 EVENT_MODIFY_STATE, HOLDER_COM, &object)))
        return FALSE;
    apply(event_from_object(object));
    object_drop(object, HOLDER_COM);
    return TRUE;
}

WIN32_EXPORT BOOL WINAPI SetEvent(HANDLE event)
{
    return change(event, event_set);
}

WIN32_EXPORT BOOL WINAPI ResetEvent(HANDLE event)
{
    return change(event, event_reset);
}
