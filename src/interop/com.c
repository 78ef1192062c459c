/* SPDX-License-Identifier: MIT */
/*
 * Public methods through the objects' own tables, so that any implementation will do. The
 * objects come from a program: what a pointer is said to be is asked first. No state.
 */
#include "interop/com.h"

#include "interop/calls.h"

#include <string.h>

/* Microsoft's published numbers. */
const GUID com_iid_resource = {0xdc8e63f3,
                               0xd12b,
                               0x4952,
                               {0xb4, 0x7b, 0x5e, 0x45, 0x02, 0x6a, 0x86, 0x2d}};
const GUID com_iid_dxgi_resource = {0x035f3ab4,
                                    0x482e,
                                    0x4e50,
                                    {0xb4, 0x1f, 0x8a, 0x7f, 0x8b, 0xd8, 0x96, 0x0b}};
const GUID com_iid_dxgi_resource1 = {0x30961379,
                                     0x4609,
                                     0x4a41,
                                     {0x99, 0x8e, 0x54, 0xfe, 0x56, 0x7e, 0xe0, 0xc1}};
const GUID com_iid_dxgi_device = {0x54ec77fa,
                                  0x1377,
                                  0x44e6,
                                  {0x8c, 0x32, 0x88, 0xfd, 0x5f, 0x44, 0xc8, 0x4c}};
const GUID com_iid_fence = {0xaffde9d1,
                            0x1df7,
                            0x4bb7,
                            {0x8a, 0x34, 0x0f, 0x46, 0x25, 0x1d, 0xab, 0x80}};
const GUID com_iid_device = {0xdb6f6ddb,
                             0xac77,
                             0x4e88,
                             {0x82, 0x53, 0x81, 0x9d, 0xf9, 0xbb, 0xf1, 0x40}};
const GUID com_iid_context = {0xc0bfa96c,
                              0xe089,
                              0x44fb,
                              {0x8e, 0xaf, 0x26, 0xf8, 0x79, 0x61, 0x90, 0xda}};
