/* SPDX-License-Identifier: MIT */
/* Waiting for one, for any and for all, with time limits, threads and closed handles. */
#include "win32_rig.h"

#include <isthmus/isthmus.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

WIN32_RIG_HOOKS

#define LONG_MS 20000 /* a wait that must not come to its end */

static HANDLE auto_event(void)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(event != NULL);
    return event;
}

static void close_all(const HANDLE *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK(CloseHandle(events[i]));
}

TEST(time_out_comes_never_too_early)
{
    HANDLE event = auto_event();
    int64_t start = rig_now_ns();
    CHECK_SILENT(WaitForSingleObject(event, 30) == WAIT_TIMEOUT);
    CHECK(rig_now_ns() - start >= 30000000);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObjectEx(event, 0, TRUE), WAIT_TIMEOUT);
    CHECK(CloseHandle(event));
}

TEST(any_takes_the_lowest_index_and_spends_only_that)
{
    HANDLE e[4] = {auto_event(), auto_event(), auto_event(), auto_event()};
    CHECK_EQ(WaitForMultipleObjects(4, e, FALSE, 0), WAIT_TIMEOUT);
    CHECK(SetEvent(e[3]));
    CHECK(SetEvent(e[1]));
    CHECK_EQ(WaitForMultipleObjects(4, e, FALSE, LONG_MS), WAIT_OBJECT_0 + 1);
    CHECK_EQ(WaitForMultipleObjectsEx(4, e, FALSE, LONG_MS, FALSE), WAIT_OBJECT_0 + 3);
    CHECK_EQ(WaitForMultipleObjects(4, e, FALSE, 0), WAIT_TIMEOUT);
    close_all(e, 4);
}

