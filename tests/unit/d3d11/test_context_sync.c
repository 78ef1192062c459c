/* SPDX-License-Identifier: MIT */
/* Fences in the order of contexts, event queries, Flush1, and many blocked contexts at once. */
#include "context_rig.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

TEST(signal_and_wait_need_a_fence_of_the_device)
{
    struct rig rig = rig_new(), other = rig_new();
    ID3D11Fence *fence = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(other.device5, 0, D3D11_FENCE_FLAG_NONE,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig.context4, NULL, 1), E_INVALIDARG);
    CHECK_EQ(ID3D11DeviceContext4_Wait(rig.context4, NULL, 1), E_INVALIDARG);
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig.context4, fence, 1), E_INVALIDARG);
    CHECK_EQ(ID3D11DeviceContext4_Wait(rig.context4, fence, 1), E_INVALIDARG);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 0);
    CHECK_EQ(ID3D11DeviceContext4_Signal(other.context4, fence, 5), S_OK);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 5);
    ID3D11Fence_Release(fence);
    rig_finish(&rig);
    rig_finish(&other);
}

TEST(a_signal_comes_after_the_work_before_it)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    ID3D11Fence *done = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                       (void **)&done),
             S_OK);
    gate_block(&gate, &rig, 3);
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig.context4, done, 7), S_OK);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(done), 0);
    gate_open(&gate, 2); /* not enough */
    CHECK_EQ(ID3D11Fence_GetCompletedValue(done), 0);
    gate_open(&gate, 3);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(done, 7, NULL), S_OK);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(done), 7);
    ID3D11Fence_Release(done);
    gate_finish(&gate);
    rig_finish(&rig);
}

/* The data of one device are read on the other only after its signal. */
TEST(two_devices_take_turns)
{
    enum { ROUNDS = 50, SIZE = 256 };
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    D3D11_BUFFER_DESC desc = {.ByteWidth = SIZE,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = D3D11_RESOURCE_MISC_SHARED};
    ID3D11Buffer *here = NULL, *there = NULL;
    IDXGIResource *dxgi = NULL;
    HANDLE handle = NULL;
    unsigned char data[SIZE], found[SIZE];
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &desc, NULL, &here), S_OK);
    CHECK_EQ(ID3D11Buffer_QueryInterface(here, &IID_IDXGIResource, (void **)&dxgi), S_OK);
    CHECK_EQ(IDXGIResource_GetSharedHandle(dxgi, &handle), S_OK);
    CHECK_EQ(ID3D11Device_OpenSharedResource(gate.opener.device, handle, &IID_ID3D11Buffer,
                                             (void **)&there),
             S_OK);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, SIZE, NULL);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        gate_block(&gate, &rig, i); /* before the signal exists */
        ID3D11DeviceContext_CopyResource(rig.context, staging, (ID3D11Resource *)here);
        fill_pattern(data, SIZE, i);
        ID3D11DeviceContext_UpdateSubresource(gate.opener.context, (ID3D11Resource *)there, 0,
                                              NULL, data, 0, 0);
        gate_open(&gate, i);
        rig_read(&rig, staging, 0, found, SIZE, 1, 1);
        CHECK_MEM(found, data, SIZE);
    }
    IDXGIResource_Release(dxgi);
    ID3D11Buffer_Release(here);
    ID3D11Buffer_Release(there);
    release(staging);
    gate_finish(&gate);
    rig_finish(&rig);
}

static void *open_soon(void *gate)
{
    usleep(20000);
    gate_open(gate, 1);
    return NULL;
}

TEST(wait_before_signal_from_another_thread)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, open_soon, &gate), 0);
    gate_block(&gate, &rig, 1);
    ID3D11Fence *done = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                       (void **)&done),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig.context4, done, 1), S_OK);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(done, 1, NULL), S_OK);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    ID3D11Fence_Release(done);
    gate_finish(&gate);
    rig_finish(&rig);
}

TEST(flush1_sets_its_event_at_the_end_of_the_work)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK(event);
    ID3D11DeviceContext_Flush(rig.context);
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext4_Flush1(rig.context4, D3D11_CONTEXT_TYPE_ALL, event);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    gate_open(&gate, 1);
    CHECK_EQ(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    ResetEvent(event);
    ID3D11DeviceContext4_Flush1(rig.context4, (D3D11_CONTEXT_TYPE)9, event); /* dropped */
    ID3D11DeviceContext4_Flush1(rig.context4, D3D11_CONTEXT_TYPE_ALL, NULL);
    ID3D11DeviceContext4_Flush1(rig.context4, D3D11_CONTEXT_TYPE_ALL, (HANDLE)0x7ff8);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    gate_block(&gate, &rig, 2);
    ID3D11DeviceContext4_Flush1(rig.context4, D3D11_CONTEXT_TYPE_COPY, event);
    CHECK(CloseHandle(event)); /* the queue keeps what it will set */
    gate_open(&gate, 2);
    gate_finish(&gate);
    rig_finish(&rig);
}

static unsigned thread_count(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/task");
    CHECK(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2; /* . and .. */
}

TEST(a_hundred_blocked_contexts_need_no_hundred_threads)
{
    enum { COUNT = 100 };
    static struct rig rigs[COUNT];
    static ID3D11Resource *dst[COUNT];
    ID3D11Fence *fences[COUNT];
    struct rig opener = rig_new();
    HANDLE handle = NULL;
    ID3D11Fence *gate = NULL;
    unsigned char data[16], found[16];
    CHECK_EQ(ID3D11Device5_CreateFence(opener.device5, 0, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&gate),
             S_OK);
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(gate, NULL, GENERIC_ALL, NULL, &handle), S_OK);
    for (unsigned i = 0; i < COUNT; i++) {
        rigs[i] = rig_new();
        CHECK_EQ(ID3D11Device5_OpenSharedFence(rigs[i].device5, handle, &IID_ID3D11Fence,
                                               (void **)&fences[i]),
                 S_OK);
        CHECK_EQ(ID3D11DeviceContext4_Wait(rigs[i].context4, fences[i], 1), S_OK);
        fill_pattern(data, sizeof(data), i);
        dst[i] = rig_buffer(&rigs[i], KIND_STAGING, sizeof(data), NULL);
        ID3D11DeviceContext_UpdateSubresource(rigs[i].context, dst[i], 0, NULL, data, 0, 0);
    }
    CHECK(thread_count() < 20);
    CHECK_EQ(ID3D11DeviceContext4_Signal(opener.context4, gate, 1), S_OK);
    for (unsigned i = 0; i < COUNT; i++) {
        fill_pattern(data, sizeof(data), i);
        rig_read(&rigs[i], dst[i], 0, found, sizeof(found), 1, 1);
        CHECK_MEM(found, data, sizeof(data));
        release(dst[i]);
        ID3D11Fence_Release(fences[i]);
        rig_finish(&rigs[i]);
    }
    CHECK(CloseHandle(handle));
    ID3D11Fence_Release(gate);
    rig_finish(&opener);
}

/* A device that goes while its context is blocked leaves nothing behind. */
TEST(a_blocked_context_may_end)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    unsigned char data[64];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *buffer = rig_buffer(&rig, KIND_DEFAULT, 64, NULL);
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_UpdateSubresource(rig.context, buffer, 0, NULL, data, 0, 0);
    release(buffer);
    gate_open(&gate, 1);
    gate_finish(&gate);
    rig_finish(&rig);
}
