/* SPDX-License-Identifier: MIT */
/* Resources of D3D11: create, share, open, copy, map, lock, release. */
#include "monkey.h"

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NTHANDLE ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define UNKNOWN UINT32_MAX

struct shape {
    UINT dimension, width, height, depth, levels, slices;
    DXGI_FORMAT format;
};

static const struct shape shapes[] = {
    {0, 256, 0, 0, 1, 1, DXGI_FORMAT_UNKNOWN},
    {0, 4096, 0, 0, 1, 1, DXGI_FORMAT_UNKNOWN},
    {0, 65600, 0, 0, 1, 1, DXGI_FORMAT_UNKNOWN},
    {1, 64, 0, 0, 1, 1, DXGI_FORMAT_R32_FLOAT},
    {1, 32, 0, 0, 2, 3, DXGI_FORMAT_R8G8_UNORM},
    {2, 64, 64, 0, 1, 1, DXGI_FORMAT_R8G8B8A8_UNORM},
    {2, 64, 64, 0, 3, 1, DXGI_FORMAT_R8G8B8A8_UNORM},
    {2, 32, 32, 0, 1, 6, DXGI_FORMAT_R16G16_FLOAT},
    {2, 64, 32, 0, 1, 1, DXGI_FORMAT_BC1_UNORM},
    {2, 64, 64, 0, 1, 1, DXGI_FORMAT_NV12},
    {3, 16, 16, 8, 1, 1, DXGI_FORMAT_R32G32B32A32_UINT},
};

/* Mostly what is right, so that there is something to work with. */
static const UINT miscs[] = {0,     SHARED,           SHARED | NTHANDLE, SHARED | NTHANDLE,
                             KEYED, KEYED | NTHANDLE, SHARED | KEYED,    NTHANDLE};

static HRESULT create(const struct monkey_device *d, const struct shape *s, UINT misc,
                      D3D11_USAGE usage, void **out)
{
    UINT bind = usage == D3D11_USAGE_STAGING ? 0 : D3D11_BIND_SHADER_RESOURCE;
    UINT cpu = usage == D3D11_USAGE_STAGING   ? D3D11_CPU_ACCESS_READ | D3D11_CPU_ACCESS_WRITE
               : usage == D3D11_USAGE_DYNAMIC ? D3D11_CPU_ACCESS_WRITE
                                              : 0;
    D3D11_BUFFER_DESC buffer = {s->width, usage, bind, cpu, misc, 0};
    D3D11_TEXTURE1D_DESC one = {s->width, s->levels, s->slices, s->format,
                                usage,    bind,      cpu,       misc};
    D3D11_TEXTURE2D_DESC two = {s->width, s->height, s->levels, s->slices, s->format,
                                {1, 0},   usage,     bind,      cpu,       misc};
    D3D11_TEXTURE3D_DESC three = {s->width, s->height, s->depth, s->levels, s->format,
                                  usage,    bind,      cpu,      misc};
    switch (s->dimension) {
    case 0: return ID3D11Device_CreateBuffer(d->device, &buffer, NULL, (ID3D11Buffer **)out);
    case 1: return ID3D11Device_CreateTexture1D(d->device, &one, NULL, (ID3D11Texture1D **)out);
    case 2: return ID3D11Device_CreateTexture2D(d->device, &two, NULL, (ID3D11Texture2D **)out);
    default:
        return ID3D11Device_CreateTexture3D(d->device, &three, NULL, (ID3D11Texture3D **)out);
    }
}

