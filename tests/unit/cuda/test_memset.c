/* SPDX-License-Identifier: MIT */
/* Fills: bytes, rows, boxes, and nothing beside them. */
#include "rig.h"

TEST(only_the_range_is_set)
{
    unsigned char *memory = rig_malloc(100), seen[100];
    OK(cudaMemset(memory + 10, 0x1ff, 20));
    OK(cudaMemcpy(seen, memory, 100, cudaMemcpyDeviceToHost));
    for (unsigned i = 0; i < 100; i++)
        CHECK_EQ(seen[i], i >= 10 && i < 30 ? 0xff : 0);
    OK(cudaFree(memory));
}

TEST(only_the_rows_are_set)
{
    unsigned char *memory = rig_malloc(8 * 10), seen[80];
    OK(cudaMemset2D(memory + 1, 8, 7, 3, 10));
    OK(cudaMemcpy(seen, memory, 80, cudaMemcpyDeviceToHost));
    for (unsigned i = 0; i < 80; i++)
        CHECK_EQ(seen[i], i % 8 >= 1 && i % 8 < 4 ? 7 : 0);
    OK(cudaFree(memory));
}

TEST(only_the_box_is_set)
{
    unsigned char *memory = rig_malloc(4 * 3 * 2), seen[24];
    struct cudaPitchedPtr p = {memory, 4, 4, 3};
    struct cudaExtent box = {2, 2, 2}, deep = {2, 2, 3};
    OK(cudaMemset3D(p, 9, box));
    OK(cudaMemcpy(seen, memory, 24, cudaMemcpyDeviceToHost));
    for (unsigned i = 0; i < 24; i++)
        CHECK_EQ(seen[i], i % 4 < 2 && i / 4 % 3 < 2 ? 9 : 0);
    CHECK_EQ(cudaMemset3D(p, 9, deep), cudaErrorInvalidValue);
    OK(cudaFree(memory));
}

TEST(what_may_be_set_is_checked)
{
    unsigned char host[16], *memory = rig_malloc(16);
    REFUSED(cudaMemset(host, 0, 16), cudaErrorInvalidValue, "none that CUDA knows");
    CHECK_EQ(cudaMemset(NULL, 0, 16), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemset(memory, 0, 17), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemset2D(memory, 4, 0, 5, 2), cudaErrorInvalidPitchValue);
    OK(cudaMemset(NULL, 0, 0));
    OK(cudaFree(memory));
}

TEST(pinned_memory_is_set_when_the_call_returns)
{
    void *pinned = NULL;
    struct gate gate;
    cudaStream_t stream = rig_stream(0);
    OK(cudaMallocHost(&pinned, 64));
    gate_close(&gate, stream);
    gate_open(&gate);
    OK(cudaMemset(pinned, 6, 64));
    CHECK_EQ(((unsigned char *)pinned)[63], 6);
    OK(cudaFreeHost(pinned));
    OK(cudaStreamDestroy(stream));
}
