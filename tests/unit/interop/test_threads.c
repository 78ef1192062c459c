/* SPDX-License-Identifier: MIT */
/* Several threads at once: each with its own imports, with copies of one, with one fence. */
#include "rig.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, ROUNDS = 50 };

/* What the threads of a test share; answers are counted, because only the test may fail. */
struct shared {
    ID3D11Resource *resource;
    const struct ist_resource *import;
    const struct ist_fence *fence;
    atomic_uint turn; /* the next value of the fence, or how many are at the start */
    atomic_uint ok, refused, other;
};

static void count(struct shared *s, enum ist_status status)
{
    atomic_fetch_add(status == IST_OK           ? &s->ok
                     : status == IST_BAD_HANDLE ? &s->refused
                                                : &s->other,
                     1);
}

static void run(struct shared *s, void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, body, s), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static void *import_and_release(void *user)
{
    struct shared *s = user;
    for (int i = 0; i < ROUNDS; i++) {
        struct ist_resource r = IST_RESOURCE_INIT;
        count(s, ist_import_resource(s->resource, NULL, &r));
        count(s, r.pointer ? IST_OK : IST_BAD_CALL);
        count(s, ist_release_resource(&r));
    }
    return NULL;
}

TEST(imports_of_one_resource_do_not_meet)
{
    struct d3d d = d3d_new();
    const UINT flags[] = {MISC_NT, MISC_MUTEX_KMT};
    for (int i = 0; i < 2; i++) {
        struct shared s = {.resource = d3d_buffer(&d, 4096, flags[i])};
        run(&s, import_and_release);
        CHECK_EQ(s.ok, 3 * THREADS * ROUNDS);
        CHECK_EQ(ID3D11Resource_Release(s.resource), 0);
    }
    d3d_finish(&d);
}

static void *release_a_copy(void *user)
{
    struct shared *s = user;
    struct ist_resource copy = *s->import;
    atomic_fetch_add(&s->turn, 1);
    while (atomic_load(&s->turn) < THREADS)
        sched_yield();
    count(s, ist_release_resource(&copy));
    return NULL;
}

/* Who comes first releases; nobody frees a second time. */
TEST(of_copies_released_at_once_one_counts)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_MUTEX_NT);
    for (int i = 0; i < ROUNDS; i++) {
        struct ist_resource r = rig_import(buffer, NULL);
        struct shared s = {.import = &r};
        run(&s, release_a_copy);
        CHECK_EQ(s.ok, 1);
        CHECK_EQ(s.refused, THREADS - 1);
    }
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    d3d_finish(&d);
}

static void *signal_in_turn(void *user)
{
    struct shared *s = user;
    cudaStream_t stream = NULL;
    count(s, cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) ? IST_BAD_CALL : IST_OK);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned value = atomic_fetch_add(&s->turn, 1);
        count(s, ist_fence_wait(s->fence, value, stream));
        count(s, ist_fence_signal(s->fence, value + 1, stream));
    }
    count(s, cudaStreamSynchronize(stream) ? IST_BAD_CALL : IST_OK);
    count(s, cudaStreamDestroy(stream) ? IST_BAD_CALL : IST_OK);
    return NULL;
}

/* Each value is waited for by one stream and signalled by another: a chain over all threads. */
TEST(one_fence_serves_several_threads)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    struct ist_fence import = IST_FENCE_INIT;
    CHECK_EQ(ist_import_fence(fence, &import), IST_OK);
    struct shared s = {.fence = &import};
    run(&s, signal_in_turn);
    CHECK_EQ(s.ok, THREADS * (3 + 2 * ROUNDS));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), THREADS * ROUNDS);
    CHECK_EQ(ist_release_fence(&import), IST_OK);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

static void *take_turns(void *user)
{
    struct shared *s = user;
    for (int i = 0; i < ROUNDS; i++) {
        enum ist_acquired a = ist_keyed_mutex_acquire(s->import, 0, 60000, NULL);
        if (a == IST_ACQUIRED) {
            atomic_fetch_add(&s->ok, atomic_fetch_add(&s->turn, 1) == 0);
            atomic_fetch_sub(&s->turn, 1);
            count(s, ist_keyed_mutex_release(s->import, 0, NULL));
        } else {
            atomic_fetch_add(&s->refused, 1); /* this import holds it, in another thread */
        }
    }
    return NULL;
}

/* An import is one owner, whichever threads use it: it never holds its mutex twice. */
TEST(one_import_is_one_owner)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_MUTEX_NT);
    struct ist_resource r = rig_import(buffer, NULL);
    struct shared s = {.import = &r};
    run(&s, take_turns);
    CHECK_EQ(s.other, 0);
    CHECK_EQ(s.ok / 2 + s.refused, THREADS * ROUNDS);
    CHECK_EQ(s.ok % 2, 0);
    CHECK(s.ok > 0);
    rig_release(&r);
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    d3d_finish(&d);
}
