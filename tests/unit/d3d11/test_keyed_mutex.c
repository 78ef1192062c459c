/* SPDX-License-Identifier: MIT */
/* The keyed mutex between devices of one process: cases E1 to E9, E11 to E14, E16 and E17. */
#include "share_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* One texture on two devices, each with its mutex. The mutex keeps the object alive. */
struct pair {
    struct rig rig[2];
    IDXGIKeyedMutex *mutex[2];
};

static struct pair pair_new(void)
{
    struct pair pair = {.rig = {rig_new(), rig_new()}};
    ID3D11Texture2D *texture = new_texture(&pair.rig[0], KEYED), *opened;
    opened = open_kmt(&pair.rig[1], kmt_handle(texture));
    pair.mutex[0] = query(texture, &IID_IDXGIKeyedMutex);
    pair.mutex[1] = query(opened, &IID_IDXGIKeyedMutex);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 1);
    CHECK_EQ(ID3D11Texture2D_Release(opened), 1);
    return pair;
}

static void pair_finish(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        if (pair->mutex[i])
            CHECK_EQ(IDXGIKeyedMutex_Release(pair->mutex[i]), 0);
        rig_finish(&pair->rig[i]);
    }
}

#define ACQUIRE(i, key, ms) IDXGIKeyedMutex_AcquireSync(pair.mutex[i], key, ms)
#define RELEASE(i, key) IDXGIKeyedMutex_ReleaseSync(pair.mutex[i], key)

