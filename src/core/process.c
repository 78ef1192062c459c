/* SPDX-License-Identifier: MIT */
/*
 * A process is named by its number and kept by a pidfd: the kernel does not give a number out
 * again unnoticed while we ask through the pidfd whether it still runs. Nothing changes after
 * creation, so nothing is locked.
 */
#include "core/process.h"

#include "core/handle.h"
#include "core/name.h"
#include "core/parcel.h"
#include "core/remote.h"
#include "core/session.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void process_end(struct object *object)
{
    (void)object; /* a process does not end with the handles of it */
}

static void process_destroy(struct object *object)
{
    struct process *process = process_from_object(object);
    close(process->pidfd);
    free(process);
}

static void process_describe(struct object *object, char *out, size_t size)
{
    const struct process *process = process_from_object(object);
    snprintf(out, size, "process %d, %s", (int)process->pid,
             process_is_alive(process) ? "running" : "ended");
}

static const struct object_ops process_ops = {
    .end = process_end,
    .destroy = process_destroy,
    .describe = process_describe,
};

struct process *process_from_object(struct object *object)
{
    assert(object->ops == &process_ops);
    return container_of(object, struct process, object);
}

bool process_is_self(const struct process *process)
{
    return process->pid == getpid();
}

bool process_is_alive(const struct process *process)
{
    struct pollfd ended = {.fd = process->pidfd, .events = POLLIN};
    return poll(&ended, 1, 0) == 0;
}

static void fclosep(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* The kernel's word on whose it is. /proc's owner would be root for a process with secrets. */
static bool is_ours(pid_t pid)
{
    char path[48], line[128];
    unsigned real, effective;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    _cleanup_(fclosep) FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Uid: %u %u", &real, &effective) == 2)
            return effective == geteuid();
    return false;
}

static enum ist_status open_pidfd(pid_t pid, int *out)
{
    int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (fd < 0 && (pid <= 0 || errno == ESRCH || errno == EINVAL))
        return refuse(IST_BAD_ARG, "there is no process %d", (int)pid);
    if (fd < 0)
        return refuse(IST_NO_RESOURCES, "process %d cannot be opened: %s", (int)pid,
                      strerror(errno));
    if (!is_ours(pid)) {
        close(fd);
        return refuse(IST_ACCESS_DENIED, "process %d belongs to another user", (int)pid);
    }
    *out = fd;
    return IST_OK;
}

enum ist_status process_open(struct session *session, pid_t pid, enum holder first,
                             struct process **out)
{
    _cleanup_(freep) struct process *process = calloc(1, sizeof(*process));
    if (!process)
        return refuse(IST_NO_MEMORY, "no memory to describe a process");
    enum ist_status status = open_pidfd(pid, &process->pidfd);
    if (status != IST_OK)
        return status;
    process->pid = pid;
    object_init(&process->object, &process_ops, session, OBJECT_PROCESS, first);
    *out = take(&process, NULL);
    return IST_OK;
}

static void drop_parts(struct session *session, struct handle_parts *parts)
{
    name_drop(session, parts->name);
    object_drop(parts->object, HOLDER_HANDLE);
}

/* Both ends by number: it must still be the process that was opened. */
static enum ist_status check_alive(const struct process *process)
{
    if (process_is_alive(process))
        return IST_OK;
    return refuse(IST_ACCESS_DENIED, "process %d has ended", (int)process->pid);
}

/* Nothing that the other side says of a process is the caller's mistake in a name. */
static enum ist_status not_found_is_denied(enum ist_status status, const struct process *p)
{
    if (status != IST_NOT_FOUND)
        return status;
    return refuse(IST_ACCESS_DENIED, "process %d has ended", (int)p->pid);
}

static enum ist_status push_parts(const struct handle_parts *parts,
                                  const struct process *target, const struct handle_copy *copy,
                                  uint32_t *out)
{
    _cleanup_(parcel_close) struct parcel parcel;
    parcel_init(&parcel);
    enum ist_status status = parcel_make(parts->object, &parcel);
    if (status != IST_OK)
        return status;
    status = remote_push(target->pid, &parcel, copy->access ? *copy->access : parts->access,
                         copy->flags, parts->name ? name_key(parts->name) : NULL, out);
    return not_found_is_denied(status, target);
}

enum ist_status handle_push(struct session *session, uint64_t value,
                            const struct process *target, const struct handle_copy *copy,
                            uint32_t *out)
{
    struct handle_parts parts;
    enum ist_status status = check_alive(target);
    if (status == IST_OK)
        status = handle_share(session, value, &parts);
    if (status != IST_OK)
        return status;
    status = push_parts(&parts, target, copy, out);
    drop_parts(session, &parts);
    return status;
}

enum ist_status handle_pull(struct session *session, const struct process *source,
                            uint64_t value, bool close_source, const struct handle_copy *copy,
                            uint32_t *out)
{
    struct remote_handle sent;
    enum ist_status status = check_alive(source);
    if (status == IST_OK)
        status =
            not_found_is_denied(remote_pull(source->pid, value, close_source, &sent), source);
    if (status != IST_OK)
        return status;
    if (copy->access)
        sent.access = *copy->access;
    sent.flags = copy->flags;
    return handle_accept(session, &sent, out);
}

static enum ist_status fill(const struct handle_parts *parts, struct remote_handle *out)
{
    enum ist_status status = parcel_make(parts->object, &out->parcel);
    if (status != IST_OK)
        return status;
    out->access = parts->access;
    out->flags = parts->flags;
    snprintf(out->name_key, sizeof(out->name_key), "%s",
             parts->name ? name_key(parts->name) : "");
    return IST_OK;
}

/*
 * The source closes whatever became of the copy, as DUPLICATE_CLOSE_SOURCE promises. If a name
 * goes with it, the client tells the broker after this answer, which makes the other process a
 * holder of the name.
 */
enum ist_status handle_give(uint64_t value, bool close_source, struct remote_handle *out)
{
    struct session *session = session_default();
    struct handle_parts parts;
    enum ist_status status = handle_share_known(session, value, &parts);
    if (status != IST_OK)
        return status;
    status = fill(&parts, out);
    drop_parts(session, &parts);
    if (close_source && handle_detach(session, value, &parts) == IST_OK)
        drop_parts(session, &parts);
    return status;
}
