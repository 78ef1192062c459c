/* SPDX-License-Identifier: MIT */
/*
 * What is asked of D3D11 and DXGI objects, each with one reference more for the time of the
 * call: nothing here keeps an object.
 */
#ifndef ISTHMUS_INTEROP_COM_H
#define ISTHMUS_INTEROP_COM_H

#include "interop/theirs.h"

#include "core/status.h"

#include <isthmus/interop.h>

/*
 * QueryInterface with a sentence. `wanted` says what the pointer should have been.
 * IST_NO_INTERFACE, IST_BAD_POINTER.
 */
enum ist_status com_query(void *object, const GUID *iid, const char *wanted, void **out)
    MUST_CHECK;

/* Releases what a local holds, for _cleanup_. */
void com_releasep(void *object);

/* IIDs, so that no library of GUIDs is needed. */
extern const GUID com_iid_resource, com_iid_dxgi_resource, com_iid_dxgi_resource1,
    com_iid_dxgi_device, com_iid_fence, com_iid_device, com_iid_context;

enum ist_status com_describe(ID3D11Resource *resource, struct ist_resource_desc *out)
    MUST_CHECK;

/* The usage of a resource that com_describe() accepts. */
D3D11_USAGE com_usage(ID3D11Resource *resource);

/* Whether resource and context are of one device. IST_WRONG_DEVICE. */
enum ist_status com_check_context(ID3D11DeviceContext *context, ID3D11Resource *resource)
    MUST_CHECK;

/* LowPart and HighPart of the adapter, as CUDA shows them. */
enum ist_status com_adapter_luid(IDXGIAdapter *adapter, uint8_t out[8]) MUST_CHECK;
enum ist_status com_device_luid(ID3D11Device *device, uint8_t out[8]) MUST_CHECK;

/*
 * A new NT handle, to be closed, that keeps `name` alive if there is one; a KMT number, never.
 * Both IST_BAD_ARG if not shared so.
 */
enum ist_status com_resource_handle(ID3D11Resource *resource, const wchar_t *name, HANDLE *out)
    MUST_CHECK;
enum ist_status com_resource_number(ID3D11Resource *resource, HANDLE *out) MUST_CHECK;
enum ist_status com_fence_handle(ID3D11Fence *fence, const wchar_t *name, HANDLE *out)
    MUST_CHECK;
enum ist_status com_fence_luid(ID3D11Fence *fence, uint8_t out[8]) MUST_CHECK;

#endif
