/* SPDX-License-Identifier: MIT */
/*
 * What the tests of contexts share: a device with its context, resources in one line each, and
 * reading back through a staging resource. Everything goes through the public interfaces.
 */
#ifndef ISTHMUS_TEST_CONTEXT_RIG_H
#define ISTHMUS_TEST_CONTEXT_RIG_H

#define COBJMACROS
#include <initguid.h>
#include <d3d11_4.h>
#include <windows.h>

#include "test.h"

#include <stdlib.h>
#include <string.h>

struct rig {
    ID3D11Device *device;
    ID3D11Device5 *device5;
    ID3D11DeviceContext *context;
    ID3D11DeviceContext4 *context4;
};

/* Core's count of live objects, under the name that libisthmus gives to its own fronts. */
size_t core_live_count(void) __asm__("ist_private_object_live_count");

size_t test_live_objects(void)
{
    return core_live_count();
}

static inline struct rig rig_new(void)
{
    struct rig rig = {0};
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &rig.device, NULL, &rig.context),
             S_OK);
    CHECK_EQ(ID3D11Device_QueryInterface(rig.device, &IID_ID3D11Device5, (void **)&rig.device5),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(rig.context, &IID_ID3D11DeviceContext4,
                                                (void **)&rig.context4),
             S_OK);
    return rig;
}

static inline void rig_finish(struct rig *rig)
{
    ID3D11DeviceContext4_Release(rig->context4);
    ID3D11DeviceContext_Release(rig->context);
    ID3D11Device5_Release(rig->device5);
    CHECK_EQ(ID3D11Device_Release(rig->device), 0);
}

void test_warm_up(void)
{
    struct rig rig = rig_new();
    rig_finish(&rig);
}

/* What a usage needs: binds and CPU access that make it legal. */
struct kind {
    D3D11_USAGE usage;
    UINT cpu, bind;
};

#define KIND_DEFAULT                                       \
    (struct kind)                                          \
    {                                                      \
        D3D11_USAGE_DEFAULT, 0, D3D11_BIND_SHADER_RESOURCE \
    }
#define KIND_STAGING                                                           \
    (struct kind)                                                              \
    {                                                                          \
        D3D11_USAGE_STAGING, D3D11_CPU_ACCESS_READ | D3D11_CPU_ACCESS_WRITE, 0 \
    }
#define KIND_DYNAMIC                                                            \
    (struct kind)                                                               \
    {                                                                           \
        D3D11_USAGE_DYNAMIC, D3D11_CPU_ACCESS_WRITE, D3D11_BIND_SHADER_RESOURCE \
    }

static inline ID3D11Resource *rig_buffer(const struct rig *rig, struct kind kind, UINT size,
                                         const void *data)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = size,
                              .Usage = kind.usage,
                              .BindFlags = kind.bind,
                              .CPUAccessFlags = kind.cpu};
    D3D11_SUBRESOURCE_DATA init = {.pSysMem = data};
    ID3D11Buffer *buffer = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(rig->device, &desc, data ? &init : NULL, &buffer), S_OK);
    return (ID3D11Resource *)buffer;
}

static inline ID3D11Resource *rig_texture1d(const struct rig *rig, struct kind kind,
                                            DXGI_FORMAT format, UINT width, UINT levels,
                                            UINT slices)
{
    D3D11_TEXTURE1D_DESC desc = {.Width = width,
                                 .MipLevels = levels,
                                 .ArraySize = slices,
                                 .Format = format,
                                 .Usage = kind.usage,
                                 .BindFlags = kind.bind,
                                 .CPUAccessFlags = kind.cpu};
    ID3D11Texture1D *texture = NULL;
    CHECK_EQ(ID3D11Device_CreateTexture1D(rig->device, &desc, NULL, &texture), S_OK);
    return (ID3D11Resource *)texture;
}

static inline ID3D11Resource *rig_texture2d(const struct rig *rig, struct kind kind,
                                            DXGI_FORMAT format, UINT width, UINT height,
                                            UINT levels, UINT slices)
{
    D3D11_TEXTURE2D_DESC desc = {.Width = width,
                                 .Height = height,
                                 .MipLevels = levels,
                                 .ArraySize = slices,
                                 .Format = format,
                                 .SampleDesc = {.Count = 1},
                                 .Usage = kind.usage,
                                 .BindFlags = kind.bind,
                                 .CPUAccessFlags = kind.cpu};
    ID3D11Texture2D *texture = NULL;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig->device, &desc, NULL, &texture), S_OK);
    return (ID3D11Resource *)texture;
}

static inline ID3D11Resource *rig_texture3d(const struct rig *rig, struct kind kind,
                                            DXGI_FORMAT format, UINT width, UINT height,
                                            UINT depth, UINT levels)
{
    D3D11_TEXTURE3D_DESC desc = {.Width = width,
                                 .Height = height,
                                 .Depth = depth,
                                 .MipLevels = levels,
                                 .Format = format,
                                 .Usage = kind.usage,
                                 .BindFlags = kind.bind,
                                 .CPUAccessFlags = kind.cpu};
    ID3D11Texture3D *texture = NULL;
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig->device, &desc, NULL, &texture), S_OK);
    return (ID3D11Resource *)texture;
}

/* A fence that parks the context of one device, and a second device that lets it go on. */
struct gate {
    struct rig opener;
    ID3D11Fence *here, *there;
};

static inline struct gate gate_new(const struct rig *rig)
{
    struct gate gate = {.opener = rig_new()};
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(rig->device5, 0, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&gate.here),
             S_OK);
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(gate.here, NULL, GENERIC_ALL, NULL, &handle), S_OK);
    CHECK_EQ(ID3D11Device5_OpenSharedFence(gate.opener.device5, handle, &IID_ID3D11Fence,
                                           (void **)&gate.there),
             S_OK);
    CHECK(CloseHandle(handle));
    return gate;
}

/* All that the context gets from now on waits for gate_open() with this value. */
static inline void gate_block(const struct gate *gate, const struct rig *rig, UINT64 value)
{
    CHECK_EQ(ID3D11DeviceContext4_Wait(rig->context4, gate->here, value), S_OK);
}

static inline void gate_open(const struct gate *gate, UINT64 value)
{
    CHECK_EQ(ID3D11DeviceContext4_Signal(gate->opener.context4, gate->there, value), S_OK);
}

static inline void gate_finish(struct gate *gate)
{
    ID3D11Fence_Release(gate->here);
    ID3D11Fence_Release(gate->there);
    rig_finish(&gate->opener);
}

static inline void fill_pattern(unsigned char *out, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(seed * 37 + i * 11 + (i >> 8) * 5 + 1);
}

/* Reads `rows` x `slices` rows of a mappable subresource, packed, into `out`. */
static inline void rig_read(const struct rig *rig, ID3D11Resource *staging, UINT number,
                            unsigned char *out, size_t row_bytes, size_t rows, size_t slices)
{
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    CHECK_EQ(ID3D11DeviceContext_Map(rig->context, staging, number, D3D11_MAP_READ, 0, &mapped),
             S_OK);
    for (size_t z = 0; z < slices; z++)
        for (size_t y = 0; y < rows; y++)
            memcpy(out + (z * rows + y) * row_bytes,
                   (unsigned char *)mapped.pData + z * mapped.DepthPitch + y * mapped.RowPitch,
                   row_bytes);
    ID3D11DeviceContext_Unmap(rig->context, staging, number);
}

static inline void release(ID3D11Resource *resource)
{
    CHECK_EQ(ID3D11Resource_Release(resource), 0);
}

#endif
