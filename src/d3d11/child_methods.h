/* SPDX-License-Identifier: MIT */
/*
 * The methods that COM repeats in each vtable, generated for one interface at a time. Each
 * finds the object by the interface's checked downcast; CHILD is the expression that gives its
 * d3d11_child.
 */
#ifndef ISTHMUS_D3D11_CHILD_METHODS_H
#define ISTHMUS_D3D11_CHILD_METHODS_H

#include "d3d11/child.h"

/* AddRef, Release and private data: for ID3D11DeviceChild and IDXGIDeviceSubObject alike. */
#define CHILD_METHODS_COMMON(prefix, type, CHILD)                                             \
    static ULONG STDMETHODCALLTYPE prefix##_AddRef(type *iface)                               \
    {                                                                                         \
        return d3d11_child_addref(CHILD);                                                     \
    }                                                                                         \
    static ULONG STDMETHODCALLTYPE prefix##_Release(type *iface)                              \
    {                                                                                         \
        return d3d11_child_release(CHILD);                                                    \
    }                                                                                         \
    static HRESULT STDMETHODCALLTYPE prefix##_GetPrivateData(type *iface, REFGUID guid,       \
                                                             UINT *size, void *data)          \
    {                                                                                         \
        return private_data_get(&(CHILD)->data, guid, size, data);                            \
    }                                                                                         \
    static HRESULT STDMETHODCALLTYPE prefix##_SetPrivateData(type *iface, REFGUID guid,       \
                                                             UINT size, const void *data)     \
    {                                                                                         \
        return private_data_set(&(CHILD)->data, guid, size, data);                            \
    }                                                                                         \
    static HRESULT STDMETHODCALLTYPE prefix##_SetPrivateDataInterface(type *iface,            \
                                                                      REFGUID guid,           \
                                                                      const IUnknown *object) \
    {                                                                                         \
        return private_data_set_interface(&(CHILD)->data, guid, object);                      \
    }

#define D3D11_CHILD_METHODS(prefix, type, CHILD)                                      \
    CHILD_METHODS_COMMON(prefix, type, CHILD)                                         \
    static void STDMETHODCALLTYPE prefix##_GetDevice(type *iface, ID3D11Device **out) \
    {                                                                                 \
        d3d11_child_get_device(CHILD, out);                                           \
    }

/* In DXGI, the parent of what a device made is the device. */
#define DXGI_CHILD_METHODS(prefix, type, CHILD)                                              \
    CHILD_METHODS_COMMON(prefix, type, CHILD)                                                \
    static HRESULT STDMETHODCALLTYPE prefix##_GetParent(type *iface, REFIID iid, void **out) \
    {                                                                                        \
        return d3d11_child_query_device(CHILD, iid, out);                                    \
    }                                                                                        \
    static HRESULT STDMETHODCALLTYPE prefix##_GetDevice(type *iface, REFIID iid, void **out) \
    {                                                                                        \
        return d3d11_child_query_device(CHILD, iid, out);                                    \
    }

#define CHILD_SLOTS(prefix)                                                               \
    .AddRef = prefix##_AddRef, .Release = prefix##_Release,                               \
    .GetPrivateData = prefix##_GetPrivateData, .SetPrivateData = prefix##_SetPrivateData, \
    .SetPrivateDataInterface = prefix##_SetPrivateDataInterface,                          \
    .GetDevice = prefix##_GetDevice

#endif
