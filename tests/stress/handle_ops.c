/* SPDX-License-Identifier: MIT */
/* Win32: what can be done to handles, and events. Every handle may be stale or garbage. */
#include "monkey.h"

/* TRUE, or FALSE with one of these last errors. */
#define BOOL_OR(w, call, ...)                      \
    do {                                           \
        SetLastError(0);                           \
        if (call)                                  \
            MUST(w, true);                         \
        else                                       \
            ALLOW(w, GetLastError(), __VA_ARGS__); \
    } while (0)

static void do_close(struct worker *w)
{
    uintptr_t handle = pick_handle(w);
    BOOL_OR(w, CloseHandle((HANDLE)handle), ERROR_INVALID_HANDLE);
    if (one_in(&w->rng, 3))
        BOOL_OR(w, CloseHandle((HANDLE)handle), ERROR_INVALID_HANDLE);
}

static void do_duplicate(struct worker *w)
{
    static const DWORD options_of[] = {DUPLICATE_SAME_ACCESS, DUPLICATE_SAME_ACCESS,
                                       DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE,
                                       DUPLICATE_CLOSE_SOURCE, 0};
    HANDLE source = (HANDLE)pick_handle(w), made = NULL;
    DWORD how = options_of[below(&w->rng, 5)];
    BOOL_OR(w,
            DuplicateHandle(GetCurrentProcess(), source, GetCurrentProcess(), &made,
                            GENERIC_ALL, (WINBOOL)below(&w->rng, 2), how),
            ERROR_INVALID_HANDLE);
    if (made)
        put_handle(w, made);
}

static void do_flags(struct worker *w)
{
    HANDLE handle = (HANDLE)pick_handle(w);
    DWORD flags = 0xffff, value = below(&w->rng, 4);
    if (one_in(&w->rng, 2))
        BOOL_OR(w, SetHandleInformation(handle, 3, value), ERROR_INVALID_HANDLE);
    BOOL_OR(w, GetHandleInformation(handle, &flags), ERROR_INVALID_HANDLE);
    MUST(w, flags == 0xffff || flags < 4);
}

static void do_compare(struct worker *w)
{
    HANDLE first = (HANDLE)pick_handle(w), second = (HANDLE)pick_handle(w);
    BOOL_OR(w, CompareObjectHandles(first, second), ERROR_INVALID_HANDLE, NO_ERROR);
}

static void do_create_event(struct worker *w)
{
    const WCHAR *name = pick_name(w);
    SetLastError(0);
    HANDLE event = CreateEventW(NULL, (WINBOOL)below(&w->rng, 2), FALSE, name);
    ALLOW(w, GetLastError(), NO_ERROR, ERROR_ALREADY_EXISTS, ERROR_INVALID_HANDLE);
    MUST(w, event || (name && GetLastError() == ERROR_INVALID_HANDLE));
    if (event)
        put_handle(w, event);
}

static void do_open_event(struct worker *w)
{
    const WCHAR *name = monkey_names[below(&w->rng, NAMES)];
    SetLastError(0);
    HANDLE event = OpenEventW(EVENT_ALL_ACCESS, FALSE, name);
    if (event)
        put_handle(w, event);
    else
        ALLOW(w, GetLastError(), ERROR_FILE_NOT_FOUND, ERROR_INVALID_HANDLE);
}

static void do_set_event(struct worker *w)
{
    HANDLE handle = (HANDLE)pick_handle(w);
    if (one_in(&w->rng, 3))
        BOOL_OR(w, ResetEvent(handle), ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED);
    else
        BOOL_OR(w, SetEvent(handle), ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED);
}

static void do_wait(struct worker *w)
{
    HANDLE handles[4];
    DWORD count = 1 + below(&w->rng, 4), ms = below(&w->rng, 4);
    for (DWORD i = 0; i < count; i++)
        handles[i] = (HANDLE)pick_handle(w);
    DWORD found = WaitForMultipleObjects(count, handles, (WINBOOL)below(&w->rng, 2), ms);
    if (found == WAIT_FAILED)
        ALLOW(w, GetLastError(), ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED,
              ERROR_INVALID_PARAMETER);
    else
        MUST(w, found < WAIT_OBJECT_0 + count || found == WAIT_TIMEOUT);
}

/* An event of one's own, set from this thread: the wait must be satisfied. */
static void do_own_event(struct worker *w)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), twin = NULL;
    MUST(w, event != NULL);
    MUST(w, WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    MUST(w, DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &twin, 0, FALSE,
                            DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    MUST(w, SetEvent(twin));
    MUST(w, WaitForSingleObject(twin, INFINITE) == WAIT_OBJECT_0);
    MUST(w, WaitForSingleObject(twin, 0) == WAIT_TIMEOUT);
    MUST(w, CloseHandle(twin));
    MUST(w, !CloseHandle(twin));
}

const struct operation handle_ops[] = {
    {"handle.close", do_close, 6},        {"handle.duplicate", do_duplicate, 8},
    {"handle.flags", do_flags, 2},        {"handle.compare", do_compare, 3},
    {"event.create", do_create_event, 4}, {"event.open", do_open_event, 3},
    {"event.set", do_set_event, 5},       {"event.wait", do_wait, 5},
    {"event.own", do_own_event, 3},       {NULL, NULL, 0},
};