static const GUID iid_unknown = {0, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

enum ist_status com_query(void *object, const GUID *iid, const char *wanted, void **out)
{
    void *found = NULL;
    if (!object)
        return refuse(IST_BAD_POINTER, "the %s is NULL", wanted);
    HRESULT hr = IUnknown_QueryInterface((IUnknown *)object, iid, &found);
    if (FAILED(hr) || !found)
        return refuse(IST_NO_INTERFACE,
                      "object %p is no %s: QueryInterface answered 0x%08x; an interface "
                      "pointer of another kind was passed",
                      object, wanted, (unsigned)hr);
    *out = found;
    return IST_OK;
}

void com_releasep(void *object)
{
    IUnknown *held = *(IUnknown **)object;
    if (held)
        IUnknown_Release(held);
}

static void describe_buffer(ID3D11Resource *resource, struct ist_resource_desc *out)
{
    D3D11_BUFFER_DESC desc;
    ID3D11Buffer_GetDesc((ID3D11Buffer *)resource, &desc);
    out->width = desc.ByteWidth;
    out->bind_flags = desc.BindFlags;
    out->misc_flags = desc.MiscFlags;
}

static void describe_1d(ID3D11Resource *resource, struct ist_resource_desc *out)
{
    D3D11_TEXTURE1D_DESC desc;
    ID3D11Texture1D_GetDesc((ID3D11Texture1D *)resource, &desc);
    out->width = desc.Width;
    out->levels = desc.MipLevels;
    out->slices = desc.ArraySize;
    out->format = desc.Format;
    out->bind_flags = desc.BindFlags;
    out->misc_flags = desc.MiscFlags;
}

static void describe_2d(ID3D11Resource *resource, struct ist_resource_desc *out)
{
    D3D11_TEXTURE2D_DESC desc;
    ID3D11Texture2D_GetDesc((ID3D11Texture2D *)resource, &desc);
    out->width = desc.Width;
    out->height = desc.Height;
    out->levels = desc.MipLevels;
    out->slices = desc.ArraySize;
    out->samples = desc.SampleDesc.Count;
    out->format = desc.Format;
    out->bind_flags = desc.BindFlags;
    out->misc_flags = desc.MiscFlags;
}

static void describe_3d(ID3D11Resource *resource, struct ist_resource_desc *out)
{
    D3D11_TEXTURE3D_DESC desc;
    ID3D11Texture3D_GetDesc((ID3D11Texture3D *)resource, &desc);
    out->width = desc.Width;
    out->height = desc.Height;
    out->depth = desc.Depth;
    out->levels = desc.MipLevels;
    out->format = desc.Format;
    out->bind_flags = desc.BindFlags;
    out->misc_flags = desc.MiscFlags;
}

/* GetType() tells which table a resource has: each dimension extends ID3D11Resource's. */
static enum ist_status describe_shape(ID3D11Resource *resource, struct ist_resource_desc *out)
{
    D3D11_RESOURCE_DIMENSION dimension = D3D11_RESOURCE_DIMENSION_UNKNOWN;
    ID3D11Resource_GetType(resource, &dimension);
    out->dimension = dimension;
    switch ((int)dimension) {
    case D3D11_RESOURCE_DIMENSION_BUFFER: describe_buffer(resource, out); return IST_OK;
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D: describe_1d(resource, out); return IST_OK;
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D: describe_2d(resource, out); return IST_OK;
    case D3D11_RESOURCE_DIMENSION_TEXTURE3D: describe_3d(resource, out); return IST_OK;
    default: return refuse(IST_BAD_ARG, "a resource of dimension %d", (int)dimension);
    }
}

enum ist_status com_describe(ID3D11Resource *resource, struct ist_resource_desc *out)
{
    _cleanup_(com_releasep) ID3D11Resource *own = NULL;
    _cleanup_(com_releasep) ID3D11Device *device = NULL;
    struct ist_resource_desc desc = {.struct_size = sizeof(desc), .has_luid = 1};
    enum ist_status status =
        com_query(resource, &com_iid_resource, "ID3D11Resource", (void **)&own);
    if (status == IST_OK)
        status = describe_shape(own, &desc);
    if (status != IST_OK)
        return status;
    ID3D11Resource_GetDevice(own, &device);
    status = com_device_luid(device, desc.luid);
    if (status == IST_OK)
        *out = desc;
    return status;
}

D3D11_USAGE com_usage(ID3D11Resource *resource)
{
    D3D11_RESOURCE_DIMENSION dimension = D3D11_RESOURCE_DIMENSION_UNKNOWN;
    union {
        D3D11_BUFFER_DESC buffer;
        D3D11_TEXTURE1D_DESC one;
        D3D11_TEXTURE2D_DESC two;
        D3D11_TEXTURE3D_DESC three;
    } desc;
    ID3D11Resource_GetType(resource, &dimension);
    switch ((int)dimension) {
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D:
        ID3D11Texture1D_GetDesc((ID3D11Texture1D *)resource, &desc.one);
        return desc.one.Usage;
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        ID3D11Texture2D_GetDesc((ID3D11Texture2D *)resource, &desc.two);
        return desc.two.Usage;
    case D3D11_RESOURCE_DIMENSION_TEXTURE3D:
        ID3D11Texture3D_GetDesc((ID3D11Texture3D *)resource, &desc.three);
        return desc.three.Usage;
    default:
        ID3D11Buffer_GetDesc((ID3D11Buffer *)resource, &desc.buffer);
        return desc.buffer.Usage;
    }
}

/* Only IUnknown's pointers tell whether two objects are one. */
enum ist_status com_check_context(ID3D11DeviceContext *context, ID3D11Resource *resource)
{
    _cleanup_(com_releasep) ID3D11Device *of_context = NULL, *of_resource = NULL;
    _cleanup_(com_releasep) IUnknown *one = NULL, *two = NULL;
    ID3D11DeviceContext_GetDevice(context, &of_context);
    ID3D11Resource_GetDevice(resource, &of_resource);
    enum ist_status status =
        com_query(of_context, &iid_unknown, "device of the context", (void **)&one);
    if (status == IST_OK)
        status = com_query(of_resource, &iid_unknown, "device of the resource", (void **)&two);
    if (status == IST_OK && one != two)
        return refuse(IST_WRONG_DEVICE, "the context is of another device than the resource");
    return status;
}

enum ist_status com_adapter_luid(IDXGIAdapter *adapter, uint8_t out[8])
{
    DXGI_ADAPTER_DESC desc;
    enum ist_status status = COM("IDXGIAdapter::GetDesc", IDXGIAdapter_GetDesc(adapter, &desc));
    if (status == IST_OK) {
        memcpy(out, &desc.AdapterLuid.LowPart, 4);
        memcpy(out + 4, &desc.AdapterLuid.HighPart, 4);
    }
    return status;
}

enum ist_status com_device_luid(ID3D11Device *device, uint8_t out[8])
{
    _cleanup_(com_releasep) IDXGIDevice *dxgi = NULL;
    _cleanup_(com_releasep) IDXGIAdapter *adapter = NULL;
    enum ist_status status =
        com_query(device, &com_iid_dxgi_device, "ID3D11Device", (void **)&dxgi);
    if (status == IST_OK)
        status = COM("IDXGIDevice::GetAdapter", IDXGIDevice_GetAdapter(dxgi, &adapter));
    if (status == IST_OK)
        status = com_adapter_luid(adapter, out);
    return status;
}

enum ist_status com_resource_handle(ID3D11Resource *resource, const wchar_t *name, HANDLE *out)
{
    _cleanup_(com_releasep) IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    enum ist_status status =
        com_query(resource, &com_iid_dxgi_resource1, "IDXGIResource1", (void **)&dxgi);
    if (status == IST_OK)
        status = COM("IDXGIResource1::CreateSharedHandle",
                     IDXGIResource1_CreateSharedHandle(dxgi, NULL,
                                                       DXGI_SHARED_RESOURCE_READ |
                                                           DXGI_SHARED_RESOURCE_WRITE,
                                                       name, &handle));
    if (status == IST_OK && !handle)
        status = refuse(IST_BAD_HANDLE, "IDXGIResource1::CreateSharedHandle gave no handle");
    if (status == IST_OK)
        *out = handle;
    return status;
}

enum ist_status com_resource_number(ID3D11Resource *resource, HANDLE *out)
{
    _cleanup_(com_releasep) IDXGIResource *dxgi = NULL;
    HANDLE number = NULL;
    enum ist_status status =
        com_query(resource, &com_iid_dxgi_resource, "IDXGIResource", (void **)&dxgi);
    if (status == IST_OK)
        status =
            COM("IDXGIResource::GetSharedHandle", IDXGIResource_GetSharedHandle(dxgi, &number));
    if (status == IST_OK && !number)
        status = refuse(IST_BAD_HANDLE, "IDXGIResource::GetSharedHandle gave no handle: the "
                                        "resource is not shared");
    if (status == IST_OK)
        *out = number;
    return status;
}

/* The fence's own adapter, to compare with CUDA's device. */
enum ist_status com_fence_luid(ID3D11Fence *fence, uint8_t out[8])
{
    _cleanup_(com_releasep) ID3D11Device *device = NULL;
    ID3D11Fence_GetDevice(fence, &device);
    return com_device_luid(device, out);
}

enum ist_status com_fence_handle(ID3D11Fence *fence, const wchar_t *name, HANDLE *out)
{
    HANDLE handle = NULL;
    interop_before();
    HRESULT hr = ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, name, &handle);
    if (hr == E_INVALIDARG)
        return refuse(IST_BAD_ARG, "ID3D11Fence::CreateSharedHandle answered 0x80070057: only "
                                   "a fence made with D3D11_FENCE_FLAG_SHARED (0x2) has one");
    enum ist_status status = interop_com("ID3D11Fence::CreateSharedHandle", hr);
    if (status == IST_OK)
        *out = handle;
    return status;
}
