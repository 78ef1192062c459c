/* SPDX-License-Identifier: MIT */
/*
 * Queues: order, that a blocked one blocks nobody, that nothing runs in the wrong thread, that
 * what work needs stays alive.
 */
#include "unit/core/queue_rig.h"

#include <unistd.h>

struct log_book {
    unsigned count;
    unsigned char entries[256];
};

struct entry {
    struct log_book *book;
    unsigned char what;
};

static void write_entry(void *user)
{
    struct entry *e = user;
    e->book->entries[e->book->count++ % 256] = e->what;
}

TEST(a_new_queue_is_idle)
{
    struct queue *q = rig_queue();
    CHECK(queue_idle(q));
    CHECK_EQ(queue_ticket(q), 0);
    CHECK(queue_reached(q, 0));
    CHECK(!queue_reached(q, 1));
    CHECK_EQ(queue_sync(q, 0, 0), IST_OK);
    queue_unref(q);
    queue_unref(NULL);
}

TEST(an_idle_queue_works_in_the_caller)
{
    struct queue *q = rig_queue();
    struct fence *fence = rig_fence(0);
    unsigned count = 0;
    submit_call(q, add_one, &count);
    CHECK_EQ(count, 1);
    signal_fence(q, fence, 7);
    CHECK_EQ(fence_value(fence), 7);
    wait_fence(q, fence, 7);
    CHECK(queue_idle(q));
    submit_call(q, add_one, &count);
    CHECK_EQ(count, 2);
    queue_unref(q);
    rig_drop(&fence->object);
}

static void note_thread(void *user)
{
    *(pthread_t *)user = pthread_self();
}

TEST(a_host_function_never_runs_in_the_caller)
{
    struct queue *q = rig_queue();
    bool inside = false, outside = true;
    for (int i = 0; i < 100; i++) {
        pthread_t thread = pthread_self();
        submit_host(q, note_thread, &thread);
        CHECK_EQ(rig_finish_queue(q), IST_OK);
        CHECK(!pthread_equal(thread, pthread_self()));
    }
    submit_host(q, note_in_host_function, &inside);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(inside);
    submit_call(q, note_in_host_function, &outside);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(!outside);
    CHECK(!queue_in_host_function());
    queue_unref(q);
}

TEST(everything_is_done_in_order)
{
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    struct log_book book = {0};
    struct entry entries[200];
    wait_fence(q, gate, 1);
    for (unsigned i = 0; i < 200; i++) { /* more than one turn of the pool */
        entries[i] = (struct entry){&book, (unsigned char)i};
        if (i % 3)
            submit_call(q, write_entry, &entries[i]);
        else
            submit_host(q, write_entry, &entries[i]);
    }
    CHECK_EQ(book.count, 0);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(book.count, 200);
    for (unsigned i = 0; i < 200; i++)
        CHECK_EQ(book.entries[i], i);
    queue_unref(q);
    rig_drop(&gate->object);
}

TEST(a_blocked_queue_blocks_neither_its_caller_nor_another_queue)
{
    struct queue *blocked = rig_queue(), *other = rig_queue();
    struct fence *gate = rig_fence(0);
    unsigned count = 0, free_count = 0;
    wait_fence(blocked, gate, 4);
    submit_call(blocked, add_one, &count);
    submit_host(blocked, add_one, &count);
    uint64_t ticket = queue_ticket(blocked);
    CHECK_EQ(ticket, 3);
    submit_call(other, add_one, &free_count);
    submit_host(other, add_one, &free_count);
    CHECK_EQ(rig_finish_queue(other), IST_OK);
    CHECK_EQ(free_count, 2);
    CHECK_EQ(queue_sync(blocked, ticket, rig_soon()), IST_TIMEOUT);
    CHECK(!queue_idle(blocked));
    CHECK(!queue_reached(blocked, 1));
    CHECK_EQ(count, 0);
    fence_signal(gate, 3);
    CHECK_EQ(queue_sync(blocked, ticket, rig_soon()), IST_TIMEOUT);
    signal_fence(other, gate, 4); /* by the other queue */
    CHECK_EQ(queue_sync(blocked, ticket, rig_late()), IST_OK);
    CHECK_EQ(count, 2);
    queue_unref(blocked);
    queue_unref(other);
    rig_drop(&gate->object);
}

TEST(a_sync_ends_at_its_deadline_and_not_before)
{
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    wait_fence(q, gate, 1);
    int64_t deadline = deadline_after_ms(30);
    CHECK_EQ(queue_sync(q, queue_ticket(q), deadline), IST_TIMEOUT);
    CHECK(clock_now_ns() >= deadline);
    CHECK_EQ(queue_sync(q, queue_ticket(q), 0), IST_TIMEOUT);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(queue_sync(q, queue_ticket(q), 0), IST_OK);
    queue_unref(q);
    rig_drop(&gate->object);
}

