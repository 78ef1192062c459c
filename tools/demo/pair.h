/* SPDX-License-Identifier: MIT */
/*
 * `isthmus demo --processes 2`: a producer with D3D11 in one process, a consumer with CUDA in
 * another, and the eight ways from one to the other.
 */
#ifndef ISTHMUS_TOOLS_DEMO_PAIR_H
#define ISTHMUS_TOOLS_DEMO_PAIR_H

#include "demo/object.h"
#include "demo/share.h"
#include "demo/walk.h"

#include <stdbool.h>
#include <stdint.h>

#define PAIR_BYTES 65536u

enum pair_what { PAIR_MEMORY, PAIR_FENCE, PAIR_MUTEX };

/* What the producer tells: everything that leads to its objects. */
struct pair_offer {
    enum pair_what what;
    struct share memory; /* handles are those of the consumer's process */
    struct share sync;   /* of a fence; a keyed mutex comes with the memory */
    uint64_t seed;       /* of the producer's bytes; the consumer's have the next */
};

extern const struct object_kind pair_kind;

/* Messages between the two; false: the other one has gone, which is said. */
bool pair_tell(int socket, const void *message, size_t size);
bool pair_hear(int socket, void *message, size_t size);
/* One is ready, or has failed (and said why); false: the other has failed. */
bool pair_meet(int socket, bool ok);

/* The whole of it, from the fork on. The process must not have used the library before. */
bool pair_run(const struct walk_listener *listener);

/* The consumer's life, in its process. */
bool pair_consume(int socket);

#endif
