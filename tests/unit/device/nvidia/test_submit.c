/* SPDX-License-Identifier: MIT */
/* Waits are held back until something follows, and go with it in one piece. */
#include "unit/device/nvidia/nv_page_rig.h"

static struct fill sevens(struct resource *r)
{
    return (struct fill){.dst.resource = r,
                         .row_bytes = 64,
                         .rows = 1,
                         .slices = 1,
                         .pattern = {7},
                         .pattern_bytes = 1};
}

TEST(a_wait_is_held_back_until_something_follows)
{
    struct page_rig rig = page_rig_open();
    struct gpu_signal signal = {NULL, &rig.page->fence_gpu, 9};
    size_t before = fake.calls("cuStreamBatchMemOp"), waits = fake.calls("cuStreamWaitValue64");
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
    CHECK_EQ(fake.calls("cuStreamWaitValue64"), waits);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    CHECK_EQ(nvidia_signal(rig.nv.stream, NULL, 0), IST_OK); /* nothing */
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 6, 0), IST_OK);
    CHECK_EQ(fake.calls("cuStreamWaitValue64"), waits + 1); /* the first */
    CHECK(nv_stream_may_wait(rig.nv.stream));
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 1), IST_OK); /* behind the second */
    CHECK_EQ(fake.calls("cuStreamBatchMemOp"), before + 1);
    store_release(&rig.page->fence_gpu.word, 5);
    rig_nap(5);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 0);
    store_release(&rig.page->fence_gpu.word, 6);
    nv_rig_wait(rig.nv.stream, 1);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), 9);
    rig.nv.ticket = 1;
    page_rig_finish(&rig);
}

TEST(what_is_held_back_and_over_costs_nothing)
{
    struct page_rig rig = page_rig_open();
    struct gpu_signal signal = {NULL, &rig.page->fence_gpu, 9};
    size_t before = fake.calls("cuStreamBatchMemOp") + fake.calls("cuStreamWaitValue64") +
                    fake.calls("cuStreamWriteValue64");
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
    store_release(&rig.page->fence_gpu.word, 5);
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 1), IST_OK);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), 9);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 1);
    CHECK_EQ(fake.calls("cuStreamBatchMemOp") + fake.calls("cuStreamWaitValue64") +
                 fake.calls("cuStreamWriteValue64"),
             before);
    rig.nv.ticket = 1;
    page_rig_finish(&rig);
}

/*
 * What is there while a stream may write it. The stream sees the value that lets it through in
 * a mapping of its own of the page: ThreadSanitizer knows no order between two addresses.
 */
static __attribute__((no_sanitize_thread)) unsigned char peek(const unsigned char *at)
{
    return *(const volatile unsigned char *)at;
}

/* A fill must not overtake it, and what fails leaves it where it was. */
TEST(work_comes_behind_what_is_held_back)
{
    struct page_rig rig = page_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 64};
    struct resource r = nv_rig_staging(&rig.nv, &shape);
    struct fill fill = sevens(&r);
    unsigned char *bytes = r.memory.base;
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
    fake.fail("cuStreamWaitValue64", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nvidia_fill(rig.nv.stream, &fill), IST_NO_MEMORY);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    CHECK_EQ(nvidia_fill(rig.nv.stream, &fill), IST_OK);
    CHECK(nv_stream_may_wait(rig.nv.stream));
    rig_nap(5);
    CHECK_EQ(peek(bytes), 0);
    store_release(&rig.page->fence_gpu.word, 5);
    nv_rig_sync(&rig.nv);
    CHECK_EQ(bytes[63], 7);
    nv_rig_destroy(&rig.nv, &r);
    page_rig_finish(&rig);
}

TEST(copies_come_behind_it_too)
{
    struct page_rig rig = page_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 64};
    struct resource from = nv_rig_staging(&rig.nv, &shape);
    struct resource to = nv_rig_staging(&rig.nv, &shape);
    unsigned char *bytes = to.memory.base;
    memset(from.memory.base, 7, 64);
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
    nv_rig_copy_all(&rig.nv, &to, &from);
    CHECK(nv_stream_may_wait(rig.nv.stream));
    rig_nap(5);
    CHECK_EQ(peek(bytes), 0);
    store_release(&rig.page->fence_gpu.word, 5);
    nv_rig_sync(&rig.nv);
    CHECK_EQ(bytes[63], 7);
    nv_rig_destroy(&rig.nv, &from);
    nv_rig_destroy(&rig.nv, &to);
    page_rig_finish(&rig);
}

