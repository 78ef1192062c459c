/* SPDX-License-Identifier: MIT */
/*
 * What the broker waits for: one epoll instance, and for every fd in it the thing that it
 * belongs to. Things are found by fd, not by pointer: an event of something that was removed a
 * moment ago finds nothing, or a stranger that looks for itself whether it has something to do.
 */
#ifndef ISTHMUS_BROKER_SOURCE_H
#define ISTHMUS_BROKER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct source {
    int fd; /* -1: none */
    void (*ready)(struct source *source);
};

struct loop {
    int epoll;
    struct source **by_fd;
    size_t size;
};

bool loop_init(struct loop *loop);
void loop_finish(struct loop *loop);

/* Takes the fd; on failure closes it and sets it to -1. Without `readable`: hang-ups only. */
bool loop_add(struct loop *loop, struct source *source, int fd, bool readable);
/* Closes the fd. */
void loop_remove(struct loop *loop, struct source *source);

/* Handles everything that is ready now, after waiting at most `ms` (-1: for ever) for it. */
void loop_sweep(struct loop *loop, int ms);

#endif
