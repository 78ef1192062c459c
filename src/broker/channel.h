/* SPDX-License-Identifier: MIT */
/* Messages with file descriptors over one seqpacket socket. Owns nothing. */
#ifndef ISTHMUS_BROKER_CHANNEL_H
#define ISTHMUS_BROKER_CHANNEL_H

#include "broker/wire.h"

enum channel_result {
    CHANNEL_OK,
    CHANNEL_LATER,  /* would block, or the socket's time-out is over */
    CHANNEL_CLOSED, /* the other side has gone */
    CHANNEL_BAD,    /* not a message of ours; the reason was given */
    CHANNEL_FULL,   /* our own table of file descriptors is full: they are lost */
};

/* Sends bytes that wire_encode() made, with `count` fds that stay the caller's. */
enum channel_result channel_send_bytes(int sock, const void *bytes, size_t size, const int *fds,
                                       unsigned count, int flags);

/* The same, from a message and the fds of its parcel by place (-1 where the mask has none). */
enum channel_result channel_send(int sock, const struct wire_message *message,
                                 const int fds[PARCEL_FDS], int flags);

/*
 * The next message. fds[n] becomes the caller's, -1 for those that it lacks; all are -1 unless
 * CHANNEL_OK. `why` gets a constant string with CHANNEL_BAD.
 */
enum channel_result channel_receive(int sock, struct wire_message *out, int fds[PARCEL_FDS],
                                    int flags, const char **why);

/* Closes those that are not -1 and sets them to -1. */
void channel_close_fds(int fds[PARCEL_FDS]);

/* Between a parcel and its place in a message; the fds are copied, not duplicated. */
void channel_put_parcel(struct wire_parcel *out, const struct parcel *parcel);
void channel_get_parcel(const struct wire_parcel *in, const int fds[PARCEL_FDS],
                        struct parcel *out);

#endif
