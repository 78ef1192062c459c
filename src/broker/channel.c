/* SPDX-License-Identifier: MIT */
/*
 * The fds of a message are in the order of the parcel's places, and as many as its mask says: a
 * message with more or fewer is not ours, and none of its fds stays open.
 */
#include "broker/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MORE_FDS 8 /* room for what does not belong there, so that it can be closed */

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int) * (PARCEL_FDS + MORE_FDS)) + CMSG_SPACE(64)];
};

void channel_close_fds(int fds[PARCEL_FDS])
{
    for (unsigned i = 0; i < PARCEL_FDS; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

static enum channel_result result_of_errno(void)
{
    switch (errno) {
    case EAGAIN: return CHANNEL_LATER;
    case EMFILE:
    case ENFILE:
    case ETOOMANYREFS: /* too many of our fds are under way in sockets */
    case ENOMEM:
    case ENOBUFS: return CHANNEL_FULL;
    default: return CHANNEL_CLOSED;
    }
}

enum channel_result channel_send_bytes(int sock, const void *bytes, size_t size, const int *fds,
                                       unsigned count, int flags)
{
    union control control;
    struct iovec part = {(void *)(uintptr_t)bytes, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        memset(&control, 0, sizeof(control));
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(head), fds, sizeof(int) * count);
    }
    ssize_t sent;
    do
        sent = sendmsg(sock, &message, flags | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size ? CHANNEL_OK : result_of_errno();
}

enum channel_result channel_send(int sock, const struct wire_message *message,
                                 const int fds[PARCEL_FDS], int flags)
{
    unsigned char bytes[WIRE_MAX];
    int list[PARCEL_FDS];
    unsigned count = 0;
    size_t size = wire_encode(message, bytes);
    if (!size)
        return CHANNEL_BAD;
    if (wire_fd_count(message))
        for (unsigned i = 0; i < PARCEL_FDS; i++)
            if (message->parcel.fds & 1U << i)
                list[count++] = fds[i];
    return channel_send_bytes(sock, bytes, size, list, count, flags);
}

/* Takes the fds out of the control data; false if there are more than a message can have. */
static bool collect(struct msghdr *message, int list[PARCEL_FDS], unsigned *count)
{
    bool fits = true;
    *count = 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
         head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        unsigned found = (unsigned)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (unsigned i = 0; i < found; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            if (*count < PARCEL_FDS) {
                list[(*count)++] = fd;
            } else {
                close(fd);
                fits = false;
            }
        }
    }
    return fits;
}

static const char *place_fds(const struct wire_message *m, int list[PARCEL_FDS], unsigned count,
                             int fds[PARCEL_FDS])
{
    if (wire_fd_count(m) != count)
        return "it came with more or fewer file descriptors than it says";
    unsigned next = 0;
    for (unsigned i = 0; i < PARCEL_FDS && count; i++)
        if (m->parcel.fds & 1U << i)
            fds[i] = list[next++];
    return NULL;
}

enum channel_result channel_receive(int sock, struct wire_message *out, int fds[PARCEL_FDS],
                                    int flags, const char **why)
{
    unsigned char bytes[WIRE_MAX];
    union control control;
    struct iovec part = {bytes, sizeof(bytes)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    int list[PARCEL_FDS] = {-1, -1, -1, -1};
    unsigned count = 0;
    memset(fds, -1, sizeof(int) * PARCEL_FDS);

    ssize_t got;
    do /* a reset is told once, in front of what the other side had sent before it closed */
        got = recvmsg(sock, &message, flags | MSG_CMSG_CLOEXEC);
    while (got < 0 && (errno == EINTR || errno == ECONNRESET));
    if (got < 0)
        return result_of_errno();
    if (got == 0) /* the end; also an empty message, which no client of ours sends */
        return CHANNEL_CLOSED;

    bool fits = collect(&message, list, &count);
    *why = !fits                           ? "it came with too many file descriptors"
           : message.msg_flags & MSG_TRUNC ? "it is longer than a message may be"
                                           : wire_decode(bytes, (size_t)got, out);
    bool lost = fits && message.msg_flags & MSG_CTRUNC;
    if (!*why && !lost)
        *why = place_fds(out, list, count, fds);
    if (!*why && !lost)
        return CHANNEL_OK;
    channel_close_fds(list);
    return lost && !*why ? CHANNEL_FULL : CHANNEL_BAD;
}

void channel_put_parcel(struct wire_parcel *out, const struct parcel *parcel)
{
    memcpy(out->id, parcel->id, sizeof(out->id));
    out->kind = parcel->kind;
    out->bytes = parcel->bytes;
    out->fds = 0;
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        if (parcel->fd[i] >= 0)
            out->fds |= 1U << i;
}

void channel_get_parcel(const struct wire_parcel *in, const int fds[PARCEL_FDS],
                        struct parcel *out)
{
    memcpy(out->id, in->id, sizeof(out->id));
    out->kind = (enum object_kind)in->kind;
    out->bytes = in->bytes;
    memcpy(out->fd, fds, sizeof(out->fd));
}
