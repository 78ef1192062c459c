/* SPDX-License-Identifier: MIT */
/*
 * ID3D11Multithread on the device. Documentation has it on the context, but its IID is that of
 * ID3D10Multithread, for which programs ask the device. Both faces show one setting and one
 * lock.
 */
#include "d3d11/context.h"
#include "d3d11/device.h"

#define MT_METHOD(type, name) static type STDMETHODCALLTYPE d3d11_device_multithread_##name
#define MT ID3D11Multithread *iface

static struct d3d11_device *from_multithread(ID3D11Multithread *iface)
{
    assert(iface->lpVtbl == &d3d11_device_multithread_vtbl);
    return container_of(iface, struct d3d11_device, ID3D11Multithread_iface);
}

MT_METHOD(HRESULT, QueryInterface)(MT, REFIID iid, void **out)
{
    return d3d11_device_query(from_multithread(iface), iid, out);
}

MT_METHOD(ULONG, AddRef)(MT)
{
    return d3d11_device_addref(from_multithread(iface));
}

MT_METHOD(ULONG, Release)(MT)
{
    return d3d11_device_release(from_multithread(iface));
}

MT_METHOD(void, Enter)(MT)
{
    d3d11_context_enter(from_multithread(iface)->context);
}

MT_METHOD(void, Leave)(MT)
{
    d3d11_context_leave(from_multithread(iface)->context);
}

MT_METHOD(WINBOOL, SetMultithreadProtected)(MT, WINBOOL protect)
{
    return d3d11_context_set_protected(from_multithread(iface)->context, protect != FALSE);
}

MT_METHOD(WINBOOL, GetMultithreadProtected)(MT)
{
    return d3d11_context_get_protected(from_multithread(iface)->context);
}

const ID3D11MultithreadVtbl d3d11_device_multithread_vtbl = {
    .QueryInterface = d3d11_device_multithread_QueryInterface,
    .AddRef = d3d11_device_multithread_AddRef,
    .Release = d3d11_device_multithread_Release,
    .Enter = d3d11_device_multithread_Enter,
    .Leave = d3d11_device_multithread_Leave,
    .SetMultithreadProtected = d3d11_device_multithread_SetMultithreadProtected,
    .GetMultithreadProtected = d3d11_device_multithread_GetMultithreadProtected,
};
