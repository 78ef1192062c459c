/* SPDX-License-Identifier: MIT */
/* Allocating and freeing, and what happens to work that still uses what is freed. */
#include "rig.h"

TEST(device_memory_is_zeroed_and_aligned)
{
    static const size_t sizes[] = {1, 255, 4096, 65536, 1000003};
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned char *memory = rig_malloc(sizes[i]), last = 1;
        CHECK_EQ((uintptr_t)memory % 256, 0);
        OK(cudaMemcpy(&last, memory + sizes[i] - 1, 1, cudaMemcpyDeviceToHost));
        CHECK_EQ(last, 0);
        OK(cudaFree(memory));
    }
}

TEST(size_zero_gives_null_and_null_is_freed)
{
    void *ptr = &ptr;
    OK(cudaMalloc(&ptr, 0));
    CHECK(ptr == NULL);
    OK(cudaFree(NULL));
    OK(cudaFreeHost(NULL));
}

TEST(more_than_the_machine_has_is_refused)
{
    void *ptr = (void *)(uintptr_t)0x1234;
    CHECK_EQ(cudaMalloc(&ptr, (size_t)1 << 60), cudaErrorMemoryAllocation);
    CHECK_EQ(cudaMalloc(&ptr, SIZE_MAX), cudaErrorMemoryAllocation);
    CHECK_EQ((uintptr_t)ptr, 0x1234);
}

TEST(only_what_was_allocated_is_freed_and_once)
{
    int local;
    unsigned char *memory = rig_malloc(4096);
    REFUSED(cudaFree(memory + 16), cudaErrorInvalidValue, "inside the memory");
    CHECK_EQ(cudaFree(&local), cudaErrorInvalidValue);
    CHECK_EQ(cudaFreeHost(memory), cudaErrorInvalidValue);
    OK(cudaFree(memory));
    REFUSED(cudaFree(memory), cudaErrorInvalidValue, "freed before");
}

TEST(pitched_memory_has_room_for_every_row)
{
    void *ptr = NULL;
    size_t pitch = 0;
    unsigned char host[100 * 7], back[100 * 7];
    OK(cudaMallocPitch(&ptr, &pitch, 100, 7));
    CHECK(pitch >= 100);
    CHECK_EQ(pitch % 32, 0);
    rig_pattern(host, sizeof(host), 1);
    OK(cudaMemcpy2D(ptr, pitch, host, 100, 100, 7, cudaMemcpyHostToDevice));
    OK(cudaMemcpy2D(back, 100, ptr, pitch, 100, 7, cudaMemcpyDeviceToHost));
    CHECK_MEM(back, host, sizeof(host));
    OK(cudaFree(ptr));
    CHECK_EQ(cudaMallocPitch(&ptr, &pitch, SIZE_MAX - 3, 2), cudaErrorMemoryAllocation);
    CHECK_EQ(cudaMallocPitch(&ptr, NULL, 10, 2), cudaErrorInvalidValue);
}

TEST(three_dimensional_memory_says_its_shape)
{
    struct cudaPitchedPtr p = {0};
    struct cudaExtent extent = {33, 5, 4}, huge = {1, SIZE_MAX, 2};
    OK(cudaMalloc3D(&p, extent));
    CHECK_EQ(p.xsize, 33);
    CHECK_EQ(p.ysize, 5);
    OK(cudaMemset3D(p, 7, extent));
    OK(cudaFree(p.ptr));
    CHECK_EQ(cudaMalloc3D(&p, huge), cudaErrorMemoryAllocation);
}

TEST(managed_memory_is_one_pointer_for_both)
{
    unsigned *ptr = NULL;
    OK(cudaMallocManaged((void **)&ptr, 64, cudaMemAttachGlobal));
    ptr[3] = 42;
    OK(cudaMemset(ptr, 0xff, 4));
    OK(cudaDeviceSynchronize());
    CHECK_EQ(ptr[0], 0xffffffff);
    CHECK_EQ(ptr[3], 42);
    OK(cudaFree(ptr));
    CHECK_EQ(cudaMallocManaged((void **)&ptr, 64, cudaMemAttachSingle), cudaErrorInvalidValue);
    CHECK_EQ(cudaMallocManaged((void **)&ptr, 0, cudaMemAttachGlobal), cudaErrorInvalidValue);
}

struct late {
    sem_t open;
    unsigned char *memory;
    unsigned char seen;
};

static void write_late(void *user)
{
    struct late *late = (struct late *)user;
    while (sem_wait(&late->open) != 0)
        ;
    memset(late->memory, 0x3c, 1 << 20);
    late->seen = late->memory[12345];
}

TEST(freed_memory_stays_for_the_work_before_it)
{
    struct late late = {.memory = rig_malloc(1 << 20)};
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    sem_init(&late.open, 0, 0);
    OK(cudaLaunchHostFunc(stream, write_late, &late));
    OK(cudaFree(late.memory));
    CHECK_EQ(cudaFree(late.memory), cudaErrorInvalidValue);
    sem_post(&late.open);
    rig_stream_end(stream);
    CHECK_EQ(late.seen, 0x3c);
}

TEST(memory_in_stream_order)
{
    struct gate gate;
    void *ptr = NULL;
    unsigned char seen[512];
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    gate_close(&gate, stream);
    OK(cudaMallocAsync(&ptr, sizeof(seen), stream));
    OK(cudaMemsetAsync(ptr, 0x21, sizeof(seen), stream));
    OK(cudaMemcpyAsync(seen, ptr, sizeof(seen), cudaMemcpyDeviceToHost, stream));
    OK(cudaFreeAsync(ptr, stream));
    CHECK_EQ(cudaFreeAsync(ptr, stream), cudaErrorInvalidValue);
    gate_open(&gate);
    rig_stream_end(stream);
    CHECK_EQ(seen[511], 0x21);
    CHECK_EQ(cudaMallocAsync(&ptr, 16, stream), cudaErrorInvalidResourceHandle);
}

TEST(pinned_memory_has_flags)
{
    void *ptr = NULL, *device = NULL;
    unsigned flags = 0;
    OK(cudaHostAlloc(&ptr, 1000, cudaHostAllocMapped | cudaHostAllocWriteCombined));
    OK(cudaHostGetFlags(&flags, ptr));
    CHECK_EQ(flags & cudaHostAllocWriteCombined, cudaHostAllocWriteCombined);
    OK(cudaHostGetDevicePointer(&device, ptr, 0));
    CHECK_PTR_EQ(device, ptr);
    CHECK_EQ(cudaHostGetDevicePointer(&device, ptr, 1), cudaErrorInvalidValue);
    CHECK_EQ(cudaFree(ptr), cudaErrorInvalidValue);
    OK(cudaFreeHost(ptr));
    CHECK_EQ(cudaFreeHost(ptr), cudaErrorInvalidValue);
    CHECK_EQ(cudaHostAlloc(&ptr, 1000, 8), cudaErrorInvalidValue);
}
