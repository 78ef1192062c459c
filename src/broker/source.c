/* SPDX-License-Identifier: MIT */
/* One epoll instance, level-triggered: what was not read to its end comes again. */
#include "broker/source.h"

#include "base/cleanup.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 256
#define ROUNDS 16 /* batches in one sweep: a flood must not keep us in it */
#define GROW 256

bool loop_init(struct loop *loop)
{
    *loop = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    return loop->epoll >= 0;
}

void loop_finish(struct loop *loop)
{
    if (loop->epoll >= 0)
        close(loop->epoll);
    free(loop->by_fd);
    *loop = (struct loop){.epoll = -1};
}

static bool make_room(struct loop *loop, int fd)
{
    if ((size_t)fd < loop->size)
        return true;
    size_t size = align_up((size_t)fd + 1, GROW);
    struct source **wider = realloc(loop->by_fd, size * sizeof(struct source *));
    if (!wider)
        return false;
    memset(wider + loop->size, 0, (size - loop->size) * sizeof(struct source *));
    loop->by_fd = wider;
    loop->size = size;
    return true;
}

bool loop_add(struct loop *loop, struct source *source, int fd, bool readable)
{
    struct epoll_event event = {.events = readable ? EPOLLIN | EPOLLRDHUP : 0, .data.fd = fd};
    source->fd = -1;
    if (!make_room(loop, fd) || epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        return false;
    }
    source->fd = fd;
    loop->by_fd[fd] = source;
    return true;
}

void loop_remove(struct loop *loop, struct source *source)
{
    if (source->fd < 0)
        return;
    /* Not left to close(): a copy of the fd under way in a message would keep it alive. */
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
    loop->by_fd[source->fd] = NULL;
    close(source->fd);
    source->fd = -1;
}

void loop_sweep(struct loop *loop, int ms)
{
    struct epoll_event events[BATCH];
    int count = BATCH;
    for (unsigned round = 0; round < ROUNDS && count == BATCH; round++) {
        count = epoll_wait(loop->epoll, events, BATCH, round ? 0 : ms);
        for (int i = 0; i < count; i++) {
            struct source *source = loop->by_fd[events[i].data.fd];
            if (source)
                source->ready(source);
        }
    }
}