/* Values reached while the waits stand in line stay reached, though the fence is rewound. */
TEST(waits_are_ticketed)
{
    struct queue *q = rig_queue();
    struct fence *first = rig_fence(0), *fence = rig_fence(0);
    unsigned count = 0;
    wait_fence(q, first, 1);
    for (uint64_t v = 1; v <= 8; v++) {
        wait_fence(q, fence, v);
        submit_call(q, add_one, &count);
    }
    fence_signal(fence, 8);
    fence_signal(fence, 0);
    CHECK_EQ(count, 0);
    fence_signal(first, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(count, 8);
    wait_fence(q, fence, 1); /* a new wait compares with the value of now */
    CHECK_EQ(queue_sync(q, queue_ticket(q), rig_soon()), IST_TIMEOUT);
    fence_signal(fence, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    queue_unref(q);
    rig_drop(&first->object);
    rig_drop(&fence->object);
}

TEST(a_pending_signal_lands_after_a_rewind)
{
    struct queue *a = rig_queue(), *b = rig_queue();
    struct fence *gate = rig_fence(0), *fence = rig_fence(9);
    wait_fence(a, gate, 1);
    signal_fence(a, fence, 10);
    fence_signal(fence, 0);
    wait_fence(b, fence, 9);
    CHECK_EQ(queue_sync(b, queue_ticket(b), rig_soon()), IST_TIMEOUT);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(b), IST_OK);
    CHECK_EQ(fence_value(fence), 10);
    CHECK_EQ(rig_finish_queue(a), IST_OK);
    queue_unref(a);
    queue_unref(b);
    rig_drop(&gate->object);
    rig_drop(&fence->object);
}

TEST(the_end_of_a_fence_ends_its_waits_and_voids_its_signals)
{
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0), *fence = rig_fence(0);
    unsigned count = 0;
    wait_fence(q, fence, UINT64_MAX);
    wait_fence(q, gate, 1);
    signal_fence(q, fence, 5); /* pinned, not owned */
    submit_call(q, add_one, &count);
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 2);
    rig_drop(&fence->object);
    CHECK_EQ(queue_sync(q, 1, rig_late()), IST_OK);
    CHECK_EQ(count, 0);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(count, 1);
    queue_unref(q);
    rig_drop(&gate->object);
}

static struct copy copy_of(struct resource *dst, const void *src, size_t bytes)
{
    return (struct copy){
        .dst = {.resource = dst},
        .src = {.memory = (void *)(uintptr_t)src, .row_pitch = bytes, .slice_pitch = bytes},
        .row_bytes = bytes,
        .rows = 1,
        .slices = 1,
    };
}

TEST(a_transient_source_is_read_before_the_call_returns)
{
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    struct resource *r = rig_buffer(64, SHARING_NONE);
    char transient[64], stays[64];
    memset(transient, 'a', sizeof(transient));
    memset(stays, 'b', sizeof(stays));
    struct copy c = copy_of(r, transient, 32), d = copy_of(r, stays, 32);
    d.dst.x = 32;
    wait_fence(q, gate, 1);
    CHECK_EQ(queue_copy(q, &c, COPY_SOURCE_TRANSIENT), IST_OK);
    CHECK_EQ(queue_copy(q, &d, COPY_SOURCE_STAYS), IST_OK);
    memset(transient, 'x', sizeof(transient));
    memset(stays, 'y', sizeof(stays));
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    for (int i = 0; i < 64; i++)
        CHECK_EQ(r->memory.base[i], i < 32 ? 'a' : 'y');
    rig_drop(&r->object);
    queue_unref(q);
    rig_drop(&gate->object);
}

/* Rows and slices with gaps, starting inside the memory, and the same once more inline. */
TEST(a_transient_box_is_kept_whole)
{
    static unsigned char memory[4096], wanted[2][600];
    for (size_t i = 0; i < sizeof(memory); i++)
        memory[i] = (unsigned char)(i * 7 + i / 256);
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    struct resource *r[2] = {rig_buffer(600, SHARING_NONE), rig_buffer(600, SHARING_NONE)};
    for (int late = 0; late < 2; late++) {
        struct copy c = {
            .dst = {.memory = r[late]->memory.base, .row_pitch = 40, .slice_pitch = 200},
            .src =
                {.memory = memory, .x = 5, .y = 1, .z = 1, .row_pitch = 50, .slice_pitch = 700},
            .row_bytes = 33,
            .rows = 4,
            .slices = 3,
        };
        for (size_t z = 0; z < 3; z++)
            for (size_t y = 0; y < 4; y++)
                memcpy(&wanted[late][z * 200 + y * 40],
                       &memory[5 + 50 + 700 + z * 700 + y * 50], 33);
        if (late)
            wait_fence(q, gate, 1);
        CHECK_EQ(queue_copy(q, &c, COPY_SOURCE_TRANSIENT), IST_OK);
    }
    memset(memory, 0, sizeof(memory));
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_MEM(r[0]->memory.base, wanted[0], 600);
    CHECK_MEM(r[1]->memory.base, wanted[1], 600);
    rig_drop(&r[0]->object);
    rig_drop(&r[1]->object);
    queue_unref(q);
    rig_drop(&gate->object);
}

