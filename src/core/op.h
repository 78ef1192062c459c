/* SPDX-License-Identifier: MIT */
/* One operation of a queue: what it does, and what must stay alive until it is done. */
#ifndef ISTHMUS_CORE_OP_H
#define ISTHMUS_CORE_OP_H

#include "core/queue.h"

enum op_kind {
    OP_COPY,
    OP_FILL,
    OP_HOST,
    OP_CALL,
    OP_WAIT,
    OP_SIGNAL,
    OP_VOID, /* was a signal, and is none any more: only lets go of what it pins */
};

struct op {
    struct op *next;
    struct queue *queue;
    enum op_kind kind;
    union {
        struct copy copy;
        struct fill fill;
        struct {
            void (*fn)(void *user);
            void *user;
        } call;
        struct {
            struct timeline *timeline;
            uint64_t value;
            struct waiter waiter;
            bool satisfied; /* guarded by the queue's lock */
            bool watched;   /* the waiter stood in the timeline's line */
        } sync;
    };
    uint64_t ticket; /* on a GPU: which of its queue it is */
    bool on_stream;  /* likewise: done when the stream has come to the ticket, not before */
    bool told;       /* likewise: the stream writes its ticket */
    struct object *pinned_object; /* as HOLDER_WORK; a copy's resources are pinned besides */
    struct queue *pinned_queue;
    unsigned char aside[]; /* the source of a copy whose caller may not wait */
};

/*
 * A copy of `op` that pins what it names. aside_bytes > 0: a copy whose source rows are read
 * now and kept with it. NULL: no memory, nothing pinned.
 */
struct op *op_keep(const struct op *op, size_t aside_bytes);

/* Lets go of all that op_keep() pinned. */
void op_free(struct op *op);

/* True for a wait that is not satisfied. The queue's lock is held. */
static inline bool op_blocks(const struct op *op)
{
    return op->kind == OP_WAIT && !op->sync.satisfied;
}

#endif
