/* SPDX-License-Identifier: MIT */
/*
 * Two GPUs: they are told apart, what is on one never meets CUDA on the other, and the second
 * one does alone, and between processes, what the first does. Skipped where there is one.
 */
#include "pass.h"

enum { SECOND = 1, BYTES = 65536, SIDE = 64, ROUNDS = 50 };

void test_warm_up(void)
{
}

/* The fake driver has as many as this says; a real one as many as there are. */
static void need_two(void)
{
    int count = 0;
    setenv("ISTHMUS_FAKECUDA_DEVICES", "2", 1);
    NEED(!cuInit(0) && !cuDeviceGetCount(&count));
    if (count < 2)
        _exit(CHILD_OTHER);
}

/* D3D11's adapter of a GPU of CUDA's, by the LUID that both have. */
static IDXGIAdapter *adapter_of(int gpu)
{
    char luid[8];
    unsigned mask = 0;
    IDXGIFactory1 *factory;
    IDXGIAdapter *adapter = NULL, *found = NULL;
    DXGI_ADAPTER_DESC desc;
    NEED(!cuDeviceGetLuid(luid, &mask, gpu) && mask == 1);
    NEED(CreateDXGIFactory1(&IID_IDXGIFactory1, (void **)&factory) == S_OK);
    for (UINT i = 0; IDXGIFactory1_EnumAdapters(factory, i, &adapter) == S_OK; i++) {
        NEED(IDXGIAdapter_GetDesc(adapter, &desc) == S_OK);
        if (memcmp(&desc.AdapterLuid, luid, sizeof(luid)) == 0) {
            NEED(!found); /* no two have the same */
            found = adapter;
        } else {
            IDXGIAdapter_Release(adapter);
        }
    }
    IDXGIFactory1_Release(factory);
    NEED(found);
    return found;
}

static struct d3d d3d_on(int gpu)
{
    struct d3d d;
    IDXGIAdapter *adapter = adapter_of(gpu);
    NEED(try_device(adapter, &d) == S_OK);
    IDXGIAdapter_Release(adapter);
    return d;
}

