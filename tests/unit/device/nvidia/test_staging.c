/* SPDX-License-Identifier: MIT */
/* Staging memory: pieces lie apart, nobody waits, and what is over is used again. */
#include "unit/device/nvidia/nv_page_rig.h"

static unsigned char *stage(struct page_rig *rig, size_t bytes)
{
    unsigned char *at = NULL;
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(rig->nv.nv, &scope), IST_OK);
    CHECK_EQ(nv_stage(rig->nv.stream, bytes, &at), IST_OK);
    memset(at, 0xab, bytes);
    nv_leave(&scope);
    return at;
}

static void stage_end(struct page_rig *rig)
{
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(rig->nv.nv, &scope), IST_OK);
    CHECK_EQ(nv_stage_end(rig->nv.stream), IST_OK);
    nv_leave(&scope);
}

TEST(pieces_of_one_use_do_not_overlap)
{
    struct page_rig rig = page_rig_open();
    unsigned char *one = stage(&rig, 1000), *two = stage(&rig, 1), *three = stage(&rig, 300000);
    CHECK(two >= one + 1000 || one > two);
    CHECK(three >= two + 1 || two >= three + 300000);
    CHECK_EQ((uintptr_t)two % 16, 0);
    stage_end(&rig);
    nv_rig_sync(&rig.nv);
    page_rig_finish(&rig);
}

TEST(what_is_over_is_used_again)
{
    struct page_rig rig = page_rig_open();
    unsigned char *first = stage(&rig, 700000);
    stage_end(&rig);
    for (int i = 0; i < 50; i++) {
        nv_rig_sync(&rig.nv);
        CHECK_PTR_EQ(stage(&rig, 700000), first);
        stage_end(&rig);
    }
    nv_rig_sync(&rig.nv);
    page_rig_finish(&rig);
}

TEST(what_is_in_use_is_left_alone_while_the_stream_waits)
{
    struct page_rig rig = page_rig_open();
    unsigned char *piece[20];
    nv_rig_block(rig.nv.stream, &rig.page->fence_gpu, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(piece); i++) {
        piece[i] = stage(&rig, 400000);
        stage_end(&rig);
        for (unsigned j = 0; j < i; j++)
            CHECK(piece[i] >= piece[j] + 400000 || piece[j] >= piece[i] + 400000);
    }
    size_t most = fake.live(FAKECUDA_HOST);
    store_release(&rig.page->fence_gpu.word, 1);
    nv_rig_sync(&rig.nv);
    for (unsigned i = 0; i < ARRAY_SIZE(piece); i++) {
        stage(&rig, 400000);
        stage_end(&rig);
    }
    CHECK(fake.live(FAKECUDA_HOST) <= most);
    nv_rig_sync(&rig.nv);
    page_rig_finish(&rig);
}

TEST(a_use_that_failed_is_over_with_the_next_one)
{
    struct page_rig rig = page_rig_open();
    unsigned char *first = stage(&rig, 700000);
    struct nv_scope scope = {.nv = NULL};
    CHECK_EQ(nv_enter(rig.nv.nv, &scope), IST_OK);
    fake.fail("cuStreamWriteValue64", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nv_stage_end(rig.nv.stream), IST_NO_MEMORY);
    nv_leave(&scope);
    nv_rig_sync(&rig.nv);
    CHECK(stage(&rig, 700000) != first); /* nobody knows whether it is over */
    stage_end(&rig);
    nv_rig_sync(&rig.nv);
    page_rig_finish(&rig);
}
