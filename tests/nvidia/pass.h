/* SPDX-License-Identifier: MIT */
/* Handles between a test's two processes: their descriptors travel over a socket. */
#ifndef TESTS_NVIDIA_PASS_H
#define TESTS_NVIDIA_PASS_H

#include "child.h"

#include <isthmus/share.h>

#include <sys/socket.h>

/* A number, and the descriptors of one handle. */
static inline void give(int to, const int *fds, unsigned count)
{
    char control[CMSG_SPACE(sizeof(int) * IST_HANDLE_FDS)] = {0};
    struct iovec data = {&count, sizeof(count)};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    NEED(sendmsg(to, &message, 0) == sizeof(count));
}

static inline unsigned take_fds(int from, int *fds)
{
    unsigned count = 0;
    char control[CMSG_SPACE(sizeof(int) * IST_HANDLE_FDS)];
    struct iovec data = {&count, sizeof(count)};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    NEED(recvmsg(from, &message, MSG_CMSG_CLOEXEC) == sizeof(count));
    NEED(count <= IST_HANDLE_FDS && CMSG_FIRSTHDR(&message));
    memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int) * count);
    return count;
}

static inline void send_handle(int to, HANDLE handle)
{
    int fds[IST_HANDLE_FDS];
    unsigned count = 0;
    NEED(ist_handle_export_fds(handle, fds, &count) == IST_OK);
    give(to, fds, count);
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    NEED(CloseHandle(handle));
}

static inline HANDLE receive_handle(int from)
{
    int fds[IST_HANDLE_FDS];
    void *handle = NULL;
    unsigned count = take_fds(from, fds);
    enum ist_status status = ist_handle_import_fds(fds, count, &handle);
    if (status != IST_OK)
        fprintf(stderr, "  %s\n", ist_explain());
    NEED(status == IST_OK); /* and the descriptors are taken */
    return handle;
}

#endif
