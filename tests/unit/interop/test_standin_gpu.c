/* SPDX-License-Identifier: MIT */
/*
 * The stand-in runtime in a process whose devices are GPUs: each group of functions answers 100
 * with words that say what to do, and touches nothing.
 */
#include "rig.h"

#include "fake_gpu.h"

#define NO_GPU(call)                                                                          \
    do {                                                                                      \
        CHECK_EQ((int)(call), 100);                                                           \
        if (!strstr(ist_explain(), "libisthmus-cuda13.so") || !strstr(ist_explain(), "stand-" \
                                                                                     "in"))   \
            test_fail(TEST_HERE, "%s says: %s", #call, ist_explain());                        \
    } while (0)

static void CUDART_CB never(void *user)
{
    (void)user;
    abort();
}

TEST(devices)
{
    struct cudaDeviceProp properties;
    size_t free_bytes, total;
    int value = -1;
    FAKE_GPU();
    NO_GPU(cudaGetDeviceCount(&value));
    NO_GPU(cudaSetDevice(0));
    NO_GPU(cudaGetDeviceProperties(&properties, 0));
    NO_GPU(cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, 0));
    NO_GPU(cudaDeviceSynchronize());
    NO_GPU(cudaDeviceReset());
    NO_GPU(cudaMemGetInfo(&free_bytes, &total));
    NO_GPU(cuInit(0));
    NO_GPU(cuDeviceGetCount(&value));
    NO_GPU(cuDeviceGet(&value, 0));
    CHECK_EQ(value, -1);
}

TEST(memory)
{
    char bytes[64];
    void *out = NULL;
    FAKE_GPU();
    NO_GPU(cudaMalloc(&out, 64));
    NO_GPU(cudaMallocHost(&out, 64));
    NO_GPU(cudaHostRegister(bytes, sizeof(bytes), 0));
    NO_GPU(cudaMemset(bytes, 0, sizeof(bytes)));
    NO_GPU(cudaMemcpy(bytes, bytes + 32, 32, cudaMemcpyDefault));
    NO_GPU(cudaMemcpyAsync(bytes, bytes + 32, 32, cudaMemcpyDefault, NULL));
    CHECK(out == NULL);
}

TEST(arrays)
{
    struct cudaChannelFormatDesc format = {8, 0, 0, 0, cudaChannelFormatKindUnsigned};
    cudaArray_t array = NULL;
    cudaMipmappedArray_t mipmapped = NULL;
    FAKE_GPU();
    NO_GPU(cudaMallocArray(&array, &format, 16, 16, 0));
    NO_GPU(cudaMallocMipmappedArray(&mipmapped, &format, (struct cudaExtent){16, 16, 0}, 1, 0));
    CHECK(array == NULL && mipmapped == NULL);
}

TEST(streams_and_events)
{
    cudaStream_t stream = NULL;
    cudaEvent_t event = NULL;
    FAKE_GPU();
    NO_GPU(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    NO_GPU(cudaStreamSynchronize(NULL));
    NO_GPU(cudaStreamQuery(NULL));
    NO_GPU(cudaLaunchHostFunc(NULL, never, NULL));
    NO_GPU(cudaEventCreate(&event));
    CHECK(stream == NULL && event == NULL);
}

TEST(external_resources)
{
    FAKE_GPU();
    struct cudaExternalMemoryHandleDesc memory = {
        .type = cudaExternalMemoryHandleTypeD3D11ResourceKmt, .size = 4096, .flags = 1};
    struct cudaExternalSemaphoreHandleDesc semaphore = {
        .type = cudaExternalSemaphoreHandleTypeD3D11Fence};
    cudaExternalMemory_t imported = NULL;
    cudaExternalSemaphore_t fence = NULL;
    memory.handle.win32.handle = (HANDLE)0x40000042;
    semaphore.handle.win32.handle = (HANDLE)0x1234;
    NO_GPU(cudaImportExternalMemory(&imported, &memory));
    NO_GPU(cudaImportExternalSemaphore(&fence, &semaphore));
    CHECK(imported == NULL && fence == NULL);
    struct cudaExternalSemaphoreSignalParams signal = {.params.fence.value = 1};
    struct cudaExternalSemaphoreWaitParams wait = {.params.fence.value = 1};
    cudaExternalSemaphore_t none = (cudaExternalSemaphore_t)0x1234;
    NO_GPU(cudaSignalExternalSemaphoresAsync(&none, &signal, 1, NULL));
    NO_GPU(cudaWaitExternalSemaphoresAsync(&none, &wait, 1, NULL));
    NO_GPU(cudaDestroyExternalSemaphore(none));
    NO_GPU(cudaDestroyExternalMemory((cudaExternalMemory_t)0x1234));
}

/* What needs no device to answer, or answers something else first, must not crash either. */
TEST(nothing_crashes)
{
    unsigned long long id = 0;
    unsigned flags = 0;
    int value = 0;
    FAKE_GPU();
    CHECK(cudaStreamGetFlags(NULL, &flags) != cudaSuccess);
    CHECK(cudaStreamGetId(NULL, &id) != cudaSuccess);
    CHECK(cudaStreamDestroy((cudaStream_t)0x1234) != cudaSuccess);
    CHECK(cudaEventDestroy((cudaEvent_t)0x1234) != cudaSuccess);
    CHECK(cudaEventRecord((cudaEvent_t)0x1234, NULL) != cudaSuccess);
    CHECK(cudaFree((void *)0x1234) != cudaSuccess);
    CHECK(cudaFreeArray((cudaArray_t)0x1234) != cudaSuccess);
    CHECK(cudaFreeMipmappedArray((cudaMipmappedArray_t)0x1234) != cudaSuccess);
    CHECK(cudaDeviceCanAccessPeer(&value, 0, 1) != cudaSuccess);
    CHECK(cuMemFree((CUdeviceptr)0x1234) != CUDA_SUCCESS);
    CHECK_EQ(cudaDriverGetVersion(&value), cudaSuccess);
    CHECK(cudaGetLastError() != cudaSuccess);
}
