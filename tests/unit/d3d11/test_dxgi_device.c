/* SPDX-License-Identifier: MIT */
/* IDXGIDevice: the adapter, priorities, and an event at the end of the queue. */
#include "share_rig.h"

static IDXGIDevice4 *dxgi_of(const struct rig *rig)
{
    return query(rig->device, &IID_IDXGIDevice4);
}

TEST(the_adapter_is_the_parent)
{
    struct rig rig = rig_new();
    IDXGIDevice4 *dxgi = dxgi_of(&rig);
    IDXGIAdapter *adapter = NULL, *parent = NULL;
    CHECK_EQ(IDXGIDevice4_GetAdapter(dxgi, &adapter), S_OK);
    CHECK_EQ(IDXGIDevice4_GetParent(dxgi, &IID_IDXGIAdapter, (void **)&parent), S_OK);
    CHECK_PTR_EQ(parent, adapter);
    CHECK_EQ(IDXGIDevice4_GetAdapter(dxgi, NULL), E_INVALIDARG);
    IDXGIAdapter_Release(parent);
    IDXGIAdapter_Release(adapter);
    IDXGIDevice4_Release(dxgi);
    rig_finish(&rig);
}

TEST(latency_and_priority)
{
    struct rig rig = rig_new();
    IDXGIDevice4 *dxgi = dxgi_of(&rig);
    UINT frames = 0;
    INT priority = 99;
    CHECK_EQ(IDXGIDevice4_GetMaximumFrameLatency(dxgi, &frames), S_OK);
    CHECK_EQ(frames, 3);
    CHECK_EQ(IDXGIDevice4_SetMaximumFrameLatency(dxgi, 16), S_OK);
    CHECK_EQ(IDXGIDevice4_SetMaximumFrameLatency(dxgi, 17), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(IDXGIDevice4_GetMaximumFrameLatency(dxgi, &frames), S_OK);
    CHECK_EQ(frames, 16);
    CHECK_EQ(IDXGIDevice4_SetMaximumFrameLatency(dxgi, 0), S_OK);
    CHECK_EQ(IDXGIDevice4_GetMaximumFrameLatency(dxgi, &frames), S_OK);
    CHECK_EQ(frames, 3);
    CHECK_EQ(IDXGIDevice4_GetMaximumFrameLatency(dxgi, NULL), DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(IDXGIDevice4_GetGPUThreadPriority(dxgi, &priority), S_OK);
    CHECK_EQ(priority, 0);
    CHECK_EQ(IDXGIDevice4_SetGPUThreadPriority(dxgi, -7), S_OK);
    CHECK_EQ(IDXGIDevice4_SetGPUThreadPriority(dxgi, 8), E_INVALIDARG);
    CHECK_EQ(IDXGIDevice4_GetGPUThreadPriority(dxgi, &priority), S_OK);
    CHECK_EQ(priority, -7);
    CHECK_EQ(IDXGIDevice4_GetGPUThreadPriority(dxgi, NULL), E_POINTER);
    IDXGIDevice4_Release(dxgi);
    rig_finish(&rig);
}

TEST(memory_stays_where_it_is)
{
    struct rig rig = rig_new();
    IDXGIDevice4 *dxgi = dxgi_of(&rig);
    ID3D11Texture2D *texture = new_texture(&rig, 0);
    IDXGIResource *resource = query(texture, &IID_IDXGIResource);
    IUnknown *const list[] = {(IUnknown *)texture};
    DXGI_RESIDENCY residency = (DXGI_RESIDENCY)0;
    DXGI_RECLAIM_RESOURCE_RESULTS result = DXGI_RECLAIM_RESOURCE_RESULT_DISCARDED;
    IDXGISurface *surface = UNTOUCHED;
    BOOL discarded = TRUE;
    CHECK_EQ(IDXGIDevice4_QueryResourceResidency(dxgi, list, &residency, 1), S_OK);
    CHECK_EQ(residency, DXGI_RESIDENCY_FULLY_RESIDENT);
    CHECK_EQ(IDXGIDevice4_QueryResourceResidency(dxgi, list, NULL, 1), E_INVALIDARG);
    CHECK_EQ(IDXGIDevice4_OfferResources(dxgi, 1, &resource, DXGI_OFFER_RESOURCE_PRIORITY_LOW),
             S_OK);
    CHECK_EQ(IDXGIDevice4_OfferResources(dxgi, 1, &resource, (DXGI_OFFER_RESOURCE_PRIORITY)4),
             E_INVALIDARG);
    CHECK_EQ(IDXGIDevice4_OfferResources1(dxgi, 1, &resource, DXGI_OFFER_RESOURCE_PRIORITY_LOW,
                                          2),
             E_INVALIDARG);
    CHECK_EQ(IDXGIDevice4_ReclaimResources(dxgi, 1, &resource, &discarded), S_OK);
    CHECK_EQ(discarded, FALSE);
    CHECK_EQ(IDXGIDevice4_ReclaimResources(dxgi, 1, NULL, &discarded), E_INVALIDARG);
    CHECK_EQ(IDXGIDevice4_ReclaimResources1(dxgi, 1, &resource, &result), S_OK);
    CHECK_EQ(result, DXGI_RECLAIM_RESOURCE_RESULT_OK);
    CHECK_EQ(IDXGIDevice4_CreateSurface(dxgi, NULL, 1, 0, NULL, &surface), E_NOTIMPL);
    CHECK_PTR_EQ(surface, NULL);
    IDXGIDevice4_Trim(dxgi);
    IDXGIResource_Release(resource);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    IDXGIDevice4_Release(dxgi);
    rig_finish(&rig);
}

TEST(an_event_is_set_when_the_queue_gets_there)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    IDXGIDevice4 *dxgi = dxgi_of(&rig);
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK_EQ(IDXGIDevice4_EnqueueSetEvent(dxgi, event), S_OK);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    gate_block(&gate, &rig, 1);
    CHECK_EQ(IDXGIDevice4_EnqueueSetEvent(dxgi, event), S_OK);
    CHECK_EQ(WaitForSingleObject(event, 20), WAIT_TIMEOUT);
    gate_open(&gate, 1);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(IDXGIDevice4_EnqueueSetEvent(dxgi, NULL), E_INVALIDARG);
    CHECK(CloseHandle(event));
    IDXGIDevice4_Release(dxgi);
    gate_finish(&gate);
    rig_finish(&rig);
}
