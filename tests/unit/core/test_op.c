/* SPDX-License-Identifier: MIT */
/* Operations: what a kept one pins, what it reads aside, and that it lets go of everything. */
#include "core/op.h"
#include "unit/core/rig.h"

TEST(a_kept_copy_pins_both_sides)
{
    struct resource *a = rig_buffer(64, SHARING_NONE), *b = rig_buffer(64, SHARING_NONE);
    struct op op = {.kind = OP_COPY, .copy = {.dst = {.resource = a}, .src = {.resource = b}}};
    struct op *kept = op_keep(&op, 0);
    CHECK(kept != NULL);
    CHECK_EQ(object_held(&a->object, HOLDER_WORK), 1);
    CHECK_EQ(object_held(&b->object, HOLDER_WORK), 1);
    rig_drop(&a->object);
    rig_drop(&b->object);
    op_free(kept);
}

TEST(a_kept_fill_pins_its_target)
{
    struct resource *a = rig_buffer(64, SHARING_NONE);
    struct op op = {.kind = OP_FILL, .fill = {.dst = {.resource = a}}};
    struct op *kept = op_keep(&op, 0);
    CHECK_EQ(object_held(&a->object, HOLDER_WORK), 1);
    op_free(kept);
    CHECK_EQ(object_held(&a->object, HOLDER_WORK), 0);
    rig_drop(&a->object);
}

TEST(pinned_objects_and_queues_are_let_go)
{
    struct fence *fence = rig_fence(0);
    struct queue *queue = rig_queue();
    struct op op = {.kind = OP_WAIT, .pinned_object = &fence->object, .pinned_queue = queue};
    struct op *kept = op_keep(&op, 0);
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 1);
    queue_unref(queue); /* the operation keeps it: a leak or a double free shows in ASan */
    op_free(kept);
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 0);
    rig_drop(&fence->object);
}

TEST(a_source_set_aside_is_packed)
{
    const char source[] = "abc.def.ghi.";
    struct op op = {.kind = OP_COPY};
    op.copy.src = (struct place){.memory = (void *)(uintptr_t)source, .row_pitch = 4};
    op.copy.row_bytes = 3, op.copy.rows = 3, op.copy.slices = 1;
    struct op *kept = op_keep(&op, 9);
    CHECK_MEM(kept->aside, "abcdefghi", 9);
    CHECK_PTR_EQ(kept->copy.src.memory, kept->aside);
    CHECK_EQ(kept->copy.src.row_pitch, 3);
    CHECK_EQ(kept->copy.src.slice_pitch, 9);
    op_free(kept);
}

TEST(only_an_unsatisfied_wait_blocks)
{
    struct op op = {.kind = OP_WAIT};
    CHECK(op_blocks(&op));
    op.sync.satisfied = true;
    CHECK(!op_blocks(&op));
    op.kind = OP_SIGNAL;
    op.sync.satisfied = false;
    CHECK(!op_blocks(&op));
}
