/* SPDX-License-Identifier: MIT */
/* Group A, creation flags: what may be combined, and with which kinds of resources. */
#include "conformance.h"

#include <stdlib.h>

/* Every combination of the three sharing flags that is allowed, besides none. */
static const UINT allowed[] = {
    D3D11_RESOURCE_MISC_SHARED,
    D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX,
    D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
};

/* And every one that is not. */
static const UINT forbidden[] = {
    D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX,
    D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX |
        D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
};

/* Creates and releases; a refusal must leave NULL behind. */
static void expect_tex_result(const struct rig *rig, const D3D11_TEXTURE2D_DESC *desc,
                              const D3D11_SUBRESOURCE_DATA *data, HRESULT wanted)
{
    ID3D11Texture2D *tex = UNTOUCHED;
    HRESULT hr = ID3D11Device_CreateTexture2D(rig->device, desc, data, &tex);
    EXPECT_HR(hr, wanted);
    if (hr == S_OK)
        EXPECT_EQ(release(tex), 0);
    else
        EXPECT_EQ(tex, NULL);
}

static void expect_misc_result(const struct rig *rig, UINT misc, HRESULT wanted)
{
    D3D11_TEXTURE2D_DESC desc = tex_desc(misc);
    CONTEXT("MiscFlags 0x%x", misc);
    expect_tex_result(rig, &desc, NULL, wanted);
}

CASE(A1, allowed_combinations, T, "Each allowed combination of sharing flags makes a texture")
{
    struct rig rig;
    rig_open(&rig);
    expect_misc_result(&rig, 0, S_OK);
    for (size_t i = 0; i < ARRAYSIZE(allowed); i++)
        expect_misc_result(&rig, allowed[i], S_OK);
    rig_close(&rig);
}

CASE(A2, forbidden_combinations, T, "NTHANDLE alone and SHARED with KEYEDMUTEX are refused")
{
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(forbidden); i++)
        expect_misc_result(&rig, forbidden[i], E_INVALIDARG);
    rig_close(&rig);
}

static void expect_nothing_shared(D3D_FEATURE_LEVEL level)
{
    struct rig rig;
    rig_open_level(&rig, level);
    EXPECT_EQ(ID3D11Device_GetFeatureLevel(rig.device), level);
    expect_misc_result(&rig, 0, S_OK);
    for (size_t i = 0; i < ARRAYSIZE(allowed); i++)
        expect_misc_result(&rig, allowed[i], E_INVALIDARG);
    for (size_t i = 0; i < ARRAYSIZE(forbidden); i++)
        expect_misc_result(&rig, forbidden[i], E_INVALIDARG);
    rig_close(&rig);
}

CASE(A3, level_9_shares_nothing, T, "Feature levels 9_x refuse every sharing flag")
{
    expect_nothing_shared(D3D_FEATURE_LEVEL_9_1);
    expect_nothing_shared(D3D_FEATURE_LEVEL_9_2);
    expect_nothing_shared(D3D_FEATURE_LEVEL_9_3);
}

static HRESULT ask_for_mutex(const struct rig *rig, UINT misc, void **out)
{
    ID3D11Texture2D *tex = rig_tex(rig, misc);
    HRESULT hr = E_FAIL;
    CONTEXT("MiscFlags 0x%x", misc);
    if (tex)
        hr = ID3D11Texture2D_QueryInterface(tex, &IID_IDXGIKeyedMutex, out);
    release(tex);
    return hr;
}

CASE(A4, no_mutex_without_flag, T, "A texture without KEYEDMUTEX has no IDXGIKeyedMutex")
{
    static const UINT without[] = {0, D3D11_RESOURCE_MISC_SHARED,
                                   D3D11_RESOURCE_MISC_SHARED |
                                       D3D11_RESOURCE_MISC_SHARED_NTHANDLE};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(without); i++) {
        void *mutex = UNTOUCHED;
        EXPECT_HR(ask_for_mutex(&rig, without[i], &mutex), E_NOINTERFACE);
        EXPECT_EQ(mutex, NULL);
    }
    rig_close(&rig);
}

