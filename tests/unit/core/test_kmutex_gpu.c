/* SPDX-License-Identifier: MIT */
/* Keyed mutexes of owners that work through streams: ownership at the call, order in these. */
#include "unit/core/gpu_rig.h"

#include "core/parcel.h"
#include "core/robust.h"

#define BYTES 4096U

static const char first_party, second_party;

static struct resource *shared_buffer(void)
{
    return gpu_buffer(BYTES, SHARING_NT, true);
}

static void copy_all(struct queue *q, struct resource *dst, struct resource *src)
{
    struct copy copy = {
        .dst = {.resource = dst},
        .src = {.resource = src},
        .row_bytes = BYTES,
        .rows = 1,
        .slices = 1,
    };
    CHECK_EQ(queue_copy(q, &copy, COPY_SOURCE_STAYS), IST_OK);
}

static void acquire(struct resource *r, const void *party, uint64_t key, struct queue *q)
{
    CHECK_EQ(kmutex_acquire(&r->kmutex, party, key, rig_late(), q), IST_OK);
}

static void release(struct resource *r, const void *party, uint64_t key, struct queue *q)
{
    CHECK_EQ(kmutex_release(&r->kmutex, party, key, q), IST_OK);
}

/* The second owner has the mutex at once; its stream waits for the first one's. */
TEST(order_passes_from_stream_to_stream)
{
    struct queue *p = gpu_queue(), *q = gpu_queue();
    struct resource *r = shared_buffer(), *seen = gpu_buffer(BYTES, SHARING_NONE, false);
    atomic_bool released = false;
    unsigned unissued = counted(&rig_counts.unissued);
    acquire(r, &first_party, 0, p);
    hold_queue(p, &released);
    gpu_fill(p, r, 4);
    release(r, &first_party, 1, p);
    acquire(r, &second_party, 1, q);
    copy_all(q, seen, r);
    gpu_fill(q, r, 5);
    CHECK(!queue_reached(q, queue_ticket(q)));
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(gpu_is_all(seen, 4));
    release(r, &second_party, 0, q);
    CHECK_EQ(counted(&rig_counts.unissued), unissued);
    queue_unref(p);
    queue_unref(q);
    rig_drop(&r->object);
    rig_drop(&seen->object);
    check_clean();
}

/* Without a queue of its own the caller waits for the work. */
TEST(an_owner_without_a_queue_waits_itself)
{
    struct queue *p = gpu_queue();
    struct resource *r = shared_buffer();
    atomic_bool released = false;
    acquire(r, &first_party, 0, p);
    hold_queue(p, &released);
    gpu_fill(p, r, 4);
    release(r, &first_party, 1, p);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &second_party, 1, rig_soon(), NULL), IST_TIMEOUT);
    atomic_store(&released, true);
    acquire(r, &second_party, 1, NULL);
    CHECK(gpu_is_all(r, 4));
    release(r, &second_party, 0, NULL);
    queue_unref(p);
    rig_drop(&r->object);
    check_clean();
}

/* The releaser's queue is parked: its order is not issued, and so the next queue parks, too. */
TEST(order_passes_through_parked_queues)
{
    struct queue *p = gpu_queue(), *q = gpu_queue();
    struct resource *r = shared_buffer(), *seen = gpu_buffer(BYTES, SHARING_NONE, false);
    struct fence *fence = gpu_fence(0);
    unsigned unissued = counted(&rig_counts.unissued);
    acquire(r, &first_party, 0, p);
    wait_fence(p, fence, 1);
    gpu_fill(p, r, 6);
    release(r, &first_party, 1, p);
    acquire(r, &second_party, 1, q);
    copy_all(q, seen, r);
    release(r, &second_party, 2, q);
    rig_nap(5);
    CHECK(!queue_reached(q, queue_ticket(q)));
    fence_signal(fence, 1);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(gpu_is_all(seen, 6));
    CHECK_EQ(counted(&rig_counts.unissued), unissued);
    queue_unref(p);
    queue_unref(q);
    rig_drop(&r->object);
    rig_drop(&seen->object);
    rig_drop(&fence->object);
    check_clean();
}

