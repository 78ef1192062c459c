/* SPDX-License-Identifier: MIT */
/* No slot of any vtable is empty: a program that calls one gets an answer, not a crash. */
#include "share_rig.h"

static void walk(const char *name, void *object, size_t size)
{
    void *const *slots = *(void *const *const *)object;
    for (size_t i = 0; i < size / sizeof(void *); i++) {
        if (!slots[i])
            test_fail(TEST_HERE, "slot %zu of %s is NULL", i, name);
    }
}

#define WALK(type, object) walk(#type, object, sizeof(type##Vtbl))

/* Asks for the interface first. */
#define WALK_QUERY(type, object)                       \
    do {                                               \
        IUnknown *walked = query(object, &IID_##type); \
        WALK(type, walked);                            \
        IUnknown_Release(walked);                      \
    } while (0)

TEST(device_adapter_and_factory)
{
    struct rig rig = rig_new();
    IDXGIDevice *dxgi = query(rig.device, &IID_IDXGIDevice);
    IDXGIAdapter *adapter = NULL;
    IDXGIFactory *factory = NULL;
    WALK_QUERY(ID3D11Device5, rig.device);
    WALK_QUERY(IDXGIDevice4, rig.device);
    WALK_QUERY(ID3D11Multithread, rig.device);
    CHECK_EQ(IDXGIDevice_GetAdapter(dxgi, &adapter), S_OK);
    WALK_QUERY(IDXGIAdapter4, adapter);
    CHECK_EQ(IDXGIAdapter_GetParent(adapter, &IID_IDXGIFactory, (void **)&factory), S_OK);
    WALK_QUERY(IDXGIFactory7, factory);
    IDXGIFactory_Release(factory);
    IDXGIAdapter_Release(adapter);
    IDXGIDevice_Release(dxgi);
    rig_finish(&rig);
}

TEST(resources)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED);
    ID3D11Resource *buffer = rig_buffer(&rig, KIND_DEFAULT, 16, NULL);
    ID3D11Resource *line =
        rig_texture1d(&rig, KIND_DEFAULT, DXGI_FORMAT_R8G8B8A8_UNORM, 16, 1, 1);
    ID3D11Resource *volume =
        rig_texture3d(&rig, KIND_DEFAULT, DXGI_FORMAT_R8G8B8A8_UNORM, 4, 4, 4, 1);
    WALK_QUERY(ID3D11Buffer, buffer);
    WALK_QUERY(ID3D11Texture1D, line);
    WALK_QUERY(ID3D11Texture2D1, texture);
    WALK_QUERY(ID3D11Texture3D1, volume);
    WALK_QUERY(IDXGIResource1, texture);
    WALK_QUERY(IDXGISurface2, texture);
    WALK_QUERY(IDXGIKeyedMutex, texture);
    release(buffer);
    release(line);
    release(volume);
    release((ID3D11Resource *)texture);
    rig_finish(&rig);
}

TEST(views_queries_and_fences)
{
    struct rig rig = rig_new();
    struct kind all = {D3D11_USAGE_DEFAULT, 0,
                       D3D11_BIND_SHADER_RESOURCE | D3D11_BIND_RENDER_TARGET |
                           D3D11_BIND_UNORDERED_ACCESS};
    struct kind depth = {D3D11_USAGE_DEFAULT, 0, D3D11_BIND_DEPTH_STENCIL};
    D3D11_QUERY_DESC desc = {.Query = D3D11_QUERY_EVENT};
    ID3D11Resource *texture =
        rig_texture2d(&rig, all, DXGI_FORMAT_R8G8B8A8_UNORM, 16, 16, 1, 1);
    ID3D11Resource *target = rig_texture2d(&rig, depth, DXGI_FORMAT_D32_FLOAT, 16, 16, 1, 1);
    void *objects[6] = {NULL};
    ID3D11Device *device = rig.device;
    CHECK_EQ(ID3D11Device_CreateShaderResourceView(device, texture, NULL,
                                                   (ID3D11ShaderResourceView **)&objects[0]),
             S_OK);
    CHECK_EQ(ID3D11Device_CreateRenderTargetView(device, texture, NULL,
                                                 (ID3D11RenderTargetView **)&objects[1]),
             S_OK);
    CHECK_EQ(ID3D11Device_CreateUnorderedAccessView(device, texture, NULL,
                                                    (ID3D11UnorderedAccessView **)&objects[2]),
             S_OK);
    CHECK_EQ(ID3D11Device_CreateDepthStencilView(device, target, NULL,
                                                 (ID3D11DepthStencilView **)&objects[3]),
             S_OK);
    CHECK_EQ(ID3D11Device_CreateQuery(device, &desc, (ID3D11Query **)&objects[4]), S_OK);
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                       &objects[5]),
             S_OK);
    WALK_QUERY(ID3D11ShaderResourceView1, objects[0]);
    WALK_QUERY(ID3D11RenderTargetView1, objects[1]);
    WALK_QUERY(ID3D11UnorderedAccessView1, objects[2]);
    WALK_QUERY(ID3D11DepthStencilView, objects[3]);
    WALK_QUERY(ID3D11Query1, objects[4]);
    WALK_QUERY(ID3D11Fence, objects[5]);
    for (int i = 0; i < 6; i++)
        CHECK_EQ(IUnknown_Release((IUnknown *)objects[i]), 0);
    release(texture);
    release(target);
    rig_finish(&rig);
}
