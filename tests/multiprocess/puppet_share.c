/* SPDX-License-Identifier: MIT */
/* The actor's handles: closing, pushing, pulling, the native doors, and fork. */
#include "puppet.h"

#include "fork.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define OP(name)                                                             \
    uint32_t op_##name(struct thing *t UNUSED, const struct order *o UNUSED, \
                       struct answer *answer UNUSED)

static HANDLE handle_of(uint64_t value)
{
    return (HANDLE)(uintptr_t)value;
}

/* What this actor was given; what a test does not close, goes at the end. */
static struct {
    HANDLE at[256];
    unsigned count;
    pthread_mutex_t lock; /* orders in two threads */
} given = {.lock = PTHREAD_MUTEX_INITIALIZER};

void keep_handle(HANDLE handle)
{
    pthread_mutex_lock(&given.lock);
    if (handle && given.count < 256)
        given.at[given.count++] = handle;
    pthread_mutex_unlock(&given.lock);
}

void close_handles(void)
{
    while (given.count)
        CloseHandle(given.at[--given.count]); /* those that are closed are refused */
}

/* a: the handle. */
OP(close)
{
    return win32_code(CloseHandle(handle_of(o->a)));
}

/* Every handle that the actor made or was given. */
OP(close_all)
{
    close_handles();
    return 0;
}

/* a: the process' id. The value: its handle. */
OP(open_process)
{
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)o->a);
    answer->value = (uintptr_t)process;
    return win32_code(process != NULL);
}

/* Handle a, here; the value is the copy. c: options, 0 for the same access. */
OP(duplicate)
{
    HANDLE made = NULL;
    bool ok = DuplicateHandle(GetCurrentProcess(), handle_of(o->a), GetCurrentProcess(), &made,
                              0, (WINBOOL)o->b, o->c ? (DWORD)o->c : DUPLICATE_SAME_ACCESS);
    answer->value = (uintptr_t)made;
    keep_handle(made);
    return win32_code(ok);
}

/* Between this process and that of id b, in either direction. */
static uint32_t across(const struct order *o, struct answer *answer, bool push)
{
    HANDLE made = NULL, other = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)o->b);
    if (!other)
        return win32_code(false);
    HANDLE from = push ? GetCurrentProcess() : other, to = push ? other : GetCurrentProcess();
    bool ok = DuplicateHandle(from, handle_of(o->a), to, &made, 0, FALSE,
                              o->c ? (DWORD)o->c : DUPLICATE_SAME_ACCESS);
    uint32_t code = win32_code(ok);
    CloseHandle(other);
    answer->value = (uintptr_t)made;
    if (!push)
        keep_handle(made);
    return code;
}

/* Handle a of this process into process b; the value is good there. c: options. */
OP(push)
{
    return across(o, answer, true);
}

/* Handle a of process b into this one. c: options. */
OP(pull)
{
    return across(o, answer, false);
}

/* Handle a as fds, which go with the answer. */
OP(export)
{
    unsigned count = 0;
    enum ist_status status = ist_handle_export_fds(handle_of(o->a), answer->fds, &count);
    answer->fd_count = status == IST_OK ? count : 0;
    return (uint32_t)status;
}

/* A handle of the fds that came. */
OP(import)
{
    void *handle = NULL;
    enum ist_status status = ist_handle_import_fds(o->fds, o->fd_count, &handle);
    answer->value = (uintptr_t)handle;
    keep_handle(handle);
    return (uint32_t)status;
}

/* ---- fork ---- */

/* Waits for the parent's word, and goes without a trace. */
static int child_start(int *parent_end)
{
    int ends[2];
    if (pipe(ends) != 0)
        abort();
    pid_t pid = test_fork();
    if (pid != 0) {
        close(ends[0]);
        puppet.child = pid;
        puppet.child_pipe = ends[1];
        *parent_end = ends[1];
        return -1;
    }
    close(ends[1]);
    return ends[0];
}

static void await(int pipe_end)
{
    char byte;
    while (read(pipe_end, &byte, 1) > 0)
        ;
}

/* A child that never uses the library, and lives until end_child. */
OP(fork_idle)
{
    char byte = 0;
    int result[2], end;
    if (pipe(result) != 0)
        return 1;
    int from = child_start(&end);
    if (from < 0) {
        close(result[1]);
        bool up = read(result[0], &byte, 1) == 1; /* it is past the fork */
        close(result[0]);
        answer->value = (uint64_t)puppet.child;
        return up ? 0 : 1;
    }
    if (write(result[1], &byte, 1) != 1)
        _exit(1);
    await(from);
    _exit(0);
}

/*
 * A child that uses what it inherited: the slot's mutex with key a, if it has one, finds the
 * bytes of seed b and leaves those of c; else only reads. Then it waits for end_child. The code
 * is the child's.
 */
OP(fork_user)
{
    int result[2], end;
    if (pipe(result) != 0)
        return 1;
    int from = child_start(&end);
    if (from < 0) {
        uint32_t code = 0x0dead000;
        close(result[1]);
        if (read(result[0], &code, sizeof(code)) < 0)
            code = 0x0dead001;
        close(result[0]);
        answer->value = (uint64_t)puppet.child;
        return code;
    }
    struct order seed = {.a = o->b}, next = {.a = o->c}, key = {.a = o->a, .b = 10000};
    uint32_t code = t->mutex ? op_acquire(t, &key, answer) : 0;
    if (!code)
        code = op_read(t, &seed, answer);
    if (!code)
        code = op_write(t, &next, answer);
    if (!code)
        code = op_flush(t, &key, answer);
    key.a = o->a + 1;
    if (!code && t->mutex)
        code = op_release(t, &key, answer);
    if (write(result[1], &code, sizeof(code)) != sizeof(code))
        _exit(1);
    close(result[1]);
    await(from);
    _exit(0);
}

OP(end_child)
{
    int status = 0;
    close(puppet.child_pipe);
    if (waitpid(puppet.child, &status, 0) != puppet.child)
        status = -1;
    puppet.child = 0;
    puppet.child_pipe = -1;
    return (uint32_t)status;
}
