/* SPDX-License-Identifier: MIT */
/* A device that is removed (simulated): what ends, what is refused, what goes on. */
#include "share_rig.h"

/* The hook, as the conformance suite's probe reaches it. */
void device_remove(ID3D11Device *device, HRESULT reason) __asm__("ist_private_d3d11_device_"
                                                                 "remove");

static ID3D11Fence *shared_fence(const struct rig *rig, UINT64 value)
{
    ID3D11Fence *fence = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(rig->device5, value, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    return fence;
}

TEST(reason_and_events)
{
    struct rig rig = rig_new(), other = rig_new();
    HANDLE before = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE after = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD a = 0, b = 0;
    CHECK_EQ(ID3D11Device5_RegisterDeviceRemovedEvent(rig.device5, before, &a), S_OK);
    CHECK_EQ(WaitForSingleObject(before, 0), WAIT_TIMEOUT);
    device_remove(rig.device, DXGI_ERROR_DEVICE_HUNG);
    device_remove(rig.device, DXGI_ERROR_DEVICE_RESET); /* the first reason stays */
    CHECK_EQ(ID3D11Device_GetDeviceRemovedReason(rig.device), DXGI_ERROR_DEVICE_HUNG);
    CHECK_EQ(ID3D11Device_GetDeviceRemovedReason(other.device), S_OK);
    CHECK_EQ(WaitForSingleObject(before, 0), WAIT_OBJECT_0);
    CHECK_EQ(ID3D11Device5_RegisterDeviceRemovedEvent(rig.device5, after, &b), S_OK);
    CHECK_EQ(WaitForSingleObject(after, 0), WAIT_OBJECT_0); /* removed already: at once */
    CHECK(CloseHandle(before));
    CHECK(CloseHandle(after));
    rig_finish(&rig);
    rig_finish(&other);
}

TEST(a_signal_in_line_has_not_the_last_word)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    ID3D11Fence *fence = shared_fence(&rig, 0);
    HANDLE handle = NULL;
    ID3D11Fence *there = NULL;
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &handle), S_OK);
    CHECK_EQ(ID3D11Device5_OpenSharedFence(gate.opener.device5, handle, &IID_ID3D11Fence,
                                           (void **)&there),
             S_OK);
    CHECK(CloseHandle(handle));
    gate_block(&gate, &rig, 1);
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig.context4, fence, 7), S_OK);
    device_remove(rig.device, DXGI_ERROR_DEVICE_REMOVED); /* lets the context go on */
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), UINT64_MAX);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(there, UINT64_MAX, NULL), S_OK);
    while (ID3D11Fence_GetCompletedValue(there) != UINT64_MAX) /* 7 may stand there shortly */
        Sleep(1);
    /* The other device goes on; what stood in line may still put the largest value over it. */
    for (unsigned i = 0; i < 1000 && ID3D11Fence_GetCompletedValue(there) != 3; i++) {
        CHECK_EQ(ID3D11DeviceContext4_Signal(gate.opener.context4, there, 3), S_OK);
        Sleep(2);
    }
    CHECK_EQ(ID3D11Fence_GetCompletedValue(there), 3);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), UINT64_MAX);
    ID3D11Fence_Release(there);
    ID3D11Fence_Release(fence);
    gate_finish(&gate);
    rig_finish(&rig);
}

TEST(nothing_new_is_begun)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED);
    IDXGIKeyedMutex *mutex = query(texture, &IID_IDXGIKeyedMutex);
    ID3D11Fence *fence = shared_fence(&rig, 0);
    HANDLE handle = NULL;
    void *none = UNTOUCHED;
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &handle), S_OK);
    device_remove(rig.device, DXGI_ERROR_DEVICE_REMOVED);
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig.context4, fence, 1), DXGI_ERROR_DEVICE_REMOVED);
    CHECK_EQ(ID3D11DeviceContext4_Wait(rig.context4, fence, 1), DXGI_ERROR_DEVICE_REMOVED);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 0, INFINITE), DXGI_ERROR_DEVICE_REMOVED);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, 0), DXGI_ERROR_DEVICE_REMOVED);
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                       &none),
             DXGI_ERROR_DEVICE_REMOVED);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(ID3D11Device5_OpenSharedFence(rig.device5, handle, &IID_ID3D11Fence, &none),
             DXGI_ERROR_DEVICE_REMOVED);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, 1000, NULL), S_OK); /* all is reached */
    CHECK(CloseHandle(handle));
    ID3D11Fence_Release(fence);
    IDXGIKeyedMutex_Release(mutex);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
