/* SPDX-License-Identifier: MIT */
/* The driver's copy of every shape: positions in bytes, pitches, and what is refused. */
#include "d3d_rig.h"

struct side {
    size_t x_bytes, y, z, level;
    unsigned type; /* CU_MEMORYTYPE: 1 host, 2 device, 3 array, 4 unified */
    const void *host;
    CUdeviceptr device;
    CUarray array;
    void *reserved;
    size_t pitch, height;
};

struct copy {
    struct side from, to;
    size_t width_bytes, height, depth;
};

extern CUresult cuMemcpy3DAsync_v2(const struct copy *copy, CUstream stream);

static CUresult run(const struct copy *copy)
{
    CUresult code = cuMemcpy3DAsync_v2(copy, NULL);
    OK(cudaStreamSynchronize(NULL));
    return code;
}

static void fill(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 5 + 1);
}

TEST(a_box_of_an_array_goes_there_and_back)
{
    CUarray array = NULL;
    CUDA_ARRAY3D_DESCRIPTOR desc = {16, 8, 4, CU_AD_FORMAT_UNSIGNED_INT16, 2, 0};
    unsigned char in[3 * 8 * 20], out[3 * 3 * 8];
    fill(in, sizeof(in));
    CHECK_EQ(cuArray3DCreate(&array, &desc), CUDA_SUCCESS);
    struct copy copy = {
        .from = {.type = 1, .host = in, .pitch = 20, .height = 8},
        .to = {.type = 3, .array = array, .x_bytes = 12, .y = 2, .z = 1},
        .width_bytes = 8, /* two elements */
        .height = 3,
        .depth = 3,
    };
    CHECK_EQ(run(&copy), CUDA_SUCCESS);
    copy.from = copy.to;
    copy.to = (struct side){.type = 1, .host = out}; /* without gaps */
    CHECK_EQ(run(&copy), CUDA_SUCCESS);
    for (unsigned z = 0; z < 3; z++)
        for (unsigned y = 0; y < 3; y++)
            CHECK_MEM(out + z * 24 + y * 8, in + z * 160 + y * 20, 8);
    CHECK_EQ(cuArrayDestroy(array), CUDA_SUCCESS);
}

TEST(rows_of_device_memory_lie_apart)
{
    unsigned char in[64], out[64] = {0};
    void *device = NULL;
    fill(in, sizeof(in));
    OK(cudaMalloc(&device, 256));
    struct copy copy = {
        .from = {.type = 1, .host = in, .pitch = 16},
        .to = {.type = 2, .device = (uintptr_t)device, .pitch = 64, .x_bytes = 4, .y = 1},
        .width_bytes = 16,
        .height = 3,
        .depth = 1,
    };
    CHECK_EQ(run(&copy), CUDA_SUCCESS);
    copy.from = copy.to;
    copy.from.type = 4; /* unified: the address says where it is */
    copy.to = (struct side){.type = 1, .host = out, .pitch = 16};
    CHECK_EQ(run(&copy), CUDA_SUCCESS);
    CHECK_MEM(out, in, 48);
    CHECK_EQ(out[48], 0);
    copy.from.y = 2; /* the third row is beyond the end */
    CHECK_EQ(run(&copy), CUDA_ERROR_INVALID_VALUE);
    OK(cudaFree(device));
}

TEST(what_no_driver_takes_is_refused)
{
    unsigned char bytes[16] = {0};
    struct side host = {.type = 1, .host = bytes}, none = {.type = 1};
    struct copy copy = {host, host, 16, 1, 1};
    CHECK_EQ(cuMemcpy3DAsync_v2(NULL, NULL), CUDA_ERROR_INVALID_VALUE);
    copy.to.type = 5;
    CHECK_EQ(run(&copy), CUDA_ERROR_INVALID_VALUE);
    copy.to = none;
    CHECK_EQ(run(&copy), CUDA_ERROR_INVALID_VALUE); /* no address */
    copy.to = host;
    copy.from.level = 1;
    CHECK_EQ(run(&copy), CUDA_ERROR_INVALID_VALUE);
    copy.from = (struct side){.type = 3, .array = (CUarray)0x1234};
    CHECK_EQ(run(&copy), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(cuMemcpy3DAsync_v2(&copy, (CUstream)0x1234), CUDA_ERROR_INVALID_HANDLE);
}
