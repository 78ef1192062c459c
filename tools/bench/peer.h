/* SPDX-License-Identifier: MIT */
/*
 * The other process of a row: the command again, with an option of its own. It plays one part
 * until its socket hangs up or it is ended.
 */
#ifndef ISTHMUS_TOOLS_BENCH_PEER_H
#define ISTHMUS_TOOLS_BENCH_PEER_H

#include "bench/bench.h"

#include <stdint.h>
#include <sys/types.h>

#define BENCH_PEER_OPTION "--peer-on-fd"

enum peer_part {
    PEER_HOLDS,  /* makes shared textures, says how they are found, and keeps them */
    PEER_SERVES, /* answers each request with fds: what a broker cannot be faster than */
    PEER_TURNS,  /* takes a keyed mutex with key 1 and releases it with key 0 */
    PEER_FUTEX,  /* the same with a bare word in a memfd */
    PEER_PARTS
};

struct peer {
    pid_t pid;
    int socket; /* SOCK_SEQPACKET */
};

#define PEER_FDS 4
#define PEER_SIDE 64U /* of the textures, in texels */
#define PEER_BYTES ((uint64_t)PEER_SIDE * PEER_SIDE * 4)
#define PEER_MAPPED 65536U /* what memory of that size is rounded to */

/* What PEER_HOLDS says first; the fds of the texture that is shared by NT handle come along. */
struct peer_holding {
    WCHAR name[64];
    uint64_t kmt;
    unsigned fds;
};

/* A word that two processes pass to and fro. */
struct peer_word {
    _Atomic uint32_t turn; /* 0: the row's; 1: the peer's */
    _Atomic uint32_t sleepers;
};

/* The policy of the library's keyed mutex: spin as long as it has paid lately, then sleep. */
struct peer_spin {
    unsigned worth, turn;
};

void peer_word_await(struct peer_word *word, uint32_t turn, struct peer_spin *spin);
void peer_word_pass(struct peer_word *word, uint32_t turn);

/* Starts it on the CPU that this thread is pinned to. Ends the row if it cannot. */
struct peer peer_start(enum peer_part part);
void peer_end(struct peer *peer);

/* One message; fds may be NULL. False: the other side has gone. */
bool peer_send(int socket, const void *data, size_t size, const int *fds, unsigned count);
bool peer_receive(int socket, void *data, size_t size, int *fds, unsigned *count);

/* In the other process. An exit code. */
int peer_main(enum peer_part part, int socket);

#endif
