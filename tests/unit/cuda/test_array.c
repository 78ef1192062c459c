/* SPDX-License-Identifier: MIT */
/* Arrays that CUDA makes: shapes, flags, what they say of themselves, and their memory. */
#include "rig.h"

static const struct cudaChannelFormatDesc bytes4 = {8, 8, 8, 8, cudaChannelFormatKindUnsigned};

static cudaArray_t make(size_t width, size_t height, size_t depth, unsigned flags)
{
    cudaArray_t array = NULL;
    struct cudaExtent extent = {width, height, depth};
    OK(cudaMalloc3DArray(&array, &bytes4, extent, flags));
    return array;
}

static cudaError_t try_make(size_t width, size_t height, size_t depth, unsigned flags)
{
    cudaArray_t array = (cudaArray_t)(uintptr_t)0x1234;
    struct cudaExtent extent = {width, height, depth};
    cudaError_t code = cudaMalloc3DArray(&array, &bytes4, extent, flags);
    CHECK_EQ((uintptr_t)array, 0x1234);
    return code;
}

TEST(every_shape_says_what_it_is)
{
    static const struct {
        struct cudaExtent extent;
        unsigned flags;
    } shapes[] = {
        {{100, 0, 0}, 0},
        {{33, 7, 0}, cudaArraySurfaceLoadStore},
        {{16, 8, 4}, 0},
        {{64, 0, 5}, cudaArrayLayered},
        {{32, 16, 3}, cudaArrayLayered},
        {{32, 32, 6}, cudaArrayCubemap},
        {{32, 32, 12}, cudaArrayCubemap | cudaArrayLayered},
        {{20, 20, 0}, cudaArrayTextureGather},
    };
    for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct cudaExtent e = shapes[i].extent, found;
        struct cudaChannelFormatDesc desc;
        unsigned flags = 0xffff;
        cudaArray_t array = make(e.width, e.height, e.depth, shapes[i].flags);
        OK(cudaArrayGetInfo(&desc, &found, &flags, array));
        CHECK_MEM(&found, &e, sizeof(e));
        CHECK_MEM(&desc, &bytes4, sizeof(desc));
        CHECK_EQ(flags, shapes[i].flags);
        OK(cudaFreeArray(array));
    }
}

TEST(wrong_shapes_and_flags_are_refused)
{
    CHECK_EQ(try_make(0, 4, 0, 0), cudaErrorInvalidValue);
    CHECK_EQ(try_make(16, 0, 4, 0), cudaErrorInvalidValue);
    CHECK_EQ(try_make(16, 16, 0, cudaArrayLayered), cudaErrorInvalidValue);
    CHECK_EQ(try_make(16, 8, 6, cudaArrayCubemap), cudaErrorInvalidValue);
    CHECK_EQ(try_make(16, 16, 5, cudaArrayCubemap), cudaErrorInvalidValue);
    CHECK_EQ(try_make(16, 16, 12, cudaArrayCubemap), cudaErrorInvalidValue);
    CHECK_EQ(try_make(16, 16, 0, 0x1000), cudaErrorInvalidValue);
    CHECK_EQ(try_make(16, 16, 4, cudaArrayTextureGather), cudaErrorInvalidValue);
    CHECK_EQ(try_make((size_t)1 << 40, 16, 0, 0), cudaErrorInvalidValue);
    CHECK_EQ(try_make(100000, 16, 0, 0), cudaErrorInvalidValue);
    CHECK_EQ(try_make(16, 16, 0, cudaArraySparse), cudaErrorNotSupported);
    CHECK_EQ(try_make(16, 16, 0, cudaArrayDeferredMapping), cudaErrorNotSupported);
}

TEST(an_array_is_freed_once)
{
    cudaArray_t array = make(16, 16, 0, 0);
    OK(cudaFreeArray(array));
    REFUSED(cudaFreeArray(array), cudaErrorInvalidResourceHandle, "destroyed before");
    OK(cudaFreeArray(NULL));
    CHECK_EQ(cuArrayDestroy(NULL), CUDA_ERROR_INVALID_HANDLE);
}

TEST(a_freed_array_stays_for_the_work_before_it)
{
    struct gate gate;
    unsigned char host[64 * 64 * 4], back[64 * 64 * 4];
    cudaArray_t array = make(64, 64, 0, 0);
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    rig_pattern(host, sizeof(host), 1);
    gate_close(&gate, stream);
    OK(cudaMemcpy2DToArrayAsync(array, 0, 0, host, 256, 256, 64, cudaMemcpyHostToDevice,
                                stream));
    OK(cudaMemcpy2DFromArrayAsync(back, 256, array, 0, 0, 256, 64, cudaMemcpyDeviceToHost,
                                  stream));
    OK(cudaFreeArray(array));
    gate_open(&gate);
    rig_stream_end(stream);
    CHECK_MEM(back, host, sizeof(host));
}

TEST(a_view_shows_the_very_bytes)
{
    struct ist_array_view view;
    unsigned char host[10 * 4 * 3], byte = 0x99;
    cudaArray_t array = make(10, 3, 0, 0);
    rig_pattern(host, sizeof(host), 4);
    OK(cudaMemcpy2DToArray(array, 0, 0, host, 40, 40, 3, cudaMemcpyHostToDevice));
    CHECK_EQ(ist_cuda_array_view(array, &view), IST_OK);
    CHECK_EQ(view.width, 10);
    CHECK_EQ(view.height, 3);
    CHECK_EQ(view.depth, 1);
    CHECK_EQ(view.element_bytes, 4);
    CHECK_MEM((unsigned char *)view.data + 2 * view.row_pitch, host + 80, 40);
    ((unsigned char *)view.data)[view.row_pitch + 5] = byte;
    OK(cudaMemcpy2DFromArray(host, 40, array, 0, 0, 40, 3, cudaMemcpyDeviceToHost));
    CHECK_EQ(host[45], byte);
    CHECK_EQ(ist_cuda_array_view(array, NULL), IST_BAD_POINTER);
    OK(cudaFreeArray(array));
    CHECK_EQ(ist_cuda_array_view(array, &view), IST_BAD_HANDLE);
    CHECK_EQ(ist_cuda_array_view(NULL, &view), IST_BAD_HANDLE);
}
