/* SPDX-License-Identifier: MIT */
/*
 * Each call of the driver fails in turn, the first time and later, with the device closed and
 * open before: whatever a program does then says why, leaves nothing behind, does not crash,
 * and works the next time.
 */
#include "child.h"

void test_warm_up(void)
{
}

enum { N_MAX = 8 };

/* What the device and the front call; what frees frees all the same. */
static const char *const names[] = {
    "cuDevicePrimaryCtxRetain",
    "cuThreadExchangeStreamCaptureMode",
    "cuCtxGetStreamPriorityRange",
    "cuCtxPushCurrent",
    "cuMemGetAllocationGranularity",
    "cuMemCreate",
    "cuMemExportToShareableHandle",
    "cuMemAddressReserve",
    "cuMemMap",
    "cuMemSetAccess",
    "cuMemUnmap",
    "cuMemRelease",
    "cuMemAddressFree",
    "cuMemAlloc",
    "cuMemFree",
    "cuMemHostAlloc",
    "cuMemFreeHost",
    "cuMemHostRegister",
    "cuMemHostUnregister",
    "cuImportExternalMemory",
    "cuExternalMemoryGetMappedMipmappedArray",
    "cuExternalMemoryGetMappedBuffer",
    "cuDestroyExternalMemory",
    "cuMipmappedArrayCreate",
    "cuMipmappedArrayGetLevel",
    "cuMipmappedArrayDestroy",
    "cuSurfObjectCreate",
    "cuSurfObjectDestroy",
    "cuStreamCreateWithPriority",
    "cuStreamDestroy",
    "cuStreamQuery",
    "cuStreamSynchronize",
    "cuStreamWaitValue64",
    "cuStreamWriteValue64",
    "cuStreamBatchMemOp",
    "cuMemcpyAsync",
    "cuMemcpy3DAsync",
    "cuMemsetD8Async",
    "cuMemsetD16Async",
    "cuMemsetD32Async",
    "cuMemsetD2D8Async",
    "cuMemsetD2D32Async",
    "cuModuleLoadData",
    "cuModuleGetFunction",
    "cuLaunchKernel",
    "cuStreamGetId",
    "cuStreamIsCapturing",
};

struct plan {
    const char *name;
    unsigned n;
    int code;
    bool open; /* the device has worked before */
};

static void explained(HRESULT hr)
{
    NEED(SUCCEEDED(hr) || *ist_explain());
}

/* Imports the resource in CUDA, maps it, lets go of it. */
static void cuda_side(ID3D11Resource *resource, bool texture)
{
    CUcontext ctx;
    CUexternalMemory memory = NULL;
    CUmipmappedArray mipmap;
    CUdeviceptr at;
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc = {.numLevels = 1};
    desc.arrayDesc = (CUDA_ARRAY3D_DESCRIPTOR){64, 64, 0, CU_AD_FORMAT_UNSIGNED_INT8, 4, 0};
    HANDLE handle = d3d_nt(resource, NULL);
    memory_desc import = memory_by(TYPE_MEMORY_NT, handle, NULL, 4096 * 4);
    if (cuDevicePrimaryCtxRetain(&ctx, 0))
        goto out;
    if (cuCtxPushCurrent_v2(ctx) == CUDA_SUCCESS) {
        if (cuImportExternalMemory(&memory, &import) == CUDA_SUCCESS) {
            if (texture && !cuExternalMemoryGetMappedMipmappedArray(&mipmap, memory, &desc))
                cuMipmappedArrayDestroy(mipmap);
            if (!texture && !map_buffer(&at, memory, 0, 4096 * 4))
                cuMemFree_v2(at);
            cuDestroyExternalMemory(memory);
        }
        cuCtxPopCurrent_v2(NULL);
    }
    cuDevicePrimaryCtxRelease_v2(0);
out:
    CloseHandle(handle);
}

static void use_resource(struct d3d *d, ID3D11Resource *resource, bool texture)
{
    static unsigned char bytes[4096 * 4];
    ID3D11DeviceContext_UpdateSubresource(d->context, resource, 0, NULL, bytes, 256, 0);
    cuda_side(resource, texture);
}