TEST(all_spends_nothing_until_all_are_set)
{
    HANDLE e[3] = {auto_event(), auto_event(), auto_event()};
    CHECK(SetEvent(e[0]));
    CHECK(SetEvent(e[2]));
    CHECK_EQ(WaitForMultipleObjects(3, e, TRUE, 10), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObject(e[0], 0), WAIT_OBJECT_0); /* was not spent */
    CHECK(SetEvent(e[0]));
    CHECK(SetEvent(e[1]));
    CHECK_EQ(WaitForMultipleObjects(3, e, TRUE, LONG_MS), WAIT_OBJECT_0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(WaitForSingleObject(e[i], 0), WAIT_TIMEOUT);
    close_all(e, 3);
}

TEST(sixty_four_is_the_most)
{
    HANDLE e[65];
    for (int i = 0; i < 65; i++)
        e[i] = auto_event();
    CHECK(SetEvent(e[63]));
    CHECK_EQ(WaitForMultipleObjects(64, e, FALSE, LONG_MS), WAIT_OBJECT_0 + 63);
    for (int i = 0; i < 64; i++)
        CHECK(SetEvent(e[i]));
    CHECK_EQ(WaitForMultipleObjects(64, e, TRUE, LONG_MS), WAIT_OBJECT_0);
    CHECK_WAIT_FAILS(WaitForMultipleObjects(65, e, FALSE, 0), ERROR_INVALID_PARAMETER);
    CHECK_WAIT_FAILS(WaitForMultipleObjects(0, e, FALSE, 0), ERROR_INVALID_PARAMETER);
    CHECK_WAIT_FAILS(WaitForMultipleObjects(UINT32_MAX, e, TRUE, 0), ERROR_INVALID_PARAMETER);
    CHECK_WAIT_FAILS(WaitForMultipleObjects(2, NULL, FALSE, 0), ERROR_INVALID_PARAMETER);
    close_all(e, 65);
}

TEST(one_object_twice_is_refused_for_all_and_fine_for_any)
{
    HANDLE e[2] = {auto_event(), NULL};
    CHECK(DuplicateHandle(GetCurrentProcess(), e[0], GetCurrentProcess(), &e[1], 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_WAIT_FAILS(WaitForMultipleObjects(2, e, TRUE, 0), ERROR_INVALID_PARAMETER);
    CHECK_EQ(WaitForMultipleObjects(2, e, FALSE, 5), WAIT_TIMEOUT);
    CHECK(SetEvent(e[1]));
    CHECK_EQ(WaitForMultipleObjects(2, e, FALSE, LONG_MS), WAIT_OBJECT_0);
    CHECK_EQ(WaitForMultipleObjects(2, e, FALSE, 0), WAIT_TIMEOUT);
    close_all(e, 2);
}

TEST(bad_handles_fail_the_wait_and_spend_nothing)
{
    HANDLE e[3] = {auto_event(), NULL, auto_event()};
    CHECK(SetEvent(e[0]));
    CHECK_WAIT_FAILS(WaitForMultipleObjects(3, e, FALSE, 0), ERROR_INVALID_HANDLE);
    e[1] = (HANDLE)0x40000002;
    CHECK_WAIT_FAILS(WaitForMultipleObjects(3, e, FALSE, 0), ERROR_INVALID_HANDLE);
    e[1] = GetCurrentProcess();
    CHECK_WAIT_FAILS(WaitForMultipleObjects(3, e, TRUE, 0), ERROR_INVALID_HANDLE);
    CHECK_EQ(WaitForSingleObject(e[0], 0), WAIT_OBJECT_0);
    CHECK(CloseHandle(e[0]));
    CHECK_WAIT_FAILS(WaitForSingleObject(e[0], INFINITE), ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(e[2]));
}

struct waiter {
    HANDLE events[3];
    DWORD count, result;
    BOOL all;
    atomic_int done;
};

static void *wait_thread(void *arg)
{
    struct waiter *w = arg;
    w->result = WaitForMultipleObjects(w->count, w->events, w->all, LONG_MS);
    atomic_store(&w->done, 1);
    return NULL;
}

/* As many events as that are held by waits that looked their handles up: the report says so. */
static unsigned held_by_waits(void)
{
    char *text = NULL;
    size_t size = 0;
    unsigned held = 0;
    FILE *out = open_memstream(&text, &size);
    CHECK(out != NULL);
    ist_report_live_objects(out);
    fclose(out);
    for (const char *at = text; (at = strstr(at, "held by ")) != NULL; at += 8) {
        unsigned count = 0;
        char kind[8] = "";
        if (sscanf(at, "held by %u %7s", &count, kind) == 2 && strncmp(kind, "COM", 3) == 0)
            held += count;
    }
    free(text);
    return held;
}

/* Returns when the thread's wait has its events, and most likely sleeps. */
static pthread_t start_waiter(struct waiter *w)
{
    unsigned before = held_by_waits();
    pthread_t thread = rig_thread(wait_thread, w);
    for (int i = 0; i < LONG_MS && held_by_waits() != before + w->count; i++)
        Sleep(1);
    CHECK_EQ(held_by_waits(), before + w->count);
    Sleep(5);
    return thread;
}

TEST(set_wakes_a_waiting_thread)
{
    struct waiter w = {.events = {auto_event()}, .count = 1, .result = 77};
    pthread_t thread = start_waiter(&w);
    CHECK(SetEvent(w.events[0]));
    pthread_join(thread, NULL);
    CHECK_EQ(w.result, WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(w.events[0], 0), WAIT_TIMEOUT); /* the thread has spent it */
    CHECK(CloseHandle(w.events[0]));
}

TEST(any_and_all_wake_threads)
{
    struct waiter any = {.events = {auto_event(), auto_event()}, .count = 2};
    pthread_t thread = start_waiter(&any);
    CHECK(SetEvent(any.events[1]));
    pthread_join(thread, NULL);
    CHECK_EQ(any.result, WAIT_OBJECT_0 + 1);

    struct waiter all = {.events = {any.events[0], any.events[1]}, .count = 2, .all = TRUE};
    thread = start_waiter(&all);
    CHECK(SetEvent(all.events[1]));
    Sleep(5);
    CHECK(SetEvent(all.events[0]));
    pthread_join(thread, NULL);
    CHECK_EQ(all.result, WAIT_OBJECT_0);
    CHECK_EQ(WaitForMultipleObjects(2, all.events, FALSE, 0), WAIT_TIMEOUT);
    close_all(all.events, 2);
}

TEST(one_set_lets_exactly_one_of_two_waiters_go)
{
    HANDLE event = auto_event(), stop = CreateEventA(NULL, TRUE, FALSE, NULL);
    struct waiter a = {.events = {event, stop}, .count = 2}, b = a;
    pthread_t ta = start_waiter(&a), tb = start_waiter(&b);
    CHECK(SetEvent(event));
    while (!atomic_load(&a.done) && !atomic_load(&b.done))
        Sleep(1);
    Sleep(20);
    CHECK_EQ(atomic_load(&a.done) + atomic_load(&b.done), 1);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK(SetEvent(stop));
    pthread_join(ta, NULL);
    pthread_join(tb, NULL);
    CHECK_EQ(a.result + b.result,
             WAIT_OBJECT_0 + 1); /* one got the event, the other the stop */
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(stop));
}

TEST(closing_a_handle_does_not_disturb_the_wait)
{
    struct waiter w = {.events = {auto_event()}, .count = 1, .result = 77};
    HANDLE other = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), w.events[0], GetCurrentProcess(), &other, 0,
                          FALSE, DUPLICATE_SAME_ACCESS));
    pthread_t thread = start_waiter(&w);
    CHECK(CloseHandle(w.events[0]));
    CHECK(SetEvent(other));
    pthread_join(thread, NULL);
    CHECK_EQ(w.result, WAIT_OBJECT_0);
    CHECK(CloseHandle(other));
}