CASE(A5, mutex_with_flag, T, "A texture with KEYEDMUTEX has an IDXGIKeyedMutex")
{
    static const UINT with[] = {D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX,
                                D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX |
                                    D3D11_RESOURCE_MISC_SHARED_NTHANDLE};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(with); i++) {
        void *mutex = NULL;
        if (EXPECT_HR(ask_for_mutex(&rig, with[i], &mutex), S_OK) && EXPECT_TRUE(mutex != NULL))
            EXPECT_EQ(release(mutex), 0);
    }
    rig_close(&rig);
}

CASE(A6, one_com_object, T, "Mutex and resource interfaces of a texture are one COM object")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED);
    IDXGIKeyedMutex *mutex = query(tex, &IID_IDXGIKeyedMutex);
    IDXGIResource *resource = query(tex, &IID_IDXGIResource);
    IDXGIObject *from_mutex = query(mutex, &IID_IDXGIObject);
    IDXGIObject *from_resource = query(resource, &IID_IDXGIObject);
    EXPECT_TRUE(from_mutex != NULL);
    EXPECT_EQ(from_mutex, from_resource);
    release(from_mutex);
    release(from_resource);
    release(resource);
    release(mutex);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

static void expect_shared_buffer(const struct rig *rig, UINT misc)
{
    D3D11_BUFFER_DESC found;
    ID3D11Buffer *buffer = rig_buffer(rig, 1024, misc);
    CONTEXT("MiscFlags 0x%x", misc);
    if (!buffer)
        return;
    ID3D11Buffer_GetDesc(buffer, &found);
    EXPECT_EQ(found.MiscFlags, misc);
    EXPECT_EQ(found.ByteWidth, 1024);
    EXPECT_EQ(found.BindFlags, 0);
    EXPECT_EQ(found.CPUAccessFlags, 0);
    EXPECT_EQ(found.StructureByteStride, 0);
    release(query(buffer, &IID_IDXGIResource));
    EXPECT_EQ(release(buffer), 0);
}

CASE(A7, shared_buffers, T, "A buffer may be SHARED or KEYEDMUTEX and says so in GetDesc")
{
    struct rig rig;
    rig_open(&rig);
    expect_shared_buffer(&rig, SHARED);
    expect_shared_buffer(&rig, KEYED);
    rig_close(&rig);
}

CASE(A8, buffer_with_cpu_access, T, "A KEYEDMUTEX buffer with CPU_ACCESS_READ is refused")
{
    struct rig rig;
    rig_open(&rig);
    D3D11_BUFFER_DESC desc = buffer_desc(1024, KEYED);
    desc.BindFlags = D3D11_BIND_SHADER_RESOURCE;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    ID3D11Buffer *buffer = UNTOUCHED;
    EXPECT_HR(ID3D11Device_CreateBuffer(rig.device, &desc, NULL, &buffer), E_INVALIDARG);
    EXPECT_EQ(buffer, NULL);
    rig_close(&rig);
}

CASE(A9, shared_texture1d, T, "A Texture1D with 32 slices may be SHARED or KEYEDMUTEX")
{
    static const UINT miscs[] = {D3D11_RESOURCE_MISC_SHARED,
                                 D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(miscs); i++) {
        D3D11_TEXTURE1D_DESC desc = {.Width = 8192,
                                     .MipLevels = 1,
                                     .ArraySize = 32,
                                     .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                     .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                     .MiscFlags = miscs[i]};
        ID3D11Texture1D *tex = NULL;
        CONTEXT("MiscFlags 0x%x", miscs[i]);
        if (EXPECT_HR(ID3D11Device_CreateTexture1D(rig.device, &desc, NULL, &tex), S_OK)) {
            EXPECT_TRUE(kmt_handle(tex) != NULL);
            EXPECT_EQ(release(tex), 0);
        }
    }
    rig_close(&rig);
}