/* A program's own stream: its kernels are ordered as well, although nobody sees them. */
TEST(order_passes_through_wrapped_streams)
{
    struct rig_stream *native = rig_stream_new();
    struct queue *p = gpu_wrap(native), *q = gpu_queue();
    struct resource *r = shared_buffer();
    atomic_bool released = false;
    acquire(r, &first_party, 0, p);
    hold_stream(native, &released);
    release(r, &first_party, 1, p);
    acquire(r, &second_party, 1, q);
    gpu_fill(q, r, 3);
    CHECK(!queue_reached(q, queue_ticket(q)));
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    release(r, &second_party, 0, q);
    acquire(r, &first_party, 0, p);
    release(r, &first_party, 0, p);
    CHECK_EQ(rig_finish_queue(p), IST_OK);
    queue_unref(p);
    queue_unref(q);
    rig_drop(&r->object);
    rig_stream_end(native);
    check_clean();
}

/* The slot that vouches for work in a stream goes back when that is done, without a waiter. */
TEST(slots_go_back)
{
    struct queue *p = gpu_queue();
    struct resource *r = shared_buffer();
    atomic_bool released = false;
    acquire(r, &first_party, 0, p);
    hold_queue(p, &released);
    gpu_fill(p, r, 4);
    release(r, &first_party, 0, p);
    CHECK(load_acquire(&r->kmutex.mutex->pending[0].word) != 0);
    atomic_store(&released, true);
    for (int i = 0; i < 5000 && load_acquire(&r->kmutex.mutex->pending[0].word); i++)
        rig_nap(1);
    CHECK_EQ(load_acquire(&r->kmutex.mutex->pending[0].word), 0);
    queue_unref(p);
    rig_drop(&r->object);
    check_clean();
}

/* A releaser that dies leaves its signal undone: streams that wait for it go on. */
TEST(a_dead_releaser_holds_no_stream)
{
    struct rig_stream *native = rig_stream_new();
    struct queue *q = gpu_wrap(native);
    struct resource *r = shared_buffer();
    store_relaxed(&r->kmutex.mutex->issued, 7); /* what nobody will ever reach */
    store_relaxed(&r->kmutex.page->order_gpu.issued, 7);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &first_party, 0, rig_late(), q), IST_OK);
    CHECK_EQ(queue_sync(q, queue_ticket(q), rig_soon()), IST_TIMEOUT);
    sync_pending_break(r->kmutex.mutex->pending);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK_EQ(kmutex_release(&r->kmutex, &first_party, 0, NULL), IST_OK);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &first_party, 0, 0, q), IST_ABANDONED);
    queue_unref(q);
    rig_drop(&r->object);
    rig_stream_end(native);
    check_clean();
}

/* ---- Parcels ---- */

/* The device is one of the session's for as long as it is looked for. */
static void show_device(void)
{
    struct session *s = rig_session();
    for (unsigned i = 0; i < s->device_count; i++)
        if (s->devices[i] == &rig_gpu)
            return;
    s->devices[s->device_count++] = &rig_gpu;
}

TEST(a_resource_crosses_with_its_memory)
{
    struct resource *r = shared_buffer();
    struct parcel parcel;
    struct object *object = NULL;
    int size = 0;
    show_device();
    CHECK_EQ(parcel_make(&r->object, &parcel), IST_OK);
    CHECK_EQ(parcel.bytes, RIG_GPU_BYTES);
    size = (int)lseek(parcel.fd[PARCEL_PAYLOAD], 0, SEEK_END);
    CHECK_EQ(size, RIG_GPU_BYTES);
    CHECK_EQ(parcel_open(rig_session(), &parcel, HOLDER_COM, &object), IST_OK);
    CHECK_PTR_EQ(object, &r->object);
    rig_drop(object);
    rig_drop(&r->object);
    check_clean();
}

