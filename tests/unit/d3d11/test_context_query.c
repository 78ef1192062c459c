/* SPDX-License-Identifier: MIT */
/* Event queries: done when what was submitted before End() is. */
#include "context_rig.h"

#include <unistd.h>

static ID3D11Query *event_query(const struct rig *rig)
{
    D3D11_QUERY_DESC desc = {.Query = D3D11_QUERY_EVENT};
    ID3D11Query *query = NULL;
    CHECK_EQ(ID3D11Device_CreateQuery(rig->device, &desc, &query), S_OK);
    return query;
}

TEST(event_query_tells_when_work_is_done)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    ID3D11Asynchronous *query = (ID3D11Asynchronous *)event_query(&rig);
    BOOL done = 5;
    ID3D11DeviceContext *context = rig.context;
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, &done, sizeof(done), 0),
             DXGI_ERROR_INVALID_CALL); /* never ended */
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_Begin(context, query); /* dropped */
    ID3D11DeviceContext_End(context, query);
    gate_block(&gate, &rig, 2); /* later work does not count */
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, &done, sizeof(done), 0), S_FALSE);
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, NULL, 0, 0), S_FALSE);
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, &done, sizeof(done),
                                         D3D11_ASYNC_GETDATA_DONOTFLUSH),
             S_FALSE);
    CHECK_EQ(done, 5);
    gate_open(&gate, 1);
    while (ID3D11DeviceContext_GetData(context, query, &done, sizeof(done), 0) == S_FALSE)
        usleep(100);
    CHECK_EQ(done, TRUE);
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, NULL, 0, 0), S_OK);
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, &done, 1, 0), E_INVALIDARG);
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, NULL, sizeof(done), 0), E_INVALIDARG);
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, &done, sizeof(done), 2), E_INVALIDARG);
    CHECK_EQ(ID3D11DeviceContext_GetData(context, NULL, &done, sizeof(done), 0), E_INVALIDARG);
    ID3D11DeviceContext_End(context, query); /* once more: behind the second wait */
    CHECK_EQ(ID3D11DeviceContext_GetData(context, query, &done, sizeof(done), 0), S_FALSE);
    gate_open(&gate, 2);
    ID3D11Asynchronous_Release(query);
    gate_finish(&gate);
    rig_finish(&rig);
}
