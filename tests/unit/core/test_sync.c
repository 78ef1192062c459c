/* SPDX-License-Identifier: MIT */
/* Sync pages: made, opened, refused. */
#include "unit/core/sync_rig.h"

#include <fcntl.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

TEST(a_new_page_is_free_and_at_zero)
{
    struct sync_page *page = NULL;
    int fd = -1;
    CHECK_EQ(sync_page_create(&page, &fd), IST_OK);
    CHECK_EQ(load_relaxed(&page->mutex.owner), SYNC_FREE);
    CHECK_EQ(load_relaxed(&page->mutex.key), 0);
    CHECK_EQ(load_relaxed(&page->fence.value), 0);
    CHECK_EQ(fcntl(fd, F_GET_SEALS) & SEALS, SEALS);
    CHECK(ftruncate(fd, 0) < 0);
    CHECK(ftruncate(fd, 8192) < 0);
    sync_page_close(page);
    close(fd);
}

TEST(a_page_that_is_opened_is_the_same_memory)
{
    struct sync_page *a = NULL, *b = NULL;
    int fd = -1;
    CHECK_EQ(sync_page_create(&a, &fd), IST_OK);
    CHECK_EQ(sync_page_open(fd, &b), IST_OK);
    CHECK(a != b);
    store_relaxed(&a->fence.value, 77);
    CHECK_EQ(load_relaxed(&b->fence.value), 77);
    CHECK_EQ(load_relaxed(&b->mixed), 0);
    sync_page_close(a);
    CHECK_EQ(load_relaxed(&b->fence.value), 77);
    sync_page_close(b);
    sync_page_close(NULL);
    close(fd);
}

static int memfd(size_t bytes, int seals)
{
    int fd = memfd_create("isthmus-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, (off_t)bytes), 0);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static void check_refused(int fd, enum ist_status wanted)
{
    struct sync_page *page = NULL;
    CHECK_EQ(sync_page_open(fd, &page), wanted);
    CHECK(page == NULL);
    if (fd >= 0)
        close(fd);
}

TEST(what_is_no_page_is_refused)
{
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    close(ends[1]);
    check_refused(ends[0], IST_BAD_PARCEL);
    check_refused(-1, IST_BAD_PARCEL);
    check_refused(open("/", O_RDONLY | O_CLOEXEC), IST_BAD_PARCEL);
    check_refused(open("/dev/zero", O_RDWR | O_CLOEXEC), IST_BAD_PARCEL);
    check_refused(memfd(4096, F_SEAL_GROW | F_SEAL_SEAL), IST_BAD_PARCEL); /* may shrink */
    check_refused(memfd(0, SEALS), IST_BAD_PARCEL);
    check_refused(memfd(4095, SEALS), IST_BAD_PARCEL);
    check_refused(memfd(8192, SEALS), IST_BAD_PARCEL);
    check_refused(memfd(4096, SEALS | F_SEAL_WRITE), IST_BAD_PARCEL);
    check_refused(memfd(4096, SEALS), IST_BAD_PARCEL); /* zeros are no page */
}

TEST(another_version_is_named)
{
    struct sync_page *page = NULL, *again = NULL;
    int fd = -1;
    CHECK_EQ(sync_page_create(&page, &fd), IST_OK);
    store_relaxed(&page->version, 9);
    CHECK_EQ(sync_page_open(fd, &again), IST_VERSION);
    CHECK(strstr(ist_explain(), "version 9"));
    sync_page_close(page);
    close(fd);
}

/* Places of the arena come again, and none is given twice. */
TEST(many_pages_are_apart)
{
    enum { PAGES = 600 };
    static struct sync_page *page[PAGES];
    int fd = -1;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < PAGES; i++) {
            CHECK_EQ(sync_page_create(&page[i], &fd), IST_OK);
            close(fd);
            store_relaxed(&page[i]->fence.value, i);
            memset(sync_shadow(&page[i]->mutex.owner), 0, 16); /* writable, and no other's */
        }
        for (unsigned i = 0; i < PAGES; i++)
            CHECK_EQ(load_relaxed(&page[i]->fence.value), i);
        for (unsigned i = 0; i < PAGES; i++)
            sync_page_close(page[(i * 7 + round) % PAGES]);
    }
}