/* A resource is memory that stays, whatever the caller says of it. */
TEST(a_resource_as_transient_source_is_read_in_order)
{
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    struct resource *src = rig_buffer(64, SHARING_NONE), *dst = rig_buffer(64, SHARING_NONE);
    struct copy c = {.dst = {.resource = dst}, .src = {.resource = src}};
    c.row_bytes = 64, c.rows = 1, c.slices = 1;
    wait_fence(q, gate, 1);
    CHECK_EQ(queue_copy(q, &c, COPY_SOURCE_TRANSIENT), IST_OK);
    memset(src->memory.base, 'z', 64);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_MEM(dst->memory.base, src->memory.base, 64);
    rig_drop(&src->object);
    rig_drop(&dst->object);
    queue_unref(q);
    rig_drop(&gate->object);
}

TEST(queued_work_keeps_its_resources)
{
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    struct resource *a = rig_buffer(4096, SHARING_KMT), *b = rig_buffer(4096, SHARING_NONE);
    struct fill f = {.dst = {.resource = a}, .row_bytes = 4096, .rows = 1, .slices = 1};
    struct copy c = {.dst = {.resource = b}, .src = {.resource = a}};
    unsigned char result[4096];
    c.row_bytes = 4096, c.rows = 1, c.slices = 1;
    f.pattern_bytes = 1;
    f.pattern[0] = 0x5a;
    struct copy out = {.dst = {.memory = result}, .src = {.resource = b}};
    out.row_bytes = 4096, out.rows = 1, out.slices = 1;
    size_t before = object_live_count();
    wait_fence(q, gate, 1);
    CHECK_EQ(queue_fill(q, &f), IST_OK);
    CHECK_EQ(queue_copy(q, &c, COPY_SOURCE_STAYS), IST_OK);
    CHECK_EQ(queue_copy(q, &out, COPY_SOURCE_STAYS), IST_OK);
    CHECK_EQ(object_held(&a->object, HOLDER_WORK), 2);
    CHECK_EQ(object_held(&b->object, HOLDER_WORK), 2);
    rig_drop(&a->object);
    rig_drop(&b->object);
    CHECK_EQ(object_live_count(), before);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(object_live_count(), before - 2); /* let go before the ticket is reached */
    for (int i = 0; i < 4096; i++)
        CHECK_EQ(result[i], 0x5a);
    queue_unref(q);
    rig_drop(&gate->object);
}

TEST(one_queue_waits_for_a_ticket_of_another)
{
    struct queue *a = rig_queue(), *b = rig_queue();
    struct fence *gate = rig_fence(0);
    struct log_book book = {0};
    struct entry first = {&book, 1}, second = {&book, 2}, third = {&book, 3};
    wait_fence(a, gate, 1);
    submit_call(a, write_entry, &first);
    uint64_t ticket = queue_ticket(a);
    wait_fence(a, gate, 2);
    submit_call(a, write_entry, &third); /* behind the ticket: not waited for */
    CHECK_EQ(queue_wait_queue(b, a, ticket), IST_OK);
    submit_call(b, write_entry, &second);
    CHECK_EQ(queue_wait_queue(a, a, queue_ticket(a)), IST_OK); /* itself: nothing to wait for */
    CHECK_EQ(queue_sync(b, queue_ticket(b), rig_soon()), IST_TIMEOUT);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(b), IST_OK);
    CHECK_EQ(book.count, 2);
    CHECK_EQ(book.entries[0], 1);
    CHECK_EQ(book.entries[1], 2);
    fence_signal(gate, 2);
    CHECK_EQ(rig_finish_queue(a), IST_OK);
    CHECK_EQ(book.count, 3);
    queue_unref(a);
    queue_unref(b);
    rig_drop(&gate->object);
}

TEST(a_ticket_that_is_reached_does_not_block)
{
    struct queue *a = rig_queue(), *b = rig_queue();
    unsigned count = 0;
    submit_call(a, add_one, &count);
    CHECK_EQ(queue_wait_queue(b, a, queue_ticket(a)), IST_OK);
    CHECK(queue_idle(b));
    queue_unref(a);
    queue_unref(b);
}

TEST(work_goes_on_after_everybody_let_go_of_the_queue)
{
    struct queue *q = rig_queue(), *other = rig_queue();
    struct fence *gate = rig_fence(0), *done = rig_fence(0);
    unsigned count = 0;
    wait_fence(q, gate, 1);
    submit_host(q, add_one, &count);
    submit_call(q, add_one, &count);
    signal_fence(q, done, 1);
    CHECK_EQ(queue_wait_queue(other, q, queue_ticket(q)), IST_OK);
    signal_fence(other, done, 2);
    queue_unref(q);
    queue_unref(other);
    fence_signal(gate, 1);
    CHECK_EQ(fence_wait(done, 2, rig_late()), IST_OK);
    CHECK_EQ(count, 2);
    rig_drop(&gate->object);
    rig_drop(&done->object);
}

TEST(a_reference_keeps_the_queue)
{
    struct queue *q = rig_queue();
    unsigned count = 0;
    CHECK_PTR_EQ(queue_ref(q), q);
    queue_unref(q);
    submit_call(q, add_one, &count);
    CHECK_EQ(count, 1);
    queue_unref(q);
}
