/* SPDX-License-Identifier: MIT */
/* Channel descriptors as the driver's formats, seen by arrays that are made of them. */
#include "../rig.h"

static void check(struct cudaChannelFormatDesc channels, unsigned format, unsigned count)
{
    cudaArray_t array = NULL;
    CUDA_ARRAY3D_DESCRIPTOR desc;
    OK(cudaMalloc3DArray(&array, &channels, (struct cudaExtent){8, 4, 2}, cudaArrayLayered));
    CHECK_EQ(cuArray3DGetDescriptor(&desc, (CUarray)array), CUDA_SUCCESS);
    CHECK_EQ(desc.Format, format);
    CHECK_EQ(desc.NumChannels, count);
    CHECK_EQ(desc.Width, 8);
    CHECK_EQ(desc.Height, 4);
    CHECK_EQ(desc.Depth, 2);
    CHECK_EQ(desc.Flags, CUDA_ARRAY3D_LAYERED);
    OK(cudaFreeArray(array));
}

TEST(formats_and_extents_get_there)
{
    check((struct cudaChannelFormatDesc){8, 8, 8, 8, cudaChannelFormatKindUnsigned},
          CU_AD_FORMAT_UNSIGNED_INT8, 4);
    check((struct cudaChannelFormatDesc){16, 16, 0, 0, cudaChannelFormatKindFloat},
          CU_AD_FORMAT_HALF, 2);
    check((struct cudaChannelFormatDesc){32, 0, 0, 0, cudaChannelFormatKindSigned},
          CU_AD_FORMAT_SIGNED_INT32, 1);
}

TEST(what_cannot_be_expressed_is_20_before_all_else)
{
    struct cudaChannelFormatDesc three = {8, 8, 8, 0, cudaChannelFormatKindUnsigned};
    cudaArray_t array = NULL;
    CHECK_EQ(cudaMalloc3DArray(&array, &three, (struct cudaExtent){0, 0, 0}, 0x1000), 20);
    CHECK(array == NULL);
}
