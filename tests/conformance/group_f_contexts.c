/* SPDX-License-Identifier: MIT */
/* F12 to F20: fences and contexts: waits in line, their ends, and what is refused. */
#include "group_f.h"

#include "probe.h"

CASE(F12, wait_before_signal, T, "A context waits for a value that nobody has submitted yet")
{
    struct joint j;
    struct mark mark;
    joint_open(&j, 0);
    ID3D11Buffer *buffer = rig_buffer(&j.a, 4096, 0);
    wait_fence(&j.a, j.at_a, 4);
    write_buffer(&j.a, buffer, 5);
    mark_set(&mark, &j.a);
    EXPECT_TRUE(stays_away(mark.event));
    signal_now(&j.b, j.at_b, 3);
    EXPECT_TRUE(stays_away(mark.event));
    signal_fence(&j.b, j.at_b, 4);
    EXPECT_TRUE(comes(mark.event));
    expect_buffer(&j.a, buffer, 5);
    release(buffer);
    mark_end(&mark);
    joint_close(&j);
}

CASE(F13, last_reference_ends_all_waits, T, "Releasing a fence ends waits for UINT64_MAX")
{
    struct rig rig;
    struct mark mark;
    rig_open(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 0, 0);
    HANDLE event = new_event();
    notify_at(fence, UINT64_MAX, event);
    wait_fence(&rig, fence, UINT64_MAX);
    mark_set(&mark, &rig);
    EXPECT_TRUE(stays_away(event));
    EXPECT_TRUE(stays_away(mark.event));
    EXPECT_EQ(release(fence), 0);
    EXPECT_TRUE(comes(event));
    EXPECT_TRUE(comes(mark.event));
    EXPECT_TRUE(CloseHandle(event));
    mark_end(&mark);
    rig_close(&rig);
}

CASE(F14, unshared_fence_rewinds, T, "An unshared fence goes from 2^60 to 0, and blocks again")
{
    struct rig rig;
    struct mark mark;
    rig_open(&rig);
    ID3D11Fence *fence = rig_fence(&rig, (UINT64)1 << 60, 0);
    wait_fence(&rig, fence, 1); /* satisfied now */
    signal_now(&rig, fence, 0);
    EXPECT_EQ(value_of(fence), 0);
    wait_fence(&rig, fence, 1);
    mark_set(&mark, &rig);
    EXPECT_TRUE(stays_away(mark.event));
    EXPECT_EQ(release(fence), 0); /* nobody else can signal it: its end lets the context go */
    EXPECT_TRUE(comes(mark.event));
    mark_end(&mark);
    rig_close(&rig);
}

CASE(F15, queued_waits_are_ticketed, T, "Waits in line stay satisfied when the fence rewinds")
{
    NOT_ON_GPU("a GPU's stream looks at a fence when it reaches the wait: a value that was "
               "there before and has gone is not seen");
    struct joint j;
    struct mark mark;
    joint_open(&j, 0);
    ID3D11Fence *gate = rig_fence(&j.a, 0, FENCE_SHARED), *key = open_on(&j.b, gate);
    wait_fence(&j.a, gate, 1); /* the other wait, which all the rest stands behind */
    for (UINT64 value = 1; value <= 8; value++)
        wait_fence(&j.a, j.at_a, value);
    mark_set(&mark, &j.a);
    signal_now(&j.b, j.at_b, 8);
    signal_now(&j.b, j.at_b, 0);
    EXPECT_EQ(value_of(j.at_a), 0);
    EXPECT_TRUE(stays_away(mark.event));
    signal_fence(&j.b, key, 1);
    EXPECT_TRUE(comes(mark.event));
    EXPECT_EQ(value_of(j.at_a), 0);
    mark_end(&mark);
    release(key);
    release(gate);
    joint_close(&j);
}

CASE(F16, pending_signal_survives_a_rewind, T, "A signal in line lands after a rewind")
{
    struct joint j;
    struct rig third;
    struct mark mark;
    joint_open(&j, 9);
    rig_open(&third);
    ID3D11Fence *gate = rig_fence(&j.a, 0, FENCE_SHARED), *key = open_on(&j.b, gate);
    ID3D11Fence *at_third = open_on(&third, j.at_a);
    wait_fence(&j.a, gate, 1);
    signal_fence(&j.a, j.at_a, 10); /* pending */
    signal_now(&j.b, j.at_b, 0);    /* the rewind */
    EXPECT_EQ(value_of(j.at_a), 0);
    wait_fence(&third, at_third, 9);
    mark_set(&mark, &third);
    EXPECT_TRUE(stays_away(mark.event));
    signal_fence(&j.b, key, 1);
    EXPECT_TRUE(comes(mark.event));
    EXPECT_EQ(value_of(j.at_b), 10);
    mark_end(&mark);
    release(at_third);
    release(key);
    release(gate);
    rig_close(&third);
    joint_close(&j);
}