CASE(A10, shared_texture3d, T, "A Texture3D may be SHARED or KEYEDMUTEX")
{
    static const UINT miscs[] = {D3D11_RESOURCE_MISC_SHARED,
                                 D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(miscs); i++) {
        D3D11_TEXTURE3D_DESC desc = {.Width = 64,
                                     .Height = 32,
                                     .Depth = 128,
                                     .MipLevels = 1,
                                     .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                     .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                     .MiscFlags = miscs[i]};
        ID3D11Texture3D *tex = NULL;
        CONTEXT("MiscFlags 0x%x", miscs[i]);
        if (EXPECT_HR(ID3D11Device_CreateTexture3D(rig.device, &desc, NULL, &tex), S_OK)) {
            EXPECT_TRUE(kmt_handle(tex) != NULL);
            EXPECT_EQ(release(tex), 0);
        }
    }
    rig_close(&rig);
}

CASE(A11, texture_with_cpu_access, T, "A SHARED texture may have CPU access flags")
{
    static const UINT access[] = {D3D11_CPU_ACCESS_READ, D3D11_CPU_ACCESS_WRITE,
                                  D3D11_CPU_ACCESS_READ | D3D11_CPU_ACCESS_WRITE};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(access); i++) {
        D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED);
        desc.CPUAccessFlags = access[i];
        CONTEXT("CPUAccessFlags 0x%x", access[i]);
        expect_tex_result(&rig, &desc, NULL, S_OK);
    }
    rig_close(&rig);
}

/* ---- A12: what is never shared --------------------------------------------------------- */

/* Each is a valid texture without its sharing flag, so that flag is the mistake. */
static const struct unshareable {
    const char *what;
    D3D11_TEXTURE2D_DESC desc;
} unshareable[] = {
    {"Usage STAGING",
     {256,
      256,
      1,
      1,
      DXGI_FORMAT_R8G8B8A8_UNORM,
      {1, 0},
      D3D11_USAGE_STAGING,
      0,
      D3D11_CPU_ACCESS_READ,
      0}},
    {"Usage DYNAMIC",
     {256,
      256,
      1,
      1,
      DXGI_FORMAT_R8G8B8A8_UNORM,
      {1, 0},
      D3D11_USAGE_DYNAMIC,
      D3D11_BIND_SHADER_RESOURCE,
      D3D11_CPU_ACCESS_WRITE,
      0}},
    {"Usage IMMUTABLE",
     {256,
      256,
      1,
      1,
      DXGI_FORMAT_R8G8B8A8_UNORM,
      {1, 0},
      D3D11_USAGE_IMMUTABLE,
      D3D11_BIND_SHADER_RESOURCE,
      0,
      0}},
    {"BIND_DEPTH_STENCIL",
     {256,
      256,
      1,
      1,
      DXGI_FORMAT_D24_UNORM_S8_UINT,
      {1, 0},
      D3D11_USAGE_DEFAULT,
      D3D11_BIND_DEPTH_STENCIL,
      0,
      0}},
    {"SampleDesc.Count 4",
     {256,
      256,
      1,
      1,
      DXGI_FORMAT_R8G8B8A8_UNORM,
      {4, 0},
      D3D11_USAGE_DEFAULT,
      D3D11_BIND_SHADER_RESOURCE | D3D11_BIND_RENDER_TARGET,
      0,
      0}},
    {"TEXTURECUBE",
     {256,
      256,
      1,
      6,
      DXGI_FORMAT_R8G8B8A8_UNORM,
      {1, 0},
      D3D11_USAGE_DEFAULT,
      D3D11_BIND_SHADER_RESOURCE,
      0,
      D3D11_RESOURCE_MISC_TEXTURECUBE}},
    {"RESOURCE_CLAMP",
     {256,
      256,
      9,
      1,
      DXGI_FORMAT_R8G8B8A8_UNORM,
      {1, 0},
      D3D11_USAGE_DEFAULT,
      D3D11_BIND_SHADER_RESOURCE,
      0,
      D3D11_RESOURCE_MISC_RESOURCE_CLAMP}},
};

