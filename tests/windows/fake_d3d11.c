/* SPDX-License-Identifier: MIT */
/*
 * D3D11 and DXGI: d3d11.dll. One object of each kind; references of all of them are counted
 * together. Slots that interop has no business with are NULL, so that a call of one is seen.
 */
#include <initguid.h>

#include "fake.h"

#include <string.h>

static struct {
    ID3D11Resource resource;
    IDXGIResource1 dxgi;
    ID3D11Fence fence;
    IDXGIKeyedMutex mutex;
    ID3D11Device device;
    IDXGIDevice dxgi_device;
    IDXGIAdapter adapter;
    IDXGIFactory factory;
    unsigned dimension;
    enum fake_family family;
    bool keyed, fence_shared;
    HRESULT acquire_answers;
} o;

static ULONG add_ref(void)
{
    fake_count(FAKE_REFS, 1);
    return 2;
}

static ULONG STDMETHODCALLTYPE AddRef(IUnknown *This)
{
    return This ? add_ref() : 0;
}

static ULONG STDMETHODCALLTYPE Release(IUnknown *This)
{
    fake_count(FAKE_REFS, -1);
    return This ? 1 : 0;
}

/* Which interface of the same object an IID names; NULL: none. */
static void *interface_of(void *object, REFIID riid)
{
    bool resource = object == &o.resource;
    if (resource && IsEqualGUID(riid, &IID_ID3D11Resource))
        return &o.resource;
    if (resource &&
        (IsEqualGUID(riid, &IID_IDXGIResource) || IsEqualGUID(riid, &IID_IDXGIResource1)))
        return &o.dxgi;
    if (object == &o.fence && IsEqualGUID(riid, &IID_ID3D11Fence))
        return &o.fence;
    if (object == &o.device && IsEqualGUID(riid, &IID_IDXGIDevice))
        return &o.dxgi_device;
    return NULL;
}

static HRESULT STDMETHODCALLTYPE QueryInterface(IUnknown *This, REFIID riid, void **out)
{
    void *found = interface_of(This, riid);
    *out = NULL;
    if (fake_called("QueryInterface") || !found)
        return E_NOINTERFACE;
    add_ref();
    *out = found;
    return S_OK;
}

static void STDMETHODCALLTYPE GetDevice(ID3D11DeviceChild *This, ID3D11Device **out)
{
    *out = This ? &o.device : NULL;
    add_ref();
}

static void STDMETHODCALLTYPE GetType(ID3D11Resource *This, D3D11_RESOURCE_DIMENSION *out)
{
    *out = This ? (D3D11_RESOURCE_DIMENSION)o.dimension : D3D11_RESOURCE_DIMENSION_UNKNOWN;
}

static UINT misc_flags(void)
{
    UINT sharing = o.keyed ? D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX : D3D11_RESOURCE_MISC_SHARED;
    if (o.family == FAKE_UNSHARED)
        return 0;
    return o.family == FAKE_NT ? sharing | D3D11_RESOURCE_MISC_SHARED_NTHANDLE : sharing;
}

/* All four tables have GetDesc in the same slot, so one method serves them. */
static void STDMETHODCALLTYPE GetDesc(ID3D11Texture2D *This, D3D11_TEXTURE2D_DESC *out)
{
    D3D11_BUFFER_DESC buffer = {.ByteWidth = 512, .MiscFlags = misc_flags()};
    D3D11_TEXTURE1D_DESC one = {32, 2, 3, DXGI_FORMAT_R32_FLOAT, 0, 0, 0, misc_flags()};
    D3D11_TEXTURE2D_DESC two = {
        .Width = 64,
        .Height = 16,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_B8G8R8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_RENDER_TARGET | D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = misc_flags(),
    };
    D3D11_TEXTURE3D_DESC three = {8,
                                  8,
                                  4,
                                  1,
                                  DXGI_FORMAT_R16G16_UINT,
                                  D3D11_USAGE_DEFAULT,
                                  D3D11_BIND_UNORDERED_ACCESS,
                                  0,
                                  misc_flags()};
    if (!This || o.dimension == D3D11_RESOURCE_DIMENSION_BUFFER)
        memcpy(out, &buffer, sizeof(buffer));
    else if (o.dimension == D3D11_RESOURCE_DIMENSION_TEXTURE1D)
        memcpy(out, &one, sizeof(one));
    else if (o.dimension == D3D11_RESOURCE_DIMENSION_TEXTURE2D)
        memcpy(out, &two, sizeof(two));
    else
        memcpy(out, &three, sizeof(three));
}

static HRESULT STDMETHODCALLTYPE GetSharedHandle(IDXGIResource1 *This, HANDLE *out)
{
    if (fake_called("GetSharedHandle") || !This || o.family == FAKE_NT)
        return E_INVALIDARG;
    *out = (HANDLE)(uintptr_t)0x40000102u;
    return S_OK;
}

