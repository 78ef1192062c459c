/* SPDX-License-Identifier: MIT */
/* Fences: cases F1 to F11, F13, F14 and F18. Signals go through a context, as there is no
 * other way. */
#include "share_rig.h"

#include <pthread.h>

static ID3D11Fence *new_fence(const struct rig *rig, UINT64 value, UINT flags)
{
    ID3D11Fence *fence = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(rig->device5, value, (D3D11_FENCE_FLAG)flags,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    return fence;
}

static void signal(const struct rig *rig, ID3D11Fence *fence, UINT64 value)
{
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig->context4, fence, value), S_OK);
}

static HANDLE new_event(void)
{
    HANDLE event =
        CreateEventW(NULL, FALSE, FALSE, NULL); /* auto-reset: one look, one firing */
    CHECK(event);
    return event;
}

static bool fired(HANDLE event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

static void notify(ID3D11Fence *fence, UINT64 value, HANDLE event)
{
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, value, event), S_OK);
}

TEST(values_start_rise_and_fall)
{
    struct rig rig = rig_new();
    ID3D11Fence *fence = new_fence(&rig, 99, D3D11_FENCE_FLAG_NONE), *high;
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 99);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    high = new_fence(&rig, 1ULL << 60, D3D11_FENCE_FLAG_SHARED);
    for (UINT64 i = 1; i <= 100; i++) {
        signal(&rig, high, (1ULL << 60) + i);
        CHECK_EQ(ID3D11Fence_GetCompletedValue(high), (1ULL << 60) + i);
    }
    signal(&rig, high, 0);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(high), 0);
    CHECK_EQ(ID3D11Fence_Release(high), 0);
    rig_finish(&rig);
}

TEST(events_at_values_already_reached)
{
    struct rig rig = rig_new();
    ID3D11Fence *fence = new_fence(&rig, 5, D3D11_FENCE_FLAG_NONE);
    HANDLE event = new_event();
    for (UINT64 i = 0; i <= 5; i++) {
        notify(fence, i, event);
        CHECK(fired(event));
    }
    notify(fence, 6, event);
    CHECK(!fired(event));
    signal(&rig, fence, 7);
    CHECK(fired(event));
    signal(&rig, fence, 8);
    CHECK(!fired(event));
    CHECK(CloseHandle(event));
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    rig_finish(&rig);
}

TEST(each_registration_fires_once)
{
    static const UINT64 values[] = {3, 5, 9, 12, 12};
    struct rig rig = rig_new();
    ID3D11Fence *fence = new_fence(&rig, 0, D3D11_FENCE_FLAG_NONE);
    HANDLE event = new_event(), two[2] = {new_event(), new_event()};
    for (int i = 0; i < 5; i++)
        notify(fence, values[i], event);
    notify(fence, 1, two[0]);
    notify(fence, 1, two[1]);
    for (UINT64 value = 1; value <= 12; value++) {
        signal(&rig, fence, value);
        CHECK_EQ(fired(event), value == 3 || value == 5 || value == 9 || value == 12);
        CHECK_EQ(fired(two[0]), value == 1);
        CHECK_EQ(fired(two[1]), value == 1);
    }
    signal(&rig, fence, 0);
    signal(&rig, fence, 12);
    CHECK(!fired(event)); /* going back arms nothing again */
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(two[0]));
    CHECK(CloseHandle(two[1]));
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    rig_finish(&rig);
}

TEST(the_highest_value_and_an_event_set_by_hand)
{
    struct rig rig = rig_new();
    ID3D11Fence *fence = new_fence(&rig, 0, D3D11_FENCE_FLAG_NONE);
    HANDLE event = new_event(), last = new_event();
    notify(fence, 100, event);
    notify(fence, UINT64_MAX, last);
    signal(&rig, fence, 100);
    CHECK(fired(event));
    signal(&rig, fence, 0);
    signal(&rig, fence, 100);
    CHECK(!fired(event));
    CHECK(!fired(last));
    CHECK(SetEvent(event));
    notify(fence, 130, event);
    CHECK(fired(event)); /* it was set, and registering does not reset it */
    signal(&rig, fence, 130);
    CHECK(fired(event));
    signal(&rig, fence, UINT64_MAX);
    CHECK(fired(last));
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(last));
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    rig_finish(&rig);
}

TEST(the_last_end_fires_all)
{
    struct rig rig = rig_new();
    ID3D11Fence *fence = new_fence(&rig, 0, D3D11_FENCE_FLAG_SHARED), *opened = NULL;
    HANDLE event = new_event(), handle = NULL;
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &handle), S_OK);
    CHECK_EQ(ID3D11Device5_OpenSharedFence(rig.device5, handle, &IID_ID3D11Fence,
                                           (void **)&opened),
             S_OK);
    notify(opened, UINT64_MAX, event);
    CHECK_EQ(ID3D11DeviceContext4_Wait(rig.context4, opened, UINT64_MAX), S_OK);
    CHECK_EQ(ID3D11Fence_Release(opened), 0);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    CHECK(!fired(event));
    CHECK(CloseHandle(handle));
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK(CloseHandle(event));
    rig_finish(&rig);
}

TEST(handles_of_fences)
{
    static const UINT flags[] = {D3D11_FENCE_FLAG_SHARED, D3D11_FENCE_FLAG_SHARED_CROSS_ADAPTER,
                                 D3D11_FENCE_FLAG_SHARED | D3D11_FENCE_FLAG_NON_MONITORED};
    struct rig rig = rig_new();
    HANDLE handle = UNTOUCHED;
    ID3D11Fence *fence = new_fence(&rig, 0, D3D11_FENCE_FLAG_NONE);
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &handle),
             E_INVALIDARG);
    CHECK_PTR_EQ(handle, NULL);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    for (size_t i = 0; i < 3; i++) {
        fence = new_fence(&rig, 0, flags[i]);
        CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &handle), S_OK);
        CHECK_EQ((uintptr_t)handle % 4, 0);
        CHECK_EQ(refs_of(fence), 1);
        CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, NULL),
                 E_INVALIDARG);
        CHECK(CloseHandle(handle));
        CHECK_EQ(ID3D11Fence_Release(fence), 0);
    }
    rig_finish(&rig);
}

TEST(bad_arguments)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE other = nt_handle(texture, NULL);
    ID3D11Fence *fence = new_fence(&rig, 0, 0);
    void *none = UNTOUCHED;
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, (D3D11_FENCE_FLAG)16, &IID_ID3D11Fence,
                                       &none),
             E_INVALIDARG);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Buffer,
                                       &none),
             E_NOINTERFACE);
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                       NULL),
             E_INVALIDARG);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, 1, other), E_INVALIDARG);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, 1, (HANDLE)(uintptr_t)0x7ffc),
             E_INVALIDARG);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    CHECK(CloseHandle(other));
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

static void *signal_from_thread(void *arg)
{
    struct gate *gate = arg;
    Sleep(20);
    gate_open(gate, 4);
    return NULL;
}

TEST(without_an_event_the_caller_waits)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, signal_from_thread, &gate), 0);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(gate.here, 4, NULL), S_OK);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(gate.here), 4);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    gate_finish(&gate);
    rig_finish(&rig);
}
