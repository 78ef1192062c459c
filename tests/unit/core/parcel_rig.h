/* SPDX-License-Identifier: MIT */
/*
 * Two processes that pass parcels over a socket, without any broker. The other process is a
 * child that was forked before the object was made: it inherits nothing of it. A child's checks
 * cannot fail the parent's test by themselves: it ends with the number of what went wrong.
 */
#ifndef ISTHMUS_TEST_CORE_PARCEL_RIG_H
#define ISTHMUS_TEST_CORE_PARCEL_RIG_H

static void rig_warm_crossing(void);
#ifndef RIG_WARM_UP
#define RIG_WARM_UP rig_warm_crossing
#endif

#include "unit/core/rig.h"

#include "core/life.h"
#include "core/parcel.h"
#include "core/resource.h"
#include "core/watch_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct rig_peer {
    pid_t pid;
    int socket; /* ours in the parent, the child's in the child */
};

RIG_UNUSED static bool rig_send(int socket, const int *fds, unsigned count)
{
    char byte = 'p';
    union {
        char space[CMSG_SPACE(sizeof(int) * PARCEL_FDS)];
        struct cmsghdr align;
    } control = {.space = {0}};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (count) {
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

/* How many fds came; -1: the peer has gone. */
RIG_UNUSED static int rig_receive(int socket, int *fds)
{
    char byte;
    union {
        char space[CMSG_SPACE(sizeof(int) * PARCEL_FDS)];
        struct cmsghdr align;
    } control;
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof(control.space)};
    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header)
        return 0;
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(fds, CMSG_DATA(header), sizeof(int) * (size_t)count);
    return count;
}

/* A parcel as four fds; those that it has not stay -1 by a mask in front. */
RIG_UNUSED static bool rig_send_parcel(int socket, const struct parcel *parcel)
{
    int fds[PARCEL_FDS];
    unsigned count = 0;
    unsigned char mask = 0;
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        if (parcel->fd[i] >= 0) {
            fds[count++] = parcel->fd[i];
            mask |= (unsigned char)(1U << i);
        }
    return write(socket, &mask, 1) == 1 && rig_send(socket, fds, count);
}

RIG_UNUSED static bool rig_receive_parcel(int socket, struct parcel *out)
{
    unsigned char mask;
    int fds[PARCEL_FDS];
    if (read(socket, &mask, 1) != 1)
        return false;
    int count = rig_receive(socket, fds), next = 0;
    parcel_init(out);
    for (unsigned i = 0; i < PARCEL_FDS && next < count; i++)
        if (mask & 1U << i)
            out->fd[i] = fds[next++];
    return count > 0;
}

RIG_UNUSED static void rig_say(int socket)
{
    char byte = 's';
    if (write(socket, &byte, 1) != 1)
        _exit(90);
}

/* False: the peer has gone. */
RIG_UNUSED static bool rig_hear(int socket)
{
    char byte;
    return read(socket, &byte, 1) == 1;
}

/* Starts a child that runs `role` and ends with what it returns: 0 for right. */
RIG_UNUSED static struct rig_peer rig_fork(int (*role)(int socket))
{
    int pair[2];
    SKIP_UNLESS_PROCESSES();
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = test_fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        close(pair[0]);
        alarm(20);
        _exit(role(pair[1]));
    }
    close(pair[1]);
    return (struct rig_peer){pid, pair[0]};
}

/* The child's answer; 128 + signal if it was killed. */
RIG_UNUSED static int rig_reap(struct rig_peer *peer)
{
    int status = 0;
    close(peer->socket);
    while (waitpid(peer->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

RIG_UNUSED static struct parcel rig_parcel(struct object *object)
{
    struct parcel parcel;
    parcel_init(&parcel);
    CHECK_EQ(parcel_make(object, &parcel), IST_OK);
    return parcel;
}

RIG_UNUSED static struct resource *rig_keyed_texture(void)
{
    struct resource_desc desc = {
        .shape = {.dimension = DIMENSION_2D,
                  .format = 28,
                  .width = 64,
                  .height = 32,
                  .levels = 1,
                  .slices = 1},
        .sharing = SHARING_KMT,
        .keyed_mutex = true,
    };
    struct resource *resource = NULL;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_COM, &resource),
             IST_OK);
    return resource;
}

static void rig_ignore(int fd, bool hung_up, void *user)
{
    (void)fd;
    (void)hung_up;
    (void)user;
}

/* What a process makes once and keeps: the threads of the io, of robust lists, of watches. */
static void rig_warm_crossing(void)
{
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    CHECK_EQ(watch_fd_add(ends[0], false, rig_ignore, NULL), IST_OK);
    watch_fd_remove(ends[0]);
    close(ends[0]);
    close(ends[1]);
    struct resource *r = rig_keyed_texture();
    struct parcel parcel = rig_parcel(&r->object);
    parcel_close(&parcel);
    rig_drop(&r->object);
}

#endif
