/* SPDX-License-Identifier: MIT */
/*
 * Memory of the cpu device. What may be shared lies in a memfd whose size is sealed, so that no
 * holder of the fd can shrink it under another one's mapping. Private memory is mapped when
 * large and taken from the heap when small. `struct memory` belongs to its resource; no locks
 * here. Shareable segments that nobody else ever saw are used again (recycle.c).
 */
#include "device/cpu/cpu.h"
#include "device/cpu/recycle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* since Linux 6.3: never executable, and that is sealed */
#endif

#define SMALL_BLOCK 4096
#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

#define PAGE_BYTES 4096U
#define HUGE_BYTES (2U << 20)

/* From this size on a mapping of its own is cheaper than clearing memory of the heap. */
#define MAPPED_BYTES 65536U

/* What NVIDIA promises for its allocations; programs have come to rely on it. */
#define HEAP_ALIGN 256U

static void fd_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum ist_status status_from_errno(int error)
{
    return error == EMFILE || error == ENFILE ? IST_NO_RESOURCES : IST_NO_MEMORY;
}

static int memfd_new(void)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("isthmus-payload", flags | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) /* an older kernel */
        fd = memfd_create("isthmus-payload", flags);
    return fd;
}

/* Large mappings are worth large pages; a kernel without them just says no. */
static void advise(void *base, size_t size)
{
    if (size >= HUGE_BYTES)
        madvise(base, size, MADV_HUGEPAGE);
}

static enum ist_status map(size_t size, int flags, int fd, unsigned char **out)
{
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (base == MAP_FAILED)
        return refuse(IST_NO_MEMORY, "cannot map %zu bytes: %s", size, strerror(errno));
    advise(base, size);
    *out = base;
    return IST_OK;
}

static enum ist_status create_shareable(size_t size, struct memory *out)
{
    if (recycle_take(size, out))
        return IST_OK;
    unsigned epoch = recycle_epoch(); /* before the memfd: a fork between makes it unfit */
    _cleanup_(fd_closep) int fd = memfd_new();
    if (fd < 0 && recycle_flush() > 0)
        fd = memfd_new();
    if (fd < 0)
        return refuse(status_from_errno(errno), "cannot make a memfd: %s", strerror(errno));
    if (ftruncate(fd, (off_t)size) < 0)
        return refuse(IST_NO_MEMORY, "cannot make a memfd of %zu bytes: %s", size,
                      strerror(errno));
    if (fcntl(fd, F_ADD_SEALS, SIZE_SEALS) < 0)
        return refuse(IST_NO_RESOURCES, "cannot seal the size of a memfd: %s", strerror(errno));

    unsigned char *base;
    enum ist_status status = map(size, MAP_SHARED, fd, &base);
    if (status == IST_OK)
        *out = (struct memory){.base = base, .size = size, .fd = take(&fd, -1), .epoch = epoch};
    return status;
}

static enum ist_status create_private(size_t size, struct memory *out)
{
    unsigned char *base;
    if (size >= MAPPED_BYTES) {
        enum ist_status status = map(size, MAP_PRIVATE | MAP_ANONYMOUS, -1, &base);
        if (status != IST_OK)
            return status;
    } else {
        base = aligned_alloc(HEAP_ALIGN, size);
        if (!base)
            return refuse(IST_NO_MEMORY, "the heap has no %zu bytes", size);
        memset(base, 0, size);
    }
    *out = (struct memory){.base = base, .size = size, .fd = -1};
    return IST_OK;
}

/*
 * Nothing larger than the machine is promised: pages come on first touch, and by then nobody
 * could be told that there are none.
 */
enum ist_status cpu_memory_create(struct device *dev, size_t size, bool shareable,
                                  struct memory *out)
{
    if (!size)
        return refuse(IST_BAD_ARG, "size 0: memory has at least one byte");
    if (size > dev->memory_bytes)
        return refuse(IST_NO_MEMORY, "size %zu is more than the %llu bytes of this machine",
                      size, (unsigned long long)dev->memory_bytes);

    size = align_up(size, PAGE_BYTES);
    return shareable ? create_shareable(size, out) : create_private(size, out);
}

/*
 * Huge pages of a pool: punching a hole is no change of size, and touching it needs a free
 * page, of which a peer can leave none (tested on Linux 6.18). Ordinary memfds may have large
 * blocks, too, so those are asked once more.
 */
static bool is_in_pool(int fd, const struct stat *st)
{
    struct statfs fs;
    return st->st_blksize > SMALL_BLOCK && (fstatfs(fd, &fs) < 0 || fs.f_type != TMPFS_MAGIC);
}

/* An fd without these seals could shrink under the mapping and kill us (SIGBUS). */
static enum ist_status check_foreign(int fd, size_t size)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return refuse(IST_BAD_PARCEL, "the payload is no memfd");
    if (is_in_pool(fd, &st))
        return refuse(IST_BAD_PARCEL, "the payload lies in huge pages, which can be taken from "
                                      "under a mapping: a memfd of ordinary ones is needed");
    if ((seals & SIZE_SEALS) != SIZE_SEALS)
        return refuse(IST_BAD_PARCEL,
                      "the payload's seals are 0x%x, 0x%x are needed: its size could change",
                      (unsigned)seals, (unsigned)SIZE_SEALS);
    if ((uint64_t)st.st_size != size)
        return refuse(IST_BAD_PARCEL, "the payload has %lld bytes, its description needs %zu",
                      (long long)st.st_size, size);
    return IST_OK;
}

enum ist_status cpu_memory_open(struct device *dev, int fd, size_t size, struct memory *out)
{
    _cleanup_(fd_closep) int own = fd;
    (void)dev;
    unsigned char *base;
    enum ist_status status = check_foreign(own, size);
    if (status == IST_OK)
        status = map(size, MAP_SHARED, own, &base);
    if (status == IST_OK)
        *out = (struct memory){.base = base, .size = size, .fd = take(&own, -1)};
    return status;
}

void cpu_memory_destroy(struct device *dev, struct memory *mem)
{
    (void)dev;
    if (!mem->base)
        return;
    if (recycle_put(mem)) {
        *mem = (struct memory){.fd = -1};
        return;
    }
    if (mem->fd < 0 && mem->size < MAPPED_BYTES)
        free(mem->base);
    else
        munmap(mem->base, mem->size);
    if (mem->fd >= 0)
        close(mem->fd);
    *mem = (struct memory){.fd = -1};
}
