/* SPDX-License-Identifier: MIT */
/* Mipmapped arrays that CUDA makes, and their levels. */
#include "rig.h"

static const struct cudaChannelFormatDesc one_byte = {8, 0, 0, 0,
                                                      cudaChannelFormatKindUnsigned};

static cudaMipmappedArray_t make(size_t width, size_t height, size_t depth, unsigned levels,
                                 unsigned flags)
{
    cudaMipmappedArray_t mipmapped = NULL;
    struct cudaExtent extent = {width, height, depth};
    OK(cudaMallocMipmappedArray(&mipmapped, &one_byte, extent, levels, flags));
    return mipmapped;
}

static struct cudaExtent level_extent(cudaMipmappedArray_t mipmapped, unsigned level)
{
    cudaArray_t array = NULL;
    struct cudaExtent extent = {0, 0, 0};
    OK(cudaGetMipmappedArrayLevel(&array, mipmapped, level));
    OK(cudaArrayGetInfo(NULL, &extent, NULL, array));
    return extent;
}

TEST(levels_halve_but_layers_stay)
{
    cudaMipmappedArray_t flat = make(20, 9, 0, 4, 0), deep = make(16, 8, 4, 5, 0),
                         layers = make(16, 8, 3, 2, cudaArrayLayered);
    struct cudaExtent e = level_extent(flat, 3);
    CHECK_EQ(e.width, 2);
    CHECK_EQ(e.height, 1);
    CHECK_EQ(e.depth, 0);
    e = level_extent(deep, 2);
    CHECK_EQ(e.width, 4);
    CHECK_EQ(e.height, 2);
    CHECK_EQ(e.depth, 1);
    e = level_extent(layers, 1);
    CHECK_EQ(e.width, 8);
    CHECK_EQ(e.depth, 3);
    OK(cudaFreeMipmappedArray(flat));
    OK(cudaFreeMipmappedArray(deep));
    OK(cudaFreeMipmappedArray(layers));
}

TEST(too_many_levels_are_brought_down_and_none_is_one)
{
    cudaArray_t array = NULL;
    cudaMipmappedArray_t many = make(8, 8, 0, 100, 0), none = make(8, 8, 0, 0, 0);
    OK(cudaGetMipmappedArrayLevel(&array, many, 3));
    CHECK_EQ(cudaGetMipmappedArrayLevel(&array, many, 4), cudaErrorInvalidValue);
    OK(cudaGetMipmappedArrayLevel(&array, none, 0));
    CHECK_EQ(cudaGetMipmappedArrayLevel(&array, none, 1), cudaErrorInvalidValue);
    OK(cudaFreeMipmappedArray(many));
    OK(cudaFreeMipmappedArray(none));
}

TEST(a_level_has_one_handle_until_it_is_destroyed)
{
    cudaArray_t first = NULL, again = NULL;
    cudaMipmappedArray_t mipmapped = make(8, 8, 0, 2, 0);
    OK(cudaGetMipmappedArrayLevel(&first, mipmapped, 1));
    OK(cudaGetMipmappedArrayLevel(&again, mipmapped, 1));
    CHECK_PTR_EQ(first, again);
    OK(cudaFreeArray(first));
    OK(cudaGetMipmappedArrayLevel(&again, mipmapped, 1));
    CHECK(first != again);
    OK(cudaFreeMipmappedArray(mipmapped));
    CHECK_EQ(cudaArrayGetInfo(NULL, NULL, NULL, again), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaFreeMipmappedArray(mipmapped), cudaErrorInvalidResourceHandle);
    OK(cudaFreeMipmappedArray(NULL));
}

TEST(levels_keep_their_bytes_apart)
{
    cudaMipmappedArray_t mipmapped = make(16, 16, 0, 5, 0);
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned level = 0; level < 5; level++) {
            unsigned char bytes[256], wanted[256];
            size_t side = 16u >> level;
            cudaArray_t array = NULL;
            OK(cudaGetMipmappedArrayLevel(&array, mipmapped, level));
            rig_pattern(wanted, side * side, level + 1);
            if (!pass) {
                OK(cudaMemcpy2DToArray(array, 0, 0, wanted, side, side, side,
                                       cudaMemcpyHostToDevice));
                continue;
            }
            OK(cudaMemcpy2DFromArray(bytes, side, array, 0, 0, side, side,
                                     cudaMemcpyDeviceToHost));
            CHECK_MEM(bytes, wanted, side * side);
        }
    OK(cudaFreeMipmappedArray(mipmapped));
}

TEST(level_access_checks_its_arguments)
{
    cudaArray_t array = NULL;
    cudaMipmappedArray_t mipmapped = make(8, 8, 0, 1, 0);
    CHECK_EQ(cudaGetMipmappedArrayLevel(NULL, mipmapped, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaGetMipmappedArrayLevel(&array, NULL, 0), cudaErrorInvalidResourceHandle);
    REFUSED(cudaGetMipmappedArrayLevel(&array, mipmapped, 1), cudaErrorInvalidValue,
            "level 1 of 1");
    OK(cudaFreeMipmappedArray(mipmapped));
}
