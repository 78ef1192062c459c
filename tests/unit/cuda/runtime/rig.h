/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the stand-in runtime share: a D3D11 device with something to import, and
 * memory that ends where the next page cannot be read.
 */
#ifndef TESTS_CUDA_RUNTIME_RIG_H
#define TESTS_CUDA_RUNTIME_RIG_H

#define COBJMACROS
#include <initguid.h>
#include <d3d11_4.h>
#include <windows.h>

#include "test.h"

#include <cuda_runtime_api.h>
#include <isthmus/isthmus.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The refusal that this thread got last mentions `word`. */
#define EXPLAINS(word) CHECK(strstr(ist_explain(), (word)) != NULL)

/* Core's count of live objects, under the name that libisthmus gives to its own fronts. */
size_t core_live_count(void) __asm__("ist_private_object_live_count");

size_t test_live_objects(void)
{
    return core_live_count();
}

struct rig {
    ID3D11Device *device;
    ID3D11Device5 *device5;
    ID3D11DeviceContext *context;
};

static inline struct rig rig_new(void)
{
    struct rig rig;
    memset(&rig, 0, sizeof(rig));
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &rig.device, NULL, &rig.context),
             S_OK);
    CHECK_EQ(ID3D11Device_QueryInterface(rig.device, &IID_ID3D11Device5, (void **)&rig.device5),
             S_OK);
    return rig;
}

static inline void rig_finish(struct rig *rig)
{
    ID3D11DeviceContext_Release(rig->context);
    ID3D11Device5_Release(rig->device5);
    CHECK_EQ(ID3D11Device_Release(rig->device), 0);
}

/* A texture of 32-bit texels that devices can share; ends with release and close. */
static inline ID3D11Texture2D *rig_texture(const struct rig *rig, UINT width, UINT height,
                                           UINT levels, const void *texels, HANDLE *handle)
{
    ID3D11Texture2D *texture = NULL;
    IDXGIResource1 *dxgi = NULL;
    D3D11_SUBRESOURCE_DATA init = {texels, width * 4, 0};
    D3D11_TEXTURE2D_DESC desc = {.Width = width,
                                 .Height = height,
                                 .MipLevels = levels,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .SampleDesc = {.Count = 1},
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                 .MiscFlags = D3D11_RESOURCE_MISC_SHARED_NTHANDLE |
                                              D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX};
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig->device, &desc, texels ? &init : NULL, &texture),
             S_OK);
    CHECK_EQ(ID3D11Texture2D_QueryInterface(texture, &IID_IDXGIResource1, (void **)&dxgi),
             S_OK);
    CHECK_EQ(IDXGIResource1_CreateSharedHandle(dxgi, NULL,
                                               DXGI_SHARED_RESOURCE_READ |
                                                   DXGI_SHARED_RESOURCE_WRITE,
                                               NULL, handle),
             S_OK);
    IDXGIResource1_Release(dxgi);
    return texture;
}

static inline ID3D11Fence *rig_fence(const struct rig *rig, UINT64 value, HANDLE *handle)
{
    ID3D11Fence *fence = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(rig->device5, value, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, handle), S_OK);
    return fence;
}

/* Memory whose byte behind the last one faults: nothing may read beyond what it was given. */
struct edge {
    unsigned char *map;
    size_t page;
};

static inline struct edge edge_new(void)
{
    struct edge edge;
    edge.page = (size_t)sysconf(_SC_PAGESIZE);
    edge.map = (unsigned char *)mmap(NULL, 2 * edge.page, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(edge.map != MAP_FAILED);
    CHECK_EQ(mprotect(edge.map + edge.page, edge.page, PROT_NONE), 0);
    return edge;
}

/* `size` zero bytes that end at the edge. */
static inline void *edge_place(const struct edge *edge, size_t size)
{
    memset(edge->map, 0, edge->page);
    return edge->map + edge->page - size;
}

static inline void edge_finish(struct edge *edge)
{
    munmap(edge->map, 2 * edge->page);
}

#endif
