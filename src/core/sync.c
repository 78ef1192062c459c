/* SPDX-License-Identifier: MIT */
/*
 * Making, opening and closing sync pages. The arena is reserved once and never given back;
 * `arena.lock` guards which of its places are in use. The shadow becomes writable in steps, so
 * that a system which counts promised memory is not asked for all of it.
 */
#include "core/sync.h"

#include "base/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* since Linux 6.3 */
#endif

#define MAGIC 0x59535449U /* "ITSY" */
#define VERSION 1U
#define ARENA_BYTES ((size_t)SYNC_PLACES * SYNC_PAGE_BYTES)
#define STEP_PLACES 256U
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

_Static_assert(sizeof(struct sync_page) <= SYNC_PAGE_BYTES, "one page");
_Static_assert(offsetof(struct sync_page, fence) == 64, "the layout is an interface");
_Static_assert(offsetof(struct sync_page, mutex) == 256, "the layout is an interface");
_Static_assert(offsetof(struct sync_mutex, order) == 192, "the layout is an interface");
_Static_assert(sizeof(struct sync_pending) == 16, "room for a node of the shadow");

static struct {
    pthread_mutex_t lock; /* guards the rest but `base`, which never changes once it is there */
    unsigned char *_Atomic base;
    unsigned writable; /* places of the shadow that are writable */
    unsigned cursor;   /* where the search for a place goes on */
    uint64_t used[SYNC_PLACES / 64];
    /* Of this process' thread ids, or of the parent's before it is adopted. Looked up once:
     * no process ever changes it. Known to everybody who was in the gate with a page. */
    uint64_t space;
} arena = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void fd_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* Thread ids mean something within one space only: the kernel's number for ours, 0: unknown. */
static uint64_t my_space(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
}

/* In the child of a fork: what it inherited it may use from another space of thread ids. */
static void tell_space(void)
{
    uint64_t before = arena.space;
    arena.space = my_space();
    if (arena.space != 0 && arena.space == before)
        return;
    for (unsigned i = 0; i < SYNC_PLACES; i++)
        if (arena.used[i / 64] & UINT64_C(1) << (i % 64)) {
            unsigned char *at = arena.base + (size_t)i * SYNC_PAGE_BYTES;
            store_relaxed(&((struct sync_page *)(void *)at)->mixed, 1);
        }
}

