/* SPDX-License-Identifier: MIT */
/*
 * The order of a keyed mutex between processes: a releaser that dies before its queued work ran
 * is as dead as an owner, and work that was done in time abandons nothing.
 */
#include "unit/core/sync_rig.h"

static const char party_a, party_b;

/* Releases with key 1 and work in its queue that waits for the shared fence. */
static void release_early(struct peer *peer)
{
    struct kmutex km;
    struct fence *gate;
    struct queue *queue = rig_queue();
    open_mutex(&km, peer);
    EXPECT(peer, fence_open(rig_session(), rig_device(), 0, dup(peer->fence_fd), HOLDER_COM,
                            &gate) == IST_OK);
    for (uint64_t turn = 0; turn < 2; turn++) { /* the second raises what the slot stands for */
        EXPECT(peer, kmutex_acquire(&km, &party_a, turn, rig_late(), queue) == IST_OK);
        EXPECT(peer, queue_wait_fence(queue, gate, 1) == IST_OK);
        EXPECT(peer, kmutex_release(&km, &party_a, turn + 1, queue) == IST_OK);
    }
    atomic_store(&peer->stage->child, 1);
    EXPECT(peer, stage_await(&peer->stage->parent, 1));
    EXPECT(peer, rig_finish_queue(queue) == IST_OK);
}

struct early {
    struct kmutex km;
    struct fence *gate;
    struct peer peer;
};

static void start_early(struct early *e)
{
    *e = (struct early){.peer.stage = stage_new(), .gate = rig_fence(0)};
    shared_mutex(&e->km, &e->peer);
    CHECK_EQ(fence_share(e->gate, &e->peer.fence_fd), IST_OK);
    peer_start(&e->peer, release_early);
    CHECK(stage_await(&e->peer.stage->child, 1));
}

static void end_early(struct early *e)
{
    for (int i = 0; i < 2; i++)
        CHECK_EQ(kmutex_acquire(&e->km, &party_b, 2, 0, NULL), IST_ABANDONED);
    kmutex_finish(&e->km);
    rig_drop(&e->gate->object);
    stage_free(e->peer.stage);
}

TEST(a_releaser_that_died_before_its_work_ran_is_found_later)
{
    struct early e;
    SKIP_UNLESS_PROCESSES();
    start_early(&e);
    peer_kill(&e.peer);
    CHECK_EQ(kmutex_acquire(&e.km, &party_b, 2, 0, NULL), IST_ABANDONED);
    end_early(&e);
}

TEST(who_sleeps_for_another_key_learns_that_the_releaser_died)
{
    struct early e;
    SKIP_UNLESS_PROCESSES();
    start_early(&e);
    struct waiting w = {.km = &e.km, .party = &party_b, .key = 9, .ms = UINT32_MAX};
    pthread_t thread = rig_start(wait_for_it, &w);
    await_waiting(&e.km, 1);
    int64_t start = clock_now_ns();
    peer_kill(&e.peer);
    rig_join(thread);
    printf("     told after %.0f us\n", (double)(w.done - start) / 1e3);
    CHECK_EQ(w.status, IST_ABANDONED);
    end_early(&e);
}

TEST(who_waits_for_the_order_learns_that_the_releaser_died)
{
    struct early e;
    SKIP_UNLESS_PROCESSES();
    start_early(&e);
    struct waiting w = {.km = &e.km, .party = &party_b, .key = 2, .ms = UINT32_MAX};
    pthread_t thread = rig_start(wait_for_it, &w); /* owns it, waits for the work */
    for (int i = 0; i < 20000 && !kmutex_owned_by(&e.km, &party_b); i++)
        rig_nap(1);
    CHECK(kmutex_owned_by(&e.km, &party_b));
    rig_nap(50); /* asleep by now, or about to be */
    int64_t start = clock_now_ns();
    peer_kill(&e.peer);
    rig_join(thread);
    printf("     told after %.0f us\n", (double)(w.done - start) / 1e3);
    CHECK_EQ(w.status, IST_ABANDONED);
    CHECK(!kmutex_owned_by(&e.km, &party_b));
    end_early(&e);
}

