/* SPDX-License-Identifier: MIT */
/*
 * Device memory: a memfd if it may be shared, so that other processes really share it. Within a
 * process every import of it is the same mapping. What is new is full of 0xcd, not zeroed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

enum { JUNK = 16 << 20 }; /* more than this stays as the kernel gives it */

static struct backing *backings;
static size_t used[MAX_DEVICES];

/* The name tells ours from other memfds, and of which device it is. */
static int device_of_fd(int fd)
{
    char path[64], name[64] = "";
    int device;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (readlink(path, name, sizeof(name) - 1) < 0 ||
        sscanf(name, "/memfd:fakecuda-%d", &device) != 1)
        return -1;
    return device;
}

static bool backing_map(struct backing *backing)
{
    struct stat stat = {0};
    int flags = backing->fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    if (backing->fd >= 0 && fstat(backing->fd, &stat) < 0)
        return false;
    if (!backing->size)
        backing->size = (size_t)stat.st_size;
    backing->dev = stat.st_dev;
    backing->ino = stat.st_ino;
    void *base = mmap(NULL, backing->size, PROT_READ | PROT_WRITE, flags, backing->fd, 0);
    backing->base = base == MAP_FAILED ? NULL : base;
    return backing->base != NULL;
}

static int memory_fd(int device, size_t size)
{
    char name[32];
    snprintf(name, sizeof(name), "fakecuda-%d", device);
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* A GPU's memory cannot shrink; without the seal brokers take no memory file. */
    if (fd >= 0 && (ftruncate(fd, (off_t)size) < 0 ||
                    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void backing_free(struct backing *backing)
{
    if (backing->base)
        munmap(backing->base, backing->size);
    if (backing->fd >= 0)
        close(backing->fd);
    free(backing);
}

/* Takes fd; -1 is none. */
static struct backing *backing_make(int device, size_t size, int fd)
{
    struct backing *backing = calloc(1, sizeof(*backing));
    if (!backing) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    *backing = (struct backing){.refs = 1, .device = device, .fd = fd, .size = size};
    if (!backing_map(backing)) {
        backing_free(backing);
        return NULL;
    }
    backing->next = backings;
    backings = backing;
    return backing;
}

CUresult backing_new(int device, size_t size, bool shareable, struct backing **out)
{
    if (size > config()->memory - used[device])
        return CUDA_ERROR_OUT_OF_MEMORY;
    int fd = shareable ? memory_fd(device, size) : -1;
    if (shareable && fd < 0)
        return CUDA_ERROR_OUT_OF_MEMORY;
    struct backing *backing = backing_make(device, size, fd);
    if (!backing)
        return CUDA_ERROR_OUT_OF_MEMORY;
    memset(backing->base, 0xcd, size < JUNK ? size : JUNK);
    used[device] += size;
    *out = backing;
    return CUDA_SUCCESS;
}

struct backing *backing_from_fd(int fd)
{
    struct stat stat;
    int device = device_of_fd(fd);
    if (!device_ok(device) || fstat(fd, &stat) < 0)
        return NULL;
    for (struct backing *b = backings; b; b = b->next)
        if (b->fd >= 0 && b->dev == stat.st_dev && b->ino == stat.st_ino)
            return backing_ref(b);
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    struct backing *backing = own < 0 ? NULL : backing_make(device, 0, own);
    if (backing)
        used[device] += backing->size;
    return backing;
}

struct backing *backing_ref(struct backing *backing)
{
    backing->refs++;
    return backing;
}

void backing_unref(struct backing *backing)
{
    if (!backing || --backing->refs > 0)
        return;
    struct backing **link = &backings;
    while (*link != backing)
        link = &(*link)->next;
    *link = backing->next;
    used[backing->device] -= backing->size;
    backing_free(backing);
}

size_t backing_bytes(int device)
{
    return used[device];
}

size_t fakecuda_bytes(void)
{
    size_t bytes = 0;
    pthread_mutex_lock(&fake_lock);
    for (int i = 0; i < MAX_DEVICES; i++)
        bytes += used[i];
    pthread_mutex_unlock(&fake_lock);
    return bytes;
}
