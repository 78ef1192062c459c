/* SPDX-License-Identifier: MIT */
/* The thread that looks at what wakes nobody: how often, and until when. */
#include "unit/core/rig.h"

#include "core/watch_poll.h"

struct probe {
    struct poll poll;
    atomic_uint looks;
    _Atomic unsigned next;
};

static enum poll_next look(struct poll *poll)
{
    struct probe *p = container_of(poll, struct probe, poll);
    add_seq_cst(&p->looks, 1);
    return (enum poll_next)load_seq_cst(&p->next);
}

static void await_looks(struct probe *p, unsigned count)
{
    for (int i = 0; i < 20000 && load_seq_cst(&p->looks) < count; i++)
        rig_nap(1);
    CHECK(load_seq_cst(&p->looks) >= count);
}

TEST(it_looks_until_that_is_done)
{
    struct probe p = {.poll = {.look = look}, .next = POLL_SOON};
    watch_poll_add(&p.poll, POLL_SOON);
    await_looks(&p, 50);
    store_seq_cst(&p.next, POLL_DONE);
    rig_nap(200);
    unsigned looks = load_seq_cst(&p.looks);
    rig_nap(50);
    CHECK_EQ(load_seq_cst(&p.looks), looks);
    store_seq_cst(&p.next, POLL_LATER); /* added again, for later, without a wake-up */
    watch_poll_add(&p.poll, POLL_LATER);
    await_looks(&p, looks + 2);
    watch_poll_remove(&p.poll);
}

/* A look every 20 ms at most: on a slow machine fewer, never many more. */
TEST(later_is_not_soon)
{
    struct probe p = {.poll = {.look = look}, .next = POLL_LATER};
    watch_poll_add(&p.poll, POLL_LATER);
    int64_t begin = clock_now_ns();
    rig_nap(200);
    unsigned looks = load_seq_cst(&p.looks);
    CHECK(looks <= (clock_now_ns() - begin) / 20000000 + 1);
    watch_poll_remove(&p.poll);
}

TEST(what_is_in_a_hurry_is_looked_at_now)
{
    struct probe p = {.poll = {.look = look}, .next = POLL_LATER};
    watch_poll_add(&p.poll, POLL_LATER);
    for (unsigned i = 0; i < 20; i++) {
        unsigned looks = load_seq_cst(&p.looks);
        watch_poll_hurry(&p.poll);
        await_looks(&p, looks + 1);
    }
    watch_poll_remove(&p.poll);
}

TEST(after_its_removal_nobody_looks)
{
    for (unsigned i = 0; i < 200; i++) {
        struct probe p = {.poll = {.look = look}, .next = POLL_SOON};
        watch_poll_add(&p.poll, POLL_SOON);
        if (i % 2)
            await_looks(&p, 1);
        watch_poll_remove(&p.poll); /* the stack that it lies on is used again */
        watch_poll_remove(&p.poll);
    }
}

/* With nothing to look at the thread ends, and comes back when it is needed. */
TEST(the_thread_ends_and_starts_again)
{
    for (unsigned i = 0; i < 2; i++) {
        struct probe p = {.poll = {.look = look}, .next = POLL_DONE};
        watch_poll_add(&p.poll, i ? POLL_LATER : POLL_SOON);
        await_looks(&p, 1);
        watch_poll_remove(&p.poll); /* that look is over */
        rig_nap(700);
    }
}
