/* SPDX-License-Identifier: MIT */
/*
 * The calls in front of libc's. A call counts if its return address lies in one of our
 * libraries, or in the broker; what libc and the test program do for themselves is left alone.
 */
#include "interpose.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))
#define FAILS(kind) fails(kind, (uintptr_t)__builtin_return_address(0))

enum { RANGES = 16 };

static struct {
    uintptr_t from, to;
} ours[RANGES];
static unsigned our_count;
static struct fault_control own, *control = &own;
static pid_t (*next_fork)(void);
static int (*next_spawn)(pid_t *, const char *, const posix_spawn_file_actions_t *,
                         const posix_spawnattr_t *, char *const[], char *const[]);
static int (*next_thread)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* libc's own, under the names that it keeps for this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static int add_range(struct dl_phdr_info *info, size_t size, void *broker)
{
    (void)size;
    bool wanted = strstr(info->dlpi_name, "libisthmus") ||
                  strstr(info->dlpi_name, "libcudart") || (broker && !info->dlpi_name[0]);
    for (int i = 0; wanted && i < info->dlpi_phnum && our_count < RANGES; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            ours[our_count].from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            ours[our_count].to = ours[our_count].from + info->dlpi_phdr[i].p_memsz;
            our_count++;
        }
    return 0;
}

/* By the kernel's own calls: ours are in front of libc's by now. */
static void map_control(const char *path)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *at =
        (void *)syscall(SYS_mmap, NULL, sizeof(own), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED)
        control = at;
    if (fd >= 0)
        close(fd);
}

/* The broker's executable is a tool, too, which is left alone. */
__attribute__((constructor)) static void start(int argc, char **argv)
{
    bool broker = strcmp(program_invocation_short_name, "isthmus-broker") == 0;
    if (broker && (argc < 2 || strcmp(argv[1], "--daemon") != 0))
        unsetenv("ISTHMUS_FAULT_BROKER");
    const char *path = getenv(broker ? "ISTHMUS_FAULT_BROKER" : "ISTHMUS_FAULT_CLIENT");
    *(void **)&next_fork = dlsym(RTLD_NEXT, "fork");
    *(void **)&next_spawn = dlsym(RTLD_NEXT, "posix_spawn");
    *(void **)&next_thread = dlsym(RTLD_NEXT, "pthread_create");
    dl_iterate_phdr(add_range, broker ? &broker : NULL);
    if (path)
        map_control(path);
    if (path && broker)
        atomic_store(&control->blocks, 0);
}

SHOWN void fault_arm(enum fault_kind kind, long n)
{
    atomic_store(&control->fired, 0);
    atomic_store(&control->left[kind], n);
}

SHOWN int fault_disarm(void)
{
    for (unsigned i = 0; i < FAULT_COUNTERS; i++)
        atomic_store(&control->left[i], 0);
    return atomic_load(&control->fired);
}

static bool is_ours(uintptr_t caller)
{
    for (unsigned i = 0; i < our_count; i++)
        if (caller >= ours[i].from && caller < ours[i].to)
            return true;
    return false;
}

static bool is_nth(unsigned counter)
{
    if (!atomic_load(&control->left[counter]))
        return false;
    long before = atomic_fetch_sub(&control->left[counter], 1);
    if (before <= 0) /* another thread was at it */
        atomic_store(&control->left[counter], 0);
    return before == 1;
}

static bool fails(enum fault_kind kind, uintptr_t caller)
{
    bool armed = atomic_load(&control->left[kind]) || atomic_load(&control->left[FAULT_STEP]);
    if (!armed || !is_ours(caller))
        return false;
    if (!is_nth(kind) && (kind == FAULT_ALLOCATION || !is_nth(FAULT_STEP)))
        return false;
    atomic_store(&control->fired, 1);
    if (atomic_load(&control->deadly))
        syscall(SYS_kill, getpid(), SIGKILL);
    return true;
}

/* Counts what the process has; what it had before we came is the same all the time. */
static void *counted(void *block)
{
    if (block)
        atomic_fetch_add(&control->blocks, 1);
    return block;
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

SHOWN void *malloc(size_t size)
{
    return FAILS(FAULT_ALLOCATION) ? no_memory() : counted(__libc_malloc(size));
}

SHOWN void *calloc(size_t count, size_t size)
{
    return FAILS(FAULT_ALLOCATION) ? no_memory() : counted(__libc_calloc(count, size));
}

SHOWN void *realloc(void *old, size_t size)
{
    if (FAILS(FAULT_ALLOCATION))
        return no_memory();
    void *block = __libc_realloc(old, size);
    return old ? block : counted(block);
}

SHOWN void free(void *block)
{
    if (block)
        atomic_fetch_sub(&control->blocks, 1);
    __libc_free(block);
}

SHOWN void *aligned_alloc(size_t alignment, size_t size)
{
    return FAILS(FAULT_ALLOCATION) ? no_memory() : counted(__libc_memalign(alignment, size));
}

SHOWN int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *at = FAILS(FAULT_ALLOCATION) ? NULL : counted(__libc_memalign(alignment, size));
    if (!at)
        return ENOMEM;
    *out = at;
    return 0;
}

static int refuse_with(int reason)
{
    errno = reason;
    return -1;
}

SHOWN void *mmap(void *at, size_t size, int rights, int flags, int fd, off_t offset)
{
    if (FAILS(FAULT_MMAP)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, at, size, rights, flags, fd, offset);
}

SHOWN int memfd_create(const char *name, unsigned flags)
{
    return FAILS(FAULT_MEMFD) ? refuse_with(EMFILE)
                              : (int)syscall(SYS_memfd_create, name, flags);
}

SHOWN ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return FAILS(FAULT_SENDMSG) ? refuse_with(ENOMEM)
                                : syscall(SYS_sendmsg, fd, message, flags);
}

SHOWN ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return FAILS(FAULT_RECVMSG) ? refuse_with(ENOMEM)
                                : syscall(SYS_recvmsg, fd, message, flags);
}

SHOWN ssize_t write(int fd, const void *bytes, size_t size)
{
    return FAILS(FAULT_WRITE) ? refuse_with(ENOSPC) : syscall(SYS_write, fd, bytes, size);
}

SHOWN int pipe2(int ends[2], int flags)
{
    return FAILS(FAULT_PIPE) ? refuse_with(EMFILE) : (int)syscall(SYS_pipe2, ends, flags);
}

SHOWN pid_t fork(void)
{
    return FAILS(FAULT_SPAWN) ? refuse_with(EAGAIN) : next_fork();
}

SHOWN int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *files,
                      const posix_spawnattr_t *settings, char *const argv[], char *const envp[])
{
    return FAILS(FAULT_SPAWN) ? EAGAIN : next_spawn(pid, path, files, settings, argv, envp);
}

SHOWN int pthread_create(pthread_t *thread, const pthread_attr_t *settings, void *(*fn)(void *),
                         void *arg)
{
    return FAILS(FAULT_THREAD) ? EAGAIN : next_thread(thread, settings, fn, arg);
}
