/* SPDX-License-Identifier: MIT */
/*
 * Event queries: End() notes what the context has submitted so far, GetData() asks whether that
 * is done. Other kinds of query would measure drawing; they are refused at creation.
 */
#ifndef ISTHMUS_D3D11_QUERY_H
#define ISTHMUS_D3D11_QUERY_H

#include "d3d11/child.h"
#include "d3d11/device.h"

struct d3d11_query {
    struct d3d11_child child;
    ID3D11Query1 ID3D11Query1_iface;
    D3D11_QUERY_DESC1 desc;
    /* End() stores, GetData() loads: the ticket (queue.h) plus 1; 0 before the first End(). */
    _Atomic uint64_t issued;
};

extern const ID3D11Query1Vtbl d3d11_query_vtbl;

/* Checked: one of ours, else the program stops here. NULL gives NULL. */
static inline struct d3d11_query *impl_from_ID3D11Asynchronous(ID3D11Asynchronous *iface)
{
    if (!iface)
        return NULL;
    assert((const void *)iface->lpVtbl == (const void *)&d3d11_query_vtbl);
    return container_of((ID3D11Query1 *)iface, struct d3d11_query, ID3D11Query1_iface);
}

/* IST_NOT_SUPPORTED for all but events. `out` NULL: only checks. */
enum ist_status d3d11_query_create(struct d3d11_device *device, const D3D11_QUERY_DESC1 *desc,
                                   struct d3d11_query **out) MUST_CHECK;

#endif
