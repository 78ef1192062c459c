/* SPDX-License-Identifier: MIT */
/* Registered host memory. */
#include "rig.h"

TEST(registered_memory_is_pinned_until_it_is_not)
{
    unsigned char *host = (unsigned char *)calloc(1, 5000);
    struct cudaPointerAttributes a;
    void *device = NULL;
    unsigned flags = 9;
    OK(cudaHostRegister(host, 5000, cudaHostRegisterMapped));
    OK(cudaPointerGetAttributes(&a, host + 4999));
    CHECK_EQ(a.type, cudaMemoryTypeHost);
    OK(cudaHostGetDevicePointer(&device, host + 10, 0));
    CHECK_PTR_EQ(device, host + 10);
    OK(cudaHostGetFlags(&flags, host));
    OK(cudaMemset(host, 5, 5000));
    CHECK_EQ(host[4999], 5);
    CHECK_EQ(cudaHostUnregister(host + 1), cudaErrorHostMemoryNotRegistered);
    OK(cudaHostUnregister(host));
    CHECK_EQ(cudaHostUnregister(host), cudaErrorHostMemoryNotRegistered);
    CHECK_EQ(cudaHostGetDevicePointer(&device, host, 0), cudaErrorInvalidValue);
    free(host);
}

TEST(registrations_may_not_overlap)
{
    unsigned char *host = (unsigned char *)calloc(1, 5000);
    OK(cudaHostRegister(host + 1000, 1000, 0));
    REFUSED(cudaHostRegister(host, 5000, 0), cudaErrorHostMemoryAlreadyRegistered, "overlaps");
    CHECK_EQ(cudaHostRegister(host + 1999, 10, 0), cudaErrorHostMemoryAlreadyRegistered);
    OK(cudaHostRegister(host + 2000, 10, 0));
    OK(cudaHostUnregister(host + 1000));
    OK(cudaHostUnregister(host + 2000));
    free(host);
}

TEST(ranges_and_flags_are_checked)
{
    int local = 0;
    CHECK_EQ(cudaHostRegister(NULL, 10, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaHostRegister(&local, 0, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaHostRegister(&local, SIZE_MAX, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaHostRegister(&local, 4, 16), cudaErrorInvalidValue);
    CHECK_EQ(cudaHostRegister(&local, 4, cudaHostRegisterIoMemory), cudaErrorNotSupported);
}

/* A pinned source is read when the stream gets there, not by the call. */
TEST(a_registered_source_is_read_in_stream_order)
{
    struct gate gate;
    unsigned char host[256], seen[256], *memory = rig_malloc(256);
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    memset(host, 1, sizeof(host));
    OK(cudaHostRegister(host, sizeof(host), 0));
    gate_close(&gate, stream);
    OK(cudaMemcpyAsync(memory, host, 256, cudaMemcpyHostToDevice, stream));
    memset(host, 2, sizeof(host));
    gate_open(&gate);
    rig_stream_end(stream);
    OK(cudaMemcpy(seen, memory, 256, cudaMemcpyDeviceToHost));
    CHECK_EQ(seen[100], 2);
    OK(cudaHostUnregister(host));
    OK(cudaFree(memory));
}

TEST(a_forgotten_registration_does_not_bar_new_memory)
{
    enum { SIZE = 1 << 20 };
    void *host = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(host != MAP_FAILED);
    OK(cudaHostRegister(host, SIZE, 0));
    munmap(host, SIZE);
    void *memory[8];
    for (unsigned i = 0; i < 8; i++)
        OK(cudaMalloc(&memory[i], SIZE));
    for (unsigned i = 0; i < 8; i++)
        OK(cudaFree(memory[i]));
    cudaHostUnregister(host); /* gone if the address was used again, else still there */
}
