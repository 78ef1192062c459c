/* SPDX-License-Identifier: MIT */
/* Waits are held back until something follows, and go with it in one piece. */
#include "unit/device/nvidia/nv_page_rig.h"

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

/* A fill must not overtake it, and what fails leaves it where it was. */
TEST(work_comes_behind_what_is_held_back)
{
    struct page_rig rig = page_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 64};
    struct resource r = nv_rig_staging(&rig.nv, &shape);
    struct fill fill = {.dst.resource = &r,
                        .row_bytes = 64,
                        .rows = 1,
                        .slices = 1,
                        .pattern = {7},
                        .pattern_bytes = 1};
    unsigned char *bytes = r.memory.base;
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
    fake.fail("cuStreamWaitValue64", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nvidia_fill(rig.nv.stream, &fill), IST_NO_MEMORY);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    CHECK_EQ(nvidia_fill(rig.nv.stream, &fill), IST_OK);
    CHECK(nv_stream_may_wait(rig.nv.stream));
    rig_nap(5);
    CHECK_EQ(bytes[0], 0);
    store_release(&rig.page->fence_gpu.word, 5);
    nv_rig_sync(&rig.nv);
    CHECK_EQ(bytes[63], 7);
    nv_rig_destroy(&rig.nv, &r);
    page_rig_finish(&rig);
}
