/* SPDX-License-Identifier: MIT */
/* From core's statuses to HRESULTs: the one place of this front that does it. */
#ifndef ISTHMUS_D3D11_CONVERT_H
#define ISTHMUS_D3D11_CONVERT_H

#include "core/status.h"
#include "d3d11/d3d11.h"

static inline HRESULT d3d11_result(enum ist_status status)
{
    return (HRESULT)status_codes(status)->hresult;
}

/*
 * For the few answers that no status stands for, such as E_NOINTERFACE beside a reason of its
 * own: `hr` is returned as it is, and status_reason() tells why.
 */
static inline HRESULT d3d11_because(enum ist_status status, HRESULT hr)
{
    (void)status;
    return hr;
}

#endif
