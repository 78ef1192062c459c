/* SPDX-License-Identifier: MIT */
/*
 * A GPU that is really lost: by a kernel that traps, by one that writes where nothing is, and
 * by cudaDeviceReset with everything in use. Every call afterwards has a clear answer, who
 * waits goes on, all can be released, and the process ends. Over the fake driver and on GPUs;
 * each loss in a process of its own.
 */
#include "world.h"

void test_warm_up(void)
{
}

/* What a stream's calls say of a context that is lost or gone. */
static bool is_loss(CUresult result)
{
    switch ((int)result) {
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case CUDA_ERROR_DEVICE_UNAVAILABLE: return true;
    default:
        fprintf(stderr, "  the code is %d: %s\n", (int)result, ist_explain());
        return false;
    }
}

/* The driver is asked every few milliseconds; then the device is removed for good. */
static HRESULT removed_reason(struct world *w)
{
    HRESULT reason = S_OK;
    for (int i = 0; i < 500 && reason == S_OK; i++) {
        reason = ID3D11Device_GetDeviceRemovedReason(w->d.device);
        rig_sleep_ms(5);
    }
    return reason;
}

static void check_d3d(struct world *w)
{
    D3D11_MAPPED_SUBRESOURCE map;
    ID3D11Fence *fence = NULL;
    NEED(removed_reason(w) == DXGI_ERROR_DEVICE_REMOVED);
    NEED(world_try_buffer(w) == DXGI_ERROR_DEVICE_REMOVED);
    NEED(*ist_explain());
    NEED(ID3D11Device5_CreateFence(w->d.device5, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                   (void **)&fence) == DXGI_ERROR_DEVICE_REMOVED);
    world_use_d3d(w);
    NEED(ID3D11DeviceContext_Map(w->d.context, w->other, 0, D3D11_MAP_READ, 0, &map) < 0);
    NEED(FAILED(ID3D11DeviceContext4_Signal(w->d.context4, w->fence, 9)));
    (void)ID3D11DeviceContext4_Wait(w->d.context4, w->fence, 99); /* does not block */
    NEED(ID3D11Fence_GetCompletedValue(w->fence) == UINT64_MAX);
    w->mapped[0] = 3; /* what was mapped can still be used */
    NEED(w->mapped[0] == 3 && w->mapped[3] == 255);
    ID3D11DeviceContext_Unmap(w->d.context, w->staging, 0);
}

/* The front: imports of this device and streams of that context. */
static void check_cuda(struct world *w, bool reset)
{
    HANDLE handle = d3d_nt(w->buffer, NULL);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, WORLD_BYTES);
    CUexternalMemory memory = NULL;
    cudaStream_t stream = reset ? NULL : (cudaStream_t)w->stream; /* the others have gone */
    NEED(is_loss(signal_value(w->semaphore, 50, stream)));
    NEED(is_loss(wait_value(w->semaphore, 50, 0, stream)));
    NEED(is_loss(cuImportExternalMemory(&memory, &desc)));
    NEED(CloseHandle(handle));
}

/* All handles can be given back, in any state; what they answer is the driver's business. */
static void check_ends(struct world *w, bool reset)
{
    CUresult gone[] = {cuDestroyExternalMemory(w->memory), cuDestroyExternalMemory(w->picture)};
    for (int i = 0; i < 2; i++)
        NEED(gone[i] == (reset ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS) || is_loss(gone[i]));
    NEED(!cuDestroyExternalSemaphore(w->semaphore) && !cuDestroyExternalSemaphore(w->late));
    pthread_join(w->waiter, NULL);
    NEED(w->result == S_OK || w->result == DXGI_ERROR_DEVICE_REMOVED);
    ID3D11Fence_Release(w->fence);
    ID3D11Fence_Release(w->behind);
    ID3D11RenderTargetView_Release(w->view);
    ID3D11Resource_Release(w->buffer);
    ID3D11Resource_Release(w->texture);
    ID3D11Resource_Release(w->other);
    ID3D11Resource_Release(w->staging);
    end_device(&w->d);
}

/* In this process the GPU stays lost for D3D11, whatever becomes of CUDA. */
static void check_no_new_device(void)
{
    struct d3d d;
    HRESULT hr = try_device(NULL, &d);
    NEED(FAILED(hr) || FAILED(ID3D11Device_GetDeviceRemovedReason(d.device)));
    if (SUCCEEDED(hr))
        end_device(&d);
}

static int lose(const void *arg)
{
    enum world_end how = *(const enum world_end *)arg;
    static struct world w;
    world_make(&w);
    world_end(&w, how);
    for (int i = 0; i < 2000 && how != END_RESET && !atomic_load(&w.waited); i++)
        rig_sleep_ms(10);
    NEED(how == END_RESET || atomic_load(&w.waited)); /* though nobody else has asked */
    check_d3d(&w);
    check_cuda(&w, how == END_RESET);
    check_ends(&w, how == END_RESET);
    check_no_new_device();
    return CHILD_GOOD;
}

TEST(a_kernel_that_traps)
{
    enum world_end how = END_TRAP;
    CHECK_EQ(in_child(lose, &how), CHILD_GOOD);
}

TEST(a_kernel_that_writes_where_nothing_is)
{
    enum world_end how = END_BAD_ADDRESS;
    CHECK_EQ(in_child(lose, &how), CHILD_GOOD);
}

TEST(a_reset_with_everything_in_use)
{
    enum world_end how = END_RESET;
    CHECK_EQ(in_child(lose, &how), CHILD_GOOD);
}

/* The program opens CUDA anew, as the runtime does: that works, and D3D11's things are gone. */
static int go_on_after_a_reset(const void *arg)
{
    (void)arg;
    static struct world w;
    CUdeviceptr at;
    CUstream stream;
    CUexternalMemory memory = NULL;
    world_make(&w);
    HANDLE handle = d3d_nt(w.buffer, NULL);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, WORLD_BYTES);
    world_end(&w, END_RESET);
    NEED(!cuDevicePrimaryCtxRetain(&w.ctx, 0) && !cuCtxSetCurrent(w.ctx));
    NEED(!cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    NEED(!cuMemAlloc_v2(&at, 4096) && !cuMemsetD8Async(at, 1, 4096, stream));
    NEED(!cuStreamSynchronize(stream));
    NEED(map_buffer(&w.at, w.memory, 0, WORLD_BYTES) == CUDA_ERROR_INVALID_HANDLE);
    NEED(is_loss(signal_value(w.semaphore, 50, (cudaStream_t)stream)));
    CUresult result = cuImportExternalMemory(&memory, &desc);
    NEED(!result || is_loss(result)); /* the memory is the driver's, and whole */
    NEED(!memory || !cuDestroyExternalMemory(memory));
    NEED(CloseHandle(handle));
    ID3D11DeviceContext_Unmap(w.d.context, w.staging, 0);
    check_ends(&w, true);
    NEED(!cuMemFree_v2(at) && !cuStreamDestroy_v2(stream));
    NEED(!cuDevicePrimaryCtxRelease_v2(0));
    return CHILD_GOOD;
}

TEST(cuda_goes_on_after_a_reset)
{
    CHECK_EQ(in_child(go_on_after_a_reset, NULL), CHILD_GOOD);
}
