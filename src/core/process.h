/* SPDX-License-Identifier: MIT */
/*
 * Another process as a thing that one has a handle of, and what crosses with its help: handles
 * duplicated into it (push) and out of it (pull).
 */
#ifndef ISTHMUS_CORE_PROCESS_H
#define ISTHMUS_CORE_PROCESS_H

#include "core/object.h"

#include <sys/types.h>

struct process {
    struct object object;
    pid_t pid;
    int pidfd; /* keeps the number from meaning another process unnoticed */
};

/* Owned once as `first`. IST_BAD_ARG: no such process. IST_ACCESS_DENIED: another user's. */
enum ist_status process_open(struct session *session, pid_t pid, enum holder first,
                             struct process **out) FRONT_API(process_open) MUST_CHECK;

/* Checked downcast. */
struct process *process_from_object(struct object *object) FRONT_API(process_from_object);

bool process_is_self(const struct process *process) FRONT_API(process_is_self);
bool process_is_alive(const struct process *process) FRONT_API(process_is_alive);

/* How the new handle shall be; `access` NULL: the same rights as the source's. */
struct handle_copy {
    const uint32_t *access;
    unsigned flags;
};

/*
 * A copy of our handle `value` in another process; *out is valid only there. IST_NO_BROKER,
 * IST_BAD_HANDLE, IST_NOT_SUPPORTED (of a kind that does not cross), IST_ACCESS_DENIED (the
 * process has ended), IST_QUOTA.
 */
enum ist_status handle_push(struct session *session, uint64_t value,
                            const struct process *target, const struct handle_copy *copy,
                            uint32_t *out) FRONT_API(handle_push) MUST_CHECK;

/* A copy in this process of handle `value` of another one, which is closed on request. */
enum ist_status handle_pull(struct session *session, const struct process *source,
                            uint64_t value, bool close_source, const struct handle_copy *copy,
                            uint32_t *out) FRONT_API(handle_pull) MUST_CHECK;

/* For the client (remote_hooks.give): what another process pulls. */
struct remote_handle;
enum ist_status handle_give(uint64_t value, bool close_source, struct remote_handle *out)
    MUST_CHECK;

#endif