CASE(F17, deferred_contexts_refuse, D + P, "Signal and Wait are for immediate contexts only")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11DeviceContext3 *deferred = UNTOUCHED;
    HRESULT hr = ID3D11Device5_CreateDeferredContext3(rig.device5, 0, &deferred);
    if (hr == E_NOTIMPL) {
        EXPECT_EQ(deferred, NULL);
        rig_close(&rig);
        SKIP("this D3D11 has no deferred contexts: CreateDeferredContext3 answers E_NOTIMPL, "
             "so "
             "there is nothing that could refuse a fence");
    }
    REQUIRE_HR(hr, S_OK);
    ID3D11DeviceContext4 *context = query(deferred, &IID_ID3D11DeviceContext4);
    REQUIRE_TRUE(context);
    ID3D11Fence *fence = rig_fence(&rig, 0, 0);
    EXPECT_HR(ID3D11DeviceContext4_Signal(context, fence, 1), DXGI_ERROR_INVALID_CALL);
    EXPECT_HR(ID3D11DeviceContext4_Wait(context, fence, 1), DXGI_ERROR_INVALID_CALL);
    EXPECT_EQ(value_of(fence), 0);
    release(fence);
    release(context);
    release(deferred);
    rig_close(&rig);
}

/* SetEventOnCompletion without an event, in a thread of its own. */
struct blocked {
    struct thread thread;
    ID3D11Fence *fence;
    UINT64 value;
    HRESULT hr;
    HANDLE done;
};

static void block(void *user)
{
    struct blocked *b = user;
    b->hr = ID3D11Fence_SetEventOnCompletion(b->fence, b->value, NULL);
    SetEvent(b->done);
}

CASE(F18, without_event_the_call_blocks, T, "SetEventOnCompletion(v, NULL) returns at v")
{
    struct rig rig;
    rig_open(&rig);
    struct blocked b = {.fence = rig_fence(&rig, 0, 0), .value = 6, .hr = E_FAIL};
    b.done = new_event();
    thread_start(&b.thread, block, &b);
    EXPECT_TRUE(stays_away(b.done));
    signal_now(&rig, b.fence, 5);
    EXPECT_TRUE(stays_away(b.done));
    signal_fence(&rig, b.fence, 6);
    thread_join(&b.thread);
    EXPECT_HR(b.hr, S_OK);
    EXPECT_HR(ID3D11Fence_SetEventOnCompletion(b.fence, 6, NULL), S_OK); /* reached: at once */
    EXPECT_TRUE(CloseHandle(b.done));
    release(b.fence);
    rig_close(&rig);
}

CASE(F19, texture_handle_is_no_fence, P, "OpenSharedFence refuses a texture's handle")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    void *fence = UNTOUCHED;
    EXPECT_HR(ID3D11Device5_OpenSharedFence(rig.device5, handle, &IID_ID3D11Fence, &fence),
              E_INVALIDARG);
    EXPECT_EQ(fence, NULL);
    EXPECT_TRUE(CloseHandle(handle));
    fence = UNTOUCHED; /* stale now */
    EXPECT_HR(ID3D11Device5_OpenSharedFence(rig.device5, handle, &IID_ID3D11Fence, &fence),
              E_INVALIDARG);
    EXPECT_EQ(fence, NULL);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(F20, removed_device_ends_all_waits, D, "A removed device's fences stand at UINT64_MAX")
{
    struct joint j;
    struct mark mark;
    NEEDS_PROBE();
    joint_open(&j, 3);
    ID3D11Fence *own = rig_fence(&j.a, 0, 0);
    HANDLE event = new_event(), removed = new_event();
    struct blocked b = {.fence = own, .value = UINT64_MAX, .hr = E_FAIL, .done = new_event()};
    DWORD cookie = 0;
    EXPECT_HR(ID3D11Device5_RegisterDeviceRemovedEvent(j.a.device5, removed, &cookie), S_OK);
    notify_at(own, UINT64_MAX, event);
    thread_start(&b.thread, block, &b);
    wait_fence(&j.a, j.at_a, 100); /* pending in the removed device's own context */
    signal_fence(&j.a, own, 7);    /* and a signal behind it */
    wait_fence(&j.b, j.at_b, 50);  /* pending in another device's context */
    mark_set(&mark, &j.b);
    EXPECT_TRUE(stays_away(event));
    EXPECT_TRUE(stays_away(b.done));
    EXPECT_TRUE(stays_away(mark.event));
    EXPECT_HR(ID3D11Device_GetDeviceRemovedReason(j.a.device), S_OK);

    REQUIRE_TRUE(probe_remove_device(j.a.device));
    EXPECT_HR(ID3D11Device_GetDeviceRemovedReason(j.a.device), DXGI_ERROR_DEVICE_REMOVED);
    EXPECT_EQ(value_of(own), UINT64_MAX);
    EXPECT_EQ(value_of(j.at_a), UINT64_MAX);
    EXPECT_EQ(value_of(j.at_b), UINT64_MAX); /* one counter */
    EXPECT_TRUE(comes(event));
    EXPECT_TRUE(comes(removed));
    EXPECT_TRUE(comes(mark.event));
    thread_join(&b.thread);
    EXPECT_HR(b.hr, S_OK);
    EXPECT_HR(ID3D11Device_GetDeviceRemovedReason(j.b.device), S_OK);
    EXPECT_HR(ID3D11DeviceContext4_Signal(j.a.context4, own, 8), DXGI_ERROR_DEVICE_REMOVED);
    EXPECT_HR(ID3D11DeviceContext4_Wait(j.a.context4, own, 8), DXGI_ERROR_DEVICE_REMOVED);
    EXPECT_EQ(value_of(own), UINT64_MAX);
    notify_at(own, 1000, event);
    EXPECT_TRUE(event_is_set(event));

    ID3D11Device5_UnregisterDeviceRemoved(j.a.device5, cookie);
    EXPECT_TRUE(CloseHandle(removed));
    EXPECT_TRUE(CloseHandle(event));
    EXPECT_TRUE(CloseHandle(b.done));
    mark_end(&mark);
    release(own);
    joint_close(&j);
}
