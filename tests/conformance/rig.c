/* SPDX-License-Identifier: MIT */
/* Devices, shared things and bytes for the cases; see rig.h. Holds no state of its own but the
 * count behind unique_name(), which the thread of the case uses. */
#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- A device ---- */

static void take_interfaces(struct rig *rig)
{
    rig->device1 = query(rig->device, &IID_ID3D11Device1);
    rig->device5 = query(rig->device, &IID_ID3D11Device5);
    rig->context4 = query(rig->context, &IID_ID3D11DeviceContext4);
    if (!rig->device5 || !rig->context4)
        conf_skip("the D3D11 here has no ID3D11Device5 and ID3D11DeviceContext4");
}

/* Without an adapter of ours the system's first one is taken. */
static HRESULT create_device(struct rig *rig, D3D_FEATURE_LEVEL level)
{
    IDXGIAdapter *adapter = rig_adapter();
    D3D_DRIVER_TYPE type = adapter ? D3D_DRIVER_TYPE_UNKNOWN : D3D_DRIVER_TYPE_HARDWARE;
    D3D_FEATURE_LEVEL got;
    memset(rig, 0, sizeof(*rig));
    HRESULT hr = D3D11CreateDevice(adapter, type, NULL, 0, &level, 1, D3D11_SDK_VERSION,
                                   &rig->device, &got, &rig->context);
    release(adapter);
    return hr;
}

void rig_open_level(struct rig *rig, D3D_FEATURE_LEVEL level)
{
    char reason[128];
    HRESULT hr = create_device(rig, level);
    if (hr != S_OK) {
        snprintf(reason, sizeof(reason),
                 "no D3D11 hardware device of feature level 0x%x: D3D11CreateDevice answers "
                 "0x%08x",
                 (unsigned)level, (unsigned)hr);
        conf_skip(reason);
    }
    take_interfaces(rig);
}

void rig_open(struct rig *rig)
{
    rig_open_level(rig, D3D_FEATURE_LEVEL_11_0);
}

void rig_close(struct rig *rig)
{
    release(rig->context4);
    release(rig->context);
    release(rig->device5);
    release(rig->device1);
    EXPECT_EQ(release(rig->device), 0);
}

/* ---- Things to share ---- */

D3D11_TEXTURE2D_DESC tex_desc(UINT misc)
{
    return (D3D11_TEXTURE2D_DESC){
        .Width = TEX_SIDE,
        .Height = TEX_SIDE,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = misc,
    };
}

D3D11_BUFFER_DESC buffer_desc(UINT bytes, UINT misc)
{
    return (D3D11_BUFFER_DESC){.ByteWidth = bytes, .MiscFlags = misc};
}

ID3D11Texture2D *rig_tex(const struct rig *rig, UINT misc)
{
    D3D11_TEXTURE2D_DESC desc = tex_desc(misc);
    ID3D11Texture2D *tex = NULL;
    EXPECT_HR(ID3D11Device_CreateTexture2D(rig->device, &desc, NULL, &tex), S_OK);
    return tex;
}

ID3D11Buffer *rig_buffer(const struct rig *rig, UINT bytes, UINT misc)
{
    D3D11_BUFFER_DESC desc = buffer_desc(bytes, misc);
    ID3D11Buffer *buffer = NULL;
    EXPECT_HR(ID3D11Device_CreateBuffer(rig->device, &desc, NULL, &buffer), S_OK);
    return buffer;
}

ID3D11Fence *rig_fence(const struct rig *rig, UINT64 value, UINT flags)
{
    ID3D11Fence *fence = NULL;
    EXPECT_HR(ID3D11Device5_CreateFence(rig->device5, value, (D3D11_FENCE_FLAG)flags,
                                        &IID_ID3D11Fence, (void **)&fence),
              S_OK);
    return fence;
}

/* ---- Handles ---- */

