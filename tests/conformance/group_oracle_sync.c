/* SPDX-License-Identifier: MIT */
/* O31 to O40: the oracle table's answers about semaphores, LUIDs and stream capture. */
#include "group_oracle.h"

static cu_semaphore_desc cu_semaphore_by(unsigned type, HANDLE handle)
{
    cu_semaphore_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = (CUexternalSemaphoreHandleType)type;
    desc.handle.win32.handle = handle;
    return desc;
}

static void refuse_semaphore(cu_semaphore_desc desc, CUresult wanted)
{
    CUexternalSemaphore semaphore = UNTOUCHED;
    EXPECT_CU(cuImportExternalSemaphore(&semaphore, &desc), wanted);
    EXPECT_EQ(semaphore, UNTOUCHED);
}

/* A fence, its NT handle and its import. */
struct signalled {
    struct thing t; /* the rig only */
    ID3D11Fence *fence;
    HANDLE handle;
    CUexternalSemaphore semaphore;
    cudaStream_t stream;
};

static void signalled_open(struct signalled *s)
{
    thing_open(&s->t);
    s->fence = rig_fence(&s->t.rig, 0, FENCE_SHARED);
    s->handle = fence_handle(s->fence, NULL);
    cu_semaphore_desc desc = cu_semaphore_by(TYPE_FENCE, s->handle);
    REQUIRE_CU(cuImportExternalSemaphore(&s->semaphore, &desc), CUDA_SUCCESS);
    s->stream = new_stream();
}

static void signalled_close(struct signalled *s)
{
    end_stream(s->stream);
    EXPECT_CU(cuDestroyExternalSemaphore(s->semaphore), CUDA_SUCCESS);
    EXPECT_TRUE(CloseHandle(s->handle));
    EXPECT_EQ(release(s->fence), 0);
    rig_close(&s->t.rig);
}

CASE(O31, semaphore_mistakes, T, "Semaphore import: NULL arguments, flags 1, no such type: 1")
{
    static const unsigned types[] = {0, 11, 12};
    struct signalled s;
    signalled_open(&s);
    CUexternalSemaphore semaphore = UNTOUCHED;
    cu_semaphore_desc desc = cu_semaphore_by(TYPE_FENCE, s.handle);
    EXPECT_CU(cuImportExternalSemaphore(NULL, &desc), INVALID);
    EXPECT_CU(cuImportExternalSemaphore(&semaphore, NULL), INVALID);
    EXPECT_EQ(semaphore, UNTOUCHED);
    desc.flags = 1;
    refuse_semaphore(desc, INVALID);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        CONTEXT("type %u", types[i]);
        refuse_semaphore(cu_semaphore_by(types[i], s.handle), INVALID);
    }
    signalled_close(&s);
}

CASE(O32, semaphore_types_not_offered, T, "Semaphore types that the platform lacks: 801")
{
    static const unsigned types[] = {2, 3, 4, 6, 10}; /* ours has 5, 7 and 8 */
    struct signalled s;
#ifdef _WIN32
    SKIP("Windows has these types");
#endif
    signalled_open(&s);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        CONTEXT("type %u", types[i]);
        refuse_semaphore(cu_semaphore_by(types[i], s.handle), CUDA_ERROR_NOT_SUPPORTED);
    }
    signalled_close(&s); /* closes the handle: nobody took it */
}

CASE(O33, semaphore_of_a_foreign_fd, T, "Types 1 and 9 with an fd of something else: 999")
{
    SKIP("file descriptors are no handle types of D3D11: OpaqueFd and TimelineSemaphoreFd are "
         "neither of Windows nor offered on the cpu device");
}

CASE(O34, empty_signals_and_waits, T, "Signal or wait with n = 0 or NULL arrays: 1")
{
    struct signalled s;
    signalled_open(&s);
    cu_signal_params signal;
    cu_wait_params wait;
    memset(&signal, 0, sizeof(signal));
    memset(&wait, 0, sizeof(wait));
    signal.params.fence.value = wait.params.fence.value = 1;
    CUstream stream = (CUstream)s.stream;
    EXPECT_CU(cuSignalExternalSemaphoresAsync(&s.semaphore, &signal, 0, stream), INVALID);
    EXPECT_CU(cuSignalExternalSemaphoresAsync(NULL, &signal, 1, stream), INVALID);
    EXPECT_CU(cuSignalExternalSemaphoresAsync(&s.semaphore, NULL, 1, stream), INVALID);
    EXPECT_CU(cuWaitExternalSemaphoresAsync(&s.semaphore, &wait, 0, stream), INVALID);
    EXPECT_CU(cuWaitExternalSemaphoresAsync(NULL, &wait, 1, stream), INVALID);
    EXPECT_CU(cuWaitExternalSemaphoresAsync(&s.semaphore, NULL, 1, stream), INVALID);
    EXPECT_CUDA(cudaStreamSynchronize(s.stream), cudaSuccess); /* no wait was enqueued */
    EXPECT_EQ(ID3D11Fence_GetCompletedValue(s.fence), 0);
    signalled_close(&s);
}

