/* SPDX-License-Identifier: MIT */
/* What all copies check: directions, ranges, pitches; and when the caller goes on. */
#include "rig.h"

TEST(directions_are_checked_against_the_pointers)
{
    unsigned char host[64] = {0}, *memory = rig_malloc(64);
    void *pinned = NULL;
    OK(cudaMallocHost(&pinned, 64));
    OK(cudaMemcpy(memory, host, 64, cudaMemcpyHostToDevice));
    OK(cudaMemcpy(host, memory, 64, cudaMemcpyDeviceToHost));
    OK(cudaMemcpy(host, memory, 64, cudaMemcpyDefault));
    OK(cudaMemcpy(host, host + 32, 32, cudaMemcpyHostToHost));
    OK(cudaMemcpy(pinned, memory, 64, cudaMemcpyDeviceToDevice));
    OK(cudaMemcpy(pinned, memory, 64, cudaMemcpyDeviceToHost));
    REFUSED(cudaMemcpy(host, memory, 64, cudaMemcpyHostToDevice), cudaErrorInvalidValue,
            "destination");
    CHECK_EQ(cudaMemcpy(memory, host, 64, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy(memory, host, 64, cudaMemcpyDeviceToDevice), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy(memory, memory, 64, (enum cudaMemcpyKind)5),
             cudaErrorInvalidMemcpyDirection);
    CHECK_EQ(cudaMemcpy(memory, memory, 64, (enum cudaMemcpyKind) - 1),
             cudaErrorInvalidMemcpyDirection);
    OK(cudaFreeHost(pinned));
    OK(cudaFree(memory));
}

TEST(ranges_end_where_the_memory_does)
{
    unsigned char host[128] = {0}, *memory = rig_malloc(100);
    OK(cudaMemcpy(memory + 36, host, 64, cudaMemcpyHostToDevice));
    REFUSED(cudaMemcpy(memory + 37, host, 64, cudaMemcpyHostToDevice), cudaErrorInvalidValue,
            "beyond");
    CHECK_EQ(cudaMemcpy(host, memory, SIZE_MAX, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy2D(memory, 20, host, 16, 16, 6, cudaMemcpyHostToDevice),
             cudaErrorInvalidValue);
    OK(cudaMemcpy2D(memory, 20, host, 16, 16, 5, cudaMemcpyHostToDevice));
    CHECK_EQ(cudaMemcpy2D(memory, SIZE_MAX / 2, host, 16, 16, 5, cudaMemcpyHostToDevice),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy(NULL, host, 4, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy(memory, NULL, 4, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
    OK(cudaMemcpy(NULL, NULL, 0, cudaMemcpyHostToDevice));
    OK(cudaFree(memory));
}

TEST(a_pitch_smaller_than_the_row_is_refused)
{
    unsigned char host[128] = {0}, *memory = rig_malloc(100);
    CHECK_EQ(cudaMemcpy2D(memory, 15, host, 16, 16, 2, cudaMemcpyHostToDevice),
             cudaErrorInvalidPitchValue);
    CHECK_EQ(cudaMemcpy2D(memory, 16, host, 15, 16, 2, cudaMemcpyHostToDevice),
             cudaErrorInvalidPitchValue);
    OK(cudaFree(memory));
}

TEST(rows_lie_at_their_pitches)
{
    unsigned char host[12 * 5], back[9 * 5], *memory = rig_malloc(64 * 5);
    rig_pattern(host, sizeof(host), 5);
    OK(cudaMemcpy2D(memory + 3, 64, host + 1, 12, 9, 5, cudaMemcpyHostToDevice));
    OK(cudaMemcpy2D(back, 9, memory + 3, 64, 9, 5, cudaMemcpyDeviceToHost));
    for (unsigned y = 0; y < 5; y++)
        CHECK_MEM(back + 9 * y, host + 1 + 12 * y, 9);
    OK(cudaFree(memory));
}

TEST(an_asynchronous_copy_within_a_blocked_stream_keeps_order)
{
    struct gate gate;
    unsigned char *a = rig_malloc(1000), *b = rig_malloc(1000), back[1000];
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    gate_close(&gate, stream);
    OK(cudaMemsetAsync(a, 1, 1000, stream));
    OK(cudaMemcpyAsync(b, a, 1000, cudaMemcpyDeviceToDevice, stream));
    OK(cudaMemsetAsync(a, 2, 1000, stream));
    OK(cudaMemcpyAsync(b + 500, a, 500, cudaMemcpyDeviceToDevice, stream));
    OK(cudaMemcpyAsync(back, b, 1000, cudaMemcpyDeviceToHost, stream));
    gate_open(&gate);
    OK(cudaStreamSynchronize(stream));
    CHECK_EQ(back[499], 1);
    CHECK_EQ(back[500], 2);
    CHECK_EQ(cudaMemcpyAsync(back, b, 10, cudaMemcpyDeviceToHost, (cudaStream_t)(void *)back),
             cudaErrorInvalidResourceHandle);
    OK(cudaStreamDestroy(stream));
    OK(cudaFree(a));
    OK(cudaFree(b));
}