void *query(void *object, REFIID iid)
{
    void *found = NULL;
    if (!object)
        return NULL;
    EXPECT_HR(IUnknown_QueryInterface((IUnknown *)object, iid, &found), S_OK);
    return found;
}

HANDLE kmt_handle(void *resource)
{
    IDXGIResource *dxgi = query(resource, &IID_IDXGIResource);
    HANDLE handle = NULL;
    if (dxgi)
        EXPECT_HR(IDXGIResource_GetSharedHandle(dxgi, &handle), S_OK);
    release(dxgi);
    return handle;
}

HRESULT try_nt_handle(void *resource, const WCHAR *name, HANDLE *out)
{
    IDXGIResource1 *dxgi = query(resource, &IID_IDXGIResource1);
    if (!dxgi)
        return E_NOINTERFACE;
    HRESULT hr = IDXGIResource1_CreateSharedHandle(
        dxgi, NULL, DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE, name, out);
    release(dxgi);
    return hr;
}

HANDLE nt_handle(void *resource, const WCHAR *name)
{
    HANDLE handle = NULL;
    EXPECT_HR(try_nt_handle(resource, name, &handle), S_OK);
    return handle;
}

HANDLE fence_handle(ID3D11Fence *fence, const WCHAR *name)
{
    HANDLE handle = NULL;
    if (fence)
        EXPECT_HR(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, name, &handle),
                  S_OK);
    return handle;
}

static void *open_by_kmt(const struct rig *rig, HANDLE handle, REFIID iid)
{
    void *found = NULL;
    EXPECT_HR(ID3D11Device_OpenSharedResource(rig->device, handle, iid, &found), S_OK);
    return found;
}

static void *open_by_nt(const struct rig *rig, HANDLE handle, REFIID iid)
{
    void *found = NULL;
    EXPECT_HR(ID3D11Device1_OpenSharedResource1(rig->device1, handle, iid, &found), S_OK);
    return found;
}

ID3D11Texture2D *open_kmt(const struct rig *rig, HANDLE handle)
{
    return open_by_kmt(rig, handle, &IID_ID3D11Texture2D);
}

ID3D11Texture2D *open_nt(const struct rig *rig, HANDLE handle)
{
    return open_by_nt(rig, handle, &IID_ID3D11Texture2D);
}

ID3D11Buffer *open_kmt_buffer(const struct rig *rig, HANDLE handle)
{
    return open_by_kmt(rig, handle, &IID_ID3D11Buffer);
}

ID3D11Buffer *open_nt_buffer(const struct rig *rig, HANDLE handle)
{
    return open_by_nt(rig, handle, &IID_ID3D11Buffer);
}

ID3D11Fence *open_fence(const struct rig *rig, HANDLE handle)
{
    void *found = NULL;
    EXPECT_HR(ID3D11Device5_OpenSharedFence(rig->device5, handle, &IID_ID3D11Fence, &found),
              S_OK);
    return found;
}

IDXGIKeyedMutex *keyed_mutex(void *resource)
{
    return query(resource, &IID_IDXGIKeyedMutex);
}

void unique_name(WCHAR out[64], const char *word)
{
    static unsigned count;
    char text[64];
    size_t i = 0;
    snprintf(text, sizeof(text), "isthmus-%u-%u-%s", (unsigned)GetCurrentProcessId(), ++count,
             word);
    for (; text[i]; i++)
        out[i] = (WCHAR)text[i];
    out[i] = 0;
}

/* ---- Objects ---- */

ULONG release(void *object)
{
    return object ? IUnknown_Release((IUnknown *)object) : 0;
}

ULONG refs_of(void *object)
{
    IUnknown_AddRef((IUnknown *)object);
    return IUnknown_Release((IUnknown *)object);
}

/* ---- Events ---- */

HANDLE new_event(void)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    EXPECT_TRUE(event != NULL);
    return event;
}

bool event_is_set(HANDLE event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}
