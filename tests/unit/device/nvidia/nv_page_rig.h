/* SPDX-License-Identifier: MIT */
/* A device with one stream, and a sync page that it may use. */
#ifndef ISTHMUS_TEST_NV_PAGE_RIG_H
#define ISTHMUS_TEST_NV_PAGE_RIG_H

#include "unit/device/nvidia/nv_rig.h"

struct page_rig {
    struct nv_rig nv;
    struct sync_page *page;
    int fd;
};

RIG_UNUSED static struct page_rig page_rig_open(void)
{
    struct page_rig rig = {.nv = nv_rig_open()};
    CHECK_EQ(sync_page_create(&rig.page, &rig.fd), IST_OK);
    CHECK_EQ(nvidia_page_use(rig.nv.dev, rig.page), IST_OK);
    return rig;
}

RIG_UNUSED static void page_rig_finish(struct page_rig *rig)
{
    nvidia_page_leave(rig->nv.dev, rig->page);
    sync_page_close(rig->page);
    close(rig->fd);
    nv_rig_finish(&rig->nv);
}

RIG_UNUSED static struct gpu_stream *another_stream(struct page_rig *rig)
{
    struct gpu_stream *stream = NULL;
    CHECK_EQ(nvidia_stream_create(rig->nv.dev, &stream), IST_OK);
    return stream;
}

RIG_UNUSED static struct gpu_signal signal_to(struct page_rig *rig, uint64_t value)
{
    return (struct gpu_signal){&rig->page->fence, &rig->page->fence_gpu, value};
}

#endif
