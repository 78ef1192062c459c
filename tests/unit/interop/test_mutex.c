/* SPDX-License-Identifier: MIT */
/* Keyed mutexes: one at a time, several at once, and results that cannot be mistaken. */
#include "rig.h"

#include <pthread.h>

struct pair {
    ID3D11Resource *resource;
    IDXGIKeyedMutex *mutex;
    struct ist_resource cuda;
};

static struct pair pair_new(const struct d3d *d, UINT misc)
{
    struct pair pair;
    pair.resource = d3d_buffer(d, 256, misc);
    pair.mutex = d3d_mutex(pair.resource);
    pair.cuda = rig_import(pair.resource, NULL);
    CHECK(pair.cuda.mutex != NULL);
    return pair;
}

static void pair_end(struct pair *pair)
{
    OK(cudaDeviceSynchronize());
    rig_release(&pair->cuda);
    IDXGIKeyedMutex_Release(pair->mutex);
    ID3D11Resource_Release(pair->resource);
}

/* simpleD3D11's protocol: CUDA begins with key 0. */
TEST(both_sides_take_turns_by_keys)
{
    static const UINT families[] = {MISC_MUTEX_KMT, MISC_MUTEX_NT};
    for (unsigned i = 0; i < 2; i++) {
        struct d3d d = d3d_new();
        struct pair p = pair_new(&d, families[i]);
        for (uint64_t key = 0; key < 10; key += 2) {
            CHECK_EQ(ist_keyed_mutex_acquire(&p.cuda, key, IST_FOR_EVER, NULL), IST_ACQUIRED);
            CHECK_EQ(ist_keyed_mutex_release(&p.cuda, key + 1, NULL), IST_OK);
            CHECK_EQ(ist_d3d11_mutex_acquire(p.mutex, key + 1, 1000), IST_ACQUIRED);
            CHECK_EQ(ist_d3d11_mutex_release(p.mutex, key + 2), IST_OK);
        }
        pair_end(&p);
        d3d_finish(&d);
    }
}

/* Every way in which programs ask for success must say no. */
TEST(a_timeout_passes_no_test_for_success)
{
    struct d3d d = d3d_new();
    struct pair p = pair_new(&d, MISC_MUTEX_KMT);
    enum ist_acquired late = ist_keyed_mutex_try_acquire(&p.cuda, 7, NULL);
    CHECK_EQ(late, IST_ACQUIRE_TIMEOUT);
    CHECK(!SUCCEEDED((HRESULT)late));
    CHECK((int)late != cudaSuccess);
    CHECK((HRESULT)late != S_OK);
    late = ist_d3d11_mutex_acquire(p.mutex, 7, 0);
    CHECK_EQ(late, IST_ACQUIRE_TIMEOUT);
    CHECK(!SUCCEEDED((HRESULT)late));
    CHECK(strstr(ist_explain(), "in time") != NULL);
    CHECK_EQ(ist_keyed_mutex_acquire(&p.cuda, 7, 20, NULL), IST_ACQUIRE_TIMEOUT);
    pair_end(&p);
    d3d_finish(&d);
}

TEST(several_are_acquired_or_none)
{
    struct d3d d = d3d_new();
    struct pair a = pair_new(&d, MISC_MUTEX_KMT), b = pair_new(&d, MISC_MUTEX_NT);
    struct pair c = pair_new(&d, MISC_MUTEX_KMT);
    const struct ist_resource *all[] = {&c.cuda, &a.cuda, &b.cuda};
    const uint64_t keys[] = {0, 0, 0};
    CHECK_EQ(ist_keyed_mutex_acquire_all(all, keys, 3, 100, NULL), IST_ACQUIRED);
    CHECK_EQ(ist_d3d11_mutex_acquire(b.mutex, 0, 0), IST_ACQUIRE_TIMEOUT);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(ist_keyed_mutex_release(all[i], 0, NULL), IST_OK);
    /* The last in order is held by D3D11: the first two must be free again, with their keys. */
    CHECK_EQ(ist_d3d11_mutex_acquire(c.mutex, 0, 1000), IST_ACQUIRED);
    CHECK_EQ(ist_keyed_mutex_acquire_all(all, keys, 3, 20, NULL), IST_ACQUIRE_TIMEOUT);
    CHECK_EQ(ist_d3d11_mutex_acquire(a.mutex, 0, 1000), IST_ACQUIRED);
    CHECK_EQ(ist_d3d11_mutex_acquire(b.mutex, 0, 1000), IST_ACQUIRED);
    CHECK_EQ(ist_d3d11_mutex_release(a.mutex, 0), IST_OK);
    CHECK_EQ(ist_d3d11_mutex_release(b.mutex, 0), IST_OK);
    CHECK_EQ(ist_d3d11_mutex_release(c.mutex, 0), IST_OK);
    pair_end(&a);
    pair_end(&b);
    pair_end(&c);
    d3d_finish(&d);
}

