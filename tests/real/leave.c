/* SPDX-License-Identifier: MIT */
/*
 * A program that ends as programs do: with everything still imported, mapped and waiting.
 * With an argument the device is reset first, and everything ends after that.
 */
#include "unit/cuda/real/rig_gpu.h"

#include <stdio.h>

/* The harness would count what is left; here that is the point. */
void test_check(struct test_where at, bool ok, const char *text)
{
    if (ok)
        return;
    fprintf(stderr, "%s:%d: %s: %s\n", at.file, at.line, text, ist_explain());
    exit(1);
}

void test_check_eq(struct test_where at, const char *text, uint64_t found, uint64_t wanted,
                   size_t width)
{
    uint64_t mask = width < 8 ? (1ull << 8 * width) - 1 : ~0ull;
    test_check(at, (found & mask) == (wanted & mask), text);
}

struct left {
    struct d3d d;
    ID3D11Resource *buffer;
    ID3D11Fence *fence;
    CUexternalMemory memory;
    CUexternalSemaphore semaphore;
    CUdeviceptr pointer;
    CUstream stream;
};

static struct left make(void)
{
    struct left l;
    memset(&l, 0, sizeof(l));
    gpu_context(0);
    l.d = d3d_new();
    l.buffer = d3d_buffer(&l.d, 65536, MISC_NT);
    l.fence = d3d_fence(&l.d, 0);
    HANDLE handle = d3d_nt(l.buffer, NULL);
    l.memory = import_memory(TYPE_MEMORY_NT, handle, 65536);
    l.semaphore = import_fence(l.fence);
    l.stream = gpu_stream();
    CU(map_buffer(&l.pointer, l.memory, 0, 65536));
    CU(signal_value(l.semaphore, 1, (cudaStream_t)l.stream));
    return l;
}

/* As cudaDeviceReset does: whatever was made in the context is gone. */
static void reset(struct left *l)
{
    struct cudaExternalMemoryBufferDesc desc = {.size = 8};
    void *pointer;
    CU(cuStreamSynchronize(l->stream));
    CU(cuDevicePrimaryCtxReset_v2(0));
    CHECK_EQ(cudaExternalMemoryGetMappedBuffer(&pointer, (cudaExternalMemory_t)l->memory,
                                               &desc),
             400);
    CHECK_EQ(cudaDestroyExternalMemory((cudaExternalMemory_t)l->memory), 400);
    OK(cudaDestroyExternalSemaphore((cudaExternalSemaphore_t)l->semaphore));
    ID3D11Fence_Release(l->fence);
    ID3D11Resource_Release(l->buffer);
}

int main(int argc, char **argv)
{
    (void)argv;
    static struct left l; /* what is left can be reached, and is no leak */
    l = make();
    if (argc > 1)
        reset(&l);
    return 0;
}