CASE(O35, null_inside_the_array, P, "NULL in the array crashes the driver; here it is refused")
{
    struct signalled s;
#ifdef _WIN32
    SKIP("the driver was seen to crash at NULL inside the array: never asked");
#endif
    signalled_open(&s);
    cu_signal_params signals[2];
    cu_wait_params waits[2];
    memset(signals, 0, sizeof(signals));
    memset(waits, 0, sizeof(waits));
    signals[0].params.fence.value = waits[0].params.fence.value = 1;
    CUexternalSemaphore both[2] = {s.semaphore, NULL};
    CUstream stream = (CUstream)s.stream;
    EXPECT_CU(cuSignalExternalSemaphoresAsync(both, signals, 2, stream),
              CUDA_ERROR_INVALID_HANDLE);
    EXPECT_CU(cuWaitExternalSemaphoresAsync(both, waits, 2, stream), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_CUDA(cudaStreamSynchronize(s.stream), cudaSuccess);
    EXPECT_EQ(ID3D11Fence_GetCompletedValue(s.fence), 0); /* not the first one either */
    signalled_close(&s);
}

CASE(O36, semaphore_destroy_of_null, T, "Destroying the semaphore NULL: 1")
{
    struct thing t;
    thing_open(&t);
    EXPECT_CU(cuDestroyExternalSemaphore(NULL), INVALID);
    rig_close(&t.rig);
}

static LUID adapter_luid(const struct rig *rig)
{
    IDXGIDevice *dxgi = query(rig->device, &IID_IDXGIDevice);
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc;
    memset(&desc, 0, sizeof(desc));
    REQUIRE_HR(IDXGIDevice_GetAdapter(dxgi, &adapter), S_OK);
    EXPECT_HR(IDXGIAdapter_GetDesc(adapter, &desc), S_OK);
    release(adapter);
    release(dxgi);
    return desc.AdapterLuid;
}

CASE(O37, luid, T, "cuDeviceGetLuid: 801 on native Linux, the adapter's LUID on Windows")
{
    struct thing t;
    char luid[8] = {0};
    unsigned mask = 0;
    thing_open(&t);
#ifndef _WIN32
    DIFFERS("the driver on Linux answers 801; a program that finds its CUDA device by the LUID "
            "of the D3D11 adapter must find it here, as on Windows");
#endif
    EXPECT_CU(cuDeviceGetLuid(luid, &mask, 0), CUDA_SUCCESS);
    LUID wanted = adapter_luid(&t.rig);
    EXPECT_BYTES(luid, &wanted.LowPart, 4);
    EXPECT_BYTES(luid + 4, &wanted.HighPart, 4);
    rig_close(&t.rig);
}

CASE(O38, import_while_capturing, T, "Import while a stream captures: 900, and 901 at its end")
{
    SKIP("stream capture is not offered on the cpu device (801), and on Windows it has not "
         "been measured");
}

CASE(O39, captured_memory_operations, T, "Stream memory operations are captured as nodes")
{
    SKIP("stream memory operations and graphs are not offered on the cpu device; no case of "
         "D3D11 sharing needs them");
}

CASE(O40, fence_goes_down, T, "Writing 5 after 100 works, and the host reads 5")
{
    struct signalled s;
    signalled_open(&s);
    cu_signal_params signal;
    memset(&signal, 0, sizeof(signal));
    signal.params.fence.value = 100;
    CUstream stream = (CUstream)s.stream;
    EXPECT_CU(cuSignalExternalSemaphoresAsync(&s.semaphore, &signal, 1, stream), CUDA_SUCCESS);
    EXPECT_CUDA(cudaStreamSynchronize(s.stream), cudaSuccess);
    EXPECT_EQ(ID3D11Fence_GetCompletedValue(s.fence), 100);
    signal.params.fence.value = 5;
    EXPECT_CU(cuSignalExternalSemaphoresAsync(&s.semaphore, &signal, 1, stream), CUDA_SUCCESS);
    EXPECT_CUDA(cudaStreamSynchronize(s.stream), cudaSuccess);
    EXPECT_EQ(ID3D11Fence_GetCompletedValue(s.fence), 5);
    signalled_close(&s);
}
