/* SPDX-License-Identifier: MIT */
/* Every slot is there, all interfaces are one object, private data stays. */
#include "context_rig.h"

TEST(no_slot_of_the_vtables_is_empty)
{
    struct rig rig = rig_new();
    ID3D11Multithread *lock = NULL;
    void *const *slots = (void *const *)rig.context4->lpVtbl;
    for (size_t i = 0; i < sizeof(ID3D11DeviceContext4Vtbl) / sizeof(void *); i++) {
        if (!slots[i])
            test_fail(TEST_HERE, "slot %zu is NULL", i);
    }
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(rig.context, &IID_ID3D11Multithread,
                                                (void **)&lock),
             S_OK);
    slots = (void *const *)lock->lpVtbl;
    for (size_t i = 0; i < sizeof(ID3D11MultithreadVtbl) / sizeof(void *); i++)
        CHECK(slots[i]);
    ID3D11Multithread_Release(lock);
    rig_finish(&rig);
}

TEST(all_interfaces_are_one_object)
{
    static const IID *const ours[] = {
        &IID_ID3D11DeviceContext,  &IID_ID3D11DeviceContext1, &IID_ID3D11DeviceContext2,
        &IID_ID3D11DeviceContext3, &IID_ID3D11DeviceContext4, &IID_ID3D11DeviceChild,
        &IID_ID3D11Multithread,
    };
    struct rig rig = rig_new();
    IUnknown *identity = NULL;
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(rig.context, &IID_IUnknown, (void **)&identity),
             S_OK);
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        IUnknown *found = NULL, *back = NULL;
        CHECK_EQ(IUnknown_QueryInterface(identity, ours[i], (void **)&found), S_OK);
        CHECK_EQ(IUnknown_QueryInterface(found, &IID_IUnknown, (void **)&back), S_OK);
        CHECK_PTR_EQ(back, identity);
        IUnknown_Release(back);
        IUnknown_Release(found);
    }
    void *none = &rig;
    CHECK_EQ(IUnknown_QueryInterface(identity, &IID_ID3D11Buffer, &none), E_NOINTERFACE);
    CHECK_PTR_EQ(none, NULL);
    IUnknown_Release(identity);
    rig_finish(&rig);
}

TEST(it_is_immediate_and_keeps_private_data)
{
    static const GUID guid = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    struct rig rig = rig_new();
    UINT value = 77, found = 0, size = sizeof(found);
    ID3D11CommandList *list = (ID3D11CommandList *)&rig;
    CHECK_EQ(ID3D11DeviceContext_GetType(rig.context), D3D11_DEVICE_CONTEXT_IMMEDIATE);
    CHECK_EQ(ID3D11DeviceContext_GetContextFlags(rig.context), 0);
    CHECK_EQ(ID3D11DeviceContext_FinishCommandList(rig.context, FALSE, &list),
             DXGI_ERROR_INVALID_CALL);
    CHECK_EQ(ID3D11DeviceContext_SetPrivateData(rig.context, &guid, sizeof(value), &value),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext_GetPrivateData(rig.context, &guid, &size, &found), S_OK);
    CHECK_EQ(found, 77);
    CHECK_EQ(ID3D11DeviceContext_SetPrivateDataInterface(rig.context, &guid,
                                                         (IUnknown *)rig.context),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext_SetPrivateData(rig.context, &guid, 0, NULL), S_OK);
    rig_finish(&rig);
}