/* The pages lie in the first half, their shadow in the second. */
static bool reserve_locked(void)
{
    if (load_relaxed(&arena.base))
        return true;
    void *base = mmap(NULL, 2 * ARENA_BYTES, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return false;
    arena.space = my_space();
    gate_on_fork(&(struct gate_hooks){.adopt = tell_space});
    store_release(&arena.base, base);
    return true;
}

static bool shadow_locked(unsigned place)
{
    if (place < arena.writable)
        return true;
    size_t from = (size_t)arena.writable * SYNC_PAGE_BYTES;
    unsigned until = place / STEP_PLACES * STEP_PLACES + STEP_PLACES;
    size_t bytes = (size_t)until * SYNC_PAGE_BYTES - from;
    if (mprotect(arena.base + ARENA_BYTES + from, bytes, PROT_READ | PROT_WRITE) < 0)
        return false;
    arena.writable = until;
    return true;
}

/* The lowest place that is free, looked for from the lowest that may be. */
static int find_place_locked(void)
{
    for (unsigned i = arena.cursor / 64; i < SYNC_PLACES / 64; i++) {
        if (arena.used[i] != UINT64_MAX) {
            unsigned place = i * 64 + (unsigned)__builtin_ctzll(~arena.used[i]);
            arena.cursor = place;
            return (int)place;
        }
    }
    return -1;
}

static unsigned char *claim_place(void)
{
    gate_lock(&arena.lock);
    int place = reserve_locked() ? find_place_locked() : -1;
    if (place >= 0 && !shadow_locked((unsigned)place))
        place = -1;
    if (place >= 0)
        arena.used[place / 64] |= UINT64_C(1) << (place % 64);
    gate_unlock(&arena.lock);
    return place < 0 ? NULL : arena.base + (size_t)place * SYNC_PAGE_BYTES;
}

static void free_place(const unsigned char *at)
{
    unsigned place = (unsigned)((size_t)(at - arena.base) / SYNC_PAGE_BYTES);
    gate_lock(&arena.lock);
    arena.used[place / 64] &= ~(UINT64_C(1) << (place % 64));
    if (place < arena.cursor)
        arena.cursor = place;
    gate_unlock(&arena.lock);
}

void *sync_shadow(const void *word)
{
    return (unsigned char *)(uintptr_t)word - sync_shadow_offset();
}

unsigned sync_place(const void *word)
{
    uintptr_t offset = (uintptr_t)word - (uintptr_t)load_acquire(&arena.base);
    return offset < ARENA_BYTES ? (unsigned)(offset / SYNC_PAGE_BYTES) : SYNC_PLACES;
}

ptrdiff_t sync_shadow_offset(void)
{
    return -(ptrdiff_t)ARENA_BYTES;
}

/* Claimed and mapped in one stretch: in the child of a fork a place in use is a page. */
static enum ist_status map_page(int fd, struct sync_page **out)
{
    gate_enter();
    unsigned char *at = claim_place();
    void *page =
        !at ? MAP_FAILED
            : mmap(at, SYNC_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    int error = errno;
    if (at && page == MAP_FAILED)
        free_place(at);
    gate_leave();
    if (!at)
        return refuse(IST_NO_RESOURCES,
                      "no room for one more fence or keyed mutex: %u are open "
                      "or memory is exhausted",
                      SYNC_PLACES);
    if (page == MAP_FAILED)
        return refuse(error == EPERM ? IST_BAD_PARCEL : IST_NO_RESOURCES,
                      "cannot map a sync page: %s", strerror(error));
    *out = page;
    return IST_OK;
}

void sync_page_close(struct sync_page *page)
{
    if (!page)
        return;
    gate_enter();
    /* Reserved again in one step: no other mapping can get in between. */
    mmap(page, SYNC_PAGE_BYTES, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    free_place((unsigned char *)page);
    gate_leave();
}

static int memfd_new(void)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("isthmus-sync", flags | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) /* an older kernel */
        fd = memfd_create("isthmus-sync", flags);
    return fd;
}

enum ist_status sync_page_create(struct sync_page **out, int *out_fd)
{
    _cleanup_(fd_closep) int fd = memfd_new();
    if (fd < 0)
        return refuse(errno == EMFILE || errno == ENFILE ? IST_NO_RESOURCES : IST_NO_MEMORY,
                      "cannot make a memfd: %s", strerror(errno));
    if (ftruncate(fd, SYNC_PAGE_BYTES) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return refuse(IST_NO_MEMORY, "cannot make a sealed memfd of one page: %s",
                      strerror(errno));
    struct sync_page *page;
    enum ist_status status = map_page(fd, &page);
    if (status != IST_OK)
        return status;
    store_relaxed(&page->mutex.owner, SYNC_FREE);
    store_relaxed(&page->space, arena.space);
    store_relaxed(&page->mixed, load_relaxed(&page->space) == 0);
    store_relaxed(&page->version, VERSION);
    store_release(&page->magic, MAGIC);
    *out = page;
    *out_fd = take(&fd, -1);
    return IST_OK;
}

static enum ist_status check_fd(int fd)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0)
        return refuse(IST_BAD_PARCEL, "the sync page is no memfd: %s", strerror(errno));
    if ((seals & SEALS) != SEALS)
        return refuse(IST_BAD_PARCEL, "the sync page has seals 0x%x, its size needs 0x%x",
                      (unsigned)seals, (unsigned)SEALS);
    if (fstat(fd, &st) < 0 || st.st_size != SYNC_PAGE_BYTES)
        return refuse(IST_BAD_PARCEL, "the sync page has %lld bytes, not %u",
                      (long long)st.st_size, SYNC_PAGE_BYTES);
    return IST_OK;
}

static enum ist_status check_page(struct sync_page *page)
{
    uint32_t magic = load_acquire(&page->magic), version = load_relaxed(&page->version);
    if (magic != MAGIC)
        return refuse(IST_BAD_PARCEL, "the sync page begins with 0x%x, not 0x%x", magic, MAGIC);
    if (version != VERSION)
        return refuse(IST_VERSION, "the sync page has version %u, this library knows %u",
                      version, VERSION);
    uint64_t space = arena.space;
    if (space == 0 || space != load_relaxed(&page->space))
        store_relaxed(&page->mixed, 1);
    return IST_OK;
}

enum ist_status sync_page_open(int fd, struct sync_page **out)
{
    struct sync_page *page;
    enum ist_status status = check_fd(fd);
    if (status == IST_OK)
        status = map_page(fd, &page);
    if (status != IST_OK)
        return status;
    status = check_page(page);
    if (status != IST_OK)
        sync_page_close(page);
    else
        *out = page;
    return status;
}
