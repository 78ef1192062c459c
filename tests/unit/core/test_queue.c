/* SPDX-License-Identifier: MIT */
/*
 * Queues: order, that a blocked one blocks nobody, that nothing runs in the wrong thread, that
 * what work needs stays alive, and that a thousand blocked ones need no thousand threads.
 */
#include "unit/core/rig.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

static void submit_call(struct queue *q, void (*fn)(void *), void *user)
{
    CHECK_EQ(queue_call(q, fn, user), IST_OK);
}

static void submit_host(struct queue *q, void (*fn)(void *), void *user)
{
    CHECK_EQ(queue_host(q, fn, user), IST_OK);
}

static void wait_fence(struct queue *q, struct fence *fence, uint64_t value)
{
    CHECK_EQ(queue_wait_fence(q, fence, value), IST_OK);
}

static void signal_fence(struct queue *q, struct fence *fence, uint64_t value)
{
    CHECK_EQ(queue_signal_fence(q, fence, value), IST_OK);
}

static void add_one(void *user)
{
    ++*(unsigned *)user;
}

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

static void note_in_host_function(void *user)
{
    *(bool *)user = queue_in_host_function();
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

static unsigned count_threads(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/task");
    CHECK(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

enum { MANY = 1000 };

static void add_one_atomic(void *user)
{
    atomic_fetch_add((atomic_uint *)user, 1);
}

TEST(a_thousand_blocked_queues_need_few_threads)
{
    static struct queue *queues[MANY];
    struct fence *gate = rig_fence(0);
    atomic_uint count = 0;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    for (int i = 0; i < MANY; i++) {
        queues[i] = rig_queue();
        wait_fence(queues[i], gate, (uint64_t)i + 1);
        submit_host(queues[i], add_one_atomic, &count);
    }
    CHECK(count_threads() <= 2 * (unsigned)cpus + 4); /* the pool, this one, a sanitizer's */
    CHECK_EQ(atomic_load(&count), 0);
    for (int i = 0; i < MANY; i += 100) {
        fence_signal(gate, (uint64_t)i + 1);
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        CHECK(!queue_reached(queues[i + 1], 2));
    }
    fence_signal(gate, MANY);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        queue_unref(queues[i]);
    }
    CHECK_EQ(atomic_load(&count), MANY);
    CHECK(count_threads() <= 2 * (unsigned)cpus + 4);
    rig_drop(&gate->object);
}

/* Each queue waits for the next one: the last is let go first. */
TEST(a_long_chain_of_waits_comes_undone)
{
    enum { LINKS = 300 };
    static struct queue *queues[LINKS];
    struct fence *fence = rig_fence(0);
    for (uint64_t i = 0; i < LINKS; i++) {
        queues[i] = rig_queue();
        wait_fence(queues[i], fence, i + 1);
        signal_fence(queues[i], fence, i + 2);
    }
    fence_signal(fence, 1);
    CHECK_EQ(fence_wait(fence, LINKS + 1, rig_late()), IST_OK);
    for (int i = 0; i < LINKS; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        queue_unref(queues[i]);
    }
    rig_drop(&fence->object);
}

struct meeting {
    atomic_uint arrived;
    atomic_bool missed;
};

/* Goes on only when both have come: each needs a thread of its own. */
static void meet(void *user)
{
    struct meeting *m = user;
    atomic_fetch_add(&m->arrived, 1);
    for (int i = 0; atomic_load(&m->arrived) < 2; i++) {
        if (i > 2000) {
            atomic_store(&m->missed, true);
            return;
        }
        rig_nap(1);
    }
}

TEST(a_host_function_that_blocks_blocks_no_other_queue)
{
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        SKIP("one processor runs one host function at a time");
    struct queue *a = rig_queue(), *b = rig_queue();
    for (int i = 0; i < 50; i++) {
        struct meeting m = {0, false};
        submit_host(a, meet, &m);
        submit_host(b, meet, &m);
        CHECK_EQ(rig_finish_queue(a), IST_OK);
        CHECK_EQ(rig_finish_queue(b), IST_OK);
        CHECK(!atomic_load(&m.missed));
    }
    queue_unref(a);
    queue_unref(b);
}

/* The same, let go by one signal: both jobs reach the pool in one moment. */
TEST(jobs_that_come_together_get_a_thread_each)
{
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        SKIP("one processor runs one host function at a time");
    struct queue *a = rig_queue(), *b = rig_queue();
    struct fence *gate = rig_fence(0);
    for (uint64_t i = 1; i <= 50; i++) {
        struct meeting m = {0, false};
        wait_fence(a, gate, i);
        wait_fence(b, gate, i);
        submit_host(a, meet, &m);
        submit_host(b, meet, &m);
        fence_signal(gate, i);
        CHECK_EQ(rig_finish_queue(a), IST_OK);
        CHECK_EQ(rig_finish_queue(b), IST_OK);
        CHECK(!atomic_load(&m.missed));
    }
    queue_unref(a);
    queue_unref(b);
    rig_drop(&gate->object);
}

enum { LONG = 5000 };

struct racer {
    atomic_uint done;
};

static void run_a_little(void *user)
{
    atomic_fetch_add(&((struct racer *)user)->done, 1);
    for (int64_t end = clock_now_ns() + 1000; clock_now_ns() < end;)
        ;
}

struct referee {
    struct racer *racers;
    unsigned count, finished;
};

static void count_finished(void *user)
{
    struct referee *r = user;
    for (unsigned i = 0; i < r->count; i++)
        r->finished += atomic_load(&r->racers[i].done) == LONG;
}

/* As many long queues as there are threads: a short one behind them has its turn meanwhile. */
TEST(a_long_queue_gives_others_their_turn)
{
    struct racer racers[16] = {0};
    struct queue *queues[16], *q = rig_queue();
    struct fence *gate = rig_fence(0);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct referee referee = {racers, cpus < 8 ? 2 * (unsigned)cpus : 16, 0};
    for (unsigned i = 0; i < referee.count; i++) {
        queues[i] = rig_queue();
        wait_fence(queues[i], gate, 1);
        for (unsigned n = 0; n < LONG; n++)
            submit_call(queues[i], run_a_little, &racers[i]);
    }
    wait_fence(q, gate, 1);
    submit_call(q, count_finished, &referee);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(referee.finished, 0);
    for (unsigned i = 0; i < referee.count; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        CHECK_EQ(atomic_load(&racers[i].done), LONG);
        queue_unref(queues[i]);
    }
    queue_unref(q);
    rig_drop(&gate->object);
}

struct door {
    atomic_uint inside;
    atomic_bool open;
};

static void stand_in_door(void *user)
{
    struct door *d = user;
    atomic_fetch_add(&d->inside, 1);
    for (int i = 0; i < 20000 && !atomic_load(&d->open); i++)
        rig_nap(1);
}

/*
 * Host functions that all block until the program goes on, and the program waits for a copy in
 * another queue first: as many of them as there may be, the copy must find a thread.
 */
TEST(blocked_host_functions_leave_a_thread_for_other_work)
{
    enum { BLOCKED = 200 };
    static struct queue *queues[BLOCKED];
    struct door door = {0, false};
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    unsigned count = 0;
    for (int i = 0; i < BLOCKED; i++) {
        queues[i] = rig_queue();
        submit_host(queues[i], stand_in_door, &door);
    }
    while (!atomic_load(&door.inside))
        rig_nap(1);
    rig_nap(20);
    for (uint64_t i = 1; i <= 20; i++) {
        wait_fence(q, gate, i);
        submit_call(q, add_one, &count);
        fence_signal(gate, i);
        enum ist_status status = queue_sync(q, queue_ticket(q), deadline_after_ms(2000));
        if (status != IST_OK)
            atomic_store(&door.open, true);
        CHECK_EQ(status, IST_OK);
    }
    atomic_store(&door.open, true);
    for (int i = 0; i < BLOCKED; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        queue_unref(queues[i]);
    }
    CHECK_EQ(atomic_load(&door.inside), BLOCKED);
    CHECK_EQ(count, 20);
    queue_unref(q);
    rig_drop(&gate->object);
}

/* A host function behind other work must not slip into a thread lent for short work. */
TEST(host_functions_behind_a_wait_leave_a_thread_too)
{
    enum { BLOCKED = 50 };
    static struct queue *queues[BLOCKED];
    struct door door = {0, false};
    struct queue *q = rig_queue();
    struct fence *gate = rig_fence(0);
    unsigned counts[BLOCKED] = {0}, count = 0;
    for (int i = 0; i < BLOCKED; i++) {
        queues[i] = rig_queue();
        wait_fence(queues[i], gate, 1);
        submit_call(queues[i], add_one, &counts[i]);
        submit_host(queues[i], stand_in_door, &door);
        submit_call(queues[i], add_one, &counts[i]);
    }
    wait_fence(q, gate, 1);
    submit_call(q, add_one, &count);
    fence_signal(gate, 1);
    enum ist_status status = queue_sync(q, queue_ticket(q), deadline_after_ms(2000));
    atomic_store(&door.open, true);
    CHECK_EQ(status, IST_OK);
    for (int i = 0; i < BLOCKED; i++) {
        CHECK_EQ(rig_finish_queue(queues[i]), IST_OK);
        CHECK_EQ(counts[i], 2);
        queue_unref(queues[i]);
    }
    queue_unref(q);
    rig_drop(&gate->object);
}

/* What the child of a fork does; it must not use the harness, which belongs to the parent. */
static bool works_in_child(struct queue *old)
{
    struct queue *fresh = NULL;
    atomic_uint count = 0;
    if (queue_host(old, add_one_atomic, &count) != IST_OK ||
        queue_sync(old, queue_ticket(old), rig_late()) != IST_OK)
        return false;
    if (queue_create(rig_device(), &fresh) != IST_OK ||
        queue_host(fresh, add_one_atomic, &count) != IST_OK ||
        queue_sync(fresh, queue_ticket(fresh), rig_late()) != IST_OK)
        return false;
    queue_unref(fresh);
    return atomic_load(&count) == 2;
}

/* Threads do not survive a fork: the child starts its own. */
TEST(queues_work_in_the_child_of_a_fork)
{
    if (RIG_THREAD_SANITIZER)
        SKIP("ThreadSanitizer allows no threads after a fork");
    struct queue *q = rig_queue();
    bool inside = false;
    submit_host(q, note_in_host_function, &inside);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    while (!queue_idle(q))
        rig_nap(1);
    CHECK_EQ(queue_ticket(q), 1); /* and its lock is free: a fork would copy it as it is */
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        _exit(works_in_child(q) ? 0 : 1);
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    queue_unref(q);
}

/* Stress: threads submit to one queue; each sees its own work in order. */
enum { THREADS = 4, OPS = 3000 };

struct submitter {
    struct queue *q;
    unsigned next_expected; /* touched only by the queue's work */
    unsigned wrong, refused;
    struct numbered {
        struct submitter *owner;
        unsigned number;
    } ops[OPS];
};

static void check_number(void *user)
{
    struct numbered *n = user;
    if (n->owner->next_expected++ != n->number)
        n->owner->wrong++;
}

static void *submit_many(void *arg)
{
    struct submitter *s = arg;
    for (unsigned i = 0; i < OPS; i++) {
        s->ops[i] = (struct numbered){s, i};
        enum ist_status status = i % 16 ? queue_call(s->q, check_number, &s->ops[i])
                                        : queue_host(s->q, check_number, &s->ops[i]);
        s->refused += status != IST_OK;
        if (i % 100 == 0)
            s->refused += queue_sync(s->q, queue_ticket(s->q), rig_late()) != IST_OK;
    }
    return NULL;
}

TEST(threads_submit_to_one_queue)
{
    static struct submitter s[THREADS];
    struct queue *q = rig_queue();
    pthread_t threads[THREADS];
    memset(s, 0, sizeof(s));
    for (int i = 0; i < THREADS; i++) {
        s[i].q = q;
        threads[i] = rig_start(submit_many, &s[i]);
    }
    for (int i = 0; i < THREADS; i++)
        rig_join(threads[i]);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(queue_ticket(q), THREADS * OPS);
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(s[i].wrong, 0);
        CHECK_EQ(s[i].refused, 0);
        CHECK_EQ(s[i].next_expected, OPS);
    }
    queue_unref(q);
}

/* Two queues hand a plain counter to each other through two fences. */
TEST(two_queues_play_ping_pong)
{
    enum { ROUNDS = 2000 };
    struct queue *a = rig_queue(), *b = rig_queue();
    struct fence *there = rig_fence(0), *back = rig_fence(0);
    unsigned plain = 0;
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        submit_call(a, add_one, &plain);
        signal_fence(a, there, i);
        wait_fence(a, back, i);
        wait_fence(b, there, i);
        submit_host(b, add_one, &plain);
        signal_fence(b, back, i);
    }
    CHECK_EQ(rig_finish_queue(a), IST_OK);
    CHECK_EQ(rig_finish_queue(b), IST_OK);
    CHECK_EQ(plain, 2 * ROUNDS);
    queue_unref(a);
    queue_unref(b);
    rig_drop(&there->object);
    rig_drop(&back->object);
}

/* Queues are made, used and let go in the middle of things by several threads. */
static void *live_shortly(void *arg)
{
    struct fence *fence = arg;
    unsigned done = 0;
    for (unsigned i = 0; i < 500; i++) {
        struct queue *q = NULL;
        if (queue_create(rig_device(), &q) != IST_OK ||
            queue_wait_fence(q, fence, timeline_value(&fence->timeline) + 1) != IST_OK ||
            queue_host(q, add_one, &done) != IST_OK ||
            queue_signal_fence(q, fence, timeline_value(&fence->timeline) + 2) != IST_OK)
            return arg;
        fence_signal(fence, UINT64_MAX); /* lets all go that wait now */
        if (queue_sync(q, queue_ticket(q), rig_late()) != IST_OK)
            return arg;
        queue_unref(q);
        fence_signal(fence, i);
    }
    return done == 500 ? NULL : arg;
}

TEST(queues_come_and_go)
{
    struct fence *fence = rig_fence(0);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = rig_start(live_shortly, fence);
    for (int i = 0; i < 3; i++) {
        void *failed;
        CHECK_EQ(pthread_join(threads[i], &failed), 0);
        CHECK(failed == NULL);
    }
    rig_drop(&fence->object);
}
