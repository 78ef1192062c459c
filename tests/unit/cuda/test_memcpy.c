/* SPDX-License-Identifier: MIT */
/* The forms of copies, three-dimensional ones and those between devices among them. */
#include "rig.h"

TEST(a_box_of_linear_memory)
{
    enum { W = 10, H = 4, D = 3 };
    struct cudaPitchedPtr device = {0};
    struct cudaExtent whole = {16, 6, 5};
    unsigned char host[W * H * D], back[W * H * D];
    rig_pattern(host, sizeof(host), 9);
    OK(cudaMalloc3D(&device, whole));
    struct cudaMemcpy3DParms in = {.srcPtr = {host, W, W, H},
                                   .dstPtr = device,
                                   .dstPos = {3, 1, 2},
                                   .extent = {W, H, D},
                                   .kind = cudaMemcpyHostToDevice};
    struct cudaMemcpy3DParms out = {.srcPtr = device,
                                    .srcPos = {3, 1, 2},
                                    .dstPtr = {back, W, W, H},
                                    .extent = {W, H, D},
                                    .kind = cudaMemcpyDeviceToHost};
    OK(cudaMemcpy3D(&in));
    OK(cudaMemcpy3D(&out));
    CHECK_MEM(back, host, sizeof(host));
    in.dstPos.z = 3;
    CHECK_EQ(cudaMemcpy3D(&in), cudaErrorInvalidValue);
    in.dstPos.z = SIZE_MAX / 2;
    CHECK_EQ(cudaMemcpy3D(&in), cudaErrorInvalidValue);
    OK(cudaFree(device.ptr));
}

TEST(a_box_needs_one_source_and_one_destination)
{
    unsigned char host[16] = {0}, *memory = rig_malloc(16);
    struct cudaMemcpy3DParms p = {.srcPtr = {host, 16, 16, 1},
                                  .extent = {16, 1, 1},
                                  .kind = cudaMemcpyHostToDevice};
    CHECK_EQ(cudaMemcpy3D(&p), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy3D(NULL), cudaErrorInvalidValue);
    p.dstPtr = (struct cudaPitchedPtr){memory, 16, 16, 1};
    OK(cudaMemcpy3D(&p));
    p.dstArray = (cudaArray_t)(void *)memory;
    CHECK_EQ(cudaMemcpy3D(&p), cudaErrorInvalidValue);
    p.dstPtr.ptr = NULL;
    CHECK_EQ(cudaMemcpy3D(&p), cudaErrorInvalidResourceHandle);
    OK(cudaFree(memory));
}

TEST(elements_count_where_an_array_takes_part)
{
    struct cudaChannelFormatDesc format = {32, 32, 0, 0, cudaChannelFormatKindFloat};
    struct cudaExtent extent = {5, 4, 3};
    cudaArray_t array = NULL;
    unsigned char host[8 * 5 * 4 * 3], back[8 * 2 * 2];
    rig_pattern(host, sizeof(host), 2);
    OK(cudaMalloc3DArray(&array, &format, extent, 0));
    struct cudaMemcpy3DParms in = {.srcPtr = {host, 40, 5, 4},
                                   .dstArray = array,
                                   .extent = extent,
                                   .kind = cudaMemcpyHostToDevice};
    struct cudaMemcpy3DParms out = {.srcArray = array,
                                    .srcPos = {3, 2, 1},
                                    .dstPtr = {back, 16, 2, 2},
                                    .extent = {2, 2, 1},
                                    .kind = cudaMemcpyDeviceToHost};
    OK(cudaMemcpy3D(&in));
    OK(cudaMemcpy3D(&out));
    for (unsigned y = 0; y < 2; y++)
        CHECK_MEM(back + 16 * y, host + ((1 * 4 + 2 + y) * 5 + 3) * 8, 16);
    out.srcPos.x = 4;
    CHECK_EQ(cudaMemcpy3D(&out), cudaErrorInvalidValue);
    OK(cudaFreeArray(array));
}

TEST(arrays_of_unequal_elements_do_not_mix)
{
    struct cudaChannelFormatDesc wide = {32, 0, 0, 0, cudaChannelFormatKindFloat};
    struct cudaChannelFormatDesc narrow = {8, 0, 0, 0, cudaChannelFormatKindUnsigned};
    cudaArray_t a = NULL, b = NULL;
    OK(cudaMallocArray(&a, &wide, 8, 8, 0));
    OK(cudaMallocArray(&b, &narrow, 8, 8, 0));
    struct cudaMemcpy3DParms p = {.srcArray = a,
                                  .dstArray = b,
                                  .extent = {4, 4, 1},
                                  .kind = cudaMemcpyDeviceToDevice};
    CHECK_EQ(cudaMemcpy3D(&p), cudaErrorInvalidValue);
    OK(cudaFreeArray(a));
    OK(cudaFreeArray(b));
}

TEST(a_copy_between_devices_names_devices_that_exist)
{
    unsigned char *a = rig_malloc(64), *b = rig_malloc(64), seen = 0;
    OK(cudaMemset(a, 0x44, 64));
    OK(cudaMemcpyPeer(b, 0, a, 0, 64));
    OK(cudaMemcpy(&seen, b + 63, 1, cudaMemcpyDeviceToHost));
    CHECK_EQ(seen, 0x44);
    CHECK_EQ(cudaMemcpyPeer(b, 0, a, 9, 64), cudaErrorInvalidDevice);
    CHECK_EQ(cudaMemcpyPeerAsync(b, -1, a, 0, 64, NULL), cudaErrorInvalidDevice);
    OK(cudaFree(a));
    OK(cudaFree(b));
}