/* What a program puts into its own stream next is not ours to see. */
TEST(in_somebody_elses_stream_nothing_is_held_back)
{
    struct page_rig rig = page_rig_open();
    struct gpu_stream *wrapped;
    size_t waits = fake.calls("cuStreamWaitValue64");
    CHECK_EQ(nvidia_stream_wrap(rig.nv.dev, rig.nv.stream->cu, &wrapped), IST_OK);
    CHECK_EQ(nvidia_wait(wrapped, &rig.page->fence_gpu, 5, 0), IST_OK);
    CHECK_EQ(fake.calls("cuStreamWaitValue64"), waits + 1);
    CHECK(nv_stream_may_wait(wrapped));
    store_release(&rig.page->fence_gpu.word, 5);
    nv_rig_sync(&rig.nv);
    nvidia_stream_destroy(wrapped);
    page_rig_finish(&rig);
}

/* No ticket was asked for, so only the stream itself knows that it is busy. */
TEST(a_signal_never_overtakes_what_has_no_ticket)
{
    struct page_rig rig = page_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 64};
    struct gpu_signal first = {NULL, &rig.page->order_gpu, 8};
    struct gpu_signal second = {NULL, &rig.page->order_gpu, 9};
    struct resource r = nv_rig_staging(&rig.nv, &shape);
    struct fill fill = sevens(&r);
    struct nv_scope scope = {.nv = NULL};
    for (unsigned i = 0; i < 2; i++) { /* behind a signal that has to wait, and behind work */
        store_release(&rig.page->fence_gpu.word, 0);
        store_release(&rig.page->order_gpu.word, 0);
        if (i == 0) {
            CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
            CHECK_EQ(nvidia_signal(rig.nv.stream, &first, 0), IST_OK);
        } else { /* the device knows nothing of this wait */
            CHECK_EQ(nv_enter(rig.nv.nv, &scope), IST_OK);
            CHECK_EQ(driver.stream_wait(rig.nv.stream->cu, nv_page_word(&rig.page->fence_gpu),
                                        5, NV_WAIT_GEQ),
                     CUDA_SUCCESS);
            nv_leave(&scope);
            CHECK_EQ(nvidia_fill(rig.nv.stream, &fill), IST_OK);
        }
        CHECK_EQ(nvidia_signal(rig.nv.stream, &second, 0), IST_OK);
        CHECK_EQ(load_acquire(&rig.page->order_gpu.word), 0);
        store_release(&rig.page->fence_gpu.word, 5);
        nv_rig_sync(&rig.nv);
        CHECK_EQ(load_acquire(&rig.page->order_gpu.word), 9);
    }
    nv_rig_destroy(&rig.nv, &r);
    page_rig_finish(&rig);
}

/* A wait that tells, for what is there already and for what is not. */
TEST(a_ticket_comes_behind_what_is_held_back)
{
    struct page_rig rig = page_rig_open();
    store_release(&rig.page->order_gpu.word, 3);
    for (unsigned i = 0; i < 2; i++) {
        store_release(&rig.page->fence_gpu.word, 0);
        CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
        CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->order_gpu, 3 + i, i + 1), IST_OK);
        CHECK(nv_stream_may_wait(rig.nv.stream));
        store_release(&rig.page->order_gpu.word, 4);
        rig_nap(5);
        CHECK_EQ(nvidia_progress(rig.nv.stream), i);
        store_release(&rig.page->fence_gpu.word, 5);
        nv_rig_wait(rig.nv.stream, i + 1);
        CHECK(!nv_stream_may_wait(rig.nv.stream));
        store_release(&rig.page->order_gpu.word, 3);
    }
    rig.nv.ticket = 2;
    page_rig_finish(&rig);
}
