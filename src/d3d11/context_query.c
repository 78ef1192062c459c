/* SPDX-License-Identifier: MIT */
/* Event queries: End() notes a ticket of the queue, GetData() asks whether it was reached. */
#include "d3d11/context_object.h"
#include "d3d11/query.h"

/* Tickets are numbers of one queue: another context must not read them. */
static enum ist_status check_query(const struct d3d11_context *context,
                                   const struct d3d11_query *query)
{
    if (!query)
        return refuse(IST_BAD_POINTER, "the query is NULL");
    if (query->child.device != context->device)
        return refuse(IST_WRONG_DEVICE, "the query is of another device");
    return IST_OK;
}

/* Events have an end only; Direct3D drops the call. */
void STDMETHODCALLTYPE d3d11_context_Begin(CTX, ID3D11Asynchronous *async)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    if (check_query(context, impl_from_ID3D11Asynchronous(async)) == IST_OK)
        (void)refuse(IST_BAD_CALL, "Begin of an event query: it has only End");
}

void STDMETHODCALLTYPE d3d11_context_End(CTX, ID3D11Asynchronous *async)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct d3d11_query *query = impl_from_ID3D11Asynchronous(async);
    CONTEXT_SERIALISE(context);
    if (check_query(context, query) == IST_OK)
        store_release(&query->issued, queue_ticket(context->queue) + 1);
}

/* As documented: the size is 0 or that of the answer. Never ended: nothing to wait for. */
static enum ist_status check_get_data(const struct d3d11_query *query, const void *data,
                                      UINT size, UINT flags)
{
    if (flags & ~(UINT)D3D11_ASYNC_GETDATA_DONOTFLUSH)
        return refuse(IST_BAD_ARG, "GetDataFlags 0x%x: only DONOTFLUSH (0x%x) is defined",
                      flags, D3D11_ASYNC_GETDATA_DONOTFLUSH);
    if (size != 0 && size != sizeof(BOOL))
        return refuse(IST_BAD_ARG, "DataSize %u: an event gives %zu bytes (0: no data)", size,
                      sizeof(BOOL));
    if (size != 0 && !data)
        return refuse(IST_BAD_POINTER, "pData is NULL and DataSize %u", size);
    if (!load_acquire(&query->issued))
        return refuse(IST_BAD_CALL, "GetData of a query that was never ended");
    return IST_OK;
}

/* Nothing waits for a flush here, so DONOTFLUSH changes nothing. */
HRESULT STDMETHODCALLTYPE d3d11_context_GetData(CTX, ID3D11Asynchronous *async, void *data,
                                                UINT size, UINT flags)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct d3d11_query *query = impl_from_ID3D11Asynchronous(async);
    CONTEXT_SERIALISE(context);
    enum ist_status status = check_query(context, query);
    if (status == IST_OK)
        status = check_get_data(query, data, size, flags);
    if (status != IST_OK)
        return d3d11_result(status);
    if (!queue_reached(context->queue, load_acquire(&query->issued) - 1))
        return S_FALSE;
    BOOL done = TRUE;
    if (size)
        memcpy(data, &done, sizeof(done)); /* the caller's memory need not be aligned */
    return S_OK;
}