TEST(a_new_mutex_is_free_with_key_0)
{
    struct pair pair = pair_new();
    CHECK_EQ(RELEASE(0, 0), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(RELEASE(0, 1), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(ACQUIRE(0, 1, 0), WAIT_TIMEOUT);
    CHECK_EQ(ACQUIRE(0, 0, 0), S_OK);
    CHECK_EQ(ACQUIRE(0, 0, 0), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(ACQUIRE(0, 1, 0), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(ACQUIRE(0, 0, INFINITE), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(RELEASE(0, 1), S_OK);
    CHECK_EQ(ACQUIRE(0, 0, 0), WAIT_TIMEOUT);
    CHECK_EQ(ACQUIRE(0, 2, 0), WAIT_TIMEOUT);
    CHECK_EQ(ACQUIRE(0, 1, 0), S_OK);
    CHECK_EQ(RELEASE(0, 0), S_OK);
    pair_finish(&pair);
}

TEST(two_devices_are_two_parties)
{
    struct pair pair = pair_new();
    CHECK_EQ(ACQUIRE(0, 0, 0), S_OK);
    CHECK_EQ(ACQUIRE(1, 0, 0), WAIT_TIMEOUT);
    CHECK_EQ(ACQUIRE(1, 1, 0), WAIT_TIMEOUT);
    CHECK_EQ(RELEASE(1, 0), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(RELEASE(1, 1), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(RELEASE(0, 0), S_OK);
    CHECK_EQ(ACQUIRE(1, 0, 0), S_OK);
    CHECK_EQ(RELEASE(1, 0), S_OK);
    CHECK_EQ(ACQUIRE(0, 0, 0), S_OK);
    CHECK_EQ(RELEASE(0, 0), S_OK);
    pair_finish(&pair);
}

TEST(two_objects_of_one_device_are_one_party)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED);
    ID3D11Texture2D *opened = open_kmt(&rig, kmt_handle(texture));
    IDXGIKeyedMutex *a = query(texture, &IID_IDXGIKeyedMutex);
    IDXGIKeyedMutex *b = query(opened, &IID_IDXGIKeyedMutex);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(a, 0, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(b, 0, 0), DXGI_ERROR_INVALID_CALL);
    ID3D11Texture2D_Release(texture);
    CHECK_EQ(IDXGIKeyedMutex_Release(a),
             0); /* the other object is left: nothing is abandoned */
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(b, 4), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(b, 4, 0), S_OK);
    IDXGIKeyedMutex_Release(b);
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    rig_finish(&rig);
}

TEST(an_owner_that_ends_abandons_for_good)
{
    struct pair pair = pair_new();
    CHECK_EQ(ACQUIRE(0, 0, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_Release(pair.mutex[0]), 0);
    pair.mutex[0] = NULL;
    CHECK_EQ(ACQUIRE(1, 0, 0), WAIT_ABANDONED);
    CHECK_EQ(ACQUIRE(1, 0, INFINITE), WAIT_ABANDONED);
    CHECK_EQ(RELEASE(1, 0), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(RELEASE(1, 1), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(ACQUIRE(1, 0, 0), WAIT_ABANDONED);
    pair_finish(&pair);
}

TEST(one_that_is_no_owner_ends_without_harm)
{
    struct pair pair = pair_new();
    CHECK_EQ(ACQUIRE(1, 0, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_Release(pair.mutex[0]), 0);
    pair.mutex[0] = NULL;
    CHECK_EQ(RELEASE(1, 9), S_OK);
    CHECK_EQ(ACQUIRE(1, 9, 0), S_OK);
    pair_finish(&pair);
}

static double ms_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

TEST(a_timeout_is_never_early)
{
    struct pair pair = pair_new();
    CHECK_EQ(ACQUIRE(0, 0, 0), S_OK);
    CHECK_EQ(RELEASE(0, 5), S_OK);
    double start = ms_now();
    CHECK_EQ(ACQUIRE(1, 6, 100), WAIT_TIMEOUT);
    CHECK(ms_now() - start >= 100.0);
    CHECK_EQ(ACQUIRE(1, 5, 100), S_OK);
    pair_finish(&pair);
}

struct waiting {
    IDXGIKeyedMutex *mutex;
    UINT64 key;
    atomic_int result; /* what AcquireSync answered; -1 before */
};

static void *acquire_thread(void *arg)
{
    struct waiting *waiting = arg;
    atomic_store(&waiting->result,
                 IDXGIKeyedMutex_AcquireSync(waiting->mutex, waiting->key, INFINITE));
    return NULL;
}

TEST(a_blocked_acquire_wakes_for_its_key_only)
{
    struct pair pair = pair_new();
    struct waiting waiting = {.mutex = pair.mutex[1], .key = 7, .result = -1};
    pthread_t thread;
    CHECK_EQ(ACQUIRE(0, 0, 0), S_OK);
    CHECK_EQ(pthread_create(&thread, NULL, acquire_thread, &waiting), 0);
    CHECK_EQ(RELEASE(0, 8), S_OK);
    usleep(20000);
    CHECK_EQ(atomic_load(&waiting.result), -1);
    CHECK_EQ(ACQUIRE(0, 8, 0), S_OK);
    CHECK_EQ(RELEASE(0, 7), S_OK);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(atomic_load(&waiting.result), S_OK);
    CHECK_EQ(RELEASE(1, 0), S_OK);
    pair_finish(&pair);
}

TEST(of_two_waiters_one_gets_it)
{
    struct pair pair = pair_new();
    struct rig third = rig_new();
    IDXGIKeyedMutex *other;
    ID3D11Texture2D *shared = new_texture(&pair.rig[0], KEYED), *opened[2];
    struct waiting waiting[2];
    pthread_t threads[2];
    opened[0] = open_kmt(&pair.rig[1], kmt_handle(shared));
    opened[1] = open_kmt(&third, kmt_handle(shared));
    other = query(shared, &IID_IDXGIKeyedMutex);
    for (int i = 0; i < 2; i++) {
        waiting[i].mutex = query(opened[i], &IID_IDXGIKeyedMutex);
        waiting[i].key = 3;
        atomic_init(&waiting[i].result, -1);
        CHECK_EQ(pthread_create(&threads[i], NULL, acquire_thread, &waiting[i]), 0);
    }
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(other, 0, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(other, 3), S_OK);
    while (atomic_load(&waiting[0].result) == -1 && atomic_load(&waiting[1].result) == -1)
        usleep(100);
    usleep(10000);
    int winner = atomic_load(&waiting[0].result) == -1 ? 1 : 0;
    CHECK_EQ(atomic_load(&waiting[!winner].result), -1);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(waiting[winner].mutex, 3), S_OK);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        CHECK_EQ(atomic_load(&waiting[i].result), S_OK);
        IDXGIKeyedMutex_Release(waiting[i].mutex);
        CHECK_EQ(ID3D11Texture2D_Release(opened[i]), 0);
    }
    IDXGIKeyedMutex_Release(other);
    CHECK_EQ(ID3D11Texture2D_Release(shared), 0);
    rig_finish(&third);
    pair_finish(&pair);
}

TEST(keys_have_64_bits)
{
    struct pair pair = pair_new();
    CHECK_EQ(ACQUIRE(0, 0, 0), S_OK);
    CHECK_EQ(RELEASE(0, 0x100000001ULL), S_OK);
    CHECK_EQ(ACQUIRE(1, 1, 0), WAIT_TIMEOUT);
    CHECK_EQ(ACQUIRE(1, 0x100000001ULL, 0), S_OK);
    CHECK_EQ(RELEASE(1, UINT64_MAX), S_OK);
    CHECK_EQ(ACQUIRE(0, UINT64_MAX, 0), S_OK);
    pair_finish(&pair);
}

/* Ownership passes at the call; the data are there when the queue has caught up. */
TEST(the_next_owner_sees_the_finished_work)
{
    struct pair pair = pair_new();
    struct gate gate = gate_new(&pair.rig[0]);
    ID3D11Texture2D *here = query(pair.mutex[0], &IID_ID3D11Texture2D);
    ID3D11Texture2D *there = query(pair.mutex[1], &IID_ID3D11Texture2D);
    CHECK_EQ(ACQUIRE(0, 0, 0), S_OK);
    gate_block(&gate, &pair.rig[0], 1);
    write_tex(&pair.rig[0], here, 21);
    CHECK_EQ(RELEASE(0, 1), S_OK);
    CHECK_EQ(ACQUIRE(1, 1, 0), S_OK); /* at once, though the work has not run */
    gate_open(&gate, 1);
    check_tex(&pair.rig[1], there, 21);
    CHECK_EQ(RELEASE(1, 0), S_OK);
    ID3D11Texture2D_Release(here);
    ID3D11Texture2D_Release(there);
    gate_finish(&gate);
    pair_finish(&pair);
}
