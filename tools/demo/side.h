/* SPDX-License-Identifier: MIT */
/*
 * CUDA's side: it does what it is told, one deed after the other, in this process or in a fork
 * of it. There only orders and answers cross the socket, no data and no fds.
 */
#ifndef ISTHMUS_TOOLS_DEMO_SIDE_H
#define ISTHMUS_TOOLS_DEMO_SIDE_H

#include "demo/rig.h"

#include <sys/types.h>

#define SIDE_PATIENCE_MS 20000u /* for a keyed mutex, of either side */

struct side {
    pid_t process; /* whose side it is; 0: ours, all but the socket is used then */
    int socket;
    cudaStream_t stream;
    struct ist_resource import;
    struct ist_fence fence;
    unsigned char *outgoing, *landed; /* page-locked: copies that are queued do not block */
};

enum deed {
    SIDE_IMPORT,      /* what the shares lead to */
    SIDE_READ,        /* the resource to the host; these up to RELEASE in the stream's order */
    SIDE_WRITE,       /* the bytes of seed `number` into it */
    SIDE_WAIT,        /* for the fence to be at `number` */
    SIDE_SIGNAL,      /* `number` */
    SIDE_ACQUIRE,     /* the keyed mutex by key `number` */
    SIDE_IS_KEPT_OUT, /* it cannot be had by key `number` */
    SIDE_RELEASE,     /* with key `number` */
    SIDE_FINISH,      /* waits for the stream */
    SIDE_CHECK,       /* the same, then compares what was read with seed `number` */
    SIDE_END,         /* the last, whatever the others answered */
};

struct order {
    enum deed deed;
    uint64_t number;
    char name[64]; /* of what is tried, for messages */
    size_t size;   /* of the resource's bytes on the host */
    struct ist_share memory, fence;
};

/* Does it. False, with the reason on standard error. */
bool side_tell(struct side *side, struct order *order);

/* Another process. From the fork on; this one must not have used the library before. */
bool side_start(struct side *out);
/* False: it ended badly, and has said why. */
bool side_stop(struct side *side);

#endif
