/* SPDX-License-Identifier: MIT */
/* Which GPUs are offered: none without a usable driver, each by its name, and never mixed. */
#include "child.h"

#include <dlfcn.h>

void test_warm_up(void)
{
}

struct setting {
    const char *name, *value, *word;
};

static char logged[4096];

static void take_log(void *user, int level, const char *channel, const char *text)
{
    (void)user;
    if (level == 1 && strcmp(channel, "device") == 0)
        snprintf(logged, sizeof(logged), "%s", text);
}

/* No device, and the log's error has the word. */
static int no_device(const void *arg)
{
    const struct setting *s = arg;
    struct d3d d;
    setenv(s->name, s->value, 1);
    ist_log_set_sink(take_log, NULL);
    HRESULT hr = try_device(NULL, &d);
    NEED(hr == DXGI_ERROR_UNSUPPORTED);
    NEED(*ist_explain());
    if (!strstr(logged, s->word))
        fprintf(stderr, "  \"%s\" does not say \"%s\"\n", logged, s->word);
    return strstr(logged, s->word) ? CHILD_GOOD : CHILD_BAD;
}

TEST(without_a_driver_there_is_no_device)
{
    struct setting s = {"ISTHMUS_LIBCUDA", "/nonexistent/libcuda.so.1", "nonexistent"};
    CHECK_EQ(in_child(no_device, &s), CHILD_GOOD);
}

TEST(an_old_driver_is_refused_by_its_version)
{
    struct setting s = {"ISTHMUS_FAKECUDA_VERSION", "11080", "11.8"};
    CHECK_EQ(in_child(no_device, &s), CHILD_GOOD);
}

TEST(a_driver_that_does_not_start_says_its_error)
{
    struct setting s = {"ISTHMUS_FAKECUDA_FAIL", "cuInit:1:100", "CUDA_ERROR_NO_DEVICE"};
    CHECK_EQ(in_child(no_device, &s), CHILD_GOOD);
}

static IDXGIAdapter *adapter_at(IDXGIFactory1 *factory, UINT i, DXGI_ADAPTER_DESC *desc)
{
    IDXGIAdapter *adapter = NULL;
    NEED(IDXGIFactory1_EnumAdapters(factory, i, &adapter) == S_OK);
    NEED(IDXGIAdapter_GetDesc(adapter, desc) == S_OK);
    return adapter;
}

static int two_gpus(const void *arg)
{
    (void)arg;
    setenv("ISTHMUS_FAKECUDA_DEVICES", "2", 1);
    IDXGIFactory1 *factory;
    NEED(CreateDXGIFactory1(&IID_IDXGIFactory1, (void **)&factory) == S_OK);
    DXGI_ADAPTER_DESC descs[2];
    IDXGIAdapter *adapters[2] = {adapter_at(factory, 0, &descs[0]),
                                 adapter_at(factory, 1, &descs[1])};
    IDXGIAdapter *third = NULL;
    NEED(IDXGIFactory1_EnumAdapters(factory, 2, &third) == DXGI_ERROR_NOT_FOUND);
    NEED(memcmp(&descs[0].AdapterLuid, &descs[1].AdapterLuid, sizeof(LUID)) != 0);

    struct d3d d;
    NEED(try_device(adapters[1], &d) == S_OK);
    D3D11_BUFFER_DESC desc = {.ByteWidth = 4096,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = MISC_NT};
    ID3D11Buffer *buffer;
    NEED(ID3D11Device_CreateBuffer(d.device, &desc, NULL, &buffer) == S_OK);
    HANDLE handle = d3d_nt((ID3D11Resource *)buffer, NULL);
    memory_desc import = memory_by(TYPE_MEMORY_NT, handle, NULL, 4096);
    CUcontext ctx;
    CUexternalMemory memory;
    for (int gpu = 0; gpu < 2; gpu++) {
        NEED(!cuDevicePrimaryCtxRetain(&ctx, gpu) && !cuCtxPushCurrent_v2(ctx));
        CUresult result = cuImportExternalMemory(&memory, &import);
        NEED(result == (gpu ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE));
        NEED(gpu || (strstr(ist_explain(), "Fake GPU 0") && strstr(ist_explain(), "Fake GPU "
                                                                                  "1")));
        NEED(!gpu || !cuDestroyExternalMemory(memory));
        NEED(!cuCtxPopCurrent_v2(NULL));
    }
    char luid[8];
    unsigned mask;
    NEED(!cuDeviceGetLuid(luid, &mask, 1));
    NEED(memcmp(luid, &descs[1].AdapterLuid, 8) == 0 && mask == 1);

    CloseHandle(handle);
    ID3D11Buffer_Release(buffer);
    end_device(&d);
    IDXGIAdapter_Release(adapters[0]);
    IDXGIAdapter_Release(adapters[1]);
    IDXGIFactory1_Release(factory);
    for (int gpu = 0; gpu < 2; gpu++)
        NEED(!cuDevicePrimaryCtxRelease_v2(gpu));
    return CHILD_GOOD;
}

TEST(two_gpus_are_told_apart)
{
    CHECK_EQ(in_child(two_gpus, NULL), CHILD_GOOD);
}

static int forked_child(const void *arg)
{
    (void)arg;
    struct d3d d, again;
    NEED(try_device(NULL, &d) == S_OK);
    pid_t pid = test_fork();
    if (pid == 0) {
        NEED(FAILED(try_device(NULL, &again)) ||
             ID3D11Device_GetDeviceRemovedReason(again.device) != S_OK);
        _exit(0);
    }
    int status;
    NEED(waitpid(pid, &status, 0) == pid && status == 0);
    D3D11_BUFFER_DESC desc = {.ByteWidth = 64, .BindFlags = D3D11_BIND_SHADER_RESOURCE};
    ID3D11Buffer *buffer;
    NEED(ID3D11Device_CreateBuffer(d.device, &desc, NULL, &buffer) == S_OK);
    ID3D11Buffer_Release(buffer);
    end_device(&d);
    return CHILD_GOOD;
}

TEST(a_gpu_does_not_follow_into_a_forked_child)
{
    SKIP_UNLESS_PROCESSES();
    CHECK_EQ(in_child(forked_child, NULL), CHILD_GOOD);
}
