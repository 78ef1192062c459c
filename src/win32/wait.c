/* SPDX-License-Identifier: MIT */
/*
 * Waiting for handles. The handles are resolved once, before the wait: closing one meanwhile
 * does not disturb it, because the wait holds the events itself.
 */
#include "base/futex.h"
#include "core/event.h"
#include "core/session.h"
#include "win32/error.h"
#include "win32/export.h"
#include "win32/handle.h"

#include <errno.h>
#include <assert.h>
#include <time.h>

static_assert(MAXIMUM_WAIT_OBJECTS == EVENT_WAIT_MAX, "core must be able to wait for as many");

/* The events of one wait, each held once. */
struct wait_set {
    unsigned count;
    struct event *events[MAXIMUM_WAIT_OBJECTS];
};

/* The last hold may be one of these, if the program closed its handle during the wait. */
static void wait_set_finish(struct wait_set *set)
{
    for (unsigned i = 0; i < set->count; i++)
        object_drop(&set->events[i]->object, HOLDER_COM);
}

/* Only events can be waited for: other kinds are an invalid handle to Windows, too. */
static enum ist_status wait_set_add(struct wait_set *set, HANDLE handle)
{
    struct object *object;
    enum ist_status status = handle_get(session_default(), win32_value(handle), OBJECT_EVENT,
                                        SYNCHRONIZE, HOLDER_COM, &object);
    if (status == IST_OK)
        set->events[set->count++] = event_from_object(object);
    return status;
}

/* Two handles of one auto-reset event could never both be satisfied, so Windows refuses it. */
static enum ist_status check_distinct(const struct wait_set *set)
{
    for (unsigned i = 0; i < set->count; i++)
        for (unsigned j = 0; j < i; j++)
            if (set->events[i] == set->events[j])
                return refuse(IST_BAD_ARG,
                              "handles %u and %u are of one object: a wait for all "
                              "takes each only once",
                              j, i);
    return IST_OK;
}

/* Resolves all handles or fails; what was resolved is in the set either way. */
static enum ist_status collect(struct wait_set *set, DWORD count, const HANDLE *objects,
                               bool all)
{
    if (count == 0 || count > MAXIMUM_WAIT_OBJECTS)
        return refuse(IST_BAD_ARG, "a wait for %u objects: 1 to %d are allowed", count,
                      MAXIMUM_WAIT_OBJECTS);
    if (!objects)
        return refuse(IST_BAD_POINTER, "a wait for %u objects: the array is NULL", count);
    for (DWORD i = 0; i < count; i++) {
        enum ist_status status = wait_set_add(set, objects[i]);
        if (status != IST_OK)
            return status;
    }
    return all ? check_distinct(set) : IST_OK;
}

WIN32_EXPORT DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *objects, BOOL all,
                                                 DWORD ms)
{
    _cleanup_(wait_set_finish) struct wait_set set = {.count = 0};
    int64_t deadline =
        deadline_after_ms(ms); /* first: looking up handles is part of the time */
    unsigned index = 0;
    enum ist_status status = collect(&set, count, objects, all);
    if (status == IST_OK)
        status = event_wait(set.events, set.count, all, deadline, &index);
    if (status == IST_TIMEOUT)
        return WAIT_TIMEOUT; /* an answer, no error: the last error stays */
    return win32_result(status) ? WAIT_OBJECT_0 + index : WAIT_FAILED;
}

WIN32_EXPORT DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *objects, BOOL all,
                                                   DWORD ms, BOOL alertable)
{
    (void)alertable; /* nothing queues calls to a thread */
    return WaitForMultipleObjects(count, objects, all, ms);
}

WIN32_EXPORT DWORD WINAPI WaitForSingleObject(HANDLE object, DWORD ms)
{
    return WaitForMultipleObjects(1, &object, FALSE, ms);
}

WIN32_EXPORT DWORD WINAPI WaitForSingleObjectEx(HANDLE object, DWORD ms, BOOL alertable)
{
    (void)alertable;
    return WaitForMultipleObjects(1, &object, FALSE, ms);
}

/* An absolute deadline, so that a signal does not make the sleep longer or shorter. */
WIN32_EXPORT void WINAPI Sleep(DWORD ms)
{
    int64_t deadline = deadline_after_ms(ms);
    struct timespec until = {(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}
