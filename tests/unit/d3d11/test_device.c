/* SPDX-License-Identifier: MIT */
/* The device as one COM object, and what it says about itself. */
#include "share_rig.h"

#include <pthread.h>

TEST(all_interfaces_are_one_object)
{
    static const IID *const ours[] = {
        &IID_ID3D11Device,      &IID_ID3D11Device1, &IID_ID3D11Device2, &IID_ID3D11Device3,
        &IID_ID3D11Device4,     &IID_ID3D11Device5, &IID_IDXGIObject,   &IID_IDXGIDevice,
        &IID_IDXGIDevice1,      &IID_IDXGIDevice2,  &IID_IDXGIDevice3,  &IID_IDXGIDevice4,
        &IID_ID3D11Multithread,
    };
    struct rig rig = rig_new();
    IUnknown *identity = query(rig.device, &IID_IUnknown);
    ULONG before = refs_of(rig.device);
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        IUnknown *found = query(rig.device, ours[i]), *back = query(found, &IID_IUnknown);
        CHECK_PTR_EQ(back, identity);
        CHECK_EQ(refs_of(found), before + 2);
        IUnknown_Release(back);
        IUnknown_Release(found);
    }
    CHECK_EQ(refs_of(rig.device), before);
    IUnknown_Release(identity);
    rig_finish(&rig);
}

TEST(all_immediate_contexts_are_one)
{
    struct rig rig = rig_new();
    ID3D11DeviceContext *c0 = NULL;
    ID3D11DeviceContext1 *c1 = NULL;
    ID3D11DeviceContext2 *c2 = NULL;
    ID3D11DeviceContext3 *c3 = NULL;
    ID3D11Device5_GetImmediateContext(rig.device5, &c0);
    ID3D11Device5_GetImmediateContext1(rig.device5, &c1);
    ID3D11Device5_GetImmediateContext2(rig.device5, &c2);
    ID3D11Device5_GetImmediateContext3(rig.device5, &c3);
    CHECK_PTR_EQ(c0, rig.context);
    CHECK_PTR_EQ(c1, rig.context);
    CHECK_PTR_EQ(c2, rig.context);
    CHECK_PTR_EQ(c3, rig.context);
    CHECK_EQ(refs_of(rig.context), 6); /* the rig has two of them */
    for (int i = 0; i < 4; i++)
        ID3D11DeviceContext_Release(rig.context);
    ID3D11Device5_GetImmediateContext(rig.device5, NULL);
    rig_finish(&rig);
}

/* The context counts as one reference on the device while a program has it. */
TEST(the_context_references_the_device_once)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL, *again = NULL;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &device, NULL, NULL),
             S_OK);
    CHECK_EQ(refs_of(device), 1);
    ID3D11Device_GetImmediateContext(device, &context);
    CHECK_EQ(refs_of(device), 2);
    CHECK_EQ(refs_of(context), 1);
    ID3D11Device_GetImmediateContext(device, &again);
    CHECK_PTR_EQ(again, context);
    CHECK_EQ(refs_of(device), 2);
    CHECK_EQ(ID3D11DeviceContext_Release(again), 1);
    CHECK_EQ(ID3D11DeviceContext_Release(context), 0);
    CHECK_EQ(refs_of(device), 1);
    ID3D11Device_GetImmediateContext(device, &context); /* and back again */
    CHECK_EQ(ID3D11Device_Release(device), 1);
    CHECK_EQ(ID3D11DeviceContext_Release(context), 0);
}

TEST(what_it_says_about_itself)
{
    struct rig rig = rig_new();
    CHECK_EQ(ID3D11Device_GetFeatureLevel(rig.device), D3D_FEATURE_LEVEL_11_0);
    CHECK_EQ(ID3D11Device_GetCreationFlags(rig.device), 0);
    CHECK_EQ(ID3D11Device_GetDeviceRemovedReason(rig.device), S_OK);
    CHECK_EQ(ID3D11Device_GetExceptionMode(rig.device), 0);
    CHECK_EQ(ID3D11Device_SetExceptionMode(rig.device, D3D11_RAISE_FLAG_DRIVER_INTERNAL_ERROR),
             S_OK);
    CHECK_EQ(ID3D11Device_GetExceptionMode(rig.device), 1);
    CHECK_EQ(ID3D11Device_SetExceptionMode(rig.device, 2), E_INVALIDARG);
    CHECK_EQ(ID3D11Device_GetExceptionMode(rig.device), 1);
    rig_finish(&rig);
}

/* Devices are free-threaded: each of these calls may come from any thread at any time. */
struct crowd {
    struct rig rig, other;
    ID3D11Texture2D *shared; /* what all of them share; a keyed mutex, on both devices */
};

static void one_round(struct crowd *crowd, unsigned round)
{
    static const GUID guid = {0x77777777, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    ID3D11Texture2D *mine = new_texture(&crowd->rig, SHARED | NTHANDLE), *opened;
    HANDLE handle = nt_handle(mine, NULL);
    ID3D11ShaderResourceView *view = NULL;
    ID3D11DeviceContext *context = NULL;
    ID3D11Resource *back = NULL;
    UINT found = 0, size = sizeof(found);
    CHECK_EQ(ID3D11Texture2D_Release(mine), 0);
    opened = open_nt(&crowd->other, handle);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Device_CreateShaderResourceView(crowd->other.device,
                                                   (ID3D11Resource *)opened, NULL, &view),
             S_OK);
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    ID3D11ShaderResourceView_GetResource(view, &back);
    CHECK_EQ(ID3D11ShaderResourceView_Release(view), 0);
    CHECK_EQ(ID3D11Resource_Release(back), 0);
    opened = open_kmt(&crowd->other, kmt_handle(crowd->shared));
    ID3D11Texture2D_Release(opened);
    CHECK_EQ(ID3D11Texture2D_SetPrivateData(crowd->shared, &guid, sizeof(round), &round), S_OK);
    CHECK_EQ(ID3D11Texture2D_GetPrivateData(crowd->shared, &guid, &size, &found), S_OK);
    CHECK_EQ(size, sizeof(found));
    ID3D11Device_GetImmediateContext(crowd->other.device, &context);
    ID3D11DeviceContext_Release(context);
}

static void *run_rounds(void *arg)
{
    for (unsigned i = 0; i < 100; i++)
        one_round(arg, i);
    return NULL;
}

TEST(many_threads_use_one_device)
{
    struct crowd crowd = {.rig = rig_new(), .other = rig_new()};
    ULONG refs, other_refs;
    pthread_t threads[4];
    crowd.shared = new_texture(&crowd.rig, KEYED);
    refs = refs_of(crowd.rig.device);
    other_refs = refs_of(crowd.other.device);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, run_rounds, &crowd), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(refs_of(crowd.rig.device), refs);
    CHECK_EQ(refs_of(crowd.other.device), other_refs);
    CHECK_EQ(ID3D11Texture2D_Release(crowd.shared), 0);
    rig_finish(&crowd.rig);
    rig_finish(&crowd.other);
}
