/* SPDX-License-Identifier: MIT */
/*
 * The GPU's memory is used up: E_OUTOFMEMORY, nothing is left of what failed, and everything
 * else goes on. Over the fake driver, which gets 64 MiB, and on GPUs.
 */
#include "child.h"

enum { MOST = 1024 };

void test_warm_up(void)
{
}

struct filling {
    struct d3d d;
    D3D11_TEXTURE2D_DESC desc;
    ID3D11Texture2D *all[MOST];
    unsigned count;
    ID3D11Fence *fence;
    UINT64 value;
};

/* A GPU takes hundreds of 256 MiB, the fake as many as 4 MiB are in 64. */
static void open_filling(struct filling *f, UINT misc)
{
    size_t bytes = 0;
    memset(f, 0, sizeof(*f));
    setenv("ISTHMUS_FAKECUDA_MEMORY", "64", 1);
    NEED(!cuInit(0) && !cuDeviceTotalMem_v2(&bytes, 0));
    NEED(try_device(NULL, &f->d) == S_OK);
    bool large = bytes > 4ull << 30;
    f->desc = (D3D11_TEXTURE2D_DESC){
        .Width = large ? 8192 : 1024,
        .Height = large ? 8192 : 1024,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc.Count = 1,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = misc,
    };
    f->fence = d3d_fence(&f->d, 0);
}

static HRESULT add(struct filling *f)
{
    ID3D11Texture2D *texture = NULL;
    HRESULT hr = ID3D11Device_CreateTexture2D(f->d.device, &f->desc, NULL, &texture);
    if (SUCCEEDED(hr))
        f->all[f->count++] = texture;
    return hr;
}

static void drop(struct filling *f)
{
    ID3D11Texture2D *last = f->all[f->count - 1];
    f->count--;
    ID3D11Texture2D_Release(last);
}

static void flush(struct filling *f)
{
    NEED(ID3D11DeviceContext4_Signal(f->d.context4, f->fence, ++f->value) == S_OK);
    NEED(ID3D11Fence_SetEventOnCompletion(f->fence, f->value, NULL) == S_OK);
}

/* Bytes go through a buffer and come back. */
static void check_works(struct filling *f)
{
    static unsigned char wrote[4096];
    struct both b = {.d3d = f->d};
    D3D11_MAPPED_SUBRESOURCE map;
    rig_bytes(wrote, sizeof(wrote), 5);
    ID3D11Resource *buffer = d3d_buffer(&f->d, sizeof(wrote), MISC_NT);
    ID3D11Resource *staging =
        both_staging(&b, (struct texture){.format = DXGI_FORMAT_UNKNOWN, .width = 4096});
    ID3D11DeviceContext_UpdateSubresource(f->d.context, buffer, 0, NULL, wrote, 0, 0);
    ID3D11DeviceContext_CopyResource(f->d.context, staging, buffer);
    NEED(ID3D11DeviceContext_Map(f->d.context, staging, 0, D3D11_MAP_READ, 0, &map) == S_OK);
    NEED(memcmp(map.pData, wrote, sizeof(wrote)) == 0);
    ID3D11DeviceContext_Unmap(f->d.context, staging, 0);
    ID3D11Resource_Release(staging);
    ID3D11Resource_Release(buffer);
}

static void close_filling(struct filling *f)
{
    while (f->count)
        drop(f);
    flush(f);
    check_works(f);
    NEED(ID3D11Device_GetDeviceRemovedReason(f->d.device) == S_OK);
    ID3D11Fence_Release(f->fence);
    end_device(&f->d);
}

/* One that no GPU has room for. */
static int too_large(const void *arg)
{
    static struct filling f;
    open_filling(&f, *(const UINT *)arg);
    UINT slices = f.desc.ArraySize;
    f.desc.ArraySize = 2048;
    for (int i = 0; i < 3; i++) {
        NEED(add(&f) == E_OUTOFMEMORY);
        NEED(strstr(ist_explain(), "CUDA_ERROR_"));
        check_works(&f);
    }
    f.desc.ArraySize = slices;
    NEED(add(&f) == S_OK);
    close_filling(&f);
    return CHILD_GOOD;
}

TEST(a_texture_that_no_gpu_has_room_for)
{
    const UINT kinds[] = {MISC_NT, 0};
    for (size_t i = 0; i < 2; i++)
        CHECK_EQ(in_child(too_large, &kinds[i]), CHILD_GOOD);
}

/* Memory is given back when the GPU has done with it: at the latest some moments later. */
static HRESULT add_soon(struct filling *f)
{
    HRESULT hr = add(f);
    for (int i = 0; i < 500 && hr == E_OUTOFMEMORY; i++) {
        rig_sleep_ms(10);
        hr = add(f);
    }
    return hr;
}

static int fill_up(const void *arg)
{
    static struct filling f;
    HRESULT hr;
    open_filling(&f, *(const UINT *)arg);
    do
        hr = add(&f);
    while (hr == S_OK && f.count < MOST);
    NEED(hr == E_OUTOFMEMORY && f.count > 4);
    for (unsigned i = 1; i < f.count; i++) /* what there is works on */
        ID3D11DeviceContext_CopyResource(f.d.context, (ID3D11Resource *)f.all[i],
                                         (ID3D11Resource *)f.all[i - 1]);
    flush(&f);
    NEED(add(&f) == E_OUTOFMEMORY);
    drop(&f);
    NEED(add_soon(&f) == S_OK);
    NEED(add(&f) == E_OUTOFMEMORY);
    close_filling(&f);
    return CHILD_GOOD;
}

TEST(as_many_as_there_is_room_for)
{
    const UINT kinds[] = {MISC_NT, 0};
    for (size_t i = 0; i < 2; i++)
        CHECK_EQ(in_child(fill_up, &kinds[i]), CHILD_GOOD);
}