/* As another process would: from the description, without knowing the object. */
TEST(a_resource_is_opened_from_its_fds)
{
    struct queue *p = gpu_queue(), *q = gpu_queue();
    struct resource *r = shared_buffer(), *other = NULL;
    atomic_bool released = false;
    int sync = -1;
    CHECK_EQ(kmutex_share(&r->kmutex, &sync), IST_OK);
    struct resource_fds fds = {dup(r->memory.fd), dup(sync), r->memory.size};
    CHECK_EQ(resource_open(rig_session(), &rig_gpu, &r->desc, fds, HOLDER_COM, &other), IST_OK);
    CHECK_EQ(other->memory.size, r->memory.size);
    acquire(r, &first_party, 0, p);
    hold_queue(p, &released);
    gpu_fill(p, r, 8);
    release(r, &first_party, 1, p);
    acquire(other, &second_party, 1, q);
    gpu_fill(q, other, 9);
    CHECK(!queue_reached(q, queue_ticket(q)));
    atomic_store(&released, true);
    CHECK_EQ(rig_finish_queue(q), IST_OK);
    CHECK(gpu_is_all(r, 9));
    release(other, &second_party, 0, q);
    queue_unref(p);
    queue_unref(q);
    rig_drop(&r->object);
    rig_drop(&other->object);
    check_clean();
}

TEST(memory_of_another_size_is_refused)
{
    struct resource *r = shared_buffer(), *other = NULL;
    int sync = -1;
    CHECK_EQ(kmutex_share(&r->kmutex, &sync), IST_OK);
    struct resource_fds fds = {dup(r->memory.fd), dup(sync), r->memory.size + 1};
    CHECK_EQ(resource_open(rig_session(), &rig_gpu, &r->desc, fds, HOLDER_COM, &other),
             IST_BAD_PARCEL);
    CHECK(!other);
    rig_drop(&r->object);
    check_clean();
}

TEST(memory_for_the_host_has_an_address)
{
    struct resource_desc desc = {
        .shape = {.dimension = DIMENSION_BUFFER, .width = BYTES},
        .host_access = true,
    };
    struct resource *r = NULL;
    CHECK_EQ(resource_create(rig_session(), &rig_gpu, &desc, HOLDER_COM, &r), IST_OK);
    CHECK_PTR_EQ(resource_address(r, 0, 0), r->gpu);
    CHECK_EQ(r->memory.fd, -1);
    rig_drop(&r->object);
    check_clean();
}

/* ---- Many at once ---- */

#define THREADS 8
#define ROUNDS 60

struct worker {
    struct resource *r;
    unsigned me;
};

static void *take_turns(void *arg)
{
    struct worker *w = arg;
    struct rig_stream *native = w->me % 2 ? rig_stream_new() : NULL;
    struct queue *q = native ? gpu_wrap(native) : gpu_queue();
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_EQ(kmutex_acquire(&w->r->kmutex, w, w->me, rig_late(), q), IST_OK);
        gpu_fill(q, w->r, (unsigned char)(i * THREADS + w->me));
        CHECK_EQ(kmutex_release(&w->r->kmutex, w, (w->me + 1) % THREADS, q), IST_OK);
    }
    queue_unref(q);
    if (native)
        rig_stream_end(native);
    return NULL;
}

/* Each fill overwrites the last one's: the final bytes are those of the final turn. */
TEST(threads_take_turns)
{
    struct resource *r = shared_buffer();
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){r, i};
        threads[i] = rig_start(take_turns, &workers[i]);
    }
    for (unsigned i = 0; i < THREADS; i++)
        rig_join(threads[i]);
    acquire(r, &first_party, 0, NULL);
    CHECK(gpu_is_all(r, (unsigned char)(ROUNDS * THREADS - 1)));
    release(r, &first_party, 0, NULL);
    rig_drop(&r->object);
    check_clean();
}
