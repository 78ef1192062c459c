/* SPDX-License-Identifier: MIT */
/* Pinning and letting go. An operation belongs to one thread at a time: no lock. */
#include "core/op.h"

#include <string.h>

static void pin_resource(struct resource *r)
{
    if (r)
        object_hold(&r->object, HOLDER_WORK);
}

static void unpin_resource(struct resource *r)
{
    if (r)
        object_drop(&r->object, HOLDER_WORK);
}

/* Reads the source now, row by row, into the space behind the operation. */
static void set_aside(struct op *op)
{
    struct copy *copy = &op->copy;
    const struct place *src = &copy->src;
    const unsigned char *from = (const unsigned char *)src->memory + src->x +
                                src->y * src->row_pitch + src->z * src->slice_pitch;
    unsigned char *to = op->aside;
    for (size_t z = 0; z < copy->slices; z++)
        for (size_t y = 0; y < copy->rows; y++, to += copy->row_bytes)
            memcpy(to, from + z * src->slice_pitch + y * src->row_pitch, copy->row_bytes);
    copy->src = (struct place){
        .memory = op->aside,
        .row_pitch = copy->row_bytes,
        .slice_pitch = copy->row_bytes * copy->rows,
    };
}

struct op *op_keep(const struct op *op, size_t aside_bytes)
{
    struct op *kept = malloc(sizeof(*kept) + aside_bytes);
    if (!kept)
        return NULL;
    *kept = *op;
    if (aside_bytes)
        set_aside(kept);
    if (kept->kind == OP_COPY) {
        pin_resource(kept->copy.dst.resource);
        pin_resource(kept->copy.src.resource);
    } else if (kept->kind == OP_FILL) {
        pin_resource(kept->fill.dst.resource);
    }
    if (kept->pinned_object)
        object_hold(kept->pinned_object, HOLDER_WORK);
    if (kept->pinned_queue)
        queue_ref(kept->pinned_queue);
    return kept;
}

void op_free(struct op *op)
{
    if (op->kind == OP_COPY) {
        unpin_resource(op->copy.dst.resource);
        unpin_resource(op->copy.src.resource);
    } else if (op->kind == OP_FILL) {
        unpin_resource(op->fill.dst.resource);
    }
    object_drop(op->pinned_object, HOLDER_WORK);
    queue_unref(op->pinned_queue);
    free(op);
}
