/* SPDX-License-Identifier: MIT */
/* Query objects: events are offered, all others say that they are not. */
#include "share_rig.h"

TEST(only_events)
{
    struct rig rig = rig_new();
    for (UINT i = 0; i <= 16; i++) {
        D3D11_QUERY_DESC desc = {(D3D11_QUERY)i, 0};
        ID3D11Query *asked = UNTOUCHED;
        HRESULT wanted = i == 0 ? S_OK : i == 16 ? E_INVALIDARG : E_NOTIMPL;
        CHECK_EQ(ID3D11Device_CreateQuery(rig.device, &desc, &asked), wanted);
        if (wanted == S_OK)
            CHECK_EQ(ID3D11Query_Release(asked), 0);
        else
            CHECK_PTR_EQ(asked, NULL);
    }
    rig_finish(&rig);
}

TEST(what_an_event_query_is)
{
    static const IID *const iids[] = {&IID_IUnknown, &IID_ID3D11DeviceChild,
                                      &IID_ID3D11Asynchronous, &IID_ID3D11Query,
                                      &IID_ID3D11Query1};
    struct rig rig = rig_new();
    D3D11_QUERY_DESC1 desc = {D3D11_QUERY_EVENT, 0, D3D11_CONTEXT_TYPE_3D}, found;
    D3D11_QUERY_DESC older;
    ID3D11Query1 *asked = NULL;
    CHECK_EQ(ID3D11Device5_CreateQuery1(rig.device5, &desc, &asked), S_OK);
    ID3D11Query1_GetDesc1(asked, &found);
    CHECK_MEM(&found, &desc, sizeof(desc));
    ID3D11Query1_GetDesc(asked, &older);
    CHECK_EQ(older.Query, D3D11_QUERY_EVENT);
    CHECK_EQ(ID3D11Query1_GetDataSize(asked), sizeof(BOOL));
    for (size_t i = 0; i < 5; i++) {
        IUnknown *same = query(asked, iids[i]);
        CHECK_PTR_EQ(same, asked);
        CHECK_EQ(IUnknown_Release(same), 1);
    }
    CHECK_EQ(ID3D11Query1_Release(asked), 0);
    desc.MiscFlags = D3D11_QUERY_MISC_PREDICATEHINT;
    CHECK_EQ(ID3D11Device5_CreateQuery1(rig.device5, &desc, &asked), E_INVALIDARG);
    rig_finish(&rig);
}
