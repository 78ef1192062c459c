/* SPDX-License-Identifier: MIT */
/*
 * What the tests of sharing have in common: "tex" of the case list (RGBA8, 256 x 256, one
 * level, USAGE_DEFAULT, a shader resource), its handles, and whether two objects show the same
 * bytes.
 */
#ifndef ISTHMUS_TEST_SHARE_RIG_H
#define ISTHMUS_TEST_SHARE_RIG_H

#include "context_rig.h"

#include <dxgi1_6.h>

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NTHANDLE ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define UNTOUCHED ((void *)(uintptr_t)0xdeadbeef)

static inline D3D11_TEXTURE2D_DESC tex_desc(UINT misc)
{
    return (D3D11_TEXTURE2D_DESC){
        .Width = 256,
        .Height = 256,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = misc,
    };
}

/* What CreateTexture2D answers; nothing is left. The out pointer must be NULL on failure. */
static inline HRESULT try_texture(ID3D11Device *device, const D3D11_TEXTURE2D_DESC *desc)
{
    ID3D11Texture2D *texture = (ID3D11Texture2D *)UNTOUCHED;
    HRESULT hr = ID3D11Device_CreateTexture2D(device, desc, NULL, &texture);
    if (hr == S_OK)
        CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    else
        CHECK_PTR_EQ(texture, NULL);
    return hr;
}

static inline ID3D11Texture2D *new_texture(const struct rig *rig, UINT misc)
{
    D3D11_TEXTURE2D_DESC desc = tex_desc(misc);
    ID3D11Texture2D *texture = NULL;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig->device, &desc, NULL, &texture), S_OK);
    return texture;
}

/* The interface of an object; the reference is dropped when the object is. */
static inline void *query(void *object, REFIID iid)
{
    void *found = NULL;
    CHECK_EQ(IUnknown_QueryInterface((IUnknown *)object, iid, &found), S_OK);
    return found;
}

static inline HANDLE kmt_handle(void *resource)
{
    IDXGIResource *dxgi = query(resource, &IID_IDXGIResource);
    HANDLE handle = NULL;
    CHECK_EQ(IDXGIResource_GetSharedHandle(dxgi, &handle), S_OK);
    IDXGIResource_Release(dxgi);
    return handle;
}

static inline HRESULT try_nt_handle(void *resource, const WCHAR *name, HANDLE *out)
{
    IDXGIResource1 *dxgi = query(resource, &IID_IDXGIResource1);
    HRESULT hr = IDXGIResource1_CreateSharedHandle(
        dxgi, NULL, DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE, name, out);
    IDXGIResource1_Release(dxgi);
    return hr;
}

static inline HANDLE nt_handle(void *resource, const WCHAR *name)
{
    HANDLE handle = NULL;
    CHECK_EQ(try_nt_handle(resource, name, &handle), S_OK);
    return handle;
}

static inline ID3D11Texture2D *open_kmt(const struct rig *rig, HANDLE handle)
{
    ID3D11Texture2D *texture = NULL;
    CHECK_EQ(ID3D11Device5_OpenSharedResource(rig->device5, handle, &IID_ID3D11Texture2D,
                                              (void **)&texture),
             S_OK);
    return texture;
}

static inline ID3D11Texture2D *open_nt(const struct rig *rig, HANDLE handle)
{
    ID3D11Texture2D *texture = NULL;
    CHECK_EQ(ID3D11Device5_OpenSharedResource1(rig->device5, handle, &IID_ID3D11Texture2D,
                                               (void **)&texture),
             S_OK);
    return texture;
}

/* What a failing open answers; the out pointer must be NULL. */
static inline HRESULT fail_kmt(const struct rig *rig, HANDLE handle, REFIID iid)
{
    void *found = UNTOUCHED;
    HRESULT hr = ID3D11Device5_OpenSharedResource(rig->device5, handle, iid, &found);
    CHECK_PTR_EQ(found, NULL);
    return hr;
}

static inline HRESULT fail_nt(const struct rig *rig, HANDLE handle, REFIID iid)
{
    void *found = UNTOUCHED;
    HRESULT hr = ID3D11Device5_OpenSharedResource1(rig->device5, handle, iid, &found);
    CHECK_PTR_EQ(found, NULL);
    return hr;
}

/* All of "tex" as one pattern, through the context of `rig`; the context is idle afterwards. */
static inline void write_tex(const struct rig *rig, ID3D11Texture2D *texture, unsigned seed)
{
    static unsigned char data[256 * 256 * 4];
    fill_pattern(data, sizeof(data), seed);
    ID3D11DeviceContext_UpdateSubresource(rig->context, (ID3D11Resource *)texture, 0, NULL,
                                          data, 256 * 4, 0);
    ID3D11DeviceContext_Flush(rig->context);
}

static inline void check_tex(const struct rig *rig, ID3D11Texture2D *texture, unsigned seed)
{
    static unsigned char found[256 * 256 * 4], wanted[256 * 256 * 4];
    ID3D11Resource *staging =
        rig_texture2d(rig, KIND_STAGING, DXGI_FORMAT_R8G8B8A8_UNORM, 256, 256, 1, 1);
    fill_pattern(wanted, sizeof(wanted), seed);
    ID3D11DeviceContext_CopyResource(rig->context, staging, (ID3D11Resource *)texture);
    rig_read(rig, staging, 0, found, 256 * 4, 256, 1);
    CHECK_MEM(found, wanted, sizeof(wanted));
    release(staging);
}

/* How many references an object has; takes and gives one back. */
static inline ULONG refs_of(void *object)
{
    IUnknown_AddRef((IUnknown *)object);
    return IUnknown_Release((IUnknown *)object);
}

#endif
