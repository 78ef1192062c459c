/* SPDX-License-Identifier: MIT */
/* K: what section 5 says of keyed mutexes beside the rows of group E: parties, threads, keys,
 * and how abandonment looks from everywhere. */
#include "group_e.h"

#define INVALID_CALL DXGI_ERROR_INVALID_CALL

CASE(K1, objects_of_a_device_are_one_party, T + P, "Two objects of one device are one owner")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED);
    ID3D11Texture2D *again = open_kmt(&rig, kmt_handle(tex));
    IDXGIKeyedMutex *first = keyed_mutex(tex), *second = keyed_mutex(again);
    REQUIRE_TRUE(first && second);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(first, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(second, 0, INFINITE), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(second, 1), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(first, 1), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(second, 1, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(first, 0), S_OK);
    release(first);
    release(second);
    release(again);
    release(tex);
    rig_close(&rig);
}

struct releaser {
    struct thread thread;
    IDXGIKeyedMutex *mutex;
    HRESULT hr;
};

static void release_it(void *user)
{
    struct releaser *r = user;
    r->hr = IDXGIKeyedMutex_ReleaseSync(r->mutex, 1);
}

CASE(K2, threads_of_a_device_are_one_party, P, "One thread acquires, another one releases")
{
    struct pair p;
    pair_open(&p);
    struct releaser r = {.mutex = p.mutex_a, .hr = E_FAIL};
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    thread_start(&r.thread, release_it, &r);
    thread_join(&r.thread);
    EXPECT_HR(r.hr, S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 1, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);
    pair_close(&p);
}

static void acquire_and_end(void *user)
{
    IDXGIKeyedMutex *mutex = user;
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), S_OK);
}

CASE(K3, a_thread_s_end_abandons_nothing, P, "The device owns, not the thread that acquired")
{
    struct pair p;
    struct thread thread;
    pair_open(&p);
    thread_start(&thread, acquire_and_end, p.mutex_a);
    thread_join(&thread);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 1), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 1, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);
    pair_close(&p);
}

CASE(K4, every_bit_of_a_key_counts, D, "Each of the 64 bits tells two keys apart")
{
    struct pair p;
    pair_open(&p);
    UINT64 key = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
        UINT64 next = (UINT64)1 << bit;
        CONTEXT("bit %u", bit);
        EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, key, 0), S_OK);
        EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, next), S_OK);
        EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_TIMEOUT);
        EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, next ^ (next << 1 | next >> 1), 0),
                  WAIT_TIMEOUT);
        EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, next, 0), S_OK);
        EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, next), S_OK);
        key = next;
    }
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, key, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, UINT64_MAX), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, UINT32_MAX, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, UINT64_MAX, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);
    pair_close(&p);
}

CASE(K5, abandoned_for_any_key_and_time, T, "WAIT_ABANDONED whatever key and timeout, at once")
{
    struct pair p;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    pair_close_a(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 7, 0), WAIT_ABANDONED);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, UINT64_MAX, 10), WAIT_ABANDONED);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, INFINITE), WAIT_ABANDONED);
    pair_close_b(&p);
}

CASE(K6, abandoned_for_those_who_open_later, P, "Who opens an abandoned mutex finds it so")
{
    struct pair p;
    struct rig third;
    pair_open(&p);
    HANDLE kmt = kmt_handle(p.tex_b);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    pair_close_a(&p);
    rig_open(&third);
    ID3D11Texture2D *tex = open_kmt(&third, kmt);
    IDXGIKeyedMutex *mutex = keyed_mutex(tex);
    REQUIRE_TRUE(mutex);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), WAIT_ABANDONED);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, 0), INVALID_CALL);
    release(mutex);
    release(tex);
    rig_close(&third);
    pair_close_b(&p);
}

CASE(K7, abandonment_wakes_the_blocked, P, "The owner's end wakes who waits for ever")
{
    struct pair p;
    struct acquirer q;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    acquirer_start(&q, p.mutex_b, 9);
    EXPECT_TRUE(acquirer_blocks(&q));
    pair_close_a(&p);
    EXPECT_HR(acquirer_end(&q), WAIT_ABANDONED);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 9), INVALID_CALL);
    pair_close_b(&p);
}

CASE(K8, a_fresh_mutex_is_the_cure, D, "After abandonment, resource and mutex are made anew")
{
    struct pair p;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    pair_close_a(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_ABANDONED);
    ID3D11Texture2D *tex = rig_tex(&p.b, KEYED);
    IDXGIKeyedMutex *mutex = keyed_mutex(tex);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_ABANDONED);
    release(mutex);
    release(tex);
    pair_close_b(&p);
}

CASE(K9, an_end_without_owning_abandons_nothing, D, "Only an owner's end abandons")
{
    struct pair p;
    pair_open(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_a, 6), S_OK);
    pair_close_a(&p);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_b, 6, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(p.mutex_b, 0), S_OK);
    pair_close_b(&p);
}

CASE(K10, nt_handle_shares_the_mutex, T, "The mutex is common to all openers by NT handle")
{
    struct rig a, b;
    rig_open(&a);
    rig_open(&b);
    ID3D11Texture2D *tex = rig_tex(&a, KEYED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    ID3D11Texture2D *there = open_nt(&b, handle);
    EXPECT_TRUE(CloseHandle(handle));
    IDXGIKeyedMutex *mine = keyed_mutex(tex), *theirs = keyed_mutex(there);
    REQUIRE_TRUE(mine && theirs);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(theirs, 0, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mine, 0, 0), WAIT_TIMEOUT);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mine, 0), INVALID_CALL);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(theirs, 2), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mine, 2, 0), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mine, 0), S_OK);
    release(mine);
    release(theirs);
    release(there);
    release(tex);
    rig_close(&a);
    rig_close(&b);
}

CASE(K11, codes_look_like_success, T, "A timeout satisfies SUCCEEDED and is not S_OK")
{
    struct pair p;
    pair_open(&p);
    HRESULT hr = IDXGIKeyedMutex_AcquireSync(p.mutex_a, 1, 0);
    EXPECT_HR(hr, WAIT_TIMEOUT);
    EXPECT_TRUE(SUCCEEDED(hr));
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(p.mutex_a, 0, 0), S_OK);
    pair_close_a(&p);
    hr = IDXGIKeyedMutex_AcquireSync(p.mutex_b, 0, 0);
    EXPECT_HR(hr, WAIT_ABANDONED);
    EXPECT_TRUE(SUCCEEDED(hr));
    pair_close_b(&p);
}