static CUstream cuda_on(int gpu)
{
    CUcontext ctx;
    CUstream stream;
    NEED(!cuDevicePrimaryCtxRetain(&ctx, gpu) && !cuCtxSetCurrent(ctx));
    NEED(!cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    return stream;
}

static unsigned count_words(const char *text, const char *word)
{
    unsigned count = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        count++;
    return count;
}

/* 101, and the reason has the names of both, which may be the same. */
static void need_refusal(CUresult result)
{
    char name[2][100];
    NEED(!cuDeviceGetName(name[0], 100, 0) && !cuDeviceGetName(name[1], 100, 1));
    bool alike = strcmp(name[0], name[1]) == 0;
    if (result != CUDA_ERROR_INVALID_DEVICE)
        fprintf(stderr, "  %d: %s\n", (int)result, ist_explain());
    NEED(result == CUDA_ERROR_INVALID_DEVICE);
    for (int i = 0; i < 2; i++)
        NEED(count_words(ist_explain(), name[i]) >= (alike ? 2u : 1u));
}

static void use(int gpu)
{
    CUcontext ctx;
    NEED(!cuDevicePrimaryCtxRetain(&ctx, gpu) && !cuCtxSetCurrent(ctx));
    NEED(!cuDevicePrimaryCtxRelease_v2(gpu)); /* cuda_on() has it */
}

/* D3D11 on one of them, CUDA on the other: nothing of it comes in, or is used there. */
static int strangers(const void *arg)
{
    int gpu = *(const int *)arg;
    CUexternalMemory memory = NULL;
    CUexternalSemaphore semaphore = NULL;
    need_two();
    CUstream right = cuda_on(gpu), wrong = cuda_on(1 - gpu);
    struct d3d d = d3d_on(gpu);
    ID3D11Resource *by_nt = d3d_buffer(&d, BYTES, MISC_NT);
    ID3D11Resource *by_number = d3d_buffer(&d, BYTES, MISC_KMT);
    ID3D11Fence *fence = d3d_fence(&d, 0);
    HANDLE handles[2] = {d3d_nt(by_nt, NULL), d3d_fence_nt(fence, NULL)};
    memory_desc nt = memory_by(TYPE_MEMORY_NT, handles[0], NULL, BYTES);
    memory_desc number = memory_by(TYPE_MEMORY_KMT, d3d_kmt(by_number), NULL, BYTES);
    semaphore_desc sync = semaphore_by(TYPE_FENCE, handles[1], NULL);
    need_refusal(cuImportExternalMemory(&memory, &nt));
    need_refusal(cuImportExternalMemory(&memory, &number));
    need_refusal(cuImportExternalSemaphore(&semaphore, &sync));
    NEED(!memory && !semaphore);

    use(gpu); /* the same handles on the right one */
    NEED(!cuImportExternalMemory(&memory, &nt) && !cuDestroyExternalMemory(memory));
    NEED(!cuImportExternalSemaphore(&semaphore, &sync));
    use(1 - gpu);
    need_refusal(signal_value(semaphore, 1, (cudaStream_t)wrong));
    need_refusal(wait_value(semaphore, 1, 0, (cudaStream_t)wrong));
    NEED(ID3D11Fence_GetCompletedValue(fence) == 0);
    use(gpu);
    NEED(!signal_value(semaphore, 1, (cudaStream_t)right));
    NEED(ID3D11Fence_SetEventOnCompletion(fence, 1, NULL) == S_OK);
    NEED(!cuDestroyExternalSemaphore(semaphore));
    NEED(CloseHandle(handles[0]) && CloseHandle(handles[1]));
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(by_number);
    ID3D11Resource_Release(by_nt);
    end_device(&d);
    NEED(!cuStreamDestroy_v2(right));
    use(1 - gpu);
    NEED(!cuStreamDestroy_v2(wrong));
    return CHILD_GOOD;
}

static void check_child(int (*run)(const void *), const void *arg)
{
    int result = in_child(run, arg);
    if (result == CHILD_OTHER)
        SKIP("this machine has one GPU");
    CHECK_EQ(result, CHILD_GOOD);
}

TEST(one_never_meets_the_other)
{
    for (int gpu = 0; gpu < 2; gpu++)
        check_child(strangers, &gpu);
}

/* The second one's D3D11 has a clear colour, its CUDA reads it, and the fence goes round. */
static void hand_over(struct d3d *d, CUstream stream)
{
    const float green[4] = {0, 1, 0, 1};
    static unsigned pixels[SIDE * SIDE];
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc = {
        .arrayDesc = {.Width = SIDE,
                      .Height = SIDE,
                      .Format = CU_AD_FORMAT_UNSIGNED_INT8,
                      .NumChannels = 4,
                      .Flags = CUDA_ARRAY3D_COLOR_ATTACHMENT},
        .numLevels = 1,
    };
    CUDA_MEMCPY3D copy = {.WidthInBytes = SIDE * 4, .Height = SIDE, .Depth = 1};
    CUmipmappedArray all;
    ID3D11RenderTargetView *view;
    ID3D11Resource *texture = d3d_texture(d,
                                          (struct texture){.format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                                           .width = SIDE,
                                                           .height = SIDE,
                                                           .bind = D3D11_BIND_RENDER_TARGET},
                                          MISC_NT);
    ID3D11Fence *fence = d3d_fence(d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    CUexternalMemory memory = both_import(texture, sizeof(pixels));
    NEED(ID3D11Device_CreateRenderTargetView(d->device, texture, NULL, &view) == S_OK);
    NEED(!cuExternalMemoryGetMappedMipmappedArray(&all, memory, &desc));
    NEED(!cuMipmappedArrayGetLevel(&copy.srcArray, all, 0));
    copy.srcMemoryType = CU_MEMORYTYPE_ARRAY;
    copy.dstMemoryType = CU_MEMORYTYPE_HOST;
    copy.dstHost = pixels;
    copy.dstPitch = SIDE * 4;
    copy.dstHeight = SIDE;
    for (UINT64 n = 0; n < ROUNDS; n++) {
        ID3D11DeviceContext_ClearRenderTargetView(d->context, view, green);
        d3d_signal(d, fence, 2 * n + 1);
        NEED(!wait_value(semaphore, 2 * n + 1, 0, (cudaStream_t)stream));
        NEED(!signal_value(semaphore, 2 * n + 2, (cudaStream_t)stream));
        NEED(ID3D11DeviceContext4_Wait(d->context4, fence, 2 * n + 2) == S_OK);
    }
    NEED(ID3D11Fence_SetEventOnCompletion(fence, 2 * ROUNDS, NULL) == S_OK);
    NEED(!cuMemcpy3D_v2(&copy));
    for (unsigned i = 0; i < SIDE * SIDE; i++)
        NEED(pixels[i] == 0xff00ff00u);
    NEED(!cuMipmappedArrayDestroy(all) && !cuDestroyExternalMemory(memory));
    NEED(!cuDestroyExternalSemaphore(semaphore));
    ID3D11RenderTargetView_Release(view);
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(texture);
}

static int second_alone(const void *arg)
{
    (void)arg;
    need_two();
    struct d3d d = d3d_on(SECOND);
    CUstream stream = cuda_on(SECOND);
    hand_over(&d, stream);
    end_device(&d);
    NEED(!cuStreamDestroy_v2(stream) && !cuDevicePrimaryCtxRelease_v2(SECOND));
    return CHILD_GOOD;
}

TEST(the_second_one_works_alone)
{
    check_child(second_alone, NULL);
}

/* The other process: a stranger on the first GPU, a partner on the second. */
static int cuda_there(const void *arg)
{
    int socket = *(const int *)arg;
    CUexternalMemory memory = NULL;
    CUexternalSemaphore semaphore = NULL;
    CUdeviceptr at;
    unsigned seen = 0;
    need_two();
    HANDLE buffer = receive_handle(socket), fence = receive_handle(socket);
    memory_desc import = memory_by(TYPE_MEMORY_NT, buffer, NULL, BYTES);
    semaphore_desc sync = semaphore_by(TYPE_FENCE, fence, NULL);
    CUstream stranger = cuda_on(0);
    need_refusal(cuImportExternalMemory(&memory, &import));
    CUstream stream = cuda_on(SECOND);
    NEED(!cuImportExternalMemory(&memory, &import));
    NEED(!cuImportExternalSemaphore(&semaphore, &sync) && !map_buffer(&at, memory, 0, BYTES));
    NEED(CloseHandle(buffer) && CloseHandle(fence));
    for (unsigned n = 0; n < ROUNDS; n++) {
        NEED(!wait_value(semaphore, 2 * n + 1, 0, (cudaStream_t)stream));
        NEED(!cuMemcpyDtoHAsync_v2(&seen, at, 4, stream) && !cuStreamSynchronize(stream));
        NEED(seen == n + 7);
        NEED(!signal_value(semaphore, 2 * n + 2, (cudaStream_t)stream));
    }
    NEED(!cuStreamSynchronize(stream));
    NEED(!cuMemFree_v2(at) && !cuDestroyExternalMemory(memory));
    NEED(!cuDestroyExternalSemaphore(semaphore) && !cuStreamDestroy_v2(stream));
    use(0);
    NEED(!cuStreamDestroy_v2(stranger));
    return CHILD_GOOD;
}

static int d3d_here(const void *arg)
{
    int socket = *(const int *)arg;
    need_two();
    struct d3d d = d3d_on(SECOND);
    ID3D11Resource *buffer = d3d_buffer(&d, BYTES, MISC_NT);
    ID3D11Fence *fence = d3d_fence(&d, 0);
    send_handle(socket, d3d_nt(buffer, NULL));
    send_handle(socket, d3d_fence_nt(fence, NULL));
    for (unsigned n = 0; n < ROUNDS; n++) {
        unsigned bytes[BYTES / 4] = {n + 7};
        ID3D11DeviceContext_UpdateSubresource(d.context, buffer, 0, NULL, bytes, 0, 0);
        d3d_signal(&d, fence, 2 * n + 1);
        NEED(ID3D11DeviceContext4_Wait(d.context4, fence, 2 * n + 2) == S_OK);
    }
    NEED(ID3D11Fence_SetEventOnCompletion(fence, 2 * ROUNDS, NULL) == S_OK);
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(buffer);
    end_device(&d);
    return CHILD_GOOD;
}

TEST(the_second_one_works_between_processes)
{
    int pair[2], status = -1;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = test_fork();
    if (pid == 0) {
        close(pair[0]);
        alarm(60);
        _exit(cuda_there(&pair[1]));
    }
    close(pair[1]);
    int result = in_child(d3d_here, &pair[0]);
    close(pair[0]);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    if (result == CHILD_OTHER)
        SKIP("this machine has one GPU");
    CHECK_EQ(result, CHILD_GOOD);
    CHECK_EQ(status, 0);
}