static void do_create(struct worker *w)
{
    const struct shape *s = &shapes[below(&w->rng, sizeof(shapes) / sizeof(shapes[0]))];
    UINT misc = miscs[below(&w->rng, sizeof(miscs) / sizeof(miscs[0]))];
    bool plain = misc == 0 && s->levels * s->slices == 1;
    D3D11_USAGE usage = D3D11_USAGE_DEFAULT;
    if (plain && one_in(&w->rng, 2))
        usage = one_in(&w->rng, 2) ? D3D11_USAGE_STAGING : D3D11_USAGE_DYNAMIC;
    struct com com = {.device = below(&w->rng, DEVICES),
                      .misc = misc,
                      .width = s->dimension ? 0 : s->width,
                      .mapable = usage != D3D11_USAGE_DEFAULT};
    bool bad = misc == NTHANDLE || misc == (SHARED | KEYED);
    HRESULT hr = create(&world.devices[com.device], s, misc, usage, (void **)&com.object);
    ALLOW(w, hr, bad ? (uint32_t)E_INVALIDARG : (uint32_t)S_OK);
    if (hr == S_OK)
        com_release(com_swap(SLOT(w, resources), com));
}

static void do_release(struct worker *w)
{
    com_release(com_swap(SLOT(w, resources), (struct com){.object = NULL}));
}

static void do_share_nt(struct worker *w)
{
    struct com com = com_borrow(SLOT(w, resources));
    const WCHAR *name = pick_name(w);
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    if (!com.object)
        return;
    ALLOW(w, IUnknown_QueryInterface(com.object, &IID_IDXGIResource1, (void **)&dxgi), S_OK);
    HRESULT hr = IDXGIResource1_CreateSharedHandle(
        dxgi, NULL, DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE, name, &handle);
    if (com.misc == UNKNOWN)
        ALLOW(w, hr, S_OK, E_INVALIDARG, DXGI_ERROR_NAME_ALREADY_EXISTS);
    else if (!(com.misc & NTHANDLE))
        ALLOW(w, hr, E_INVALIDARG);
    else if (name)
        ALLOW(w, hr, S_OK, DXGI_ERROR_NAME_ALREADY_EXISTS);
    else
        ALLOW(w, hr, S_OK);
    MUST(w, (hr == S_OK) == (handle != NULL));
    if (handle)
        put_handle(w, handle);
    IDXGIResource1_Release(dxgi);
    com_release(com);
}

static void do_share_kmt(struct worker *w)
{
    struct com com = com_borrow(SLOT(w, resources));
    IDXGIResource *dxgi = NULL;
    HANDLE handle = NULL;
    if (!com.object)
        return;
    ALLOW(w, IUnknown_QueryInterface(com.object, &IID_IDXGIResource, (void **)&dxgi), S_OK);
    HRESULT hr = IDXGIResource_GetSharedHandle(dxgi, &handle);
    if (com.misc == UNKNOWN)
        ALLOW(w, hr, S_OK, E_INVALIDARG);
    else
        ALLOW(w, hr, com.misc & NTHANDLE ? (uint32_t)E_INVALIDARG : (uint32_t)S_OK);
    if (com.misc != UNKNOWN)
        MUST(w, (handle != NULL) == (com.misc == SHARED || com.misc == KEYED));
    if (handle)
        put_handle(w, handle);
    IDXGIResource_Release(dxgi);
    com_release(com);
}

static void do_open(struct worker *w)
{
    struct com com = {.device = below(&w->rng, DEVICES), .misc = UNKNOWN};
    ID3D11Device5 *device = world.devices[com.device].device5;
    HANDLE handle = (HANDLE)pick_handle(w);
    const WCHAR *name = pick_name(w);
    void *found = (void *)(uintptr_t)0x5678;
    HRESULT hr;
    switch (below(&w->rng, 3)) {
    case 0:
        hr = ID3D11Device5_OpenSharedResource(device, handle, &IID_ID3D11Resource, &found);
        break;
    case 1:
        hr = ID3D11Device5_OpenSharedResource1(device, handle, &IID_ID3D11Resource, &found);
        break;
    default:
        hr = ID3D11Device5_OpenSharedResourceByName(device, name, GENERIC_ALL,
                                                    &IID_ID3D11Resource, &found);
        break;
    }
    ALLOW(w, hr, S_OK, E_INVALIDARG, E_ACCESSDENIED, 0x80070002);
    MUST(w, hr == S_OK ? found != NULL : found == NULL);
    com.object = hr == S_OK ? found : NULL;
    if (com.object)
        com_release(com_swap(SLOT(w, resources), com));
}

