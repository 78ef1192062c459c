/* SPDX-License-Identifier: MIT */
/* Waits, signals and progress. */
#include "unit/device/nvidia/nv_page_rig.h"

TEST(a_signal_writes_value_word_and_progress)
{
    struct page_rig rig = page_rig_open();
    struct gpu_signal signal = signal_to(&rig, 7);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 0);
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 3), IST_OK);
    nv_rig_wait(rig.nv.stream, 3);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 3);
    CHECK_EQ(load_acquire(&rig.page->fence.value), 7);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), 7);
    rig.nv.ticket = 3;
    page_rig_finish(&rig);
}

/* Behind work it is the stream's again, until that is known to be done. */
TEST(a_signal_behind_nothing_is_there_at_once)
{
    struct page_rig rig = page_rig_open();
    struct gpu_signal signal = signal_to(&rig, 1);
    size_t before = fake.calls("cuStreamBatchMemOp");
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 1), IST_OK);
    CHECK_EQ(load_acquire(&rig.page->fence.value), 1);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), 1);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 1);
    CHECK_EQ(fake.calls("cuStreamBatchMemOp"), before);
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
    signal.value = 3;
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 2), IST_OK);
    CHECK_EQ(fake.calls("cuStreamBatchMemOp"), before + 1);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), 1);
    store_release(&rig.page->fence_gpu.word, 5);
    nv_rig_wait(rig.nv.stream, 2);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), 3);
    signal.value = 4;
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 0), IST_OK);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), 4);
    CHECK_EQ(fake.calls("cuStreamBatchMemOp"), before + 1);
    rig.nv.ticket = 2;
    page_rig_finish(&rig);
}

TEST(a_word_can_be_signalled_without_its_line)
{
    struct page_rig rig = page_rig_open();
    struct gpu_signal signal = {NULL, &rig.page->fence_gpu, 7};
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 1), IST_OK);
    nv_rig_wait(rig.nv.stream, 1);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), 7);
    CHECK_EQ(load_acquire(&rig.page->fence.value), 0);
    page_rig_finish(&rig);
}

TEST(a_value_beyond_the_words_range_is_the_words_greatest)
{
    struct page_rig rig = page_rig_open();
    struct gpu_signal signal = signal_to(&rig, UINT64_MAX);
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 0, 0), IST_OK);
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 1), IST_OK);
    nv_rig_wait(rig.nv.stream, 1);
    CHECK_EQ(load_acquire(&rig.page->fence.value), UINT64_MAX);
    CHECK_EQ(load_acquire(&rig.page->fence_gpu.word), SYNC_GPU_MAX);
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, UINT64_MAX - 1, 0), IST_OK);
    CHECK_EQ(nvidia_signal(rig.nv.stream, NULL, 2), IST_OK);
    nv_rig_wait(rig.nv.stream, 2);
    page_rig_finish(&rig);
}

TEST(without_a_ticket_the_progress_stays)
{
    struct page_rig rig = page_rig_open();
    struct gpu_signal signal = signal_to(&rig, 4);
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 0), IST_OK);
    CHECK_EQ(nvidia_signal(rig.nv.stream, &(struct gpu_signal){.line = NULL}, 0), IST_OK);
    CHECK_EQ(nvidia_signal(rig.nv.stream, NULL, 8), IST_OK);
    nv_rig_wait(rig.nv.stream, 8);
    CHECK_EQ(load_acquire(&rig.page->fence.value), 4);
    page_rig_finish(&rig);
}

TEST(a_wait_is_over_when_a_host_writes)
{
    struct page_rig rig = page_rig_open();
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 0), IST_OK);
    CHECK_EQ(nvidia_signal(rig.nv.stream, NULL, 1), IST_OK);
    rig_nap(5);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 0);
    store_release(&rig.page->fence_gpu.word, 4);
    rig_nap(5);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 0);
    store_release(&rig.page->fence_gpu.word, 6);
    nv_rig_wait(rig.nv.stream, 1);
    page_rig_finish(&rig);
}

TEST(a_wait_tells_when_it_is_over_by_the_same_submission)
{
    struct page_rig rig = page_rig_open();
    size_t before = fake.calls("cuStreamBatchMemOp");
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 3), IST_OK);
    CHECK_EQ(fake.calls("cuStreamBatchMemOp"), before + 1);
    CHECK(nv_stream_may_wait(rig.nv.stream));
    rig_nap(5);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 0);
    store_release(&rig.page->fence_gpu.word, 5);
    nv_rig_wait(rig.nv.stream, 3);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 5, 4), IST_OK); /* is over */
    nv_rig_wait(rig.nv.stream, 4);
    fake.fail("cuStreamBatchMemOp", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 9, 5), IST_NO_MEMORY);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    CHECK_EQ(nvidia_progress(rig.nv.stream), 4);
    page_rig_finish(&rig);
}

