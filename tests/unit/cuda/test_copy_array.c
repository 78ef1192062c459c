/* SPDX-License-Identifier: MIT */
/* Copies to, from and between arrays. */
#include "rig.h"

/* NVIDIA's headers call the forms that count bytes deprecated. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

enum { W = 12, H = 6 }; /* bytes and rows of the arrays below */

static const struct cudaChannelFormatDesc pairs = {8, 8, 0, 0, cudaChannelFormatKindUnsigned};

static cudaArray_t make(void)
{
    cudaArray_t array = NULL;
    OK(cudaMallocArray(&array, &pairs, W / 2, H, 0));
    return array;
}

static void read_all(unsigned char *to, cudaArray_t array)
{
    OK(cudaMemcpy2DFromArray(to, W, array, 0, 0, W, H, cudaMemcpyDeviceToHost));
}

TEST(offsets_are_in_bytes_and_rows)
{
    unsigned char host[W * H], found[W * H], wanted[W * H] = {0};
    cudaArray_t array = make();
    rig_pattern(host, sizeof(host), 1);
    OK(cudaMemcpy2DToArray(array, 4, 2, host, 8, 6, 3, cudaMemcpyHostToDevice));
    for (unsigned y = 0; y < 3; y++)
        memcpy(wanted + (2 + y) * W + 4, host + 8 * y, 6);
    read_all(found, array);
    CHECK_MEM(found, wanted, sizeof(found));
    OK(cudaMemcpy2DFromArray(found, 6, array, 4, 2, 6, 3, cudaMemcpyDeviceToHost));
    CHECK_MEM(found + 6, host + 8, 6);
    OK(cudaFreeArray(array));
}

TEST(boxes_end_where_the_array_does)
{
    unsigned char host[W * H] = {0};
    cudaArray_t array = make();
    CHECK_EQ(cudaMemcpy2DToArray(array, 2, 0, host, W, W, 1, cudaMemcpyHostToDevice),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy2DToArray(array, 0, 1, host, W, W, H, cudaMemcpyHostToDevice),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy2DToArray(array, SIZE_MAX, 0, host, W, 2, 1, cudaMemcpyHostToDevice),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy2DToArray(NULL, 0, 0, host, W, W, H, cudaMemcpyHostToDevice),
             cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaMemcpy2DFromArray(host, W, NULL, 0, 0, W, H, cudaMemcpyDeviceToHost),
             cudaErrorInvalidResourceHandle);
    REFUSED(cudaMemcpy2DToArray(array, 0, 0, host, W, W, H, cudaMemcpyDeviceToHost),
            cudaErrorInvalidMemcpyDirection, "array");
    OK(cudaFreeArray(array));
}

TEST(arrays_copy_into_each_other)
{
    unsigned char host[W * H], found[W * H], wanted[W * H] = {0};
    cudaArray_t a = make(), b = make();
    rig_pattern(host, sizeof(host), 3);
    OK(cudaMemcpy2DToArray(a, 0, 0, host, W, W, H, cudaMemcpyHostToDevice));
    OK(cudaMemcpy2DArrayToArray(b, 2, 1, a, 4, 0, 6, 4, cudaMemcpyDeviceToDevice));
    for (unsigned y = 0; y < 4; y++)
        memcpy(wanted + (1 + y) * W + 2, host + y * W + 4, 6);
    read_all(found, b);
    CHECK_MEM(found, wanted, sizeof(found));
    OK(cudaFreeArray(a));
    OK(cudaFreeArray(b));
}

/* A mapping of the old forms' promise: bytes go on in the next row. */
TEST(the_old_forms_count_over_the_ends_of_rows)
{
    for (size_t start = 0; start < W * H; start += 5)
        for (size_t count = 1; start + count <= W * H; count += 11) {
            unsigned char host[W * H], found[W * H], wanted[W * H] = {0};
            cudaArray_t array = make();
            rig_pattern(host, sizeof(host), (unsigned)count);
            OK(cudaMemcpyToArray(array, start % W, start / W, host, count,
                                 cudaMemcpyHostToDevice));
            memcpy(wanted + start, host, count);
            read_all(found, array);
            CHECK_MEM(found, wanted, sizeof(found));
            memset(found, 0, sizeof(found));
            OK(cudaMemcpyFromArray(found, array, start % W, start / W, count,
                                   cudaMemcpyDeviceToHost));
            CHECK_MEM(found, host, count);
            OK(cudaFreeArray(array));
        }
}

TEST(the_old_form_between_arrays)
{
    unsigned char host[W * H], found[W * H], wanted[W * H] = {0};
    cudaArray_t a = make(), b = make();
    rig_pattern(host, sizeof(host), 8);
    OK(cudaMemcpyToArray(a, 0, 0, host, sizeof(host), cudaMemcpyHostToDevice));
    OK(cudaMemcpyArrayToArray(b, 6, 1, a, 4, 0, 40, cudaMemcpyDeviceToDevice));
    memcpy(wanted + W + 6, host + 4, 40);
    read_all(found, b);
    CHECK_MEM(found, wanted, sizeof(found));
    CHECK_EQ(cudaMemcpyToArray(a, 2, 5, host, W, cudaMemcpyHostToDevice),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpyToArray(a, W, 0, host, 1, cudaMemcpyHostToDevice),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpyToArray(a, 0, 0, host, SIZE_MAX, cudaMemcpyHostToDevice),
             cudaErrorInvalidValue);
    OK(cudaFreeArray(a));
    OK(cudaFreeArray(b));
}
