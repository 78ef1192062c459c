/* SPDX-License-Identifier: MIT */
/*
 * Values that go down: a wait whose value was there is over, whoever lowered it since, and
 * wherever the wait was at that moment: held back, passed by a program's stream, or behind its
 * own work. What only a stream saw is known of fences that have gone down before.
 */
#include "unit/device/nvidia/nv_rig.h"

#include "core/queue_own.h"

/* A program's stream, wrapped, and a queue of ours; a fence that is lowered. */
struct fall {
    struct nv_rig nv;
    CUstream native;
    struct queue *theirs, *ours;
    struct fence *fence, *block, *done;
};

static struct fence *new_fence(struct device *dev)
{
    struct fence *fence = NULL;
    CHECK_EQ(fence_create(rig_session(), dev, 0, 0, &fence), IST_OK);
    return fence;
}

static struct fall fall_open(void)
{
    struct fall f = {.nv = nv_rig_open()};
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(f.nv.nv, &scope), IST_OK);
    CHECK_EQ(driver.stream_create(&f.native, NV_STREAM_NON_BLOCKING, 0), CUDA_SUCCESS);
    nv_leave(&scope);
    CHECK_EQ(queue_wrap(f.nv.dev, f.native, &f.theirs), IST_OK);
    CHECK_EQ(queue_create(f.nv.dev, &f.ours), IST_OK);
    f.fence = new_fence(f.nv.dev);
    f.block = new_fence(f.nv.dev);
    f.done = new_fence(f.nv.dev);
    return f;
}

static void fall_finish(struct fall *f)
{
    struct nv_scope scope = {.nv = NULL};
    queue_unref(f->theirs);
    queue_unref(f->ours);
    rig_drop(&f->fence->object); /* ends what still waits for it */
    rig_drop(&f->block->object);
    rig_drop(&f->done->object);
    for (unsigned i = 0; i < 5000 && (queue_any_busy() || nv_pages_in_use()); i++)
        rig_nap(1);
    CHECK(!queue_any_busy());
    CHECK_EQ(nv_enter(f->nv.nv, &scope), IST_OK);
    CHECK_EQ(driver.stream_destroy(f->native), CUDA_SUCCESS);
    nv_leave(&scope);
    rig_nap(50); /* the polling thread has given the streams back */
    nv_rig_finish(&f->nv);
}

/* All that the program's stream was given is done. */
static void drain(struct fall *f)
{
    struct nv_scope scope = {.nv = NULL};
    int64_t late = rig_late();
    CHECK_EQ(nv_enter(f->nv.nv, &scope), IST_OK);
    while (driver.stream_query(f->native) != CUDA_SUCCESS && clock_now_ns() < late)
        rig_nap(1);
    CHECK_EQ(driver.stream_query(f->native), CUDA_SUCCESS);
    nv_leave(&scope);
}

static void let_fall(struct fence *fence)
{
    fence_signal(fence, 1);
    fence_signal(fence, 0);
}

static void hold_and_reach(struct fall *f)
{
    CHECK_EQ(queue_wait_fence(f->theirs, f->block, 1), IST_OK);
    CHECK_EQ(queue_signal_fence(f->theirs, f->fence, 5), IST_OK);
    CHECK_EQ(queue_wait_fence(f->ours, f->fence, 5), IST_OK); /* issued: nothing parks */
    fence_signal(f->block, 1);
    CHECK_EQ(fence_wait(f->fence, 5, rig_late()), IST_OK);
    rig_nap(4); /* a stream that waits has seen it by now */
}

static void check_goes_on(struct fall *f)
{
    CHECK_EQ(queue_signal_fence(f->ours, f->done, 1), IST_OK);
    enum ist_status status = fence_wait(f->done, 1, deadline_after_ms(3000));
    fence_signal(f->fence, 5); /* so that a failure is one */
    CHECK_EQ(status, IST_OK);
}

TEST(a_wait_that_is_held_back_is_over_by_a_value_that_a_host_lowered)
{
    struct fall f = fall_open();
    hold_and_reach(&f);
    fence_signal(f.fence, 0);
    check_goes_on(&f);
    fall_finish(&f);
}

