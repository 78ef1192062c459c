/* SPDX-License-Identifier: MIT */
/* Arrays: what was asked for is told again, in the runtime's way to name formats. */
#include "test.h"

#include <cuda_runtime_api.h>

#include <string.h>

static struct cudaChannelFormatDesc channels(int x, int y, int z, int w,
                                             enum cudaChannelFormatKind kind)
{
    return cudaCreateChannelDesc(x, y, z, w, kind);
}

static void check_info(cudaArray_t array, struct cudaChannelFormatDesc format,
                       struct cudaExtent extent, unsigned flags)
{
    struct cudaChannelFormatDesc f;
    struct cudaExtent e;
    unsigned g = 77;
    CHECK_EQ(cudaArrayGetInfo(&f, &e, &g, array), cudaSuccess);
    CHECK_MEM(&f, &format, sizeof(f));
    CHECK_MEM(&e, &extent, sizeof(e));
    CHECK_EQ(g, flags);
}

TEST(two_dimensional_arrays_tell_what_they_are)
{
    static const struct {
        int bits[4];
        enum cudaChannelFormatKind kind;
    } formats[] = {
        {{8, 0, 0, 0}, cudaChannelFormatKindUnsigned},
        {{8, 8, 8, 8}, cudaChannelFormatKindUnsigned},
        {{16, 16, 0, 0}, cudaChannelFormatKindSigned},
        {{16, 16, 16, 16}, cudaChannelFormatKindFloat},
        {{32, 32, 32, 32}, cudaChannelFormatKindFloat},
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        const int *b = formats[i].bits;
        struct cudaChannelFormatDesc format = channels(b[0], b[1], b[2], b[3], formats[i].kind);
        struct cudaExtent extent = {33, 7, 0};
        cudaArray_t array = NULL;
        CHECK_EQ(cudaMallocArray(&array, &format, 33, 7, cudaArraySurfaceLoadStore),
                 cudaSuccess);
        check_info(array, format, extent, cudaArraySurfaceLoadStore);
        CHECK_EQ(cudaFreeArray(array), cudaSuccess);
    }
}

TEST(three_dimensional_and_layered_arrays_too)
{
    struct cudaChannelFormatDesc format = channels(32, 0, 0, 0, cudaChannelFormatKindFloat);
    struct cudaExtent volume = {8, 9, 10}, layers = {8, 0, 5};
    cudaArray_t array = NULL;
    CHECK_EQ(cudaMalloc3DArray(&array, &format, volume, 0), cudaSuccess);
    check_info(array, format, volume, 0);
    CHECK_EQ(cudaFreeArray(array), cudaSuccess);
    CHECK_EQ(cudaMalloc3DArray(&array, &format, layers, cudaArrayLayered), cudaSuccess);
    check_info(array, format, layers, cudaArrayLayered);
    CHECK_EQ(cudaFreeArray(array), cudaSuccess);
}

TEST(levels_are_halved)
{
    struct cudaChannelFormatDesc format = channels(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    struct cudaExtent extent = {64, 32, 0}, third = {16, 8, 0};
    cudaMipmappedArray_t mipmapped = NULL;
    cudaArray_t level = NULL;
    struct cudaExtent found;
    CHECK_EQ(cudaMallocMipmappedArray(&mipmapped, &format, extent, 3, 0), cudaSuccess);
    CHECK_EQ(cudaGetMipmappedArrayLevel(&level, mipmapped, 2), cudaSuccess);
    CHECK_EQ(cudaArrayGetInfo(NULL, &found, NULL, level), cudaSuccess);
    CHECK_MEM(&found, &third, sizeof(found));
    CHECK_EQ(cudaGetMipmappedArrayLevel(&level, mipmapped, 3), cudaErrorInvalidValue);
    CHECK_EQ(cudaFreeMipmappedArray(mipmapped), cudaSuccess);
}

TEST(freeing_nothing_succeeds)
{
    CHECK_EQ(cudaFreeArray(NULL), cudaSuccess);
    CHECK_EQ(cudaFreeMipmappedArray(NULL), cudaSuccess);
}

TEST(formats_that_do_not_exist_answer_20)
{
    struct cudaChannelFormatDesc three = channels(8, 8, 8, 0, cudaChannelFormatKindUnsigned);
    struct cudaChannelFormatDesc odd = channels(24, 0, 0, 0, cudaChannelFormatKindUnsigned);
    struct cudaExtent extent = {8, 8, 0};
    cudaArray_t array = NULL;
    cudaMipmappedArray_t mipmapped = NULL;
    CHECK_EQ(cudaMallocArray(&array, &three, 8, 8, 0), cudaErrorInvalidChannelDescriptor);
    CHECK_EQ(cudaMalloc3DArray(&array, &odd, extent, 0), cudaErrorInvalidChannelDescriptor);
    CHECK_EQ(cudaMallocMipmappedArray(&mipmapped, &odd, extent, 1, 0),
             cudaErrorInvalidChannelDescriptor);
    CHECK_PTR_EQ(array, NULL);
    CHECK_PTR_EQ(mipmapped, NULL);
}

TEST(null_and_stale_arrays_are_refused)
{
    struct cudaChannelFormatDesc format = channels(8, 0, 0, 0, cudaChannelFormatKindUnsigned);
    struct cudaExtent extent = {8, 8, 0};
    cudaArray_t array = NULL;
    cudaMipmappedArray_t mipmapped = NULL;
    CHECK_EQ(cudaMallocArray(&array, NULL, 8, 8, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaMallocArray(NULL, &format, 8, 8, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaMallocMipmappedArray(&mipmapped, NULL, extent, 1, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaMallocArray(&array, &format, 8, 8, 0), cudaSuccess);
    CHECK_EQ(cudaGetChannelDesc(NULL, array), cudaErrorInvalidValue);
    CHECK_EQ(cudaGetChannelDesc(&format, array), cudaSuccess);
    CHECK_EQ(cudaFreeArray(array), cudaSuccess);
    CHECK_EQ(cudaFreeArray(array), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaGetChannelDesc(&format, array), cudaErrorInvalidResourceHandle);
}