static HRESULT new_handle(const WCHAR *name, bool fails, HANDLE *out)
{
    *out = NULL;
    if (fails || name)
        return E_INVALIDARG;
    *out = fake_new_handle();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE CreateSharedHandle(IDXGIResource1 *This,
                                                    const SECURITY_ATTRIBUTES *attributes,
                                                    DWORD access, const WCHAR *name,
                                                    HANDLE *out)
{
    bool fails = fake_called("CreateSharedHandle access 0x%x", (unsigned)access);
    return new_handle(name, fails || !This || attributes || o.family != FAKE_NT, out);
}

static HRESULT STDMETHODCALLTYPE fence_CreateSharedHandle(ID3D11Fence *This,
                                                          const SECURITY_ATTRIBUTES *attributes,
                                                          DWORD access, const WCHAR *name,
                                                          HANDLE *out)
{
    bool fails = fake_called("fence CreateSharedHandle access 0x%x", (unsigned)access);
    return new_handle(name, fails || !This || attributes || !o.fence_shared, out);
}

static HRESULT STDMETHODCALLTYPE AcquireSync(IDXGIKeyedMutex *This, UINT64 key, DWORD timeout)
{
    fake_note("AcquireSync key %llu%s", (unsigned long long)key,
              timeout == 0xffffffffu ? " for ever" : "");
    return This ? o.acquire_answers : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE ReleaseSync(IDXGIKeyedMutex *This, UINT64 key)
{
    fake_note("ReleaseSync key %llu", (unsigned long long)key);
    return This ? S_OK : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE GetAdapter(IDXGIDevice *This, IDXGIAdapter **out)
{
    if (fake_called("GetAdapter") || !This)
        return E_FAIL;
    *out = &o.adapter;
    add_ref();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE adapter_GetDesc(IDXGIAdapter *This, DXGI_ADAPTER_DESC *out)
{
    if (fake_called("adapter GetDesc") || !This)
        return E_FAIL;
    memset(out, 0, sizeof(*out));
    out->AdapterLuid.LowPart = 0x10;
    out->AdapterLuid.HighPart = 0x77;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE EnumAdapters(IDXGIFactory *This, UINT index,
                                              IDXGIAdapter **out)
{
    if (index || !This)
        return DXGI_ERROR_NOT_FOUND;
    *out = &o.adapter;
    add_ref();
    return S_OK;
}

/* Methods of another interface's type: the first parameter is a pointer in any case. */
#define AS(method) ((void *)(uintptr_t)(method))

static ID3D11Texture2DVtbl resource_table;
static IDXGIResource1Vtbl dxgi_table;
static ID3D11FenceVtbl fence_table;
static IDXGIKeyedMutexVtbl mutex_table;
static ID3D11DeviceVtbl device_table;
static IDXGIDeviceVtbl dxgi_device_table;
static IDXGIAdapterVtbl adapter_table;
static IDXGIFactoryVtbl factory_table;

#define UNKNOWN(table)                               \
    do {                                             \
        (table).QueryInterface = AS(QueryInterface); \
        (table).AddRef = AS(AddRef);                 \
        (table).Release = AS(Release);               \
    } while (0)

static void fill_tables(void)
{
    UNKNOWN(resource_table);
    UNKNOWN(dxgi_table);
    UNKNOWN(fence_table);
    UNKNOWN(mutex_table);
    UNKNOWN(device_table);
    UNKNOWN(dxgi_device_table);
    UNKNOWN(adapter_table);
    UNKNOWN(factory_table);
    resource_table.GetDevice = AS(GetDevice);
    resource_table.GetType = AS(GetType);
    resource_table.GetDesc = GetDesc;
    dxgi_table.GetSharedHandle = GetSharedHandle;
    dxgi_table.CreateSharedHandle = CreateSharedHandle;
    fence_table.GetDevice = AS(GetDevice);
    fence_table.CreateSharedHandle = fence_CreateSharedHandle;
    mutex_table.AcquireSync = AcquireSync;
    mutex_table.ReleaseSync = ReleaseSync;
    dxgi_device_table.GetAdapter = GetAdapter;
    adapter_table.GetDesc = adapter_GetDesc;
    factory_table.EnumAdapters = EnumAdapters;
}

static void fill(void)
{
    fill_tables();
    o.resource.lpVtbl = AS(&resource_table);
    o.dxgi.lpVtbl = &dxgi_table;
    o.fence.lpVtbl = &fence_table;
    o.mutex.lpVtbl = &mutex_table;
    o.device.lpVtbl = &device_table;
    o.dxgi_device.lpVtbl = &dxgi_device_table;
    o.adapter.lpVtbl = &adapter_table;
    o.factory.lpVtbl = &factory_table;
}

ID3D11Resource *fake_resource(unsigned dimension, enum fake_family family, bool keyed)
{
    fill();
    o.dimension = dimension;
    o.family = family;
    o.keyed = keyed;
    return &o.resource;
}

ID3D11Fence *fake_fence(bool shared)
{
    fill();
    o.fence_shared = shared;
    return &o.fence;
}

IDXGIKeyedMutex *fake_mutex(HRESULT acquire_answers)
{
    fill();
    o.acquire_answers = acquire_answers;
    return &o.mutex;
}

ID3D11Device *fake_device(void)
{
    fill();
    return &o.device;
}

IDXGIFactory *fake_factory(void)
{
    fill();
    return &o.factory;
}
