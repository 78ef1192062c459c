/* SPDX-License-Identifier: MIT */
/*
 * E: the keyed mutex between D3D11 devices. The owner is the device. What the rows do not say
 * and section 5 does is in group_e_rules.c; CUDA's side is in group_e_cuda.c.
 */
#include "group_e.h"

#define INVALID_CALL DXGI_ERROR_INVALID_CALL

/* One device with a mutex that nobody has acquired yet. */
struct single {
    struct rig rig;
    ID3D11Texture2D *tex;
    IDXGIKeyedMutex *mutex;
};

static void single_open(struct single *s)
{
    rig_open(&s->rig);
    s->tex = rig_tex(&s->rig, KEYED);
    s->mutex = keyed_mutex(s->tex);
    REQUIRE_TRUE(s->mutex);
}

static void single_close(struct single *s)
{
    release(s->mutex);
    EXPECT_EQ(release(s->tex), 0);
    rig_close(&s->rig);
}

CASE(E1, release_without_acquire, T, "A new mutex is owned by nobody: releasing is refused")
{
    struct single s;
    single_open(&s);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 0), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 1), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, 0), S_OK); /* the key is still 0 */
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 0), S_OK);
    single_close(&s);
}

CASE(E2, starts_released_with_key_0, T, "A new mutex is released with key 0")
{
    struct single s;
    single_open(&s);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 1, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 0), S_OK);
    single_close(&s);
}

CASE(E3, not_recursive, T + P, "The owning device cannot acquire again, and is told at once")
{
    struct single s;
    single_open(&s);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, 0), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 1, 0), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, INFINITE), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 0), S_OK); /* owned once, released once */
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 0), INVALID_CALL);
    single_close(&s);
}

CASE(E4, next_needs_the_released_key, T, "The next acquirer needs exactly the released key")
{
    struct single s;
    single_open(&s);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 1), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 2, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 1, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 0), S_OK);
    single_close(&s);
}

CASE(E5, owned_by_another_device, T, "While device 1 owns, device 2 times out for any key")
{
    struct pair p;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 1, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 0), S_OK);
    pair_close(&p);
}

CASE(E6, only_the_owner_releases, T, "Device 2 cannot release what device 1 owns")
{
    struct pair p;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 1), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 2), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 2, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);
    pair_close(&p);
}

CASE(E7, goes_to_and_fro, T, "Two devices take turns with one key")
{
    struct pair p;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 0), S_OK);
    pair_close(&p);
}

CASE(E8, owner_destroyed_gives_abandoned, T, "An owner that ends abandons the mutex for good")
{
    struct pair p;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    pair_close_a(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_ABANDONED);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_ABANDONED);
    pair_close_b(&p);
}

CASE(E9, abandoned_is_not_owned, T, "After WAIT_ABANDONED nothing is owned, and it stays so")
{
    struct pair p;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    pair_close_a(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_ABANDONED);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 1), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_ABANDONED);
    pair_close_b(&p);
}

CASE(E10, owner_process_killed, P, "A killed owner process wakes a blocked acquirer")
{
    static const UINT64 keys[] = {0, 7}; /* the one that the owner took, and another */
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        struct acquirer q;
        CONTEXT("key %u", (unsigned)keys[i]);
        rig_open(&rig);
        ID3D11Texture2D *tex = rig_tex(&rig, KEYED);
        IDXGIKeyedMutex *mutex = keyed_mutex(tex);
        REQUIRE_TRUE(mutex);
        struct peer *owner =
            peer_start("E10_owner", "%llu", (unsigned long long)(UINT_PTR)kmt_handle(tex));
        REQUIRE_SAYS(owner, "owns");
        EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, keys[i], 0), WAIT_TIMEOUT);
        acquirer_start(&q, mutex, keys[i]);
        EXPECT_TRUE(acquirer_blocks(&q));
        peer_kill(owner);
        EXPECT_EQ(WaitForSingleObject(q.done, LONG_MS), WAIT_OBJECT_0);
        EXPECT_HR(acquirer_end(&q), WAIT_ABANDONED);
        /* As in E8 and E9: for good, and nothing is owned. */
        EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, keys[i]), INVALID_CALL);
        EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, keys[i], 0), WAIT_ABANDONED);
        release(mutex);
        EXPECT_EQ(release(tex), 0);
        rig_close(&rig);
    }
}

PEER(E10_owner)
{
    struct rig rig;
    rig_open(&rig);
    IDXGIKeyedMutex *mutex = keyed_mutex(open_kmt(&rig, (HANDLE)(UINT_PTR)peer_number()));
    REQUIRE_TRUE(mutex);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), S_OK);
    peer_say("owns");
    peer_wait();
}

CASE(E11, timeout_is_not_early, D, "A timeout of 100 ms is over after 100 ms, not before")
{
    struct single s;
    single_open(&s);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 5), S_OK);
    uint64_t start = now_ms();
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 6, 100), WAIT_TIMEOUT);
    uint64_t took = now_ms() - start;
    EXPECT_TRUE(took >= 100);
    EXPECT_TRUE(took < LONG_MS); /* "slightly more", on any load */
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 5, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 0), S_OK);
    single_close(&s);
}

