/* SPDX-License-Identifier: MIT */
/* Query objects. What they measure is recorded and read by the context (context_query.c). */
#include "d3d11/query.h"

#include "base/log.h"
#include "d3d11/child_methods.h"
#include "d3d11/convert.h"

#define QUERY_METHOD(type, name) static type STDMETHODCALLTYPE d3d11_query_##name
#define QUERY ID3D11Query1 *iface

static struct d3d11_query *from_query(ID3D11Query1 *iface)
{
    assert(iface->lpVtbl == &d3d11_query_vtbl);
    return container_of(iface, struct d3d11_query, ID3D11Query1_iface);
}

D3D11_CHILD_METHODS(d3d11_query, ID3D11Query1, &from_query(iface)->child)

QUERY_METHOD(HRESULT, QueryInterface)(QUERY, REFIID iid, void **out)
{
    struct d3d11_query *query = from_query(iface);
    if (!out || !iid)
        return d3d11_refuse_query(iid, "a query");
    bool known = IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_ID3D11DeviceChild) ||
                 IsEqualGUID(iid, &IID_ID3D11Asynchronous) ||
                 IsEqualGUID(iid, &IID_ID3D11Query) || IsEqualGUID(iid, &IID_ID3D11Query1);
    return d3d11_query_result(known ? (IUnknown *)&query->ID3D11Query1_iface : NULL, iid,
                              "a query", out);
}

/* An event answers with one WINBOOL. */
QUERY_METHOD(UINT, GetDataSize)(QUERY)
{
    (void)from_query(iface);
    return sizeof(WINBOOL);
}

QUERY_METHOD(void, GetDesc)(QUERY, D3D11_QUERY_DESC *out)
{
    const struct d3d11_query *query = from_query(iface);
    if (out)
        *out = (D3D11_QUERY_DESC){query->desc.Query, query->desc.MiscFlags};
}

QUERY_METHOD(void, GetDesc1)(QUERY, D3D11_QUERY_DESC1 *out)
{
    if (out)
        *out = from_query(iface)->desc;
}

const ID3D11Query1Vtbl d3d11_query_vtbl = {
    .QueryInterface = d3d11_query_QueryInterface,
    CHILD_SLOTS(d3d11_query),
    .GetDataSize = d3d11_query_GetDataSize,
    .GetDesc = d3d11_query_GetDesc,
    .GetDesc1 = d3d11_query_GetDesc1,
};

static void query_destroy(struct d3d11_child *child)
{
    d3d11_child_finish(child);
    free(container_of(child, struct d3d11_query, child));
}

static enum ist_status check_desc(const D3D11_QUERY_DESC1 *desc)
{
    if ((UINT)desc->Query > (UINT)D3D11_QUERY_SO_OVERFLOW_PREDICATE_STREAM3)
        return refuse(IST_BAD_ARG, "Query %u is none of 0 .. 15", desc->Query);
    if (desc->Query != D3D11_QUERY_EVENT) {
        log_once(LOG_WARN, "d3d11", "queries other than D3D11_QUERY_EVENT are not offered");
        return answer(IST_NOT_SUPPORTED,
                      "Query %u would measure drawing or time: D3D11_QUERY_EVENT 0 is offered",
                      desc->Query);
    }
    if (desc->MiscFlags)
        return refuse(IST_BAD_ARG, "MiscFlags 0x%x of an event query: 0 is right",
                      desc->MiscFlags);
    return IST_OK;
}

enum ist_status d3d11_query_create(struct d3d11_device *device, const D3D11_QUERY_DESC1 *desc,
                                   struct d3d11_query **out)
{
    enum ist_status status = check_desc(desc);
    if (status != IST_OK || !out)
        return status;

    struct d3d11_query *query = calloc(1, sizeof(*query));
    if (!query)
        return refuse(IST_NO_MEMORY, "no memory for a query");
    query->ID3D11Query1_iface.lpVtbl = &d3d11_query_vtbl;
    query->desc = *desc;
    atomic_init(&query->issued, 0);
    d3d11_child_init(&query->child, device, query_destroy);
    *out = query;
    return IST_OK;
}