static HRESULT use_texture(struct d3d *d)
{
    const float colour[4] = {1, 1, 1, 1};
    D3D11_TEXTURE2D_DESC desc = {.Width = 64,
                                 .Height = 64,
                                 .MipLevels = 1,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .SampleDesc = {1, 0},
                                 .BindFlags = D3D11_BIND_RENDER_TARGET,
                                 .MiscFlags = MISC_NT};
    ID3D11Texture2D *texture = NULL;
    ID3D11RenderTargetView *view = NULL;
    HRESULT hr = ID3D11Device_CreateTexture2D(d->device, &desc, NULL, &texture);
    explained(hr);
    if (FAILED(hr))
        return hr;
    hr = ID3D11Device_CreateRenderTargetView(d->device, (ID3D11Resource *)texture, NULL, &view);
    explained(hr);
    if (SUCCEEDED(hr)) {
        ID3D11DeviceContext_ClearRenderTargetView(d->context, view, colour);
        ID3D11RenderTargetView_Release(view);
    }
    use_resource(d, (ID3D11Resource *)texture, true);
    ID3D11Texture2D_Release(texture);
    return hr;
}

static HRESULT use_buffer(struct d3d *d, UINT misc, D3D11_USAGE usage)
{
    bool staging = usage == D3D11_USAGE_STAGING;
    D3D11_BUFFER_DESC desc = {.ByteWidth = 4096 * 4,
                              .Usage = usage,
                              .BindFlags = staging ? 0 : D3D11_BIND_SHADER_RESOURCE,
                              .CPUAccessFlags = staging ? D3D11_CPU_ACCESS_READ : 0,
                              .MiscFlags = misc};
    ID3D11Buffer *buffer = NULL;
    D3D11_MAPPED_SUBRESOURCE map;
    HRESULT hr = ID3D11Device_CreateBuffer(d->device, &desc, NULL, &buffer);
    explained(hr);
    if (FAILED(hr))
        return hr;
    if (misc)
        use_resource(d, (ID3D11Resource *)buffer, false);
    if (staging) {
        hr = ID3D11DeviceContext_Map(d->context, (ID3D11Resource *)buffer, 0, D3D11_MAP_READ, 0,
                                     &map);
        explained(hr);
        if (SUCCEEDED(hr))
            ID3D11DeviceContext_Unmap(d->context, (ID3D11Resource *)buffer, 0);
    }
    ID3D11Buffer_Release(buffer);
    return hr;
}

static HRESULT use_fence(struct d3d *d)
{
    ID3D11Fence *fence = NULL;
    HRESULT hr = ID3D11Device5_CreateFence(d->device5, 0, D3D11_FENCE_FLAG_SHARED,
                                           &IID_ID3D11Fence, (void **)&fence);
    explained(hr);
    if (FAILED(hr))
        return hr;
    hr = ID3D11DeviceContext4_Signal(d->context4, fence, 1);
    explained(hr);
    if (SUCCEEDED(hr))
        hr = ID3D11Fence_SetEventOnCompletion(fence, 1, NULL);
    explained(hr);
    ID3D11Fence_Release(fence);
    return hr;
}

/* Everything once; the first failure, or S_OK. */
static HRESULT use_all(void)
{
    struct d3d d;
    HRESULT hr = try_device(NULL, &d);
    explained(hr);
    if (FAILED(hr))
        return hr;
    HRESULT each[] = {use_fence(&d),
                      use_texture(&d),
                      use_buffer(&d, MISC_NT, 0),
                      use_buffer(&d, 0, D3D11_USAGE_STAGING),
                      use_buffer(&d, 0, 0),
                      use_fence(&d)};
    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]) && SUCCEEDED(hr); i++)
        hr = each[i];
    end_device(&d);
    return hr;
}

static size_t *normal; /* what is left after work without failures; children share it */

