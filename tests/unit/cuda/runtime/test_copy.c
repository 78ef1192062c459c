/* SPDX-License-Identifier: MIT */
/* Every form of copy moves the right bytes; a call more or less per name. */
#include "test.h"

#include <cuda_runtime_api.h>

#include <string.h>

/* NVIDIA's headers discourage the copies of runs, which programs still use. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

enum { W = 24, H = 6, N = W * H };

/* The names for a thread's own stream, which the header reaches only by its macros. */
cudaError_t cudaMemcpy_ptds(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind);
cudaError_t cudaMemcpyAsync_ptsz(void *dst, const void *src, size_t count,
                                 enum cudaMemcpyKind kind, cudaStream_t stream);

static unsigned char in[N], out[N];

static void begin(unsigned seed)
{
    for (int i = 0; i < N; i++)
        in[i] = (unsigned char)((unsigned)i * 5 + seed);
    memset(out, 0, sizeof(out));
}

/* What came back is what went out. */
static void same(void)
{
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    CHECK_MEM(out, in, N);
}

static void *device_bytes(void)
{
    void *memory = NULL;
    CHECK_EQ(cudaMalloc(&memory, N), cudaSuccess);
    return memory;
}

/* W bytes wide: 8-bit elements, so that bytes and elements agree only in x. */
static cudaArray_t bytes_array(void)
{
    struct cudaChannelFormatDesc format =
        cudaCreateChannelDesc(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    cudaArray_t array = NULL;
    CHECK_EQ(cudaMallocArray(&array, &format, W / 4, H, 0), cudaSuccess);
    return array;
}

TEST(linear_memory_one_dimension)
{
    void *a = device_bytes(), *b = device_bytes();
    begin(1);
    CHECK_EQ(cudaMemcpy(a, in, N, cudaMemcpyHostToDevice), cudaSuccess);
    CHECK_EQ(cudaMemcpy(b, a, N, cudaMemcpyDeviceToDevice), cudaSuccess);
    CHECK_EQ(cudaMemcpy(out, b, N, cudaMemcpyDefault), cudaSuccess);
    same();
    begin(2);
    CHECK_EQ(cudaMemcpyAsync(a, in, N, cudaMemcpyHostToDevice, 0), cudaSuccess);
    CHECK_EQ(cudaMemcpyPeerAsync(b, 0, a, 0, N, 0), cudaSuccess);
    CHECK_EQ(cudaMemcpyPeer(a, 0, b, 0, N), cudaSuccess);
    CHECK_EQ(cudaMemcpyPeer(a, 0, b, 1000, N), cudaErrorInvalidDevice);
    CHECK_EQ(cudaMemcpyAsync(out, a, N, cudaMemcpyDeviceToHost, 0), cudaSuccess);
    same();
    begin(3);
    CHECK_EQ(cudaMemcpyAsync_ptsz(a, in, N, cudaMemcpyHostToDevice, 0), cudaSuccess);
    CHECK_EQ(cudaMemcpy_ptds(out, a, N, cudaMemcpyDeviceToHost), cudaSuccess);
    same();
    CHECK_EQ(cudaMemcpy(out, a, N, (enum cudaMemcpyKind)5), cudaErrorInvalidMemcpyDirection);
    CHECK_EQ(cudaFree(a), cudaSuccess);
    CHECK_EQ(cudaFree(b), cudaSuccess);
}

TEST(linear_memory_two_dimensions)
{
    void *a = NULL;
    size_t pitch = 0;
    CHECK_EQ(cudaMallocPitch(&a, &pitch, W, H), cudaSuccess);
    begin(4);
    CHECK_EQ(cudaMemcpy2D(a, pitch, in, W, W, H, cudaMemcpyHostToDevice), cudaSuccess);
    CHECK_EQ(cudaMemcpy2DAsync(out, W, a, pitch, W, H, cudaMemcpyDeviceToHost, 0), cudaSuccess);
    same();
    CHECK_EQ(cudaMemcpy2D(a, W - 1, in, W, W, H, cudaMemcpyHostToDevice),
             cudaErrorInvalidPitchValue);
    CHECK_EQ(cudaFree(a), cudaSuccess);
}

TEST(three_dimensions_of_memory_and_array)
{
    struct cudaChannelFormatDesc format =
        cudaCreateChannelDesc(8, 0, 0, 0, cudaChannelFormatKindUnsigned);
    struct cudaExtent extent = {W, 3, 2};
    cudaArray_t array = NULL;
    CHECK_EQ(cudaMalloc3DArray(&array, &format, extent, 0), cudaSuccess);

    begin(5);
    struct cudaMemcpy3DParms up, down;
    memset(&up, 0, sizeof(up));
    up.srcPtr = (struct cudaPitchedPtr){in, W, W, 3};
    up.dstArray = array;
    up.extent = extent;
    up.kind = cudaMemcpyHostToDevice;
    CHECK_EQ(cudaMemcpy3D(&up), cudaSuccess);
    memset(&down, 0, sizeof(down));
    down.srcArray = array;
    down.dstPtr = (struct cudaPitchedPtr){out, W, W, 3};
    down.extent = extent;
    down.kind = cudaMemcpyDeviceToHost;
    CHECK_EQ(cudaMemcpy3DAsync(&down, 0), cudaSuccess);
    same();

    /* One byte, from (3, 1, 1) to (2, 0, 0): every position reaches its place. */
    memset(out, 0, sizeof(out));
    down.srcPos = (struct cudaPos){3, 1, 1};
    down.dstPos = (struct cudaPos){2, 0, 0};
    down.extent = (struct cudaExtent){1, 1, 1};
    CHECK_EQ(cudaMemcpy3D(&down), cudaSuccess);
    CHECK_EQ(out[2], in[(3 + 1) * W + 3]);
    CHECK_EQ(out[0], 0);
    CHECK_EQ(cudaMemcpy3D(NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaMemcpy3DAsync(NULL, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaFreeArray(array), cudaSuccess);
}

TEST(three_dimensions_between_devices)
{
    void *a = device_bytes(), *b = device_bytes();
    struct cudaMemcpy3DPeerParms copy;
    memset(&copy, 0, sizeof(copy));
    copy.srcPtr = (struct cudaPitchedPtr){a, W, W, H};
    copy.dstPtr = (struct cudaPitchedPtr){b, W, W, H};
    copy.extent = (struct cudaExtent){W, H, 1};
    begin(6);
    CHECK_EQ(cudaMemcpy(a, in, N, cudaMemcpyHostToDevice), cudaSuccess);
    CHECK_EQ(cudaMemcpy3DPeerAsync(&copy, 0), cudaSuccess);
    CHECK_EQ(cudaMemcpy(out, b, N, cudaMemcpyDeviceToHost), cudaSuccess);
    same();
    copy.dstDevice = 1000;
    CHECK_EQ(cudaMemcpy3DPeer(&copy), cudaErrorInvalidDevice);
    CHECK_EQ(cudaMemcpy3DPeer(NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaFree(a), cudaSuccess);
    CHECK_EQ(cudaFree(b), cudaSuccess);
}

TEST(arrays_by_rectangles)
{
    cudaArray_t a = bytes_array(), b = bytes_array();
    begin(7);
    CHECK_EQ(cudaMemcpy2DToArray(a, 0, 0, in, W, W, H, cudaMemcpyHostToDevice), cudaSuccess);
    CHECK_EQ(cudaMemcpy2DArrayToArray(b, 0, 0, a, 0, 0, W, H, cudaMemcpyDeviceToDevice),
             cudaSuccess);
    CHECK_EQ(cudaMemcpy2DFromArray(out, W, b, 0, 0, W, H, cudaMemcpyDeviceToHost), cudaSuccess);
    same();

    begin(8);
    CHECK_EQ(cudaMemcpy2DToArrayAsync(a, 0, 0, in, W, W, H, cudaMemcpyHostToDevice, 0),
             cudaSuccess);
    CHECK_EQ(cudaMemcpy2DFromArrayAsync(out, W, a, 0, 0, W, H, cudaMemcpyDeviceToHost, 0),
             cudaSuccess);
    same();

    /* Offsets: bytes in x, rows in y. */
    CHECK_EQ(cudaMemcpy2DFromArray(out, W, a, 4, 2, 8, 1, cudaMemcpyDeviceToHost), cudaSuccess);
    CHECK_MEM(out, in + 2 * W + 4, 8);
    CHECK_EQ(cudaFreeArray(a), cudaSuccess);
    CHECK_EQ(cudaFreeArray(b), cudaSuccess);
}

TEST(arrays_by_runs)
{
    cudaArray_t a = bytes_array(), b = bytes_array();
    begin(9);
    CHECK_EQ(cudaMemcpyToArray(a, 0, 0, in, N, cudaMemcpyHostToDevice), cudaSuccess);
    CHECK_EQ(cudaMemcpyArrayToArray(b, 0, 0, a, 0, 0, N, cudaMemcpyDeviceToDevice),
             cudaSuccess);
    CHECK_EQ(cudaMemcpyFromArray(out, b, 0, 0, N, cudaMemcpyDeviceToHost), cudaSuccess);
    same();
    begin(10);
    CHECK_EQ(cudaMemcpyToArrayAsync(a, 0, 0, in, N, cudaMemcpyHostToDevice, 0), cudaSuccess);
    CHECK_EQ(cudaMemcpyFromArrayAsync(out, a, 0, 0, N, cudaMemcpyDeviceToHost, 0), cudaSuccess);
    same();
    CHECK_EQ(cudaFreeArray(a), cudaSuccess);
    CHECK_EQ(cudaFreeArray(b), cudaSuccess);
}