/* Without a sharing flag first: if that were refused, the refusal with one would prove nothing.
 * A device need not offer multisampling. */
static void expect_unshareable(const struct rig *rig, const struct unshareable *row,
                               const D3D11_SUBRESOURCE_DATA *data)
{
    D3D11_TEXTURE2D_DESC desc = row->desc;
    UINT levels = 1;
    if (desc.Usage != D3D11_USAGE_IMMUTABLE)
        data = NULL;
    if (desc.SampleDesc.Count > 1)
        ID3D11Device_CheckMultisampleQualityLevels(rig->device, desc.Format,
                                                   desc.SampleDesc.Count, &levels);
    CONTEXT("%s, not shared", row->what);
    if (levels > 0)
        expect_tex_result(rig, &desc, data, S_OK);
    for (size_t i = 0; i < ARRAYSIZE(allowed); i++) {
        desc.MiscFlags = row->desc.MiscFlags | allowed[i];
        CONTEXT("%s, MiscFlags 0x%x", row->what, desc.MiscFlags);
        expect_tex_result(rig, &desc, data, E_INVALIDARG);
    }
}

CASE(A12, never_shareable, D + P, "What is documented as not shareable is refused")
{
    struct rig rig;
    rig_open(&rig);
    unsigned char *pixels = calloc(1, TEX_BYTES);
    REQUIRE_TRUE(pixels != NULL);
    D3D11_SUBRESOURCE_DATA data = {pixels, TEX_SIDE * 4, 0};
    for (size_t i = 0; i < ARRAYSIZE(unshareable); i++)
        expect_unshareable(&rig, &unshareable[i], &data);
    free(pixels);
    rig_close(&rig);
}

CASE(A13, tiled_is_not_shared, D, "TILED with any sharing flag is refused")
{
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(allowed); i++)
        expect_misc_result(&rig, D3D11_RESOURCE_MISC_TILED | allowed[i], E_INVALIDARG);
    rig_close(&rig);
}

CASE(A14, mutex_excludes_gdi, D + P, "KEYEDMUTEX with GDI_COMPATIBLE is refused")
{
    static const UINT miscs[] = {D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX,
                                 D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX |
                                     D3D11_RESOURCE_MISC_SHARED_NTHANDLE};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(miscs); i++) {
        /* All else is as GDI_COMPATIBLE wants it. */
        D3D11_TEXTURE2D_DESC desc = tex_desc(miscs[i] | D3D11_RESOURCE_MISC_GDI_COMPATIBLE);
        desc.Format = DXGI_FORMAT_B8G8R8A8_UNORM;
        desc.BindFlags = D3D11_BIND_RENDER_TARGET;
        CONTEXT("MiscFlags 0x%x", desc.MiscFlags);
        expect_tex_result(&rig, &desc, NULL, E_INVALIDARG);
    }
    rig_close(&rig);
}

CASE(A15, shared_mips, D, "A texture with five mips may be shared by NT handle")
{
    struct rig rig;
    rig_open(&rig);
    D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED | NTHANDLE);
    D3D11_TEXTURE2D_DESC found;
    ID3D11Texture2D *tex = NULL;
    desc.MipLevels = 5;
    if (EXPECT_HR(ID3D11Device_CreateTexture2D(rig.device, &desc, NULL, &tex), S_OK)) {
        ID3D11Texture2D_GetDesc(tex, &found);
        EXPECT_EQ(found.MipLevels, 5);
        EXPECT_EQ(found.MiscFlags, SHARED | NTHANDLE);
        HANDLE handle = nt_handle(tex, NULL);
        EXPECT_TRUE(CloseHandle(handle));
        EXPECT_EQ(release(tex), 0);
    }
    rig_close(&rig);
}
