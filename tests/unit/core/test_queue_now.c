/* SPDX-License-Identifier: MIT */
/* Copies past all queues. */
#include "unit/core/gpu_rig.h"

#define BYTES 4096U

static struct copy copy_from(struct resource *dst, unsigned char *src)
{
    return (struct copy){
        .dst = {.resource = dst},
        .src = {.memory = src, .row_pitch = BYTES, .slice_pitch = BYTES},
        .row_bytes = BYTES,
        .rows = 1,
        .slices = 1,
    };
}

/* The device's own queue for this stays: it belongs to what a program makes once. */
static void make_queue(void)
{
    struct resource *r = gpu_buffer(BYTES, SHARING_NONE, false);
    unsigned char bytes[BYTES] = {0};
    struct copy copy = copy_from(r, bytes);
    CHECK_EQ(queue_copy_now(&rig_gpu, &copy), IST_OK);
    rig_drop(&r->object);
}

TEST(a_copy_is_done_on_return_whatever_a_queue_waits_for)
{
    make_queue();
    struct queue *q = gpu_queue();
    struct fence *fence = gpu_fence(0);
    struct resource *r = gpu_buffer(BYTES, SHARING_NONE, false);
    unsigned char bytes[BYTES], back[BYTES];
    wait_fence(q, fence, 1);
    for (unsigned i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(i * 7);
    struct copy in = copy_from(r, bytes), out = copy_from(r, back);
    struct place at = out.dst;
    out.dst = out.src;
    out.src = at;
    CHECK_EQ(queue_copy_now(&rig_gpu, &in), IST_OK);
    CHECK_MEM(r->gpu, bytes, BYTES);
    CHECK_EQ(queue_copy_now(&rig_gpu, &out), IST_OK);
    CHECK_MEM(back, bytes, BYTES);
    fence_signal(fence, 1);
    queue_unref(q);
    rig_drop(&fence->object);
    rig_drop(&r->object);
    CHECK_EQ(counted(&rig_counts.memories), 0);
}

TEST(the_cpu_device_copies_in_the_caller)
{
    struct resource *r = rig_buffer(BYTES, SHARING_NONE);
    unsigned char bytes[BYTES];
    memset(bytes, 9, sizeof(bytes));
    struct copy in = copy_from(r, bytes);
    CHECK_EQ(queue_copy_now(rig_device(), &in), IST_OK);
    CHECK_MEM(r->memory.base, bytes, BYTES);
    rig_drop(&r->object);
}

TEST(a_device_that_is_out_of_memory_says_so)
{
    make_queue();
    struct resource *r = gpu_buffer(BYTES, SHARING_NONE, false);
    unsigned char bytes[BYTES] = {0};
    struct copy in = copy_from(r, bytes);
    atomic_store(&rig_fail, IST_NO_MEMORY);
    CHECK_EQ(queue_copy_now(&rig_gpu, &in), IST_NO_MEMORY);
    CHECK_EQ(queue_copy_now(&rig_gpu, &in), IST_OK);
    rig_drop(&r->object);
}
