/* SPDX-License-Identifier: MIT */
/*
 * Two processes on one GPU: descriptors travel over a socket, the memory and the fence are
 * the same on both sides. The other process is forked before anything was used.
 */
#include "pass.h"

enum { BYTES = 4096, ROUNDS = 20 };

void test_warm_up(void)
{
}

/* CUDA alone: waits for odd values, reads, writes the next number, signals even ones. */
static int consumer(const void *arg)
{
    int socket = *(const int *)arg;
    CUcontext ctx;
    CUstream stream;
    CUexternalMemory memory = NULL;
    CUexternalSemaphore semaphore = NULL;
    CUdeviceptr at;
    unsigned *seen;
    NEED(!cuInit(0) && !cuDevicePrimaryCtxRetain(&ctx, 0) && !cuCtxPushCurrent_v2(ctx));
    NEED(!cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    NEED(!cuMemHostAlloc((void **)&seen, ROUNDS * sizeof(*seen), 0));
    HANDLE buffer = receive_handle(socket), fence = receive_handle(socket);
    memory_desc import = memory_by(TYPE_MEMORY_NT, buffer, NULL, BYTES);
    semaphore_desc sync = semaphore_by(TYPE_FENCE, fence, NULL);
    NEED(!cuImportExternalMemory(&memory, &import));
    NEED(!cuImportExternalSemaphore(&semaphore, &sync));
    NEED(CloseHandle(buffer) && CloseHandle(fence));
    NEED(!map_buffer(&at, memory, 0, BYTES));
    for (unsigned n = 0; n < ROUNDS; n++) {
        NEED(!wait_value(semaphore, 2 * n + 1, 0, (cudaStream_t)stream));
        NEED(!cuMemcpyDtoHAsync_v2(&seen[n], at, 4, stream));
        NEED(!cuMemsetD32Async(at, 1000 + n, 1, stream));
        NEED(!signal_value(semaphore, 2 * n + 2, (cudaStream_t)stream));
    }
    NEED(!cuStreamSynchronize(stream));
    for (unsigned n = 0; n < ROUNDS; n++)
        NEED(seen[n] == n + 7);
    NEED(!cuMemFree_v2(at) && !cuDestroyExternalMemory(memory));
    NEED(!cuDestroyExternalSemaphore(semaphore) && !cuStreamDestroy_v2(stream));
    return CHILD_GOOD;
}

/* D3D11: writes a number, signals, and reads what comes back. */
static int producer(const void *arg)
{
    int socket = *(const int *)arg;
    struct both b = both_new();
    ID3D11Resource *buffer = d3d_buffer(&b.d3d, BYTES, MISC_NT);
    ID3D11Resource *staging =
        both_staging(&b, (struct texture){DXGI_FORMAT_UNKNOWN, BYTES, 0, 0, 0, 0, 0});
    ID3D11Fence *fence = d3d_fence(&b.d3d, 0);
    D3D11_MAPPED_SUBRESOURCE map;
    send_handle(socket, d3d_nt(buffer, NULL));
    send_handle(socket, d3d_fence_nt(fence, NULL));
    for (unsigned n = 0; n < ROUNDS; n++) {
        unsigned bytes[BYTES / 4] = {n + 7};
        ID3D11DeviceContext_UpdateSubresource(b.d3d.context, buffer, 0, NULL, bytes, 0, 0);
        d3d_signal(&b.d3d, fence, 2 * n + 1);
        NEED(ID3D11DeviceContext4_Wait(b.d3d.context4, fence, 2 * n + 2) == S_OK);
        ID3D11DeviceContext_CopyResource(b.d3d.context, staging, buffer);
        NEED(ID3D11DeviceContext_Map(b.d3d.context, staging, 0, D3D11_MAP_READ, 0, &map) ==
             S_OK);
        NEED(*(unsigned *)map.pData == 1000 + n);
        ID3D11DeviceContext_Unmap(b.d3d.context, staging, 0);
    }
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(staging);
    ID3D11Resource_Release(buffer);
    both_finish(&b);
    return CHILD_GOOD;
}

TEST(d3d11_here_and_cuda_there_hand_memory_over)
{
    int pair[2], status = -1;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = test_fork();
    if (pid == 0) {
        close(pair[0]);
        alarm(60);
        _exit(consumer(&pair[1]));
    }
    close(pair[1]);
    int result = in_child(producer, &pair[0]);
    close(pair[0]);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(result, CHILD_GOOD);
    CHECK_EQ(status, 0);
}