TEST(one_stream_waits_for_another)
{
    struct page_rig rig = page_rig_open();
    struct gpu_stream *other = another_stream(&rig);
    for (uint64_t i = 1; i <= 50; i++) {
        struct gpu_signal signal = signal_to(&rig, i);
        CHECK_EQ(nvidia_signal(other, NULL, 0), IST_OK);
        other->untold = true; /* as behind work */
        CHECK_EQ(nvidia_signal(other, &signal, i), IST_OK);
        CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, i, 0), IST_OK);
        CHECK_EQ(nvidia_signal(rig.nv.stream, NULL, i), IST_OK);
    }
    nv_rig_wait(rig.nv.stream, 50);
    nv_rig_wait(other, 50);
    nvidia_stream_destroy(other);
    page_rig_finish(&rig);
}

TEST(a_wait_that_is_over_asks_nothing_of_the_stream)
{
    struct page_rig rig = page_rig_open();
    store_release(&rig.page->fence_gpu.word, 9);
    size_t before = fake.calls("cuStreamWaitValue64");
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 9, 0), IST_OK);
    CHECK_EQ(fake.calls("cuStreamWaitValue64"), before);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    page_rig_finish(&rig);
}

TEST(a_page_that_was_not_given_is_refused)
{
    struct page_rig rig = page_rig_open();
    static struct sync_line line;
    static struct sync_gpu word;
    struct gpu_signal signal = {&line, &word, 1};
    CHECK_EQ(nvidia_wait(rig.nv.stream, &word, 1, 0), IST_BAD_CALL);
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 1), IST_BAD_CALL);
    page_rig_finish(&rig);
}

TEST(failures_are_said_and_change_nothing)
{
    struct page_rig rig = page_rig_open();
    struct gpu_signal signal = signal_to(&rig, 7);
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 3, 0), IST_OK);
    fake.fail("cuStreamWaitValue64", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nvidia_wait(rig.nv.stream, &rig.page->fence_gpu, 4, 0), IST_NO_MEMORY);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    store_release(&rig.page->fence_gpu.word, 3);
    rig.nv.stream->untold = true; /* as behind work */
    fake.fail("cuStreamBatchMemOp", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 1), IST_NO_MEMORY);
    fake.fail("cuStreamWriteValue64", 1, CUDA_ERROR_NOT_SUPPORTED);
    CHECK_EQ(nvidia_signal(rig.nv.stream, NULL, 1), IST_NOT_SUPPORTED);
    CHECK_EQ(nvidia_signal(rig.nv.stream, &signal, 1), IST_OK);
    nv_rig_wait(rig.nv.stream, 1);
    page_rig_finish(&rig);
}

TEST(a_stream_that_cannot_be_made_leaves_nothing)
{
    struct nv_rig rig = nv_rig_open();
    struct gpu_stream *stream = NULL;
    size_t before = fake.live(FAKECUDA_KINDS);
    fake.fail("cuStreamCreateWithPriority", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nvidia_stream_create(rig.dev, &stream), IST_NO_MEMORY);
    fake.fail("cuCtxPushCurrent", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nvidia_stream_wrap(rig.dev, NULL, &stream), IST_NO_MEMORY);
    CHECK_PTR_EQ(stream, NULL);
    CHECK_EQ(fake.live(FAKECUDA_KINDS), before);
    nv_rig_finish(&rig);
}

TEST(a_wrapped_stream_is_its_owners)
{
    struct page_rig rig = page_rig_open();
    struct gpu_stream *wrapped;
    struct gpu_signal signal = signal_to(&rig, 2);
    CHECK_EQ(nvidia_stream_wrap(rig.nv.dev, rig.nv.stream->cu, &wrapped), IST_OK);
    size_t before = fake.live(FAKECUDA_STREAM);
    CHECK_EQ(nvidia_wait(wrapped, &rig.page->fence_gpu, 1, 0), IST_OK);
    CHECK_EQ(nvidia_signal(wrapped, &signal, 10), IST_OK);
    CHECK_EQ(nvidia_progress(wrapped), 0);
    store_release(&rig.page->fence_gpu.word, 1);
    nv_rig_wait(wrapped, 10);
    /* A graph that runs again writes its old number: nothing goes back. */
    store_release(&wrapped->words->progress, 4);
    CHECK_EQ(nvidia_progress(wrapped), 10);
    store_release(&wrapped->words->progress, 10);
    nvidia_stream_destroy(wrapped);
    CHECK_EQ(fake.live(FAKECUDA_STREAM), before);
    page_rig_finish(&rig);
}

TEST(the_streams_that_every_program_has_can_be_wrapped)
{
    struct page_rig rig = page_rig_open();
    static void *const natives[] = {NULL, (void *)1, (void *)2};
    for (unsigned i = 0; i < ARRAY_SIZE(natives); i++) {
        struct gpu_stream *wrapped;
        struct gpu_signal signal = signal_to(&rig, i + 1);
        CHECK_EQ(nvidia_stream_wrap(rig.nv.dev, natives[i], &wrapped), IST_OK);
        CHECK_EQ(nvidia_wait(wrapped, &rig.page->fence_gpu, i, 0), IST_OK);
        CHECK_EQ(nvidia_signal(wrapped, &signal, 1), IST_OK);
        nv_rig_wait(wrapped, 1);
        nvidia_stream_destroy(wrapped);
    }
    page_rig_finish(&rig);
}