/* ---- two threads that want the same two in opposite orders ------------------------------ */

enum { ROUNDS = 200 };

struct taker {
    struct ist_resource first, second; /* imports of its own */
    unsigned *count;                   /* guarded by both mutexes */
};

static void *take_both(void *user)
{
    struct taker *t = user;
    const struct ist_resource *all[] = {&t->first, &t->second};
    const uint64_t keys[] = {0, 0};
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_EQ(ist_keyed_mutex_acquire_all(all, keys, 2, IST_FOR_EVER,
                                             (void *)cudaStreamPerThread),
                 IST_ACQUIRED);
        ++*t->count;
        CHECK_EQ(ist_keyed_mutex_release(&t->second, 0, (void *)cudaStreamPerThread), IST_OK);
        CHECK_EQ(ist_keyed_mutex_release(&t->first, 0, (void *)cudaStreamPerThread), IST_OK);
    }
    OK(cudaStreamSynchronize(cudaStreamPerThread));
    return NULL;
}

TEST(opposite_orders_do_not_block_each_other)
{
    struct d3d d = d3d_new();
    ID3D11Resource *x = d3d_buffer(&d, 64, MISC_MUTEX_KMT);
    ID3D11Resource *y = d3d_buffer(&d, 64, MISC_MUTEX_KMT);
    unsigned count = 0;
    struct taker a = {rig_import(x, NULL), rig_import(y, NULL), &count};
    struct taker b = {rig_import(y, NULL), rig_import(x, NULL), &count};
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, take_both, &b), 0);
    take_both(&a);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(count, 2 * ROUNDS);
    OK(cudaDeviceSynchronize());
    rig_release(&a.first);
    rig_release(&a.second);
    rig_release(&b.first);
    rig_release(&b.second);
    ID3D11Resource_Release(x);
    ID3D11Resource_Release(y);
    d3d_finish(&d);
}

/* The device that holds it ends: whoever comes after is told, and holds nothing. */
TEST(an_abandoned_mutex_says_so)
{
    struct d3d d = d3d_new(), other = d3d_new();
    struct pair p = pair_new(&d, MISC_MUTEX_KMT);
    ID3D11Resource *opened = NULL;
    IDXGIKeyedMutex *theirs = NULL;
    CHECK_EQ(ID3D11Device_OpenSharedResource(other.device, d3d_kmt(p.resource),
                                             &IID_ID3D11Resource, (void **)&opened),
             S_OK);
    theirs = d3d_mutex(opened);
    CHECK_EQ(ist_d3d11_mutex_acquire(theirs, 0, 0), IST_ACQUIRED);
    IDXGIKeyedMutex_Release(theirs);
    ID3D11Resource_Release(opened);
    d3d_finish(&other);
    CHECK_EQ(ist_keyed_mutex_acquire(&p.cuda, 0, 1000, NULL), IST_ACQUIRE_ABANDONED);
    CHECK(strstr(ist_explain(), "abandoned") != NULL);
    CHECK_EQ(ist_d3d11_mutex_acquire(p.mutex, 0, 0), IST_ACQUIRE_ABANDONED);
    pair_end(&p);
    d3d_finish(&d);
}