TEST(a_queue_that_waits_for_the_order_goes_on_when_the_releaser_dies)
{
    struct early e;
    SKIP_UNLESS_PROCESSES();
    start_early(&e);
    struct queue *queue = rig_queue();
    CHECK_EQ(kmutex_acquire(&e.km, &party_b, 2, rig_late(), queue), IST_OK);
    CHECK_EQ(queue_sync(queue, queue_ticket(queue), rig_soon()), IST_TIMEOUT);
    int64_t start = clock_now_ns();
    peer_kill(&e.peer);
    CHECK_EQ(rig_finish_queue(queue), IST_OK);
    printf("     went on after %.0f us\n", (double)(clock_now_ns() - start) / 1e3);
    CHECK_EQ(kmutex_release(&e.km, &party_b, 2, queue), IST_OK);
    CHECK_EQ(rig_finish_queue(queue), IST_OK); /* it may yet have to set the order of `e` */
    queue_unref(queue);
    end_early(&e);
}

TEST(work_that_is_done_in_time_abandons_nothing)
{
    struct early e;
    SKIP_UNLESS_PROCESSES();
    start_early(&e);
    struct queue *queue = rig_queue();
    CHECK_EQ(kmutex_acquire(&e.km, &party_b, 2, rig_late(), queue), IST_OK);
    CHECK_EQ(queue_sync(queue, queue_ticket(queue), rig_soon()), IST_TIMEOUT);
    fence_signal(e.gate, 1);
    CHECK_EQ(rig_finish_queue(queue), IST_OK);
    atomic_store(&e.peer.stage->parent, 1);
    peer_end_well(&e.peer);
    CHECK_EQ(kmutex_release(&e.km, &party_b, 3, queue), IST_OK);
    CHECK_EQ(kmutex_acquire(&e.km, &party_b, 3, 0, queue), IST_OK);
    CHECK_EQ(kmutex_release(&e.km, &party_b, 2, queue), IST_OK);
    CHECK_EQ(rig_finish_queue(queue), IST_OK); /* a queue that is done need not be idle yet */
    queue_unref(queue);
    CHECK_EQ(kmutex_acquire(&e.km, &party_a, 2, 0, NULL), IST_OK);
    CHECK_EQ(load_relaxed(&e.km.mutex->pending[0].word), 0); /* given back, not lost */
    kmutex_finish(&e.km);
    rig_drop(&e.gate->object);
    stage_free(e.peer.stage);
}

static void *open_gate(void *gate)
{
    rig_nap(50);
    fence_signal(gate, 1);
    return NULL;
}

/* Eight others have releases under way: nobody could vouch for our work, so it comes first. */
TEST(without_a_slot_the_releaser_waits_for_its_own_work)
{
    struct kmutex km;
    struct peer peer;
    struct fence *gate = rig_fence(0);
    struct queue *queue = rig_queue();
    shared_mutex(&km, &peer);
    for (unsigned i = 0; i < SYNC_PENDING; i++)
        store_relaxed(&km.mutex->pending[i].word, (uint32_t)getpid());
    CHECK_EQ(kmutex_acquire(&km, &party_a, 0, 0, queue), IST_OK);
    CHECK_EQ(queue_wait_fence(queue, gate, 1), IST_OK);
    pthread_t thread = rig_start(open_gate, gate);
    CHECK_EQ(kmutex_release(&km, &party_a, 1, queue), IST_OK);
    CHECK_EQ(fence_value(gate), 1);
    rig_join(thread);
    CHECK_EQ(kmutex_acquire(&km, &party_b, 1, rig_late(), NULL), IST_OK);
    CHECK_EQ(rig_finish_queue(queue), IST_OK);
    queue_unref(queue);
    kmutex_finish(&km);
    rig_drop(&gate->object);
}

/* Slots of the dead whose work was done are used again. */
TEST(stale_slots_are_taken_again)
{
    struct kmutex km;
    struct peer peer;
    struct fence *gate = rig_fence(0);
    struct queue *queue = rig_queue();
    shared_mutex(&km, &peer);
    for (unsigned i = 0; i < SYNC_PENDING; i++)
        store_relaxed(&km.mutex->pending[i].word, SYNC_DIED);
    CHECK_EQ(kmutex_acquire(&km, &party_a, 0, 0, queue), IST_OK);
    CHECK_EQ(queue_wait_fence(queue, gate, 1), IST_OK);
    CHECK_EQ(kmutex_release(&km, &party_a, 1, queue), IST_OK);
    CHECK(robust_owns(load_relaxed(&km.mutex->pending[0].word)));
    CHECK_EQ(load_relaxed(&km.mutex->pending[0].value), 1);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(queue), IST_OK);
    CHECK_EQ(load_relaxed(&km.mutex->pending[0].word), 0);
    queue_unref(queue);
    kmutex_finish(&km);
    rig_drop(&gate->object);
}
