/* SPDX-License-Identifier: MIT */
/* The epoll loop: what is ready is called, what was removed is not. */
#include "broker/source.h"
#include "rig.h"

#include "base/cleanup.h"

struct counted {
    struct source source;
    struct loop *loop;
    struct counted *victim; /* removed by our call */
    unsigned calls;
};

static void on_ready(struct source *source)
{
    struct counted *c = container_of(source, struct counted, source);
    c->calls++;
    if (c->victim)
        loop_remove(c->loop, &c->victim->source);
}

TEST(ready_fds_are_called_until_they_are_removed)
{
    struct loop loop;
    int ends[2];
    CHECK(loop_init(&loop));
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    struct counted c = {.source.ready = on_ready, .loop = &loop};
    CHECK(loop_add(&loop, &c.source, ends[0], true));
    loop_sweep(&loop, 0);
    CHECK_EQ(c.calls, 0);
    rig_put(ends[1], "x", 1);
    loop_sweep(&loop, 1000);
    loop_sweep(&loop, 0);
    CHECK_EQ(c.calls, 2); /* not read: still ready */
    loop_remove(&loop, &c.source);
    loop_remove(&loop, &c.source); /* once more: nothing happens */
    loop_sweep(&loop, 0);
    CHECK_EQ(c.calls, 2);
    close(ends[1]);
    loop_finish(&loop);
}

TEST(what_one_call_removes_is_not_called_in_the_same_sweep)
{
    struct loop loop;
    int a[2], b[2];
    CHECK(loop_init(&loop));
    CHECK(pipe2(a, O_CLOEXEC) == 0 && pipe2(b, O_CLOEXEC) == 0);
    struct counted first = {.source.ready = on_ready, .loop = &loop};
    struct counted second = {.source.ready = on_ready, .loop = &loop, .victim = &first};
    first.victim = &second;
    CHECK(loop_add(&loop, &first.source, a[0], true));
    CHECK(loop_add(&loop, &second.source, b[0], true));
    rig_put(a[1], "x", 1);
    rig_put(b[1], "x", 1);
    loop_sweep(&loop, 0);
    CHECK_EQ(first.calls + second.calls, 1);
    loop_remove(&loop, &first.source);
    loop_remove(&loop, &second.source);
    close(a[1]);
    close(b[1]);
    loop_finish(&loop);
}

TEST(without_reading_only_a_hangup_counts)
{
    struct loop loop;
    int ends[2];
    CHECK(loop_init(&loop));
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    struct counted c = {.source.ready = on_ready, .loop = &loop};
    CHECK(loop_add(&loop, &c.source, ends[0], false));
    rig_put(ends[1], "x", 1);
    loop_sweep(&loop, 0);
    CHECK_EQ(c.calls, 0);
    close(ends[1]);
    loop_sweep(&loop, 1000);
    CHECK_EQ(c.calls, 1);
    loop_remove(&loop, &c.source);
    loop_finish(&loop);
}
