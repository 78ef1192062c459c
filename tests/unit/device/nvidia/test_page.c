/* SPDX-License-Identifier: MIT */
/* Sync pages and streams: registered once, however often they are used. */
#include "unit/device/nvidia/nv_rig.h"

static struct sync_page *new_page(int *fd)
{
    struct sync_page *page = NULL;
    CHECK_EQ(sync_page_create(&page, fd), IST_OK);
    return page;
}

static void end_page(struct sync_page *page, int fd)
{
    sync_page_close(page);
    close(fd);
}

TEST(uses_nest_and_are_of_one_device)
{
    struct nv_rig rig = nv_rig_open(), two = nv_rig_open_on(1);
    size_t before = fake.live(FAKECUDA_REGISTERED);
    int fd;
    struct sync_page *page = new_page(&fd);
    CHECK_EQ(nv_page_word(&page->fence_gpu.word), 0);
    CHECK_EQ(nvidia_page_use(rig.dev, page), IST_OK);
    CHECK_EQ(nvidia_page_use(rig.dev, page), IST_OK);
    CHECK_EQ(nvidia_page_use(two.dev, page), IST_WRONG_DEVICE);
    CHECK_EQ(fake.live(FAKECUDA_REGISTERED), before + 1);
    CHECK_EQ(nv_pages_in_use(), 1);
    nvidia_page_leave(rig.dev, page);
    CHECK(nv_page_word(&page->fence_gpu.word) != 0);
    nvidia_page_leave(rig.dev, page);
    CHECK_EQ(nv_page_word(&page->fence_gpu.word), 0);
    CHECK_EQ(fake.live(FAKECUDA_REGISTERED), before);
    nvidia_page_leave(rig.dev, page); /* once too often: nothing happens */
    CHECK_EQ(nvidia_page_use(two.dev, page), IST_OK);
    nvidia_page_leave(two.dev, page);
    CHECK_EQ(fake.live(FAKECUDA_REGISTERED), before);
    end_page(page, fd);
    nvidia_stream_destroy(two.stream);
    nvidia_close(two.dev);
    nv_rig_finish(&rig);
}

TEST(a_word_is_where_it_is_in_the_page)
{
    struct nv_rig rig = nv_rig_open();
    int fd;
    struct sync_page *page = new_page(&fd);
    CHECK_EQ(nvidia_page_use(rig.dev, page), IST_OK);
    CUdeviceptr at = nv_page_word(&page->fence_gpu.word);
    CHECK_EQ(at % SYNC_PAGE_BYTES, offsetof(struct sync_page, fence_gpu.word));
    store_release(&page->fence_gpu.word, 77);
    CHECK_EQ(*(const uint64_t *)(uintptr_t)at, 77);
    nvidia_page_leave(rig.dev, page);
    end_page(page, fd);
    nv_rig_finish(&rig);
}

TEST(many_pages_are_told_apart)
{
    enum { COUNT = 600 };
    static struct sync_page *page[COUNT];
    static int fd[COUNT];
    struct nv_rig rig = nv_rig_open();
    for (unsigned i = 0; i < COUNT; i++) {
        page[i] = new_page(&fd[i]);
        CHECK_EQ(nvidia_page_use(rig.dev, page[i]), IST_OK);
        store_release(&page[i]->fence.value, i);
    }
    CHECK_EQ(nv_pages_in_use(), COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        CHECK_EQ(*(const uint64_t *)(uintptr_t)nv_page_word(&page[i]->fence.value), i);
    for (unsigned i = 0; i < COUNT; i++) {
        nvidia_page_leave(rig.dev, page[i]);
        end_page(page[i], fd[i]);
    }
    nv_rig_finish(&rig);
}

TEST(what_fails_leaves_no_use)
{
    struct nv_rig rig = nv_rig_open();
    int fd;
    struct sync_page *page = new_page(&fd);
    fake.fail("cuMemHostRegister", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nvidia_page_use(rig.dev, page), IST_NO_MEMORY);
    fake.fail("cuMemHostRegister", 1, CUDA_ERROR_OPERATING_SYSTEM);
    CHECK_EQ(nvidia_page_use(rig.dev, page), IST_NO_RESOURCES);
    CHECK_EQ(nv_pages_in_use(), 0);
    CHECK_EQ(nv_page_word(&page->fence.value), 0);
    CHECK_EQ(nvidia_page_use(rig.dev, page), IST_OK);
    nvidia_page_leave(rig.dev, page);
    end_page(page, fd);
    nv_rig_finish(&rig);
}

/* A page ends while another stream waits: its place is used again, and all is given back. */
TEST(a_page_may_end_while_a_stream_waits)
{
    struct nv_rig rig = nv_rig_open();
    size_t before = fake.live(FAKECUDA_REGISTERED);
    int fd[3];
    struct sync_page *waited = new_page(&fd[0]), *brief = new_page(&fd[1]);
    CHECK_EQ(nvidia_page_use(rig.dev, waited), IST_OK);
    CHECK_EQ(nvidia_page_use(rig.dev, brief), IST_OK);
    nv_rig_block(rig.stream, &waited->fence_gpu, 5);
    nvidia_page_leave(rig.dev, brief);
    end_page(brief, fd[1]);
    CHECK_EQ(fake.live(FAKECUDA_REGISTERED), before + 2);

    struct sync_page *again = new_page(&fd[2]);
    CHECK_PTR_EQ(again, brief); /* the same place, other memory */
    CHECK_EQ(nvidia_page_use(rig.dev, again), IST_OK);
    store_release(&again->fence.value, 9);
    CHECK_EQ(*(const uint64_t *)(uintptr_t)nv_page_word(&again->fence.value), 9);

    store_release(&waited->fence_gpu.word, 5);
    nv_rig_sync(&rig);
    nvidia_page_leave(rig.dev, again);
    end_page(again, fd[2]);
    CHECK_EQ(fake.live(FAKECUDA_REGISTERED), before + 1);
    nvidia_page_leave(rig.dev, waited);
    end_page(waited, fd[0]);
    nv_rig_finish(&rig);
}
