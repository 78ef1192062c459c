/* SPDX-License-Identifier: MIT */
/*
 * Sync pages that streams use. Registering a page pins its memory, and taking that back may
 * have to wait for a quiet moment, when the page's own mapping is long gone and another page
 * lies there. So each page is mapped once more, here, and it is this mapping that the driver
 * gets. `pages.lock` guards the uses; who looks a word up has one, and needs no lock.
 */
#include "device/nvidia/nvidia.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

struct nv_page {
    struct nv_grave grave;
    struct nvidia *nv;
    unsigned char *alias; /* the same memory; at the same address for streams */
    unsigned uses;
};

static struct {
    pthread_mutex_t lock; /* rank: before nv->lock */
    struct nv_page
        *_Atomic at[SYNC_PLACES]; /* by the page's place; published by its first use */
    unsigned count;
} pages = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void release(struct nv_page *p)
{
    if (p->alias != MAP_FAILED)
        munmap(p->alias, SYNC_PAGE_BYTES);
    free(p);
}

static void bury(struct nvidia *nv, struct nv_grave *grave)
{
    struct nv_page *p = container_of(grave, struct nv_page, grave);
    if (nv_alive(nv))
        (void)NV_CALL(nv, "the end of a sync page", host_unregister, p->alias);
    release(p);
}

/* Old length 0: a second mapping of the same shared memory. */
static enum ist_status make(struct nvidia *nv, struct sync_page *page, struct nv_page **out)
{
    struct nv_page *p = calloc(1, sizeof(*p));
    if (!p)
        return refuse(IST_NO_MEMORY, "no memory to describe a sync page");
    p->alias = mremap(page, 0, SYNC_PAGE_BYTES, MREMAP_MAYMOVE);
    enum ist_status status =
        p->alias == MAP_FAILED
            ? refuse(IST_NO_RESOURCES, "cannot map a sync page once more: %s", strerror(errno))
            : NV_CALL(nv, "a sync page for streams", host_register, p->alias, SYNC_PAGE_BYTES,
                      NV_HOST_PORTABLE | NV_HOST_DEVICEMAP);
    if (status != IST_OK) {
        release(p);
        return status;
    }
    p->nv = nv;
    p->grave.bury = bury;
    *out = p;
    return IST_OK;
}

static enum ist_status use_locked(struct nvidia *nv, struct sync_page *page)
{
    struct nv_page *_Atomic *at = &pages.at[sync_place(page)];
    struct nv_page *p = load_relaxed(at);
    enum ist_status status = IST_OK;
    if (p && p->nv != nv) /* streams of two devices would have to end their waits */
        status = refuse(IST_WRONG_DEVICE, "a sync page is used by streams of %s already",
                        p->nv->device.description);
    else if (!p)
        status = make(nv, page, &p);
    if (status != IST_OK)
        return status;
    if (p->uses++ == 0) {
        store_release(at, p);
        pages.count++;
    }
    return IST_OK;
}

enum ist_status nvidia_page_use(struct device *dev, struct sync_page *page)
{
    struct nvidia *nv = nvidia_from_device(dev);
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    enum ist_status status = nv_enter(nv, &scope);
    if (status != IST_OK)
        return status;
    pthread_mutex_lock(&pages.lock);
    status = use_locked(nv, page);
    pthread_mutex_unlock(&pages.lock);
    return status;
}

/* The page if that was its last use. */
static struct nv_page *leave_locked(struct sync_page *page)
{
    struct nv_page *_Atomic *at = &pages.at[sync_place(page)];
    struct nv_page *p = load_relaxed(at);
    if (!p || --p->uses > 0)
        return NULL;
    store_relaxed(at, NULL);
    pages.count--;
    return p;
}

/*
 * Whatever the driver says: another page may lie at this address at once, and must not be taken
 * for this one. In the child of a fork there is nothing to take back but memory, and the lock
 * may be held.
 */
void nvidia_page_leave(struct device *dev, struct sync_page *page)
{
    struct nvidia *nv = nvidia_from_device(dev);
    _cleanup_(nv_leave) struct nv_scope scope = {.nv = NULL};
    if (!nv_same_process(nv))
        return;
    pthread_mutex_lock(&pages.lock);
    struct nv_page *p = leave_locked(page);
    pthread_mutex_unlock(&pages.lock);
    if (p && nv_alive(nv) && nv_enter(nv, &scope) != IST_OK)
        nv_put_off(nv, &p->grave);
    else if (p)
        nv_free_later(nv, &p->grave);
}

CUdeviceptr nv_page_word(const void *word)
{
    unsigned place = sync_place(word);
    const struct nv_page *p = place < SYNC_PLACES ? load_acquire(&pages.at[place]) : NULL;
    return p ? (uintptr_t)p->alias + (uintptr_t)word % SYNC_PAGE_BYTES : 0;
}

unsigned nv_pages_in_use(void)
{
    pthread_mutex_lock(&pages.lock);
    unsigned count = pages.count;
    pthread_mutex_unlock(&pages.lock);
    return count;
}
