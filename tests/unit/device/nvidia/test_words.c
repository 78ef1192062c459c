/* SPDX-License-Identifier: MIT */
/* Words that streams write: told apart, used again, but not while a write is on its way. */
#include "unit/device/nvidia/nv_page_rig.h"

TEST(places_of_progress_are_used_again)
{
    struct nv_rig rig = nv_rig_open();
    struct gpu_stream *stream[100];
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < ARRAY_SIZE(stream); i++) {
            CHECK_EQ(nvidia_stream_create(rig.dev, &stream[i]), IST_OK);
            CHECK_EQ(nvidia_progress(stream[i]), 0);
            CHECK_EQ(nvidia_signal(stream[i], NULL, i + 1), IST_OK);
        }
        for (unsigned i = 0; i < ARRAY_SIZE(stream); i++) {
            nv_rig_wait(stream[i], i + 1);
            nvidia_stream_destroy(stream[i]);
        }
    }
    CHECK_EQ(fake.live(FAKECUDA_REGISTERED), 2); /* pages of 64 places */
    nv_rig_finish(&rig);
}

TEST(a_place_waits_for_what_will_still_be_written)
{
    struct page_rig rig = page_rig_open();
    struct gpu_stream *late;
    struct nv_words *words, *next[64];
    CHECK_EQ(nvidia_stream_wrap(rig.nv.dev, rig.nv.stream->cu, &late), IST_OK);
    words = late->words;
    nv_rig_block(rig.nv.stream, &rig.page->fence_gpu, 1);
    CHECK_EQ(nvidia_signal(late, NULL, 7), IST_OK);
    nvidia_stream_destroy(late);
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(rig.nv.nv, &scope), IST_OK);
    for (unsigned i = 0; i < ARRAY_SIZE(next); i++) {
        CHECK_EQ(nv_words_take(rig.nv.nv, &next[i]), IST_OK);
        CHECK(next[i] != words);
        CHECK_EQ((uintptr_t)next[i] % 64, 0);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(next); i++)
        nv_words_give(rig.nv.nv, next[i], 0, 0);
    nv_leave(&scope);
    store_release(&rig.page->fence_gpu.word, 1);
    nv_rig_sync(&rig.nv);
    CHECK_EQ(load_acquire(&words->progress), 7); /* it came, and hurt nobody */
    page_rig_finish(&rig);
}