/* Void methods: a mismatch is dropped. */
static void do_copy(struct worker *w)
{
    static const unsigned char bytes[1024 * 70];
    struct com dst = com_borrow(SLOT(w, resources)), src = com_borrow(SLOT(w, resources));
    if (options.wild && dst.object && src.object) {
        ID3D11DeviceContext *context = world.devices[dst.device].context;
        if (one_in(&w->rng, 2))
            ID3D11DeviceContext_CopyResource(context, (ID3D11Resource *)dst.object,
                                             (ID3D11Resource *)src.object);
        else if (one_in(&w->rng, 2))
            ID3D11DeviceContext_UpdateSubresource(context, (ID3D11Resource *)dst.object,
                                                  below(&w->rng, 4), NULL, bytes, 512, 8192);
        else
            ID3D11DeviceContext_CopySubresourceRegion(context, (ID3D11Resource *)dst.object,
                                                      below(&w->rng, 3), below(&w->rng, 16), 0,
                                                      0, (ID3D11Resource *)src.object,
                                                      below(&w->rng, 3), NULL);
    }
    com_release(dst);
    com_release(src);
}

static void do_map(struct worker *w)
{
    struct com com = com_borrow(SLOT(w, resources));
    D3D11_MAP type = (D3D11_MAP)(1 + below(&w->rng, 5));
    UINT flags = one_in(&w->rng, 3) ? D3D11_MAP_FLAG_DO_NOT_WAIT : 0;
    D3D11_MAPPED_SUBRESOURCE mapped = {NULL, 0, 0};
    if (com.object) {
        ID3D11DeviceContext *context = world.devices[com.device].context;
        HRESULT hr = ID3D11DeviceContext_Map(context, (ID3D11Resource *)com.object, 0, type,
                                             flags, &mapped);
        ALLOW(w, hr, S_OK, E_INVALIDARG, DXGI_ERROR_WAS_STILL_DRAWING);
        MUST(w, hr != S_OK || (com.mapable && mapped.pData));
        if (hr == S_OK && options.wild && type != D3D11_MAP_READ)
            memset(mapped.pData, (int)w->index, 64);
        if (hr == S_OK)
            ID3D11DeviceContext_Unmap(context, (ID3D11Resource *)com.object, 0);
    }
    com_release(com);
}

static void do_keyed_mutex(struct worker *w)
{
    struct com com = com_borrow(SLOT(w, resources));
    IDXGIKeyedMutex *mutex = NULL;
    DWORD ms = below(&w->rng, 4);
    UINT64 key = below(&w->rng, 2), next = below(&w->rng, 2);
    bool acquire = one_in(&w->rng, 2), release = !acquire || !one_in(&w->rng, 8);
    if (com.object &&
        ALLOW(w, IUnknown_QueryInterface(com.object, &IID_IDXGIKeyedMutex, (void **)&mutex),
              S_OK, E_NOINTERFACE) &&
        mutex) {
        HRESULT hr = S_OK;
        if (acquire)
            hr = IDXGIKeyedMutex_AcquireSync(mutex, key, ms);
        ALLOW(w, hr, S_OK, WAIT_TIMEOUT, WAIT_ABANDONED, DXGI_ERROR_INVALID_CALL);
        if (hr == S_OK && release)
            ALLOW(w, IDXGIKeyedMutex_ReleaseSync(mutex, next), S_OK, DXGI_ERROR_INVALID_CALL);
        IDXGIKeyedMutex_Release(mutex);
    }
    com_release(com);
}

const struct operation resource_ops[] = {
    {"resource.create", do_create, 12},
    {"resource.release", do_release, 4},
    {"resource.share_nt", do_share_nt, 9},
    {"resource.share_kmt", do_share_kmt, 5},
    {"resource.open", do_open, 10},
    {"resource.copy", do_copy, 8},
    {"resource.map", do_map, 5},
    {"resource.keyed_mutex", do_keyed_mutex, 6},
    {NULL, NULL, 0},
};