TEST(a_wait_that_is_held_back_is_over_by_a_value_that_a_stream_lowered)
{
    struct fall f = fall_open();
    let_fall(f.fence);
    hold_and_reach(&f);
    CHECK_EQ(queue_signal_fence(f.theirs, f.fence, 0), IST_OK);
    drain(&f);
    CHECK_EQ(fence_value(f.fence), 0);
    check_goes_on(&f);
    fall_finish(&f);
}

/* The signals are another stream's, so nothing comes behind the wait that could tell. */
TEST(a_wait_that_was_passed_is_let_go_of_though_a_stream_lowered_its_value)
{
    for (unsigned i = 0; i < 5; i++) { /* a look of the polling thread may come in between */
        struct fall f = fall_open(), other = fall_open();
        let_fall(f.fence);
        CHECK_EQ(queue_wait_fence(f.theirs, f.fence, 5), IST_OK);
        CHECK_EQ(queue_signal_fence(other.theirs, f.fence, 5), IST_OK);
        drain(&f);
        CHECK_EQ(queue_signal_fence(other.theirs, f.fence, 0), IST_OK);
        drain(&other);
        for (unsigned n = 0; n < 3000 && object_held(&f.fence->object, HOLDER_WORK); n++)
            rig_nap(1);
        CHECK_EQ(object_held(&f.fence->object, HOLDER_WORK), 0);
        nvidia_stream_destroy(other.nv.stream);
        queue_unref(other.theirs);
        queue_unref(other.ours);
        rig_drop(&other.fence->object);
        rig_drop(&other.block->object);
        rig_drop(&other.done->object);
        fall_finish(&f);
    }
}

TEST(a_wait_that_was_passed_puts_nothing_off_though_its_value_went_down)
{
    struct fall f = fall_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 4096};
    let_fall(f.fence);
    CHECK_EQ(queue_wait_fence(f.theirs, f.fence, 1), IST_OK);
    fence_signal(f.fence, 1);
    drain(&f);
    fence_signal(f.fence, 0);
    for (unsigned i = 0; i < 5000 && object_held(&f.fence->object, HOLDER_WORK); i++)
        rig_nap(1);
    struct resource r = nv_rig_create(&f.nv, &shape, false);
    nv_rig_destroy(&f.nv, &r);
    for (unsigned i = 0; i < 1000 && nv_rig_free(&f.nv); i++)
        rig_nap(1);
    CHECK_EQ(nv_rig_free(&f.nv), 0);
    fall_finish(&f);
}

struct freeing {
    struct nv_rig *rig;
    struct resource resource;
    atomic_bool done;
};

static void *free_it(void *arg)
{
    struct freeing *freeing = arg;
    nv_rig_destroy(freeing->rig, &freeing->resource);
    atomic_store(&freeing->done, true);
    return NULL;
}

/* Its queue has left the cache, and the stream still comes to the wait: frees would block. */
TEST(a_stream_that_was_let_go_of_blocks_no_free)
{
    struct fall f = fall_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 4096};
    struct freeing freeing = {&f.nv, nv_rig_create(&f.nv, &shape, false), false};
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(f.nv.nv, &scope), IST_OK);
    CHECK_EQ(driver.stream_wait(f.native, nv_page_word(&f.block->page->fence_gpu.word), 1,
                                NV_WAIT_GEQ), /* work of the program's own */
             CUDA_SUCCESS);
    nv_leave(&scope);
    CHECK_EQ(queue_wait_fence(f.theirs, f.fence, 5), IST_OK);
    fence_signal(f.fence, 5);
    for (unsigned i = 0; i < 1000 && queue_any_busy(); i++)
        rig_nap(1);
    fence_signal(f.fence, 0);
    queue_unref(f.theirs);
    CHECK_EQ(queue_wrap(f.nv.dev, f.native, &f.theirs), IST_OK);
    rig_nap(50);
    fence_signal(f.block, 1); /* the stream comes to a wait that is not over */
    rig_nap(20);
    pthread_t thread = rig_start(free_it, &freeing);
    for (unsigned i = 0; i < 3000 && !atomic_load(&freeing.done); i++)
        rig_nap(1);
    CHECK(atomic_load(&freeing.done));
    fence_signal(f.fence, 5);
    rig_join(thread);
    drain(&f);
    fall_finish(&f);
}
