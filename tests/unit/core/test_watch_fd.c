/* SPDX-License-Identifier: MIT */
/* The io thread: tells of data and of hang-ups, and of nothing once a watch was removed. */
#include "unit/core/parcel_rig.h"

struct watched {
    int ends[2];
    atomic_uint calls, hang_ups, removing;
};

static void count_call(int fd, bool hung_up, void *user)
{
    struct watched *w = user;
    char byte;
    if (!hung_up && read(fd, &byte, 1) != 1)
        return;
    atomic_fetch_add(hung_up ? &w->hang_ups : &w->calls, 1);
}

static void open_pipe(struct watched *w, bool readable)
{
    *w = (struct watched){.ends = {-1, -1}};
    CHECK_EQ(pipe2(w->ends, O_CLOEXEC), 0);
    CHECK_EQ(watch_fd_add(w->ends[0], readable, count_call, w), IST_OK);
}

static bool wait_for(atomic_uint *count, unsigned wanted)
{
    for (int i = 0; i < 10000 && atomic_load(count) < wanted; i++)
        rig_nap(1);
    return atomic_load(count) == wanted;
}

TEST(data_is_told_and_then_the_hang_up)
{
    struct watched w;
    open_pipe(&w, true);
    CHECK_EQ(write(w.ends[1], "ab", 2), 2);
    CHECK(wait_for(&w.calls, 2));
    CHECK_EQ(atomic_load(&w.hang_ups), 0);
    close(w.ends[1]);
    CHECK(wait_for(&w.hang_ups, 1));
    watch_fd_remove(w.ends[0]); /* ended by itself: no effect */
    close(w.ends[0]);
}

TEST(without_readable_only_the_hang_up_is_told)
{
    struct watched w;
    open_pipe(&w, false);
    CHECK_EQ(write(w.ends[1], "a", 1), 1);
    rig_nap(20);
    CHECK_EQ(atomic_load(&w.calls), 0);
    close(w.ends[1]);
    CHECK(wait_for(&w.hang_ups, 1));
    rig_nap(5);
    CHECK_EQ(atomic_load(&w.hang_ups), 1);
    close(w.ends[0]);
}

TEST(a_removed_watch_tells_nothing)
{
    for (int i = 0; i < 200; i++) {
        struct watched w;
        open_pipe(&w, true);
        if (i % 2)
            CHECK_EQ(write(w.ends[1], "a", 1), 1);
        watch_fd_remove(w.ends[0]);
        unsigned calls = atomic_load(&w.calls);
        close(w.ends[1]);
        close(w.ends[0]);
        sched_yield();
        CHECK_EQ(atomic_load(&w.calls), calls);
        CHECK_EQ(atomic_load(&w.hang_ups), 0);
    }
}

static void slow_call(int fd, bool hung_up, void *user)
{
    struct watched *w = user;
    atomic_fetch_add(&w->removing, 1);
    rig_nap(20);
    count_call(fd, hung_up, user);
}

TEST(removing_waits_for_a_running_call)
{
    struct watched w = {.ends = {-1, -1}};
    CHECK_EQ(pipe2(w.ends, O_CLOEXEC), 0);
    CHECK_EQ(watch_fd_add(w.ends[0], false, slow_call, &w), IST_OK);
    close(w.ends[1]);
    CHECK(wait_for(&w.removing, 1));
    watch_fd_remove(w.ends[0]);
    CHECK_EQ(atomic_load(&w.hang_ups), 1);
    close(w.ends[0]);
}

static void remove_self(int fd, bool hung_up, void *user)
{
    watch_fd_remove(fd);
    count_call(fd, hung_up, user);
}

TEST(a_call_may_remove_its_own_watch)
{
    struct watched w = {.ends = {-1, -1}};
    CHECK_EQ(pipe2(w.ends, O_CLOEXEC), 0);
    CHECK_EQ(watch_fd_add(w.ends[0], true, remove_self, &w), IST_OK);
    CHECK_EQ(write(w.ends[1], "ab", 2), 2);
    CHECK(wait_for(&w.calls, 1));
    rig_nap(5);
    CHECK_EQ(atomic_load(&w.calls), 1);
    close(w.ends[0]);
    close(w.ends[1]);
}

static int child_role(int socket)
{
    (void)socket;
    struct watched w = {.ends = {-1, -1}};
    if (pipe2(w.ends, O_CLOEXEC) < 0 || watch_fd_add(w.ends[0], true, count_call, &w) != IST_OK)
        return 1;
    if (write(w.ends[1], "a", 1) != 1)
        return 2;
    return wait_for(&w.calls, 1) ? 0 : 3;
}

TEST(a_child_of_a_fork_has_a_thread_of_its_own)
{
    struct watched w;
    open_pipe(&w, true);
    struct rig_peer peer = rig_fork(child_role);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK_EQ(write(w.ends[1], "a", 1), 1);
    CHECK(wait_for(&w.calls, 1)); /* the parent's goes on */
    watch_fd_remove(w.ends[0]);
    close(w.ends[0]);
    close(w.ends[1]);
}

TEST(a_bad_fd_is_refused)
{
    CHECK_EQ(watch_fd_add(-1, true, count_call, NULL), IST_NO_RESOURCES);
    watch_fd_remove(-1);
}
