/* SPDX-License-Identifier: MIT */
/*
 * One epoll, one thread. `lock` guards the list of watches and `running`; it is not held while
 * a callback runs. A watch is found by a number of its own, not by its fd or address: what the
 * kernel reported for a watch that has gone meanwhile names nothing.
 */
#include "core/watch_fd.h"

#include "base/gate.h"
#include "base/list.h"
#include "core/fork.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct watch {
    struct list link;
    uint64_t number;
    int fd;
    watch_fd_fn fn;
    void *user;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t ran; /* a callback returned */
    struct list watches;
    uint64_t last_number;
    int running; /* the fd whose callback runs now; -1: none */
    pthread_t thread;
    bool started;
    int epoll;
} io = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .ran = PTHREAD_COND_INITIALIZER,
    .watches = {&io.watches, &io.watches},
    .running = -1,
    .epoll = -1,
};

static struct watch *find_number_locked(uint64_t number)
{
    list_for_each (item, next, &io.watches) {
        struct watch *w = container_of(item, struct watch, link);
        if (w->number == number)
            return w;
    }
    return NULL;
}

static struct watch *find_fd_locked(int fd)
{
    list_for_each (item, next, &io.watches) {
        struct watch *w = container_of(item, struct watch, link);
        if (w->fd == fd)
            return w;
    }
    return NULL;
}

static void forget_locked(struct watch *w)
{
    epoll_ctl(io.epoll, EPOLL_CTL_DEL, w->fd, NULL);
    list_remove(&w->link);
    free(w);
}

static void deliver(const struct epoll_event *event)
{
    bool hung_up = (event->events & (EPOLLHUP | EPOLLERR)) != 0;
    gate_lock(&io.lock);
    struct watch *w = find_number_locked(event->data.u64);
    struct watch call = w ? *w : (struct watch){.fn = NULL};
    if (w) {
        io.running = w->fd;
        if (hung_up)
            forget_locked(w);
    }
    pthread_mutex_unlock(&io.lock);
    if (call.fn)
        call.fn(call.fd, hung_up, call.user);
    pthread_mutex_lock(&io.lock);
    io.running = -1;
    pthread_cond_broadcast(&io.ran);
    gate_unlock(&io.lock);
}

static void *serve(void *unused)
{
    struct epoll_event events[16];
    for (;;) {
        int count = epoll_wait(io.epoll, events, (int)ARRAY_SIZE(events), -1);
        for (int i = 0; i < count; i++)
            deliver(&events[i]);
        if (count < 0 && errno != EINTR)
            return unused; /* no epoll any more: nothing could be told of it */
    }
}

/* In the child of a fork: the thread is the parent's, and so is what it watched. */
static void forget_parent(void)
{
    pthread_mutex_init(&io.lock, NULL);
    pthread_cond_init(&io.ran, NULL);
    if (io.epoll >= 0)
        close(io.epoll);
    io.epoll = -1;
    io.started = false;
    io.running = -1;
}

/* What is still on the list when the thread starts was watched for the parent. */
static void free_stale_locked(void)
{
    list_for_each (item, next, &io.watches) {
        list_remove(item);
        free(container_of(item, struct watch, link));
    }
}

/* Signals are the program's: our threads take none. */
static bool start_thread_locked(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = pthread_create(&io.thread, NULL, serve, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok) {
        pthread_setname_np(io.thread, "isthmus-io");
        pthread_detach(io.thread);
    }
    return ok;
}

static enum ist_status start_locked(void)
{
    if (io.started)
        return IST_OK;
    free_stale_locked();
    if (io.epoll < 0)
        io.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (io.epoll < 0)
        return refuse(IST_NO_RESOURCES, "no epoll to watch fds with: %s", strerror(errno));
    io.started = start_thread_locked();
    return io.started ? IST_OK
                      : refuse(IST_NO_RESOURCES, "no thread could be started to watch fds");
}

static enum ist_status add_locked(struct watch *w, bool readable)
{
    enum ist_status status = start_locked();
    if (status != IST_OK)
        return status;
    w->number = ++io.last_number;
    struct epoll_event event = {.events = readable ? EPOLLIN : 0, .data.u64 = w->number};
    list_append(&io.watches, &w->link);
    if (epoll_ctl(io.epoll, EPOLL_CTL_ADD, w->fd, &event) == 0)
        return IST_OK;
    list_remove(&w->link);
    return refuse(IST_NO_RESOURCES, "fd %d cannot be watched: %s", w->fd, strerror(errno));
}

static void hook_fork(void)
{
    fork_on_child(forget_parent);
}

enum ist_status watch_fd_add(int fd, bool readable, watch_fd_fn fn, void *user)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, hook_fork);
    _cleanup_(freep) struct watch *w = malloc(sizeof(*w));
    if (!w)
        return refuse(IST_NO_MEMORY, "no memory to watch an fd");
    *w = (struct watch){.fd = fd, .fn = fn, .user = user};
    gate_lock(&io.lock);
    enum ist_status status = add_locked(w, readable);
    gate_unlock(&io.lock);
    if (status == IST_OK)
        take(&w, NULL);
    return status;
}

void watch_fd_remove(int fd)
{
    gate_lock(&io.lock);
    struct watch *w = find_fd_locked(fd);
    if (w)
        forget_locked(w);
    bool self = io.started && pthread_equal(pthread_self(), io.thread);
    while (fd >= 0 && io.running == fd && !self)
        gate_cond_wait(&io.ran, &io.lock);
    gate_unlock(&io.lock);
}