/* Two threads wait for both events at once: if "all" were not atomic, each could hold one. */
struct contest {
    HANDLE pair[2];
    int rounds;
};

static void *take_both(void *arg)
{
    struct contest *c = arg;
    for (int i = 0; i < c->rounds; i++) {
        CHECK_EQ(WaitForMultipleObjects(2, c->pair, TRUE, LONG_MS), WAIT_OBJECT_0);
        CHECK(SetEvent(c->pair[i & 1]));
        CHECK(SetEvent(c->pair[!(i & 1)]));
    }
    return NULL;
}

TEST(all_is_atomic_between_threads)
{
    HANDLE x = auto_event(), y = auto_event();
    struct contest a = {{x, y}, 500}, b = {{y, x}, 500};
    pthread_t ta = rig_thread(take_both, &a), tb = rig_thread(take_both, &b);
    CHECK(SetEvent(x));
    CHECK(SetEvent(y));
    pthread_join(ta, NULL);
    pthread_join(tb, NULL);
    CHECK_EQ(WaitForMultipleObjects(2, a.pair, TRUE, 0), WAIT_OBJECT_0);
    close_all(a.pair, 2);
}

/* A token goes back and forth a thousand times: no set is lost, none counts twice. */
static void *ping(void *arg)
{
    HANDLE *e = arg;
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(WaitForSingleObject(e[0], LONG_MS), WAIT_OBJECT_0);
        CHECK(SetEvent(e[1]));
    }
    return NULL;
}

TEST(no_set_is_lost_between_threads)
{
    HANDLE e[2] = {auto_event(), auto_event()};
    pthread_t thread = rig_thread(ping, e);
    for (int i = 0; i < 1000; i++) {
        CHECK(SetEvent(e[0]));
        CHECK_EQ(WaitForSingleObject(e[1], LONG_MS), WAIT_OBJECT_0);
    }
    pthread_join(thread, NULL);
    CHECK_EQ(WaitForMultipleObjects(2, e, FALSE, 0), WAIT_TIMEOUT);
    close_all(e, 2);
}

TEST(sleep_sleeps_at_least_as_long)
{
    int64_t start = rig_now_ns();
    Sleep(20);
    CHECK(rig_now_ns() - start >= 20000000);
    Sleep(0);
}