/* Objects that live with the device: what it opened once and keeps. */
static size_t left(void)
{
    return fakecuda_live(FAKECUDA_KINDS) - fakecuda_live(FAKECUDA_HOST) -
           fakecuda_live(FAKECUDA_REGISTERED) - fakecuda_live(FAKECUDA_FUNCTION) -
           fakecuda_live(FAKECUDA_MODULE);
}

/* What is freed late goes with later work, once no stream is busy. */
static bool is_left(size_t wanted)
{
    for (unsigned tries = 0; tries < 400 && left() > wanted; tries++) {
        rig_sleep_ms(5);
        if (tries % 20 == 0)
            NEED(use_all() == S_OK);
    }
    for (int kind = 0; left() > wanted && kind < FAKECUDA_KINDS; kind++)
        fprintf(stderr, "  kind %d: %zu left\n", kind, fakecuda_live((enum fakecuda_kind)kind));
    return left() <= wanted;
}

static int fail_in_turn(const void *arg)
{
    const struct plan *plan = arg;
    if (plan->open)
        NEED(use_all() == S_OK && use_all() == S_OK);
    size_t before = left();
    size_t calls = fakecuda_calls(plan->name);
    fakecuda_fail(plan->name, plan->n, plan->code);
    HRESULT hr = use_all();
    bool fired = fakecuda_calls(plan->name) - calls >= plan->n;
    fakecuda_fail(NULL, 0, 0);
    NEED(fired || hr == S_OK);
    NEED(use_all() == S_OK); /* the next time it works */
    NEED(is_left(plan->open ? before : *normal));
    NEED(core_live_count() == 0);
    return fired ? CHILD_GOOD : CHILD_OTHER;
}

static int measure_normal(const void *arg)
{
    (void)arg;
    NEED(use_all() == S_OK && use_all() == S_OK);
    rig_sleep_ms(100);
    NEED(use_all() == S_OK);
    *normal = left();
    return CHILD_GOOD;
}

static void all_in_turn(int code, bool open)
{
    normal = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(in_child(measure_normal, NULL), CHILD_GOOD);
    unsigned fired = 0, wrong = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (unsigned n = 1; n <= N_MAX; n++) {
            struct plan plan = {names[i], n, code, open};
            int result = in_child(fail_in_turn, &plan);
            if (result == CHILD_OTHER)
                break;
            fired++;
            if (result == CHILD_GOOD)
                continue;
            wrong++;
            fprintf(stderr, "  %s: call %u, code %d, %s: %d\n", names[i], n, code,
                    open ? "open" : "closed", result);
        }
    CHECK_EQ(wrong, 0);
    CHECK(fired > 60); /* or the names are not those that are called */
}

TEST(each_first_call_fails_in_turn)
{
    all_in_turn(CUDA_ERROR_OUT_OF_MEMORY, false);
}

TEST(each_later_call_fails_in_turn)
{
    all_in_turn(CUDA_ERROR_UNKNOWN, true);
}

/* The code that a front answers for what the driver said. */
static int exact_codes(const void *arg)
{
    static const struct {
        const char *name;
        int code;
        HRESULT wanted;
    } rows[] = {
        {"cuMemCreate", CUDA_ERROR_OUT_OF_MEMORY, E_OUTOFMEMORY},
        {"cuMemMap", CUDA_ERROR_OUT_OF_MEMORY, E_OUTOFMEMORY},
        {"cuMemCreate", CUDA_ERROR_UNKNOWN, E_OUTOFMEMORY},
        {"cuMemCreate", CUDA_ERROR_ILLEGAL_ADDRESS, DXGI_ERROR_DEVICE_REMOVED},
    };
    (void)arg;
    struct d3d d;
    NEED(try_device(NULL, &d) == S_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fakecuda_fail(rows[i].name, 1, rows[i].code);
        NEED(use_buffer(&d, MISC_NT, 0) == rows[i].wanted);
        NEED(strstr(ist_explain(), rows[i].name));
    }
    end_device(&d);
    return CHILD_GOOD;
}

TEST(a_failure_keeps_its_code_and_names_the_call)
{
    CHECK_EQ(in_child(exact_codes, NULL), CHILD_GOOD);
}
