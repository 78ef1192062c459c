/* SPDX-License-Identifier: MIT */
/* Frees never stand in the way of a wait, and none is forgotten. */
#include "unit/device/nvidia/nv_page_rig.h"

TEST(frees_are_put_off_while_a_stream_waits)
{
    struct page_rig rig = page_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 4096};
    struct resource shared = nv_rig_create(&rig.nv, &shape, true);
    struct resource own = nv_rig_create(&rig.nv, &shape, false);
    struct resource host = nv_rig_staging(&rig.nv, &shape);
    nv_rig_block(rig.nv.stream, &rig.page->fence_gpu, 1);
    size_t before = fake.live(FAKECUDA_KINDS);
    nv_rig_destroy(&rig.nv, &shared);
    nv_rig_destroy(&rig.nv, &own);
    nv_rig_destroy(&rig.nv, &host);
    CHECK_EQ(fake.live(FAKECUDA_KINDS), before);

    /* The ticket behind the wait tells when it is over. What is made does not wait. */
    CHECK_EQ(nvidia_signal(rig.nv.stream, NULL, 1), IST_OK);
    CHECK_EQ(nv_rig_free(&rig.nv), 3);
    own = nv_rig_create(&rig.nv, &shape, false);
    store_release(&rig.page->fence_gpu.word, 1);
    nv_rig_wait(rig.nv.stream, 1);
    nv_rig_destroy(&rig.nv, &own);
    CHECK_EQ(nv_rig_free(&rig.nv), 0);
    rig.nv.ticket = 1;
    page_rig_finish(&rig);
}

/* Nobody has told that it is over, but its value is there: it passes by itself. */
TEST(a_wait_whose_value_is_there_puts_nothing_off)
{
    struct page_rig rig = page_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 4096};
    for (unsigned i = 1; i <= 3 * NV_OPEN_WAITS; i++) {
        struct resource r = nv_rig_create(&rig.nv, &shape, false);
        size_t before = fake.live(FAKECUDA_KINDS);
        nv_rig_block(rig.nv.stream, &rig.page->fence_gpu, i);
        CHECK(nv_stream_may_wait(rig.nv.stream));
        nv_rig_destroy(&rig.nv, &r);
        CHECK_EQ(fake.live(FAKECUDA_KINDS), before);
        store_release(&rig.page->fence_gpu.word, i);
        CHECK(!nv_stream_may_wait(rig.nv.stream));
        CHECK_EQ(nv_rig_free(&rig.nv), 0);
        CHECK(fake.live(FAKECUDA_KINDS) < before);
    }
    nv_rig_sync(&rig.nv);
    page_rig_finish(&rig);
}

/* Of more than there is room for only a ticket tells. */
TEST(many_waits_put_frees_off_until_they_are_told)
{
    struct page_rig rig = page_rig_open();
    for (unsigned i = 1; i <= NV_OPEN_WAITS; i++)
        nv_rig_block(rig.nv.stream, &rig.page->fence_gpu, i);
    store_release(&rig.page->fence_gpu.word, NV_OPEN_WAITS);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    nv_rig_block(rig.nv.stream, &rig.page->fence_gpu, NV_OPEN_WAITS + 1);
    store_release(&rig.page->fence_gpu.word, NV_OPEN_WAITS + 1);
    CHECK(nv_stream_may_wait(rig.nv.stream));
    nv_rig_sync(&rig.nv);
    CHECK(!nv_stream_may_wait(rig.nv.stream));
    page_rig_finish(&rig);
}

/* Streams compare cyclically: what is beyond the range ends no wait, though it is greater. */
TEST(a_word_beyond_the_range_ends_no_wait)
{
    struct page_rig rig = page_rig_open();
    nv_rig_block(rig.nv.stream, &rig.page->fence_gpu, 5);
    store_release(&rig.page->fence_gpu.word, UINT64_MAX);
    CHECK(nv_stream_may_wait(rig.nv.stream));
    CHECK_EQ(nvidia_signal(rig.nv.stream, NULL, 1), IST_OK);
    rig_nap(5);
    CHECK_EQ(nvidia_progress(rig.nv.stream), 0);
    store_release(&rig.page->fence_gpu.word, SYNC_GPU_MAX);
    nv_rig_wait(rig.nv.stream, 1);
    rig.nv.ticket = 1;
    page_rig_finish(&rig);
}

/* It comes to be when the graph runs, if ever: nothing may be put off for it. */
TEST(a_captured_wait_puts_nothing_off)
{
    struct page_rig rig = page_rig_open();
    int (*begin)(CUstream stream, int mode), (*end)(CUstream stream, void **graph);
    int (*destroy)(void *graph);
    struct gpu_stream *wrapped;
    struct nv_scope scope = {.nv = NULL};
    void *graph = NULL;
    *(void **)&begin = nv_rig_symbol("cuStreamBeginCapture_v2");
    *(void **)&end = nv_rig_symbol("cuStreamEndCapture");
    *(void **)&destroy = nv_rig_symbol("cuGraphDestroy");
    CHECK_EQ(nvidia_stream_wrap(rig.nv.dev, rig.nv.stream->cu, &wrapped), IST_OK);
    CHECK_EQ(nv_enter(rig.nv.nv, &scope), IST_OK);
    CHECK_EQ(begin(wrapped->cu, NV_CAPTURE_RELAXED), CUDA_SUCCESS);
    CHECK_EQ(nvidia_wait(wrapped, &rig.page->fence_gpu, 5, 0), IST_OK);
    CHECK(!nv_stream_may_wait(wrapped));
    CHECK_EQ(end(wrapped->cu, &graph), CUDA_SUCCESS);
    CHECK_EQ(destroy(graph), CUDA_SUCCESS);
    nv_leave(&scope);
    nvidia_stream_destroy(wrapped);
    page_rig_finish(&rig);
}

struct racer {
    struct page_rig *rig;
    struct gpu_stream *stream;
    atomic_bool stop;
};

static void *wait_and_signal(void *arg)
{
    struct racer *racer = arg;
    for (uint64_t i = 1; !load_acquire(&racer->stop); i++) {
        CHECK_EQ(nvidia_wait(racer->stream, &racer->rig->page->fence_gpu, i, 0), IST_OK);
        CHECK_EQ(nvidia_signal(racer->stream, NULL, i), IST_OK);
        sched_yield();
        store_release(&racer->rig->page->fence_gpu.word, i);
        nv_rig_wait(racer->stream, i);
    }
    return NULL;
}

/* The freeing thread is not the signalling one, so a block would only be slow; the fake stops
 * the process if it lasts. */
TEST(frees_and_waits_of_two_threads_get_along)
{
    struct page_rig rig = page_rig_open();
    struct racer racer = {.rig = &rig, .stream = another_stream(&rig)};
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 4096};
    pthread_t thread = rig_start(wait_and_signal, &racer);
    for (unsigned i = 0; i < 200; i++) {
        struct resource r = nv_rig_create(&rig.nv, &shape, i % 2);
        nv_rig_destroy(&rig.nv, &r);
    }
    store_release(&racer.stop, true);
    rig_join(thread);
    nvidia_stream_destroy(racer.stream);
    page_rig_finish(&rig);
}
