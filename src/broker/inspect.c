/* SPDX-License-Identifier: MIT */
/*
 * A memfd that may shrink kills whoever has it mapped, so its seals are looked at on arrival.
 * They do not help with huge pages: punching a hole is no change of size, and a page that comes
 * back needs a free one of the pool, so a peer that empties the pool kills who touches it.
 * Memory of a GPU is an open file of its driver, which only the driver can judge: its importer
 * asks it. A pipe has two ends under one inode: opened again through /proc it gives either.
 */
#include "broker/inspect.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SYNC_PAGE_BYTES 4096

/* Sizes must not change under a mapping; a description must not change at all. */
static const int wanted_seals[PARCEL_LIFE] = {
    [PARCEL_DESCRIPTION] = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
    [PARCEL_SYNC] = F_SEAL_SHRINK | F_SEAL_GROW,
    [PARCEL_PAYLOAD] = F_SEAL_SHRINK,
};

/* A device's file, or one that a driver made up (whose mode names no type). */
static bool is_drivers(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (S_ISCHR(st.st_mode) || !(st.st_mode & S_IFMT));
}

static const char *check_memfd(int fd, unsigned place, uint64_t payload, uint64_t *bytes)
{
    struct stat st;
    struct statfs fs;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || fstatfs(fd, &fs) != 0)
        return "a file descriptor is no memory file";
    if (fs.f_type != TMPFS_MAGIC)
        return "a memory file has huge pages, which can be taken from under a mapping";
    if ((seals & wanted_seals[place]) != wanted_seals[place])
        return "a memory file is not sealed against change of size, or the description "
               "against writing";
    if (place == PARCEL_SYNC && st.st_size != SYNC_PAGE_BYTES)
        return "the sync page is not 4096 bytes";
    if (place == PARCEL_PAYLOAD && (uint64_t)st.st_size < payload)
        return "the payload is smaller than it says";
    *bytes += (uint64_t)st.st_size;
    return NULL;
}

static const char *check_pipe(int fd)
{
    struct stat st;
    int mode = fcntl(fd, F_GETFL);
    if (mode < 0 || fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))
        return "the life pipe is no pipe";
    if ((mode & O_ACCMODE) == O_RDONLY || mode & O_PATH)
        return "the life pipe is not its write end";
    return NULL;
}

const char *inspect_parcel(const struct parcel *parcel, struct inspect_facts *out)
{
    const char *wrong = NULL;
    *out = (struct inspect_facts){0};
    if (parcel->fd[PARCEL_DESCRIPTION] < 0 || parcel->fd[PARCEL_LIFE] < 0)
        return "it lacks its description or its life pipe";
    for (unsigned i = 0; i < PARCEL_LIFE && !wrong; i++) {
        if (parcel->fd[i] < 0)
            continue;
        out->fds++;
        if (i == PARCEL_PAYLOAD && is_drivers(parcel->fd[i]))
            out->bytes = parcel->bytes < UINT64_MAX / 2 ? out->bytes + parcel->bytes
                                                        : UINT64_MAX;
        else
            wrong = check_memfd(parcel->fd[i], i, parcel->bytes, &out->bytes);
    }
    out->fds++;
    return wrong ? wrong : check_pipe(parcel->fd[PARCEL_LIFE]);
}

static int reopen(int fd, int flags)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC | O_NONBLOCK);
}

int inspect_reader(int fd)
{
    return reopen(fd, O_RDONLY);
}

int inspect_writer(int fd)
{
    return reopen(fd, O_WRONLY);
}

bool inspect_over(int reader)
{
    struct pollfd one = {.fd = reader, .events = 0};
    return poll(&one, 1, 0) == 1 && one.revents & (POLLHUP | POLLERR | POLLNVAL);
}

bool inspect_same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino &&
           x.st_dev == y.st_dev;
}