CASE(E12, blocked_acquire_wakes, D, "A blocked acquire ends with the release of its key")
{
    struct pair p;
    struct acquirer q;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    acquirer_start(&q, p.mutex_b, 7);
    EXPECT_TRUE(acquirer_blocks(&q));
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 7), S_OK);
    EXPECT_HR(acquirer_end(&q), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 7, 0), WAIT_TIMEOUT); /* device 2 has it */
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);
    pair_close(&p);
}

CASE(E13, another_key_does_not_wake, D, "A blocked acquire goes on through another key")
{
    struct pair p;
    struct acquirer q;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    acquirer_start(&q, p.mutex_b, 7);
    EXPECT_TRUE(acquirer_blocks(&q));
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 8), S_OK);
    EXPECT_TRUE(acquirer_blocks(&q));
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 8, 0), S_OK); /* free, in spite of it */
    EXPECT_TRUE(acquirer_blocks(&q));
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 7), S_OK);
    EXPECT_HR(acquirer_end(&q), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);
    pair_close(&p);
}

CASE(E14, keys_have_64_bits, D, "Keys that agree in 32 bits are different keys")
{
    struct single s;
    const UINT64 high = 0x100000001;
    single_open(&s);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, high), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, 1, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(s.mutex, high, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(s.mutex, 0), S_OK);
    single_close(&s);
}

/* Work that takes long: the context stands still until a third device lets it go on. */
struct late {
    struct thread thread;
    struct rig opener;
    ID3D11Fence *there;
    volatile bool opened;
};

static void late_open(void *user)
{
    struct late *late = user;
    sleep_ms(QUIET_MS);
    late->opened = true;
    EXPECT_HR(ID3D11DeviceContext4_Signal(late->opener.context4, late->there, 1), S_OK);
    ID3D11DeviceContext_Flush(late->opener.context);
}

CASE(E15, order_of_work_passes, D, "The next owner sees the finished work of the one before")
{
    struct pair p;
    struct late late = {.opened = false};
    pair_open(&p);
    rig_open(&late.opener);
    ID3D11Fence *here = rig_fence(&p.a, 0, D3D11_FENCE_FLAG_SHARED);
    HANDLE handle = fence_handle(here, NULL);
    late.there = open_fence(&late.opener, handle);
    write_tex(&p.a, p.tex_a, 1);
    rig_idle(&p.a);

    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    EXPECT_HR(ID3D11DeviceContext4_Wait(p.a.context4, here, 1), S_OK);
    write_tex(&p.a, p.tex_a, 2);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 1), S_OK);
    thread_start(&late.thread, late_open, &late);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 1, INFINITE), S_OK);
    expect_tex(&p.b, p.tex_b, 2);
    EXPECT_TRUE(late.opened); /* or the work was not late at all */
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);

    thread_join(&late.thread);
    EXPECT_TRUE(CloseHandle(handle));
    release(here);
    release(late.there);
    rig_close(&late.opener);
    pair_close(&p);
}

CASE(E16, one_of_two_waiters, D, "One release lets exactly one of two waiters in")
{
    struct pair p;
    struct rig third;
    struct acquirer q[2];
    pair_open(&p);
    rig_open(&third);
    ID3D11Texture2D *tex = open_kmt(&third, kmt_handle(p.tex_a));
    IDXGIKeyedMutex *mutex = keyed_mutex(tex);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    acquirer_start(&q[0], p.mutex_b, 3);
    acquirer_start(&q[1], mutex, 3);
    EXPECT_TRUE(acquirer_blocks(&q[0]));
    EXPECT_TRUE(acquirer_blocks(&q[1]));
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 3), S_OK);

    HANDLE done[2] = {q[0].done, q[1].done};
    DWORD first = WaitForMultipleObjects(2, done, FALSE, LONG_MS) - WAIT_OBJECT_0;
    REQUIRE_TRUE(first < 2);
    DWORD other = 1 - first;
    EXPECT_TRUE(acquirer_blocks(&q[other]));
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(q[first].mutex, 3), S_OK);
    EXPECT_HR(acquirer_end(&q[first]), S_OK);
    EXPECT_HR(acquirer_end(&q[other]), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(q[other].mutex, 0), S_OK);

    release(mutex);
    release(tex);
    rig_close(&third);
    pair_close(&p);
}

CASE(E17, mutex_outlives_the_texture_pointer, T, "Texture and mutex are one COM object")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED);
    IDXGIKeyedMutex *mutex = keyed_mutex(tex);
    REQUIRE_TRUE(mutex);
    EXPECT_EQ(release(tex), 1);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, 4), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 4, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, 0), S_OK);
    EXPECT_EQ(release(mutex), 0);
    rig_close(&rig);
}
