/* SPDX-License-Identifier: MIT */
/* The two ways to name a format: which are accepted, and that they come back as they were. */
#include "rig.h"

static cudaError_t try_format(struct cudaChannelFormatDesc desc, bool *same)
{
    cudaArray_t array = NULL;
    struct cudaChannelFormatDesc found;
    cudaError_t code = cudaMallocArray(&array, &desc, 8, 8, 0);
    if (code != cudaSuccess)
        return code;
    OK(cudaGetChannelDesc(&found, array));
    *same = memcmp(&found, &desc, sizeof(desc)) == 0;
    OK(cudaFreeArray(array));
    return cudaSuccess;
}

TEST(plain_formats_have_1_2_or_4_equal_channels)
{
    static const struct {
        int bits;
        enum cudaChannelFormatKind kind;
        bool good;
    } plain[] = {
        {8, cudaChannelFormatKindUnsigned, true},  {16, cudaChannelFormatKindUnsigned, true},
        {32, cudaChannelFormatKindUnsigned, true}, {8, cudaChannelFormatKindSigned, true},
        {16, cudaChannelFormatKindSigned, true},   {32, cudaChannelFormatKindSigned, true},
        {16, cudaChannelFormatKindFloat, true},    {32, cudaChannelFormatKindFloat, true},
        {8, cudaChannelFormatKindFloat, false},    {24, cudaChannelFormatKindUnsigned, false},
        {64, cudaChannelFormatKindSigned, false},  {8, cudaChannelFormatKindNone, false},
        {-8, cudaChannelFormatKindSigned, false},
    };
    for (unsigned i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        for (int channels = 1; channels <= 4; channels++) {
            int b = plain[i].bits;
            bool same = false, good = plain[i].good && channels != 3;
            struct cudaChannelFormatDesc desc = {b, channels > 1 ? b : 0, channels > 2 ? b : 0,
                                                 channels > 3 ? b : 0, plain[i].kind};
            CHECK_EQ(try_format(desc, &same),
                     good ? cudaSuccess : cudaErrorInvalidChannelDescriptor);
            CHECK_EQ(same, good);
        }
}

TEST(normalized_and_block_formats_come_back)
{
    static const struct cudaChannelFormatDesc good[] = {
        {8, 0, 0, 0, cudaChannelFormatKindUnsignedNormalized8X1},
        {8, 8, 8, 8, cudaChannelFormatKindUnsignedNormalized8X4},
        {16, 16, 0, 0, cudaChannelFormatKindSignedNormalized16X2},
        {16, 16, 16, 16, cudaChannelFormatKindUnsignedNormalized16X4},
        {8, 8, 8, 8, cudaChannelFormatKindUnsignedBlockCompressed1},
        {8, 8, 8, 8, cudaChannelFormatKindUnsignedBlockCompressed7SRGB},
        {10, 10, 10, 2, cudaChannelFormatKindUnsignedNormalized1010102},
        {8, 8, 8, 0, cudaChannelFormatKindNV12},
    };
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        bool same = false;
        CHECK_EQ(try_format(good[i], &same), cudaSuccess);
        CHECK(same);
    }
}

TEST(channels_that_cannot_be_are_number_20)
{
    static const struct cudaChannelFormatDesc bad[] = {
        {0, 0, 0, 0, cudaChannelFormatKindUnsigned},
        {0, 8, 0, 0, cudaChannelFormatKindUnsigned},
        {8, 16, 0, 0, cudaChannelFormatKindUnsigned},
        {8, 0, 8, 8, cudaChannelFormatKindUnsigned},
        {8, 8, 0, 0, cudaChannelFormatKindUnsignedNormalized8X4},
        {16, 0, 0, 0, cudaChannelFormatKindUnsignedNormalized8X1},
        {8, 8, 8, 8, (enum cudaChannelFormatKind)77},
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bool same;
        REFUSED(try_format(bad[i], &same), cudaErrorInvalidChannelDescriptor, "channels of");
    }
}

TEST(the_driver_says_invalid_value_instead)
{
    CUarray array = NULL;
    CUDA_ARRAY_DESCRIPTOR desc = {8, 8, CU_AD_FORMAT_UNSIGNED_INT8, 3};
    CHECK_EQ(cuArrayCreate(&array, &desc), CUDA_ERROR_INVALID_VALUE);
    desc.NumChannels = 0;
    CHECK_EQ(cuArrayCreate(&array, &desc), CUDA_ERROR_INVALID_VALUE);
    desc.Format = (CUarray_format)0;
    desc.NumChannels = 1;
    CHECK_EQ(cuArrayCreate(&array, &desc), CUDA_ERROR_INVALID_VALUE);
    desc.Format = CU_AD_FORMAT_YUY2;
    CHECK_EQ(cuArrayCreate(&array, &desc), CUDA_ERROR_NOT_SUPPORTED);
    desc.Format = CU_AD_FORMAT_BC1_UNORM;
    desc.NumChannels = 4;
    CHECK_EQ(cuArrayCreate(&array, &desc), CUDA_SUCCESS);
    CHECK_EQ(cuArrayDestroy(array), CUDA_SUCCESS);
}
